import { expect, test } from "vitest";

test("a server can import the package, and even make the element", async () => {
  expect(typeof window).toBe("undefined");
  const { ParleyChat } = await import("../../src/index.js");
  const chat = new ParleyChat();
  chat.openPanel();
  expect(chat.open).toBe(true);
});
