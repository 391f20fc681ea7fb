/** The line below a room's title: who types, or what was said last. Pure. */

import type { Message, Room } from "@parley/client";

import { plainLine } from "../conversation/plain.js";
import { fill } from "../conversation/strings.js";
import type { Strings } from "../i18n.js";

type Previewed = Pick<Room, "type" | "lastMessage" | "typists">;

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
  const body = plainLine(message.body ?? "");
  if (body) return body;
  return message.type === "image" ? strings.photo : strings.document;
}
