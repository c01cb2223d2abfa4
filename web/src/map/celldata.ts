// The cells as arrays: where they are, the corners that are drawn, their colours, and which one is at a point.
import type { Field } from "./fields";
import { NONE, rampColour, wordColour } from "./ramps";
import type { Colour } from "./overlays";

export interface Cells {
  count: number;
  lon: Float32Array;
  lat: Float32Array;
  ids: BigUint64Array;
  /** Longitude and latitude of each cell, as they were sent. */
  centres: Float32Array;
  /** Six corners of each cell from its centre, counter-clockwise, in steps of `scaleDeg`. */
  offsets: Int16Array;
  scaleDeg: number;
  /** How wide a cell is, about. */
  wideM: number;
  buckets: Buckets;
}

/** Cells by squares of a few degrees, in rows of longitude. */
interface Buckets {
  start: Uint32Array;
  cell: Uint32Array;
}

const SIDE_DEG = 2;
const ACROSS = 360 / SIDE_DEG;
const DOWN = 180 / SIDE_DEG;
const CORNERS = 6;
const DEG = Math.PI / 180;

/** The server's array of cells, made ready to be drawn. */
export function readCells(raw: ArrayBuffer, count: number, scaleDeg: number): Cells {
  const centres = new Float32Array(raw, 0, count * 2);
  const offsets = new Int16Array(raw, count * 8, count * CORNERS * 2);
  // the ids stand behind 32 bytes of each cell, so that they lie on eight bytes
  const ids = new BigUint64Array(raw, count * 32, count);
  const lon = new Float32Array(count);
  const lat = new Float32Array(count);
  for (let cell = 0; cell < count; cell++) {
    lon[cell] = centres[cell * 2]!;
    lat[cell] = centres[cell * 2 + 1]!;
  }
  const wideM = count ? 111_195 * Math.sqrt(areaOf(offsets, lat[0]!)) * scaleDeg : 0;
  return { count, lon, lat, ids, centres, offsets, scaleDeg, wideM, buckets: sorted(lon, lat) };
}

/** Longitude and latitude of a corner of a cell, beyond 180 degrees where the cell lies across it. */
export function cornerOf(cells: Cells, cell: number, corner: number): [number, number] {
  const at = (cell * CORNERS + (corner % CORNERS)) * 2;
  return [
    cells.lon[cell]! + cells.offsets[at]! * cells.scaleDeg,
    cells.lat[cell]! + cells.offsets[at + 1]! * cells.scaleDeg,
  ];
}

/** All corners, and four triangles of each cell into them: many, and only needed from near. */
export function shapesOf(cells: Cells): { corners: Float32Array; triangles: Uint32Array } {
  const { count, centres, offsets, scaleDeg } = cells;
  const corners = new Float32Array(count * CORNERS * 2);
  const triangles = new Uint32Array(count * 12);
  for (let cell = 0, at = 0, t = 0; cell < count; cell++) {
    const x = centres[cell * 2]!;
    const y = centres[cell * 2 + 1]!;
    const first = cell * CORNERS;
    for (let corner = 0; corner < CORNERS; corner++, at += 2) {
      corners[at] = x + offsets[at]! * scaleDeg;
      corners[at + 1] = y + offsets[at + 1]! * scaleDeg;
    }
    for (let corner = 1; corner < CORNERS - 1; corner++) {
      triangles[t++] = first;
      triangles[t++] = first + corner;
      triangles[t++] = first + corner + 1;
    }
  }
  return { corners, triangles };
}

/** The cell at a point, -1 where there is none. */
export function cellAt(cells: Cells, lonDeg: number, latDeg: number): number {
  const row = rowOf(latDeg);
  const wide = Math.min(ACROSS / 2, Math.ceil(1 / Math.max(0.02, Math.cos(latDeg * DEG))));
  const column = columnOf(lonDeg);
  let best = -1;
  let least = Infinity;
  const cos = Math.cos(latDeg * DEG);
  for (let y = Math.max(0, row - 1); y <= Math.min(DOWN - 1, row + 1); y++) {
    for (let dx = -wide; dx <= wide; dx++) {
      const bucket = y * ACROSS + ((column + dx + ACROSS) % ACROSS);
      for (let i = cells.buckets.start[bucket]!; i < cells.buckets.start[bucket + 1]!; i++) {
        const cell = cells.buckets.cell[i]!;
        const north = cells.lat[cell]! - latDeg;
        const east = near(cells.lon[cell]! - lonDeg) * cos;
        const far = north * north + east * east;
        if (far < least) {
          least = far;
          best = cell;
        }
      }
    }
  }
  return best >= 0 && inside(cells, best, lonDeg, latDeg) ? best : -1;
}

