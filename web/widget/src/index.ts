/** What the package offers: the element, defined by importing it, and its types. */

import { ENGLISH as ENGLISH_AT_ONCE } from "./i18n.js";
import { type AllStrings, withLater } from "./shell/laterStrings.js";

export { ParleyChat, type ParleyChatEvents } from "./element.js";
export type { StringOverrides, Strings } from "./i18n.js";
export const ENGLISH: AllStrings = withLater(ENGLISH_AT_ONCE);
