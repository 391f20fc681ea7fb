/** The head of the list: oneself, and what can be done from here. */

import type { ParleyClient } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import type { Strings } from "../i18n.js";
import { icons } from "../icons.js";
import { emit, type ShellEvents } from "./emit.js";
import { ownStatus, statusText } from "./people.js";

export interface ListHeaderHost extends EventTarget {
  client: ParleyClient | null;
  strings: Strings;
  isCompact: boolean;
  isSoundOn: boolean;
  size: "small" | "large" | "fixed";
  hasSidebarToggle: boolean;
}

type PlainEvent = {
  [N in keyof ShellEvents]: ShellEvents[N] extends null ? N : never;
}[keyof ShellEvents];

export function listHeader(host: ListHeaderHost): TemplateResult {
  const { strings, isCompact, hasSidebarToggle } = host;
  const toggle = hasSidebarToggle
    ? iconButton(
        host,
        "toggle-sidebar",
        isCompact ? strings.showSidebar : strings.hideSidebar,
        icons.sidebar,
      )
    : nothing;
  if (isCompact) {
    return html`<header role="none" part="header" class="compact">
      <h2 class="visually-hidden">${strings.chats}</h2>
      ${toggle}
    </header>`;
  }
  return html`<header role="none" part="header">
    ${whoIAm(host)}
    <div class="tools">
      ${iconButton(host, "new-group", strings.newGroup, icons.groupAdd)} ${soundSwitch(host)} ${toggle}
      ${sizeButtons(host)}
    </div>
  </header>`;
}

function whoIAm({ client, strings }: ListHeaderHost): TemplateResult {
  const me = client?.me;
  const status = client && me ? ownStatus(client) : null;
  return html`${me ? avatar({ name: me.name, status, size: "small" }) : nothing}
    <div class="who">
      <h2>${strings.chats}</h2>
      ${
        me && status
          ? html`<p class="me"><bdi>${me.name}</bdi><span>&nbsp;· ${statusText(status, strings)}</span></p>`
          : nothing
      }
    </div>`;
}

function soundSwitch(host: ListHeaderHost): TemplateResult {
  const { strings, isSoundOn } = host;
  return html`<button
    class="icon-button"
    role="switch"
    part="sound"
    aria-checked=${isSoundOn ? "true" : "false"}
    aria-label=${strings.sound}
    title=${strings.sound}
    @click=${() => emit(host, "toggle-sound", null)}
  >
    ${isSoundOn ? icons.soundOn : icons.soundOff}
  </button>`;
}

function sizeButtons(host: ListHeaderHost): TemplateResult | typeof nothing {
  const { strings, size } = host;
  if (size === "fixed") return nothing;
  const [name, icon] =
    size === "large" ? [strings.shrink, icons.collapse] : [strings.expand, icons.expand];
  return html`<span class="size">${iconButton(host, "toggle-size", name, icon)}</span>
    ${iconButton(host, "close-panel", strings.close, icons.close)}`;
}

function iconButton(
  host: EventTarget,
  event: PlainEvent,
  name: string,
  icon: TemplateResult,
): TemplateResult {
  return html`<button
    class="icon-button"
    part=${event}
    aria-label=${name}
    title=${name}
    @click=${() => emit(host, event, null)}
  >
    ${icon}
  </button>`;
}
