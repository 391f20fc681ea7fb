/** Where one writes, as the element `<parley-composer>`: messages, replies, edits and mentions. */

import type { Entry } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";

import { icons } from "../icons.js";
import { base } from "../theme.js";
import { excerptOf } from "./body.js";
import { composerStyles } from "./composerStyles.js";
import { keepDraft, NO_DRAFT, readDraft } from "./drafts.js";
import { type ComposerAction, composerAction, toggleMark } from "./keys.js";
import type { Candidate } from "./mentions.js";
import type { ConversationClient, ConversationRoom } from "./ports.js";
import { type ConversationStrings, count, ENGLISH, fill } from "./strings.js";
import { Suggestions } from "./suggestions.js";
import { type Editing, NEAR_LIMIT, Writing } from "./writing.js";

/** Around the composer. */
export interface ComposerHost {
  toggleEmoji(): void;
  /** Something of one's own was refused, and its text is here again. */
  refused(error: unknown): void;
  /** Something was sent or saved: what was refused before is of no interest. */
  accepted(): void;
}

export class ParleyComposer extends LitElement {
  static override properties = {
    client: { attribute: false },
    room: { attribute: false },
    strings: { attribute: false },
    locale: { attribute: false },
    maxLength: { attribute: false },
    host: { attribute: false },
    isPickerOpen: { attribute: false },
  };

  static override styles = [base, composerStyles];

  declare client: ConversationClient | null;
  declare room: ConversationRoom | null;
  declare strings: ConversationStrings;
  declare locale: string;
  declare maxLength: number;
  declare host: ComposerHost | null;
  declare isPickerOpen: boolean;

