// The sky over a place, seen from below: who may serve it, who stands too near the arc, who is too low.
import { pick } from "../state";
import { counted, number, t } from "../words";
import type { At, Overhead } from "./types";

const KINDS = ["serving", "usable", "arc", "low"] as const;
type Kind = (typeof KINDS)[number];
const SIZE = 100;

function kindOf(each: Overhead, serving: number | null): Kind {
  if (each.index === serving) return "serving";
  if (each.use === "usable") return "usable";
  return each.use === "too near the GSO arc" ? "arc" : "low";
}

/** The sky as a picture and the same as a table. */
export function Sky({ at }: { at: At }) {
  const serving = at.service?.satellite.index ?? null;
  const all = at.overhead.map((each) => ({ each, kind: kindOf(each, serving) }));
  const inView = all.filter(({ kind }) => kind !== "low");
  const counts = KINDS.map((kind) => [kind, all.filter((one) => one.kind === kind).length] as const);
  return (
    <section aria-labelledby="sky-heading">
      <h3 id="sky-heading">{t("place.sky")}</h3>
      <p>
        {t("place.sky.said", {
          inView: counted("place.satellites", inView.length),
          mask: number(at.mask_deg),
        })}
      </p>
      <svg class="sky" viewBox="-118 -118 236 236" role="img" aria-label={t("place.sky.picture")}>
        {[0, 30, 60].map((elevation) => (
          <circle key={elevation} class="ring" r={radius(elevation)} />
        ))}
        <circle class="ring mask" r={radius(at.mask_deg)} />
        <path class="ring" d={`M0 ${-SIZE}V${SIZE}M${-SIZE} 0H${SIZE}`} />
        <text y={-SIZE - 5}>{t("common.north")}</text>
        <text y={SIZE + 14}>{t("common.south")}</text>
        <text x={-SIZE - 10} y={4}>
          {t("common.east")}
        </text>
        <text x={SIZE + 10} y={4}>
          {t("common.west")}
        </text>
        {[...all].reverse().map(({ each, kind }) => (
          <g
            key={each.index}
            class={`sat ${kind}`}
            transform={`translate(${spot(each).join(" ")})`}
            onClick={() => pick({ satellite: each.number })}
          >
            <title>{`${each.name}, ${number(each.elevation_deg)}°, ${t(`place.sky.${kind}`)}`}</title>
            <Shape kind={kind} />
          </g>
        ))}
      </svg>
      <ul class="key">
        {counts.map(([kind, many]) =>
          many || kind !== "serving" ? (
            <li key={kind}>
              <svg viewBox="-7 -7 14 14" class={`sat ${kind}`} aria-hidden="true">
                <Shape kind={kind} />
              </svg>
              {t(`place.sky.${kind}`)}: {number(many)}
            </li>
          ) : null,
        )}
      </ul>
      <p class="faint">{t("place.sky.north", { mask: number(at.mask_deg) })}</p>
      <details>
        <summary>{t("place.sky.table")}</summary>
        <div class="scroll" tabIndex={0} role="group" aria-label={t("place.sky.table")}>
          <table class="sats">
            <thead>
              <tr>
                <th scope="col">{t("place.satellite")}</th>
                <th scope="col" class="number">
                  {t("place.elevation")}
                </th>
                <th scope="col" class="number">
                  {t("place.azimuth")}
                </th>
                <th scope="col" class="number">
                  {t("place.distance")}
                </th>
                <th scope="col">{t("place.use")}</th>
              </tr>
            </thead>
            <tbody>
              {inView.map(({ each, kind }) => (
                <tr key={each.index}>
                  <td>
                    <button type="button" class="place-link" onClick={() => pick({ satellite: each.number })}>
                      {each.name}
                    </button>
                  </td>
                  <td class="number">{`${number(each.elevation_deg)}°`}</td>
                  <td class="number">{`${number(Math.round(each.azimuth_deg) % 360)}°`}</td>
                  <td class="number">{`${number(each.range_km, 0)} ${t("common.unit.km")}`}</td>
                  <td>{t(`place.sky.${kind}`)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function Shape({ kind }: { kind: Kind }) {
  switch (kind) {
    case "serving":
      return <path d="M0-6 1.8-1.8 6 0 1.8 1.8 0 6-1.8 1.8-6 0-1.8-1.8z" />;
    case "usable":
      return <circle r="3" />;
    case "arc":
      return <path d="M0-3.6 3.6 2.8H-3.6z" />;
    default:
      return <path d="M-2 0H2" />;
  }
}

function radius(elevationDeg: number): number {
  return ((90 - elevationDeg) / 90) * SIZE;
}

/** North is up and, as one looks up, east on the left. */
function spot(each: Overhead): [number, number] {
  const from = radius(each.elevation_deg);
  const azimuth = (each.azimuth_deg * Math.PI) / 180;
  return [Number((-from * Math.sin(azimuth)).toFixed(1)), Number((-from * Math.cos(azimuth)).toFixed(1))];
}
