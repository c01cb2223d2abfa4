// Coasts, countries and borders of world-atlas (Natural Earth 1:50m): read once, drawn as a picture and as lines.
import { feature, mesh } from "topojson-client";
import type { Feature, Geometry, MultiLineString, MultiPolygon, Polygon, Position } from "geojson";
import type { GeometryCollection, Topology } from "topojson-specification";
import source from "world-atlas/countries-50m.json?url";
import { countryCode } from "./codes";
import type { Colour } from "./overlays";
import { css } from "./ramps";

export interface Atlas {
  countries: readonly { code: string; shape: Polygon | MultiPolygon }[];
  /** Both ends of each piece, longitude and latitude: whole, and coarse for a view from afar. */
  coasts: Lines;
  borders: Lines;
}
interface Lines {
  fine: Float32Array;
  coarse: Float32Array;
}

export interface Paints {
  sea: Colour;
  land: Colour;
  ice: Colour;
}

const COARSE_DEG = 0.35;
const RETRY_MS = 2000;

/** A world without any land, for when it cannot be read. */
export const NO_LAND: Atlas = {
  countries: [],
  coasts: { fine: new Float32Array(0), coarse: new Float32Array(0) },
  borders: { fine: new Float32Array(0), coarse: new Float32Array(0) },
};

/** Fetch it from the server that the page came from, as often as it takes while that is not there. */
export async function readAtlas(): Promise<Atlas> {
  let answer: Response;
  for (;;) {
    try {
      answer = await fetch(source, { credentials: "omit" });
      break;
    } catch {
      await new Promise((done) => setTimeout(done, RETRY_MS)); // the page itself says that the server is gone
    }
  }
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const world = (await answer.json()) as Topology<{
    countries: GeometryCollection<{ name: string }>;
  }>;
  const found = feature(world, world.objects.countries).features as Feature<Geometry, { name: string }>[];
  return {
    countries: found.flatMap(({ id, properties, geometry }) =>
      geometry.type === "Polygon" || geometry.type === "MultiPolygon"
        ? [{ code: countryCode(id, properties.name), shape: geometry }]
        : [],
    ),
    coasts: lines(mesh(world, world.objects.countries, (a, b) => a === b)),
    borders: lines(mesh(world, world.objects.countries, (a, b) => a !== b)),
  };
}

/** Draw sea, land and what fills countries and areas on a canvas whose sides are as 2 to 1. */
export function paint(
  canvas: HTMLCanvasElement,
  atlas: Atlas | null,
  paints: Paints,
  fill: ((code: string) => Colour | null) | null,
  areas: readonly { polygon: Polygon | MultiPolygon; fill?: Colour }[],
): void {
  // in memory: the picture is handed on as bytes, and many points are filled faster there
  const brush = canvas.getContext("2d", { alpha: false, willReadFrequently: true })!;
  const { width, height } = canvas;
  brush.fillStyle = css(paints.sea);
  brush.fillRect(0, 0, width, height);
  brush.save();
  brush.scale(width / 360, -height / 180);
  brush.translate(180, -90);
  // one path of all land, so that no seam shows where countries meet
  brush.fillStyle = css(paints.land);
  brush.beginPath();
  for (const { code, shape } of atlas?.countries ?? [])
    if (code !== "AQ" && code !== "GL") trace(brush, shape);
  brush.fill("evenodd");
  brush.fillStyle = css(paints.ice);
  brush.beginPath();
  for (const { code, shape } of atlas?.countries ?? [])
    if (code === "AQ" || code === "GL") trace(brush, shape);
  brush.fill("evenodd");
  if (fill) {
    for (const { code, shape } of atlas?.countries ?? []) {
      const colour = fill(code);
      if (colour) fillShape(brush, shape, colour);
    }
  }
  for (const { polygon, fill: colour } of areas) if (colour) fillShape(brush, polygon, colour);
  brush.restore();
}

/** Both ends of each piece of some paths. */
export function piecesOf(paths: readonly (readonly Position[])[]): Float32Array {
  let count = 0;
  for (const path of paths) count += Math.max(0, path.length - 1);
  const out = new Float32Array(count * 4);
  let at = 0;
  for (const path of paths) {
    for (let i = 1; i < path.length; i++) {
      const [fromLon, fromLat] = path[i - 1]!;
      const [toLon, toLat] = path[i]!;
      // what runs along the seam of the source is no coast
      if (Math.abs(fromLon! - toLon!) > 180 || (Math.abs(fromLon!) > 179.999 && Math.abs(toLon!) > 179.999))
        continue;
      out[at++] = fromLon!;
      out[at++] = fromLat!;
      out[at++] = toLon!;
      out[at++] = toLat!;
    }
  }
  return out.subarray(0, at);
}

function lines(found: MultiLineString): Lines {
  const coarse = found.coordinates.map((path) => {
    let [lon, lat] = path[0] as [number, number];
    return path.filter((each, i) => {
      const far = Math.max(
        Math.abs(each[0]! - lon) * Math.cos((lat * Math.PI) / 180),
        Math.abs(each[1]! - lat),
      );
      if (i > 0 && i < path.length - 1 && far < COARSE_DEG) return false;
      [lon, lat] = each as [number, number];
      return true;
    });
  });
  return {
    fine: piecesOf(found.coordinates),
    coarse: piecesOf(coarse.filter((path) => path.length > 3 || found.coordinates.length < 50)),
  };
}

function fillShape(brush: CanvasRenderingContext2D, shape: Polygon | MultiPolygon, colour: Colour): void {
  brush.fillStyle = css(colour);
  brush.beginPath();
  // what lies across the antimeridian is drawn at both edges of the picture
  if (trace(brush, shape)) for (const shift of [-360, 360]) trace(brush, shape, shift);
  brush.fill("evenodd");
}

/** Walk around a shape; returns whether it lies across the antimeridian. */
function trace(brush: CanvasRenderingContext2D, shape: Polygon | MultiPolygon, shift = 0): boolean {
  let across = false;
  for (const rings of shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates) {
    for (const ring of rings) {
      let before = Number.NaN;
      let turns = 0;
      let first = true;
      for (const [lon, lat] of ring as [number, number][]) {
        if (lon - before > 180) turns -= 360;
        else if (before - lon > 180) turns += 360;
        before = lon;
        if (first) brush.moveTo(lon + shift, lat);
        else brush.lineTo(lon + turns + shift, lat);
        across ||= turns !== 0;
        first = false;
      }
      brush.closePath();
    }
  }
  return across;
}
