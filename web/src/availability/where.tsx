// Where a place is, drawn on the map with how exact that is, and by which rules all of it holds.
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { useAsked } from "../place/asked";
import { number, t } from "../words";
import { drawOne, flyToSubject } from "./drawing";
import { EntryLink } from "./marks";
import type { Outline } from "../map/outlines";
import type { Availability } from "./states";
import type { Subject } from "./subject";

const KM_A_DEGREE = 111.2;

/** Its outline, drawn on the map, and how exact it is. */
export function Where({ it }: { it: Subject }) {
  const name = it.kind === "country" ? it.code : it.own;
  const path = `/v1/regions/${encodeURIComponent(name)}/outline`;
  const drawable = Boolean((it.country ?? it.area ?? it.region)?.where);
  const asked = useAsked<Outline>(`outline ${it.key}`, drawable ? "" : null, (signal) =>
    get(path, { kind: it.kind }, { signal }),
  );
  useEffect(() => flyToSubject(it), [it.key]);
  useEffect(() => {
    drawOne(asked.value ? { subject: it, outline: asked.value } : null);
    return () => drawOne(null);
  }, [asked.value]);
  if (!drawable) return <p class="faint">{t("availability.outline.none")}</p>;
  const said = asked.value?.properties;
  return (
    <p class="av-where">
      <button type="button" onClick={() => flyToSubject(it)}>
        {t("availability.fly")}
      </button>{" "}
      {said ? (
        <span class="faint" data-vertices={said.vertices} data-shown={said.vertices_shown}>
          {said.tolerance_deg
            ? t("availability.outline", {
                vertices: said.vertices,
                shown: said.vertices_shown,
                km: number(said.tolerance_deg * KM_A_DEGREE, 2),
              })
            : t("availability.outline.whole", { vertices: said.vertices })}{" "}
          {said.parts > said.parts_shown
            ? t("availability.outline.islands", { count: said.parts - said.parts_shown })
            : ""}{" "}
          <a href={`${path}?kind=${it.kind}&whole=true`} download={`${it.own}.geojson`}>
            {t("availability.outline.file")}
          </a>
        </span>
      ) : null}
    </p>
  );
}

/** By which rules it holds, and by which entry of the log. */
export function Decision({ now }: { now: Availability }) {
  const { rules, log } = now;
  if (!rules) return null;
  return (
    <section>
      <h3>{t("availability.decision")}</h3>
      <p>
        {t("availability.decision.rules", {
          name: rules.name,
          version: String(rules.version),
          digest: rules.digest.slice(0, 12),
        })}
        {", "}
        {log ? (
          <EntryLink entry={log.entry} words={t("availability.decision.log", { entry: String(log.entry) })} />
        ) : (
          t("availability.decision.file")
        )}
      </p>
    </section>
  );
}
