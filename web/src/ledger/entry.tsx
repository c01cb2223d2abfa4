// One entry: what it says, what became of it, what it goes with, who saw it, and the entry as it stands.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../api/client";
import { entry } from "../state";
import { known, language, moment, t } from "../words";
import { CheckpointCard } from "./checkpoint";
import { type Approval, type Change, type Entry, entryOf, told } from "./data";
import { StateChip, kindWords } from "./list";
import { Texts } from "./texts";
import { TrustCard, said } from "./trust";
import { VerifyCard } from "./verify";

export function EntryView({ index }: { index: number }) {
  const [found, setFound] = useState<Entry | null>(null);
  const [wrong, setWrong] = useState("");
  const title = useRef<HTMLHeadingElement>(null);
  const size = told.value?.checkpoint.size ?? 0;
  const beyond = index >= size;
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    let ended = false;
    setWrong("");
    if (beyond) return;
    entryOf(index)
      .then((each) => ended || setFound(each))
      .catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (!ended) setWrong(said(error));
      });
    return () => void (ended = true);
  }, [index, language.value, beyond]);
  const list = (): void => {
    entry.value = null;
    requestAnimationFrame(() => document.getElementById(`entry-${index}`)?.focus());
  };
  return (
    <>
      <nav class="ledger-ways" aria-label={t("ledger.ways")}>
        <button type="button" onClick={list}>
          {t("ledger.all")}
        </button>
        <button
          type="button"
          disabled={index === 0}
          onClick={() => (entry.value = Math.min(index, size) - 1)}
        >
          {t("ledger.before")}
        </button>
        <button type="button" disabled={index + 1 >= size} onClick={() => (entry.value = index + 1)}>
          {t("ledger.after")}
        </button>
      </nav>
      <h3 tabIndex={-1} ref={title} class="ledger-title">
        {t("ledger.entry", { index: String(index) })}
        {found?.state ? <StateChip state={found.state.state} /> : null}
      </h3>
      {beyond ? <p role="alert">{t("ledger.index.wrong", { last: String(size - 1) })}</p> : null}
      {wrong ? (
        <p class="ledger-bad" role="alert">
          {wrong}
        </p>
      ) : null}
      {found ? <Told found={found} /> : beyond || wrong ? null : <p class="faint">{t("common.loading")}</p>}
    </>
  );
}

function Told({ found }: { found: Entry }) {
  const { index } = found;
  const time = (found.entry as { time?: unknown } | null)?.time;
  return (
    <div class="ledger-columns">
      <div class="ledger-main">
        <p class="faint">
          {kindWords(found.type)}
          {typeof time === "string" ? ` · ${moment(time)}` : ""}
        </p>
        <Sentences lines={found.said} />
        {found.state ? <State change={found.state} /> : null}
        <Texts entry={found.entry} />
        {found.links.length ? (
          <>
            <h4>{t("ledger.links")}</h4>
            <ul>
              {found.links.map((each) => (
                <li key={`${each.is} ${each.index}`}>
                  {t(known(`ledger.link.${each.is}`) ? `ledger.link.${each.is}` : "ledger.link.other")}:{" "}
                  <button type="button" class="ledger-link" onClick={() => (entry.value = each.index)}>
                    {t("ledger.entry", { index: String(each.index) })}
                  </button>
                </li>
              ))}
            </ul>
          </>
        ) : null}
        <h4>{t("ledger.seen")}</h4>
        {found.seen_first.length ? (
          <ul>
            {found.seen_first.map((each) => (
              <li key={each.witness}>
                {t("ledger.seen.by", { name: each.witness, time: moment(each.time) })}
              </li>
            ))}
          </ul>
        ) : (
          <p class="faint">{t("ledger.seen.none")}</p>
        )}
        <details>
          <summary>{t("ledger.raw")}</summary>
          <pre class="ledger-code" tabIndex={0}>
            {JSON.stringify(found.entry, null, 2)}
          </pre>
        </details>
      </div>
      <How index={index} leaf={found.leaf_hash} />
      <div class="ledger-side">
        <VerifyCard wanted={{ what: "entry", index, shown: found.entry }} />
        <CheckpointCard under={found} />
        <TrustCard />
      </div>
    </div>
  );
}

