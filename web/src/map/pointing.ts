// What is under a point of the map: a satellite, a gateway, a point or area of another room, a cell, the ground.
import { signal } from "@preact/signals";
import type { Viewport } from "@deck.gl/core";
import { layers } from "../state";
import { coordinates, rate, t } from "../words";
import { cellAt } from "./celldata";
import { cells, ground, satellites } from "./data";
import { cellTitle, fieldTitle, fields } from "./fields";
import { contains } from "./lines";
import { wrap } from "./sun";
import { overlays, shownField } from "./overlays";
import type { Dots } from "./layers/dots";

export interface Target {
  kind: "satellite" | "gateway" | "pop" | "point" | "area" | "ground";
  /** What is said of it, line by line. */
  lines: readonly string[];
  lon: number;
  lat: number;
  number?: number;
  name?: string;
  key?: string;
}

/** What the pointer is over, and where in the map it is (pixels). */
export const pointed = signal<{ x: number; y: number; target: Target } | null>(null);

const REACH_PX = 9;
/** Where very many satellites stand close together, one is hit by its dot alone: the ground shall be reached. */
const CROWD = 1000;
const CROWD_REACH_PX = 2.5;
const APART_FROM_ZOOM = 4;
const GLOBE_RADIUS = 256; // deck.gl's globe, in its own units
const EARTH_M = 6370972; // the same, in metres
const DEG = Math.PI / 180;

/** The ground under a pixel, null beside the globe. */
export function groundAt(view: Viewport, x: number, y: number): { lon: number; lat: number } | null {
  const [lon, lat] = view.unproject([x, y]) as [number, number];
  if (!Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lat) > 90) return null;
  // beside the globe, the nearest point of its rim comes back
  const [backX, backY] = view.project([lon, lat]) as [number, number];
  if (Math.hypot(backX - x, backY - y) > 2) return null;
  return { lon: wrap(lon), lat };
}

/** What is at a pixel; null in empty space. */
export function targetAt(
  view: Viewport,
  x: number,
  y: number,
  moving: Dots | null,
  sites: Dots | null,
): Target | null {
  if (moving && layers.value.has("satellites")) {
    const crowded = moving.count > CROWD && view.zoom < APART_FROM_ZOOM;
    const found = nearest(view, moving, x, y, crowded ? CROWD_REACH_PX : REACH_PX);
    if (found >= 0) return satelliteTarget(moving, found);
  }
  for (const { points = [] } of overlays.value.values()) {
    for (const { position, title, key } of points) {
      const at = onScreen(view, position[0], position[1], position[2] ?? 0);
      if (!at || Math.hypot(at[0] - x, at[1] - y) > REACH_PX) continue;
      return { kind: "point", lines: [title], lon: position[0], lat: position[1], ...(key ? { key } : {}) };
    }
  }
  if (sites && layers.value.has("gateways")) {
    const found = nearest(view, sites, x, y);
    if (found >= 0) return siteTarget(found);
  }
  const here = groundAt(view, x, y);
  return here && groundTarget(here.lon, here.lat);
}

/** What is said of a point of the ground. */
export function groundTarget(lon: number, lat: number): Target {
  for (const { areas = [] } of overlays.value.values()) {
    for (const { polygon, title, key } of areas) {
      if (!key || !contains(polygon, lon, lat)) continue;
      return { kind: "area", lines: [title, ...cellLines(lon, lat)], lon, lat, key };
    }
  }
  return { kind: "ground", lines: [...cellLines(lon, lat), coordinates(lat, lon)], lon, lat };
}

function cellLines(lon: number, lat: number): string[] {
  const field = fields().find((each) => each.name === shownField.value?.name);
  if (!cells.value || !field || !shownField.value || !layers.value.has("cells")) return [];
  const cell = cellAt(cells.value, lon, lat);
  if (cell < 0) return [t("map.cell.none")];
  return [`${fieldTitle(field.name)}: ${cellTitle(field, shownField.value.values, cell)}`];
}

