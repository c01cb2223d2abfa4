// Findings: evidence for people, as a table and as cells on the map; looked at and closed only after a dialog.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { flyTo, pickedKey } from "../map/overlays";
import { coordinates, counted, moment, number, t } from "../words";
import { ask } from "./dialog";
import { clear, drawCells, drawSpots } from "./draw";
import { flyOver, spotsOf } from "./flying";
import { read, said, send, writes } from "./session";
import { openTerminal } from "./terminals";
import { dataWords, outlinesOf, word } from "./words";

interface Finding {
  number: number;
  kind: string;
  subject: string;
  hardware: string | null;
  opened: string;
  data: Record<string, unknown> & { cell?: string | null };
  state: "open" | "confirmed" | "dismissed";
  closed: string | null;
  closed_by: string | null;
  why: string | null;
}
type Looked = Schemas["Looked"];

const KINDS = [
  "drone", "clone", "impossible_travel", "location_refuted", "uncertain", "resale", "stay_abroad",
] as const;
const STATES = ["open", "confirmed", "dismissed"] as const;

const state = signal<string>("open");
const kind = signal<string>("");
const found = signal<readonly Finding[]>([]);
const next = signal<number | null>(null);
const picked = signal<number | null>(null);
const looked = signal<Looked | null>(null);
const wrong = signal("");
const loaded = signal(false);

async function load(after = -1): Promise<void> {
  try {
    const page = await read<{ findings: Finding[]; next: number | null }>("/v1/findings", {
      state: state.value || null,
      kind: kind.value || null,
      after,
      limit: 100,
    });
    found.value = after < 0 ? page.findings : [...found.value, ...page.findings];
    next.value = page.next;
    wrong.value = "";
  } catch (error) {
    wrong.value = said(error);
  }
  loaded.value = true;
}

/** Whoever signs out leaves nothing behind. */
export function forgetFindings(): void {
  found.value = [];
  next.value = picked.value = looked.value = null;
  loaded.value = false;
}

/** Draw the cells of what is listed; a look's coordinates stand instead as long as they are shown. */
async function draw(): Promise<void> {
  if (looked.value) {
    const { spots } = looked.value;
    drawSpots(spots, spots.map((each) => `${moment(each.received ?? "")}: ${word("desk.outcome", each.outcome)}`));
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
        return cell ? [{ at: cell, title, key: `desk:finding:${each.number}`, picked: each.number === picked.value }] : [];
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

function choose(which: number | null): void {
  picked.value = which;
  looked.value = null;
  const cell = found.value.find((each) => each.number === which)?.data.cell;
  if (cell) void outlinesOf([cell]).then(([at]) => at && flyTo({ lat: at.lat_deg, lon: at.lon_deg, zoom: 4 }));
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
                <span class={`chip ${each.state === "open" ? "warn" : each.state === "confirmed" ? "bad" : "good"}`}>
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

function Card({ finding }: { finding: Finding }) {
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
