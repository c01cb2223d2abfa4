// The bar of time: play and pause, step, the slot that is shown, and now where the network is live.
import { computed } from "@preact/signals";
import { about, playing, slot } from "../state";
import { moment, number, t } from "../words";
import { SPEEDS, goTo, goToNow, instant, speed, toggle } from "./time";

const second = computed(() => (instant.value === null ? null : Math.floor(instant.value / 1000) * 1000));

export function TimeBar() {
  const view = about.value;
  if (!view?.slots || second.value === null) return null;
  const live = view.source === "live";
  const last = view.slots - 1;
  const first = live ? Math.min(view.now_slot ?? 0, last) : 0; // a twin keeps what runs and what comes
  return (
    <div class="map-time" role="group" aria-label={t("map.time")}>
      <button
        type="button"
        title={t("map.back")}
        aria-label={t("map.back")}
        onClick={() => goTo(slot.value - 1)}
        disabled={slot.value <= first}
      >
        <Sign path="M3 2h2v12H3zM13 2v12L6 8z" />
      </button>
      <button
        type="button"
        class="primary"
        title={t(playing.value ? "map.pause" : "map.play")}
        aria-label={t(playing.value ? "map.pause" : "map.play")}
        onClick={toggle}
      >
        <Sign path={playing.value ? "M3 2h4v12H3zM9 2h4v12H9z" : "M4 2v12l9-6z"} />
      </button>
      <button
        type="button"
        title={t("map.forward")}
        aria-label={t("map.forward")}
        onClick={() => goTo(slot.value + 1)}
        disabled={slot.value >= last}
      >
        <Sign path="M11 2h2v12h-2zM3 2v12l7-6z" />
      </button>
      {live ? (
        <button type="button" aria-pressed={playing.value} onClick={goToNow}>
          {t("map.now")}
        </button>
      ) : null}
      <input
        type="range"
        min={first}
        max={last}
        step={1}
        value={slot.value}
        aria-label={t("map.slider")}
        aria-valuetext={t("map.slot", { slot: slot.value, last })}
        onInput={(event) => goTo(Number(event.currentTarget.value))}
      />
      <span class="when">
        <time dateTime={new Date(second.value).toISOString()}>{moment(second.value)}</time>
        <span class="faint">{t("map.slot", { slot: slot.value, last })}</span>
      </span>
      {live ? null : (
        <label class="speed">
          <span class="visually-hidden">{t("map.speed")}</span>
          <select
            value={speed.value}
            title={t("map.speed")}
            onChange={(event) => (speed.value = Number(event.currentTarget.value))}
          >
            {SPEEDS.map((each) => (
              <option key={each} value={each}>
                {t("map.times", { times: number(each) })}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

function Sign({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
