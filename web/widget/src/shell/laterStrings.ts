/** What is said by the parts that are loaded later, and not needed to pick somebody and chat. */

import type { PluralText } from "../conversation/strings.js";
import type { Strings } from "../i18n.js";

export interface LaterStrings {
  readonly expand: string;
  readonly shrink: string;
  readonly sound: string;
  readonly newGroup: string;
  readonly search: string;
  readonly clearSearch: string;
  readonly noChats: string;
  readonly noChatsHint: string;
  readonly nobodyOnline: string;
  readonly showAllChats: PluralText;
  readonly showFewerChats: string;

  readonly showSidebar: string;
  readonly hideSidebar: string;
  readonly pickChat: string;
  readonly pickChatHint: string;

  readonly offline: string;
  readonly notConnected: string;
  readonly connect: string;
  readonly unauthorized: string;
  readonly forbidden: string;
  readonly revoked: string;
  readonly replaced: string;
  readonly useHere: string;

  readonly searching: string;
  readonly searchFailed: string;
  /** For `{query}`. */
  readonly nothingFound: string;
  readonly groupName: string;
  readonly optional: string;
  readonly addPeople: string;
  readonly findPeople: string;
  readonly chosen: PluralText;
  readonly takeOut: string;
  readonly createGroup: string;
  readonly choosePeople: string;
  readonly moreMatches: string;
  readonly back: string;
  readonly details: string;
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

export const ENGLISH_LATER: LaterStrings = {
  expand: "Make larger",
  shrink: "Make smaller",
  sound: "Sound",
  newGroup: "New group",
  search: "Search people and chats",
  clearSearch: "Clear search",
  noChats: "No chats yet",
  noChatsHint: "Search for somebody to say hello.",
  nobodyOnline: "Nobody else is online.",
  showAllChats: { other: "Show all {count} chats" },
  showFewerChats: "Show fewer chats",

  showSidebar: "Show the list of chats",
  hideSidebar: "Hide the list of chats",
  pickChat: "No chat is open",
  pickChatHint: "Choose one from the list.",

  offline: "You are offline.",
  notConnected: "Not connected.",
  connect: "Connect",
  unauthorized: "Please sign in again.",
  forbidden: "You may not use this chat.",
  revoked: "Your access has ended.",
  replaced: "You are using this chat in too many other places.",
  useHere: "Use here",

  searching: "Searching…",
  searchFailed: "The search did not work.",
  nothingFound: "Nothing found for “{query}”.",
  groupName: "Name of the group",
  optional: "optional",
  addPeople: "Add people",
  findPeople: "Search by name",
  chosen: { one: "{count} person chosen", other: "{count} people chosen" },
  takeOut: "Take {name} out",
  createGroup: "Create group",
  choosePeople: "Choose at least one person.",
  moreMatches: "There are more: type on to narrow it down.",
  back: "Back",
  details: "Details",
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

export type AllStrings = Strings & LaterStrings;

/** With these in English, where a language or a page leaves them out. */
export function withLater(strings: Strings): AllStrings {
  return { ...ENGLISH_LATER, ...strings };
}
