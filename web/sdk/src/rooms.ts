/** The rooms that the caller is in. */

import type { Request } from "./link.js";
import { LIMITS, type Message, type RoomCursor, type Room as RoomView } from "./protocol.gen.js";
import { Room, type RoomServices } from "./room.js";
import type { KnownPerson, PersonRef } from "./types.js";

export interface RoomsServices extends RoomServices {
  newId(): string;
}

export class Rooms {
  readonly #byId = new Map<string, Room>();
  #all: readonly Room[] | null = null;
  #direct: ReadonlyMap<KnownPerson | null, Room> | null = null;

  constructor(private readonly services: RoomsServices) {}

  /** Newest activity first; the same array until one of them changes. */
  get all(): readonly Room[] {
    this.#all ??= [...this.#byId.values()].sort(byActivity);
    return this.#all;
  }

  get(roomId: string): Room | undefined {
    return this.#byId.get(roomId);
  }

  /** The direct room with somebody, if there is one. */
  withPerson(ref: PersonRef): Room | undefined {
    const person = this.services.people.get(ref);
    this.#direct ??= new Map(this.all.map((room) => [room.counterpart, room]));
    return person && this.#direct.get(person);
  }

  /** The direct room with somebody, which is made if there is none. */
  async direct(ref: PersonRef): Promise<Room> {
    return this.withPerson(ref) ?? this.#create({ type: "direct", ...this.#members([ref]) });
  }

  group(name: string | null, people: readonly PersonRef[]): Promise<Room> {
    return this.#create({ type: "group", name, ...this.#members(people) });
  }

  channel(spaceId: string, name: string): Promise<Room> {
    return this.#create({ type: "channel", spaceId, name });
  }

  organization(name: string): Promise<Room> {
    return this.#create({ type: "organization", name });
  }

  /** Ids of people say whose they are in manage scope, and only there. */
  #members(people: readonly PersonRef[]): { memberIds: string[]; tenantId?: string } {
    const memberIds = people.map((ref) => (typeof ref === "string" ? ref : ref.userId));
    const tenantId = people.map((ref) => (typeof ref === "string" ? null : ref.tenantId))[0];
    const isManage = this.services.me()?.scope === "manage";
    return { memberIds, ...(isManage && tenantId && { tenantId }) };
  }

  async #create(asked: Parameters<Request>[1] & { type: RoomView["type"] }): Promise<Room> {
    const clientId = this.services.newId();
    return this.merge(await this.services.request("room.create", { ...asked, clientId }));
  }

  // --- What the server tells --------------------------------------------------------------------

  /**
   * Take a room, known or not.
   *
   * @param held Messages that came before it was known: of a new room, it begins with them.
   */
  merge(view: RoomView & { reset?: boolean }, held: readonly Message[] = []): Room {
    const known = this.#byId.get(view.roomId);
    const end = Math.min(view.lastSeq, ...held.map(({ seq }) => seq - 1));
    const room = known ?? this.#add(view.roomId, end);
    room.merge(view);
    // They may have changed between coming and being placed.
    if (!known && held.length > 0) room.timeline.rev = 0;
    return room;
  }

  remove(roomId: string): void {
    if (!this.#byId.delete(roomId)) return;
    this.services.outbox.drop(roomId);
    this.touch();
  }

  clear(): void {
    this.#byId.clear();
    this.touch();
  }

  /** Something has changed: their order may have, too. */
  touch(): void {
    this.#all = null;
    this.#direct = null;
  }

  /** How far each room is here, for a sync; those that are shown, and the most recent ones. */
  cursors(): Record<string, RoomCursor> {
    const open = this.all.filter((room) => room.isOpen);
    const rooms = [...new Set([...open, ...this.all])].slice(0, LIMITS.maxSyncRooms);
    return Object.fromEntries(
      rooms.map(({ roomId, timeline: { tip, rev } }) => [roomId, { seq: tip, rev }]),
    );
  }

  #add(roomId: string, end: number): Room {
    const room = new Room(this.services, roomId, end);
    this.#byId.set(roomId, room);
    this.touch();
    return room;
  }
}

function byActivity(one: Room, other: Room): number {
  if (one.activeAt !== other.activeAt) return one.activeAt < other.activeAt ? 1 : -1;
  return one.roomId < other.roomId ? 1 : -1;
}
