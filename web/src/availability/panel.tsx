// The public map: what holds in each country, area and region; all in a table, or one of them in full.
import { useEffect, useMemo } from "preact/hooks";
import { get } from "../api/client";
import { pickedKey } from "../map/overlays";
import { useAsked } from "../place/asked";
import { about, pick, place, region } from "../state";
import { counted, language, percent, t } from "../words";
import { Detail } from "./detail";
import { KEY, drawAll, drawNothing } from "./drawing";
import { Link } from "./marks";
import type { Outlines } from "../map/outlines";
import type { Availability } from "./states";
import { type Subject, SEA, found, isOurs, subjects } from "./subject";
import { Table } from "./table";
import { month, when } from "./times";
import "./availability.css";

/** After so long, or when something begins or ends, what holds is asked for again. */
const AGAIN_S = 60;

export function AvailabilityPanel() {
  const digest = about.value?.rules?.digest ?? "";
  const asked = useAsked<Availability>("availability", "now", (signal) =>
    get("/v1/availability", {}, { signal }),
  );
  const outlines = useAsked<Outlines>(
    "outlines",
    asked.value?.rules ? asked.value.rules.digest : null,
    (signal) => get("/v1/outlines", {}, { signal }),
  );
  const now = asked.value;
  useEffect(() => again(now, asked.retry), [now]);
  useEffect(() => {
    if (now && digest && now.rules?.digest !== digest) asked.retry(); // others are in force since
  }, [digest]);
  useEffect(() => () => leave(), []);
  useEffect(
    () => pickedKey.subscribe((key) => key?.startsWith(KEY) && pick({ region: key.slice(KEY.length) })),
    [],
  );
  const rows = useMemo(() => (now ? subjects(now) : []), [now, language.value]);
  const lines = outlines.value;
  useEffect(() => {
    if (now) drawAll(rows, lines);
  }, [rows, lines]);
  useEffect(() => askWhere(), []);
  const key = region.value;
  const subject = key !== null && now ? found(rows, key) : undefined;
  return (
    <div class="av">
      {key === null ? <h2>{t("availability.title")}</h2> : null}
      {asked.problem && !asked.problem.gone ? (
        <p role="alert" class="notice error">
          {asked.problem.message}{" "}
          <button type="button" onClick={asked.retry}>
            {t("common.retry")}
          </button>
        </p>
      ) : null}
      {now ? (
        key === null ? (
          <All now={now} rows={rows} />
        ) : (
          <Detail key={key} name={key} subject={subject} now={now} rows={rows} />
        )
      ) : asked.loading ? (
        <p role="status">{t("common.loading")}</p>
      ) : null}
      {now ? <Facts now={now} /> : null}
    </div>
  );
}

function All({ now, rows }: { now: Availability; rows: readonly Subject[] }) {
  return (
    <>
      {now.rules ? null : <p class="notice info">{t("availability.no_rules")}</p>}
      {now.stage ? <p class="notice info">{stage(now.stage)}</p> : null}
      {now.coming ? <Coming coming={now.coming} rows={rows} /> : null}
      <Table rows={rows} />
    </>
  );
}

function stage(it: NonNullable<Availability["stage"]>): string {
  const whom =
    it.share !== null
      ? t("availability.stage.share", { share: percent(it.share) })
      : t("availability.stage.regions", { regions: it.regions.join(", ") });
  return t("availability.stage", { number: it.number, of: it.of, whom });
}

function Coming({ coming, rows }: { coming: NonNullable<Availability["coming"]>; rows: readonly Subject[] }) {
  const touched = comingSubjects(coming, rows);
  return (
    <div class="av-coming">
      <p>
        <strong>{t("availability.coming", { date: when(coming.at) })}</strong>{" "}
        {counted("availability.coming.places", touched.length)}
      </p>
      <ul>
        {touched.slice(0, 12).map((each) => (
          <li key={each.key}>
            <Link to={each} />
          </li>
        ))}
        {touched.length > 12 ? <li>…</li> : null}
      </ul>
    </div>
  );
}

function comingSubjects(coming: NonNullable<Availability["coming"]>, rows: readonly Subject[]): Subject[] {
  const named = {
    country: coming.countries,
    area: coming.areas,
    region: coming.regions,
    sea: [] as string[],
  };
  return rows.filter((each) => named[each.kind].includes(each.kind === "country" ? each.code : each.own));
}

/** What borders mean, and how old all of it is. */
function Facts({ now }: { now: Availability }) {
  const values = { date: month(now.sales_date), at: when(now.at) };
  return (
    <div class="av-facts faint">
      <p>{t("availability.about")}</p>
      <p>{t("common.borders")}</p>
      <p>
        {now.rules
          ? t("availability.facts", {
              ...values,
              name: now.rules.name,
              version: String(now.rules.version),
              digest: now.rules.digest.slice(0, 12),
            })
          : t("availability.facts.no_rules", values)}
      </p>
    </div>
  );
}

/** Ask again in a while, or at the instant at which something is known to begin or end. */
function again(now: Availability | null, ask: () => void): () => void {
  if (!now) return () => undefined;
  const untilMs = now.coming
    ? new Date(now.coming.at).getTime() - new Date(now.at).getTime() + 1000
    : Infinity;
  const timer = setTimeout(ask, Math.max(1000, Math.min(AGAIN_S * 1000, untilMs)));
  return () => clearTimeout(timer);
}

/** Take what is ours off the map, and out of the address. */
function leave(): void {
  drawNothing();
  if (region.peek() !== null && isOurs(region.peek()!)) pick(null);
}

interface Here {
  area: string | null;
  country: string | null;
  base_map: string | null;
  licence: string;
  service: string;
  said: readonly { topic: string; region: string | null }[];
}

/** What a point is shown as: the region that keeps service or licence from it, else its area, country or the sea. */
function shownAs({ area, country, base_map: base, licence, service, said }: Here): string {
  const kept = service !== "on" ? "service" : licence !== "licensed" ? "licence" : null;
  const by = said.find((each) => each.topic === kept)?.region;
  if (by) return by;
  if (area) return `area/${area}`;
  const name = country ?? base;
  return name ? `country/${name}` : SEA;
}

/** A place that was picked, or a click on the ground, opens what decides there. */
function askWhere(): () => void {
  return place.subscribe((point) => {
    if (!point) return;
    void get<Here>("/v1/regions/at", { lat: point.lat, lon: point.lon }).then(
      (here) => {
        if (place.peek() === point) pick({ region: shownAs(here) });
      },
      () => undefined, // without rules nothing can be said of a point
    );
  });
}
