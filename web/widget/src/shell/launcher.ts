/** The floating button, the same as the one that the loader drew before. */

import { html, nothing, type TemplateResult } from "lit";

import { count } from "../conversation/strings.js";
import { formatBadge } from "../format.js";
import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";

export interface LauncherOptions {
  strings: Strings;
  locale: string;
  /** What the host page calls it, instead of "Chat". */
  title: string | null;
  unread: number;
  isOpen: boolean;
  panelId: string;
  toggle(): void;
}

export function launcher(options: LauncherOptions): TemplateResult {
  const { unread, isOpen, locale } = options;
  return html`<button
    class="launcher"
    part="button"
    aria-label=${nameOf(options)}
    aria-expanded=${isOpen ? "true" : "false"}
    aria-controls=${options.panelId}
    aria-haspopup="dialog"
    title=${options.title ?? nothing}
    @click=${options.toggle}
  >
    ${isOpen ? icons.close : icons.chat}
    <span class="badge" part="badge" aria-hidden="true" ?hidden=${isOpen || unread === 0}
      >${formatBadge(unread, locale)}</span
    >
  </button>`;
}

function nameOf({ strings, locale, title, unread }: LauncherOptions): string {
  const name = title ?? strings.chat;
  return unread ? `${name}, ${count(strings.unread, unread, locale)}` : name;
}
