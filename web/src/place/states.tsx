// Licence, service and sales of a place, each by itself: they are three decisions of three parties.
import { day, t } from "../words";
import { stateWord } from "./names";
import { stated } from "./region";
import type { RegionSaid, Standing } from "./types";
import { RegionLink } from "./why";

const TONE: Record<string, string> = {
  licensed: "good",
  on: "good",
  available: "good",
  pending: "warn",
  listed: "warn",
  emergency: "warn",
  waitlist: "warn",
  "coming soon": "warn",
  none: "bad",
  prohibited: "bad",
  off: "bad",
  "not offered": "bad",
};
const MARK: Record<string, string> = { good: "✓", warn: "!", bad: "✕" };
const UNSAID = "No rule says otherwise.";

interface Given {
  here: Standing;
  regions: readonly RegionSaid[];
  /** A region whose words stand above already. */
  quoted: string | null;
}

/** The three states as rows: what holds, who says so, since when. */
export function States({ here, regions, quoted }: Given) {
  const by = (topic: string): string | null | undefined =>
    here.said.find((each) => each.topic === topic)?.region;
  const twice = by("licence") && by("licence") === by("service"); // its words stand once
  const held = [
    ["licence", here.licence],
    ["service", here.service],
    ["sales", here.sales],
  ] as const;
  return (
    <section aria-labelledby="states-heading">
      <h3 id="states-heading">{t("place.states")}</h3>
      <table class="states">
        <thead>
          <tr>
            <th scope="col">{t("place.states.what")}</th>
            <th scope="col">{t("place.states.state")}</th>
            <th scope="col">{t("place.states.by")}</th>
          </tr>
        </thead>
        <tbody>
          {held.map(([topic, state]) => (
            <tr key={topic}>
              <th scope="row">
                {t(`common.${topic}`)}
                <span class="faint who">{t(`place.states.${topic}`)}</span>
              </th>
              <td>
                <StateChip topic={topic} state={state} />
                {topic === "licence" && here.licence_ground ? (
                  <div class="faint">{here.licence_ground}</div>
                ) : null}
              </td>
              <td>
                <By
                  here={here}
                  topic={topic}
                  regions={regions}
                  quotes={by(topic) !== quoted && !(twice && topic === "service")}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A state as a word with a mark, never by colour alone. */
export function StateChip({ topic, state }: { topic: string; state: string }) {
  const tone = TONE[state] ?? "";
  return (
    <span class={`chip ${tone}`}>
      {tone ? <span aria-hidden="true">{`${MARK[tone]}\u00a0`}</span> : null}
      {stateWord(topic, state)}
    </span>
  );
}

function By({ here, topic, regions, quotes }: Omit<Given, "quoted"> & { topic: string; quotes: boolean }) {
  const said = here.said.find((each) => each.topic === topic);
  if (topic === "sales" && !said?.region) {
    return (
      <>{here.sales_date ? t("place.sales.fact", { date: here.sales_date }) : t("place.sales.unknown")}</>
    );
  }
  if (!said || (!said.region && said.decision === UNSAID)) return <>{t("place.unsaid")}</>;
  const since = stated(regions.find((each) => each.name === said.region)?.begins);
  return (
    <>
      {said.region ? <RegionLink name={said.region} /> : t("place.said.elsewhere")}
      {said.decision && (quotes || !said.region) ? <q>{said.decision}</q> : null}
      {since ? <div class="faint">{t("place.since.day", { date: day(since) })}</div> : null}
      {!since && here.log ? (
        <div class="faint">{t("place.since.rules", { date: day(here.log.from) })}</div>
      ) : null}
    </>
  );
}
