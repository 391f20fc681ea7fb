/** Which rooms and people stand in which section of the list, and in which order. Pure. */

import type { KnownPerson, Room } from "@parley/client";

export type ListedRoom = Pick<Room, "roomId" | "type" | "title" | "unread" | "counterpart">;

export type SectionKind = "unread" | "chats" | "online" | "people";

export interface RoomItem<R extends ListedRoom = ListedRoom> {
  readonly key: string;
  readonly room: R;
  readonly person?: never;
}

export interface PersonItem {
  readonly key: string;
  readonly person: KnownPerson;
  readonly room?: never;
}

export type Item<R extends ListedRoom = ListedRoom> = RoomItem<R> | PersonItem;

export interface Section<R extends ListedRoom = ListedRoom> {
  readonly kind: SectionKind;
  /** With keys that are one row's alone in the whole list. */
  readonly items: readonly Item<R>[];
  /** How many there are in all; more than the items where only the newest are shown. */
  readonly total: number;
}

export interface Listed<R extends ListedRoom = ListedRoom> {
  readonly rooms: readonly R[];
  readonly people: readonly KnownPerson[];
}

/** One or two rows more take as much room as a button that shows them. */
const WORTH_HIDING = 3;

/**
 * The list while nobody searches.
 *
 * @param preview How many chats leave room for those who are online below them.
 */
export function composeSections<R extends ListedRoom>(
  { rooms, people }: Listed<R>,
  preview = Number.POSITIVE_INFINITY,
): Section<R>[] {
  const waiting = rooms.filter(isFromSomebodyAway);
  const chats = rooms.filter((room) => !isFromSomebodyAway(room));
  const online = people.filter((person) => person.status !== "offline");
  return withRows([
    roomSection("unread", waiting),
    roomSection("chats", chats, online.length ? preview : undefined),
    personSection("online", online),
  ]);
}

export function withRows<R extends ListedRoom>(sections: Section<R>[]): Section<R>[] {
  return sections.filter(({ total }) => total > 0);
}

/** The last words of somebody who is not here any more: they come first, and under their own head. */
function isFromSomebodyAway({ type, unread, counterpart }: ListedRoom): boolean {
  return type === "direct" && unread > 0 && (counterpart?.status ?? "offline") === "offline";
}

export function roomSection<R extends ListedRoom>(
  kind: SectionKind,
  rooms: readonly R[],
  limit = Number.POSITIVE_INFINITY,
): Section<R> {
  const shown = rooms.length < limit + WORTH_HIDING ? rooms : rooms.slice(0, limit);
  return { kind, items: shown.map((room) => ({ key: room.roomId, room })), total: rooms.length };
}

export function personSection<R extends ListedRoom>(
  kind: SectionKind,
  people: readonly KnownPerson[],
): Section<R> {
  const items = people.map((person) => ({ key: personKey(person), person }));
  return { kind, items, total: people.length };
}

/** User ids are unique within a tenant only. */
export function personKey(person: { tenantId: string; userId: string }): string {
  return `${person.tenantId}/${person.userId}`;
}
