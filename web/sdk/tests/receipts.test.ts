import { describe, expect, test } from "vitest";
import type { Room } from "../src/index.js";
import { MINUTE, SECOND, World } from "./world.js";

async function pair(world: World) {
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.settle();
  return { ann, ben, room, hers: ann.client.rooms.get(room.roomId)! };
}

function told(world: World, userId = "ann"): string[] {
  const asked = world.server.asked(userId).filter(({ operation }) => /^receipt/.test(operation));
  return asked.map(({ operation, data }) => `${operation.slice("receipt.".length)} ${data.seq}`);
}

function statuses(room: Room): string[] {
  return room.entries.map(({ status }) => status);
}

describe("what one receives", () => {
  test("is told as delivered within 2 s, once for all", async () => {
    const world = new World();
    const { room } = await pair(world);
    for (const body of ["one", "two", "three"]) {
      await world.resolve(room.send(body));
    }
    expect(told(world)).toEqual([]);
    await world.advance(2_100);
    expect(told(world)).toEqual(["delivered 3"]);
    expect(statuses(room)).toEqual(["delivered", "delivered", "delivered"]);
  });

  test("is told as read, and not as delivered, where it is watched", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await world.resolve(hers.open());
    hers.watch(true);
    await world.resolve(room.send("one"));
    await world.advance(3 * SECOND);
    expect(told(world)).toEqual(["read 1"]);
    expect(statuses(room)).toEqual(["read"]);
    expect([hers.unread, ann.client.unread]).toEqual([0, 0]);
  });

  test("is told as read at most every 2 s", async () => {
    const world = new World();
    world.server.limits.of.message = [{ most: 1_000, windowMs: SECOND }];
    const { room, hers } = await pair(world);
    await world.resolve(hers.open());
    hers.watch(true);
    for (let n = 1; n <= 40; n += 1) {
      await world.resolve(room.send(`message ${n}`));
      await world.advance(240);
    }
    await world.advance(3 * SECOND);
    expect(told(world).length).toBeLessThanOrEqual(7);
    expect(told(world).at(-1)).toBe("read 40");
    expect(told(world).every((each) => each.startsWith("read"))).toBe(true);
    expect(hers.unread).toBe(0);
  });

  // covers: C-55
  test("counts as read when it comes into view", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await world.resolve(room.send("one"));
    await world.advance(3 * SECOND);
    expect(ann.client.unread).toBe(1);
    await world.resolve(hers.open());
    hers.watch(true);
    await world.advance(2 * SECOND);
    expect(ann.client.unread).toBe(0);
    hers.watch(false);
    await world.resolve(room.send("two"));
    await world.advance(3 * SECOND);
    expect(ann.client.unread).toBe(1);
    expect(told(world)).toEqual(["delivered 1", "read 1", "delivered 2"]);
  });

  test("keeps the place where new messages begin until it is read", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    await world.resolve(room.send("one"));
    await world.resolve(room.send("two"));
    await world.settle();
    expect(hers.readSeq).toBe(0);
    hers.watch(true);
    await world.advance(SECOND);
    expect(hers.readSeq).toBe(2);
  });

  test("is not told beyond a gap", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    await world.resolve(hers.open());
    hers.watch(true);
    await world.resolve(room.send("one"));
    // Later than the first heartbeat, which would find it out.
    await world.advance(6 * SECOND);
    world.server.faults.nextEvents("message:new", []);
    await world.resolve(room.send("lost"));
    await world.resolve(room.send("three"));
    await world.advance(SECOND);
    expect(told(world)).toEqual(["read 1"]);
    await world.advance(5 * SECOND);
    expect(told(world).at(-1)).toBe("read 3");
  });

  test("while it is away is told when it is back", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await world.resolve(hers.open());
    hers.watch(true);
    ann.unplug(true);
    await world.resolve(room.send("one"));
    await world.advance(MINUTE);
    expect(told(world)).toEqual([]);
    ann.plug();
    await world.advance(3 * SECOND);
    expect(told(world)).toEqual(["read 1"]);
    expect(statuses(room)).toEqual(["read"]);
  });

  test("of one's own is told by nobody", async () => {
    const world = new World();
    const { room } = await pair(world);
    await world.resolve(room.open());
    room.watch(true);
    await world.resolve(room.send("one"));
    await world.advance(5 * SECOND);
    expect(told(world, "ben")).toEqual([]);
  });

  test("in many rooms of a sync is told without a storm", async () => {
    const world = new World();
    const ben = await world.connected("ben");
    for (let n = 1; n <= 12; n += 1) {
      const room = await world.resolve(ben.client.rooms.group(`Group ${n}`, ["ann"]));
      await world.resolve(room.send("hello"));
      await world.advance(2 * SECOND);
    }
    await world.connected("ann");
    await world.advance(5 * SECOND);
    expect(told(world).length).toBeLessThanOrEqual(12);
  });

  test("that is refused does not end anything, and is told again", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    await world.resolve(hers.open());
    hers.watch(true);
    world.server.faults.nextCommands("receipt.read", "gatewayError", "lost");
    await world.resolve(room.send("one"));
    await world.advance(MINUTE);
    await world.resolve(room.send("two"));
    await world.advance(MINUTE);
    expect(statuses(room)).toEqual(["read", "read"]);
    expect(ann.client.connected).toBe(true);
  });
});

