// What of the public map is drawn: countries by their colour, areas and regions as lines, one of them strong.
import { effect, signal } from "@preact/signals";
import { type Colour, type Overlay, cellsStatic, countryFill, flyTo, setOverlay } from "../map/overlays";
import { type Outline, type Outlines, linesOf, polygonOf } from "../map/outlines";
import { dark, palette } from "../map/palette";
import { t } from "../words";
import { COLOURS, type Holds, stateKey } from "./states";
import type { Subject } from "./subject";

const ROOM = "availability";
/** What stands before the keys of our areas on the map. */
export const KEY = "availability:";
const INK: Readonly<Record<"dark" | "light", Colour>> = {
  dark: [255, 255, 255, 230],
  light: [18, 32, 46, 230],
};
/** A place that fills the view to about a half is seen well: pixels that it is to take. */
const WIDE_PX = 350;
const WORLD_PX = 512;

const rows = signal<readonly Subject[]>([]);
const outlines = signal<Outlines | null>(null);
const strong = signal<{ subject: Subject; outline: Outline } | null>(null);
const shown = signal(false);

/** Draw all places. */
export function drawAll(now: readonly Subject[], lines: Outlines | null): void {
  rows.value = now;
  outlines.value = lines;
  shown.value = true;
}

/** Draw one place strong; null: none. */
export function drawOne(one: { subject: Subject; outline: Outline } | null): void {
  strong.value = one;
}

/** Take all of it off the map. */
export function drawNothing(): void {
  shown.value = false;
  strong.value = null;
}

/** Turn the map to a place, as near as its size asks for. */
export function flyToSubject(it: Subject): void {
  const where = (it.country ?? it.area ?? it.region)?.where;
  if (!where) return;
  const zoom = Math.log2((WIDE_PX * 360) / (WORLD_PX * 2 * Math.max(where.reach_deg, 0.05)));
  flyTo({ lat: where.lat_deg, lon: where.lon_deg, zoom: Math.min(9, Math.max(0.5, zoom)) });
}

effect(() => {
  if (!shown.value) {
    countryFill.value = null;
    setOverlay(ROOM, null);
    return;
  }
  const fills = new Map<string, Colour>();
  for (const each of rows.value)
    if (each.country && !each.disputed) fills.set(each.code, colourOf(each.holds));
  countryFill.value = (code) => fills.get(code) ?? null;
  setOverlay(ROOM, overlay());
});

function colourOf(holds: Holds): Colour {
  return COLOURS[holds.state];
}

function overlay(): Overlay {
  const ink = INK[dark.value ? "dark" : "light"];
  const lines: NonNullable<Overlay["lines"]>[number][] = [];
  const areas: NonNullable<Overlay["areas"]>[number][] = [];
  const byName = new Map(
    rows.value.map((each) => [`${each.kind === "region" ? "region" : "area"}/${each.own}`, each]),
  );
  for (const each of outlines.value?.features ?? []) {
    const { name, kind, disputed, own_lines: own, claimants } = each.properties;
    const subject = byName.get(`${kind}/${name}`);
    const polygon = polygonOf(each);
    if (!subject || !polygon || !own) continue;
    const [red, green, blue] = colourOf(subject.holds);
    const title = disputed
      ? t("availability.claims", { name, kind: kindOf(subject), claimants: claimants.join(", ") })
      : `${name}: ${t(`availability.state.${stateKey(subject.holds.state)}`)}`;
    // opaque: the country that the base map draws there must not shine through
    areas.push({
      polygon,
      line: [0, 0, 0, 0],
      fill: [red, green, blue, 255],
      title,
      key: `${KEY}${subject.key}`,
    });
    for (const path of linesOf(polygon))
      lines.push({ path, colour: ink, width: 1.2, dashed: disputed, title });
  }
  const one = strong.value;
  const polygon = one && polygonOf(one.outline);
  if (one && polygon) {
    for (const path of linesOf(polygon)) {
      lines.push({
        path,
        colour: palette.value.picked,
        width: 2.2,
        dashed: one.subject.disputed,
        title: one.subject.name,
      });
    }
  }
  const cells = cellsStatic.value;
  return { lines, areas, ...(cells ? { cells: new Uint8Array(4 * cells.lon.length) } : {}) };
}

/** What kind of area it is, in words. */
export function kindOf(it: Subject): string {
  return t(`availability.kind.${(it.area?.kind ?? "disputed").replaceAll(" ", "_")}`);
}
