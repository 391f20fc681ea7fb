/** The start page: two people side by side, each in a portal, both kept in the address. */

import { type Place, portalAddress, readPlaces, SIDES, type Side, writePlaces } from "./address.js";
import { followAppearance } from "./appearance.js";
import { guestOf, PEOPLE, PORTALS, type Portal, portalNamed } from "./people.js";

const halves = { left: half("left"), right: half("right") };
let places = readPlaces(location.hash);

function half(side: Side) {
  const root = document.querySelector(`[data-side="${side}"]`);
  const portal = root?.querySelector<HTMLSelectElement>("[data-portal]");
  const person = root?.querySelector<HTMLSelectElement>("[data-person]");
  const link = root?.querySelector<HTMLAnchorElement>("[data-alone]");
  const frame = root?.querySelector("iframe");
  if (!portal || !person || !link || !frame) throw new Error(`The ${side} half is not complete.`);
  return { portal, person, link, frame };
}

function fill(side: Side): void {
  const { portal, person } = halves[side];
  portal.append(...PORTALS.map(({ name, title }) => new Option(title, name)));
  person.append(...peopleByTenant());
  portal.addEventListener("change", () => {
    const chosen = portalNamed(portal.value);
    if (chosen) go(side, { portal: chosen, person: guestOf(chosen, person.value), partner: null });
  });
  person.addEventListener("change", () => {
    const chosen = portalFor(person.value, places[side].portal);
    go(side, { portal: chosen, person: guestOf(chosen, person.value), partner: null });
  });
}

function peopleByTenant(): Iterable<HTMLOptGroupElement> {
  const groups = new Map<string, HTMLOptGroupElement>();
  for (const { tenantId, userId, name } of PEOPLE) {
    const label = tenantId ?? "super_admin";
    const group = groups.get(label) ?? Object.assign(document.createElement("optgroup"), { label });
    groups.set(label, group);
    group.append(new Option(name, userId));
  }
  return groups.values();
}

/** The portal to meet somebody in: the one that is shown, unless they may not enter it. */
function portalFor(userId: string, shown: Portal): Portal {
  const mayEnter = (portal: Portal) => portal.people.some((person) => person.userId === userId);
  return [shown, ...PORTALS].find(mayEnter) ?? shown;
}

function go(side: Side, place: Place): void {
  places = { ...places, [side]: place };
  history.replaceState(null, "", writePlaces(places));
  show(side);
}

function show(side: Side): void {
  const place = places[side];
  const { portal, person, link, frame } = halves[side];
  portal.value = place.portal.name;
  person.value = place.person.userId;
  const address = portalAddress(place, new URLSearchParams(location.hash.slice(1)));
  link.href = address;
  frame.title = `${place.person.name} in ${place.portal.title}`;
  // Not `src`: that would add a step to the browser's history.
  frame.contentWindow?.location.replace(address);
}

addEventListener("hashchange", () => {
  places = readPlaces(location.hash);
  SIDES.forEach(show);
});
SIDES.forEach(fill);
SIDES.forEach(show);
followAppearance();
