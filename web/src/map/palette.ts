// The calm colours under and around the data, in dark and in light.
import { computed, signal } from "@preact/signals";
import { theme } from "../state";
import type { Colour } from "./overlays";

const asked = matchMedia("(prefers-color-scheme: dark)");
const preferred = signal(asked.matches);
asked.addEventListener("change", () => (preferred.value = asked.matches));

/** Whether the page is dark now. */
export const dark = computed(() => (theme.value === "auto" ? preferred.value : theme.value === "dark"));

export interface Palette {
  sea: Colour;
  land: Colour;
  ice: Colour;
  coast: Colour;
  border: Colour;
  grid: Colour;
  night: readonly [number, number, number];
  nightDepth: number;
  picked: Colour;
  link: Colour;
  track: Colour;
}

const DARK: Palette = {
  sea: [20, 38, 56],
  land: [48, 66, 84],
  ice: [70, 88, 106],
  coast: [150, 176, 200, 210],
  border: [150, 176, 200, 90],
  grid: [160, 190, 220, 26],
  night: [3, 8, 16],
  nightDepth: 0.55,
  picked: [255, 214, 102],
  link: [143, 211, 255, 220],
  track: [255, 214, 102, 150],
};
const LIGHT: Palette = {
  sea: [206, 222, 234],
  land: [247, 245, 238],
  ice: [255, 255, 255],
  coast: [74, 98, 120, 220],
  border: [74, 98, 120, 100],
  grid: [40, 70, 100, 28],
  night: [58, 76, 104],
  nightDepth: 0.32,
  picked: [150, 60, 0],
  link: [11, 92, 173, 220],
  track: [150, 60, 0, 150],
};

export const palette = computed(() => (dark.value ? DARK : LIGHT));
