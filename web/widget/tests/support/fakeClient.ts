/** A client without a server: as many rooms and people as a test wants, and what it is told to do. */

import type {
  ClientEventName,
  ClientEvents,
  KnownPerson,
  Me,
  Member,
  Message,
  OfflineReason,
  ParleyClient,
  PersonRef,
  Room,
} from "@parley/client";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");
const FIRST = ["Ada", "Ben", "Chi", "Dana", "Emil", "Farah", "Gus", "Hana", "Ines", "Jon", "Kim"];
const LAST = ["Lee", "Ortiz", "Okafor", "Weiß", "Novak", "Rossi", "Tanaka", "Silva", "Haddad"];

export function fakePerson(index: number, status: KnownPerson["status"]): KnownPerson {
  const name = `${FIRST[index % FIRST.length]} ${LAST[index % LAST.length]}`;
  return {
    userId: `p${index}`,
    tenantId: "acme",
    name,
    picture: null,
    role: null,
    status,
    lastSeenAt: new Date(NOW - (index + 1) * 3_600_000).toISOString(),
    isMe: false,
  };
}

export function fakeMessage(roomId: string, values: Partial<Message> = {}): Message {
  return {
    messageId: `${roomId}-1`,
    roomId,
    seq: 1,
    rev: 0,
    clientId: "c",
    senderId: "p1",
    senderName: "Ben Ortiz",
    type: "text",
    body: "Lunch at noon?",
    attachments: [],
    replyTo: null,
    mentions: [],
    reactions: {},
    createdAt: new Date(NOW).toISOString(),
    editedAt: null,
    deletedAt: null,
    truncated: false,
    ...values,
  };
}

const TEXTS = ["Lunch at noon?", "I have sent you the figures.", "👍", "See you on Monday then."];

/** What the shell reads of a room; the conversation's helper has one with entries. */
export class FakeRoom {
  tenantId = "acme";
  name: string | null = null;
  spaceId = null;
  createdBy = "p1";
  createdAt = new Date(NOW).toISOString();
  unread = 0;
  muted = false;
  role: "owner" | "member" = "owner";
  readSeq = 1;
  lastSeq = 1;
  lastMessage: Message | null;
  members: Member[] = [];
  memberCount = 2;
  entries = [];
  hasOlder = false;
  isLoading = false;
  typists: { userId: string; name: string }[] = [];

  constructor(
    readonly client: FakeClient,
    readonly roomId: string,
    readonly type: Room["type"],
    public counterpart: KnownPerson | null,
    index = 0,
  ) {
    const createdAt = new Date(NOW - index * 5_400_000).toISOString();
    const body = TEXTS[index % TEXTS.length] ?? null;
    this.lastMessage = fakeMessage(roomId, { createdAt, body });
  }

  get title(): string {
    return this.name ?? this.counterpart?.name ?? this.members.map(({ name }) => name).join(", ");
  }

  get activeAt(): string {
    return this.lastMessage?.createdAt ?? this.createdAt;
  }

  async open(): Promise<void> {}
  close(): void {}
  watch(): void {}
  trim(): void {}
  keystroke(): void {}
  stopTyping(): void {}
  async loadOlder(): Promise<void> {}
  async loadAround(): Promise<void> {}

  async mute(muted: boolean): Promise<void> {
    await this.client.permission();
    this.muted = muted;
    this.client.changed();
  }

  async rename(name: string | null): Promise<void> {
    await this.client.permission();
    this.name = name;
    this.client.changed();
  }

  async add(ref: PersonRef, role: "owner" | "member" = "member"): Promise<void> {
    await this.client.permission();
    const userId = typeof ref === "string" ? ref : ref.userId;
    const { me, people } = this.client;
    const name = userId === me?.userId ? me.name : (people.get(userId)?.name ?? userId);
    const others = this.members.filter((member) => member.userId !== userId);
    this.members = [...others, { userId, name, role, deliveredSeq: 0, readSeq: 0 }];
    this.memberCount = this.members.length;
    this.client.changed();
  }

  async remove(userId: string): Promise<void> {
    await this.client.permission();
    this.members = this.members.filter((member) => member.userId !== userId);
    this.memberCount = this.members.length;
    this.client.changed();
  }

  async leave(): Promise<void> {
    await this.client.permission();
    this.client.drop(this.roomId);
  }
}

