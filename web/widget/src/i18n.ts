/**
 * What the widget says. English is built in; other languages are chunks of their own.
 *
 * A host page changes single sentences with the property `strings` of the element, or brings a
 * language with all of them.
 */

import {
  type ConversationStrings,
  ENGLISH as ENGLISH_CONVERSATION,
  type PluralText,
} from "./conversation/strings.js";
import type { LaterStrings } from "./shell/laterStrings.js";
import { languageOf } from "./shell/locale.js";

/** `{name}` and the like stand for what is put in. */
export interface ShellStrings {
  readonly chat: string;
  readonly chats: string;
  readonly close: string;
  readonly retry: string;
  readonly loading: string;
  readonly failedToLoad: string;
  readonly failedToShow: string;
  readonly reconnecting: string;
  readonly unreadMessages: string;
  readonly onlineNow: string;
  readonly people: string;
  readonly unread: PluralText;
  readonly muted: string;
  readonly message: string;
  readonly messagePerson: string;
  readonly typing: string;
  readonly photo: string;
  readonly document: string;
  readonly noMessages: string;
}

/** Everything that is said, with that of the conversation apart. English has the rest elsewhere. */
export interface Strings extends ShellStrings, Partial<LaterStrings> {
  conversation: ConversationStrings;
}

/** Some of the strings, in place of those of the language. */
export type StringOverrides = Partial<ShellStrings & LaterStrings> & {
  conversation?: Partial<ConversationStrings>;
};

export const ENGLISH: Strings = {
  chat: "Chat",
  chats: "Chats",
  close: "Close chat",
  retry: "Try again",
  loading: "Loading…",
  failedToLoad: "This part could not be loaded.",
  failedToShow: "Something went wrong here.",
  reconnecting: "Reconnecting…",
  unreadMessages: "Unread messages",
  onlineNow: "Online now",
  people: "People",
  unread: { other: "{count} unread" },
  muted: "Muted",
  message: "Message",
  messagePerson: "Message {name}",
  typing: "Typing…",
  photo: "Photo",
  document: "Document",
  noMessages: "No messages yet",
  conversation: ENGLISH_CONVERSATION,
};

const LANGUAGES: Readonly<Record<string, () => Promise<{ strings: Strings }>>> = {
  ar: () => import("./shell/locales/ar.js"),
  de: () => import("./shell/locales/de.js"),
};

/** The strings of a language; English where there are none. */
export async function loadStrings(locale: string): Promise<Strings> {
  const load = LANGUAGES[languageOf(locale)];
  return load ? (await load()).strings : ENGLISH;
}

export function withOverrides(strings: Strings, overrides: StringOverrides | null): Strings {
  if (!overrides) return strings;
  const conversation = { ...strings.conversation, ...overrides.conversation };
  return { ...strings, ...overrides, conversation };
}
