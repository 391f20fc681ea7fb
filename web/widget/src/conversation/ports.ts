/** What the conversation uses of the client: tests bring rooms of their own. */

import type { ParleyClient, Room } from "@parley/client";

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
