/**
 * One open WebSocket: commands and their replies, events, and whether the other side is alive.
 *
 * Knows the envelope of the protocol and nothing of rooms or people. Is used once: who wants another
 * connection makes another.
 */

import { ParleyError } from "./errors.js";
import { type Incoming, readFrame } from "./frames.js";
import type { OneWay, Request } from "./link.js";
import type { Clock, Socket } from "./ports.js";
import { SOCKET_OPEN } from "./ports.js";
import type { Bye, EventFrame, Operation, Operations } from "./protocol.gen.js";

/** A connection that says nothing at all for so long after a command is dead, whatever TCP says. */
const REPLY_MS = 10_000;
const MOST_TRIES = 3;
const FIRST_PAUSE_MS = 500;
const EXPIRED: Bye = { code: 4001, reason: "token expired", reconnect: true };

export interface ConnectionHooks {
  event(frame: EventFrame): void;
  /** It ended, with the server's goodbye if there was one. Called once, and not after `close`. */
  ended(bye: Bye | null): void;
}

interface Waiting {
  readonly text: string;
  readonly operation: Operation;
  tries: number;
  askedAt: number;
  timer: unknown;
  resolve(data: never): void;
  reject(error: ParleyError): void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #hooks: ConnectionHooks;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  /** @param socket Is open already. */
  constructor(socket: Socket, clock: Clock, hooks: ConnectionHooks) {
    this.#socket = socket;
    this.#clock = clock;
    this.#hooks = hooks;
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = () => this.#end(null);
    socket.onerror = () => this.#end(null);
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#socket.readyState === SOCKET_OPEN;
  }

  /** Send a command and give its reply's data; rejects with `ParleyError`. */
  readonly request: Request = (operation, data) => {
    if (!this.isOpen) return Promise.reject(ParleyError.lost("There is no connection."));
    const id = String(++this.#lastId);
    return new Promise((resolve, reject) => {
      const text = frameOf(operation, data, id);
      const waiting = { text, operation, tries: 0, askedAt: 0, timer: null, resolve, reject };
      this.#waiting.set(id, waiting);
      this.#ask(waiting);
    });
  };

  tell<O extends OneWay>(operation: O, data: Operations[O]["data"]): void {
    if (this.isOpen) this.#send(frameOf(operation, data));
  }

  /** Close without a word to the hooks; what waits for replies is told that they will not come. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.onerror = ignored;
    this.#socket.close();
    for (const { reject, timer } of this.#waiting.values()) {
      this.#clock.clearTimeout(timer);
      reject(ParleyError.lost());
    }
    this.#waiting.clear();
  }

  #end(bye: Bye | null): void {
    if (this.#isOver) return;
    this.close();
    this.#hooks.ended(bye);
  }

  // --- Sending --------------------------------------------------------------------------------

  #ask(waiting: Waiting): void {
    waiting.tries += 1;
    waiting.askedAt = this.#clock.now();
    this.#send(waiting.text);
    waiting.timer = this.#clock.setTimeout(() => this.#missed(waiting), REPLY_MS);
  }

  #send(text: string): void {
    try {
      this.#socket.send(text);
    } catch {
      // It closed between our look and the call: what is not answered is told so.
      this.#end(null);
    }
  }

  /** No reply came: the reply or the function was lost, or the connection is dead. */
  #missed(waiting: Waiting): void {
    const isAlive = this.#heardAt > waiting.askedAt && waiting.operation !== "presence.heartbeat";
    if (isAlive && waiting.tries < MOST_TRIES) this.#ask(waiting);
    else this.#end(null);
  }

  // --- Receiving ------------------------------------------------------------------------------

  #receive(text: string): void {
    this.#heardAt = this.#clock.now();
    const frame = readFrame(text);
    if (!frame) return;
    if (frame.kind === "event") this.#hear(frame.frame);
    else if (frame.kind === "reply") this.#settle(frame);
    else this.#askOldestAgain();
  }

  #hear(frame: EventFrame): void {
    if (frame.event === "bye") this.#end(frame.data);
    else this.#hooks.event(frame);
  }

  #settle({ id, frame }: Incoming & { kind: "reply" }): void {
    // The token expired or was revoked: another connection, with a new one, asks again.
    if (!frame.ok && frame.error === "UNAUTHORIZED") return this.#end(EXPIRED);
    const waiting = this.#take(id);
    if (!waiting) return;
    if (frame.ok) waiting.resolve(frame.data as never);
    else waiting.reject(ParleyError.of(frame));
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting) this.#clock.clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    return waiting;
  }

  /**
   * A function failed, and API Gateway says so without naming the command: probably the oldest.
   *
   * Only that one is asked again, after a pause that grows. If it was another, that one is asked
   * again when its reply is overdue.
   */
  #askOldestAgain(): void {
    const [oldest] = this.#waiting.keys();
    const waiting = oldest === undefined ? undefined : this.#take(oldest);
    if (oldest === undefined || !waiting) return;
    if (waiting.tries >= MOST_TRIES) {
      waiting.reject(new ParleyError("INTERNAL_ERROR", "The server failed to do this."));
      return;
    }
    // At the end of the row: the next such frame stands for somebody else.
    this.#waiting.set(oldest, waiting);
    const pauseMs = FIRST_PAUSE_MS * 2 ** waiting.tries;
    waiting.timer = this.#clock.setTimeout(() => this.#ask(waiting), pauseMs);
  }
}

/** For errors of a socket that is given up: without a listener, some runtimes would throw them. */
export const ignored = () => undefined;

function frameOf(operation: Operation, data: unknown, id?: string): string {
  const [action, op] = operation.split(".");
  return JSON.stringify({ action, op, id, data });
}
