// Changes that wait: for approvals here or for their time in the log; who approved, what lacks, what comes next.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { counted, language, moment, t } from "../words";
import { clear } from "./draw";
import { ask } from "./dialog";
import { Lines } from "./lines";
import { read, readBytes, said, send, session, writes } from "./session";

interface Brief {
  change: string;
  kind: string;
  name: string;
  requester: string;
  reason: string;
  effective_at: string;
  approvals: number;
  index?: number;
}
interface Approval {
  name: string;
  organisation: string | null;
  statement: string;
  time: string;
  counts: boolean;
  why_not: string | null;
}
interface Whole {
  change: string;
  state: string;
  said?: string[];
  approvals?: Approval[];
  lacks?: string | null;
  wrong?: string[];
  page?: string;
}

/** The change that is open, by its hash. */
export const open = signal<string | null>(null);
const drafts = signal<readonly Brief[]>([]);
const placed = signal<readonly Brief[]>([]);
const wrong = signal("");
const loaded = signal(false);

async function load(): Promise<void> {
  try {
    const found = await read<{ drafts: Brief[]; waiting: Brief[] }>("/v1/changes");
    drafts.value = found.drafts;
    placed.value = found.waiting;
    wrong.value = "";
  } catch (error) {
    wrong.value = said(error);
  }
  loaded.value = true;
}

export function Waiting() {
  useEffect(() => {
    clear();
    void load();
  }, []);
  return (
    <section aria-labelledby="desk-waiting">
      <h3 id="desk-waiting">{t("desk.part.waiting")}</h3>
      {wrong.value ? (
        <p class="desk-wrong" role="alert">
          {wrong.value}
        </p>
      ) : null}
      <h4>{t("desk.waiting.drafts")}</h4>
      <List rows={drafts.value} />
      <h4>{t("desk.waiting.placed")}</h4>
      <List rows={placed.value} />
    </section>
  );
}

function List({ rows }: { rows: readonly Brief[] }) {
  if (!rows.length) return <p class="faint">{t(loaded.value ? "desk.waiting.none" : "common.loading")}</p>;
  return (
    <ul class="desk-list">
      {rows.map((each) => (
        <li key={each.change}>
          <button
            type="button"
            class="desk-row desk-words"
            aria-expanded={open.value === each.change}
            onClick={() => (open.value = open.value === each.change ? null : each.change)}
          >
            {each.name}
          </button>{" "}
          <span class="faint desk-words">
            {t("desk.waiting.asked", { requester: each.requester, time: moment(each.effective_at) })}
          </span>
          {open.value === each.change ? <Change name={each.change} /> : null}
        </li>
      ))}
    </ul>
  );
}

function Change({ name }: { name: string }) {
  const [it, setIt] = useState<Whole | null>(null);
  const [trouble, setTrouble] = useState("");
  const show = (): void => {
    read<Whole>(`/v1/changes/${name}`, { lang: language.value }).then(setIt, (error: unknown) =>
      setTrouble(said(error)),
    );
  };
  useEffect(show, [name, language.value]);
  if (trouble) return <p class="desk-wrong">{trouble}</p>;
  if (!it) return <p class="faint">{t("common.loading")}</p>;
  if (it.page) {
    return (
      <p>
        <a href={`${it.page}?lang=${language.value}`}>{t("desk.waiting.entry")}</a>
      </p>
    );
  }
  return (
    <article class="desk-card">
      <Lines lines={it.said ?? []} />
      <p role="status">
        <span class={`chip ${it.lacks ? "warn" : "good"}`}>
          {it.lacks ? t("desk.waiting.lacks") : t("desk.waiting.whole")}
        </span>{" "}
        {it.lacks}
      </p>
      {it.wrong?.length ? (
        <div class="desk-wrong">
          <p>{counted("desk.waiting.wrong", it.wrong.length)}</p>
          <ul>
            {it.wrong.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <ul class="desk-list">
        {(it.approvals ?? []).map((each) => (
          <li key={`${each.name} ${each.time}`} class="desk-words">
            {each.name}
            {each.organisation ? ` (${each.organisation})` : ""}: {t(`desk.statement.${each.statement}`)},{" "}
            {moment(each.time)}
            {each.counts ? "" : `; ${t("desk.waiting.notcounted", { why: each.why_not ?? "" })}`}
          </li>
        ))}
      </ul>
      <p>
        <a href={`/approve?change=${it.change}&lang=${language.value}`}>{t("desk.waiting.approve")}</a>
      </p>
      <p>
        <code class="desk-hash">{it.change}</code>
      </p>
      <div class="desk-buttons">
        <button type="button" onClick={() => void save(it.change, setTrouble)}>
          {t("desk.waiting.save")}
        </button>
        {writes.value && session.value?.publishes ? (
          <button
            type="button"
            class="primary"
            disabled={Boolean(it.lacks) || Boolean(it.wrong?.length)}
            onClick={() => publish(it)}
          >
            {t("desk.publish")}
          </button>
        ) : null}
      </div>
      {writes.value && !session.value?.publishes ? (
        <>
          <p>{t("desk.publish.command")}</p>
          <pre class="desk-command">
            <code>{`openleo rules publish change.json --to ${session.value?.log ?? ""}`}</code>
          </pre>
        </>
      ) : null}
    </article>
  );
}

async function save(name: string, tell: (words: string) => void): Promise<void> {
  try {
    const url = URL.createObjectURL(
      new Blob([await readBytes(`/v1/changes/${name}/draft`)], { type: "application/json" }),
    );
    const link = document.createElement("a");
    link.href = url;
    link.download = "change.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    tell(said(error));
  }
}

function publish(it: Whole): void {
  ask({
    title: t("desk.publish"),
    lines: [t("desk.publish.does"), t("desk.publish.forever")],
    confirm: t("desk.publish"),
    act: async () => {
      await send(`/v1/changes/${it.change}/publication`, {});
      await load();
    },
  });
}
