/** A small world for tests: a server, browsers with tabs, and people who chat in them. */

import {
  type ClientOptions,
  type Message,
  ParleyClient,
  type ParleyError,
  type Room,
} from "../src/index.js";
import type { Attention, Environment, Network } from "../src/ports.js";
import * as sharing from "../src/shared-link.js";
import { DeviceClock, FakeClock } from "./fakeClock.js";
import { API, FakeRest } from "./fakeRest.js";
import { type Connection, FakeServer } from "./fakeServer.js";
import { socketsOf } from "./fakeSocket.js";
import { FakeBrowser, type FakeTabs } from "./fakeTabs.js";
import type { Claims } from "./fakeTokens.js";

export const URL = "wss://ws.test/v1";
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** With one connection for all tabs of a browser, and each client with its own, as in Node. */
export const SETTINGS: [string, Partial<Environment>][] = [
  ["in a browser", {}],
  ["without other tabs", { tabs: null }],
];

/** Something that is told of changes. */
class Switch {
  readonly #listeners = new Set<() => void>();

  readonly onChange = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };

  tell(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

/** Somebody in front of a screen. */
class FakeAttention extends Switch implements Attention {
  #isVisible = true;
  #inputAt: number;

  constructor(private readonly clock: FakeClock) {
    super();
    this.#inputAt = clock.now();
  }

  readonly isVisible = (): boolean => this.#isVisible;
  readonly lastInputAt = (): number => this.#inputAt;
  readonly note = (): void => {
    this.#inputAt = this.clock.now();
    this.tell();
  };

  show(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.tell();
  }
}

class FakeNetwork extends Switch implements Network {
  #isOnline = true;

  readonly isOnline = (): boolean => this.#isOnline;

  set(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.tell();
  }
}

/** What a client told its user, in order. */
export interface Heard {
  readonly states: string[];
  readonly messages: { room: Room; message: Message; isMine: boolean; isLive: boolean }[];
  readonly unauthorized: ParleyError[];
  readonly errors: ParleyError[];
}

function listenTo(client: ParleyClient): Heard {
  const heard: Heard = { states: [], messages: [], unauthorized: [], errors: [] };
  client.on("state", ({ state, reason }) =>
    heard.states.push(reason === null ? state : `${state}: ${reason}`),
  );
  client.on("message", (told) => heard.messages.push(told));
  client.on("unauthorized", ({ error }) => heard.unauthorized.push(error));
  client.on("error", ({ error }) => heard.errors.push(error));
  return heard;
}

/** One tab of a browser, or one device, with a client in it. */
export class Tab {
  readonly clock: DeviceClock;
  readonly attention: FakeAttention;
  readonly network = new FakeNetwork();
  readonly rest: FakeRest;
  readonly environment: Environment;
  readonly client: ParleyClient;
  readonly heard: Heard;
  isOut = false;
  readonly #tabs: FakeTabs;

  constructor(
    private readonly world: World,
    readonly browser: FakeBrowser,
    options: ClientOptions,
    environment: Partial<Environment> = {},
  ) {
    this.clock = new DeviceClock(world.clock);
    this.attention = new FakeAttention(world.clock);
    this.rest = new FakeRest(world.server, this);
    this.#tabs = browser.tabs(this.clock);
    this.environment = {
      WebSocket: socketsOf(world.server, this),
      fetch: this.rest.fetch,
      clock: this.clock,
      random: world.random,
      randomBytes: (count) => world.randomBytes(count),
      store: browser.store(this.clock),
      tabs: this.#tabs,
      loadSharing: async () => sharing,
      attention: this.attention,
      network: this.network,
      ...environment,
    };
    this.client = new ParleyClient(options, this.environment);
    this.heard = listenTo(this.client);
  }

  /** Where the newest connection of this tab's person is. */
  get connection(): Connection {
    const mine = this.world.server.open(this.client.me?.userId);
    return mine.at(-1)!;
  }

  /** The tab is closed or reloaded, or it crashed: nothing of it runs any more. */
  end(): void {
    this.clock.end();
    this.#tabs.end();
    for (const connection of this.world.server.open()) {
      if (connection.socket.isOf(this)) {
        this.world.server.closed(connection.socket);
      }
    }
  }

  /** Pull the cable; the browser notices if `isNoticed`. */
  unplug(isNoticed: boolean): void {
    this.isOut = true;
    if (isNoticed) {
      this.network.set(false);
    }
  }

  plug(): void {
    this.isOut = false;
    this.network.set(true);
  }
}

export interface Person extends Partial<Claims> {
  /** What the client is made with, beside address and token. */
  options?: Partial<ClientOptions>;
  environment?: Partial<Environment>;
  browser?: FakeBrowser;
}

/** Why a promise fails, when it does. */
export async function refused(promise: Promise<unknown>): Promise<ParleyError> {
  const error = await promise.then(
    () => null,
    (reason: ParleyError) => reason,
  );
  if (!error) {
    throw new Error("It did not fail.");
  }
  return error;
}

export class World {
  readonly clock = new FakeClock();
  /** What every client's environment has, or lacks, unless a test says otherwise. */
  readonly environment: Partial<Environment>;
  readonly server = new FakeServer(this.clock);
  /** What `random` gives: half of every wait, unless a test says otherwise. */
  random = (): number => 0.5;
  #bytes = 0;

  constructor(environment: Partial<Environment> = {}) {
    this.environment = environment;
  }

  browser(): FakeBrowser {
    return new FakeBrowser();
  }

  /** Open a tab for somebody; of the tenant acme, and in a browser of their own, by default. */
  tab(sub: string, person: Person = {}): Tab {
    const { options, environment, browser = this.browser(), ...claims } = person;
    const token = () => this.server.tokens.issue(this.claims(sub, claims));
    const all = { url: URL, api: API, token, ...options };
    return new Tab(this, browser, all, { ...this.environment, ...environment });
  }

  /** A tab whose pages have a login cookie, and no token. */
  cookieTab(sub: string): Tab {
    const tab = new Tab(this, this.browser(), { url: URL, api: API }, this.environment);
    tab.rest.cookie = this.server.tokens.issue(this.claims(sub));
    return tab;
  }

  claims(sub: string, more: Partial<Claims> = {}): Claims {
    const name = `${sub.charAt(0).toUpperCase()}${sub.slice(1)}`;
    return { sub, tenantId: "acme", name, ...more };
  }

  /** Open tabs and connect them, one after another. */
  async connected(sub: string, person: Person = {}): Promise<Tab> {
    const tab = this.tab(sub, person);
    await this.resolve(tab.client.connect());
    return tab;
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Let what is under way arrive, and nothing that waits longer. */
  async settle(): Promise<void> {
    await this.clock.advance(60);
  }

  until(isSo: () => boolean, limitMs?: number): Promise<void> {
    return this.clock.until(isSo, limitMs);
  }

  resolve<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.resolve(promise, limitMs);
  }

  /** Go on until a promise fails, and give why. */
  async refusal(promise: Promise<unknown>, limitMs?: number): Promise<ParleyError> {
    return this.resolve(refused(promise), limitMs);
  }

  randomBytes(count: number): Uint8Array {
    this.#bytes += 1;
    const bytes = new Uint8Array(count);
    new DataView(bytes.buffer).setUint32(0, this.#bytes);
    return bytes;
  }
}
