/** The left column of a pane: chats with what is unread, people with their presence. */

import { element, hiddenText, paintAvatar, reconcile, setText } from "./dom.js";
import { presenceOf, timeOf } from "./format.js";
import { personKey } from "./people.js";
import { Room } from "./room.js";

const MOST_SHOWN = 99;

export class Lists {
  #parts;
  #open;

  /** @param open Called with `{roomId}` or `{tenantId, userId}` when something is chosen. */
  constructor(parts, open) {
    this.#parts = parts;
    this.#open = open;
  }

  /** @param room The room on the screen, if any; @param target What was chosen. */
  render(client, room, target) {
    const chats = [...client.rooms.values()]
      .filter((each) => each.view)
      .sort(Room.byActivity);
    const people = client.people.all();
    this.#renderChats(client, chats, room);
    this.#renderPeople(client, people, room ? null : target);
    this.#parts["no-chats"].hidden = chats.length > 0 || !client.me;
    this.#parts["no-people"].hidden = people.length > 0 || !client.me;
  }

  #renderChats(client, chats, open) {
    reconcile(
      this.#parts.chats,
      chats,
      (room) => room.roomId,
      (room) => this.#row(() => this.#open({ roomId: room.roomId })),
      (row, room) => updateChat(row, room, client, room === open),
    );
  }

  #renderPeople(client, people, target) {
    reconcile(
      this.#parts.people,
      people,
      ({ tenantId, userId }) => personKey(tenantId, userId),
      ({ tenantId, userId }) => this.#row(() => this.#open({ tenantId, userId })),
      (row, person) => updatePerson(row, person, client.me?.scope === "manage", target),
    );
  }

  #row(choose) {
    const button = element(
      "button",
      { type: "button", class: "row" },
      element("span", { class: "avatar", "aria-hidden": "true" }),
      element(
        "span",
        { class: "row-text" },
        element("bdi", { class: "row-name" }),
        element("time"),
        element("span", { class: "row-detail", dir: "auto" }),
        element("span", { class: "badge" }),
      ),
    );
    button.addEventListener("click", choose);
    return element("li", {}, button);
  }
}

function updateChat(row, room, client, isOpen) {
  const title = client.titleOf(room);
  const other = room.counterpart(client.me.userId);
  const last = room.lastMessage;
  fill(row, { title, id: other?.userId ?? room.roomId, detail: preview(last, client.me), isOpen });
  const person = other && client.people.get(other.tenantId, other.userId);
  mark(row, person?.status);
  setText(row.querySelector("time"), last ? timeOf(last.createdAt) : "");
  const badge = row.querySelector(".badge");
  if (badge.dataset.unread === String(room.unread)) return;
  badge.dataset.unread = room.unread;
  const count = room.unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(room.unread);
  badge.replaceChildren(...(room.unread ? [count, hiddenText(" unread")] : []));
}

function preview(message, me) {
  if (!message) return "";
  const body = message.body ?? "Message deleted";
  return message.senderId === me.userId ? `You: ${body}` : body;
}

function updatePerson(row, person, isManaging, target) {
  const { name, userId, tenantId, status } = person;
  const detail = isManaging ? `${tenantId} · ${status}` : presenceOf(person);
  const isOpen = target?.userId === userId && target.tenantId === tenantId;
  fill(row, { title: name, id: userId, detail, isOpen });
  mark(row, status);
}

function fill(row, { title, id, detail, isOpen }) {
  paintAvatar(row.querySelector(".avatar"), title, id);
  setText(row.querySelector(".row-name"), title);
  setText(row.querySelector(".row-detail"), detail);
  row.querySelector("button").setAttribute("aria-current", String(isOpen));
}

/** A dot on the avatar; its meaning is in words beside it for those who cannot see it. */
function mark(row, status) {
  row.querySelector(".avatar").dataset.status = status ?? "";
}
