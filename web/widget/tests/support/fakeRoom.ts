/** A client and a room without a server: what the conversation uses, and the means to let things happen. */

import {
  type ClientEventName,
  type ClientEvents,
  type Entry,
  type EntryStatus,
  type KnownPerson,
  type Me,
  type Member,
  type Message,
  ParleyError,
  type SendOptions,
} from "@parley/client";
import type { ConversationClient, ConversationRoom } from "../../src/conversation/ports.js";

export const ME: Me = {
  userId: "me",
  tenantId: "acme",
  name: "Mia Meyer",
  role: "member",
  scope: "tenant",
};

type Listener = (data: never) => void;

export class FakeClient implements ConversationClient {
  state: ConversationClient["state"] = "connected";
  me: Me | null = ME;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #people = new Map<string, KnownPerson>();
  #isQueued = false;

  readonly people: ConversationClient["people"] = {
    get: (ref) => this.#people.get(typeof ref === "string" ? ref : ref.userId),
    all: [],
  };

  addPerson(userId: string, name: string, status: KnownPerson["status"] = "online"): void {
    const { tenantId } = ME;
    const lastSeenAt = status === "offline" ? new Date(Date.now() - 300_000).toISOString() : null;
    const person = { userId, tenantId, name, picture: null, role: null, status, lastSeenAt };
    this.#people.set(userId, { ...person, isMe: userId === ME.userId });
  }

  on<Name extends ClientEventName>(
    name: Name,
    heard: (data: ClientEvents[Name]) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(heard as Listener));
    return () => listeners.delete(heard as Listener);
  }

  emit<Name extends ClientEventName>(name: Name, data: ClientEvents[Name]): void {
    for (const heard of this.#listeners.get(name) ?? []) heard(data as never);
  }

  /** As the real one: at most once a turn. */
  changed(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    queueMicrotask(() => {
      this.#isQueued = false;
      this.emit("change", undefined);
    });
  }
}

export interface FakeOptions {
  type?: ConversationRoom["type"];
  /** Messages of the room, of which `page` are held at first. */
  count?: number;
  page?: number;
  unread?: number;
  role?: ConversationRoom["role"];
  latencyMs?: number;
  body?: (seq: number) => string;
}

const WORDS =
  "the quick brown fox jumps over a lazy dog while seven wizards pack boxes of liquor jugs".split(
    " ",
  );

/** Of many lengths, and the same with every run. */
export function variedBody(seq: number): string {
  const length = 1 + ((seq * 7919) % 37);
  const words = Array.from({ length }, (_, at) => WORDS[(seq * 31 + at * 5) % WORDS.length]);
  if (seq % 11 === 0) words.splice(1, 0, "**bold** and `code`");
  if (seq % 17 === 0) words.push("https://example.com/a/path?with=query");
  return words.join(" ");
}

export class FakeRoom implements ConversationRoom {
  readonly roomId = `room-${Math.random()}`;
  readonly tenantId = ME.tenantId;
  readonly type: ConversationRoom["type"];
  readonly client: FakeClient;
  role: ConversationRoom["role"];
  title: string;
  counterpart: KnownPerson | null;
  readSeq: number;
  members: Member[];
  typists: { userId: string; name: string }[] = [];
  entries: readonly Entry[] = [];
  isLoading = false;
  isWatched = false;
  isOpen = false;
  /** What was called, such as `loadOlder`. */
  readonly calls: string[] = [];
  /** Thrown by the next thing that is asked for. */
  refusal: ParleyError | null = null;
  readonly #stored: Message[] = [];
  readonly #latencyMs: number;
  readonly #page: number;
  #first: number;

