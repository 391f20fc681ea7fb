import { describe, expect, test, vi } from "vitest";
import type { Room } from "../src/index.js";
import type { Store } from "../src/ports.js";
import { Refusal } from "./fakeState.js";
import { MINUTE, refused, SECOND, Tab, URL, World } from "./world.js";

async function pair(world: World, browser = world.browser()) {
  const ann = await world.connected("ann", { browser });
  const ben = await world.connected("ben");
  const room = await world.resolve(ann.client.rooms.direct("ben"));
  await world.resolve(room.open());
  await world.settle();
  return { ann, ben, room };
}

/** What a room shows, as "text status". */
function lines(room: Room): string[] {
  return room.entries.map(({ message, status }) => `${message.body} ${status}`);
}

function stored(world: World, room: Room): (string | null)[] {
  return world.server.state.rooms.get(room.roomId)!.messages.map((message) => message.body);
}

function sends(world: World): string[] {
  return world.server.asked("ann", "message.send").map(({ data }) => String(data.body));
}

/** A send that is looked at later, or never. */
function sent(room: Room, body: string): Promise<unknown> {
  const sending = room.send(body);
  sending.catch(() => undefined);
  return sending;
}

describe("a message that is sent", () => {
  test("is shown at once, and keeps its key for ever", async () => {
    const world = new World();
    const { room } = await pair(world);
    const sending = room.send("hello");
    expect(lines(room)).toEqual(["hello pending"]);
    const [before] = room.entries;
    expect(before).toMatchObject({ isMine: true, error: null, retryAt: null });
    expect(before?.message).toMatchObject({ seq: 0, messageId: "", senderId: "ann" });
    const message = await world.resolve(sending);
    expect(message).toMatchObject({ seq: 1, body: "hello" });
    const [after] = room.entries;
    expect(after?.key).toBe(before?.key);
    expect(after?.message.messageId).toBe(message.messageId);
    expect(after?.status).not.toBe("pending");
    expect(room.entries).toHaveLength(1);
  });

  test("waits below what others write meanwhile", async () => {
    const world = new World();
    const { ben, room } = await pair(world);
    world.server.faults.nextCommands("message.send", "lost");
    sent(room, "mine");
    await world.advance(SECOND);
    await world.resolve(ben.client.rooms.get(room.roomId)!.send("theirs"));
    await world.settle();
    expect(lines(room)).toEqual(["theirs sent", "mine pending"]);
    await world.advance(MINUTE);
    expect(stored(world, room)).toEqual(["theirs", "mine"]);
  });

  test("keeps its order with others, however fast they are written", async () => {
    const world = new World();
    const { room } = await pair(world);
    const bodies = ["one", "two", "three", "four", "five"];
    const sending = bodies.map((body) => room.send(body));
    expect(lines(room)).toEqual(bodies.map((body) => `${body} pending`));
    await world.resolve(Promise.all(sending));
    expect(stored(world, room)).toEqual(bodies);
  });

  test("that is lost on the way is sent again, with the same clientId", async () => {
    const world = new World();
    const { ben, room } = await pair(world);
    world.server.faults.nextCommands("message.send", "lost", "lost");
    await world.resolve(room.send("hello"));
    const ids = world.server.asked("ann", "message.send").map(({ data }) => data.clientId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    await world.settle();
    expect(stored(world, room)).toEqual(["hello"]);
    expect(ben.heard.messages).toHaveLength(1);
  });

  test("whose reply is lost is stored, shown and told once", async () => {
    const world = new World();
    const { ben, room } = await pair(world);
    // While others are heard, the connection lives, so that the message is asked about again.
    world.server.faults.nextCommands("message.send", "unanswered", "unanswered");
    const sending = room.send("hello");
    await world.advance(5 * SECOND);
    await world.resolve(ben.client.rooms.get(room.roomId)!.send("anybody here?"));
    await world.resolve(sending);
    await world.settle();
    const ids = world.server.asked("ann", "message.send").map(({ data }) => data.clientId);
    expect(new Set(ids).size).toBe(1);
    expect(stored(world, room)).toEqual(["hello", "anybody here?"]);
    expect(lines(room).map((line) => line.split(" ")[0])).toEqual(["hello", "anybody"]);
    expect(ben.heard.messages.filter(({ isMine }) => !isMine)).toHaveLength(1);
  });

  test("that is stored as the connection dies is stored once, and not shown twice", async () => {
    const world = new World();
    const { ben, room } = await pair(world);
    world.server.faults.nextCommands("message.send", "unanswered");
    const sending = room.send("hello");
    await world.advance(8);
    world.server.cut(world.server.open("ann"));
    await world.resolve(sending);
    await world.advance(5 * SECOND);
    expect(stored(world, room)).toEqual(["hello"]);
    expect(lines(room)).toHaveLength(1);
    expect(ben.heard.messages).toHaveLength(1);
  });

  test("is known as stored from the sync, before it could be sent again", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.faults.nextCommands("message.send", "unanswered");
    const sending = room.send("hello");
    await world.advance(8);
    world.server.faults.onCommand = ({ operation }) =>
      operation === "message.send" ? "lost" : undefined;
    world.server.cut(world.server.open("ann"));
    await world.until(() => !ann.client.connected);
    await world.until(() => ann.client.connected);
    await world.resolve(sending, SECOND);
    expect(lines(room)).toEqual([expect.stringMatching(/^hello (sent|delivered)$/)]);
  });

  test("while offline waits, and goes out in order", async () => {
    const world = new World();
    const { ann, ben, room } = await pair(world);
    ann.unplug(true);
    const sending = ["one", "two", "three"].map((body) => room.send(body));
    await world.advance(10 * MINUTE);
    expect(lines(room)).toEqual(["one pending", "two pending", "three pending"]);
    ann.plug();
    await world.resolve(Promise.all(sending));
    await world.settle();
    expect(stored(world, room)).toEqual(["one", "two", "three"]);
    expect(ben.heard.messages.map(({ message }) => message.body)).toEqual(["one", "two", "three"]);
  });

  test("is kept by `disconnect`, and sent after the next `connect`", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    ann.client.disconnect();
    const sending = room.send("later");
    await world.advance(MINUTE);
    expect(lines(room)).toEqual(["later pending"]);
    await world.resolve(ann.client.connect());
    await world.resolve(sending);
    expect(stored(world, room)).toEqual(["later"]);
  });

  test("beyond 50 that wait is refused, and shown nowhere", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    ann.unplug(true);
    for (let n = 1; n <= 50; n += 1) {
      sent(room, `message ${n}`);
    }
    const error = await world.refusal(room.send("one too many"));
    expect(error.code).toBe("QUEUE_FULL");
    expect(room.entries).toHaveLength(50);
    const { limits } = world.server;
    limits.of.message = [{ most: 1_000, windowMs: SECOND }];
    ann.plug();
    await world.until(() => room.entries.every(({ status }) => status !== "pending"));
    expect(stored(world, room)).toHaveLength(50);
    await world.resolve(room.send("now it can"));
  });
});

