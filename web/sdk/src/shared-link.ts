/**
 * One connection for all tabs of a browser.
 *
 * The tab that holds the lock leads: it has the connection, and lends it to the others over a channel.
 * Each tab keeps its own rooms and people, and synchronizes them by itself. When the leading tab goes,
 * the lock goes to another one. A tab whose leader does not answer, since its browser suspended it,
 * makes a connection of its own.
 */

import { Connector } from "./connector.js";
import type { Credentials } from "./credentials.js";
import { echoOf } from "./echo.js";
import { ParleyError } from "./errors.js";
import { randomId } from "./ids.js";
import type { Link, LinkHooks, OneWay, Request } from "./link.js";
import type { Environment, TabChannel } from "./ports.js";
import type {
  EventFrame,
  HeartbeatReply,
  Operation,
  Operations,
  StartSync,
  SyncReply,
} from "./protocol.gen.js";
import { SharedAttention } from "./shared-attention.js";
import { Subscriptions } from "./subscriptions.js";
import { type PlainError, plainError, type Said } from "./tab-messages.js";
import type { ConnectionState, OfflineReason } from "./types.js";

/** Longer than a leader takes to ask three times. */
const ANSWER_MS = 45_000;
/** A leader that lives answers at once, however busy it is. */
const SILENCE_MS = 4_000;
const REPORT_MS = 30_000;

interface Waiting {
  timer: unknown;
  resolve(data: never): void;
  reject(error: ParleyError): void;
}

