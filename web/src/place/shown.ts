// What the map shows now as arrays: the field, its values, the cells; asked for where the map lacks them.
import { bytes } from "../api/client";
import { type Cells, readCells } from "../map/celldata";
import { cells as mapCells } from "../map/data";
import { type Field, shown } from "../map/fields";
import { shownField } from "../map/overlays";
import { type View, about, slot } from "../state";

export interface Shown {
  view: View;
  field: Field;
  slot: number;
  /** Beginning of the slot, ISO 8601. */
  time: string;
  values: Float32Array | Uint16Array;
  cells: Cells;
}

/** The slot that is shown, as far as the server has it. */
export function shownSlot(): number {
  const last = (about.value?.slots ?? 1) - 1;
  return Math.max(0, Math.min(slot.value, last));
}

/** Whether a network is shown, and not only land and rules. */
export function hasNetwork(view: View | null): view is View {
  return view !== null && view.source !== "none" && view.slots > 0;
}

/** When a slot of a view begins, in milliseconds since 1970; NaN where there is none. */
export function beginningOf(view: View, number: number): number {
  return view.first ? new Date(view.first).getTime() + view.slot_s * number * 1000 : Number.NaN;
}

/** What is shown now; null where nothing is. Raises Problem where the server does not say. */
export async function whatIsShown(signal?: AbortSignal): Promise<Shown | null> {
  const view = about.peek();
  const field = shown();
  if (!hasNetwork(view) || !view.cells || !field) return null;
  const at = shownSlot();
  const time = new Date(beginningOf(view, at)).toISOString();
  const [values, cells] = await Promise.all([valuesOf(view, field, at, signal), cellsOf(view, signal)]);
  return { view, field, slot: at, time, values, cells };
}

/** The values of a field over the cells in a slot. */
export async function valuesOf(
  view: View,
  field: Field,
  at: number,
  signal?: AbortSignal,
): Promise<Float32Array | Uint16Array> {
  const there = shownField.peek();
  if (there && there.name === field.name && there.slot === at) return there.values;
  const path = `/v1/view/slots/${at}/fields/${field.name}`;
  const raw = await bytes(path, { key: view.key }, signal ? { signal } : {});
  return field.kind === "number" ? new Float32Array(raw) : new Uint16Array(raw);
}

async function cellsOf(view: View, signal?: AbortSignal): Promise<Cells> {
  const there = mapCells.peek();
  if (there?.count === view.cells) return there;
  const raw = await bytes("/v1/view/cells", { key: view.key }, signal ? { signal } : {});
  return readCells(raw, view.cells, view.cell_scale_deg);
}
