/** The line below a room's title: who types, or what was said last. Pure. */

import type { Room } from "@parley/client";

import { excerptOf } from "../conversation/excerpt.js";
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
  const isPicture = message.type === "image";
  const text = excerptOf(message, said) || (isPicture ? strings.photo : strings.document);
  if (message.type === "system") return text;
  const isMine = message.senderId === myId;
  if (isDirect && !isMine) return text;
  return fill(said.announcement, { name: isMine ? said.you : message.senderName, text });
}
