/** What each line of the list of messages shows because of those next to it. Pure. */

import type { Entry } from "@parley/client";

/** One line of the list: an entry, and what stands above and below it. */
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
 * The row of an entry: only those that are shown are asked for.
 *
 * @param firstNew Where the first is that is new; -1 if none is.
 * @param hasOlder True if the first entry is not the first of the room: its day may have begun before.
 */
export function rowAt(
  entries: readonly Entry[],
  index: number,
  firstNew: number,
  hasOlder: boolean,
): Row | undefined {
  const entry = entries[index];
  if (entry === undefined) return undefined;
  const previous = entries[index - 1];
  const next = entries[index + 1];
  return {
    entry,
    startsNew: index === firstNew,
    startsDay: previous === undefined ? !hasOlder : !isSameDay(entry, previous),
    startsRun: index === firstNew || !isSameRun(entry, previous),
    endsRun: index + 1 === firstNew || !isSameRun(entry, next),
  };
}

/** Where the first is that others wrote and one has not read; `readSeq` is null if there is none. */
export function firstNewOf(entries: readonly Entry[], readSeq: number | null): number {
  if (readSeq === null) return -1;
  return entries.findIndex(({ isMine, message }) => !isMine && message.seq > readSeq);
}

function isSameRun(one: Entry, other: Entry | undefined): boolean {
  if (other === undefined || !isSameDay(one, other)) return false;
  if (one.message.senderId !== other.message.senderId) return false;
  if (one.message.type === "system" || other.message.type === "system") return false;
  return Math.abs(timeOf(one) - timeOf(other)) < RUN_MS;
}

function isSameDay(one: Entry, other: Entry): boolean {
  return new Date(timeOf(one)).toDateString() === new Date(timeOf(other)).toDateString();
}

function timeOf({ message }: Entry): number {
  return Date.parse(message.createdAt);
}
