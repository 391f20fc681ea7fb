/** What the log has beyond plain messages: how more of them is shown, and what is done with them. */

import type { Entry, Message } from "@parley/client";
import { adoptStyles, html, type LitElement, nothing, type TemplateResult } from "lit";

import { type BodyView, bodyView, isFewEmoji } from "./body.js";
import { excerptOf } from "./excerpt.js";
import { type AllStrings, withExtra } from "./extraStrings.js";
import { extraStyles } from "./extraStyles.js";
import type { ParleyLog } from "./log.js";
import { LogActions } from "./logActions.js";
import { LogFocus } from "./logFocus.js";
import type { LogModel } from "./logModel.js";
import * as parts from "./messageExtras.js";
import { type ConversationStrings, count } from "./strings.js";
import { type ToolbarAction, toolbar } from "./toolbar.js";
import { toolIcons } from "./toolIcons.js";

type Shown = TemplateResult | typeof nothing;

const HIGHLIGHT_MS = 2_000;
const TOOLBAR_PX = 18;

export class LogExtras {
  readonly log: ParleyLog;
  readonly actions: LogActions;
  readonly focus: LogFocus;
  #given: ConversationStrings | null = null;
  #strings: AllStrings | null = null;
  #highlighted: string | null = null;
  #ticking: ReturnType<typeof setTimeout> | undefined;

  constructor(log: ParleyLog) {
    this.log = log;
    this.focus = new LogFocus(log);
    this.actions = new LogActions(this);
    const { elementStyles } = log.constructor as typeof LitElement;
    adoptStyles(log.renderRoot as ShadowRoot, [...elementStyles, ...extraStyles]);
  }

  get client() {
    return this.host.client;
  }

  get room() {
    return this.log.room;
  }

  get host() {
    return this.log.host;
  }

  get myId(): string {
    return this.client?.me?.userId ?? "";
  }

  get strings(): AllStrings {
    const { strings } = this.host;
    if (this.#strings === null || this.#given !== strings) this.#strings = withExtra(strings);
    this.#given = strings;
    return this.#strings;
  }

  requestUpdate(): void {
    this.log.requestUpdate();
  }

  reset(): void {
    this.actions.reset();
    this.focus.reset();
  }

  /** While something waits for its time, count down. */
  drawn(): void {
    clearTimeout(this.#ticking);
    const isWaiting = this.room?.entries.some(({ retryAt }) => retryAt !== null);
    if (isWaiting) this.#ticking = setTimeout(() => this.requestUpdate(), 1_000);
  }

  /** Show a message, and point it out. */
  async reveal(index: number): Promise<void> {
    // It may have come with a page that is not drawn yet.
    this.requestUpdate();
    await this.log.updateComplete;
    const key = this.log.keys[index];
    if (key === undefined) return;
    this.#highlighted = key;
    setTimeout(() => {
      if (this.#highlighted === key) this.#highlighted = null;
      this.requestUpdate();
    }, HIGHLIGHT_MS);
    const { virtual } = this.log;
    const middle = (virtual.startOf(index) + virtual.startOf(index + 1)) / 2;
    virtual.goTo(middle - virtual.height / 2);
    await this.focus.focusRow(index);
  }

  // --- What the log shows -----------------------------------------------------------------------

  nameOf(userId: string): string | undefined {
    const member = this.room?.members.find((each) => each.userId === userId);
    return this.log.person(userId)?.name ?? member?.name;
  }

  markOf({ key }: Entry): string {
    return this.#highlighted === key ? "highlighted" : "";
  }

  sizeOf({ body }: Message): string {
    return isFewEmoji(body ?? "") ? "jumbo" : "";
  }

  excerpt(message: Message): string {
    const { attachments, body, deletedAt } = message;
    if (deletedAt === null && !body) return this.#countOf(attachments);
    return excerptOf(message, this.strings);
  }

  body(message: Message): BodyView {
    const text = bodyView(message, (userId) => this.nameOf(userId));
    const { attachments } = message;
    if (attachments.length === 0) return text;
    return [...text, html`<span class="attachments">${this.#countOf(attachments)}</span>`];
  }

  #countOf(attachments: Message["attachments"]): string {
    return count(this.strings.attachmentCount, attachments.length, this.host.locale);
  }

  quote(entry: Entry): Shown {
    return parts.quote(entry, this);
  }

  showAll(entry: Entry): Shown {
    return parts.showAll(entry, this);
  }

  /** What became of a message, below its bubble. */
  below(entry: Entry): TemplateResult {
    return html`${parts.reactions(entry, this)} ${parts.failure(entry, this)}
      ${parts.notice(entry, this)}`;
  }

  toolbar(entry: Entry): Shown {
    const { key, message } = entry;
    const isStored = message.seq > 0 && message.deletedAt === null;
    if (this.focus.toolbarKey !== key || !isStored) return nothing;
    return toolbar({
      entry,
      strings: this.strings,
      canChange: this.actions.canChange(entry),
      isConfirming: this.actions.confirming === key,
      isBelow: this.#isBelow(key),
      act: this.#act,
      react: this.#reactQuickly,
    });
  }

  /** The toolbar stands above its message, unless there is no room. */
  #isBelow(key: string): boolean {
    const { keys, model, virtual } = this.log;
    const index = keys.indexOf(key);
    const row = model.row(index);
    const hasHead = row?.startsDay === true || row?.startsNew === true;
    return virtual.startOf(index) - (hasHead ? -TOOLBAR_PX : TOOLBAR_PX) < virtual.top;
  }

  readonly #reactQuickly = (entry: Entry, emoji: string): void => {
    const hadFocus = this.focus.active === entry.key;
    this.actions.react(entry, emoji);
    this.focus.untap();
    if (hadFocus) this.focus.focusTools(entry.key, false);
  };

  readonly #act = (action: ToolbarAction, entry: Entry): void => {
    const hadFocus = this.focus.active === entry.key;
    this.actions.act(action, entry);
    if (action !== "delete" && action !== "cancel") this.focus.untap();
    // The buttons are others now, or gone.
    if (hadFocus && ["delete", "cancel", "confirm", "copy"].includes(action)) {
      const focus = () => this.focus.focusTools(entry.key, action === "delete");
      void this.log.updateComplete.then(focus);
    }
  };

  readonly #jump = (): void => {
    this.log.virtual.pin();
    this.requestUpdate();
  };

  /** Back to the newest, from wherever one has scrolled to. */
  jumpButton(): Shown {
    const { strings, log } = this;
    const { keys, model, virtual } = log;
    if (virtual.isPinned || keys.length === 0) return nothing;
    const fresh = freshCount(model);
    const text = fresh > 0 ? count(strings.newMessageCount, fresh, log.host.locale) : null;
    return html`<button
      class="jump"
      type="button"
      part="jump"
      title=${strings.jumpToNewest}
      aria-label=${text === null ? strings.jumpToNewest : `${text}, ${strings.jumpToNewest}`}
      @click=${this.#jump}
    >
      ${text === null ? nothing : html`<span>${text}</span>`} ${toolIcons.down}
    </button>`;
  }
}

/** How many messages of others came since the end was on the screen. */
export function freshCount({ entries, endSeq }: LogModel): number {
  const isFresh = ({ isMine, message }: Entry) =>
    !isMine && message.seq > endSeq && message.deletedAt === null;
  return entries.filter(isFresh).length;
}
