// One finding: its data in words, its coordinates after a reason was given, and its end after a dialog.
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { coordinates, counted, moment, number, t } from "../words";
import { ask } from "./dialog";
import { flyOver, spotsOf } from "./flying";
import { type Finding, type Looked, choose, found, looked } from "./found";
import { read, send, writes } from "./session";
import { openTerminal } from "./terminals";
import { dataWords, word } from "./words";

export function Card({ finding }: { finding: Finding }) {
  const cell = finding.data.cell;
  return (
    <article class="desk-card" aria-labelledby="desk-finding">
      <h4 id="desk-finding">
        {t("desk.finding.title", { number: String(finding.number), kind: word("desk.kind", finding.kind) })}
      </h4>
      <p>{word("desk.kind_about", finding.kind)}</p>
      <dl>
        <dt>{t("desk.findings.subject")}</dt>
        <dd class="desk-words">
          {finding.hardware ? (
            <button type="button" class="desk-row" onClick={() => void openTerminal(finding.hardware ?? "")}>
              {finding.hardware}
            </button>
          ) : (
            finding.subject
          )}
        </dd>
        <dt>{t("desk.findings.opened")}</dt>
        <dd>{moment(finding.opened)}</dd>
        {cell ? (
          <>
            <dt>{t("desk.cell")}</dt>
            <dd>
              <code>{cell}</code>
            </dd>
          </>
        ) : null}
        {dataWords(finding.data).map(([name, value]) => (
          <Pair key={name} name={name} value={value} />
        ))}
        {finding.closed ? (
          <Pair
            name={word("desk.state", finding.state)}
            value={`${moment(finding.closed)}, ${finding.closed_by ?? ""}: ${finding.why ?? ""}`}
          />
        ) : null}
      </dl>
      {looked.value?.finding === finding.number ? <Spots looked={looked.value} /> : null}
      <div class="desk-buttons">
        {finding.state === "open" && finding.hardware ? (
          <button type="button" onClick={() => lookAt(finding)}>
            {t("desk.look.button")}
          </button>
        ) : null}
        {finding.state === "open" && writes.value
          ? (["confirmed", "dismissed"] as const).map((verdict) => (
              <button key={verdict} type="button" onClick={() => closeAs(finding, verdict)}>
                {t(`desk.close.${verdict}`)}
              </button>
            ))
          : null}
        <button type="button" onClick={() => choose(null)}>
          {t("common.close")}
        </button>
      </div>
      <Looks finding={finding.number} fresh={looked.value?.look.number ?? 0} />
    </article>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class="desk-words">{value}</dd>
    </>
  );
}

function Spots({ looked: { spots } }: { looked: Looked }) {
  return (
    <div role="status">
      <h5>{t("desk.look.shown")}</h5>
      {spots.length ? (
        <ol class="desk-spots">
          {spots.map((each) => (
            <li key={each.number}>
              {each.lat_deg !== null && each.lon_deg !== null
                ? coordinates(each.lat_deg, each.lon_deg)
                : t("desk.look.gone")}{" "}
              <span class="faint">
                {moment(each.received ?? "")}, {word("desk.outcome", each.outcome)}
                {each.accuracy_m !== null ? `, ± ${number(each.accuracy_m, 0)} m` : ""}
                {each.shows ? "" : `, ${t("desk.look.before")}`}
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p>{t("desk.look.none")}</p>
      )}
    </div>
  );
}

function Looks({ finding, fresh }: { finding: number; fresh: number }) {
  const [rows, setRows] = useState<Schemas["Look"][]>([]);
  useEffect(() => {
    read<Schemas["Looks"]>(`/v1/findings/${finding}/looks`).then(
      (answer) => setRows(answer.looks),
      () => setRows([]),
    );
  }, [finding, fresh]);
  return rows.length ? (
    <details>
      <summary>{counted("desk.looks", rows.length)}</summary>
      <ul>
        {rows.map((each) => (
          <li key={each.number} class="desk-words">
            {moment(each.time ?? "")}, {each.by}: {each.why}
          </li>
        ))}
      </ul>
    </details>
  ) : null;
}

function lookAt(finding: Finding): void {
  ask({
    title: t("desk.look.title", { number: String(finding.number) }),
    lines: [t("desk.look.does"), t("desk.look.recorded")],
    fields: [{ name: "why", label: t("desk.why"), needed: true, hint: t("desk.why.hint") }],
    confirm: t("desk.look.button"),
    act: async ({ why }) => {
      looked.value = await send<Looked>(`/v1/findings/${finding.number}/looks`, { why });
      flyOver(spotsOf(looked.value.spots));
    },
  });
}

function closeAs(finding: Finding, verdict: "confirmed" | "dismissed"): void {
  ask({
    title: t(`desk.close.${verdict}`),
    lines: [
      t("desk.close.does", { number: String(finding.number), state: word("desk.state", verdict) }),
      t("desk.close.forever"),
    ],
    fields: [{ name: "why", label: t("desk.why"), needed: true, hint: t("desk.why.hint") }],
    confirm: t(`desk.close.${verdict}`),
    act: async ({ why }) => {
      const after = await send<Finding>(`/v1/findings/${finding.number}/closure`, { state: verdict, why });
      looked.value = null;
      found.value = found.value.map((each) => (each.number === after.number ? after : each));
    },
  });
}
