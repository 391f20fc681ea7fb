/** What is said by the emoji picker. */

export interface EmojiStrings {
  readonly searchEmoji: string;
  readonly noEmoji: string;
  readonly emojiGroups: {
    readonly smileys: string;
    readonly people: string;
    readonly animals: string;
    readonly food: string;
    readonly travel: string;
    readonly activities: string;
    readonly objects: string;
    readonly symbols: string;
    readonly flags: string;
  };
}

export const ENGLISH_EMOJI: EmojiStrings = {
  searchEmoji: "Search emoji",
  noEmoji: "No emoji found",
  emojiGroups: {
    smileys: "Smileys",
    people: "People",
    animals: "Animals and nature",
    food: "Food and drink",
    travel: "Travel and places",
    activities: "Activities",
    objects: "Objects",
    symbols: "Symbols",
    flags: "Flags",
  },
};
