/**
 * `<parley-room-details>`: who is in a room, and what can be changed about it.
 *
 * What the server refuses is said where it was tried; what was typed stays.
 */

import type { KnownPerson, Member, ParleyClient, ParleyError, Room } from "@parley/client";
import { html, LitElement, nothing, type TemplateResult } from "lit";

import { avatarStyles } from "../avatar.js";
import { count, fill } from "../conversation/strings.js";
import { ENGLISH } from "../i18n.js";
import { base } from "../theme.js";
import { ClientController } from "./clientController.js";
import { define } from "./define.js";
import { formStyles } from "./forms.css.js";
import { backOnEscape, formHeader } from "./forms.js";
import { laterIcons } from "./laterIcons.js";
import { type AllStrings, withLater } from "./laterStrings.js";
import { type MemberActions, memberRow } from "./memberRow.js";
import { isGroup, refOf, titleOf } from "./people.js";
import type { ViewHost } from "./views.js";
import "./peoplePicker.js";
import type { ParleyPeoplePicker } from "./peoplePicker.js";

/** Where something was tried: a part of the view, or a member. */
type Place = "name" | "add" | "mute" | "leave" | `member ${string}`;

export class ParleyRoomDetails extends LitElement {
  static override styles = [base, avatarStyles, formStyles];

  static override properties = {
    client: { attribute: false },
    room: { attribute: false },
    strings: { attribute: false },
    locale: {},
    asking: { state: true },
    busy: { state: true },
    trouble: { state: true },
    chosen: { state: true },
  };

  declare client: ParleyClient | null;
  declare room: Room | null;
  declare strings: AllStrings;
  declare locale: string;
  /** Which part is unfolded: a form, or a question whether it is meant. */
  declare protected asking: Place | null;
  declare protected busy: Place | null;
  declare protected trouble: { place: Place; text: string } | null;
  declare protected chosen: readonly KnownPerson[];

  constructor() {
    super();
    this.client = null;
    this.room = null;
    this.strings = withLater(ENGLISH);
    this.locale = "en";
    this.asking = this.busy = this.trouble = null;
    this.chosen = [];
    new ClientController(this);
    this.addEventListener("keydown", this.onKeydown);
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>(".back")?.focus();
  }

  protected override render(): TemplateResult {
    const { room, strings, locale } = this;
    if (!room) return html``;
    return html`${formHeader(this, strings.details, strings)}
      <div class="scroller details">
        ${this.naming(room)} ${this.muting(room)}
        <h3>${count(strings.conversation.memberCount, room.memberCount, locale)}</h3>
        ${isGroup(room) && this.mayManage(room) ? this.adding(room) : nothing}
        <ul role="list" class="members">
          ${room.members.map((member) => this.member(room, member))}
        </ul>
        ${
          room.members.length < room.memberCount && room.members.length > 0
            ? html`<p class="aside">${count(strings.firstMembers, room.members.length, locale)}</p>`
            : nothing
        }
        ${isGroup(room) ? this.leaving(room) : nothing}
      </div>`;
  }

  private naming(room: Room): TemplateResult {
    const { strings, locale } = this;
    const title = html`<p class="room-title" dir="auto">${titleOf(room, strings, locale)}</p>`;
    if (room.type === "direct" || !this.mayManage(room))
      return html`<div class="line">${title}</div>`;
    if (this.asking !== "name") {
      return html`<div class="line">
        ${title}${this.opener("name", strings.rename, laterIcons.edit)}
      </div>`;
    }
    return html`<form class="block" @submit=${(event: SubmitEvent) => this.onRename(event, room)}>
      <label class="labelled" for="name">${strings.groupName}</label>
      <input id="name" class="field" dir="auto" maxlength="100" autocomplete="off" .value=${room.name ?? ""} />
      ${this.troubleAt("name")} ${this.choices("name", strings.save)}
    </form>`;
  }

  private muting(room: Room): TemplateResult {
    const { strings } = this;
    return html`<div class="line switch-line">
        <span class="text" id="mute">
          <span class="title">${strings.mute}</span>
          <span class="preview">${strings.muteHint}</span>
        </span>
        <button
          class="switch"
          role="switch"
          aria-checked=${room.muted ? "true" : "false"}
          aria-labelledby="mute"
          ?disabled=${this.busy === "mute"}
          @click=${() => this.attempt("mute", () => room.mute(!room.muted))}
        ></button>
      </div>
      ${this.troubleAt("mute")}`;
  }

  private adding(room: Room): TemplateResult {
    const { strings, locale } = this;
    if (this.asking !== "add") {
      return html`<button class="action" @click=${() => this.ask("add")}>
        <span class="round">${laterIcons.groupAdd}</span>${strings.addPeople}
      </button>`;
    }
    return html`<form class="block" @submit=${(event: SubmitEvent) => this.onAdd(event, room)}>
      <parley-people-picker
        role="group"
        aria-label=${strings.addPeople}
        .client=${this.client}
        .strings=${strings}
        .locale=${locale}
        .chosen=${this.chosen}
        .absent=${new Set(room.members.map(({ userId }) => userId))}
        @change=${(event: Event) => {
          this.chosen = (event.target as ParleyPeoplePicker).chosen;
        }}
      ></parley-people-picker>
      ${this.troubleAt("add")} ${this.choices("add", strings.add)}
    </form>`;
  }