describe("a refusal", () => {
  test("by a rate limit waits as long as it says, and keeps the order", async () => {
    const world = new World();
    const { room } = await pair(world);
    const limited = new Refusal("RATE_LIMITED", { retryAfter: 7.5 });
    world.server.faults.nextCommands("message.send", limited);
    const sending = ["one", "two"].map((body) => room.send(body));
    await world.settle();
    const refusedAt = world.clock.now();
    const [first] = room.entries;
    expect(first?.status).toBe("pending");
    expect(Math.abs((first?.retryAt ?? 0) - refusedAt - 7_500)).toBeLessThan(100);
    await world.advance(7_300);
    expect(sends(world)).toEqual(["one"]);
    await world.resolve(Promise.all(sending));
    expect(stored(world, room)).toEqual(["one", "two"]);
    expect(world.clock.now() - refusedAt).toBeLessThan(7_700);
  });

  test("by the true rate limit loses nothing of a burst", async () => {
    const world = new World();
    const { room } = await pair(world);
    const bodies = Array.from({ length: 30 }, (_, index) => `message ${index + 1}`);
    await world.resolve(Promise.all(bodies.map((body) => room.send(body))));
    expect(stored(world, room)).toEqual(bodies);
    expect(sends(world).length).toBeLessThan(40);
  });

  test("because a part of the server is down is waited out", async () => {
    const world = new World();
    const { room } = await pair(world);
    const down = new Refusal("UNAVAILABLE", { retryAfter: 1 });
    world.server.faults.nextCommands("message.send", ...Array(10).fill(down));
    await world.resolve(room.send("hello"));
    expect(stored(world, room)).toEqual(["hello"]);
  });

  test("for good lets it fail, with the text kept, and does not hold up the next one", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.faults.nextCommands("message.send", new Refusal("VALIDATION_ERROR"));
    const failing = refused(room.send("bad"));
    const sending = room.send("good");
    expect((await world.resolve(failing)).code).toBe("VALIDATION_ERROR");
    await world.resolve(sending);
    await world.settle();
    expect(lines(room)).toEqual([expect.stringMatching(/^good/), "bad failed"]);
    const failed = room.entries.at(-1)!;
    expect(failed.error?.code).toBe("VALIDATION_ERROR");
    expect(ann.heard.errors).toEqual([]);
    await world.advance(5 * MINUTE);
    expect(sends(world)).toEqual(["bad", "good"]);
  });

  test("can be retried, with the same key and clientId", async () => {
    const world = new World();
    const { room } = await pair(world);
    world.server.faults.nextCommands("message.send", new Refusal("FORBIDDEN"));
    await world.refusal(room.send("hello"));
    const [failed] = room.entries;
    room.retry(failed!.key);
    expect(room.entries[0]).toMatchObject({ key: failed!.key, status: "pending", error: null });
    await world.settle();
    expect(room.entries[0]?.key).toBe(failed!.key);
    expect(stored(world, room)).toEqual(["hello"]);
    const ids = world.server.asked("ann", "message.send").map(({ data }) => data.clientId);
    expect(new Set(ids).size).toBe(1);
  });

  test("can be given up", async () => {
    const world = new World();
    const { room } = await pair(world);
    world.server.faults.nextCommands("message.send", new Refusal("FORBIDDEN"));
    await world.refusal(room.send("hello"));
    room.discard(room.entries[0]!.key);
    expect(room.entries).toEqual([]);
    await world.advance(MINUTE);
    expect(stored(world, room)).toEqual([]);
  });

  test("of what is too long comes from the server, and is shown", async () => {
    const world = new World();
    const { room } = await pair(world);
    const error = await world.refusal(room.send("x".repeat(4_001)));
    expect(error.code).toBe("PAYLOAD_TOO_LARGE");
    expect(room.entries[0]?.status).toBe("failed");
  });

  test("of a frame that no server would take fails it, and keeps the connection", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const error = await world.refusal(room.send("€".repeat(12_000)));
    expect(error.isRetryable).toBe(false);
    expect(room.entries[0]?.status).toBe("failed");
    await world.advance(5 * MINUTE);
    expect(world.server.connections.filter((each) => each.userId === "ann")).toHaveLength(1);
    expect(ann.client.connected).toBe(true);
  });
});

