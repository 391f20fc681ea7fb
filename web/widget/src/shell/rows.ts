/** Rows of the list: a chat, or a person with a button that begins one. */

import type { KnownPerson, Room } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { count, fill } from "../conversation/strings.js";
import { formatBadge, formatFull, formatShort } from "../format.js";
import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";
import type { Context } from "./context.js";
import { presenceText, statusText, titleOf } from "./people.js";
import { previewOf } from "./preview.js";

export interface RowContext extends Pick<Context, "client" | "strings" | "locale"> {
  /** Of the whole list one row is in the tab order; arrow keys move on. */
  isTabStop: boolean;
  isCurrent: boolean;
  isBusy: boolean;
  /** Why it could not be opened. */
  trouble: string | null;
  open(): void;
}

export function roomRow(room: Room, context: RowContext): TemplateResult {
  const { client, strings, locale } = context;
  const { lastMessage, unread } = room;
  return html`<button
    class="row room ${unread && !room.muted ? "has-unread" : ""}"
    part="room"
    tabindex=${context.isTabStop ? 0 : -1}
    aria-current=${context.isCurrent || nothing}
    @click=${context.open}
  >
    ${roomAvatar(room, context)}
    <span class="text">
      <span class="title" dir="auto">${titleOf(room, strings, locale)}</span>
      <span class="preview ${room.typists.length ? "typing" : ""}" dir="auto">
        ${previewOf(room, client?.me?.userId ?? null, strings)}
      </span>
    </span>
    <span class="facts">
      ${
        lastMessage
          ? html`<time datetime=${lastMessage.createdAt} title=${formatFull(lastMessage.createdAt, locale)}
              >${formatShort(lastMessage.createdAt, locale)}</time
            >`
          : nothing
      }
      <span class="marks">${roomMarks(room, strings, locale)}</span>
    </span>
  </button>`;
}

function roomMarks(room: Room, strings: Strings, locale: string): TemplateResult {
  const { muted, unread } = room;
  return html`${
    muted
      ? html`<span class="muted" title=${strings.muted}>${icons.bellOff}</span
          ><span class="visually-hidden">${strings.muted}</span>`
      : nothing
  }${
    unread
      ? html`<span class="count" part="count" aria-hidden="true">${formatBadge(unread, locale)}</span
          ><span class="visually-hidden">${count(strings.unread, unread, locale)}</span>`
      : nothing
  }`;
}

/** Somebody who has left is shown by the name that was stored, and without a dot. */
function roomAvatar(room: Room, { client, strings }: RowContext): TemplateResult {
  if (room.type !== "direct") {
    const icon = room.type === "group" ? icons.group : icons.hash;
    return avatar({ name: room.title, icon });
  }
  const person = room.counterpart;
  const isStored = !person || (person.status === "offline" && room.unread > 0);
  const status = isStored || !client?.connected ? null : person.status;
  return avatar({
    name: room.title,
    picture: person?.picture,
    status,
    statusText: status ? statusText(status, strings) : undefined,
  });
}

export function personRow(person: KnownPerson, context: RowContext): TemplateResult {
  const { strings, trouble } = context;
  return html`<div class="row person" part="person">
    ${avatar({ name: person.name, picture: person.picture, status: person.status })}
    <span class="text">
      <span class="title" dir="auto">${person.name}</span>
      ${
        trouble
          ? html`<span class="preview trouble" role="alert">${trouble}</span>`
          : html`<span class="preview"
              >${tenantOf(person, context)}${presenceText(person, strings, context.locale)}</span
            >`
      }
    </span>
    <button
      class="message"
      part="message-button"
      tabindex=${context.isTabStop ? 0 : -1}
      aria-label=${fill(strings.messagePerson, { name: person.name })}
      title=${strings.message}
      ?disabled=${context.isBusy}
      @click=${context.open}
    >
      <span class="label">${strings.message}</span>
    </button>
  </div>`;
}

/** In manage scope people of one name may be of several tenants. */
function tenantOf({ tenantId }: KnownPerson, { client }: RowContext) {
  return client?.me?.scope === "manage" ? html`<bdi>${tenantId}</bdi> · ` : nothing;
}
