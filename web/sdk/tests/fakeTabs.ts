/** A browser: its tabs share locks, channels and a store, as Web Locks, BroadcastChannel and IndexedDB do. */

import type { Store, TabChannel, Tabs } from "../src/ports.js";
import type { DeviceClock } from "./fakeClock.js";

interface Waiting {
  readonly tab: FakeTabs;
  readonly held: () => void;
}

interface Listening {
  readonly tab: FakeTabs;
  readonly heard: (message: unknown) => void;
}

export class FakeBrowser {
  readonly #locks = new Map<string, Waiting[]>();
  readonly #channels = new Map<string, Set<Listening>>();
  readonly #kept = new Map<string, unknown>();

  /** Locks and channels as a tab sees them, whose clock may sleep, and end. */
  tabs(clock: DeviceClock): FakeTabs {
    return new FakeTabs(this, clock);
  }

  /** The store of all tabs, as one of them sees it. */
  store(clock: DeviceClock): Store {
    const later = <T>(act: () => T): Promise<T> =>
      new Promise((resolve) => {
        clock.setTimeout(() => resolve(act()), 1);
      });
    // Done when asked, as transactions are, though the tab ends right after; told later.
    const replace = (key: string, value: unknown) => {
      if (!clock.isEnded) {
        this.#kept.set(key, structuredClone(value));
      }
    };
    return {
      get: (key) => later(() => structuredClone(this.#kept.get(key))),
      update: (key, change) => {
        replace(key, change(structuredClone(this.#kept.get(key))));
        return later(() => undefined);
      },
      delete: (key) => {
        if (!clock.isEnded) {
          this.#kept.delete(key);
        }
        return later(() => undefined);
      },
    };
  }

  /** What is kept, to be looked at. */
  get kept(): ReadonlyMap<string, unknown> {
    return this.#kept;
  }

  // --- What tabs do ------------------------------------------------------------------------

  isFree(name: string): boolean {
    return (this.#locks.get(name) ?? []).length === 0;
  }

  wait(name: string, waiting: Waiting): () => void {
    const queue = this.#locks.get(name) ?? [];
    this.#locks.set(name, queue);
    queue.push(waiting);
    if (queue[0] === waiting) {
      this.#grant(queue, waiting);
    }
    return () => this.#release(queue, waiting);
  }

  listen(name: string, listening: Listening): () => void {
    const channel = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, channel);
    channel.add(listening);
    return () => channel.delete(listening);
  }

  post(name: string, from: Listening, message: unknown): void {
    const copy = structuredClone(message);
    for (const listening of this.#channels.get(name) ?? []) {
      if (listening !== from) {
        listening.tab.clock.setTimeout(() => this.#hear(name, listening, copy), 0);
      }
    }
  }

  /** A tab ended: what it held and waited for is free. */
  forget(tab: FakeTabs): void {
    for (const channel of this.#channels.values()) {
      for (const listening of channel) {
        if (listening.tab === tab) {
          channel.delete(listening);
        }
      }
    }
    for (const queue of this.#locks.values()) {
      for (const waiting of queue.filter((each) => each.tab === tab)) {
        this.#release(queue, waiting);
      }
    }
  }

  #hear(name: string, listening: Listening, message: unknown): void {
    if (this.#channels.get(name)?.has(listening)) {
      listening.heard(structuredClone(message));
    }
  }

  #grant(queue: Waiting[], waiting: Waiting): void {
    waiting.tab.clock.setTimeout(() => {
      if (queue[0] === waiting) {
        waiting.held();
      }
    }, 0);
  }

  #release(queue: Waiting[], waiting: Waiting): void {
    const index = queue.indexOf(waiting);
    if (index < 0) {
      return;
    }
    queue.splice(index, 1);
    const next = queue[0];
    if (index === 0 && next) {
      this.#grant(queue, next);
    }
  }
}

/** What one tab sees of its browser. */
export class FakeTabs implements Tabs {
  constructor(
    private readonly browser: FakeBrowser,
    readonly clock: DeviceClock,
  ) {}

  hold(name: string, held: () => void, taken?: () => void): () => void {
    if (taken && !this.browser.isFree(name)) {
      this.clock.setTimeout(taken, 1);
      return () => undefined;
    }
    return this.browser.wait(name, { tab: this, held });
  }

  channel(name: string, heard: (message: unknown) => void): TabChannel {
    const listening = { tab: this, heard };
    const close = this.browser.listen(name, listening);
    return { post: (message) => this.browser.post(name, listening, message), close };
  }

  /** The tab is closed, or crashed. */
  end(): void {
    this.browser.forget(this);
  }
}
