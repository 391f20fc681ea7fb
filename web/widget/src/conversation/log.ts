/**
 * The messages of a room, as the element `<parley-log>`.
 *
 * The log is one tab stop and not live: screen readers are told of new messages by an announcer.
 * Arrow keys move among messages, Enter opens the toolbar of one, Escape leaves it.
 */

import type { Entry } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { avatarStyles } from "../avatar.js";
import { icons } from "../icons.js";
import { base } from "../theme.js";
import { Announcer } from "./announcer.js";
import { excerptOf } from "./body.js";
import { HISTORY, LogActions, type LogHost } from "./logActions.js";
import { LogFocus } from "./logFocus.js";
import { estimateHeight } from "./logHistory.js";
import { LogModel } from "./logModel.js";
import { logStyles } from "./logStyles.js";
import { type MessageContext, rowContent } from "./message.js";
import type { ConversationClient, ConversationRoom } from "./ports.js";
import { type ConversationStrings, count, ENGLISH, fill } from "./strings.js";
import { toolbar } from "./toolbar.js";
import { VirtualRows } from "./virtual.js";
import { Visibility } from "./visibility.js";

const TRIM_ABOVE = 600;
const HEAD_PX = 48;
const TOOLBAR_PX = 18;
const HIGHLIGHT_MS = 2_000;

export class ParleyLog extends LitElement {
  static override properties = {
    client: { attribute: false },
    room: { attribute: false },
    strings: { attribute: false },
    locale: { attribute: false },
    host: { attribute: false },
  };

  static override styles = [base, avatarStyles, logStyles];

  declare client: ConversationClient | null;
  declare room: ConversationRoom | null;
  declare strings: ConversationStrings;
  declare locale: string;
  declare host: LogHost | null;