describe("a message that is too large for any frame", () => {
  test("is refused without a REST API, and holds up nothing", async () => {
    const world = new World();
    const token = world.server.tokens.issue(world.claims("ann"));
    const ann = new Tab(world, world.browser(), { url: URL, token }, world.environment);
    await world.resolve(ann.client.connect());
    const room = await world.resolve(ann.client.rooms.direct("ben"));
    const failing = refused(room.send("x".repeat(40_000)));
    const sending = room.send("after");
    expect((await world.resolve(failing)).code).toBe("PAYLOAD_TOO_LARGE");
    await world.resolve(sending);
    expect(stored(world, room)).toEqual(["after"]);
    expect(ann.heard.states).toEqual(["connecting", "connected"]);
  });

  test.each([
    [400, "VALIDATION_ERROR"],
    [413, "PAYLOAD_TOO_LARGE"],
  ])("fails for good where API Gateway answers %d in its own words", async (status, code) => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.faults.onRest = (_method, path) =>
      path.endsWith("/messages") ? status : undefined;
    const failing = refused(room.send("x".repeat(40_000)));
    const sending = room.send("after");
    expect((await world.resolve(failing)).code).toBe(code);
    await world.resolve(sending);
    expect(stored(world, room)).toEqual(["after"]);
    expect(ann.rest.asked.filter(({ path }) => path.endsWith("/messages"))).toHaveLength(1);
  });
});

