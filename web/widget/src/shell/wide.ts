/** What is there only where there is room for two columns, and loaded then. */

import { html, type TemplateResult } from "lit";

import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";
import { laterIcons } from "./laterIcons.js";
import { withLater } from "./laterStrings.js";

export { columnStyles, railStyles } from "./wide.css.js";

/** The button that folds the list, or unfolds it. */
export function foldButton(
  language: Strings,
  isFolded: boolean,
  clicked: () => void,
): TemplateResult {
  const strings = withLater(language);
  const name = isFolded ? strings.showSidebar : strings.hideSidebar;
  return html`<button
    class="icon-button"
    part="toggle-sidebar"
    aria-label=${name}
    title=${name}
    @click=${clicked}
  >
    ${laterIcons.sidebar}
  </button>`;
}

/** The head of the folded list. */
export function foldedHeader({ chats }: Strings, button: TemplateResult): TemplateResult {
  return html`<header role="none" part="header">
    <h2 class="visually-hidden">${chats}</h2>
    ${button}
  </header>`;
}

/** Beside the list, while no conversation is open. */
export function placeholder(language: Strings): TemplateResult {
  const strings = withLater(language);
  return html`<div class="state">
    ${icons.chat}
    <p class="lead">${strings.pickChat}</p>
    <p>${strings.pickChatHint}</p>
  </div>`;
}
