/**
 * The messages of one room that a client has, in order and without a hole. Pure.
 *
 * Complete from `floor` (exclusive) to `tip`; what is above `tip` came out of order and is not shown
 * before what is missing has come.
 */

import type { Message } from "./protocol.gen.js";

const MOST_CHANGES = 200;

export class Timeline {
  /** Nothing up to this `seq` is held. */
  floor: number;
  /** Nothing between `floor` and this `seq` is missing. */
  tip: number;
  /** The room's change number up to which nothing was missed. */
  rev = 0;
  #told: number;
  #ordered: Message[] = [];
  readonly #byId = new Map<string, Message>();
  /** Changes of messages that are not held: a page that was read before may be on its way. */
  readonly #changes = new Map<string, Message>();

  /** @param end Nothing up to this `seq` is held, and nothing is missing. */
  constructor(end: number) {
    this.floor = end;
    this.tip = end;
    this.#told = end;
  }

  /** By `seq`, those beyond a gap included. */
  get messages(): readonly Message[] {
    return this.#ordered;
  }

  get newest(): Message | null {
    return this.#ordered.at(-1) ?? null;
  }

  get(messageId: string): Message | undefined {
    return this.#byId.get(messageId);
  }

  /** Forget everything: the room's end is there now. */
  reset(end: number): void {
    this.floor = end;
    this.tip = end;
    this.#told = end;
    this.#ordered = [];
    this.#byId.clear();
  }

  /**
   * Take a message, new or changed.
   *
   * A change of one that is not held is left to the page that will bring it.
   *
   */
  add(message: Message): void {
    if (message.rev === this.rev + 1) this.rev = message.rev;
    const known = this.#byId.get(message.messageId);
    if (known) this.#replace(known, message);
    else if (message.seq > this.floor) this.#insert(message);
    else if (message.rev > 0) this.#note(message);
  }

  #note(message: Message): void {
    const { messageId, rev } = message;
    if ((this.#changes.get(messageId)?.rev ?? -1) >= rev) return;
    this.#changes.delete(messageId);
    this.#changes.set(messageId, message);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > MOST_CHANGES && oldest) this.#changes.delete(oldest);
  }

  /** Those that have come since the last call, in order; none before what is missing has come. */
  fresh(): Message[] {
    const from = this.#told + 1;
    this.#told = Math.max(this.#told, this.tip);
    return this.#ordered.slice(this.#indexOf(from), this.#indexOf(this.#told + 1));
  }

  /**
   * Take the page of history before a `seq`; it is of no use if something else came in between.
   *
   * @returns Whether it was of use.
   */
  addOlder(before: number, messages: readonly Message[], hasMore: boolean): boolean {
    if (before !== this.floor + 1) return false;
    const page = messages.map((message) => {
      const changed = this.#changes.get(message.messageId);
      return changed && changed.rev > message.rev ? changed : message;
    });
    for (const message of page) this.#byId.set(message.messageId, message);
    this.#ordered = [...page, ...this.#ordered];
    this.floor = hasMore ? (messages[0]?.seq ?? before) - 1 : 0;
    return true;
  }

  /** Drop the oldest, so that so many are left. */
  trim(most: number): boolean {
    const dropped = this.#ordered.splice(0, Math.max(0, this.#ordered.length - most));
    for (const message of dropped) this.#byId.delete(message.messageId);
    this.floor = Math.max(this.floor, dropped.at(-1)?.seq ?? 0);
    this.tip = Math.max(this.tip, this.floor);
    return dropped.length > 0;
  }

  #replace(known: Message, message: Message): void {
    const isWhole = known.truncated && !message.truncated;
    if (known.rev > message.rev || (known.rev === message.rev && !isWhole)) return;
    this.#byId.set(message.messageId, message);
    this.#ordered[this.#indexOf(message.seq)] = message;
  }

  #insert(message: Message): void {
    this.#byId.set(message.messageId, message);
    this.#ordered.splice(this.#indexOf(message.seq), 0, message);
    let at = this.#indexOf(this.tip + 1);
    while (this.#ordered[at]?.seq === this.tip + 1) {
      this.tip += 1;
      at += 1;
    }
  }

  /** Where a `seq` is, or belongs. */
  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ordered[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
