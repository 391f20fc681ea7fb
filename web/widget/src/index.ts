/** What the package offers: the element, defined by importing it, and its types. */

export { ParleyChat, type ParleyChatEvents } from "./element.js";
export { ENGLISH, type StringOverrides, type Strings } from "./i18n.js";
