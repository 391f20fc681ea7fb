/** What keys mean: in the field where one writes, and in the list of messages. Pure. */

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly keyCode: number;
}

export type ComposerAction =
  | "send"
  | "cancel"
  | "editLast"
  | "bold"
  | "italic"
  | "nextSuggestion"
  | "previousSuggestion"
  | "takeSuggestion"
  | "closeSuggestions";

export interface ComposerState {
  readonly isEmpty: boolean;
  readonly hasSuggestions: boolean;
  /** A reply or an edit is under way. */
  readonly hasBanner: boolean;
}

/** Null leaves the key to the browser. */
export function composerAction(press: KeyPress, state: ComposerState): ComposerAction | null {
  if (isComposition(press) || press.altKey) return null;
  if (state.hasSuggestions) {
    const suggestion = suggestionAction(press);
    if (suggestion !== null) return suggestion;
  }
  if (press.ctrlKey || press.metaKey) return wrapAction(press);
  if (press.shiftKey) return null;
  if (press.key === "Enter") return "send";
  if (press.key === "Escape" && state.hasBanner) return "cancel";
  if (press.key === "ArrowUp" && state.isEmpty && !state.hasBanner) return "editLast";
  return null;
}

/** While an input method composes, Enter and arrows are its own. 229 is Safari's way to say so. */
function isComposition(press: KeyPress): boolean {
  return press.isComposing || press.keyCode === 229;
}

function suggestionAction({ key, shiftKey }: KeyPress): ComposerAction | null {
  if (shiftKey) return null;
  if (key === "ArrowDown") return "nextSuggestion";
  if (key === "ArrowUp") return "previousSuggestion";
  if (key === "Enter" || key === "Tab") return "takeSuggestion";
  return key === "Escape" ? "closeSuggestions" : null;
}

function wrapAction({ key, shiftKey }: KeyPress): ComposerAction | null {
  if (shiftKey) return null;
  if (key.toLowerCase() === "b") return "bold";
  return key.toLowerCase() === "i" ? "italic" : null;
}

export interface Selection {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Put marks around what is selected, or take them away; spaces at its ends stay outside. */
export function toggleMark({ text, start, end }: Selection, mark: string): Selection {
  const selected = text.slice(start, end);
  const inner = selected.trim();
  const from = start + (inner === "" ? 0 : selected.indexOf(inner));
  const to = from + inner.length;
  const isMarked = endsInMark(text.slice(0, from), mark) && startsWithMark(text.slice(to), mark);
  if (isMarked && inner !== "") {
    const bare = text.slice(0, from - mark.length) + inner + text.slice(to + mark.length);
    return { text: bare, start: from - mark.length, end: to - mark.length };
  }
  const marked = text.slice(0, from) + mark + inner + mark + text.slice(to);
  return { text: marked, start: from + mark.length, end: to + mark.length };
}

/** The one star of italics is not one of the two of bold. */
function endsInMark(text: string, mark: string): boolean {
  return text.endsWith(mark) && (mark.length > 1 || !text.endsWith("**") || text.endsWith("***"));
}

function startsWithMark(text: string, mark: string): boolean {
  return (
    text.startsWith(mark) && (mark.length > 1 || !text.startsWith("**") || text.startsWith("***"))
  );
}

const PAGE = 10;

/** Where the active message goes; null leaves the key alone. Nothing is active at first. */
export function moveInLog(key: string, active: number | null, length: number): number | null {
  if (length === 0) return null;
  const last = length - 1;
  const from = active ?? length;
  const to = {
    ArrowUp: from - 1,
    ArrowDown: active === null ? last : from + 1,
    PageUp: from - PAGE,
    PageDown: active === null ? last : from + PAGE,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? null : Math.max(0, Math.min(last, to));
}
