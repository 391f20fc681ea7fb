/**
 * Where one writes, as the element `<parley-composer>`.
 *
 * Replies, edits, mentions, marks and the count of characters are its extras, loaded when needed.
 */

import type { Entry } from "@parley/client";
import { html, LitElement, nothing, type TemplateResult } from "lit";

import { icons } from "../icons.js";
import { Chunk } from "../shell/chunk.js";
import { base } from "../theme.js";
import type { ComposerExtras } from "./composerExtras.js";
import { composerStyles } from "./composerStyles.js";
import { draftKey, keepDraft, NO_DRAFT, readDraft } from "./drafts.js";
import type { Conversation, ConversationRoom } from "./ports.js";
import { fill } from "./strings.js";
import { NEAR_LIMIT, Writing } from "./writing.js";

export class ParleyComposer extends LitElement {
  static override properties = {
    host: { attribute: false },
    isSaving: { state: true },
  };

  static override styles = [base, composerStyles];

  declare host: Conversation;
  /** An edit is on its way. */
  declare isSaving: boolean;

  readonly writing = new Writing();
  readonly #extras = new Chunk<ComposerExtras>(this, async () => {
    const { ComposerExtras } = await import("./extras.js");
    return new ComposerExtras(this);
  });
  #shown: ConversationRoom | null = null;
  #draftKey = "";

  constructor() {
    super();
    this.isSaving = false;
  }

  get room(): ConversationRoom | null {
    return this.host.room;
  }

  get extras(): ComposerExtras | null {
    return this.#extras.value;
  }

  get field(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector("textarea");
  }

  /** How many characters may still be written. */
  get left(): number {
    return this.writing.left(this.host.maxLength);
  }

  override focus(): void {
    this.field?.focus({ preventScroll: true });
  }

  /** Put something where the caret is. */
  insert(text: string): void {
    const { field } = this;
    if (field === null) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    this.written(field);
  }

  async reply({ message }: Entry): Promise<void> {
    if (!(await this.#loadExtras())) return;
    this.writing.reply(message);
    this.goOn();
  }

  async edit({ message }: Entry): Promise<void> {
    if (!(await this.#loadExtras())) return;
    this.writing.edit(message);
    this.goOn();
  }

  /** Add the text of a message that was refused. */
  restore(text: string): void {
    this.writing.restore(text);
    this.goOn();
  }

  /** The text is another: show it, with the caret at its end. */
  goOn(): void {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const { field } = this;
      this.focus();
      field?.setSelectionRange(field.value.length, field.value.length);
    });
  }

  written(field: HTMLTextAreaElement): void {
    const { value } = field;
    this.writing.text = value;
    this.#look(field);
    if (value === "") this.room?.stopTyping();
    else if (this.writing.editing === null) this.room?.keystroke();
    grow(field);
    this.requestUpdate();
  }

  send(): void {
    const { room, writing } = this;
    if (!this.#canSend || room === null) return;
    if (writing.editing === null) this.#post(room);
    else void this.extras?.save(room, writing.editing);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#keep();
    this.#shown = null;
  }

  protected override willUpdate(): void {
    const isOther = this.#draftKey !== draftKey(this.host.client, this.room);
    if (this.isConnected && (isOther || this.#shown !== this.room)) this.#show(this.room);
  }

  protected override updated(): void {
    const { field, writing } = this;
    if (field === null || field.value === writing.text) return;
    field.value = writing.text;
    grow(field);
  }

  protected override render(): TemplateResult {
    const { extras } = this;
    const { strings } = this.host;
    const [label, icon] = extras?.saving ?? [strings.send, icons.send];
    return html`${extras?.above()}
      <form class="composer" part="composer" @submit=${this.#submit}>
        ${this.#emojiButton()} ${this.#textField()}
        <button
          class="icon-button send"
          part="send"
          title=${label}
          aria-label=${label}
          aria-disabled=${!this.#canSend}
        >
          ${icon}
        </button>
        ${extras?.counter()}
      </form>`;
  }

  #emojiButton(): TemplateResult {
    const { picking, strings } = this.host;
    return html`<button
      class="icon-button"
      type="button"
      title=${strings.emoji}
      aria-label=${strings.emoji}
      aria-expanded=${picking !== null}
      @click=${() => this.host.toggleEmoji()}
    >
      ${icons.smile}
    </button>`;
  }

  #textField(): TemplateResult {
    const { strings, room } = this.host;
    const activeId = this.extras?.activeId;
    return html`<textarea
      rows="1"
      dir="auto"
      enterkeyhint="send"
      autocomplete="off"
      placeholder=${strings.composerPlaceholder}
      aria-label=${fill(strings.composerLabel, { title: room?.title ?? "" })}
      aria-autocomplete="list"
      aria-controls=${activeId ? "suggestions" : nothing}
      aria-activedescendant=${activeId ?? nothing}
      aria-invalid=${this.left < 0}
      aria-describedby="counter"
      @input=${this.#input}
      @keydown=${this.#keyDown}
    ></textarea>`;
  }

  get #canSend(): boolean {
    return this.writing.text.trim() !== "" && this.left >= 0 && !this.isSaving;
  }

  async #loadExtras(): Promise<ComposerExtras | null> {
    const extras = await this.#extras.ensure();
    if (extras === null) this.host.warn(this.host.strings.failedToLoad);
    return extras;
  }

  /** Mentions begin with an `@`; near the limit, characters are counted. */
  #look(field: HTMLTextAreaElement): void {
    const isMention = field.value[field.selectionStart - 1] === "@";
    const isLong = this.left <= NEAR_LIMIT && !this.#extras.hasFailed;
    if (this.extras) this.extras.look(field);
    else if (isMention || isLong) void this.#extras.ensure().then((extras) => extras?.look(field));
  }

  #show(room: ConversationRoom | null): void {
    const { client } = this.host;
    this.#keep();
    this.#shown = room;
    this.#draftKey = draftKey(client, room);
    this.writing.load(client && this.#draftKey ? readDraft(client, this.#draftKey) : NO_DRAFT);
    this.extras?.reset();
    if (this.writing.isMarked) void this.#loadExtras();
  }

  #keep(): void {
    const { client } = this.host;
    if (client && this.#draftKey) keepDraft(client, this.#draftKey, this.writing.draft);
  }

  readonly #input = (event: Event): void => {
    this.written(event.currentTarget as HTMLTextAreaElement);
  };

  /** While an input method composes, keys are its own. 229 is Safari's way to say so. */
  readonly #keyDown = (event: KeyboardEvent): void => {
    const { key, shiftKey, ctrlKey, metaKey, altKey, isComposing, keyCode } = event;
    const isAlone = !(shiftKey || ctrlKey || metaKey || altKey || isComposing || keyCode === 229);
    if (this.extras) this.extras.keyDown(event);
    else if (isAlone && key === "Enter") this.#submit(event);
    else if (ctrlKey || metaKey || (isAlone && key === "ArrowUp")) void this.#takeLater(event);
  };

  async #takeLater(event: KeyboardEvent): Promise<void> {
    (await this.#extras.ensure())?.keyDown(event);
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    event.stopPropagation();
    this.send();
    this.focus();
  };

  #post(room: ConversationRoom): void {
    const { body, options } = this.writing.take();
    this.extras?.reset();
    this.host.warn("");
    this.requestUpdate();
    room.send(body, options).catch((error: Error & { code?: string }) => {
      // All other refusals are shown where the message is.
      if (error.code !== "QUEUE_FULL" || room !== this.room) return;
      this.restore(body);
      this.host.warn(error.message);
    });
  }
}

/** As high as its text; the style sheet limits it. */
function grow(field: HTMLTextAreaElement): void {
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}

customElements.define("parley-composer", ParleyComposer);
