import { describe, expect, test, vi } from "vitest";
import * as sharing from "../src/shared-link.js";
import type { FakeBrowser } from "./fakeTabs.js";
import { HOUR, MINUTE, SECOND, type Tab, World } from "./world.js";

/** So many tabs of Ann's in one browser, and Ben, who has a room with her. */
async function tabs(world: World, count: number) {
  const browser = world.browser();
  const anns: Tab[] = [];
  for (let n = 0; n < count; n += 1) {
    anns.push(await world.connected("ann", { browser }));
  }
  const ben = await world.connected("ben");
  const room = await world.resolve(ben.client.rooms.direct("ann"));
  await world.settle();
  return { browser, anns, ben, room };
}

function bodies(tab: Tab): (string | null)[] {
  return tab.heard.messages.map(({ message }) => message.body);
}

function connections(world: World): number {
  return world.server.open("ann").length;
}

describe("a tab", () => {
  test("that is alone loads nothing of sharing", async () => {
    const world = new World();
    const loadSharing = vi.fn(async () => sharing);
    const ann = await world.connected("ann", { environment: { loadSharing } });
    await world.advance(3 * HOUR);
    expect(ann.client.connected).toBe(true);
    expect(loadSharing).not.toHaveBeenCalled();
  });

  test("that gets company hears all of what is said meanwhile, once", async () => {
    const world = new World();
    const browser = world.browser();
    const first = await world.connected("ann", { browser });
    const ben = await world.connected("ben");
    const room = await world.resolve(ben.client.rooms.direct("ann"));
    const second = world.tab("ann", { browser });
    const connecting = second.client.connect();
    const said = Array.from({ length: 10 }, (_, at) => `line ${at}`);
    for (const line of said) {
      void room.send(line);
      await world.advance(20);
    }
    await world.resolve(connecting);
    await world.advance(20 * SECOND);
    expect(bodies(first)).toEqual(said);
    expect(connections(world)).toBe(1);
    expect(first.heard.states).toEqual(["connecting", "connected"]);
    expect(second.client.unread).toBe(first.client.unread);
  });
});

test("a tab that cannot load what sharing takes connects by itself", async () => {
  const world = new World();
  const browser = world.browser();
  const loadSharing = () => Promise.reject(new TypeError("Failed to fetch"));
  const first = await world.connected("ann", { browser });
  const second = await world.connected("ann", { browser, environment: { loadSharing } });
  await world.settle();
  expect([first.client.state, second.client.state]).toEqual(["connected", "connected"]);
  expect(connections(world)).toBe(2);
});

