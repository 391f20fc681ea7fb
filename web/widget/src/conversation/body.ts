/** What a message says, as it is shown. */

import type { Message } from "@parley/client";
import type { TemplateResult } from "lit";

import { parseMarkdown } from "./markdown.js";
import { markdownView } from "./markdownView.js";

/** Gives a name that is known of somebody. */
export type NameOf = (userId: string) => string | undefined;

export type BodyView = readonly (string | TemplateResult)[];

interface Kept {
  readonly names: string;
  readonly view: BodyView;
}

/** Reading is the dearest part of showing a row, and messages never change. */
const kept = new WeakMap<Message, Kept>();

export function bodyView(message: Message, nameOf: NameOf): BodyView {
  const mentions = mentionNames(message, nameOf);
  const names = mentions.join("\n");
  const known = kept.get(message);
  if (known?.names === names) return known.view;
  const view = markdownView(parseMarkdown(message.body ?? "", mentions));
  kept.set(message, { names, view });
  return view;
}

/** Longer names first, so that "Ana López" is not taken for "Ana". */
function mentionNames(message: Message, nameOf: NameOf): string[] {
  const names = message.mentions.flatMap((userId) => nameOf(userId) ?? []);
  return names.sort((one, other) => other.length - one.length);
}

const EMOJI = "(?:\\p{Extended_Pictographic}|\\p{RI}\\p{RI})(?:\\p{EMod}|\\ufe0f)*";
const FEW_EMOJI = new RegExp(`^(?:${EMOJI}(?:\\u200d${EMOJI})*){1,3}$`, "u");

/** One to three emoji and nothing else are shown large. */
export function isFewEmoji(body: string): boolean {
  return body.length <= 40 && FEW_EMOJI.test(body);
}
