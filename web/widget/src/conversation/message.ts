/** One line of the log: what stands above a message, its bubble, and what is said about it. */

import type { Entry } from "@parley/client";
import { html, nothing, type TemplateResult } from "lit";

import { avatar } from "../avatar.js";
import { formatDay, formatFull, formatTime } from "../format.js";
import { excerptOf } from "./excerpt.js";
import type { LogExtras } from "./logExtras.js";
import type { Row } from "./rows.js";
import { type ConversationStrings, fill } from "./strings.js";
import { tick, tickOf } from "./ticks.js";

/** What a message needs to know of its surroundings. */
export interface MessageContext {
  readonly strings: ConversationStrings;
  readonly locale: string;
  readonly isDirect: boolean;
  readonly pictureOf: (userId: string) => string | null | undefined;
  /** What more can be shown of a message and done with it, once that is loaded. */
  readonly extras: LogExtras | null;
}

/** Marks, addresses, and emoji that may stand alone. */
const MARKED = /[*_`[@]|https?:|mailto:|\p{Extended_Pictographic}|\p{RI}/iu;

/** There is more to it than its text. */
export function needsExtras({ message, status, retryAt }: Entry): boolean {
  const { body, replyTo, truncated, attachments, reactions } = message;
  const isMore = replyTo !== null || truncated || attachments.length > 0 || retryAt !== null;
  return isMore || status === "failed" || MARKED.test(body ?? "") || hasAny(reactions);
}

function hasAny(map: object): boolean {
  return Object.keys(map).length > 0;
}

export function rowContent(row: Row, context: MessageContext): TemplateResult {
  const { message } = row.entry;
  const { strings, locale } = context;
  return html`${row.startsDay ? separator("day", formatDay(message.createdAt, locale)) : nothing}
  ${row.startsNew ? separator("new", strings.newMessages) : nothing}
  ${message.type === "system" ? systemMessage(row.entry, context) : bubbleRow(row, context)}`;
}

function separator(kind: "day" | "new", text: string): TemplateResult {
  return html`<div class="separator ${kind}">
    <span>${text}</span>
  </div>`;
}

function systemMessage({ message }: Entry, { locale, strings }: MessageContext): TemplateResult {
  const text = message.body ?? strings.deleted;
  return html`<div
    class="system"
    role="article"
    tabindex="-1"
    aria-label="${text}, ${formatTime(message.createdAt, locale)}"
  >
    <span dir="auto" title=${formatFull(message.createdAt, locale)}>${text}</span>
  </div>`;
}

function bubbleRow(row: Row, context: MessageContext): TemplateResult {
  const { entry } = row;
  const { extras } = context;
  const side = entry.isMine ? "own" : "other";
  const runs = `${row.startsRun ? "first" : ""} ${row.endsRun ? "last" : ""}`;
  const hasSender = !entry.isMine && !context.isDirect;
  return html`<div
    class="message ${side} ${hasSender ? "with-sender" : ""} ${runs} ${extras?.markOf(entry)}"
    role="article"
    tabindex="-1"
    aria-label=${labelOf(entry, context)}
    part="message"
  >
    ${hasSender ? sender(row, context) : nothing}
    <div class="stack">${bubble(entry, context)} ${extras?.below(entry)}</div>
    ${extras?.toolbar(entry)}
  </div>`;
}

function sender({ entry, startsRun }: Row, { pictureOf }: MessageContext): TemplateResult {
  const { senderId, senderName } = entry.message;
  if (!startsRun) return html`<span class="gutter"></span>`;
  return html`<span class="gutter">
      ${avatar({ name: senderName, picture: pictureOf(senderId), size: "small" })}
    </span>
    <span class="sender" dir="auto">${senderName}</span>`;
}

/** Spaces of the text are shown as they are, so its template has none. */
function bubble(entry: Entry, context: MessageContext): TemplateResult {
  const { message } = entry;
  const { extras, strings } = context;
  const isGone = message.deletedAt !== null;
  const body = isGone ? strings.deleted : (extras?.body(message) ?? message.body);
  return html`<div
    class="bubble ${isGone ? "gone" : extras?.sizeOf(message)}"
    part="bubble"
  >
    ${isGone ? nothing : extras?.quote(entry)}
    <div class="text" dir="auto"><span part="body">${body}</span>${meta(entry, context)}</div>
    ${extras?.showAll(entry)}
  </div>`;
}

function meta(entry: Entry, { strings, locale }: MessageContext): TemplateResult {
  const { createdAt, editedAt } = entry.message;
  const editedTitle = isEdited(entry) ? formatFull(editedAt ?? "", locale) : null;
  return html`<span class="meta"
    >${editedTitle ? html`<span title=${editedTitle}>${strings.edited}</span>` : nothing}
    <time datetime=${createdAt} dir="auto" title=${formatFull(createdAt, locale)}
      >${formatTime(createdAt, locale)}</time
    >${tick(entry, strings)}</span
  >`;
}

function isEdited({ message }: Entry): boolean {
  return message.editedAt !== null && message.deletedAt === null;
}

/** What is said of a message when the arrow keys come to it. */
function labelOf(entry: Entry, { strings, locale, extras }: MessageContext): string {
  const { message, isMine } = entry;
  const name = isMine ? strings.you : message.senderName;
  const excerpt = extras?.excerpt(message) ?? excerptOf(message, strings);
  const text = fill(strings.announcement, { name, text: excerpt });
  const edited = isEdited(entry) && strings.edited;
  const time = formatTime(message.createdAt, locale);
  return [text, time, edited, tickOf(entry, strings)].filter(Boolean).join(", ");
}
