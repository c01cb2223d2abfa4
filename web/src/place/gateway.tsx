// The cards of a gateway and of a region.
import { get } from "../api/client";
import { about, place, tab } from "../state";
import { coordinates, known, moment, number, percent, rate, t } from "../words";
import { useAsked } from "./asked";
import { Card, Skeleton, Trouble } from "./card";
import { countryName, listed } from "./names";
import { hasNetwork, shownSlot } from "./shown";
import { StateChip } from "./states";
import type { Ground, RegionSaid } from "./types";

export function GatewayCard({ name }: { name: string }) {
  const view = about.value;
  const shows = hasNetwork(view);
  const asked = useAsked<Ground>(name, shows ? `${view.key} ${shownSlot()}` : null, (signal) =>
    get(`/v1/view/slots/${shownSlot()}/ground`, {}, { signal }),
  );
  const it = asked.value?.gateways.find((each) => each.name === name);
  return (
    <Card
      title={name}
      under={it ? `${t("place.stop.gateway")} · ${coordinates(it.lat_deg, it.lon_deg)} · ${countryName(it.country)}` : t("place.stop.gateway")}
      busy={asked.loading}
    >
      <Trouble of={asked} />
      {view && !shows ? <p>{t("common.source.none")}</p> : null}
      {it ? (
        <>
          <p class="lead">
            {it.satellites
              ? t("place.gw.lands", { rate: rate(it.granted_bps), satellites: number(it.satellites) })
              : t("place.gw.idle")}
          </p>
          <dl>
            <dt>{t("place.gw.satellites")}</dt>
            <dd>{number(it.satellites)}</dd>
            <dt>{t("place.gw.granted")}</dt>
            <dd>{rate(it.granted_bps)}</dd>
            <dt>{t("place.gw.capacity")}</dt>
            <dd>{rate(it.capacity_bps)}</dd>
            <dt>{t("place.sat.load")}</dt>
            <dd>
              {it.load === null ? t("common.none") : percent(it.load)}
              {it.load === null ? null : <meter min={0} max={1} value={it.load} aria-hidden="true" />}
            </dd>
          </dl>
        </>
      ) : asked.value ? (
        <p>{t("place.gw.unknown")}</p>
      ) : asked.loading ? (
        <Skeleton />
      ) : null}
    </Card>
  );
}

export function RegionCard({ name }: { name: string }) {
  const view = about.value;
  const asked = useAsked<RegionSaid[]>("regions", view ? view.key : null, async (signal) =>
    (await get<{ regions: RegionSaid[] }>("/v1/regions", {}, { signal })).regions,
  );
  const it = asked.value?.find((each) => each.name === name);
  return (
    <Card title={name} under={t("place.region")} busy={asked.loading}>
      <Trouble of={asked} />
      {it ? <RegionKnown it={it} /> : asked.value ? <p>{t("place.region.unknown")}</p> : asked.loading ? <Skeleton /> : null}
    </Card>
  );
}

function RegionKnown({ it }: { it: RegionSaid }) {
  const states = (["licence", "service", "sales"] as const).filter((topic) => it[topic]);
  const where = [...it.countries.map((each) => countryName(each)), ...it.areas];
  return (
    <>
      <dl>
        {states.map((topic) => (
          <>
            <dt>{t(`common.${topic}`)}</dt>
            <dd>
              <StateChip topic={topic} state={it[topic]!} />
            </dd>
          </>
        ))}
        {it.landing?.length ? (
          <>
            <dt>{t("place.region.landing")}</dt>
            <dd>{listed(it.landing.map((each) => countryName(each)))}</dd>
          </>
        ) : null}
        {Object.entries(it.limits).map(([limit, value]) => (
          <>
            <dt>{known(`place.limits.${limit}`) ? t(`place.limits.${limit}`) : limit}</dt>
            <dd>{number(value)}</dd>
          </>
        ))}
        {it.decision ? (
          <>
            <dt>{t("place.decision")}</dt>
            <dd>
              <blockquote>{it.decision}</blockquote>
            </dd>
          </>
        ) : null}
        <dt>{t("place.region.where")}</dt>
        <dd>{where.length ? listed(where) : t("place.region.outline")}</dd>
        {it.begins ? (
          <>
            <dt>{t("place.since")}</dt>
            <dd>{moment(it.begins)}</dd>
          </>
        ) : null}
        {it.ends ? (
          <>
            <dt>{t("place.until")}</dt>
            <dd>{moment(it.ends)}</dd>
          </>
        ) : null}
      </dl>
      <p>
        <button type="button" onClick={() => (tab.value = "availability")}>
          {t("place.region.history")}
        </button>
      </p>
      {place.value ? null : <p class="faint">{t("place.region.hint")}</p>}
    </>
  );
}
