/** The conversation's head: who it is with, and whether they are here. */

import type { KnownPerson } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { formatAgo } from "../format.js";
import { icons } from "../icons.js";
import type { Conversation, ConversationClient, ConversationRoom } from "./ports.js";
import { type ConversationStrings, count, fill } from "./strings.js";

type Shown = Pick<Conversation, "client" | "strings" | "locale">;

/** Its buttons have the element say `back` and `details`. */
export function header(
  host: Shown & EventTarget & { readonly showBack: boolean },
  room: ConversationRoom,
): TemplateResult {
  const { client, strings, showBack } = host;
  const button = (name: "back" | "details", picture: TemplateResult) => html`<button
    class="icon-button ${name}"
    type="button"
    title=${strings[name]}
    aria-label=${strings[name]}
    @click=${() => host.dispatchEvent(new CustomEvent(name))}
  >
    ${picture}
  </button>`;
  return html`<header role="none" part="header">
    ${showBack ? button("back", icons.back) : nothing} ${picture(client, room)}
    <div class="names">
      <h2 dir="auto" part="title">${room.title}</h2>
      <p dir="auto" part="subtitle">${subtitle(host, room)}</p>
    </div>
    ${room.type === "direct" ? nothing : button("details", icons.group)}
  </header>`;
}

function picture(
  client: ConversationClient | null,
  { counterpart, title, type }: ConversationRoom,
): TemplateResult {
  if (type !== "direct") {
    return avatar({ name: title, icon: type === "group" ? icons.group : icons.hash });
  }
  // What is known of presence is old while there is no connection; the subtitle has it in words.
  const status = client?.state === "connected" ? counterpart?.status : null;
  return avatar({ name: title, picture: counterpart?.picture, status });
}

export function subtitle({ client, strings, locale }: Shown, room: ConversationRoom): string {
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
