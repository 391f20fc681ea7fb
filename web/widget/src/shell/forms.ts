/** What the views beside list and conversation have in common. */

import { html, type TemplateResult } from "lit";

import { icons } from "../icons.js";
import { emit } from "./emit.js";
import type { AllStrings } from "./laterStrings.js";

export function formHeader(host: EventTarget, title: string, strings: AllStrings): TemplateResult {
  return html`<header role="none" part="header">
    <button
      type="button"
      class="icon-button back"
      aria-label=${strings.back}
      title=${strings.back}
      @click=${() => emit(host, "done", null)}
    >
      ${icons.back}
    </button>
    <h2>${title}</h2>
  </header>`;
}

/** Escape leads back, and does not close the chat. */
export function backOnEscape(event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  event.preventDefault();
  if (event.currentTarget) emit(event.currentTarget, "done", null);
}
