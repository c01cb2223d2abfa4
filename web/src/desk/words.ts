// Words that come from data, in the page's language, or as they are where there is no message for them.
import { signal } from "@preact/signals";
import { type Schemas, get } from "../api/client";
import { known, language, number, t } from "../words";

/** A word of a group, such as an outcome: `desk.outcome.serve`; as it came where no message knows it. */
export function word(group: string, value: string | null | undefined): string {
  if (!value) return t("common.none");
  const key = `${group}.${value.replaceAll(" ", "_").replaceAll("-", "_")}`;
  return known(key) ? t(key) : value.replaceAll("_", " ");
}

interface ReasonWords {
  name: string;
  text: string;
  text_fr: string;
}

const reasons = signal<ReadonlyMap<string, ReasonWords>>(new Map());
let asked = false;

/** What a reason says, by its name; it is read from the server once. */
export function reasonText(name: string | null): string {
  if (!name || name === "none") return t("common.none");
  if (!asked) {
    asked = true;
    void get<{ reasons: ReasonWords[] }>("/v1/reasons").then(
      (found) => (reasons.value = new Map(found.reasons.map((each) => [each.name, each]))),
      () => (asked = false),
    );
  }
  const found = reasons.value.get(name);
  return found ? (language.value === "fr" ? found.text_fr : found.text) : name.replaceAll("_", " ");
}

/** A time of a form, which is meant as UTC, as the server takes it. */
export function utc(value: string): string {
  return value ? `${value.length === 16 ? `${value}:00` : value}Z` : "";
}

/** Distances, speeds and counts of a finding's data in words: key, then value. */
export function dataWords(data: Readonly<Record<string, unknown>>): [string, string][] {
  const left = new Set(["cell", "time_us", "sequence", "satellite"]);
  return Object.entries(data)
    .filter(([name, value]) => !left.has(name) && value !== null)
    .map(([name, value]) => [word("desk.data", name), shown(name, value)]);
}

function shown(name: string, value: unknown): string {
  if (name === "outcome" && typeof value === "string") return word("desk.outcome", value);
  if (typeof value === "number") return number(value, 1);
  if (value !== null && typeof value === "object") {
    return Object.entries(value)
      .map(([key, each]) => `${key} ${shown(key, each)}`)
      .join(", ");
  }
  return String(value);
}

export type CellOutline = Schemas["CellOutline"];
const cells = new Map<string, CellOutline>();

/** Where cells are, each asked for once. */
export async function outlinesOf(ids: readonly string[]): Promise<CellOutline[]> {
  const missing = [...new Set(ids)].filter((id) => !cells.has(id));
  for (let from = 0; from < missing.length; from += 200) {
    const found = await get<Schemas["CellOutlines"]>("/v1/cells", {
      ids: missing.slice(from, from + 200).join(","),
    });
    for (const each of found.cells) cells.set(each.cell, each);
  }
  return ids.flatMap((id) => cells.get(id) ?? []);
}
