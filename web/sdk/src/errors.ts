/** What can go wrong: one class, told apart by its code. */

import type { ErrorBody, ErrorCode, ErrorDetail } from "./protocol.gen.js";

/**
 * The server's codes, and the client's own.
 *
 * - `CONNECTION_LOST`: no reply came; the command may have been carried out or not.
 * - `QUEUE_FULL`: 50 messages wait to be sent already.
 * - `DISCARDED`: the person gave up a message before it was stored.
 */
export type ClientErrorCode = ErrorCode | "CONNECTION_LOST" | "QUEUE_FULL" | "DISCARDED";

/** A refusal or failure; `message` is meant for people. */
export class ParleyError extends Error {
  override readonly name = "ParleyError";

  constructor(
    readonly code: ClientErrorCode,
    message: string,
    /** Seconds to wait, with `RATE_LIMITED` and `UNAVAILABLE`. */
    readonly retryAfter: number | null = null,
    /** Is in the server's logs. */
    readonly correlationId: string | null = null,
    readonly details: readonly ErrorDetail[] = [],
  ) {
    super(message);
  }

  /** What the server said, by frame or by REST. */
  static of(body: Partial<ErrorBody>): ParleyError {
    const { error = "INTERNAL_ERROR", message = "This did not work." } = body;
    const { retryAfter = null, correlationId = null, details = [] } = body;
    return new ParleyError(error, message, retryAfter, correlationId, details);
  }

  /** The connection went away before a reply came. */
  static lost(message = "The connection was lost."): ParleyError {
    return new ParleyError("CONNECTION_LOST", message);
  }

  /** True if the same may work later. */
  get isRetryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

const RETRYABLE: ReadonlySet<ClientErrorCode> = new Set([
  "CONNECTION_LOST",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "INTERNAL_ERROR",
]);
