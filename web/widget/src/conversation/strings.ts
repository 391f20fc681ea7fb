/** What the conversation says: the English defaults, and the shape that other languages fill. */

import { pluralOf } from "../format.js";

/** A text by plural form; `{count}` stands for the number. */
export type PluralText = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

export interface ConversationStrings {
  readonly back: string;
  readonly details: string;
  readonly online: string;
  readonly away: string;
  readonly offline: string;
  /** `{ago}` is such as "5 minutes ago". */
  readonly lastSeen: string;
  readonly connecting: string;
  readonly notConnected: string;
  readonly memberCount: PluralText;
  readonly onlineCount: PluralText;

  /** Names the list of messages; `{title}` is the room. */
  readonly messagesIn: string;
  readonly newMessages: string;
  readonly loading: string;
  readonly couldNotLoad: string;
  readonly beginning: string;
  readonly empty: string;
  readonly jumpToNewest: string;
  readonly newMessageCount: PluralText;
  /** Said to screen readers: `{name}` and `{text}`. */
  readonly announcement: string;

  readonly you: string;
  readonly edited: string;
  readonly deleted: string;
  readonly showAll: string;
  readonly replyingTo: string;
  readonly originalMessage: string;
  readonly jumpToOriginal: string;
  readonly originalNotFound: string;
  readonly attachmentCount: PluralText;
  /** Of a reaction: `{emoji}` and `{names}`. */
  readonly reactedBy: string;

  readonly pending: string;
  readonly sent: string;
  readonly delivered: string;
  readonly read: string;
  readonly failed: string;
  readonly retry: string;
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
  readonly dismiss: string;

  readonly typingOne: string;
  readonly typingTwo: string;
  readonly typingMany: string;

  readonly composerLabel: string;
  readonly composerPlaceholder: string;
  readonly send: string;
  readonly emoji: string;
  readonly editing: string;
  readonly save: string;
  readonly charactersLeft: PluralText;
  readonly tooLong: PluralText;
  readonly suggestions: PluralText;

  readonly searchEmoji: string;
  readonly noEmoji: string;
  readonly emojiGroups: {
    readonly smileys: string;
    readonly people: string;
    readonly animals: string;
    readonly food: string;
    readonly travel: string;
    readonly activities: string;
    readonly objects: string;
    readonly symbols: string;
    readonly flags: string;
  };
}

export const ENGLISH: ConversationStrings = {
  back: "Back to the list",
  details: "People in this room",
  online: "Online",
  away: "Away",
  offline: "Offline",
  lastSeen: "Last seen {ago}",
  connecting: "Connecting…",
  notConnected: "Not connected",
  memberCount: { one: "{count} member", other: "{count} members" },
  onlineCount: { other: "{count} online" },

  messagesIn: "Messages, {title}",
  newMessages: "New messages",
  loading: "Loading messages…",
  couldNotLoad: "Messages could not be loaded.",
  beginning: "This is where it begins.",
  empty: "No messages yet. Say hello!",
  jumpToNewest: "Jump to newest messages",
  newMessageCount: { one: "{count} new message", other: "{count} new messages" },
  announcement: "{name}: {text}",

  you: "You",
  edited: "edited",
  deleted: "Message deleted",
  showAll: "Show all",
  replyingTo: "Replying to {name}",
  originalMessage: "Earlier message",
  jumpToOriginal: "Go to the message from {name}",
  originalNotFound: "The original message could not be found.",
  attachmentCount: { one: "{count} attachment", other: "{count} attachments" },
  reactedBy: "{emoji} by {names}",

  pending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  failed: "Not sent",
  retry: "Retry",
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
  dismiss: "Dismiss",

  typingOne: "{name} is typing…",
  typingTwo: "{names} are typing…",
  typingMany: "Several people are typing…",

  composerLabel: "Message to {title}",
  composerPlaceholder: "Write a message",
  send: "Send",
  emoji: "Emoji",
  editing: "Editing a message",
  save: "Save",
  charactersLeft: { one: "{count} character left", other: "{count} characters left" },
  tooLong: { one: "{count} character too many", other: "{count} characters too many" },
  suggestions: { one: "{count} suggestion", other: "{count} suggestions" },

  searchEmoji: "Search emoji",
  noEmoji: "No emoji found",
  emojiGroups: {
    smileys: "Smileys",
    people: "People",
    animals: "Animals and nature",
    food: "Food and drink",
    travel: "Travel and places",
    activities: "Activities",
    objects: "Objects",
    symbols: "Symbols",
    flags: "Flags",
  },
};

/** Put values where a text names them in braces; what is put in is not looked at again. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The form of a text for a number, with the number in it. */
export function count(forms: PluralText, number: number, locale: string): string {
  return fill(forms[pluralOf(number, locale)] ?? forms.other, { count: number });
}
