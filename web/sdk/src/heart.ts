/** Heartbeats of one connection: often while somebody looks, rarely while nobody does. */

import type { Request } from "./link.js";
import type { Attention, Clock } from "./ports.js";
import type { HeartbeatReply } from "./protocol.gen.js";

/** Browsers wake hidden tabs once a minute: a beat that is due just after that would miss the 90 s. */
const HIDDEN_MS = 55_000;
/** SPEC §4: away is no input for 5 minutes. */
export const AWAY_MS = 5 * 60_000;
/**
 * The first beat of a connection comes early: a message that was on its way while the connection was
 * made may have missed both it and its sync, and a beat 3 s later finds that out (SPEC §5.4).
 */
const FIRST_MS = 4_000;
/** A burst of reasons to beat is one beat. */
const SHORTEST_MS = 1_000;

/** `away` when nobody has done anything for 5 minutes. */
export function statusOf(attention: Attention, clock: Clock): "online" | "away" {
  return clock.now() - attention.lastInputAt() >= AWAY_MS ? "away" : "online";
}

export class Heart {
  #timer: unknown = null;
  #request: Request | null = null;
  #visibleMs = 0;
  #beatenAt = 0;
  #told: "online" | "away" = "online";

  constructor(
    private readonly clock: Clock,
    private readonly attention: Attention,
    private readonly beaten: (reply: HeartbeatReply) => void,
  ) {}

  /**
   * @param request The connection's.
   * @param intervalS In what interval the server wants to hear of us.
   */
  start(request: Request, intervalS: number): void {
    this.#request = request;
    this.#visibleMs = intervalS * 1_000;
    this.#beatenAt = this.clock.now();
    this.#told = "online";
    const now = this.clock.now();
    this.#after(Math.min(FIRST_MS, this.#visibleMs, this.#awayAt() - now));
  }

  stop(): void {
    this.#request = null;
    this.clock.clearTimeout(this.#timer);
  }

  /** Somebody came back, or left, or the tab woke up: do not wait for the interval's end. */
  hurry(): void {
    if (!this.#request) return;
    const hasNews = statusOf(this.attention, this.clock) !== this.#told;
    const isLate = this.clock.now() - this.#beatenAt > this.#visibleMs;
    if (hasNews || isLate) this.#after(this.#beatenAt + SHORTEST_MS - this.clock.now());
    else this.#schedule();
  }

  #schedule(): void {
    const intervalMs = this.attention.isVisible() ? this.#visibleMs : this.#hiddenMs;
    const due = Math.min(this.#beatenAt + intervalMs, this.#awayAt());
    this.#after(due - this.clock.now());
  }

  get #hiddenMs(): number {
    return Math.max(HIDDEN_MS, this.#visibleMs);
  }

  /** When the status changes if nobody does anything; the others are told then, and not later. */
  #awayAt(): number {
    if (this.#told === "away") return Number.POSITIVE_INFINITY;
    return Math.max(this.attention.lastInputAt() + AWAY_MS, this.#beatenAt + SHORTEST_MS);
  }

  #after(ms: number): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => void this.#beat(), Math.max(0, ms));
  }

  async #beat(): Promise<void> {
    const request = this.#request;
    if (!request) return;
    const status = statusOf(this.attention, this.clock);
    this.#beatenAt = this.clock.now();
    this.#told = status;
    this.#schedule();
    try {
      const reply = await request("presence.heartbeat", { status });
      if (request === this.#request) this.beaten(reply);
    } catch {
      // Refused: the next beat asks again. Lost: the connection's end has been told by then.
    }
  }
}
