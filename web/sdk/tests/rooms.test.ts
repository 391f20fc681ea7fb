import { describe, expect, test } from "vitest";
import type { ParleyError } from "../src/index.js";
import { SECOND, World } from "./world.js";

async function three(world: World) {
  const ann = await world.connected("ann");
  const ben = await world.connected("ben");
  const chi = await world.connected("chi");
  await world.settle();
  return { ann, ben, chi };
}

describe("rooms", () => {
  test("with one other person are made once, whoever makes them", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const making = [ann.client.rooms.direct("ben"), ben.client.rooms.direct("ann")];
    const [hers, his] = await world.resolve(Promise.all(making));
    expect(hers?.roomId).toBe(his?.roomId);
    expect(await world.resolve(ann.client.rooms.direct("ben"))).toBe(hers);
    expect(ann.client.rooms.all).toEqual([hers]);
    expect([hers?.title, his?.title]).toEqual(["Ben", "Ann"]);
  });

  test("with oneself are refused", async () => {
    const world = new World();
    const { ann } = await three(world);
    const error = await world.refusal(ann.client.rooms.direct("ann"));
    expect(error.code).toBe("VALIDATION_ERROR");
  });

  test("whose reply is lost are made once", async () => {
    const world = new World();
    const { ann } = await three(world);
    world.server.faults.nextCommands("room.create", "unanswered");
    const making = ann.client.rooms.group("Lunch", ["ben", "chi"]);
    await world.advance(SECOND);
    world.server.cut(world.server.open("ann"));
    const group = await world.resolve(making);
    await world.settle();
    expect(world.server.state.rooms.size).toBe(1);
    expect(ann.client.rooms.all).toEqual([group]);
  });

  test("of a group are there for everybody, with their people after `open`", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben", "chi"]));
    await world.settle();
    const his = ben.client.rooms.get(group.roomId)!;
    expect(his).toMatchObject({ type: "group", title: "Lunch", role: "member", memberCount: 3 });
    await world.resolve(his.open());
    const members = his.members.map(({ name, role }) => `${name} ${role}`);
    expect(members).toEqual(["Ann owner", "Ben member", "Chi member"]);
  });

  test("without a name are called by their people", async () => {
    const world = new World();
    const { ann } = await three(world);
    const group = await world.resolve(ann.client.rooms.group(null, ["ben", "chi"]));
    expect(group.title).toBe("Ben, Chi");
  });

  test("change their name and people for everybody", async () => {
    const world = new World();
    const { ann, ben, chi } = await three(world);
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben"]));
    await world.resolve(group.rename("Dinner"));
    await world.resolve(group.add("chi"));
    await world.settle();
    const his = ben.client.rooms.get(group.roomId)!;
    expect([his.title, his.memberCount]).toEqual(["Dinner", 3]);
    expect(chi.client.rooms.get(group.roomId)?.title).toBe("Dinner");
    const said = his.entries.map(({ message }) => `${message.type}: ${message.body}`);
    expect(said).toEqual(['system: Ann renamed the group to "Dinner"', "system: Ann added Chi"]);
    await world.resolve(group.remove("ben"));
    await world.settle();
    expect(ben.client.rooms.get(group.roomId)).toBeUndefined();
    expect(group.memberCount).toBe(2);
    expect(ben.client.rooms.all).toEqual([]);
  });

  test("can be left, by an owner only after handing over", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben", "chi"]));
    await world.settle();
    expect((await world.refusal(group.leave())).code).toBe("CONFLICT");
    expect(ann.client.rooms.all).toHaveLength(1);
    await world.resolve(group.add("ben", "owner"));
    await world.resolve(group.leave());
    await world.settle();
    expect(ann.client.rooms.all).toEqual([]);
    const his = ben.client.rooms.get(group.roomId)!;
    expect([his.role, his.memberCount]).toEqual(["owner", 2]);
  });

  test("that one was added to again are there again, with their history", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben", "chi"]));
    await world.resolve(group.send("one"));
    await world.resolve(group.remove("ben"));
    await world.resolve(group.send("two"));
    await world.resolve(group.add("ben"));
    await world.advance(SECOND);
    const his = ben.client.rooms.get(group.roomId)!;
    expect(his.unread).toBe(0);
    await world.resolve(his.open());
    while (his.hasOlder) {
      await world.resolve(his.loadOlder());
    }
    const bodies = his.entries.map(({ message }) => message.body);
    expect(bodies).toEqual(["one", "Ann removed Ben", "two", "Ann added Ben"]);
  });

  test("are refused to members who may not change them", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const group = await world.resolve(ann.client.rooms.group("Lunch", ["ben"]));
    await world.settle();
    const his = ben.client.rooms.get(group.roomId)!;
    expect((await world.refusal(his.rename("Mine"))).code).toBe("FORBIDDEN");
    expect((await world.refusal(his.remove("ann"))).code).toBe("FORBIDDEN");
    expect(his.title).toBe("Lunch");
  });

  test("of a space are there for whoever is in the space", async () => {
    const world = new World();
    const ann = await world.connected("ann", { spaces: ["harbour"] });
    const ben = await world.connected("ben", { spaces: ["harbour"] });
    const chi = await world.connected("chi");
    const channel = await world.resolve(ann.client.rooms.channel("harbour", "News"));
    await world.resolve(channel.send("welcome"));
    await world.advance(40 * SECOND);
    const his = ben.client.rooms.get(channel.roomId)!;
    expect(his).toMatchObject({ type: "channel", spaceId: "harbour", title: "News" });
    expect(his.lastMessage?.body).toBe("welcome");
    expect(chi.client.rooms.all).toEqual([]);
  });

  test("of the organization are there for everybody of the tenant", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const other = await world.connected("dai", { tenantId: "other" });
    const room = await world.resolve(ann.client.rooms.organization("Everybody"));
    await world.resolve(room.send("welcome"));
    await world.settle();
    expect(ben.client.rooms.get(room.roomId)?.lastMessage?.body).toBe("welcome");
    expect(other.client.rooms.all).toEqual([]);
  });

  test("that are muted on one device are muted on the other", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    const other = await world.connected("ann");
    const room = await world.resolve(ben.client.rooms.direct("ann"));
    await world.resolve(room.send("hello"));
    await world.settle();
    await world.resolve(ann.client.rooms.get(room.roomId)!.mute(true));
    await world.advance(SECOND);
    expect(other.client.rooms.get(room.roomId)?.muted).toBe(true);
    expect([ann.client.unread, other.client.unread]).toEqual([0, 0]);
  });

  test("of which the first word is a message are there, with it", async () => {
    const world = new World();
    const { ann, ben } = await three(world);
    world.server.faults.nextEvents("room:updated", []);
    const room = await world.resolve(ann.client.rooms.direct("ben"));
    await world.resolve(room.send("hello"));
    await world.settle();
    const his = ben.client.rooms.get(room.roomId)!;
    expect(his.title).toBe("Ann");
    expect(his.unread).toBe(1);
    expect(his.entries.map(({ message }) => message.body)).toEqual(["hello"]);
    expect(ben.heard.messages).toHaveLength(1);
  });
});

