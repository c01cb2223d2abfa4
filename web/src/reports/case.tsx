// A case: what is told in it at a glance, claim by claim, in time, by origin, and in the documents' own words.
import { about, reportClaim } from "../state";
import { counted, number, t } from "../words";
import { ClaimView } from "./claim";
import { show, toClaim } from "./data";
import { DocumentView } from "./document";
import { Glance } from "./glance";
import { Origins } from "./origins";
import { type Case, type Column, type Row, day, heading } from "./says";
import { Timeline } from "./timeline";

/** As many documents stand beside each other as columns; more are stacked. */
const COLUMNS = 4;

export function CaseView({ found }: { found: Case }) {
  const columns = new Map(found.columns.map((each) => [each.id, each]));
  const [figures, open] = [
    [
      ["reports.documents", found.columns.length],
      ["reports.claims", found.rows.length],
      ["reports.independent", found.independent],
    ] as const,
    found.rows.filter((each) => each.open).length,
  ];
  return (
    <article class="rp-case" aria-labelledby="report-case">
      <header>
        <p class="rp-kicker">{t("reports.case")}</p>
        <h2 id="report-case" dir="auto">
          {found.case}
        </h2>
        <ul class="rp-figures">
          {figures
            .filter(([key]) => found.rows.length || key !== "reports.independent")
            .map(([key, count]) => (
              <Figure key={key} words={counted(key, count)} count={count} />
            ))}
        </ul>
        {open ? <p class="rp-waits">{counted("reports.open", open)}</p> : null}
        <p class="rp-lead">{t("reports.about")}</p>
        {about.value?.invented ? <p class="rp-invented">{t("common.invented")}</p> : null}
        <p class="rp-lead faint">
          {found.unreviewed ? null : t("reports.shown")} {t("reports.withheld")}
        </p>
        {found.log ? <p class="faint">{t("reports.log", { log: found.log })}</p> : null}
      </header>
      <nav class="rp-parts" aria-label={t("reports.parts")}>
        <a href="#report-comparison" onClick={go}>
          {t("reports.part.comparison")}
        </a>
        <a href="#report-timeline" onClick={go}>
          {t("reports.part.timeline")}
        </a>
        <a href="#report-origins" onClick={go}>
          {t("reports.part.origins")}
        </a>
        <a href="#report-documents" onClick={go}>
          {t("reports.part.documents")}
        </a>
      </nav>
      <section aria-labelledby="report-comparison">
        <h3 id="report-comparison" tabIndex={-1}>
          {t("reports.part.comparison")}
        </h3>
        {found.rows.length ? (
          <>
            <Glance found={found} />
            <Claims found={found} columns={columns} />
          </>
        ) : (
          <p>{t("reports.claims.none")}</p>
        )}
      </section>
      <section aria-labelledby="report-timeline">
        <h3 id="report-timeline" tabIndex={-1}>
          {t("reports.part.timeline")}
        </h3>
        <Timeline found={found} columns={columns} />
      </section>
      <section aria-labelledby="report-origins">
        <h3 id="report-origins" tabIndex={-1}>
          {t("reports.part.origins")}
        </h3>
        <Origins found={found} columns={columns} />
      </section>
      <section aria-labelledby="report-documents">
        <h3 id="report-documents" tabIndex={-1}>
          {t("reports.part.documents")}
        </h3>
        <p class="faint">{t("reports.documents.about")}</p>
        {found.documents.map((each) => (
          <DocumentView key={each.id} it={each} column={columns.get(each.id)!} />
        ))}
      </section>
      <p class="rp-colophon">
        {t(found.unreviewed ? "reports.colophon.unreviewed" : "reports.colophon", {
          date: day(found.today),
          address: location.host,
        })}{" "}
        {about.value ? t("common.version", { version: about.value.openleo_version }) : null}
      </p>
    </article>
  );
}

/** A number, large, and what it counts. */
function Figure({ words, count }: { words: string; count: number }) {
  const said = number(count, 0);
  const at = words.indexOf(said);
  return (
    <li>
      {at < 0 ? (
        words
      ) : (
        <>
          {words.slice(0, at)}
          <strong>{said}</strong>
          {words.slice(at + said.length)}
        </>
      )}
    </li>
  );
}

/** All claims in order; competing accounts of one event stand together, where the first of them would. */
function Claims({ found, columns }: { found: Case; columns: ReadonlyMap<string, Column> }) {
  const wide = found.columns.length <= COLUMNS;
  const rows = new Map(found.rows.map((each) => [each.number, each]));
  const told = new Set<number>();
  const view = (row: Row) => (
    <ClaimView
      key={row.number}
      row={row}
      columns={columns}
      order={wide ? found.columns : null}
      picked={reportClaim.value === row.number}
      today={found.today}
    />
  );
  return (
    <div class={`rp-claims${wide ? " rp-in-columns" : ""}`}>
      <h4>{t("reports.claims.title")}</h4>
      {found.rows.map((row) => {
        if (told.has(row.number)) return null;
        const group = found.alternatives.find((each) => each.claims.includes(row.number));
        if (!group) return view(row);
        const here = group.claims.map((each) => rows.get(each)).filter((each) => each !== undefined);
        here.forEach((each) => told.add(each.number));
        return (
          <section key={group.event} class="rp-alternatives" data-event={group.event}>
            <h4 dir="auto">{t("reports.alternatives", { event: group.event })}</h4>
            <p class="faint">{t("reports.alternatives.about")}</p>
            <ul class="rp-accounts">
              {here.map((each) => (
                <li key={each.number}>
                  <button type="button" class="rp-link" onClick={() => toClaim(each.number)}>
                    {each.number} {heading(each)}
                  </button>
                  <span dir="auto">{tellers(each, columns)}</span>
                </li>
              ))}
            </ul>
            {here.map(view)}
          </section>
        );
      })}
    </div>
  );
}

/** The outlets that tell a claim; those that only deny it do not. */
function tellers(row: Row, columns: ReadonlyMap<string, Column>): string {
  const cells = row.cells.filter((each) => each.mood !== "denied");
  return [...new Set(cells.map((each) => columns.get(each.document)?.source ?? ""))].join(", ");
}

/** To a part of the case: the address keeps the state of the view, and no anchor. */
function go(event: MouseEvent): void {
  event.preventDefault();
  const id = (event.currentTarget as HTMLAnchorElement).getAttribute("href")!.slice(1);
  show(document.getElementById(id)!);
}
