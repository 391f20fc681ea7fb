/** What browsers and Node offer, as far as they do. Touched when a client is made, not at import. */

import { createStore, del, get, update } from "idb-keyval";
import type {
  Attention,
  Clock,
  Environment,
  Fetch,
  Network,
  SocketConstructor,
  Store,
  Tabs,
} from "./ports.js";

/** The parts of the global scope that are used where they are there. */
interface Globals {
  WebSocket?: SocketConstructor;
  fetch?: Fetch;
  crypto?: { getRandomValues(bytes: Uint8Array): Uint8Array };
  indexedDB?: unknown;
  navigator?: { onLine?: boolean; locks?: Locks };
  BroadcastChannel?: new (name: string) => Broadcast;
  document?: Target & { visibilityState: string };
  addEventListener?: Target["addEventListener"];
  removeEventListener?: Target["removeEventListener"];
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

interface Target {
  addEventListener(name: string, listener: () => void, options?: unknown): void;
  removeEventListener(name: string, listener: () => void, options?: unknown): void;
}

interface Locks {
  request(name: string, options: object, held: (lock: unknown) => Promise<void>): Promise<unknown>;
}

interface Broadcast {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

declare class AbortController {
  readonly signal: unknown;
  abort(): void;
}

const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"];
/** Input that follows so long a pause is news; each movement of a mouse is not. */
const PAUSE_MS = 60_000;
const LISTENING = { capture: true, passive: true };

/**
 * The environment of this browser tab or Node process.
 *
 * Raises:
 *   Error: There is no WebSocket or fetch, as in Node before 22; pass them in `given`.
 */
export function defaultEnvironment(given: Partial<Environment> = {}): Environment {
  const globals = globalThis as unknown as Globals;
  const clock = given.clock ?? systemClock(globals);
  const WebSocket = given.WebSocket ?? globals.WebSocket;
  const fetch = given.fetch ?? globals.fetch?.bind(globalThis);
  if (!WebSocket || !fetch) throw new Error("There is no WebSocket or fetch here: pass them in.");
  return {
    clock,
    WebSocket,
    fetch,
    random: Math.random,
    randomBytes: (count) => bytesOf(globals, count),
    store: storeOf(globals),
    tabs: tabsOf(globals),
    attention: attentionOf(globals, clock),
    network: networkOf(globals),
    loadSharing: () => import("./shared-link.js"),
    ...given,
  };
}

function systemClock(globals: Globals): Clock {
  return {
    now: () => Date.now(),
    setTimeout: (callback, ms) => globals.setTimeout(callback, ms),
    clearTimeout: (handle) => globals.clearTimeout(handle),
  };
}

/** Not `crypto.randomUUID`: plain http on an intranet has no such thing. */
function bytesOf({ crypto }: Globals, count: number): Uint8Array {
  if (!crypto) throw new Error("There is no source of random bytes here: pass `randomBytes`.");
  return crypto.getRandomValues(new Uint8Array(count));
}

// --- Store ------------------------------------------------------------------------------------

function storeOf(globals: Globals): Store | null {
  // Where there is no document either, as in Node, nothing is kept.
  return globals.document ? withFallback(globals.indexedDB ? databaseStore() : null) : null;
}

function databaseStore(): Store {
  // Made at first use: opening a database may fail, and that is told by a rejection then.
  let opened: ReturnType<typeof createStore> | undefined;
  const store = () => {
    opened ??= createStore("parley", "keyval");
    return opened;
  };
  return {
    get: async (key) => get(key, store()),
    update: async (key, change) => update(key, change, store()),
    delete: async (key) => del(key, store()),
  };
}

/** Private windows of some browsers have a database that cannot be opened. */
function withFallback(database: Store | null): Store {
  let fallback: Promise<Store> | undefined;
  const attempt = async <T>(action: (store: Store) => Promise<T>): Promise<T> => {
    try {
      if (database && !fallback) return await action(database);
    } catch {
      // What the database says is of no use where there is another place.
    }
    fallback ??= import("./local-store.js").then(({ localStore }) => localStore());
    return action(await fallback);
  };
  return {
    get: (key) => attempt((chosen) => chosen.get(key)),
    update: (key, change) => attempt((chosen) => chosen.update(key, change)),
    delete: (key) => attempt((chosen) => chosen.delete(key)),
  };
}

// --- Tabs -------------------------------------------------------------------------------------

function tabsOf({ navigator, BroadcastChannel }: Globals): Tabs | null {
  const locks = navigator?.locks;
  if (!locks || !BroadcastChannel) return null;
  return {
    hold: (name, held, taken) => hold(locks, name, held, taken),
    channel(name, heard) {
      const channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => heard(data);
      return { post: (message) => channel.postMessage(message), close: () => channel.close() };
    },
  };
}

function hold(locks: Locks, name: string, held: () => void, taken?: () => void): () => void {
  const waiting = new AbortController();
  let isWanted = true;
  let letGo = () => waiting.abort();
  const holding = (lock: unknown) =>
    new Promise<void>((resolve) => {
      letGo = resolve;
      if (lock && isWanted) return held();
      resolve();
      if (isWanted) taken?.();
    });
  // A signal and `ifAvailable` may not go together, and there is nothing to wait for.
  const options = taken ? { ifAvailable: true } : { signal: waiting.signal };
  // Aborted before it was held: that is what was asked for.
  locks.request(name, options, holding).catch(() => undefined);
  return () => {
    isWanted = false;
    letGo();
  };
}

// --- Attention and network --------------------------------------------------------------------

function attentionOf({ document, addEventListener }: Globals, clock: Clock): Attention {
  const hooks = new Set<() => void>();
  let lastInputAt = clock.now();
  const tell = () => {
    for (const changed of hooks) changed();
  };
  const note = () => {
    const isNews = clock.now() - lastInputAt > PAUSE_MS;
    lastInputAt = clock.now();
    if (isNews) tell();
  };
  for (const input of INPUTS) addEventListener?.call(globalThis, input, note, LISTENING);
  document?.addEventListener("visibilitychange", tell);
  return {
    isVisible: () => document?.visibilityState !== "hidden",
    lastInputAt: () => (document ? lastInputAt : clock.now()),
    onChange(changed) {
      hooks.add(changed);
      return () => hooks.delete(changed);
    },
    note,
  };
}

function networkOf({ navigator, addEventListener, removeEventListener }: Globals): Network {
  return {
    isOnline: () => navigator?.onLine !== false,
    onChange(changed) {
      for (const name of ["online", "offline"]) addEventListener?.call(globalThis, name, changed);
      return () => {
        for (const name of ["online", "offline"]) {
          removeEventListener?.call(globalThis, name, changed);
        }
      };
    },
  };
}
