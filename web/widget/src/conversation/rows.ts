/** Which lines the list of messages has: each entry with what stands above it. Pure. */

import type { Entry } from "@parley/client";

/** One line of the list: an entry, and what it shows because of the one before it. */
export interface Row {
  readonly entry: Entry;
  /** The first of its day. */
  readonly startsDay: boolean;
  /** The first that was not read when the room was opened. */
  readonly startsNew: boolean;
  /** The first of a run of one sender: it has the name and the picture. */
  readonly startsRun: boolean;
  /** The last of a run, with room below it. */
  readonly endsRun: boolean;
}

const RUN_MS = 5 * 60_000;

/**
 * Group entries by day and by sender.
 *
 * @param readSeq How far one had read when the room was opened; null if there is nothing new.
 * @param hasOlder True if the first entry is not the first of the room: its day may have begun before.
 */
export function toRows(
  entries: readonly Entry[],
  readSeq: number | null,
  hasOlder: boolean,
): Row[] {
  const starts = entries.map((entry, index) => startsOf(entry, entries[index - 1]));
  const firstNew = readSeq === null ? -1 : entries.findIndex((entry) => isNew(entry, readSeq));
  return entries.map((entry, index) => {
    const startsNew = index === firstNew;
    const next = starts[index + 1];
    return {
      entry,
      startsNew,
      startsDay: starts[index]?.day === true && (index > 0 || !hasOlder),
      startsRun: starts[index]?.run === true || startsNew,
      endsRun: next === undefined || next.run || index + 1 === firstNew,
    };
  });
}

function isNew({ message, isMine }: Entry, readSeq: number): boolean {
  return !isMine && message.seq > readSeq;
}

function startsOf(entry: Entry, previous: Entry | undefined): { day: boolean; run: boolean } {
  if (previous === undefined) return { day: true, run: true };
  const day = dayOf(entry) !== dayOf(previous);
  return { day, run: day || !isSameRun(entry, previous) };
}

function isSameRun({ message }: Entry, { message: previous }: Entry): boolean {
  if (message.senderId !== previous.senderId) return false;
  if (message.type === "system" || previous.type === "system") return false;
  return Date.parse(message.createdAt) - Date.parse(previous.createdAt) < RUN_MS;
}

/** Entries never change, so their day is found once; an append looks at all of them again. */
const days = new WeakMap<Entry, number>();

function dayOf(entry: Entry): number {
  const known = days.get(entry);
  if (known !== undefined) return known;
  const date = new Date(entry.message.createdAt);
  const day = (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
  days.set(entry, day);
  return day;
}
