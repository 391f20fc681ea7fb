/** Times as people read them. Formatters are kept: making one is slow. */

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const STATUS = { online: "online", away: "away", offline: "offline" };

export function timeOf(rfc3339) {
  return TIME.format(new Date(rfc3339));
}

export function dayOf(rfc3339) {
  return isToday(rfc3339) ? "Today" : DAY.format(new Date(rfc3339));
}

/** A person's presence in words. */
export function presenceOf({ status, lastSeenAt }) {
  if (status !== "offline" || !lastSeenAt) return STATUS[status] ?? "offline";
  const moment = timeOf(lastSeenAt);
  return isToday(lastSeenAt) ? `last seen ${moment}` : `last seen ${dayOf(lastSeenAt)}, ${moment}`;
}

function isToday(rfc3339) {
  return new Date(rfc3339).toDateString() === new Date().toDateString();
}
