// The check in this browser: a button, how far it is, and what was found, each with a sign and a word.
import { useEffect, useRef, useState } from "preact/hooks";
import { counted, moment, number, t } from "../words";
import { forgetSeen } from "./memory";
import { said } from "./trust";
import type { Finding } from "./verify/check";
import { type Group, type Look, type Wanted, look } from "./verifying";

/** Entries above which a whole log is read only after a second question. */
const LARGE = 100_000;
const SIGNS = { good: "✓", bad: "✗", open: "○" } as const;
const GROUPS: readonly Group[] = ["vouches", "history", "entry", "log"];

type Run =
  | { readonly state: "rest" }
  | { readonly state: "sure"; readonly size: number }
  | { readonly state: "runs"; readonly done: number; readonly all: number }
  | { readonly state: "failed"; readonly words: string }
  | { readonly state: "done"; readonly found: Look; readonly at: number };

/** size: entries of the log as far as is known, for the question before a large one is read. */
export function VerifyCard({ wanted, size = 0 }: { wanted: Wanted; size?: number }) {
  const [run, setRun] = useState<Run>({ state: "rest" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = async (what: Wanted): Promise<void> => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    setRun({ state: "runs", done: 0, all: 0 });
    try {
      const found = await look(what, mine.signal, (done, all) => setRun({ state: "runs", done, all }));
      setRun({ state: "done", found, at: Date.now() });
    } catch (error) {
      if (running.current === mine)
        setRun(mine.signal.aborted ? { state: "rest" } : { state: "failed", words: said(error) });
    }
  };
  const runs = run.state === "runs";
  const ofEntry = wanted.what === "entry";
  return (
    <section class="ledger-card" aria-labelledby="ledger-verify">
      <h3 id="ledger-verify">{t("ledger.verify")}</h3>
      <p class="faint">{t(ofEntry ? "ledger.verify.entry.about" : "ledger.verify.about")}</p>
      <p class="ledger-buttons">
        <button type="button" class="primary" disabled={runs} onClick={() => void start(wanted)}>
          {t(ofEntry ? "ledger.verify.entry" : "ledger.verify.checkpoint")}
        </button>
        {ofEntry ? null : (
          <button
            type="button"
            disabled={runs}
            onClick={() => (size > LARGE ? setRun({ state: "sure", size }) : void start({ what: "log" }))}
          >
            {t("ledger.verify.log")}
          </button>
        )}
        {runs ? (
          <button type="button" onClick={() => running.current?.abort()}>
            {t("ledger.verify.stop")}
          </button>
        ) : null}
      </p>
      {run.state === "sure" ? (
        <p role="alert">
          {t("ledger.verify.large", { size: run.size, files: 2 * Math.ceil(run.size / 256) })}{" "}
          <button type="button" onClick={() => void start({ what: "log" })}>
            {t("ledger.verify.sure")}
          </button>
        </p>
      ) : null}
      {runs ? <Progress done={run.done} all={run.all} /> : null}
      <div aria-live="polite">
        {run.state === "failed" ? (
          <p class="ledger-bad">{t("ledger.verify.failed", { words: run.words })}</p>
        ) : null}
        {run.state === "done" ? (
          <Found found={run.found} at={run.at} again={() => void start(wanted)} />
        ) : null}
      </div>
      <details>
        <summary>{t("ledger.verify.limits")}</summary>
        <p>{t("ledger.verify.script")}</p>
        <pre class="ledger-code">openleo ledger verify FILE.tlog-proof --policy policy.txt</pre>
        <p>{t("ledger.verify.sentences")}</p>
        <p>{t("ledger.verify.proves")}</p>
      </details>
    </section>
  );
}

function Progress({ done, all }: { done: number; all: number }) {
  const words = all ? t("ledger.verify.progress", { done, all }) : t("ledger.verify.runs");
  return (
    <p>
      <label class="ledger-block">
        <span>{words}</span>
        {all ? <progress max={all} value={done} /> : <progress />}
      </label>
    </p>
  );
}

function Found({ found, at, again }: { found: Look; at: number; again: () => void }) {
  if (found.refused) return <p class="ledger-bad">{t(`ledger.verify.refused.${found.refused}`)}</p>;
  const wrong = found.findings.filter((each) => each.sign === "bad").length;
  const all = found.findings.filter((each) => each.sign !== "open").length;
  const contradicted = found.findings.some((each) => each.group === "history" && each.sign === "bad");
  return (
    <div class={`ledger-result ${wrong ? "bad" : "good"}`} data-result={wrong ? "bad" : "good"}>
      <p class="ledger-verdict">
        <span aria-hidden="true">{SIGNS[wrong ? "bad" : "good"]} </span>
        {wrong
          ? t("ledger.verify.bad", { wrong: counted("ledger.verify.wrong", wrong), all: number(all) })
          : t(found.own ? "ledger.verify.good.own" : "ledger.verify.good", { count: all })}
      </p>
      <Part title={t("ledger.group.wrong")} findings={found.findings.filter((each) => each.sign === "bad")} />
      {GROUPS.map((group) => (
        <Part
          key={group}
          title={t(`ledger.group.${group}`)}
          findings={found.findings.filter((each) => each.group === group && each.sign !== "bad")}
        />
      ))}
      {contradicted ? (
        <p>
          {t("ledger.verify.kept")}{" "}
          <button type="button" onClick={() => (forgetSeen(), again())}>
            {t("ledger.verify.forget")}
          </button>
        </p>
      ) : null}
      <p class="faint">{t("ledger.verify.when", { time: moment(at) })}</p>
    </div>
  );
}

function Part({ title, findings }: { title: string; findings: readonly Finding[] }) {
  if (!findings.length) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="ledger-findings">
        {findings.map((each, at) => (
          <li key={at} class={each.sign} data-key={each.key}>
            <span class="ledger-sign">
              <span aria-hidden="true">{SIGNS[each.sign]} </span>
              {t(`ledger.sign.${each.sign}`)}
            </span>{" "}
            <span class="ledger-break">{words(each)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** A finding in the page's words, its times as the language has them. */
function words({ key, values }: Finding): string {
  const at = values["at_s"];
  const more = typeof at === "number" ? { time: moment(at * 1000) } : {};
  const said = t(`ledger.${key}`, { ...values, ...more });
  const line = values["at"];
  return line === undefined ? said : t("ledger.wrong.line", { at: line, words: said });
}
