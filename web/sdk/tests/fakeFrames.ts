/** Reads frames as strictly as the server does: no unknown fields, no wrong kinds. */

import type { Operation } from "../src/protocol.gen.js";
import { invalid, type Refusal } from "./fakeState.js";

export interface Command {
  readonly operation: Operation;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
}

/** The kind of each field; `?` may be absent, `~` may be null, too. */
const FIELDS: Record<Operation, Record<string, string>> = {
  "message.send": {
    roomId: "~string",
    toUserId: "~string",
    tenantId: "~string",
    clientId: "string",
    body: "string",
    type: "?string",
    attachments: "?strings",
    replyTo: "~string",
    mentions: "?strings",
  },
  "message.edit": { roomId: "string", messageId: "string", body: "string" },
  "message.delete": { roomId: "string", messageId: "string" },
  "message.react": { roomId: "string", messageId: "string", emoji: "string", on: "boolean" },
  "message.history": { roomId: "string", before: "~seq", after: "~seq", limit: "?seq" },
  "receipt.delivered": { roomId: "string", seq: "seq" },
  "receipt.read": { roomId: "string", seq: "seq" },
  "typing.start": { roomId: "string" },
  "typing.stop": { roomId: "string" },
  "room.create": {
    type: "string",
    clientId: "~string",
    memberIds: "?strings",
    tenantId: "~string",
    name: "~string",
    spaceId: "~string",
  },
  "room.list": { cursor: "~string", limit: "?seq" },
  "room.get": { roomId: "string" },
  "room.update": { roomId: "string", name: "~string" },
  "room.leave": { roomId: "string" },
  "room.mute": { roomId: "string", muted: "boolean" },
  "room.addMember": { roomId: "string", userId: "string", role: "~string" },
  "room.removeMember": { roomId: "string", userId: "string" },
  "presence.heartbeat": { status: "?string" },
  "presence.list": { userIds: "~strings", tenantId: "~string", cursor: "~string" },
  "presence.subscribe": { userIds: "strings", tenantId: "~string" },
  "sync.start": { rooms: "?rooms", cursor: "~string" },
};

const KINDS: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  seq: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  strings: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
  rooms: isRooms,
};

function isRooms(value: unknown): boolean {
  if (!isObject(value)) {
    return false;
  }
  return Object.values(value).every((cursor) => {
    const { seq = 0, rev = 0, ...rest } = isObject(cursor) ? cursor : { rest: true };
    return KINDS.seq?.(seq) && KINDS.seq?.(rev) && Object.keys(rest).length === 0;
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Read a frame, or say what is wrong with it; `id` goes with the refusal where it can be read. */
export function readFrame(text: string): Command | { id: string | null; refusal: Refusal } {
  const frame: unknown = JSON.parse(text);
  if (!isObject(frame)) {
    return { id: null, refusal: invalid("", "must be an object") };
  }
  const { action, op, id = null, data = {}, ...rest } = frame;
  const isId = typeof id === "string" && id.length >= 1 && id.length <= 64;
  const operation = `${action}.${op}` as Operation;
  const known = isId ? id : null;
  if (Object.keys(rest).length > 0 || !(operation in FIELDS) || !isObject(data)) {
    return { id: known, refusal: invalid("action", `is wrong: ${text}`) };
  }
  if (!isId && !(id === null && action === "typing")) {
    return { id: null, refusal: invalid("id", "is wrong") };
  }
  const refusal = wrongField(operation, data);
  return refusal ? { id: known, refusal } : { operation, id: known, data };
}

function wrongField(operation: Operation, data: Record<string, unknown>): Refusal | null {
  const fields = FIELDS[operation];
  const unknown = Object.keys(data).find((name) => !(name in fields));
  if (unknown !== undefined) {
    return invalid(`data.${unknown}`, "is not known");
  }
  const wrong = Object.entries(fields).find(([name, kind]) => !fits(kind, data[name]));
  return wrong ? invalid(`data.${wrong[0]}`, `must be ${wrong[1]}`) : null;
}

function fits(kind: string, value: unknown): boolean {
  const isOptional = kind.startsWith("?") || kind.startsWith("~");
  if (value === undefined || (value === null && kind.startsWith("~"))) {
    return isOptional;
  }
  return KINDS[kind.replace(/^[?~]/, "")]?.(value) ?? false;
}
