// Findings: evidence for people, as a table and as cells on the map.
import { useEffect } from "preact/hooks";
import { pickedKey } from "../map/overlays";
import { counted, moment, number, t } from "../words";
import { clear, drawCells, drawSpots } from "./draw";
import { Card } from "./finding";
import { choose, found, kind, load, loaded, looked, next, picked, state, wrong } from "./found";
import { outlinesOf, word } from "./words";

const KINDS = [
  "drone",
  "clone",
  "impossible_travel",
  "location_refuted",
  "uncertain",
  "resale",
  "stay_abroad",
] as const;
const STATES = ["open", "confirmed", "dismissed"] as const;

/** Draw the cells of what is listed; a look's coordinates stand instead as long as they are shown. */
async function draw(): Promise<void> {
  if (looked.value) {
    const { spots } = looked.value;
    drawSpots(
      spots,
      spots.map((each) => `${moment(each.received ?? "")}: ${word("desk.outcome", each.outcome)}`),
    );
    return;
  }
  const placed = found.value.filter((each) => each.data.cell);
  try {
    const outlines = await outlinesOf(placed.map((each) => String(each.data.cell)));
    const at = new Map(outlines.map((each) => [each.cell, each]));
    drawCells(
      placed.flatMap((each) => {
        const cell = at.get(String(each.data.cell));
        const title = `${word("desk.kind", each.kind)}: ${each.hardware ?? each.subject}`;
        return cell
          ? [{ at: cell, title, key: `desk:finding:${each.number}`, picked: each.number === picked.value }]
          : [];
      }),
    );
  } catch {
    clear(); // the table says the same
  }
}

export function Findings() {
  useEffect(() => void load(), [state.value, kind.value]);
  useEffect(() => void draw(), [found.value, picked.value, looked.value]);
  useEffect(() => {
    const key = /^desk:finding:(\d+)$/.exec(pickedKey.value ?? "");
    if (key) choose(Number(key[1]));
  }, [pickedKey.value]);
  const one = found.value.find((each) => each.number === picked.value);
  return (
    <section aria-labelledby="desk-findings">
      <h3 id="desk-findings">{t("desk.part.findings")}</h3>
      <p class="faint">{t("desk.findings.about")}</p>
      <div class="desk-filters">
        <Choice label={t("desk.findings.state")} value={state} options={STATES} group="desk.state" />
        <Choice label={t("desk.findings.kind")} value={kind} options={KINDS} group="desk.kind" />
      </div>
      {wrong.value ? (
        <p class="desk-wrong" role="alert">
          {wrong.value}
        </p>
      ) : null}
      {one ? <Card finding={one} /> : null}
      <p aria-live="polite" class="faint">
        {loaded.value ? counted("desk.findings.count", found.value.length) : t("common.loading")}
      </p>
      {found.value.length ? <Table /> : null}
      {next.value !== null ? (
        <button type="button" onClick={() => void load(next.value ?? -1)}>
          {t("desk.more")}
        </button>
      ) : null}
    </section>
  );
}

function Choice(props: { label: string; value: typeof state; options: readonly string[]; group: string }) {
  return (
    <label>
      {props.label}{" "}
      <select
        value={props.value.value}
        onChange={(event) => ((props.value.value = event.currentTarget.value), choose(null))}
      >
        <option value="">{t("desk.all")}</option>
        {props.options.map((each) => (
          <option key={each} value={each}>
            {word(props.group, each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Table() {
  return (
    <div class="desk-scroll" tabIndex={0} role="region" aria-label={t("desk.part.findings")}>
      <table class="desk-table">
        <thead>
          <tr>
            <th scope="col">{t("desk.findings.number")}</th>
            <th scope="col">{t("desk.findings.kind")}</th>
            <th scope="col">{t("desk.findings.subject")}</th>
            <th scope="col">{t("desk.findings.state")}</th>
            <th scope="col">{t("desk.findings.opened")}</th>
          </tr>
        </thead>
        <tbody>
          {found.value.map((each) => (
            <tr key={each.number} aria-current={each.number === picked.value ? "true" : undefined}>
              <td>
                <button type="button" class="desk-row" onClick={() => choose(each.number)}>
                  {number(each.number)}
                </button>
              </td>
              <td>{word("desk.kind", each.kind)}</td>
              <td class="desk-words">{each.hardware ?? each.subject}</td>
              <td>
                <span
                  class={`chip ${each.state === "open" ? "warn" : each.state === "confirmed" ? "bad" : "good"}`}
                >
                  {word("desk.state", each.state)}
                </span>
              </td>
              <td>{moment(each.opened)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
