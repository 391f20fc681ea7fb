/** One room: what is known of it, and what can be done in it. */

import { clientIdOf, Entries } from "./entries.js";
import { ParleyError } from "./errors.js";
import type { Request } from "./link.js";
import { ahead, type Cursor, Members } from "./members.js";
import type { Outbox } from "./outbox.js";
import type { People } from "./people.js";
import type {
  Me,
  Member,
  Message,
  MyRoom,
  ReceiptUpdate,
  Room as RoomView,
} from "./protocol.gen.js";
import type { Reader, Receipts } from "./receipts.js";
import { Timeline } from "./timeline.js";
import type { Entry, KnownPerson, PersonRef, SendOptions } from "./types.js";
import type { Typist, Typists } from "./typing.js";

const PAGE = 50;
const LARGEST_PAGE = 100;
/** As many messages as a room keeps while nobody looks, and as one that is read does. */
const KEPT_CLOSED = 50;
const KEPT_OPEN = 500;
const NOBODY: Me = { userId: "", tenantId: "", name: "", role: "", scope: "tenant" };

/** What a room needs of the client. */
export interface RoomServices {
  /** Waits for a connection. */
  readonly request: Request;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly people: People;
  readonly typists: Typists;
  readonly typing: { keystroke(roomId: string): void; stop(options?: { isSent: boolean }): void };
  me(): Me | null;
  rest(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Something of the room that could be shown has changed. */
  changed(room: Room): void;
  /** It ends beyond what is here. */
  missing(room: Room): void;
  /** What nobody has asked for did not work. */
  failed(error: unknown): void;
  /** The caller is not in it any more. */
  left(room: Room): void;
  /** True while all that is told to the server would be right. */
  isSynced(): boolean;
}

export class Room implements Reader {
  readonly roomId: string;
  readonly timeline: Timeline;
  readonly #services: RoomServices;
  readonly #members = new Members();
  readonly #entries = new Entries();
  #view: RoomView | null = null;
  #me: MyRoom;
  // Until the server has told, it is a guess that must not win over smaller numbers.
  #isGuess = true;
  #lines: readonly Entry[] | null = null;
  #isOpen = false;
  #isWatched = false;
  #loading: Promise<void> | null = null;
  #filling: Promise<void> | null = null;

  /** @param end Nothing up to this `seq` is held, and nothing above it was missed. */
  constructor(services: RoomServices, roomId: string, end: number) {
    this.#services = services;
    this.roomId = roomId;
    this.timeline = new Timeline(end);
    this.#me = { readSeq: end, deliveredSeq: end, unread: 0, muted: false, role: "member" };
  }

  // --- What it is -------------------------------------------------------------------------------

  get tenantId(): string {
    return this.#view?.tenantId ?? this.#services.me()?.tenantId ?? "";
  }

  get type(): RoomView["type"] {
    return this.#view?.type ?? "direct";
  }

  get name(): string | null {
    return this.#view?.name ?? null;
  }

  get spaceId(): string | null {
    return this.#view?.spaceId ?? null;
  }

  get createdBy(): string {
    return this.#view?.createdBy ?? "";
  }

  get createdAt(): string {
    return this.#view?.createdAt ?? "";
  }

  /** What to call it: names of people as they are now, not as they were when it was read. */
  get title(): string {
    const names = this.#others.map(({ userId, name }) => this.#person(userId)?.name ?? name);
    return this.name ?? names.join(", ");
  }

  /** The other one of a direct room. */
  get counterpart(): KnownPerson | null {
    const [other] = this.type === "direct" ? this.#others : [];
    return (other && this.#person(other.userId)) ?? null;
  }

  get #others(): Member[] {
    return this.members.filter((member) => member.userId !== this.#services.me()?.userId);
  }

  #person(userId: string): KnownPerson | undefined {
    return this.#services.people.get({ tenantId: this.tenantId, userId });
  }

  /** Up to 100; of rooms that are not direct, only after `open`. */
  get members(): readonly Member[] {
    return this.#members.all;
  }

  get memberCount(): number {
    return this.#view?.memberCount ?? this.members.length;
  }

