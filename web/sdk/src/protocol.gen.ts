// Written by `make schema` from parley.protocol: do not edit.

/** `room.addMember`; also changes a member's role. */
export interface AddMember {
  roomId: string;
  userId: string;
  role?: "owner" | "member" | null;
}

/** `room.create`; `clientId` makes a repeat safe. */
export interface CreateRoom {
  type: "direct" | "group" | "channel" | "organization";
  clientId?: string | null;
  memberIds?: string[];
  tenantId?: string | null;
  name?: string | null;
  spaceId?: string | null;
}

/** `message.delete`: leave a tombstone. */
export interface DeleteMessage {
  roomId: string;
  messageId: string;
}

/** `message.edit`: change the body of one's own message. */
export interface EditMessage {
  roomId: string;
  messageId: string;
  body: string;
}

/** `presence.heartbeat`: renews the connection's lease. */
export interface Heartbeat {
  status?: "online" | "away";
}

/** `presence.list`: everyone not offline, or exactly the named users. */
export interface ListPresence {
  userIds?: string[] | null;
  tenantId?: string | null;
  cursor?: string | null;
}

/** `room.list`: one's rooms, newest activity first. */
export interface ListRooms {
  cursor?: string | null;
  limit?: number;
}

/** `receipt.delivered` and `receipt.read`: how far one has received or read. */
export interface MoveCursor {
  roomId: string;
  seq: number;
}

/** `room.mute`: for the caller only. */
export interface MuteRoom {
  roomId: string;
  muted: boolean;
}

/** `room.get` and `room.leave`. */
export interface OneRoom {
  roomId: string;
}

/** `message.react`: add or take away one's own reaction. */
export interface ReactToMessage {
  roomId: string;
  messageId: string;
  emoji: string;
  on: boolean;
}

/** `message.history`: a page before or after a `seq`; without either, the newest page. */
export interface ReadHistory {
  roomId: string;
  before?: number | null;
  after?: number | null;
  limit?: number;
}

/** `room.removeMember`: the one removed hears `room:removed`. */
export interface RemoveMember {
  roomId: string;
  userId: string;
}

/** How far a client has a room. */
export interface RoomCursor {
  seq?: number;
  rev?: number;
}

/**
 * `message.send`: say something in a room, or to a person.
 *
 * `clientId` makes a repeat safe; `tenantId` goes with `toUserId` in manage scope.
 */
export interface SendMessage {
  roomId?: string | null;
  toUserId?: string | null;
  tenantId?: string | null;
  clientId: string;
  body: string;
  type?: "text" | "image" | "document";
  attachments?: string[];
  replyTo?: string | null;
  mentions?: string[];
}

/** `sync.start`: everything that changed since these cursors. */
export interface StartSync {
  rooms?: Record<string, RoomCursor>;
  cursor?: string | null;
}

/** `presence.subscribe`: replaces the set of people to hear of. */
export interface SubscribePresence {
  userIds: string[];
  tenantId?: string | null;
}

/** `typing.start` and `typing.stop`; never replied to. */
export interface Typing {
  roomId: string;
}

/** `room.update`: change the name. */
export interface UpdateRoom {
  roomId: string;
  name?: string | null;
}

/** `bye`: the last event before the server ends a connection. */
export interface Bye {
  code: number;
  reason: string;
  reconnect: boolean;
}

/** A room that changed since the last heartbeat. */
export interface ChangedRoom {
  roomId: string;
  lastSeq: number;
  rev: number;
}

/** Reply to `receipt.*`. */
export interface CursorReply {
  deliveredSeq: number;
  readSeq: number;
  unread: number;
}

/** Reply to `presence.heartbeat`; `ttl` in seconds. */
export interface HeartbeatReply {
  serverTime: string;
  ttl: number;
  epoch: string;
  changed: ChangedRoom[];
  presence: "all" | "subscribed";
}

/** Reply to `message.history`: ascending `seq`, no hole. */
export interface HistoryReply {
  messages: Message[];
  hasMore: boolean;
}

