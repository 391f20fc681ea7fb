/** Choices that survive a reload, where the browser lets a page store anything. */

const PREFIX = "parley:";

export function readPreference(name: string): string | null {
  try {
    return globalThis.localStorage?.getItem(PREFIX + name) ?? null;
  } catch {
    // Storage is switched off, or this is a sandboxed frame: the choice lasts as long as the page.
    return null;
  }
}

export function writePreference(name: string, value: string): void {
  try {
    globalThis.localStorage?.setItem(PREFIX + name, value);
  } catch {
    // As above; or it is full, which a preference is not worth an error for.
  }
}
