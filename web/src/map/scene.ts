// The drawn map: deck.gl on a canvas, told what to draw by signals, asked what is under a pixel.
import {
  Deck,
  FlyToInterpolator,
  type Layer,
  LinearInterpolator,
  MapView,
  type Viewport,
  _GlobeView as GlobeView,
} from "@deck.gl/core";
import { PathLayer } from "@deck.gl/layers";
import { computed, effect, signal } from "@preact/signals";
import { about, camera, layers, projection } from "../state";
import { type Atlas, paint, piecesOf } from "./atlas";
import { cellColours } from "./celldata";
import { cells, settled } from "./data";
import { nearness, satelliteDots, siteDots } from "./dots";
import { CellsLayer } from "./layers/cells";
import { type Dots, DotsLayer } from "./layers/dots";
import { GroundLayer } from "./layers/ground";
import { HairsLayer } from "./layers/hairs";
import { type Line, overlayLines } from "./lines";
import { countryFill, destination, overlays, picture, shownField } from "./overlays";
import { palette } from "./palette";
import { pickedGround, pickedLinks, placeDot } from "./picked";
import { sunDirection, wrap } from "./sun";
import { calm, instant, pace } from "./time";

export interface Scene {
  /** How it projects now; null until the first frame. */
  viewport(): Viewport | null;
  /** Turn by pixels and levels of zoom, as arrows and + and - do. */
  move(dx: number, dy: number, zoom: number): void;
  stop(): void;
}
interface Watching {
  /** A frame was drawn: how many by now, and what they held. */
  drawn(frames: number, held: { satellites: boolean; cells: boolean }): void;
  lost(reason: string): void;
}
interface ViewState {
  longitude: number;
  latitude: number;
  zoom: number;
  minZoom: number;
  maxZoom: number;
  [other: string]: unknown;
}

const PICTURE = [4096, 2048] as const;
const GLOBE_PX = 256 / Math.PI; // the radius of deck.gl's globe at zoom 0
const CLOSEST = 9;
const FINE_FROM_ZOOM = 3.2;
const KM_PER_S = 7.5;
const FLIGHT_MS = 900;
/** No arrow goes nearer to a pole, where a flat map ends. */
const STEEPEST_DEG = 85;

const atlas = signal<Atlas | null>(null);
const fine = signal(false);
/** Whether coast and satellites were drawn: the cells, which are many, wait for them. */
const first = signal(false);

