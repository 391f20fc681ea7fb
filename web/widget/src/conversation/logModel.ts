/** The entries of a room as the log shows them: what is new, and what one has seen. No DOM. */

import type { Entry } from "@parley/client";

import type { ConversationRoom } from "./ports.js";
import { firstNewOf, type Row, rowAt } from "./rows.js";

export class LogModel {
  entries: readonly Entry[] = [];
  /** How far the end has been on the screen. */
  endSeq = 0;
  #hasOlder = false;
  #keys: readonly string[] = [];
  #readSeq: number | null = null;
  #firstNew = -1;

  /** The same array until rows come or go. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  row(index: number): Row | undefined {
    return rowAt(this.entries, index, this.#firstNew, this.#hasOlder);
  }

  /** What is unread now is what is new for as long as the room is shown. */
  enter(room: ConversationRoom | null): void {
    this.entries = this.#keys = [];
    this.#readSeq = room !== null && room.unread > 0 ? room.readSeq : null;
    this.endSeq = 0;
  }

  /** Gives whether one has just written. */
  update(room: ConversationRoom | null): boolean {
    const entries = room?.entries ?? [];
    this.#hasOlder = room?.hasOlder === true;
    if (entries === this.entries) return false;
    this.entries = entries;
    this.#firstNew = firstNewOf(entries, this.#readSeq);
    const former = this.#keys;
    const keys = entries.map(({ key }) => key);
    const isChanged = (key: string, at: number) => key !== former[at];
    if (keys.length !== former.length || keys.some(isChanged)) this.#keys = keys;
    const isOther = former.length > 0 && keys.at(-1) !== former.at(-1);
    return isOther && entries.at(-1)?.status === "pending";
  }

  /** The end is on the screen. */
  reachEnd(): void {
    for (const { message } of this.entries) this.endSeq = Math.max(this.endSeq, message.seq);
  }
}
