/** The head of the list: oneself, and what can be done from here. */

import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { icons } from "../icons.js";
import type { Context } from "./context.js";
import { iconButton } from "./iconButton.js";
import { ownStatus, statusText } from "./people.js";

/** @param tools Other buttons than the one that closes, once they are loaded. */
export function listHeader(context: Context, tools: TemplateResult | undefined): TemplateResult {
  const { strings, size, close } = context;
  return html`<header role="none" part="header">
    ${whoIAm(context)}
    <div class="tools">
      ${tools}
      ${size === "fixed" ? nothing : iconButton("close-panel", strings.close, icons.close, close)}
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
