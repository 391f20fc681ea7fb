/** What the conversation uses of the client, where tests bring rooms of their own, and its parts of it. */

import type { Entry, ParleyClient, Room } from "@parley/client";

import type { ConversationStrings } from "./strings.js";

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

/** What the log and the composer have around them, which draws them again when it changes. */
export interface Conversation {
  readonly client: ConversationClient | null;
  readonly room: ConversationRoom | null;
  readonly strings: ConversationStrings;
  readonly locale: string;
  /** Characters of a message, as the deployment allows. */
  readonly maxLength: number;
  /** What an emoji is picked for: a message to react to, or what is being written. */
  readonly picking: Entry | "composer" | null;

  reply(entry: Entry): void;
  edit(entry: Entry): void;
  /** Put the text of a refused message back where it was written. */
  editAgain(entry: Entry): void;
  pickReaction(entry: Entry): void;
  toggleEmoji(): void;
  focus(): void;
  /** Tell it to screen readers. */
  announce(text: string): void;
  /** Show what went wrong; the empty text takes it away. */
  warn(text: string): void;
}
