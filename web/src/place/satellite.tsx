// The card of a satellite: where it is, what it carries, to whom, and where its traffic goes.
import { get } from "../api/client";
import { cellsStatic } from "../map/overlays";
import { about, pick } from "../state";
import { coordinates, moment, number, percent, rate, t } from "../words";
import { useAsked } from "./asked";
import { Card, DOT, Skeleton, Trouble } from "./card";
import { duration } from "./names";
import { GatewayLink, SatelliteLink } from "./service";
import { beginningOf, hasNetwork, shownSlot } from "./shown";
import type { Satellite } from "./types";

const DAY_MS = 86_400_000;
const MOST_CELLS = 200;

export function SatelliteCard({ number: catalogue }: { number: number }) {
  const view = about.value;
  const shows = hasNetwork(view);
  const it = useAsked<Satellite>(
    String(catalogue),
    shows ? `${view.key} ${shownSlot()} ${view.details}` : null,
    (signal) => get(`/v1/view/slots/${shownSlot()}/satellites/${catalogue}`, {}, { signal }),
  );
  const found = it.value;
  return (
    <Card
      title={found ? found.name : t("place.satellite.number", { number: String(catalogue) })}
      under={
        found
          ? [t("place.satellite.number", { number: String(catalogue) }), found.class, found.shell].join(DOT)
          : null
      }
      busy={it.loading}
    >
      <Trouble of={it} />
      {view && !shows ? <p>{t("common.source.none")}</p> : null}
      {found ? <Known it={found} /> : it.loading ? <Skeleton /> : null}
    </Card>
  );
}

function Known({ it }: { it: Satellite }) {
  const view = about.value;
  const at = view ? beginningOf(view, shownSlot()) : Number.NaN;
  const ageS = (at - new Date(it.elements_epoch).getTime()) / 1000;
  const days = (ageS * 1000) / DAY_MS;
  return (
    <>
      <p class="lead">
        {it.cells.length
          ? t("place.sat.serves", {
              cells: number(it.cells.length),
              rate: rate(it.granted_bps),
              gateway: it.gateway ?? t("place.sat.isl"),
            })
          : t("place.sat.idle")}
      </p>
      <dl>
        <dt>{t("place.sat.over")}</dt>
        <dd>{coordinates(it.lat_deg, it.lon_deg)}</dd>
        <dt>{t("place.sat.altitude")}</dt>
        <dd>{`${number(it.altitude_km, 0)} ${t("common.unit.km")}`}</dd>
        <dt>{t("place.sat.beams")}</dt>
        <dd>{t("place.sat.beams.said", { used: number(it.beams_used, 1), all: number(it.beams) })}</dd>
        <dt>{t("place.sat.load")}</dt>
        <dd>
          {t("place.sat.load.said", {
            share: percent(it.load),
            granted: rate(it.granted_bps),
            capacity: rate(it.capacity_bps),
          })}
          <meter min={0} max={1} value={it.load} aria-hidden="true" />
        </dd>
        <dt>{t("place.stop.gateway")}</dt>
        <dd>{it.gateway ? <GatewayLink name={it.gateway} /> : t("place.sat.no.gateway")}</dd>
        <dt>{t("place.sat.elements")}</dt>
        <dd>
          {moment(it.elements_epoch)}
          <br />
          <span class="faint">
            {days >= 1
              ? t("place.sat.age", { days: number(days, 1) })
              : ageS < 60
                ? t("place.sat.age.now")
                : t("place.sat.age.short", { time: duration(ageS) })}
          </span>
        </dd>
      </dl>
      <section aria-labelledby="isl-heading">
        <h3 id="isl-heading">{t("place.sat.isls")}</h3>
        {it.isls.length ? (
          <ul class="plain">
            {it.isls.map((each) => (
              <li key={each.number}>
                <SatelliteLink number={each.number} name={each.name} />{" "}
                <span class="faint">{t("place.sat.isl.load", { share: percent(each.load) })}</span>
              </li>
            ))}
          </ul>
        ) : (
          <p class="faint">{t("place.sat.isls.none")}</p>
        )}
      </section>
      {it.cells.length ? (
        <details>
          <summary>{t("place.sat.cells", { cells: number(it.cells.length) })}</summary>
          <ul class="plain">
            {it.cells.slice(0, MOST_CELLS).map((each) => (
              <li key={each.cell}>
                <CellLink cell={each.cell} /> <span class="faint">{rate(each.granted_bps)}</span>
              </li>
            ))}
          </ul>
          {it.cells.length > MOST_CELLS ? (
            <p class="faint">{t("place.more", { count: number(it.cells.length - MOST_CELLS) })}</p>
          ) : null}
        </details>
      ) : null}
    </>
  );
}

function CellLink({ cell }: { cell: number }) {
  const cells = cellsStatic.value;
  const lat = cells?.lat[cell];
  const lon = cells?.lon[cell];
  if (lat === undefined || lon === undefined) return <>{t("place.cell", { number: String(cell) })}</>;
  return (
    <button type="button" class="place-link" onClick={() => pick({ place: { lat, lon } })}>
      {coordinates(lat, lon)}
    </button>
  );
}
