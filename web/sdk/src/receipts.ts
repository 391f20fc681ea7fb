/** Says how far a person has come, as rarely as the senders' ticks allow (DESIGN: receipts cost). */

import { ParleyError } from "./errors.js";
import type { Request } from "./link.js";
import type { Clock } from "./ports.js";
import type { CursorReply } from "./protocol.gen.js";

const PAUSE_MS = 2_000;
/** After a failure that may pass. */
const AGAIN_S = 10;

/** A room, as far as receipts know it. */
export interface Reader {
  readonly roomId: string;
  readonly readSeq: number;
  readonly deliveredSeq: number;
  /** How far its messages are here. */
  readonly tip: number;
  moved(cursor: CursorReply): void;
}

interface Plan {
  isRead: boolean;
  sentAt: number;
  timer: unknown;
  dueAt: number;
}

export class Receipts {
  readonly #plans = new Map<string, Plan>();

  constructor(
    private readonly clock: Clock,
    private readonly request: Request,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** The person has read the room: told at once, and then every 2 s. */
  read(room: Reader): void {
    if (room.readSeq >= room.tip) return;
    const plan = this.#plan(room.roomId);
    plan.isRead = true;
    this.#schedule(room, plan, plan.sentAt + PAUSE_MS);
  }

  /** Messages have come: told in 2 s, unless they are read until then. */
  delivered(room: Reader): void {
    if (room.deliveredSeq >= room.tip) return;
    this.#schedule(room, this.#plan(room.roomId), this.clock.now() + PAUSE_MS);
  }

  /** The connection is gone, and what was planned with it: a sync begins anew. */
  stop(): void {
    for (const { timer } of this.#plans.values()) this.clock.clearTimeout(timer);
    this.#plans.clear();
  }

  #plan(roomId: string): Plan {
    const plan = this.#plans.get(roomId) ?? {
      isRead: false,
      sentAt: Number.NEGATIVE_INFINITY,
      timer: null,
      dueAt: Number.POSITIVE_INFINITY,
    };
    this.#plans.set(roomId, plan);
    return plan;
  }

  #schedule(room: Reader, plan: Plan, at: number): void {
    const now = this.clock.now();
    const dueAt = Math.max(now, at);
    if (dueAt >= plan.dueAt) return;
    this.clock.clearTimeout(plan.timer);
    plan.dueAt = dueAt;
    plan.timer = this.clock.setTimeout(() => void this.#tell(room, plan), dueAt - now);
  }

  async #tell(room: Reader, plan: Plan): Promise<void> {
    const { isRead } = plan;
    Object.assign(plan, { isRead: false, dueAt: Number.POSITIVE_INFINITY });
    const reached = isRead ? room.readSeq : room.deliveredSeq;
    if (reached >= room.tip) return;
    plan.sentAt = this.clock.now();
    const operation = isRead ? "receipt.read" : "receipt.delivered";
    try {
      room.moved(await this.request(operation, { roomId: room.roomId, seq: room.tip }));
    } catch (error) {
      this.failed(error);
      // Without a connection nothing is lost: the next sync tells it again.
      if (this.#plans.get(room.roomId) !== plan || !isRetryable(error)) return;
      plan.isRead ||= isRead;
      this.#schedule(room, plan, this.clock.now() + (error.retryAfter ?? AGAIN_S) * 1_000);
    }
  }
}

function isRetryable(error: unknown): error is ParleyError {
  return error instanceof ParleyError && error.isRetryable;
}
