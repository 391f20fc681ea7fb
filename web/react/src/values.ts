"use client";

/** How a component reads a client, and is rendered again when what it reads has changed. */

import type { ParleyClient } from "@parley/client";
import { useCallback, useSyncExternalStore } from "react";

import { useParley } from "./provider.js";

const nothingToEnd = (): void => undefined;

/**
 * Read something of the client.
 *
 * @param read Must give the same object until it has changed, as the client's properties do.
 * @param initial What to show on the server, and before there is a client: the same at every call.
 */
export function useClientValue<T>(read: (client: ParleyClient) => T, initial: T): T {
  const client = useParley();
  const subscribe = useCallback(
    (changed: () => void) => client?.on("change", changed) ?? nothingToEnd,
    [client],
  );
  return useSyncExternalStore(
    subscribe,
    () => (client ? read(client) : initial),
    () => initial,
  );
}
