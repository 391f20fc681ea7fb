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

interface Starts {
  readonly previous: Entry | undefined;
  readonly day: boolean;
  readonly run: boolean;
}

/** Entries never change, so that with each message that comes, only that one is looked at. */
const known = new WeakMap<Entry, Starts>();

function startsOf(entry: Entry, previous: Entry | undefined): Starts {
  const found = known.get(entry);
  if (found !== undefined && found.previous === previous) return found;
  const day = previous === undefined || dayOf(entry) !== dayOf(previous);
  const run = previous === undefined || day || !isSameRun(entry, previous);
  const starts = { previous, day, run };
  known.set(entry, starts);
  return starts;
}

function isSameRun({ message }: Entry, { message: previous }: Entry): boolean {
  if (message.senderId !== previous.senderId) return false;
  if (message.type === "system" || previous.type === "system") return false;
  return Date.parse(message.createdAt) - Date.parse(previous.createdAt) < RUN_MS;
}

function dayOf({ message }: Entry): string {
  return new Date(message.createdAt).toDateString();
}
