// The whole state of the view as signals, and the part of the address in which it stands.
import { batch, effect, signal } from "@preact/signals";
import { Problem, get, onceUnreached, type Schemas } from "./api/client";
import { type Language, language, preferred, t } from "./words";

export type View = Schemas["View"];
export type Tab = "map" | "availability" | "reports" | "ledger" | "desk";
export type LayerName = "cells" | "satellites" | "gateways" | "isls" | "terminator" | "regions";
export interface Camera {
  lon: number;
  lat: number;
  zoom: number;
}
export interface Point {
  lat: number;
  lon: number;
}
export interface Notice {
  key: string;
  text: string;
  kind: "info" | "error";
}

const VERSION = "1";
const TABS: readonly Tab[] = ["map", "availability", "reports", "ledger", "desk"];
const LAYERS: readonly LayerName[] = ["cells", "satellites", "gateways", "isls", "terminator", "regions"];
const SHOWN: readonly LayerName[] = ["cells", "satellites", "gateways", "terminator", "regions"];

export const tab = signal<Tab>("map");
export const projection = signal<"globe" | "flat">("globe");
export const field = signal("latency_ms");
export const slot = signal(0);
/** Whether the slot follows the clock (live) or plays (a run). */
export const playing = signal(false);
/** Where the camera stands until the address or the person says otherwise; zoom 0: all of the globe. */
export const START: Camera = { lon: 10, lat: 20, zoom: 0 };
export const camera = signal<Camera>(START);
/** Whether the address says where the camera stands. */
export const cameraSaid = signal(false);
export const place = signal<Point | null>(null);
/** Catalogue number of the satellite that was picked. */
export const satellite = signal<number | null>(null);
export const gateway = signal<string | null>(null);
export const region = signal<string | null>(null);
/** Index of an entry of the log. */
export const entry = signal<number | null>(null);
/** Of the reports: a case by its name, one of its claims by its number, one of its documents by its id. */
export const reportCase = signal<string | null>(null);
export const reportClaim = signal<number | null>(null);
export const reportDocument = signal<string | null>(null);
export const layers = signal<ReadonlySet<LayerName>>(new Set(SHOWN));
export const theme = signal<"auto" | "dark" | "light">("auto");

/** What the server shows; null until it has answered. */
export const about = signal<View | null>(null);
/** Whether the server answers. */
export const reached = signal(true);
export const notices = signal<readonly Notice[]>([]);

/** Tell the person something that stays until it is closed; a notice of the same key is replaced. */
export function notice(text: string, kind: Notice["kind"] = "info", key: string = text): void {
  notices.value = [...notices.value.filter((each) => each.key !== key), { key, text, kind }];
}

/** Take a notice away. */
export function forget(key: string): void {
  if (notices.value.some((each) => each.key === key)) {
    notices.value = notices.value.filter((each) => each.key !== key);
  }
}

/** Pick one thing to be told about; whatever was picked before is let go. */
export function pick(
  what: { place: Point } | { satellite: number } | { gateway: string } | { region: string } | null,
): void {
  batch(() => {
    place.value = what && "place" in what ? what.place : null;
    satellite.value = what && "satellite" in what ? what.satellite : null;
    gateway.value = what && "gateway" in what ? what.gateway : null;
    region.value = what && "region" in what ? what.region : null;
  });
}

/** The state as the part of an address behind the #. */
export function address(): string {
  const { lon, lat, zoom } = camera.value;
  const said = new URLSearchParams({ v: VERSION, tab: tab.value });
  said.set("globe", projection.value === "globe" ? "1" : "0");
  said.set("field", field.value);
  said.set("slot", String(slot.value));
  said.set("c", `${lon.toFixed(2)},${lat.toFixed(2)},${zoom.toFixed(2)}`);
  if (place.value) said.set("at", `${place.value.lat.toFixed(5)},${place.value.lon.toFixed(5)}`);
  if (satellite.value !== null) said.set("sat", String(satellite.value));
  if (gateway.value !== null) said.set("gateway", gateway.value);
  if (region.value !== null) said.set("region", region.value);
  if (entry.value !== null) said.set("entry", String(entry.value));
  if (reportCase.value !== null) said.set("case", reportCase.value);
  if (reportClaim.value !== null) said.set("claim", String(reportClaim.value));
  if (reportDocument.value !== null) said.set("doc", reportDocument.value);
  said.set("show", [...layers.value].join(","));
  said.set("lang", language.value);
  said.set("theme", theme.value);
  return said.toString().replaceAll("%2C", ",");
}

