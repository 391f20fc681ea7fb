/**
 * `<parley-list>`: who one is, how the connection is, chats, and who is online.
 *
 * Of thousands of rows those near the screen are drawn. One row is in the tab order; arrow keys,
 * Home and End move from there.
 */

import type { KnownPerson, ParleyClient, ParleyError, Room } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { avatarStyles } from "../avatar.js";
import { formatNumber } from "../format.js";
import { repeat } from "../keyed.js";
import { base } from "../theme.js";
import { addStyles } from "./addStyles.js";
import { Chunk } from "./chunk.js";
import type { Context } from "./context.js";
import { define } from "./define.js";
import { emit } from "./emit.js";
import { listStyles } from "./list.css.js";
import type { ListSearch } from "./listExtras.js";
import { halfPageOf, Measured } from "./measured.js";
import { connectionNotice } from "./notice.js";
import { refOf } from "./people.js";
import { personRow, type RowContext, roomRow } from "./rows.js";
import { composeSections, type Item, type Section } from "./sections.js";
import { stepOf, stepped } from "./steps.js";

type Extras = typeof import("./listExtras.js");

/** So many rows are drawn at once; of more, those near the screen. */
const MANY = 150;

export class ParleyList extends LitElement {
  static override styles = [base, avatarStyles, listStyles];

  static override properties = {
    context: { attribute: false },
    header: { attribute: false },
    extras: { attribute: false },
    isActive: { attribute: false },
    isCompact: { type: Boolean, attribute: "compact" },
    currentRoomId: { attribute: false },
    query: { state: true },
    hasAllChats: { state: true },
  };

  declare context: Context;
  declare header: TemplateResult;
  /** Null until they are loaded. */
  declare extras: Extras | null;
  /** False while it is not on the screen: then nothing is drawn. */
  declare isActive: boolean;
  /** Pictures only: a narrow rail beside the conversation. */
  declare isCompact: boolean;
  declare currentRoomId: string | null;
  declare query: string;
  declare hasAllChats: boolean;

