// The findings that are listed, which of them is picked, and the coordinates that were looked at last.
import { signal } from "@preact/signals";
import type { Schemas } from "../api/client";
import { flyTo } from "../map/overlays";
import { read, said } from "./session";
import { outlinesOf } from "./words";

export interface Finding {
  number: number;
  kind: string;
  subject: string;
  hardware: string | null;
  opened: string;
  data: Record<string, unknown> & { cell?: string | null };
  state: "open" | "confirmed" | "dismissed";
  closed: string | null;
  closed_by: string | null;
  why: string | null;
}
export type Looked = Schemas["Looked"];

export const state = signal<string>("open");
export const kind = signal<string>("");
export const found = signal<readonly Finding[]>([]);
export const next = signal<number | null>(null);
export const picked = signal<number | null>(null);
export const looked = signal<Looked | null>(null);
export const wrong = signal("");
export const loaded = signal(false);

/** Read the findings that are asked for, or those after one. */
export async function load(after = -1): Promise<void> {
  try {
    const page = await read<{ findings: Finding[]; next: number | null }>("/v1/findings", {
      state: state.value || null,
      kind: kind.value || null,
      after,
      limit: 100,
    });
    found.value = after < 0 ? page.findings : [...found.value, ...page.findings];
    next.value = page.next;
    wrong.value = "";
  } catch (error) {
    wrong.value = said(error);
  }
  loaded.value = true;
}

/** Whoever signs out leaves nothing behind. */
export function forgetFindings(): void {
  found.value = [];
  next.value = picked.value = looked.value = null;
  loaded.value = false;
}

/** Pick one, and turn the map to its cell. */
export function choose(which: number | null): void {
  picked.value = which;
  looked.value = null;
  const cell = found.value.find((each) => each.number === which)?.data.cell;
  if (cell)
    void outlinesOf([cell]).then(([at]) => at && flyTo({ lat: at.lat_deg, lon: at.lon_deg, zoom: 4 }));
}
