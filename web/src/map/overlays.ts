// What other rooms draw on the map, and what they may know of it.
import { signal } from "@preact/signals";
import type { MultiPolygon, Polygon } from "geojson";

/** Red, green, blue, and alpha (255 where it is left out), 0 to 255. */
export type Colour = readonly [number, number, number, number?];
/** Longitude and latitude in degrees, altitude in metres. */
export type Position = readonly [number, number, number?];

export interface Overlay {
  lines?: readonly {
    path: readonly Position[];
    colour: Colour;
    width?: number;
    dashed?: boolean;
    title?: string;
  }[];
  points?: readonly { position: Position; colour: Colour; radius?: number; title: string; key?: string }[];
  areas?: readonly {
    polygon: Polygon | MultiPolygon;
    line: Colour;
    fill?: Colour;
    title: string;
    key?: string;
  }[];
  /** RGBA of each cell, 4 * C bytes; it stands instead of the coloured field. */
  cells?: Uint8Array;
}

export const overlays = signal<ReadonlyMap<string, Overlay>>(new Map());

/** Draw something for a room, instead of what it drew before; null takes it away. */
export function setOverlay(room: string, overlay: Overlay | null): void {
  const next = new Map(overlays.peek());
  if (overlay) next.set(room, overlay);
  else if (!next.delete(room)) return;
  overlays.value = next;
}

/** How countries are filled, by code as the server's availability names them; null: not at all. */
export const countryFill = signal<((code: string) => Colour | null) | null>(null);

/** The point or area with a key that was clicked last. */
export const pickedKey = signal<string | null>(null);

/** Where the map is asked to go. */
export const destination = signal<{ lat: number; lon: number; zoom?: number } | null>(null);

/** Turn the map to a place. */
export function flyTo(where: { lat: number; lon: number; zoom?: number }): void {
  destination.value = { ...where };
}

/** The field that is coloured, as it was sent: numbers (NaN none) or words (65535 none). */
export const shownField = signal<{
  name: string;
  slot: number;
  values: Float32Array | Uint16Array;
} | null>(null);

/** Centres and H3 indices of the cells. */
export const cellsStatic = signal<{ lon: Float32Array; lat: Float32Array; ids: BigUint64Array } | null>(null);

/** Draws once more and hands a picture of what is shown; null where nothing can be drawn. */
export const picture = signal<(() => HTMLCanvasElement) | null>(null);
