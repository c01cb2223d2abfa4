// What of a card is drawn on the map: the place, and the way of its traffic to gateway and PoP.
import { type Colour, type Overlay, type Position, setOverlay } from "../map/overlays";
import type { MultiPolygon } from "geojson";
import { coordinates, t } from "../words";
import type { Point } from "../state";
import type { At } from "./types";

const WAY: Colour = [240, 199, 94, 255];
const PLACE: Colour = [255, 255, 255, 255];
const GROUND: Colour = [111, 208, 163, 255];

/** Draw a place, and the way of its traffic where it has one. */
export function drawPlace(place: Point, at: At | null): void {
  const here: Position = [place.lon, place.lat, 0];
  const overlay: Overlay = {
    points: [{ position: here, colour: PLACE, radius: 6, title: coordinates(place.lat, place.lon) }],
  };
  const way = at?.way ?? [];
  if (way.length > 1) {
    const over = way.filter((each) => each.kind !== "pop");
    const ground = way.filter((each) => each.kind === "gateway" || each.kind === "pop");
    const position = (each: At["way"][number]): Position => [
      each.lon_deg,
      each.lat_deg,
      each.altitude_km * 1000,
    ];
    overlay.lines = [
      { path: over.map(position), colour: WAY, width: 3, title: t("place.way") },
      ...(ground.length > 1
        ? [{ path: ground.map(position), colour: WAY, width: 2, dashed: true, title: t("place.fibre") }]
        : []),
    ];
    overlay.points = [
      ...overlay.points!,
      ...ground.map((each) => ({ position: position(each), colour: GROUND, radius: 5, title: each.name })),
      ...over
        .filter((each) => each.kind === "satellite")
        .map((each) => ({ position: position(each), colour: WAY, radius: 5, title: each.name })),
    ];
  }
  setOverlay("place", overlay);
}

/** Draw the outline of a region; null draws none. */
export function drawArea(title: string, polygon: MultiPolygon | null): void {
  setOverlay("place", polygon && { areas: [{ polygon, line: WAY, fill: [240, 199, 94, 46], title }] });
}

/** Take it off the map. */
export function drawNothing(): void {
  setOverlay("place", null);
}
