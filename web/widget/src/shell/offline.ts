/** What is said where there is no connection: loaded before that is likely. Pure. */

import type { OfflineReason } from "@parley/client";

import type { Strings } from "../i18n.js";
import { withLater } from "./laterStrings.js";
import type { Notice } from "./notice.js";

export function offlineNotice(reason: OfflineReason, language: Strings): Notice {
  const strings = withLater(language);
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
