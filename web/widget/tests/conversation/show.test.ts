import { describe, expect, it, vi } from "vitest";
import { excerptOf, isFewEmoji } from "../../src/conversation/body.js";
import { findEmoji, loadEmoji } from "../../src/conversation/emojiData.js";
import { subtitle } from "../../src/conversation/header.js";
import { findMessage } from "../../src/conversation/logHistory.js";
import { Notices } from "../../src/conversation/notices.js";
import { count, ENGLISH, fill } from "../../src/conversation/strings.js";
import { tickOf } from "../../src/conversation/ticks.js";
import { entryOf, FakeClient, FakeRoom, ME } from "../support/fakeRoom.js";

const strings = ENGLISH;

describe("ticks", () => {
  const message = new FakeRoom(new FakeClient()).receive("hi", ME.userId);

  it.each([
    ["pending", "clock", "Sending"],
    ["sent", "one", "Sent"],
    ["delivered", "two", "Delivered"],
    ["read", "two", "Read"],
    ["failed", "warning", "Not sent"],
  ] as const)("of what is %s", (status, sign, text) => {
    expect(tickOf(entryOf(message, status), strings)).toEqual({ sign, text });
  });

  it("are only on one's own messages that are still there", () => {
    const other = { ...message, senderId: "ana" };
    const gone = { ...message, deletedAt: message.createdAt };
    const system = { ...message, type: "system" as const };
    for (const each of [other, gone, system])
      expect(tickOf(entryOf(each, "read"), strings)).toBeNull();
  });
});

describe("texts", () => {
  it("have values put in once", () => {
    expect(fill("{name}: {text}", { name: "{text}", text: "$&" })).toBe("{text}: $&");
    expect(fill("{unknown}", {})).toBe("{unknown}");
    expect(count(strings.newMessageCount, 1, "en")).toBe("1 new message");
    expect(count({ one: "{count} um", two: "{count} deux", other: "{count} n" }, 2, "ar")).toBe(
      "2 deux",
    );
  });

  it("of a message are on one line and without marks in a quote", () => {
    const message = new FakeRoom(new FakeClient()).receive("a **b**\n\nc");
    expect(excerptOf(message, strings, "en")).toBe("a b c");
    expect(excerptOf({ ...message, deletedAt: "x", body: null }, strings, "en")).toBe(
      "Message deleted",
    );
    expect(excerptOf({ ...message, body: "", attachments: ["a"] }, strings, "en")).toBe(
      "1 attachment",
    );
  });

  it.each([
    ["🎉", true],
    ["👍🏽❤️👩‍👩‍👧‍👦", true],
    ["🇪🇸", true],
    ["🎉🎉🎉🎉", false],
    ["1", false],
    ["hi 🎉", false],
    ["", false],
  ])("%j are few emoji: %s", (body, isFew) => {
    expect(isFewEmoji(body)).toBe(isFew);
  });
});

describe("the subtitle", () => {
  const base = { strings, locale: "en", showBack: false, back: () => {}, details: () => {} };

  it("says who is here, or that it is not known", () => {
    const client = new FakeClient();
    const room = new FakeRoom(client);
    expect(subtitle({ ...base, client, room })).toBe("Online");
    client.addPerson("ana", "Ana", "offline");
    room.counterpart = client.people.get("ana") ?? null;
    expect(subtitle({ ...base, client, room })).toBe("Last seen 5 minutes ago");
    client.state = "reconnecting";
    expect(subtitle({ ...base, client, room })).toBe("Connecting…");
    client.state = "offline";
    expect(subtitle({ ...base, client, room })).toBe("Not connected");
  });

  it("counts members, and those who are here", () => {
    const client = new FakeClient();
    const room = new FakeRoom(client, { type: "group" });
    expect(subtitle({ ...base, client, room })).toBe("4 members, 1 online");
  });
});

describe("notices", () => {
  it("count down, and go away", () => {
    vi.useFakeTimers();
    const notices = new Notices(() => {});
    notices.say("place", "Too many.", 3);
    expect(notices.textOf("place", strings)).toBe("Too many. Try again in 3 s.");
    vi.advanceTimersByTime(3_000);
    expect(notices.textOf("place", strings)).toBe("Too many.");
    vi.advanceTimersByTime(10_000);
    expect(notices.textOf("place", strings)).toBeUndefined();
    expect(notices.textOf("elsewhere", strings)).toBeUndefined();
    vi.useRealTimers();
  });
});

describe("an original that is not loaded", () => {
  it("is read back to", async () => {
    const room = new FakeRoom(new FakeClient(), { count: 300 });
    await room.open();
    expect(await findMessage(room, "m20")).toBe(19);
    expect(await findMessage(room, "nowhere")).toBe(-1);
  });
});

describe("emoji", () => {
  it("are found by the beginnings of words, in the reader's language", async () => {
    const groups = await loadEmoji("en-GB");
    expect(groups.map(({ id }) => id)).toHaveLength(9);
    expect(findEmoji(groups, "red hea").map(({ emoji }) => emoji)).toContain("❤️");
    expect(findEmoji(groups, "xyzzy")).toEqual([]);
    const german = await loadEmoji("de");
    expect(findEmoji(german, "herz").length).toBeGreaterThan(10);
  });
});
