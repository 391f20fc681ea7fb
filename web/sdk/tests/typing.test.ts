import { describe, expect, test } from "vitest";
import type { Room } from "../src/index.js";
import { MINUTE, SECOND, World } from "./world.js";

async function pair(world: World) {
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const room = await world.resolve(ann.client.rooms.direct("ben"));
  await world.settle();
  return { ann, ben, room, his: ben.client.rooms.get(room.roomId)! };
}

function told(world: World): string[] {
  const asked = world.server.asked("ann").map(({ operation }) => operation);
  return asked.filter((operation) => operation.startsWith("typing."));
}

function names(room: Room): string[] {
  return room.typists.map(({ name }) => name);
}

/** Type for so long, with a keystroke every 200 ms. */
async function type(world: World, room: Room, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 200) {
    room.keystroke();
    await world.advance(200);
  }
}

// covers: B-53, B-89
describe("what one types", () => {
  test("is told at once, and stops when one stops", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    await type(world, room, 600);
    expect(names(his)).toEqual(["Ann"]);
    await world.advance(6 * SECOND);
    expect(names(his)).toEqual([]);
    expect(told(world)).toEqual(["typing.start", "typing.stop"]);
  });

  test("is told again every few seconds, and not with every key", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    for (let second = 0; second < 30; second += 1) {
      await type(world, room, SECOND);
      expect(names(his)).toEqual(["Ann"]);
    }
    expect(told(world).length).toBeLessThanOrEqual(11);
    expect(told(world).length).toBeGreaterThanOrEqual(6);
  });

  test("is told at most twice a second, however nervous somebody is", async () => {
    const world = new World();
    const { room } = await pair(world);
    const at: number[] = [];
    world.server.faults.onCommand = ({ operation }) => {
      if (operation === "typing.start") {
        at.push(world.clock.now());
      }
      return undefined;
    };
    for (let n = 0; n < 300; n += 1) {
      room.keystroke();
      await world.advance(100);
      room.stopTyping();
      await world.advance(100);
    }
    const pauses = at.slice(1).map((time, index) => time - at[index]!);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500);
  });

  test("twice within half a second is told once", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    room.keystroke();
    await world.advance(100);
    room.stopTyping();
    room.keystroke();
    await world.advance(100);
    room.stopTyping();
    room.keystroke();
    await world.advance(800);
    expect(told(world).filter((each) => each === "typing.start").length).toBeLessThanOrEqual(2);
    expect(names(his)).toEqual(["Ann"]);
  });

  test("ends with the message, without another word", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    await type(world, room, SECOND);
    expect(names(his)).toEqual(["Ann"]);
    await world.resolve(room.send("done"));
    await world.settle();
    expect(names(his)).toEqual([]);
    expect(told(world)).toEqual(["typing.start"]);
    await type(world, room, SECOND);
    expect(names(his)).toEqual(["Ann"]);
  });

  test("in another room is a stop in this one", async () => {
    const world = new World();
    const { ann, ben, room, his } = await pair(world);
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben"]));
    await world.settle();
    await type(world, room, SECOND);
    await type(world, group, SECOND);
    expect(names(his)).toEqual([]);
    expect(names(ben.client.rooms.get(group.roomId)!)).toEqual(["Ann"]);
  });

  test("stops when the conversation is closed", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    await world.resolve(room.open());
    await type(world, room, SECOND);
    room.close();
    await world.settle();
    expect(names(his)).toEqual([]);
  });

  test("while there is no connection does no harm", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    ann.unplug(true);
    await type(world, room, 10 * SECOND);
    ann.plug();
    await world.advance(10 * SECOND);
    expect(ann.heard.errors).toEqual([]);
    expect(ann.client.connected).toBe(true);
  });
});

describe("somebody who types", () => {
  test("is forgotten when the stop is lost", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    world.server.faults.nextEvents("typing:update", [0], []);
    await type(world, room, 600);
    await world.advance(4 * SECOND);
    expect(told(world)).toEqual(["typing.start", "typing.stop"]);
    expect(names(his)).toEqual(["Ann"]);
    await world.advance(3 * SECOND);
    expect(names(his)).toEqual([]);
  });

  test("is forgotten when they vanish", async () => {
    const world = new World();
    const { ann, room, his } = await pair(world);
    await type(world, room, SECOND);
    ann.end();
    await world.advance(6 * SECOND);
    expect(names(his)).toEqual([]);
  });

  test("is forgotten with their message, though the stop comes late", async () => {
    const world = new World();
    const { room, his } = await pair(world);
    await type(world, room, SECOND);
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(names(his)).toEqual([]);
  });

  test("lets others see a change when they begin and when they are forgotten", async () => {
    const world = new World();
    const { ben, room } = await pair(world);
    let changes = 0;
    ben.client.on("change", () => {
      changes += 1;
    });
    room.keystroke();
    await world.settle();
    expect(changes).toBe(1);
    await world.advance(MINUTE);
    expect(changes).toBeGreaterThanOrEqual(2);
  });

  test("among several is one of them", async () => {
    const world = new World();
    const { ann, ben } = await pair(world);
    const chi = await world.connected("chi");
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben", "chi"]));
    await world.settle();
    group.keystroke();
    ben.client.rooms.get(group.roomId)!.keystroke();
    await world.settle();
    expect(names(chi.client.rooms.get(group.roomId)!).sort()).toEqual(["Ann", "Ben"]);
    expect(names(group)).toEqual(["Ben"]);
  });
});
