// A state as a word with a sign, so that colour alone never tells it.
import { entry, pick, tab } from "../state";
import { t } from "../words";
import { COLOURS, type State, css, stateKey } from "./states";
import type { Subject } from "./subject";

const SIGNS: Readonly<Record<State, string>> = {
  available: "M3.2 8.3 6.6 11.7 12.8 4.6",
  waitlist: "M8 4v4.2l3 2.2",
  "coming soon": "M4 8h8M9 5l3 3-3 3",
  "decided by area": "M8 2v12M2 8h12",
  "not offered": "M4 8h8",
  "service off": "M8 2.5v6M4.6 4.8a5 5 0 1 0 6.8 0",
  "no licence": "M4 4l8 8M12 4l-8 8",
  unknown: "M5.6 6.2a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.6M8 12v.6",
};
const ROUND: readonly State[] = ["available", "waitlist", "coming soon", "unknown"];

/** The sign of a state: round where one may be served, now or one day, square where not. */
export function Sign({ state }: { state: State }) {
  return (
    <svg class="av-sign-of-state" viewBox="0 0 16 16" aria-hidden="true" data-state={state}>
      <rect
        x="0"
        y="0"
        width="16"
        height="16"
        rx={ROUND.includes(state) ? 8 : 2.5}
        fill={css(COLOURS[state])}
      />
      <path d={SIGNS[state]} />
    </svg>
  );
}

/** A state with its sign and its word. */
export function StateOf({ state }: { state: State }) {
  return (
    <span class="av-state-of">
      <Sign state={state} />
      <span>{t(`availability.state.${stateKey(state)}`)}</span>
    </span>
  );
}

/** A place by its name, which opens it. */
export function Link({ to }: { to: Subject }) {
  return (
    <button type="button" class="link" onClick={() => pick({ region: to.key })}>
      {to.name}
    </button>
  );
}

/** An entry of the log: opened here, or its own page. */
export function EntryLink({ entry: index, words }: { entry: number; words: string }) {
  return (
    <span class="av-entry">
      <button type="button" class="link" onClick={() => ((entry.value = index), (tab.value = "ledger"))}>
        {words}
      </button>{" "}
      <a href={`/log/${index}`} aria-label={t("availability.decision.page", { entry: String(index) })}>
        {t("availability.decision.page.short")}
      </a>
    </span>
  );
}
