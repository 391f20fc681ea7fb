/** A clock that stands still until it is told to go on, and lets promises settle at each step. */

import type { Clock } from "../src/ports.js";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

export const STARTED_AT = Date.parse("2026-11-20T10:00:00.000Z");

/** Let everything run that waits for a promise only. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The time of the whole test world; what each device sees of it is a `DeviceClock`. */
export class FakeClock implements Clock {
  #now = STARTED_AT;
  #order = 0;
  #isDriven = false;
  /** Those that wait; the heap may hold others that were cleared. */
  readonly #timers = new Set<Timer>();
  readonly #heap: Timer[] = [];

  now(): number {
    return this.#now;
  }

  iso(): string {
    return new Date(this.#now).toISOString();
  }

  setTimeout(callback: () => void, ms: number): Timer {
    this.#order += 1;
    const timer = { due: this.#now + Math.max(0, ms), order: this.#order, callback };
    this.#timers.add(timer);
    this.#push(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer);
  }

  /** Go on by so many milliseconds, and run what becomes due, one timer after another. */
  advance(ms: number): Promise<void> {
    return this.#drive(async () => {
      const end = this.#now + ms;
      await settled();
      for (let next = this.#next(end); next; next = this.#next(end)) {
        await this.#run(next);
      }
      this.#now = end;
    });
  }

  /** Go on until this is so. */
  until(isSo: () => boolean, limitMs = 120_000): Promise<void> {
    return this.#drive(async () => {
      const end = this.#now + limitMs;
      await settled();
      while (!isSo()) {
        const next = this.#next(end);
        if (!next) {
          throw new Error(`It did not come to this within ${limitMs} ms: ${isSo}`);
        }
        await this.#run(next);
      }
    });
  }

  /** Go on until a promise is settled, and give what it holds. */
  async resolve<T>(promise: Promise<T>, limitMs = 120_000): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.until(() => isSettled, limitMs);
    return promise;
  }

  /** Two at once would each turn the other's clock. */
  async #drive(drive: () => Promise<void>): Promise<void> {
    if (this.#isDriven) {
      throw new Error("Somebody waits for this clock already.");
    }
    this.#isDriven = true;
    try {
      await drive();
    } finally {
      this.#isDriven = false;
    }
  }

  async #run(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
    await settled();
  }

  /** The timer that is due first, if it is by then. */
  #next(end: number): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || (first.due > end && this.#timers.has(first))) {
        return undefined;
      }
      this.#pop();
      if (this.#timers.has(first)) {
        return first;
      }
    }
  }

  // --- A binary heap ---------------------------------------------------------------------------

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) {
        break;
      }
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) {
      return;
    }
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = child + 1;
      const least = right < heap.length && isBefore(heap[right]!, heap[child]!) ? right : child;
      if (!isBefore(heap[least]!, last)) {
        break;
      }
      heap[at] = heap[least]!;
      at = least;
    }
    heap[at] = last;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}

/** The clock of one device or tab: it can sleep while the world goes on, and end for good. */
export class DeviceClock implements Clock {
  readonly #running = new Map<object, { callback: () => void; timer: Timer }>();
  readonly #overdue: (() => void)[] = [];
  #isAsleep = false;
  #isEnded = false;

  constructor(private readonly world: FakeClock) {}

  now(): number {
    return this.world.now();
  }

  setTimeout(callback: () => void, ms: number): unknown {
    const handle = {};
    if (!this.#isEnded) {
      const timer = this.world.setTimeout(() => this.#fire(handle, callback), ms);
      this.#running.set(handle, { callback, timer });
    }
    return handle;
  }

  clearTimeout(handle: unknown): void {
    const running = this.#running.get(handle as object);
    if (running) {
      this.world.clearTimeout(running.timer);
      this.#running.delete(handle as object);
    }
  }

  sleep(): void {
    this.#isAsleep = true;
  }

  /** Run at once what became due meanwhile, as browsers do. */
  wake(): void {
    this.#isAsleep = false;
    for (const overdue of this.#overdue.splice(0)) {
      this.world.setTimeout(overdue, 0);
    }
  }

  end(): void {
    this.#isEnded = true;
    for (const handle of [...this.#running.keys()]) {
      this.clearTimeout(handle);
    }
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** How many timers wait: a client that is offline for good has none. */
  get waiting(): number {
    return this.#running.size;
  }

  #fire(handle: object, callback: () => void): void {
    if (this.#isEnded || !this.#running.has(handle)) {
      return;
    }
    if (this.#isAsleep) {
      this.#overdue.push(() => this.#fire(handle, callback));
      return;
    }
    this.#running.delete(handle);
    callback();
  }
}
