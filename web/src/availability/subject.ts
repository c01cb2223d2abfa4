// A place of the public map, and its name in the address: a region by its name, all else behind its kind.
import { countryName } from "../place/names";
import { t } from "../words";
import type { AreaHolds, Availability, CountryHolds, Holds, RegionHolds } from "./states";

export type Kind = "country" | "area" | "region" | "sea";

/** A row of the map. */
export interface Subject {
  kind: Kind;
  /** As it stands in the address. */
  key: string;
  /** In the page's language, and as the base map or the rules have it. */
  name: string;
  own: string;
  code: string;
  holds: Holds;
  mixed: boolean;
  disputed: boolean;
  country?: CountryHolds;
  area?: AreaHolds;
  region?: RegionHolds;
}

export const SEA = "sea/";

/** All that can be looked up: countries, disputed areas, regions, the open sea. */
export function subjects(all: Availability): Subject[] {
  const regions = new Set(all.regions.map((each) => each.name));
  const areas = new Set(all.areas.map((each) => each.name));
  const key = (kind: Kind, name: string): string => `${kind}/${name}`;
  return [
    ...all.countries
      // what has no code, and stands among the areas, is listed there alone
      .filter((each) => each.code !== each.name || !(each.wholly_disputed || areas.has(each.name)))
      .map((each): Subject => ({
        kind: "country",
        key: key("country", each.code),
        name: countryName(each.code, each.name),
        own: each.name,
        code: each.code,
        holds: each.holds,
        mixed: each.mixed,
        disputed: each.wholly_disputed,
        country: each,
      })),
    ...all.areas.map((each): Subject => ({
      kind: "area",
      key: key("area", each.name),
      name: each.name,
      own: each.name,
      code: "",
      holds: each.holds,
      mixed: each.mixed,
      disputed: each.disputed,
      area: each,
    })),
    ...all.regions.map((each): Subject => ({
      kind: "region",
      key: regions.has(key("region", each.name)) ? key("region", each.name) : each.name,
      name: each.name,
      own: each.name,
      code: "",
      holds: each.holds,
      mixed: each.mixed,
      disputed: false,
      region: each,
    })),
    ...(all.sea
      ? [
          {
            kind: "sea" as const,
            key: SEA,
            name: t("availability.sea"),
            own: "",
            code: "",
            holds: all.sea,
            mixed: false,
            disputed: false,
          },
        ]
      : []),
  ];
}

/** What a key of the address means; regions go first, whatever their names are. */
export function found(rows: readonly Subject[], key: string): Subject | undefined {
  return (
    rows.find((each) => each.kind === "region" && each.own === key) ?? rows.find((each) => each.key === key)
  );
}

/** Whether a key is one that only this part of the page understands. */
export function isOurs(key: string): boolean {
  return /^(country|area|sea)\//.test(key);
}

/** A text for searching: small letters without accents. */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase("en");
}
