// Months and spans of time as the page's language has them.
import { day, language, moment, t } from "../words";

/** A month such as 2026-07 in words. */
export function month(said: string | null): string {
  if (!said) return t("common.none");
  const at = new Date(`${said}-01T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return said;
  return new Intl.DateTimeFormat(language.value, { year: "numeric", month: "long", timeZone: "UTC" }).format(at);
}

/** A moment as short as it can be said: midnight is a day. */
export function when(said: string): string {
  return /T00:00:00(\.0+)?Z$/.test(said) ? day(said) : moment(said);
}

/** From when until when; what has no limit that is known says so. */
export function spanOf(begins: string | null, until: string | null): string {
  const from = begins ? when(begins) : t("availability.history.always");
  return t("availability.history.span", { from, until: until ? when(until) : t("availability.history.open") });
}
