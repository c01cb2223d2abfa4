// One place of the public map: what holds, who says so, since when, where it is, and its history.
import { get } from "../api/client";
import { useAsked } from "../place/asked";
import { countryName, listed } from "../place/names";
import { pick } from "../state";
import { percent, t } from "../words";
import { kindOf } from "./drawing";
import { History } from "./history";
import { Link, StateOf } from "./marks";
import { Says } from "./says";
import { type Availability, type Part, saidOf, stateKey } from "./states";
import { type Subject, found } from "./subject";
import { when } from "./times";
import { Decision, Where } from "./where";

interface Props {
  name: string;
  subject: Subject | undefined;
  now: Availability;
  rows: readonly Subject[];
}

export function Detail({ name, subject, now, rows }: Props) {
  const past = !subject && now.log !== null;
  return (
    <article class="av-detail" aria-labelledby="detail-heading">
      <p>
        <button type="button" onClick={() => pick(null)}>
          <span aria-hidden="true">‹ </span>
          {t("availability.back")}
        </button>
      </p>
      <h2 id="detail-heading">{subject?.name ?? name}</h2>
      {subject ? (
        <Known it={subject} now={now} rows={rows} />
      ) : (
        <p class="notice info">
          {t(past ? "availability.unknown.past" : "availability.unknown.place", { name })}
        </p>
      )}
      {subject?.kind === "region" || past ? (
        <History name={subject?.own ?? name} digest={`${now.rules?.digest} ${now.log?.entry}`} />
      ) : null}
    </article>
  );
}

function Known({ it, now, rows }: { it: Subject; now: Availability; rows: readonly Subject[] }) {
  const { holds, country, area, region } = it;
  return (
    <>
      <p class="av-under faint">
        {t(`availability.one.${it.kind}`)}
        {country && it.code !== it.own ? ` · ${it.code}` : ""}
        {country && it.name !== it.own ? ` · ${it.own}` : ""}
        {it.disputed ? ` · ${t("availability.disputed")}` : ""}
        {country?.invented ? ` · ${t("availability.invented")}` : ""}
      </p>
      <p class="av-large-state">
        <StateOf state={holds.state} />
        {it.mixed ? <span class="chip warn">{t("availability.mixed")}</span> : null}
      </p>
      <InWords it={it} />
      {area ? <Claims it={it} /> : null}
      <ComingHere it={it} coming={now.coming} />
      {country && !country.where && now.rules ? <p>{t("availability.words.not_drawn")}</p> : null}
      {holds.licence ? <Says holds={holds} regions={now.regions} rows={rows} /> : null}
      <Parts it={it} rows={rows} />
      <Within it={it} rows={rows} />
      {region ? <RegionSaid it={it} rows={rows} /> : null}
      {it.kind === "sea" ? null : <Where it={it} />}
      <Decision now={now} />
    </>
  );
}

/** What holds as sentences. */
function InWords({ it }: { it: Subject }) {
  const { licence, service, sales, sales_date: date } = it.holds;
  if (!licence || !service) return <p>{t("availability.words.none")}</p>;
  const on = service === "on" && licence !== "licensed" ? "on.unlicensed" : service;
  const said = date ?? t("availability.words.sales.stated");
  return (
    <p class="av-in-words">
      {t(`availability.words.licence.${licence}`)} {t(`availability.words.service.${on}`)}{" "}
      {t(`availability.words.sales.${stateKey(sales)}`, { date: said })}
    </p>
  );
}

function Claims({ it }: { it: Subject }) {
  const area = it.area!;
  const said = {
    name: area.name,
    kind: kindOf(it),
    claimants: listed(area.claimants.map((each) => countryName(each))),
  };
  const base = area.base_map.filter((each) => each !== "sea" && each !== area.name);
  return (
    <p class="av-aside">
      {t(area.disputed ? "availability.claims" : "availability.undisputed", said)}{" "}
      {base.length
        ? t("availability.claims.base", { base: listed(base.map((each) => countryName(each))) })
        : null}{" "}
      <span class="faint">{t("availability.claims.source", { source: area.source })}</span>
    </p>
  );
}

