// Names of countries in the page's language, and words of states that come from data.
import { known, language, t } from "../words";

/** A country by its code, in the page's language; an invented one is its own name. */
export function countryName(code: string, otherwise: string = code): string {
  if (!/^[A-Z]{2}$/.test(code) || /^(AA|Q[M-Z]|X[A-J]|X[L-Z]|ZZ)$/.test(code)) return otherwise;
  try {
    return new Intl.DisplayNames(language.value, { type: "region", fallback: "code" }).of(code) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** One, one and another, or many with commas. */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(language.value, { type: "conjunction" }).format(names);
}

/** A state of licence, service or sales in words. */
export function stateWord(topic: string, state: string): string {
  const key = `common.${topic}.${state.replaceAll(" ", "_")}`;
  return known(key) ? t(key) : state;
}

/** Duration in hours, minutes or seconds, whichever reads best. */
export function duration(seconds: number): string {
  const [value, unit] =
    seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  const digits = unit === "hour" ? 1 : 0;
  return new Intl.NumberFormat(language.value, {
    style: "unit",
    unitDisplay: "long",
    unit,
    maximumFractionDigits: digits,
  }).format(value);
}
