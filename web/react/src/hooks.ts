"use client";

/** The client's state as hooks. */

import type {
  ConnectionState,
  Me,
  OfflineReason,
  ParleyClient,
  PersonRef,
  Room,
} from "@parley/client";
import { useEffect } from "react";

import { follow } from "./follow.js";
import { useParley } from "./provider.js";
import { useClientValue } from "./values.js";

const NO_ROOMS: readonly Room[] = [];

export interface Connection {
  readonly state: ConnectionState;
  /** Why the state is `offline`. */
  readonly reason: OfflineReason | null;
  readonly isConnected: boolean;
  /** The caller, as the server knows them; null before the first connection. */
  readonly me: Me | null;
}

/** Where the connection is. */
export function useConnection(): Connection {
  const state = useClientValue<ConnectionState>((client) => client.state, "connecting");
  const reason = useClientValue<OfflineReason | null>((client) => client.reason, null);
  const me = useClientValue<Me | null>((client) => client.me, null);
  return { state, reason, isConnected: state === "connected", me };
}

/** Whether somebody is here. */
export function usePresence(ref: PersonRef): ReturnType<ParleyClient["people"]["status"]> {
  const client = useParley();
  const { isConnected } = useConnection();
  const userId = typeof ref === "string" ? ref : ref.userId;
  const tenantId = typeof ref === "string" ? undefined : ref.tenantId;
  useEffect(() => {
    if (!client || !isConnected) return;
    follow(client, { userId, ...(tenantId && { tenantId }) });
  }, [client, isConnected, userId, tenantId]);
  return useClientValue(({ people }) => people.status(ref), "offline");
}

/** How many messages are unread; those of muted rooms do not count. */
export function useUnread(): number {
  return useClientValue((client) => client.unread, 0);
}

/** All rooms, newest activity first. */
export function useRooms(): readonly Room[] {
  return useClientValue((client) => client.rooms.all, NO_ROOMS);
}