/** What is known to be different soon. */
function ComingHere({ it, coming }: { it: Subject; coming: Availability["coming"] }) {
  const names = {
    country: coming?.countries,
    area: coming?.areas,
    region: coming?.regions,
    sea: [] as string[],
  }[it.kind];
  const touched = coming && names?.includes(it.kind === "country" ? it.code : it.own) ? coming.at : null;
  const asked = useAsked<Availability>(`then ${it.key}`, touched, (signal) =>
    get("/v1/availability", { at: touched }, { signal }),
  );
  if (!touched || !asked.value) return null;
  const then = {
    country: asked.value.countries,
    area: asked.value.areas,
    region: asked.value.regions,
    sea: [],
  }[it.kind].find((each) => ("code" in each ? each.code === it.code : each.name === it.own));
  const [before, after] = [it.holds.state, then?.holds.state];
  return (
    <p class="av-coming">
      {after && after !== before
        ? t("availability.coming.here", {
            date: when(touched),
            before: t(`availability.state.${stateKey(before)}`),
            after: t(`availability.state.${stateKey(after)}`),
          })
        : t("availability.coming.parts", { date: when(touched) })}
    </p>
  );
}

function Parts({ it, rows }: { it: Subject; rows: readonly Subject[] }) {
  const parts: readonly Part[] = (it.country ?? it.area ?? it.region)?.parts ?? [];
  if (parts.length < 2) return null;
  const share = percent(parts[0]!.share, 2);
  return (
    <section>
      <h3>
        {t(it.kind === "region" ? "availability.words.largest.region" : "availability.words.largest", {
          share,
        })}
      </h3>
      <table class="av-parts-of">
        <thead>
          <tr>
            <th scope="col" class="number">
              {t("availability.part.share")}
            </th>
            <th scope="col">{t("availability.says.state")}</th>
            <th scope="col">{t("availability.part.regions")}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={`${part.holds.licence} ${part.holds.service} ${part.holds.sales}`}>
              <td class="number">{percent(part.share, part.share < 0.001 ? 4 : 2)}</td>
              <td>
                <StateOf state={part.holds.state} />
                <span class="faint av-three">
                  {saidOf("licence", part.holds.licence)} · {saidOf("service", part.holds.service)} ·{" "}
                  {saidOf("sales", part.holds.sales)}
                </span>
              </td>
              <td>
                <Names names={part.regions} rows={rows} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Regions by name, each of which opens it. */
function Names({ names, rows }: { names: readonly string[]; rows: readonly Subject[] }) {
  const known = names.map((name) => found(rows, name)).filter((each) => each !== undefined);
  return (
    <ul class="av-names">
      {known.map((each) => (
        <li key={each.key}>
          <Link to={each} />
        </li>
      ))}
    </ul>
  );
}

/** Disputed areas and regions that lie in it. */
function Within({ it, rows }: { it: Subject; rows: readonly Subject[] }) {
  const areas = it.country?.areas ?? it.region?.areas ?? [];
  const regions = it.country?.regions ?? it.area?.regions ?? [];
  const links = areas.map((name) => found(rows, `area/${name}`)).filter((each) => each !== undefined);
  return (
    <>
      {links.length ? (
        <section>
          <h3>{t("availability.areas")}</h3>
          <ul class="av-names">
            {links.map((each) => (
              <li key={each.key}>
                <Link to={each} /> <StateOf state={each.holds.state} />
              </li>
            ))}
          </ul>
          <p class="faint">{t("availability.areas.apart")}</p>
        </section>
      ) : null}
      {regions.length ? (
        <section>
          <h3>{t("availability.regions")}</h3>
          <Names names={regions} rows={rows} />
        </section>
      ) : null}
    </>
  );
}

/** What the region says by itself, whatever else holds there. */
function RegionSaid({ it, rows }: { it: Subject; rows: readonly Subject[] }) {
  const region = it.region!;
  const said = [
    region.licence && saidOf("licence", region.licence),
    region.service && saidOf("service", region.service),
    region.sales && saidOf("sales", region.sales),
    region.lists.length && t("availability.region.lists", { lists: region.lists.join(", ") }),
    region.begins && t("availability.since", { date: when(region.begins) }),
    region.ends && t("availability.until", { date: when(region.ends) }),
    region.hours.length && t("availability.region.hours", { hours: region.hours.join(", ") }),
    !region.in_force && t("availability.not_in_force"),
  ].filter(Boolean);
  const states = region.licence || region.service || region.sales;
  const countries = region.countries
    .map((code) => found(rows, `country/${code}`))
    .filter((each) => each !== undefined);
  return (
    <section>
      <h3>{t("availability.region.says")}</h3>
      <p>{[...(states ? [] : [t("availability.region.nothing")]), ...said].join(" · ")}</p>
      <blockquote>{region.decision}</blockquote>
      {countries.length ? (
        <p>
          {t("availability.label", { what: t("availability.region.countries") })}{" "}
          {countries.map((each, k) => (
            <span key={each.key}>
              {k ? ", " : ""}
              <Link to={each} />
            </span>
          ))}
        </p>
      ) : null}
      {region.sea ? <p>{t("availability.region.sea")}</p> : null}
    </section>
  );
}
