/** The one toolbar of the message that is hovered or chosen; a delete asks first. */

import type { Entry } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { icons } from "../icons.js";
import type { AllStrings } from "./extraStrings.js";
import { fill } from "./strings.js";
import { toolIcons } from "./toolIcons.js";

export const QUICK_REACTIONS = ["👍", "❤️", "😂", "🎉"] as const;

export interface ToolbarOptions {
  readonly entry: Entry;
  readonly strings: AllStrings;
  readonly canChange: boolean;
  readonly isConfirming: boolean;
  readonly isBelow: boolean;
  readonly act: (action: ToolbarAction, entry: Entry) => void;
  readonly react: (entry: Entry, emoji: string) => void;
}

export type ToolbarAction = "pick" | "reply" | "copy" | "edit" | "delete" | "confirm" | "cancel";

export function toolbar(options: ToolbarOptions): TemplateResult {
  const { strings, isBelow, isConfirming } = options;
  return html`<div
    class="toolbar ${isBelow ? "below" : ""}"
    role="toolbar"
    aria-label=${strings.actions}
    part="toolbar"
    @keydown=${moveFocus}
  >
    ${isConfirming ? confirmation(options) : buttons(options)}
  </div>`;
}

function buttons(options: ToolbarOptions): TemplateResult {
  const { entry, strings, canChange } = options;
  const hasBody = (entry.message.body ?? "") !== "";
  return html`${QUICK_REACTIONS.map((emoji) => quick(emoji, options))}
  ${button("pick", strings.react, icons.smile, options)}
  ${button("reply", strings.reply, toolIcons.reply, options)}
  ${hasBody ? button("copy", strings.copy, toolIcons.copy, options) : nothing}
  ${canChange ? button("edit", strings.edit, toolIcons.edit, options) : nothing}
  ${canChange ? button("delete", strings.delete, toolIcons.trash, options) : nothing}`;
}

function quick(emoji: string, { entry, strings, react }: ToolbarOptions): TemplateResult {
  const label = fill(strings.reactWith, { emoji });
  return html`<button
    class="tool emoji"
    type="button"
    tabindex="-1"
    title=${label}
    aria-label=${label}
    @click=${() => react(entry, emoji)}
  >
    ${emoji}
  </button>`;
}

function button(
  action: ToolbarAction,
  label: string,
  picture: TemplateResult,
  { entry, act }: ToolbarOptions,
): TemplateResult {
  return html`<button
    class="tool ${action}"
    type="button"
    tabindex="-1"
    title=${label}
    aria-label=${label}
    @click=${() => act(action, entry)}
  >
    ${picture}
  </button>`;
}

function confirmation({ entry, strings, act }: ToolbarOptions): TemplateResult {
  return html`<span class="question">${strings.confirmDelete}</span>
    <button class="tool wide danger" type="button" tabindex="-1" @click=${() => act("confirm", entry)}>
      ${strings.delete}
    </button>
    <button class="tool wide" type="button" tabindex="-1" @click=${() => act("cancel", entry)}>
      ${strings.cancel}
    </button>`;
}

/** Arrow keys go along the buttons, in the direction of reading. */
function moveFocus(event: KeyboardEvent): void {
  const bar = event.currentTarget as HTMLElement;
  const all = [...bar.querySelectorAll("button")];
  const at = all.indexOf(event.target as HTMLButtonElement);
  const isRtl = getComputedStyle(bar).direction === "rtl";
  const to = { ArrowRight: isRtl ? at - 1 : at + 1, ArrowLeft: isRtl ? at + 1 : at - 1 }[event.key];
  const next = { Home: 0, End: all.length - 1 }[event.key] ?? to;
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  all.at(next % all.length)?.focus();
}
