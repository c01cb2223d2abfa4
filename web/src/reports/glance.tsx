// One row for each claim, one column for each document: in which mood it is told, and a way to the words.
import { t } from "../words";
import { answersId, cellId, toClaim } from "./data";
import { type Case, type Column, MOODS, type Row, answerKind, heading, keyOf, unanswered } from "./says";

/** As many documents have their names lying on paper; with more, they stand. */
const NARROW = 4;

export function Glance({ found }: { found: Case }) {
  const moods = MOODS.filter((mood) =>
    found.rows.some((row) => row.cells.some((each) => each.mood === mood)),
  );
  return (
    <>
      <h4 id="report-glance">{t("reports.glance")}</h4>
      <p class="faint">{t("reports.glance.about")}</p>
      <div class="rp-scroll" role="region" tabIndex={0} aria-labelledby="report-glance">
        <table class={`rp-glance${found.columns.length > NARROW ? " rp-many" : ""}`}>
          <thead>
            <tr>
              <th scope="col">{t("reports.claim")}</th>
              {found.columns.map((each) => (
                <th key={each.id} scope="col">
                  <span dir="auto">{each.source}</span>
                </th>
              ))}
              <th scope="col">{t("reports.glance.answers")}</th>
              <th scope="col">{t("reports.glance.record")}</th>
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row) => (
              <tr key={row.number}>
                <th scope="row">
                  <button type="button" class="rp-link" onClick={() => toClaim(row.number)}>
                    <span class="rp-number">{row.number} </span>
                    <span>{heading(row)}</span>
                  </button>
                  {row.where ? (
                    <span class="rp-where" dir="auto">
                      {row.where}
                    </span>
                  ) : null}
                </th>
                {found.columns.map((column) => (
                  <Said key={column.id} row={row} column={column} />
                ))}
                <td data-head={t("reports.glance.answers")}>
                  {row.answers.length
                    ? [...new Set(row.answers.map((each) => answerOf(each, row)))].map((each) => (
                        <span key={each} class="rp-line" dir="auto">
                          {each}
                        </span>
                      ))
                    : row.open
                      ? null
                      : t("reports.glance.none")}
                  {row.open ? <span class="rp-line">{unanswered(row)}</span> : null}
                </td>
                <td data-head={t("reports.glance.record")}>
                  {t(`reports.record.short.${keyOf(row.held.verdict)}`)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <dl class="rp-moods" aria-label={t("reports.moods")}>
        {moods.map((mood) => (
          <div key={mood}>
            <dt>{t(`reports.mood.${mood}`)}</dt>
            <dd>{t(`reports.mood.${mood}.about`)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** What one document says of a claim: in which mood it tells it, or what answer stands in it. */
function Said({ row, column }: { row: Row; column: Column }) {
  const of = <T extends { document: string }>(all: readonly T[]) =>
    all.filter((each) => each.document === column.id);
  const moods = new Set(of(row.cells).map((each) => each.mood));
  const kinds = new Set(of(row.answers).map((each) => answerKind(each, row)));
  const none = !moods.size && !kinds.size;
  return (
    <td data-head={column.source} class={none ? "rp-none" : undefined}>
      {[...moods].map((mood) => (
        <button
          key={mood}
          type="button"
          class="rp-link"
          onClick={() => toClaim(row.number, cellId(column.id, row.number))}
        >
          {t(`reports.mood.${mood}`)}
        </button>
      ))}
      {[...kinds].map((kind) => (
        <button
          key={kind}
          type="button"
          class="rp-link"
          onClick={() => toClaim(row.number, answersId(row.number))}
        >
          {kind}
        </button>
      ))}
      {none ? (
        <span class="faint">
          <span aria-hidden="true">–</span>
          <span class="visually-hidden">{t("reports.glance.no")}</span>
        </span>
      ) : null}
    </td>
  );
}

function answerOf(it: Row["answers"][number], row: Row): string {
  return t("reports.answer.of", { by: it.by, kind: answerKind(it, row) });
}
