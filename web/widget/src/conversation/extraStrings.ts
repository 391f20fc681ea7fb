/** What is said by the parts that are loaded when they are first needed. */

import type { ConversationStrings, PluralText } from "./strings.js";

export interface ExtraStrings {
  readonly jumpToNewest: string;
  readonly showAll: string;
  readonly originalMessage: string;
  readonly jumpToOriginal: string;
  readonly originalNotFound: string;
  readonly attachmentCount: PluralText;
  /** Of a reaction: `{emoji}` and `{names}`. */
  readonly reactedBy: string;
  readonly discard: string;
  readonly editAgain: string;
  /** `{seconds}` until it is tried again. */
  readonly retryIn: string;
  /** After a refusal that somebody must repeat: `{reason}` and `{seconds}`. */
  readonly tryAgainIn: string;
  readonly actions: string;
  readonly react: string;
  /** `{emoji}`. */
  readonly reactWith: string;
  readonly reply: string;
  readonly edit: string;
  readonly copy: string;
  readonly copied: string;
  readonly delete: string;
  readonly confirmDelete: string;
  readonly cancel: string;
  readonly replyingTo: string;
  readonly editing: string;
  readonly save: string;
  readonly charactersLeft: PluralText;
  readonly tooLong: PluralText;
  readonly suggestions: PluralText;
}

export const ENGLISH_EXTRA: ExtraStrings = {
  jumpToNewest: "Jump to newest messages",
  showAll: "Show all",
  originalMessage: "Earlier message",
  jumpToOriginal: "Go to the message from {name}",
  originalNotFound: "The original message could not be found.",
  attachmentCount: { one: "{count} attachment", other: "{count} attachments" },
  reactedBy: "{emoji} by {names}",
  discard: "Discard",
  editAgain: "Edit",
  retryIn: "Trying again in {seconds} s",
  tryAgainIn: "{reason} Try again in {seconds} s.",
  actions: "Message actions",
  react: "Add a reaction",
  reactWith: "React with {emoji}",
  reply: "Reply",
  edit: "Edit",
  copy: "Copy text",
  copied: "Copied",
  delete: "Delete",
  confirmDelete: "Delete this message?",
  cancel: "Cancel",
  replyingTo: "Replying to {name}",
  editing: "Editing a message",
  save: "Save",
  charactersLeft: { one: "{count} character left", other: "{count} characters left" },
  tooLong: { one: "{count} character too many", other: "{count} characters too many" },
  suggestions: { one: "{count} suggestion", other: "{count} suggestions" },
};

export type AllStrings = ConversationStrings & ExtraStrings;

/** With these in English, where a language or a page leaves them out. */
export function withExtra(strings: ConversationStrings): AllStrings {
  return { ...ENGLISH_EXTRA, ...strings };
}
