/** What screen readers are told of new messages: one at a time by name, more of them as a number. */

import { type ConversationStrings, count, fill } from "./strings.js";

export interface Announcement {
  readonly name: string;
  readonly text: string;
}

const GATHER_MS = 1_000;
const MAX_TEXT = 300;

/** Gathers what comes within a second, then says it once. */
export class Announcer {
  readonly #say: (text: string) => void;
  readonly #words: () => { strings: ConversationStrings; locale: string };
  #waiting: Announcement[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    say: (text: string) => void,
    words: () => { strings: ConversationStrings; locale: string },
  ) {
    this.#say = say;
    this.#words = words;
  }

  add(announcement: Announcement): void {
    this.#waiting.push(announcement);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Forget what waits: another room is shown. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  #flush(): void {
    const { strings, locale } = this.#words();
    const text = announcementOf(this.#waiting, strings, locale);
    this.clear();
    this.#say(text);
  }
}

export function announcementOf(
  waiting: readonly Announcement[],
  strings: ConversationStrings,
  locale: string,
): string {
  const [only, ...others] = waiting;
  if (only === undefined) return "";
  if (others.length > 0) return count(strings.newMessageCount, waiting.length, locale);
  return fill(strings.announcement, { name: only.name, text: only.text.slice(0, MAX_TEXT) });
}

/** Lets a text through at most once in a while: who types is told, not each pause. */
export class Throttle {
  readonly #intervalMs: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** True if it is time; the next time is then an interval away. */
  pass(now: number): boolean {
    if (now - this.#last < this.#intervalMs) return false;
    this.#last = now;
    return true;
  }
}
