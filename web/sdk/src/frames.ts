/** What a frame of the server is. Pure. */

import type { ErrorReply, EventFrame, OkReply } from "./protocol.gen.js";

export type Incoming =
  | { kind: "event"; frame: EventFrame }
  | { kind: "reply"; id: string; frame: OkReply | ErrorReply }
  /** API Gateway's own words: one of the commands failed. */
  | { kind: "failure" };

/** Read a frame; null for what is to be ignored: empty frames, and what this client does not know. */
export function readFrame(text: string): Incoming | null {
  const frame = parse(text);
  if (frame === null) return null;
  if (typeof frame.event === "string") {
    return { kind: "event", frame: frame as unknown as EventFrame };
  }
  if (typeof frame.ok === "boolean") {
    const reply = frame as unknown as OkReply | ErrorReply;
    return typeof reply.id === "string" ? { kind: "reply", id: reply.id, frame: reply } : null;
  }
  return typeof frame.message === "string" && "connectionId" in frame ? { kind: "failure" } : null;
}

function parse(text: string): Record<string, unknown> | null {
  if (text === "") return null;
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && !Array.isArray(frame)
      ? (frame as Record<string, unknown> | null)
      : null;
  } catch {
    // A frame that cannot be read says nothing; what was lost with it, the next heartbeat finds.
    return null;
  }
}
