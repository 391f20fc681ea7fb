import { describe, expect, test } from "vitest";
import { MINUTE, SECOND, type Tab, World } from "./world.js";

function online(tab: Tab): string[] {
  return tab.client.people.online.map(({ userId }) => userId);
}

describe("people", () => {
  test("come, are away, and go, with a grace of a few seconds", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    const ben = await world.connected("ben");
    await world.settle();
    expect(ann.client.people.status("ben")).toBe("online");
    ben.client.disconnect();
    await world.advance(4 * SECOND);
    expect(ann.client.people.status("ben")).toBe("online");
    await world.advance(5 * SECOND);
    expect(ann.client.people.status("ben")).toBe("offline");
    expect(ann.client.people.get("ben")?.lastSeenAt).not.toBeNull();
  });

  test("who reconnect quickly are not seen to leave", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    const ben = await world.connected("ben");
    await world.settle();
    const seen: string[] = [];
    ann.client.on("presence:update", ({ users }) => seen.push(...users.map((each) => each.status)));
    for (let time = 0; time < 5; time += 1) {
      world.server.cut(world.server.open("ben"));
      await world.until(() => !ben.client.connected);
      await world.until(() => ben.client.connected);
      await world.advance(10 * SECOND);
    }
    expect(seen).not.toContain("offline");
  });

  test("are sorted: those who are here first, then by name; without oneself", async () => {
    const world = new World();
    await world.connected("zoe");
    const chi = await world.connected("chi");
    await world.connected("ben");
    const ann = await world.connected("ann");
    await world.resolve(ann.client.rooms.direct("dai"));
    chi.client.disconnect();
    await world.advance(10 * SECOND);
    expect(ann.client.people.all.map(({ userId }) => userId)).toEqual(["ben", "zoe", "chi", "dai"]);
    expect(online(ann)).toEqual(["ben", "zoe"]);
    expect(ann.client.people.get("ann")?.isMe).toBe(true);
  });

  test("of another tenant are not there", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    await world.connected("ben", { tenantId: "other" });
    await world.advance(5 * SECOND);
    expect(ann.client.people.all).toEqual([]);
    expect(ann.client.people.status("ben")).toBe("offline");
  });

  test("keep the same list until somebody changes", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    await world.connected("ben");
    await world.settle();
    const { all, online: here } = ann.client.people;
    await world.advance(3 * MINUTE);
    expect(ann.client.people.all).toBe(all);
    expect(ann.client.people.online).toBe(here);
  });

  test("that come together are one change", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    let changes = 0;
    ann.client.on("change", () => {
      changes += 1;
    });
    const others = Array.from({ length: 30 }, (_, index) => world.tab(`person${index}`));
    const connecting = Promise.all(others.map((tab) => tab.client.connect()));
    await world.resolve(connecting);
    await world.advance(5 * SECOND);
    expect(online(ann)).toHaveLength(30);
    expect(changes).toBeLessThan(35);
  });

  test("whose going was told to nobody are gone after a new epoch", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    const ben = await world.connected("ben");
    await world.settle();
    ben.client.disconnect();
    await world.settle();
    world.server.loseRedis();
    expect(ann.client.people.status("ben")).toBe("online");
    await world.advance(35 * SECOND);
    expect(ann.client.people.status("ben")).toBe("offline");
  });

  test("are found by name, and shown as they are known", async () => {
    const world = new World();
    await world.connected("ben", { name: "Ben Smith" });
    const dai = await world.connected("dai", { name: "Dai Smithers" });
    dai.client.disconnect();
    const ann = await world.connected("ann", { name: "Ann Smith" });
    await world.advance(10 * SECOND);
    const found = await world.resolve(ann.client.people.search("smith"));
    const shown = found.map(({ name, status, isMe }) => `${name} ${status} ${isMe}`).sort();
    expect(shown).toEqual(["Ben Smith online false", "Dai Smithers offline false"]);
  });

  test("are not found without a REST API, and it says so", async () => {
    const world = new World();
    const ann = await world.connected("ann", { options: { api: "" } });
    const error = await world.refusal(ann.client.people.search("ben"));
    expect(error.name).toBe("ParleyError");
  });

  test("in rooms have their newest name as the title", async () => {
    const world = new World();
    const ann = await world.connected("ann");
    const room = await world.resolve(ann.client.rooms.direct("ben"));
    expect(room.title).toBe("ben");
    await world.connected("ben", { name: "Ben Jones" });
    await world.settle();
    expect(room.title).toBe("Ben Jones");
    expect(room.counterpart).toMatchObject({ userId: "ben", status: "online" });
    expect(ann.client.rooms.withPerson("ben")).toBe(room);
    expect(ann.client.rooms.withPerson("chi")).toBeUndefined();
  });
});

