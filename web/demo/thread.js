/** The right column of a pane: one chat, its messages with their ticks, and what one writes. */

import { element, hiddenText, icon, paintAvatar, reconcile, setText } from "./dom.js";
import { dayOf, presenceOf, timeOf } from "./format.js";
import { isManagerId } from "./people.js";

const ONE_TICK = "M4 6.5 7.5 10 15 1.5";
const TWO_TICKS = "M1 6.5 4.5 10 12 1.5 M9.5 9 10.5 10 18 1.5";
const CLOCK = "M10 1.5a4.5 4.5 0 1 0 .01 0M10 3.5V6l2 1";
const PROGRESS = {
  sending: { text: "Sending", path: CLOCK },
  sent: { text: "Sent", path: ONE_TICK },
  delivered: { text: "Delivered", path: TWO_TICKS },
  read: { text: "Read", path: TWO_TICKS },
};
const NEAR_END_PX = 60;
const NEAR_START_PX = 150;
const NOTICE_MS = 8_000;

export class Thread {
  #parts;
  #actions;
  #announcer;
  #shown = null;
  #isAtEnd = true;
  #noticeTimer = null;
  #first = null;
  #drafts = null;

  /** @param actions `send(body)`, `typed(isEmpty)`, `loadOlder()`, `retry(id)`, `discard(id)`. */
  constructor(parts, announcer, actions) {
    this.#parts = parts;
    this.#announcer = announcer;
    this.#actions = actions;
    parts.composer.addEventListener("submit", (event) => this.#submit(event));
    parts.text.addEventListener("keydown", (event) => this.#keyDown(event));
    parts.text.addEventListener("input", () => this.#input());
    parts.older.addEventListener("click", () => actions.loadOlder());
    parts.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#keepEnd()).observe(parts.log);
  }

  focusComposer() {
    this.#parts.text.focus();
  }

  /** Show an error for a while. */
  warn({ message, correlationId }) {
    const { notice } = this.#parts;
    notice.hidden = false;
    notice.title = correlationId ? `Reference ${correlationId}` : "";
    setText(notice, message);
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => (notice.hidden = true), NOTICE_MS);
  }

  /**
   * @param chat `{id, client, room, person, waiting, drafts}`: room or person may be missing;
   *   `drafts` holds what was begun to be written, by chat.
   */
  render(chat) {
    if (this.#shown !== chat.id || this.#drafts !== chat.drafts) this.#begin(chat);
    this.#renderHead(chat);
    this.#renderLog(chat);
    this.#renderTyping(chat);
  }

  #begin({ id, drafts }) {
    this.#drafts?.set(this.#shown, this.#parts.text.value);
    this.#shown = id;
    this.#drafts = drafts;
    this.#isAtEnd = true;
    this.#parts.text.value = drafts.get(id) ?? "";
    this.#parts.notice.hidden = true;
    this.#parts.messages.replaceChildren();
    this.#grow();
  }

  #renderHead({ client, room, person }) {
    const other = room?.counterpart(client.me.userId) ?? person;
    const title = person?.name ?? (room ? client.titleOf(room) : "…");
    paintAvatar(this.#parts["thread-avatar"], title, other?.userId ?? room?.roomId ?? title);
    this.#parts["thread-avatar"].dataset.status = person?.status ?? "";
    setText(this.#parts.title, title);
    setText(this.#parts.subtitle, subtitle(room, other, person));
    this.#parts.log.setAttribute("aria-label", `Messages with ${title}`);
  }

  // --- Messages -------------------------------------------------------------------------------

  #renderLog({ client, room, waiting }) {
    const { log, messages, older } = this.#parts;
    const fromEnd = log.scrollHeight - log.scrollTop;
    const items = itemsOf(client, room, waiting);
    const update = (node, item) => this.#update(node, item);
    reconcile(messages, items, (item) => item.key, createItem, update);
    older.hidden = !room?.hasOlder;
    older.disabled = Boolean(room?.isLoading);
    this.#parts["no-messages"].hidden = items.length > 0 || Boolean(room?.hasOlder);
    const first = items[1]?.key;
    // Older messages grow the log above what is being read, newer ones below it.
    if (this.#isAtEnd) this.#keepEnd();
    else if (first !== this.#first) log.scrollTop = log.scrollHeight - fromEnd;
    this.#first = first;
  }

  #update(node, item) {
    if (item.day) return setText(node.firstElementChild, item.day);
    return updateMessage(node, item, this.#actions);
  }

  #scrolled() {
    const { log, older } = this.#parts;
    this.#isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    if (log.scrollTop < NEAR_START_PX && !older.hidden && !this.#isAtEnd) this.#actions.loadOlder();
  }

  #keepEnd() {
    if (this.#isAtEnd) this.#parts.log.scrollTop = this.#parts.log.scrollHeight;
  }

  #renderTyping({ client, room }) {
    const names = room ? client.typists.in(room.roomId) : [];
    const verb = names.length === 1 ? "is typing" : "are typing";
    const text = names.length ? `${names.join(" and ")} ${verb}` : "";
    if (text && text !== this.#parts.typing.textContent) this.#announcer.typing(text);
    setText(this.#parts.typing, text);
  }

  // --- Composer -------------------------------------------------------------------------------

  #keyDown(event) {
    // Enter that ends the composition of a character is not meant for us.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#parts.composer.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const body = this.#parts.text.value.trim();
    if (!body) return;
    this.#parts.text.value = "";
    this.#grow();
    this.#isAtEnd = true;
    this.#actions.send(body);
  }

  #input() {
    this.#grow();
    this.#actions.typed(this.#parts.text.value.trim() === "");
  }

  #grow() {
    const { text } = this.#parts;
    text.rows = Math.min(5, text.value.split("\n").length);
  }
}

function subtitle(room, other, person) {
  if (other && isManagerId(other.userId)) return "writes to every tenant";
  if (person) return presenceOf(person);
  return room?.view && room.view.type !== "direct" ? `${room.view.memberCount} members` : "";
}

/** What the log shows: messages, those that are still on their way, and the days between. */
function itemsOf(client, room, waiting) {
  const items = [];
  let before = null;
  const push = (message, extra) => {
    const day = dayOf(message.createdAt);
    // The same key before and after the acknowledgement, so that the row stays.
    const key = `${message.senderId} ${message.clientId || message.messageId}`;
    if (day !== before?.day) items.push({ key: `day ${key}`, day });
    const follows = before?.senderId === message.senderId && before.day === day;
    items.push({ key, message, follows, ...extra });
    before = { day, senderId: message.senderId };
  };
  const isGroup = room?.view && room.view.type !== "direct";
  for (const message of room?.ordered() ?? []) {
    const isMine = message.senderId === client.me.userId;
    const progress = isMine ? room.progress(message, client.me.userId) : null;
    push(message, { isMine, progress, showsName: isGroup && !isMine });
  }
  for (const entry of waiting) {
    const message = { ...entry, senderId: client.me.userId };
    push(message, { isMine: true, progress: "sending", error: entry.error });
  }
  return items;
}

function createItem(item) {
  if (item.day) return element("li", { class: "day" }, element("span"));
  return element(
    "li",
    { class: "message" },
    element("bdi", { class: "sender" }),
    element("div", { class: "bubble", dir: "auto" }),
    element("div", { class: "meta" }),
  );
}

function updateMessage(node, item, actions) {
  const { message, isMine, progress, error } = item;
  const isDeleted = message.body === null;
  node.classList.toggle("mine", isMine);
  node.classList.toggle("follows", item.follows);
  node.classList.toggle("deleted", isDeleted);
  node.classList.toggle("failed", Boolean(error));
  node.classList.toggle("system", message.type === "system");
  setText(node.querySelector(".sender"), item.showsName && !item.follows ? message.senderName : "");
  setText(node.querySelector(".bubble"), isDeleted ? "Message deleted" : bodyOf(message));
  const meta = node.querySelector(".meta");
  const shown = `${message.createdAt}|${progress}|${error?.message ?? ""}`;
  if (meta.dataset.shown === shown) return;
  meta.dataset.shown = shown;
  meta.replaceChildren(...(error ? failure(item, actions) : stamps(item)));
}

/** What is too long for a frame comes cut, and says so. */
function bodyOf({ body, truncated }) {
  return truncated ? `${body}…` : body;
}

function stamps({ message, progress }) {
  const time = element("time", { datetime: message.createdAt }, timeOf(message.createdAt));
  if (!progress) return [time];
  const { text, path } = PROGRESS[progress];
  const tick = element("span", { class: "tick", "data-progress": progress, title: text });
  tick.append(icon(path, "tick-icon"), hiddenText(text));
  return [time, tick];
}

function failure({ message, error }, actions) {
  const again = element("button", { type: "button", class: "link" }, "Try again");
  const discard = element("button", { type: "button", class: "link" }, "Discard");
  again.addEventListener("click", () => actions.retry(message.clientId));
  discard.addEventListener("click", () => actions.discard(message.clientId));
  return [element("span", { role: "alert" }, `Not sent. ${error.message}`), again, discard];
}
