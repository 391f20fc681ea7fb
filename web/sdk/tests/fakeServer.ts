/**
 * Parley in memory: what docs/protocol.md says, over fake sockets and a fake `fetch`, for any number
 * of tenants, people and connections, with faults on demand.
 */

import type { EventName, Events, Seen, SendMessage, SendReply } from "../src/protocol.gen.js";
import type { FakeClock } from "./fakeClock.js";
import { type Asker, Commands, limitOf } from "./fakeCommands.js";
import { Faults } from "./fakeFaults.js";
import { type Command, readFrame } from "./fakeFrames.js";
import { Limits } from "./fakeLimits.js";
import { type Lease, Presence } from "./fakePresence.js";
import type { FakeSocket, SocketServer } from "./fakeSocket.js";
import { type Profile, personKey, Refusal, State, sizeOf } from "./fakeState.js";
import { Tokens } from "./fakeTokens.js";

const MAX_SENT_BYTES = 30 * 1024;
const CONNECTION_MS = 2 * 60 * 60_000;
const IDLE_MS = 10 * 60_000;
const EXPIRED_FRAMES_MS = 10_000;
const EXPIRED_BYE_MS = 30_000;
const CONNECTIONS_PER_USER = 10;

const BYES = {
  4001: "token expired",
  4002: "going away",
  4501: "revoked",
  4502: "replaced",
} as const;
export type ByeCode = keyof typeof BYES;

export class Connection implements Asker {
  status: "online" | "away" = "online";
  subscription: ReadonlySet<string> | null = null;
  endedAt: number | null = null;
  isKnown = true;
  /** Every operation that came over it, in order. */
  readonly asked: Command[] = [];

  constructor(
    readonly connectionId: string,
    readonly caller: Profile,
    readonly socket: FakeSocket,
    readonly expiresAt: number,
    readonly openedAt: number,
    public heardAt = openedAt,
    public beatAt = openedAt,
  ) {}

  get userId(): string {
    return this.caller.userId;
  }

  get isOpen(): boolean {
    return this.endedAt === null;
  }

  /** Nothing passes any more, and nobody is told. */
  silence(): void {
    this.socket.isSilent = true;
  }
}

export class FakeServer implements SocketServer {
  latencyMs = 5;
  pageBytes = 25 * 1024;
  bodyMaxChars = 4_000;
  heartbeatInterval = 30;
  epoch = "e1";
  /** Redis does not answer: who is online is not known, nor what changed, and nothing is pushed. */
  isRedisAway = false;
  /** False: a connection's end is never noticed, but by its lease. */
  noticesEnds = true;
  readonly state: State;
  readonly presence: Presence;
  readonly faults = new Faults();
  readonly limits: Limits;
  readonly tokens: Tokens;
  /** Every connection there ever was, oldest first. */
  readonly connections: Connection[] = [];
  /** When handshakes came, refused ones too. */
  readonly handshakes: number[] = [];
  /** Under which `seq` each body was first stored, by room and body; edits leave it. */
  readonly firstBodies = new Map<string, number[]>();
  readonly #commands = new Commands(this);

  constructor(readonly clock: FakeClock) {
    this.state = new State(clock);
    this.limits = new Limits(clock);
    this.tokens = new Tokens(clock, this.state);
    const tell = (lease: Lease, users: Seen[]) =>
      this.push((each) => each === lease, "presence:update", { users });
    this.presence = new Presence(clock, this.state, tell);
  }

  // --- Looking -----------------------------------------------------------------------------

  /** The open connections of somebody, oldest first; of everybody without a name. */
  open(userId?: string): Connection[] {
    const isMeant = (each: Connection) => userId === undefined || each.userId === userId;
    return this.connections.filter((each) => each.isOpen && isMeant(each));
  }

  /** What somebody asked over all connections, by operation. */
  asked(userId: string, operation?: Command["operation"]): Command[] {
    const commands = this.connections.filter((each) => each.userId === userId);
    const all = commands.flatMap((each) => each.asked);
    return all.filter((each) => operation === undefined || each.operation === operation);
  }

  // --- Faults that are no single frame's ---------------------------------------------------

  /** Redis restarted empty: connections hear nothing until their next heartbeat. */
  loseRedis(): void {
    this.newEpoch();
    this.presence.forget();
    for (const connection of this.open()) {
      connection.isKnown = false;
    }
  }

  newEpoch(): void {
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
  }

  bye(connection: Connection, code: ByeCode): void {
    const data = { code, reason: BYES[code], reconnect: code < 4500 };
    this.#say(connection, { event: "bye", data });
    this.#end(connection);
    this.clock.setTimeout(() => connection.socket.end(1005, ""), 1);
  }

  /** End connections without a word, as a router that restarts. */
  cut(connections = this.open(), code = 1006): void {
    for (const connection of connections) {
      connection.socket.end(code, "");
    }
  }

  revoke(userId: string): void {
    this.tokens.revoke(userId);
    for (const connection of this.open(userId)) {
      this.bye(connection, 4501);
    }
  }

  /** Lose the newest messages of a room, as a restored backup would. */
  rollBack(roomId: string, seq: number): void {
    const room = this.state.rooms.get(roomId);
    room?.messages.splice(seq);
  }

  // --- Sockets -----------------------------------------------------------------------------

  handshake(socket: FakeSocket): void {
    this.handshakes.push(this.clock.now());
    const fate = this.faults.handshakeFate();
    if (fate === "silence") {
      socket.isSilent = true;
      return;
    }
    try {
      if (fate === "refused") {
        throw new Refusal("UNAVAILABLE");
      }
      this.#accept(socket);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      socket.fail();
    }
  }

