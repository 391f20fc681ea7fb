/** What the fake server stores: people, rooms, messages, and the rules about them (SPEC §§1, 4, 5). */

import type {
  ErrorBody,
  ErrorCode,
  ErrorDetail,
  Member,
  Message,
  MyRoom,
  Room,
} from "../src/protocol.gen.js";
import type { FakeClock } from "./fakeClock.js";

export const MANAGE = "@manage";
const MAX_MESSAGE_BYTES = 24 * 1024;
const MAX_SHOWN_MEMBERS = 100;

const WORDS: Record<ErrorCode, string> = {
  VALIDATION_ERROR: "The request is not valid.",
  UNAUTHORIZED: "Please log in again.",
  FORBIDDEN: "You may not do this.",
  NOT_FOUND: "There is no such thing.",
  CONFLICT: "This contradicts what is stored.",
  PAYLOAD_TOO_LARGE: "This is too large.",
  RATE_LIMITED: "Too many requests; please wait a moment.",
  INTERNAL_ERROR: "Something failed.",
  UNAVAILABLE: "A part of the server does not answer.",
};

export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly more: { retryAfter?: number; details?: ErrorDetail[] } = {},
  ) {
    super(WORDS[code]);
  }

  get body(): ErrorBody {
    const { code: error, message } = this;
    return { ok: false, error, message, correlationId: "BFHPhFe3IAMF95g=", ...this.more };
  }
}

/** Refuse a field. */
export function invalid(path: string, reason: string): Refusal {
  return new Refusal("VALIDATION_ERROR", { details: [{ path, reason }] });
}

export interface Profile {
  readonly userId: string;
  /** Their own; `@manage` for people of manage scope. */
  readonly tenantId: string;
  readonly name: string;
  readonly picture: string | null;
  readonly role: string;
  readonly scope: "tenant" | "manage";
  readonly spaces: readonly string[];
  readReceipts: boolean;
}

/** Somebody's own side of a room. */
export interface Side {
  role: "owner" | "member";
  readSeq: number;
  deliveredSeq: number;
  muted: boolean;
  readonly joinedAt: number;
}

export type Draft = Pick<Message, "clientId" | "senderId" | "senderName" | "body"> &
  Partial<Pick<Message, "type" | "replyTo" | "mentions">>;

export class StoredRoom {
  rev = 0;
  changedAt: number;
  messages: Message[] = [];
  readonly sides = new Map<string, Side>();
  readonly changes: { rev: number; seq: number | null }[] = [];

  constructor(
    private readonly clock: FakeClock,
    readonly roomId: string,
    readonly tenantId: string,
    readonly type: Room["type"],
    public name: string | null,
    readonly spaceId: string | null,
    readonly createdBy: string,
    readonly createdAt: string,
  ) {
    this.changedAt = clock.now();
  }

  get isOpen(): boolean {
    return this.type === "channel" || this.type === "organization";
  }

  get lastSeq(): number {
    return this.messages.length;
  }

  /** Tell whether somebody may know of this room. */
  admits(person: Profile): boolean {
    if (!this.isOpen) {
      return (
        this.sides.has(person.userId) && (person.tenantId === this.tenantId || managed(person))
      );
    }
    const isOfSpace = this.type === "organization" || person.spaces.includes(this.spaceId ?? "");
    return person.tenantId === this.tenantId && isOfSpace;
  }

  /** Somebody's own side; in an open room it begins when they first see it. */
  side(userId: string): Side {
    const known = this.sides.get(userId);
    return known ?? this.join(userId, this.createdBy === userId ? "owner" : "member");
  }

  join(userId: string, role: Side["role"]): Side {
    const [readSeq, deliveredSeq] = [this.lastSeq, this.lastSeq];
    const joinedAt = this.clock.now();
    const side: Side = { role, readSeq, deliveredSeq, muted: false, joinedAt };
    this.sides.set(userId, side);
    return side;
  }

  append(draft: Draft): Message {
    const seq = this.lastSeq + 1;
    const message: Message = {
      messageId: `${String(seq).padStart(10, "0")}${this.roomId.slice(-8)}`,
      roomId: this.roomId,
      seq,
      rev: 0,
      type: "text",
      attachments: [],
      replyTo: null,
      mentions: [],
      reactions: {},
      createdAt: this.clock.iso(),
      editedAt: null,
      deletedAt: null,
      truncated: false,
      ...draft,
    };
    this.messages.push(message);
    this.changedAt = this.clock.now();
    this.move(draft.senderId, seq, seq);
    return message;
  }

  /** Count a change: of one message, or of name and members. */
  revise(change: Partial<Message> = {}, seq: number | null = null): Message | null {
    this.rev += 1;
    this.changes.push({ rev: this.rev, seq });
    this.changedAt = this.clock.now();
    const message = seq === null ? undefined : this.messages[seq - 1];
    if (!message) {
      return null;
    }
    const changed = { ...message, ...change, rev: this.rev };
    this.messages[message.seq - 1] = changed;
    return changed;
  }

  /** Move somebody's cursor, forward only and never past the end. */
  move(userId: string, delivered: number, read: number): { before: Side; after: Side } {
    const side = this.side(userId);
    const before = { ...side };
    side.readSeq = Math.max(side.readSeq, Math.min(read, this.lastSeq));
    side.deliveredSeq = Math.max(
      side.deliveredSeq,
      side.readSeq,
      Math.min(delivered, this.lastSeq),
    );
    return { before, after: side };
  }

