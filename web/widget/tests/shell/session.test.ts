import type { ReactiveController } from "lit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { fetchToken, Session, type SessionSource } from "../../src/shell/session.js";
import { FakeClient } from "../support/fakeClient.js";

class FakeHost extends EventTarget implements SessionSource {
  client: SessionSource["client"] = null;
  url = null;
  api = null;
  tokenUrl = null;
  token = null;
  cookies = false;
  scope = "tenant" as const;
  isConnected = true;
  updateComplete = Promise.resolve(true);
  controllers: ReactiveController[] = [];

  addController(controller: ReactiveController): void {
    this.controllers.push(controller);
  }

  removeController(): void {}
  requestUpdate(): void {}

  update(): void {
    for (const controller of this.controllers) controller.hostUpdate?.();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the session of an element", () => {
  let host: FakeHost;
  let heard: string[];
  let session: Session;

  beforeEach(() => {
    host = new FakeHost();
    heard = [];
    const note = (name: string) => () => void heard.push(name);
    session = new Session(host, {
      changed: note("changed"),
      ready: note("ready"),
      unread: note("unread"),
      message: note("message"),
      unauthorized: note("unauthorized"),
    });
  });

  test("is none while nothing says where to connect", () => {
    host.update();
    expect(session.client).toBeNull();
  });

  test("connects a client that it is given, and hears of it", async () => {
    const client = new FakeClient();
    client.me = null;
    client.state = "connecting";
    host.client = client.asClient;
    host.update();
    const ready = session.whenReady();
    client.emit("ready", { me: { ...new FakeClient().me! } });
    client.emit("unread", { total: 3 });
    expect(await ready).toBe(client);
    expect(client.connects).toBe(1);
    expect(heard).toEqual(["ready", "unread"]);
  });

  test("says that a client is ready that was so before", async () => {
    const client = new FakeClient();
    client.connect = async () => {};
    host.client = client.asClient;
    host.update();
    await settled();
    expect(heard).toContain("ready");
  });

  test("changes to another client, and hears no more of the first", () => {
    const [first, second] = [new FakeClient(), new FakeClient()];
    host.client = first.asClient;
    host.update();
    host.client = second.asClient;
    host.update();
    heard.length = 0;
    first.emit("unread", { total: 1 });
    expect(heard).toEqual([]);
    expect(session.client).toBe(second);
    expect(first.state).toBe("connected");
  });

  test("outlives a move within the page, and ends when the element is gone", async () => {
    const client = new FakeClient();
    host.client = client.asClient;
    host.update();
    for (const controller of host.controllers) controller.hostDisconnected?.();
    await settled();
    heard.length = 0;
    client.emit("unread", { total: 1 });
    expect(heard).toEqual(["unread"]);
    host.isConnected = false;
    for (const controller of host.controllers) controller.hostDisconnected?.();
    await settled();
    client.emit("unread", { total: 2 });
    expect(heard).toEqual(["unread"]);
    // Somebody else's client stays as it is.
    expect(client.state).toBe("connected");
  });
});

describe("a token by address", () => {
  afterEach(() => vi.unstubAllGlobals());

  function serve(...answers: { status: number; body?: unknown }[]): string[] {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string, options: { method?: string }) => {
      asked.push(`${options.method ?? "GET"} ${url}`);
      const { status, body } = answers.shift() ?? { status: 500 };
      return { ok: status === 200, status, json: async () => body };
    });
    return asked;
  }

  test("is asked for by POST", async () => {
    const asked = serve({ status: 200, body: { token: "t" } });
    expect(await fetchToken("/token")).toBe("t");
    expect(asked).toEqual(["POST /token"]);
  });

  test.each([404, 405, 501])("is asked for by GET where POST is answered %i", async (status) => {
    const asked = serve({ status }, { status: 200, body: { token: "t" } });
    expect(await fetchToken("/token")).toBe("t");
    expect(asked).toEqual(["POST /token", "GET /token"]);
  });

  test("is empty where nobody is logged in", async () => {
    serve({ status: 401 }, { status: 403 }, { status: 200, body: { token: null } });
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await fetchToken("/token")).toBe("");
  });

  test("that fails otherwise is an error, which is tried again", async () => {
    serve({ status: 502 });
    await expect(fetchToken("/token")).rejects.toThrow("502");
  });
});