  constructor(client: FakeClient, options: FakeOptions = {}) {
    const { type = "direct", count = 0, page = 50, unread = 0, role = "member" } = options;
    this.client = client;
    this.type = type;
    this.role = role;
    this.members = people(type).map(([userId, name]) => member(userId, name));
    for (const [userId, name, status] of people(type)) client.addPerson(userId, name, status);
    this.title = type === "direct" ? "Ana López" : "Project Phoenix";
    this.counterpart = type === "direct" ? (client.people.get("ana") ?? null) : null;
    this.#latencyMs = options.latencyMs ?? 0;
    this.#page = page;
    for (let seq = 1; seq <= count; seq += 1) this.#stored.push(this.#history(seq, count, options));
    this.#first = count;
    this.readSeq = count - unread;
  }

  get unread(): number {
    return this.#stored.length - this.readSeq;
  }

  get memberCount(): number {
    return this.members.length;
  }

  get hasOlder(): boolean {
    return this.#first > 0;
  }

  async open(): Promise<void> {
    this.isOpen = true;
    if (this.entries.length === 0) await this.#load(this.#page);
  }

  close(): void {
    this.isOpen = false;
  }

  watch(isSeen: boolean): void {
    this.isWatched = isSeen;
    if (isSeen) this.readSeq = this.#stored.length;
  }

  loadOlder(): Promise<void> {
    this.calls.push("loadOlder");
    return this.#load(50);
  }

  loadAround(): Promise<void> {
    return this.#load(this.#stored.length);
  }

  trim(): void {
    this.calls.push("trim");
    const dropped = Math.max(0, this.entries.length - 500);
    this.#first += dropped;
    this.#show(this.entries.slice(dropped));
  }

  async send(body: string, { replyTo, mentions }: SendOptions = {}): Promise<Message> {
    const draft = { ...this.#message(0, ME.userId, body), replyTo: replyTo ?? null };
    const pending = { ...draft, mentions: mentions ?? [], messageId: "" };
    const key = `${pending.clientId} ${ME.userId}`;
    if (this.refusal?.code === "QUEUE_FULL") throw this.#takeRefusal();
    this.#show([...this.entries, entryOf(pending, "pending")]);
    await this.#wait();
    const refusal = this.#takeRefusal();
    if (refusal !== null) {
      this.#replace(key, { ...entryOf(pending, "failed"), error: refusal });
      throw refusal;
    }
    const message = {
      ...pending,
      seq: this.#stored.length + 1,
      messageId: `m${this.#stored.length + 1}`,
    };
    this.#stored.push(message);
    this.#replace(key, entryOf(message, "sent"));
    return message;
  }

  retry(key: string): void {
    const entry = this.entries.find((each) => each.key === key);
    this.discard(key);
    void this.send(entry?.message.body ?? "");
  }

  discard(key: string): void {
    this.#show(this.entries.filter((entry) => entry.key !== key));
  }

  edit(messageId: string, body: string): Promise<Message> {
    return this.#change(messageId, { body, editedAt: new Date().toISOString() });
  }

  delete(messageId: string): Promise<Message> {
    const gone = { body: null, deletedAt: new Date().toISOString(), reactions: {} };
    return this.#change(messageId, gone);
  }

  react(messageId: string, emoji: string, on: boolean): Promise<Message> {
    const { reactions } = this.#find(messageId).message;
    const others = (reactions[emoji] ?? []).filter((userId) => userId !== ME.userId);
    const people = on ? [...others, ME.userId] : others;
    return this.#change(messageId, { reactions: { ...reactions, [emoji]: people } });
  }

  async fullBody(messageId: string): Promise<string> {
    const body = "All of it. ".repeat(80);
    await this.#change(messageId, { body, truncated: false });
    return body;
  }

  keystroke(): void {
    this.calls.push("keystroke");
  }

  stopTyping(): void {
    this.calls.push("stopTyping");
  }

  // --- What others do ---------------------------------------------------------------------------

  /** Somebody writes. */
  receive(body: string, senderId = "ana", changes: Partial<Message> = {}): Message {
    const message = { ...this.#message(this.#stored.length + 1, senderId, body), ...changes };
    this.#stored.push(message);
    this.#show([...this.entries, entryOf(message, "sent")]);
    const isMine = senderId === ME.userId;
    // Whoever hears this looks only at the room's id.
    this.client.emit("message", { room: this as never, message, isMine, isLive: true });
    return message;
  }

  /** A message changes, or how far it has come. */
  update(messageId: string, changes: Partial<Message>, more: Partial<Entry> = {}): void {
    const entry = this.#find(messageId);
    this.#replace(entry.key, { ...entry, ...more, message: { ...entry.message, ...changes } });
  }

  /** Add an entry as it is. */
  add(message: Partial<Message>, more: Partial<Entry> = {}): void {
    const whole = { ...this.#message(0, ME.userId, ""), ...message };
    this.#show([...this.entries, { ...entryOf(whole, "pending"), ...more }]);
  }

  typing(...names: string[]): void {
    this.typists = names.map((name) => ({ userId: name, name }));
    this.client.changed();
  }

  async #load(count: number): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    this.client.changed();
    await this.#wait();
    this.isLoading = false;
    const refusal = this.#takeRefusal();
    if (refusal !== null) {
      this.client.changed();
      throw refusal;
    }
    const from = Math.max(0, this.#first - count);
    const older = this.#stored.slice(from, this.#first).map((each) => entryOf(each, "read"));
    this.#first = from;
    this.#show([...older, ...this.entries]);
  }

  async #change(messageId: string, changes: Partial<Message>): Promise<Message> {
    await this.#wait();
    const refusal = this.#takeRefusal();
    if (refusal !== null) throw refusal;
    this.update(messageId, changes);
    return this.#find(messageId).message;
  }

  #find(messageId: string): Entry {
    const entry = this.entries.find(({ message }) => message.messageId === messageId);
    if (entry === undefined) throw new ParleyError("NOT_FOUND", "There is no such message.");
    return entry;
  }

  #replace(key: string, entry: Entry): void {
    this.#show(this.entries.map((each) => (each.key === key ? entry : each)));
  }

