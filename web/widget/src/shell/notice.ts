/** What is said about the connection. Pure. */

import type { ConnectionState, OfflineReason } from "@parley/client";

import type { Strings } from "../i18n.js";

export interface Notice {
  readonly text: string;
  /** What a button offers that connects again; null where that would not help, or happens by itself. */
  readonly action: string | null;
}

export type OfflineNotice = (reason: OfflineReason, strings: Strings) => Notice;

/** Null while connected: nothing needs to be said. Without `offlineNotice` there is no reason. */
export function connectionNotice(
  state: ConnectionState,
  reason: OfflineReason | null,
  strings: Strings,
  offlineNotice: OfflineNotice | undefined,
): Notice | null {
  const { connecting, notConnected } = strings.conversation;
  if (state === "connected") return null;
  if (state === "connecting") return { text: connecting, action: null };
  if (state === "reconnecting") return { text: strings.reconnecting, action: null };
  return offlineNotice?.(reason ?? "closed", strings) ?? { text: notConnected, action: null };
}