describe("three tabs of a browser", () => {
  test("share one connection, and each knows everything", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 3);
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(connections(world)).toBe(1);
    for (const tab of anns) {
      expect(tab.client.connected).toBe(true);
      expect(bodies(tab)).toEqual(["hello"]);
      expect(tab.client.unread).toBe(1);
      expect(tab.client.people.status("ben")).toBe("online");
      expect(tab.heard.states).toEqual(["connecting", "connected"]);
    }
  });

  test("that open at the same time share one connection", async () => {
    const world = new World();
    const browser = world.browser();
    const anns = [1, 2, 3].map(() => world.tab("ann", { browser }));
    await world.resolve(Promise.all(anns.map((tab) => tab.client.connect())));
    expect(connections(world)).toBe(1);
    expect(anns.every((tab) => tab.client.me?.userId === "ann")).toBe(true);
  });

  test("see what the others send, edit, delete and react to", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 3);
    for (const [index, tab] of anns.entries()) {
      await world.resolve(tab.client.rooms.get(room.roomId)!.send(`from tab ${index}`));
    }
    await world.settle();
    const [first, second, third] = anns.map((tab) => tab.client.rooms.get(room.roomId)!);
    const shown = () =>
      [first, second, third].map((each) => each!.entries.map(({ message }) => message.body));
    expect(shown()).toEqual(Array(3).fill(["from tab 0", "from tab 1", "from tab 2"]));
    const ids = second!.entries.map(({ message }) => message.messageId);
    await world.resolve(second!.edit(ids[0]!, "edited"));
    await world.resolve(third!.delete(ids[1]!));
    await world.resolve(first!.react(ids[2]!, "👍", true));
    await world.settle();
    expect(shown()).toEqual(Array(3).fill(["edited", null, "from tab 2"]));
    expect(third!.entries[2]?.message.reactions).toEqual({ "👍": ["ann"] });
    for (const tab of anns) {
      expect(tab.client.unread).toBe(0);
      expect(tab.heard.messages).toHaveLength(3);
    }
  });

  test("see a room that another makes, mutes, reads and leaves", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 2);
    const [one, two] = anns;
    const group = await world.resolve(one!.client.rooms.group("Lunch", ["ben"]));
    await world.settle();
    expect(two!.client.rooms.get(group.roomId)?.title).toBe("Lunch");
    await world.resolve(room.send("hello"));
    await world.settle();
    two!.client.rooms.get(room.roomId)!.watch(true);
    await world.advance(3 * SECOND);
    expect(one!.client.unread).toBe(0);
    await world.resolve(two!.client.rooms.get(group.roomId)!.mute(true));
    await world.settle();
    expect(one!.client.rooms.get(group.roomId)?.muted).toBe(true);
    await world.resolve(two!.client.rooms.get(group.roomId)!.add("ben", "owner"));
    await world.resolve(two!.client.rooms.get(group.roomId)!.leave());
    await world.settle();
    expect(one!.client.rooms.get(group.roomId)).toBeUndefined();
  });

  test("type through one connection", async () => {
    const world = new World();
    const { anns, ben, room } = await tabs(world, 2);
    anns[1]!.client.rooms.get(room.roomId)!.keystroke();
    await world.settle();
    expect(ben.client.rooms.get(room.roomId)!.typists).toEqual([{ userId: "ann", name: "Ann" }]);
  });

  test("of two people do not share anything", async () => {
    const world = new World();
    const browser = world.browser();
    const ann = await world.connected("ann", { browser });
    const eve = await world.connected("eve", { browser });
    expect(world.server.connections).toHaveLength(2);
    expect([ann.client.me?.userId, eve.client.me?.userId]).toEqual(["ann", "eve"]);
  });

  test("of which one logs out and in again do not give it the former person", async () => {
    const world = new World();
    const { browser } = await tabs(world, 2);
    let person = "ann";
    const token = () => world.server.tokens.issue(world.claims(person));
    const { client } = await world.connected("ann", { browser, options: { token } });
    await world.resolve(client.logout());
    person = "chi";
    await world.resolve(client.connect());
    expect(client.me?.userId).toBe("chi");
  });

  test("of one user id in two tenants do not share, whatever the tenant's claim is called", async () => {
    const world = new World();
    const browser = world.browser();
    const { tokens } = world.server;
    const signed = new Map<string | null, string>();
    const verified = tokens.verified.bind(tokens);
    tokens.verified = (token, scope) => verified(signed.get(token) ?? token, scope);
    const opened: Tab[] = [];
    for (const org of ["acme", "globex"]) {
      const payload = Buffer.from(JSON.stringify({ sub: "u1", org })).toString("base64url");
      const token = `jwt.${payload}.${org}`;
      signed.set(token, tokens.issue(world.claims("u1", { tenantId: org })));
      opened.push(await world.connected("u1", { browser, options: { token: () => token } }));
    }
    await world.advance(5 * SECOND);
    expect(opened.map((tab) => tab.client.me?.tenantId)).toEqual(["acme", "globex"]);
  });

  test("that do not want to share do not", async () => {
    const world = new World();
    const browser = world.browser();
    const options = { shareConnection: false };
    await world.connected("ann", { browser, options });
    await world.connected("ann", { browser, options });
    expect(connections(world)).toBe(2);
  });

  test("share by a name of the host page's where tokens say nothing", async () => {
    const world = new World();
    const browser = world.browser();
    const options = { storageKey: "ann at acme" };
    await world.connected("ann", { browser, options });
    await world.connected("ann", { browser, options });
    await world.settle();
    expect(connections(world)).toBe(1);
  });
});

