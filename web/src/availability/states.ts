// The states of the public map: their order, and colours that colour-blind people tell apart too.
import type { Schemas } from "../api/client";
import type { Colour } from "../map/overlays";
import { t } from "../words";

export type Availability = Schemas["Availability"];
export type CountryHolds = Schemas["CountryHolds"];
export type AreaHolds = Schemas["AreaHolds"];
export type RegionHolds = Schemas["RegionHolds"];
export type Holds = Schemas["Holds"];
export type Part = Schemas["Part"];
export type State = Holds["state"];

/** In the order in which a person would like them best. */
export const STATES: readonly State[] = [
  "available",
  "waitlist",
  "coming soon",
  "decided by area",
  "not offered",
  "service off",
  "no licence",
  "unknown",
];

/** After Okabe and Ito, and greys; the legend says each in words, and chips have a sign as well. */
export const COLOURS: Readonly<Record<State, Colour>> = {
  available: [0, 158, 115, 235],
  waitlist: [86, 180, 233, 235],
  "coming soon": [240, 228, 66, 235],
  "decided by area": [0, 114, 178, 235],
  "not offered": [140, 148, 158, 235],
  "service off": [204, 121, 167, 235],
  "no licence": [213, 94, 0, 235],
  unknown: [94, 104, 116, 200],
};

/** The part of a message's key that names a state. */
export function stateKey(state: string): string {
  return state.replaceAll(" ", "_");
}

/** A colour as CSS has it. */
export function css([red, green, blue]: Colour): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** One of the three with what is said of it: "Licence: pending". */
export function saidOf(topic: "licence" | "service" | "sales", state: string | null): string {
  const word = state === null ? t("common.none") : t(`common.${topic}.${stateKey(state)}`);
  return `${t("availability.label", { what: t(`common.${topic}`) })} ${word}`;
}
