import { describe, expect, test } from "vitest";

import {
  applyOptions,
  type LoadedChat,
  LoaderQueue,
  type Options,
  optionsOf,
  type Page,
} from "../../src/shell/loaderQueue.js";

class FakePage implements Page {
  done: string[] = [];
  loads = 0;
  isBroken = false;
  idle: (() => void)[] = [];
  readonly listeners = new Map<string, (detail: unknown) => void>();

  apply(options: Options): void {
    this.done.push(`apply ${Object.keys(options)}`);
  }

  listen(name: string, heard: (detail: unknown) => void): void {
    this.listeners.set(name, heard);
  }

  async load(): Promise<LoadedChat> {
    this.loads += 1;
    if (this.isBroken) throw new Error("There is no such file.");
    const note = (what: string) => async () => void this.done.push(what);
    return {
      openPanel: note("open"),
      close: note("close"),
      toggle: note("toggle"),
      openRoom: async (roomId) => void this.done.push(`room ${roomId}`),
      openPerson: async (ref) => void this.done.push(`person ${ref}`),
      connect: note("connect"),
      logout: note("logout"),
    };
  }

  whenIdle(work: () => void): void {
    this.idle.push(work);
  }

  showFailure(): void {
    this.done.push("failure");
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the queue of the script tag", () => {
  test("holds what comes before init, and carries it out in order", async () => {
    const page = new FakePage();
    const queue = new LoaderQueue(page);
    queue.push(["open"], ["openPerson", "ben"], ["close"]);
    await settled();
    expect(page.done).toEqual([]);
    queue.push(["init", { url: "ws://x" }]);
    await settled();
    expect(page.done).toEqual(["apply url", "open", "person ben", "close"]);
  });

  test("loads once, whatever is asked", async () => {
    const page = new FakePage();
    const queue = new LoaderQueue(page);
    queue.push(["init", {}], ["toggle"], ["logout"], ["connect"], ["openRoom", "r1"]);
    for (const work of page.idle) work();
    await settled();
    expect(page.loads).toBe(1);
    expect(page.done).toEqual(["apply ", "toggle", "logout", "connect", "room r1"]);
  });

  test("loads when the page is idle, though nobody asks", async () => {
    const page = new FakePage();
    new LoaderQueue(page).push(["init", {}]);
    expect(page.loads).toBe(0);
    for (const work of page.idle) work();
    expect(page.loads).toBe(1);
  });

  test("listens without loading", () => {
    const page = new FakePage();
    const heard: unknown[] = [];
    const queue = new LoaderQueue(page);
    queue.push(["on", "unread", (detail: unknown) => heard.push(detail)], ["init", {}]);
    page.listeners.get("unread")?.({ total: 2 });
    expect(heard).toEqual([{ total: 2 }]);
    expect(page.loads).toBe(0);
  });

  test("changes options when it is told to begin again, and begins once", () => {
    const page = new FakePage();
    const queue = new LoaderQueue(page);
    queue.push(["init", { url: "ws://x" }], ["init", { theme: "dark" }]);
    expect(page.done).toEqual(["apply url", "apply theme"]);
    expect(page.idle).toHaveLength(1);
  });

  test("says that it could not be loaded, and tries again at the next command", async () => {
    const page = new FakePage();
    page.isBroken = true;
    const queue = new LoaderQueue(page);
    queue.push(["init", {}], ["open"]);
    await settled();
    page.isBroken = false;
    queue.push(["open"]);
    await settled();
    expect(page.done).toEqual(["apply ", "failure", "open"]);
  });

  test("does nothing upon commands that it does not know", async () => {
    const page = new FakePage();
    const queue = new LoaderQueue(page);
    queue.push(["init", {}], ["dance"], ["on", 3, null]);
    await settled();
    expect(page.done).toEqual(["apply "]);
  });
});

describe("options", () => {
  test("of a script are its data attributes, if they name an address", () => {
    expect(optionsOf({ theme: "dark" })).toBeNull();
    const dataset = { url: "ws://x", tokenUrl: "/t", cookies: "", muted: "false", other: "1" };
    expect(optionsOf(dataset)).toEqual({
      url: "ws://x",
      tokenUrl: "/t",
      cookies: true,
      muted: false,
    });
  });

  test("become attributes where they are text, and properties where they are not", () => {
    const attributes: Record<string, unknown> = {};
    const element = {
      setAttribute: (name: string, value: string) => {
        attributes[name] = value;
      },
      toggleAttribute: (name: string, value?: boolean) => {
        attributes[name] = value;
        return value === true;
      },
    };
    const token = async () => "t";
    applyOptions(element, { url: "ws://x", tokenUrl: "/t", inline: true, token });
    expect(attributes).toEqual({ url: "ws://x", "token-url": "/t", inline: true });
    expect(element).toMatchObject({ token });
  });
});