describe("when the leading tab", () => {
  test("is closed, another takes over, and nothing is lost or twice", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 3);
    await world.resolve(room.send("before"));
    anns[0]!.end();
    await world.resolve(room.send("meanwhile"));
    await world.advance(5 * SECOND);
    await world.resolve(room.send("after"));
    await world.settle();
    for (const tab of anns.slice(1)) {
      expect(bodies(tab)).toEqual(["before", "meanwhile", "after"]);
      expect(tab.client.connected).toBe(true);
    }
    expect(world.server.open("ann")).toHaveLength(1);
  });

  test("is closed while another sends, it is stored once", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 3);
    for (const ms of [0, 2, 6, 9, 11]) {
      const leader = anns.shift()!;
      const sender = anns[0]!;
      const sending = sender.client.rooms.get(room.roomId)!.send(`message ${ms}`);
      await world.advance(ms);
      leader.end();
      await world.resolve(sending);
      await world.advance(5 * SECOND);
      anns.push(await world.connected("ann", { browser: sender.browser }));
    }
    const stored = world.server.state.rooms.get(room.roomId)!.messages;
    expect(stored.map((message) => message.body)).toEqual(
      [0, 2, 6, 9, 11].map((ms) => `message ${ms}`),
    );
    for (const tab of anns) {
      const hers = tab.client.rooms.get(room.roomId)!;
      await world.resolve(hers.open());
      expect(hers.entries).toHaveLength(5);
    }
  });

  test.each([0, 1])(
    "is closed, the next is asked at once what a third asked tab %d",
    async (at) => {
      const world = new World();
      const { anns, room } = await tabs(world, 3);
      const sending = anns[2]!.client.rooms.get(room.roomId)!.send("hello");
      anns[at]!.end();
      await world.resolve(sending, 5 * SECOND);
    },
  );

  test("goes offline on purpose, the others stay connected", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 2);
    anns[0]!.client.disconnect();
    await world.advance(5 * SECOND);
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(bodies(anns[1]!)).toEqual(["hello"]);
    expect(anns[0]!.client.state).toBe("offline");
    await world.resolve(anns[0]!.client.connect());
    expect(bodies(anns[0]!)).toEqual(["hello"]);
    expect(world.server.open("ann")).toHaveLength(1);
  });

  test("loses its connection, all reconnect by one", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 3);
    world.server.cut(world.server.open("ann"));
    await world.resolve(room.send("meanwhile"));
    await world.advance(5 * SECOND);
    for (const tab of anns) {
      expect(tab.client.connected).toBe(true);
      expect(bodies(tab)).toEqual(["meanwhile"]);
      expect(tab.heard.states).toEqual(["connecting", "connected", "reconnecting", "connected"]);
    }
    expect(connections(world)).toBe(1);
  });

  test("hands over before two hours, nobody sees a blip", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 3);
    await world.advance(3 * HOUR);
    await world.resolve(room.send("hello"));
    await world.settle();
    for (const tab of anns) {
      expect(bodies(tab)).toEqual(["hello"]);
      expect(tab.heard.states).toEqual(["connecting", "connected"]);
    }
    expect(world.server.open("ann")).toHaveLength(1);
  });

  test("is suspended, a visible tab goes on by itself", async () => {
    const world = new World();
    const { anns, room } = await tabs(world, 2);
    anns[0]!.attention.show(false);
    anns[0]!.clock.sleep();
    await world.advance(40 * SECOND);
    await world.resolve(room.send("hello"));
    await world.advance(5 * SECOND);
    expect(bodies(anns[1]!)).toEqual(["hello"]);
    await world.resolve(anns[1]!.client.rooms.get(room.roomId)!.send("yes?"));
    anns[0]!.clock.wake();
    anns[0]!.attention.show(true);
    await world.advance(MINUTE);
    expect(bodies(anns[0]!)).toEqual(["hello", "yes?"]);
    expect(bodies(anns[1]!)).toEqual(["hello", "yes?"]);
  });

  test("is refused its token, all tabs are told", async () => {
    const world = new World();
    const browser = world.browser();
    const good = world.server.tokens.issue(world.claims("ann"), 10 * 60);
    const options = { token: () => good };
    const anns = [
      await world.connected("ann", { browser, options }),
      await world.connected("ann", { browser, options }),
    ];
    await world.advance(15 * MINUTE);
    for (const tab of anns) {
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "unauthorized"]);
      expect(tab.heard.unauthorized).toHaveLength(1);
    }
  });
});

