/** Mentions: what is being written after an `@`, and who could be meant. Pure. */

import type { Candidate } from "./drafts.js";

export interface MentionQuery {
  /** Where the `@` is. */
  readonly start: number;
  readonly text: string;
}

const MAX_QUERY = 40;
const MAX_SUGGESTIONS = 5;

/** What is written between an `@` and the caret, or null if no mention is being written. */
export function mentionQuery(text: string, caret: number): MentionQuery | null {
  const start = text.lastIndexOf("@", caret - 1);
  if (start < 0 || caret - start > MAX_QUERY) return null;
  const isWordBefore = /[\p{L}\p{N}_]/u.test(text[start - 1] ?? " ");
  const query = text.slice(start + 1, caret);
  if (isWordBefore || /[\n@]|^\s|\s{2}/u.test(query)) return null;
  return { start, text: query };
}

/** Who could be meant: those whose name begins so first, then those with a word that does. */
export function suggest(people: readonly Candidate[], query: string): Candidate[] {
  const wanted = folded(query);
  const ranked = people.map((person) => ({ person, rank: rankOf(folded(person.name), wanted) }));
  return ranked
    .filter(({ rank }) => rank > 0)
    .sort((one, other) => other.rank - one.rank || compare(one.person.name, other.person.name))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ person }) => person);
}

function rankOf(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 2;
  return name.includes(` ${wanted}`) ? 1 : 0;
}

function compare(one: string, other: string): number {
  return one.localeCompare(other);
}

/** "López" is found by "lop". */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** The text with a name in the place of the query, and where the caret goes. */
export function complete(
  text: string,
  caret: number,
  query: MentionQuery,
  name: string,
): { text: string; caret: number } {
  const before = `${text.slice(0, query.start)}@${name} `;
  return { text: before + text.slice(caret).replace(/^ /, ""), caret: before.length };
}