  readonly #model = new LogModel();
  readonly #actions = new LogActions(this);
  readonly #focus = new LogFocus(this);
  readonly #visibility = new Visibility(this, () => this.#watch());
  readonly #virtual = new VirtualRows(this, {
    scroller: () => this.renderRoot.querySelector<HTMLElement>(".log"),
    estimate: (index, width) => this.#estimate(index, width),
    moved: () => this.#readFurther(),
    paddingStart: HEAD_PX,
  });
  readonly #announcer = new Announcer(
    (text) => this.host?.announce(text),
    () => ({ strings: this.strings, locale: this.locale }),
  );
  #stops: (() => void)[] = [];
  #entered: ConversationRoom | null = null;
  #highlighted: string | null = null;
  #ticking: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.client = null;
    this.room = null;
    this.strings = ENGLISH;
    this.locale = "en";
    this.host = null;
  }

  get keys(): readonly string[] {
    return this.#model.keys;
  }

  /** Show the newest. */
  readonly scrollToEnd = (): void => {
    this.#virtual.scrollToEnd();
    this.requestUpdate();
  };

  /** Show a message, and point it out. */
  async reveal(index: number): Promise<void> {
    // It may have come with a page that is not drawn yet.
    this.requestUpdate();
    await this.updateComplete;
    const key = this.keys[index];
    if (key === undefined) return;
    this.#highlighted = key;
    setTimeout(() => {
      if (this.#highlighted === key) this.#highlighted = null;
      this.requestUpdate();
    }, HIGHLIGHT_MS);
    this.#virtual.scrollToIndex(index);
    await this.#focus.focusRow(index);
  }

  async bringIn(index: number): Promise<void> {
    await this.updateComplete;
    this.#virtual.scrollIntoView(index);
    await this.updateComplete;
  }

  leaveLog(): void {
    this.host?.leave();
  }

  /** Add or take away a reaction that was picked. */
  react(entry: Entry, emoji: string): void {
    this.#actions.react(entry, emoji);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#enter(null);
    this.#stopListening();
    clearTimeout(this.#ticking);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!this.isConnected) return;
    if (changed.has("client") || this.#stops.length === 0) this.#listen();
    if (this.#entered !== this.room) this.#enter(this.room);
    const hasWritten = this.#model.update(this.room);
    this.#virtual.setRows(this.keys, this.#model.indexOf(this.#focus.active));
    if (hasWritten) this.#virtual.pin();
  }

  protected override updated(): void {
    if (!this.isConnected) return;
    if (this.#virtual.isPinned) {
      this.#model.reachEnd();
      if (this.keys.length > TRIM_ABOVE) this.room?.trim();
    }
    this.#watch();
    this.#tick();
  }

  protected override render(): TemplateResult {
    const { strings, room } = this;
    return html`<div
        class="log"
        role="log"
        aria-live="off"
        aria-label=${fill(strings.messagesIn, { title: room?.title ?? "" })}
        aria-busy=${room?.isLoading === true}
        tabindex="0"
        part="log"
        @keydown=${this.#focus.keyDown}
        @focusin=${this.#focus.focusIn}
        @focusout=${this.#focus.focusOut}
        @pointerover=${this.#focus.pointerOver}
        @pointerleave=${this.#focus.pointerLeave}
        @click=${this.#focus.click}
      >
        <div class="sizer">
          ${this.#head()}
          <div class="rows">${this.#visibleRows()}</div>
        </div>
      </div>
      ${this.#jumpButton()}`;
  }

  #visibleRows() {
    const context = this.#context();
    const { toolbarKey } = this.#focus;
    return repeat(
      this.#virtual.items,
      ({ key }) => key,
      ({ index, isApart }) => {
        const row = this.#model.rows[index];
        if (row === undefined) return nothing;
        const raised = toolbarKey === row.entry.key ? "raised" : "";
        const apart = isApart ? "apart" : "";
        return html`<div
          class="row ${row.endsRun ? "spaced" : ""} ${raised} ${apart}"
          data-index=${index}
        >
          ${rowContent(row, context)}
        </div>`;
      },
    );
  }

  /** Above the first message: of one height, whatever it says, so that nothing moves. */
  #head(): TemplateResult | typeof nothing {
    if (this.room === null) return nothing;
    return html`<div class="head">${this.#headContent(this.room, this.strings)}</div>`;
  }

  #headContent(room: ConversationRoom, strings: ConversationStrings) {
    const failure = this.#actions.notices.textOf(HISTORY, strings);
    if (failure !== undefined) {
      return html`<span dir="auto">${strings.couldNotLoad} ${failure}</span>
        <button class="link" type="button" @click=${this.#readAgain}>${strings.retry}</button>`;
    }
    if (room.isLoading || room.hasOlder) {
      return html`<span class="spinner"></span
        ><span class="visually-hidden">${strings.loading}</span>`;
    }
    return this.keys.length === 0 ? strings.empty : strings.beginning;
  }

  #jumpButton(): TemplateResult | typeof nothing {
    if (this.#virtual.isPinned || this.keys.length === 0) return nothing;
    const { strings, locale } = this;
    const fresh = this.#model.freshCount;
    const text = fresh > 0 ? count(strings.newMessageCount, fresh, locale) : null;
    return html`<button
      class="jump"
      type="button"
      part="jump"
      title=${strings.jumpToNewest}
      aria-label=${text === null ? strings.jumpToNewest : `${text}, ${strings.jumpToNewest}`}
      @click=${this.scrollToEnd}
    >
      ${text === null ? nothing : html`<span>${text}</span>`} ${icons.arrowDown}
    </button>`;
  }

  #context(): MessageContext {
    const { strings, locale, room, client } = this;
    const names = new Map(room?.members.map(({ userId, name }) => [userId, name]));
    return {
      strings,
      locale,
      now: Date.now(),
      isDirect: room?.type === "direct",
      myId: client?.me?.userId ?? "",
      nameOf: (userId) => this.#person(userId)?.name ?? names.get(userId),
      pictureOf: (userId) => this.#person(userId)?.picture ?? null,
      original: (messageId) => this.#model.byId(messageId),
      notice: (entry) => this.#actions.notices.textOf(entry.key, strings),
      toolbar: (entry) => this.#toolbar(entry),
      highlighted: this.#highlighted,
      active: this.#focus.active,
      on: this.#actions,
    };
  }

  #person(userId: string) {
    return this.client?.people.get({ userId, tenantId: this.room?.tenantId ?? "" });
  }

  #toolbar(entry: Entry): TemplateResult | typeof nothing {
    const { key, message } = entry;
    const isStored = message.seq > 0 && message.deletedAt === null;
    if (this.#focus.toolbarKey !== key || !isStored) return nothing;
    return toolbar({
      entry,
      strings: this.strings,
      canChange: this.#actions.canChange(entry),
      isConfirming: this.#actions.confirming === key,
      isBelow: this.#isBelow(key),
      act: this.#act,
      react: this.#reactQuickly,
    });
  }

  /** The toolbar stands above its message, unless there is no room. */
  #isBelow(key: string): boolean {
    const index = this.#model.indexOf(key) ?? 0;
    const row = this.#model.rows[index];
    const hasHead = row?.startsDay === true || row?.startsNew === true;
    return this.#virtual.isCutOff(index, hasHead ? -TOOLBAR_PX : TOOLBAR_PX);
  }

  readonly #reactQuickly = (entry: Entry, emoji: string): void => {
    const hadFocus = this.#focus.active === entry.key;
    this.#actions.react(entry, emoji);
    this.#focus.untap();
    if (hadFocus) this.#focus.focusTools(entry.key, false);
  };

  readonly #act = (action: Parameters<LogActions["act"]>[0], entry: Entry): void => {
    const hadFocus = this.#focus.active === entry.key;
    this.#actions.act(action, entry);
    if (action !== "delete" && action !== "cancel") this.#focus.untap();
    // The buttons are others now, or gone.
    if (hadFocus && ["delete", "cancel", "confirm", "copy"].includes(action)) {
      void this.updateComplete.then(() => this.#focus.focusTools(entry.key, action === "delete"));
    }
  };

  #listen(): void {
    this.#stopListening();
    const { client } = this;
    if (client === null) return;
    this.#stops = [
      client.on("change", () => this.requestUpdate()),
      client.on("message", ({ room, message, isMine, isLive }) => {
        if (room.roomId !== this.room?.roomId || isMine || !isLive) return;
        const text = excerptOf(message, this.strings, this.locale);
        this.#announcer.add({ name: message.senderName, text });
      }),
    ];
  }

  #stopListening(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  #enter(room: ConversationRoom | null): void {
    this.#entered?.watch(false);
    this.#entered?.close();
    this.#entered = room;
    this.#announcer.clear();
    this.#actions.reset();
    this.#focus.reset();
    this.#virtual.reset();
    this.#model.enter(room);
    if (room !== null) this.#read(room.open());
  }

  /** Older messages are asked for before the first that is held comes on the screen. */
  #readFurther(): void {
    const { room } = this;
    const isBlocked = this.#actions.notices.textOf(HISTORY, this.strings) !== undefined;
    if (room === null || !room.hasOlder || room.isLoading || isBlocked) return;
    if (this.keys.length > 0 && this.#virtual.isNearStart) this.#read(room.loadOlder());
  }

  readonly #readAgain = (): void => {
    const { room } = this;
    if (room === null) return;
    this.#actions.notices.clear(HISTORY);
    this.#read(this.keys.length === 0 ? room.open() : room.loadOlder());
  };

  #read(promise: Promise<void>): void {
    const room = this.#entered;
    promise.catch((error: unknown) => {
      if (room === this.#entered) this.#actions.notices.add(HISTORY, error);
    });
  }

  /** What is at the end counts as read while it can be seen. */
  #watch(): void {
    const isSeen = this.#visibility.isVisible && this.#virtual.isPinned;
    this.#entered?.watch(isSeen && this.keys.length > 0);
  }

  /** While something waits for its time, count down. */
  #tick(): void {
    clearTimeout(this.#ticking);
    const isWaiting = this.#model.rows.some(({ entry }) => entry.retryAt !== null);
    if (isWaiting) this.#ticking = setTimeout(() => this.requestUpdate(), 1_000);
  }

  #estimate(index: number, width: number): number {
    const row = this.#model.rows[index];
    if (row === undefined) return 0;
    const heads = Number(row.startsDay) + Number(row.startsNew);
    return estimateHeight(row.entry.message.body ?? "", width, heads);
  }
}

customElements.define("parley-log", ParleyLog);
