/**
 * What the client needs of the world: a network, a clock, a store, other tabs, somebody's attention.
 *
 * `environment.ts` has what browsers and Node offer; tests bring their own. Nothing here needs a DOM.
 */

export interface Environment {
  readonly WebSocket: SocketConstructor;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** From 0 to 1, as `Math.random`; for jitter only. */
  readonly random: () => number;
  /** Not guessable, and no two alike. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Survives a reload; null where nothing does. */
  readonly store: Store | null;
  /** Other tabs of the same browser and origin; null where there are none. */
  readonly tabs: Tabs | null;
  readonly attention: Attention;
  readonly network: Network;
  /** What is needed where several tabs are open, and not before. */
  readonly loadSharing: () => Promise<Pick<typeof import("./shared-link.js"), "SharedLink">>;
}

export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

/** The part of a WebSocket that is used. */
export interface Socket {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export const SOCKET_OPEN = 1;

export type Fetch = (url: string, options: FetchOptions) => Promise<FetchResponse>;

export interface FetchOptions {
  method: string;
  headers: Record<string, string>;
  body?: string;
  credentials: "include" | "omit";
  cache: "no-store";
  signal?: unknown;
}

export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<unknown>;
}

export interface Clock {
  /** Milliseconds since 1970; may jump. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Keys and values that structured clone can copy. */
export interface Store {
  get(key: string): Promise<unknown>;
  /** Replace a value by what `change` makes of it (undefined if there is none): no other tab comes between. */
  update(key: string, change: (value: unknown) => unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface Tabs {
  /**
   * Wait until no other tab holds this lock, then hold it until `release` or the tab's end.
   *
   * With `taken`, that is called instead of waiting. Gives a function that gives up waiting, or
   * releases.
   */
  hold(name: string, held: () => void, taken?: () => void): () => void;
  /** A channel to the other tabs; what is posted does not come back to the poster. */
  channel(name: string, heard: (message: unknown) => void): TabChannel;
}

export interface TabChannel {
  post(message: unknown): void;
  close(): void;
}

/** Whether somebody looks at this, and when they last did something. */
export interface Attention {
  isVisible(): boolean;
  /** In `Clock.now` time. */
  lastInputAt(): number;
  /** Called when visibility changes, and at input that follows a pause. Gives the function that ends it. */
  onChange(changed: () => void): () => void;
  /** Say that somebody did something, where the environment does not see it. */
  note(): void;
}

export interface Network {
  isOnline(): boolean;
  onChange(changed: () => void): () => void;
}
