/** What the conversation says: the English defaults, and the shape that other languages fill. */

import { pluralOf } from "../format.js";
import type { EmojiStrings } from "./emojiStrings.js";
import type { ExtraStrings } from "./extraStrings.js";

/** A text by plural form; `{count}` stands for the number. */
export type PluralText = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** English has elsewhere what is said by parts that are loaded later. */
export interface ConversationStrings extends Partial<ExtraStrings & EmojiStrings> {
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
  readonly newMessageCount: PluralText;
  /** Said to screen readers: `{name}` and `{text}`. */
  readonly announcement: string;

  readonly you: string;
  readonly edited: string;
  readonly deleted: string;

  readonly pending: string;
  readonly sent: string;
  readonly delivered: string;
  readonly read: string;
  readonly failed: string;
  readonly retry: string;

  readonly dismiss: string;
  readonly failedToLoad: string;

  readonly typingOne: string;
  readonly typingTwo: string;
  readonly typingMany: string;

  readonly composerLabel: string;
  readonly composerPlaceholder: string;
  readonly send: string;
  readonly emoji: string;
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
  newMessageCount: { one: "{count} new message", other: "{count} new messages" },
  announcement: "{name}: {text}",

  you: "You",
  edited: "edited",
  deleted: "Message deleted",

  pending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  failed: "Not sent",
  retry: "Retry",

  dismiss: "Dismiss",
  failedToLoad: "This part could not be loaded.",

  typingOne: "{name} is typing…",
  typingTwo: "{names} are typing…",
  typingMany: "Several people are typing…",

  composerLabel: "Message to {title}",
  composerPlaceholder: "Write a message",
  send: "Send",
  emoji: "Emoji",
};

/** Put values where a text names them in braces; what is put in is not looked at again. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The form of a text for a number, with the number in it. */
export function count(forms: PluralText, number: number, locale: string): string {
  return fill(forms[pluralOf(number, locale)] ?? forms.other, { count: number });
}
