/**
 * `<parley-chat>`: the floating button, and the window that it opens.
 *
 * Attributes and properties are in the README. Nothing touches the page before the element is on it,
 * so that a server can import this module.
 */

import type {
  ClientEvents,
  Message,
  ParleyClient,
  PersonRef,
  Room,
  TokenSource,
} from "@parley/client";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";

import { elementStyles } from "./element.css.js";
import type { StringOverrides } from "./i18n.js";
import { Appearance } from "./shell/appearance.js";
import { Chunk } from "./shell/chunk.js";
import type { Context } from "./shell/context.js";
import { define } from "./shell/define.js";
import { DialogController } from "./shell/dialogController.js";
import { isHeard } from "./shell/heard.js";
import { launcher } from "./shell/launcher.js";
import "./shell/panel.js";
import { whenIdle } from "./shell/idle.js";
import type { ParleyPanel } from "./shell/panel.js";
import { readPreference, writePreference } from "./shell/preferences.js";
import { Session } from "./shell/session.js";
import { base, tokens } from "./theme.js";

/** What the element tells the host page, as `CustomEvent`s. */
export interface ParleyChatEvents {
  ready: ClientEvents["ready"];
  unread: { total: number };
  message: { message: Message; room: Room; isMine: boolean };
  unauthorized: ClientEvents["unauthorized"];
}

const MUTED = "muted";

export class ParleyChat extends LitElement {
  static override styles = [tokens, base, elementStyles];

  static override properties = {
    url: {},
    api: {},
    tokenUrl: { attribute: "token-url" },
    cookies: { type: Boolean },
    scope: {},
    theme: {},
    locale: {},
    position: { reflect: true },
    open: { type: Boolean, reflect: true },
    muted: { type: Boolean, reflect: true },
    inline: { type: Boolean, reflect: true },
    launcherTitle: { attribute: "launcher-title" },
    client: { attribute: false },
    token: { attribute: false },
    strings: { attribute: false },
    isLarge: { state: true },
    hasFailed: { state: true },
  };

  declare url: string | null;
  declare api: string | null;
  declare tokenUrl: string | null;
  declare cookies: boolean;
  declare scope: "tenant" | "manage";
  declare theme: "auto" | "light" | "dark";
  declare locale: string | null;
  declare position: "start" | "end";
  declare open: boolean;
  declare muted: boolean;
  declare inline: boolean;
  declare launcherTitle: string | null;
  declare client: ParleyClient | null;
  declare token: TokenSource | string | null;
  declare strings: StringOverrides | null;
  declare protected isLarge: boolean;
  declare protected hasFailed: boolean;