/** Read the state from an address; returns the names of what could not be read, which stay as they are. */
export function readAddress(hash: string): string[] {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const wrong: string[] = [];
  const version = said.get("v");
  const take = (name: string, read: (value: string) => boolean): void => {
    const value = said.get(name);
    if (value !== null && !read(value)) wrong.push(name);
  };
  batch(() => {
    if (hash.length > 1 && version !== VERSION) wrong.push(`v=${(version ?? "").slice(0, 12)}`);
    take("lang", (v) => (v === "en" || v === "fr") && ((language.value = v as Language), true));
    take("theme", (v) => (v === "auto" || v === "dark" || v === "light") && ((theme.value = v), true));
    take("tab", (v) => TABS.includes(v as Tab) && ((tab.value = v as Tab), true));
    take(
      "globe",
      (v) => (v === "0" || v === "1") && ((projection.value = v === "1" ? "globe" : "flat"), true),
    );
    take("field", (v) => /^[a-z_]{1,40}$/.test(v) && ((field.value = v), true));
    take("slot", (v) => /^\d{1,9}$/.test(v) && ((slot.value = Number(v)), true));
    take("c", (v) => {
      const [lon, lat, zoom] = v.split(",").map(Number);
      if (!within(lon, 180) || !within(lat, 90) || !within(zoom, 20)) return false;
      camera.value = { lon: lon!, lat: lat!, zoom: zoom! };
      cameraSaid.value = true;
      return true;
    });
    place.value = null;
    take("at", (v) => {
      const [lat, lon] = v.split(",").map(Number);
      if (!within(lat, 90) || !within(lon, 180)) return false;
      place.value = { lat: lat!, lon: lon! };
      if (!said.has("c")) camera.value = { lon: lon!, lat: lat!, zoom: Math.max(camera.value.zoom, 2) };
      return true;
    });
    satellite.value = gateway.value = region.value = entry.value = null;
    take("sat", (v) => /^\d{1,10}$/.test(v) && ((satellite.value = Number(v)), true));
    take("gateway", (v) => v.length <= 200 && ((gateway.value = v), true));
    take("region", (v) => v.length <= 200 && ((region.value = v), true));
    take("entry", (v) => /^\d{1,15}$/.test(v) && ((entry.value = Number(v)), true));
    reportCase.value = reportClaim.value = reportDocument.value = null;
    take("case", (v) => v.length <= 200 && ((reportCase.value = v), true));
    take("claim", (v) => /^\d{1,15}$/.test(v) && ((reportClaim.value = Number(v)), true));
    take("doc", (v) => /^[0-9a-f]{1,64}$/.test(v) && ((reportDocument.value = v), true));
    take("show", (v) => {
      const names = v.split(",").filter(Boolean);
      if (!names.every((name) => LAYERS.includes(name as LayerName))) return false;
      layers.value = new Set(names as LayerName[]);
      return true;
    });
  });
  return wrong;
}

function within(value: number | undefined, most: number): boolean {
  return value !== undefined && Number.isFinite(value) && Math.abs(value) <= most;
}

/** Read the address now and whenever the person changes it, and write it whenever the state changes. */
export function keepAddress(): void {
  language.value = preferred();
  const read = (): void => {
    const wrong = readAddress(location.hash);
    if (wrong.length) notice(t("common.address.dropped", { names: wrong.join(", ") }), "info", "address");
  };
  read();
  let written = location.hash;
  window.addEventListener("hashchange", () => {
    if (location.hash !== written) read();
  });
  let waiting = 0;
  let before = "";
  effect(() => {
    const now = address();
    // what was picked, or another tab, is a step that the back button takes; a turned globe is not
    const step = `${tab.value} ${JSON.stringify(place.value)} ${satellite.value} ${gateway.value} ${region.value} ${entry.value} ${reportCase.value} ${reportClaim.value} ${reportDocument.value}`;
    const push = before !== "" && step !== before;
    before = step;
    clearTimeout(waiting);
    waiting = window.setTimeout(
      () => {
        if (`#${now}` === location.hash) return;
        written = `#${now}`;
        if (push) history.pushState(null, "", written);
        else history.replaceState(null, "", written);
      },
      push ? 0 : 200,
    );
  });
}

/** Ask what the server shows, and again: often where it is live or was gone, seldom where it is a run. */
export async function follow(): Promise<void> {
  for (;;) {
    let waitS = 15;
    try {
      const now = await get<View>("/v1/view");
      const before = about.peek();
      if (before && before.key !== now.key && now.source === "run") {
        notice(t("common.run.another"), "info", "run");
      }
      if (JSON.stringify(before) !== JSON.stringify(now)) about.value = now;
      reached.value = true;
      forget("gone");
      forget("view");
      if (now.source === "run" && now.details !== "preparing") waitS = 60;
      if (now.details === "preparing") waitS = 1;
      if (now.source === "live") waitS = 3;
    } catch (error) {
      waitS = 3;
      if (error instanceof Problem && error.gone) {
        reached.value = false;
        notice(t("common.gone"), "error", "gone");
      } else {
        notice(error instanceof Error ? error.message : String(error), "error", "view");
      }
    }
    // whoever finds the server gone makes this look at once, so that it is said at once
    await new Promise<void>((done) => {
      setTimeout(done, waitS * 1000);
      if (reached.value) onceUnreached(() => setTimeout(done, 300));
    });
  }
}