  readonly #halfPage = new Measured(this, halfPageOf);
  readonly #longList = new Chunk(this, async () => {
    const { WindowController } = await import("./windowController.js");
    return new WindowController(this);
  });
  #search: ListSearch | null = null;
  #sections: Section<Room>[] = [];
  /** The row in the tab order, by its key: it stays with its chat when the order changes. */
  #stop: string | undefined;
  #isFocusDue = false;
  #busyKey: string | null = null;
  #trouble: { key: string; text: string } | null = null;

  constructor() {
    super();
    this.query = "";
    this.hasAllChats = false;
  }

  get client(): ParleyClient | null {
    return this.context.client;
  }

  /** Give the focus to the row that had it, the first one, or the search. */
  override focus(): void {
    if (this.#stop === undefined) this.#field?.focus();
    else this.#focusStop();
  }

  /** The button that folds the list is another one after that. */
  async focusToggle(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("[part=toggle-sidebar]")?.focus();
  }

  protected override shouldUpdate(): boolean {
    return this.isActive;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("extras") && this.extras) this.#equip(this.extras);
    this.#sections = this.#compose();
    this.#moveStop(0);
    const total = this.#sections.reduce((sum, { items }) => sum + items.length, 0);
    if (total > MANY) this.#longList.want();
  }

  protected override updated(): void {
    if (!this.#isFocusDue) return;
    this.#isFocusDue = false;
    // The browser scrolls it onto the screen.
    this.renderRoot.querySelector<HTMLElement>(".scroller [tabindex='0']")?.focus();
  }

  protected override render(): TemplateResult {
    return html`${this.header}
      <div class="search" role="search" ?hidden=${this.isCompact}>${this.#searchField()}</div>
      <div role="status">${this.#notice()}</div>
      <div class="scroller" part="list" @keydown=${this.#onKeydown}>
        ${this.#sections.map((section) => this.#section(section))}
        ${this.isCompact ? nothing : this.#afterword()}
      </div>`;
  }

  #equip({ ListSearch, extraStyles }: Extras): void {
    this.#search = new ListSearch(this);
    addStyles(this, extraStyles);
  }

  /** What is searched with, while somebody searches. */
  get #found(): ListSearch | null {
    return this.query.trim() && !this.isCompact ? this.#search : null;
  }

  get #field(): HTMLElement | null {
    return this.renderRoot.querySelector(".search input");
  }

  #compose(): Section<Room>[] {
    const { client } = this;
    if (!client) return [];
    const listed = { rooms: client.rooms.all, people: client.people.all };
    if (this.#found) return this.#found.sections(listed);
    // Who is here is not known without a connection.
    if (client.state === "offline") listed.people = [];
    const isWhole = this.hasAllChats || this.isCompact;
    return composeSections(listed, isWhole ? undefined : this.#halfPage.value);
  }

  #searchField(): TemplateResult | undefined {
    return this.extras?.searchField({
      strings: this.context.strings,
      query: this.query,
      search: (query) => this.#searchFor(query),
      leave: () => this.#focusStop(),
    });
  }

  #searchFor(query: string): void {
    this.query = query;
    this.#trouble = null;
    this.renderRoot.querySelector(".scroller")?.scrollTo(0, 0);
    this.#search?.set(query);
    if (!query) this.#field?.focus();
  }

  #afterword(): TemplateResult | typeof nothing | undefined {
    const { client, strings } = this.context;
    const kinds = this.#sections.map(({ kind }) => kind);
    if (this.#found) return this.#found.afterword(strings, kinds.length > 0);
    return this.extras?.afterword(client, strings, kinds);
  }

  #notice(): TemplateResult | typeof nothing {
    const { client, strings } = this.context;
    if (!client) return nothing;
    const { state, reason } = client;
    const notice = connectionNotice(state, reason, strings, this.extras?.offlineNotice);
    if (!notice) return nothing;
    const { text, action } = notice;
    return html`<p class="notice ${state}" part="notice">
      <span>${text}</span>
      ${action ? html`<button class="button" @click=${this.#connect}>${action}</button>` : nothing}
    </p>`;
  }

  /** What became of it shows in the client's state, which is drawn as a notice. */
  readonly #connect = (): void => {
    this.client?.connect().catch(() => this.requestUpdate());
  };

  #section(section: Section<Room>): TemplateResult {
    const { kind, items, total } = section;
    const { strings, locale } = this.context;
    const names = {
      unread: strings.unreadMessages,
      chats: strings.chats,
      online: strings.onlineNow,
      people: strings.people,
    };
    const heading = `heading-${kind}`;
    return html`<section aria-labelledby=${heading}>
      <h3 id=${heading}>
        ${names[kind]}
        <span class="total" aria-hidden="true">${formatNumber(total, locale)}</span>
      </h3>
      <ul
        role="list"
        class=${kind}
        aria-labelledby=${heading}
        .style=${`block-size: calc(var(--row) * ${items.length})`}
      >
        ${repeat(
          this.#rows(kind, items),
          (row) => items[row]?.key,
          (row) => this.#row(items, row),
        )}
      </ul>
      ${kind === "chats" && !this.#found ? this.#moreChats(section) : nothing}
    </section>`;
  }

  /** The numbers of those that are drawn, among them the one that has the focus. */
  #rows(kind: string, items: readonly Item[]): number[] {
    const kept = items.findIndex(({ key }) => key === this.#stop);
    const near = this.#longList.value?.rows(kind, items.length, kept);
    return near ?? Array.from(items.slice(0, MANY).keys());
  }

  #row(items: readonly Item<Room>[], row: number): TemplateResult {
    const { key, room, person } = items[row] as Item<Room>;
    const open = () => {
      this.#stop = key;
      if (room) emit(this, "open-room", { roomId: room.roomId });
      else void this.#openPerson(key, person);
    };
    const context: RowContext = {
      ...this.context,
      isTabStop: key === this.#stop,
      isCurrent: room?.roomId === this.currentRoomId,
      isBusy: this.#busyKey === key,
      trouble: this.#trouble?.key === key ? this.#trouble.text : null,
      open,
    };
    return html`<li
      aria-setsize=${items.length}
      aria-posinset=${row + 1}
      .style=${`inset-block-start: calc(var(--row) * ${row})`}
    >
      ${room ? roomRow(room, context) : personRow(person, context)}
    </li>`;
  }

  #moreChats(section: Section<Room>): TemplateResult | typeof nothing | undefined {
    const isCut = section.items.length < section.total;
    if (!isCut && (!this.hasAllChats || this.isCompact)) return nothing;
    const { strings, locale } = this.context;
    return this.extras?.moreButton(strings, locale, section, () => {
      this.hasAllChats = isCut;
    });
  }

  async #openPerson(key: string, person: KnownPerson): Promise<void> {
    const { client } = this;
    if (!client || this.#busyKey) return;
    this.#busyKey = key;
    this.#trouble = null;
    this.requestUpdate();
    try {
      const { roomId } = await client.rooms.direct(refOf(client, person));
      emit(this, "open-room", { roomId });
    } catch (error) {
      this.#trouble = { key, text: (error as ParleyError).message };
    }
    this.#busyKey = null;
    this.requestUpdate();
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const step = stepOf(event);
    if (step === null) return;
    event.preventDefault();
    this.#moveStop(step);
    this.#focusStop();
  };

  #moveStop(step: number): void {
    const keys = this.#sections.flatMap(({ items }) => items.map(({ key }) => key));
    this.#stop = stepped(keys, this.#stop, step);
  }

  #focusStop(): void {
    this.#isFocusDue = true;
    this.requestUpdate();
  }
}

define("parley-list", ParleyList);
