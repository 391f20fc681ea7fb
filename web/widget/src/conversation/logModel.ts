/** The rows of a room as they stand: what is new in them, and what they reply to. No DOM. */

import type { Entry, Message } from "@parley/client";

import type { ConversationRoom } from "./ports.js";
import { type Row, toRows } from "./rows.js";

export class LogModel {
  #entries: readonly Entry[] = [];
  #hasOlder = false;
  #rows: readonly Row[] = [];
  #keys: readonly string[] = [];
  #byId: ReadonlyMap<string, Message> | null = null;
  #readSeq: number | null = null;
  /** How far the end has been on the screen. */
  #endSeq = 0;

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** The same array until rows come or go. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** What is unread now is what is new for as long as the room is shown. */
  enter(room: ConversationRoom | null): void {
    this.#entries = this.#rows = this.#keys = [];
    this.#byId = null;
    this.#readSeq = room !== null && room.unread > 0 ? room.readSeq : null;
    this.#endSeq = 0;
  }

  /** Gives whether one has just written. */
  update(room: ConversationRoom | null): boolean {
    const entries = room?.entries ?? [];
    const hasOlder = room?.hasOlder === true;
    if (entries === this.#entries && hasOlder === this.#hasOlder) return false;
    const former = this.#keys;
    this.#entries = entries;
    this.#hasOlder = hasOlder;
    this.#byId = null;
    this.#rows = toRows(entries, this.#readSeq, hasOlder);
    this.#keys = sameOrNew(former, this.#rows);
    return isNewOwn(former, this.#rows.at(-1));
  }

  /** The end is on the screen. */
  reachEnd(): void {
    for (let at = this.#rows.length - 1; at >= 0; at -= 1) {
      const seq = this.#rows[at]?.entry.message.seq ?? 0;
      this.#endSeq = Math.max(this.#endSeq, seq);
      if (seq > 0) return;
    }
  }

  /** How many messages of others came since the end was on the screen. */
  get freshCount(): number {
    let fresh = 0;
    for (let at = this.#rows.length - 1; at >= 0; at -= 1) {
      const row = this.#rows[at];
      if (row === undefined) break;
      const { isMine, message } = row.entry;
      if (message.seq > 0 && message.seq <= this.#endSeq) break;
      if (!isMine && message.deletedAt === null) fresh += 1;
    }
    return fresh;
  }

  byId(messageId: string): Message | undefined {
    this.#byId ??= new Map(this.#entries.map(({ message }) => [message.messageId, message]));
    return this.#byId.get(messageId);
  }

  indexOf(key: string | null): number | null {
    const index = key === null ? -1 : this.#keys.indexOf(key);
    return index < 0 ? null : index;
  }
}

function sameOrNew(former: readonly string[], rows: readonly Row[]): readonly string[] {
  const isSame =
    former.length === rows.length && rows.every(({ entry }, at) => entry.key === former[at]);
  return isSame ? former : rows.map(({ entry }) => entry.key);
}

function isNewOwn(formerKeys: readonly string[], last: Row | undefined): boolean {
  if (last === undefined || last.entry.status !== "pending") return false;
  return formerKeys.length > 0 && formerKeys.at(-1) !== last.entry.key;
}
