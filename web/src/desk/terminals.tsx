// Terminals: one by its hardware number, what the register says of it, what it was decided, and what may be done.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { flyTo } from "../map/overlays";
import { moment, number, t } from "../words";
import { type Field, ask } from "./dialog";
import { drawCells } from "./draw";
import { part, read, said, send, writes } from "./session";
import { outlinesOf, reasonText, word } from "./words";

interface Terminal {
  number: number;
  hardware: string;
  enrolled: boolean;
  state: string;
  account: string | null;
  account_state: string;
  plan: string | null;
  motion: string;
  usage: string;
  use: string | null;
  sold: string | null;
  home: string | null;
  home_cell: string | null;
  dealer: string | null;
  sponsor: string | null;
  paid_until: string | null;
  lists: string[];
}
interface Decision {
  number: number;
  received: string;
  cell: string | null;
  outcome: string;
  reason: string | null;
  region: string | null;
  rule: string | null;
  rate_mbps: number | null;
  log: { page: string; entry?: number } | null;
}
interface Transfer {
  number: number;
  kind: string;
  from: string | null;
  to: string | null;
  at: string;
  dealer: string | null;
  country: string | null;
  note: string | null;
}

const STATES = ["active", "suspended", "lost", "stolen", "found", "retired"] as const;

const hardware = signal("");
const terminal = signal<Terminal | null>(null);
const decisions = signal<readonly Decision[]>([]);
const transfers = signal<readonly Transfer[]>([]);
const wrong = signal("");
const listed = signal<readonly Terminal[]>([]);
const next = signal<number | null>(null);

/** Show a terminal's card. */
export async function openTerminal(which: string): Promise<void> {
  hardware.value = which;
  wrong.value = "";
  const path = `/v1/terminals/${encodeURIComponent(which)}`;
  try {
    terminal.value = await read<Terminal>(path);
    const [told, moved] = await Promise.all([
      read<{ decisions: Decision[] }>(`${path}/decisions`),
      read<{ transfers: Transfer[] }>(`${path}/transfers`),
    ]);
    decisions.value = told.decisions;
    transfers.value = moved.transfers;
    part.value = "terminals";
  } catch (error) {
    terminal.value = null;
    wrong.value = said(error);
  }
}

/** Whoever signs out leaves nothing behind. */
export function forgetTerminals(): void {
  terminal.value = next.value = null;
  decisions.value = transfers.value = listed.value = [];
  hardware.value = wrong.value = "";
}

async function load(after = -1): Promise<void> {
  try {
    const page = await read<{ terminals: Terminal[]; next: number | null }>("/v1/terminals", {
      after,
      limit: 50,
    });
    listed.value = after < 0 ? page.terminals : [...listed.value, ...page.terminals];
    next.value = page.next;
  } catch (error) {
    wrong.value = said(error);
  }
}

async function draw(): Promise<void> {
  const cells = [...new Set(decisions.value.flatMap((each) => each.cell ?? []))].slice(0, 50);
  const outlines = await outlinesOf(cells);
  drawCells(
    outlines.map((at, k) => ({
      at,
      title: `${terminal.value?.hardware ?? ""}: ${at.cell}`,
      key: `desk:cell:${at.cell}`,
      picked: k === 0,
    })),
  );
  const last = outlines[0];
  if (last) flyTo({ lat: last.lat_deg, lon: last.lon_deg, zoom: 4 });
}

export function Terminals() {
  useEffect(() => void load(), []);
  useEffect(() => {
    if (terminal.value) draw().catch(() => undefined); // the card says the same in words
  }, [decisions.value]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void openTerminal(String(new FormData(event.target as HTMLFormElement).get("hardware") ?? "").trim());
  };
  return (
    <section aria-labelledby="desk-terminals">
      <h3 id="desk-terminals">{t("desk.part.terminals")}</h3>
      <form class="desk-search" onSubmit={submit}>
        <label class="desk-field">
          <span>{t("desk.terminal.hardware")}</span>
          <input name="hardware" required value={hardware.value} autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit" class="primary">
          {t("desk.terminal.find")}
        </button>
      </form>
      {wrong.value ? (
        <p class="desk-wrong" role="alert">
          {wrong.value}
        </p>
      ) : null}
      {terminal.value ? <Card it={terminal.value} /> : <List />}
    </section>
  );
}

function List() {
  return (
    <>
      <ul class="desk-list">
        {listed.value.map((each) => (
          <li key={each.number}>
            <button type="button" class="desk-row" onClick={() => void openTerminal(each.hardware)}>
              {each.hardware}
            </button>{" "}
            <span class="faint desk-words">
              {word("desk.terminal_state", each.state)}
              {each.account ? `, ${each.account}` : ""}
            </span>
          </li>
        ))}
      </ul>
      {next.value !== null ? (
        <button type="button" onClick={() => void load(next.value ?? -1)}>
          {t("desk.more")}
        </button>
      ) : null}
    </>
  );
}

