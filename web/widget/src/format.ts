/** Dates, times and lists in the reader's language. Formatters are slow to make, so they are kept. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const made = new Map<string, unknown>();

function kept<T>(kind: string, locale: string, make: () => T): T {
  const key = `${kind} ${locale}`;
  const known = made.get(key);
  if (known !== undefined) return known as T;
  const fresh = make();
  made.set(key, fresh);
  return fresh;
}

function dates(iso: string | Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  const make = () => new Intl.DateTimeFormat(locale, options);
  return kept(JSON.stringify(options), locale, make).format(new Date(iso));
}

function relative(locale: string): Intl.RelativeTimeFormat {
  return kept("relative", locale, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
}

/** Such as "10:15". */
export function formatTime(iso: string, locale: string): string {
  return dates(iso, locale, { timeStyle: "short" });
}

/** For a tooltip or a screen reader: day and time, written out. */
export function formatFull(iso: string, locale: string): string {
  return dates(iso, locale, { dateStyle: "full", timeStyle: "short" });
}

/** Such as "Today", "Yesterday", "Monday, 3 August", with the year if it is another. */
export function formatDay(iso: string, locale: string, now: number = Date.now()): string {
  const date = new Date(iso);
  const age = daysBetween(date, new Date(now));
  if (age === 0 || age === 1) return capitalised(relative(locale).format(-age, "day"), locale);
  if (date.getFullYear() === new Date(now).getFullYear()) {
    return dates(date, locale, { weekday: "long", day: "numeric", month: "long" });
  }
  return dates(date, locale, { dateStyle: "long" });
}

/** For a row of a list: the time today, the weekday this week, otherwise the date. */
export function formatShort(iso: string, locale: string, now: number = Date.now()): string {
  const date = new Date(iso);
  const age = daysBetween(date, new Date(now));
  if (age <= 0) return formatTime(iso, locale);
  if (age < 7) return dates(date, locale, { weekday: "short" });
  return dates(date, locale, { dateStyle: "short" });
}

/** How long ago, such as "5 minutes ago" or "yesterday". */
export function formatAgo(iso: string, locale: string, now: number = Date.now()): string {
  const age = Math.max(0, now - Date.parse(iso));
  if (age < HOUR) return relative(locale).format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative(locale).format(-Math.floor(age / HOUR), "hour");
  return relative(locale).format(-daysBetween(new Date(iso), new Date(now)), "day");
}

/** Such as "Ann, Ben and Chi". */
export function formatList(items: readonly string[], locale: string): string {
  const format = kept("list", locale, () => new Intl.ListFormat(locale, { type: "conjunction" }));
  return format.format(items);
}

export function formatNumber(value: number, locale: string): string {
  return kept("number", locale, () => new Intl.NumberFormat(locale)).format(value);
}

/** Unread counts stay narrow: "99+". */
export function formatBadge(count: number, locale: string): string {
  return count > 99 ? `${formatNumber(99, locale)}+` : formatNumber(count, locale);
}

/** Which plural form a language has for a number. */
export function pluralOf(count: number, locale: string): Intl.LDMLPluralRule {
  return kept("plural", locale, () => new Intl.PluralRules(locale)).select(count);
}

/** True if both are on one day where the reader is. */
export function isSameDay(first: string, second: string): boolean {
  return daysBetween(new Date(first), new Date(second)) === 0;
}

/** Whole days from one local midnight to another; a day with 23 or 25 hours is still one. */
function daysBetween(earlier: Date, later: Date): number {
  return Math.round((midnight(later) - midnight(earlier)) / DAY);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function capitalised(text: string, locale: string): string {
  const [first = "", ...rest] = text;
  return first.toLocaleUpperCase(locale) + rest.join("");
}