describe("API Gateway's own errors", () => {
  test("let the oldest command be asked again, and not all of them", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    const before = world.server.asked("ann").length;
    world.server.faults.nextCommands("message.send", "gatewayError");
    world.server.faults.nextCommands("room.list", 400);
    const sending = room.send("hello");
    const listing = ann.client.request("room.list", {});
    await world.resolve(sending);
    await world.resolve(listing);
    const asked = world.server.asked("ann").slice(before);
    const operations = asked.map(({ operation }) => operation);
    expect(operations.filter((each) => each === "message.send")).toHaveLength(2);
    expect(operations.filter((each) => each === "room.list")).toHaveLength(1);
    expect(stored(world, room)).toEqual(["hello"]);
  });

  test("are asked again with a pause that grows", async () => {
    const world = new World();
    const { ann } = await pair(world);
    const at: number[] = [];
    world.server.faults.onCommand = ({ operation }) => {
      if (operation === "room.list") {
        at.push(world.clock.now());
        return at.length < 3 ? "gatewayError" : undefined;
      }
      return undefined;
    };
    await world.resolve(ann.client.request("room.list", {}));
    const [one, two, three] = at;
    expect(two! - one!).toBeGreaterThanOrEqual(200);
    expect(three! - two!).toBeGreaterThan(two! - one!);
  });

  test("store a message once, whether it was done or not", async () => {
    const world = new World();
    const { room } = await pair(world);
    world.server.faults.nextCommands("message.send", "gatewayErrorAfter", "gatewayError");
    await world.resolve(room.send("hello"));
    await world.settle();
    expect(stored(world, room)).toEqual(["hello"]);
    expect(lines(room)).toHaveLength(1);
  });

  test("that never end are told to whoever asked", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    world.server.faults.onCommand = ({ operation }) =>
      operation === "presence.heartbeat" || operation === "sync.start" ? undefined : "gatewayError";
    const error = await world.refusal(ann.client.request("room.list", {}), 5 * MINUTE);
    expect(error.code).toBe("INTERNAL_ERROR");
    sent(room, "hello");
    await world.advance(5 * MINUTE);
    world.server.faults.stop();
    const [entry] = room.entries;
    if (entry?.status === "failed") {
      room.retry(entry.key);
    }
    await world.advance(MINUTE);
    expect(stored(world, room)).toEqual(["hello"]);
  });

  test("for a repeat of the wrong command do no harm", async () => {
    const world = new World();
    const { ann, room } = await pair(world);
    // The list is older, so that it is asked again; the message is the one that failed.
    world.server.faults.nextCommands("room.list", 600);
    world.server.faults.nextCommands("message.send", "gatewayError");
    const listing = ann.client.request("room.list", {});
    const sending = room.send("hello");
    await world.resolve(listing);
    await world.resolve(sending);
    expect(stored(world, room)).toEqual(["hello"]);
  });
});

