/** One line of the log: what stands above a message, its bubble, and what is said about it. */

import type { Entry, Message } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { formatDay, formatFull, formatList, formatTime } from "../format.js";
import { icons } from "../icons.js";
import { bodyView, excerptOf, isFewEmoji, type NameOf } from "./body.js";
import type { Row } from "./rows.js";
import { type ConversationStrings, count, fill } from "./strings.js";
import { tick, tickOf } from "./ticks.js";

type Shown = TemplateResult | typeof nothing;

/** What a message needs to know of its surroundings. */
export interface MessageContext {
  readonly strings: ConversationStrings;
  readonly locale: string;
  readonly now: number;
  readonly isDirect: boolean;
  readonly myId: string;
  readonly nameOf: NameOf;
  readonly pictureOf: (userId: string) => string | null;
  /** The message that is replied to, if it is loaded. */
  readonly original: (messageId: string) => Message | undefined;
  readonly notice: (entry: Entry) => string | undefined;
  readonly toolbar: (entry: Entry) => Shown;
  readonly highlighted: string | null;
  /** What is in the message that has the focus can be reached with Tab. */
  readonly active: string | null;
  readonly on: MessageActions;
}

export interface MessageActions {
  react(entry: Entry, emoji: string): void;
  showAll(entry: Entry): void;
  goToOriginal(entry: Entry): void;
  retry(entry: Entry): void;
  discard(entry: Entry): void;
  editAgain(entry: Entry): void;
  dismiss(entry: Entry): void;
}

export function rowContent(row: Row, context: MessageContext): TemplateResult {
  const { entry, startsDay, startsNew } = row;
  const { strings, locale, now } = context;
  return html`${startsDay ? separator("day", formatDay(entry.message.createdAt, locale, now)) : nothing}
  ${startsNew ? separator("new", strings.newMessages) : nothing}
  ${entry.message.type === "system" ? systemMessage(entry, context) : message(row, context)}`;
}

function separator(kind: "day" | "new", text: string): TemplateResult {
  return html`<div class="separator ${kind}" part="separator separator-${kind}">
    <span>${text}</span>
  </div>`;
}

function systemMessage({ message }: Entry, { locale, strings }: MessageContext): TemplateResult {
  const time = formatTime(message.createdAt, locale);
  const text = message.body ?? strings.deleted;
  return html`<div
    class="system"
    role="article"
    tabindex="-1"
    aria-label="${text}, ${time}"
    part="system-message"
  >
    <span dir="auto" title=${formatFull(message.createdAt, locale)}>${text}</span>
  </div>`;
}

function message(row: Row, context: MessageContext): TemplateResult {
  const { entry } = row;
  const sides = entry.isMine ? "own" : "other";
  const runs = `${row.startsRun ? "first" : ""} ${row.endsRun ? "last" : ""}`;
  const mark = context.highlighted === entry.key ? "highlighted" : "";
  const hasSender = !entry.isMine && !context.isDirect;
  return html`<div
    class="message ${sides} ${hasSender ? "with-sender" : ""} ${runs} ${mark}"
    role="article"
    tabindex="-1"
    aria-label=${labelOf(entry, context)}
    part="message message-${sides}"
  >
    ${hasSender ? sender(row, context) : nothing}
    <div class="stack">
      ${bubble(entry, context)} ${reactions(entry, context)} ${failure(entry, context)}
      ${notice(entry, context)}
    </div>
    ${context.toolbar(entry)}
  </div>`;
}

function sender({ entry, startsRun }: Row, context: MessageContext): TemplateResult {
  const { senderId, senderName } = entry.message;
  if (!startsRun) return html`<span class="gutter"></span>`;
  return html`<span class="gutter">
      ${avatar({ name: senderName, picture: context.pictureOf(senderId), size: "small" })}
    </span>
    <span class="sender" dir="auto" part="sender">${senderName}</span>`;
}

function bubble(entry: Entry, context: MessageContext): TemplateResult {
  const { message } = entry;
  const body = message.body ?? "";
  const isGone = message.deletedAt !== null;
  const large = !isGone && isFewEmoji(body) ? "jumbo" : "";
  return html`<div
    class="bubble ${large} ${isGone ? "gone" : ""}"
    part="bubble ${entry.isMine ? "own-bubble" : "other-bubble"}"
  >
    ${message.replyTo === null || isGone ? nothing : quote(entry, context)}
    ${textOf(entry, context)}
    ${showAll(entry, context)}
  </div>`;
}

/** Spaces are shown as they are, so the template has none. */
function textOf(entry: Entry, context: MessageContext): TemplateResult {
  const { message } = entry;
  const isGone = message.deletedAt !== null;
  const body = isGone ? context.strings.deleted : bodyView(message, context.nameOf);
  const facts = html`${attachments(message, context)}${meta(entry, context)}`;
  return html`<div class="text" dir="auto"><span part="body">${body}</span>${facts}</div>`;
}