test("a logout forgets everything that was loaded", async () => {
  const world = new World();
  const { ann, ben } = await three(world);
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.resolve(room.send("secret"));
  await world.settle();
  await world.resolve(ann.client.logout());
  expect(ann.client.me).toBeNull();
  expect([ann.client.rooms.all, ann.client.people.all]).toEqual([[], []]);
  expect([ann.client.unread, ann.client.state]).toEqual([0, "offline"]);
  await world.resolve(ann.client.connect());
  expect(ann.client.rooms.all).toHaveLength(1);
});

test.each([
  ["never answers", () => new Promise<never>(() => undefined)],
  ["fails", () => Promise.reject(new Error("The disk is full."))],
])("a logout forgets everything at once, though the store %s", async (_what, act) => {
  const world = new World({ store: { get: act, update: act, delete: act } });
  const { ann } = await three(world);
  await world.resolve(ann.client.rooms.direct("ben"));
  ann.client.logout().catch(() => undefined);
  await world.settle();
  expect(ann.client.me).toBeNull();
  expect(ann.client.rooms.all).toEqual([]);
});

test("a logout that waits for a slow store takes nothing from who logs in meanwhile", async () => {
  const world = new World();
  const { ben } = await three(world);
  const room = await world.resolve(ben.client.rooms.direct("chi"));
  let person = "ann";
  const token = () => world.server.tokens.issue(world.claims(person));
  const store = {
    get: async () => [],
    update: async () => undefined,
    delete: () => new Promise<void>((resolve) => world.clock.setTimeout(resolve, SECOND)),
  };
  const { client } = await world.connected("ann", { options: { token }, environment: { store } });
  const leaving = client.logout();
  person = "ben";
  await world.resolve(client.connect());
  await world.resolve(leaving);
  await world.settle();
  expect(client.me?.userId).toBe("ben");
  expect(client.rooms.all.map(({ roomId }) => roomId)).toEqual([room.roomId]);
});

test("another person's token shows nothing of the one before", async () => {
  const world = new World();
  const { ben } = await three(world);
  let sub = "eve";
  const token = () => world.server.tokens.issue(world.claims(sub));
  const tab = world.tab("eve", { options: { token }, environment: { tabs: null } });
  await world.resolve(tab.client.connect());
  const room = await world.resolve(ben.client.rooms.direct("eve"));
  await world.resolve(room.send("for eve"));
  await world.settle();
  expect(tab.client.rooms.all).toHaveLength(1);
  tab.client.disconnect();
  sub = "fay";
  await world.resolve(tab.client.connect());
  expect(tab.client.me?.userId).toBe("fay");
  expect(tab.client.rooms.all).toEqual([]);
  expect(tab.client.unread).toBe(0);
});

test("another person's token sends nothing of the one before, who finds it again", async () => {
  const world = new World();
  const { ben } = await three(world);
  let sub = "eve";
  const token = () => world.server.tokens.issue(world.claims(sub));
  const tab = world.tab("eve", { options: { token }, environment: { tabs: null } });
  await world.resolve(tab.client.connect());
  const room = await world.resolve(tab.client.rooms.direct("ben"));
  tab.client.disconnect();
  const refused = room.send("of eve").catch((error: ParleyError) => error.code);
  await world.settle();
  sub = "fay";
  await world.resolve(tab.client.connect());
  expect(await refused).toBe("DISCARDED");
  await world.advance(60_000);
  expect(world.server.asked("fay", "message.send")).toEqual([]);
  tab.client.disconnect();
  sub = "eve";
  await world.resolve(tab.client.connect());
  await world.advance(1_000);
  expect(ben.heard.messages.map(({ message }) => message.body)).toEqual(["of eve"]);
});
