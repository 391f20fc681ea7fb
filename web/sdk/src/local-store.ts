/** `localStorage` as a store, for browsers and windows whose database cannot be opened. */

import type { Store } from "./ports.js";

interface LocalStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

declare const localStorage: LocalStorage;

/** Rejects, as its methods do, where a browser blocks storage. */
export async function localStore(): Promise<Store> {
  const storage = localStorage;
  const read = (key: string): unknown => {
    const text = storage.getItem(`parley:${key}`);
    return text === null ? undefined : JSON.parse(text);
  };
  return {
    get: async (key) => read(key),
    update: async (key, change) =>
      storage.setItem(`parley:${key}`, JSON.stringify(change(read(key)))),
    delete: async (key) => storage.removeItem(`parley:${key}`),
  };
}
