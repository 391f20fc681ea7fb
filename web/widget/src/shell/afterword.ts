/** What stands below the sections of the list: what is missing, and why. */

import type { ParleyClient } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";
import { type AllStrings, withLater } from "./laterStrings.js";
import type { SectionKind } from "./sections.js";

/**
 * While not connected nobody is called absent.
 *
 * @param kinds The sections that have rows.
 */
export function afterword(
  client: ParleyClient | null,
  language: Strings,
  kinds: readonly SectionKind[],
): TemplateResult | typeof nothing {
  // Grey rows where the list will be.
  if (!client || client.state === "connecting") {
    return kinds.length ? nothing : html`<div class="ghosts"></div>`;
  }
  if (!client.connected) return nothing;
  const strings = withLater(language);
  const hasChats = kinds.some((kind) => kind !== "online");
  return html`${hasChats ? nothing : noChats(strings)}${
    kinds.includes("online") ? nothing : html`<p class="aside">${strings.nobodyOnline}</p>`
  }`;
}

function noChats(strings: AllStrings): TemplateResult {
  return html`<div class="state">
    ${icons.chat}
    <p class="lead">${strings.noChats}</p>
    <p>${strings.noChatsHint}</p>
  </div>`;
}
