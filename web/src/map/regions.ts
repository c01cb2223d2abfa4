// The regions of the rules in force and disputed areas, as lines over the map: the areas dashed, with their claimants.
import { effect, signal } from "@preact/signals";
import { get } from "../api/client";
import { about, layers, tab } from "../state";
import { t } from "../words";
import { type Outlines, linesOf, polygonOf } from "./outlines";
import { type Colour, cellsStatic, setOverlay } from "./overlays";
import { dark } from "./palette";

const ROOM = "regions";
const INK: Readonly<Record<"dark" | "light", Colour>> = {
  dark: [255, 255, 255, 150],
  light: [18, 32, 46, 150],
};
const found = signal<{ digest: string; outlines: Outlines } | null>(null);

/** Draw them for as long as the map stands; the tab of availability draws them itself. */
export function drawRegions(): () => void {
  const ends = [
    effect(() => {
      const digest = about.value?.rules?.digest;
      // cells and satellites come first: this is read after them
      const wanted =
        layers.value.has("regions") && (cellsStatic.value !== null || about.value?.source === "none");
      if (!digest || !wanted || found.peek()?.digest === digest) return;
      void read(digest);
    }),
    effect(() => {
      const outlines = found.value?.outlines;
      if (!outlines || !layers.value.has("regions") || tab.value === "availability") setOverlay(ROOM, null);
      else setOverlay(ROOM, { lines: linesFor(outlines) });
    }),
  ];
  return () => {
    for (const end of ends) end();
    setOverlay(ROOM, null);
  };
}

let asked = "";

async function read(digest: string): Promise<void> {
  if (asked === digest) return;
  asked = digest;
  try {
    found.value = { digest, outlines: await get<Outlines>("/v1/outlines") };
  } catch {
    asked = ""; // the map is whole without them; another look at the view asks again
  }
}

function linesFor(outlines: Outlines) {
  const colour = INK[dark.value ? "dark" : "light"];
  return outlines.features.flatMap((each) => {
    const { name, disputed, claimants } = each.properties;
    const polygon = polygonOf(each);
    const title = disputed ? t("map.disputed", { name, claimants: claimants.join(", ") }) : name;
    return polygon
      ? linesOf(polygon).map((path) => ({ path, colour, width: disputed ? 1 : 1.6, dashed: disputed, title }))
      : [];
  });
}
