/** The sample people of the demo, and the portals that each of them may enter. */

export interface SamplePerson {
  readonly userId: string;
  readonly name: string;
  /** Null for those who see every tenant. */
  readonly tenantId: string | null;
  readonly role: "member" | "super_admin";
  readonly spaces?: readonly string[];
}

const MEMBERS: readonly SamplePerson[] = [
  { userId: "alice", name: "Alice", tenantId: "acme", role: "member", spaces: ["harbour-12"] },
  { userId: "bob", name: "Bob", tenantId: "acme", role: "member", spaces: ["harbour-12"] },
  { userId: "carol", name: "Carol", tenantId: "acme", role: "member" },
  { userId: "dave", name: "Dave", tenantId: "globex", role: "member" },
  { userId: "erin", name: "Erin", tenantId: "globex", role: "member" },
];
const ROOT: SamplePerson = { userId: "root", name: "Root", tenantId: null, role: "super_admin" };

export const PEOPLE: readonly SamplePerson[] = [...MEMBERS, ROOT];

export type PortalName = "dashboard" | "dm" | "manage";

/** A product that Parley is embedded into. */
export interface Portal {
  readonly name: PortalName;
  readonly title: string;
  readonly scope: "tenant" | "manage";
  /** Where this portal's login keeps its token, if it uses cookies. */
  readonly cookie: string;
  readonly people: readonly SamplePerson[];
}

export const PORTALS: readonly Portal[] = [
  {
    name: "dashboard",
    title: "Harbour Estates",
    scope: "tenant",
    cookie: "dashboard_access_token",
    people: MEMBERS,
  },
  { name: "dm", title: "Courier", scope: "tenant", cookie: "dm_access_token", people: MEMBERS },
  {
    name: "manage",
    title: "Control Room",
    scope: "manage",
    cookie: "manage_access_token",
    people: [ROOT],
  },
];

export function portalNamed(name: string | null | undefined): Portal | undefined {
  return PORTALS.find((portal) => portal.name === name);
}

export function personNamed(userId: string | null): SamplePerson | undefined {
  return PEOPLE.find((person) => person.userId === userId);
}

/** Somebody who may enter a portal, or whoever comes first there. */
export function guestOf(portal: Portal, userId: string | null | undefined): SamplePerson {
  const found = portal.people.find((person) => person.userId === userId) ?? portal.people[0];
  if (!found) throw new Error(`Nobody may enter ${portal.name}.`);
  return found;
}
