import { describe, expect, test } from "vitest";

import { matches, searchSections } from "../../src/shell/searchSections.js";
import { composeSections, type Listed } from "../../src/shell/sections.js";
import { stepOf, stepped } from "../../src/shell/steps.js";
import { rowsOf, visibleRange } from "../../src/shell/window.js";
import { FakeClient, type FakeRoom, fakePerson } from "../support/fakeClient.js";

const listed = ({ rooms, people }: FakeClient): Listed<FakeRoom> => ({
  rooms: rooms.all,
  people: people.all,
});
const compose = (client: FakeClient, preview?: number) => composeSections(listed(client), preview);

const kinds = (sections: ReturnType<typeof compose>) => sections.map(({ kind }) => kind);
const keysOf = (sections: ReturnType<typeof compose>, kind: string) =>
  sections.find((section) => section.kind === kind)?.items.map(({ key }) => key);

describe("the list", () => {
  test("puts unread messages of people who are offline first, and only once", () => {
    const client = new FakeClient().populate(3);
    const away = client.rooms.all.find((room) => room.counterpart?.status === "offline");
    away!.unread = 2;
    const sections = compose(client);
    expect(kinds(sections)).toEqual(["unread", "chats", "online"]);
    expect(keysOf(sections, "unread")).toEqual([away!.roomId]);
    expect(keysOf(sections, "chats")).not.toContain(away!.roomId);
  });

  test("leaves unread messages of people who are here, and of groups, among the chats", () => {
    const client = new FakeClient().populate(3);
    client.rooms.all[0]!.unread = 1;
    client.put("group", null).unread = 5;
    expect(kinds(compose(client))).toEqual(["chats", "online"]);
  });

  test("takes somebody who is not known any more for offline", () => {
    const client = new FakeClient().populate(1);
    client.put("direct", null).unread = 1;
    expect(kinds(compose(client))).toEqual(["unread", "chats", "online"]);
  });

  test("keeps the order of rooms and people", () => {
    const client = new FakeClient().populate(6);
    const sections = compose(client);
    expect(keysOf(sections, "chats")).toEqual(client.rooms.all.map(({ roomId }) => roomId));
    const online = client.people.online.map(({ userId }) => `acme/${userId}`);
    expect(keysOf(sections, "online")).toEqual(online);
  });

  test("shows the newest chats where there are many, and says how many there are", () => {
    const sections = compose(new FakeClient().populate(20), 5);
    const chats = sections.find(({ kind }) => kind === "chats");
    expect(chats?.items).toHaveLength(5);
    expect(chats?.total).toBe(20);
  });

  test("does not hide one or two", () => {
    const sections = compose(new FakeClient().populate(7), 5);
    expect(keysOf(sections, "chats")).toHaveLength(7);
  });

  test("hides no chats when nobody is online below them", () => {
    const client = new FakeClient().populate(3, 20);
    const people = [fakePerson(1, "offline")];
    const sections = composeSections({ ...listed(client), people }, 5);
    expect(keysOf(sections, "chats")).toHaveLength(20);
  });

  test("finds rooms and people, known ones first and each once", () => {
    const client = new FakeClient().populate(9);
    const ada = client.people.all.find(({ name }) => name === "Ada Lee")!;
    const found = [ada, { ...fakePerson(3, "offline"), userId: "new", name: "Adam" }];
    const sections = searchSections(listed(client), " ada", found);
    expect(kinds(sections)).toEqual(["chats", "people"]);
    expect(keysOf(sections, "people")).toEqual(["acme/p0", "acme/new"]);
  });

  test("is empty when there is nobody", () => {
    expect(compose(new FakeClient())).toEqual([]);
  });

  test("composes thousands in no time", () => {
    const client = new FakeClient().populate(5000);
    const begun = performance.now();
    searchSections(listed(client), "an", []);
    compose(client);
    expect(performance.now() - begun).toBeLessThan(400);
  });
});

describe("matching", () => {
  test.each([
    ["Ada Lee", "lee ad", true],
    ["Ada Lee", "da", false],
    ["Jörg Weiß", "jorg", true],
    ["محمد علي", "علي", true],
    ["O’Brien", "brien", true],
    ["Ada Lee", "", true],
  ])("%s by %s: %s", (text, query, expected) => {
    expect(matches(text, query)).toBe(expected);
  });
});

describe("the rows that are drawn", () => {
  const place = { top: 100, rowHeight: 50, count: 1000 };

  test("are those near the screen", () => {
    const { from, to } = visibleRange({ scrollTop: 10_100, height: 500 }, place);
    expect(from).toBeGreaterThan(180);
    expect(from).toBeLessThanOrEqual(194);
    expect(to).toBeGreaterThanOrEqual(216);
    expect(to).toBeLessThan(230);
  });

  test("are none where the list is out of sight", () => {
    const { from, to } = visibleRange({ scrollTop: 90_000, height: 500 }, place);
    expect(to - from).toBe(0);
  });

  test("never go beyond the list", () => {
    expect(visibleRange({ scrollTop: 0, height: 500 }, { ...place, count: 3 })).toEqual({
      from: 0,
      to: 3,
    });
  });

  test("include the one with the focus", () => {
    expect(rowsOf({ from: 4, to: 6 }, 1)).toEqual([1, 4, 5]);
    expect(rowsOf({ from: 4, to: 6 }, 5)).toEqual([4, 5]);
    expect(rowsOf({ from: 4, to: 6 }, 9)).toEqual([4, 5, 9]);
    expect(rowsOf({ from: 4, to: 6 }, -1)).toEqual([4, 5]);
  });
});

describe("the row in the tab order", () => {
  const keys = ["a", "b", "c", "d"];

  test("is the first one, until somebody moves on, up to either end", () => {
    expect(stepped(keys, undefined, 0)).toBe("a");
    expect(stepped(keys, "a", 2)).toBe("c");
    expect(stepped(keys, "c", Number.POSITIVE_INFINITY)).toBe("d");
    expect(stepped(keys, "d", -2)).toBe("b");
    expect(stepped(keys, "b", Number.NEGATIVE_INFINITY)).toBe("a");
  });

  test("stays with its chat when the order changes, and goes to the first if that is gone", () => {
    expect(stepped(["x", ...keys], "b", 0)).toBe("b");
    expect(stepped(["c"], "b", 0)).toBe("c");
  });

  test("is none in an empty list", () => {
    expect(stepped([], undefined, 1)).toBeUndefined();
    expect(stepped([], "a", 1)).toBeUndefined();
  });

  test("leaves keys alone that browsers use themselves", () => {
    const key = (name: string, options = {}) => stepOf({ key: name, ...options } as KeyboardEvent);
    expect(key("ArrowDown")).toBe(1);
    expect(key("ArrowDown", { altKey: true })).toBeNull();
    expect(key("a")).toBeNull();
  });
});
