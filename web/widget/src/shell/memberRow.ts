/** A member of a room: presence, role, and what an owner can do about it. */

import type { KnownPerson, Member } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { fill } from "../conversation/strings.js";
import { icons } from "../icons.js";
import { laterIcons } from "./laterIcons.js";
import type { AllStrings } from "./laterStrings.js";
import { statusText } from "./people.js";

export interface MemberActions {
  /** True while it asks whether removing is meant. */
  isAsking: boolean;
  isBusy: boolean;
  ask(): void;
  cancel(): void;
  remove(): void;
  makeOwner(): void;
}

export interface MemberRowOptions {
  member: Member;
  person: KnownPerson | undefined;
  isMe: boolean;
  strings: AllStrings;
  /** Null where nothing may be changed. */
  actions: MemberActions | null;
}

export function memberRow(options: MemberRowOptions): TemplateResult {
  const { member, person, isMe, strings, actions } = options;
  const name = person?.name ?? member.name;
  const status = isMe ? "online" : (person?.status ?? "offline");
  return html`<li class="member" part="member">
    ${avatar({ name, picture: person?.picture, status, size: "small" })}
    <span class="text">
      <span class="title"
        ><bdi>${name}</bdi>${isMe ? html` <span class="aside">(${strings.conversation.you})</span>` : nothing}</span
      >
      <span class="preview">${statusText(status, strings)}</span>
    </span>
    ${
      member.role === "owner"
        ? html`<span class="tag">${laterIcons.star}${strings.owner}</span>`
        : nothing
    }
    ${actions ? memberButtons(name, member, strings, actions) : nothing}
    ${actions?.isAsking ? question(name, strings, actions) : nothing}
  </li>`;
}

function memberButtons(
  name: string,
  member: Member,
  strings: AllStrings,
  actions: MemberActions,
): TemplateResult {
  const owner = fill(strings.makePersonOwner, { name });
  const remove = fill(strings.removePerson, { name });
  return html`<span class="tools">
    ${
      member.role === "owner"
        ? nothing
        : html`<button
            class="icon-button"
            aria-label=${owner}
            title=${strings.makeOwner}
            ?disabled=${actions.isBusy}
            @click=${actions.makeOwner}
          >
            ${laterIcons.star}
          </button>`
    }
    <button
      class="icon-button"
      aria-label=${remove}
      title=${strings.remove}
      aria-expanded=${actions.isAsking ? "true" : "false"}
      ?disabled=${actions.isBusy}
      @click=${actions.isAsking ? actions.cancel : actions.ask}
    >
      ${icons.close}
    </button>
  </span>`;
}

function question(name: string, strings: AllStrings, actions: MemberActions): TemplateResult {
  return html`<span class="question" role="group" aria-label=${fill(strings.removeQuestion, { name })}>
    <span class="preview">${fill(strings.removeQuestion, { name })}</span>
    <span class="choices">
      <button class="button" @click=${actions.cancel}>${strings.cancel}</button>
      <button class="button danger" ?disabled=${actions.isBusy} @click=${actions.remove}>
        ${strings.remove}
      </button>
    </span>
  </span>`;
}