/** The RGBA of each cell for a field. */
export function cellColours(field: Field, values: Float32Array | Uint16Array, opaque = 235): Uint8Array {
  const out = new Uint32Array(values.length);
  if (values instanceof Uint16Array) {
    const words = Uint32Array.from(field.words, (word, code) =>
      packed(wordColour(field.name, word, code), opaque),
    );
    const none = packed(NONE);
    for (let i = 0; i < values.length; i++) out[i] = words[values[i]!] ?? none;
  } else {
    const ramp = Uint32Array.from({ length: 256 }, (_, step) =>
      packed(rampColour(field, step / 255), opaque),
    );
    const none = packed(NONE);
    const scale = 255 / (field.high - field.low || 1);
    const low = field.low;
    for (let i = 0; i < values.length; i++) {
      const at = (values[i]! - low) * scale;
      out[i] = at >= 0 ? ramp[at > 255 ? 255 : (at + 0.5) | 0]! : at < 0 ? ramp[0]! : none;
    }
  }
  return new Uint8Array(out.buffer);
}

/** A colour as the four bytes of a texel, in one number (the bytes of typed arrays are little-endian here). */
function packed(colour: Colour, opaque = 255): number {
  const alpha = Math.min(colour[3] ?? 255, opaque);
  return ((alpha << 24) | (colour[2] << 16) | (colour[1] << 8) | colour[0]) >>> 0;
}

function sorted(lon: Float32Array, lat: Float32Array): Buckets {
  const start = new Uint32Array(ACROSS * DOWN + 1);
  const bucket = new Uint32Array(lon.length);
  for (let i = 0; i < lon.length; i++) {
    bucket[i] = rowOf(lat[i]!) * ACROSS + columnOf(lon[i]!);
    start[bucket[i]! + 1]!++;
  }
  for (let i = 0; i < ACROSS * DOWN; i++) start[i + 1]! += start[i]!;
  const next = start.slice();
  const cell = new Uint32Array(lon.length);
  for (let i = 0; i < lon.length; i++) cell[next[bucket[i]!]!++] = i;
  return { start, cell };
}

function rowOf(latDeg: number): number {
  return Math.max(0, Math.min(DOWN - 1, Math.floor((latDeg + 90) / SIDE_DEG)));
}

function columnOf(lonDeg: number): number {
  return ((Math.floor((lonDeg + 180) / SIDE_DEG) % ACROSS) + ACROSS) % ACROSS;
}

function near(lonDeg: number): number {
  return lonDeg > 180 ? lonDeg - 360 : lonDeg < -180 ? lonDeg + 360 : lonDeg;
}

/** Whether a point is within the corners of a cell, which are counter-clockwise and convex; a hair wider. */
function inside(cells: Cells, cell: number, lonDeg: number, latDeg: number): boolean {
  const x = cells.lon[cell]! + near(lonDeg - cells.lon[cell]!);
  for (let corner = 0; corner < CORNERS; corner++) {
    const [ax, ay] = cornerOf(cells, cell, corner);
    const [bx, by] = cornerOf(cells, cell, corner + 1);
    if ((bx - ax) * (latDeg - ay) - (by - ay) * (x - ax) < -1e-4) return false;
  }
  return true;
}

/** The area of the first cell in square steps, by the shoelace formula. */
function areaOf(offsets: Int16Array, latDeg: number): number {
  let twice = 0;
  for (let corner = 0; corner < CORNERS; corner++) {
    const a = corner * 2;
    const b = ((corner + 1) % CORNERS) * 2;
    twice += offsets[a]! * offsets[b + 1]! - offsets[b]! * offsets[a + 1]!;
  }
  return (Math.abs(twice) / 2) * Math.cos(latDeg * DEG);
}
