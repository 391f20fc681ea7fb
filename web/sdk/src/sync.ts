/** Catching up: `sync.start`, repeated while it has a cursor, and what its pages say (SPEC §4). */

import type { Request } from "./link.js";
import type { People } from "./people.js";
import type { Me, Message, Person, Room as RoomView, SyncReply } from "./protocol.gen.js";
import type { Room } from "./room.js";
import type { Rooms } from "./rooms.js";

/** Epochs that are never the one a client has: the server could not look. */
const UNKNOWN_EPOCHS: ReadonlySet<string> = new Set(["none", "unknown"]);

/** Whether this is an epoch that later ones can be compared with. */
export function isKnown(epoch: string): boolean {
  return !UNKNOWN_EPOCHS.has(epoch);
}

export interface SyncHooks {
  /** Who the caller is, before anything of theirs is taken. */
  begin(me: Me): void;
  take(room: Room, message: Message): void;
}

export interface SyncOutcome {
  /** Of the first page: an epoch that changes between pages is to be noticed later. */
  readonly first: SyncReply;
  /** A room was not what was held of it, and starts anew. */
  readonly wasReset: boolean;
}

/** Bring rooms and people up to date. Rejects when a page could not be had; then nothing is lost. */
export async function catchUp(
  request: Request,
  rooms: Rooms,
  people: People,
  hooks: SyncHooks,
): Promise<SyncOutcome> {
  const sync = new Sync(rooms, hooks);
  let cursor: string | null = null;
  do {
    const asked = { rooms: sync.cursors, ...(cursor && { cursor }) };
    const page: SyncReply = await request("sync.start", asked);
    sync.take(page);
    cursor = page.cursor;
  } while (cursor);
  return sync.finish(people);
}

class Sync {
  readonly cursors;
  readonly #known: ReadonlySet<string>;
  readonly #shown = new Map<string, RoomView>();
  readonly #here: Person[] = [];
  #first: SyncReply | null = null;
  #wasReset = false;
  #isPresenceKnown = true;

  constructor(
    private readonly rooms: Rooms,
    private readonly hooks: SyncHooks,
  ) {
    this.cursors = rooms.cursors();
    this.#known = new Set(rooms.all.map((room) => room.roomId));
  }

  take(page: SyncReply): void {
    if (!this.#first) this.hooks.begin(page.me);
    this.#first ??= page;
    for (const view of page.rooms) this.#takeRoom(view);
    for (const { roomId, messages } of page.changes) {
      const room = this.rooms.get(roomId);
      if (room) for (const message of messages) this.hooks.take(room, message);
    }
    this.#here.push(...page.users);
    this.#isPresenceKnown &&= isKnown(page.epoch);
  }

  #takeRoom(view: SyncReply["rooms"][number]): void {
    if (!("tenantId" in view)) return this.rooms.remove(view.roomId);
    this.#shown.set(view.roomId, view);
    this.#wasReset ||= view.reset === true;
    const room = this.rooms.merge(view);
    // Not named, because there were more than may be: what is held may miss anything.
    const isUnnamed = this.#known.has(view.roomId) && !(view.roomId in this.cursors);
    if (isUnnamed && (room.tip < view.lastSeq || room.timeline.rev < view.rev)) {
      room.timeline.reset(view.lastSeq);
      room.timeline.rev = view.rev;
    }
  }

  finish(people: People): SyncOutcome {
    for (const [roomId, { rev }] of this.#shown) {
      const timeline = this.rooms.get(roomId)?.timeline;
      // Of what these pages brought: that an event showed a higher one meanwhile does not say so, and
      // of rooms that turned up meanwhile they brought no messages.
      if (timeline && roomId in this.cursors) timeline.rev = Math.max(timeline.rev, rev);
    }
    for (const roomId of this.#known) if (!this.#shown.has(roomId)) this.rooms.remove(roomId);
    if (this.#isPresenceKnown) people.present(this.#here);
    if (!this.#first) throw new Error("A sync has at least one page.");
    return { first: this.#first, wasReset: this.#wasReset };
  }
}
