/** The buttons in the head of the list that nobody needs to chat. */

import { html, nothing, type TemplateResult } from "lit";

import type { Context } from "./context.js";
import { iconButton } from "./iconButton.js";
import { laterIcons } from "./laterIcons.js";
import { type AllStrings, withLater } from "./laterStrings.js";

/** @param foldButton What folds the list, where there is something beside it. */
export function listTools(
  context: Context,
  newGroup: () => void,
  foldButton: TemplateResult | undefined,
): TemplateResult {
  const { size, toggleSize } = context;
  const strings = withLater(context.strings);
  const [name, icon] =
    size === "large" ? [strings.shrink, laterIcons.collapse] : [strings.expand, laterIcons.expand];
  return html`${iconButton("new-group", strings.newGroup, laterIcons.groupAdd, newGroup)}
    ${soundSwitch(context, strings)} ${foldButton}
    ${size === "fixed" ? nothing : iconButton("toggle-size", name, icon, toggleSize)}`;
}

function soundSwitch({ isSoundOn, toggleSound }: Context, strings: AllStrings): TemplateResult {
  return html`<button
    class="icon-button"
    role="switch"
    part="sound"
    aria-checked=${isSoundOn}
    aria-label=${strings.sound}
    title=${strings.sound}
    @click=${toggleSound}
  >
    ${isSoundOn ? laterIcons.soundOn : laterIcons.soundOff}
  </button>`;
}
