/**
 * `<parley-list>`: who one is, how the connection is, chats, and who is online.
 *
 * Of thousands of rows those near the screen are drawn. One row is in the tab order; arrow keys,
 * Home and End move from there.
 */

import type { KnownPerson, ParleyClient, ParleyError, Room } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { avatarStyles } from "../avatar.js";
import { count } from "../conversation/strings.js";
import { formatNumber } from "../format.js";
import { ENGLISH, type Strings } from "../i18n.js";
import { base } from "../theme.js";
import { afterword } from "./afterword.js";
import { ClientController } from "./clientController.js";
import { define } from "./define.js";
import { emit } from "./emit.js";
import { listStyles } from "./list.css.js";
import { listHeader } from "./listHeader.js";
import { connectionNotice } from "./notice.js";
import { refOf } from "./people.js";
import { PeopleSearch } from "./peopleSearch.js";
import { personRow, type RowContext, roomRow } from "./rows.js";
import { searchField } from "./searchField.js";
import { composeSections, type Item, type Section, type SectionKind } from "./sections.js";
import { stepOf, TabStop } from "./tabStop.js";
import { rowsOf } from "./window.js";
import { WindowController } from "./windowController.js";

type ListItem = Item<Room>;
type ListSection = Section<Room>;

export class ParleyList extends LitElement {
  static override styles = [base, avatarStyles, listStyles];

  static override properties = {
    client: { attribute: false },
    strings: { attribute: false },
    locale: {},
    isActive: { attribute: false },
    isCompact: { type: Boolean, reflect: true, attribute: "compact" },
    isSoundOn: { attribute: false },
    size: { attribute: false },
    hasSidebarToggle: { attribute: false },
    currentRoomId: { attribute: false },
    hasAllChats: { state: true },
  };

  declare client: ParleyClient | null;
  declare strings: Strings;
  declare locale: string;
  /** False while it is not on the screen: then nothing is drawn. */
  declare isActive: boolean;
  /** Pictures only: a narrow rail beside the conversation. */
  declare isCompact: boolean;
  declare isSoundOn: boolean;
  /** `fixed` where neither a larger size nor closing makes sense. */
  declare size: "small" | "large" | "fixed";
  declare hasSidebarToggle: boolean;
  declare currentRoomId: string | null;
  declare hasAllChats: boolean;

  readonly search = new PeopleSearch(this);
  private readonly window = new WindowController(this);
  private sections: ListSection[] = [];
  private readonly stop = new TabStop();
  private isFocusDue = false;
  private busyKey: string | null = null;
  private trouble: { key: string; text: string } | null = null;

  constructor() {
    super();
    this.client = null;
    this.strings = ENGLISH;
    this.locale = "en";
    this.isActive = true;
    this.isCompact = false;
    this.isSoundOn = true;
    this.size = "small";
    this.hasSidebarToggle = false;
    this.currentRoomId = null;
    this.hasAllChats = false;
    new ClientController(this);
  }

  /** Give the focus to the row that had it, the first one, or the search. */
  override focus(): void {
    const search = this.renderRoot.querySelector<HTMLElement>(".search input");
    if (search && !this.stop.place) search.focus();
    else this.focusStop();
  }

  /** The button that folds the list is another one after that. */
  async focusToggle(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("[part=toggle-sidebar]")?.focus();
  }

  protected override shouldUpdate(): boolean {
    return this.isActive;
  }

  protected override willUpdate(): void {
    const { client, search } = this;
    const halfPage = this.window.halfPage();
    this.sections = client
      ? composeSections({
          rooms: client.rooms.all,
          // Who is here is not known without a connection.
          people: client.state === "offline" && !search.query ? [] : client.people.all,
          query: this.isCompact ? "" : search.query,
          found: search.found,
          chatsPreview: this.hasAllChats || this.isCompact ? null : halfPage,
        })
      : [];
    this.stop.update(this.sections);
  }

  protected override updated(_changed: PropertyValues): void {
    if (!this.isFocusDue) return;
    this.isFocusDue = false;
    this.renderRoot.querySelector<HTMLElement>(".scroller [tabindex='0']")?.focus();
  }

  protected override render(): TemplateResult {
    const { client, strings, search } = this;
    const kinds = this.sections.map(({ kind }) => kind);
    return html`${listHeader(this)} ${this.isCompact ? nothing : this.searchField()}
      <div class="notice-place" role="status">${this.notice()}</div>
      <div class="scroller" part="list" @scroll=${this.window.scrolled} @keydown=${this.onKeydown}>
        ${this.sections.map((section) => this.section(section))}
        ${this.isCompact ? nothing : afterword({ client, strings, search, kinds })}
      </div>`;
  }

  private searchField(): TemplateResult {
    return searchField({
      strings: this.strings,
      query: this.search.query,
      search: (query) => this.searchFor(query),
      clear: this.clearSearch,
      leave: () => this.focus(),
    });
  }

