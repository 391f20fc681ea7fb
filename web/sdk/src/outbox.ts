/**
 * Messages that are not stored yet: sent in order, again after a lost connection, kept over a reload.
 *
 * Rooms do not wait for each other. A repeat is harmless, because the server stores a `clientId` once:
 * so tabs may share what is kept, and whatever is in doubt is sent again.
 */

import { ParleyError } from "./errors.js";
import type { Clock, Store } from "./ports.js";
import type { Message, SendMessage, SendReply } from "./protocol.gen.js";

export const MOST_WAITING = 50;
const MOST_FAILURES = 5;
const SLOWEST_PAUSE_S = 8;

/** A message that waits. Kept as it is in the store, but for what an attempt said. */
export interface Waiting {
  readonly roomId: string;
  readonly clientId: string;
  readonly body: string;
  readonly replyTo: string | null;
  readonly mentions: readonly string[];
  readonly createdAt: string;
  /** Why the server will not have it; it waits for the person then. */
  readonly error: ParleyError | null;
  /** When it is tried again, in ms since 1970; null if as soon as possible. */
  readonly retryAt: number | null;
}

export type Draft = Pick<Waiting, "roomId" | "body" | "replyTo" | "mentions">;

export interface OutboxPorts {
  readonly clock: Clock;
  readonly store: Store | null;
  newId(): string;
  send(command: SendMessage): Promise<SendReply>;
  isOpen(): boolean;
  knows(roomId: string): boolean;
  stored(message: Message): void;
  /** What waits in a room has changed. */
  changed(roomId: string): void;
  /** The store failed: what waits will not survive a reload. */
  unkept(error: unknown): void;
}

interface Settlement {
  resolve(message: Message): void;
  reject(error: ParleyError): void;
}

export class Outbox {
  #waiting: readonly Waiting[] = [];
  readonly #settlements = new Map<string, Settlement>();
  readonly #busy = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, unknown>();
  #key: string | null = null;

  constructor(private readonly ports: OutboxPorts) {}

  in(roomId: string): Waiting[] {
    return this.#waiting.filter((each) => each.roomId === roomId);
  }

  /** Rooms in which something waits. */
  get roomIds(): string[] {
    return [...new Set(this.#waiting.map((each) => each.roomId))];
  }

  /**
   * Send a message as soon as possible; gives it as it was stored.
   *
   * Rejects with `QUEUE_FULL`, or with the server's refusal, after which it waits for `retry`.
   */
  add(draft: Draft): Promise<Message> {
    if (this.#waiting.length >= MOST_WAITING) {
      const reason = `${MOST_WAITING} messages wait to be sent already.`;
      return Promise.reject(new ParleyError("QUEUE_FULL", reason));
    }
    const clientId = this.ports.newId();
    const createdAt = new Date(this.ports.clock.now()).toISOString();
    const entry: Waiting = { ...draft, clientId, createdAt, error: null, retryAt: null };
    this.#waiting = [...this.#waiting, entry];
    this.#keep((kept) => [...kept, entry]);
    this.ports.changed(entry.roomId);
    return new Promise((resolve, reject) => {
      this.#settlements.set(clientId, { resolve, reject });
      void this.#run(entry.roomId);
    });
  }

  /** Try what was refused once more. */
  retry(clientId: string): void {
    this.#failures.delete(clientId);
    this.#change(clientId, { error: null, retryAt: null });
    this.resume();
  }

  /** Give up what was refused, or has not been sent yet. */
  discard(clientId: string): void {
    this.#settlements
      .get(clientId)
      ?.reject(new ParleyError("DISCARDED", "The message was discarded."));
    this.#remove(clientId);
  }

  /** A message is stored: by our reply, an event, or a sync after the reply was lost. */
  settle(message: Message): void {
    const entry = this.#find(message.clientId);
    if (entry?.roomId !== message.roomId) return;
    this.#settlements.get(message.clientId)?.resolve(message);
    this.#remove(message.clientId);
  }

  /** The room is no more, for this person. */
  drop(roomId: string): void {
    for (const { clientId } of this.in(roomId)) this.discard(clientId);
  }

  /** Send what waits, after a connection was made. */
  resume(): void {
    for (const roomId of this.roomIds) void this.#run(roomId);
  }

  // --- Sending ----------------------------------------------------------------------------------

  /** One at a time in a room, since frames of one connection may overtake each other. */
  async #run(roomId: string): Promise<void> {
    if (this.#busy.has(roomId)) return;
    this.#busy.add(roomId);
    try {
      for (let entry = this.#next(roomId); entry; entry = this.#next(roomId)) {
        await this.#send(entry);
      }
    } finally {
      this.#busy.delete(roomId);
    }
  }

  /** What is due; what follows a message that has to wait waits with it, to keep the order. */
  #next(roomId: string): Waiting | null {
    if (!this.ports.isOpen()) return null;
    const first = this.in(roomId).find((each) => !each.error);
    if (!first) return null;
    if (first.retryAt === null || first.retryAt <= this.ports.clock.now()) return first;
    this.#wake(first, first.retryAt);
    return null;
  }

  #wake({ roomId, clientId }: Waiting, at: number): void {
    const { clock } = this.ports;
    clock.clearTimeout(this.#timers.get(roomId));
    const wake = () => {
      this.#change(clientId, { retryAt: null });
      void this.#run(roomId);
    };
    this.#timers.set(roomId, clock.setTimeout(wake, at - clock.now()));
  }

  async #send(entry: Waiting): Promise<void> {
    try {
      const { message } = await this.ports.send(commandOf(entry));
      this.ports.stored(message);
      this.settle(message);
    } catch (error) {
      // A connection that was lost comes back with a sync, and then `resume`.
      if (error instanceof ParleyError && error.code === "CONNECTION_LOST") this.#stayOpen(entry);
      else this.#refused(entry, asRefusal(error));
    }
  }

