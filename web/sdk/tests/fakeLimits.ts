/** How much somebody may do, over all of their connections (SPEC §6). */

import type { FakeClock } from "./fakeClock.js";
import { Refusal } from "./fakeState.js";

interface Limit {
  readonly most: number;
  readonly windowMs: number;
}

const MINUTE_MS = 60_000;
export type Limited = "message" | "typing" | "receipt" | "request" | "connect";

export class Limits {
  /** Can be changed by a test. */
  readonly of: Record<Limited, readonly Limit[]> = {
    message: [
      { most: 10, windowMs: 10_000 },
      { most: 60, windowMs: MINUTE_MS },
    ],
    typing: [{ most: 100, windowMs: MINUTE_MS }],
    receipt: [{ most: 1_000, windowMs: MINUTE_MS }],
    request: [{ most: 600, windowMs: MINUTE_MS }],
    connect: [{ most: 60, windowMs: MINUTE_MS }],
  };
  readonly #attempts = new Map<string, number[]>();

  constructor(private readonly clock: FakeClock) {}

  /** Count an attempt, or refuse it and say when the next can pass. */
  count(person: string, what: Limited): void {
    const key = `${what} ${person}`;
    const now = this.clock.now();
    const attempts = (this.#attempts.get(key) ?? []).filter((at) => now - at < MINUTE_MS);
    this.#attempts.set(key, attempts);
    for (const { most, windowMs } of this.of[what]) {
      const within = attempts.filter((at) => now - at < windowMs);
      const oldest = within.at(-most);
      if (oldest !== undefined) {
        throw new Refusal("RATE_LIMITED", { retryAfter: (oldest + windowMs - now) / 1000 });
      }
    }
    attempts.push(now);
  }
}
