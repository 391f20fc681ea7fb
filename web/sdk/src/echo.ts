/**
 * What a user's other tabs hear of a command: events go to other connections only, and they have none.
 */

import type { EventFrame, Message, Operation, Room } from "./protocol.gen.js";

/**
 * The event that other connections of the same user would get; null where there is none.
 *
 * @param userId The caller's.
 */
export function echoOf(
  operation: Operation,
  data: unknown,
  reply: unknown,
  userId: string,
): EventFrame | null {
  switch (operation) {
    case "message.send":
      return { event: "message:new", data: (reply as { message: Message }).message };
    case "message.edit":
    case "message.react":
      return { event: "message:updated", data: reply as Message };
    case "message.delete":
      return { event: "message:deleted", data: reply as Message };
    case "receipt.delivered":
    case "receipt.read":
      return receiptOf(data as { roomId: string }, reply as Cursor, userId);
    case "room.leave":
      return { event: "room:removed", data: { roomId: (reply as Room).roomId } };
    case "room.create":
    case "room.update":
    case "room.mute":
    case "room.addMember":
    case "room.removeMember":
      return { event: "room:updated", data: reply as Room };
    default:
      return null;
  }
}

interface Cursor {
  deliveredSeq: number;
  readSeq: number;
}

function receiptOf({ roomId }: { roomId: string }, cursor: Cursor, userId: string): EventFrame {
  const { deliveredSeq, readSeq } = cursor;
  const at = new Date().toISOString();
  return { event: "receipt:update", data: { roomId, userId, deliveredSeq, readSeq, at } };
}
