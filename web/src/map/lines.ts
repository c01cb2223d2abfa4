// Paths on the globe: cut at the antimeridian, cut into dashes, great circles.
import type { Colour, Overlay, Position } from "./overlays";
import type { MultiPolygon, Polygon } from "geojson";
import { wrap } from "./sun";

export type Path = [number, number, number][];
export interface Line {
  path: Path;
  colour: Colour;
  width: number;
}

const DEG = Math.PI / 180;
/** Drawn so far above the ground that the facets of the globe do not hide it. */
const LIFT_M = 9000;

/** A path cut where it goes over the antimeridian, so that a flat map does not draw it all around. */
export function cut(path: readonly Position[], liftM = LIFT_M): Path[] {
  const out: Path[] = [];
  let piece: Path = [];
  let before: [number, number, number] | null = null;
  for (const [lon, lat, height = 0] of path) {
    const here: [number, number, number] = [wrap(lon), lat, height + liftM];
    if (before && Math.abs(here[0] - before[0]) > 180) {
      const side: number = Math.sign(before[0]) * 180;
      const beyond = here[0] + Math.sign(before[0]) * 360;
      const share = beyond === before[0] ? 0 : (side - before[0]) / (beyond - before[0]);
      const at = before[1] + (here[1] - before[1]) * share;
      const high = before[2] + (here[2] - before[2]) * share;
      piece.push([side, at, high]);
      out.push(piece);
      piece = [[-side, at, high]];
    }
    piece.push(here);
    before = here;
  }
  out.push(piece);
  return out.filter((each) => each.length > 1);
}

/** Every second piece of a path of short pieces: dashes. */
export function dashes(path: Path, everyDeg = 1.2): Path[] {
  const fine: Path = [];
  for (let i = 1; i < path.length; i++) {
    const [from, to] = [path[i - 1]!, path[i]!];
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / everyDeg));
    for (let step = i === 1 ? 0 : 1; step <= steps; step++) {
      fine.push(
        [0, 1, 2].map((axis) => from[axis]! + ((to[axis]! - from[axis]!) * step) / steps) as Path[number],
      );
    }
  }
  const out: Path[] = [];
  for (let i = 0; i + 1 < fine.length; i += 2) out.push([fine[i]!, fine[i + 1]!]);
  return out;
}

/** The rings of an area as paths. */
export function ringsOf(area: Polygon | MultiPolygon): readonly Position[][] {
  const polygons = area.type === "Polygon" ? [area.coordinates] : area.coordinates;
  return polygons.flat() as unknown as Position[][];
}

/** What rooms draw, as lines. */
export function overlayLines(all: Iterable<Overlay>): Line[] {
  const out: Line[] = [];
  for (const { lines = [], areas = [] } of all) {
    for (const { path, colour, width = 2.5, dashed } of lines) {
      for (const piece of cut(path)) {
        for (const each of dashed ? dashes(piece) : [piece]) out.push({ path: each, colour, width });
      }
    }
    for (const { polygon, line } of areas) {
      for (const ring of ringsOf(polygon))
        for (const path of cut(ring)) out.push({ path, colour: line, width: 1.6 });
    }
  }
  return out;
}

/** Whether a point is in an area: a ray to the north, which the antimeridian does not trouble. */
export function contains(area: Polygon | MultiPolygon, lon: number, lat: number): boolean {
  let within = false;
  for (const ring of ringsOf(area)) {
    for (let i = 1; i < ring.length; i++) {
      const [fromLon, fromLat] = ring[i - 1]!;
      const [toLon, toLat] = ring[i]!;
      const west = wrap(fromLon - lon);
      const across = wrap(toLon - fromLon);
      const east = west + across;
      if (west > 0 === east > 0) continue;
      if (fromLat + ((toLat - fromLat) * -west) / across > lat) within = !within;
    }
  }
  return within;
}

/** Kilometres between two points of a sphere. */
export function distanceKm(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const half = Math.sin(((b.lat - a.lat) * DEG) / 2) ** 2;
  const side = Math.cos(a.lat * DEG) * Math.cos(b.lat * DEG) * Math.sin(((b.lon - a.lon) * DEG) / 2) ** 2;
  return 2 * 6371.0088 * Math.asin(Math.sqrt(Math.min(1, half + side)));
}
