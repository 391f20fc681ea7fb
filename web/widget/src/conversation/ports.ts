/** What the conversation uses of the client, where tests bring rooms of their own, and its parts of it. */

import type { Entry, ParleyClient, Room } from "@parley/client";

export type ConversationRoom = Pick<
  Room,
  | "roomId"
  | "tenantId"
  | "type"
  | "title"
  | "counterpart"
  | "readSeq"
  | "unread"
  | "role"
  | "memberCount"
  | "members"
  | "entries"
  | "hasOlder"
  | "isLoading"
  | "typists"
  | "open"
  | "close"
  | "watch"
  | "loadOlder"
  | "loadAround"
  | "trim"
  | "send"
  | "retry"
  | "discard"
  | "edit"
  | "delete"
  | "react"
  | "fullBody"
  | "keystroke"
  | "stopTyping"
>;

export type ConversationClient = Pick<ParleyClient, "state" | "me" | "on"> & {
  readonly people: Pick<ParleyClient["people"], "get" | "all">;
};

/** Shows what went wrong; the empty text takes it away. */
interface Warning {
  warn(text: string): void;
}

/** Around the log: the composer, the emoji picker and the announcer. */
export interface LogHost extends Warning {
  reply(entry: Entry): void;
  edit(entry: Entry): void;
  /** Put the text of a refused message back where it was written. */
  editAgain(entry: Entry): void;
  pickReaction(entry: Entry): void;
  /** The focus leaves the log. */
  leave(): void;
  announce(text: string): void;
}

/** Around the composer. */
export interface ComposerHost extends Warning {
  toggleEmoji(): void;
}