  get role(): MyRoom["role"] {
    return this.#me.role;
  }

  get muted(): boolean {
    return this.#me.muted;
  }

  // --- What happened in it ----------------------------------------------------------------------

  get lastSeq(): number {
    const { newest, tip } = this.timeline;
    return Math.max(this.#view?.lastSeq ?? 0, newest?.seq ?? 0, tip);
  }

  get lastMessage(): Message | null {
    const listed = this.#view?.lastMessage ?? null;
    const { newest } = this.timeline;
    return listed && listed.seq > (newest?.seq ?? 0) ? listed : newest;
  }

  /** When something last happened here, to sort by. */
  get activeAt(): string {
    return this.lastMessage?.createdAt ?? this.createdAt;
  }

  get readSeq(): number {
    return this.#me.readSeq;
  }

  get deliveredSeq(): number {
    return this.#me.deliveredSeq;
  }

  get unread(): number {
    return Math.max(0, this.lastSeq - this.readSeq);
  }

  get tip(): number {
    return this.timeline.tip;
  }

  /** The room's change number, as far as it was shown. */
  get rev(): number {
    return this.#view?.rev ?? 0;
  }

  /** True when something between is missing, or was announced and has not come. */
  get hasGap(): boolean {
    return this.tip < this.lastSeq;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get entries(): readonly Entry[] {
    const me = this.#services.me() ?? NOBODY;
    this.#lines ??= this.#entries.of(
      me,
      this.#shown(me),
      this.#services.outbox.in(this.roomId),
      this.#members.progress(me.userId, this.memberCount),
    );
    return this.#lines;
  }

  /** What came out of order waits for what is missing, but one's own stays where it was written. */
  #shown({ userId }: Me): readonly Message[] {
    const { messages, tip } = this.timeline;
    if (!this.hasGap) return messages;
    return messages.filter(({ seq, senderId }) => seq <= tip || senderId === userId);
  }

  get hasOlder(): boolean {
    return this.timeline.floor > 0;
  }

  get isLoading(): boolean {
    return this.#loading !== null;
  }

  get typists(): readonly Typist[] {
    return this.#services.typists.in(this.roomId);
  }

  // --- What the server tells --------------------------------------------------------------------

  /** Take the room as the server shows it; events leave out `me`, and lists of groups `members`. */
  merge(view: RoomView & { reset?: boolean }): void {
    if (view.reset) this.reset(view);
    const former = this.#view;
    // Nothing that is held could have changed before.
    if (!former && this.timeline.messages.length === 0) this.timeline.rev = view.rev;
    if (!former || view.rev >= former.rev) this.#view = newer(former, view);
    else this.#view = newer(view, former);
    if (view.me) {
      this.#me = { ...view.me, ...ahead(this.#isGuess ? view.me : this.#me, view.me) };
      this.#isGuess = false;
    }
    if (view.members && view.rev >= (former?.rev ?? 0)) this.#meet(view.members);
    this.changed();
    if (this.hasGap) this.#services.missing(this);
  }

  /** Start anew: what is held is not what the server has. */
  reset(view: RoomView): void {
    this.timeline.reset(view.lastSeq);
    this.timeline.rev = view.rev;
    this.#view = null;
    this.#isGuess = true;
    if (this.#isOpen) this.#load().catch((error: unknown) => this.#services.failed(error));
  }

  #meet(members: readonly Member[]): void {
    this.#members.replace(members);
    const mine = this.#members.get(this.#services.me()?.userId ?? "");
    if (mine) this.#me = { ...this.#me, role: mine.role };
    for (const { userId, name } of members) {
      this.#services.people.meet(this.tenantId, userId, name);
    }
  }

  /** Take a message, new or changed. */
  take(message: Message): void {
    this.timeline.add(message);
    this.#preview(message);
    const isMine = message.senderId === this.#services.me()?.userId;
    // Who writes has read what was before; the server says the same of oneself within 2 s.
    const cursor = { deliveredSeq: message.seq, readSeq: message.seq };
    this.moveCursor({ ...cursor, userId: message.senderId }, isMine);
    if (isMine) this.#services.outbox.settle(message);
    this.changed();
  }

