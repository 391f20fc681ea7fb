import { describe, expect, test, vi } from "vitest";
import { Refusal } from "./fakeState.js";
import { HOUR, MINUTE, refused, SECOND, SETTINGS, URL, World } from "./world.js";

/** The pauses between attempts, without the few milliseconds that an attempt takes. */
function pauses(world: World): number[] {
  const { handshakes } = world.server;
  return handshakes.slice(1).map((at, index) => at - handshakes[index]!);
}

function expectPauses(world: World, expected: number[]): void {
  const actual = pauses(world).slice(0, expected.length);
  expect(actual).toHaveLength(expected.length);
  for (const [index, pause] of expected.entries()) {
    expect(actual[index]! - pause).toBeGreaterThanOrEqual(0);
    expect(actual[index]! - pause).toBeLessThan(60);
  }
}

describe.each(SETTINGS)("%s", (_setting, environment) => {
  describe("the first connection", () => {
    test("is offline and closed until it is asked for", async () => {
      const world = new World(environment);
      const { client } = world.tab("ann");
      await world.advance(MINUTE);
      expect([client.state, client.reason, client.connected]).toEqual(["offline", "closed", false]);
      expect(world.server.handshakes).toHaveLength(0);
      expect(client.me).toBeNull();
    });

    test("goes from connecting to connected, and is ready then", async () => {
      const world = new World(environment);
      const tab = world.tab("ann");
      const ready = vi.fn();
      tab.client.on("ready", ready);
      await world.resolve(tab.client.connect());
      expect(tab.heard.states).toEqual(["connecting", "connected"]);
      expect(tab.client.connected).toBe(true);
      expect(tab.client.me).toMatchObject({ userId: "ann", tenantId: "acme", scope: "tenant" });
      expect(ready).toHaveBeenCalledExactlyOnceWith({ me: tab.client.me });
    });

    test("is one, however often it is asked for", async () => {
      const world = new World(environment);
      const { client } = world.tab("ann");
      await world.resolve(Promise.all([client.connect(), client.connect()]));
      await world.resolve(client.connect());
      expect(world.server.connections).toHaveLength(1);
    });

    test("takes a ticket with the token, and shows the token to nobody else", async () => {
      const world = new World(environment);
      const tab = await world.connected("ann");
      const [asked] = tab.rest.asked;
      expect([asked?.method, asked?.path]).toEqual(["POST", "/ticket"]);
      expect(asked?.options.headers).toMatchObject({
        Authorization: expect.stringMatching(/^Bearer jwt\./),
      });
      const { socket } = tab.connection;
      expect(socket.url).toBe(`${URL}?ticket=ticket-1`);
      expect(socket.protocols).toEqual([]);
    });

    test("takes a new ticket and asks for the token at every attempt", async () => {
      const world = new World(environment);
      const token = vi.fn(() => world.server.tokens.issue(world.claims("ann")));
      const tab = world.tab("ann", { options: { token } });
      world.server.faults.nextHandshakes("refused", "refused");
      await world.resolve(tab.client.connect());
      expect(world.server.tokens.ticketsIssued).toBe(3);
      expect(token.mock.calls).toEqual(Array(3).fill([{ refresh: false }]));
    });

    test("sends the token as a subprotocol where there is no REST API", async () => {
      const world = new World(environment);
      const token = world.server.tokens.issue(world.claims("ann"));
      const client = world.tab("ann", { options: { token, api: "" } });
      await world.resolve(client.client.connect());
      expect(client.connection.socket.url).toBe(URL);
      expect(client.connection.socket.protocols).toEqual(["parley.v1", `bearer.${token}`]);
    });

    test("sends cookies along where there is no token", async () => {
      const world = new World(environment);
      const { client, rest } = world.cookieTab("ann");
      await world.resolve(client.connect());
      expect(rest.asked[0]?.options).toMatchObject({ credentials: "include", headers: {} });
      expect(client.me?.userId).toBe("ann");
    });

    test("asks for manage scope in both places", async () => {
      const world = new World(environment);
      const options = { scope: "manage" } as const;
      const tab = await world.connected("root", { role: "super_admin", options });
      expect(tab.client.me).toMatchObject({ userId: "@manage/root", scope: "manage" });
      expect(tab.connection.socket.url).toContain("scope=manage");
    });

    test("keeps nothing open when it is given up halfway", async () => {
      const world = new World(environment);
      for (const ms of [0, 3, 8, 11, 14, 17, 20, 22, 24, 27, 29]) {
        const { client, clock } = world.tab("ann");
        const connecting = refused(client.connect());
        await world.advance(ms);
        client.disconnect();
        expect((await world.resolve(connecting)).code).toBe("CONNECTION_LOST");
        await world.advance(MINUTE);
        expect([ms, world.server.open().length, clock.waiting]).toEqual([ms, 0, 0]);
      }
    });
  });

  // covers: B-82, C-72
  describe("attempts that fail", () => {
    test("wait 1 s, then 1.5 times as long each time, up to 30 s", async () => {
      const world = new World(environment);
      world.random = () => 1;
      world.server.faults.onHandshake = () => "refused";
      const tab = world.tab("ann");
      void tab.client.connect();
      await world.advance(5 * MINUTE);
      const grown = Array.from({ length: 9 }, (_, index) => 1_000 * 1.5 ** index);
      expectPauses(world, [...grown, 30_000, 30_000, 30_000]);
      expect(tab.heard.states).toEqual(["connecting"]);
    });

    test("wait any time from nothing to that", async () => {
      const world = new World(environment);
      let random = 0;
      world.random = () => random;
      world.server.faults.onHandshake = () => {
        random = 0.25;
        return "refused";
      };
      void world.tab("ann").client.connect();
      await world.advance(2 * SECOND);
      expectPauses(world, [250, 375]);
    });

    test("wait longer and longer until a sync succeeds, not only a handshake", async () => {
      const world = new World(environment);
      world.random = () => 1;
      const fail = new Refusal("INTERNAL_ERROR");
      world.server.faults.nextCommands("sync.start", fail, fail, fail);
      const tab = world.tab("ann");
      await world.resolve(tab.client.connect());
      expectPauses(world, [1_000, 1_500, 2_250]);
      expect(world.server.open("ann")).toHaveLength(1);

      world.server.handshakes.length = 0;
      world.server.cut();
      await world.until(() => !tab.client.connected);
      const lostAt = world.clock.now();
      await world.until(() => tab.client.connected);
      expect(world.clock.now() - lostAt).toBeLessThan(1_100);
      expect(tab.heard.states).toEqual(["connecting", "connected", "reconnecting", "connected"]);
    });

    test("go on after 429, 5xx, no answer and no route", async () => {
      const world = new World(environment);
      const { faults } = world.server;
      faults.nextRest("/ticket", 429, 500, 502, 503, "unreachable", "silence");
      faults.nextHandshakes("silence", "refused");
      const tab = world.tab("ann");
      await world.resolve(tab.client.connect());
      expect(tab.client.state).toBe("connected");
      expect(tab.heard.unauthorized).toEqual([]);
    });

    test("give up a handshake that is never answered", async () => {
      const world = new World(environment);
      world.server.faults.nextHandshakes("silence");
      const tab = world.tab("ann");
      await world.resolve(tab.client.connect(), 20 * SECOND);
      expect(world.server.handshakes).toHaveLength(2);
    });

    test("go on when a sync is never answered", async () => {
      const world = new World(environment);
      world.server.faults.nextCommands("sync.start", "lost");
      const tab = world.tab("ann");
      await world.resolve(tab.client.connect(), 30 * SECOND);
      expect(tab.client.connected).toBe(true);
      expect(world.server.open("ann")).toHaveLength(1);
    });

    test("go on when the host page fails to give a token", async () => {
      const world = new World(environment);
      let asked = 0;
      const token = async () => {
        asked += 1;
        if (asked < 3) {
          throw new TypeError("Failed to fetch");
        }
        return world.server.tokens.issue(world.claims("ann"));
      };
      const tab = world.tab("ann", { options: { token } });
      await world.resolve(tab.client.connect());
      expect(asked).toBe(3);
      expect(tab.heard.unauthorized).toEqual([]);
    });
  });

  describe("a bad token", () => {
    test("is asked for anew once, and the new one is used", async () => {
      const world = new World(environment);
      const good = world.server.tokens.issue(world.claims("ann"));
      const token = vi.fn(({ refresh }: { refresh: boolean }) => (refresh ? good : "bad"));
      const tab = world.tab("ann", { options: { token } });
      await world.resolve(tab.client.connect());
      expect(token.mock.calls).toEqual([[{ refresh: false }], [{ refresh: true }]]);
      expect(tab.heard.unauthorized).toEqual([]);
      expect(tab.heard.states).toEqual(["connecting", "connected"]);
    });

    test("ends offline, told once, when the new one is no better", async () => {
      const world = new World(environment);
      const token = vi.fn(() => "bad");
      const tab = world.tab("ann", { options: { token } });
      const error = await world.refusal(tab.client.connect());
      expect(error.code).toBe("UNAUTHORIZED");
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "unauthorized"]);
      await world.advance(HOUR);
      tab.attention.show(false);
      tab.attention.show(true);
      tab.network.set(true);
      await world.advance(HOUR);
      expect(token).toHaveBeenCalledTimes(2);
      expect(tab.heard.unauthorized).toHaveLength(1);
      expect(tab.heard.states).toEqual(["connecting", "offline: unauthorized"]);
      expect(tab.clock.waiting).toBe(0);
    });

    test("does not keep from trying again when the host page says so", async () => {
      const world = new World(environment);
      let token = "bad";
      const tab = world.tab("ann", { options: { token: () => token } });
      await world.refusal(tab.client.connect());
      token = world.server.tokens.issue(world.claims("ann"));
      await world.resolve(tab.client.connect());
      expect(tab.client.connected).toBe(true);
    });

    test("that is no function ends offline at once", async () => {
      const world = new World(environment);
      const tab = world.tab("ann", { options: { token: "bad" } });
      expect((await world.refusal(tab.client.connect())).code).toBe("UNAUTHORIZED");
      expect(tab.rest.asked).toHaveLength(1);
    });

    test("and none at all are the same", async () => {
      const world = new World(environment);
      const tab = world.tab("ann", { options: { token: () => "" } });
      expect((await world.refusal(tab.client.connect())).code).toBe("UNAUTHORIZED");
      expect(tab.client.reason).toBe("unauthorized");
    });

    test("is noticed without a REST API, too", async () => {
      const world = new World(environment);
      const good = world.server.tokens.issue(world.claims("ann"));
      const token = vi.fn(({ refresh }: { refresh: boolean }) => (refresh ? good : "bad"));
      const tab = world.tab("ann", { options: { token, api: "" } });
      await world.resolve(tab.client.connect());
      expect(token.mock.calls).toEqual([[{ refresh: false }], [{ refresh: true }]]);
    });

    test("of the wrong kind ends offline as forbidden, without another attempt", async () => {
      const world = new World(environment);
      const options = { scope: "manage" } as const;
      const tab = world.tab("ann", { options });
      expect((await world.refusal(tab.client.connect())).code).toBe("FORBIDDEN");
      await world.advance(HOUR);
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "forbidden"]);
      expect(tab.rest.asked).toHaveLength(1);
    });
  });

  describe("goodbyes", () => {
    test("of a token that ended: a new one is asked for, and nothing is missed", async () => {
      const world = new World(environment);
      const token = vi.fn(() => world.server.tokens.issue(world.claims("ann"), 10 * 60));
      const tab = world.tab("ann", { options: { token } });
      await world.resolve(tab.client.connect());
      const ben = await world.connected("ben");
      const room = await world.resolve(ben.client.rooms.direct("ann"));
      await world.advance(10 * MINUTE + 2 * SECOND);
      // Events stopped with the token.
      await world.resolve(room.send("are you there?"));
      await world.advance(MINUTE);
      expect(tab.client.connected).toBe(true);
      expect(token.mock.calls).toEqual([[{ refresh: false }], [{ refresh: true }]]);
      expect(tab.heard.messages.map(({ message }) => message.body)).toEqual(["are you there?"]);
      expect(tab.heard.unauthorized).toEqual([]);
    });

    test("of a token that ended are not asked about in a loop", async () => {
      const world = new World(environment);
      const first = world.server.tokens.issue(world.claims("ann"), 10 * 60);
      const token = vi.fn((_ask: { refresh: boolean }) => first);
      const tab = world.tab("ann", { options: { token } });
      await world.resolve(tab.client.connect());
      await world.advance(HOUR);
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "unauthorized"]);
      expect(token.mock.calls.filter(([{ refresh }]) => refresh)).toHaveLength(1);
      expect(tab.heard.unauthorized).toHaveLength(1);
    });

    test.each([
      [4501, "revoked"],
      [4502, "replaced"],
    ] as const)("%i: stays offline, %s", async (code, reason) => {
      const world = new World(environment);
      const tab = await world.connected("ann");
      world.server.bye(tab.connection, code);
      await world.advance(HOUR);
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", reason]);
      expect(world.server.handshakes).toHaveLength(1);
      expect(tab.clock.waiting).toBe(0);
      await world.resolve(tab.client.connect());
      expect(tab.client.connected).toBe(true);
    });

    test("4002: reconnects", async () => {
      const world = new World(environment);
      const tab = await world.connected("ann");
      world.server.bye(tab.connection, 4002);
      await world.advance(2 * SECOND);
      expect(tab.heard.states).toEqual(["connecting", "connected", "reconnecting", "connected"]);
    });

    test("an eleventh device replaces the one heard longest ago", async () => {
      const world = new World(environment);
      const first = await world.connected("ann");
      await world.advance(40 * SECOND);
      for (let device = 2; device <= 11; device += 1) {
        await world.connected("ann");
      }
      await world.settle();
      expect(first.client.reason).toBe("replaced");
      expect(world.server.open("ann")).toHaveLength(10);
    });
  });

  describe("the network", () => {
    test("that is away lets it wait without attempts, and go on at once", async () => {
      const world = new World(environment);
      const tab = await world.connected("ann");
      tab.unplug(true);
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "network"]);
      await world.advance(HOUR);
      expect(world.server.handshakes).toHaveLength(1);
      tab.plug();
      await world.settle();
      expect(tab.client.connected).toBe(true);
      expect(tab.heard.states.slice(2)).toEqual(["offline: network", "reconnecting", "connected"]);
    });

    test("that is away at first lets `connect` wait for it", async () => {
      const world = new World(environment);
      const tab = world.tab("ann");
      tab.unplug(true);
      const connecting = tab.client.connect();
      await world.advance(MINUTE);
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "network"]);
      tab.plug();
      await world.resolve(connecting);
      expect(tab.client.connected).toBe(true);
    });

    test("that comes back, and somebody who looks, hurry the next attempt", async () => {
      const hurries = [
        (tab: ReturnType<World["tab"]>) => tab.network.set(true),
        (tab: ReturnType<World["tab"]>) => tab.attention.show(true),
      ];
      for (const hurry of hurries) {
        const world = new World(environment);
        world.random = () => 1;
        const tab = await world.connected("ann");
        world.server.faults.onHandshake = () => "refused";
        world.server.cut();
        await world.advance(2 * MINUTE);
        world.server.faults.stop();
        hurry(tab);
        await world.settle();
        expect(tab.client.connected).toBe(true);
      }
    });

    test("that goes silent is noticed by a heartbeat, and catches up", async () => {
      const world = new World(environment);
      const ann = await world.connected("ann");
      const ben = await world.connected("ben");
      const room = await world.resolve(ben.client.rooms.direct("ann"));
      await world.settle();
      ann.connection.silence();
      await world.resolve(room.send("hello?"));
      await world.advance(45 * SECOND);
      expect(ann.client.connected).toBe(true);
      expect(ann.heard.messages.map(({ message }) => message.body)).toEqual(["hello?"]);
    });

    test("that is lost while it sleeps is back soon after it wakes", async () => {
      const world = new World(environment);
      const ann = await world.connected("ann");
      const ben = await world.connected("ben");
      const room = await world.resolve(ben.client.rooms.direct("ann"));
      await world.settle();
      ann.clock.sleep();
      ann.connection.silence();
      await world.advance(HOUR);
      await world.resolve(room.send("good morning"));
      ann.clock.wake();
      ann.attention.show(true);
      await world.advance(13 * SECOND);
      expect(ann.client.connected).toBe(true);
      expect(ann.heard.messages.map(({ message }) => message.body)).toEqual(["good morning"]);
    });
  });

  describe("going", () => {
    test("offline leaves nothing behind, and coming back works", async () => {
      const world = new World(environment);
      const tab = await world.connected("ann");
      tab.client.disconnect();
      expect([tab.client.state, tab.client.reason]).toEqual(["offline", "closed"]);
      await world.advance(HOUR);
      expect(world.server.open("ann")).toHaveLength(0);
      expect(tab.clock.waiting).toBe(0);
      expect(tab.network.listeners + tab.attention.listeners).toBe(0);
      await world.resolve(tab.client.connect());
      expect(tab.client.connected).toBe(true);
    });

    test("offline makes nothing of a token that comes too late", async () => {
      const world = new World(environment);
      let person = "ann";
      let waitMs = 3 * SECOND;
      const token = () => {
        const issued = world.server.tokens.issue(world.claims(person));
        const ms = waitMs;
        waitMs = 0;
        return new Promise<string>((resolve) => {
          world.clock.setTimeout(() => resolve(issued), ms);
        });
      };
      const { client } = world.tab("ann", { options: { token } });
      client.connect().catch(() => undefined);
      await world.settle();
      await world.resolve(client.logout());
      person = "ben";
      await world.resolve(client.connect());
      await world.advance(10 * SECOND);
      expect(client.me?.userId).toBe("ben");
      expect(await world.resolve(client.rest("GET", "/me"))).toMatchObject({ userId: "ben" });
    });

    test("offline fails what waits for replies", async () => {
      const world = new World(environment);
      const tab = await world.connected("ann");
      const asking = refused(tab.client.request("room.list", {}));
      tab.client.disconnect();
      expect((await world.resolve(asking)).code).toBe("CONNECTION_LOST");
      const late = await world.refusal(tab.client.request("room.list", {}));
      expect(late.code).toBe("CONNECTION_LOST");
    });
  });

  test("what the REST API says is given, with its errors", async () => {
    const world = new World(environment);
    const tab = await world.connected("ann");
    const me = await world.resolve(tab.client.rest("GET", "/me"));
    expect(me).toMatchObject({ userId: "ann", readReceipts: true });
    const error = await world.refusal(tab.client.rest("GET", "/rooms/nowhere/messages"));
    expect([error.code, error.isRetryable]).toEqual(["NOT_FOUND", false]);
  });
});