function satelliteTarget(dots: Dots, index: number): Target {
  const all = satellites.value;
  const height = dots.positions[index * 3 + 2]! / 1000;
  return {
    kind: "satellite",
    lines: [all?.name[index] ?? "", t("map.satellite.at", { km: Math.round(height) })],
    lon: dots.positions[index * 3]!,
    lat: dots.positions[index * 3 + 1]!,
    number: all?.number[index] ?? 0,
  };
}

function siteTarget(index: number): Target | null {
  const here = ground.value;
  if (!here) return null;
  const gateway = here.gateways[index];
  if (gateway) {
    const lines = [
      t("map.gateway.named", { name: gateway.name, country: gateway.country }),
      t("map.gateway.load", { granted: rate(gateway.granted_bps), satellites: gateway.satellites }),
    ];
    return { kind: "gateway", lines, lon: gateway.lon_deg, lat: gateway.lat_deg, name: gateway.name };
  }
  const pop = here.pops[index - here.gateways.length];
  if (!pop) return null;
  const lines = [t("map.pop.named", { name: pop.name }), rate(pop.granted_bps)];
  return { kind: "pop", lines, lon: pop.lon_deg, lat: pop.lat_deg, name: pop.name };
}

/** The dot nearest to a pixel that is near enough and not behind the globe, -1 for none. */
function nearest(view: Viewport, dots: Dots, x: number, y: number, reach = REACH_PX): number {
  let best = -1;
  let least = reach;
  for (let i = 0; i < dots.count; i++) {
    const at = onScreen(view, dots.positions[i * 3]!, dots.positions[i * 3 + 1]!, dots.positions[i * 3 + 2]!);
    if (!at) continue;
    const far = Math.hypot(at[0] - x, at[1] - y);
    if (far < least) {
      least = far;
      best = i;
    }
  }
  return best;
}

/** The pixel at which something stands; null where it is behind the globe, or is lost. */
export function onScreen(
  view: Viewport,
  lonDeg: number,
  latDeg: number,
  heightM: number,
): [number, number] | null {
  if (!(heightM > -1e6)) return null;
  const m = view.viewProjectionMatrix;
  let common: [number, number, number];
  if (view.resolution) {
    // the globe: the same as its own projection, without an array for each
    const far = (heightM / EARTH_M + 1) * GLOBE_RADIUS;
    const cos = Math.cos(latDeg * DEG);
    common = [
      Math.sin(lonDeg * DEG) * cos * far,
      -Math.cos(lonDeg * DEG) * cos * far,
      Math.sin(latDeg * DEG) * far,
    ];
    if (hidden(view.cameraPosition, common)) return null;
  } else {
    // a flat map shows the turn of the Earth that is nearest to its middle
    const middle = (view as unknown as { longitude: number }).longitude;
    const lon = middle + wrap(lonDeg - middle);
    const [px, py] = view.project([lon, latDeg]) as [number, number];
    return [px, py];
  }
  const [cx, cy, cz] = common;
  const w = m[3]! * cx + m[7]! * cy + m[11]! * cz + m[15]!;
  if (w <= 0) return null;
  const px = (m[0]! * cx + m[4]! * cy + m[8]! * cz + m[12]!) / w;
  const py = (m[1]! * cx + m[5]! * cy + m[9]! * cz + m[13]!) / w;
  return [((px + 1) / 2) * view.width, ((1 - py) / 2) * view.height];
}

/** Whether the sphere stands between the eye and a point. */
function hidden(eye: readonly number[], at: readonly number[]): boolean {
  const d = [at[0]! - eye[0]!, at[1]! - eye[1]!, at[2]! - eye[2]!] as const;
  const long = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
  const along = -(eye[0]! * d[0] + eye[1]! * d[1] + eye[2]! * d[2]) / long;
  if (along >= 1 || along <= 0) return false;
  const x = eye[0]! + d[0] * along;
  const y = eye[1]! + d[1] * along;
  const z = eye[2]! + d[2] * along;
  return x * x + y * y + z * z < GLOBE_RADIUS * GLOBE_RADIUS * 0.9996;
}
