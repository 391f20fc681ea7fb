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
import { languageOf } from "./shell/locale.js";

/** `{name}` and the like stand for what is put in. */
export interface ShellStrings {
  readonly chat: string;
  readonly chats: string;
  /** The floating button, with `{count}` unread messages. */
  readonly launcherUnread: PluralText;
  readonly close: string;
  readonly expand: string;
  readonly shrink: string;
  readonly showSidebar: string;
  readonly hideSidebar: string;
  readonly sound: string;
  readonly newGroup: string;
  readonly retry: string;
  readonly loading: string;
  readonly failedToLoad: string;
  readonly failedToShow: string;

  readonly connecting: string;
  readonly reconnecting: string;
  readonly offline: string;
  readonly notConnected: string;
  readonly connect: string;
  readonly unauthorized: string;
  readonly forbidden: string;
  readonly revoked: string;
  readonly replaced: string;
  readonly useHere: string;

  readonly unreadMessages: string;
  readonly onlineNow: string;
  readonly people: string;
  readonly search: string;
  readonly clearSearch: string;
  readonly searching: string;
  readonly searchFailed: string;
  /** For `{query}`. */
  readonly nothingFound: string;
  readonly noChats: string;
  readonly noChatsHint: string;
  readonly nobodyOnline: string;
  readonly showAllChats: PluralText;
  readonly showFewerChats: string;
  readonly unread: PluralText;
  readonly muted: string;
  readonly statusOnline: string;
  readonly statusAway: string;
  readonly statusOffline: string;
  /** `{ago}` is such as "5 minutes ago". */
  readonly lastSeen: string;
  readonly message: string;
  readonly messagePerson: string;
  readonly typing: string;
  readonly typingIn: string;
  readonly you: string;
  /** `{name}` wrote `{text}`. */
  readonly from: string;
  readonly deleted: string;
  readonly photo: string;
  readonly document: string;
  readonly noMessages: string;
  readonly pickChat: string;
  readonly pickChatHint: string;

  readonly groupName: string;
  readonly optional: string;
  readonly addPeople: string;
  readonly findPeople: string;
  readonly chosen: PluralText;
  readonly takeOut: string;
  readonly createGroup: string;
  readonly choosePeople: string;
  readonly moreMatches: string;

  readonly details: string;
  readonly back: string;
  readonly members: PluralText;
  readonly firstMembers: PluralText;
  readonly owner: string;
  readonly rename: string;
  readonly save: string;
  readonly cancel: string;
  readonly add: string;
  readonly addPerson: string;
  readonly remove: string;
  readonly removePerson: string;
  readonly removeQuestion: string;
  readonly makeOwner: string;
  readonly makePersonOwner: string;
  readonly mute: string;
  readonly muteHint: string;
  readonly leave: string;
  readonly leaveQuestion: string;
  readonly leaveHint: string;
  readonly handOverFirst: string;
}

/** Everything that is said, with that of the conversation apart. */
export interface Strings extends ShellStrings {
  conversation: ConversationStrings;
}

/** Some of the strings, in place of those of the language. */
export type StringOverrides = Partial<ShellStrings> & {
  conversation?: Partial<ConversationStrings>;
};

const ENGLISH_SHELL: ShellStrings = {
  chat: "Chat",
  chats: "Chats",
  launcherUnread: { other: "Chat, {count} unread" },
  close: "Close chat",
  expand: "Make larger",
  shrink: "Make smaller",
  showSidebar: "Show the list of chats",
  hideSidebar: "Hide the list of chats",
  sound: "Sound",
  newGroup: "New group",
  retry: "Try again",
  loading: "Loading…",
  failedToLoad: "This part could not be loaded.",
  failedToShow: "Something went wrong here.",

  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You are offline.",
  notConnected: "Not connected.",
  connect: "Connect",
  unauthorized: "Please sign in again.",
  forbidden: "You may not use this chat.",
  revoked: "Your access has ended.",
  replaced: "You are using this chat in too many other places.",
  useHere: "Use here",

  unreadMessages: "Unread messages",
  onlineNow: "Online now",
  people: "People",
  search: "Search people and chats",
  clearSearch: "Clear search",
  searching: "Searching…",
  searchFailed: "The search did not work.",
  nothingFound: "Nothing found for “{query}”.",
  noChats: "No chats yet",
  noChatsHint: "Search for somebody to say hello.",
  nobodyOnline: "Nobody else is online.",
  showAllChats: { other: "Show all {count} chats" },
  showFewerChats: "Show fewer chats",
  unread: { other: "{count} unread" },
  muted: "Muted",
  statusOnline: "Online",
  statusAway: "Away",
  statusOffline: "Offline",
  lastSeen: "Last seen {ago}",
  message: "Message",
  messagePerson: "Message {name}",
  typing: "Typing…",
  typingIn: "{name} is typing…",
  you: "You",
  from: "{name}: {text}",
  deleted: "Message deleted",
  photo: "Photo",
  document: "Document",
  noMessages: "No messages yet",
  pickChat: "No chat is open",
  pickChatHint: "Choose one from the list.",

  groupName: "Name of the group",
  optional: "optional",
  addPeople: "Add people",
  findPeople: "Search by name",
  chosen: { one: "{count} person chosen", other: "{count} people chosen" },
  takeOut: "Take {name} out",
  createGroup: "Create group",
  choosePeople: "Choose at least one person.",
  moreMatches: "There are more: type on to narrow it down.",

  details: "Details",
  back: "Back",
  members: { one: "{count} member", other: "{count} members" },
  firstMembers: { other: "The first {count} are shown." },
  owner: "Owner",
  rename: "Rename",
  save: "Save",
  cancel: "Cancel",
  add: "Add",
  addPerson: "Add {name}",
  remove: "Remove",
  removePerson: "Remove {name}",
  removeQuestion: "Remove {name} from this group?",
  makeOwner: "Make owner",
  makePersonOwner: "Make {name} an owner",
  mute: "Mute",
  muteHint: "No sound, and not counted as unread",
  leave: "Leave group",
  leaveQuestion: "Leave {name}?",
  leaveHint: "You will not get its messages any more.",
  handOverFirst: "You are the only owner: make somebody else an owner before you leave.",
};

export const ENGLISH: Strings = { ...ENGLISH_SHELL, conversation: ENGLISH_CONVERSATION };

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
