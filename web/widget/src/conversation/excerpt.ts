/** What a message says, on one line: for screen readers and quotes. */

import type { Message } from "@parley/client";

import { plainLine } from "./plain.js";
import type { ConversationStrings } from "./strings.js";

export function excerptOf({ body, deletedAt }: Message, strings: ConversationStrings): string {
  return deletedAt === null ? plainLine(body ?? "") : strings.deleted;
}
