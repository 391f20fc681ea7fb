/** What tabs say to each other. */

import type { ClientErrorCode, ParleyError } from "./errors.js";
import type { OneWay } from "./link.js";
import type { ErrorDetail, EventFrame, HeartbeatReply, Operation, Typing } from "./protocol.gen.js";
import type { ConnectionState, OfflineReason } from "./types.js";

export type Said =
  // To all of them.
  | { type: "logout" }
  // From followers to the leader.
  | { type: "attention"; tab: string; isVisible: boolean; lastInputAt: number }
  | { type: "gone"; tab: string }
  | { type: "start" }
  | { type: "ask"; tab: string; id: number; operation: Operation; data: unknown }
  | { type: "tell"; operation: OneWay; data: Typing }
  // From the leader to followers.
  | {
      type: "state";
      leader: string;
      /** Counts the leader's connections: a new one has to be synchronized over. */
      generation: number;
      state: ConnectionState;
      reason: OfflineReason | null;
    }
  /** `from` is the tab whose command this is the event of, if it was a tab's. */
  | { type: "event"; frame: EventFrame; from: string | null }
  | { type: "beaten"; reply: HeartbeatReply }
  | { type: "unauthorized"; error: PlainError }
  | { type: "reply"; to: string; id: number; data: unknown }
  | { type: "refusal"; to: string; id: number; error: PlainError };

/** An error as structured clone keeps it. */
export interface PlainError {
  code: ClientErrorCode;
  message: string;
  retryAfter: number | null;
  correlationId: string | null;
  details: readonly ErrorDetail[];
}

export function plainError(error: ParleyError): PlainError {
  const { code, message, retryAfter, correlationId, details } = error;
  return { code, message, retryAfter, correlationId, details };
}
