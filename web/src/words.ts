// Every word that a person sees: message files in English and French, and numbers and dates as each language has them.
import { computed, signal } from "@preact/signals";

export type Language = "en" | "fr";
export const LANGUAGES: readonly Language[] = ["en", "fr"];

type Messages = Readonly<Record<string, string>>;
const files = import.meta.glob<Messages>("../../src/openleo/http/words/*/*.json", {
  eager: true,
  import: "default",
});

const messages: Record<Language, Record<string, string>> = { en: {}, fr: {} };
for (const [path, found] of Object.entries(files)) {
  const [language, file] = path.split("/").slice(-2) as [Language, string];
  const room = file.replace(".json", "");
  if (room === "plain") continue; // those of the pages without script
  for (const [key, message] of Object.entries(found)) messages[language][`${room}.${key}`] = message;
}

/** The language of the page. */
export const language = signal<Language>("en");

/** The language that the browser asks for, English where we have none of its own. */
export function preferred(): Language {
  for (const each of navigator.languages) {
    const short = each.slice(0, 2);
    if (short === "en" || short === "fr") return short;
  }
  return "en";
}

/**
 * A message by its key, `room.name`, with what stands for each {placeholder}.
 * A key that is missing is shown as it is: a test looks that none is.
 */
export function t(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  const message = messages[language.value][key] ?? messages.en[key] ?? key;
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** Whether there is such a message: for words that come from data. */
export function known(key: string): boolean {
  return key in messages.en;
}

/** One form of a message for one thing, another for many: `key.one` and `key.many`, with {count}. */
export function counted(key: string, count: number): string {
  const one = plural.value.select(count) === "one";
  return t(`${key}.${one ? "one" : "many"}`, { count });
}

const plural = computed(() => new Intl.PluralRules(language.value));

/** A number with so many digits behind the point at most. */
export function number(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return t("common.none");
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
}

/** Three significant digits: 8.07, 91, 0.0123. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return t("common.none");
  return new Intl.NumberFormat(language.value, { maximumSignificantDigits: 3 }).format(value);
}

/** Bits a second as people say them. */
export function rate(bps: number): string {
  const steps: readonly [number, string][] = [
    [1e12, "tbps"],
    [1e9, "gbps"],
    [1e6, "mbps"],
    [1e3, "kbps"],
  ];
  for (const [least, unit] of steps)
    if (bps >= least) return `${short(bps / least)} ${t(`common.unit.${unit}`)}`;
  return `${short(bps)} ${t("common.unit.bps")}`;
}

/** A share as a percentage. */
export function percent(share: number, digits = 1): string {
  if (!Number.isFinite(share)) return t("common.none");
  return new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: digits }).format(
    share,
  );
}

/** A date and time in UTC, which is said. */
export function moment(time: string | number | Date): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return t("common.none");
  const said = new Intl.DateTimeFormat(language.value, {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: "UTC",
    hourCycle: "h23", // as times in UTC are written
  }).format(at);
  return `${said} UTC`;
}

/** A date in UTC. */
export function day(time: string | number | Date): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return t("common.none");
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeZone: "UTC" }).format(at);
}

/** Latitude and longitude with their sides: 1.28° S, 36.82° E. */
export function coordinates(latDeg: number, lonDeg: number): string {
  const lat = `${number(Math.abs(latDeg), 2)}° ${t(latDeg < 0 ? "common.south" : "common.north")}`;
  const lon = `${number(Math.abs(lonDeg), 2)}° ${t(lonDeg < 0 ? "common.west" : "common.east")}`;
  return `${lat}, ${lon}`;
}
