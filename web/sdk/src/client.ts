/**
 * A person's chats, kept up to date over one connection: what a host page or the widget holds.
 *
 * Wires the parts, and hands each event to the one that it concerns.
 */

import { Connector } from "./connector.js";
import { Credentials } from "./credentials.js";
import { Emitter } from "./emitter.js";
import { defaultEnvironment } from "./environment.js";
import { ParleyError } from "./errors.js";
import { randomId } from "./ids.js";
import type { Link, LinkHooks, Request } from "./link.js";
import { Outbox } from "./outbox.js";
import { Patience } from "./patience.js";
import { People } from "./people.js";
import type { Environment } from "./ports.js";
import {
  type EventFrame,
  type HeartbeatReply,
  LIMITS,
  type Me,
  type Message,
  type Person,
  type Room as RoomView,
  type SendMessage,
  type SendReply,
} from "./protocol.gen.js";
import { Receipts } from "./receipts.js";
import type { Room } from "./room.js";
import { Rooms } from "./rooms.js";
import { Seat } from "./seat.js";
import { Settings } from "./settings.js";
import { catchUp, isKnown } from "./sync.js";
import type { ClientEvents, ClientOptions, ConnectionState, OfflineReason } from "./types.js";
import { OwnTyping, Typists } from "./typing.js";

const GAP_PATIENCE_MS = 2_000;

export class ParleyClient extends Emitter<ClientEvents> {
  readonly rooms: Rooms;
  readonly people: People;
  readonly settings = new Settings((method, path, body) => this.rest(method, path, body));
  /** The caller, as the server knows them; null before the first sync. */
  me: Me | null = null;
  /** The last reconnect brought everything that was missed; false if a room had to start anew. */
  recovered = false;
  readonly #environment: Environment;
  readonly #options: ClientOptions;
  readonly #credentials: Credentials;
  readonly #outbox: Outbox;
  readonly #receipts: Receipts;
  readonly #typists: Typists;
  readonly #typing: OwnTyping;
  readonly #patience: Patience;
  #link: Link | null = null;
  #starting: Promise<Link> | null = null;
  #state: ConnectionState = "offline";
  #reason: OfflineReason | null = "closed";
  #epoch: string | null = null;
  #isSynced = false;
  #isChanging = false;
  #isMeeting = false;
  #unread = 0;
  #early: EventFrame[] = [];
  readonly #homeless = new Map<string, readonly Message[]>();
  readonly #looking = new Set<string>();
  readonly #gaps = new Map<string, unknown>();

  /**
   * @param options Where the server is, and who the caller is.
   * @param environment What differs from the browser's or Node's own, such as a `WebSocket`.
   */
  constructor(options: ClientOptions, environment: Partial<Environment> = {}) {
    super();
    this.#options = options;
    this.#environment = defaultEnvironment(environment);
    const { clock } = this.#environment;
    this.#credentials = new Credentials(options, this.#environment);
    this.#patience = new Patience(clock, () => this.#link);
    const request = this.#patience.request;
    this.#typists = new Typists(clock, (roomId) => this.rooms.get(roomId)?.changed());
    this.#typing = new OwnTyping(clock, (operation, data) => this.#link?.tell(operation, data));
    const now: Request = (operation, data) =>
      this.#link?.request(operation, data) ?? Promise.reject(ParleyError.lost());
    this.#receipts = new Receipts(clock, now, (error) => this.#fail(error));
    this.#outbox = this.#newOutbox(now);
    this.people = new People({
      request,
      me: () => this.me,
      changed: () => this.#changed(),
      met: () => this.#met(),
      search: (text) => this.#search(text),
    });
    this.rooms = new Rooms({
      request,
      outbox: this.#outbox,
      receipts: this.#receipts,
      people: this.people,
      typists: this.#typists,
      typing: this.#typing,
      me: () => this.me,
      rest: (method, path, body) => this.rest(method, path, body),
      changed: () => this.#changed(),
      missing: (room) => this.#settle(room),
      failed: (error) => this.#fail(error),
      left: (room) => this.#forget(room.roomId),
      isSynced: () => this.#isSynced && this.#state === "connected",
      newId: () => this.#newId(),
    });
  }

