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
  readonly items: readonly Item<R>[];
  /** How many there are in all; more than the items where only the newest are shown. */
  readonly total: number;
}

export interface ListInput<R extends ListedRoom = ListedRoom> {
  rooms: readonly R[];
  people: readonly KnownPerson[];
  query: string;
  /** What the server found for the query, beyond those who are known. */
  found: readonly KnownPerson[];
  /** How many chats leave room for those who are online below them; null for all. */
  chatsPreview: number | null;
}

/** One or two rows more take as much room as a button that shows them. */
const WORTH_HIDING = 3;

export function composeSections<R extends ListedRoom>(input: ListInput<R>): Section<R>[] {
  const sections = input.query.trim() ? searchSections(input) : plainSections(input);
  return sections.filter((section) => section.items.length > 0);
}

function plainSections<R extends ListedRoom>(input: ListInput<R>): Section<R>[] {
  const waiting = input.rooms.filter(isFromSomebodyAway);
  const chats = input.rooms.filter((room) => !isFromSomebodyAway(room));
  const online = input.people.filter((person) => person.status !== "offline");
  return [
    roomSection("unread", waiting),
    roomSection("chats", chats, online.length ? input.chatsPreview : null),
    personSection("online", online),
  ];
}

/** The last words of somebody who is not here any more: they come first, and under their own head. */
function isFromSomebodyAway(room: ListedRoom): boolean {
  if (room.type !== "direct" || room.unread === 0) return false;
  return (room.counterpart?.status ?? "offline") === "offline";
}

function searchSections<R extends ListedRoom>(input: ListInput<R>): Section<R>[] {
  const rooms = input.rooms.filter((room) => matches(room.title, input.query));
  const known = input.people.filter((person) => matches(person.name, input.query));
  const seen = new Set(known.map(personKey));
  const others = input.found.filter((person) => !person.isMe && !seen.has(personKey(person)));
  return [roomSection("chats", rooms), personSection("people", [...known, ...others])];
}

function roomSection<R extends ListedRoom>(
  kind: SectionKind,
  rooms: readonly R[],
  limit: number | null = null,
): Section<R> {
  const isCut = limit !== null && rooms.length >= limit + WORTH_HIDING;
  const shown = isCut ? rooms.slice(0, limit) : rooms;
  return { kind, items: shown.map((room) => ({ key: room.roomId, room })), total: rooms.length };
}

function personSection<R extends ListedRoom>(
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

/** True if every word of the query begins a word of the text, whatever the case and accents. */
export function matches(text: string, query: string): boolean {
  const words = folded(text).split(/[^\p{L}\p{N}]+/u);
  const wanted = folded(query).split(/\s+/u).filter(Boolean);
  return wanted.every((part) => words.some((word) => word.startsWith(part)));
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
