// What is shown as CSV and as GeoJSON, with what it is and what it is worth beside the values.
import { cornerOf } from "../map/celldata";
import { csv, oneLine, slug } from "./files";
import type { Shown } from "./shown";

const CHUNK = 5000;
const CORNERS = 6;

/** What a file says of itself. */
export function factsOf(shown: Shown) {
  const { view, field } = shown;
  return {
    title: view.title || view.world,
    world: view.world,
    world_hash: view.world_hash,
    openleo: view.openleo_version,
    field: field.name,
    unit: field.unit,
    slot: shown.slot,
    time: shown.time,
    elements_epoch: view.elements_epoch,
    rules: view.rules?.digest ?? null,
    disclaimer: view.disclaimer,
  };
}

/** The name of a file of what is shown: world, field and slot. */
export function fileName(shown: Shown, ending: string): string {
  return `openleo-${slug(shown.view.world ?? "")}-${slug(shown.field.name)}-slot${shown.slot}.${ending}`;
}

/** Cells with a value as CSV: a comment line, a heading, a row for each, in pieces. */
export function cellsAsCsv(shown: Shown): string[] {
  const facts = Object.entries(factsOf(shown)).map(([name, value]) => `${name}: ${value ?? ""}`);
  const parts = [
    `\uFEFF# ${oneLine(facts.join("; "))}\r\n`,
    csv([["cell", "lat_deg", "lon_deg", shown.field.name, "unit"]]),
  ];
  let rows: (string | number)[][] = [];
  for (let cell = 0; cell < shown.cells.count; cell++) {
    const value = valueOf(shown, cell);
    if (value === null) continue;
    rows.push([
      shown.cells.ids[cell]!.toString(16),
      degrees(shown.cells.lat[cell]!),
      degrees(shown.cells.lon[cell]!),
      value,
      shown.field.unit,
    ]);
    if (rows.length === CHUNK) parts.push(csv(rows.splice(0)));
  }
  parts.push(csv(rows));
  return parts;
}

/** Cells with a value as GeoJSON (RFC 7946), each with its hexagon, in pieces. */
export function cellsAsGeoJson(shown: Shown): string[] {
  const head = JSON.stringify({ type: "FeatureCollection", openleo: factsOf(shown) }).slice(0, -1);
  const parts = [`${head},"features":[\n`];
  let between = "";
  let chunk = "";
  for (let cell = 0; cell < shown.cells.count; cell++) {
    const value = valueOf(shown, cell);
    if (value === null) continue;
    chunk +=
      between +
      JSON.stringify({
        type: "Feature",
        id: shown.cells.ids[cell]!.toString(16),
        geometry: hexagon(shown, cell),
        properties: {
          lat_deg: degrees(shown.cells.lat[cell]!),
          lon_deg: degrees(shown.cells.lon[cell]!),
          [shown.field.name]: value,
          unit: shown.field.unit,
        },
      });
    between = ",\n";
    if (cell % CHUNK === 0) {
      parts.push(chunk);
      chunk = "";
    }
  }
  parts.push(chunk, "\n]}\n");
  return parts;
}

/** A number, or a word, as the server says it; null for none. */
export function valueOf(shown: Shown, cell: number): number | string | null {
  const value = shown.values[cell]!;
  // seven digits are what a float32 holds
  if (shown.field.kind === "number") return Number.isNaN(value) ? null : Number(value.toPrecision(7));
  return shown.field.words[value] ?? null;
}

function degrees(value: number): number {
  return Number(value.toFixed(5));
}

/** The outline of a cell; cut in two where it lies across 180 degrees, as RFC 7946 (3.1.9) asks. */
function hexagon(shown: Shown, cell: number) {
  const ring: [number, number][] = [];
  for (let corner = 0; corner < CORNERS; corner++) {
    const next = cornerOf(shown.cells, cell, corner);
    const last = ring.at(-1);
    // a pentagon repeats its last corner
    if (!last || last[0] !== next[0] || last[1] !== next[1]) ring.push(next);
  }
  const over = ring.some(([lon]) => lon > 180) ? 1 : ring.some(([lon]) => lon < -180) ? -1 : 0;
  if (over === 0) return { type: "Polygon", coordinates: [closed(ring, 0)] };
  const kept = cut(ring, over, 1);
  const beyond = cut(ring, over, -1);
  return {
    type: "MultiPolygon",
    coordinates: [[closed(kept, 0)], [closed(beyond, -360 * over)]].filter(([r]) => r!.length > 3),
  };
}

function closed(ring: readonly [number, number][], turn: number): [number, number][] {
  const said = ring.map(([lon, lat]): [number, number] => [degrees(lon + turn), degrees(lat)]);
  return said.length ? [...said, said[0]!] : said;
}

/** The part of a ring on one side of 180 degrees east (1) or west (-1): 1 inwards, -1 beyond. */
function cut(ring: readonly [number, number][], meridian: number, side: number): [number, number][] {
  const at = 180 * meridian;
  const depth = ([lon]: readonly [number, number]): number => (at - lon) * meridian * side;
  return ring.flatMap((here, k) => {
    const next = ring[(k + 1) % ring.length]!;
    const [a, b] = [depth(here), depth(next)];
    const kept: [number, number][] = a >= 0 ? [here] : [];
    if (a * b < 0) kept.push([at, here[1] + ((next[1] - here[1]) * a) / (a - b)]);
    return kept;
  });
}