/** The caller, as the server knows them. */
export interface Me {
  userId: string;
  tenantId: string;
  name: string;
  role: string;
  scope: "tenant" | "manage";
}

/** A member of a room, and how far they are. */
export interface Member {
  userId: string;
  name: string;
  role: "owner" | "member";
  deliveredSeq: number;
  readSeq: number;
}

/** A message. A tombstone has `deletedAt` and a null `body`. */
export interface Message {
  messageId: string;
  roomId: string;
  seq: number;
  rev: number;
  clientId: string;
  senderId: string;
  senderName: string;
  type: "text" | "image" | "document" | "system";
  body: string | null;
  attachments: string[];
  replyTo: string | null;
  mentions: string[];
  reactions: Record<string, string[]>;
  createdAt: string;
  editedAt: string | null;
  deletedAt: string | null;
  truncated: boolean;
}

/** A room from the caller's side. */
export interface MyRoom {
  readSeq: number;
  deliveredSeq: number;
  unread: number;
  muted: boolean;
  role: "owner" | "member";
}

/** Somebody in `presence.list` and `sync.start`. */
export interface Person {
  userId: string;
  tenantId: string;
  name: string;
  picture: string | null;
  role: string | null;
  status: "online" | "away" | "offline";
  lastSeenAt: string | null;
}

/** Reply to `presence.list` and `presence.subscribe`. */
export interface PresenceReply {
  users: Person[];
  cursor: string | null;
}

/** `presence:update`: changes that happened together. */
export interface PresenceUpdate {
  users: Seen[];
}

/** `receipt:update`. */
export interface ReceiptUpdate {
  roomId: string;
  userId: string;
  deliveredSeq: number;
  readSeq: number;
  at: string;
}

/**
 * A room.
 *
 * `members`, at most 100 of them, are in `room.get`, in the room's own events, and for direct
 * rooms also in lists and `sync.start`. Events have no `me`.
 */
export interface Room {
  roomId: string;
  tenantId: string;
  type: "direct" | "group" | "channel" | "organization";
  name: string | null;
  spaceId: string | null;
  createdBy: string;
  createdAt: string;
  lastSeq: number;
  rev: number;
  lastMessage: Message | null;
  memberCount: number;
  members?: Member[];
  me?: MyRoom;
}

/**
 * Messages that were sent, edited, deleted or reacted to since the client's cursor.
 *
 * `hasMore` says that the next page of this sync goes on with the same room.
 */
export interface RoomChanges {
  roomId: string;
  messages: Message[];
  hasMore: boolean;
}

/** A room of the request that the caller may no longer see. */
export interface RoomDropped {
  roomId: string;
  removed: true;
}

/** Reply to `room.list`. */
export interface RoomListReply {
  rooms: Room[];
  cursor: string | null;
}

/** `room:removed`. */
export interface RoomRemoved {
  roomId: string;
}

/** One person in `presence:update`; `tenantId` only in manage scope. */
export interface Seen {
  userId: string;
  status: "online" | "away" | "offline";
  lastSeenAt: string | null;
  name: string;
  tenantId?: string;
}

/** Reply to `message.send`. */
export interface SendReply {
  message: Message;
  duplicate: boolean;
  degraded?: boolean;
}

/** Reply to `sync.start`; `heartbeatInterval` in seconds. */
export interface SyncReply {
  me: Me;
  rooms: (SyncRoom | RoomDropped)[];
  changes: RoomChanges[];
  users: Person[];
  serverTime: string;
  heartbeatInterval: number;
  epoch: string;
  presence: "all" | "subscribed";
  cursor: string | null;
}

/**
 * A room in `sync.start`; `reset`: what the client has does not lead to what there is.
 *
 * Its cursor was beyond the room's end, or messages right behind it are kept no more: start anew.
 */
export interface SyncRoom {
  roomId: string;
  tenantId: string;
  type: "direct" | "group" | "channel" | "organization";
  name: string | null;
  spaceId: string | null;
  createdBy: string;
  createdAt: string;
  lastSeq: number;
  rev: number;
  lastMessage: Message | null;
  memberCount: number;
  members?: Member[];
  me?: MyRoom;
  reset?: boolean;
}

