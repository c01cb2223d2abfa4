// Who says what of a place: licence, service and sales, each with its region and decision.
import { StateChip } from "../place/states";
import { t } from "../words";
import { Link } from "./marks";
import type { Holds, RegionHolds } from "./states";
import { type Subject, found } from "./subject";
import { month, when } from "./times";

const UNSAID = "No rule says otherwise.";
const TOPICS = ["licence", "service", "sales"] as const;

export function Says({
  holds,
  regions,
  rows,
}: {
  holds: Holds;
  regions: readonly RegionHolds[];
  rows: readonly Subject[];
}) {
  return (
    <section>
      <h3>{t("availability.says.title")}</h3>
      <table class="av-says">
        <thead>
          <tr>
            <th scope="col">{t("availability.says.what")}</th>
            <th scope="col">{t("availability.says.state")}</th>
            <th scope="col">{t("availability.says.by")}</th>
          </tr>
        </thead>
        <tbody>
          {TOPICS.map((topic) => (
            <tr key={topic}>
              <th scope="row">{t(`common.${topic}`)}</th>
              <td>
                <StateChip topic={topic} state={holds[topic] ?? ""} />
                {topic === "licence" && holds.licence_ground ? (
                  <span class="faint">{holds.licence_ground}</span>
                ) : null}
              </td>
              <td>
                <By holds={holds} topic={topic} regions={regions} rows={rows} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface ByProps {
  holds: Holds;
  topic: (typeof TOPICS)[number];
  regions: readonly RegionHolds[];
  rows: readonly Subject[];
}

function By({ holds, topic, regions, rows }: ByProps) {
  const said = holds.said.find((each) => each.topic === topic);
  if (!said) return <>{t("common.none")}</>;
  if (said.region === null) {
    if (topic === "sales") {
      return (
        <>
          {holds.sales_date
            ? t("availability.says.facts", { date: month(holds.sales_date) })
            : t("availability.says.nobody")}
        </>
      );
    }
    if (said.decision === UNSAID) return <>{t("availability.says.unsaid")}</>;
    return (
      <>
        {t("availability.says.default")} <q>{said.decision}</q>
      </>
    );
  }
  const region = regions.find((each) => each.name === said.region);
  const row = found(rows, said.region);
  return (
    <>
      {row ? <Link to={row} /> : said.region}
      {region?.begins ? (
        <span class="faint"> {t("availability.since", { date: when(region.begins) })}</span>
      ) : null}
      {region?.ends ? (
        <span class="faint"> {t("availability.until", { date: when(region.ends) })}</span>
      ) : null}
      <q>{said.decision}</q>
    </>
  );
}
