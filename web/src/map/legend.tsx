// What the colours mean: the choice of the field, its ramp with numbers or its words, and what is drawn at all.
import { about, field as chosen, type LayerName, layers, tab } from "../state";
import { number, rate, t } from "../words";
import { satelliteColour, satelliteColours } from "./dots";
import {
  type Field,
  fieldMeaning,
  fieldTitle,
  fields,
  shown,
  unitTitle,
  valueTitle,
  wordTitle,
} from "./fields";
import { countryFill, overlays, shownField } from "./overlays";
import { NONE, css, rampColour, wordColour } from "./ramps";

const SWITCHES: readonly LayerName[] = ["cells", "satellites", "gateways", "terminator", "regions"];
const MOST_WORDS = 12;
const STOPS = 12;

export function Legend() {
  const view = about.value;
  const field = shown();
  const replaced = [...overlays.value.values()].some((each) => each.cells);
  return (
    <div class="map-legend">
      {view?.cells && field ? (
        <>
          <label class="map-choice">
            <span>{t("map.colour")}</span>
            <select
              value={field.name}
              aria-describedby="map-meaning"
              onChange={(event) => (chosen.value = event.currentTarget.value)}
            >
              {(["network", "rules"] as const).map((group) => {
                const all = fields().filter((each) => each.group === group);
                return all.length ? (
                  <optgroup key={group} label={t(`map.group.${group}`)}>
                    {all.map((each) => (
                      <option key={each.name} value={each.name} title={fieldMeaning(each.name)}>
                        {fieldTitle(each.name)}
                      </option>
                    ))}
                  </optgroup>
                ) : null;
              })}
            </select>
          </label>
          <p id="map-meaning" class="faint">
            {countryFill.value
              ? t("map.replaced.countries")
              : replaced
                ? t("map.replaced")
                : fieldMeaning(field.name)}
          </p>
          {shownField.value?.name === field.name ? null : <p role="status">{t("common.loading")}</p>}
          {replaced || countryFill.value ? null : field.kind === "number" ? (
            <Ramp field={field} />
          ) : (
            <Words field={field} />
          )}
        </>
      ) : null}
      <details class="map-layers" open={tab.value === "map" && innerWidth > 720 && innerHeight > 620}>
        <summary>{t("map.layers")}</summary>
        {SWITCHES.filter(
          (each) => view?.source !== "none" || each === "terminator" || each === "regions",
        ).map((each) => (
          <label key={each}>
            <input type="checkbox" checked={layers.value.has(each)} onChange={() => flip(each)} />
            {t(`map.layer.${each}`)}
          </label>
        ))}
        <Satellites />
      </details>
    </div>
  );
}

function flip(name: LayerName): void {
  const next = new Set(layers.value);
  if (!next.delete(name)) next.add(name);
  layers.value = next;
}

function Ramp({ field }: { field: Field }) {
  const stops = Array.from({ length: STOPS }, (_, i) => css(rampColour(field, i / (STOPS - 1))));
  const shares = [0, 0.5, 1];
  const unit =
    field.unit === "bit/s" || field.name === "satisfied" || field.name === "load" ? "" : unitTitle(field);
  return (
    <div class="map-ramp">
      <div
        class="bar"
        ref={(bar) => {
          if (bar) bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
        }}
      />
      <div class="ticks">
        {shares.map((share) => {
          const value = field.low + (field.high - field.low) * share;
          return (
            <span key={share}>
              {unit ? number(value, 2) : field.unit === "bit/s" ? rate(value) : valueTitle(field, value)}
            </span>
          );
        })}
      </div>
      <div class="ends faint">
        <span>{field.lower_is_better ? t("map.better.left") : ""}</span>
        <span>{unit}</span>
        <span>{field.lower_is_better || field.name === "demand_bps" ? "" : t("map.better.right")}</span>
      </div>
      <Swatch colour={css(NONE)} title={t("map.value.none")} />
    </div>
  );
}

function Words({ field }: { field: Field }) {
  if (field.words.length > MOST_WORDS)
    return <p class="faint">{t("map.many", { count: field.words.length })}</p>;
  return (
    <div class="map-words">
      {field.words.map((word, code) => (
        <Swatch
          key={word}
          colour={css(wordColour(field.name, word, code))}
          title={wordTitle(field.name, word)}
        />
      ))}
      <Swatch colour={css(NONE)} title={t("map.value.none")} />
    </div>
  );
}

function Swatch({ colour, title, round }: { colour: string; title: string; round?: boolean }) {
  return (
    <span class="map-swatch">
      <i
        class={round ? "round" : ""}
        aria-hidden="true"
        ref={(element) => {
          if (element) element.style.backgroundColor = colour;
        }}
      />
      <span>{title}</span>
    </span>
  );
}

/** By what satellites are coloured, and what each colour means; signs of gateways and PoPs. */
function Satellites() {
  const view = about.value;
  if (!view || view.source === "none") return null;
  const by = satelliteColours.value;
  const names = by === "class" ? view.classes.map((each) => each.name) : view.shells;
  const signs = layers.value.has("gateways") && view.gateways > 0;
  return (
    <>
      {layers.value.has("satellites") && view.satellites ? (
        <fieldset>
          <legend>{t("map.satellites.by")}</legend>
          {(["class", "shell"] as const).map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="satellites-by"
                checked={by === each}
                onChange={() => (satelliteColours.value = each)}
              />
              {t(`map.satellites.${each}`)}
            </label>
          ))}
          <div class="map-words">
            {names
              .slice(0, MOST_WORDS)
              .map((name, code) =>
                by === "class" && !view.classes[code]?.satellites ? null : (
                  <Swatch
                    key={name}
                    round
                    colour={css(satelliteColour(code))}
                    title={name || t("map.satellites.none")}
                  />
                ),
              )}
          </div>
        </fieldset>
      ) : null}
      {signs ? (
        <div class="map-words">
          <span class="map-swatch">
            <i class="sign gateway" aria-hidden="true" />
            <span>{t("map.sign.gateway")}</span>
          </span>
          <span class="map-swatch">
            <i class="sign pop" aria-hidden="true" />
            <span>{t("map.sign.pop")}</span>
          </span>
        </div>
      ) : null}
    </>
  );
}
