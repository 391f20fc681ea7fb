/** `<parley-people-picker>`: choose people, from those who are known or by searching. */

import type { KnownPerson, ParleyClient } from "@parley/client";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { avatar, avatarStyles } from "../avatar.js";
import { count, fill } from "../conversation/strings.js";
import { ENGLISH } from "../i18n.js";
import { icons } from "../icons.js";
import { repeat } from "../keyed.js";
import { base } from "../theme.js";
import { ClientController } from "./clientController.js";
import { define } from "./define.js";
import { pickerStyles } from "./forms.css.js";
import { laterIcons } from "./laterIcons.js";
import { type AllStrings, withLater } from "./laterStrings.js";
import { presenceText } from "./people.js";
import { PeopleSearch } from "./peopleSearch.js";
import { matches } from "./searchSections.js";
import { personKey } from "./sections.js";

/** More than this nobody reads through: typing is faster. */
const MOST_SHOWN = 40;

export class ParleyPeoplePicker extends LitElement {
  static override styles = [base, avatarStyles, pickerStyles];

  static override properties = {
    client: { attribute: false },
    strings: { attribute: false },
    locale: {},
    chosen: { attribute: false },
    absent: { attribute: false },
  };

  declare client: ParleyClient | null;
  declare strings: AllStrings;
  declare locale: string;
  /** Changed by the picker, which tells of it with the event `change`. */
  declare chosen: readonly KnownPerson[];
  /** The ids of those who cannot be chosen, such as members. */
  declare absent: ReadonlySet<string>;

  private readonly search = new PeopleSearch(this);

  constructor() {
    super();
    this.client = null;
    this.strings = withLater(ENGLISH);
    this.locale = "en";
    this.chosen = [];
    this.absent = new Set();
    new ClientController(this);
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("input")?.focus();
  }

  protected override render(): TemplateResult {
    const { strings, search } = this;
    const people = this.offered();
    return html`${this.chips()}
      <label class="search">
        <span class="visually-hidden">${strings.findPeople}</span>
        ${icons.search}
        <input
          class="field"
          type="text"
          inputmode="search"
          autocomplete="off"
          dir="auto"
          maxlength="100"
          placeholder=${strings.findPeople}
          .value=${search.query}
          @input=${(event: InputEvent) => search.set((event.target as HTMLInputElement).value)}
          @keydown=${this.onKeydown}
        />
      </label>
      <ul role="list">
        ${repeat(people.slice(0, MOST_SHOWN), personKey, (person) => this.option(person))}
      </ul>
      <p class="aside" role="status">${this.afterword(people)}</p>`;
  }

  private chips(): TemplateResult {
    const { chosen, strings, locale } = this;
    return html`<p class="visually-hidden" role="status">
        ${chosen.length ? count(strings.chosen, chosen.length, locale) : nothing}
      </p>
      <div class="chips" ?hidden=${chosen.length === 0}>
        ${chosen.map(
          (person) =>
            html`<button
              type="button"
              class="chip"
              aria-label=${fill(strings.takeOut, { name: person.name })}
              @click=${() => this.flip(person)}
            >
              <span dir="auto">${person.name}</span>${icons.close}
            </button>`,
        )}
      </div>`;
  }

  private option(person: KnownPerson): TemplateResult {
    const { strings, locale } = this;
    const isChosen = this.isChosen(person);
    return html`<li>
      <label class="option ${isChosen ? "chosen" : ""}">
        <input
          type="checkbox"
          .checked=${isChosen}
          @change=${() => this.flip(person)}
          @keydown=${keepEnter}
        />
        ${avatar({ name: person.name, picture: person.picture, status: person.status, size: "small" })}
        <span class="text">
          <span class="title" dir="auto">${person.name}</span>
          <span class="preview">${presenceText(person, strings, locale)}</span>
        </span>
        <span class="tick" aria-hidden="true">${isChosen ? laterIcons.check : nothing}</span>
      </label>
    </li>`;
  }

  private offered(): KnownPerson[] {
    const { client, search, absent } = this;
    const known = client?.people.all ?? [];
    const fitting = known.filter((person) => matches(person.name, search.query));
    const seen = new Set(fitting.map(personKey));
    const others = search.found.filter((person) => !seen.has(personKey(person)));
    return [...fitting, ...others].filter(({ isMe, userId }) => !isMe && !absent.has(userId));
  }

  private afterword(people: readonly KnownPerson[]): string {
    const { strings, search } = this;
    if (search.isSearching) return strings.searching;
    if (people.length > MOST_SHOWN) return strings.moreMatches;
    if (people.length > 0) return "";
    const query = search.query.trim();
    if (search.hasFailed) return strings.searchFailed;
    return query ? fill(strings.nothingFound, { query }) : "";
  }

  private isChosen(person: KnownPerson): boolean {
    return this.chosen.some((chosen) => personKey(chosen) === personKey(person));
  }

  private flip(person: KnownPerson): void {
    const others = this.chosen.filter((chosen) => personKey(chosen) !== personKey(person));
    this.chosen = this.isChosen(person) ? others : [...this.chosen, person];
    this.dispatchEvent(new Event("change"));
  }

  /** Enter takes the only match, or the first: it does not send the form. */
  private readonly onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const [first] = this.offered();
    if (!first || !this.search.query.trim()) return;
    if (!this.isChosen(first)) this.flip(first);
    this.search.set("");
  };
}

/** Enter on a box ticks it, as people expect of a list to choose from. */
function keepEnter(event: KeyboardEvent): void {
  if (event.key !== "Enter") return;
  event.preventDefault();
  (event.currentTarget as HTMLInputElement).click();
}

define("parley-people-picker", ParleyPeoplePicker);
