/**
 * The client of an element: one that was given to it, or one made from its attributes.
 *
 * A client of its own is disconnected when the element leaves the page for good, and made anew when
 * an attribute that it was made from changes.
 */

import {
  type ClientEvents,
  type ClientOptions,
  ParleyClient,
  type TokenSource,
} from "@parley/client";
import type { ReactiveController, ReactiveControllerHost } from "lit";

export interface SessionSource {
  readonly client: ParleyClient | null;
  readonly url: string | null;
  readonly api: string | null;
  readonly tokenUrl: string | null;
  readonly token: TokenSource | string | null;
  readonly cookies: boolean;
  readonly scope: "tenant" | "manage";
}

type Heard = "ready" | "unread" | "message" | "unauthorized";

export type SessionListener = { readonly changed: () => void } & {
  readonly [N in Heard]: (event: ClientEvents[N]) => void;
};

export class Session implements ReactiveController {
  client: ParleyClient | null = null;
  #isOwn = false;
  #madeFrom = "";
  #stop: (() => void)[] = [];
  readonly #waiting: ((client: ParleyClient) => void)[] = [];

  readonly #host: ReactiveControllerHost & EventTarget & SessionSource & { isConnected: boolean };
  readonly #listener: SessionListener;

  constructor(
    host: ReactiveControllerHost & EventTarget & SessionSource & { isConnected: boolean },
    listener: SessionListener,
  ) {
    this.#host = host;
    this.#listener = listener;
    host.addController(this);
  }

  hostConnected(): void {
    if (this.client) this.#begin();
  }

  hostUpdate(): void {
    const host = this.#host;
    if (host.client) return this.#use(host.client, false);
    const wanted = describe(host);
    if (this.#isOwn && wanted === this.#madeFrom) return;
    this.#madeFrom = wanted;
    this.#use(wanted ? this.#make() : null, true);
  }

  /** An element that is only moved is connected again at once: that is no reason to hang up. */
  hostDisconnected(): void {
    queueMicrotask(() => {
      if (!this.#host.isConnected) this.#end();
    });
  }

  /** Resolves when rooms and people are known. */
  async whenReady(): Promise<ParleyClient> {
    const client = this.client;
    if (client?.me) return client;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #use(client: ParleyClient | null, isOwn: boolean): void {
    if (client === this.client) return;
    this.#end();
    this.client = client;
    this.#isOwn = isOwn && client !== null;
    if (client) this.#begin();
  }

  #begin(): void {
    const { client } = this;
    const listener = this.#listener;
    if (!client || this.#stop.length) return;
    this.#stop = [
      client.on("change", listener.changed),
      client.on("state", listener.changed),
      client.on("unread", listener.unread),
      client.on("message", listener.message),
      client.on("unauthorized", listener.unauthorized),
      client.on("ready", (event) => this.#becameReady(event)),
    ];
    const { me } = client;
    if (client.connected && me) queueMicrotask(() => this.#becameReady({ me }));
    this.connect();
  }

  /** Why it cannot connect is the client's state, which the panel shows. */
  connect(): void {
    this.client?.connect().catch(() => this.#listener.changed());
  }

  #becameReady(event: ClientEvents["ready"]): void {
    this.#listener.ready(event);
    const { client } = this;
    if (!client) return;
    for (const resolve of this.#waiting.splice(0)) resolve(client);
  }

  #end(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
    if (this.#isOwn) this.client?.disconnect();
  }

  #make(): ParleyClient {
    const { url, api, scope, cookies } = this.#host;
    const options: ClientOptions = { url: url ?? "", scope };
    if (api) options.api = api;
    // Asked of the element each time: a page may set another function later.
    if (!cookies) options.token = (ask) => this.#askToken(ask);
    return new ParleyClient(options);
  }

  async #askToken(ask: { refresh: boolean }): Promise<string> {
    const { token, tokenUrl } = this.#host;
    if (typeof token === "function") return token(ask);
    return token ?? fetchToken(tokenUrl ?? "");
  }
}

/** What a client is made from, as text; empty while that is not enough. */
function describe(source: SessionSource): string {
  const { url, api, tokenUrl, token, cookies, scope } = source;
  if (!url || !(cookies || token || tokenUrl)) return "";
  return JSON.stringify([url, api, tokenUrl, cookies, scope, typeof token === "string" && token]);
}

/** What servers say who have an address for GET only, or who serve files. */
const NO_POST = [404, 405, 501];

const LOGGED_OUT = [401, 403];

/**
 * Ask the host page's server who is logged in: by POST, or GET where it does not know that.
 *
 * Gives an empty token if nobody is, for which the client asks to sign in again. Any other failure
 * rejects, and is tried again.
 */
export async function fetchToken(url: string): Promise<string> {
  const options = { credentials: "include", cache: "no-store" } as const;
  let response = await fetch(url, { ...options, method: "POST" });
  if (NO_POST.includes(response.status)) response = await fetch(url, options);
  if (LOGGED_OUT.includes(response.status)) return "";
  if (!response.ok) throw new Error(`The token's address answered ${response.status}.`);
  const { token } = (await response.json()) as { token?: unknown };
  return typeof token === "string" ? token : "";
}
