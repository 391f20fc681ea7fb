/** `<parley-group-form>`: a name and people make a group. What was typed stays if that is refused. */

import type { KnownPerson, ParleyClient, ParleyError } from "@parley/client";
import { html, LitElement, nothing, type TemplateResult } from "lit";

import { ENGLISH } from "../i18n.js";
import { base } from "../theme.js";
import { define } from "./define.js";
import { emit, type ShellEvent } from "./emit.js";
import { formStyles } from "./forms.css.js";
import { backOnEscape, formHeader } from "./forms.js";
import { type AllStrings, withLater } from "./laterStrings.js";
import { refOf } from "./people.js";
import type { ViewHost } from "./views.js";
import "./peoplePicker.js";
import type { ParleyPeoplePicker } from "./peoplePicker.js";

export class ParleyGroupForm extends LitElement {
  static override styles = [base, formStyles];

  static override properties = {
    client: { attribute: false },
    strings: { attribute: false },
    locale: {},
    chosen: { state: true },
    isBusy: { state: true },
    trouble: { state: true },
  };

  declare client: ParleyClient | null;
  declare strings: AllStrings;
  declare locale: string;
  declare protected chosen: readonly KnownPerson[];
  declare protected isBusy: boolean;
  declare protected trouble: string | null;

  constructor() {
    super();
    this.client = null;
    this.strings = withLater(ENGLISH);
    this.locale = "en";
    this.chosen = [];
    this.isBusy = false;
    this.trouble = null;
    this.addEventListener("keydown", backOnEscape);
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("#name")?.focus();
  }

  protected override render(): TemplateResult {
    const { strings } = this;
    return html`${formHeader(this, strings.newGroup, strings)}
      <form novalidate @submit=${this.onSubmit}>
        <div class="scroller">
          <label class="labelled" for="name">
            ${strings.groupName} <span class="optional">(${strings.optional})</span>
          </label>
          <input id="name" class="field" type="text" autocomplete="off" dir="auto" maxlength="100" />
          <h3 id="people">${strings.addPeople}</h3>
          <parley-people-picker
            role="group"
            aria-labelledby="people"
            .client=${this.client}
            .strings=${strings}
            .locale=${this.locale}
            @change=${(event: Event) => {
              this.chosen = (event.target as ParleyPeoplePicker).chosen;
            }}
          ></parley-people-picker>
        </div>
        <div class="foot">
          <p class="trouble" role="alert" ?hidden=${!this.trouble}>${this.trouble ?? nothing}</p>
          <button class="button primary wide" ?disabled=${this.isBusy}>${strings.createGroup}</button>
        </div>
      </form>`;
  }

  private readonly onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (this.chosen.length === 0) this.trouble = this.strings.choosePeople;
    else void this.create();
  };

  private async create(): Promise<void> {
    const { client, isBusy } = this;
    if (!client || isBusy) return;
    const name = this.renderRoot.querySelector<HTMLInputElement>("#name")?.value.trim() || null;
    this.isBusy = true;
    this.trouble = null;
    try {
      const people = this.chosen.map((person) => refOf(client, person));
      const room = await client.rooms.group(name, people);
      emit(this, "open-room", { roomId: room.roomId });
    } catch (error) {
      this.trouble = (error as ParleyError).message;
    }
    this.isBusy = false;
  }
}

define("parley-group-form", ParleyGroupForm);

/** What the panel shows of it. */
export function view(panel: ViewHost): TemplateResult {
  const { client, strings, locale } = panel.context;
  return html`<parley-group-form
    part="form"
    .client=${client}
    .strings=${withLater(strings)}
    .locale=${locale}
    @open-room=${(event: ShellEvent<"open-room">) =>
      panel.show({ name: "room", roomId: event.detail.roomId })}
    @done=${() => panel.show({ name: "list" })}
  ></parley-group-form>`;
}
