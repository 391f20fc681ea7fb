/** What somebody has begun to write, by room, for as long as the page lives. */

import type { Message } from "@parley/client";

import type { ConversationClient, ConversationRoom } from "./ports.js";

/** Somebody who can be mentioned. */
export interface Candidate {
  readonly userId: string;
  readonly name: string;
}

export interface Draft {
  readonly text: string;
  readonly replyTo: Message | null;
  readonly chosen: readonly Candidate[];
}

export const NO_DRAFT: Draft = { text: "", replyTo: null, chosen: [] };

const drafts = new WeakMap<ConversationClient, Map<string, Draft>>();

export function readDraft(client: ConversationClient, key: string): Draft {
  return drafts.get(client)?.get(key) ?? NO_DRAFT;
}

export function keepDraft(client: ConversationClient, key: string, draft: Draft): void {
  const own = drafts.get(client) ?? new Map<string, Draft>();
  drafts.set(client, own);
  if (draft.text === "" && draft.replyTo === null) own.delete(key);
  else own.set(key, draft);
}

/**
 * Whose draft it is, and where; empty where nothing can be written.
 *
 * Somebody else may log in on the same page, and be in the same room: a draft is kept under the key
 * that it was begun under.
 */
export function draftKey(client: ConversationClient | null, room: ConversationRoom | null): string {
  const { me } = client ?? {};
  return me && room ? JSON.stringify([me.tenantId, me.userId, room.roomId]) : "";
}
