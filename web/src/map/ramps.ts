// Colours that tell values: ramps that stay ramps for the colour-blind, and sets that differ in lightness too.
import type { Colour } from "./overlays";

/** Viridis (van der Walt and Smith, 2015) at eight even steps. */
const VIRIDIS = "440154 46327e 365c8d 277f8e 1fa187 4ac16d a0da39 fde725";
/** Cividis (Nuñez, Anderton and Renslow, 2018) at eight even steps: for what is asked for rather than given. */
const CIVIDIS = "00224e 233e6c 575d6d 7c7b78 94907a b3a772 d6c35a fee838";
/** Okabe and Ito (2008), without black; the lighter ones first. */
const OKABE_ITO = "56b4e9 e69f00 009e73 f0e442 cc79a7 d55e00 0072b2 999999";

export const NONE: Colour = [128, 134, 142, 90];

/** What words mean is told by lightness as much as by hue: good is light, no is dark. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  served: { not_served: "7a1f4d", served: "8fe0c0" },
  reason: {
    served: "4ac1a0",
    no_satellite: "3f7fd0",
    gso_arc: "9ad4f5",
    no_gateway: "cc79a7",
    capacity: "e69f00",
    colour: "f0e442",
    rule: "c2410c",
    no_demand: "8a8f96",
  },
  licence: { licensed: "8fe0c0", pending: "d9a93a", none: "a8623a", prohibited: "7a1f4d" },
  service: { on: "8fe0c0", listed: "d9a93a", emergency: "a8623a", off: "7a1f4d" },
  sales: {
    available: "a6ecd0",
    waitlist: "d9c95a",
    coming_soon: "d9963a",
    decided_by_area: "6c8fb8",
    not_offered: "7a1f4d",
    unknown: "8a8f96",
  },
};

const STEPS = 256;
const SEQUENTIAL = table(VIRIDIS);
const ASKED = table(CIVIDIS);
const CATEGORIES = OKABE_ITO.split(" ").map(colourOf);

/** A colour of eight hexadecimal digits or six. */
export function colourOf(hex: string): Colour {
  const value = Number.parseInt(hex, 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255, 255];
}

/** As style sheets write it. */
export function css(colour: Colour): string {
  return `rgb(${colour[0]} ${colour[1]} ${colour[2]} / ${((colour[3] ?? 255) / 255).toFixed(3)})`;
}

/** The colour of a word of a field: by its meaning where it has one, by its number otherwise. */
export function wordColour(field: string, word: string, code: number): Colour {
  const meant = WORDS[field]?.[word];
  return meant ? colourOf(meant) : category(code);
}

/** One of many, told apart from its neighbours. */
export function category(code: number): Colour {
  const base = CATEGORIES[code % CATEGORIES.length]!;
  const shade = [1, 0.72, 1.18, 0.55][Math.floor(code / CATEGORIES.length) % 4]!; // a second round is darker
  const shaded = (part: number): number => Math.min(255, Math.round(part * shade));
  return [shaded(base[0]), shaded(base[1]), shaded(base[2]), 255];
}

/**
 * The colour of a share of the way from low to high: light is better, whichever end that is.
 * Fields of demand have another ramp than fields of supply.
 */
export function rampColour(field: { name: string; lower_is_better: boolean }, share: number): Colour {
  const found = field.name === "demand_bps" || field.name === "load" ? ASKED : SEQUENTIAL;
  const along = field.lower_is_better ? 1 - share : share;
  const at = Math.max(0, Math.min(STEPS - 1, Math.round(along * (STEPS - 1))));
  return [found[at * 4]!, found[at * 4 + 1]!, found[at * 4 + 2]!, 255];
}

function table(stops: string): Uint8Array {
  const colours = stops.split(" ").map(colourOf);
  const out = new Uint8Array(STEPS * 4);
  for (let step = 0; step < STEPS; step++) {
    const along = (step / (STEPS - 1)) * (colours.length - 1);
    const left = Math.min(Math.floor(along), colours.length - 2);
    for (let part = 0; part < 3; part++) {
      const from = colours[left]![part]!;
      out[step * 4 + part] = Math.round(from + (colours[left + 1]![part]! - from) * (along - left));
    }
    out[step * 4 + 3] = 255;
  }
  return out;
}