  readonly #appearance = new Appearance(this);
  readonly #dialog = new DialogController(this, () => this.#panel?.focusView());
  readonly #sound = new Chunk(this, async () => {
    const { Sound } = await import("./sound.js");
    return new Sound(this);
  });
  readonly #session = new Session(this, {
    changed: () => this.requestUpdate(),
    ready: (event) => this.#onReady(event),
    unread: ({ total }) => this.#tell("unread", { total }),
    message: (event) => this.#onMessage(event),
    unauthorized: (event) => this.#tell("unauthorized", event),
  });
  #hadFocus = false;

  constructor() {
    super();
    this.url = this.api = this.tokenUrl = this.locale = this.launcherTitle = null;
    this.client = this.token = this.strings = null;
    this.cookies = this.open = this.inline = this.isLarge = this.hasFailed = false;
    this.scope = "tenant";
    this.theme = "auto";
    this.position = "end";
    this.muted = readPreference(MUTED) === "true";
  }

  /** Show the window, and give it the focus. */
  openPanel(): void {
    this.open = true;
  }

  close(): void {
    this.open = false;
  }

  toggle(): void {
    this.open = !this.open;
  }

  /** Show a room, as soon as rooms are known. */
  async openRoom(roomId: string): Promise<void> {
    this.open = true;
    await this.#session.whenReady();
    await this.updateComplete;
    this.#panel?.show({ name: "room", roomId });
  }

  /** Show the conversation with a person; it begins with that where there was none. */
  async openPerson(ref: PersonRef): Promise<void> {
    this.open = true;
    const client = await this.#session.whenReady();
    const room = await client.rooms.direct(ref);
    await this.openRoom(room.roomId);
  }

  /** Connect again after `logout`, as whoever is logged in now. It connects by itself at first. */
  connect(): void {
    this.#session.connect();
  }

  /** Hang up, and forget everything of this user in this browser. */
  async logout(): Promise<void> {
    this.open = false;
    this.#panel?.show({ name: "list" });
    await this.#session.client?.logout();
  }

  /** The loader may have drawn a button already: this one takes its place, and its focus. */
  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    this.#hadFocus = Boolean(this.shadowRoot?.activeElement);
    this.shadowRoot?.replaceChildren();
    return super.createRenderRoot();
  }

  protected override firstUpdated(_changed: PropertyValues): void {
    if (this.#hadFocus && !this.open) {
      this.renderRoot.querySelector<HTMLElement>(".launcher")?.focus();
    }
  }

  protected override render(): TemplateResult {
    const { strings, locale } = this.#appearance;
    const name = this.launcherTitle ?? strings.chat;
    const content = this.hasFailed ? this.#failure() : this.#content();
    if (this.inline) {
      return html`<section class="window" part="panel" aria-label=${name}>${content}</section>`;
    }
    const unread = this.#session.client?.unread ?? 0;
    const toggle = () => this.toggle();
    return html`${launcher(this.launcherTitle, strings, locale, unread, this.open, toggle)}
      <dialog
        id="panel"
        class="window ${this.isLarge ? "large" : ""}"
        part="panel"
        aria-label=${name}
        @keydown=${this.#dialog.onKeydown}
        @close=${this.#dialog.onClose}
      >
        ${content}
      </dialog>`;
  }

  #content(): TemplateResult {
    const { strings, locale } = this.#appearance;
    const { client } = this.#session;
    const context: Context = {
      client,
      strings,
      locale,
      isOpen: this.open || this.inline,
      isSoundOn: !this.muted,
      size: this.inline ? "fixed" : this.isLarge ? "large" : "small",
      close: () => this.close(),
      toggleSize: () => {
        this.isLarge = !this.isLarge;
      },
      toggleSound: () => this.#toggleSound(),
    };
    return html`<parley-panel
      exportparts="frame,sidebar,header,list,room,person,count,message-button,avatar,dot,notice,
        conversation,log,message,bubble,composer,send,typing,form,details"
      .context=${context}
      @failure=${(event: Event) => {
        event.stopPropagation();
        this.hasFailed = true;
      }}
    ></parley-panel>`;
  }

  #failure(): TemplateResult {
    const { strings } = this.#appearance;
    return html`<div class="state" role="alert">
      <p>${strings.failedToShow}</p>
      <button
        class="button primary"
        @click=${() => {
          this.hasFailed = false;
        }}
      >
        ${strings.retry}
      </button>
    </div>`;
  }

  get #panel(): ParleyPanel | null {
    return this.renderRoot.querySelector("parley-panel");
  }

  #toggleSound(): void {
    this.muted = !this.muted;
    writePreference(MUTED, String(this.muted));
    if (!this.muted) void this.#play();
  }

  async #play(): Promise<void> {
    const sound = await this.#sound.ensure();
    sound?.play();
  }

  #onReady(event: ClientEvents["ready"]): void {
    this.#tell("ready", event);
    whenIdle(() => void this.#preload());
  }

  /** What is likely to be needed next, and then what cannot be loaded without a connection. */
  async #preload(): Promise<void> {
    await this.#panel?.preload();
    await this.#sound.ensure();
  }

  #onMessage({ message, room, isMine, isLive }: ClientEvents["message"]): void {
    this.#tell("message", { message, room, isMine });
    const isWatched = this.#panel?.shownRoomId === room.roomId && document.hasFocus();
    const isMuted = this.muted;
    const arrival = { isMine, isLive, isMuted, isRoomMuted: room.muted, isWatched };
    if (isHeard(arrival)) void this.#play();
  }

  /**
   * Tell the host page. A `message` does not bubble: on its way up it would reach listeners of
   * `window` that wait for those of `postMessage`.
   */
  #tell<N extends keyof ParleyChatEvents>(name: N, detail: ParleyChatEvents[N]): void {
    const bubbles = name !== "message";
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles, composed: true }));
  }
}

define("parley-chat", ParleyChat);

declare global {
  interface HTMLElementTagNameMap {
    "parley-chat": ParleyChat;
  }
}
