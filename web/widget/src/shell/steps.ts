/** How keys move from row to row of the list. Pure. */

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
  PageDown: 8,
  PageUp: -8,
};

/** By how many rows a key goes on; null for one that does not. */
export function stepOf(event: KeyboardEvent): number | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  return STEPS[event.key] ?? null;
}

/** The row that many further on, up to either end; the first where the row is gone. */
export function stepped(
  keys: readonly string[],
  from: string | undefined,
  step: number,
): string | undefined {
  const index = from === undefined ? -1 : keys.indexOf(from);
  return keys[index < 0 ? 0 : Math.min(Math.max(index + step, 0), keys.length - 1)];
}
