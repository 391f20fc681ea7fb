/** `sync.start` of the fake server: rooms in order of id, page by page, then people. */

import { createHash } from "node:crypto";
import type {
  Message,
  RoomChanges,
  RoomCursor,
  StartSync,
  SyncReply,
} from "../src/protocol.gen.js";
import type { Presence } from "./fakePresence.js";
import {
  invalid,
  type Profile,
  type State,
  type StoredRoom,
  shownMessage,
  sizeOf,
} from "./fakeState.js";

const MAX_ROOMS = 400;

interface Place {
  /** Rooms up to this one are done; but this one goes on after `reached`. */
  roomId: string;
  reached: Required<RoomCursor> | null;
  /** People up to this one are done. */
  users: string | null;
  epoch: string;
  asked: string;
}

export interface SyncSource {
  readonly state: State;
  readonly presence: Presence;
  readonly epoch: string;
  readonly isRedisAway: boolean;
  readonly pageBytes: number;
  readonly heartbeatInterval: number;
}

export function startSync(source: SyncSource, caller: Profile, command: StartSync): SyncReply {
  const rooms = command.rooms ?? {};
  if (Object.keys(rooms).length > MAX_ROOMS) {
    throw invalid("data.rooms", `at most ${MAX_ROOMS}`);
  }
  const names = JSON.stringify(Object.keys(rooms).sort());
  const asked = createHash("sha256").update(names).digest("hex").slice(0, 16);
  const begun: Place = { roomId: "", reached: null, users: null, epoch: source.epoch, asked };
  const place = command.cursor == null ? begun : opened(command.cursor);
  if (place.asked !== asked) {
    throw invalid("data.rooms", "must name the rooms of the first page");
  }
  return new Page(source, caller, rooms, place).filled();
}

class Page {
  readonly #rooms: SyncReply["rooms"] = [];
  readonly #changes: RoomChanges[] = [];
  #left: number;
  #isFull = false;

  constructor(
    private readonly source: SyncSource,
    private readonly caller: Profile,
    private readonly cursors: Record<string, RoomCursor>,
    private readonly place: Place,
  ) {
    this.#left = source.pageBytes;
  }

  filled(): SyncReply {
    if (this.place.users === null) {
      this.#fillRooms();
    }
    const users = this.place.users === null ? [] : this.#people(this.place.users);
    const { userId, tenantId, name, role, scope } = this.caller;
    return {
      me: { userId, tenantId, name, role, scope },
      rooms: this.#rooms,
      changes: this.#changes,
      users,
      serverTime: this.source.state.clock.iso(),
      heartbeatInterval: this.source.heartbeatInterval,
      epoch: this.source.isRedisAway ? "unknown" : this.place.epoch,
      presence: this.source.presence.mode(this.caller),
      cursor: this.#isFull ? sealed(this.place) : null,
    };
  }

  #fillRooms(): void {
    const mine = new Map(this.source.state.roomsOf(this.caller).map((room) => [room.roomId, room]));
    const ids = [...new Set([...mine.keys(), ...Object.keys(this.cursors)])].sort();
    for (const roomId of ids.filter((id) => this.#isDue(id))) {
      this.#fillRoom(roomId, mine.get(roomId));
      if (this.#isFull) {
        return;
      }
      this.place.roomId = roomId;
      this.place.reached = null;
    }
    this.place.users = "";
  }

  #isDue(roomId: string): boolean {
    const { roomId: done, reached } = this.place;
    return roomId > done || (roomId === done && reached !== null);
  }

  #fillRoom(roomId: string, room: StoredRoom | undefined): void {
    const known = this.cursors[roomId];
    if (!room) {
      if (known && this.#takes({ roomId, removed: true })) {
        this.#rooms.push({ roomId, removed: true });
      }
      return;
    }
    if (roomId === this.place.roomId && this.place.reached) {
      this.#fillChanges(room, this.place.reached);
      return;
    }
    const reached = { seq: known?.seq ?? 0, rev: known?.rev ?? 0 };
    const isBeyond = reached.seq > room.lastSeq || reached.rev > room.rev;
    const isDirect = room.type === "direct";
    const view = { ...this.source.state.view(room, this.caller, isDirect), reset: isBeyond };
    if (!this.#takes(view)) {
      return;
    }
    this.#rooms.push(view);
    if (known && !isBeyond) {
      this.#fillChanges(room, reached);
    }
  }

  /** Put what was missed of a room into the page, and note how far that goes. */
  #fillChanges(room: StoredRoom, since: Required<RoomCursor>): void {
    const log = since.seq === 0 ? [] : room.changes.filter((each) => each.rev > since.rev);
    const seqs = new Set(log.map((each) => each.seq ?? 0).filter((seq) => seq && seq <= since.seq));
    const due = [...room.messages.filter((each) => seqs.has(each.seq) || each.seq > since.seq)];
    const shown: Message[] = [];
    for (const message of due.map((each) => shownMessage(each))) {
      if (!this.#takes(message)) {
        break;
      }
      shown.push(message);
    }
    const left = new Set(due.slice(shown.length).map((each) => each.seq));
    if (shown.length > 0) {
      const messages = shown.sort((one, other) => one.seq - other.seq);
      this.#changes.push({ roomId: room.roomId, messages, hasMore: left.size > 0 });
    }
    if (this.#isFull) {
      const undone = log.find((each) => each.seq !== null && left.has(each.seq));
      const seq = Math.max(since.seq, ...shown.map((each) => each.seq));
      this.place.roomId = room.roomId;
      this.place.reached = { seq, rev: undone ? undone.rev - 1 : room.rev };
    }
  }

  #people(after: string): SyncReply["users"] {
    const key = (each: { tenantId: string; userId: string }) => `${each.tenantId} ${each.userId}`;
    const known = this.source.isRedisAway ? [] : this.source.presence.here(this.caller);
    const here = known.filter((each) => key(each) > after);
    here.sort((one, other) => (key(one) < key(other) ? -1 : 1));
    const shown: SyncReply["users"] = [];
    for (const person of here) {
      if (!this.#takes(person)) {
        this.place.users = shown.length > 0 ? key(shown.at(-1)!) : after;
        break;
      }
      shown.push(person);
    }
    return shown;
  }

  /** Make place for something, or end the page; one of any size fits an empty page. */
  #takes(item: unknown): boolean {
    const isEmpty = this.#left === this.source.pageBytes;
    const left = this.#left - sizeOf(item) - 1;
    if (left < 0 && !isEmpty) {
      this.#isFull = true;
      return false;
    }
    this.#left = left;
    return true;
  }
}

function sealed(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function opened(cursor: string): Place {
  return JSON.parse(Buffer.from(cursor, "base64url").toString());
}
