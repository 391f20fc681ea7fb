/**
 * One person's view of their chats, kept up to date over one connection. Knows nothing of the page.
 *
 * Emits `change` whenever something to show has changed, `message` for each message that was not
 * known, `trouble` with an error for people.
 */

import { isAway, onReturn } from "./activity.js";
import { Connection, Refusal } from "./connection.js";
import { Directory } from "./directory.js";
import { History, syncPages } from "./history.js";
import { Outbox } from "./outbox.js";
import { Receipts } from "./receipts.js";
import { Room } from "./room.js";
import { OwnTyping, Typists } from "./typing.js";

const GAP_PATIENCE_MS = 2_000;
const MOST_CURSORS = 400;

export class Client extends EventTarget {
  #connection;
  #request = (operation, data) => this.#connection.request(operation, data);
  #history = new History(this.#request);
  #receipts = new Receipts(this.#request, (room, cursor) => this.#moved(room, cursor));
  #heartbeat = null;
  #epoch = null;
  #watched = null;
  #early = [];
  #listening = new AbortController();

  constructor(person) {
    super();
    this.person = person;
    this.me = null;
    this.state = { name: "left" };
    this.isSynced = false;
    this.rooms = new Map();
    this.people = new Directory(person);
    this.typists = new Typists(() => this.#changed());
    this.typing = new OwnTyping((operation, data) => this.#connection.tell(operation, data));
    this.#connection = new Connection(person, {
      opened: () => this.#opened(),
      event: (name, data) => this.#heard(name, data),
      changed: (state) => this.#became(state),
    });
    this.outbox = new Outbox({
      send: (entry) => this.#request("message.send", this.#command(entry)),
      isOpen: () => this.#connection.isOpen,
      sent: (message, { target }) => this.#sent(message, target),
      changed: () => this.#changed(),
    });
  }

  start() {
    this.#listening.abort();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const settle = () => this.#settle(this.rooms.get(this.#watched));
    document.addEventListener("visibilitychange", settle, { signal });
    onReturn(() => this.#beat(), signal);
    this.#connection.start();
  }

  leave() {
    this.#listening.abort();
    this.#connection.stop();
  }

  /** Say which room is on the screen, or null: its messages count as read. */
  watch(roomId) {
    if (roomId === this.#watched) return;
    this.#watched = roomId;
    this.#prepare();
  }

  /** @param target `{roomId}`, or `{tenantId, userId}` for somebody without a room yet. */
  send(target, body) {
    this.typing.stop(false);
    this.outbox.add(target, body);
  }

  #command({ target, clientId, body }) {
    const { roomId, userId, tenantId } = target;
    if (roomId) return { roomId, clientId, body };
    // Ids of people say whose they are in manage scope, and only there.
    return { toUserId: userId, ...(this.me.scope === "manage" && { tenantId }), clientId, body };
  }

  #sent(message, target) {
    this.#take(message);
    // The first message makes the room, of which nothing else is known for a moment.
    if (target.userId) this.rooms.get(message.roomId).addressee = target;
  }

  directRoomWith({ tenantId, userId }) {
    return [...this.rooms.values()].find((room) => {
      const other = room.counterpart(this.me.userId);
      return other?.userId === userId && other.tenantId === tenantId;
    });
  }

  /** What to call a room: names of people as they are now, not as they were when it was read. */
  titleOf(room) {
    const other = room.counterpart(this.me.userId);
    const person = other && this.people.get(other.tenantId, other.userId);
    return person?.name ?? room.title(this.me.userId);
  }

