/** Who is typing where: what we hear expires by itself, what we tell is repeated while it lasts. */

import type { OneWay } from "./link.js";
import type { Clock } from "./ports.js";
import type { TypingUpdate } from "./protocol.gen.js";

/** Half of the 6 s after which others forget. */
const REPEAT_MS = 3_000;
const PAUSE_MS = 4_000;
/** Starts and stops that follow each other quickly are told as one. */
const DEBOUNCE_MS = 500;

export interface Typist {
  readonly userId: string;
  readonly name: string;
}

/** Those who type, as heard from the server. */
export class Typists {
  readonly #rooms = new Map<string, Map<string, Typist & { timer: unknown }>>();

  constructor(
    private readonly clock: Clock,
    private readonly changed: (roomId: string) => void,
  ) {}

  in(roomId: string): Typist[] {
    const typists = [...(this.#rooms.get(roomId)?.values() ?? [])];
    return typists.map(({ userId, name }) => ({ userId, name }));
  }

  hear({ roomId, userId, name, state, expiresIn }: TypingUpdate): void {
    this.#clear(roomId, userId);
    if (state === "start") {
      const typists = this.#rooms.get(roomId) ?? new Map();
      // The stop may be lost, with the connection or the person's tab.
      const expire = () => this.forget(roomId, userId);
      const timer = this.clock.setTimeout(expire, expiresIn * 1_000);
      this.#rooms.set(roomId, typists.set(userId, { userId, name, timer }));
    }
    this.changed(roomId);
  }

  /** They wrote, or left, or the stop was lost. */
  forget(roomId: string, userId: string): void {
    if (this.#clear(roomId, userId)) this.changed(roomId);
  }

  #clear(roomId: string, userId: string): boolean {
    const typists = this.#rooms.get(roomId);
    this.clock.clearTimeout(typists?.get(userId)?.timer);
    return typists?.delete(userId) ?? false;
  }
}

/** Tells the others that we type. */
export class OwnTyping {
  #roomId: string | null = null;
  #isTold = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #end: unknown = null;
  #next: unknown = null;

  constructor(
    private readonly clock: Clock,
    private readonly tell: (operation: OneWay, data: { roomId: string }) => void,
  ) {}

  keystroke(roomId: string): void {
    if (this.#roomId !== roomId) this.stop();
    this.#roomId = roomId;
    this.clock.clearTimeout(this.#end);
    this.#end = this.clock.setTimeout(() => this.stop(), PAUSE_MS);
    const since = this.clock.now() - this.#toldAt;
    if (this.#isTold && since < REPEAT_MS) return;
    this.#after(DEBOUNCE_MS - since, () => this.#start(roomId));
  }

  #start(roomId: string): void {
    if (this.#roomId !== roomId) return;
    this.#isTold = true;
    this.#toldAt = this.clock.now();
    this.tell("typing.start", { roomId });
  }

  /** The text was sent, which tells the others by itself, or given up. */
  stop({ isSent = false } = {}): void {
    this.clock.clearTimeout(this.#end);
    this.clock.clearTimeout(this.#next);
    const roomId = this.#roomId;
    this.#roomId = null;
    if (roomId && this.#isTold && !isSent) this.tell("typing.stop", { roomId });
    if (this.#isTold) this.#toldAt = this.clock.now();
    this.#isTold = false;
  }

  #after(ms: number, action: () => void): void {
    this.clock.clearTimeout(this.#next);
    if (ms <= 0) action();
    else this.#next = this.clock.setTimeout(action, ms);
  }
}
