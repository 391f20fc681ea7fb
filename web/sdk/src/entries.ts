/** The lines of a conversation: what is stored, and below it what waits to be. Pure. */

import type { Waiting } from "./outbox.js";
import type { Me, Message } from "./protocol.gen.js";
import type { Entry, EntryStatus } from "./types.js";

/** Makes entries, and gives the same object again for what has not changed. */
export class Entries {
  #stored = new Map<string, Entry>();
  #waiting = new Map<string, Entry & { of: Waiting }>();

  /**
   * @param progress How far a message of one's own has come.
   */
  of(
    me: Me,
    messages: readonly Message[],
    waiting: readonly Waiting[],
    progress: (message: Message) => EntryStatus,
  ): readonly Entry[] {
    const known = this.#stored;
    const stored = messages.map((message) => {
      const isMine = message.senderId === me.userId;
      const status = isMine && message.type !== "system" ? progress(message) : "sent";
      return kept(known.get(message.messageId), message, isMine, status);
    });
    this.#stored = new Map(stored.map((entry) => [entry.message.messageId, entry]));
    // Stored already, though the reply was lost, and a page of history has brought it.
    const keys = new Set(stored.map(({ key }) => key));
    const lines = waiting
      .filter((each) => !keys.has(keyOf(me.userId, each.clientId)))
      .map((each) => this.#line(me, each));
    this.#waiting = new Map(lines.map((line) => [line.of.clientId, line]));
    return [...stored, ...lines];
  }

  #line(me: Me, of: Waiting): Entry & { of: Waiting } {
    const known = this.#waiting.get(of.clientId);
    if (known?.of === of) return known;
    return {
      key: keyOf(me.userId, of.clientId),
      message: messageOf(me, of),
      isMine: true,
      status: of.error ? "failed" : "pending",
      error: of.error,
      retryAt: of.retryAt,
      of,
    };
  }
}

/** What a row is keyed by, from before it is stored to the end. */
export function keyOf(senderId: string, clientId: string): string {
  return `${clientId} ${senderId}`;
}

/** The `clientId` of a key. */
export function clientIdOf(key: string, senderId: string): string {
  return key.slice(0, -senderId.length - 1);
}

function kept(
  known: Entry | undefined,
  message: Message,
  isMine: boolean,
  status: EntryStatus,
): Entry {
  if (known?.message === message && known.status === status) return known;
  const key = keyOf(message.senderId, message.clientId);
  return { key, message, isMine, status, error: null, retryAt: null };
}

function messageOf(
  me: Me,
  { roomId, clientId, body, replyTo, mentions, createdAt }: Waiting,
): Message {
  return {
    messageId: "",
    roomId,
    seq: 0,
    rev: 0,
    clientId,
    senderId: me.userId,
    senderName: me.name,
    type: "text",
    body,
    attachments: [],
    replyTo,
    mentions: [...mentions],
    reactions: {},
    createdAt,
    editedAt: null,
    deletedAt: null,
    truncated: false,
  };
}
