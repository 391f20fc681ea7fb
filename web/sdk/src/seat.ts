/**
 * The way to the server of a tab that may get company.
 *
 * Alone it has a connection of its own. When another tab of the same person turns up, both load what
 * sharing takes, and the connection goes over to the shared one without a gap.
 */

import { Connector } from "./connector.js";
import type { Credentials } from "./credentials.js";
import type { Link, LinkHooks, OneWay, Request } from "./link.js";
import type { Environment, TabChannel, Tabs } from "./ports.js";
import type { Operations } from "./protocol.gen.js";
import type { ConnectionState, OfflineReason } from "./types.js";

export class Seat implements Link {
  readonly #own: Connector;
  #shared: Link | null = null;
  /** The link that counts: one's own until the shared one is connected. */
  #used: Link;
  #channel: TabChannel | null = null;
  #release: (() => void) | null = null;
  // Counts starts and stops: what was loaded for a former one is of no use.
  #age = 0;

  constructor(
    private readonly environment: Environment,
    private readonly credentials: Credentials,
    private readonly hooks: LinkHooks,
    private readonly tabs: Tabs,
    private readonly key: string,
    private readonly lifeMs?: number,
  ) {
    const own = this.#hooks(() => this.#own);
    this.#own = new Connector(environment, credentials, own, environment.attention, lifeMs);
    this.#used = this.#own;
  }

  get state(): ConnectionState {
    // Until it is known whether there are other tabs, neither has begun.
    return this.#channel && this.#used.reason === "closed" ? "connecting" : this.#used.state;
  }

  get reason(): OfflineReason | null {
    return this.state === "offline" ? this.#used.reason : null;
  }

  readonly request: Request = (operation, data) => this.#used.request(operation, data);

  tell<O extends OneWay>(operation: O, data: Operations[O]["data"]): void {
    this.#used.tell(operation, data);
  }

  start(): void {
    if (this.#channel || this.#shared) return this.#used.start();
    const share = () => void this.#share();
    // Any word on it is that of another tab.
    this.#channel = this.tabs.channel(this.key, share);
    this.#release = this.tabs.hold(this.key, () => this.#own.start(), share);
  }

  stop(): void {
    this.#age += 1;
    this.#leaveSeat();
    this.#own.stop();
    this.#shared?.stop();
    this.#shared = null;
    this.#used = this.#own;
  }

  logOut(): void {
    this.#shared?.logOut?.();
  }

  #leaveSeat(): void {
    this.#channel?.close();
    this.#release?.();
    this.#channel = this.#release = null;
  }

  async #share(): Promise<void> {
    if (this.#shared || !this.#channel) return;
    const age = this.#age;
    const sharing = await this.environment.loadSharing().catch(() => null);
    if (age !== this.#age || this.#shared) return;
    // It could not be loaded: two connections are better than none.
    if (!sharing) return this.#own.start();
    const hooks = this.#hooks(() => this.#shared);
    const { environment, credentials, key, lifeMs } = this;
    this.#shared = new sharing.SharedLink(environment, credentials, hooks, key, lifeMs);
    if (!this.#own.isStarted) this.#used = this.#shared;
    this.#shared.start();
    this.#leaveSeat();
  }

  #hooks(of: () => Link | null): LinkHooks {
    return {
      ...this.hooks,
      event: (frame) => this.hooks.event(frame),
      changed: (state, reason) => this.#changed(of(), state, reason),
    };
  }

  #changed(link: Link | null, state: ConnectionState, reason: OfflineReason | null): void {
    if (link === this.#shared && link !== this.#used && link) {
      if (state !== "connected" && this.#own.state === "connected") return;
      this.#used = link;
      this.#own.stop();
    }
    if (link === this.#used) this.hooks.changed(state, reason);
  }
}
