/**
 * One conversation, as the element `<parley-conversation>`: its head, the log, who is typing,
 * what was refused, and the composer. The shell loads it when the first room is opened.
 */

import type { Entry, ParleyClient, Room } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";

import { avatarStyles } from "../avatar.js";
import { icons } from "../icons.js";
import { base } from "../theme.js";
import "./composer.js";
import type { ComposerHost, ParleyComposer } from "./composer.js";
import { conversationStyles } from "./conversationStyles.js";
import type { EmojiPickEvent, ParleyEmojiPicker } from "./emojiPicker.js";
import { header } from "./header.js";
import "./log.js";
import type { ParleyLog } from "./log.js";
import type { LogHost } from "./logActions.js";
import { Notices } from "./notices.js";
import type { ConversationClient, ConversationRoom } from "./ports.js";
import { type ConversationStrings, ENGLISH } from "./strings.js";
import { TypingLine } from "./typingLine.js";

const COMPOSER = "composer";
/** A status that stays would be read again by who comes along later. */
const SAID_MS = 5_000;

const LOG_PARTS =
  "log, message, message-own, message-other, bubble, own-bubble, other-bubble, meta, tick, " +
  "reactions, reaction, quote, sender, separator, system-message, toolbar, failure, jump, avatar";
const COMPOSER_PARTS = "composer, input, send, emoji-button, banner";

export class ParleyConversation extends LitElement implements LogHost, ComposerHost {
  static override properties = {
    client: { attribute: false },
    room: { attribute: false },
    strings: { attribute: false },
    locale: { attribute: false },
    showBack: { attribute: false },
    maxLength: { attribute: false },
    picking: { state: true },
    said: { state: true },
  };

  static override styles = [base, avatarStyles, conversationStyles];

  declare client: ConversationClient | ParleyClient | null;
  declare room: ConversationRoom | Room | null;
  declare strings: ConversationStrings;
  declare locale: string;
  declare showBack: boolean;
  /** Characters of a message, as the deployment allows. */
  declare maxLength: number;
  /** What an emoji is picked for: a message to react to, or what is being written. */
  declare picking: Entry | "composer" | null;
  declare said: string;

  readonly #notices = new Notices(() => this.requestUpdate());
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
    this.said = "";
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
    this.#composer?.reply(entry);
  }

  edit(entry: Entry): void {
    this.#composer?.edit(entry);
  }

  editAgain(entry: Entry): void {
    this.room?.discard(entry.key);
    this.#composer?.restore(entry.message.body ?? "");
  }

  pickReaction(entry: Entry): void {
    void this.#pick(entry);
  }

  leave(): void {
    this.focus();
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

  refused(error: unknown): void {
    this.#notices.add(COMPOSER, error);
  }

  accepted(): void {
    this.#notices.clear(COMPOSER);
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
    this.#notices.clear();
    this.#typing.reset();
    this.picking = null;
    this.said = "";
  }

  protected override render(): TemplateResult | typeof nothing {
    const { client, room, strings, locale, showBack } = this;
    if (room === null) return nothing;
    return html`${header({
      client,
      room,
      strings,
      locale,
      showBack,
      back: () => this.dispatchEvent(new CustomEvent("back")),
      details: () => this.dispatchEvent(new CustomEvent("details")),
    })}
      <parley-log
        exportparts=${LOG_PARTS}
        .client=${client}
        .room=${room}
        .strings=${strings}
        .locale=${locale}
        .host=${this}
      ></parley-log>
      ${this.#typing.render(room.typists, strings, locale)} ${this.#notice()} ${this.#picker()}
      <parley-composer
        exportparts=${COMPOSER_PARTS}
        .client=${client}
        .room=${room}
        .strings=${strings}
        .locale=${locale}
        .maxLength=${this.maxLength}
        .host=${this}
        .isPickerOpen=${this.picking !== null}
      ></parley-composer>
      <div class="visually-hidden" role="status" part="announcer">${this.said}</div>`;
  }

  #notice(): TemplateResult | typeof nothing {
    const text = this.#notices.textOf(COMPOSER, this.strings);
    if (text === undefined) return nothing;
    return html`<div class="notice" role="alert" part="notice">
      ${icons.warning} <span dir="auto">${text}</span>
      <button
        class="icon-button"
        type="button"
        title=${this.strings.dismiss}
        aria-label=${this.strings.dismiss}
        @click=${() => this.#notices.clear(COMPOSER)}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  #picker(): TemplateResult | typeof nothing {
    if (this.picking === null) return nothing;
    return html`<div class="picking" @keydown=${this.#pickerKey} @focusout=${this.#pickerLeft}>
      <parley-emoji-picker
        exportparts="emoji-picker"
        .strings=${this.strings}
        .locale=${this.locale}
        @emoji-pick=${this.#picked}
      ></parley-emoji-picker>
    </div>`;
  }

  async #pick(target: Entry | "composer"): Promise<void> {
    try {
      await import("./emojiPicker.js");
    } catch (error) {
      this.refused(error);
      return;
    }
    this.picking = target;
    await this.updateComplete;
    const picker = this.renderRoot.querySelector<ParleyEmojiPicker>("parley-emoji-picker");
    await picker?.updateComplete;
    picker?.focus();
  }

  readonly #picked = (event: EmojiPickEvent): void => {
    const { picking } = this;
    const { emoji } = event.detail;
    if (picking === "composer") this.#composer?.insert(emoji);
    else if (picking !== null) this.#log?.react(picking, emoji);
    this.#endPicking();
  };

  readonly #pickerKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.#endPicking();
  };

  /** Whoever clicks elsewhere is done with it; the button that opened it closes it itself. */
  readonly #pickerLeft = ({ currentTarget, relatedTarget }: FocusEvent): void => {
    const isInside =
      relatedTarget instanceof Node && (currentTarget as Node).contains(relatedTarget);
    if (!isInside && relatedTarget !== null && relatedTarget !== this.#composer)
      this.picking = null;
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