describe("in a large tenant", () => {
  /** Ann and Ben have a room, and there are more people than everybody may hear of. */
  async function large(world: World) {
    world.server.presence.allMax = 2;
    const ben = await world.connected("ben");
    const chi = await world.connected("chi");
    const dai = await world.connected("dai");
    const room = await world.resolve(ben.client.rooms.direct("ann"));
    await world.settle();
    const ann = await world.connected("ann");
    await world.settle();
    return { ann, ben, chi, dai, room };
  }

  function subscribed(world: World): string[] {
    const last = world.server.asked("ann", "presence.subscribe").at(-1);
    return ((last?.data.userIds ?? []) as string[]).slice().sort();
  }

  test("one hears of those whom one has rooms with", async () => {
    const world = new World();
    const { ann, ben } = await large(world);
    expect(subscribed(world)).toContain("ben");
    ben.client.disconnect();
    await world.advance(10 * SECOND);
    expect(ann.client.people.status("ben")).toBe("offline");
    await world.resolve(ben.client.connect());
    await world.settle();
    expect(ann.client.people.status("ben")).toBe("online");
  });

  test("one hears of those whom one follows, and still of the others", async () => {
    const world = new World();
    const { ann, ben } = await large(world);
    const eve = await world.connected("eve");
    await world.settle();
    await world.resolve(ann.client.people.follow(["eve"]));
    expect(ann.client.people.status("eve")).toBe("online");
    expect(subscribed(world)).toEqual(expect.arrayContaining(["ben", "eve"]));
    eve.client.disconnect();
    ben.client.disconnect();
    await world.advance(10 * SECOND);
    expect(ann.client.people.status("eve")).toBe("offline");
    expect(ann.client.people.status("ben")).toBe("offline");
  });

  test("one subscribes again after a reconnect, a handover and a new epoch", async () => {
    const world = new World();
    const { ann, ben } = await large(world);
    const flip = async () => {
      ben.client.disconnect();
      await world.advance(10 * SECOND);
      expect(ann.client.people.status("ben")).toBe("offline");
      ben.attention.note();
      await world.resolve(ben.client.connect());
      await world.advance(3 * SECOND);
      expect(ann.client.people.status("ben")).toBe("online");
    };
    world.server.cut(world.server.open("ann"));
    await world.until(() => !ann.client.connected);
    await world.until(() => ann.client.connected);
    await world.settle();
    await flip();
    await world.advance(2 * 60 * MINUTE);
    await flip();
    world.server.loseRedis();
    for (const connection of world.server.open("ann")) {
      connection.subscription = null;
    }
    await world.advance(65 * SECOND);
    await flip();
  });

  test("one subscribes when it grows large while one is there", async () => {
    const world = new World();
    world.server.presence.allMax = 3;
    const ann = await world.connected("ann");
    const ben = await world.connected("ben");
    await world.settle();
    expect(world.server.asked("ann", "presence.subscribe")).toEqual([]);
    for (const sub of ["chi", "dai", "eve"]) {
      await world.connected(sub);
    }
    await world.advance(35 * SECOND);
    expect(subscribed(world)).toContain("ben");
    ben.client.disconnect();
    await world.advance(10 * SECOND);
    expect(ann.client.people.status("ben")).toBe("offline");
  });

  test("those who write to one for the first time are known as they are", async () => {
    const world = new World();
    const { ann } = await large(world);
    const eve = await world.connected("eve");
    const room = await world.resolve(eve.client.rooms.direct("ann"));
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(ann.client.people.status("eve")).toBe("online");
    eve.client.disconnect();
    await world.advance(10 * SECOND);
    expect(ann.client.people.status("eve")).toBe("offline");
  });

  test("those whom one writes to for the first time are known as they are", async () => {
    const world = new World();
    const { ann } = await large(world);
    const eve = await world.connected("eve");
    await world.resolve(ann.client.rooms.direct("eve"));
    await world.settle();
    expect(ann.client.people.status("eve")).toBe("online");
    eve.client.disconnect();
    await world.advance(10 * SECOND);
    expect(ann.client.people.status("eve")).toBe("offline");
  });
});

describe("in manage scope", () => {
  test("people of all tenants are there, and can be written to", async () => {
    const world = new World();
    const one = await world.connected("ann", { tenantId: "one" });
    const two = await world.connected("ann", { tenantId: "two", name: "Anne" });
    const options = { scope: "manage" } as const;
    const root = await world.connected("root", { role: "super_admin", options });
    await world.settle();
    const named = root.client.people.online.map(({ tenantId, name }) => `${tenantId} ${name}`);
    expect(named.sort()).toEqual(["one Ann", "two Anne"]);
    const ref = { tenantId: "two", userId: "ann" };
    const room = await world.resolve(root.client.rooms.direct(ref));
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(two.heard.messages.map(({ message }) => message.body)).toEqual(["hello"]);
    expect(one.heard.messages).toEqual([]);
    expect(room.counterpart).toMatchObject(ref);
    await world.resolve(two.client.rooms.get(room.roomId)!.send("hello back"));
    await world.settle();
    expect(root.heard.messages.at(-1)?.message.body).toBe("hello back");
  });

  test("one sees each tenant's people come and go", async () => {
    const world = new World();
    const ann = await world.connected("ann", { tenantId: "one" });
    const options = { scope: "manage" } as const;
    const root = await world.connected("root", { role: "super_admin", options });
    await world.settle();
    const ref = { tenantId: "one", userId: "ann" };
    expect(root.client.people.status(ref)).toBe("online");
    ann.client.disconnect();
    await world.advance(10 * SECOND);
    expect(root.client.people.status(ref)).toBe("offline");
    expect(root.client.people.status({ tenantId: "two", userId: "ann" })).toBe("offline");
  });
});
