/**
 * The emoji picker, as the element `<parley-emoji-picker>`; a chunk of its own.
 *
 * emoji-picker-element would do, but it writes HTML and a style element, which a page with Trusted
 * Types and `style-src 'self'` refuses. Its data are used.
 */

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { fieldStyles } from "../fieldStyles.js";
import { icons } from "../icons.js";
import { base } from "../theme.js";
import { type Emoji, type EmojiGroup, findEmoji, loadEmoji } from "./emojiData.js";
import { type EmojiStrings, ENGLISH_EMOJI } from "./emojiStrings.js";
import { emojiStyles } from "./emojiStyles.js";
import { type ConversationStrings, ENGLISH } from "./strings.js";

export type EmojiPickEvent = CustomEvent<{ emoji: string }>;

export class ParleyEmojiPicker extends LitElement {
  static override properties = {
    strings: { attribute: false },
    locale: { attribute: false },
    groups: { state: true },
    query: { state: true },
    failure: { state: true },
  };

  static override styles = [base, fieldStyles, emojiStyles];

  declare strings: ConversationStrings;
  declare locale: string;
  declare groups: readonly EmojiGroup[];
  declare query: string;
  declare failure: string | null;

  constructor() {
    super();
    this.strings = ENGLISH;
    this.locale = "en";
    this.groups = [];
    this.query = "";
    this.failure = null;
  }

  override focus(): void {
    this.renderRoot.querySelector("input")?.focus({ preventScroll: true });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("focusout", this.#left);
    void this.#load();
  }

  protected override firstUpdated(): void {
    this.focus();
  }

  get #texts(): EmojiStrings {
    return { ...ENGLISH_EMOJI, ...this.strings };
  }

  async #load(): Promise<void> {
    try {
      this.groups = await loadEmoji(this.locale);
      this.failure = null;
    } catch (error) {
      this.failure = String(error);
    }
  }

  protected override render(): TemplateResult {
    const { query } = this;
    const strings = this.#texts;
    return html`<div class="picker" part="emoji-picker" @keydown=${this.#keyDown} @click=${this.#click}>
      <label class="search">
        ${icons.search}
        <input
          class="field"
          type="search"
          placeholder=${strings.searchEmoji}
          aria-label=${strings.searchEmoji}
          autocomplete="off"
          @input=${this.#search}
        />
      </label>
      ${query.trim() === "" ? this.#tabs() : nothing}
      <div class="grids" tabindex="-1">${this.#content()}</div>
    </div>`;
  }

  #content() {
    if (this.failure !== null) return html`<p class="none">${this.failure}</p>`;
    if (this.query.trim() === "") return this.groups.map((group) => this.#group(group));
    const found = findEmoji(this.groups, this.query);
    if (found.length === 0) return html`<p class="none" role="status">${this.#texts.noEmoji}</p>`;
    return html`<div class="grid">${found.map((each) => this.#button(each))}</div>`;
  }

  #tabs(): TemplateResult {
    const { groups } = this;
    const strings = this.#texts;
    return html`<div class="tabs">
      ${groups.map(
        ({ id, emoji }) => html`<button
          class="tab"
          type="button"
          data-group=${id}
          title=${strings.emojiGroups[id]}
          aria-label=${strings.emojiGroups[id]}
        >
          ${emoji[0]?.emoji}
        </button>`,
      )}
    </div>`;
  }

  #group({ id, emoji }: EmojiGroup): TemplateResult {
    const name = this.#texts.emojiGroups[id];
    return html`<section id=${id} aria-label=${name}>
      <h3 aria-hidden="true">${name}</h3>
      <div class="grid">${emoji.map((each) => this.#button(each))}</div>
    </section>`;
  }

  /** Hundreds of them: one listener hears for all. */
  #button({ emoji, name }: Emoji): TemplateResult {
    return html`<button class="emoji" type="button" tabindex="-1" title=${name} aria-label=${name}>
      ${emoji}
    </button>`;
  }

  readonly #search = (event: Event): void => {
    this.query = (event.currentTarget as HTMLInputElement).value;
    this.renderRoot.querySelector(".grids")?.scrollTo(0, 0);
  };

  readonly #click = (event: Event): void => {
    const button = (event.target as HTMLElement).closest("button");
    if (button === null) return;
    const { group } = button.dataset;
    if (group !== undefined) {
      this.renderRoot.querySelector(`#${group}`)?.scrollIntoView({ block: "start" });
      return;
    }
    const emoji = button.textContent?.trim() ?? "";
    this.dispatchEvent(new CustomEvent("emoji-pick", { detail: { emoji } }));
  };

  /** The focus goes elsewhere; null is back to where it was. */
  #leave(to: EventTarget | null): void {
    this.dispatchEvent(new CustomEvent("emoji-leave", { detail: to }));
  }

  readonly #left = ({ relatedTarget: to }: FocusEvent): void => {
    if (to !== null && to !== this) this.#leave(to);
  };

  readonly #keyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      return this.#leave(null);
    }
    const all = [...this.renderRoot.querySelectorAll<HTMLElement>(".emoji")];
    const isField = event.target instanceof HTMLInputElement;
    if (isField && event.key === "Enter" && this.query.trim() !== "") {
      event.preventDefault();
      return all[0]?.click();
    }
    const at = all.indexOf(event.target as HTMLElement);
    const next = isField
      ? event.key === "ArrowDown"
        ? 0
        : null
      : at < 0
        ? null
        : this.#next(event.key, at);
    if (next === null) return;
    event.preventDefault();
    if (next < 0) this.focus();
    else all[Math.min(next, all.length - 1)]?.focus();
  };

  /** Above the first row is the field. */
  #next(key: string, at: number): number | null {
    const isRtl = getComputedStyle(this).direction === "rtl";
    const grid = this.renderRoot.querySelector(".grid");
    const columns =
      grid === null ? 8 : getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const steps: Record<string, number> = {
      ArrowRight: isRtl ? -1 : 1,
      ArrowLeft: isRtl ? 1 : -1,
      ArrowDown: columns,
      ArrowUp: -columns,
    };
    const step = steps[key];
    return step === undefined ? null : at + step;
  }
}

customElements.define("parley-emoji-picker", ParleyEmojiPicker);
