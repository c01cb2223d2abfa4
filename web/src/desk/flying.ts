// Turning the map to what is drawn, unless the person looks there already.
import { flyTo } from "../map/overlays";
import { camera } from "../state";
import type { DryRun, Spot } from "./draw";

type Place = readonly [lon: number, lat: number];

/** Nearer than this nothing is looked at by itself. */
const NEAREST = 7;

/** Show all of some places; where they lie around the globe, the first of them. */
export function flyOver(places: readonly Place[]): void {
  const [first] = places;
  if (!first) return;
  let [west, south] = first;
  let [east, north] = first;
  for (const [lon, lat] of places) {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  const wide = Math.max(east - west, 2 * (north - south), 0.5);
  const room = document.querySelector(".map")?.clientWidth ?? 720;
  const zoom = Math.min(NEAREST, Math.max(0, Math.log2((0.47 * room) / wide)));
  const { lon, lat, zoom: now } = camera.peek();
  if (now >= zoom && lon >= west && lon <= east && lat >= south && lat <= north) return;
  if (east - west > 180) flyTo({ lon: first[0], lat: first[1], zoom: 1.5 });
  else flyTo({ lon: (west + east) / 2, lat: (south + north) / 2, zoom });
}

/** Where a dry run changes something: its areas, else the cells of terminals. */
export function placesOf(dry: DryRun): Place[] {
  const found: Place[] = dry.areas.flatMap((each) => cornersOf(each.outline["coordinates"]));
  return found.length ? found : dry.cells.map((each) => [each.lon_deg, each.lat_deg]);
}

/** Where the check-ins of a look were. */
export function spotsOf(spots: readonly Spot[]): Place[] {
  return spots.flatMap((each) =>
    each.lon_deg === null || each.lat_deg === null ? [] : [[each.lon_deg, each.lat_deg]],
  );
}

function cornersOf(value: unknown): Place[] {
  if (!Array.isArray(value)) return [];
  if (typeof value[0] === "number" && typeof value[1] === "number") return [[value[0], value[1]]];
  return value.flatMap(cornersOf);
}
