/** How long to wait before the next attempt to connect (SPEC §2). */

const FIRST_MS = 1_000;
const FACTOR = 1.5;
const LONGEST_MS = 30_000;

/**
 * Full jitter: when a server goes away, its clients must not come back all at once.
 *
 * @param failures Attempts that failed in a row, from 1.
 * @param random From 0 to 1.
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_MS, FIRST_MS * FACTOR ** (failures - 1));
}