  received(socket: FakeSocket, text: string): void {
    const connection = this.connections.find((each) => each.socket === socket);
    if (connection?.isOpen) {
      this.#handle(connection, text);
    }
  }

  closed(socket: FakeSocket): void {
    const connection = this.connections.find((each) => each.socket === socket);
    if (connection && this.noticesEnds) {
      this.#end(connection);
    }
  }

  // --- Pushing -----------------------------------------------------------------------------

  push<E extends EventName>(
    isMeant: (connection: Connection) => boolean,
    event: E,
    data: Events[E],
  ): void {
    const now = this.clock.now();
    const canHear = (each: Connection) => each.isOpen && each.isKnown && now < each.expiresAt;
    const isLive = (each: Connection) => canHear(each) && !this.isRedisAway;
    for (const connection of this.connections.filter((each) => isLive(each) && isMeant(each))) {
      const copies = this.faults.copies({ userId: connection.userId, event, data });
      for (const delayMs of copies) {
        this.#say(connection, { event, data }, delayMs);
      }
    }
  }

  #say(connection: Connection, frame: object, delayMs = 0): void {
    if (sizeOf(frame) > MAX_SENT_BYTES) {
      throw new Error(`The fake server would send ${sizeOf(frame)} bytes.`);
    }
    connection.socket.deliver(JSON.stringify(frame), delayMs);
  }

  /** What `POST /rooms/{roomId}/messages` does; it comes over no connection. */
  sendByRest(caller: Profile, data: SendMessage): SendReply {
    this.limits.count(personKey(caller), "message");
    const now = this.clock.now();
    const none = { subscription: null, endedAt: now, connectionId: "", isKnown: false };
    const asker = { caller, heardAt: now, beatAt: now, status: "online", ...none } as const;
    return this.#commands["message.send"]({ ...asker }, data);
  }

  // --- Connections -------------------------------------------------------------------------

  #accept(socket: FakeSocket): void {
    const { profile, expiresAt } = this.tokens.ofHandshake(socket.url, socket.protocols);
    this.limits.count(personKey(profile), "connect");
    const connectionId = `c${this.connections.length + 1}`;
    const now = this.clock.now();
    const connection = new Connection(connectionId, profile, socket, expiresAt, now);
    this.connections.push(connection);
    socket.open();
    this.presence.opened(connection);
    this.#replaceOldest(profile);
    this.clock.setTimeout(() => socket.end(1001, "Going away"), CONNECTION_MS);
    this.clock.setTimeout(() => this.#expire(connection), expiresAt - now + EXPIRED_BYE_MS);
    this.#endIdle(connection);
  }

  #replaceOldest(profile: Profile): void {
    const key = personKey(profile);
    const held = this.open().filter((each) => personKey(each.caller) === key);
    held.sort((one, other) => one.heardAt - other.heardAt);
    for (const oldest of held.slice(0, -CONNECTIONS_PER_USER)) {
      this.bye(oldest, 4502);
    }
  }

  #expire(connection: Connection): void {
    if (connection.isOpen) {
      this.bye(connection, 4001);
    }
  }

  #endIdle(connection: Connection): void {
    const idleMs = this.clock.now() - connection.heardAt;
    if (idleMs >= IDLE_MS) {
      connection.socket.end(1001, "Going away");
    } else if (connection.isOpen) {
      this.clock.setTimeout(() => this.#endIdle(connection), IDLE_MS - idleMs);
    }
  }

  #end(connection: Connection): void {
    if (connection.isOpen) {
      this.presence.closed(connection);
    }
  }

  // --- Commands ----------------------------------------------------------------------------

  #handle(connection: Connection, text: string): void {
    connection.heardAt = this.clock.now();
    const command = readFrame(text);
    if ("refusal" in command) {
      this.#answer(connection, { id: command.id, ...command.refusal.body });
      return;
    }
    connection.asked.push(command);
    if (this.clock.now() > connection.expiresAt + EXPIRED_FRAMES_MS) {
      this.#answer(connection, { id: command.id, ...new Refusal("UNAUTHORIZED").body });
      this.bye(connection, 4001);
      return;
    }
    const { operation, data } = command;
    const { userId } = connection;
    this.#carryOut(connection, command, this.faults.fate({ userId, operation, data }));
  }

  #carryOut(connection: Connection, command: Command, fate: ReturnType<Faults["fate"]>): void {
    if (fate === "lost") {
      return;
    }
    if (fate === "gatewayError") {
      this.#answerAsGateway(connection);
      return;
    }
    if (fate instanceof Refusal) {
      this.#answer(connection, { id: command.id, ...fate.body });
      return;
    }
    const reply = this.#reply(connection, command);
    if (fate === "gatewayErrorAfter") {
      this.#answerAsGateway(connection);
    } else if (fate !== "unanswered" && !command.operation.startsWith("typing")) {
      this.#answer(connection, { id: command.id, ...reply }, fate);
    }
  }

  #reply(connection: Connection, command: Command): object {
    try {
      const limit = limitOf(command.operation);
      if (limit) {
        this.limits.count(personKey(connection.caller), limit);
      }
      // The fields were looked at one by one, so that they are those of the operation.
      const data = this.#commands[command.operation](connection, command.data as never);
      return { ok: true, data };
    } catch (error) {
      if (error instanceof Refusal) {
        return error.body;
      }
      throw error;
    }
  }

  #answer(connection: Connection, reply: object, delayMs = 0): void {
    this.#say(connection, reply, delayMs);
  }

  #answerAsGateway(connection: Connection): void {
    const { connectionId } = connection;
    const message = "Internal server error";
    this.#answer(connection, { message, connectionId, requestId: "BFHPhFe3IAMF95g=" });
  }
}
