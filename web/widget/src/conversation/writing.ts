/** What is being written: a new message, a reply, or an edit that interrupts one. No DOM. */

import type { Message } from "@parley/client";

import { type Candidate, type Draft, NO_DRAFT } from "./drafts.js";

export interface Editing {
  readonly messageId: string;
  readonly before: string;
}

export interface Outgoing {
  readonly body: string;
  readonly options: { readonly replyTo?: string; readonly mentions?: string[] };
}

/** Below this many characters left, they are counted. */
export const NEAR_LIMIT = 400;
const MAX_MENTIONS = 50;

export class Writing {
  text = "";
  #replyTo: Message | null = null;
  #editing: Editing | null = null;
  #interrupted = "";
  #chosen: readonly Candidate[] = [];

  get replyTo(): Message | null {
    return this.#replyTo;
  }

  get editing(): Editing | null {
    return this.#editing;
  }

  get isMarked(): boolean {
    return this.#replyTo !== null || this.#editing !== null;
  }

  /** What to keep when another room is shown: an edit is given up, what it interrupted is not. */
  get draft(): Draft {
    const text = this.#editing === null ? this.text : this.#interrupted;
    return { text, replyTo: this.#replyTo, chosen: this.#chosen };
  }

  load({ text, replyTo, chosen }: Draft): void {
    this.text = text;
    this.#replyTo = replyTo;
    this.#chosen = chosen;
    this.#editing = null;
    this.#interrupted = "";
  }

  reply(message: Message): void {
    this.#endEdit();
    this.#replyTo = message;
  }

  edit(message: Message): void {
    if (this.#editing === null) this.#interrupted = this.text;
    const before = message.body ?? "";
    this.#replyTo = null;
    this.#editing = { messageId: message.messageId, before };
    this.text = before;
  }

  /** Neither a reply nor an edit any more; what was written before the edit is there again. */
  cancel(): void {
    this.#replyTo = null;
    this.#endEdit();
  }

  mention(person: Candidate): void {
    this.#chosen = [...this.#chosen, person];
  }

  /** Add text that was refused, so that it can be changed. */
  restore(text: string): void {
    this.#endEdit();
    this.text = this.text.trim() === "" ? text : `${this.text}\n${text}`;
  }

  /** Gives what is to be sent, and leaves an empty field. */
  take(): Outgoing {
    const body = this.text.trim();
    const replyTo = this.#replyTo?.messageId;
    const mentions = mentionedIds(body, this.#chosen);
    this.load(NO_DRAFT);
    return { body, options: { ...(replyTo && { replyTo }), ...(mentions[0] && { mentions }) } };
  }

  /** How many characters may still be written; exact only near the end. */
  left(maxLength: number): number {
    const isFar = this.text.length < maxLength - NEAR_LIMIT;
    return maxLength - (isFar ? this.text.length : lengthOf(this.text));
  }

  #endEdit(): void {
    if (this.#editing === null) return;
    this.text = this.#interrupted;
    this.#interrupted = "";
    this.#editing = null;
  }
}

/** How many characters the server counts: those of Unicode, without space at the ends. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text.trim()) length += 1;
  return length;
}

/** Of those who were chosen, the ids of those whose name is still there. */
export function mentionedIds(text: string, chosen: readonly Candidate[]): string[] {
  const present = chosen.filter(({ name }) => text.includes(`@${name}`));
  return [...new Set(present.map(({ userId }) => userId))].slice(0, MAX_MENTIONS);
}
