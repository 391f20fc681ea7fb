/** Refusals, shown where they happened until they are old; those with a time to wait count down. */

import type { ParleyError } from "@parley/client";

import type { AllStrings } from "./extraStrings.js";
import { fill } from "./strings.js";

interface Notice {
  readonly reason: string;
  readonly retryAt: number | null;
  readonly until: number;
}

const SHOWN_MS = 10_000;

export class Notices {
  readonly #changed: () => void;
  readonly #notices = new Map<string, Notice>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** @param place What it is about, such as a message's key. */
  add(place: string, error: unknown): void {
    const { message, retryAfter } = asRefusal(error);
    this.say(place, message, retryAfter);
  }

  /** @param waitS How long one has to wait before it can be repeated. */
  say(place: string, reason: string, waitS: number | null = null): void {
    const now = Date.now();
    const retryAt = waitS === null ? null : now + waitS * 1_000;
    this.#notices.set(place, { reason, retryAt, until: Math.max(now + SHOWN_MS, retryAt ?? 0) });
    this.#tick();
  }

  clear(place?: string): void {
    if (this.#notices.size === 0) return;
    if (place === undefined) this.#notices.clear();
    else this.#notices.delete(place);
    this.#changed();
  }

  textOf(place: string, strings: Pick<AllStrings, "tryAgainIn">): string | undefined {
    const notice = this.#notices.get(place);
    if (notice === undefined) return undefined;
    const seconds = Math.ceil(((notice.retryAt ?? 0) - Date.now()) / 1_000);
    if (seconds <= 0) return notice.reason;
    return fill(strings.tryAgainIn, { reason: notice.reason, seconds });
  }

  #tick(): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    for (const [place, { until }] of this.#notices) {
      if (until <= now) this.#notices.delete(place);
    }
    if (this.#notices.size > 0) this.#timer = setTimeout(() => this.#tick(), 1_000);
    this.#changed();
  }
}

/** What is no refusal is a fault of this code: it is shown nevertheless, and reported. */
function asRefusal(error: unknown): Pick<ParleyError, "message" | "retryAfter"> {
  if (error instanceof Error && error.name === "ParleyError") return error as ParleyError;
  reportError(error);
  return { message: String(error), retryAfter: null };
}