  /** The messages that have come since the last call, in order. */
  fresh(): Message[] {
    const fresh = this.timeline.fresh();
    if (!this.#isOpen && !this.hasGap) this.timeline.trim(KEPT_CLOSED);
    return fresh;
  }

  /** A change of the last message of a room that holds none of them. */
  #preview(message: Message): void {
    const { lastMessage } = this.#view ?? {};
    if (!this.#view || !lastMessage) return;
    if (lastMessage.messageId !== message.messageId || lastMessage.rev >= message.rev) return;
    this.#view = { ...this.#view, lastMessage: message };
  }

  /** Take how far somebody is. */
  moveCursor({ userId, ...cursor }: Cursor & Pick<ReceiptUpdate, "userId">, isMine: boolean): void {
    if (isMine) this.#me = { ...this.#me, ...ahead(this.#me, cursor) };
    this.#members.move(userId, cursor);
    this.changed();
  }

  /** The server has moved our cursor. */
  moved({ deliveredSeq, readSeq }: Cursor): void {
    const userId = this.#services.me()?.userId ?? "";
    this.moveCursor({ userId, deliveredSeq, readSeq }, true);
    this.settle();
  }

  changed(): void {
    this.#lines = null;
    this.#services.changed(this);
  }

  /** Tell the senders how far their messages have come. */
  settle(): void {
    if (!this.#services.isSynced()) return;
    if (this.#isWatched) this.#services.receipts.read(this);
    else this.#services.receipts.delivered(this);
  }

  // --- Reading ----------------------------------------------------------------------------------

  /** Have what is needed to show it: its members, and its newest messages. */
  async open(): Promise<void> {
    this.#isOpen = true;
    const isKnown = this.#view !== null && this.members.length > 0;
    await Promise.all([
      this.timeline.messages.length < PAGE && this.hasOlder ? this.#load() : null,
      isKnown ? null : this.refresh(),
    ]);
  }

  /** It is not shown any more: keep a page of it. */
  close(): void {
    this.#isOpen = false;
    this.watch(false);
    this.stopTyping();
    if (!this.hasGap && this.timeline.trim(KEPT_CLOSED)) this.changed();
  }

  /** Say whether its newest messages are on the screen: then they count as read. */
  watch(isSeen: boolean): void {
    if (isSeen === this.#isWatched) return;
    this.#isWatched = isSeen;
    this.settle();
  }

  /** Ask for the room itself. */
  async refresh(): Promise<void> {
    this.merge(await this.#services.request("room.get", { roomId: this.roomId }));
  }

  loadOlder(): Promise<void> {
    return this.hasOlder ? this.#load() : Promise.resolve();
  }

  /** Load older messages until this one is among them. */
  async loadAround(seq: number): Promise<void> {
    while (this.timeline.floor >= seq && this.hasOlder) await this.#load(LARGEST_PAGE);
  }

  /** Drop the oldest messages of a room that is read at its end. */
  trim(): void {
    if (!this.hasGap && this.timeline.trim(KEPT_OPEN)) this.changed();
  }

  #load(limit = PAGE): Promise<void> {
    this.#loading ??= this.#readPage(limit).finally(() => {
      this.#loading = null;
      this.changed();
    });
    return this.#loading;
  }

  async #readPage(limit: number): Promise<void> {
    this.changed();
    const { roomId } = this;
    const before = this.timeline.floor + 1;
    const page = await this.#services.request("message.history", { roomId, before, limit });
    this.timeline.addOlder(before, page.messages, page.hasMore);
  }

  /** Fetch what lies between the last message without a gap and the room's end. */
  fill(end: number, take: (message: Message) => void): Promise<void> {
    this.#filling ??= this.#fill(end, take).finally(() => {
      this.#filling = null;
      this.changed();
    });
    return this.#filling;
  }

