/**
 * One conversation, as the element `<parley-conversation>`: its head, the log, who is typing,
 * what was refused, and the composer. The shell loads it when the first room is opened.
 */

import type { Entry } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";

import { avatarStyles } from "../avatar.js";
import { icons } from "../icons.js";
import { base } from "../theme.js";
import "./composer.js";
import type { ParleyComposer } from "./composer.js";
import { conversationStyles } from "./conversationStyles.js";
import type { EmojiPickEvent } from "./emojiPicker.js";
import { header } from "./header.js";
import "./log.js";
import type { ParleyLog } from "./log.js";
import type { Conversation, ConversationClient, ConversationRoom } from "./ports.js";
import { type ConversationStrings, ENGLISH } from "./strings.js";
import { TypingLine } from "./typingLine.js";

/** A status that stays would be read again by who comes along later. */
const SAID_MS = 5_000;

export class ParleyConversation extends LitElement implements Conversation {
  static override properties = {
    client: { attribute: false },
    room: { attribute: false },
    strings: { attribute: false },
    locale: { attribute: false },
    showBack: { attribute: false },
    maxLength: { attribute: false },
    picking: { state: true },
    said: { state: true },
    warning: { state: true },
  };

  static override styles = [base, avatarStyles, conversationStyles];

  declare client: ConversationClient | null;
  declare room: ConversationRoom | null;
  declare strings: ConversationStrings;
  declare locale: string;
  declare showBack: boolean;
  /** Characters of a message, as the deployment allows. */
  declare maxLength: number;
  /** What an emoji is picked for: a message to react to, or what is being written. */
  declare picking: Entry | "composer" | null;
  declare said: string;
  declare warning: string;

  readonly #typing = new TypingLine();
  #stop: (() => void) | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.client = null;
    this.room = null;
    this.strings = ENGLISH;
    this.locale = "en";
    this.showBack = false;
    this.maxLength = 4_000;
    this.picking = null;
    this.said = this.warning = "";
  }

  override focus(): void {
    this.#composer?.focus();
  }

  get #log(): ParleyLog | null {
    return this.renderRoot.querySelector("parley-log");
  }

  get #composer(): ParleyComposer | null {
    return this.renderRoot.querySelector("parley-composer");
  }

  // --- What the log asks for --------------------------------------------------------------------

  reply(entry: Entry): void {
    void this.#composer?.reply(entry);
  }

  edit(entry: Entry): void {
    void this.#composer?.edit(entry);
  }

  editAgain(entry: Entry): void {
    this.room?.discard(entry.key);
    this.#composer?.restore(entry.message.body ?? "");
  }

  pickReaction(entry: Entry): void {
    void this.#pick(entry);
  }

  announce(text: string): void {
    this.said = text;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.said = "";
    }, SAID_MS);
  }

  // --- What the composer asks for ---------------------------------------------------------------

  toggleEmoji(): void {
    if (this.picking === null) void this.#pick("composer");
    else this.#endPicking();
  }

  warn(text: string): void {
    this.warning = text;
  }

  // --- What is shown ----------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate("client");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#stop = null;
    this.picking = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.isConnected && (changed.has("client") || this.#stop === null)) this.#listen();
    if (!changed.has("room")) return;
    this.#typing.reset();
    this.picking = null;
    this.said = this.warning = "";
  }

  protected override updated(): void {
    this.#log?.requestUpdate();
    this.#composer?.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room, strings, locale } = this;
    if (room === null) return nothing;
    return html`${header(this, room)}
      <parley-log exportparts="log,message,bubble" .host=${this}></parley-log>
      ${this.#typing.render(room.typists, strings, locale)} ${this.#notice()} ${this.#picker()}
      <parley-composer exportparts="composer,send" .host=${this}></parley-composer>
      <div class="visually-hidden" role="status" part="announcer">${this.said}</div>`;
  }

  #notice(): TemplateResult | typeof nothing {
    if (this.warning === "") return nothing;
    const { dismiss } = this.strings;
    return html`<div class="notice" role="alert" part="notice">
      ${icons.warning} <span dir="auto">${this.warning}</span>
      <button
        class="icon-button"
        type="button"
        title=${dismiss}
        aria-label=${dismiss}
        @click=${this.#dismiss}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  readonly #dismiss = (): void => {
    this.warning = "";
    this.#composer?.extras?.reset();
  };

  #picker(): TemplateResult | typeof nothing {
    if (this.picking === null) return nothing;
    return html`<parley-emoji-picker
      exportparts="emoji-picker"
      .strings=${this.strings}
      .locale=${this.locale}
      @emoji-pick=${this.#picked}
      @emoji-leave=${this.#left}
    ></parley-emoji-picker>`;
  }

  async #pick(target: Entry | "composer"): Promise<void> {
    try {
      await import("./emojiPicker.js");
      this.picking = target;
    } catch {
      // The browser has logged the request that failed.
      this.warn(this.strings.failedToLoad);
    }
  }

  readonly #picked = (event: EmojiPickEvent): void => {
    const { picking } = this;
    const { emoji } = event.detail;
    if (picking === "composer") this.#composer?.insert(emoji);
    else if (picking !== null) this.#log?.extras?.actions.react(picking, emoji);
    this.#endPicking();
  };

  /** Whoever clicks elsewhere is done with it; the button that opened it closes it itself. */
  readonly #left = ({ detail: to }: CustomEvent<EventTarget | null>): void => {
    if (to === null) this.#endPicking();
    else if (to !== this.#composer) this.picking = null;
  };

  #endPicking(): void {
    this.picking = null;
    this.focus();
  }

  #listen(): void {
    this.#stop?.();
    this.#stop = this.client?.on("change", () => this.requestUpdate()) ?? null;
  }
}

customElements.define("parley-conversation", ParleyConversation);
