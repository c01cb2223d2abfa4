// What a dry run says: in sentences, as tables, and on the map before and after.
import type { Schemas } from "../api/client";
import { counted, language, moment, number, short, t } from "../words";
import type { DryRun, Mode } from "./draw";
import { mode } from "./rules";
import { openTerminal } from "./terminals";
import { reasonText, word } from "./words";

const EFFECTS = ["loses", "gains", "less", "more"] as const;
const MODES: readonly Mode[] = ["difference", "before", "after"];
type Row = Schemas["Row"];

export function DryRunResult({ dry }: { dry: DryRun }) {
  const differs = dry.differs[language.value] ?? [];
  return (
    <section class="desk-card" aria-labelledby="desk-dryrun">
      <h4 id="desk-dryrun">{t("desk.dry.title")}</h4>
      <p class="faint">
        {t("desk.dry.when", { time: moment(dry.at ?? ""), placed: dry.placed, all: dry.terminals })}
      </p>
      <ul class="desk-effects" data-testid="effects">
        {EFFECTS.map((each) => (
          <li key={each} class={dry.effects[each]?.terminals ? `desk-${each}` : "faint"}>
            <span aria-hidden="true">{each === "loses" || each === "less" ? "▼" : "▲"}</span>{" "}
            {counted(`desk.dry.${each}`, dry.effects[each]?.terminals ?? 0)}
          </li>
        ))}
      </ul>
      {dry.terminals > dry.placed ? <p>{counted("desk.dry.unplaced", dry.terminals - dry.placed)}</p> : null}
      <OnMap dry={dry} />
      <h5>{t("desk.dry.differs")}</h5>
      {differs.length ? (
        <ul class="desk-list">
          {differs.map((each) => (
            <li key={each} class="desk-words">
              {each}
            </li>
          ))}
        </ul>
      ) : (
        <p>{t("desk.dry.same")}</p>
      )}
      {dry.capacity ? <Capacity it={dry.capacity} /> : null}
      <Rows title={t("desk.dry.countries")} rows={dry.countries} none={t("desk.dry.sea")} />
      <Rows title={t("desk.dry.regions")} rows={dry.regions} none={t("common.none")} />
      <Rows title={t("desk.dry.accounts")} rows={dry.accounts} none={t("desk.dry.noaccount")} />
      <Why dry={dry} />
      <Terminals dry={dry} />
    </section>
  );
}

function OnMap({ dry }: { dry: DryRun }) {
  const view = dry.view;
  return (
    <fieldset class="desk-modes">
      <legend>{t("desk.dry.map")}</legend>
      {view ? (
        <>
          <div class="desk-buttons">
            {MODES.map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={mode.value === each}
                onClick={() => (mode.value = each)}
              >
                {t(`desk.mode.${each}`)}
              </button>
            ))}
          </div>
          <p data-testid="cells">
            <b aria-hidden="true">×</b> {counted("desk.dry.dark", view.goes_dark)} <b aria-hidden="true">+</b>{" "}
            {counted("desk.dry.lit", view.comes_on)} {counted("desk.dry.differ", view.differ)}
          </p>
          <ul class="desk-key">
            {(mode.value === "difference"
              ? (["dark", "lit", "less", "more", "same"] as const)
              : view.states
            ).map((each) => (
              <li key={each}>
                <span class={`desk-swatch desk-swatch-${each}`} aria-hidden="true" />{" "}
                {mode.value === "difference" ? t(`desk.key.${each}`) : t(`desk.place.${each}`)}
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>{counted("desk.dry.areas", dry.areas.length)}</p>
      )}
    </fieldset>
  );
}

function Capacity({ it }: { it: Schemas["Capacity"] }) {
  const rows: [string, number, number][] = [
    [t("desk.capacity.lit"), it.lit_before, it.lit_after],
    [t("desk.capacity.cells"), it.before_gbps, it.after_gbps],
    [t("desk.capacity.whole"), it.whole_before_gbps, it.whole_after_gbps],
  ];
  return (
    <>
      <h5>{t("desk.capacity.title", { time: moment(it.slot) })}</h5>
      <table class="desk-table">
        <thead>
          <tr>
            <td />
            <th scope="col" class="number">
              {t("desk.mode.before")}
            </th>
            <th scope="col" class="number">
              {t("desk.mode.after")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, before, after]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{short(before)}</td>
              <td class="number">{short(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Rows({ title, rows, none }: { title: string; rows: readonly Row[]; none: string }) {
  if (!rows.length) return null;
  return (
    <details open={rows.length < 12}>
      <summary>{title}</summary>
      <table class="desk-table">
        <thead>
          <tr>
            <td />
            {EFFECTS.map((each) => (
              <th key={each} scope="col" class="number">
                {t(`desk.effect.${each}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((each) => (
            <tr key={each.name ?? ""}>
              <th scope="row" class="desk-words">
                {each.name ?? none}
              </th>
              {EFFECTS.map((effect) => (
                <td key={effect} class="number">
                  {number(each[effect], 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Why({ dry }: { dry: DryRun }) {
  if (!dry.why.length) return null;
  return (
    <details open>
      <summary>{t("desk.dry.why")}</summary>
      <ul class="desk-list">
        {dry.why.map((each) => (
          <li key={`${each.effect} ${each.reason} ${each.region}`} class="desk-words">
            <strong>{t(`desk.effect.${each.effect}`)}</strong>, {each.region}: {number(each.terminals, 0)}
            <br />
            {each.effect === "loses" || each.effect === "less" ? "" : `${t("desk.dry.until")} `}
            {each.reason ? reasonText(each.reason) : t("desk.dry.rate")}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Terminals({ dry }: { dry: DryRun }) {
  if (!dry.listed.length) return null;
  return (
    <details>
      <summary>{t("desk.dry.terminals", { shown: dry.listed.length, all: dry.affected.terminals })}</summary>
      <div class="desk-scroll" tabIndex={0} role="region" aria-label={t("desk.part.terminals")}>
        <table class="desk-table">
          <thead>
            <tr>
              <th scope="col">{t("desk.terminal.hardware")}</th>
              <th scope="col">{t("desk.dry.was")}</th>
              <th scope="col">{t("desk.dry.gets")}</th>
              <th scope="col">{t("desk.terminal.account")}</th>
              <th scope="col">{t("desk.cell")}</th>
            </tr>
          </thead>
          <tbody>
            {dry.listed.map((each) => (
              <tr key={each.terminal}>
                <td>
                  <button type="button" class="desk-row" onClick={() => void openTerminal(each.terminal)}>
                    {each.terminal}
                  </button>
                </td>
                <td>{word("desk.outcome", each.was)}</td>
                <td>{word("desk.outcome", each.gets)}</td>
                <td class="desk-words">{each.account ?? t("common.none")}</td>
                <td>
                  <code>{each.cell}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
