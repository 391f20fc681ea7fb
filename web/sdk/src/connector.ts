/**
 * Keeps a connection: tickets, backoff, goodbyes, and the handover before API Gateway's two hours.
 *
 * Its state is what users of the client see. Knows nothing of rooms or people: `LinkHooks` do.
 */

import { backoffMs } from "./backoff.js";
import { Connection, ignored } from "./connection.js";
import type { Credentials } from "./credentials.js";
import { ParleyError } from "./errors.js";
import { Heart } from "./heart.js";
import type { Link, LinkHooks, OneWay, Request } from "./link.js";
import type { Attention, Environment, Socket } from "./ports.js";
import type { Bye, Operations } from "./protocol.gen.js";
import type { ConnectionState, OfflineReason } from "./types.js";

const OPEN_MS = 15_000;
/** API Gateway ends every connection after 2 hours; spread, so that a crowd does not hand over at once. */
export const CONNECTION_LIFE_MS = 115 * 60_000;
const HANDOVER_SPREAD = 0.1;
const ENDS: Record<number, OfflineReason> = { 4501: "revoked", 4502: "replaced" };

export class Connector implements Link {
  state: ConnectionState = "offline";
  reason: OfflineReason | null = "closed";
  readonly #heart: Heart;
  #connection: Connection | null = null;
  #opening: Connection | Socket | null = null;
  #retryTimer: unknown = null;
  #handover: unknown = null;
  #failures = 0;
  // Counts attempts, so that what a former one still does is told apart.
  #attempt = 0;
  #hasConnected = false;
  #isWanted = false;
  #ends: (() => void)[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly credentials: Credentials,
    private readonly hooks: LinkHooks,
    private readonly attention: Attention = environment.attention,
    private readonly lifeMs: number = CONNECTION_LIFE_MS,
  ) {
    this.#heart = new Heart(environment.clock, attention, (reply) => hooks.beaten(reply));
  }

  readonly request: Request = (operation, data) => {
    const connection = this.state === "connected" ? this.#connection : null;
    if (!connection) return Promise.reject(ParleyError.lost("There is no connection."));
    return connection.request(operation, data);
  };

  tell<O extends OneWay>(operation: O, data: Operations[O]["data"]): void {
    if (this.state === "connected") this.#connection?.tell(operation, data);
  }

  get isStarted(): boolean {
    return this.#isWanted;
  }

  start(): void {
    if (this.#isWanted && this.state !== "offline") return this.#hurry();
    this.#isWanted = true;
    this.#failures = 0;
    this.#listen();
    this.#connect();
  }

  stop(): void {
    this.#leave("closed");
  }

  #leave(reason: OfflineReason): void {
    this.#isWanted = false;
    for (const end of this.#ends.splice(0)) end();
    this.#drop();
    this.#become("offline", reason);
  }

  #listen(): void {
    for (const end of this.#ends.splice(0)) end();
    const { network } = this.environment;
    this.#ends = [
      network.onChange(() => (network.isOnline() ? this.#resume() : this.#pause())),
      this.attention.onChange(() => this.#notice()),
    ];
  }

  /** The network went: a connection over it is dead, even if it does not know yet. */
  #pause(): void {
    this.#drop();
    this.#wait();
  }

  #resume(): void {
    this.#failures = 0;
    if (this.state !== "connected") this.#connect();
  }

  /** Somebody looks, or came back: after a sleep the connection may be dead without knowing it. */
  #notice(): void {
    this.#heart.hurry();
    if (this.attention.isVisible()) this.#hurry();
  }

  /** No need to wait any longer for the next attempt. */
  #hurry(): void {
    if (this.#retryTimer !== null) this.#connect();
  }

  #become(state: ConnectionState, reason: OfflineReason | null = null): void {
    if (this.state === state && this.reason === reason) return;
    this.state = state;
    this.reason = reason;
    this.hooks.changed(state, reason);
  }

  /**
   * Without a network according to the device, which may be wrong: a server on the same machine can be
   * reached all the same. So that is what is said, but attempts go on.
   */
  #becomeUnconnected(): void {
    if (!this.environment.network.isOnline()) this.#become("offline", "network");
    else this.#become(this.#hasConnected ? "reconnecting" : "connecting");
  }

  // --- Attempts -------------------------------------------------------------------------------

  #connect(): void {
    this.#drop();
    this.#becomeUnconnected();
    void this.#try();
  }

  /** Open a connection and bring everything up to date over it, then use it. */
  async #try(): Promise<void> {
    const attempt = ++this.#attempt;
    let connection: Connection | null = null;
    try {
      connection = await this.#open(attempt);
      const intervalS = await this.hooks.synchronize(connection.request);
      if (attempt === this.#attempt) this.#use(connection, intervalS);
      else connection.close();
    } catch (error) {
      connection?.close();
      if (attempt === this.#attempt) this.#failed(error);
    }
  }

  async #open(attempt: number): Promise<Connection> {
    const { url, protocols } = await this.credentials.address();
    if (attempt !== this.#attempt) throw ParleyError.lost();
    const socket = new this.environment.WebSocket(url, protocols);
    this.#opening = socket;
    await opened(socket, this.environment).catch((error) => {
      this.credentials.failed();
      throw error;
    });
    if (attempt !== this.#attempt) {
      socket.close();
      throw ParleyError.lost();
    }
    const connection: Connection = new Connection(socket, this.environment.clock, {
      event: (frame) => this.hooks.event(frame),
      ended: (bye) => this.#ended(connection, bye),
    });
    this.#opening = connection;
    return connection;
  }

  #use(connection: Connection, intervalS: number): void {
    if (!connection.isOpen) return this.#failed(ParleyError.lost());
    const former = this.#connection;
    this.#connection = connection;
    this.#opening = null;
    this.#failures = 0;
    this.credentials.worked();
    this.#hasConnected = true;
    this.#heart.start(connection.request, intervalS);
    this.#planHandover();
    this.#become("connected");
    former?.close();
  }

  #failed(error: unknown): void {
    this.#opening = null;
    const code = error instanceof ParleyError ? error.code : null;
    if (code === "UNAUTHORIZED" || code === "FORBIDDEN") this.#giveUp(error as ParleyError);
    else if (this.#connection?.isOpen) this.#planHandover(this.#pauseMs());
    else this.#retry();
  }

  #giveUp(error: ParleyError): void {
    this.#leave(error.code === "FORBIDDEN" ? "forbidden" : "unauthorized");
    this.hooks.unauthorized(error);
  }

  #retry(): void {
    this.#drop();
    this.#wait();
  }

  #wait(): void {
    this.#becomeUnconnected();
    this.#retryTimer = this.environment.clock.setTimeout(() => this.#connect(), this.#pauseMs());
  }

  #pauseMs(): number {
    this.#failures += 1;
    return backoffMs(this.#failures, this.environment.random());
  }

  // --- Ends -----------------------------------------------------------------------------------

  #ended(connection: Connection, bye: Bye | null): void {
    if (bye?.code === 4001) this.credentials.refuse();
    if (bye && !bye.reconnect) this.#leave(ENDS[bye.code] ?? "revoked");
    else if (connection === this.#connection) this.#retry();
    // Another one is being opened and synchronized: its requests fail, and so the attempt.
  }

  #drop(): void {
    this.#attempt += 1;
    this.environment.clock.clearTimeout(this.#retryTimer);
    this.environment.clock.clearTimeout(this.#handover);
    this.#retryTimer = null;
    this.#heart.stop();
    this.#connection?.close();
    silence(this.#opening);
    this.#connection = null;
    this.#opening = null;
  }

  // --- Handover -------------------------------------------------------------------------------

  /** Have the next connection up to date before this one is closed: nobody sees us leave. */
  #planHandover(ms = this.lifeMs * (1 - this.environment.random() * HANDOVER_SPREAD)): void {
    const { clock } = this.environment;
    clock.clearTimeout(this.#handover);
    this.#handover = clock.setTimeout(() => void this.#try(), ms);
  }
}

/** Wait for a socket to open; rejects when it does not, or takes too long. */
function opened(socket: Socket, { clock }: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => failed(), OPEN_MS);
    const failed = () => {
      clock.clearTimeout(timer);
      silence(socket);
      reject(ParleyError.lost("The connection could not be opened."));
    };
    socket.onopen = () => {
      clock.clearTimeout(timer);
      resolve();
    };
    socket.onclose = failed;
    socket.onerror = failed;
  });
}

/** Close whatever it is, without hearing of it any more. */
function silence(opening: Connection | Socket | null): void {
  if (opening && !(opening instanceof Connection)) {
    opening.onopen = opening.onmessage = opening.onclose = null;
    opening.onerror = ignored;
  }
  opening?.close();
}
