/** Ids that nobody can guess, and no two of which are alike. */

import type { Environment } from "./ports.js";

/** @param bytes How many random ones; the id has twice as many characters. */
export function randomId({ randomBytes }: Environment, bytes: number): string {
  return Array.from(randomBytes(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
