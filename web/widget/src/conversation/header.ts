/** The conversation's head: who it is with, and whether they are here. */

import type { KnownPerson } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { formatAgo } from "../format.js";
import { icons } from "../icons.js";
import type { ConversationClient, ConversationRoom } from "./ports.js";
import { type ConversationStrings, count, fill } from "./strings.js";

export interface HeaderOptions {
  readonly client: ConversationClient | null;
  readonly room: ConversationRoom;
  readonly strings: ConversationStrings;
  readonly locale: string;
  readonly showBack: boolean;
  readonly back: () => void;
  readonly details: () => void;
}

export function header(options: HeaderOptions): TemplateResult {
  const { room, strings, showBack } = options;
  return html`<header role="none" part="header">
    ${showBack ? backButton(options) : nothing} ${picture(options)}
    <div class="names">
      <h2 dir="auto" part="title">${room.title}</h2>
      <p dir="auto" part="subtitle">${subtitle(options)}</p>
    </div>
    ${
      room.type === "direct"
        ? nothing
        : html`<button
          class="icon-button"
          type="button"
          part="details-button"
          title=${strings.details}
          aria-label=${strings.details}
          @click=${options.details}
        >
          ${icons.group}
        </button>`
    }
  </header>`;
}

function backButton({ strings, back }: HeaderOptions): TemplateResult {
  return html`<button
    class="icon-button back"
    type="button"
    part="back-button"
    title=${strings.back}
    aria-label=${strings.back}
    @click=${back}
  >
    ${icons.back}
  </button>`;
}

function picture({ client, room }: HeaderOptions): TemplateResult {
  const { counterpart, title, type } = room;
  if (type !== "direct") {
    return avatar({ name: title, icon: type === "group" ? icons.group : icons.hash });
  }
  // What is known of presence is old while there is no connection; the subtitle has it in words.
  const status = client?.state === "connected" ? counterpart?.status : null;
  return avatar({ name: title, picture: counterpart?.picture, status });
}

export function subtitle({ client, room, strings, locale }: HeaderOptions): string {
  if (client?.state === "offline") return strings.notConnected;
  if (client?.state !== "connected") return strings.connecting;
  if (room.type === "direct") return presence(room.counterpart, strings, locale);
  const members = count(strings.memberCount, room.memberCount, locale);
  const here = onlineCount(client, room);
  return here === 0 ? members : `${members}, ${count(strings.onlineCount, here, locale)}`;
}

function presence(
  person: KnownPerson | null,
  strings: ConversationStrings,
  locale: string,
): string {
  const status = person?.status ?? "offline";
  const lastSeenAt = person?.lastSeenAt ?? null;
  if (status !== "offline" || lastSeenAt === null) return strings[status];
  return fill(strings.lastSeen, { ago: formatAgo(lastSeenAt, locale) });
}

/** Without oneself. */
function onlineCount({ people, me }: ConversationClient, { members, tenantId }: ConversationRoom) {
  const others = members.filter(({ userId }) => userId !== me?.userId);
  const isHere = (userId: string) => people.get({ userId, tenantId })?.status === "online";
  return others.filter(({ userId }) => isHere(userId)).length;
}
