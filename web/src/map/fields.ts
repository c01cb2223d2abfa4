// What a field of cells is called, what it means, and how its values are said.
import type { Schemas } from "../api/client";
import { about, field as chosen } from "../state";
import { known, number, percent, rate, short, t } from "../words";

export type Field = Schemas["Field"];

/** Fields that are there for tables, and would say nothing as a colour. */
const NOT_COLOURED = new Set(["country"]);
const FIRST = ["latency_ms", "served", "reason"];

/** The fields that can be coloured. */
export function fields(): readonly Field[] {
  return about.value?.fields.filter((each) => !NOT_COLOURED.has(each.name)) ?? [];
}

/** The field that is coloured: the one that was chosen, or the nearest to it that the server has. */
export function shown(): Field | null {
  const all = fields();
  const named = [chosen.value, ...FIRST];
  return named.map((name) => all.find((each) => each.name === name)).find(Boolean) ?? all[0] ?? null;
}

/** The name of a field for people. */
export function fieldTitle(name: string): string {
  const key = `map.field.${name}`;
  return known(key) ? t(key) : name.replaceAll("_", " ");
}

/** One sentence that says what it means; empty where we have none. */
export function fieldMeaning(name: string): string {
  const key = `map.field.${name}.meaning`;
  return known(key) ? t(key) : "";
}

/** A word of a field for people: names of gateways and the like stay as they are. */
export function wordTitle(field: string, word: string): string {
  for (const key of [`common.${field}.${word}`, `map.word.${field}.${word}`, `map.word.${word}`]) {
    if (known(key)) return t(key);
  }
  return word;
}

/** A number of a field with its unit. */
export function valueTitle(field: Field, value: number): string {
  if (Number.isNaN(value)) return t("map.value.none");
  if (field.unit === "bit/s") return rate(value);
  if (isShare(field)) return percent(value, 0);
  const unit = unitTitle(field);
  const said = field.unit === "1" ? number(value, 1) : short(value);
  return unit ? `${said} ${unit}` : said;
}

/** The unit for people; empty for counts and shares, which say it themselves. */
export function unitTitle(field: Field): string {
  const key = `map.unit.${field.unit}`;
  return known(key) ? t(key) : field.unit === "1" ? "" : field.unit;
}

/** What a field says of a cell: its number with the unit, its word, or that there is none. */
export function cellTitle(field: Field, values: Float32Array | Uint16Array, cell: number): string {
  const value = values[cell] ?? Number.NaN;
  if (field.kind === "number") return valueTitle(field, value);
  const word = field.words[value];
  return word === undefined ? t("map.value.none") : wordTitle(field.name, word);
}

function isShare(field: Field): boolean {
  return field.name === "satisfied" || field.name === "load";
}
