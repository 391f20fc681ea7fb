/** What a user of the client sees: options, states, people, entries of a conversation, events. */

import type { ParleyError } from "./errors.js";
import type { EventName, Events, Me, Message, Person } from "./protocol.gen.js";
import type { Room } from "./room.js";

/**
 * Where the connection is.
 *
 * - `connecting`: the first connection is being made; nothing is known yet.
 * - `connected`: up to date, and told of changes.
 * - `reconnecting`: the connection was lost and is being made again; what is shown may be old.
 * - `offline`: no attempt is being made; see `OfflineReason`.
 */
export type ConnectionState = "connecting" | "connected" | "reconnecting" | "offline";

/**
 * Why no connection is attempted.
 *
 * - `closed`: `connect` was not called yet, or `disconnect` was.
 * - `network`: the device says that it has no network; goes on by itself when it has.
 * - `unauthorized`: the token is bad or expired and a new one was no better, or there was none.
 * - `forbidden`: the token is good but not for this: no tenant, or a wrong role.
 * - `revoked`: the user's access was withdrawn.
 * - `replaced`: the user is connected in too many other places.
 */
export type OfflineReason =
  | "closed"
  | "network"
  | "unauthorized"
  | "forbidden"
  | "revoked"
  | "replaced";

/** Gives a token; `refresh` is true when the last one was refused, and a new one is needed. */
export type TokenSource = (ask: { refresh: boolean }) => string | Promise<string>;

export interface ClientOptions {
  /** The WebSocket API, such as `wss://abc.execute-api.eu-central-1.amazonaws.com/v1`. */
  url: string;
  /**
   * The REST API, such as `https://xyz.execute-api.eu-central-1.amazonaws.com`. With it the client
   * connects with tickets, which keep tokens out of addresses, searches for people, and reads
   * messages that are too large for a frame. Without it, the token travels as a subprotocol.
   */
  api?: string;
  /** A token of your login, or a function that gets one. Leave it out where cookies say who it is. */
  token?: string | TokenSource;
  /** `manage` sees all tenants, and is for the role `super_admin`. `tenant` by default. */
  scope?: "tenant" | "manage";
  /** One connection for all tabs of a browser, where it can; true by default. */
  shareConnection?: boolean;
  /**
   * Tells apart users in one browser, for what tabs share. By default it is read from the token;
   * where that cannot be read (cookies, opaque tokens) each tab has a connection of its own.
   */
  storageKey?: string;
  /** Seconds after which a connection is handed over to the next; API Gateway ends them at 7,200. */
  handoverAfter?: number;
}

/** How far a message of one's own has come. Of somebody else's it is always `sent`. */
export type EntryStatus = "pending" | "failed" | "sent" | "delivered" | "read";

/**
 * One line of a conversation: a stored message, or one that waits to be stored.
 *
 * A pending one has `seq` 0 and an empty `messageId`. Entries are never changed in place: what
 * changed is another object.
 */
export interface Entry {
  /** Stays the same from the first keystroke of Enter to the end: what rows are keyed by. */
  readonly key: string;
  readonly message: Message;
  readonly isMine: boolean;
  readonly status: EntryStatus;
  /** Why it `failed`. */
  readonly error: ParleyError | null;
  /** Of a `pending` one that was refused by a rate limit: when it is tried again, in ms since 1970. */
  readonly retryAt: number | null;
}

/** Somebody whom the client knows of. */
export interface KnownPerson extends Person {
  /** True for the caller's own entry. */
  readonly isMe: boolean;
}

/** Names a person: by id, or in manage scope with the tenant. */
export type PersonRef = string | { readonly userId: string; readonly tenantId?: string };

export interface SendOptions {
  replyTo?: string;
  mentions?: string[];
}

/** The events of `client.on`: those of this client, and those of the protocol as they come. */
export interface ClientEvents extends Events {
  /** The connection's state changed. */
  state: { state: ConnectionState; reason: OfflineReason | null };
  /** The first sync is done: rooms and people are there. */
  ready: { me: Me };
  /** Something that could be shown has changed. At most one for all changes of a moment. */
  change: undefined;
  /** A message that was not known came: live, or by catching up after being away. */
  message: { room: Room; message: Message; isMine: boolean; isLive: boolean };
  /** The number of unread messages changed; muted rooms do not count. */
  unread: { total: number };
  /** A token was refused and a new one did not help: the host page should log the user in again. */
  unauthorized: { error: ParleyError };
  /** Something that was not asked for by a call failed, such as a catch-up. */
  error: { error: ParleyError };
}

export type ClientEventName = keyof ClientEvents;
export type { EventName };
