/** Who is typing: for the eyes at once, for screen readers at most every ten seconds. */

import { html, nothing, type TemplateResult } from "lit";

import { formatList } from "../format.js";
import { Throttle } from "./announcer.js";
import { type ConversationStrings, fill } from "./strings.js";

const SPOKEN_EVERY_MS = 10_000;

interface Typist {
  readonly userId: string;
  readonly name: string;
}

export class TypingLine {
  #throttle = new Throttle(SPOKEN_EVERY_MS);
  #spoken = "";

  reset(): void {
    this.#throttle = new Throttle(SPOKEN_EVERY_MS);
    this.#spoken = "";
  }

  /** The line is always there, so that nothing moves when somebody begins. */
  render(typists: readonly Typist[], strings: ConversationStrings, locale: string): TemplateResult {
    const text = typingText(typists, strings, locale);
    if (text !== "" && this.#throttle.pass(Date.now())) this.#spoken = text;
    return html`<div class="typing" part="typing">
      <span class="line" aria-hidden="true" dir="auto"
        >${text === "" ? nothing : html`<span class="dots"><i></i><i></i><i></i></span>${text}`}</span
      >
      <span class="visually-hidden" aria-live="polite">${this.#spoken}</span>
    </div>`;
  }
}

export function typingText(
  typists: readonly Typist[],
  strings: ConversationStrings,
  locale: string,
): string {
  const names = typists.map(({ name }) => name);
  if (names.length === 0) return "";
  if (names.length > 2) return strings.typingMany;
  const [name = ""] = names;
  if (names.length === 1) return fill(strings.typingOne, { name });
  return fill(strings.typingTwo, { names: formatList(names, locale) });
}
