/** What is found in the list for what somebody types. Pure. */

import type { KnownPerson } from "@parley/client";

import {
  type Listed,
  type ListedRoom,
  personKey,
  personSection,
  roomSection,
  type Section,
  withRows,
} from "./sections.js";

/**
 * Rooms and people that fit, those who are known first.
 *
 * @param found What the server found for the query, beyond those who are known.
 */
export function searchSections<R extends ListedRoom>(
  { rooms, people }: Listed<R>,
  query: string,
  found: readonly KnownPerson[],
): Section<R>[] {
  const known = people.filter((person) => matches(person.name, query));
  const seen = new Set(known.map(personKey));
  const others = found.filter((person) => !person.isMe && !seen.has(personKey(person)));
  return withRows([
    roomSection(
      "chats",
      rooms.filter((room) => matches(room.title, query)),
    ),
    personSection("people", [...known, ...others]),
  ]);
}

/** True if every word of the query begins a word of the text, whatever the case and accents. */
export function matches(text: string, query: string): boolean {
  const words = folded(text).split(/[^\p{L}\p{N}]+/u);
  const wanted = folded(query).split(/\s+/u).filter(Boolean);
  return wanted.every((part) => words.some((word) => word.startsWith(part)));
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
