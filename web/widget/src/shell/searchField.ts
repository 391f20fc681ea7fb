/** The field that people and chats are searched with. */

import { html, nothing, type TemplateResult } from "lit";

import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";

export interface SearchFieldOptions {
  strings: Strings;
  query: string;
  search(query: string): void;
  /** Empty the field, and stay in it. */
  clear(): void;
  /** On to what was found. */
  leave(): void;
}

export function searchField(options: SearchFieldOptions): TemplateResult {
  const { strings, query } = options;
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
      .value=${query}
      @input=${(event: InputEvent) => options.search((event.target as HTMLInputElement).value)}
      @keydown=${(event: KeyboardEvent) => onKeydown(event, options)}
    />
    ${
      query
        ? html`<button class="clear" aria-label=${strings.clearSearch} @click=${options.clear}>
            ${icons.close}
          </button>`
        : nothing
    }
  </div>`;
}

/** Escape empties the field first, and only then closes the chat. */
function onKeydown(event: KeyboardEvent, { query, clear, leave }: SearchFieldOptions): void {
  if (event.key === "Escape" && query) clear();
  else if (event.key === "ArrowDown") leave();
  else return;
  event.preventDefault();
}
