/** The sample people of the demo, and how this page addresses anybody. */

export const PEOPLE = [
  { userId: "alice", name: "Alice", tenantId: "acme", role: "member" },
  { userId: "bob", name: "Bob", tenantId: "acme", role: "member" },
  { userId: "carol", name: "Carol", tenantId: "acme", role: "member" },
  { userId: "dave", name: "Dave", tenantId: "globex", role: "member" },
  { userId: "erin", name: "Erin", tenantId: "globex", role: "member" },
  { userId: "root", name: "Root", tenantId: null, role: "super_admin" },
];

export function samplePerson(userId) {
  return PEOPLE.find((person) => person.userId === userId);
}

/** True for those who see every tenant (`scope=manage`). */
export function manages(person) {
  return person.role === "super_admin";
}

/** People's ids are unique within a tenant only. JSON, because ids may hold any separator. */
export function personKey(tenantId, userId) {
  return JSON.stringify([tenantId, userId]);
}

/** The sample people whom somebody may write to. */
export function acquaintances(me) {
  return PEOPLE.filter(
    (person) =>
      person !== me && !manages(person) && (manages(me) || person.tenantId === me.tenantId),
  );
}

const MANAGE_PREFIX = "@manage/";

/** True for ids of people in manage scope; tenants hear nothing of their presence. */
export function isManagerId(userId) {
  return userId.startsWith(MANAGE_PREFIX);
}
