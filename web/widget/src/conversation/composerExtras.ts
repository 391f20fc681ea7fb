/** What the composer has beyond plain messages: replies, edits, mentions, marks, and a count. */

import type { Entry } from "@parley/client";
import { adoptStyles, html, type LitElement, nothing, type TemplateResult } from "lit";

import { avatarStyles } from "../avatar.js";
import { icons } from "../icons.js";
import type { ParleyComposer } from "./composer.js";
import { composerExtraStyles } from "./composerExtraStyles.js";
import type { Candidate } from "./drafts.js";
import { excerptOf } from "./excerpt.js";
import { type AllStrings, withExtra } from "./extraStrings.js";
import { type ComposerAction, composerAction, toggleMark } from "./keys.js";
import { Notices } from "./notices.js";
import type { ConversationRoom } from "./ports.js";
import { count, fill } from "./strings.js";
import { Suggestions } from "./suggestions.js";
import { toolIcons } from "./toolIcons.js";
import { type Editing, NEAR_LIMIT } from "./writing.js";

const EDIT = "edit";

export class ComposerExtras {
  readonly #composer: ParleyComposer;
  readonly #suggestions: Suggestions;
  readonly #notices = new Notices(() => this.#warn());

  constructor(composer: ParleyComposer) {
    this.#composer = composer;
    this.#suggestions = new Suggestions(
      () => this.#people(),
      () => composer.requestUpdate(),
    );
    const { field } = composer;
    field?.addEventListener("click", () => this.look(field));
    field?.addEventListener("blur", () => this.close());
    const { elementStyles } = composer.constructor as typeof LitElement;
    const styles = [...elementStyles, avatarStyles, ...composerExtraStyles];
    adoptStyles(composer.renderRoot as ShadowRoot, styles);
  }

  get #strings(): AllStrings {
    return withExtra(this.#composer.host.strings);
  }

  /** The suggestion that Enter takes. */
  get activeId(): string | null {
    return this.#suggestions.activeId;
  }

  /** What the button says while an edit is under way. */
  get saving(): [string, TemplateResult] | null {
    return this.#composer.writing.editing && [this.#strings.save, toolIcons.check];
  }

  look(field: HTMLTextAreaElement): void {
    this.#suggestions.look(field.value, field.selectionStart);
  }

  close(): void {
    this.#suggestions.close();
  }

  /** Another room is shown, or nobody wants to know any more. */
  reset(): void {
    this.close();
    this.#notices.clear();
  }

  /** The banner of a reply or an edit, and who could be meant. */
  above(): TemplateResult {
    const { locale } = this.#composer.host;
    return html`${this.#banner()} ${this.#suggestions.render(this.#strings, locale, this.#take)}`;
  }

  /** Always there, because the field is described by it. */
  counter(): TemplateResult {
    const { left, host } = this.#composer;
    const { tooLong, charactersLeft } = this.#strings;
    const kind = left < 0 ? "over" : left > NEAR_LIMIT ? "visually-hidden" : "";
    const text =
      left < 0 ? count(tooLong, -left, host.locale) : count(charactersLeft, left, host.locale);
    return html`<span class="counter ${kind}" id="counter">${left > NEAR_LIMIT ? "" : text}</span>`;
  }

  #banner(): TemplateResult | typeof nothing {
    const { editing, replyTo } = this.#composer.writing;
    const strings = this.#strings;
    if (editing !== null) return this.#bannerOf(toolIcons.edit, strings.editing, "");
    if (replyTo === null) return nothing;
    const title = fill(strings.replyingTo, { name: replyTo.senderName });
    return this.#bannerOf(toolIcons.reply, title, excerptOf(replyTo, strings));
  }

  #bannerOf(icon: TemplateResult, title: string, excerpt: string): TemplateResult {
    const { cancel } = this.#strings;
    return html`<div class="banner" part="banner">
      ${icon}
      <div class="about">
        <span class="title" dir="auto">${title}</span>
        ${excerpt === "" ? nothing : html`<span class="excerpt" dir="auto">${excerpt}</span>`}
      </div>
      <button
        class="icon-button"
        type="button"
        title=${cancel}
        aria-label=${cancel}
        @click=${this.#cancel}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  #people(): Candidate[] {
    const { client, room } = this.#composer.host;
    return (room?.members ?? []).filter(({ userId }) => userId !== client?.me?.userId);
  }

  keyDown(event: KeyboardEvent): void {
    const { writing } = this.#composer;
    const action = composerAction(event, {
      isEmpty: writing.text === "",
      hasSuggestions: this.#suggestions.isOpen,
      hasBanner: writing.isMarked,
    });
    if (action === null || (action === "editLast" && !this.#lastOwn)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#do(action);
  }

  #do(action: ComposerAction): void {
    const suggestions = this.#suggestions;
    if (action === "send") this.#composer.send();
    else if (action === "cancel") this.#cancel();
    else if (action === "editLast" && this.#lastOwn) void this.#composer.edit(this.#lastOwn);
    else if (action === "bold") this.#wrap("**");
    else if (action === "italic") this.#wrap("*");
    else if (action === "nextSuggestion") suggestions.move(1);
    else if (action === "previousSuggestion") suggestions.move(-1);
    else if (action === "takeSuggestion" && suggestions.active) this.#take(suggestions.active);
    else suggestions.close();
  }

  get #lastOwn(): Entry | undefined {
    return [...(this.#composer.room?.entries ?? [])].reverse().find(({ isMine, message }) => {
      return isMine && message.type === "text" && message.seq > 0 && message.deletedAt === null;
    });
  }

  #wrap(mark: string): void {
    const { field } = this.#composer;
    if (field === null) return;
    const { value: text, selectionStart: start, selectionEnd: end } = field;
    const marked = toggleMark({ text, start, end }, mark);
    field.value = marked.text;
    field.setSelectionRange(marked.start, marked.end);
    this.#composer.written(field);
  }

  readonly #take = (person: Candidate): void => {
    const { field, writing } = this.#composer;
    if (field === null) return;
    const done = this.#suggestions.complete(field.value, field.selectionStart, person);
    writing.mention(person);
    field.value = done.text;
    field.setSelectionRange(done.caret, done.caret);
    this.#composer.written(field);
    this.close();
    this.#composer.focus();
  };

  /** Change a message to what is written now. */
  async save(room: ConversationRoom, editing: Editing): Promise<void> {
    const composer = this.#composer;
    const { writing } = composer;
    const body = writing.text.trim();
    if (body === editing.before) return this.#cancel();
    composer.isSaving = true;
    try {
      await room.edit(editing.messageId, body);
      this.reset();
      composer.host.warn("");
      if (writing.editing === editing) writing.cancel();
    } catch (error) {
      this.#notices.add(EDIT, error);
    }
    composer.isSaving = false;
  }

  #warn(): void {
    this.#composer.host.warn(this.#notices.textOf(EDIT, this.#strings) ?? "");
  }

  readonly #cancel = (): void => {
    this.#composer.writing.cancel();
    this.#composer.goOn();
  };
}
