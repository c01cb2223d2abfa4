// One claim: what is said to have happened and what those concerned answer, at one size; who tells it; the record.
import { batch } from "@preact/signals";
import { entry, tab } from "../state";
import { counted, t } from "../words";
import { answersId, cellId, claimId, toDocument } from "./data";
import { DifferingView } from "./differing";
import {
  type Answer,
  type Cell,
  type Column,
  type Row,
  answerKind,
  bound,
  day,
  days,
  heading,
  isEarlier,
  keyOf,
  published,
  unanswered,
  word,
} from "./says";

const DAY_MS = 86_400_000;

interface Given {
  row: Row;
  columns: ReadonlyMap<string, Column>;
  /** The documents in their order where each has a column; null: cells are stacked. */
  order: readonly Column[] | null;
  picked: boolean;
  /** The day up to which silence is counted. */
  today: string;
}

export function ClaimView({ row, columns, order, picked, today }: Given) {
  return (
    <article
      class={`rp-claim${picked ? " rp-picked" : ""}`}
      aria-labelledby={claimId(row.number)}
      data-claim={row.number}
    >
      <h4 id={claimId(row.number)} tabIndex={-1}>
        <span class="rp-number">{row.number}</span> {heading(row)}
        {row.reviewed ? null : <span class="chip warn">{t("reports.claim.unreviewed")}</span>}
      </h4>
      <div class="rp-both">
        <section aria-label={t("reports.claim.n", { number: String(row.number) })}>
          <h5>{t("reports.claim")}</h5>
          <div class="rp-said">
            <Facts row={row} />
            <p class="rp-told">{tellers(row, columns)}</p>
          </div>
        </section>
        <section aria-labelledby={answersId(row.number)}>
          <h5 id={answersId(row.number)} tabIndex={-1}>
            {t("reports.answers")}
          </h5>
          <div class="rp-said">
            <Answers row={row} columns={columns} today={today} />
          </div>
        </section>
      </div>
      <h5>{t("reports.tellings")}</h5>
      <ul class="rp-cells" style={order ? { "--rp-columns": String(order.length) } : {}}>
        {(order ?? [...columns.values()]).map((column) => {
          const cells = row.cells.filter((each) => each.document === column.id);
          if (!cells.length) {
            return order ? (
              <li key={column.id} class="rp-cell rp-nothing">
                <strong dir="auto">{column.source}</strong> <span>{t("reports.glance.no")}</span>
              </li>
            ) : null;
          }
          return (
            <li key={column.id} class="rp-cell" data-document={column.id}>
              <CellHead column={column} />
              {cells.map((each) => (
                <CellView key={each.start} cell={each} row={row} column={column} first={each === cells[0]} />
              ))}
            </li>
          );
        })}
      </ul>
      {row.differing.length ? (
        <>
          <h5>{t("reports.differing")}</h5>
          {row.differing.map((each) => (
            <DifferingView key={`${each.kind} ${each.about}`} it={each} row={row} columns={columns} />
          ))}
        </>
      ) : null}
      <Record row={row} />
    </article>
  );
}

/** By how many documents it is told, how many of them do not go back to one another, and how many deny it. */
function tellers(row: Row, columns: ReadonlyMap<string, Column>): string {
  const ids = new Set(row.cells.map((each) => each.document));
  if (!row.independent && [...ids].every((id) => columns.get(id)?.kind === "statement")) {
    return t("reports.told.statement");
  }
  const told = t(row.told === 1 ? "reports.told.one" : "reports.told.many", {
    count: row.told,
    independent: counted("reports.independent", row.independent),
  });
  const denied = ids.size - row.told;
  return denied ? `${told}. ${counted("reports.told.denied", denied)}` : told;
}

/** What is claimed: where, when, by whom, on whose behalf. */
function Facts({ row }: { row: Row }) {
  const when = days(row.when);
  return (
    <dl class="rp-facts">
      <dt>{t("reports.where")}</dt>
      <dd dir="auto">{row.where || t("reports.unsaid")}</dd>
      <dt>{t("reports.when")}</dt>
      <dd>
        {when || t("reports.interval.unknown")}
        {row.when.wording ? (
          <span class="faint"> ({t("reports.wording", { wording: row.when.wording })})</span>
        ) : null}
      </dd>
      <dt>{t("reports.by")}</dt>
      <dd dir="auto">{row.by || t("reports.unsaid")}</dd>
      <dt>{t("reports.behalf")}</dt>
      <dd dir="auto">{row.behalf || t("reports.unsaid")}</dd>
    </dl>
  );
}

function Answers({ row, columns, today }: { row: Row; columns: ReadonlyMap<string, Column>; today: string }) {
  return (
    <>
      {row.answers.map((each, at) => (
        <AnswerView key={at} it={each} row={row} column={columns.get(each.document)} today={today} />
      ))}
      {row.answers.length ? null : <p>{t("reports.answers.none")}</p>}
      <p class="rp-silence">{silence(row)}</p>
    </>
  );
}

/** Whether the operator was asked, and for how long it has not answered. */
function silence(row: Row): string {
  if (row.asked === null) return t("reports.answers.unasked");
  const said = row.answers.some((each) => each.kind === "silent since" && each.on === row.asked);
  if (row.open && !said) return unanswered(row);
  const key = row.asked_of ? "reports.answers.asked_of" : "reports.answers.asked";
  return t(key, { who: row.asked_of ?? "", date: day(row.asked) });
}

