/** The floating button, the same as the one that the loader drew before. */

import { html, nothing, type TemplateResult } from "lit";

import { count } from "../conversation/strings.js";
import { formatBadge } from "../format.js";
import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";

/** @param title What the host page calls it, instead of "Chat". */
export function launcher(
  title: string | null,
  strings: Strings,
  locale: string,
  unread: number,
  isOpen: boolean,
  toggle: () => void,
): TemplateResult {
  const name = title ?? strings.chat;
  return html`<button
    class="launcher"
    part="button"
    aria-label=${unread ? `${name}, ${count(strings.unread, unread, locale)}` : name}
    aria-expanded=${isOpen}
    aria-controls="panel"
    aria-haspopup="dialog"
    title=${title ?? nothing}
    @click=${toggle}
  >
    ${isOpen ? icons.close : icons.chat}
    <span class="badge" part="badge" aria-hidden="true" ?hidden=${isOpen || unread === 0}
      >${formatBadge(unread, locale)}</span
    >
  </button>`;
}
