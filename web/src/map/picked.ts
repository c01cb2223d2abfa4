// What is drawn of the satellite that was picked: footprint, cells, ISLs, gateway, track.
import { computed } from "@preact/signals";
import { place, satellite } from "../state";
import { cornerOf } from "./celldata";
import { cells, ground, picked } from "./data";
import { whereIs } from "./dots";
import { type Line, cut, dashes } from "./lines";
import type { Dots } from "./layers/dots";
import type { Position } from "./overlays";
import { palette } from "./palette";

const RING = 3;
const BEAMS = 400;

/** Lines that stand still within a slot: footprint, track, outlines of the cells that it serves. */
export const pickedGround = computed<Line[]>(() => {
  const it = picked.value;
  if (!it || it.number !== satellite.value) return [];
  const { track, picked: strong } = palette.value;
  const path = it.track.map((each): Position => [each.lon_deg, each.lat_deg]);
  const out: Line[] = cut(path).flatMap((piece) =>
    dashes(piece).map((dash) => ({ path: dash, colour: track, width: 1.6 })),
  );
  for (const piece of cut(it.footprint as readonly Position[]))
    out.push({ path: piece, colour: strong, width: 2 });
  const all = cells.value;
  for (const { cell } of all ? it.cells.slice(0, BEAMS) : []) {
    const ring = [0, 1, 2, 3, 4, 5, 6].map((corner): Position => cornerOf(all!, cell, corner));
    for (const piece of cut(ring)) out.push({ path: piece, colour: strong, width: 1.3 });
  }
  return out;
});

/** Lines that go with the satellite: beams to cells, ISLs, the feeder link. */
export const pickedLinks = computed<Line[]>(() => {
  const it = picked.value;
  const here = it && it.number === satellite.value ? whereIs(it.number) : null;
  if (!it || !here) return [];
  const { link, picked: strong } = palette.value;
  const from: Position = [here.lon, here.lat, here.heightM];
  const out: Line[] = [];
  const add = (to: Position, colour: Line["colour"], width: number): void => {
    for (const path of cut([from, to], 0)) out.push({ path, colour, width });
  };
  const all = cells.value;
  const beam = [strong[0], strong[1], strong[2], 90] as const;
  for (const { cell } of all ? it.cells.slice(0, BEAMS) : [])
    add([all!.lon[cell]!, all!.lat[cell]!, 9000], beam, 1);
  for (const other of it.isls) {
    const now = whereIs(other.number);
    add(
      now ? [now.lon, now.lat, now.heightM] : [other.lon_deg, other.lat_deg, other.altitude_km * 1000],
      link,
      1.5 + 3 * Math.min(1, other.load),
    );
  }
  const site = ground.value?.gateways.find((each) => each.name === it.gateway);
  if (site) add([site.lon_deg, site.lat_deg, 9000], strong, 2.5);
  return out;
});

/** A ring where a place was picked, so that it is found again. */
export const placeDot = computed<Dots | null>(() => {
  const at = place.value;
  if (!at) return null;
  const [red, green, blue] = palette.value.picked;
  return {
    count: 2,
    positions: new Float32Array([at.lon, at.lat, 12_000, at.lon, at.lat, 12_000]),
    colours: new Uint8Array([red, green, blue, 255, red, green, blue, 255]),
    looks: new Float32Array([20, RING, 5, 0]),
  };
});
