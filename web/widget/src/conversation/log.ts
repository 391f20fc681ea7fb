/**
 * The messages of a room, as the element `<parley-log>`.
 *
 * The log is one tab stop and not live: screen readers are told of new messages by an announcer.
 * What is done with messages, and what shows more of them than plain text, are its extras: they are
 * loaded when the first message needs them, or somebody points at one.
 */

import type { Message } from "@parley/client";
import { html, LitElement, nothing, type TemplateResult } from "lit";

import { avatarStyles } from "../avatar.js";
import { repeat } from "../keyed.js";
import { Chunk } from "../shell/chunk.js";
import { whenIdle } from "../shell/idle.js";
import { base } from "../theme.js";
import { Announcer } from "./announcer.js";
import { estimateHeight } from "./estimate.js";
import { excerptOf } from "./excerpt.js";
import type { LogExtras } from "./logExtras.js";
import { LogModel } from "./logModel.js";
import { logStyles } from "./logStyles.js";
import { type MessageContext, needsExtras, rowContent } from "./message.js";
import type { Conversation, ConversationClient, ConversationRoom } from "./ports.js";
import type { Drawn } from "./rowWindow.js";
import { fill } from "./strings.js";
import { VirtualRows } from "./virtual.js";
import { Visibility } from "./visibility.js";

const TRIM_ABOVE = 600;
const HEAD_PX = 48;
/** After that, older messages are asked for again without anybody saying so. */
const BLOCKED_MS = 10_000;

export class ParleyLog extends LitElement {
  static override properties = {
    host: { attribute: false },
    failure: { state: true },
  };

  static override styles = [base, avatarStyles, logStyles];

  declare host: Conversation;
  /** Why messages could not be read. */
  declare failure: string | null;

