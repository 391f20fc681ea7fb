/** Reads further back: when one scrolls there, and to find a message that is replied to. */

import type { ConversationRoom } from "./ports.js";

/** Of pages of 50; beyond that somebody must scroll. */
const MAX_PAGES = 40;

/** Gives the index of a message among the room's entries, reading older ones until it is there. */
export async function findMessage(room: ConversationRoom, messageId: string): Promise<number> {
  for (let page = 0; page <= MAX_PAGES; page += 1) {
    const index = room.entries.findIndex(({ message }) => message.messageId === messageId);
    if (index >= 0 || !room.hasOlder) return index;
    await room.loadOlder();
  }
  return -1;
}

/** How high a message is before it was laid out: near enough that the scroll bar does not jump. */
export function estimateHeight(text: string, width: number, heads: number): number {
  const perLine = Math.max(16, Math.floor((width * 0.78 - 24) / 7));
  let lines = 0;
  for (const line of text.slice(0, 4_000).split("\n")) {
    lines += Math.max(1, Math.ceil(line.length / perLine));
  }
  return 22 + lines * 20 + heads * 38;
}
