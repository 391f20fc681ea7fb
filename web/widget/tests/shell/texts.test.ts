import { describe, expect, test } from "vitest";

import { initialsOf, toneOf } from "../../src/avatar.js";
import { ENGLISH_EMOJI } from "../../src/conversation/emojiStrings.js";
import { withExtra } from "../../src/conversation/extraStrings.js";
import { count } from "../../src/conversation/strings.js";
import { formatAgo, formatBadge, formatDay, formatShort } from "../../src/format.js";
import { ENGLISH, loadStrings, type Strings, withOverrides } from "../../src/i18n.js";
import { withLater } from "../../src/shell/laterStrings.js";
import { directionOf, validLocale } from "../../src/shell/locale.js";
import { connectionNotice } from "../../src/shell/notice.js";
import { offlineNotice } from "../../src/shell/offline.js";
import { previewOf } from "../../src/shell/preview.js";
import { FakeClient, fakeMessage } from "../support/fakeClient.js";

describe("strings", () => {
  test("are chosen by language, and English where there is none", async () => {
    expect((await loadStrings("de-CH")).chats).toBe("Chats");
    expect((await loadStrings("ar-EG")).chat).toBe("الدردشة");
    expect(await loadStrings("xx")).toBe(ENGLISH);
  });

  test.each(["de", "ar"])("of %s are all there, with the same values put in", async (locale) => {
    const other = await loadStrings(locale);
    const conversation = { ...ENGLISH_EMOJI, ...withExtra(ENGLISH.conversation) };
    const english = withLater({ ...ENGLISH, conversation });
    expect(placeholders(other)).toEqual(placeholders(english));
  });

  test("have the plural forms of their language", async () => {
    const arabic = await loadStrings("ar");
    const forms = [0, 1, 2, 3, 11, 100].map((number) =>
      count(arabic.conversation.memberCount, number, "ar"),
    );
    expect(new Set(forms).size).toBe(6);
    expect(count(ENGLISH.conversation.memberCount, 1, "en")).toBe("1 member");
    expect(count(ENGLISH.conversation.memberCount, 2, "en")).toBe("2 members");
  });

  test("can be said otherwise by the host page, one by one", () => {
    const strings = withOverrides(ENGLISH, { chats: "Talks", conversation: { reply: "Answer" } });
    expect(strings.chats).toBe("Talks");
    expect(strings.conversation.reply).toBe("Answer");
    expect(strings.conversation.edit).toBe(ENGLISH.conversation.edit);
    expect(withOverrides(ENGLISH, null)).toBe(ENGLISH);
  });
});

/** For each string the names in braces, whatever the plural forms. */
function placeholders(strings: Strings): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const visit = (value: unknown, path: string) => {
    if (typeof value === "string") found[path] = [...new Set(value.match(/\{\w+\}/g))].sort();
    else if (isPlural(value)) visit(value.other, path);
    else if (value && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    }
  };
  visit(strings, "");
  return found;
}

function isPlural(value: unknown): value is { other: string } {
  return typeof value === "object" && value !== null && "other" in value;
}

describe("locales", () => {
  test("have a direction", () => {
    expect(directionOf("ar-EG")).toBe("rtl");
    expect(directionOf("de")).toBe("ltr");
  });

  test("that make no sense are English", () => {
    expect(validLocale("not a locale")).toBe("en");
    expect(validLocale(null)).toBe("en");
    expect(validLocale("DE-ch")).toBe("de-CH");
  });
});

describe("what is said about the connection", () => {
  const say = (
    ...args: [Parameters<typeof connectionNotice>[0], Parameters<typeof connectionNotice>[1]]
  ) => connectionNotice(...args, ENGLISH, offlineNotice);

  test("is nothing while connected", () => {
    expect(say("connected", null)).toBeNull();
  });

  test.each([
    ["network", "You are offline.", null],
    ["unauthorized", "Please sign in again.", "Try again"],
    ["replaced", "You are using this chat in too many other places.", "Use here"],
    ["revoked", "Your access has ended.", null],
    ["forbidden", "You may not use this chat.", null],
    ["closed", "Not connected.", "Connect"],
  ] as const)("offline by %s", (reason, text, action) => {
    expect(say("offline", reason)).toEqual({ text, action });
  });

  test("is that it goes on by itself while connecting", () => {
    expect(say("connecting", null)).toMatchObject({ text: "Connecting…", action: null });
    expect(say("reconnecting", null)).toMatchObject({ text: "Reconnecting…", action: null });
  });
});

