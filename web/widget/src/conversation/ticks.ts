/** How far a message of one's own has come: a sign, and the words for it. */

import type { Entry, EntryStatus } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import type { ConversationStrings } from "./strings.js";

const CIRCLE = "M4.3 6a4.7 4.7 0 1 0 9.4 0 4.7 4.7 0 1 0-9.4 0";
const TWO = "m1.5 6.6 3 3 6-7.2M8.4 8.8l.8.8 6-7.2";

const SIGNS: Readonly<Record<EntryStatus, string>> = {
  pending: `${CIRCLE}M9 3.4V6l1.8 1.3`,
  failed: `${CIRCLE}M9 3.6v2.8M9 8.3v.1`,
  sent: "m4.5 6.6 3 3 6-7.2",
  delivered: TWO,
  read: TWO,
};

/** In words; nothing for messages of others and for those that are gone. */
export function tickOf(
  { isMine, status, message }: Entry,
  strings: ConversationStrings,
): string | undefined {
  const hasOne = isMine && message.deletedAt === null && message.type !== "system";
  return hasOne ? strings[status] : undefined;
}

export function tick(entry: Entry, strings: ConversationStrings): TemplateResult | typeof nothing {
  const { status } = entry;
  const text = tickOf(entry, strings);
  if (!text) return nothing;
  return html`<span class="tick ${status}" part="tick tick-${status}" title=${text}
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
      <path d=${SIGNS[status]} /></svg
    ><span class="visually-hidden">${text}</span></span
  >`;
}
