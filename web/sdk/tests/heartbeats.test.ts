import { describe, expect, test } from "vitest";
import type { FakeServer } from "./fakeServer.js";
import { Refusal } from "./fakeState.js";
import { MINUTE, SECOND, type Tab, World } from "./world.js";

function beats(server: FakeServer, userId: string): unknown[] {
  return server.asked(userId, "presence.heartbeat").map(({ data }) => data.status);
}

async function countBeats(world: World, ms: number): Promise<number> {
  const before = beats(world.server, "ann").length;
  await world.advance(ms);
  await world.settle();
  return beats(world.server, "ann").length - before;
}

function bodies(tab: Tab): (string | null)[] {
  return tab.heard.messages.map(({ message }) => message.body);
}

/** Ann, and Ben, who writes to her. */
async function pair(world: World) {
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.settle();
  return { ann, ben, room };
}

// covers: B-46, B-108
describe("heartbeats", () => {
  test("go out every 30 s while somebody looks", async () => {
    const world = new World();
    const tab = await world.connected("ann");
    expect(await countBeats(world, 4 * MINUTE)).toBe(8);
    expect(new Set(beats(world.server, "ann"))).toEqual(new Set(["online"]));
    expect(tab.client.connected).toBe(true);
  });

  test("go out in the interval that the server wants", async () => {
    const world = new World();
    world.server.heartbeatInterval = 15;
    await world.connected("ann");
    expect(await countBeats(world, 4 * MINUTE)).toBe(16);
  });

  test("are rarer in a hidden tab, and often enough for the lease", async () => {
    const world = new World();
    const tab = await world.connected("ann");
    tab.attention.show(false);
    await world.advance(MINUTE);
    const count = await countBeats(world, 3 * MINUTE);
    expect(count).toBeGreaterThanOrEqual(3);
    expect(count).toBeLessThanOrEqual(4);
    expect(world.server.presence.statusOf({ tenantId: "acme", userId: "ann" })).toBe("online");
  });

  test("say away after 5 minutes without input, and online with the next input", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    await world.advance(5 * MINUTE + 5 * SECOND);
    expect(beats(world.server, "ann").at(-1)).toBe("away");
    expect(ben.client.people.status("ann")).toBe("away");
    ann.attention.note();
    await world.advance(5 * SECOND);
    expect(beats(world.server, "ann").at(-1)).toBe("online");
    expect(ben.client.people.status("ann")).toBe("online");
  });

  test("say online all the time where the page notes activity", async () => {
    const world = new World();
    const { ann } = await pair(world);
    for (let minute = 0; minute < 20; minute += 1) {
      ann.client.noteActivity();
      await world.advance(MINUTE);
    }
    expect(beats(world.server, "ann")).not.toContain("away");
  });

  test("are not sent for each movement of a mouse", async () => {
    const world = new World();
    const tab = await world.connected("ann");
    const before = beats(world.server, "ann").length;
    for (let n = 0; n < 200; n += 1) {
      tab.attention.note();
      await world.advance(50);
    }
    expect(beats(world.server, "ann").length - before).toBeLessThanOrEqual(1);
  });

  test("come at once when a tab is shown again after it slept", async () => {
    const world = new World();
    const { ann } = await pair(world);
    ann.attention.show(false);
    ann.clock.sleep();
    await world.advance(80 * SECOND);
    ann.clock.wake();
    ann.attention.show(true);
    expect(await countBeats(world, 2 * SECOND)).toBeGreaterThanOrEqual(1);
  });

  test("without a reply for 10 s end the connection, and the next one catches up", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    await world.advance(25 * SECOND);
    world.server.faults.onEvent = () => [];
    await world.resolve(room.send("lost on the way"));
    world.server.faults.stop();
    world.server.faults.nextCommands("presence.heartbeat", "lost");
    const [old] = world.server.open("ann");
    await world.until(() => !ann.client.connected, 20 * SECOND);
    await world.until(() => ann.client.connected, 5 * SECOND);
    expect(world.server.open("ann")).not.toContain(old);
    expect(bodies(ann)).toEqual(["lost on the way"]);
  });

  test("that are refused do not end anything", async () => {
    const world = new World();
    const { ann } = await pair(world);
    const refusal = new Refusal("UNAVAILABLE", { retryAfter: 1 });
    world.server.faults.nextCommands("presence.heartbeat", refusal, refusal);
    await world.advance(3 * MINUTE);
    expect(ann.client.connected).toBe(true);
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
  });
});

