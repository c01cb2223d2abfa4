// Entries of the log, the newest first: each in a sentence, to be narrowed by kind and region, or reached by number.
import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import { entry, region } from "../state";
import { counted, known, moment, t } from "../words";
import {
  type Listed,
  type State,
  busy,
  chosenRegion,
  entries,
  fresh,
  kind,
  load,
  more,
  next,
  shrunk,
  told,
} from "./data";

const KINDS = [
  "rules-change",
  "rules-grounds",
  "rules-withdrawn",
  "rules-proceed",
  "party-receipt",
  "request",
  "request-answer",
  "contract",
  "report-claim",
  "report-answer",
  "decisions-day",
  "checkpoint-seen",
  "keys",
  "note",
  "commitment",
  "reveal",
  "withdrawal",
] as const;

export function EntryList() {
  return (
    <>
      <h3>{t("ledger.entries")}</h3>
      <Filters />
      <div aria-live="polite">
        {fresh.value > 0 ? (
          <button type="button" class="primary ledger-wide" onClick={() => void load()}>
            {counted("ledger.fresh", fresh.value)}
          </button>
        ) : null}
        {shrunk.value !== null ? (
          <p class="ledger-bad" role="alert">
            {t("ledger.shrunk", { now: shrunk.value, before: told.value?.checkpoint.size ?? 0 })}
          </p>
        ) : null}
      </div>
      {entries.value.length ? (
        <ol class="ledger-list" aria-busy={busy.value}>
          {entries.value.map((each) => (
            <Item key={each.index} each={each} />
          ))}
        </ol>
      ) : (
        <p class="faint">{t(told.value?.checkpoint.size === 0 ? "ledger.empty" : "ledger.nothing")}</p>
      )}
      {next.value !== null ? (
        <button type="button" class="ledger-wide" disabled={busy.value} onClick={() => void more()}>
          {t("ledger.older", { before: String(next.value) })}
        </button>
      ) : null}
    </>
  );
}

function Item({ each }: { each: Listed }) {
  return (
    <li>
      <button
        type="button"
        id={`entry-${each.index}`}
        class={`ledger-item${each.type === "checkpoint-seen" ? " ledger-minor" : ""}`}
        onClick={() => (entry.value = each.index)}
      >
        <span class="ledger-index">{each.index}</span>
        <span class="ledger-said">
          <span class="ledger-what">
            {kindWords(each.type)}
            {each.time ? <span class="faint"> · {moment(each.time)}</span> : null}
            {each.state ? <StateChip state={each.state} /> : null}
          </span>
          <span class="ledger-words">{shortened(each)}</span>
        </span>
      </button>
    </li>
  );
}

/** The sentence without the number and the time that stand beside it already. */
function shortened({ said, index, time }: Listed): string {
  const [, rest] = said.split(` ${index}, ${time}`);
  const left = rest?.replace(/^[ :,\u00a0]+/, "");
  return left && said.indexOf(` ${index}, ${time}`) < 10
    ? left.charAt(0).toUpperCase() + left.slice(1)
    : said;
}

/** What kind of entry it is, in the page's words; a type that nobody knows as it stands. */
export function kindWords(type: string | null): string {
  if (type === null) return t("ledger.kind.none");
  return known(`ledger.kind.${type}`) ? t(`ledger.kind.${type}`) : type;
}

const LOOKS: Readonly<Record<State, string>> = {
  "in force": "good",
  waiting: "warn",
  refused: "bad",
  withdrawn: "",
  ended: "",
};

/** What became of a change. */
export function StateChip({ state }: { state: State }) {
  return <span class={`chip ${LOOKS[state] ?? ""}`}>{t(`ledger.state.${state.replace(" ", "_")}`)}</span>;
}

function Filters() {
  const [names, setNames] = useState<readonly string[]>([]);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    get<{ regions: readonly { name: string }[] }>("/v1/regions")
      .then((found) => setNames(found.regions.map((each) => each.name)))
      .catch(() => undefined); // the box can be filled in by hand as well
  }, []);
  const size = told.value?.checkpoint.size ?? 0;
  const chosen = chosenRegion();
  const go = (event: SubmitEvent): void => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement).get("index");
    const index = /^\d{1,15}$/.test(String(typed)) ? Number(typed) : -1;
    if (index >= 0 && index < size) entry.value = index;
    else setWrong(size ? t("ledger.index.wrong", { last: String(size - 1) }) : t("ledger.empty"));
  };
  return (
    <div class="ledger-filters">
      <label>
        <span>{t("ledger.filter.kind")}</span>
        <select value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value)}>
          <option value="">{t("ledger.filter.every")}</option>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {t(`ledger.kind.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t("ledger.filter.region")}</span>
        <input
          list="ledger-regions"
          maxLength={200}
          value={chosen ?? ""}
          placeholder={t("ledger.filter.every")}
          onChange={(event) => (region.value = event.currentTarget.value.trim() || null)}
        />
        <datalist id="ledger-regions">
          {names.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      </label>
      <form onSubmit={go} noValidate>
        <label>
          <span>{t("ledger.filter.index")}</span>
          <input name="index" inputMode="numeric" maxLength={15} size={6} autocomplete="off" />
        </label>
        <button type="submit">{t("ledger.filter.go")}</button>
      </form>
      {chosen ? (
        <p class="faint ledger-note">
          {t("ledger.filter.named", { region: chosen })}{" "}
          <button type="button" onClick={() => (region.value = null)}>
            {t("ledger.filter.clear")}
          </button>
        </p>
      ) : null}
      <p class="ledger-note" aria-live="polite">
        {wrong}
      </p>
    </div>
  );
}
