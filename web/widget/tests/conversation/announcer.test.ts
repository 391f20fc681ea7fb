import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Announcer, announcementOf, Throttle } from "../../src/conversation/announcer.js";
import { ENGLISH } from "../../src/conversation/strings.js";
import { TypingLine, typingText } from "../../src/conversation/typingLine.js";

const words = () => ({ strings: ENGLISH, locale: "en" });

describe("the announcer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("says one message with its sender", () => {
    const said: string[] = [];
    new Announcer((text) => said.push(text), words).add({ name: "Ana", text: "hi {name}" });
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(said).toEqual(["Ana: hi {name}"]);
  });

  it("says many as a number", () => {
    const said: string[] = [];
    const announcer = new Announcer((text) => said.push(text), words);
    for (let at = 0; at < 4; at += 1) announcer.add({ name: "Ana", text: `${at}` });
    vi.advanceTimersByTime(1_000);
    announcer.add({ name: "Ben", text: "later" });
    vi.advanceTimersByTime(1_000);
    expect(said).toEqual(["4 new messages", "Ben: later"]);
  });

  it("forgets what waits when another room is shown", () => {
    const said: string[] = [];
    const announcer = new Announcer((text) => said.push(text), words);
    announcer.add({ name: "Ana", text: "hi" });
    announcer.clear();
    vi.advanceTimersByTime(5_000);
    expect(said).toEqual([]);
  });

  it("does not read a long message to its end", () => {
    const text = announcementOf([{ name: "Ana", text: "x".repeat(5_000) }], ENGLISH, "en");
    expect(text.length).toBeLessThan(400);
  });
});

describe("typing", () => {
  it("names one or two, and no more", () => {
    const typists = ["Ana", "Ben", "Chi"].map((name) => ({ userId: name, name }));
    expect(typingText([], ENGLISH, "en")).toBe("");
    expect(typingText(typists.slice(0, 1), ENGLISH, "en")).toBe("Ana is typing…");
    expect(typingText(typists.slice(0, 2), ENGLISH, "en")).toBe("Ana and Ben are typing…");
    expect(typingText(typists, ENGLISH, "en")).toBe("Several people are typing…");
  });

  it("is told at most every ten seconds", () => {
    const throttle = new Throttle(10_000);
    expect([0, 1, 9_999, 10_000, 10_001].map((now) => throttle.pass(now))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it("always has its line, so that nothing moves", () => {
    expect(new TypingLine().render([], ENGLISH, "en")).toBeDefined();
  });
});