  private member(room: Room, member: Member): TemplateResult {
    const place: Place = `member ${member.userId}`;
    const actions: MemberActions | null = this.mayChange(room, member)
      ? {
          isAsking: this.asking === place,
          isBusy: this.busy === place,
          ask: () => this.ask(place),
          cancel: () => this.ask(null),
          remove: () => this.attempt(place, () => room.remove(member.userId)),
          makeOwner: () => this.attempt(place, () => room.add(member.userId, "owner")),
        }
      : null;
    const person = this.client?.people.get({ userId: member.userId, tenantId: room.tenantId });
    const isMe = member.userId === this.client?.me?.userId;
    return html`${memberRow({ member, person, isMe, strings: this.strings, actions })}
    ${this.troubleAt(place)}`;
  }

  private leaving(room: Room): TemplateResult {
    const { strings, locale } = this;
    if (this.asking !== "leave") {
      return html`<button class="action danger" @click=${() => this.ask("leave")}>
        <span class="round">${laterIcons.leave}</span>${strings.leave}
      </button>`;
    }
    const name = titleOf(room, strings, locale);
    return html`<div class="block question" role="group" aria-labelledby="leave-question">
      <p id="leave-question" class="title">${fill(strings.leaveQuestion, { name })}</p>
      <p class="preview">${isLastOwner(room) ? strings.handOverFirst : strings.leaveHint}</p>
      ${this.troubleAt("leave")}
      <div class="choices">
        <button class="button" @click=${() => this.ask(null)}>${strings.cancel}</button>
        <button
          class="button danger"
          ?disabled=${this.busy === "leave" || isLastOwner(room)}
          @click=${() => this.attempt("leave", () => room.leave())}
        >
          ${strings.leave}
        </button>
      </div>
    </div>`;
  }

  private opener(place: Place, name: string, icon: TemplateResult): TemplateResult {
    return html`<button
      class="icon-button"
      aria-label=${name}
      title=${name}
      @click=${() => this.ask(place)}
    >
      ${icon}
    </button>`;
  }

  private choices(place: Place, name: string): TemplateResult {
    return html`<div class="choices">
      <button type="button" class="button" @click=${() => this.ask(null)}>
        ${this.strings.cancel}
      </button>
      <button class="button primary" ?disabled=${this.busy === place}>${name}</button>
    </div>`;
  }

  private troubleAt(place: Place): TemplateResult | typeof nothing {
    if (this.trouble?.place !== place) return nothing;
    return html`<p class="trouble" role="alert">${this.trouble.text}</p>`;
  }

  /** Unfold a part, and lead the focus there; null folds, and leads it back. */
  private ask(place: Place | null): void {
    this.asking = place;
    this.trouble = null;
    this.chosen = [];
    void this.updateComplete.then(() => {
      const inside = "form input, form parley-people-picker, .question button";
      const target = place ? this.renderRoot.querySelector<HTMLElement>(inside) : null;
      (target ?? this).focus();
    });
  }

  private onRename(event: SubmitEvent, room: Room): void {
    event.preventDefault();
    const name = this.renderRoot.querySelector<HTMLInputElement>("#name")?.value.trim() || null;
    void this.attempt("name", () => room.rename(name));
  }

  private onAdd(event: SubmitEvent, room: Room): void {
    event.preventDefault();
    void this.attempt("add", () => this.addChosen(room));
  }

  /** One after another: who was added is no longer chosen, should a later one be refused. */
  private async addChosen(room: Room): Promise<void> {
    const { client } = this;
    if (!client) return;
    for (const person of this.chosen) {
      await room.add(refOf(client, person));
      this.chosen = this.chosen.filter((other) => other !== person);
    }
  }

  private async attempt(place: Place, action: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = place;
    this.trouble = null;
    try {
      await action();
      if (this.asking === place) this.ask(null);
    } catch (error) {
      this.trouble = { place, text: (error as ParleyError).message };
    }
    this.busy = null;
  }

  private mayManage(room: Room): boolean {
    return room.role === "owner" || this.client?.me?.role === "tenant_admin";
  }

  private mayChange(room: Room, member: Member): boolean {
    return isGroup(room) && this.mayManage(room) && member.userId !== this.client?.me?.userId;
  }

  private readonly onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || this.asking === null) return backOnEscape(event);
    if (event.defaultPrevented || event.isComposing) return;
    event.preventDefault();
    this.ask(null);
  };
}

/** The server refuses that the last owner leaves while others stay. */
function isLastOwner(room: Room): boolean {
  const owners = room.members.filter(({ role }) => role === "owner");
  return room.role === "owner" && owners.length === 1 && room.memberCount > 1;
}

define("parley-room-details", ParleyRoomDetails);

/** What the panel shows of it. */
export function view(panel: ViewHost, room: Room): TemplateResult {
  const { client, strings, locale } = panel.context;
  return html`<parley-room-details
    part="details"
    .client=${client}
    .room=${room}
    .strings=${withLater(strings)}
    .locale=${locale}
    @done=${() => panel.show({ name: "room", roomId: room.roomId })}
  ></parley-room-details>`;
}