test("a read receipt that fails for a while is told again without a new message", async () => {
  const world = new World();
  const { ann, room, hers } = await pair(world);
  await world.resolve(hers.open());
  hers.watch(true);
  world.server.faults.nextCommands("receipt.read", ...Array(4).fill("gatewayError"));
  await world.resolve(room.send("one"));
  await world.advance(MINUTE);
  expect([hers.unread, ann.client.unread]).toEqual([0, 0]);
  expect(statuses(room)).toEqual(["read"]);
});

describe("ticks", () => {
  test("of a group say read when everybody has read it", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    const ben = await world.connected("ben");
    const chi = await world.connected("chi");
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben", "chi"]));
    await world.resolve(group.send("hungry?"));
    await world.advance(3 * SECOND);
    expect(statuses(group)).toEqual(["delivered"]);
    ben.client.rooms.get(group.roomId)!.watch(true);
    await world.advance(3 * SECOND);
    expect(statuses(group)).toEqual(["delivered"]);
    chi.client.rooms.get(group.roomId)!.watch(true);
    await world.advance(3 * SECOND);
    expect(statuses(group)).toEqual(["read"]);
  });

  test("never go back, in whatever order receipts come", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    world.server.faults.nextEvents("receipt:update", [4_000], [0]);
    await world.resolve(room.send("one"));
    await world.advance(2_500);
    hers.watch(true);
    await world.advance(2_500);
    expect(statuses(room)).toEqual(["read"]);
    await world.advance(5 * SECOND);
    expect(statuses(room)).toEqual(["read"]);
  });

  test("say read where an answer came, though nobody told of a receipt", async () => {
    const world = new World();
    const { room, hers } = await pair(world);
    world.server.faults.onEvent = ({ event }) => (event === "receipt:update" ? [] : undefined);
    await world.resolve(room.send("are you there?"));
    await world.resolve(hers.send("yes"));
    await world.settle();
    expect(statuses(room)[0]).toBe("read");
  });

  test("do not say read of somebody who hides it", async () => {
    const world = new World();
    const { ann, room, hers } = await pair(world);
    expect(await world.resolve(ann.client.settings.read())).toMatchObject({ readReceipts: true });
    const hidden = await world.resolve(ann.client.settings.write({ readReceipts: false }));
    expect(hidden).toMatchObject({ readReceipts: false });
    hers.watch(true);
    await world.resolve(room.send("one"));
    await world.advance(5 * SECOND);
    expect(statuses(room)).toEqual(["delivered"]);
    expect(hers.unread).toBe(0);
  });

  test("of one's other device follow: what is read there is read here", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const other = await world.connected("ann");
    await world.resolve(room.send("one"));
    await world.settle();
    expect([ann.client.unread, other.client.unread]).toEqual([1, 1]);
    ann.client.rooms.get(room.roomId)!.watch(true);
    await world.advance(3 * SECOND);
    expect([ann.client.unread, other.client.unread]).toEqual([0, 0]);
  });
});
