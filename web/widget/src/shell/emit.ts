/** What the parts of the shell tell each other: DOM events that stay within their shadow root. */

import type { KnownPerson } from "@parley/client";

export interface ShellEvents {
  "open-room": { roomId: string };
  "open-person": { person: KnownPerson };
  "new-group": null;
  "close-panel": null;
  "toggle-size": null;
  "toggle-sound": null;
  "toggle-sidebar": null;
  /** Back to what was shown before. */
  done: null;
}

export function emit<N extends keyof ShellEvents>(
  target: EventTarget,
  name: N,
  detail: ShellEvents[N],
): void {
  target.dispatchEvent(new CustomEvent(name, { detail }));
}

export type ShellEvent<N extends keyof ShellEvents> = CustomEvent<ShellEvents[N]>;