  readonly model = new LogModel();
  readonly virtual = new VirtualRows(this, {
    scroller: () => this.scroller,
    estimate: (index, width) => this.#estimate(index, width),
    moved: () => this.#readFurther(),
    paddingStart: HEAD_PX,
  });
  readonly #extras = new Chunk<LogExtras>(this, async () => {
    const { LogExtras } = await import("./extras.js");
    return new LogExtras(this);
  });
  readonly #visibility = new Visibility(this, () => this.#watch());
  readonly #announcer = new Announcer(
    (text) => this.host.announce(text),
    () => this.host,
  );
  #listening: ConversationClient | null = null;
  #stop: (() => void) | undefined;
  /** Whoever points at messages has been told that the extras could not be loaded. */
  #isTold = false;
  #entered: ConversationRoom | null = null;

  constructor() {
    super();
    this.failure = null;
  }

  get room(): ConversationRoom | null {
    return this.host.room;
  }

  get keys(): readonly string[] {
    return this.model.keys;
  }

  get scroller(): HTMLElement | null {
    return this.renderRoot.querySelector(".log");
  }

  get extras(): LogExtras | null {
    return this.#extras.value;
  }

  person(userId: string) {
    return this.host.client?.people.get({ userId, tenantId: this.room?.tenantId ?? "" });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#enter(null);
    this.#listen(null);
  }

  protected override firstUpdated(): void {
    whenIdle(() => this.#extras.ensure());
  }

  protected override willUpdate(): void {
    if (!this.isConnected) return;
    this.#listen(this.host.client);
    if (this.#entered !== this.room) this.#enter(this.room);
    const hasWritten = this.model.update(this.room);
    this.virtual.setRows(this.keys, this.keys.indexOf(this.extras?.focus.active ?? ""));
    if (hasWritten) this.virtual.pin();
  }

  protected override updated(): void {
    if (!this.isConnected) return;
    if (this.virtual.isPinned) {
      this.model.reachEnd();
      if (this.keys.length > TRIM_ABOVE) this.room?.trim();
    }
    this.#watch();
    this.extras?.drawn();
  }

  protected override render(): TemplateResult {
    const { strings, room } = this.host;
    return html`<div
        class="log"
        role="log"
        aria-live="off"
        aria-label=${fill(strings.messagesIn, { title: room?.title ?? "" })}
        aria-busy=${room?.isLoading === true}
        tabindex="0"
        part="log"
        @focusin=${this.#wake}
        @pointerover=${this.#wake}
        @click=${this.#wake}
      >
        <div class="sizer">
          <div class="head">${room && this.#head(room)}</div>
          <div class="rows">${this.#rows()}</div>
        </div>
      </div>
      ${this.extras?.jumpButton()}`;
  }

  #rows() {
    const { isPinned, items } = this.virtual;
    const context = this.#context();
    const isMore = () => !isPinned || items.some(({ index }) => this.#needsExtras(index));
    if (!this.extras && !this.#extras.hasFailed && isMore()) void this.#extras.ensure();
    return repeat(
      items,
      ({ key }) => key,
      (drawn) => this.#row(drawn, context),
    );
  }

  #needsExtras(index: number): boolean {
    const row = this.model.row(index);
    return row !== undefined && needsExtras(row.entry);
  }

  #row({ index, key, isApart }: Drawn, context: MessageContext): TemplateResult | typeof nothing {
    const row = this.model.row(index);
    if (row === undefined) return nothing;
    const raised = this.extras?.focus.toolbarKey === key ? "raised" : "";
    return html`<div
      class="row ${row.endsRun ? "spaced" : ""} ${raised} ${isApart ? "apart" : ""}"
      data-index=${index}
    >
      ${rowContent(row, context)}
    </div>`;
  }

  #context(): MessageContext {
    const { strings, locale, room } = this.host;
    return {
      strings,
      locale,
      isDirect: room?.type === "direct",
      pictureOf: (userId) => this.person(userId)?.picture,
      extras: this.extras,
    };
  }

  /** Above the first message: of one height, whatever it says, so that nothing moves. */
  #head(room: ConversationRoom) {
    const { failure } = this;
    const { strings } = this.host;
    if (failure !== null) {
      return html`<span dir="auto">${strings.couldNotLoad} ${failure}</span>
        <button class="link" type="button" @click=${this.#readAgain}>${strings.retry}</button>`;
    }
    if (room.isLoading || room.hasOlder) {
      return html`<span class="spinner"></span
        ><span class="visually-hidden">${strings.loading}</span>`;
    }
    return this.keys.length === 0 ? strings.empty : strings.beginning;
  }

  /** Somebody points at a message, or goes to one. */
  readonly #wake = async (event: Event): Promise<void> => {
    const { type, target } = event;
    if (this.extras || (this.#isTold && type === "pointerover")) return;
    const extras = await this.#extras.ensure();
    this.#isTold = extras === null;
    if (extras) extras.focus.tap(event, target);
    else this.host.warn(this.host.strings.failedToLoad);
  };

  #listen(client: ConversationClient | null): void {
    if (client === this.#listening) return;
    this.#stop?.();
    this.#listening = client;
    this.#stop = client?.on("message", ({ room, message, isMine, isLive }) => {
      if (room.roomId === this.room?.roomId && isLive && !isMine) this.#announce(message);
    });
  }

  #announce(message: Message): void {
    const text = this.extras?.excerpt(message) ?? excerptOf(message, this.host.strings);
    this.#announcer.add({ name: message.senderName, text });
  }

  #enter(room: ConversationRoom | null): void {
    this.#entered?.watch(false);
    this.#entered?.close();
    this.#entered = room;
    this.failure = null;
    this.#isTold = false;
    this.#announcer.clear();
    this.extras?.reset();
    this.virtual.reset();
    this.model.enter(room);
    if (room !== null) this.#read(room.open());
  }

  /** Older messages are asked for before the first that is held comes on the screen. */
  #readFurther(): void {
    const { room } = this;
    if (!room?.hasOlder || room.isLoading || this.failure !== null) return;
    if (this.keys.length > 0 && this.virtual.isNearStart) this.#read(room.loadOlder());
  }

  readonly #readAgain = (): void => {
    const { room } = this;
    if (room === null) return;
    this.failure = null;
    this.#read(this.keys.length === 0 ? room.open() : room.loadOlder());
  };

  #read(promise: Promise<void>): void {
    const room = this.#entered;
    promise.catch((error: Error) => {
      if (room !== this.#entered) return;
      this.failure = error.message;
      if (this.keys.length > 0) setTimeout(() => this.#unblock(room), BLOCKED_MS);
    });
  }

  #unblock(room: ConversationRoom | null): void {
    if (room === this.#entered) this.failure = null;
  }

  /** What is at the end counts as read while it can be seen. */
  #watch(): void {
    const isSeen = this.#visibility.isVisible && this.virtual.isPinned;
    this.#entered?.watch(isSeen && this.keys.length > 0);
  }

  #estimate(index: number, width: number): number {
    const row = this.model.row(index);
    if (row === undefined) return 0;
    const heads = Number(row.startsDay) + Number(row.startsNew);
    return estimateHeight(row.entry.message.body ?? "", width, heads);
  }
}

customElements.define("parley-log", ParleyLog);