describe("the line below a room's title", () => {
  const room = new FakeClient().populate(1).rooms.all[0]!;
  const preview = (
    values: Parameters<typeof fakeMessage>[1],
    type: "direct" | "group" = "direct",
  ) => previewOf({ type, typists: [], lastMessage: fakeMessage("r", values) }, "me", ENGLISH);

  test("is the last message, with a name where it may be anybody's", () => {
    expect(preview({})).toBe("Lunch at noon?");
    expect(preview({}, "group")).toBe("Ben Ortiz: Lunch at noon?");
    expect(preview({ senderId: "me" })).toBe("You: Lunch at noon?");
    expect(preview({ type: "system", body: "Ben left" }, "group")).toBe("Ben left");
  });

  test("is one short line, whatever was sent", () => {
    expect(preview({ body: "a\n\nb\tc" })).toBe("a b c");
    expect(preview({ body: "x".repeat(20_000) }).length).toBeLessThan(200);
  });

  test("says what has no words", () => {
    expect(preview({ body: null, deletedAt: "2026-11-30T12:00:00.000Z" })).toBe("Message deleted");
    expect(preview({ body: "", type: "image" })).toBe("Photo");
    expect(preview({ body: null, type: "document" })).toBe("Document");
    expect(
      previewOf({ ...room, type: "direct", lastMessage: null, typists: [] }, "me", ENGLISH),
    ).toBe("No messages yet");
  });

  test("is who types, while somebody does", () => {
    const typists = [{ userId: "p1", name: "Ben" }];
    const typed = { lastMessage: null, typists };
    expect(previewOf({ type: "direct", ...typed }, "me", ENGLISH)).toBe("Typing…");
    expect(previewOf({ type: "group", ...typed }, "me", ENGLISH)).toBe("Ben is typing…");
  });
});

describe("dates", () => {
  const now = new Date(2026, 10, 30, 12).getTime();
  const at = (...args: [number, number, number, number?]) => new Date(...args).toISOString();

  test("are named as people say them", () => {
    expect(formatDay(at(2026, 10, 30, 1), "en", now)).toBe("Today");
    expect(formatDay(at(2026, 10, 29, 23), "en", now)).toBe("Yesterday");
    expect(formatDay(at(2026, 10, 2), "en-GB", now)).toBe("Monday 2 November");
    expect(formatDay(at(2025, 10, 2), "en-GB", now)).toBe("2 November 2025");
  });

  test("are short in a list", () => {
    expect(formatShort(at(2026, 10, 30, 9), "en-GB", now)).toBe("09:00");
    expect(formatShort(at(2026, 10, 27), "en-GB", now)).toBe("Fri");
    expect(formatShort(at(2026, 9, 1), "en-GB", now)).toBe("01/10/2026");
  });

  test("are told as how long ago", () => {
    expect(formatAgo(at(2026, 10, 30, 11), "en", now)).toBe("1 hour ago");
    expect(formatAgo(at(2026, 10, 29, 9), "en", now)).toBe("yesterday");
    // A clock that is ahead of ours is no future.
    expect(formatAgo(at(2026, 10, 30, 13), "en", now)).toBe("this minute");
  });
});

describe("avatars and badges", () => {
  test.each([
    ["Ann Lee", "AL"],
    ["  ann  mary  lee ", "AL"],
    ["Ann", "A"],
    ["(Ann) [Lee]", "AL"],
    ["😀", "?"],
    ["", "?"],
    ["李 明", "李明"],
  ])("initials of %s are %s", (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  test("one name always has one colour", () => {
    expect(toneOf("Ann Lee")).toBe(toneOf("Ann Lee"));
    expect(toneOf("")).toBe(0);
  });

  test("badges stay narrow", () => {
    expect(formatBadge(7, "en")).toBe("7");
    expect(formatBadge(99, "en")).toBe("99");
    expect(formatBadge(100, "en")).toBe("99+");
  });
});