test("a tab whose login is good connects beside older ones whose login has ended", async () => {
  const world = new World();
  const browser = world.browser();
  const ended = world.server.tokens.issue(world.claims("ann"), 60);
  const options = { token: () => ended };
  const old = await world.connected("ann", { browser, options });
  await world.connected("ann", { browser, options });
  await world.advance(5 * MINUTE);
  expect(old.client.reason).toBe("unauthorized");
  const fresh = await world.connected("ann", { browser });
  expect(fresh.client.connected).toBe(true);
  expect(fresh.heard.unauthorized).toEqual([]);
});

describe("together, tabs", () => {
  test("are away only when nobody is at any of them", async () => {
    const world = new World();
    const { anns, ben } = await tabs(world, 3);
    for (let minute = 0; minute < 15; minute += 1) {
      anns[2]!.attention.note();
      await world.advance(MINUTE);
    }
    expect(ben.client.people.status("ann")).toBe("online");
    await world.advance(7 * MINUTE);
    expect(ben.client.people.status("ann")).toBe("away");
    anns[1]!.attention.note();
    await world.advance(5 * SECOND);
    expect(ben.client.people.status("ann")).toBe("online");
  });

  test("hear of everybody whom one of them follows", async () => {
    const world = new World();
    world.server.presence.allMax = 2;
    const { anns } = await tabs(world, 2);
    const others = [await world.connected("chi"), await world.connected("dai")];
    await world.advance(35 * SECOND);
    await world.resolve(anns[0]!.client.people.follow(["chi"]));
    await world.resolve(anns[1]!.client.people.follow(["dai"]));
    for (const other of others) {
      other.client.disconnect();
    }
    await world.advance(10 * SECOND);
    expect(anns[0]!.client.people.status("chi")).toBe("offline");
    expect(anns[1]!.client.people.status("dai")).toBe("offline");
  });

  test("take up what a closed one left unsent, once", async () => {
    const world = new World();
    const { anns, browser, room } = await tabs(world, 2);
    for (const tab of anns) {
      tab.unplug(true);
    }
    const sending = anns[1]!.client.rooms.get(room.roomId)!.send("unsent");
    sending.catch(() => undefined);
    await world.settle();
    anns[1]!.end();
    anns[0]!.end();
    await reopened(world, browser, 2);
    await world.advance(5 * SECOND);
    const stored = world.server.state.rooms.get(room.roomId)!.messages;
    expect(stored.map((message) => message.body)).toEqual(["unsent"]);
  });

  test("that share a connection log out together, and in again one by one", async () => {
    const world = new World();
    const { anns } = await tabs(world, 3);
    await world.resolve(anns[1]!.client.logout());
    await world.advance(SECOND);
    for (const { client } of anns) {
      expect([client.state, client.me, client.rooms.all]).toEqual(["offline", null, []]);
    }
    expect(connections(world)).toBe(0);
    await world.resolve(anns[2]!.client.connect());
    expect(anns.map(({ client }) => client.connected)).toEqual([false, false, true]);
  });

  test("log out of one another's outbox", async () => {
    const world = new World();
    const { anns, browser, room } = await tabs(world, 2);
    for (const tab of anns) {
      tab.unplug(true);
      tab.client.rooms
        .get(room.roomId)!
        .send("unsent")
        .catch(() => undefined);
    }
    await world.settle();
    await world.resolve(anns[0]!.client.logout());
    anns[1]!.end();
    expect([...browser.kept.values()].flat()).toEqual([]);
  });
});

/** Open so many tabs at once. */
async function reopened(world: World, browser: FakeBrowser, count: number): Promise<Tab[]> {
  const opened = Array.from({ length: count }, () => world.tab("ann", { browser }));
  await world.resolve(Promise.all(opened.map((tab) => tab.client.connect())));
  return opened;
}
