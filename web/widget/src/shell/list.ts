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
import { count, fill } from "../conversation/strings.js";
import { formatNumber } from "../format.js";
import { ENGLISH, type Strings } from "../i18n.js";
import { icons } from "../icons.js";
import { base } from "../theme.js";
import { ClientController } from "./clientController.js";
import { define } from "./define.js";
import { emit } from "./emit.js";
import { listStyles } from "./list.css.js";
import { listHeader } from "./listHeader.js";
import { connectionNotice } from "./notice.js";
import { refOf } from "./people.js";
import { PeopleSearch } from "./peopleSearch.js";
import { personRow, type RowContext, roomRow } from "./rows.js";
import { composeSections, type Item, type Section, type SectionKind } from "./sections.js";
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
  /** The row in the tab order: its section and key. */
  private stop: { kind: SectionKind; key: string } | null = null;
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
    if (search && !this.stopPosition()) search.focus();
    else this.focusStop();
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
    if (!this.stopPosition()) this.stop = null;
  }

  protected override updated(_changed: PropertyValues): void {
    if (!this.isFocusDue) return;
    this.isFocusDue = false;
    this.renderRoot.querySelector<HTMLElement>(".scroller [tabindex='0']")?.focus();
  }

  protected override render(): TemplateResult {
    return html`${listHeader(this)} ${this.isCompact ? nothing : this.searchField()}
      <div class="notice-place" role="status">${this.notice()}</div>
      <div class="scroller" part="list" @scroll=${this.window.scrolled} @keydown=${this.onKeydown}>
        ${this.sections.map((section) => this.section(section))} ${this.afterword()}
      </div>`;
  }

  private searchField(): TemplateResult {
    const { strings, search } = this;
    return html`<div class="search" role="search">
      ${icons.search}
      <input
        class="field"
        type="text"
        inputmode="search"
        enterkeyhint="search"
        autocomplete="off"
        dir="auto"
        maxlength="100"
        placeholder=${strings.search}
        aria-label=${strings.search}
        .value=${search.query}
        @input=${(event: InputEvent) => this.searchFor((event.target as HTMLInputElement).value)}
        @keydown=${this.onSearchKeydown}
      />
      ${
        search.query
          ? html`<button class="clear" aria-label=${strings.clearSearch} @click=${this.clearSearch}>
              ${icons.close}
            </button>`
          : nothing
      }
    </div>`;
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
    const stop = this.stopPosition();
    const kept = stop?.section === section ? stop.row : -1;
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
    const content = item.room
      ? roomRow(item.room, this.contextOf(section, item), () => {
          this.stop = { kind: section.kind, key: item.key };
          emit(this, "open-room", { roomId: item.room.roomId });
        })
      : personRow(item.person, this.contextOf(section, item), () =>
          this.openPerson(section.kind, item.key, item.person),
        );
    return html`<li
      aria-setsize=${section.items.length}
      aria-posinset=${row + 1}
      .style=${`inset-block-start: calc(var(--row) * ${row})`}
    >
      ${content}
    </li>`;
  }

  private contextOf(section: ListSection, { key, room }: ListItem): RowContext {
    const stop = this.stop ?? firstStop(this.sections);
    return {
      client: this.client as ParleyClient,
      strings: this.strings,
      locale: this.locale,
      isTabStop: stop?.kind === section.kind && stop.key === key,
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

  /** Below the sections: what is missing, and why. While not connected nobody is called absent. */
  private afterword(): TemplateResult | typeof nothing {
    const { client, strings, search } = this;
    if (this.isCompact) return nothing;
    if (search.query.trim()) return this.searchAfterword();
    if (!client || client.state === "connecting") {
      return this.sections.length ? nothing : skeleton(strings.connecting);
    }
    if (!client.connected) return nothing;
    const hasChats = this.sections.some(({ kind }) => kind !== "online");
    const hasOnline = this.sections.some(({ kind }) => kind === "online");
    return html`${
      hasChats
        ? nothing
        : html`<div class="empty">
            ${icons.chat}
            <p class="lead">${strings.noChats}</p>
            <p>${strings.noChatsHint}</p>
          </div>`
    }${hasOnline ? nothing : html`<p class="aside">${strings.nobodyOnline}</p>`}`;
  }

  private searchAfterword(): TemplateResult {
    const { strings, search } = this;
    const isEmpty = this.sections.length === 0;
    const text = search.isSearching
      ? strings.searching
      : isEmpty
        ? fill(strings.nothingFound, { query: search.query.trim() })
        : "";
    return html`<p class="aside" role="status">${search.hasFailed ? strings.searchFailed : text}</p>`;
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

  /** Escape empties the field first, and only then closes the chat. */
  private readonly onSearchKeydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.search.query) {
      event.preventDefault();
      event.stopPropagation();
      this.clearSearch();
    } else if (event.key === "ArrowDown" && this.sections.length) {
      event.preventDefault();
      this.focus();
    }
  };

  private async openPerson(kind: SectionKind, key: string, person: KnownPerson): Promise<void> {
    const client = this.client;
    if (!client || this.busyKey) return;
    this.stop = { kind, key };
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
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
      PageDown: 8,
      PageUp: -8,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.moveStop(step);
  };

  private moveStop(step: number): void {
    const all = this.sections.flatMap(({ kind, items }) => items.map(({ key }) => ({ kind, key })));
    const now = this.stop ?? all[0];
    const at = all.findIndex(({ kind, key }) => kind === now?.kind && key === now.key);
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    if (!next) return;
    this.stop = next;
    this.focusStop();
  }

  private focusStop(): void {
    const position = this.stopPosition();
    if (position) this.window.reveal(position.section.kind, position.row);
    this.isFocusDue = true;
    this.requestUpdate();
  }

  private stopPosition(): { section: ListSection; row: number } | null {
    const stop = this.stop ?? firstStop(this.sections);
    const section = this.sections.find(({ kind }) => kind === stop?.kind);
    const row = section?.items.findIndex(({ key }) => key === stop?.key) ?? -1;
    return section && row >= 0 ? { section, row } : null;
  }
}

function firstStop(sections: readonly ListSection[]): { kind: SectionKind; key: string } | null {
  const [first] = sections;
  const [item] = first?.items ?? [];
  return first && item ? { kind: first.kind, key: item.key } : null;
}

/** Grey rows where the list will be. */
function skeleton(text: string): TemplateResult {
  const rows = [0, 1, 2, 3].map(() => html`<div class="ghost"><i></i><b></b></div>`);
  return html`<p class="visually-hidden">${text}</p>
    <div class="ghosts" aria-hidden="true">${rows}</div>`;
}

define("parley-list", ParleyList);
