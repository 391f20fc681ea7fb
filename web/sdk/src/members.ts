/** Who is in a room, and how far each of them is. Cursors only ever move forward (SPEC §5.5). */

import type { Member, Message } from "./protocol.gen.js";
import type { EntryStatus } from "./types.js";

export interface Cursor {
  readonly deliveredSeq: number;
  readonly readSeq: number;
}

/** The further one of two cursors, in whatever order they are heard of. */
export function ahead(one: Cursor, other: Cursor): Cursor {
  return {
    deliveredSeq: Math.max(one.deliveredSeq, other.deliveredSeq),
    readSeq: Math.max(one.readSeq, other.readSeq),
  };
}

export class Members {
  #byId: ReadonlyMap<string, Member> = new Map();
  #all: readonly Member[] = [];

  /** Up to 100 of them; the same array until somebody has changed. */
  get all(): readonly Member[] {
    return this.#all;
  }

  get(userId: string): Member | undefined {
    return this.#byId.get(userId);
  }

  /** Take those whom the server names; whoever is missing has left. */
  replace(members: readonly Member[]): void {
    const known = (member: Member) => this.#byId.get(member.userId) ?? member;
    this.#set(members.map((member) => ({ ...member, ...ahead(known(member), member) })));
  }

  move(userId: string, cursor: Cursor): boolean {
    const member = this.#byId.get(userId);
    if (!member) return false;
    const { deliveredSeq, readSeq } = ahead(member, cursor);
    if (deliveredSeq === member.deliveredSeq && readSeq === member.readSeq) return false;
    this.#set(
      this.#all.map((each) => (each === member ? { ...member, deliveredSeq, readSeq } : each)),
    );
    return true;
  }

  #set(members: readonly Member[]): void {
    this.#all = members;
    this.#byId = new Map(members.map((member) => [member.userId, member]));
  }

  /**
   * How far messages of one's own have come: read, or delivered, by all the others.
   *
   * @param count How many members there are: of large rooms not all are known, nor their cursors.
   */
  progress(myUserId: string, count: number): (message: Message) => EntryStatus {
    const others = this.#all.filter((member) => member.userId !== myUserId);
    if (others.length === 0 || others.length < count - 1) return () => "sent";
    const readSeq = Math.min(...others.map((member) => member.readSeq));
    const deliveredSeq = Math.min(...others.map((member) => member.deliveredSeq));
    return ({ seq }) => (seq <= readSeq ? "read" : seq <= deliveredSeq ? "delivered" : "sent");
  }
}
