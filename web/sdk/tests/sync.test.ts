import { describe, expect, test } from "vitest";
import type { Room } from "../src/index.js";
import { Refusal } from "./fakeState.js";
import { MINUTE, SECOND, type Tab, World } from "./world.js";

function bodies(tab: Tab): (string | null)[] {
  return tab.heard.messages.map(({ message }) => message.body);
}

/** Ann, and Ben, who writes to her in a direct room. */
async function pair(world: World) {
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.settle();
  return { ann, ben, room, hers: ann.client.rooms.get(room.roomId)! };
}

/** Take somebody off the network while something happens, and back. */
async function away(world: World, tab: Tab, meanwhile: () => Promise<unknown>): Promise<void> {
  tab.unplug(true);
  await meanwhile();
  tab.plug();
  await world.until(() => tab.client.connected);
  await world.settle();
}

describe("after being away", () => {
  test("everything that was written is there, once and in order", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const sent = Array.from({ length: 9 }, (_, index) => `message ${index + 1}`);
    await away(world, ann, async () => {
      for (const body of sent) {
        await world.resolve(room.send(body));
      }
    });
    expect(bodies(ann)).toEqual(sent);
    expect(ann.client.unread).toBe(9);
    expect(ann.heard.messages.every(({ isLive }) => !isLive)).toBe(true);
  });

  test("several pages of it are there", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.pageBytes = 1_500;
    const sent = Array.from({ length: 30 }, (_, index) => `message ${index + 1}`);
    await away(world, ann, async () => {
      for (const body of sent) {
        await world.resolve(room.send(body));
        await world.advance(2 * SECOND);
      }
    });
    expect(bodies(ann)).toEqual(sent);
    expect(world.server.connections.at(-1)!.asked.length).toBeGreaterThan(3);
  });

  test("edits, deletions and reactions are there", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    const [first, second, third] = [
      await world.resolve(room.send("first")),
      await world.resolve(room.send("second")),
      await world.resolve(room.send("third")),
    ];
    await world.settle();
    await away(world, ann, async () => {
      await world.resolve(room.edit(first.messageId, "first, edited"));
      await world.resolve(room.delete(second.messageId));
      await world.resolve(room.react(third.messageId, "🎉", true));
    });
    const [one, two, three] = hers.entries.map(({ message }) => message);
    expect([one?.body, two?.body, three?.reactions]).toEqual([
      "first, edited",
      null,
      { "🎉": ["ben"] },
    ]);
    expect(bodies(ann)).toEqual(["first", "second", "third"]);
    expect(hers.lastMessage?.reactions).toEqual({ "🎉": ["ben"] });
  });

  test("rooms that are new are there, and those that one was removed from are not", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    const old = await world.resolve(ben.client.rooms.group("Old", ["ann"]));
    await world.settle();
    expect(ann.client.rooms.get(old.roomId)?.title).toBe("Old");
    await away(world, ann, async () => {
      await world.resolve(old.remove("ann"));
      const made = await world.resolve(ben.client.rooms.group("New", ["ann"]));
      await world.resolve(made.send("welcome"));
    });
    const titles = ann.client.rooms.all.map((room) => room.title);
    expect(titles.sort()).toEqual(["Ben", "New"]);
    expect(ann.client.rooms.get(old.roomId)).toBeUndefined();
  });

  test("people are as they are now", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    await away(world, ann, async () => {
      ben.client.disconnect();
      await world.connected("chi");
      await world.advance(10 * SECOND);
    });
    expect(ann.client.people.status("ben")).toBe("offline");
    expect(ann.client.people.status("chi")).toBe("online");
  });

  test("it says whether it recovered all that it held", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    await away(world, ann, () => world.resolve(room.send("hello")));
    expect(ann.client.recovered).toBe(true);
    await away(world, ann, async () => world.server.rollBack(room.roomId, 0));
    expect(ann.client.recovered).toBe(false);
  });

  test("twenty times without traffic repeats nothing", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    await world.resolve(room.send("hello"));
    await world.settle();
    for (let time = 0; time < 20; time += 1) {
      await away(world, ann, () => world.advance(6 * SECOND));
    }
    expect(bodies(ann)).toEqual(["hello"]);
    const asked = world.server.asked("ann", "sync.start").at(-1)!;
    expect(asked.data.rooms).toEqual({ [room.roomId]: { seq: 1, rev: 0 } });
  });
});

describe("a room whose end is before what one has", () => {
  test("is started anew", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    for (const body of ["one", "two", "three"]) {
      await world.resolve(room.send(body));
    }
    await world.resolve(hers.open());
    expect(hers.entries).toHaveLength(3);
    await away(world, ann, async () => world.server.rollBack(room.roomId, 1));
    await world.advance(SECOND);
    expect(hers.lastSeq).toBe(1);
    expect(hers.entries.map(({ message }) => message.body)).toEqual(["one"]);
    expect(ann.client.rooms.get(room.roomId)?.lastMessage?.body).toBe("one");
  });
});