/** `typing:update`; `expiresIn` in seconds. */
export interface TypingUpdate {
  roomId: string;
  userId: string;
  name: string;
  state: "start" | "stop";
  expiresIn: number;
}

/** The closed set of error codes. */
export type ErrorCode =
  | "VALIDATION_ERROR"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "RATE_LIMITED"
  | "INTERNAL_ERROR"
  | "UNAVAILABLE";

/** One reason of a `VALIDATION_ERROR`. */
export interface ErrorDetail {
  path: string;
  reason: string;
}

/** An error, as REST sends it. */
export interface ErrorBody {
  ok: false;
  error: ErrorCode;
  /** For people. */
  message: string;
  /** Is in the server's logs. */
  correlationId: string;
  details?: ErrorDetail[];
  /** Seconds; with `RATE_LIMITED` and `UNAVAILABLE`. */
  retryAfter?: number;
}

/** Each operation's data and reply; `void` where there is none. */
export interface Operations {
  "message.send": { data: SendMessage; reply: SendReply };
  "message.edit": { data: EditMessage; reply: Message };
  "message.delete": { data: DeleteMessage; reply: Message };
  "message.react": { data: ReactToMessage; reply: Message };
  "message.history": { data: ReadHistory; reply: HistoryReply };
  "receipt.delivered": { data: MoveCursor; reply: CursorReply };
  "receipt.read": { data: MoveCursor; reply: CursorReply };
  "typing.start": { data: Typing; reply: void };
  "typing.stop": { data: Typing; reply: void };
  "room.create": { data: CreateRoom; reply: Room };
  "room.list": { data: ListRooms; reply: RoomListReply };
  "room.get": { data: OneRoom; reply: Room };
  "room.update": { data: UpdateRoom; reply: Room };
  "room.leave": { data: OneRoom; reply: Room };
  "room.mute": { data: MuteRoom; reply: Room };
  "room.addMember": { data: AddMember; reply: Room };
  "room.removeMember": { data: RemoveMember; reply: Room };
  "presence.heartbeat": { data: Heartbeat; reply: HeartbeatReply };
  "presence.list": { data: ListPresence; reply: PresenceReply };
  "presence.subscribe": { data: SubscribePresence; reply: PresenceReply };
  "sync.start": { data: StartSync; reply: SyncReply };
}

/** The data of each event. */
export interface Events {
  "message:new": Message;
  "message:updated": Message;
  "message:deleted": Message;
  "receipt:update": ReceiptUpdate;
  "typing:update": TypingUpdate;
  "room:updated": Room;
  "room:removed": RoomRemoved;
  "presence:update": PresenceUpdate;
  "bye": Bye;
}

export type Operation = keyof Operations;
export type EventName = keyof Events;

/** What a client sends; `id` is optional for `typing`, which is not replied to. */
export type CommandFrame<O extends Operation = Operation> = O extends `${infer A}.${infer P}`
  ? { action: A; op: P; data: Operations[O]["data"] } & (A extends "typing"
      ? { id?: string }
      : { id: string })
  : never;

/** A positive reply. */
export interface OkReply<O extends Operation = Operation> {
  id: string;
  ok: true;
  data: Operations[O]["reply"];
}

/** A negative reply; `id` is null when it could not be read. */
export interface ErrorReply extends ErrorBody {
  id: string | null;
}

export type Reply<O extends Operation = Operation> = OkReply<O> | ErrorReply;

/** What the server says first. */
export type EventFrame<E extends EventName = EventName> = {
  [Name in E]: { event: Name; data: Events[Name] };
}[E];

/** Bounds that do not depend on settings. */
export const LIMITS = {
  maxFrameBytes: 32768,
  maxSentBytes: 30720,
  maxFrameIdChars: 64,
  maxSyncRooms: 400,
  maxMembersACall: 200,
  maxUserIds: 500,
  maxMentions: 50,
  maxAttachments: 10,
} as const;
