// The instant that is shown: a slot and how far it has gone, which follows the clock (live) or plays (a run).
import { batch, computed, effect, signal } from "@preact/signals";
import { about, notice, forget, playing, slot } from "../state";
import { t } from "../words";

/** How far the slot has gone, 0 to 1. */
export const progress = signal(0);
/** How many times faster than life a run plays. */
export const speed = signal(10);
export const SPEEDS: readonly number[] = [1, 5, 10, 30, 60];

/** Milliseconds (POSIX) of the instant that is shown; null without slots. */
export const instant = computed(() => {
  const view = about.value;
  if (!view?.first || !view.slots) return null;
  return Date.parse(view.first) + (slot.value + progress.value) * view.slot_s * 1000;
});

/** Kilometres that a pixel of the map is wide: so often as satellites move by a part of it, it is drawn. */
export const scale = { kmPerPx: 20 };
const KM_PER_S = 7.5;
const PART_OF_PX = 0.35;

/** Milliseconds between two pictures while time goes on. */
function everyMs(): number {
  const faster = about.peek()?.source === "live" ? 1 : speed.peek();
  return Math.max(33, Math.min(1000, (1000 * PART_OF_PX * scale.kmPerPx) / (KM_PER_S * faster)));
}

/** Whether nothing may move by itself. */
export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Go to a slot, and stand still there. */
export function goTo(wanted: number): void {
  const last = (about.value?.slots ?? 1) - 1;
  batch(() => {
    playing.value = false;
    progress.value = 0;
    slot.value = Math.max(0, Math.min(last, wanted));
  });
}

/** Go to the slot that runs (live), and follow the clock. */
export function goToNow(): void {
  const view = about.value;
  if (view?.now_slot == null) return;
  batch(() => {
    slot.value = Math.min(view.now_slot!, view.slots - 1);
    playing.value = true;
  });
}

/** Play from here, or from the beginning where the end was reached; or stand still. */
export function toggle(): void {
  const view = about.value;
  if (!view?.slots) return;
  if (playing.value) {
    playing.value = false;
  } else if (view.source === "live") {
    goToNow();
  } else {
    batch(() => {
      if (slot.value >= view.slots - 1 && progress.value >= 1) slot.value = progress.value = 0;
      playing.value = true;
    });
  }
}

/** Keep the slot within what there is, and let time go on while it plays; returns what ends it. */
export function keepTime(): () => void {
  let timer = 0;
  let last = 0;
  const tick = (): void => {
    requestAnimationFrame((now) => {
      if (!playing.peek()) return;
      advance(last ? now - last : 0);
      last = now;
      timer = window.setTimeout(tick, everyMs() - 16);
    });
  };
  const ends = [
    effect(clamp),
    effect(() => {
      clearTimeout(timer);
      last = 0;
      if (playing.value) tick();
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const end of ends) end();
  };
}

let begun = "";

function clamp(): void {
  const view = about.value;
  if (!view || !view.slots) return;
  const first = begun !== view.key;
  begun = view.key;
  // a live twin that is opened without a wish for a slot is followed
  if (first && view.source === "live" && slot.peek() === 0 && !calm()) return goToNow();
  // a twin keeps no slot that has ended
  if (view.now_slot !== null && slot.value < view.now_slot && !playing.peek()) {
    slot.value = Math.min(view.now_slot, view.slots - 1);
    return;
  }
  if (slot.value >= view.slots) {
    notice(t("map.slot.beyond", { slot: slot.peek(), slots: view.slots }), "info", "map.beyond");
    batch(() => {
      slot.value = view.slots - 1;
      progress.value = 0;
    });
  } else if (!first && playing.peek()) {
    forget("map.beyond");
  }
}

function advance(passedMs: number): void {
  const view = about.peek();
  if (!view?.slots) return;
  if (view.source === "live") return followClock();
  const next = slot.peek() + progress.peek() + (passedMs * speed.peek()) / (view.slot_s * 1000);
  batch(() => {
    if (next >= view.slots) {
      slot.value = view.slots - 1;
      progress.value = 1;
      playing.value = false;
    } else {
      slot.value = Math.floor(next);
      progress.value = next - Math.floor(next);
    }
  });
}

function followClock(): void {
  const view = about.peek()!;
  if (view.now_slot === null || !view.first) return;
  const byClock = (Date.now() - Date.parse(view.first)) / (view.slot_s * 1000);
  // a clock that is off by more than a slot is not followed: the server says which slot runs
  const trusted = Math.abs(Math.floor(byClock) - view.now_slot) <= 1;
  const now = trusted ? Math.min(Math.floor(byClock), view.slots - 1) : view.now_slot;
  batch(() => {
    slot.value = now;
    progress.value = trusted ? Math.max(0, Math.min(1, byClock - now)) : 0;
  });
}
