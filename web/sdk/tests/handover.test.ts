import { describe, expect, test } from "vitest";
import { Refusal } from "./fakeState.js";
import { HOUR, MINUTE, SECOND, SETTINGS, type Tab, World } from "./world.js";

/** Two people who talk, with limits that do not get into their way. */
async function talking(world: World) {
  const plenty = [{ most: 1_000_000, windowMs: 1_000 }];
  Object.assign(world.server.limits.of, { message: plenty, request: plenty });
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.settle();
  return { ann, ben, room, hers: ann.client.rooms.get(room.roomId)! };
}

function heardOf(tab: Tab): (string | null)[] {
  return tab.heard.messages.map(({ message }) => message.body);
}

/** Go on until a second connection of somebody is being opened. */
async function beforeHandover(world: World, sub: string): Promise<void> {
  const count = () => world.server.connections.filter((each) => each.userId === sub).length;
  const before = count();
  await world.until(() => count() > before, 2 * HOUR);
}

describe.each(SETTINGS)("a handover before the two hours, %s,", (_setting, environment) => {
  test("opens and synchronizes the next connection before it closes the old one", async () => {
    const world = new World(environment);
    const tab = await world.connected("ann");
    await world.advance(2 * HOUR);
    const [old, next] = world.server.connections;
    expect(next!.openedAt - old!.openedAt).toBeLessThan(2 * HOUR - MINUTE);
    expect(next!.openedAt - old!.openedAt).toBeGreaterThan(100 * MINUTE);
    expect(next!.asked[0]?.operation).toBe("sync.start");
    expect(old!.endedAt! - next!.openedAt).toBeGreaterThanOrEqual(4 * world.server.latencyMs);
    expect(old!.endedAt! - next!.openedAt).toBeLessThan(SECOND);
    expect(tab.heard.states).toEqual(["connecting", "connected"]);
    expect(world.server.open("ann")).toEqual([next]);
  });

  test("goes on for days", async () => {
    const world = new World(environment);
    const tab = await world.connected("ann");
    await world.advance(48 * HOUR - MINUTE);
    expect(world.server.connections.length).toBeGreaterThanOrEqual(25);
    expect(world.server.connections.length).toBeLessThan(30);
    expect(world.server.open("ann")).toHaveLength(1);
    expect(tab.heard.states).toEqual(["connecting", "connected"]);
  });

  test("is spread, so that a crowd does not hand over at once", async () => {
    const times = await Promise.all(
      [0, 0.5, 1].map(async (random) => {
        const world = new World(environment);
        await world.connected("ann");
        world.random = () => random;
        const tab = world.tab("ben");
        await world.resolve(tab.client.connect());
        const begun = world.clock.now();
        await beforeHandover(world, "ben");
        return world.clock.now() - begun;
      }),
    );
    expect(new Set(times).size).toBe(3);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(5 * MINUTE);
  });

  test("loses and doubles no message that comes meanwhile", async () => {
    const world = new World(environment);
    const { ann, room } = await talking(world);
    world.server.latencyMs = 40;
    await world.advance(108 * MINUTE);
    const sent: string[] = [];
    const sending: Promise<unknown>[] = [];
    for (let n = 1; world.server.connections.length < 4 && n < 5_000; n += 1) {
      sent.push(`message ${n}`);
      sending.push(room.send(`message ${n}`));
      await world.advance(200);
    }
    for (let n = 1; n <= 40; n += 1) {
      sent.push(`late ${n}`);
      sending.push(room.send(`late ${n}`));
      await world.advance(95);
    }
    await world.resolve(Promise.all(sending));
    await world.advance(SECOND);
    expect(heardOf(ann)).toEqual(sent);
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
  });

  test("stores everything once that is sent meanwhile", async () => {
    const world = new World(environment);
    const { ann, ben, hers } = await talking(world);
    world.server.latencyMs = 40;
    const sending: Promise<unknown>[] = [];
    await beforeHandover(world, "ann");
    for (let n = 1; n <= 50; n += 1) {
      sending.push(hers.send(`message ${n}`));
      await world.advance(83);
    }
    await world.resolve(Promise.all(sending));
    await world.advance(SECOND);
    const expected = Array.from({ length: 50 }, (_, index) => `message ${index + 1}`);
    const stored = world.server.state.rooms.get(hers.roomId)!.messages;
    expect(stored.map((message) => message.body)).toEqual(expected);
    expect(heardOf(ben)).toEqual(expected);
    expect(hers.entries.map(({ message }) => message.body)).toEqual(expected);
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
  });

  test("is seen by nobody", async () => {
    const world = new World(environment);
    const { ben } = await talking(world);
    const seen: string[] = [];
    ben.client.on("presence:update", ({ users }) =>
      seen.push(...users.map((user) => `${user.userId} ${user.status}`)),
    );
    for (let minute = 0; minute < 245; minute += 1) {
      await world.advance(MINUTE);
    }
    expect(seen.filter((each) => each.includes("offline"))).toEqual([]);
    expect(ben.client.people.status("ann")).not.toBe("offline");
  });

  test("that fails is tried again, over the old connection's head", async () => {
    const world = new World(environment);
    const { ann, room } = await talking(world);
    const { faults } = world.server;
    await world.advance(90 * MINUTE);
    faults.nextRest("/ticket", 503);
    faults.nextHandshakes("refused", "silence");
    faults.nextCommands("sync.start", new Refusal("UNAVAILABLE", { retryAfter: 1 }));
    await world.advance(29 * MINUTE);
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
    await world.resolve(room.send("still there?"));
    await world.settle();
    expect(heardOf(ann)).toEqual(["still there?"]);
    expect(world.server.open("ann")).toHaveLength(1);
  });

  test("does not matter if the old connection ends in the middle of it", async () => {
    const world = new World(environment);
    const { ann, room } = await talking(world);
    await beforeHandover(world, "ann");
    const [old] = world.server.open("ann");
    await world.resolve(room.send("one"));
    world.server.cut([old!]);
    await world.resolve(room.send("two"));
    await world.advance(35 * SECOND);
    expect(heardOf(ann)).toEqual(["one", "two"]);
    expect(ann.client.connected).toBe(true);
    expect(world.server.open("ann")).toHaveLength(1);
  });

  test("does not matter if the new connection ends in the middle of it", async () => {
    const world = new World(environment);
    const { ann, room } = await talking(world);
    await beforeHandover(world, "ann");
    await world.resolve(room.send("one"));
    world.server.cut([world.server.open("ann").at(-1)!]);
    await world.resolve(room.send("two"));
    await world.advance(35 * SECOND);
    expect(heardOf(ann)).toEqual(["one", "two"]);
    expect(world.server.open("ann")).toHaveLength(1);
  });

  test("with a token that is no good any more keeps the old connection while it lasts", async () => {
    const world = new World(environment);
    let isBad = false;
    const token = () => (isBad ? "bad" : world.server.tokens.issue(world.claims("ann")));
    const tab = world.tab("ann", { options: { token } });
    await world.resolve(tab.client.connect());
    isBad = true;
    await world.advance(3 * HOUR);
    expect([tab.client.state, tab.client.reason]).toEqual(["offline", "unauthorized"]);
    expect(tab.heard.unauthorized).toHaveLength(1);
  });
});