interface Answered {
  it: Answer;
  row: Row;
  column: Column | undefined;
  today: string;
}

function AnswerView({ it, row, column, today }: Answered) {
  const quoted = it.words.includes(it.what) ? [it.words] : [it.what, it.words];
  const silent = it.kind === "silent since";
  return (
    <div class="rp-answer">
      <p>
        <strong dir="auto">{it.by}</strong> <span class="chip">{answerKind(it, row)}</span>{" "}
        {it.on ? t(silent ? "reports.answer.since" : "reports.answer.on", { date: day(it.on) }) : null}
        {it.on && silent ? `, ${t("reports.answer.days", { days: lasted(it.on, today) })}` : null}
      </p>
      {quoted
        .filter((each) => each)
        .map((each) => (
          <blockquote key={each} dir="auto">
            <p>{each}</p>
          </blockquote>
        ))}
      {it.start >= 0 && column && !isEarlier(it.version, column) ? (
        <button type="button" class="rp-link" onClick={() => toDocument(it.document, it.claim, true)}>
          {t("reports.answer.in", { source: column.source, date: days(it.published) || published(column) })}
        </button>
      ) : column && it.document ? (
        <p class="faint">
          {t("reports.answer.in", { source: column.source, date: days(it.published) || published(column) })}
        </p>
      ) : it.document || silent ? null : (
        <p class="faint">{t("reports.answer.register")}</p>
      )}
    </div>
  );
}

/** How many days lie between two. */
function lasted(from: string, to: string): string {
  return counted("reports.days", Math.max(0, (Date.parse(to) - Date.parse(from)) / DAY_MS));
}

function CellHead({ column }: { column: Column }) {
  return (
    <p class="rp-source">
      <strong dir="auto">{column.source}</strong> <span class="faint">{published(column)}</span>
    </p>
  );
}

/** A telling; its words lead to the document, where the version that is shown there has them. */
function CellView({ cell, row, column, first }: { cell: Cell; row: Row; column: Column; first: boolean }) {
  const id = first ? cellId(column.id, row.number) : undefined;
  const earlier = isEarlier(cell.version, column);
  const quoted = (
    <span dir="auto" lang={column.language || undefined}>
      <Quoted cell={cell} />
    </span>
  );
  return (
    <>
      <p class="rp-mood">
        <span class={`chip rp-mood-${cell.mood}`} title={t(`reports.mood.${cell.mood}.about`)}>
          {t(`reports.mood.${cell.mood}`)}
        </span>{" "}
        <span dir="auto">{word(cell.word)}</span>
      </p>
      {earlier ? (
        <>
          <div id={id} class="rp-quote" tabIndex={-1}>
            {quoted}
          </div>
          <p class="rp-version">{versionOf(cell, column)}</p>
        </>
      ) : (
        <button type="button" id={id} class="rp-quote" onClick={() => toDocument(cell.document, row.number)}>
          {quoted}
          <span class="visually-hidden"> ({t("reports.to_text")})</span>
        </button>
      )}
    </>
  );
}

/** Of which version words are that do not stand in the last one, and whether that has taken them back. */
function versionOf(cell: Cell, column: Column): string {
  const said = { date: days(cell.published) || t("reports.document.undated"), now: published(column) };
  return t(cell.withdrawn ? "reports.cell.withdrawn" : "reports.cell.version", said);
}

/** The sentence with the words of the claim lit in it; the words alone where they are more than a sentence. */
function Quoted({ cell }: { cell: Cell }) {
  const at = cell.sentence.indexOf(cell.words);
  if (at < 0) return <mark>{cell.words}</mark>;
  return (
    <>
      {cell.sentence.slice(0, at)}
      <mark>{cell.words}</mark>
      {cell.sentence.slice(at + cell.words.length)}
    </>
  );
}

function Record({ row }: { row: Row }) {
  const { verdict, entries } = row.held;
  return (
    <section class={`rp-record rp-record-${keyOf(verdict)}`} data-verdict={verdict}>
      <h5>{t("reports.record")}</h5>
      <p>{bound(row.held.sentence)}</p>
      {entries.length ? (
        <ul>
          {entries.map((each) => (
            <li key={each.index}>
              <EntryLink index={each.index} />
              {bound(
                each.said.startsWith(entryOf(each.index))
                  ? each.said.slice(entryOf(each.index).length)
                  : ` ${each.said}`,
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {row.entry >= 0 ? (
        <p class="rp-hash faint">
          {t("reports.record.hash")} <EntryLink index={row.entry} /> <code>{row.hash}</code>
        </p>
      ) : null}
    </section>
  );
}

/** What an entry is called: a sentence about it may begin so. */
function entryOf(index: number): string {
  return t("reports.record.entry", { index: String(index) });
}

/** The way to an entry of the log, in the ledger. */
function EntryLink({ index }: { index: number }) {
  const show = (): void =>
    batch(() => {
      entry.value = index;
      tab.value = "ledger";
    });
  return (
    <button type="button" class="rp-link" onClick={show}>
      {entryOf(index)}
    </button>
  );
}
