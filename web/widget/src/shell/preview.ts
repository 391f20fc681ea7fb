/** The line below a room's title: who types, or what was said last. Pure. */

import type { Message, Room } from "@parley/client";

import { parseMarkdown, plainText } from "../conversation/markdown.js";
import { fill } from "../conversation/strings.js";
import type { Strings } from "../i18n.js";

type Previewed = Pick<Room, "type" | "lastMessage" | "typists">;

/** A line has room for less; a body may have 20,000. */
const LONGEST = 160;

export function previewOf(room: Previewed, myId: string | null, strings: Strings): string {
  const typist = room.typists[0];
  const isDirect = room.type === "direct";
  const said = strings.conversation;
  if (typist) return isDirect ? strings.typing : fill(said.typingOne, { name: typist.name });
  const message = room.lastMessage;
  if (!message) return strings.noMessages;
  const text = textOf(message, strings);
  if (message.type === "system") return text;
  const isMine = message.senderId === myId;
  if (isDirect && !isMine) return text;
  return fill(said.announcement, { name: isMine ? said.you : message.senderName, text });
}

function textOf(message: Message, strings: Strings): string {
  if (message.deletedAt) return strings.conversation.deleted;
  const said = plainText(parseMarkdown((message.body ?? "").slice(0, LONGEST)));
  const body = said.replace(/\s+/gu, " ").trim();
  if (body) return body;
  return message.type === "image" ? strings.photo : strings.document;
}
