// The card of a place: is it served, by what, and if not, why and by whose decision.
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { type Point, about } from "../state";
import { coordinates, moment, number, t } from "../words";
import { Share } from "./actions";
import { useAsked } from "./asked";
import { Card, DOT, Skeleton, Trouble } from "./card";
import { Sign } from "./icons";
import { drawNothing, drawPlace } from "./marks";
import { countryName, listed } from "./names";
import { ServiceOf } from "./service";
import { beginningOf, hasNetwork, shownSlot } from "./shown";
import { Sky } from "./sky";
import { States } from "./states";
import type { At, RegionSaid, Standing } from "./types";
import { changeOf, refusalOf, verdictOf } from "./verdict";
import { WhyRefused } from "./why";

export function PlaceCard({ place }: { place: Point }) {
  const view = about.value;
  const subject = `${place.lat},${place.lon}`;
  const shows = hasNetwork(view);
  const time = shows ? minuteOf(beginningOf(view, shownSlot())) : null;
  const at = useAsked<At>(subject, shows ? `${view.key} ${shownSlot()} ${view.details}` : null, (signal) =>
    get(`/v1/view/slots/${shownSlot()}/at`, { lat: place.lat, lon: place.lon }, { signal }),
  );
  const here = useAsked<Standing>(subject, view ? `${view.key} ${time}` : null, (signal) =>
    get("/v1/regions/at", { lat: place.lat, lon: place.lon, at: time }, { signal }),
  );
  const regions = useAsked<RegionSaid[]>(
    "regions",
    view ? view.key : null,
    async (signal) => (await get<{ regions: RegionSaid[] }>("/v1/regions", {}, { signal })).regions,
  );
  const refused = here.value ? refusalOf(here.value) : null;
  const dark = refused?.dark ?? false;
  useEffect(() => drawPlace(place, dark ? null : at.value), [place, at.value, dark]);
  useEffect(() => drawNothing, []);

  const lawless = here.problem?.status === 503; // no rules are in force
  const known = (at.value !== null || !shows || at.problem !== null) && (here.value !== null || lawless);
  const verdict = known ? verdictOf(at.value, here.value, shows) : null;
  const near = at.value?.near;
  const title =
    near && near.km < 100
      ? near.km < 5
        ? near.name
        : t("place.near", { name: near.name })
      : t("place.place");
  return (
    <Card
      title={title}
      under={<Under place={place} at={at.value} here={here.value} />}
      busy={at.loading || here.loading}
    >
      {here.problem && !lawless ? <Trouble of={here} /> : <Trouble of={at} />}
      <p class="visually-hidden" role="status">
        {verdict ? `${title}: ${verdict.word}` : ""}
      </p>
      {verdict ? (
        <div class={`verdict ${verdict.sign}`}>
          <p class="word">
            <Sign of={verdict.sign} /> {verdict.word}
          </p>
          <p class="sentence">{verdict.sentence}</p>
          {verdict.beside ? <p class="beside">{verdict.beside}</p> : null}
          {at.value && !at.value.inside && at.value.cell ? (
            <p class="beside">{t("place.outside", { km: number(at.value.distance_km, 0) })}</p>
          ) : null}
        </div>
      ) : here.problem ? null : (
        <Skeleton />
      )}
      {here.value ? (
        <WhyRefused
          at={at.value}
          here={here.value}
          region={regions.value?.find((each) => each.name === refused?.region) ?? null}
        />
      ) : null}
      {verdict && !refused && at.value && !at.value.service && changeOf(at.value, here.value) ? (
        <section aria-labelledby="change-heading">
          <h3 id="change-heading">{t("place.can.do")}</h3>
          <p>{changeOf(at.value, here.value)}</p>
        </section>
      ) : null}
      {verdict && shows && view.rules && view.planned_by?.digest !== view.rules.digest ? (
        <p class="aside">
          {view.planned_by
            ? t("place.planned.by", { then: view.planned_by.name, now: view.rules.name })
            : t("place.planned.without", { now: view.rules.name })}
        </p>
      ) : null}
      {here.value ? (
        <States here={here.value} regions={regions.value ?? []} quoted={refused?.region ?? null} />
      ) : null}
      {at.value?.service ? <ServiceOf at={at.value} then={dark} /> : null}
      {at.value?.service && !dark && changeOf(at.value, null) ? (
        <p class="aside">{changeOf(at.value, null)}</p>
      ) : null}
      {at.value ? <Sky at={at.value} /> : null}
      {verdict ? <Share at={at.value} here={here.value} place={place} /> : null}
      {at.value ? (
        <p class="faint">{t("place.as.of", { time: moment(at.value.time), world: at.value.world })}</p>
      ) : null}
    </Card>
  );
}

function Under({ place, at, here }: { place: Point; at: At | null; here: Standing | null }) {
  const where = [coordinates(place.lat, place.lon)];
  if (here?.country) where.push(countryName(here.country, at?.country || here.country));
  else if (here && !here.area) where.push(t("place.sea"));
  if (at?.near && at.near.km >= 5 && at.near.km < 1000)
    where.push(t("place.from.town", { km: number(at.near.km, 0), name: at.near.name }));
  return (
    <>
      {where.join(DOT)}
      {here?.area ? (
        <span class="disputed">
          {DOT}
          {t("place.disputed", {
            area: here.area,
            names: listed(here.claimants.map((each) => countryName(each))),
          })}
          {here.area_source ? (
            <span class="faint source">{t("place.source", { source: here.area_source })}</span>
          ) : null}
        </span>
      ) : null}
    </>
  );
}

/** The whole minute in which a slot begins: rules are asked for that time. */
function minuteOf(beginsMs: number): string | null {
  return Number.isNaN(beginsMs) ? null : new Date(Math.floor(beginsMs / 60_000) * 60_000).toISOString();
}
