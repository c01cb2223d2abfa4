// Months and spans of time as the page's language has them.
import { day, language, t } from "../words";

/** A month such as 2026-07 in words. */
export function month(said: string | null): string {
  if (!said) return t("common.none");
  const at = new Date(`${said}-01T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return said;
  return new Intl.DateTimeFormat(language.value, { year: "numeric", month: "long", timeZone: "UTC" }).format(
    at,
  );
}

/** A moment as short as it can be said, in UTC: midnight is a day, and seconds stand where there are some. */
export function when(said: string): string {
  const at = new Date(said);
  if (Number.isNaN(at.getTime())) return t("common.none");
  if (/T00:00:00(\.0+)?Z$/.test(said)) return day(said);
  const exact = at.getUTCSeconds() !== 0;
  const format = new Intl.DateTimeFormat(language.value, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
    ...(exact ? { second: "2-digit" } : {}),
  });
  return `${format.format(at)} UTC`;
}

/** From when until when; what has no limit that is known says so. */
export function spanOf(begins: string | null, until: string | null): string {
  const from = begins ? when(begins) : t("availability.history.always");
  return t("availability.history.span", {
    from,
    until: until ? when(until) : t("availability.history.open"),
  });
}
