/** The demo page: two panes, remembered in the address so that a reload keeps them. */

import { Pane } from "./pane.js";
import { samplePerson } from "./people.js";

const SIDES = ["left", "right"];
const DEFAULTS = {
  left: { person: "alice", chat: "with/acme/bob" },
  right: { person: "bob", chat: "with/acme/alice" },
};

const panes = Object.fromEntries(
  SIDES.map((side) => [side, new Pane(side === "left" ? "Left" : "Right", remember)]),
);

function readAddress() {
  const remembered = new URLSearchParams(location.hash.slice(1));
  for (const side of SIDES) {
    const person = samplePerson(remembered.get(side));
    const chat = person ? remembered.get(`${side}Chat`) : DEFAULTS[side].chat;
    panes[side].show(person ?? samplePerson(DEFAULTS[side].person), readChat(chat));
  }
}

function remember() {
  const address = new URLSearchParams();
  for (const side of SIDES) {
    const { person, target } = panes[side];
    address.set(side, person.userId);
    if (target) address.set(`${side}Chat`, writeChat(target));
  }
  history.replaceState(null, "", `#${address}`);
}

function writeChat({ roomId, tenantId, userId }) {
  const parts = roomId ? ["room", roomId] : ["with", tenantId, userId];
  return parts.map(encodeURIComponent).join("/");
}

function readChat(text) {
  const [kind, ...ids] = (text ?? "").split("/").map(decodeURIComponent);
  if (kind === "room" && ids.length === 1) return { roomId: ids[0] };
  if (kind === "with" && ids.length === 2) return { tenantId: ids[0], userId: ids[1] };
  return null;
}

document.getElementById("panes").replaceChildren(...SIDES.map((side) => panes[side].element));
addEventListener("hashchange", readAddress);
readAddress();
