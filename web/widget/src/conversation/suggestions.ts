/** Who could be meant by what stands after an `@`: a list above the composer. */

import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import type { Candidate } from "./drafts.js";
import type { AllStrings } from "./extraStrings.js";
import { complete, type MentionQuery, mentionQuery, suggest } from "./mentions.js";
import { count } from "./strings.js";

export class Suggestions {
  readonly #people: () => readonly Candidate[];
  readonly #changed: () => void;
  #query: MentionQuery | null = null;
  #found: readonly Candidate[] = [];
  #at = 0;

  constructor(people: () => readonly Candidate[], changed: () => void) {
    this.#people = people;
    this.#changed = changed;
  }

  get isOpen(): boolean {
    return this.#found.length > 0;
  }

  get active(): Candidate | undefined {
    return this.#found[this.#at];
  }

  get activeId(): string | null {
    return this.isOpen ? `suggestion-${this.#at}` : null;
  }

  look(text: string, caret: number): void {
    const query = mentionQuery(text, caret);
    this.#query = query;
    this.#found = query === null ? [] : suggest(this.#people(), query.text);
    this.#at = 0;
    this.#changed();
  }

  close(): void {
    if (!this.isOpen) return;
    this.#found = [];
    this.#changed();
  }

  move(step: 1 | -1): void {
    this.#at = (this.#at + step + this.#found.length) % this.#found.length;
    this.#changed();
  }

  complete(text: string, caret: number, { name }: Candidate): { text: string; caret: number } {
    const query = this.#query ?? { start: caret, text: "" };
    return complete(text, caret, query, name);
  }

  render(strings: AllStrings, locale: string, take: (person: Candidate) => void): TemplateResult {
    const label = this.isOpen ? count(strings.suggestions, this.#found.length, locale) : "";
    return html`${this.isOpen ? this.#list(label, take) : nothing}
      <span class="visually-hidden" role="status">${label}</span>`;
  }

  #list(label: string, take: (person: Candidate) => void): TemplateResult {
    return html`<ul class="suggestions" id="suggestions" role="listbox" aria-label=${label}>
      ${this.#found.map((person, at) => this.#option(person, at, take))}
    </ul>`;
  }

  /** The field keeps the focus: what is pressed must not take it away first. */
  #option(person: Candidate, at: number, take: (person: Candidate) => void): TemplateResult {
    return html`<li
      id="suggestion-${at}"
      role="option"
      aria-selected=${at === this.#at}
      @pointerdown=${(event: Event) => event.preventDefault()}
      @click=${() => take(person)}
    >
      ${avatar({ name: person.name, size: "small" })} <span dir="auto">${person.name}</span>
    </li>`;
  }
}
