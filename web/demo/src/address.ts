/** What the addresses of the demo's pages say after `#`. */

import {
  guestOf,
  type Portal,
  type PortalName,
  personNamed,
  portalNamed,
  type SamplePerson,
} from "./people.js";

export const SIDES = ["left", "right"] as const;
export type Side = (typeof SIDES)[number];

/** Who is where, on one half of the start page. */
export interface Place {
  readonly portal: Portal;
  readonly person: SamplePerson;
  /** The user with whom a chat is to be open. */
  readonly partner: string | null;
}

const FIRST_VISIT = {
  left: { portal: "dashboard", person: "alice", partner: "bob" },
  right: { portal: "dm", person: "bob", partner: "alice" },
} as const satisfies Record<Side, { portal: PortalName; person: string; partner: string }>;

/** Read `left=dashboard:alice&right=dm:bob`; what is missing or unknown is as at a first visit. */
export function readPlaces(hash: string): Record<Side, Place> {
  const said = new URLSearchParams(hash.slice(1));
  return { left: readPlace("left", said), right: readPlace("right", said) };
}

function readPlace(side: Side, said: URLSearchParams): Place {
  const [name, userId, partner] = (said.get(side) ?? "").split(":");
  const portal = portalNamed(name);
  if (portal) return { portal, person: guestOf(portal, userId), partner: partner || null };
  const first = FIRST_VISIT[side];
  const usual = portalNamed(first.portal) as Portal;
  return { portal: usual, person: guestOf(usual, first.person), partner: first.partner };
}

/** The reverse of `readPlaces`. */
export function writePlaces(places: Record<Side, Place>): string {
  const parts = SIDES.map((side) => {
    const { portal, person, partner } = places[side];
    return `${side}=${[portal.name, person.userId, partner].filter(Boolean).join(":")}`;
  });
  return `#${parts.join("&")}`;
}

/** Where the portal of one half is. */
export function portalAddress({ portal, person, partner }: Place, extra: URLSearchParams): string {
  const said = new URLSearchParams(extra);
  for (const side of SIDES) said.delete(side);
  said.set("as", person.userId);
  if (partner) said.set("with", partner);
  return `/${portal.name}/#${said}`;
}

/** What a portal's own address asks for. */
export interface Visit {
  readonly person: SamplePerson;
  /** With whom a chat is to be open. */
  readonly partner: SamplePerson | null;
  readonly usesCookie: boolean;
  readonly locale: string | null;
}

export function readVisit(portal: Portal, hash: string): Visit {
  const said = new URLSearchParams(hash.slice(1));
  return {
    person: guestOf(portal, said.get("as")),
    partner: personNamed(said.get("with")) ?? null,
    usesCookie: said.get("login") === "cookie",
    locale: said.get("locale"),
  };
}
