/**
 * What the list has beside its rows: the search, buttons, and sentences about what is missing.
 *
 * Nobody needs it to pick somebody and chat, so it is loaded after that, or when the list is shown.
 */

import type { ParleyClient, Room } from "@parley/client";
import { html, type ReactiveControllerHost, type TemplateResult } from "lit";

import { count, fill } from "../conversation/strings.js";
import type { Strings } from "../i18n.js";
import { withLater } from "./laterStrings.js";
import { PeopleSearch } from "./peopleSearch.js";
import { searchSections } from "./searchSections.js";
import type { Listed, Section } from "./sections.js";

export { afterword } from "./afterword.js";
export { extraStyles } from "./listExtras.css.js";
export { listTools } from "./listTools.js";
export { offlineNotice } from "./offline.js";
export { searchField } from "./searchField.js";

/** What is found for what somebody types, and what is said about it. */
export class ListSearch {
  readonly #search: PeopleSearch;

  constructor(host: ReactiveControllerHost & { client: ParleyClient | null }) {
    this.#search = new PeopleSearch(host);
  }

  set(query: string): void {
    this.#search.set(query);
  }

  sections(listed: Listed<Room>): Section<Room>[] {
    return searchSections(listed, this.#search.query, this.#search.found);
  }

  afterword(language: Strings, hasRows: boolean): TemplateResult {
    const { query, isSearching, hasFailed } = this.#search;
    const strings = withLater(language);
    const nothingFound = hasRows ? "" : fill(strings.nothingFound, { query: query.trim() });
    const text = isSearching ? strings.searching : nothingFound;
    return html`<p class="aside" role="status">${hasFailed ? strings.searchFailed : text}</p>`;
  }
}

/** The button that shows all chats, or the newest again. */
export function moreButton(
  language: Strings,
  locale: string,
  { items, total }: Section<Room>,
  clicked: () => void,
): TemplateResult {
  const strings = withLater(language);
  const isCut = items.length < total;
  return html`<button class="more" @click=${clicked}>
    ${isCut ? count(strings.showAllChats, total, locale) : strings.showFewerChats}
  </button>`;
}
