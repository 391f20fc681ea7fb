/** The operations of the fake server, by the rules of SPEC §§3 to 6. */

import type {
  EventName,
  Events,
  Message,
  Operation,
  Operations,
  Room,
} from "../src/protocol.gen.js";
import type { Lease } from "./fakePresence.js";
import type { FakeServer } from "./fakeServer.js";
import {
  type Draft,
  invalid,
  MANAGE,
  type Profile,
  personKey,
  Refusal,
  type StoredRoom,
  shownMessage,
  sizeOf,
} from "./fakeState.js";
import { startSync } from "./fakeSync.js";

const REPUSH_MS = 5 * 60_000;
const RECEIPT_MS = 1_000;
const LOOK_BACK_MS = 63_000;
const QUIET_ROOM = 50;
const TYPING_S = 6;

/** The connection that a command came over, as far as commands care. */
export interface Asker extends Lease {
  readonly connectionId: string;
  /** When its last heartbeat came. */
  beatAt: number;
  /** False once Redis forgot it, until its next heartbeat. */
  isKnown: boolean;
}

type Handlers = {
  [O in Operation]: (asker: Asker, data: Operations[O]["data"]) => Operations[O]["reply"];
};

/** Which limit an operation counts against. */
export function limitOf(operation: Operation): "message" | "typing" | "receipt" | "request" | null {
  if (operation === "presence.heartbeat") {
    return null;
  }
  const [action, op = ""] = operation.split(".");
  if (action === "typing" || action === "receipt") {
    return action;
  }
  return action === "message" && ["send", "edit", "delete"].includes(op) ? "message" : "request";
}

export class Commands implements Handlers {
  readonly #receipts = new Map<string, number>();

  constructor(private readonly server: FakeServer) {}

  // --- Messages ----------------------------------------------------------------------------

  "message.send"(asker: Asker, data: Operations["message.send"]["data"]) {
    const body = this.#body(data.body);
    const room = this.#addressed(asker.caller, data);
    const { userId: senderId, name: senderName } = asker.caller;
    const isFirst = (each: Message) =>
      each.senderId === senderId && each.clientId === data.clientId && each.type !== "system";
    const known = room.messages.find(isFirst);
    const { clientId, replyTo = null, mentions = [] } = data;
    const draft = { clientId, senderId, senderName, body, replyTo, mentions };
    const message = known ?? this.#stored(room, draft);
    if (this.server.clock.now() - Date.parse(message.createdAt) < REPUSH_MS) {
      this.#tellRoom(room, "message:new", shownMessage(message), asker);
    }
    return { message: shownMessage(message), duplicate: known !== undefined };
  }