  readonly #writing = new Writing();
  readonly #suggestions = new Suggestions(
    () => this.#people(),
    () => this.requestUpdate(),
  );
  #shown: ConversationRoom | null = null;
  #isSaving = false;

  constructor() {
    super();
    this.client = null;
    this.room = null;
    this.strings = ENGLISH;
    this.locale = "en";
    this.maxLength = 4_000;
    this.host = null;
    this.isPickerOpen = false;
  }

  override focus(): void {
    this.#field?.focus({ preventScroll: true });
  }

  /** Put something where the caret is. */
  insert(text: string): void {
    const field = this.#field;
    if (field === null) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    this.#written(field);
  }

  reply({ message }: Entry): void {
    this.#writing.reply(message);
    this.#goOn();
  }

  edit({ message }: Entry): void {
    this.#writing.edit(message);
    this.#goOn();
  }

  /** Add the text of a message that was refused. */
  restore(text: string): void {
    this.#writing.restore(text);
    this.#goOn();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#keep();
    this.#shown = null;
  }

  protected override willUpdate(): void {
    if (this.isConnected && this.#shown !== this.room) this.#show(this.room);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const field = this.#field;
    if (field === null) return;
    const isStale = field.value !== this.#writing.text;
    if (isStale) field.value = this.#writing.text;
    if (isStale || changed.has("room")) grow(field);
  }

  protected override render(): TemplateResult {
    return html`${this.#banner()} ${this.#suggestions.render(this.strings, this.locale, this.#take)}
      <form class="composer" part="composer" @submit=${this.#submit}>
        ${this.#emojiButton()} ${this.#textField()} ${this.#sendButton()} ${this.#counter()}
      </form>`;
  }

  #textField(): TemplateResult {
    const { strings, room } = this;
    return html`<textarea
      rows="1"
      dir="auto"
      enterkeyhint="send"
      autocomplete="off"
      part="input"
      placeholder=${strings.composerPlaceholder}
      aria-label=${fill(strings.composerLabel, { title: room?.title ?? "" })}
      aria-autocomplete="list"
      aria-controls=${this.#suggestions.isOpen ? "suggestions" : nothing}
      aria-activedescendant=${this.#suggestions.activeId ?? nothing}
      aria-invalid=${this.#left < 0}
      aria-describedby="counter"
      @input=${this.#input}
      @keydown=${this.#keyDown}
      @click=${this.#caretMoved}
      @blur=${() => this.#suggestions.close()}
    ></textarea>`;
  }

  #emojiButton(): TemplateResult {
    return html`<button
      class="icon-button"
      type="button"
      part="emoji-button"
      title=${this.strings.emoji}
      aria-label=${this.strings.emoji}
      aria-expanded=${this.isPickerOpen}
      @click=${() => this.host?.toggleEmoji()}
    >
      ${icons.smile}
    </button>`;
  }

  #sendButton(): TemplateResult {
    const isNew = this.#writing.editing === null;
    const label = isNew ? this.strings.send : this.strings.save;
    return html`<button
      class="icon-button send"
      type="submit"
      part="send"
      title=${label}
      aria-label=${label}
      aria-disabled=${!this.#canSend}
    >
      ${isNew ? icons.send : icons.check}
    </button>`;
  }

  /** Always there, because the field is described by it. */
  #counter(): TemplateResult {
    const text = this.#counterText();
    const kind = this.#left < 0 ? "over" : "";
    return html`<span class="counter ${kind} ${text === "" ? "visually-hidden" : ""}" id="counter"
      >${text}</span
    >`;
  }

  #counterText(): string {
    const { strings, locale } = this;
    const left = this.#left;
    if (left < 0) return count(strings.tooLong, -left, locale);
    return left <= NEAR_LIMIT ? count(strings.charactersLeft, left, locale) : "";
  }

  #banner(): TemplateResult | typeof nothing {
    const { strings, locale } = this;
    const { editing, replyTo } = this.#writing;
    if (editing !== null) return this.#bannerOf(icons.edit, strings.editing, "");
    if (replyTo === null) return nothing;
    const title = fill(strings.replyingTo, { name: replyTo.senderName });
    return this.#bannerOf(icons.reply, title, excerptOf(replyTo, strings, locale));
  }

  #bannerOf(icon: TemplateResult, title: string, excerpt: string): TemplateResult {
    return html`<div class="banner" part="banner">
      ${icon}
      <div class="about">
        <span class="title" dir="auto">${title}</span>
        ${excerpt === "" ? nothing : html`<span class="excerpt" dir="auto">${excerpt}</span>`}
      </div>
      <button
        class="icon-button"
        type="button"
        title=${this.strings.cancel}
        aria-label=${this.strings.cancel}
        @click=${this.#cancel}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  get #field(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector("textarea");
  }

  get #left(): number {
    return this.#writing.left(this.maxLength);
  }

  get #canSend(): boolean {
    return this.#writing.text.trim() !== "" && this.#left >= 0 && !this.#isSaving;
  }

  #people(): Candidate[] {
    const myId = this.client?.me?.userId;
    return (this.room?.members ?? []).filter(({ userId }) => userId !== myId);
  }

  #show(room: ConversationRoom | null): void {
    this.#keep();
    this.#shown = room;
    this.#writing.load(room && this.client ? readDraft(this.client, room) : NO_DRAFT);
    this.#suggestions.close();
  }

  #keep(): void {
    if (this.client && this.#shown) keepDraft(this.client, this.#shown, this.#writing.draft);
  }

  /** The text is another: show it, with the caret at its end. */
  #goOn(): void {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const field = this.#field;
      this.focus();
      field?.setSelectionRange(field.value.length, field.value.length);
    });
  }

  readonly #input = (event: Event): void => {
    this.#written(event.currentTarget as HTMLTextAreaElement);
  };

  #written(field: HTMLTextAreaElement): void {
    const { value } = field;
    this.#writing.text = value;
    this.#suggestions.look(value, field.selectionStart);
    if (value === "") this.room?.stopTyping();
    else if (this.#writing.editing === null) this.room?.keystroke();
    grow(field);
    this.requestUpdate();
  }

  readonly #caretMoved = (event: Event): void => {
    const field = event.currentTarget as HTMLTextAreaElement;
    this.#suggestions.look(field.value, field.selectionStart);
  };

  readonly #keyDown = (event: KeyboardEvent): void => {
    const action = composerAction(event, {
      isEmpty: this.#writing.text === "",
      hasSuggestions: this.#suggestions.isOpen,
      hasBanner: this.#writing.isMarked,
    });
    if (action === null || (action === "editLast" && !this.#lastOwn)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#do(action);
  };

  #do(action: ComposerAction): void {
    const suggestions = this.#suggestions;
    if (action === "send") this.#send();
    else if (action === "cancel") this.#cancel();
    else if (action === "editLast" && this.#lastOwn) this.edit(this.#lastOwn);
    else if (action === "bold") this.#wrap("**");
    else if (action === "italic") this.#wrap("*");
    else if (action === "nextSuggestion") suggestions.move(1);
    else if (action === "previousSuggestion") suggestions.move(-1);
    else if (action === "takeSuggestion" && suggestions.active) this.#take(suggestions.active);
    else suggestions.close();
  }

  get #lastOwn(): Entry | undefined {
    return [...(this.room?.entries ?? [])].reverse().find(({ isMine, message }) => {
      return isMine && message.type === "text" && message.seq > 0 && message.deletedAt === null;
    });
  }

  #wrap(mark: string): void {
    const field = this.#field;
    if (field === null) return;
    const { value: text, selectionStart: start, selectionEnd: end } = field;
    const marked = toggleMark({ text, start, end }, mark);
    field.value = marked.text;
    field.setSelectionRange(marked.start, marked.end);
    this.#written(field);
  }

  readonly #take = (person: Candidate): void => {
    const field = this.#field;
    if (field === null) return;
    const done = this.#suggestions.complete(field.value, field.selectionStart, person);
    this.#writing.mention(person);
    field.value = done.text;
    field.setSelectionRange(done.caret, done.caret);
    this.#written(field);
    this.#suggestions.close();
    this.focus();
  };

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    this.#send();
    this.focus();
  };

  #send(): void {
    const { room } = this;
    const { editing } = this.#writing;
    if (!this.#canSend || room === null) return;
    if (editing === null) this.#post(room);
    else void this.#save(room, editing, this.#writing.text.trim());
  }

  #post(room: ConversationRoom): void {
    const { body, options } = this.#writing.take();
    this.#suggestions.close();
    this.host?.accepted();
    this.requestUpdate();
    room.send(body, options).catch((error: unknown) => {
      // All other refusals are shown where the message is.
      const isUnsaid = (error as { code?: string }).code === "QUEUE_FULL";
      if (!isUnsaid || room !== this.room) return;
      this.restore(body);
      this.host?.refused(error);
    });
  }

  async #save(room: ConversationRoom, editing: Editing, body: string): Promise<void> {
    if (body === editing.before) return this.#cancel();
    this.#isSaving = true;
    this.requestUpdate();
    try {
      await room.edit(editing.messageId, body);
      this.host?.accepted();
      if (this.#writing.editing === editing) this.#writing.cancel();
    } catch (error) {
      this.host?.refused(error);
    }
    this.#isSaving = false;
    this.requestUpdate();
  }

  readonly #cancel = (): void => {
    this.#writing.cancel();
    this.#goOn();
  };
}

/** As high as its text; the style sheet limits it. */
function grow(field: HTMLTextAreaElement): void {
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}

customElements.define("parley-composer", ParleyComposer);
