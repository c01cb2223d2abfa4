// Answers of the server that this room reads, where its own description leaves them open.
import type { Schemas } from "../api/client";

export type At = Schemas["At"];
export type Satellite = Schemas["Satellite"];
export type Ground = Schemas["Ground"];
export type Found = Schemas["Found"];
export type Overhead = Schemas["Overhead"];

export type Licence = "licensed" | "pending" | "none" | "prohibited";
export type Permit = "on" | "off" | "listed" | "emergency";

/** The entry of the log by which the rules in force hold. */
export interface Entry {
  rules: string;
  name: string;
  entry: number;
  kind: string;
  from: string;
  until: string | null;
  checkpoint: number | null;
  approved_by: { name: string; organisation: string }[];
  check: string;
  page: string;
}

/** What the rules in force say of a point: GET /v1/regions/at. */
export interface Standing {
  lat_deg: number;
  lon_deg: number;
  at: string;
  country: string | null;
  base_map: string | null;
  area: string | null;
  claimants: string[];
  area_source: string | null;
  licence: Licence;
  licence_ground: string | null;
  service: Permit;
  sales: string;
  sales_date: string | null;
  landing: string[] | null;
  regions: string[];
  said: { topic: string; value: string; region: string | null; decision: string }[];
  rules: string;
  log: Entry | null;
}

/** A region of the rules in force, without outlines: of GET /v1/regions. */
export interface RegionSaid {
  name: string;
  decision: string;
  countries: string[];
  areas: string[];
  licence: Licence | null;
  service: Permit | null;
  sales: string | null;
  landing: string[] | null;
  limits: Record<string, number>;
  begins: string | null;
  ends: string | null;
}

/** Where to appeal a reason. */
export type Appeal = "operator" | "account" | "authority" | "custodian" | "none";

/** A reason with its number and texts: of GET /v1/reasons. */
export interface Reason {
  number: number;
  name: string;
  text: string;
  text_fr: string;
  appeal: Appeal;
}

/** An entry of the log with what it goes with: of GET /log/{index}.json. */
export interface EntrySaid {
  state: { approvals: { name: string; organisation: string | null; counts: boolean }[] } | null;
  links: { index: number; is: string; page: string }[];
}
