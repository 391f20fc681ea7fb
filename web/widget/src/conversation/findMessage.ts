/** Reads further back to find a message that is replied to. */

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
