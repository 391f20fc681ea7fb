"use client";

/** Parley for React: a provider, the chat, and hooks. */

export type { ParleyChatProps } from "./chat.js";
export { ParleyChat } from "./chat.js";
export type { Connection } from "./hooks.js";
export { useConnection, usePresence, useRooms, useUnread } from "./hooks.js";
export type { ParleyProviderProps } from "./provider.js";
export { ParleyProvider, useParley } from "./provider.js";
export type { Conversation, RoomRef } from "./room.js";
export { useRoom } from "./room.js";