  private notice(): TemplateResult | typeof nothing {
    const client = this.client;
    if (!client) return nothing;
    const notice = connectionNotice(client.state, client.reason, this.strings);
    if (!notice) return nothing;
    return html`<p class="notice ${notice.isBusy ? "busy" : ""}" part="notice">
      <span>${notice.text}</span>
      ${
        notice.action
          ? html`<button class="button" @click=${this.connectAgain}>${notice.action}</button>`
          : nothing
      }
    </p>`;
  }

  /** What became of it shows in the client's state, which is drawn as a notice. */
  private readonly connectAgain = (): void => {
    this.client?.connect().catch(() => this.requestUpdate());
  };

  private section(section: ListSection): TemplateResult {
    const { kind, items } = section;
    const { place } = this.stop;
    const kept = place?.kind === kind ? place.row : -1;
    const rows = rowsOf(this.window.range(kind, items.length), kept);
    const heading = `heading-${kind}`;
    return html`<section aria-labelledby=${heading}>
      <h3 id=${heading}>
        ${this.nameOf(kind)}
        <span class="total" aria-hidden="true">${formatNumber(section.total, this.locale)}</span>
      </h3>
      <ul
        role="list"
        class=${kind}
        data-window=${kind}
        aria-labelledby=${heading}
        .style=${`block-size: calc(var(--row) * ${items.length})`}
      >
        ${repeat(
          rows.flatMap((row) => (items[row] ? [{ row, item: items[row] }] : [])),
          ({ item }) => item.key,
          ({ row, item }) => this.row(section, row, item),
        )}
      </ul>
      ${kind === "chats" ? this.moreChats(section) : nothing}
    </section>`;
  }

  private row(section: ListSection, row: number, item: ListItem): TemplateResult {
    const context = this.contextOf(section, row, item);
    const chosen = () => this.stop.set({ kind: section.kind, row });
    const content = item.room
      ? roomRow(item.room, context, () => {
          chosen();
          emit(this, "open-room", { roomId: item.room.roomId });
        })
      : personRow(item.person, context, () => {
          chosen();
          void this.openPerson(item.key, item.person);
        });
    return html`<li
      aria-setsize=${section.items.length}
      aria-posinset=${row + 1}
      .style=${`inset-block-start: calc(var(--row) * ${row})`}
    >
      ${content}
    </li>`;
  }

  private contextOf({ kind }: ListSection, row: number, { key, room }: ListItem): RowContext {
    const { place } = this.stop;
    return {
      client: this.client as ParleyClient,
      strings: this.strings,
      locale: this.locale,
      isTabStop: place?.kind === kind && place.row === row,
      isCurrent: room !== undefined && room.roomId === this.currentRoomId,
      isBusy: this.busyKey === key,
      trouble: this.trouble?.key === key ? this.trouble.text : null,
    };
  }

  private moreChats(section: ListSection): TemplateResult | typeof nothing {
    const isCut = section.items.length < section.total;
    const isWhole = this.hasAllChats && !this.search.query && !this.isCompact;
    if (!isCut && !isWhole) return nothing;
    const { strings, locale } = this;
    return html`<button class="more" @click=${() => this.toggleAllChats()}>
      ${isCut ? count(strings.showAllChats, section.total, locale) : strings.showFewerChats}
    </button>`;
  }

  private toggleAllChats(): void {
    this.hasAllChats = !this.hasAllChats;
  }

  private nameOf(kind: SectionKind): string {
    const { strings } = this;
    const names = {
      unread: strings.unreadMessages,
      chats: strings.chats,
      online: strings.onlineNow,
      people: strings.people,
    };
    return names[kind];
  }

  private searchFor(query: string): void {
    this.trouble = null;
    this.renderRoot.querySelector(".scroller")?.scrollTo(0, 0);
    this.search.set(query);
  }

  private readonly clearSearch = (): void => {
    this.searchFor("");
    this.renderRoot.querySelector<HTMLElement>(".search input")?.focus();
  };

  private async openPerson(key: string, person: KnownPerson): Promise<void> {
    const client = this.client;
    if (!client || this.busyKey) return;
    this.busyKey = key;
    this.trouble = null;
    this.requestUpdate();
    try {
      const room = await client.rooms.direct(refOf(client, person));
      emit(this, "open-room", { roomId: room.roomId });
    } catch (error) {
      this.trouble = { key, text: (error as ParleyError).message };
    }
    this.busyKey = null;
    this.requestUpdate();
  }

  private readonly onKeydown = (event: KeyboardEvent): void => {
    const step = stepOf(event);
    if (step === null) return;
    event.preventDefault();
    this.stop.move(step);
    this.focusStop();
  };

  private focusStop(): void {
    const { place } = this.stop;
    if (place) this.window.reveal(place.kind, place.row);
    this.isFocusDue = true;
    this.requestUpdate();
  }
}

define("parley-list", ParleyList);