/** Paragraphs; lines that begin with a dash are a list. */
function Sentences({ lines }: { lines: readonly string[] }) {
  const parts: { list: boolean; lines: string[] }[] = [];
  for (const line of lines) {
    const list = line.trimStart().startsWith("- ");
    const last = parts[parts.length - 1];
    const words = list ? line.trimStart().slice(2) : line;
    if (last && list && last.list) last.lines.push(words);
    else parts.push({ list, lines: [words] });
  }
  return (
    <div class="ledger-sentences">
      {parts.map((part, at) =>
        part.list ? (
          <ul key={at}>
            {part.lines.map((line, n) => (
              <li key={n}>{line}</li>
            ))}
          </ul>
        ) : (
          <p key={at}>{part.lines[0]}</p>
        ),
      )}
    </div>
  );
}

function State({ change }: { change: Change }) {
  const rows: [string, string | null][] = [
    ["effective", change.effective_at],
    ["began", change.state === "waiting" ? null : change.began],
    ["ended", change.ended],
  ];
  return (
    <>
      <h4>{t("ledger.became")}</h4>
      <dl>
        {rows.map(([name, time]) =>
          time
            ? [<dt key={name}>{t(`ledger.became.${name}`)}</dt>, <dd key={`${name}-`}>{moment(time)}</dd>]
            : null,
        )}
        <dt>{t("ledger.became.change")}</dt>
        <dd>
          <code class="ledger-break">{change.change}</code>
        </dd>
      </dl>
      {change.refused ? (
        <p class="ledger-bad">{t("ledger.became.refused", { why: change.refused })}</p>
      ) : null}
      <h4>{t("ledger.approvals")}</h4>
      {change.approvals.length ? (
        <ul class="ledger-findings">
          {change.approvals.map((each, at) => (
            <Approved key={at} each={each} />
          ))}
        </ul>
      ) : (
        <p class="faint">{t("ledger.approvals.none")}</p>
      )}
    </>
  );
}

function Approved({ each }: { each: Approval }) {
  const who = each.organisation ? `${each.name} (${each.organisation})` : each.name;
  const statement = known(`ledger.statement.${each.statement}`)
    ? t(`ledger.statement.${each.statement}`)
    : each.statement;
  return (
    <li class={each.counts ? "good" : "bad"}>
      <span class="ledger-sign">
        <span aria-hidden="true">{each.counts ? "✓" : "✗"} </span>
        {t(each.counts ? "ledger.approvals.counts" : "ledger.approvals.not")}
      </span>
      <span>
        {who}, {statement}, {moment(each.time)}
        {each.interests ? ` · ${t("ledger.approvals.interests", { words: each.interests })}` : ""}
        {each.why_not ? ` · ${each.why_not}` : ""}
      </span>
    </li>
  );
}

function How({ index, leaf }: { index: number; leaf: string }) {
  const file = `${index}.tlog-proof`;
  return (
    <div class="ledger-how">
      <h4>{t("ledger.how")}</h4>
      <p class="ledger-files">
        <a href={`/log/${file}`} download={file}>
          {t("ledger.how.proof")}
        </a>
        <a href={`/log/${index}?lang=${language.value}`}>{t("ledger.how.page")}</a>
        <a href={`/log/${index}.json?lang=${language.value}`}>JSON</a>
      </p>
      <p>{t("ledger.how.verify")}</p>
      <pre class="ledger-code">{`openleo ledger verify ${file} --policy policy.txt`}</pre>
      <p>{t("ledger.how.leaf")}</p>
      <pre class="ledger-code">{`sed -n 's/^extra //p' ${file} | base64 -d | (printf '\\000'; cat) | sha256sum`}</pre>
      <p>
        <code class="ledger-break">{leaf}</code>
      </p>
    </div>
  );
}