  #show(entries: readonly Entry[]): void {
    this.entries = entries;
    this.client.changed();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#latencyMs));
  }

  #takeRefusal(): ParleyError | null {
    const { refusal } = this;
    this.refusal = null;
    return refusal;
  }

  /** Three a minute, so that there are days, runs and breaks. */
  #history(seq: number, count: number, { body = variedBody }: FakeOptions): Message {
    const others = this.members.filter(({ userId }) => userId !== ME.userId);
    const other = others[Math.floor(seq / 5) % others.length];
    const senderId = Math.floor(seq / 3) % 3 === 0 ? ME.userId : (other?.userId ?? "ana");
    const createdAt = new Date(Date.now() - (count - seq) * 150_000).toISOString();
    return { ...this.#message(seq, senderId, body(seq)), createdAt };
  }

  #message(seq: number, senderId: string, body: string): Message {
    const sender = this.members.find(({ userId }) => userId === senderId);
    return {
      messageId: `m${seq}`,
      roomId: this.roomId,
      seq,
      rev: 0,
      clientId: seq === 0 ? `c${Math.random()}` : `c${seq}`,
      senderId,
      senderName: sender?.name ?? senderId,
      type: "text",
      body,
      attachments: [],
      replyTo: null,
      mentions: [],
      reactions: {},
      createdAt: new Date().toISOString(),
      editedAt: null,
      deletedAt: null,
      truncated: false,
    };
  }
}

export function entryOf(message: Message, status: EntryStatus): Entry {
  const isMine = message.senderId === ME.userId;
  const key = `${message.clientId} ${message.senderId}`;
  return { key, message, isMine, status: isMine ? status : "sent", error: null, retryAt: null };
}

function member(userId: string, name: string): Member {
  return { userId, name, role: "member", deliveredSeq: 0, readSeq: 0 };
}

function people(type: ConversationRoom["type"]): [string, string, KnownPerson["status"]][] {
  const both: [string, string, KnownPerson["status"]][] = [
    [ME.userId, ME.name, "online"],
    ["ana", "Ana López", "online"],
  ];
  if (type === "direct") return both;
  return [...both, ["ben", "Ben Okafor", "away"], ["chi", "Chi Nguyễn", "offline"]];
}
