/** Requests that wait for a connection, and are made again if it is lost before the reply. */

import { ParleyError } from "./errors.js";
import type { Link, Request } from "./link.js";
import type { Clock } from "./ports.js";
import type { Operation, Operations } from "./protocol.gen.js";
import type { ConnectionState, OfflineReason } from "./types.js";

/** As long as a person waits for an answer. */
const WAIT_MS = 20_000;
const MOST_TRIES = 3;

interface Waiting {
  timer: unknown;
  resolve(): void;
  reject(error: ParleyError): void;
}

export class Patience {
  readonly #waiting = new Set<Waiting>();
  #state: ConnectionState = "offline";
  #reason: OfflineReason | null = "closed";

  constructor(
    private readonly clock: Clock,
    private readonly link: () => Link | null,
  ) {}

  /** Every operation may be repeated: it is told by `clientId`, or names the state to reach. */
  readonly request: Request = async (operation, data) => {
    for (let tries = 1; ; tries += 1) {
      await this.connected(WAIT_MS);
      try {
        return await this.#ask(operation, data);
      } catch (error) {
        const isLost = error instanceof ParleyError && error.code === "CONNECTION_LOST";
        if (!isLost || tries >= MOST_TRIES) throw error;
      }
    }
  };

  #ask<O extends Operation>(
    operation: O,
    data: Operations[O]["data"],
  ): Promise<Operations[O]["reply"]> {
    return this.link()?.request(operation, data) ?? Promise.reject(ParleyError.lost());
  }

  /** Resolves while there is a connection; rejects when none comes in time, or none is attempted. */
  connected(withinMs: number): Promise<void> {
    if (this.#state === "connected") return Promise.resolve();
    if (this.#isHopeless) return Promise.reject(this.#refusal());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { timer: null, resolve, reject };
      this.#waiting.add(waiting);
      if (!Number.isFinite(withinMs)) return;
      waiting.timer = this.clock.setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(ParleyError.lost("There is no connection."));
      }, withinMs);
    });
  }

  /** The network comes back by itself; all other ends need somebody to do something. */
  get #isHopeless(): boolean {
    return this.#state === "offline" && this.#reason !== "network";
  }

  #refusal(): ParleyError {
    if (this.#reason === "unauthorized" || this.#reason === "revoked") {
      return new ParleyError("UNAUTHORIZED", "Please sign in again.");
    }
    if (this.#reason === "forbidden") return new ParleyError("FORBIDDEN", "This is not for you.");
    return ParleyError.lost("There is no connection.");
  }

  became(state: ConnectionState, reason: OfflineReason | null): void {
    this.#state = state;
    this.#reason = reason;
    if (state !== "connected" && !this.#isHopeless) return;
    for (const waiting of [...this.#waiting]) {
      this.#waiting.delete(waiting);
      this.clock.clearTimeout(waiting.timer);
      if (state === "connected") waiting.resolve();
      else waiting.reject(this.#refusal());
    }
  }
}
