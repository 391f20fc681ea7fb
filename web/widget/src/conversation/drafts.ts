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

export function readDraft(client: ConversationClient, room: ConversationRoom): Draft {
  return drafts.get(client)?.get(keyOf(client, room)) ?? NO_DRAFT;
}

export function keepDraft(client: ConversationClient, room: ConversationRoom, draft: Draft): void {
  const own = drafts.get(client) ?? new Map<string, Draft>();
  drafts.set(client, own);
  if (draft.text === "" && draft.replyTo === null) own.delete(keyOf(client, room));
  else own.set(keyOf(client, room), draft);
}

/** Somebody else may log in on the same page, and be in the same room. */
function keyOf({ me }: ConversationClient, { roomId }: ConversationRoom): string {
  return JSON.stringify([me?.tenantId, me?.userId, roomId]);
}
