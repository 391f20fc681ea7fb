import { describe, expect, test } from "vitest";
import type { Entry, Message, Room } from "../src/index.js";
import { SECOND, type Tab, World } from "./world.js";

async function pair(world: World) {
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.settle();
  return { ann, ben, room, hers: ann.client.rooms.get(room.roomId)! };
}

function shown(room: Room): (string | null)[] {
  return room.entries.map(({ message }) => message.body);
}

function bodies(tab: Tab): (string | null)[] {
  return tab.heard.messages.map(({ message }) => message.body);
}

/** Let Ben write so many messages, slowly enough for the limits. */
async function write(
  world: World,
  room: Room,
  count: number,
  name = "message",
): Promise<Message[]> {
  const messages: Message[] = [];
  for (let n = 1; n <= count; n += 1) {
    messages.push(await world.resolve(room.send(`${name} ${n}`)));
    await world.advance(n % 5 === 0 ? 6 * SECOND : 0);
  }
  return messages;
}

describe("messages", () => {
  test("are told live, and are in the room", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await world.resolve(room.send("hello"));
    await world.settle();
    const [told] = ann.heard.messages;
    expect(told).toMatchObject({ isMine: false, isLive: true, room: hers });
    expect(shown(hers)).toEqual(["hello"]);
    expect([hers.lastSeq, hers.unread, ann.client.unread]).toEqual([1, 1, 1]);
    expect(hers.lastMessage?.body).toBe("hello");
  });

  test("are ordered by seq, in whatever order they come", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    world.server.faults.nextEvents("message:new", [900], [600], [300], [0]);
    await write(world, room, 4);
    await world.advance(SECOND);
    expect(shown(hers)).toEqual(["message 1", "message 2", "message 3", "message 4"]);
    expect(bodies(ann)).toEqual(["message 1", "message 2", "message 3", "message 4"]);
    expect(world.server.asked("ann", "message.history")).toHaveLength(0);
  });

  test("of which only the room's own view tells are fetched after 2 s", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await world.advance(10 * SECOND);
    world.server.faults.nextEvents("message:new", []);
    await world.resolve(room.send("lost"));
    await world.resolve(hers.refresh());
    expect(bodies(ann)).toEqual([]);
    await world.advance(3 * SECOND);
    expect(bodies(ann)).toEqual(["lost"]);
  });

  test("after a gap wait for it, and it is fetched after 2 s", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    world.server.faults.nextEvents("message:new", [], [0], [0]);
    await write(world, room, 3);
    await world.advance(1_500);
    expect(shown(hers)).toEqual([]);
    expect(world.server.asked("ann", "message.history")).toHaveLength(0);
    await world.advance(SECOND);
    expect(shown(hers)).toEqual(["message 1", "message 2", "message 3"]);
    expect(bodies(ann)).toEqual(["message 1", "message 2", "message 3"]);
    expect(world.server.asked("ann", "message.history")).toHaveLength(1);
  });

  test("after a gap are found although the first attempt to fetch it fails", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    world.server.faults.nextEvents("message:new", [], [0]);
    world.server.faults.nextCommands("message.history", "lost", "gatewayError");
    await write(world, room, 2);
    await world.advance(60 * SECOND);
    expect(shown(hers)).toEqual(["message 1", "message 2"]);
  });

  test("that come three times are there and told once", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    world.server.faults.onEvent = ({ event }) =>
      event === "message:new" ? [0, 5, 400] : undefined;
    await write(world, room, 3);
    await world.advance(SECOND);
    expect(shown(hers)).toHaveLength(3);
    expect(bodies(ann)).toHaveLength(3);
    expect(ann.client.unread).toBe(3);
  });

  test("are shown in their newest version, in whatever order versions come", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    const [message] = await write(world, room, 1);
    await world.settle();
    world.server.faults.nextEvents("message:updated", [600], [300], [0, 700]);
    for (const body of ["second", "third", "fourth"]) {
      await world.resolve(room.edit(message!.messageId, body));
    }
    await world.settle();
    expect(shown(hers)).toEqual(["fourth"]);
    await world.advance(2 * SECOND);
    expect(shown(hers)).toEqual(["fourth"]);
  });

  test("that were deleted stay deleted, though an older version comes late", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    const [message] = await write(world, room, 1);
    await world.settle();
    world.server.faults.nextEvents("message:updated", [500]);
    await world.resolve(room.edit(message!.messageId, "edited"));
    await world.resolve(room.delete(message!.messageId));
    await world.advance(SECOND);
    expect(hers.entries[0]?.message).toMatchObject({ body: null, seq: 1 });
    expect(hers.entries[0]?.message.deletedAt).not.toBeNull();
  });

  test("whose edit comes before themselves are shown edited, and told once", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    world.server.faults.nextEvents("message:new", [500]);
    const [message] = await write(world, room, 1);
    await world.resolve(room.edit(message!.messageId, "edited"));
    await world.advance(SECOND);
    expect(shown(hers)).toEqual(["edited"]);
    expect(ann.heard.messages).toHaveLength(1);
  });

  test("that are not loaded may change without doing anything but that", async () => {
    const world = new World();
    const { ben, room } = await pair(world);
    const messages = await write(world, room, 60);
    const ann = await world.connected("ann");
    const hers = ann.client.rooms.get(room.roomId)!;
    await world.resolve(hers.open());
    expect(hers.entries).toHaveLength(50);
    await world.resolve(room.edit(messages[0]!.messageId, "edited"));
    await world.resolve(room.delete(messages[1]!.messageId));
    await world.settle();
    expect(hers.entries).toHaveLength(50);
    expect(hers.unread).toBe(60);
    await world.resolve(hers.loadOlder());
    expect(shown(hers).slice(0, 3)).toEqual(["edited", null, "message 3"]);
    expect(ben.heard.errors).toEqual([]);
  });

  test("of one's own other device are there, and count as read", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const other = await world.connected("ann");
    await write(world, room, 3);
    await world.settle();
    expect(other.client.unread).toBe(3);
    await world.resolve(ann.client.rooms.get(room.roomId)!.send("mine"));
    await world.settle();
    expect(shown(other.client.rooms.get(room.roomId)!)).toContain("mine");
    expect(other.heard.messages.at(-1)).toMatchObject({ isMine: true });
    expect(other.client.unread).toBe(0);
  });

  test("with a quote, mentions, edits and reactions of one's own are shown at once", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    const [message] = await write(world, room, 1);
    await world.settle();
    const options = { replyTo: message!.messageId, mentions: ["ben"] };
    const reply = await world.resolve(hers.send("yes", options));
    expect(reply).toMatchObject(options);
    expect((await world.resolve(hers.edit(reply.messageId, "no"))).body).toBe("no");
    await world.resolve(hers.react(message!.messageId, "👍", true));
    expect(hers.entries.map(({ message: { body } }) => body)).toEqual(["message 1", "no"]);
    expect(hers.entries[0]?.message.reactions).toEqual({ "👍": ["ann"] });
    await world.resolve(hers.react(message!.messageId, "👍", false));
    expect(hers.entries[0]?.message.reactions).toEqual({});
    await world.settle();
    expect(shown(room)).toEqual(["message 1", "no"]);
  });

  test("of others cannot be edited, and the refusal is given to whoever asked", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    const [message] = await write(world, room, 1);
    const error = await world.refusal(hers.edit(message!.messageId, "mine now"));
    expect(error.code).toBe("FORBIDDEN");
    expect(ann.heard.errors).toEqual([]);
  });

  test("that are too large for a frame are cut, and whole by REST", async () => {
    const world = new World();
    world.server.bodyMaxChars = 100_000;
    const { ben, room, hers } = await pair(world);
    const body = "ü".repeat(20_000);
    const { roomId } = room;
    // No frame can carry it, so that it was written by REST.
    const stored = world.server.state.rooms.get(roomId)!;
    stored.append({ clientId: "rest", senderId: "ben", senderName: "Ben", body });
    expect(ben.client.connected).toBe(true);
    await world.advance(40 * SECOND);
    const [entry] = hers.entries;
    expect(entry?.message.truncated).toBe(true);
    expect(entry?.message.body?.length).toBeLessThan(20_000);
    expect(await world.resolve(hers.fullBody(entry!.message.messageId))).toBe(body);
  });
});

