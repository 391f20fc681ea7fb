/** What the views tell the panel: DOM events that stay within their shadow root. */

export interface ShellEvents {
  "open-room": { roomId: string };
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
