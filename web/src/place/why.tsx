// Where a rule refuses: the reason, which region says so, by whose decision, and what can be done.
import { get } from "../api/client";
import { about, entry, pick, tab } from "../state";
import { known, language, moment, t } from "../words";
import { useAsked } from "./asked";
import { listed, stateWord } from "./names";
import { type Holding, historyOf, holdingOf, stated } from "./region";
import { Decision, Holds } from "./said";
import type { At, EntrySaid, Reason, RegionSaid, Standing } from "./types";
import { changeOf, reasonText, refusalOf } from "./verdict";

/** Which reason a terminal would be told for what the rules say of a point. */
const REASON_OF: Record<string, string> = {
  prohibited: "prohibited",
  pending: "licence_pending",
  none: "unlicensed",
  off: "service_off",
  listed: "not_on_list",
  emergency: "emergency_only_here",
};

interface Given {
  at: At | null;
  here: Standing;
  region: RegionSaid | null;
}

/** By whose decision a place is refused; nothing where no rule refuses it. */
export function WhyRefused({ at, here, region }: Given) {
  const refusal = refusalOf(here);
  const told = at?.decision && at.decision.outcome !== "serve" ? at.decision.reason : null;
  const wanted = refusal ? REASON_OF[refusal.state] : null;
  const all = useAsked("reasons", refusal ? "reasons" : null, (signal) =>
    get<{ reasons: Reason[] }>("/v1/reasons", {}, { signal }),
  );
  const reason = refusal ? (all.value?.reasons.find((each) => each.name === wanted) ?? null) : told;
  const name = refusal?.region ?? "";
  const history = useAsked(
    name,
    name ? `${about.value?.key} ${language.value} ${here.log?.entry}` : null,
    (signal) => historyOf(name, language.value, signal),
  );
  if (!refusal && !told) return null;
  const holding = history.value && holdingOf(history.value);
  const since = holding?.since ?? stated(region?.begins);
  const until = holding?.until ?? stated(region?.ends);
  const said = refusal ? refusal.region : (at?.decision?.region ?? null);
  return (
    <section class="why" aria-labelledby="why-heading">
      <h3 id="why-heading">{t("place.why")}</h3>
      {at && since && Date.parse(at.time) < Date.parse(since) ? (
        <p class="aside">{t("place.not.yet", { time: moment(at.time) })}</p>
      ) : null}
      <dl>
        {reason ? (
          <>
            <dt>{t("place.reason")}</dt>
            <dd>
              {reasonText(reason)}{" "}
              <span class="faint">{t("place.reason.number", { number: String(reason.number) })}</span>
            </dd>
          </>
        ) : null}
        <dt>{t("place.said.by")}</dt>
        <dd>
          {said ? <RegionLink name={said} /> : t("place.said.elsewhere")}
          {refusal ? (
            <>
              {" "}
              <span class="faint">
                {t(`common.${refusal.topic}`)}: {stateWord(refusal.topic, refusal.state)}
              </span>
            </>
          ) : null}
        </dd>
        <Decision words={refusal?.decision} />
        <Holds since={since} until={until} />
        <dt>{t("place.decided.by")}</dt>
        <dd>
          <DecidedBy here={here} holding={holding} />
        </dd>
      </dl>
      <h3>{t("place.can.do")}</h3>
      <ul class="todo">
        {reason && known(`place.appeal.${reason.appeal}`) ? (
          <li>{t(`place.appeal.${reason.appeal}`)}</li>
        ) : null}
        <li>{changeOf(at, here)}</li>
      </ul>
    </section>
  );
}

/** The entry by which a region says so, else that of the rules; who approved it, on whose request. */
function DecidedBy({ here, holding }: { here: Standing; holding: Holding | null }) {
  const log = here.log;
  const index = log ? String(holding?.entry ?? log.entry) : "";
  const shown = useAsked<EntrySaid>(index, log ? index : null, (signal) =>
    get(`/log/${index}.json`, {}, { signal }),
  );
  if (!log) return <>{t("place.no.log")}</>;
  const request = shown.value?.links.find((each) => each.is === "request");
  const counting = shown.value?.state?.approvals.filter((each) => each.counts) ?? log.approved_by;
  const by = counting.map((each) => (each.organisation ? `${each.name} (${each.organisation})` : each.name));
  const emergency = holding?.emergency ?? log.kind === "emergency";
  return (
    <>
      <EntryLink index={Number(index)} text={t("place.entry", { index })} />{" "}
      <a href={`/log/${index}?lang=${language.value}`} class="faint">
        {t("place.entry.page")}
      </a>
      <br />
      {by.length ? t("place.approved.by", { names: listed(by) }) : t("place.approved.nobody")}
      {emergency ? ` ${t("place.emergency")}` : ""}
      {request ? (
        <>
          <br />
          <EntryLink index={request.index} text={t("place.request", { index: String(request.index) })} />
        </>
      ) : null}
      {holding?.entry != null && holding.entry !== log.entry ? (
        <>
          <br />
          <span class="faint">{t("place.rules.now")}</span>{" "}
          <EntryLink index={log.entry} text={t("place.entry", { index: String(log.entry) })} />
        </>
      ) : null}
    </>
  );
}

/** A link to an entry in the ledger's part of the page; without script it is the log's own page. */
export function EntryLink({ index, text }: { index: number; text: string }) {
  const open = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    entry.value = index;
    tab.value = "ledger";
  };
  return (
    <a href={`/log/${index}`} onClick={open}>
      {text}
    </a>
  );
}

/** A region by its name, which opens its card. */
export function RegionLink({ name }: { name: string }) {
  return (
    <button type="button" class="place-link" onClick={() => pick({ region: name })}>
      {name}
    </button>
  );
}