/** Begin to draw into an element; returns what ends it. Throws where there is no WebGL2. */
export function startScene(stage: HTMLElement, reading: Promise<Atlas>, watching: Watching): Scene {
  if (typeof WebGL2RenderingContext === "undefined") throw new Error("WebGL2");
  const canvas = document.createElement("canvas");
  stage.prepend(canvas);
  const globe = new GlobeView({ id: "globe", controller: { keyboard: false, inertia: 250 }, resolution: 5 });
  const flat = new MapView({ id: "flat", controller: { keyboard: false, dragRotate: false, touchRotate: false }, repeat: true });
  let now = startState(stage);
  camera.value = { lon: now.longitude, lat: now.latitude, zoom: now.zoom };
  let frames = 0;
  let saved = 0;
  const deck = new Deck({
    parent: stage as HTMLDivElement,
    canvas,
    style: { position: "absolute", inset: "0" },
    views: projection.peek() === "globe" ? globe : flat,
    initialViewState: now,
    layers: [],
    useDevicePixels: Math.min(2, window.devicePixelRatio || 1),
    touchAction: "none",
    getCursor: ({ isDragging }) => (isDragging ? "grabbing" : "crosshair"),
    onViewStateChange: ({ viewState }) => {
      now = viewState as unknown as ViewState;
      looked();
    },
    onAfterRender: () => {
      frames += 1;
      if (drawnNow.satellites) first.value = true;
      watching.drawn(frames, { satellites: drawnNow.satellites, cells: drawnNow.cells });
    },
    onError: (error) => watching.lost(error.message),
  });
  const drawnNow = { satellites: false, cells: false };

  function looked(): void {
    const zoom = now.zoom;
    fine.value = zoom > FINE_FROM_ZOOM;
    nearness.value = Math.round(zoom * 2) / 2;
    const kmPerPx = 40_000 / (512 * 2 ** zoom);
    pace.everyMs = Math.max(33, Math.min(1000, (500 * kmPerPx) / KM_PER_S));
    clearTimeout(saved);
    saved = window.setTimeout(() => {
      camera.value = { lon: wrap(now.longitude), lat: now.latitude, zoom };
    }, 150);
  }

  function go(to: Partial<ViewState>, ms: number): void {
    const { longitude, latitude, zoom, minZoom, maxZoom } = { ...now, ...to } as ViewState;
    now = { longitude, latitude, zoom, minZoom, maxZoom };
    const flying =
      ms && !calm()
        ? {
            transitionDuration: ms,
            transitionInterpolator:
              projection.peek() === "flat" ? new FlyToInterpolator() : new LinearInterpolator(["longitude", "latitude", "zoom"]),
          }
        : {};
    deck.setProps({ initialViewState: { ...now, ...flying } });
    looked();
  }

  const ends = [
    effect(() => deck.setProps({ views: projection.value === "globe" ? globe : flat, initialViewState: { ...now } })),
    effect(() => {
      const { lon, lat, zoom } = camera.value;
      const same = Math.abs(wrap(now.longitude) - lon) < 0.02 && Math.abs(now.latitude - lat) < 0.02;
      if (!(same && Math.abs(now.zoom - zoom) < 0.02)) go({ longitude: lon, latitude: lat, zoom }, 0);
    }),
    effect(() => {
      const to = destination.value;
      if (!to) return;
      const turn = wrap(to.lon - now.longitude);
      go({ longitude: now.longitude + turn, latitude: to.lat, zoom: to.zoom ?? Math.max(now.zoom, 3) }, FLIGHT_MS);
    }),
    effect(() => {
      const drawn = drawnLayers();
      drawnNow.satellites = drawn.satellites;
      drawnNow.cells = drawn.cells;
      deck.setProps({ layers: drawn.layers });
    }),
  ];
  canvas.addEventListener("webglcontextlost", () => watching.lost("context"));
  reading.then(
    (found) => (atlas.value = found),
    (error: unknown) => watching.lost(String(error)),
  );
  picture.value = () => {
    deck.redraw("picture");
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const brush = copy.getContext("2d")!;
    brush.fillStyle = getComputedStyle(document.body).backgroundColor;
    brush.fillRect(0, 0, copy.width, copy.height);
    brush.drawImage(canvas, 0, 0);
    return copy;
  };
  return {
    viewport: () => (deck.isInitialized ? (deck.getViewports()[0] ?? null) : null),
    move: (dx, dy, zoom) => {
      const degPerPx = 360 / (512 * 2 ** now.zoom);
      const lat = Math.max(-STEEPEST_DEG, Math.min(STEEPEST_DEG, now.latitude + dy * degPerPx));
      go({ longitude: wrap(now.longitude + dx * degPerPx), latitude: lat, zoom: within(now.zoom + zoom, now) }, zoom ? 250 : 0);
    },
    stop: () => {
      picture.value = null;
      clearTimeout(saved);
      for (const end of ends) end();
      deck.finalize();
    },
  };
}

function within(zoom: number, { minZoom, maxZoom }: ViewState): number {
  return Math.max(minZoom, Math.min(maxZoom, zoom));
}

/** Where the camera is at first: where the address says, or so that the whole globe is seen. */
function startState(stage: HTMLElement): ViewState {
  const { lon, lat, zoom } = camera.peek();
  const fits = Math.log2((Math.min(stage.clientWidth, stage.clientHeight) * 0.5) / GLOBE_PX);
  const minZoom = Math.min(0.6, fits - 0.4);
  return { longitude: lon, latitude: lat, zoom: zoom === 0 ? fits : zoom, minZoom, maxZoom: CLOSEST };
}

const canvas = document.createElement("canvas");
let versions = 0;

/** The picture of the ground; another number each time it was drawn anew. */
const groundPicture = computed(() => {
  const { sea, land, ice } = palette.value;
  const areas = [...overlays.value.values()].flatMap((each) => each.areas ?? []).filter((each) => each.fill);
  return { key: [atlas.value, sea, land, ice, countryFill.value, ...areas.map((each) => each.polygon)], areas };
});
let painted: unknown[] = [];

