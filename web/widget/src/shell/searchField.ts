/** The field that people and chats are searched with. */

import { html, nothing, type TemplateResult } from "lit";

import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";
import { withLater } from "./laterStrings.js";

export interface SearchFieldOptions {
  strings: Strings;
  query: string;
  /** With none, the field keeps the focus. */
  search(query: string): void;
  /** On to what was found. */
  leave(): void;
}

export function searchField(options: SearchFieldOptions): TemplateResult {
  const { query } = options;
  const strings = withLater(options.strings);
  return html`${icons.search}
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
        ? html`<button class="icon-button" aria-label=${strings.clearSearch} @click=${() => options.search("")}>
            ${icons.close}
          </button>`
        : nothing
    }`;
}

/** Escape empties the field first, and only then closes the chat. */
function onKeydown(event: KeyboardEvent, { query, search, leave }: SearchFieldOptions): void {
  if (event.key === "Escape" && query) search("");
  else if (event.key === "ArrowDown") leave();
  else return;
  event.preventDefault();
}