  async #fill(end: number, take: (message: Message) => void): Promise<void> {
    const { roomId } = this;
    for (let hasMore = true; hasMore && this.tip < end; ) {
      const after = this.tip;
      const asked = { roomId, after, limit: LARGEST_PAGE };
      const page = await this.#services.request("message.history", asked);
      for (const message of page.messages) take(message);
      hasMore = page.hasMore && this.tip > after;
    }
  }

  // --- Writing ----------------------------------------------------------------------------------

  /** Send a message; gives it as it was stored. An entry shows it at once. */
  send(body: string, { replyTo, mentions }: SendOptions = {}): Promise<Message> {
    this.#services.typing.stop({ isSent: true });
    const { roomId } = this;
    const draft = { roomId, body, replyTo: replyTo ?? null, mentions: mentions ?? [] };
    return this.#services.outbox.add(draft);
  }

  /** Try a `failed` entry once more. */
  retry(key: string): void {
    this.#services.outbox.retry(this.#clientId(key));
  }

  /** Give up a `failed` or `pending` entry. */
  discard(key: string): void {
    this.#services.outbox.discard(this.#clientId(key));
  }

  #clientId(key: string): string {
    return clientIdOf(key, this.#services.me()?.userId ?? "");
  }

  async edit(messageId: string, body: string): Promise<Message> {
    const { roomId } = this;
    return this.#taken(this.#services.request("message.edit", { roomId, messageId, body }));
  }

  async delete(messageId: string): Promise<Message> {
    const { roomId } = this;
    return this.#taken(this.#services.request("message.delete", { roomId, messageId }));
  }

  async react(messageId: string, emoji: string, on: boolean): Promise<Message> {
    const { roomId } = this;
    return this.#taken(this.#services.request("message.react", { roomId, messageId, emoji, on }));
  }

  async #taken(reply: Promise<Message>): Promise<Message> {
    const message = await reply;
    this.take(message);
    return message;
  }

  /** The whole body of a `truncated` message, by REST. */
  async fullBody(messageId: string): Promise<string> {
    const held = this.timeline.get(messageId);
    if (!held) throw new ParleyError("NOT_FOUND", "This message is not loaded.");
    const path = `/rooms/${this.roomId}/messages?after=${held.seq - 1}&limit=1`;
    const page = (await this.#services.rest("GET", path)) as { messages: Message[] };
    const whole = page.messages.find((message) => message.messageId === messageId);
    if (!whole) throw new ParleyError("NOT_FOUND", "This message is not there any more.");
    this.take(whole);
    return whole.body ?? "";
  }

  keystroke(): void {
    this.#services.typing.keystroke(this.roomId);
  }

  stopTyping(): void {
    this.#services.typing.stop();
  }

  // --- The room itself --------------------------------------------------------------------------

  async rename(name: string | null): Promise<void> {
    const { roomId } = this;
    this.merge(await this.#services.request("room.update", { roomId, name }));
  }

  async add(person: PersonRef, role?: Member["role"]): Promise<void> {
    const userId = typeof person === "string" ? person : person.userId;
    const asked = { roomId: this.roomId, userId, ...(role && { role }) };
    this.merge(await this.#services.request("room.addMember", asked));
  }

  async remove(userId: string): Promise<void> {
    const { roomId } = this;
    this.merge(await this.#services.request("room.removeMember", { roomId, userId }));
  }

  async leave(): Promise<void> {
    try {
      await this.#services.request("room.leave", { roomId: this.roomId });
    } catch (error) {
      // Asked again after a reply that was lost: one has left.
      if (!(error instanceof ParleyError) || error.code !== "NOT_FOUND") throw error;
    }
    this.#services.left(this);
  }

  async mute(muted: boolean): Promise<void> {
    const { roomId } = this;
    this.merge(await this.#services.request("room.mute", { roomId, muted }));
  }
}

/** A view over an earlier one: events leave `me` and `members` out, and may come late. */
function newer(former: RoomView | null, view: RoomView): RoomView {
  if (!former) return view;
  const isLater = view.lastSeq >= former.lastSeq;
  return {
    ...former,
    ...view,
    lastSeq: Math.max(former.lastSeq, view.lastSeq),
    lastMessage: isLater ? view.lastMessage : former.lastMessage,
  };
}
