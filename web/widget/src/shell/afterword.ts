/** What stands below the sections of the list: what is missing, and why. */

import type { ParleyClient } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { fill } from "../conversation/strings.js";
import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";
import type { PeopleSearch } from "./peopleSearch.js";
import type { SectionKind } from "./sections.js";

export interface AfterwordOptions {
  client: ParleyClient | null;
  strings: Strings;
  search: PeopleSearch;
  /** The sections that have rows. */
  kinds: readonly SectionKind[];
}

/** While not connected nobody is called absent. */
export function afterword(options: AfterwordOptions): TemplateResult | typeof nothing {
  const { client, strings, search, kinds } = options;
  if (search.query.trim()) return searchAfterword(options);
  if (!client || client.state === "connecting") {
    return kinds.length ? nothing : skeleton(strings.connecting);
  }
  if (!client.connected) return nothing;
  const hasChats = kinds.some((kind) => kind !== "online");
  return html`${hasChats ? nothing : noChats(strings)}${
    kinds.includes("online") ? nothing : html`<p class="aside">${strings.nobodyOnline}</p>`
  }`;
}

function noChats(strings: Strings): TemplateResult {
  return html`<div class="empty">
    ${icons.chat}
    <p class="lead">${strings.noChats}</p>
    <p>${strings.noChatsHint}</p>
  </div>`;
}

function searchAfterword({ strings, search, kinds }: AfterwordOptions): TemplateResult {
  const nothingFound = fill(strings.nothingFound, { query: search.query.trim() });
  const text = search.isSearching ? strings.searching : kinds.length ? "" : nothingFound;
  return html`<p class="aside" role="status">${search.hasFailed ? strings.searchFailed : text}</p>`;
}

/** Grey rows where the list will be. */
function skeleton(text: string): TemplateResult {
  const rows = [0, 1, 2, 3].map(() => html`<div class="ghost"><i></i><b></b></div>`);
  return html`<p class="visually-hidden">${text}</p>
    <div class="ghosts" aria-hidden="true">${rows}</div>`;
}
