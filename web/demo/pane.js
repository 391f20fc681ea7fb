/** One half of the page: one person, their client, and what they look at. */

import { Announcer } from "./announcer.js";
import { Client } from "./client.js";
import { element, paintAvatar, setText } from "./dom.js";
import { Lists } from "./lists.js";
import { manages, PEOPLE, personKey, samplePerson } from "./people.js";
import { Thread } from "./thread.js";

const STATES = {
  left: "Offline",
  connecting: "Connecting…",
  open: "Connected",
  waiting: "Reconnecting…",
  stopped: "Disconnected",
};

export class Pane {
  #root;
  #parts;
  #lists;
  #thread;
  #announcer;
  #client = null;
  #target = null;
  #isDirty = false;
  #moved;
  #drafts = new Map();

  /** @param moved Called after the person or the chat has changed. */
  constructor(label, moved) {
    const template = document.getElementById("pane-template");
    this.#root = template.content.firstElementChild.cloneNode(true);
    this.#parts = Object.fromEntries(
      [...this.#root.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]),
    );
    this.#moved = moved;
    this.#root.setAttribute("aria-label", label);
    this.#parts.side.setAttribute("aria-label", `${label}: chats and people`);
    setText(this.#parts["picker-label"], `Person on the ${label.toLowerCase()}`);
    this.#parts.picker.append(...pickerGroups());
    this.#announcer = new Announcer(this.#parts.announcer);
    this.#lists = new Lists(this.#parts, (target) => this.#choose(target));
    this.#thread = new Thread(this.#parts, this.#announcer, this.#threadActions());
    this.#listen();
  }

  get element() {
    return this.#root;
  }

  get person() {
    return this.#client.person;
  }

  get target() {
    return this.#target;
  }

  /** Become somebody, looking at a chat or at none. */
  show(person, target) {
    if (this.#client?.person !== person) this.#become(person);
    this.#target = target;
    this.#watch();
    this.#refresh();
  }

  #become(person) {
    this.#client?.leave();
    const client = new Client(person);
    this.#client = client;
    this.#drafts = new Map();
    // A client that was left may still have something to say.
    const on = (type, act) =>
      client.addEventListener(type, ({ detail }) => client === this.#client && act(detail));
    on("change", () => this.#refresh());
    on("message", (detail) => this.#noteMessage(detail));
    on("trouble", (error) => this.#thread.warn(error));
    this.#parts.picker.value = person.userId;
    client.start();
  }

  #listen() {
    const { picker, leave, back } = this.#parts;
    picker.addEventListener("change", () => {
      this.show(samplePerson(picker.value), null);
      this.#moved();
    });
    leave.addEventListener("click", () => this.#toggle());
    back.addEventListener("click", () => this.#choose(null));
  }

  #threadActions() {
    return {
      send: (body) => this.#client.send(this.#addressee(), body),
      typed: (isEmpty) => this.#typed(isEmpty),
      loadOlder: () => this.#room && this.#client.loadOlder(this.#room),
      retry: (clientId) => this.#client.outbox.retry(clientId),
      discard: (clientId) => {
        this.#client.outbox.remove(clientId);
        this.#refresh();
      },
    };
  }

  #toggle() {
    if (this.#isAway) this.#client.start();
    else this.#client.leave();
  }

  get #isAway() {
    return ["left", "stopped"].includes(this.#client.state.name);
  }

  #typed(isEmpty) {
    if (isEmpty) this.#client.typing.stop();
    else if (this.#room) this.#client.typing.keystroke(this.#room.roomId);
  }

  // --- Which chat -----------------------------------------------------------------------------

  #choose(target) {
    this.#target = target;
    this.#watch();
    this.#render();
    this.#moved();
    if (target) this.#thread.focusComposer();
    else this.#parts.chats.querySelector("button")?.focus();
  }

  /** The open room; none yet with somebody to whom nothing was written. */
  get #room() {
    if (!this.#target || !this.#client.me) return null;
    if (this.#target.roomId) return this.#client.rooms.get(this.#target.roomId) ?? null;
    return this.#client.directRoomWith(this.#target) ?? null;
  }

  #addressee() {
    return this.#room ? { roomId: this.#room.roomId } : this.#target;
  }

  #watch() {
    this.#client.watch(this.#room?.roomId ?? null);
  }

  // --- Showing --------------------------------------------------------------------------------

  #refresh() {
    if (this.#isDirty) return;
    this.#isDirty = true;
    // Not an animation frame: in a hidden tab there are none, and receipts must go on.
    queueMicrotask(() => {
      this.#isDirty = false;
      this.#watch();
      this.#render();
    });
  }

  #render() {
    const client = this.#client;
    const room = this.#room;
    this.#renderHead(client);
    this.#lists.render(client, room, this.#target);
    // A chat that was remembered may be gone, or another person's.
    if (this.#target?.roomId && !room && client.isSynced) this.#target = null;
    const isOpen = Boolean(this.#target && client.me && (room || this.#target.userId));
    this.#root.classList.toggle("is-chatting", isOpen);
    this.#parts.thread.hidden = !isOpen;
    this.#parts.welcome.hidden = isOpen;
    if (isOpen) this.#thread.render(this.#chat(room));
  }

  #renderHead({ person, state }) {
    const { avatar, tenant, leave } = this.#parts;
    paintAvatar(avatar, person.name, person.userId);
    setText(tenant, person.tenantId ?? "all tenants");
    const reason = state.message ? `: ${state.message}` : "";
    setText(this.#parts.state, `${STATES[state.name]}${reason}`);
    this.#parts.state.dataset.state = state.name;
    setText(leave, this.#isAway ? "Connect" : "Disconnect");
  }

  #chat(room) {
    const client = this.#client;
    const { tenantId, userId } = room?.counterpart(client.me.userId) ?? this.#target;
    const person = userId ? client.people.get(tenantId, userId) : null;
    const waiting = client.outbox.entries.filter(
      ({ target }) =>
        (room && target.roomId === room.roomId) ||
        (target.userId && target.userId === userId && target.tenantId === tenantId),
    );
    // Stays the same when the first message makes a room of a person.
    const id = userId ? personKey(tenantId, userId) : room.roomId;
    return { id, client, room, person, waiting, drafts: this.#drafts };
  }

  #noteMessage({ message, isMine }) {
    if (!isMine) this.#announcer.message(message);
  }
}

function pickerGroups() {
  const groups = new Map();
  for (const person of PEOPLE) {
    const label = manages(person) ? "super_admin" : person.tenantId;
    const group = groups.get(label) ?? element("optgroup", { label });
    groups.set(label, group);
    group.append(element("option", { value: person.userId }, person.name));
  }
  return groups.values();
}
