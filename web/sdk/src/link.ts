/** What the chat needs of a way to the server: one's own connection, or that of another tab. */

import type { ParleyError } from "./errors.js";
import type { EventFrame, HeartbeatReply, Operation, Operations } from "./protocol.gen.js";
import type { ConnectionState, OfflineReason } from "./types.js";

export type Request = <O extends Operation>(
  operation: O,
  data: Operations[O]["data"],
) => Promise<Operations[O]["reply"]>;

export type OneWay = "typing.start" | "typing.stop";

export interface Link {
  readonly state: ConnectionState;
  readonly reason: OfflineReason | null;
  /** Connect, and stay connected; without waiting any longer if an attempt is due later. */
  start(): void;
  /** Go offline until `start`. */
  stop(): void;
  /** Tell the other tabs that use it, if it can have such, that the person logs out. */
  logOut?(): void;
  /** Rejects with `ParleyError`, with `CONNECTION_LOST` when there is no connection. */
  request: Request;
  /** Send a one-way command; nobody says whether it arrived. */
  tell<O extends OneWay>(operation: O, data: Operations[O]["data"]): void;
}

export interface LinkHooks {
  /**
   * Bring everything up to date over a connection that was just opened.
   *
   * The link counts as connected when this is done. Gives the interval, in seconds, in which the
   * server wants heartbeats. Rejects when it could not be done.
   */
  synchronize(request: Request): Promise<number>;
  event(frame: EventFrame): void;
  /** A heartbeat was answered. */
  beaten(reply: HeartbeatReply): void;
  changed(state: ConnectionState, reason: OfflineReason | null): void;
  /** The person has logged out in another tab. */
  loggedOut(): void;
  /** The credential is no good, and a new one was no better. */
  unauthorized(error: ParleyError): void;
}