describe("history", () => {
  test("is loaded page by page, without a hole or a double", async () => {
    const world = new World();
    const { room } = await pair(world);
    await write(world, room, 120);
    const ann = await world.connected("ann");
    const hers = ann.client.rooms.get(room.roomId)!;
    await world.resolve(hers.open());
    while (hers.hasOlder) {
      await world.resolve(hers.loadOlder());
    }
    expect(hers.entries.map(({ message }) => message.seq)).toEqual(
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
    expect(ann.heard.messages).toEqual([]);
  });

  test("is asked for once by those who ask at the same time", async () => {
    const world = new World();
    const { room } = await pair(world);
    await write(world, room, 70);
    const ann = await world.connected("ann");
    const hers = ann.client.rooms.get(room.roomId)!;
    await world.resolve(Promise.all([hers.open(), hers.open()]));
    await world.resolve(hers.open());
    expect(
      ann.connection.asked.filter((each) => each.operation === "message.history"),
    ).toHaveLength(1);
    const loading = Promise.all([hers.loadOlder(), hers.loadOlder()]);
    expect(hers.isLoading).toBe(true);
    await world.resolve(loading);
    expect(hers.isLoading).toBe(false);
    expect(hers.entries).toHaveLength(70);
  });

  test("survives a connection that is cut in the middle of a load", async () => {
    const world = new World();
    const { room } = await pair(world);
    await write(world, room, 120);
    const ann = await world.connected("ann");
    const hers = ann.client.rooms.get(room.roomId)!;
    await world.resolve(hers.open());
    const loading = hers.loadOlder().catch(() => undefined);
    world.server.cut(world.server.open("ann"));
    await world.resolve(room.send("meanwhile"));
    await world.resolve(loading);
    await world.until(() => ann.client.connected);
    while (hers.hasOlder) {
      await world.resolve(hers.loadOlder());
    }
    const seqs = hers.entries.map(({ message }) => message.seq);
    expect(seqs).toEqual(Array.from({ length: 121 }, (_, index) => index + 1));
  });

  test.each([
    ["deleted", null],
    ["edited", "better"],
  ])("that was read before a message was %s shows it so", async (_change, body) => {
    const world = new World();
    const { ann, room } = await pair(world);
    const { messageId } = await world.resolve(room.send("secret"));
    ann.end();
    const again = await world.connected("ann");
    const hers = again.client.rooms.get(room.roomId)!;
    world.server.faults.nextCommands("message.history", 500);
    const opening = hers.open();
    await world.advance(200);
    await world.resolve(body === null ? room.delete(messageId) : room.edit(messageId, body));
    await world.resolve(opening);
    await world.advance(SECOND);
    expect(shown(hers)).toEqual([body]);
  });

  test("around an old message is loaded up to the newest", async () => {
    const world = new World();
    const { room } = await pair(world);
    await write(world, room, 200);
    const ann = await world.connected("ann");
    const hers = ann.client.rooms.get(room.roomId)!;
    await world.resolve(hers.open());
    await world.resolve(hers.loadAround(10));
    const seqs = hers.entries.map(({ message }) => message.seq);
    expect(seqs[0]).toBeLessThanOrEqual(10);
    expect(seqs).toEqual(Array.from({ length: 201 - seqs[0]! }, (_, index) => seqs[0]! + index));
  });

  test("of many pages is trimmed to 500, and can be loaded again", async () => {
    const world = new World();
    const { room } = await pair(world);
    const stored = world.server.state.rooms.get(room.roomId)!;
    for (let n = 1; n <= 700; n += 1) {
      stored.append({ clientId: `${n}`, senderId: "ben", senderName: "Ben", body: `message ${n}` });
    }
    const ann = await world.connected("ann");
    const hers = ann.client.rooms.get(room.roomId)!;
    await world.resolve(hers.open());
    await world.resolve(hers.loadAround(1));
    expect(hers.entries).toHaveLength(700);
    hers.trim();
    expect(hers.entries).toHaveLength(500);
    expect([hers.hasOlder, shown(hers)[0]]).toEqual([true, "message 201"]);
    await world.resolve(hers.loadOlder());
    expect(shown(hers)[0]).toBe("message 151");
  });

  test("of a room that is not open does not grow without end", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    await write(world, room, 150);
    await world.settle();
    expect(hers.entries.length).toBeLessThanOrEqual(60);
    await world.resolve(hers.open());
    while (hers.hasOlder) {
      await world.resolve(hers.loadOlder());
    }
    expect(hers.entries.map(({ message }) => message.seq)).toEqual(
      Array.from({ length: 150 }, (_, index) => index + 1),
    );
  });
});

