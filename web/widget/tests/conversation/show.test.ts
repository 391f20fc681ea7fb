import { describe, expect, it, vi } from "vitest";
import { isFewEmoji } from "../../src/conversation/body.js";
import { findEmoji, loadEmoji } from "../../src/conversation/emojiData.js";
import { excerptOf } from "../../src/conversation/excerpt.js";
import { withExtra } from "../../src/conversation/extraStrings.js";
import { findMessage } from "../../src/conversation/findMessage.js";
import { subtitle } from "../../src/conversation/header.js";
import { parseMarkdown, plainText } from "../../src/conversation/markdown.js";
import { needsExtras } from "../../src/conversation/message.js";
import { Notices } from "../../src/conversation/notices.js";
import { plainLine } from "../../src/conversation/plain.js";
import { count, ENGLISH, fill } from "../../src/conversation/strings.js";
import { tickOf } from "../../src/conversation/ticks.js";
import { entryOf, FakeClient, FakeRoom, ME } from "../support/fakeRoom.js";

const strings = withExtra(ENGLISH);

describe("ticks", () => {
  const message = new FakeRoom(new FakeClient()).receive("hi", ME.userId);

  it.each([
    ["pending", "Sending"],
    ["sent", "Sent"],
    ["delivered", "Delivered"],
    ["read", "Read"],
    ["failed", "Not sent"],
  ] as const)("of what is %s", (status, text) => {
    expect(tickOf(entryOf(message, status), strings)).toBe(text);
  });

  it("are only on one's own messages that are still there", () => {
    const other = { ...message, senderId: "ana" };
    const gone = { ...message, deletedAt: message.createdAt };
    const system = { ...message, type: "system" as const };
    for (const each of [other, gone, system])
      expect(tickOf(entryOf(each, "read"), strings)).toBeUndefined();
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
    expect(excerptOf(message, strings)).toBe("a b c");
    expect(excerptOf({ ...message, deletedAt: "x", body: null }, strings)).toBe("Message deleted");
    expect(excerptOf({ ...message, body: "a".repeat(500) }, strings)).toHaveLength(161);
  });

  it.each([
    "**bold** and *italic* and _that_ too",
    "***both*** **a *b* c**, `code` ```block```",
    "[text](https://a.example/b_c_d), [no](javascript:x)",
    "2 * 3 * 4, 2*3*4, snake_case_name and *",
    "https://a.example/a_b_c",
  ])("lose the marks of %j on one line as when they are read", (text) => {
    expect(plainLine(text)).toBe(plainText(parseMarkdown(text)));
  });

  it("lose marks fast, whatever they are", () => {
    const began = performance.now();
    for (const hostile of ["*a ", "**a", "_`*", "[", "[a](http:"]) plainLine(hostile.repeat(9_000));
    expect(performance.now() - began).toBeLessThan(100);
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

describe("what is not needed for plain messages", () => {
  const plain = new FakeRoom(new FakeClient()).receive("Hello, 2 of you: see #3 (and more)!");

  it("is not loaded for them", () => {
    expect(needsExtras(entryOf(plain, "sent"))).toBe(false);
    expect(needsExtras(entryOf({ ...plain, body: null, deletedAt: "x" }, "sent"))).toBe(false);
  });

  it.each([
    "**a**",
    "_a_",
    "`a`",
    "[a](b)",
    "@Ana",
    "HTTP://a.example",
    "mailto:a",
    "🎉",
    "🇪🇸",
    "❤️",
  ])("is loaded to show %s", (body) => {
    expect(needsExtras(entryOf({ ...plain, body }, "sent"))).toBe(true);
  });

  it("is loaded for what stands around a message", () => {
    expect(needsExtras(entryOf({ ...plain, replyTo: "m1" }, "sent"))).toBe(true);
    expect(needsExtras(entryOf({ ...plain, truncated: true }, "sent"))).toBe(true);
    expect(needsExtras(entryOf({ ...plain, attachments: ["a"] }, "sent"))).toBe(true);
    expect(needsExtras(entryOf({ ...plain, reactions: { "👍": ["ana"] } }, "sent"))).toBe(true);
    const own = { ...plain, senderId: ME.userId };
    expect(needsExtras(entryOf(own, "pending"))).toBe(false);
    expect(needsExtras(entryOf(own, "failed"))).toBe(true);
    expect(needsExtras({ ...entryOf(own, "pending"), retryAt: 1 })).toBe(true);
  });
});

describe("the subtitle", () => {
  const base = { strings, locale: "en" };

  it("says who is here, or that it is not known", () => {
    const client = new FakeClient();
    const room = new FakeRoom(client);
    expect(subtitle({ ...base, client }, room)).toBe("Online");
    client.addPerson("ana", "Ana", "offline");
    room.counterpart = client.people.get("ana") ?? null;
    expect(subtitle({ ...base, client }, room)).toBe("Last seen 5 minutes ago");
    client.state = "reconnecting";
    expect(subtitle({ ...base, client }, room)).toBe("Connecting…");
    client.state = "offline";
    expect(subtitle({ ...base, client }, room)).toBe("Not connected");
  });

  it("counts members, and those who are here", () => {
    const client = new FakeClient();
    const room = new FakeRoom(client, { type: "group" });
    expect(subtitle({ ...base, client }, room)).toBe("4 members, 1 online");
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
