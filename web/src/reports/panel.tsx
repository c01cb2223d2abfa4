// What others say happened, beside the record: the cases of a register, or one of them.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { useAsked } from "../place/asked";
import { reportCase, reportClaim, reportDocument } from "../state";
import { counted, language, t } from "../words";
import { CaseView } from "./case";
import { arrive, openCase } from "./data";
import type { Case, Cases } from "./says";
import "./reports.css";
import "./print.css";

export function ReportsPanel() {
  const name = reportCase.value;
  return <section class="rp">{name === null ? <List /> : <One name={name} />}</section>;
}

function List() {
  const asked = useAsked<Cases>("reports", language.value, (signal) =>
    get("/v1/reports", { lang: language.value }, { signal }),
  );
  const found = asked.value;
  return (
    <>
      <h2>{t("reports.title")}</h2>
      <p class="rp-lead">{t("reports.about")}</p>
      <Trouble asked={asked} />
      {found?.unreviewed ? <Unreviewed /> : null}
      {!found ? null : !found.register ? (
        <Without />
      ) : found.cases.length ? (
        <>
          <h3>{t("reports.cases")}</h3>
          <ul class="rp-cases">
            {found.cases.map((each) => (
              <li key={each.case}>
                <button type="button" class="rp-open" onClick={() => openCase(each.case)}>
                  <strong dir="auto">{each.case}</strong>
                  <span>
                    {counted("reports.documents", each.documents)} · {counted("reports.claims", each.claims)}{" "}
                    · {counted("reports.independent", each.independent)}
                  </span>
                  {each.open ? <span class="rp-waits">{counted("reports.open", each.open)}</span> : null}
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>{t("reports.empty")}</p>
      )}
    </>
  );
}

function One({ name }: { name: string }) {
  const asked = useAsked<Case>(`report ${name}`, `${name} ${language.value}`, (signal) =>
    get(`/v1/reports/${encodeURIComponent(name)}`, { lang: language.value }, { signal }),
  );
  const found = asked.value;
  const there = found !== null;
  useEffect(() => {
    if (!there) return;
    let first = true;
    return effect(() => {
      void [reportClaim.value, reportDocument.value];
      if (first || asksFor()) arrive();
      first = false;
    });
  }, [there]);
  return (
    <>
      <nav class="rp-ways" aria-label={t("reports.cases")}>
        <button type="button" onClick={() => openCase(null)}>
          {t("reports.all")}
        </button>
        {found ? (
          <button type="button" onClick={() => window.print()}>
            {t("reports.print")}
          </button>
        ) : null}
        <a href={`/plain/reports/${encodeURIComponent(name)}?lang=${language.value}`}>{t("reports.plain")}</a>
        <a href={`/v1/reports/${encodeURIComponent(name)}?lang=${language.value}`}>{t("reports.json")}</a>
      </nav>
      {asked.problem?.status === 404 ? (
        <p role="alert">{t("reports.missing", { case: name })}</p>
      ) : (
        <Trouble asked={asked} />
      )}
      {found?.unreviewed ? <Unreviewed /> : null}
      {found ? <CaseView found={found} /> : null}
    </>
  );
}

/** Whether the address asks for a place within the case. */
function asksFor(): boolean {
  return reportClaim.peek() !== null || reportDocument.peek() !== null;
}

function Unreviewed() {
  return (
    <p class="notice info rp-unreviewed" role="status">
      {t("reports.unreviewed")}
    </p>
  );
}

function Trouble({ asked }: { asked: ReturnType<typeof useAsked<unknown>> }) {
  if (asked.problem && !asked.problem.gone) {
    return (
      <p role="alert" class="notice error">
        <span>{asked.problem.message}</span>
        <button type="button" onClick={asked.retry}>
          {t("common.retry")}
        </button>
      </p>
    );
  }
  return asked.loading && !asked.value ? <p role="status">{t("common.loading")}</p> : null;
}

function Without() {
  return (
    <>
      <p role="status">{t("reports.none")}</p>
      <p>{t("reports.none.how")}</p>
      <pre class="rp-code">
        {"openleo report import article.html --case harbour --by NAME\nopenleo serve --reports reports.db"}
      </pre>
    </>
  );
}
