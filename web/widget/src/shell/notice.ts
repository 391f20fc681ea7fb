/** What is said about the connection. Pure. */

import type { ConnectionState, OfflineReason } from "@parley/client";

import type { Strings } from "../i18n.js";

export interface Notice {
  readonly text: string;
  /** What a button offers that connects again; null where that would not help, or happens by itself. */
  readonly action: string | null;
  readonly isBusy: boolean;
}

/** Null while connected: nothing needs to be said. */
export function connectionNotice(
  state: ConnectionState,
  reason: OfflineReason | null,
  strings: Strings,
): Notice | null {
  if (state === "connected") return null;
  if (state === "connecting")
    return { text: strings.conversation.connecting, action: null, isBusy: true };
  if (state === "reconnecting") return { text: strings.reconnecting, action: null, isBusy: true };
  return { ...offlineNotice(reason ?? "closed", strings), isBusy: false };
}

function offlineNotice(reason: OfflineReason, strings: Strings) {
  switch (reason) {
    case "network":
      return { text: strings.offline, action: null };
    case "unauthorized":
      return { text: strings.unauthorized, action: strings.retry };
    case "forbidden":
      return { text: strings.forbidden, action: null };
    case "revoked":
      return { text: strings.revoked, action: null };
    case "replaced":
      return { text: strings.replaced, action: strings.useHere };
    case "closed":
      return { text: strings.notConnected, action: strings.connect };
  }
}
