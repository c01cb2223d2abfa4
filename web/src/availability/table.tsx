// The table of all places: found as one types, filtered by state and kind, sorted by any column.
import { signal } from "@preact/signals";
import { StateChip } from "../place/states";
import { counted, language, number, t } from "../words";
import { Link, Sign, StateOf } from "./marks";
import { type RegionHolds, STATES, type State, stateKey } from "./states";
import { type Kind, type Subject, folded } from "./subject";
import { when } from "./times";

type Column = "name" | "state" | "licence" | "service" | "sales";
const COLUMNS: readonly Column[] = ["name", "state", "licence", "service", "sales"];
const KINDS = ["all", "country", "area", "region"] as const;

const written = signal("");
const only = signal<ReadonlySet<State>>(new Set());
const kind = signal<(typeof KINDS)[number]>("all");
const sorted = signal<{ column: Column; down: boolean }>({ column: "name", down: false });

export function Table({ rows }: { rows: readonly Subject[] }) {
  const words = folded(written.value).trim();
  const near = rows.filter((each) => isKind(each.kind) && (!words || matches(each, words)));
  const shown = near.filter((each) => !only.value.size || only.value.has(each.holds.state)).sort(order());
  const filtered = words || only.value.size || kind.value !== "all";
  return (
    <>
      <div class="av-filters" role="search">
        <label>
          <span>{t("availability.search")}</span>
          <input
            type="search"
            value={written.value}
            placeholder={t("availability.search.hint")}
            autocomplete="off"
            maxLength={200}
            onInput={(event) => (written.value = event.currentTarget.value)}
          />
        </label>
        <label>
          <span>{t("availability.kinds")}</span>
          <select
            value={kind.value}
            onChange={(event) => (kind.value = event.currentTarget.value as (typeof KINDS)[number])}
          >
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {t(`availability.kind.${each}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <States rows={near} />
      <p class="av-count" role="status">
        {counted("availability.rows", shown.length)}{" "}
        {filtered ? (
          <button type="button" class="link" onClick={clear}>
            {t("availability.clear")}
          </button>
        ) : null}
      </p>
      {shown.length ? <Rows rows={shown} /> : <p>{t("availability.none")}</p>}
    </>
  );
}

/** How many there are of each state: the legend of the map, and a filter. */
function States({ rows }: { rows: readonly Subject[] }) {
  return (
    <fieldset class="av-states-filter">
      <legend>{t("availability.states")}</legend>
      {STATES.map((state) => {
        const count = rows.filter((each) => each.holds.state === state).length;
        const on = only.value.has(state);
        return (
          <button
            key={state}
            type="button"
            class="av-state-chip"
            aria-pressed={on}
            disabled={!count && !on}
            onClick={() => toggle(state)}
          >
            <Sign state={state} />
            {t(`availability.state.${stateKey(state)}`)} <span class="av-count">{number(count, 0)}</span>
          </button>
        );
      })}
    </fieldset>
  );
}

function Rows({ rows }: { rows: readonly Subject[] }) {
  const { column, down } = sorted.value;
  return (
    <table class="av-places">
      <caption class="visually-hidden">{t("availability.title")}</caption>
      <thead>
        <tr>
          {COLUMNS.map((each) => (
            <th
              key={each}
              scope="col"
              class={`av-column-${each}`}
              aria-sort={each !== column ? "none" : down ? "descending" : "ascending"}
            >
              <button
                type="button"
                class="av-sort"
                onClick={() => (sorted.value = { column: each, down: each === column && !down })}
              >
                {each === "name" || each === "state" ? t(`availability.column.${each}`) : t(`common.${each}`)}
                <span aria-hidden="true">{each !== column ? "" : down ? " ▾" : " ▴"}</span>
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((each) => (
          <Row key={`${each.kind} ${each.own} ${each.code}`} it={each} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ it }: { it: Subject }) {
  const { holds } = it;
  return (
    <tr data-key={it.key}>
      <th scope="row" class="av-column-name">
        <Link to={it} /> <Tags it={it} />
        <span class="av-narrow">
          <StateOf state={holds.state} />
        </span>
      </th>
      <td class="av-column-state">
        <StateOf state={holds.state} />
      </td>
      <td>{holds.licence ? <StateChip topic="licence" state={holds.licence} /> : t("common.none")}</td>
      <td>{holds.service ? <StateChip topic="service" state={holds.service} /> : t("common.none")}</td>
      <td>
        <StateChip topic="sales" state={holds.sales} />
      </td>
    </tr>
  );
}

/** What else is to be said of a row at first sight. */
function Tags({ it }: { it: Subject }) {
  const said = [
    it.kind === "country"
      ? it.code !== it.own && it.code
      : it.kind === "sea"
        ? ""
        : t(`availability.one.${it.kind}`),
    it.country?.invented && t("availability.invented"),
    it.disputed && t("availability.disputed"),
    it.mixed && t("availability.mixed"),
    it.region && !it.region.in_force && notNow(it.region),
  ].filter(Boolean);
  return <span class="faint av-tags">{said.join(" · ")}</span>;
}

/** Why a region does not hold now: it is still to begin, or over, or outside its hours. */
function notNow({ begins, ends }: RegionHolds): string {
  if (begins && Date.parse(begins) > Date.now()) return t("availability.pending", { date: when(begins) });
  if (ends && Date.parse(ends) <= Date.now()) return t("availability.over", { date: when(ends) });
  return t("availability.not_in_force");
}

function isKind(each: Kind): boolean {
  return kind.value === "all" || kind.value === each;
}

function matches(it: Subject, words: string): boolean {
  return it.code.toLowerCase() === words || folded(it.name).includes(words) || folded(it.own).includes(words);
}

function order(): (a: Subject, b: Subject) => number {
  const { column, down } = sorted.value;
  const words = new Intl.Collator(language.value);
  const text = (it: Subject): string =>
    column === "name" || column === "state" ? it.name : (it.holds[column] ?? "");
  const by = (a: Subject, b: Subject): number =>
    column === "state"
      ? STATES.indexOf(a.holds.state) - STATES.indexOf(b.holds.state)
      : words.compare(text(a), text(b));
  return (a, b) => (down ? -by(a, b) : by(a, b)) || words.compare(a.name, b.name);
}

function toggle(state: State): void {
  const next = new Set(only.value);
  if (!next.delete(state)) next.add(state);
  only.value = next;
}

function clear(): void {
  written.value = "";
  only.value = new Set();
  kind.value = "all";
}