export class SharedLink implements Link {
  state: ConnectionState = "offline";
  reason: OfflineReason | null = "closed";
  readonly #tab: string;
  readonly #attention: SharedAttention;
  readonly #subscriptions = new Subscriptions(
    (tab) => tab === this.#tab || this.#attention.isHere(tab),
  );
  readonly #waiting = new Map<number, Waiting>();
  #channel: TabChannel | null = null;
  #release: (() => void) | null = null;
  #connector: Connector | null = null;
  #isLeader = false;
  #userId = "";
  #lastId = 0;
  #generation = 0;
  #followed: string | null = null;
  #hasConnected = false;
  #silence: unknown = null;
  #report: unknown = null;
  #endAttention: (() => void) | null = null;

  constructor(
    private readonly environment: Environment,
    private readonly credentials: Credentials,
    private readonly hooks: LinkHooks,
    private readonly key: string,
    private readonly lifeMs?: number,
  ) {
    this.#tab = randomId(environment, 12);
    this.#attention = new SharedAttention(environment.attention, environment.clock);
  }

  start(): void {
    if (this.#connector) return this.#connector.start();
    if (this.#channel) return this.#post({ type: "start" });
    const tabs = this.environment.tabs;
    if (!tabs) return this.#standAlone();
    this.#become("connecting");
    this.#channel = tabs.channel(this.key, (said) => this.#hear(said as Said));
    this.#release = tabs.hold(this.key, () => this.#lead());
    this.#endAttention = this.environment.attention.onChange(() => this.#reportNow());
    this.#reportNow();
  }

  stop(): void {
    this.#post({ type: "gone", tab: this.#tab });
    this.#leaveTabs();
    this.#connector?.stop();
    this.#connector = null;
    this.#become("offline", "closed");
  }

  /** Have this person logged out in the other tabs, too. */
  logOut(): void {
    this.#post({ type: "logout" });
  }

  #leaveTabs(): void {
    this.environment.clock.clearTimeout(this.#silence);
    this.environment.clock.clearTimeout(this.#report);
    this.#endAttention?.();
    this.#release?.();
    this.#channel?.close();
    this.#channel = this.#release = this.#endAttention = null;
    this.#isLeader = false;
    this.#followed = null;
    this.#rejectAll();
  }

  readonly request: Request = (operation, data) => {
    if (this.state !== "connected") {
      return Promise.reject(ParleyError.lost("There is no connection."));
    }
    return this.#connector
      ? this.#carryOut(this.#tab, operation, data)
      : this.#askLeader(operation, data);
  };

  tell<O extends OneWay>(operation: O, data: Operations[O]["data"]): void {
    if (this.#connector) this.#connector.tell(operation, data);
    else this.#post({ type: "tell", operation, data });
  }

  #become(state: ConnectionState, reason: OfflineReason | null = null): void {
    if (this.state === state && this.reason === reason) return;
    this.state = state;
    this.reason = reason;
    if (state === "connected") this.#hasConnected = true;
    this.hooks.changed(state, reason);
  }

  #post(said: Said): void {
    this.#channel?.post(said);
  }

  #hear(said: Said): void {
    if (said.type === "logout") this.hooks.loggedOut();
    else if (this.#isLeader) this.#hearFollower(said);
    else if (!this.#connector) this.#hearLeader(said);
  }

  // --- With a connection of one's own -----------------------------------------------------------

  #lead(): void {
    this.#isLeader = true;
    this.environment.clock.clearTimeout(this.#silence);
    this.#rejectAll();
    this.#connect();
  }

  /** No other tab can be asked: do without them. */
  #standAlone(): void {
    this.#leaveTabs();
    this.#connect();
  }

  #connect(): void {
    this.#connector = new Connector(
      this.environment,
      this.credentials,
      {
        synchronize: (request) => this.hooks.synchronize(this.#merging(this.#noting(request))),
        event: (frame) => this.#event(frame, null),
        beaten: (reply) => this.#beaten(reply),
        changed: (state, reason) => this.#changed(state, reason),
        loggedOut: () => this.hooks.loggedOut(),
        unauthorized: (error) => this.#unauthorized(error),
      },
      this.#attention,
      this.lifeMs,
    );
    this.#connector.start();
  }

  /** Subscribe over a new connection to what the other tabs want to hear of, too. */
  #merging(request: Request): Request {
    return (operation, data) =>
      request(operation, this.#subscriptions.merge(this.#tab, operation, data));
  }

  /** Learn from a sync who the caller is. */
  #noting(request: Request): Request {
    return async (operation, data) => {
      const reply = await request(operation, data);
      if (operation === "sync.start") this.#userId = (reply as SyncReply).me.userId;
      return reply;
    };
  }

  #changed(state: ConnectionState, reason: OfflineReason | null): void {
    if (state === "connected") this.#generation += 1;
    // Taken over from another tab: to whoever looks, this is not the first connection.
    const isBack = state === "connecting" && this.#hasConnected;
    this.#become(isBack ? "reconnecting" : state, reason);
    this.#tellState();
  }

  #tellState(): void {
    if (!this.#isLeader || !this.#connector) return;
    const { state, reason } = this.#connector;
    const generation = this.#generation;
    this.#post({ type: "state", leader: this.#tab, generation, state, reason });
  }

  #event(frame: EventFrame, from: string | null): void {
    if (from !== this.#tab) this.hooks.event(frame);
    this.#post({ type: "event", frame, from });
  }

  #beaten(reply: HeartbeatReply): void {
    this.hooks.beaten(reply);
    this.#post({ type: "beaten", reply });
  }

  #unauthorized(error: ParleyError): void {
    this.hooks.unauthorized(error);
    this.#post({ type: "unauthorized", error: plainError(error) });
  }

  /** Do what a tab asks for, and let the others know. */
  async #carryOut<O extends Operation>(
    tab: string,
    operation: O,
    data: Operations[O]["data"],
  ): Promise<Operations[O]["reply"]> {
    const connector = this.#connector;
    if (!connector) throw ParleyError.lost();
    const asked = this.#subscriptions.merge(tab, operation, data);
    const reply = await this.#noting(connector.request)(operation, asked);
    const echo = echoOf(operation, data, reply, this.#userId);
    if (echo) this.#event(echo, tab);
    return reply;
  }

  #hearFollower(said: Said): void {
    switch (said.type) {
      case "attention":
        this.#attention.report(said.tab, said.isVisible, said.lastInputAt);
        return this.#tellState();
      case "gone":
        this.#attention.forget(said.tab);
        return this.#subscriptions.forget(said.tab);
      case "start":
        return this.#connector?.start();
      case "ask":
        return void this.#answer(said);
      case "tell":
        return this.#connector?.tell(said.operation, said.data);
      default:
    }
  }

  async #answer({ tab, id, operation, data }: Said & { type: "ask" }): Promise<void> {
    try {
      const reply = await this.#carryOut(tab, operation, data as never);
      this.#post({ type: "reply", to: tab, id, data: reply });
    } catch (error) {
      const told = error instanceof ParleyError ? error : ParleyError.lost(String(error));
      this.#post({ type: "refusal", to: tab, id, error: plainError(told) });
    }
  }

  // --- With the connection of another tab -------------------------------------------------------

  #askLeader: Request = (operation, data) => {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = this.environment.clock.setTimeout(() => {
        this.#waiting.delete(id);
        reject(ParleyError.lost());
      }, ANSWER_MS);
      this.#waiting.set(id, { timer, resolve, reject });
      this.#post({ type: "ask", tab: this.#tab, id, operation, data: data as StartSync });
    });
  };

  #hearLeader(said: Said): void {
    switch (said.type) {
      case "state":
        return this.#follow(said);
      case "event":
        return said.from === this.#tab ? undefined : this.hooks.event(said.frame);
      case "beaten":
        return this.hooks.beaten(said.reply);
      case "unauthorized":
        return this.hooks.unauthorized(errorOf(said.error));
      case "reply":
      case "refusal":
        return said.to === this.#tab ? this.#settle(said) : undefined;
      default:
    }
  }

  #settle(said: Said & { type: "reply" | "refusal" }): void {
    const waiting = this.#waiting.get(said.id);
    if (!waiting) return;
    this.environment.clock.clearTimeout(waiting.timer);
    this.#waiting.delete(said.id);
    if (said.type === "reply") waiting.resolve(said.data as never);
    else waiting.reject(errorOf(said.error));
  }

  #rejectAll(): void {
    for (const { timer, reject } of this.#waiting.values()) {
      this.environment.clock.clearTimeout(timer);
      reject(ParleyError.lost());
    }
    this.#waiting.clear();
  }

  #follow({ leader, generation, state, reason }: Said & { type: "state" }): void {
    this.environment.clock.clearTimeout(this.#silence);
    const connection = `${leader} ${generation}`;
    // Whoever leads now knows nothing of what the one before was asked.
    if (connection !== this.#followed) this.#rejectAll();
    // What that tab's page could not do, this one's may be able to: its login may be newer.
    if (state === "offline" && reason !== "network" && !this.#hasConnected)
      return this.#standAlone();
    if (state !== "connected") {
      this.#followed = null;
      const isBack = state === "connecting" && this.#hasConnected;
      this.#become(isBack ? "reconnecting" : state, reason);
    } else if (connection !== this.#followed) {
      this.#followed = connection;
      this.#become(this.#hasConnected ? "reconnecting" : "connecting");
      void this.#synchronize(connection);
    }
  }

  async #synchronize(connection: string): Promise<void> {
    try {
      await this.hooks.synchronize(this.#askLeader);
      if (connection === this.#followed) this.#become("connected");
    } catch {
      // Tried again when the leader next says where it is: upon the next report, or a new connection.
      if (connection === this.#followed) this.#followed = null;
    }
  }

  /** Tell the leader whether somebody is here; one that does not answer is no use. */
  #reportNow(): void {
    if (!this.#channel || this.#isLeader) return;
    const { attention, clock } = this.environment;
    const report = { isVisible: attention.isVisible(), lastInputAt: attention.lastInputAt() };
    this.#post({ type: "attention", tab: this.#tab, ...report });
    clock.clearTimeout(this.#report);
    this.#report = clock.setTimeout(() => this.#reportNow(), REPORT_MS);
    clock.clearTimeout(this.#silence);
    if (report.isVisible) {
      this.#silence = clock.setTimeout(() => this.#standAlone(), SILENCE_MS);
    }
  }
}

function errorOf({ code, message, retryAfter, correlationId, details }: PlainError): ParleyError {
  return new ParleyError(code, message, retryAfter, correlationId, details);
}