function groundVersion(): number {
  const { key, areas } = groundPicture.value;
  // an overlay of lines changes often, and the picture does not depend on it
  if (key.length === painted.length && key.every((each, i) => each === painted[i])) return versions;
  painted = key;
  [canvas.width, canvas.height] = PICTURE;
  paint(canvas, atlas.value, palette.value, countryFill.value, areas);
  return ++versions;
}

const grid = piecesOf([
  ...Array.from({ length: 24 }, (_, i) => range(-80, 80, 2).map((lat) => [i * 15 - 180, lat])),
  ...Array.from({ length: 11 }, (_, i) => range(-180, 180, 3).map((lon) => [lon, i * 15 - 75])),
]);

const paintedCells = computed(() => {
  const all = cells.value;
  if (!all) return null;
  const replaced = [...overlays.value.values()].find((each) => each.cells)?.cells;
  if (replaced && replaced.length === all.count * 4) return replaced;
  const it = shownField.value;
  const field = it && about.value?.fields.find((each) => each.name === it.name);
  if (!field || it.values.length !== all.count) return null;
  const begun = performance.now();
  const out = cellColours(field, it.values);
  performance.measure("openleo:colours", { start: begun, end: performance.now() });
  return out;
});

const still = computed(() => [...overlayLines(overlays.value.values()), ...pickedGround.value]);
const sites = computed(() => overlayDots());

function drawnLayers(): { layers: Layer[]; satellites: boolean; cells: boolean } {
  const on = layers.value;
  const { coast, border, grid: faint, night, nightDepth } = palette.value;
  const world = atlas.value;
  const minute = Math.floor((instant.value ?? Date.now()) / 15_000) * 15_000;
  const out: Layer[] = [];
  if (world) {
    out.push(
      new GroundLayer({
        id: "ground",
        image: canvas,
        version: groundVersion(),
        sun: sunDirection(minute),
        night,
        depth: on.has("terminator") ? nightDepth : 0,
      }),
    );
  }
  const colours = on.has("cells") && first.value ? paintedCells.value : null;
  if (colours && cells.value) out.push(new CellsLayer({ id: "cells", cells: cells.value, colours }));
  if (world) {
    const size = fine.value ? "fine" : "coarse";
    out.push(new HairsLayer({ id: "grid", pieces: grid, colour: faint }));
    out.push(new HairsLayer({ id: `borders-${size}`, pieces: world.borders[size], colour: border }));
    out.push(new HairsLayer({ id: `coasts-${size}`, pieces: world.coasts[size], colour: coast }));
  }
  out.push(lineLayer("lines", still.value), lineLayer("links", pickedLinks.value));
  const ground = on.has("gateways") ? siteDots.value : null;
  if (ground?.count) out.push(new DotsLayer({ id: "sites", dots: ground, moved: 0 }));
  const moving = on.has("satellites") ? satelliteDots.value : null;
  if (moving?.count) out.push(new DotsLayer({ id: "satellites", dots: moving, moved: ++moves }));
  if (sites.value) out.push(new DotsLayer({ id: "points", dots: sites.value, moved: 0 }));
  if (placeDot.value) out.push(new DotsLayer({ id: "place", dots: placeDot.value, moved: 0 }));
  const none = !on.has("satellites") || settled.value;
  return { layers: out, satellites: Boolean(world) && (Boolean(moving) || none), cells: Boolean(colours) };
}
let moves = 0;

function lineLayer(id: string, data: Line[]): Layer {
  return new PathLayer<Line>({
    id,
    data,
    getPath: (line) => line.path as unknown as [number, number, number][],
    getColor: (line) => line.colour as [number, number, number, number],
    getWidth: (line) => line.width,
    widthUnits: "pixels",
    billboard: true,
    capRounded: true,
    jointRounded: true,
    parameters: { cullMode: "none" },
  });
}

function overlayDots(): Dots | null {
  const points = [...overlays.value.values()].flatMap((each) => each.points ?? []);
  if (!points.length) return null;
  const colours = new Uint8Array(points.length * 4);
  points.forEach(({ colour }, i) => colours.set([colour[0], colour[1], colour[2], colour[3] ?? 255], i * 4));
  return {
    count: points.length,
    positions: new Float32Array(points.flatMap(({ position }) => [position[0], position[1], (position[2] ?? 0) + 12_000])),
    colours,
    looks: new Float32Array(points.flatMap(({ radius }) => [2 * (radius ?? 5), 0])),
  };
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}