describe("what heartbeats tell", () => {
  test("brings a message whose push was lost", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    await world.advance(MINUTE + 5 * SECOND);
    world.server.faults.nextEvents("message:new", []);
    await world.resolve(room.send("hello"));
    await world.advance(5 * SECOND);
    expect(bodies(ann)).toEqual([]);
    await world.advance(30 * SECOND);
    expect(bodies(ann)).toEqual(["hello"]);
    expect(ann.client.unread).toBe(1);
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
  });

  test("brings soon what was on its way while the connection was made", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    ann.end();
    const again = await world.connected("ann");
    // Ben's server did not know of this connection yet, and its sync had been read before.
    world.server.faults.nextEvents("message:new", []);
    await world.resolve(room.send("hello"));
    await world.advance(5 * SECOND);
    expect(bodies(again)).toEqual(["hello"]);
  });

  test("brings many, more than a page", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.pageBytes = 2_000;
    world.server.faults.onEvent = ({ event }) => (event === "message:new" ? [] : undefined);
    for (let n = 1; n <= 40; n += 1) {
      await world.resolve(room.send(`message ${n}`));
      await world.advance(2 * SECOND);
    }
    world.server.faults.stop();
    await world.advance(40 * SECOND);
    expect(bodies(ann)).toEqual(Array.from({ length: 40 }, (_, index) => `message ${index + 1}`));
  });

  test("brings an edit, a deletion and a reaction whose pushes were lost", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const messages = [];
    for (const body of ["first", "second", "third"]) {
      messages.push(await world.resolve(room.send(body)));
    }
    await world.advance(SECOND);
    world.server.faults.nextEvents("message:updated", [], []);
    world.server.faults.nextEvents("message:deleted", []);
    const [first, second, third] = messages;
    await world.resolve(room.edit(first!.messageId, "first, edited"));
    await world.resolve(room.react(second!.messageId, "👍", true));
    await world.resolve(room.delete(third!.messageId));
    await world.advance(40 * SECOND);
    const hers = ann.client.rooms.get(room.roomId)!;
    const shown = hers.entries.map(({ message }) => message);
    expect(shown.map(({ body }) => body)).toEqual(["first, edited", "second", null]);
    expect(shown[1]?.reactions).toEqual({ "👍": ["ben"] });
    expect(shown[2]?.deletedAt).not.toBeNull();
  });

  test("brings a room of which nobody told", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    world.server.faults.nextEvents("room:updated", []);
    const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.advance(40 * SECOND);
    expect(ann.client.rooms.get(group.roomId)?.title).toBe("Lunch");
  });

  test("takes away a room that one was removed from without a word", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.settle();
    expect(ann.client.rooms.get(group.roomId)).toBeDefined();
    world.server.faults.nextEvents("room:removed", []);
    await world.resolve(group.remove("ann"));
    await world.advance(40 * SECOND);
    expect(ann.client.rooms.get(group.roomId)).toBeUndefined();
  });

  test("of a new epoch brings a sync, and everything that was lost", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.loseRedis();
    await world.resolve(room.send("to nobody"));
    const before = world.server.asked("ann", "sync.start").length;
    await world.advance(35 * SECOND);
    expect(world.server.asked("ann", "sync.start").length).toBeGreaterThan(before);
    expect(bodies(ann)).toEqual(["to nobody"]);
    expect(ann.client.people.status("ben")).toBe("online");
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
  });

  test("of a new epoch is followed by no more syncs than it takes", async () => {
    const world = new World();
    await pair(world);
    world.server.newEpoch();
    const before = world.server.asked("ann", "sync.start").length;
    await world.advance(10 * MINUTE);
    expect(world.server.asked("ann", "sync.start").length - before).toBe(1);
  });

  test("of the epoch none brings a sync each time", async () => {
    const world = new World();
    const { ann } = await pair(world);
    world.server.isRedisAway = true;
    const before = world.server.asked("ann", "sync.start").length;
    await world.advance(3 * MINUTE + SECOND);
    const count = world.server.asked("ann", "sync.start").length - before;
    expect(count).toBeGreaterThanOrEqual(5);
    expect(count).toBeLessThanOrEqual(7);
    expect(ann.client.people.status("ben")).not.toBe("offline");
  });

  test("of what is known already asks for nothing", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    await world.resolve(room.send("hello"));
    await world.settle();
    const asked = () =>
      world.server.asked("ann").filter(({ operation }) => /sync|history/.test(operation)).length;
    const before = asked();
    await world.advance(5 * MINUTE);
    expect(asked()).toBe(before);
    expect(bodies(ann)).toEqual(["hello"]);
  });
});
