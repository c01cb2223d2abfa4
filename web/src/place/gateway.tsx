// The card of a gateway: what lands there, and how much more could.
import { get } from "../api/client";
import { about } from "../state";
import { coordinates, number, percent, rate, t } from "../words";
import { useAsked } from "./asked";
import { Card, DOT, Skeleton, Trouble } from "./card";
import { countryName } from "./names";
import { hasNetwork, shownSlot } from "./shown";
import type { Ground } from "./types";

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
      under={
        it
          ? [t("place.stop.gateway"), coordinates(it.lat_deg, it.lon_deg), countryName(it.country)].join(DOT)
          : t("place.stop.gateway")
      }
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
