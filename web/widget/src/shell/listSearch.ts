/** The search of the list, which is loaded when somebody types: what is found, and what is said. */

import type { ParleyClient, Room } from "@parley/client";
import { html, type ReactiveControllerHost, type TemplateResult } from "lit";

import { fill } from "../conversation/strings.js";
import type { Strings } from "../i18n.js";
import { withLater } from "./laterStrings.js";
import { PeopleSearch } from "./peopleSearch.js";
import { searchSections } from "./searchSections.js";
import type { Listed, Section } from "./sections.js";

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

  afterword(strings: Strings, hasRows: boolean): TemplateResult {
    const { query, isSearching, hasFailed } = this.#search;
    const said = withLater(strings);
    const nothingFound = hasRows ? "" : fill(said.nothingFound, { query: query.trim() });
    const text = isSearching ? said.searching : nothingFound;
    return html`<p class="aside" role="status">${hasFailed ? said.searchFailed : text}</p>`;
  }
}