// covers: B-83
describe("a reload", () => {
  /** Write while there is no connection, then reload the page. */
  async function reloaded(world: World, write: (room: Room, ann: Tab) => Promise<void>) {
    const browser = world.browser();
    const { ann, ben, room } = await pair(world, browser);
    ann.unplug(true);
    await write(room, ann);
    await world.settle();
    ann.end();
    return { ben, browser, roomId: room.roomId };
  }

  test("keeps what waits, and sends it in order", async () => {
    const world = new World();
    const { ben, browser, roomId } = await reloaded(world, async (room) => {
      for (const body of ["one", "two", "three"]) {
        sent(room, body);
      }
    });
    const again = await world.connected("ann", { browser });
    await world.advance(SECOND);
    const room = again.client.rooms.get(roomId)!;
    expect(stored(world, room)).toEqual(["one", "two", "three"]);
    expect(ben.heard.messages.map(({ message }) => message.body)).toEqual(["one", "two", "three"]);
    expect(room.entries.filter(({ status }) => status === "pending")).toEqual([]);
    const kept = [...browser.kept.values()].flat();
    expect(kept).toEqual([]);
  });

  test("shows what waits before it is sent", async () => {
    const world = new World();
    const { browser, roomId } = await reloaded(world, async (room) => {
      sent(room, "hello");
    });
    world.server.faults.onCommand = ({ operation }) =>
      operation === "message.send" ? "lost" : undefined;
    const again = await world.connected("ann", { browser });
    await world.settle();
    expect(lines(again.client.rooms.get(roomId)!)).toEqual(["hello pending"]);
  });

  test("does not store again what was stored before it", async () => {
    const world = new World();
    const browser = world.browser();
    const { ann, ben, room } = await pair(world, browser);
    world.server.faults.nextCommands("message.send", "unanswered");
    sent(room, "hello");
    await world.advance(12);
    ann.end();
    expect(stored(world, room)).toEqual(["hello"]);
    const again = await world.connected("ann", { browser });
    await world.advance(SECOND);
    const hers = again.client.rooms.get(room.roomId)!;
    expect(stored(world, room)).toEqual(["hello"]);
    await world.resolve(hers.open());
    expect(lines(hers)).toHaveLength(1);
    expect(ben.heard.messages).toHaveLength(1);
  });

  test("does not give one person's messages to another", async () => {
    const world = new World();
    const { browser, roomId } = await reloaded(world, async (room) => {
      sent(room, "from ann");
    });
    const eve = await world.connected("eve", { browser });
    await world.advance(MINUTE);
    expect(world.server.asked("eve", "message.send")).toEqual([]);
    eve.end();
    const ann = await world.connected("ann", { browser });
    await world.advance(SECOND);
    expect(stored(world, ann.client.rooms.get(roomId)!)).toEqual(["from ann"]);
  });

  test("keeps nothing after a logout", async () => {
    const world = new World();
    const { browser } = await reloaded(world, async (room, ann) => {
      sent(room, "secret");
      await world.resolve(ann.client.logout());
    });
    expect([...browser.kept.values()].flat()).toEqual([]);
    await world.connected("ann", { browser });
    await world.advance(MINUTE);
    expect(sends(world)).toEqual([]);
  });

  test("after which somebody else logs in does not send what a slow store brings late", async () => {
    const world = new World();
    const browser = world.browser();
    const first = await world.connected("ann", { browser });
    const group = await world.resolve(first.client.rooms.group("All", ["ben"]));
    await world.settle();
    first.unplug(true);
    sent(group, "from ann");
    await world.settle();
    first.end();
    const store: Store = {
      get: (key) => {
        const kept = structuredClone(browser.kept.get(key));
        return new Promise((resolve) => {
          world.clock.setTimeout(() => resolve(kept), 3 * SECOND);
        });
      },
      update: async () => undefined,
      delete: async () => undefined,
    };
    let person = "ann";
    const token = () => world.server.tokens.issue(world.claims(person));
    const { client } = await world.connected("ann", { options: { token }, environment: { store } });
    await world.resolve(client.logout());
    person = "ben";
    await world.resolve(client.connect());
    await world.advance(MINUTE);
    expect(client.me?.userId).toBe("ben");
    expect(stored(world, group)).toEqual([]);
    expect(client.rooms.get(group.roomId)?.entries).toEqual([]);
  });

  test("forgets what waits for a room that one was removed from meanwhile", async () => {
    const world = new World();
    const browser = world.browser();
    const { ann, ben, room } = await pair(world, browser);
    const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
    await world.settle();
    ann.unplug(true);
    for (let n = 1; n <= 50; n += 1) {
      sent(ann.client.rooms.get(group.roomId)!, `message ${n}`);
    }
    await world.settle();
    ann.end();
    await world.resolve(group.remove("ann"));
    const again = await world.connected("ann", { browser });
    await world.settle();
    expect([...browser.kept.values()].flat()).toEqual([]);
    await world.resolve(again.client.rooms.get(room.roomId)!.send("hello"));
    expect(stored(world, room)).toEqual(["hello"]);
  });

  test("shows once what was stored before it, though the room is opened at once", async () => {
    const world = new World();
    const browser = world.browser();
    const { ann, room } = await pair(world, browser);
    world.server.faults.nextCommands("message.send", "unanswered", 3 * SECOND);
    sent(room, "hello");
    await world.advance(SECOND);
    ann.end();
    const { client } = world.tab("ann", { browser });
    const shown: string[][] = [];
    client.on("ready", () => void client.rooms.get(room.roomId)?.open());
    client.on("change", () => shown.push(client.rooms.all.flatMap(lines)));
    await world.resolve(client.connect());
    await world.advance(10 * SECOND);
    expect(shown.at(-1)).toEqual([expect.stringMatching(/^hello (sent|delivered)$/)]);
    expect(shown.filter((each) => each.length > 1)).toEqual([]);
  });

  test("does not bring back what was given up", async () => {
    const world = new World();
    const { browser } = await reloaded(world, async (room) => {
      sent(room, "one");
      sent(room, "two");
      await world.settle();
      room.discard(room.entries[0]!.key);
    });
    await world.connected("ann", { browser });
    await world.advance(SECOND);
    expect(sends(world)).toEqual(["two"]);
  });

  test("works without a store, and with one that fails", async () => {
    const broken = () => Promise.reject(new Error("The disk is full."));
    const stores = [null, { get: broken, update: broken, delete: broken }];
    for (const store of stores) {
      const world = new World({ store });
      const { ann, room } = await pair(world);
      ann.unplug(true);
      const sending = room.send("hello");
      await world.advance(MINUTE);
      ann.plug();
      await world.resolve(sending);
      expect(stored(world, room)).toEqual(["hello"]);
      await world.resolve(ann.client.logout().catch(() => undefined));
    }
  });
});

test("a room that one is removed from takes along what waits for it", async () => {
  const world = new World();
  const { ann, ben } = await pair(world);
  const group = await world.resolve(ben.client.rooms.group("Lunch", ["ann"]));
  await world.settle();
  ann.unplug(true);
  const told = vi.fn();
  ann.client.rooms.get(group.roomId)!.send("too late").catch(told);
  await world.resolve(group.remove("ann"));
  ann.plug();
  await world.advance(5 * SECOND);
  expect(ann.client.rooms.get(group.roomId)).toBeUndefined();
  expect(told).toHaveBeenCalledOnce();
  expect(stored(world, group)).not.toContain("too late");
});
