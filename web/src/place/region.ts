// A region's time line and outline: since when what it says holds, by which entry, and where it is.
import { type Schemas, get } from "../api/client";
import { flyTo } from "../map/overlays";

type Span = Schemas["SpanSaid"];
export type History = Schemas["History"];
export type Outline = Schemas["Outline"];

/** From when until when a region says what it says now, and the entry by which it began. */
export interface Holding {
  since: string | null;
  until: string | null;
  entry: number | null;
  emergency: boolean;
}

/** The time line of a region. */
export function historyOf(name: string, language: string, signal: AbortSignal): Promise<History> {
  return get(`/v1/regions/${encodeURIComponent(name)}/history`, { lang: language }, { signal });
}

/** The outline of a region. */
export function outlineOf(name: string, signal?: AbortSignal): Promise<Outline> {
  return get(`/v1/regions/${encodeURIComponent(name)}/outline`, {}, signal ? { signal } : {});
}

/** What holds now, back to the first of the spans that say the same without a gap. */
export function holdingOf(history: History): Holding | null {
  const now = Date.parse(history.at);
  const spans = history.spans.filter((each) => each.said_of && !each.pending);
  spans.sort((one, other) => beginning(one) - beginning(other));
  const at = spans.findLastIndex((each) => beginning(each) <= now && now < end(each));
  if (at < 0) return null;
  let first = at;
  while (first > 0 && same(spans[first - 1]!, spans[first]!)) first--;
  const { begins, entry } = spans[first]!;
  return { since: begins, until: spans[at]!.until, entry, emergency: spans[at]!.emergency };
}

function same(before: Span, after: Span): boolean {
  return (
    end(before) === beginning(after) && before.licence === after.licence && before.service === after.service
  );
}

function beginning(span: Span): number {
  return span.begins ? Date.parse(span.begins) : -Infinity;
}

function end(span: Span): number {
  return span.until ? Date.parse(span.until) : Infinity;
}

/** A time that a rule file states; none where it stands for the beginning or the end of all time. */
export function stated(time: string | null | undefined): string | null {
  if (!time) return null;
  const year = new Date(time).getUTCFullYear();
  return year <= 1970 || year >= 9999 ? null : time;
}

/** Turn the map to a region, so far away that it is seen as a whole. */
export async function flyToRegion(name: string): Promise<void> {
  const { geometry } = await outlineOf(name);
  if (geometry) flyToShape(geometry.coordinates as number[][][][]);
}

/** Turn the map to polygons; of those that lie on both sides of 180 degrees, to the largest. */
export function flyToShape(polygons: readonly number[][][][]): void {
  let best = { area: -1, lon: 0, lat: 0, side: 0 };
  for (const [ring] of polygons) {
    const lons = ring!.map((each) => each[0]!);
    const lats = ring!.map((each) => each[1]!);
    const [west, east] = [Math.min(...lons), Math.max(...lons)];
    const [south, north] = [Math.min(...lats), Math.max(...lats)];
    const area = (east - west) * (north - south);
    if (area > best.area) {
      best = {
        area,
        lon: (west + east) / 2,
        lat: (south + north) / 2,
        side: Math.max(east - west, north - south),
      };
    }
  }
  if (best.area < 0) return;
  const zoom = Math.max(0.5, Math.min(5.5, Math.log2(180 / Math.max(best.side, 0.5))));
  flyTo({ lat: best.lat, lon: best.lon, zoom });
}
