/** Whether somebody is at this browser: no input for five minutes means away. */

const AWAY_AFTER_MS = 5 * 60_000;
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"];

let lastInputAt = performance.now();
const returnHooks = new Set();

function noteInput() {
  const wasAway = isAway();
  lastInputAt = performance.now();
  if (wasAway) returnHooks.forEach((hook) => hook());
}

for (const input of INPUTS) addEventListener(input, noteInput, { capture: true, passive: true });

export function isAway() {
  return performance.now() - lastInputAt > AWAY_AFTER_MS;
}

/** Call the hook whenever somebody comes back, until the signal aborts. */
export function onReturn(hook, signal) {
  returnHooks.add(hook);
  signal.addEventListener("abort", () => returnHooks.delete(hook), { once: true });
}
