/** How people are named to the client, and how their presence is put into words. */

import type { KnownPerson, ParleyClient, PersonRef, Room } from "@parley/client";

import type { Status } from "../avatar.js";
import { count, fill } from "../conversation/strings.js";
import { formatAgo } from "../format.js";
import type { Strings } from "../i18n.js";

/** In manage scope ids are unique within a tenant only. */
export function refOf(client: ParleyClient, person: KnownPerson): PersonRef {
  const { userId, tenantId } = person;
  return client.me?.scope === "manage" ? { userId, tenantId } : userId;
}

export function statusText(status: Status, strings: Strings): string {
  return strings.conversation[status];
}

/** The status, and for who is offline how long already. */
export function presenceText(person: KnownPerson, strings: Strings, locale: string): string {
  if (person.status !== "offline" || !person.lastSeenAt) {
    return statusText(person.status, strings);
  }
  return fill(strings.conversation.lastSeen, { ago: formatAgo(person.lastSeenAt, locale) });
}

/** One's own status as others see it, as far as this page knows. */
export function ownStatus(client: ParleyClient): Status {
  if (!client.connected || !client.me) return "offline";
  return client.people.status(client.me.userId) === "away" ? "away" : "online";
}

/** True if the room is of those that people are added to and leave. */
export function isGroup(room: Room): boolean {
  return room.type === "group";
}

/** What to call a room: a group without a name goes by its people, once they are known. */
export function titleOf(room: Room, strings: Strings, locale: string): string {
  return room.title || count(strings.conversation.memberCount, room.memberCount, locale);
}
