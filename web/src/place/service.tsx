// How a place is served: satellite, beam, way, delay in its parts, what limits it, and what comes next.
import { flyTo } from "../map/overlays";
import { pick, slot } from "../state";
import { known, moment, number, percent, rate, t } from "../words";
import { Thing } from "./icons";
import { duration } from "./names";
import type { At } from "./types";

type Served = NonNullable<At["service"]>;

const PARTS = [
  "service_link_ms",
  "isl_ms",
  "feeder_link_ms",
  "fibre_ms",
  "satellites_ms",
  "access_ms",
  "gateway_ms",
  "queue_ms",
] as const;

/** All that is known of a served place. `then`: planned by other rules than those in force. */
export function ServiceOf({ at, then }: { at: At; then: boolean }) {
  const it = at.service!;
  const share = it.granted_bps / at.demand_bps;
  return (
    <section aria-labelledby="service-heading">
      <h3 id="service-heading">{t(then ? "place.service.then" : "place.service")}</h3>
      <dl>
        <dt>{t("place.satellite")}</dt>
        <dd>
          <SatelliteLink number={it.satellite.number} name={it.satellite.name} />{" "}
          <span class="faint">{it.satellite.satellite_class}</span>
        </dd>
        <dt>{t("place.where")}</dt>
        <dd>
          {t("place.where.said", {
            elevation: number(it.satellite.elevation_deg),
            azimuth: number(Math.round(it.satellite.azimuth_deg) % 360),
            side: sideOf(it.satellite.azimuth_deg),
            km: number(it.satellite.range_km, 0),
          })}
        </dd>
        <dt>{t("place.rate")}</dt>
        <dd>
          {t("place.rate.said", {
            granted: rate(it.granted_bps),
            asked: rate(at.demand_bps),
            share: percent(share, 0),
          })}
          <br />
          <span class="faint">
            {known(`place.limit.${it.bottleneck}`) ? t(`place.limit.${it.bottleneck}`) : it.bottleneck}
          </span>
        </dd>
        <dt>{t("place.beam")}</dt>
        <dd>
          {t("place.beam.said", { beams: number(it.beams, 3), rate: rate(it.beam_bps) })}
          <br />
          <span class="faint">{coloursOf(it)}</span>
        </dd>
        {at.sets_in_s !== null ? (
          <>
            <dt>{t("place.sets")}</dt>
            <dd>{t("place.sets.said", { time: duration(at.sets_in_s), mask: number(at.mask_deg) })}</dd>
          </>
        ) : null}
      </dl>
      <Way at={at} />
      <Delay it={it} />
      <Handovers at={at} />
    </section>
  );
}

/** A satellite by its name, which opens its card. */
export function SatelliteLink({ number: catalogue, name }: { number: number; name: string }) {
  return (
    <button type="button" class="place-link" onClick={() => pick({ satellite: catalogue })}>
      {name}
    </button>
  );
}

/** The side of the sky of an azimuth: one of eight. */
function sideOf(azimuthDeg: number): string {
  return t(`place.side.${Math.round(azimuthDeg / 45) % 8}`);
}

/** The colours that are held, frame by frame, neighbours put together. */
function coloursOf(it: Served): string {
  const frames = new Map<number, number[]>();
  for (const [frame, colour] of it.colours) frames.set(frame!, [...(frames.get(frame!) ?? []), colour! + 1]);
  const said = [...frames].map(([frame, colours]) =>
    it.frames > 1
      ? t("place.colour.frame", { colours: spans(colours), frame: String(frame + 1) })
      : spans(colours),
  );
  return t("place.colours", { colours: said.join("; "), count: it.colours.length });
}

/** 1, 2, 3 and 7 as 1–3, 7. */
function spans(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const each of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && each === last[1] + 1) last[1] = each;
    else found.push([each, each]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(", ");
}

function Way({ at }: { at: At }) {
  return (
    <>
      <h4>{t("place.way")}</h4>
      <ol class="way">
        {at.way.map((each, k) => (
          <li key={`${each.kind}${each.name}${k}`}>
            <Thing of={each.kind} />
            <span>
              <span class="faint">{t(`place.stop.${each.kind}`)}</span> <Stop each={each} />
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Stop({ each }: { each: At["way"][number] }) {
  if (each.kind === "satellite" && each.number !== null) {
    return (
      <>
        <SatelliteLink number={each.number} name={each.name} />{" "}
        <span class="faint">{t("place.altitude", { km: number(each.altitude_km, 0) })}</span>
      </>
    );
  }
  if (each.kind === "gateway") return <GatewayLink name={each.name} />;
  if (each.kind === "pop") {
    return (
      <button
        type="button"
        class="place-link"
        onClick={() => flyTo({ lat: each.lat_deg, lon: each.lon_deg })}
      >
        {each.name}
      </button>
    );
  }
  return <>{t("place.stop.here")}</>;
}

/** A gateway by its name, which opens its card. */
export function GatewayLink({ name }: { name: string }) {
  return (
    <button type="button" class="place-link" onClick={() => pick({ gateway: name })}>
      {name}
    </button>
  );
}

function Delay({ it }: { it: Served }) {
  const parts = PARTS.map((name) => ({ name, ms: it.round_trip[name] })).filter((each) => each.ms > 0);
  const total = it.round_trip.total_ms;
  let x = 0;
  return (
    <>
      <h4>{t("place.delay", { ms: number(total) })}</h4>
      <svg class="delay" viewBox="0 0 100 9" preserveAspectRatio="none" aria-hidden="true">
        {parts.map((each) => {
          const from = x;
          x += (each.ms / total) * 100;
          return (
            <rect
              key={each.name}
              class={`part-${PARTS.indexOf(each.name)}`}
              x={from}
              y={0}
              width={x - from}
              height={9}
            />
          );
        })}
      </svg>
      <table class="parts">
        <caption class="visually-hidden">{t("place.delay.caption")}</caption>
        <tbody>
          {parts.map((each) => (
            <tr key={each.name}>
              <th scope="row">
                <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
                  <rect class={`part-${PARTS.indexOf(each.name)}`} width="10" height="10" />
                </svg>
                {t(`place.delay.${each.name}`)}
              </th>
              <td class="number">{`${number(each.ms, 2)} ${t("common.unit.ms")}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Handovers({ at }: { at: At }) {
  return (
    <>
      <h4>{t("place.handovers")}</h4>
      {at.handovers.length ? (
        <ol class="handovers">
          {at.handovers.map((each) => (
            <li key={each.slot}>
              <button type="button" class="place-link" onClick={() => (slot.value = each.slot)}>
                {moment(each.time)}
              </button>{" "}
              {each.number !== null && each.name !== null ? (
                <SatelliteLink number={each.number} name={each.name} />
              ) : (
                t("place.handover.none")
              )}
            </li>
          ))}
        </ol>
      ) : (
        <p class="faint">{t("place.handovers.none")}</p>
      )}
    </>
  );
}
