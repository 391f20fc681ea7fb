import { describe, expect, it } from "vitest";
import {
  type ComposerState,
  composerAction,
  type KeyPress,
  moveInLog,
  toggleMark,
} from "../../src/conversation/keys.js";
import { lengthOf } from "../../src/conversation/writing.js";

const plain = { isEmpty: false, hasSuggestions: false, hasBanner: false };

function press(key: string, changes: Partial<KeyPress> = {}): KeyPress {
  const none = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
  return { key, ...none, isComposing: false, keyCode: 0, ...changes };
}

describe("keys in the composer", () => {
  it.each<[string, Partial<KeyPress>, Partial<ComposerState>, string | null]>([
    ["Enter", {}, {}, "send"],
    ["Enter", { shiftKey: true }, {}, null],
    ["Enter", { isComposing: true }, {}, null],
    ["Enter", { keyCode: 229 }, {}, null],
    ["Enter", {}, { hasSuggestions: true }, "takeSuggestion"],
    ["Tab", {}, { hasSuggestions: true }, "takeSuggestion"],
    ["Tab", {}, {}, null],
    ["ArrowDown", {}, { hasSuggestions: true }, "nextSuggestion"],
    ["ArrowUp", {}, { hasSuggestions: true, isEmpty: true }, "previousSuggestion"],
    ["Escape", {}, { hasSuggestions: true, hasBanner: true }, "closeSuggestions"],
    ["Escape", {}, { hasBanner: true }, "cancel"],
    ["Escape", {}, {}, null],
    ["ArrowUp", {}, { isEmpty: true }, "editLast"],
    ["ArrowUp", {}, { isEmpty: true, hasBanner: true }, null],
    ["ArrowUp", {}, {}, null],
    ["b", { ctrlKey: true }, {}, "bold"],
    ["I", { metaKey: true }, {}, "italic"],
    ["b", { ctrlKey: true, altKey: true }, {}, null],
    ["b", { ctrlKey: true, shiftKey: true }, {}, null],
    ["c", { ctrlKey: true }, {}, null],
    ["a", {}, {}, null],
  ])("%s %j %j", (key, modifiers, state, action) => {
    expect(composerAction(press(key, modifiers), { ...plain, ...state })).toBe(action);
  });
});

describe("marks around the selection", () => {
  it.each([
    ["make this bold", 5, 9, "**", "make **this** bold", "this"],
    ["make **this** bold", 7, 11, "**", "make this bold", "this"],
    ["a word ", 1, 7, "*", "a *word* ", "word"],
    ["**bold**", 2, 6, "*", "***bold***", "bold"],
    ["***both***", 3, 7, "*", "**both**", "both"],
    ["", 0, 0, "**", "****", ""],
  ])("%j from %i to %i with %s", (text, start, end, mark, expected, selected) => {
    const done = toggleMark({ text, start, end }, mark);
    expect(done.text).toBe(expected);
    expect(done.text.slice(done.start, done.end)).toBe(selected);
  });
});

describe("the length of a message", () => {
  it("is counted as the server counts: characters of Unicode, trimmed", () => {
    expect(lengthOf("  a😀b\n")).toBe(3);
  });
});

describe("keys in the log", () => {
  it.each([
    ["ArrowUp", null, 9],
    ["ArrowDown", null, 9],
    ["ArrowUp", 9, 8],
    ["ArrowUp", 0, 0],
    ["ArrowDown", 9, 9],
    ["PageUp", 9, 0],
    ["PageDown", 2, 9],
    ["Home", 5, 0],
    ["End", 5, 9],
    ["a", 5, null],
  ])("%s from %s goes to %s", (key, active, to) => {
    expect(moveInLog(key, active, 10)).toBe(to);
  });

  it("go nowhere in an empty one", () => {
    expect(moveInLog("ArrowUp", null, 0)).toBeNull();
  });
});
