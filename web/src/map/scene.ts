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
import { computed, effect, signal, untracked } from "@preact/signals";
import { camera, layers, notice, projection, satellite } from "../state";
import { t } from "../words";
import { type Atlas, NO_LAND, paint, piecesOf } from "./atlas";
import { cellColours } from "./celldata";
import { cells, positions, satellites, settled } from "./data";
import { nearness, satelliteDots, siteDots, whereIs } from "./dots";
import { shown as shownFieldNow } from "./fields";
import { CellsLayer } from "./layers/cells";
import { type Dots, DotsLayer } from "./layers/dots";
import { GroundLayer } from "./layers/ground";
import { HairsLayer } from "./layers/hairs";
import { type Line, overlayLines } from "./lines";
import { countryFill, destination, overlays, picture, shownField } from "./overlays";
import { palette } from "./palette";
import { pickedGround, pickedLinks, placeDot } from "./picked";
import { onScreen } from "./pointing";
import { sunDirection, wrap } from "./sun";
import { calm, instant, scale } from "./time";

export interface Scene {
  /** How it projects now; null until the first frame. */
  viewport(): Viewport | null;
  /** Turn by pixels and levels of zoom, as arrows and + and - do. */
  move(dx: number, dy: number, zoom: number): void;
  stop(): void;
}
interface Watching {
  /** A frame was drawn: how many by now, and what they held. */
  drawn(frames: number, held: Held): void;
  lost(reason: string): void;
}
/** What a frame holds: coast and satellites, cells, and by which field and slot they are coloured. */
export interface Held {
  satellites: boolean;
  cells: boolean;
  shown: string;
}
interface ViewState {
  longitude: number;
  latitude: number;
  zoom: number;
  minZoom: number;
  maxZoom: number;
}

/** Pixels of the ground's picture from pole to pole, seen from afar and from near. */
const FAR_PX = 1024;
const NEAR_PX = 2048;
const GLOBE_PX = 256 / Math.PI; // the radius of deck.gl's globe at zoom 0
const CLOSEST = 9;
const FINE_FROM_ZOOM = 3.2;
const FEW_CELLS = 20_000;
const EQUATOR_KM = 40_075;
const FLIGHT_MS = 900;
/** No arrow goes nearer to a pole, where a flat map ends; deck.gl's globe stops growing there. */
const STEEPEST_DEG = 85;

const atlas = signal<Atlas | null>(null);
const fine = signal(false);
/** Whether cells are drawn with their corners: from afar, where there are many, a dot of their size is as good. */
const shaped = computed(() => fine.value || (cells.value?.count ?? 0) < FEW_CELLS);
/** Whether coast and satellites were drawn: the cells, which are many, wait for them. */
const first = signal(false);

