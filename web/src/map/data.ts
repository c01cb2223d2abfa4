// What the map asks of the server: satellites, cells, and the arrays of each slot; few are kept, late ones dropped.
import { batch, effect, signal, untracked } from "@preact/signals";
import { Problem, type Schemas, bytes, get } from "../api/client";
import { about, forget, notice, satellite, slot } from "../state";
import { t } from "../words";
import { type Cells, readCells } from "./celldata";
import { shown } from "./fields";
import { frame } from "./framing";
import { cellsStatic, shownField } from "./overlays";

export type Ground = Schemas["Ground"];
export type PickedSatellite = Schemas["Satellite"];

/** Numbers, names, classes and shells of the satellites; null until they are here. */
export const satellites = signal<Schemas["Satellites"] | null>(null);
export const cells = signal<Cells | null>(null);
export const ground = signal<Ground | null>(null);
export const picked = signal<PickedSatellite | null>(null);
/** Positions at the beginning and at the end of a slot. */
export const positions = signal<{ slot: number; from: Float32Array; to: Float32Array } | null>(null);
/** Whether the first answer about satellites and ground has come, or there is none to come. */
export const settled = signal(false);

let begin: () => void = () => {};
const begun = new Promise<void>((done) => (begin = done));
/** Say that the first picture is there: what is many and comes second is worked on from now on. */
export const firstPicture = begin;

const KEPT = 8;
const RETRY_MS = 1500;

/** Answers by what was asked; the oldest go first. */
const kept = new Map<string, Promise<ArrayBuffer>>();
let whole = new AbortController();

/** Begin to ask, and ask again whenever what is shown becomes another; returns what ends it. */
export function askForData(): () => void {
  const ends = [
    effect(followView),
    effect(() => followSlot(slot.value, about.value?.key ?? "", ready())),
    effect(() => followField(slot.value, shown()?.name ?? null, cells.value !== null)),
    effect(() => followPicked(slot.value, satellite.value, ready())),
  ];
  return () => {
    for (const end of ends) end();
    whole.abort();
  };
}

function ready(): boolean {
  return about.value !== null && about.value.source !== "none" && about.value.details === "ready";
}

let viewed = "";

function followView(): void {
  const view = about.value;
  if (!view) return;
  const now = `${view.key} ${view.source} ${view.details === "preparing"}`;
  if (now === viewed) return;
  const another = viewed.split(" ")[0] !== view.key;
  viewed = now;
  untracked(() => {
    if (another) {
      whole.abort();
      whole = new AbortController();
      kept.clear();
      batch(() => {
        satellites.value = cells.value = ground.value = picked.value = positions.value = null;
        cellsStatic.value = shownField.value = null;
        settled.value = view.source === "none";
      });
    }
    if (view.source === "none" || view.details === "preparing") return;
    if (view.satellites && !satellites.value && view.details === "ready") void askSatellites(view.key);
    else if (!view.satellites || view.details !== "ready") settled.value = true;
    if (view.cells && !cells.value) void askCells(view.key, view.cells, view.cell_scale_deg);
  });
}

async function askSatellites(key: string): Promise<void> {
  await tried("satellites", whole.signal, async (asking) => {
    satellites.value = await get<Schemas["Satellites"]>("/v1/view/satellites", { key }, { signal: asking });
  });
}

async function askCells(key: string, count: number, scaleDeg: number): Promise<void> {
  await tried("cells", whole.signal, async (asking) => {
    const raw = await bytes("/v1/view/cells", { key }, { signal: asking });
    await begun;
    if (asking.aborted) return;
    const found = readCells(raw, count, scaleDeg);
    batch(() => {
      cells.value = found;
      cellsStatic.value = { lon: found.lon, lat: found.lat, ids: found.ids };
      frame(found.lon, found.lat);
    });
  });
}

let slotAsking = new AbortController();

