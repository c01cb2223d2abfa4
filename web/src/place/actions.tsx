// What one can do with a card: copy its address, keep it as CSV or JSON.
import { useState } from "preact/hooks";
import { type Point, about } from "../state";
import { t } from "../words";
import { csv, save } from "./files";
import type { At, Standing } from "./types";

export function Share({ place, at, here }: { place: Point; at: At | null; here: Standing | null }) {
  const [said, say] = useState("");
  const [shown, show] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(location.href);
      say(t("place.copied"));
      show("");
    } catch {
      show(location.href); // no clipboard here: the address stands there to be copied by hand
      say(t("place.copy.by.hand"));
    }
  };
  const name = `openleo-place-${place.lat.toFixed(4)}_${place.lon.toFixed(4)}`;
  const all = { view: headOf(), plan: at, rules: here };
  return (
    <section class="actions" aria-label={t("place.actions")}>
      <button type="button" onClick={() => void copy()}>
        {t("place.share")}
      </button>
      <button
        type="button"
        onClick={() =>
          save(`${name}.csv`, "text/csv;charset=utf-8", [csv([["what", "value"], ...flat(all)])])
        }
      >
        {t("place.save", { kind: "CSV" })}
      </button>
      <button
        type="button"
        onClick={() => save(`${name}.json`, "application/json", [JSON.stringify(all, null, 1)])}
      >
        {t("place.save", { kind: "JSON" })}
      </button>
      <p role="status">{said}</p>
      {shown ? (
        <input
          readOnly
          value={shown}
          aria-label={t("place.address")}
          onFocus={(e) => e.currentTarget.select()}
        />
      ) : null}
    </section>
  );
}

/** What is shown, as a file says it beside its values. */
export function headOf() {
  const view = about.value;
  return (
    view && {
      world: view.world,
      world_hash: view.world_hash,
      openleo: view.openleo_version,
      elements_epoch: view.elements_epoch,
      rules: view.rules,
      disclaimer: view.disclaimer,
    }
  );
}

/** Every value of an answer with its path, one a row. */
function flat(value: unknown, path = ""): [string, string | number][] {
  if (value === null || value === undefined) return [[path, ""]];
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object") return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, each]) => flat(each, path ? `${path}.${key}` : key));
}
