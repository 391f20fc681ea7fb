/** How far a message of one's own has come: a sign, and the words for it. */

import type { Entry, EntryStatus } from "@parley/client";
import { html, nothing, svg, type TemplateResult } from "lit";

import type { ConversationStrings } from "./strings.js";

type Sign = "clock" | "one" | "two" | "warning";

const SIGNS: Record<EntryStatus, Sign> = {
  pending: "clock",
  failed: "warning",
  sent: "one",
  delivered: "two",
  read: "two",
};

const PATHS: Record<Sign, TemplateResult> = {
  clock: svg`<circle cx="9" cy="6" r="4.6" /><path d="M9 3.4V6l1.8 1.3" />`,
  one: svg`<path d="m4.5 6.6 3 3 6-7.2" />`,
  two: svg`<path d="m1.5 6.6 3 3 6-7.2M8.4 8.8l.8.8 6-7.2" />`,
  warning: svg`<circle cx="9" cy="6" r="4.8" /><path d="M9 3.6v2.8M9 8.3v.1" />`,
};

export interface Tick {
  readonly sign: Sign;
  readonly text: string;
}

/** Null for messages of others and for those that are gone. */
export function tickOf(
  { isMine, status, message }: Entry,
  strings: ConversationStrings,
): Tick | null {
  if (!isMine || message.deletedAt !== null || message.type === "system") return null;
  return { sign: SIGNS[status], text: strings[status] };
}

export function tick(entry: Entry, strings: ConversationStrings): TemplateResult | typeof nothing {
  const found = tickOf(entry, strings);
  if (found === null) return nothing;
  return html`<span class="tick ${entry.status}" part="tick tick-${entry.status}" title=${found.text}
    ><svg
      viewBox="0 0 17 12"
      width="17"
      height="12"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      ${PATHS[found.sign]}</svg
    ><span class="visually-hidden">${found.text}</span></span
  >`;
}
