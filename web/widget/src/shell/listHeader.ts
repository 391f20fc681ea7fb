/** The head of the list: oneself, and what can be done from here. */

import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { icons } from "../icons.js";
import type { Context } from "./context.js";
import { ownStatus, statusText } from "./people.js";

export function listHeader(
  context: Context,
  newGroup: () => void,
  foldButton?: TemplateResult,
): TemplateResult {
  const { strings, size } = context;
  const [sizeName, sizeIcon] =
    size === "large" ? [strings.shrink, icons.collapse] : [strings.expand, icons.expand];
  return html`<header role="none" part="header">
    ${whoIAm(context)}
    <div class="tools">
      ${iconButton("new-group", strings.newGroup, icons.groupAdd, newGroup)} ${soundSwitch(context)}
      ${foldButton}
      ${
        size === "fixed"
          ? nothing
          : [
              iconButton("toggle-size", sizeName, sizeIcon, context.toggleSize),
              iconButton("close-panel", strings.close, icons.close, context.close),
            ]
      }
    </div>
  </header>`;
}

function whoIAm({ client, strings }: Context): TemplateResult {
  const me = client?.me;
  const status = client && me ? ownStatus(client) : null;
  return html`${me ? avatar({ name: me.name, status, size: "small" }) : nothing}
    <div class="who">
      <h2>${strings.chats}</h2>
      ${me && status ? html`<p><bdi>${me.name}</bdi> · ${statusText(status, strings)}</p>` : nothing}
    </div>`;
}

function soundSwitch({ strings, isSoundOn, toggleSound }: Context): TemplateResult {
  return html`<button
    class="icon-button"
    role="switch"
    part="sound"
    aria-checked=${isSoundOn}
    aria-label=${strings.sound}
    title=${strings.sound}
    @click=${toggleSound}
  >
    ${isSoundOn ? icons.soundOn : icons.soundOff}
  </button>`;
}

function iconButton(
  part: string,
  name: string,
  icon: TemplateResult,
  clicked: () => void,
): TemplateResult {
  return html`<button
    class="icon-button"
    part=${part}
    aria-label=${name}
    title=${name}
    @click=${clicked}
  >
    ${icon}
  </button>`;
}
