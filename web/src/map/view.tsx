// The map: globe or flat, with its legend, switches and time bar; a table where nothing can be drawn.
import "./map.css";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Exports } from "../place/menu";
import { FieldTable } from "../place/table";
import { about, pick, projection, tab } from "../state";
import { t } from "../words";
import { readAtlas } from "./atlas";
import { askForData, firstPicture } from "./data";
import { satelliteDots, siteDots } from "./dots";
import { Legend } from "./legend";
import { pickedKey } from "./overlays";
import { type Target, groundAt, groundTarget, pointed, targetAt } from "./pointing";
import { drawRegions } from "./regions";
import type { Held, Scene } from "./scene";
import { subsolar } from "./sun";
import { TimeBar } from "./timebar";
import { instant, keepTime } from "./time";

/** What a world lacks, where it lacks cells or satellites. */
function Empty() {
  const view = about.value;
  if (!view || view.source === "none" || view.details === "preparing" || (view.cells && view.satellites))
    return null;
  const lacks = view.cells ? "satellites" : view.satellites ? "cells" : "both";
  return (
    <p class="map-empty" role="status">
      {t(`map.empty.${lacks}`)}
    </p>
  );
}

/** Why nothing can be drawn; null where it can, or is not known yet. */
const failed = signal<string | null>(null);
const STEP_PX = 60;
const CLICK_PX = 6;

let scene: Scene | null = null;

export function MapView() {
  const stage = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // time first: a slot that is not there shall not be asked for
    const ends = [keepTime(), askForData(), begin(stage.current!), drawRegions()];
    return () => ends.forEach((end) => end());
  }, []);
  const sun = subsolar(instant.value ?? Date.now());
  return (
    <section
      class="map"
      aria-label={t("map.map")}
      data-projection={projection.value}
      data-sun={`${sun.lat.toFixed(2)},${sun.lon.toFixed(2)}`}
    >
      {failed.value === null ? null : (
        <div class="map-table">
          <p class="notice info" role="status">
            {t(failed.value === "context" ? "map.lost" : "map.no_webgl")}
          </p>
          <FieldTable />
        </div>
      )}
      <div
        ref={stage}
        class="stage"
        hidden={failed.value !== null}
        tabIndex={0}
        role="application"
        aria-label={t("map.stage")}
        aria-describedby="map-keys"
        onKeyDown={onKey}
        onFocus={sayMiddle}
        onBlur={() => (pointed.value = null)}
      >
        <span class="cross" aria-hidden="true" />
      </div>
      <p id="map-keys" class="visually-hidden">
        {t("map.keys")}
      </p>
      <Empty />
      <Tooltip />
      {failed.value === null ? <Tools /> : null}
      {failed.value === null ? <Legend /> : null}
      <TimeBar />
    </section>
  );
}

/** Globe or flat, nearer and farther, the question about the middle, and what can be saved. */
function Tools() {
  return (
    <div class="map-tools">
      <button
        type="button"
        aria-pressed={projection.value === "globe"}
        onClick={() => (projection.value = "globe")}
      >
        {t("map.globe")}
      </button>
      <button
        type="button"
        aria-pressed={projection.value === "flat"}
        onClick={() => (projection.value = "flat")}
      >
        {t("map.flat")}
      </button>
      <button
        type="button"
        aria-label={t("map.nearer")}
        title={t("map.nearer")}
        onClick={() => scene?.move(0, 0, 0.7)}
      >
        +
      </button>
      <button
        type="button"
        aria-label={t("map.farther")}
        title={t("map.farther")}
        onClick={() => scene?.move(0, 0, -0.7)}
      >
        −
      </button>
      <button type="button" class="ask" title={t("map.ask.why")} onClick={askMiddle}>
        {t("map.ask")}
      </button>
      <Exports />
    </div>
  );
}