  /** Load the page before the oldest message. */
  async loadOlder(room) {
    await this.#try(async () => {
      if (await this.#history.loadOlder(room)) this.#settle(room);
    });
    this.#changed();
  }

  // --- Connection -----------------------------------------------------------------------------

  #became(state) {
    if (state.name !== "open") {
      clearInterval(this.#heartbeat);
      this.isSynced = false;
    }
    this.state = state;
    this.#changed();
  }

  async #opened() {
    if (await this.#sync()) this.outbox.resume();
  }

  async #beat() {
    if (!this.isSynced) return;
    try {
      const status = isAway() ? "away" : "online";
      const { epoch, changed } = await this.#request("presence.heartbeat", { status });
      const isStale = changed.some(({ roomId, rev }) => rev > (this.rooms.get(roomId)?.rev ?? rev));
      if (epoch !== this.#epoch || isStale) await this.#sync();
      else changed.forEach((room) => this.#noteEnd(room));
    } catch (error) {
      // The next heartbeat asks again, and a lost connection comes back with a sync.
      logRefusal("heartbeat", error);
    }
  }

  #noteEnd({ roomId, lastSeq }) {
    const room = this.rooms.get(roomId);
    if (!room) this.#look(roomId);
    else if (lastSeq > room.tip) this.#fill(room, lastSeq);
  }

  /** Bring everything up to date; false when the connection is lost, or to be made anew. */
  async #sync() {
    try {
      await this.#catchUp();
    } catch (error) {
      if (error instanceof Refusal) this.#connection.restart();
      return false;
    }
    this.#prepare();
    for (const room of this.rooms.values()) this.#settle(room);
    this.#changed();
    return true;
  }

  async #catchUp() {
    let first = null;
    const here = [];
    const cursors = this.#cursors();
    for await (const page of syncPages(this.#request, cursors)) {
      // Of the first page: an epoch that changes between pages is to be noticed later.
      if (!first) this.#begin((first = page));
      this.#takePage(page);
      here.push(...page.users);
    }
    for (const roomId of Object.keys(cursors)) this.rooms.get(roomId)?.caughtUp();
    this.people.present(here);
    for (const [name, data] of this.#early.splice(0)) this.#hearers[name]?.(data);
    this.#try(() => this.people.follow(this.#request, first.presence).then(() => this.#changed()));
  }

  #cursors() {
    const latest = [...this.rooms.values()].sort(Room.byActivity).slice(0, MOST_CURSORS);
    return Object.fromEntries(latest.map(({ roomId, tip, rev }) => [roomId, { seq: tip, rev }]));
  }

  #begin({ me, epoch, heartbeatInterval }) {
    this.me = me;
    this.people.introduce(me);
    if (this.isSynced && this.#epoch === epoch) return;
    this.#epoch = epoch;
    this.isSynced = true;
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatInterval * 1000);
  }

  #takePage({ rooms, changes }) {
    for (const view of rooms) {
      if (view.removed) this.rooms.delete(view.roomId);
      else this.#takeRoom(view);
    }
    for (const { roomId, messages } of changes) {
      const room = this.rooms.get(roomId);
      if (room) messages.forEach((message) => this.#takeInto(room, message));
    }
  }

  // --- Rooms and messages ---------------------------------------------------------------------

  #takeRoom(view) {
    const room = this.rooms.get(view.roomId) ?? new Room(view.roomId, view.lastSeq);
    this.rooms.set(view.roomId, room);
    if (view.reset) room.reset(view.lastSeq);
    room.merge(view);
    this.people.meet(room, this.me.userId);
    return room;
  }

  /** Learn of a room that an event spoke of, or more of one that a list cut short. */
  async #look(roomId) {
    try {
      const room = this.#takeRoom(await this.#request("room.get", { roomId }));
      if (room.hasGap) this.#fill(room, room.lastSeq);
      this.#settle(room);
    } catch (error) {
      if (error.code === "NOT_FOUND") this.rooms.delete(roomId);
      else logRefusal("room", error);
    }
    this.#changed();
  }

  /** Have what is needed to show the watched room. */
  #prepare() {
    const room = this.rooms.get(this.#watched);
    if (!room) return;
    if (room.messages.size === 0) this.loadOlder(room);
    if (room.members.size === 0) this.#look(room.roomId);
    this.#settle(room);
  }

  #take(message) {
    const { roomId, seq } = message;
    const isNew = !this.rooms.has(roomId);
    const room = this.rooms.get(roomId) ?? new Room(roomId, seq - 1);
    this.rooms.set(roomId, room);
    this.#takeInto(room, message);
    if (isNew) this.#look(roomId);
    // Pushes may overtake each other: what is missing is probably on its way.
    if (room.hasGap) setTimeout(() => this.#fill(room, room.lastSeq), GAP_PATIENCE_MS);
    this.#settle(room);
    this.#changed();
  }

  #takeInto(room, message) {
    const isFresh = room.add(message);
    const isMine = message.senderId === this.me?.userId;
    this.typists.forget(room.roomId, message.senderId);
    // Sending implies that one has read up to there; the server says the same within 2 s.
    const cursor = { userId: message.senderId, deliveredSeq: message.seq, readSeq: message.seq };
    room.moveCursor(cursor, isMine);
    if (isMine) this.outbox.remove(message.clientId);
    if (isFresh) this.#emit("message", { message, isMine });
  }

  async #fill(room, end) {
    await this.#try(() => this.#history.fill(room, end, (each) => this.#takeInto(room, each)));
    this.#settle(room);
    this.#changed();
  }

  /** Tell the senders how far this room's messages have come. */
  #settle(room) {
    if (!room || !this.isSynced) return;
    const isSeen = room.roomId === this.#watched && document.visibilityState === "visible";
    if (isSeen) this.#receipts.read(room);
    else this.#receipts.delivered(room);
  }

  #moved(room, cursor) {
    room.moveCursor({ ...cursor, userId: this.me.userId }, true);
    this.#settle(room);
    this.#changed();
  }

  // --- Events ---------------------------------------------------------------------------------

  #hearers = {
    "message:new": (message) => this.#take(message),
    "message:updated": (message) => this.#take(message),
    "message:deleted": (message) => this.#take(message),
    "receipt:update": (receipt) => this.#hearReceipt(receipt),
    "typing:update": (typing) => this.typists.hear(typing),
    "room:updated": (view) => this.#hearRoom(view),
    "room:removed": ({ roomId }) => this.rooms.delete(roomId),
    "presence:update": ({ users }) => this.people.update(users),
  };

  #heard(name, data) {
    // Until the first sync is done nothing can be placed, and it may have begun before this.
    if (this.me) this.#hearers[name]?.(data);
    else this.#early.push([name, data]);
    this.#changed();
  }

  #hearReceipt(receipt) {
    const isMine = receipt.userId === this.me.userId;
    this.rooms.get(receipt.roomId)?.moveCursor(receipt, isMine);
  }

  #hearRoom(view) {
    // The event leaves out what concerns the caller alone, such as how far they have read.
    if (this.rooms.has(view.roomId)) this.#takeRoom(view);
    else this.#look(view.roomId);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #changed() {
    this.#emit("change");
  }

  /** Do something that may be refused, which the person is told. */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      if (error instanceof Refusal) this.#emit("trouble", error);
    }
  }
}

function logRefusal(what, error) {
  if (error instanceof Refusal) console.info(`${what} refused: ${error.code}`);
}
