/** How far a message of one's own has come: a sign, and the words for it. */

import type { Entry, EntryStatus } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { icon } from "../icons.js";
import type { ConversationStrings } from "./strings.js";

const CIRCLE = "M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0";
const TWO = icon("m1 12.5 4.5 4.5L15 7.5M11.5 16.5l.5.5L22 7.5", 16);

const SIGNS: Readonly<Record<EntryStatus, TemplateResult>> = {
  pending: icon(`${CIRCLE}M12 7v5l3 2.5`, 16),
  failed: icon(`${CIRCLE}M12 7v6M12 16.5v.1`, 16),
  sent: icon("m5 12.5 4.5 4.5L19 7.5", 16),
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
  return html`<span class="tick ${status}" part="tick" title=${text}
    >${SIGNS[status]}<span class="visually-hidden">${text}</span></span
  >`;
}