function quote(entry: Entry, context: MessageContext): TemplateResult {
  const { strings, locale } = context;
  const original = context.original(entry.message.replyTo ?? "");
  const name = original === undefined ? strings.originalMessage : original.senderName;
  return html`<button
    class="quote"
    part="quote"
    tabindex=${tabindexOf(entry, context)}
    type="button"
    title=${fill(strings.jumpToOriginal, { name })}
    @click=${() => context.on.goToOriginal(entry)}
  >
    <span class="quoted-name" dir="auto">${name}</span>
    ${original ? html`<span class="excerpt" dir="auto">${excerptOf(original, strings, locale)}</span>` : nothing}
  </button>`;
}

function tabindexOf({ key }: Entry, { active }: MessageContext): "0" | "-1" {
  return key === active ? "0" : "-1";
}

function attachments({ attachments: list, deletedAt }: Message, context: MessageContext): Shown {
  if (list.length === 0 || deletedAt !== null) return nothing;
  const text = count(context.strings.attachmentCount, list.length, context.locale);
  return html`<span class="attachments">${text}</span>`;
}

function meta(entry: Entry, { strings, locale }: MessageContext): TemplateResult {
  const { createdAt, editedAt, deletedAt } = entry.message;
  const isEdited = editedAt !== null && deletedAt === null;
  return html`<span class="meta" part="meta"
    >${isEdited ? html`<span title=${formatFull(editedAt, locale)}>${strings.edited}</span>` : nothing}
    <time datetime=${createdAt} dir="auto" title=${formatFull(createdAt, locale)}
      >${formatTime(createdAt, locale)}</time
    >${tick(entry, strings)}</span
  >`;
}

function showAll(entry: Entry, context: MessageContext): Shown {
  if (!entry.message.truncated) return nothing;
  return html`<button
    class="link"
    type="button"
    tabindex=${tabindexOf(entry, context)}
    @click=${() => context.on.showAll(entry)}
  >
    ${context.strings.showAll}
  </button>`;
}

function reactions(entry: Entry, context: MessageContext): Shown {
  const all = Object.entries(entry.message.reactions).filter(([, people]) => people.length > 0);
  if (all.length === 0) return nothing;
  return html`<div class="reactions" part="reactions">
    ${all.map(([emoji, people]) => reaction(entry, emoji, people, context))}
  </div>`;
}

function reaction(
  entry: Entry,
  emoji: string,
  people: readonly string[],
  context: MessageContext,
): TemplateResult {
  const isMine = people.includes(context.myId);
  const names = namesOf(people, context);
  return html`<button
    class="reaction ${isMine ? "mine" : ""}"
    part="reaction"
    type="button"
    tabindex=${tabindexOf(entry, context)}
    title=${fill(context.strings.reactedBy, { emoji, names })}
    aria-pressed=${isMine}
    @click=${() => context.on.react(entry, emoji)}
  >
    <span>${emoji}</span> <span>${people.length}</span>
    <span class="visually-hidden">${names}</span>
  </button>`;
}

function namesOf(people: readonly string[], { strings, locale, myId, nameOf }: MessageContext) {
  const names = people.map((id) => (id === myId ? strings.you : (nameOf(id) ?? id)));
  return formatList(names, locale);
}

/** What became of a message that is not sent: why, and what can be done. */
function failure(entry: Entry, context: MessageContext): Shown {
  const { strings, now, on } = context;
  if (entry.status === "pending" && entry.retryAt !== null) {
    const seconds = Math.max(1, Math.ceil((entry.retryAt - now) / 1_000));
    return html`<p class="waiting">${fill(strings.retryIn, { seconds })}</p>`;
  }
  if (entry.status !== "failed") return nothing;
  const reason =
    entry.error === null ? strings.failed : `${strings.failed}: ${entry.error.message}`;
  return html`<div class="failure" part="failure">
    <p>${icons.warning} <span dir="auto">${reason}</span></p>
    <div class="choices">
      ${choice(strings.retry, () => on.retry(entry))}
      ${isRefused(entry) ? choice(strings.editAgain, () => on.editAgain(entry)) : nothing}
      ${choice(strings.discard, () => on.discard(entry))}
    </div>
  </div>`;
}

/** The same text would be refused again. */
function isRefused({ error }: Entry): boolean {
  return error?.code === "VALIDATION_ERROR" || error?.code === "PAYLOAD_TOO_LARGE";
}

function choice(text: string, act: () => void): TemplateResult {
  return html`<button class="link" type="button" @click=${act}>${text}</button>`;
}

function notice(entry: Entry, context: MessageContext): Shown {
  const text = context.notice(entry);
  if (text === undefined) return nothing;
  return html`<div class="failure" part="failure">
    <p>${icons.warning} <span dir="auto">${text}</span></p>
    <div class="choices">${choice(context.strings.dismiss, () => context.on.dismiss(entry))}</div>
  </div>`;
}

/** What is said of a message when the arrow keys come to it. */
function labelOf(entry: Entry, { strings, locale }: MessageContext): string {
  const { message, isMine } = entry;
  const name = isMine ? strings.you : message.senderName;
  const tickText = tickOf(entry, strings)?.text;
  const edited = message.editedAt === null || message.deletedAt !== null ? null : strings.edited;
  const time = formatTime(message.createdAt, locale);
  const text = fill(strings.announcement, { name, text: excerptOf(message, strings, locale) });
  return [text, time, edited, tickText].filter(Boolean).join(", ");
}