/** Begin to draw into an element; returns what ends it. Throws where there is no WebGL2. */
export function startScene(stage: HTMLElement, reading: Promise<Atlas>, watching: Watching): Scene {
  const canvas = document.createElement("canvas");
  // asked for here, so that its absence is known at once, and a picture that nobody reads is not kept
  const asked = { antialias: true, preserveDrawingBuffer: false, failIfMajorPerformanceCaveat: false };
  if (!canvas.getContext("webgl2", asked)) throw new Error("WebGL2");
  stage.prepend(canvas);
  const controller = { keyboard: false, dragRotate: false, touchRotate: false, inertia: calm() ? 0 : 250 };
  const globe = new GlobeView({ id: "globe", controller });
  const flat = new MapView({ id: "flat", controller, repeat: true });
  let now = startState(stage);
  let held: Held = { satellites: false, cells: false, shown: "" };
  let frames = 0;
  let saved = 0;
  camera.value = { lon: now.longitude, lat: now.latitude, zoom: now.zoom };
  looked();
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
      // of all that a controller adds, what is only right for its own projection is left out
      const { longitude, latitude, zoom } = viewState as unknown as ViewState;
      now = { ...now, longitude, latitude, zoom };
      looked();
    },
    onAfterRender: () => {
      frames += 1;
      if (held.satellites) first.value = true;
      watching.drawn(frames, held);
    },
    onError: (error) => watching.lost(error.message),
  });

  function looked(): void {
    const { zoom } = now;
    fine.value = zoom > FINE_FROM_ZOOM;
    nearness.value = Math.round(zoom * 2) / 2;
    scale.kmPerPx = EQUATOR_KM / (512 * 2 ** zoom);
    clearTimeout(saved);
    saved = window.setTimeout(() => {
      camera.value = { lon: wrap(now.longitude), lat: now.latitude, zoom };
    }, 150);
  }

  function go(to: Partial<ViewState>, ms: number): void {
    const { longitude, latitude, minZoom, maxZoom } = { ...now, ...to };
    const kept = now.zoom + (projection.peek() === "globe" ? growth(latitude) - growth(now.latitude) : 0);
    now = { longitude, latitude, zoom: to.zoom ?? kept, minZoom, maxZoom };
    const flying =
      ms && !calm()
        ? {
            transitionDuration: ms,
            transitionInterpolator:
              projection.peek() === "flat"
                ? new FlyToInterpolator()
                : new LinearInterpolator(["longitude", "latitude", "zoom"]),
          }
        : {};
    deck.setProps({ initialViewState: { ...now, ...flying } });
    looked();
  }

  let flownTo: number | null = null;
  /** Turn to a satellite that was picked and is behind the globe, or out of the picture. */
  function show(number: number): void {
    flownTo = number;
    const where = whereIs(number);
    const view = deck.isInitialized ? deck.getViewports()[0] : null;
    if (!where) return;
    const at = view && onScreen(view, where.lon, where.lat, where.heightM);
    if (at && at[0] > 0 && at[0] < view.width && at[1] > 0 && at[1] < view.height) return;
    go(
      { longitude: now.longitude + wrap(where.lon - now.longitude), latitude: where.lat },
      view ? FLIGHT_MS : 0,
    );
  }

  const ends = [
    effect(() =>
      deck.setProps({ views: projection.value === "globe" ? globe : flat, initialViewState: { ...now } }),
    ),
    effect(() => {
      const { lon, lat, zoom } = camera.value;
      const same = Math.abs(wrap(now.longitude) - lon) < 0.02 && Math.abs(now.latitude - lat) < 0.02;
      if (!(same && Math.abs(now.zoom - zoom) < 0.02)) go({ longitude: lon, latitude: lat, zoom }, 0);
    }),
    effect(() => {
      const to = destination.value;
      if (!to) return;
      const turn = wrap(to.lon - now.longitude);
      go(
        { longitude: now.longitude + turn, latitude: to.lat, zoom: to.zoom ?? Math.max(now.zoom, 3) },
        FLIGHT_MS,
      );
    }),
    effect(() => {
      const number = satellite.value;
      const known = positions.value !== null && satellites.value !== null;
      if (number === null) flownTo = null;
      else if (known && flownTo !== number) untracked(() => show(number));
    }),
    effect(() => {
      const drawn = drawnLayers();
      held = drawn.held;
      deck.setProps({ layers: drawn.layers });
    }),
  ];
  canvas.addEventListener("webglcontextlost", () => watching.lost("context"));
  reading.then(
    (found) => (atlas.value = found),
    (error: unknown) => {
      notice(t("map.failed.atlas", { detail: String(error) }), "error", "map.atlas");
      atlas.value = NO_LAND;
    },
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
      const to = { longitude: now.longitude + dx * degPerPx, latitude: lat };
      go(zoom ? { zoom: within(now.zoom + zoom, now) } : to, zoom ? 250 : 0);
    },
    stop: () => {
      picture.value = null;
      clearTimeout(saved);
      for (const end of ends) end();
      deck.finalize();
    },
  };
}

function within(zoom: number, { latitude, minZoom, maxZoom }: ViewState): number {
  const grown = projection.peek() === "globe" ? growth(latitude) : 0;
  return Math.max(minZoom + grown, Math.min(maxZoom + grown, zoom));
}

/** How much deck.gl's globe grows with the latitude of its middle, as levels of zoom that undo it. */
function growth(latDeg: number): number {
  return Math.log2(Math.cos((Math.min(STEEPEST_DEG, Math.abs(latDeg)) * Math.PI) / 180));
}

/** Where the camera is at first: where the address says, or so that the whole globe is seen. */
function startState(stage: HTMLElement): ViewState {
  const { lon, lat, zoom } = camera.peek();
  const fits = Math.log2((Math.min(stage.clientWidth, stage.clientHeight) * 0.48) / GLOBE_PX) + growth(lat);
  const minZoom = Math.min(0.6, fits - 0.4);
  return { longitude: lon, latitude: lat, zoom: zoom === 0 ? fits : zoom, minZoom, maxZoom: CLOSEST };
}

const ground = document.createElement("canvas");
let versions = 0;

