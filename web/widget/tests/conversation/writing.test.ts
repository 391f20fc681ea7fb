import { describe, expect, it } from "vitest";
import { draftKey, keepDraft, readDraft } from "../../src/conversation/drafts.js";
import { complete, mentionQuery, suggest } from "../../src/conversation/mentions.js";
import { mentionedIds, Writing } from "../../src/conversation/writing.js";
import { FakeClient, FakeRoom } from "../support/fakeRoom.js";

const PEOPLE = [
  { userId: "ana", name: "Ana López" },
  { userId: "ben", name: "Ben Okafor" },
  { userId: "lea", name: "Léa Anders" },
];
const MESSAGE = new FakeRoom(new FakeClient()).receive("before");

describe("mentions", () => {
  it.each([
    ["hi @an", 6, { start: 3, text: "an" }],
    ["@", 1, { start: 0, text: "" }],
    ["hi @ana lo", 10, { start: 3, text: "ana lo" }],
    ["a@b", 3, null],
    ["hi @ana", 2, null],
    ["@a\nb", 4, null],
    ["@ a", 3, null],
    [`@${"a".repeat(60)}`, 61, null],
  ])("are looked for in %j at %i", (text, caret, query) => {
    expect(mentionQuery(text, caret)).toEqual(query);
  });

  it("find people by the beginning of a name, without accents", () => {
    expect(suggest(PEOPLE, "an").map(({ userId }) => userId)).toEqual(["ana", "lea"]);
    expect(suggest(PEOPLE, "lopez").map(({ userId }) => userId)).toEqual(["ana"]);
    expect(suggest(PEOPLE, "x")).toEqual([]);
  });

  it("put the name in the place of what was written", () => {
    const done = complete("hi @an and", 6, { start: 3, text: "an" }, "Ana López");
    expect(done).toEqual({ text: "hi @Ana López and", caret: 14 });
  });

  it("are those whose names are still there, once", () => {
    const chosen = [...PEOPLE, ...PEOPLE];
    expect(mentionedIds("@Ben Okafor and @Ana", chosen)).toEqual(["ben"]);
  });
});

describe("what is being written", () => {
  it("goes on after an edit where it was", () => {
    const writing = new Writing();
    writing.text = "half a sen";
    writing.edit(MESSAGE);
    expect(writing.text).toBe("before");
    expect(writing.draft.text).toBe("half a sen");
    writing.cancel();
    expect(writing.text).toBe("half a sen");
  });

  it("is taken with what it replies to and whom it mentions", () => {
    const writing = new Writing();
    writing.reply(MESSAGE);
    writing.text = " @Ben Okafor hello ";
    for (const person of PEOPLE) writing.mention(person);
    const options = { replyTo: MESSAGE.messageId, mentions: ["ben"] };
    expect(writing.take()).toEqual({ body: "@Ben Okafor hello", options });
    expect(writing.take()).toEqual({ body: "", options: {} });
  });

  it("is added to by a text that was refused", () => {
    const writing = new Writing();
    writing.restore("refused");
    expect(writing.text).toBe("refused");
    writing.text = "next";
    writing.restore("refused");
    expect(writing.text).toBe("next\nrefused");
  });

  it("is limited by characters, not by units of UTF-16", () => {
    const writing = new Writing();
    writing.text = "😀".repeat(10);
    expect(writing.left(10)).toBe(0);
  });

  it("is kept by room and person for as long as the page lives", () => {
    const client = new FakeClient();
    const rooms = [new FakeRoom(client), new FakeRoom(client)] as const;
    keepDraft(client, draftKey(client, rooms[0]), { text: "draft", replyTo: null, chosen: [] });
    expect(readDraft(client, draftKey(client, rooms[0])).text).toBe("draft");
    expect(readDraft(client, draftKey(client, rooms[1])).text).toBe("");
    client.me = client.me && { ...client.me, userId: "somebody else" };
    expect(readDraft(client, draftKey(client, rooms[0])).text).toBe("");
  });
});
