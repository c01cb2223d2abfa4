// The rows of the table that stands in for the map: countries with their cells, or cells one by one.
import type { Field } from "../map/fields";
import type { Shown } from "./shown";

/** What the cells of a country say together; of words, the one that is said most often and its share. */
export interface CountryRow {
  code: string;
  cells: number;
  withValue: number;
  mean: number;
  lowest: number;
  highest: number;
  most: string;
  share: number;
}

/** One row for each country; `countries` holds the country of each cell, by its place in `words`. */
export function countryRows(shown: Shown, countries: Uint16Array, words: readonly string[]): CountryRow[] {
  const all = new Map<number, { row: CountryRow; sum: number; said: Map<number, number> }>();
  const numbers = shown.field.kind === "number";
  for (let cell = 0; cell < shown.cells.count; cell++) {
    const at = countries[cell]!;
    let found = all.get(at);
    if (!found) {
      const row = {
        code: words[at] ?? "",
        cells: 0,
        withValue: 0,
        mean: NaN,
        lowest: Infinity,
        highest: -Infinity,
        most: "",
        share: NaN,
      };
      all.set(at, (found = { row, sum: 0, said: new Map() }));
    }
    const { row, said } = found;
    const value = shown.values[cell]!;
    row.cells++;
    if (numbers ? Number.isNaN(value) : shown.field.words[value] === undefined) continue;
    row.withValue++;
    if (numbers) {
      found.sum += value;
      row.lowest = Math.min(row.lowest, value);
      row.highest = Math.max(row.highest, value);
    } else said.set(value, (said.get(value) ?? 0) + 1);
  }
  return [...all.values()].map(({ row, sum, said }) => {
    if (numbers) row.mean = row.withValue ? sum / row.withValue : NaN;
    for (const [word, many] of said) {
      if (many / row.withValue > (row.share || 0))
        [row.most, row.share] = [shown.field.words[word]!, many / row.withValue];
    }
    if (!row.withValue || !numbers) row.lowest = row.highest = NaN;
    return row;
  });
}

/** How rows are ordered: by what, and whether the largest stands first. */
export interface Order {
  by: string;
  down: boolean;
}

/** Rows in an order; what has no value stands last either way. */
export function sortedRows<T>(
  rows: readonly T[],
  order: Order,
  valueOf: (row: T, by: string) => number | string,
): T[] {
  const collator = new Intl.Collator();
  return [...rows].sort((one, other) => {
    const [a, b] = [valueOf(one, order.by), valueOf(other, order.by)];
    if (typeof a === "string" || typeof b === "string")
      return (order.down ? -1 : 1) * collator.compare(String(a), String(b));
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return order.down ? b - a : a - b;
  });
}

/** The cells that have a value, in an order. */
export function cellOrder(shown: Shown, order: Order): Uint32Array {
  const cells: number[] = [];
  for (let cell = 0; cell < shown.cells.count; cell++) {
    const value = shown.values[cell]!;
    if (shown.field.kind === "number" ? !Number.isNaN(value) : shown.field.words[value] !== undefined)
      cells.push(cell);
  }
  const key = order.by === "lat" ? shown.cells.lat : order.by === "lon" ? shown.cells.lon : shown.values;
  const sign = order.down ? -1 : 1;
  return Uint32Array.from(cells).sort((a, b) => sign * (key[a]! - key[b]!) || a - b);
}

/** Which end of a field people look for first: the worst. */
export function worstFirst(field: Field): boolean {
  return field.kind === "number" && field.lower_is_better;
}
