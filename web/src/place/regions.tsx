// The card of a region of the rules: what it says, in whose words, and where it is.
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { about, tab } from "../state";
import { known, number, t } from "../words";
import { useAsked } from "./asked";
import { Card, Skeleton, Trouble } from "./card";
import { drawArea, drawNothing } from "./marks";
import { countryName, listed } from "./names";
import { type Outline, flyToShape, outlineOf, stated } from "./region";
import { Decision, Holds } from "./said";
import { StateChip } from "./states";
import type { RegionSaid } from "./types";

export function RegionCard({ name }: { name: string }) {
  const view = about.value;
  const asked = useAsked<RegionSaid[]>(
    "regions",
    view ? view.key : null,
    async (signal) => (await get<{ regions: RegionSaid[] }>("/v1/regions", {}, { signal })).regions,
  );
  const it = asked.value?.find((each) => each.name === name);
  const outline = useAsked<Outline>(name, it ? `${view?.key}` : null, (signal) => outlineOf(name, signal));
  useEffect(() => drawArea(name, outline.value?.geometry ?? null), [name, outline.value]);
  useEffect(() => drawNothing, []);
  return (
    <Card title={name} under={t("place.region")} busy={asked.loading}>
      <Trouble of={asked} />
      {it ? (
        <RegionKnown it={it} outline={outline.value} />
      ) : asked.value ? (
        <p>{t("place.region.unknown")}</p>
      ) : asked.loading ? (
        <Skeleton />
      ) : null}
    </Card>
  );
}

function RegionKnown({ it, outline }: { it: RegionSaid; outline: Outline | null }) {
  const states = (["licence", "service", "sales"] as const).filter((topic) => it[topic]);
  const [since, until] = [stated(it.begins), stated(it.ends)];
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
        <Decision words={it.decision} />
        <dt>{t("place.region.where")}</dt>
        <dd>{where.length ? listed(where) : t("place.region.outline")}</dd>
        <Holds since={since} until={until} />
      </dl>
      <p class="actions">
        <button type="button" onClick={() => (tab.value = "availability")}>
          {t("place.region.history")}
        </button>
        {outline?.geometry ? (
          <button type="button" onClick={() => flyToShape(outline.geometry!.coordinates)}>
            {t("place.region.show")}
          </button>
        ) : null}
      </p>
      <p class="faint">{t("place.region.hint")}</p>
    </>
  );
}