  /** The reply is missing although there is a connection: ask again, but not in a tight loop. */
  #stayOpen(entry: Waiting): void {
    if (this.ports.isOpen())
      this.#change(entry.clientId, { retryAt: this.ports.clock.now() + 1_000 });
  }

  #refused(entry: Waiting, error: ParleyError): void {
    const failures = (this.#failures.get(entry.clientId) ?? 0) + 1;
    this.#failures.set(entry.clientId, failures);
    const isEndless = error.code === "RATE_LIMITED" || error.code === "UNAVAILABLE";
    if (isEndless || (error.isRetryable && failures < MOST_FAILURES)) {
      const pauseS = error.retryAfter ?? Math.min(SLOWEST_PAUSE_S, 2 ** (failures - 1));
      this.#change(entry.clientId, { retryAt: this.ports.clock.now() + pauseS * 1_000 });
      return;
    }
    this.#change(entry.clientId, { error });
    this.#settlements.get(entry.clientId)?.reject(error);
    this.#settlements.delete(entry.clientId);
  }

  // --- What waits -------------------------------------------------------------------------------

  #find(clientId: string): Waiting | undefined {
    return this.#waiting.find((each) => each.clientId === clientId);
  }

  #change(clientId: string, change: Partial<Waiting>): void {
    const entry = this.#find(clientId);
    if (!entry) return;
    const changed = { ...entry, ...change };
    this.#waiting = this.#waiting.map((each) => (each === entry ? changed : each));
    this.ports.changed(entry.roomId);
  }

  #remove(clientId: string): void {
    const entry = this.#find(clientId);
    this.#settlements.delete(clientId);
    this.#failures.delete(clientId);
    if (!entry) return;
    this.#waiting = this.#waiting.filter((each) => each !== entry);
    this.#keep((kept) => kept.filter((each) => each.clientId !== clientId));
    this.ports.changed(entry.roomId);
  }

  // --- Over reloads -----------------------------------------------------------------------------

  /**
   * Take up what this person's tabs left behind, and keep what waits from now on.
   *
   * @param key Whose messages these are.
   */
  async open(key: string): Promise<void> {
    this.#key = key;
    const kept = await this.#kept();
    // Somebody logged out, or in, meanwhile.
    if (this.#key !== key) return;
    const known = new Set(this.#waiting.map((each) => each.clientId));
    const isGone = ({ roomId }: Waiting) => !this.ports.knows(roomId);
    // Nobody would see those of rooms that one is not in any more, and they would count for ever.
    if (kept.some(isGone)) this.#keep((all) => all.filter((each) => !isGone(each)));
    const left = kept.filter((each) => !known.has(each.clientId) && !isGone(each)).map(asNew);
    // First what was written first, and what was refused before is tried anew.
    this.#waiting = [...left, ...this.#waiting];
    const own = this.#waiting.filter((each) => !kept.some((k) => k.clientId === each.clientId));
    if (own.length > 0) this.#keep((stored) => [...stored, ...own]);
    for (const roomId of this.roomIds) this.ports.changed(roomId);
  }

  /** Let go of everything, which stays in the store: somebody else uses this client now. */
  close(): void {
    this.#key = null;
    for (const { clientId } of this.#waiting) this.discard(clientId);
  }

  /** Forget everything, here and in the store. */
  async clear(): Promise<void> {
    const key = this.#key;
    this.close();
    if (key) await this.ports.store?.delete(key);
  }

  async #kept(): Promise<readonly Waiting[]> {
    try {
      return listOf(this.#key ? await this.ports.store?.get(this.#key) : []);
    } catch (error) {
      this.ports.unkept(error);
      return [];
    }
  }

  #keep(change: (kept: readonly Waiting[]) => readonly Waiting[]): void {
    const { store } = this.ports;
    if (!this.#key || !store) return;
    // Errors are objects of classes, which come back from no store.
    const plain = (value: unknown) => change(listOf(value)).map(asNew);
    store.update(this.#key, plain).catch((error: unknown) => this.ports.unkept(error));
  }
}

function commandOf({ roomId, clientId, body, replyTo, mentions }: Waiting): SendMessage {
  return {
    roomId,
    clientId,
    body,
    ...(replyTo !== null && { replyTo }),
    ...(mentions.length > 0 && { mentions: [...mentions] }),
  };
}

function listOf(value: unknown): readonly Waiting[] {
  return Array.isArray(value) ? (value as Waiting[]) : [];
}

function asNew(entry: Waiting): Waiting {
  return { ...entry, error: null, retryAt: null };
}

function asRefusal(error: unknown): ParleyError {
  return error instanceof ParleyError ? error : new ParleyError("INTERNAL_ERROR", String(error));
}