describe("a sync", () => {
  test("of many rooms comes in pages, each with the rooms of the first", async () => {
    const world = new World();
    const ben = await world.connected("ben");
    for (let n = 1; n <= 30; n += 1) {
      await world.resolve(ben.client.rooms.group(`Group ${n}`, ["ann"]));
    }
    world.server.pageBytes = 3_000;
    const ann = await world.connected("ann");
    expect(ann.client.rooms.all).toHaveLength(30);
    world.server.cut(world.server.open("ann"));
    await world.advance(5 * SECOND);
    const asked = ann.connection.asked.filter(({ operation }) => operation === "sync.start");
    expect(asked.length).toBeGreaterThan(3);
    for (const { data } of asked) {
      expect(Object.keys(data.rooms as object)).toHaveLength(30);
    }
  });

  test("names at most 400 rooms, and still misses nothing of the others", async () => {
    const world = new World();
    const plenty = [{ most: 1_000_000, windowMs: 1_000 }];
    Object.assign(world.server.limits.of, { message: plenty, request: plenty });
    const ben = await world.connected("ben");
    const rooms: Room[] = [];
    for (let n = 1; n <= 420; n += 1) {
      rooms.push(await world.resolve(ben.client.rooms.group(`Group ${n}`, ["ann"])));
    }
    const ann = await world.connected("ann");
    expect(ann.client.rooms.all).toHaveLength(420);
    await away(world, ann, async () => {
      // Of the one that was quiet for longest the sync does not ask.
      await world.resolve(rooms.shift()!.remove("ann"));
      for (const room of rooms) {
        await world.resolve(room.send(`for ${room.title}`));
      }
    });
    await world.advance(2 * MINUTE);
    for (const { data } of world.server.asked("ann", "sync.start")) {
      expect(Object.keys(data.rooms as object).length).toBeLessThanOrEqual(400);
    }
    expect(ann.client.rooms.all).toHaveLength(419);
    expect(ann.client.unread).toBe(419);
    for (const room of ann.client.rooms.all) {
      expect(room.lastMessage?.body).toBe(`for ${room.title}`);
    }
  }, 30_000);

  test("that is cut off between pages begins anew", async () => {
    const world = new World();
    const ben = await world.connected("ben");
    for (let n = 1; n <= 20; n += 1) {
      await world.resolve(ben.client.rooms.group(`Group ${n}`, ["ann"]));
    }
    world.server.pageBytes = 3_000;
    world.server.faults.nextCommands("sync.start", undefined, undefined, "lost");
    const ann = world.tab("ann");
    const connecting = ann.client.connect();
    await world.until(() => world.server.asked("ann", "sync.start").length === 3);
    world.server.cut();
    await world.resolve(connecting);
    expect(ann.client.rooms.all).toHaveLength(20);
  });

  test("during which messages come loses and doubles none", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.latencyMs = 50;
    for (let round = 0; round < 12; round += 1) {
      world.server.cut(world.server.open("ann"));
      const sending = [];
      for (let n = 0; n < 4; n += 1) {
        sending.push(room.send(`${round}.${n}`));
        await world.advance(130 + 17 * round);
      }
      await world.resolve(Promise.all(sending));
      await world.until(() => ann.client.connected);
      await world.advance(10 * SECOND);
    }
    const expected = Array.from({ length: 48 }, (_, n) => `${Math.floor(n / 4)}.${n % 4}`);
    expect(bodies(ann)).toEqual(expected);
    const hers = ann.client.rooms.get(room.roomId)!;
    const seqs = hers.entries.map(({ message }) => message.seq);
    expect(seqs).toEqual(Array.from({ length: 48 }, (_, index) => index + 1));
    expect(ann.client.unread).toBe(48);
  });

  test("whose room is left while it is read does not bring the room back", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.settle();
    world.server.cut(world.server.open("ann"));
    world.server.faults.nextCommands("sync.start", 300);
    const before = world.server.asked("ann", "sync.start").length;
    await world.until(() => world.server.asked("ann", "sync.start").length > before);
    await world.resolve(group.remove("ann"));
    await world.until(() => ann.client.connected);
    await world.advance(40 * SECOND);
    expect(ann.client.rooms.get(group.roomId)).toBeUndefined();
  });

  test("that is refused for a while is tried again", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const limited = new Refusal("RATE_LIMITED", { retryAfter: 2 });
    world.server.faults.nextCommands("sync.start", limited, limited);
    await away(world, ann, () => world.resolve(room.send("hello")));
    expect(bodies(ann)).toEqual(["hello"]);
  });

  test("which does not know who is online keeps the statuses that one has", async () => {
    const world = new World();
    const { ann } = await pair(world);
    expect(ann.client.people.status("ben")).toBe("online");
    world.server.isRedisAway = true;
    world.server.cut(world.server.open("ann"));
    await world.until(() => !ann.client.connected);
    await world.until(() => ann.client.connected);
    await world.advance(40 * SECOND);
    expect(ann.client.people.status("ben")).toBe("online");
    world.server.isRedisAway = false;
    await world.advance(40 * SECOND);
    expect(ann.client.people.status("ben")).toBe("online");
  });

  test("never sends what the server refuses", async () => {
    const world = new World();
    const { ann } = await pair(world);
    await away(world, ann, () => world.advance(MINUTE));
    expect(ann.heard.errors).toEqual([]);
  });
});