function Card({ it }: { it: Terminal }) {
  const facts: [string, string | null][] = [
    [t("desk.terminal.enrolled"), t(it.enrolled ? "desk.yes" : "desk.no")],
    [
      t("desk.terminal.account"),
      it.account && `${it.account} (${word("desk.account_state", it.account_state)})`,
    ],
    [t("desk.terminal.plan"), it.plan],
    [t("desk.terminal.motion"), word("desk.motion", it.motion)],
    [t("desk.terminal.usage"), word("desk.usage", it.usage)],
    [t("desk.terminal.use"), it.use],
    [t("desk.terminal.sold"), it.sold],
    [t("desk.terminal.dealer"), it.dealer],
    [t("desk.terminal.home"), it.home],
    [t("desk.terminal.home_cell"), it.home_cell],
    [t("desk.terminal.sponsor"), it.sponsor],
    [t("desk.terminal.paid"), it.paid_until && moment(it.paid_until)],
    [t("desk.terminal.lists"), it.lists.join(", ") || null],
  ];
  return (
    <article class="desk-card" aria-labelledby="desk-terminal">
      <h4 id="desk-terminal" class="desk-words">
        {it.hardware}{" "}
        <span class={`chip ${it.state === "active" ? "good" : "warn"}`}>
          {word("desk.terminal_state", it.state)}
        </span>
      </h4>
      <dl>
        {facts.map(([name, value]) =>
          value ? (
            <>
              <dt>{name}</dt>
              <dd class="desk-words">{value}</dd>
            </>
          ) : null,
        )}
      </dl>
      <div class="desk-buttons">
        {writes.value ? (
          <>
            <button type="button" onClick={() => setState(it)}>
              {t("desk.act.state")}
            </button>
            <button type="button" onClick={() => revoke(it)}>
              {t("desk.act.revoke")}
            </button>
          </>
        ) : null}
        <button type="button" onClick={() => (terminal.value = null)}>
          {t("common.close")}
        </button>
      </div>
      <h5>{t("desk.terminal.decisions")}</h5>
      {decisions.value.length ? <Decisions /> : <p class="faint">{t("desk.terminal.never")}</p>}
      <h5>{t("desk.terminal.transfers")}</h5>
      {transfers.value.length ? (
        <ol class="desk-list">
          {transfers.value.map((each) => (
            <li key={each.number} class="desk-words">
              {moment(each.at)}: {word("desk.transfer", each.kind)}, {each.from ?? t("common.none")} →{" "}
              {each.to ?? t("common.none")}
              {each.dealer ? ` (${each.dealer})` : ""}
              {each.note ? `; ${each.note}` : ""}
            </li>
          ))}
        </ol>
      ) : (
        <p class="faint">{t("desk.terminal.unsold")}</p>
      )}
    </article>
  );
}

function Decisions() {
  return (
    <ol class="desk-list">
      {decisions.value.map((each) => (
        <li key={each.number}>
          <strong>{word("desk.outcome", each.outcome)}</strong>{" "}
          <span class="faint">{moment(each.received)}</span>
          {each.reason && each.reason !== "none" ? <p>{reasonText(each.reason)}</p> : null}
          {each.region || each.rule ? (
            <p class="faint desk-words">{[each.region, each.rule].filter(Boolean).join(": ")}</p>
          ) : null}
          {each.rate_mbps !== null ? <p class="faint">{number(each.rate_mbps)} Mbit/s</p> : null}
          {each.cell ? (
            <p class="faint">
              {t("desk.cell")} <code>{each.cell}</code>
            </p>
          ) : null}
          {each.log ? <a href={each.log.page}>{t("desk.terminal.entry")}</a> : null}
        </li>
      ))}
    </ol>
  );
}

const WHY = (): Field => ({ name: "why", label: t("desk.why"), needed: true, hint: t("desk.why.hint") });

function setState(it: Terminal): void {
  ask({
    title: t("desk.act.state"),
    lines: [
      t("desk.act.state.does", { hardware: it.hardware, state: word("desk.terminal_state", it.state) }),
    ],
    fields: [
      {
        name: "state",
        label: t("desk.findings.state"),
        kind: "choice",
        choices: STATES.filter((each) => each !== it.state).map((value) => ({
          value,
          label: `${word("desk.terminal_state", value)}: ${word("desk.terminal_does", value)}`,
        })),
      },
      WHY(),
    ],
    confirm: t("desk.act.state"),
    act: async ({ state, why }) => {
      await send(`/v1/terminals/${encodeURIComponent(it.hardware)}/state`, { state, why });
      await openTerminal(it.hardware);
    },
  });
}

function revoke(it: Terminal): void {
  ask({
    title: t("desk.act.revoke"),
    lines: [t("desk.act.revoke.does", { hardware: it.hardware }), t("desk.act.revoke.after")],
    fields: [WHY()],
    confirm: t("desk.act.revoke"),
    act: async ({ why }) => {
      await send(`/v1/terminals/${encodeURIComponent(it.hardware)}/revocation`, { why });
      await openTerminal(it.hardware);
    },
  });
}