function followSlot(now: number, key: string, able: boolean): void {
  slotAsking.abort();
  slotAsking = new AbortController();
  if (!able || now >= (about.peek()?.slots ?? 0)) return;
  const asking = slotAsking.signal;
  void tried(
    "slot",
    asking,
    async () => {
      const [from, to] = await Promise.all([positionsOf(now, key), positionsOf(now + 1, key)]);
      if (!asking.aborted) positions.value = { slot: now, from, to };
      if (now + 2 <= (about.peek()?.slots ?? 0)) positionsOf(now + 2, key).catch(() => {}); // asked again when it is due
    },
    () => (positions.value = null),
  );
  void tried(
    "ground",
    asking,
    async () => {
      const found = await get<Ground>(`/v1/view/slots/${now}/ground`, {}, { signal: asking });
      if (!asking.aborted) ground.value = found;
    },
    () => (ground.value = null),
  );
}

let fieldAsking = new AbortController();

function followField(now: number, name: string | null, able: boolean): void {
  fieldAsking.abort();
  fieldAsking = new AbortController();
  const view = about.peek();
  if (!able || !name || !view || now >= view.slots) return;
  const asking = fieldAsking.signal;
  void tried(
    "field",
    asking,
    async () => {
      const found = view.fields.find((each) => each.name === name)!;
      const raw = await fieldOf(now, name, view.key);
      if (asking.aborted) return;
      const values = found.kind === "number" ? new Float32Array(raw) : new Uint16Array(raw);
      shownField.value = { name, slot: now, values };
      if (found.per_slot && now + 1 < view.slots) fieldOf(now + 1, name, view.key).catch(() => {});
    },
    () => (shownField.value = null),
  );
}

let pickedAsking = new AbortController();

function followPicked(now: number, number: number | null, able: boolean): void {
  pickedAsking.abort();
  pickedAsking = new AbortController();
  if (number === null || picked.peek()?.number !== number) picked.value = null;
  if (number === null || !able) return;
  const asking = pickedAsking.signal;
  void tried(
    "picked",
    asking,
    async () => {
      const found = await get<PickedSatellite>(
        `/v1/view/slots/${now}/satellites/${number}`,
        {},
        { signal: asking },
      );
      if (!asking.aborted) picked.value = found;
    },
    () => (picked.value = null),
  );
}

function positionsOf(now: number, key: string): Promise<Float32Array> {
  return once(`/v1/view/slots/${now}/positions`, key).then((raw) => new Float32Array(raw));
}

function fieldOf(now: number, name: string, key: string): Promise<ArrayBuffer> {
  return once(`/v1/view/slots/${now}/fields/${name}`, key);
}

/** The bytes of a path, asked for once while they are kept. */
function once(path: string, key: string): Promise<ArrayBuffer> {
  const found = kept.get(path);
  if (found) return found;
  const asked = bytes(path, { key }, { signal: whole.signal });
  kept.set(path, asked);
  asked.catch(() => kept.delete(path));
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return asked;
}

/**
 * Do something that asks the server; where it fails, say so, and try again where that may help.
 * blank: takes away what stood there before, which would pass for the answer.
 */
async function tried(
  what: string,
  asking: AbortSignal,
  act: (asking: AbortSignal) => Promise<void>,
  blank: () => void = () => {},
): Promise<void> {
  const key = `map.${what}`;
  for (let times = 0; !asking.aborted; times++) {
    try {
      await act(asking);
      forget(key);
      if (times) forget("gone");
      return;
    } catch (error) {
      if (asking.aborted || (error instanceof DOMException && error.name === "AbortError")) return;
      // the slot has ended while it was asked for: the next one is on its way
      if (error instanceof Problem && error.status === 410 && about.peek()?.source === "live") return;
      blank();
      if (error instanceof Problem && error.gone) notice(t("common.gone"), "error", "gone");
      const again = error instanceof Problem && (error.gone || error.status === 503 || error.status === 429);
      // a server that is gone, or shows another run, is told of in the words of the page
      if (!(error instanceof Problem && (error.gone || error.status === 409)) && (times > 3 || !again)) {
        const detail = error instanceof Error ? error.message : String(error);
        notice(t(`map.failed.${what}`, { detail }), "error", key);
      }
      if (!again) return;
      await new Promise((done) => setTimeout(done, RETRY_MS * Math.min(times + 1, 6)));
    }
  }
}