/** What is under the pointer, or in the middle for whoever uses keys. */
function Tooltip() {
  const it = pointed.value;
  return (
    <div
      class="map-tip"
      role="status"
      hidden={!it}
      ref={(element) => {
        if (!element || !it) return;
        const wide = element.parentElement!.clientWidth;
        element.style.left = `${Math.min(it.x + 14, wide - element.offsetWidth - 6)}px`;
        element.style.top = `${Math.max(4, it.y - element.offsetHeight - 12)}px`;
      }}
    >
      {it?.target.lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  );
}

/** Draw into the stage once the code for it is here, and follow the pointer over it. */
function begin(stage: HTMLDivElement): () => void {
  let ended = false;
  const root = document.documentElement;
  const map = stage.parentElement!;
  const lost = (reason: string): void => {
    console.warn("openleo: the map is not drawn:", reason);
    failed.value = reason === "context" ? reason : "webgl";
    told("ready", "openleo:first-frame");
    firstPicture();
    scene?.stop();
    scene = null;
  };
  const drawn = (frames: number, held: Held): void => {
    map.dataset["frames"] = String(frames);
    map.dataset["shown"] = held.shown;
    if (held.satellites) {
      told("ready", "openleo:first-frame");
      firstPicture();
    }
    if (held.cells) told("cells", "openleo:cells");
  };
  const told = (name: string, mark: string): void => {
    if (root.dataset[name]) return;
    root.dataset[name] = "true";
    performance.mark(mark);
  };
  const reading = readAtlas();
  reading.catch(() => {}); // told by the scene, which may come later
  import("./scene")
    .then(({ startScene }) => {
      if (!ended) scene = startScene(stage, reading, { drawn, lost });
    })
    .catch((error: unknown) => lost(String(error)));

  let down: { x: number; y: number } | null = null;
  let waiting = 0;
  const at = (event: PointerEvent): { x: number; y: number } => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onMove = (event: PointerEvent): void => {
    if (event.buttons || event.pointerType === "touch") {
      pointed.value = null;
      return;
    }
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => point(at(event)));
  };
  const onDown = (event: PointerEvent): void => {
    down = event.isPrimary && event.button === 0 ? at(event) : null;
  };
  const onUp = (event: PointerEvent): void => {
    const here = at(event);
    if (down && event.isPrimary && Math.hypot(here.x - down.x, here.y - down.y) < CLICK_PX) act(found(here));
    down = null;
  };
  const onLeave = (): void => {
    cancelAnimationFrame(waiting);
    pointed.value = null;
  };
  const heard = { pointermove: onMove, pointerdown: onDown, pointerup: onUp, pointerleave: onLeave } as const;
  for (const [name, act] of Object.entries(heard)) stage.addEventListener(name, act as EventListener);
  return () => {
    ended = true;
    cancelAnimationFrame(waiting);
    for (const [name, act] of Object.entries(heard)) stage.removeEventListener(name, act as EventListener);
    scene?.stop();
    scene = null;
  };
}

function found({ x, y }: { x: number; y: number }): Target | null {
  const view = scene?.viewport();
  return view ? targetAt(view, x, y, satelliteDots.value, siteDots.value) : null;
}

function point(where: { x: number; y: number }): void {
  const target = found(where);
  pointed.value = target && { ...where, target };
}

/** What is said of the ground in the middle: no satellite stands in its way. */
function middle(): { x: number; y: number; target: Target } | null {
  const view = scene?.viewport();
  if (!view) return null;
  const [x, y] = [view.width / 2, view.height / 2];
  const here = groundAt(view, x, y);
  return here && { x, y, target: groundTarget(here.lon, here.lat) };
}

/** Pick what was clicked. */
function act(target: Target | null): void {
  if (!target) return;
  const { kind, lon, lat, number, name, key } = target;
  if (kind === "satellite") pick({ satellite: number! });
  else if (kind === "gateway") pick({ gateway: name! });
  else if (key !== undefined && (kind === "point" || tab.value !== "map")) {
    pickedKey.value = null; // the same one may be clicked again
    pickedKey.value = key;
  } else pick({ place: { lat, lon } });
}

function sayMiddle(event: FocusEvent): void {
  if ((event.currentTarget as HTMLElement).matches(":focus-visible")) pointed.value = middle();
}

function askMiddle(): void {
  act(middle()?.target ?? null);
}

function onKey(event: KeyboardEvent): void {
  const steps: Record<string, [number, number, number]> = {
    ArrowLeft: [-STEP_PX, 0, 0],
    ArrowRight: [STEP_PX, 0, 0],
    ArrowUp: [0, STEP_PX, 0],
    ArrowDown: [0, -STEP_PX, 0],
    "+": [0, 0, 0.5],
    "=": [0, 0, 0.5],
    "-": [0, 0, -0.5],
  };
  const step = steps[event.key];
  if (step && !event.ctrlKey && !event.metaKey && !event.altKey) {
    scene?.move(...step);
    requestAnimationFrame(() => (pointed.value = middle()));
  } else if (event.key === "Enter") askMiddle();
  else if (event.key === "Escape") {
    pick(null);
    pointed.value = null;
  } else return;
  event.preventDefault();
}
