// What the desk draws on the map: evidence as cells, a look's coordinates, and what a dry run changes.
import type { MultiPolygon } from "geojson";
import type { Schemas } from "../api/client";
import { type Colour, type Overlay, type Position, cellsStatic, setOverlay } from "../map/overlays";
import { t } from "../words";
import type { CellOutline } from "./words";

export type DryRun = Schemas["DryRunSaid"];
export type Mode = "difference" | "before" | "after";
export type Spot = Schemas["Spot"];

const ROOM = "desk";
/** Okabe and Ito's colours, which people of every colour vision tell apart; shapes say it again. */
const DARK: Colour = [213, 94, 0];
const LIT: Colour = [86, 180, 233];
const LESS: Colour = [230, 159, 0];
const MORE: Colour = [0, 158, 115];
/** Of the states off, emergency, listed, on. */
const STATES: readonly Colour[] = [
  [92, 104, 118, 235],
  [230, 159, 0, 235],
  [204, 121, 167, 235],
  [0, 158, 115, 235],
];
const SAME: Colour = [120, 132, 146, 90];
/** Marks of cells that change; of more, every so many. */
const MOST_MARKS = 1200;
/** Length of an H3 cell's edge by resolution, km (h3geo.org, average). */
const EDGE_KM = [1281, 483, 183, 69, 26, 9.9, 3.7, 1.4, 0.53, 0.2];

/** Take away whatever the desk has drawn. */
export function clear(): void {
  setOverlay(ROOM, null);
}

/** Cells with a title each, one of them picked. */
export function drawCells(
  found: readonly { at: CellOutline; title: string; key: string; picked: boolean }[],
): void {
  setOverlay(ROOM, {
    areas: found.map(({ at, title, key, picked }) => ({
      polygon: { type: "Polygon", coordinates: [at.outline.map(([lon, lat]) => [lon, lat])] },
      line: picked ? [240, 199, 94] : DARK,
      fill: picked ? [240, 199, 94, 110] : [213, 94, 0, 60],
      title,
      key,
    })),
    points: found.map(({ at, title, key, picked }) => ({
      position: [at.lon_deg, at.lat_deg],
      colour: picked ? [240, 199, 94] : DARK,
      radius: picked ? 8 : 5,
      title,
      key,
    })),
  });
}

/** The coordinates of a look, one after the other. */
export function drawSpots(spots: readonly Spot[], titles: readonly string[]): void {
  const placed = spots.flatMap((each, at) =>
    each.lat_deg === null || each.lon_deg === null
      ? []
      : [{ position: [each.lon_deg, each.lat_deg] as const, shows: each.shows, title: titles[at] ?? "" }],
  );
  setOverlay(ROOM, {
    points: placed.map(({ position, shows, title }) => ({
      position,
      colour: shows ? DARK : LIT,
      radius: shows ? 8 : 6,
      title,
    })),
    lines: placed.slice(1).map((each, at) => ({
      path: [placed[at]!.position, each.position],
      colour: DARK,
      width: 2,
      dashed: true,
    })),
  });
}

/** The colours of the view's cells for what a dry run says: RGBA of each. */
export function coloursOf(states: Uint8Array, mode: Mode): Uint8Array {
  const count = states.length / 2;
  const colours = new Uint8Array(4 * count);
  for (let cell = 0; cell < count; cell += 1) {
    const was = states[cell]!;
    const gets = states[count + cell]!;
    let colour: Colour;
    if (mode === "before") colour = STATES[was]!;
    else if (mode === "after") colour = STATES[gets]!;
    else if (was === gets) colour = SAME;
    else if (gets === 0) colour = DARK;
    else if (was === 0) colour = LIT;
    else colour = gets < was ? LESS : MORE;
    colours[4 * cell] = colour[0];
    colours[4 * cell + 1] = colour[1];
    colours[4 * cell + 2] = colour[2];
    colours[4 * cell + 3] = colour[3] ?? 235;
  }
  return colours;
}

/** Draw a dry run: the view's cells by state, the areas that change, and the cells of terminals affected. */
export function drawDryRun(dry: DryRun, states: Uint8Array | null, mode: Mode): void {
  const overlay: Overlay = {
    areas: dry.areas.map((each) => {
      const colour = colourOf(each.was, each.gets);
      const [r, g, b] = colour;
      const filled = mode === "difference" && !states;
      return {
        polygon: each.outline as unknown as MultiPolygon,
        line: colour,
        ...(filled ? { fill: [r, g, b, 90] as Colour } : {}),
        title: t("desk.map.area", { was: t(`desk.place.${each.was}`), gets: t(`desk.place.${each.gets}`) }),
      };
    }),
    points: dry.cells.map((each) => ({
      position: [each.lon_deg, each.lat_deg],
      colour: each.loses || each.less ? DARK : LIT,
      radius: Math.min(14, 4 + 2 * Math.sqrt(each.loses + each.gains + each.less + each.more)),
      title: t("desk.map.terminals", { loses: each.loses + each.less, gains: each.gains + each.more }),
    })),
    lines: mode === "difference" ? marks(states) : [],
  };
  // of a run that is another now the cells are others, too
  if (states && cellsStatic.value?.lon.length === states.length / 2) overlay.cells = coloursOf(states, mode);
  setOverlay(ROOM, overlay);
}

function colourOf(was: string, gets: string): Colour {
  if (gets === "off") return DARK;
  if (was === "off") return LIT;
  const order = ["off", "emergency", "listed", "on"];
  return order.indexOf(gets) < order.indexOf(was) ? LESS : MORE;
}

/** A cross on each cell that goes dark, a plus on each that comes on: told without colour, too. */
function marks(states: Uint8Array | null): NonNullable<Overlay["lines"]>[number][] {
  const where = cellsStatic.value;
  if (!states || !where) return [];
  const count = states.length / 2;
  if (where.lon.length !== count) return [];
  const turned: number[] = [];
  for (let cell = 0; cell < count; cell += 1) {
    if ((states[cell] === 0) !== (states[count + cell] === 0)) turned.push(cell);
  }
  const step = Math.ceil(turned.length / MOST_MARKS);
  const resolution = Number(((where.ids[0] ?? 0n) >> 52n) & 15n);
  const size = (0.45 * (EDGE_KM[resolution] ?? 10) * Math.sqrt(step)) / 111;
  return turned
    .filter((_, at) => at % step === 0)
    .flatMap((cell) => strokes(where.lon[cell]!, where.lat[cell]!, size, states[count + cell] === 0));
}

function strokes(
  lon: number,
  lat: number,
  size: number,
  dark: boolean,
): NonNullable<Overlay["lines"]>[number][] {
  const across = size / Math.max(Math.cos((lat * Math.PI) / 180), 0.1);
  const colour: Colour = dark ? [40, 8, 0] : [0, 32, 60];
  const path = (x: number, y: number): Position[] => [
    [lon - x * across, lat - y * size],
    [lon + x * across, lat + y * size],
  ];
  const ways = dark ? [path(1, 1), path(1, -1)] : [path(1, 0), path(0, 1)];
  return ways.map((way) => ({ path: way, colour, width: 1.5 }));
}
