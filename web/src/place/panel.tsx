// The card of a place, a satellite, a gateway or a region: whatever was picked, and where the focus goes.
import { useEffect } from "preact/hooks";
import { gateway, pick, place, region, satellite } from "../state";
import { GatewayCard } from "./gateway";
import { PlaceCard } from "./place";
import { RegionCard } from "./regions";
import { SatelliteCard } from "./satellite";
import "./place.css";

/** Whether the person last used the keyboard, and what had the focus before a card was opened. */
let byKeyboard = false;
let before: Element | null = null;
if (typeof window !== "undefined") {
  window.addEventListener("keydown", () => (byKeyboard = true), { capture: true });
  window.addEventListener("pointerdown", () => (byKeyboard = false), { capture: true });
}

export function PlacePanel() {
  const subject = JSON.stringify([satellite.value, gateway.value, region.value, place.value]);
  useEffect(() => {
    if (!byKeyboard) return;
    const now = document.activeElement;
    if (now && !now.closest(".panel")) before = now;
    document.getElementById("card-heading")?.focus();
  }, [subject]);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      pick(null);
    };
    window.addEventListener("keydown", close);
    return () => {
      window.removeEventListener("keydown", close);
      const to =
        before instanceof HTMLElement && before.isConnected ? before : document.getElementById("main");
      if (byKeyboard) to?.focus();
      before = null;
    };
  }, []);
  if (satellite.value !== null) return <SatelliteCard number={satellite.value} />;
  if (gateway.value !== null) return <GatewayCard name={gateway.value} />;
  if (region.value !== null) return <RegionCard name={region.value} />;
  if (place.value) return <PlaceCard place={place.value} />;
  return null;
}
