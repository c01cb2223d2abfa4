// Outlines as the server gives them, and as lines that a map can draw: without the cuts at the antimeridian.
import type { MultiPolygon } from "geojson";
import type { Schemas } from "../api/client";
import type { Position } from "./overlays";

export type Outline = Schemas["Outline"];
export type Outlines = Schemas["Outlines"];

/** The polygons of an outline, as GeoJSON's own type. */
export function polygonOf(it: Outline): MultiPolygon | null {
  return it.geometry as MultiPolygon | null;
}

/** The rings of an outline as lines; what runs along the antimeridian or a pole is no line of its own. */
export function linesOf(shape: MultiPolygon): Position[][] {
  const lines: Position[][] = [];
  for (const polygon of shape.coordinates) {
    for (const ring of polygon) {
      let line: Position[] = [];
      ring.forEach((point, k) => {
        const here: Position = [point[0]!, point[1]!];
        const before = ring[k - 1];
        if (before && isCut(before, point)) {
          if (line.length > 1) lines.push(line);
          line = [];
        }
        line.push(here);
      });
      if (line.length > 1) lines.push(line);
    }
  }
  return lines;
}

function isCut(a: readonly number[], b: readonly number[]): boolean {
  return (Math.abs(a[0]!) === 180 && a[0] === b[0]) || (Math.abs(a[1]!) === 90 && a[1] === b[1]);
}
