// The menu in the map's corner: what is shown as a table, as a picture, as CSV, as GeoJSON.
import { useRef, useState } from "preact/hooks";
import { type Field, fieldTitle, unitTitle, valueTitle, wordTitle } from "../map/fields";
import { picture } from "../map/overlays";
import { css, rampColour, wordColour } from "../map/ramps";
import { about } from "../state";
import { moment, t } from "../words";
import { cellsAsCsv, cellsAsGeoJson, factsOf, fileName } from "./exports";
import { save, slug } from "./files";
import { type Key, framed } from "./png";
import { hasNetwork, whatIsShown } from "./shown";
import { FieldTable } from "./table";
import "./menu.css";

const STEPS = 32;
const MOST_WORDS = 9;
const MEDIA = { csv: "text/csv;charset=utf-8", geojson: "application/geo+json" } as const;

export function Exports() {
  const [said, say] = useState("");
  const [table, showTable] = useState(false);
  const menu = useRef<HTMLDetailsElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const network = hasNetwork(about.value) && about.value.cells > 0;

  const run = async (make: () => Promise<string | null>): Promise<void> => {
    menu.current?.removeAttribute("open");
    menu.current?.querySelector("summary")?.focus();
    say(t("place.export.working"));
    try {
      const name = await make();
      say(name ? t("place.export.done", { name }) : t("place.export.nothing"));
    } catch (error) {
      say(t("place.export.failed", { detail: error instanceof Error ? error.message : String(error) }));
    }
  };
  return (
    <div class="place-exports">
      {network ? (
        <button
          type="button"
          onClick={() => {
            showTable(true);
            dialog.current?.showModal();
          }}
        >
          {t("place.table")}
        </button>
      ) : null}
      {network || picture.value ? (
        <details
          ref={menu}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || !menu.current?.open) return;
            event.preventDefault();
            menu.current.open = false;
            menu.current.querySelector("summary")?.focus();
          }}
        >
          <summary aria-label={t("place.exports")}>{t("place.exports.short")}</summary>
          <ul>
            {picture.value ? (
              <li>
                <button type="button" onClick={() => void run(savePicture)}>
                  {t("place.export.png")}
                </button>
              </li>
            ) : null}
            {network
              ? (["csv", "geojson"] as const).map((ending) => (
                  <li key={ending}>
                    <button type="button" onClick={() => void run(() => saveCells(ending))}>
                      {t(`place.export.${ending}`)}
                    </button>
                  </li>
                ))
              : null}
          </ul>
        </details>
      ) : null}
      <p role="status">{said}</p>
      <dialog ref={dialog} aria-labelledby="table-heading" onClose={() => showTable(false)}>
        <button type="button" class="close" onClick={() => dialog.current?.close()}>
          {t("place.table.close")}
        </button>
        {table ? <FieldTable onAsk={() => dialog.current?.close()} /> : null}
      </dialog>
    </div>
  );
}

async function saveCells(ending: "csv" | "geojson"): Promise<string | null> {
  const shown = await whatIsShown();
  if (!shown) return null;
  const name = fileName(shown, ending);
  const parts = ending === "csv" ? cellsAsCsv(shown) : cellsAsGeoJson(shown);
  save(name, MEDIA[ending], parts);
  return name;
}

async function savePicture(): Promise<string | null> {
  const map = picture.value?.();
  if (!map) return null;
  const shown = await whatIsShown().catch(() => null);
  const view = about.value;
  const lines = [t("common.modelled"), t("common.borders")];
  if (!shown) {
    const name = `openleo-${slug(view?.world ?? "map")}.png`;
    save(name, "image/png", [
      await framed(map, t("common.name"), [], lines, { Software: "OpenLEO", Comment: lines.join(" ") }),
    ]);
    return name;
  }
  const unit = unitTitle(shown.field);
  const heading = `${fieldTitle(shown.field.name)}${unit ? ` (${unit})` : ""} · ${moment(shown.time)}`;
  const world = t("common.world", {
    world: shown.view.title || (shown.view.world ?? ""),
    hash: (shown.view.world_hash ?? "").slice(0, 12),
  });
  const facts = factsOf(shown);
  const texts = {
    Title: heading,
    Software: `OpenLEO ${shown.view.openleo_version}`,
    Description: JSON.stringify(facts),
  };
  const name = fileName(shown, "png");
  save(name, "image/png", [await framed(map, heading, keysOf(shown.field), [world, ...lines], texts)]);
  return name;
}

/** What the colours of a field mean: its ramp from end to end, or its words where they are few. */
function keysOf(field: Field): Key[] {
  if (field.kind === "number") {
    const colours = Array.from({ length: STEPS }, (_, k) => css(rampColour(field, k / (STEPS - 1))));
    return [{ colours, text: `${valueTitle(field, field.low)} – ${valueTitle(field, field.high)}` }];
  }
  if (field.words.length > MOST_WORDS) return [];
  return field.words.map((word, code) => ({
    colours: [css(wordColour(field.name, word, code))],
    text: wordTitle(field.name, word),
  }));
}
