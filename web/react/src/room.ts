"use client";

/** One conversation as a hook. */

import type { Entry, ParleyClient, ParleyError, Room, SendOptions } from "@parley/client";
import { useCallback, useEffect, useMemo, useState } from "react";

import { useParley } from "./provider.js";
import { useClientValue } from "./values.js";

type Typists = Room["typists"];

/** A room by its id, or the direct room with a person. */
export type RoomRef = string | { readonly userId: string; readonly tenantId?: string };

export interface Conversation {
  /** Null until it is known. */
  readonly room: Room | null;
  /** In order; those that wait to be sent come last. */
  readonly entries: readonly Entry[];
  readonly typists: Typists;
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  /** Why the room could not be opened. */
  readonly error: ParleyError | null;
  /** Resolves when the message is stored; its entry shows at once. */
  readonly send: (body: string, options?: SendOptions) => ReturnType<Room["send"]>;
  readonly loadOlder: () => Promise<void>;
}

const NO_ENTRIES: readonly Entry[] = [];

/** Open a room for as long as the component is on the page. */
export function useRoom(ref: RoomRef): Conversation {
  const room = useClientValue((client) => find(client, ref), null);
  const error = useOpened(room, ref);
  const send = useCallback<Conversation["send"]>(
    (...message) => known(room).send(...message),
    [room],
  );
  const loadOlder = useCallback(() => known(room).loadOlder(), [room]);
  return {
    room,
    entries: useRoomValue(room, (open) => open.entries, NO_ENTRIES),
    typists: useTypists(room),
    hasOlder: useRoomValue(room, (open) => open.hasOlder, false),
    isLoading: useRoomValue(room, (open) => open.isLoading, room === null),
    error,
    send,
    loadOlder,
  };
}

function find({ rooms }: ParleyClient, ref: RoomRef): Room | null {
  return (typeof ref === "string" ? rooms.get(ref) : rooms.withPerson(ref)) ?? null;
}

function useRoomValue<T>(room: Room | null, read: (room: Room) => T, initial: T): T {
  return useClientValue(() => (room ? read(room) : initial), initial);
}

function useTypists(room: Room | null): Typists {
  // The client gives another array each time: a text is the same until somebody starts or stops.
  const text = useRoomValue(room, ({ typists }) => JSON.stringify(typists), "[]");
  return useMemo(() => JSON.parse(text) as Typists, [text]);
}

function known(room: Room | null): Room {
  if (!room) throw new Error("The room is not known yet: wait until `room` is not null.");
  return room;
}

/** Make the room if there is none, and open it. */
function useOpened(room: Room | null, ref: RoomRef): ParleyError | null {
  const client = useParley();
  const [error, setError] = useState<ParleyError | null>(null);
  const isConnected = useClientValue((current) => current.connected, false);
  const userId = typeof ref === "string" ? null : ref.userId;
  const tenantId = typeof ref === "string" ? undefined : ref.tenantId;
  useEffect(() => {
    if (!client || !isConnected || room || userId === null) return;
    client.rooms.direct({ userId, ...(tenantId && { tenantId }) }).catch(setError);
  }, [client, isConnected, room, userId, tenantId]);
  useEffect(() => {
    if (!room) return;
    room.open().then(() => setError(null), setError);
    return () => room.close();
  }, [room]);
  return error;
}
