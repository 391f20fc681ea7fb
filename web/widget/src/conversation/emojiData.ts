/** The emoji of Unicode by group, with words to find them by; loaded when they are first wanted. */

import type { EmojiStrings } from "./emojiStrings.js";

export interface Emoji {
  readonly emoji: string;
  readonly name: string;
  /** In small letters. */
  readonly words: string;
}

export interface EmojiGroup {
  readonly id: keyof EmojiStrings["emojiGroups"];
  readonly emoji: readonly Emoji[];
}

interface Source {
  readonly emoji: string;
  readonly annotation: string;
  readonly tags?: readonly string[];
  readonly group: number;
  readonly version: number;
}

/** By number in the data, in the order shown; what is missing are parts such as skin tones. */
const GROUPS: readonly (readonly [number, EmojiGroup["id"]])[] = [
  [0, "smileys"],
  [1, "people"],
  [3, "animals"],
  [4, "food"],
  [5, "travel"],
  [6, "activities"],
  [7, "objects"],
  [8, "symbols"],
  [9, "flags"],
];

/** Newer ones are boxes on many devices. */
const NEWEST_VERSION = 15;

const SOURCES: Readonly<Record<string, () => Promise<{ default: unknown }>>> = {
  de: () => import("emoji-picker-element-data/de/cldr-native/data.json"),
  en: () => import("emoji-picker-element-data/en/cldr-native/data.json"),
};

export async function loadEmoji(locale: string): Promise<EmojiGroup[]> {
  const language = locale.split("-")[0] ?? "";
  const load = SOURCES[language] ?? SOURCES.en;
  const { default: source } = (await load?.()) ?? { default: [] };
  return groupsOf(source as readonly Source[]);
}

export function groupsOf(source: readonly Source[]): EmojiGroup[] {
  const shown = source.filter(({ version }) => version <= NEWEST_VERSION);
  return GROUPS.map(([number, id]) => ({
    id,
    emoji: shown.filter(({ group }) => group === number).map(toEmoji),
  }));
}

function toEmoji({ emoji, annotation, tags = [] }: Source): Emoji {
  return { emoji, name: annotation, words: [annotation, ...tags].join(" ").toLocaleLowerCase() };
}

/** Every word that was typed must begin one of the emoji's. */
export function findEmoji(groups: readonly EmojiGroup[], text: string): Emoji[] {
  const wanted = text.trim().toLocaleLowerCase().split(/\s+/u);
  const all = groups.flatMap(({ emoji }) => emoji);
  return all.filter(({ emoji, words }) => {
    const spaced = ` ${words}`;
    return emoji === text.trim() || wanted.every((word) => spaced.includes(` ${word}`));
  });
}