describe("what is shown", () => {
  test("is the same array until it changes, and each entry the same object", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await write(world, room, 3);
    await world.settle();
    const before = { entries: hers.entries, rooms: ann.client.rooms.all };
    expect(hers.entries).toBe(before.entries);
    expect(ann.client.rooms.all).toBe(before.rooms);
    expect(ann.client.people.all).toBe(ann.client.people.all);
    await world.resolve(room.send("one more"));
    await world.settle();
    expect(hers.entries).not.toBe(before.entries);
    const kept: readonly Entry[] = hers.entries.slice(0, 3);
    for (const [index, entry] of kept.entries()) {
      expect(entry).toBe(before.entries[index]);
    }
  });

  test("is announced at most once in a moment", async () => {
    const world = new World();
    const { ann, ben, room } = await pair(world);
    let changes = 0;
    ann.client.on("change", () => {
      changes += 1;
    });
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(changes).toBeGreaterThanOrEqual(1);
    expect(changes).toBeLessThanOrEqual(2);
    changes = 0;
    await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.settle();
    expect(changes).toBe(1);
  });

  test("puts the room with the newest message first", async () => {
    const world = new World();
    const { ann, ben, room } = await pair(world);
    await world.advance(SECOND);
    const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.settle();
    const order = () => ann.client.rooms.all.map(({ roomId }) => roomId);
    expect(order()).toEqual([group.roomId, room.roomId]);
    await world.advance(SECOND);
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(order()).toEqual([room.roomId, group.roomId]);
  });

  test("counts as unread what others wrote, but not in muted rooms", async () => {
    const world = new World();
    const { ann, ben, room } = await pair(world);
    const totals: number[] = [];
    ann.client.on("unread", ({ total }) => totals.push(total));
    const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.resolve(room.send("one"));
    await world.resolve(group.send("two"));
    await world.settle();
    expect(ann.client.unread).toBe(2);
    const hers = ann.client.rooms.get(group.roomId)!;
    await world.resolve(hers.mute(true));
    expect([ann.client.unread, hers.unread, hers.muted]).toEqual([1, 1, true]);
    await world.resolve(hers.mute(false));
    expect(ann.client.unread).toBe(2);
    expect(totals).toEqual([1, 2, 1, 2]);
  });
});