export class FakeClient {
  state: ParleyClient["state"] = "connected";
  reason: OfflineReason | null = null;
  me: Me | null = {
    userId: "me",
    tenantId: "acme",
    name: "Ann Lee",
    role: "user",
    scope: "tenant",
  };
  recovered = true;
  /** What the next action is refused with. */
  refusal: Error | null = null;
  connects = 0;
  private all: FakeRoom[] = [];
  private known: KnownPerson[] = [];
  private readonly listeners = new Map<string, Set<(event: never) => void>>();

  /** For a property that wants the real one. */
  get asClient(): ParleyClient {
    return this as unknown as ParleyClient;
  }

  get connected(): boolean {
    return this.state === "connected";
  }

  get unread(): number {
    return this.all.reduce((sum, room) => sum + (room.muted ? 0 : room.unread), 0);
  }

  readonly rooms = {
    client: this as FakeClient,
    get all(): readonly FakeRoom[] {
      return this.client.all;
    },
    get: (roomId: string) => this.all.find((room) => room.roomId === roomId),
    withPerson: (ref: PersonRef) => this.all.find((room) => room.counterpart?.userId === ref),
    direct: async (ref: PersonRef) => {
      await this.permission();
      const person = this.people.get(ref);
      if (!person) throw new Error("There is no such person.");
      return this.rooms.withPerson(person.userId) ?? this.put("direct", person);
    },
    group: async (name: string | null, refs: PersonRef[]) => {
      await this.permission();
      const room = this.put("group", null);
      room.name = name;
      await room.add("me", "owner");
      for (const ref of refs) await room.add(ref);
      return room;
    },
  };

  readonly people = {
    client: this as FakeClient,
    get all(): readonly KnownPerson[] {
      return this.client.known;
    },
    get online(): readonly KnownPerson[] {
      return this.client.known.filter(({ status }) => status !== "offline");
    },
    get: (ref: PersonRef) => {
      const userId = typeof ref === "string" ? ref : ref.userId;
      return this.known.find((person) => person.userId === userId);
    },
    status: (ref: PersonRef) => this.people.get(ref)?.status ?? "offline",
    search: async (text: string) => [
      { ...fakePerson(7, "offline"), userId: "x", name: `${text} X` },
    ],
    follow: async () => {},
  };

  /** Fill it: people are online, away and offline in turn, and have a room each. */
  populate(people: number, rooms = people): this {
    const statuses = ["online", "away", "offline"] as const;
    this.known = Array.from({ length: people }, (_, index) =>
      fakePerson(index, statuses[index % 3] ?? "online"),
    ).sort((a, b) => Number(a.status === "offline") - Number(b.status === "offline"));
    this.all = Array.from({ length: rooms }, (_, index) => {
      const person = this.known[index % people] ?? null;
      return new FakeRoom(this, `r${index}`, "direct", person, index);
    });
    return this;
  }

  put(type: Room["type"], person: KnownPerson | null): FakeRoom {
    const room = new FakeRoom(this, `${type}-${this.all.length}`, type, person);
    this.all = [room, ...this.all];
    this.changed();
    return room;
  }

  drop(roomId: string): void {
    this.all = this.all.filter((room) => room.roomId !== roomId);
    this.changed();
  }

  become(state: ParleyClient["state"], reason: OfflineReason | null = null): void {
    this.state = state;
    this.reason = reason;
    this.emit("state", { state, reason });
  }

  changed(): void {
    this.all = [...this.all];
    this.emit("change", undefined);
  }

  async permission(): Promise<void> {
    const { refusal } = this;
    this.refusal = null;
    if (refusal) throw refusal;
  }

  async connect(): Promise<void> {
    this.connects += 1;
    if (this.me) this.emit("ready", { me: this.me });
  }

  disconnect(): void {
    this.become("offline", "closed");
  }

  async logout(): Promise<void> {
    this.all = [];
    this.known = [];
    this.disconnect();
  }

  noteActivity(): void {}

  on<N extends ClientEventName>(name: N, listener: (event: ClientEvents[N]) => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener as (event: never) => void));
    return () => listeners.delete(listener as (event: never) => void);
  }

  emit<N extends ClientEventName>(name: N, event: ClientEvents[N]): void {
    for (const listener of this.listeners.get(name) ?? []) {
      (listener as (event: ClientEvents[N]) => void)(event);
    }
  }
}
