/** @parley/client: chat and presence over a Parley backend, in browsers and in Node. */

export { ParleyClient } from "./client.js";
export { type ClientErrorCode, ParleyError } from "./errors.js";
export { People, type Status } from "./people.js";
export type {
  Attention,
  Clock,
  Environment,
  Fetch,
  Network,
  Socket,
  SocketConstructor,
  Store,
  TabChannel,
  Tabs,
} from "./ports.js";
export type { Room as RoomView } from "./protocol.gen.js";
export * from "./protocol.gen.js";
// Instead of the protocol's view of one, which `RoomView` is.
export { Room } from "./room.js";
export type { Rooms } from "./rooms.js";
export type { PersonalSettings } from "./settings.js";
export type * from "./types.js";
export type { Typist } from "./typing.js";
