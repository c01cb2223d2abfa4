// Satellites by class or shell, gateways and PoPs by load: as the arrays that are drawn.
import { computed, signal } from "@preact/signals";
import { about, gateway, satellite } from "../state";
import { ground, positions, satellites } from "./data";
import type { Dots } from "./layers/dots";
import type { Colour } from "./overlays";
import { between } from "./orbits";
import { dark, palette } from "./palette";
import { category, colourOf } from "./ramps";
import { progress } from "./time";

/** What the colours of satellites tell. */
export const satelliteColours = signal<"class" | "shell">("class");
/** How near the map is: dots grow with it, in steps. */
export const nearness = signal(2);

const GATEWAY = colourOf("e8963a");
const GATEWAY_LIGHT = colourOf("b35a00");
const POP = colourOf("d58fc0");
const POP_LIGHT = colourOf("8d2f70");
const DISC = 0;
const DIAMOND = 1;
const FRAME = 2;
const RING = 3;

/** The colour of a class or shell of satellites. */
export function satelliteColour(code: number): Colour {
  const [red, green, blue] = category(code);
  // on light ground the light colours of the set are darkened
  const shade = dark.value ? 1 : 0.62;
  return [Math.round(red * shade), Math.round(green * shade), Math.round(blue * shade), 255];
}

const looks = computed(() => {
  const all = satellites.value;
  if (!all) return null;
  const count = all.number.length;
  const code = satelliteColours.value === "class" ? all.class : all.shell;
  const size = Math.min(9, (count > 3000 ? 1.1 : 2.2) + nearness.value * 0.75);
  const colours = new Uint8Array(count * 4);
  const sizes = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = satelliteColour(code[i] ?? 0);
    colours.set([red, green, blue, 235], i * 4);
    sizes[i * 2] = size;
    sizes[i * 2 + 1] = DISC;
  }
  const found = all.number.indexOf(satellite.value ?? -1);
  if (found >= 0) {
    const [red, green, blue] = palette.value.picked;
    colours.set([red, green, blue, 255], found * 4);
    sizes[found * 2] = Math.max(11, size * 1.8);
  }
  return { count, colours, looks: sizes };
});

let places = new Float32Array(0);

/** The satellites where they are now; the array of places is the same one, written anew. */
export const satelliteDots = computed<Dots | null>(() => {
  const at = positions.value;
  const how = looks.value;
  if (!at || !how || at.from.length !== how.count * 3) return null;
  if (places.length !== at.from.length) places = new Float32Array(at.from.length);
  between(at.from, at.to, progress.value, places);
  return { ...how, positions: places };
});

/** Where a satellite is now. */
export function whereIs(number: number): { lon: number; lat: number; heightM: number } | null {
  const index = satellites.value?.number.indexOf(number) ?? -1;
  const dots = satelliteDots.value;
  if (index < 0 || !dots || Number.isNaN(dots.positions[index * 3]!)) return null;
  const [lon, lat, heightM] = dots.positions.subarray(index * 3, index * 3 + 3) as unknown as [
    number,
    number,
    number,
  ];
  return { lon, lat, heightM };
}

/** Gateways, bigger the fuller they are, then PoPs; the gateway that was picked has a ring. */
export const siteDots = computed<Dots | null>(() => {
  const here = ground.value;
  if (!here || !about.value) return null;
  const ringed = here.gateways.findIndex((each) => each.name === gateway.value);
  const count = here.gateways.length + here.pops.length + (ringed >= 0 ? 1 : 0);
  const at = new Float32Array(count * 3);
  const colours = new Uint8Array(count * 4);
  const sizes = new Float32Array(count * 2);
  const put = (
    i: number,
    place: { lon_deg: number; lat_deg: number },
    colour: Colour,
    look: number[],
  ): void => {
    at.set([place.lon_deg, place.lat_deg, 10_000], i * 3);
    colours.set([colour[0]!, colour[1]!, colour[2]!, 255], i * 4);
    sizes.set(look, i * 2);
  };
  here.gateways.forEach((each, i) => {
    const size = 6 + 6 * Math.min(1, each.load ?? 0) + Math.min(4, nearness.value);
    put(i, each, dark.value ? GATEWAY : GATEWAY_LIGHT, [size, DIAMOND]);
  });
  here.pops.forEach((each, i) =>
    put(here.gateways.length + i, each, dark.value ? POP : POP_LIGHT, [10, FRAME]),
  );
  if (ringed >= 0) put(count - 1, here.gateways[ringed]!, palette.value.picked, [24, RING]);
  return { count, positions: at, colours, looks: sizes };
});