  #newOutbox(request: Request): Outbox {
    const { clock, store } = this.#environment;
    return new Outbox({
      clock,
      store,
      newId: () => this.#newId(),
      send: (command) => this.#send(request, command),
      isOpen: () => this.#state === "connected",
      knows: (roomId) => this.rooms.get(roomId) !== undefined,
      stored: (message) => this.#take(message, true),
      changed: (roomId) => this.rooms.get(roomId)?.changed(),
      unkept: (error) => this.#fail(error),
    });
  }

  // --- Connection -------------------------------------------------------------------------------

  get state(): ConnectionState {
    return this.#state;
  }

  /** Why it is offline; null when it is not. */
  get reason(): OfflineReason | null {
    return this.#reason;
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  /** Messages that are not read; those of muted rooms do not count. */
  get unread(): number {
    return this.#unread;
  }

  /**
   * Connect, and stay connected. Safe to call again: it hurries an attempt that is due later.
   *
   * Resolves when everything is up to date; rejects when no attempt is made any more.
   */
  async connect(): Promise<void> {
    if (this.#link) this.#link.start();
    else await this.#start();
    await this.#patience.connected(Number.POSITIVE_INFINITY);
  }

  async #start(): Promise<void> {
    this.#became("connecting", null);
    this.#starting ??= this.#newLink();
    const starting = this.#starting;
    const link = await starting;
    // Unless `disconnect` was called meanwhile.
    if (starting !== this.#starting) return;
    this.#starting = null;
    this.#link = link;
    link.start();
  }

  async #newLink(): Promise<Link> {
    const key = await this.#sharedKey();
    const { handoverAfter } = this.#options;
    const lifeMs = handoverAfter === undefined ? undefined : handoverAfter * 1_000;
    const hooks = this.#hooks();
    const [environment, credentials] = [this.#environment, this.#credentials];
    const { tabs } = environment;
    if (key && tabs) return new Seat(environment, credentials, hooks, tabs, key, lifeMs);
    return new Connector(environment, credentials, hooks, environment.attention, lifeMs);
  }

  /** The name under which tabs of the same person find each other; null if they cannot. */
  async #sharedKey(): Promise<string | null> {
    const { shareConnection = true, storageKey, url, scope } = this.#options;
    if (!shareConnection || !this.#environment.tabs) return null;
    try {
      const person = storageKey ?? (await this.#credentials.subject());
      return person && `parley:${JSON.stringify([url, scope ?? "tenant", person])}`;
    } catch {
      // The host page has no token, or failed to get one: the first attempt finds the same.
      return null;
    }
  }

  /** Go offline; what waits to be sent is kept. */
  disconnect(): void {
    this.#link?.stop();
    this.#link = this.#starting = null;
    this.#credentials.forget();
    this.#became("offline", "closed");
  }

  /**
   * Go offline, and forget everything of this person, what waits to be sent included.
   *
   * The other tabs that share the connection do the same.
   */
  async logout(): Promise<void> {
    this.#link?.logOut?.();
    await this.#logOut();
  }

  async #logOut(): Promise<void> {
    this.disconnect();
    // At once: who is logged in next must not wait for a database, nor lose what is theirs to it.
    this.#forgetAll();
    await this.#outbox.clear();
  }

  /** Say that somebody is here, where no input in this window shows it. */
  noteActivity(): void {
    this.#environment.attention.note();
  }

  #hooks(): LinkHooks {
    return {
      synchronize: (request) => this.#synchronize(request),
      event: (frame) => this.#hear(frame),
      beaten: (reply) => this.#beaten(reply),
      changed: (state, reason) => this.#became(state, reason),
      loggedOut: () => void this.#logOut().catch((error: unknown) => this.#fail(error)),
      unauthorized: (error) => this.emit("unauthorized", { error }),
    };
  }

  #became(state: ConnectionState, reason: OfflineReason | null): void {
    if (this.#state === state && this.#reason === reason) return;
    this.#state = state;
    this.#reason = reason;
    if (state === "connected") this.#resume();
    else this.#receipts.stop();
    this.emit("state", { state, reason });
    this.#patience.became(state, reason);
    this.#changed();
  }

  #resume(): void {
    this.#outbox.resume();
    for (const room of this.rooms.all) this.#settle(room);
  }

  // --- Requests ---------------------------------------------------------------------------------

  /** Do any operation of the protocol; waits for a connection, and asks again if one is lost. */
  request: Request = (operation, data) => this.#patience.request(operation, data);

  /** Call any route of the REST API, such as `("GET", "/unread")`; needs the option `api`. */
  rest(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#credentials.call(method, path, body);
  }

  async #send(request: Request, command: SendMessage): Promise<SendReply> {
    const most = LIMITS.maxFrameBytes - ENVELOPE_BYTES;
    const bytes = 4 * JSON.stringify(command).length;
    const { roomId, ...body } = command;
    if (bytes <= most || sizeOf(command) < most) return request("message.send", command);
    // A frame of that size would end the connection, and be sent again over the next.
    if (!this.#options.api) {
      throw new ParleyError("PAYLOAD_TOO_LARGE", "This message is too long.");
    }
    return (await this.rest("POST", `/rooms/${roomId}/messages`, body)) as SendReply;
  }

  async #search(text: string): Promise<Person[]> {
    const found = (await this.rest("GET", `/users?q=${encodeURIComponent(text)}`)) as {
      users: Person[];
    };
    const unseen = { picture: null, role: null, status: "offline", lastSeenAt: null } as const;
    return found.users.map((user) => ({ ...unseen, ...user }));
  }

  #newId(): string {
    return randomId(this.#environment, 16);
  }

  // --- Catching up ------------------------------------------------------------------------------

  async #synchronize(request: Request): Promise<number> {
    const former = this.me;
    const { first, wasReset } = await catchUp(request, this.rooms, this.people, {
      begin: (me) => this.#begin(me),
      take: (room, message) => this.#takeInto(room, message, false),
    });
    const isFirst = !isSame(former, first.me);
    this.recovered = !isFirst && !wasReset;
    this.#epoch = isKnown(first.epoch) ? first.epoch : null;
    this.#isSynced = true;
    this.#homeless.clear();
    this.people.setMode(first.presence);
    // Over this connection: what was subscribed to over the one before ends with that.
    this.#ask(request);
    for (const frame of this.#early.splice(0)) this.#handle(frame);
    for (const room of this.rooms.all) this.#settle(room);
    if (isFirst) {
      // Not awaited: some browsers' databases never answer.
      void this.#openOutbox();
      this.emit("ready", { me: first.me });
    }
    return first.heartbeatInterval;
  }

  #begin(me: Me): void {
    // Another person's token: nothing of the one before may stay on the screen, or be sent.
    if (this.me && !isSame(this.me, me)) {
      this.#outbox.close();
      this.#forgetAll();
    }
    this.me = me;
  }

  async #openOutbox(): Promise<void> {
    const { userId, tenantId, scope } = this.me ?? {};
    const owner = [this.#options.url, scope, tenantId, userId];
    await this.#outbox.open(`outbox:${JSON.stringify(owner)}`);
    this.#outbox.resume();
  }

  /** Sync again over the connection that there is: it may have lost track. */
  async #resync(): Promise<void> {
    const link = this.#link;
    if (!link || !this.#isSynced) return;
    this.#isSynced = false;
    try {
      await this.#synchronize(link.request);
    } catch (error) {
      // The next heartbeat finds the same, and tries again.
      this.#isSynced = true;
      this.#epoch = null;
      this.#fail(error);
    }
  }

  #beaten({ epoch, changed, presence }: HeartbeatReply): void {
    const isStale = changed.some(({ roomId, rev }) => {
      const room = this.rooms.get(roomId);
      return room !== undefined && rev > room.timeline.rev;
    });
    if (epoch !== this.#epoch || isStale) return void this.#resync();
    for (const { roomId, lastSeq } of changed) this.#noteEnd(roomId, lastSeq);
    if (this.people.setMode(presence)) this.#ask();
  }

  #ask(request?: Request): void {
    this.people.ask(request).catch((error: unknown) => this.#fail(error));
  }

  /** Ask about somebody who was not known, once for all who turn up together. */
  #met(): void {
    if (this.#isMeeting || !this.#isSynced) return;
    this.#isMeeting = true;
    Promise.resolve().then(() => {
      this.#isMeeting = false;
      this.#ask();
    });
  }

  #noteEnd(roomId: string, lastSeq: number): void {
    const room = this.rooms.get(roomId);
    if (!room) void this.#look(roomId);
    else if (lastSeq > room.tip) void this.#fill(room, lastSeq);
  }

  // --- Messages ---------------------------------------------------------------------------------

  #take(message: Message, isLive: boolean): void {
    const room = this.rooms.get(message.roomId);
    if (!room) return this.#hold(message);
    this.#takeInto(room, message, isLive);
    this.#settle(room);
  }

  /** Keep a message until its room is known: whoever has left one may still hear of it, late. */
  #hold(message: Message): void {
    const { roomId, rev } = message;
    // One that was changed may be old; with the room come the newest messages as they are.
    const held = rev > 0 ? [] : [message];
    this.#homeless.set(roomId, [...(this.#homeless.get(roomId) ?? []), ...held]);
    void this.#look(roomId);
  }

  #takeInto(room: Room, message: Message, isLive: boolean): void {
    room.take(message);
    this.#typists.forget(room.roomId, message.senderId);
    for (const fresh of room.fresh()) {
      const isMine = fresh.senderId === this.me?.userId;
      this.emit("message", { room, message: fresh, isMine, isLive });
    }
  }

  /** Tell how far the room is here, and fetch what is missing if it does not come by itself. */
  #settle(room: Room): void {
    room.settle();
    const { clock } = this.#environment;
    if (!room.hasGap || this.#gaps.has(room.roomId)) return;
    // Pushes may overtake each other: what is missing is probably on its way.
    const fetch = () => {
      this.#gaps.delete(room.roomId);
      if (room.hasGap) void this.#fill(room, room.lastSeq);
    };
    this.#gaps.set(room.roomId, clock.setTimeout(fetch, GAP_PATIENCE_MS));
  }

  async #fill(room: Room, end: number): Promise<void> {
    try {
      await room.fill(end, (message) => this.#takeInto(room, message, true));
    } catch (error) {
      // The next heartbeat, or sync, finds it missing again.
      this.#fail(error);
    }
    room.settle();
  }

  /** Learn of a room that an event spoke of. */
  async #look(roomId: string): Promise<void> {
    if (this.#looking.has(roomId)) return;
    this.#looking.add(roomId);
    try {
      const view = await this.request("room.get", { roomId });
      const held = this.#homeless.get(roomId) ?? [];
      this.#homeless.delete(roomId);
      const room = this.rooms.merge(view, held);
      for (const message of held) this.#takeInto(room, message, true);
      if (room.hasGap) await this.#fill(room, room.lastSeq);
      room.settle();
    } catch (error) {
      if (error instanceof ParleyError && error.code === "NOT_FOUND") this.#forget(roomId);
      else this.#fail(error);
    } finally {
      this.#looking.delete(roomId);
    }
  }

  #forget(roomId: string): void {
    this.#homeless.delete(roomId);
    this.rooms.remove(roomId);
    this.#changed();
  }

  #forgetAll(): void {
    this.me = null;
    this.#isSynced = false;
    this.#epoch = null;
    this.#early = [];
    this.#homeless.clear();
    this.rooms.clear();
    this.people.clear();
    this.#changed();
  }

  // --- Events -----------------------------------------------------------------------------------

  #hear(frame: EventFrame): void {
    // Until the first sync nothing can be placed, and it may have begun before this.
    if (this.me) this.#handle(frame);
    else this.#early.push(frame);
  }

  #handle(frame: EventFrame): void {
    switch (frame.event) {
      case "message:new":
      case "message:updated":
      case "message:deleted":
        this.#take(frame.data, true);
        break;
      case "receipt:update":
        this.rooms
          .get(frame.data.roomId)
          ?.moveCursor(frame.data, frame.data.userId === this.me?.userId);
        break;
      case "typing:update":
        this.#typists.hear(frame.data);
        break;
      case "room:updated":
        this.#hearOfRoom(frame.data);
        break;
      case "room:removed":
        this.#forget(frame.data.roomId);
        break;
      case "presence:update":
        this.people.update(frame.data.users);
        break;
      default:
    }
    this.emit(frame.event, frame.data as never);
  }

  #hearOfRoom(view: RoomView): void {
    const known = this.rooms.get(view.roomId);
    // The event leaves out what concerns the caller alone. Where it brings nothing else, that is
    // what has changed: the room was muted on another device.
    const isOnlyMine = !view.me && known?.rev === view.rev;
    if (known) this.#settle(this.rooms.merge(view));
    if (!known || isOnlyMine) void this.#look(view.roomId);
  }

  #fail(error: unknown): void {
    const told =
      error instanceof ParleyError ? error : new ParleyError("INTERNAL_ERROR", `${error}`);
    // A lost connection is what the state says.
    if (told.code !== "CONNECTION_LOST") this.emit("error", { error: told });
  }

  /** Tell once of all that changes in one go. */
  #changed(): void {
    this.rooms?.touch();
    if (this.#isChanging) return;
    this.#isChanging = true;
    Promise.resolve().then(() => {
      this.#isChanging = false;
      this.#countUnread();
      this.emit("change", undefined);
    });
  }

  #countUnread(): void {
    const heard = this.rooms.all.filter((room) => !room.muted);
    const total = heard.reduce((sum, room) => sum + room.unread, 0);
    if (total === this.#unread) return;
    this.#unread = total;
    this.emit("unread", { total });
  }
}

function isSame(one: Me | null, other: Me): boolean {
  return one?.userId === other.userId && one.tenantId === other.tenantId;
}

/** What surrounds the data of a frame. */
const ENVELOPE_BYTES = 128;

/** Bytes of a value as JSON in UTF-8. */
function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

declare class TextEncoder {
  encode(text: string): Uint8Array;
}
