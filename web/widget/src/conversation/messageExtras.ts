/** What stands around the text of a message: what it answers, reactions, and what went wrong. */

import type { Entry } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { formatList } from "../format.js";
import { icons } from "../icons.js";
import type { LogExtras } from "./logExtras.js";
import { fill } from "./strings.js";

type Shown = TemplateResult | typeof nothing;

export function quote(entry: Entry, extras: LogExtras): Shown {
  const { replyTo } = entry.message;
  if (replyTo === null) return nothing;
  const { actions, room, strings } = extras;
  const original = room?.entries.find(({ message }) => message.messageId === replyTo)?.message;
  const name = original?.senderName ?? strings.originalMessage;
  return html`<button
    class="quote"
    part="quote"
    tabindex=${tabindexOf(entry, extras)}
    type="button"
    title=${fill(strings.jumpToOriginal, { name })}
    @click=${() => actions.goToOriginal(entry)}
  >
    <span class="quoted-name" dir="auto">${name}</span>
    ${original ? html`<span class="excerpt" dir="auto">${extras.excerpt(original)}</span>` : nothing}
  </button>`;
}

/** What is in the message that has the focus can be reached with Tab. */
function tabindexOf({ key }: Entry, { focus }: LogExtras): "0" | "-1" {
  return key === focus.active ? "0" : "-1";
}

export function showAll(entry: Entry, extras: LogExtras): Shown {
  if (!entry.message.truncated) return nothing;
  return html`<button
    class="link"
    type="button"
    tabindex=${tabindexOf(entry, extras)}
    @click=${() => extras.actions.showAll(entry)}
  >
    ${extras.strings.showAll}
  </button>`;
}

export function reactions(entry: Entry, extras: LogExtras): Shown {
  const all = Object.entries(entry.message.reactions).filter(([, people]) => people.length > 0);
  if (all.length === 0) return nothing;
  return html`<div class="reactions" part="reactions">
    ${all.map(([emoji, people]) => reaction(entry, emoji, people, extras))}
  </div>`;
}

function reaction(
  entry: Entry,
  emoji: string,
  people: readonly string[],
  extras: LogExtras,
): TemplateResult {
  const isMine = people.includes(extras.myId);
  const names = namesOf(people, extras);
  return html`<button
    class="reaction ${isMine ? "mine" : ""}"
    part="reaction"
    type="button"
    tabindex=${tabindexOf(entry, extras)}
    title=${fill(extras.strings.reactedBy, { emoji, names })}
    aria-pressed=${isMine}
    @click=${() => extras.actions.react(entry, emoji)}
  >
    <span>${emoji}</span> <span>${people.length}</span>
    <span class="visually-hidden">${names}</span>
  </button>`;
}

function namesOf(people: readonly string[], extras: LogExtras): string {
  const { strings, myId, host } = extras;
  const nameOf = (id: string) => (id === myId ? strings.you : (extras.nameOf(id) ?? id));
  return formatList(people.map(nameOf), host.locale);
}

/** What became of a message that is not sent: why, and what can be done. */
export function failure(entry: Entry, { strings, room, host }: LogExtras): Shown {
  const { key, status, error, retryAt } = entry;
  if (status === "pending" && retryAt !== null) {
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000));
    return html`<p class="waiting">${fill(strings.retryIn, { seconds })}</p>`;
  }
  if (status !== "failed") return nothing;
  const reason = error === null ? strings.failed : `${strings.failed}: ${error.message}`;
  return trouble(
    reason,
    html`${choice(strings.retry, () => room?.retry(key))}
    ${isRefused(entry) ? choice(strings.editAgain, () => host.editAgain(entry)) : nothing}
    ${choice(strings.discard, () => room?.discard(key))}`,
  );
}

/** The same text would be refused again. */
function isRefused({ error }: Entry): boolean {
  return error?.code === "VALIDATION_ERROR" || error?.code === "PAYLOAD_TOO_LARGE";
}

/** Why something that was to be done with a message was not. */
export function notice({ key }: Entry, { actions, strings }: LogExtras): Shown {
  const text = actions.notices.textOf(key, strings);
  if (text === undefined) return nothing;
  return trouble(
    text,
    choice(strings.dismiss, () => actions.notices.clear(key)),
  );
}

function trouble(text: string, choices: TemplateResult): TemplateResult {
  return html`<div class="failure" part="failure">
    <p>${icons.warning} <span dir="auto">${text}</span></p>
    <div class="choices">${choices}</div>
  </div>`;
}

function choice(text: string, act: () => void): TemplateResult {
  return html`<button class="link" type="button" @click=${act}>${text}</button>`;
}