/** The picture of the ground; another number each time it was drawn anew. */
const groundPicture = computed(() => {
  const { sea, land, ice } = palette.value;
  const areas = [...overlays.value.values()].flatMap((each) => each.areas ?? []).filter((each) => each.fill);
  return {
    key: [atlas.value, fine.value, sea, land, ice, countryFill.value, ...areas.map((each) => each.polygon)],
    areas,
  };
});
let painted: unknown[] = [];

function groundVersion(): number {
  const { key, areas } = groundPicture.value;
  // an overlay of lines changes often, and the picture does not depend on it
  if (key.length === painted.length && key.every((each, i) => each === painted[i])) return versions;
  painted = key;
  ground.height = fine.value ? NEAR_PX : FAR_PX;
  ground.width = 2 * ground.height;
  paint(ground, atlas.value, palette.value, countryFill.value, areas);
  return ++versions;
}

const grid = piecesOf([
  ...Array.from({ length: 24 }, (_, i) => range(-80, 80, 2).map((lat) => [i * 15 - 180, lat])),
  ...Array.from({ length: 11 }, (_, i) => range(-180, 180, 3).map((lon) => [lon, i * 15 - 75])),
]);

const fieldColours = computed(() => {
  const it = shownField.value;
  const field = shownFieldNow();
  // another field than the legend's is not drawn while the right one is on its way
  if (!it || !field || it.name !== field.name || it.values.length !== cells.value?.count) return null;
  const begun = performance.now();
  const out = cellColours(field, it.values);
  performance.measure("openleo:colours", { start: begun, end: performance.now() });
  return out;
});
/** The colours of the cells: those of another room while it gives them, of the field otherwise. */
const paintedCells = computed(() => {
  const replaced = [...overlays.value.values()].find((each) => each.cells)?.cells;
  return replaced && replaced.length === 4 * (cells.value?.count ?? 0) ? replaced : fieldColours.value;
});

const still = computed(() => [...overlayLines(overlays.value.values()), ...pickedGround.value]);
const sites = computed(() => overlayDots());

function drawnLayers(): { layers: Layer[]; held: Held } {
  const on = layers.value;
  const { coast, border, grid: faint, night, nightDepth } = palette.value;
  const world = atlas.value;
  const minute = Math.floor((instant.value ?? Date.now()) / 15_000) * 15_000;
  const out: Layer[] = [];
  if (world) {
    const version = groundVersion();
    out.push(
      new GroundLayer({
        id: `ground-${ground.width}`,
        image: ground,
        version,
        sun: sunDirection(minute),
        night,
        // countries that are filled have the colours of a legend, by night as well
        depth: on.has("terminator") && !countryFill.value ? nightDepth : 0,
      }),
    );
  }
  const colours = on.has("cells") && first.value ? paintedCells.value : null;
  if (colours && cells.value)
    out.push(new CellsLayer({ id: "cells", cells: cells.value, colours, shaped: shaped.value }));
  if (world) {
    const size = fine.value ? "fine" : "coarse";
    out.push(new HairsLayer({ id: "grid", pieces: grid, colour: faint }));
    out.push(new HairsLayer({ id: `borders-${size}`, pieces: world.borders[size], colour: border }));
    out.push(new HairsLayer({ id: `coasts-${size}`, pieces: world.coasts[size], colour: coast }));
  }
  out.push(lineLayer("lines", still.value), lineLayer("links", pickedLinks.value));
  const stations = on.has("gateways") ? siteDots.value : null;
  if (stations?.count) out.push(dotsLayer("sites", stations));
  const moving = on.has("satellites") ? satelliteDots.value : null;
  if (moving?.count) out.push(dotsLayer("satellites", moving, ++moves));
  if (sites.value) out.push(dotsLayer("points", sites.value));
  if (placeDot.value) out.push(dotsLayer("place", placeDot.value));
  const none = !on.has("satellites") || settled.value;
  const it = shownField.value;
  const shown = colours && it ? `${it.name} ${it.slot}` : "";
  return {
    layers: out,
    held: { satellites: Boolean(world) && (Boolean(moving) || none), cells: Boolean(colours), shown },
  };
}
let moves = 0;

function dotsLayer(id: string, dots: Dots, moved = 0): Layer {
  // whole even where the ground stands in front of a part: the shader hides what is behind the globe
  return new DotsLayer({ id, dots, moved, parameters: { depthCompare: "always", depthWriteEnabled: false } });
}

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
    positions: new Float32Array(
      points.flatMap(({ position }) => [position[0], position[1], (position[2] ?? 0) + 12_000]),
    ),
    colours,
    looks: new Float32Array(points.flatMap(({ radius }) => [2 * (radius ?? 5), 0])),
  };
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}