  find(messageId: string): Message {
    const found = this.messages.find((message) => message.messageId === messageId);
    if (!found) {
      throw new Refusal("NOT_FOUND");
    }
    return found;
  }
}

function managed(person: Profile): boolean {
  return person.scope === "manage";
}

/** A message as a frame can carry it. */
export function shownMessage(message: Message, maxBytes = MAX_MESSAGE_BYTES): Message {
  if (message.body === null || sizeOf(message) <= maxBytes) {
    return structuredClone(message);
  }
  const excess = sizeOf({ ...message, truncated: true }) - maxBytes;
  const kept = Buffer.from(message.body)
    .subarray(0, -excess)
    .toString()
    .replace(/\uFFFD$/, "");
  return { ...structuredClone(message), body: kept, truncated: true };
}

export function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

export class State {
  readonly rooms = new Map<string, StoredRoom>();
  readonly #people = new Map<string, Profile>();
  readonly #made = new Map<string, string>();
  /** When somebody last lost a room, by tenant and user. */
  readonly leftAt = new Map<string, number>();
  #count = 0;

  constructor(readonly clock: FakeClock) {}

  // --- People ------------------------------------------------------------------------------

  introduce(profile: Profile): Profile {
    this.#people.set(personKey(profile), profile);
    return profile;
  }

  person(tenantId: string, userId: string): Profile | undefined {
    const home = userId.startsWith(`${MANAGE}/`) ? MANAGE : tenantId;
    return this.#people.get(personKey({ tenantId: home, userId }));
  }

  people(): Profile[] {
    return [...this.#people.values()];
  }

  hasTenant(tenantId: string): boolean {
    return this.people().some((person) => person.tenantId === tenantId);
  }

  // --- Rooms -------------------------------------------------------------------------------

  roomsOf(person: Profile): StoredRoom[] {
    const rooms = [...this.rooms.values()].filter((room) => room.admits(person));
    return rooms.sort((one, other) => (one.roomId < other.roomId ? -1 : 1));
  }

  enter(person: Profile, roomId: string): StoredRoom {
    const room = this.rooms.get(roomId);
    if (!room?.admits(person)) {
      throw new Refusal("NOT_FOUND");
    }
    return room;
  }

  /** Make a room, or find the one that was made with the same key. */
  make(
    key: string | null,
    tenantId: string,
    type: Room["type"],
    more: { name: string | null; spaceId: string | null; createdBy: string },
  ): { room: StoredRoom; isNew: boolean } {
    const made = key === null ? undefined : this.rooms.get(this.#made.get(key) ?? "");
    if (made) {
      return { room: made, isNew: false };
    }
    this.#count += 1;
    const roomId = `${type[0]}-${String(this.#count).padStart(8, "0")}`;
    const { name, spaceId, createdBy } = more;
    const createdAt = this.clock.iso();
    const room = new StoredRoom(
      this.clock,
      roomId,
      tenantId,
      type,
      name,
      spaceId,
      createdBy,
      createdAt,
    );
    this.rooms.set(roomId, room);
    if (key !== null) {
      this.#made.set(key, roomId);
    }
    return { room, isNew: true };
  }

  direct(tenantId: string, one: string, other: string): { room: StoredRoom; isNew: boolean } {
    const key = JSON.stringify(["direct", tenantId, ...[one, other].sort()]);
    const more = { name: null, spaceId: null, createdBy: one };
    const made = this.make(key, tenantId, "direct", more);
    if (made.isNew) {
      made.room.join(one, "member");
      made.room.join(other, "member");
    }
    return made;
  }

  // --- Views -------------------------------------------------------------------------------

  view(room: StoredRoom, viewer: Profile | null, hasMembers: boolean): Room {
    const last = room.messages.at(-1);
    const { roomId, tenantId, type, name, spaceId, createdBy, createdAt, lastSeq, rev } = room;
    return {
      ...{ roomId, tenantId, type, name, spaceId, createdBy, createdAt, lastSeq, rev },
      lastMessage: last
        ? { ...structuredClone(last), body: last.body?.slice(0, 200) ?? null }
        : null,
      memberCount: room.sides.size,
      ...(hasMembers ? { members: this.members(room, viewer) } : {}),
      ...(viewer ? { me: mine(room, viewer.userId) } : {}),
    };
  }

  members(room: StoredRoom, viewer: Profile | null): Member[] {
    const members = [...room.sides].map(([userId, side]) => {
      const person = this.person(room.tenantId, userId);
      const isHidden = person?.readReceipts === false && userId !== viewer?.userId;
      const { role, deliveredSeq } = side;
      const readSeq = isHidden ? 0 : side.readSeq;
      return { userId, name: person?.name ?? userId, role, deliveredSeq, readSeq };
    });
    const place = (each: Member) => `${each.role === "owner" ? 0 : 1}${each.userId}`;
    members.sort((one, other) => (place(one) < place(other) ? -1 : 1));
    return members.slice(0, MAX_SHOWN_MEMBERS);
  }
}

export function personKey(person: Pick<Profile, "tenantId" | "userId">): string {
  // No id holds a control character.
  return `${person.tenantId}\n${person.userId}`;
}

function mine(room: StoredRoom, userId: string): MyRoom {
  const { readSeq, deliveredSeq, muted, role } = room.side(userId);
  return { readSeq, deliveredSeq, unread: room.lastSeq - readSeq, muted, role };
}