  "message.edit"(asker: Asker, data: Operations["message.edit"]["data"]): Message {
    const body = this.#body(data.body);
    const editedAt = this.server.clock.iso();
    return this.#change(asker, data, "message:updated", (message, room) => {
      this.#requireRight(asker.caller, room, message);
      if (message.deletedAt !== null) {
        throw new Refusal("CONFLICT");
      }
      return message.body === body ? null : { body, editedAt };
    });
  }

  "message.delete"(asker: Asker, data: Operations["message.delete"]["data"]): Message {
    const deletedAt = this.server.clock.iso();
    return this.#change(asker, data, "message:deleted", (message, room) => {
      this.#requireRight(asker.caller, room, message);
      const bare = { body: null, reactions: {}, mentions: [], attachments: [] };
      return message.deletedAt === null ? { deletedAt, ...bare } : null;
    });
  }

  "message.react"(asker: Asker, data: Operations["message.react"]["data"]): Message {
    const { userId } = asker.caller;
    return this.#change(asker, data, "message:updated", (message) => {
      if (message.deletedAt !== null) {
        throw new Refusal("CONFLICT");
      }
      const { [data.emoji]: people = [], ...others } = message.reactions;
      if (people.includes(userId) === data.on) {
        return null;
      }
      const after = data.on ? [...people, userId] : people.filter((each) => each !== userId);
      return { reactions: after.length > 0 ? { ...others, [data.emoji]: after } : others };
    });
  }

  "message.history"(asker: Asker, data: Operations["message.history"]["data"]) {
    const room = this.server.state.enter(asker.caller, data.roomId);
    const { before, after, limit = 50 } = data;
    if (before != null && after != null) {
      throw invalid("data", "name before or after, not both");
    }
    if (limit < 1 || limit > 100) {
      throw invalid("data.limit", "must be 1 to 100");
    }
    room.side(asker.caller.userId);
    const isForward = after != null;
    const found = room.messages.filter((each) =>
      isForward ? each.seq > after : each.seq < (before ?? Number.POSITIVE_INFINITY),
    );
    const wanted = isForward ? found.slice(0, limit) : found.slice(-limit).reverse();
    const messages = this.#fitting(wanted.map((each) => shownMessage(each)));
    const hasMore = messages.length < found.length;
    return { messages: isForward ? messages : messages.reverse(), hasMore };
  }

  // --- Receipts and typing -----------------------------------------------------------------

  "receipt.delivered"(asker: Asker, data: Operations["receipt.delivered"]["data"]) {
    return this.#move(asker, data.roomId, data.seq, 0);
  }

  "receipt.read"(asker: Asker, data: Operations["receipt.read"]["data"]) {
    return this.#move(asker, data.roomId, 0, data.seq);
  }

  "typing.start"(asker: Asker, data: Operations["typing.start"]["data"]): void {
    this.#type(asker, data.roomId, "start");
  }

  "typing.stop"(asker: Asker, data: Operations["typing.stop"]["data"]): void {
    this.#type(asker, data.roomId, "stop");
  }

  // --- Rooms -------------------------------------------------------------------------------

  "room.create"(asker: Asker, data: Operations["room.create"]["data"]): Room {
    const { caller } = asker;
    const { room, isNew } = this.#made(caller, data);
    if (isNew) {
      this.#tellRoom(room, "room:updated", this.#view(room), asker);
    }
    return this.server.state.view(this.server.state.enter(caller, room.roomId), caller, true);
  }

  "room.list"(asker: Asker, data: Operations["room.list"]["data"]) {
    const rooms = this.server.state.roomsOf(asker.caller);
    const at = (room: StoredRoom) => room.messages.at(-1)?.createdAt ?? room.createdAt;
    rooms.sort((one, other) => (at(one) > at(other) ? -1 : 1));
    const start = Number(data.cursor ?? 0);
    const views = rooms
      .slice(start, start + (data.limit ?? 50))
      .map((room) => this.server.state.view(room, asker.caller, room.type === "direct"));
    const shown = this.#fitting(views);
    const end = start + shown.length;
    return { rooms: shown, cursor: end < rooms.length ? String(end) : null };
  }

  "room.get"(asker: Asker, data: Operations["room.get"]["data"]): Room {
    const room = this.server.state.enter(asker.caller, data.roomId);
    return this.server.state.view(room, asker.caller, true);
  }

  "room.update"(asker: Asker, data: Operations["room.update"]["data"]): Room {
    const room = this.server.state.enter(asker.caller, data.roomId);
    if (room.type === "direct") {
      throw new Refusal("FORBIDDEN");
    }
    this.#requireOwner(asker.caller, room);
    room.name = data.name ?? null;
    return this.#revised(asker, room, `renamed the group to "${room.name}"`);
  }

  "room.leave"(asker: Asker, data: Operations["room.leave"]["data"]): Room {
    return this.#remove(asker, data.roomId, asker.caller.userId);
  }

  "room.mute"(asker: Asker, data: Operations["room.mute"]["data"]): Room {
    const { userId } = asker.caller;
    const room = this.server.state.enter(asker.caller, data.roomId);
    const side = room.side(userId);
    if (side.muted !== data.muted) {
      side.muted = data.muted;
      this.#tellPerson(room.tenantId, userId, "room:updated", this.#view(room), asker);
    }
    return this.server.state.view(room, asker.caller, true);
  }

  "room.addMember"(asker: Asker, data: Operations["room.addMember"]["data"]): Room {
    const room = this.#group(asker.caller, data.roomId);
    this.#requireOwner(asker.caller, room);
    const side = room.sides.get(data.userId);
    if (side) {
      side.role = data.role ?? side.role;
      return this.#revised(asker, room, null);
    }
    const name = this.server.state.person(room.tenantId, data.userId)?.name ?? data.userId;
    room.join(data.userId, data.role ?? "member");
    const view = this.#revised(asker, room, `added ${name}`);
    room.move(data.userId, room.lastSeq, room.lastSeq);
    return view;
  }

  "room.removeMember"(asker: Asker, data: Operations["room.removeMember"]["data"]): Room {
    return this.#remove(asker, data.roomId, data.userId);
  }

  // --- Presence ----------------------------------------------------------------------------

  "presence.heartbeat"(asker: Asker, data: Operations["presence.heartbeat"]["data"]) {
    const { server } = this;
    const since = asker.beatAt - LOOK_BACK_MS;
    const wasKnown = asker.isKnown;
    asker.beatAt = server.clock.now();
    asker.isKnown = true;
    asker.status = data.status ?? "online";
    server.presence.opened(asker);
    const mine = server.state.roomsOf(asker.caller);
    const changed = mine.filter((room) => room.changedAt >= since);
    const leftAt = server.state.leftAt.get(personKey(asker.caller)) ?? 0;
    const isUnsure =
      !wasKnown ||
      server.isRedisAway ||
      leftAt >= since ||
      mine.some((room) => isNewcomer(room, asker));
    return {
      serverTime: server.clock.iso(),
      ttl: 90,
      epoch: isUnsure ? "none" : server.epoch,
      changed: isUnsure
        ? []
        : changed.map(({ roomId, lastSeq, rev }) => ({ roomId, lastSeq, rev })),
      presence: server.presence.mode(asker.caller),
    };
  }

  "presence.list"(asker: Asker, data: Operations["presence.list"]["data"]) {
    this.#requireRedis();
    const { caller } = asker;
    const { presence } = this.server;
    if (data.userIds != null) {
      const users = data.userIds.map((userId) => this.#person(this.#tenant(caller, data), userId));
      return { users: users.map((each) => presence.shown(each)), cursor: null };
    }
    const here = presence.here(caller);
    const isMeant = (tenantId: string) => data.tenantId == null || data.tenantId === tenantId;
    return { users: here.filter((each) => isMeant(each.tenantId)), cursor: null };
  }

  "presence.subscribe"(asker: Asker, data: Operations["presence.subscribe"]["data"]) {
    this.#requireRedis();
    if (data.userIds.length > 500) {
      throw invalid("data.userIds", "at most 500");
    }
    const tenantId = this.#tenant(asker.caller, data);
    const people = data.userIds.map((userId) => this.#person(tenantId, userId));
    asker.subscription = new Set(people.map(personKey));
    return { users: people.map((each) => this.server.presence.shown(each)), cursor: null };
  }

  "sync.start"(asker: Asker, data: Operations["sync.start"]["data"]) {
    for (const room of this.server.state.roomsOf(asker.caller)) {
      room.side(asker.caller.userId);
    }
    return startSync(this.server, asker.caller, data);
  }

  #requireRedis(): void {
    if (this.server.isRedisAway) {
      throw new Refusal("UNAVAILABLE", { retryAfter: 1 });
    }
  }

  // --- Telling -----------------------------------------------------------------------------

  #tellRoom<E extends EventName>(
    room: StoredRoom,
    event: E,
    data: Events[E],
    but: Asker | null,
  ): void {
    this.server.push((each) => each !== but && room.admits(each.caller), event, data);
  }

  #tellPerson<E extends EventName>(
    tenantId: string,
    userId: string,
    event: E,
    data: Events[E],
    but: Asker,
  ): void {
    const home = userId.startsWith(`${MANAGE}/`) ? MANAGE : tenantId;
    const key = personKey({ tenantId: home, userId });
    this.server.push((each) => each !== but && personKey(each.caller) === key, event, data);
  }

  #view(room: StoredRoom): Room {
    return this.server.state.view(room, null, true);
  }

  #stored(room: StoredRoom, draft: Draft): Message {
    const message = room.append(draft);
    const key = `${room.roomId} ${draft.body}`;
    const { firstBodies } = this.server;
    firstBodies.set(key, [...(firstBodies.get(key) ?? []), message.seq]);
    return message;
  }

  // --- Parts of messages -------------------------------------------------------------------

  #body(text: string): string {
    const body = text.trim().normalize("NFC");
    if (body === "" || body.length > this.server.bodyMaxChars) {
      throw body === "" ? invalid("data.body", "is empty") : new Refusal("PAYLOAD_TOO_LARGE");
    }
    return body;
  }

  #addressed(caller: Profile, data: Operations["message.send"]["data"]): StoredRoom {
    if (data.toUserId == null) {
      return this.server.state.enter(caller, data.roomId ?? "");
    }
    return this.#direct(caller, data.toUserId, data);
  }

  #direct(caller: Profile, other: string, data: { tenantId?: string | null }): StoredRoom {
    if (other === caller.userId) {
      throw invalid("data.toUserId", "must be somebody else");
    }
    const tenantId = this.#tenant(caller, data);
    return this.server.state.direct(tenantId, caller.userId, other).room;
  }

  /** In manage scope people are named with their tenant, elsewhere without. */
  #tenant(caller: Profile, data: { tenantId?: string | null }): string {
    if (caller.scope !== "manage") {
      if (data.tenantId != null) {
        throw invalid("data.tenantId", "is for manage scope");
      }
      return caller.tenantId;
    }
    if (data.tenantId == null) {
      throw invalid("data.tenantId", "Field required");
    }
    if (!this.server.state.hasTenant(data.tenantId)) {
      throw new Refusal("NOT_FOUND");
    }
    return data.tenantId;
  }

  #person(tenantId: string, userId: string): Profile {
    const unknown = { name: userId, picture: null, role: "member", scope: "tenant" } as const;
    const more = { spaces: [], readReceipts: true };
    return this.server.state.person(tenantId, userId) ?? { userId, tenantId, ...unknown, ...more };
  }

  #change(
    asker: Asker,
    data: { roomId: string; messageId: string },
    event: "message:updated" | "message:deleted",
    change: (message: Message, room: StoredRoom) => Partial<Message> | null,
  ): Message {
    const room = this.server.state.enter(asker.caller, data.roomId);
    const message = room.find(data.messageId);
    const changed = change(message, room);
    if (!changed) {
      return shownMessage(message);
    }
    const view = shownMessage(room.revise(changed, message.seq)!);
    this.#tellRoom(room, event, view, asker);
    return view;
  }

  #requireRight(caller: Profile, room: StoredRoom, message: Message): void {
    const isOwn = message.senderId === caller.userId || room.side(caller.userId).role === "owner";
    if (message.type === "system" || (!isOwn && caller.role !== "tenant_admin")) {
      throw new Refusal("FORBIDDEN");
    }
  }

  #fitting<T>(items: T[]): T[] {
    let left = this.server.pageBytes;
    const end = items.findIndex((item, index) => {
      left -= sizeOf(item);
      return left < 0 && index > 0;
    });
    return end < 0 ? items : items.slice(0, end);
  }

  #move(asker: Asker, roomId: string, delivered: number, read: number) {
    const room = this.server.state.enter(asker.caller, roomId);
    const { before, after } = room.move(asker.caller.userId, delivered, read);
    const hasMoved = before.deliveredSeq !== after.deliveredSeq || before.readSeq !== after.readSeq;
    if (hasMoved && room.sides.size <= QUIET_ROOM) {
      this.#tellReceipt(asker, room);
    }
    const { deliveredSeq, readSeq } = after;
    return { deliveredSeq, readSeq, unread: room.lastSeq - readSeq };
  }

  /** Tell of a cursor; at most once a second for one reader and room, the newest state last. */
  #tellReceipt(asker: Asker, room: StoredRoom): void {
    const { clock } = this.server;
    const key = JSON.stringify([room.roomId, asker.caller.userId]);
    const due = (this.#receipts.get(key) ?? 0) + RECEIPT_MS;
    if (due > clock.now()) {
      clock.setTimeout(() => this.#tellReceipt(asker, room), due - clock.now());
      return;
    }
    this.#receipts.set(key, clock.now());
    const { userId } = asker.caller;
    const { deliveredSeq, readSeq } = room.side(userId);
    const update = { roomId: room.roomId, userId, deliveredSeq, readSeq, at: clock.iso() };
    this.#tellPerson(room.tenantId, userId, "receipt:update", update, asker);
    const shown = asker.caller.readReceipts ? update : { ...update, readSeq: 0 };
    const isOther = (each: Asker) => each.caller.userId !== userId && room.admits(each.caller);
    this.server.push(isOther, "receipt:update", shown);
  }

  #type(asker: Asker, roomId: string, state: "start" | "stop"): void {
    const room = this.server.state.enter(asker.caller, roomId);
    if (room.sides.size > QUIET_ROOM) {
      return;
    }
    const { userId, name } = asker.caller;
    const expiresIn = state === "start" ? TYPING_S : 0;
    const isOther = (each: Asker) => each.caller.userId !== userId && room.admits(each.caller);
    this.server.push(isOther, "typing:update", { roomId, userId, name, state, expiresIn });
  }

  // --- Parts of rooms ----------------------------------------------------------------------

  #made(caller: Profile, data: Operations["room.create"]["data"]) {
    const { type, memberIds = [], name = null, spaceId = null } = data;
    if (type === "direct") {
      const tenantId = this.#tenant(caller, data);
      if (memberIds.length !== 1 || memberIds[0] === caller.userId) {
        throw invalid("data.memberIds", "must be one other person");
      }
      return this.server.state.direct(tenantId, caller.userId, memberIds[0]!);
    }
    const { clientId = null } = data;
    const key = clientId === null ? null : JSON.stringify([personKey(caller), clientId]);
    const more = { name, spaceId, createdBy: caller.userId };
    const made = this.server.state.make(key, caller.tenantId, type, more);
    if (made.isNew && type === "group") {
      made.room.join(caller.userId, "owner");
      for (const userId of memberIds.filter((each) => each !== caller.userId)) {
        made.room.join(userId, "member");
      }
    }
    return made;
  }

  #group(caller: Profile, roomId: string): StoredRoom {
    const room = this.server.state.enter(caller, roomId);
    if (room.type !== "group") {
      throw new Refusal("FORBIDDEN");
    }
    return room;
  }

  #requireOwner(caller: Profile, room: StoredRoom): void {
    if (room.side(caller.userId).role !== "owner" && caller.role !== "tenant_admin") {
      throw new Refusal("FORBIDDEN");
    }
  }

  #remove(asker: Asker, roomId: string, userId: string): Room {
    const { caller } = asker;
    const room = this.#group(caller, roomId);
    const isOneself = userId === caller.userId;
    if (!isOneself) {
      this.#requireOwner(caller, room);
    }
    if (!room.sides.has(userId)) {
      throw new Refusal("NOT_FOUND");
    }
    const rest = [...room.sides].filter(([each]) => each !== userId);
    if (rest.length > 0 && !rest.some(([, side]) => side.role === "owner")) {
      throw new Refusal("CONFLICT");
    }
    room.sides.delete(userId);
    this.server.state.leftAt.set(
      personKey({ tenantId: room.tenantId, userId }),
      this.server.clock.now(),
    );
    const name = this.server.state.person(room.tenantId, userId)?.name ?? userId;
    const view = this.#revised(asker, room, isOneself ? "left" : `removed ${name}`);
    room.sides.delete(userId);
    this.#tellPerson(room.tenantId, userId, "room:removed", { roomId }, asker);
    return view;
  }

  /** Count a change of a room, say so in it, and tell everybody. */
  #revised(asker: Asker, room: StoredRoom, words: string | null): Room {
    const { userId: senderId, name: senderName } = asker.caller;
    const isMember = room.sides.has(senderId);
    room.revise();
    const said =
      words === null
        ? null
        : room.append({
            ...{ clientId: `rev-${room.rev}`, senderId, senderName, type: "system" },
            body: `${senderName} ${words}`,
          });
    if (!isMember) {
      room.sides.delete(senderId);
    }
    this.#tellRoom(room, "room:updated", this.#view(room), asker);
    if (said) {
      this.#tellRoom(room, "message:new", said, null);
    }
    return isMember ? this.server.state.view(room, asker.caller, true) : this.#view(room);
  }
}

/** Tell whether an open room is there that somebody has not seen yet. */
function isNewcomer(room: StoredRoom, asker: Asker): boolean {
  return room.isOpen && !room.sides.has(asker.caller.userId);
}
