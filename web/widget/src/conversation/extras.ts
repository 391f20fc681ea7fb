/** What is not needed to read, write, send and receive plain messages: a chunk of its own. */

export { ComposerExtras } from "./composerExtras.js";
export { LogExtras } from "./logExtras.js";
