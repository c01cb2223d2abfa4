// The checkpoint: the name of the log, how many entries it has, their root, and which witnesses saw it when.
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language, moment, number, t } from "../words";
import { type Told, told } from "./data";

const now = signal(Date.now());

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** How long ago a time is, in words. */
const ago = computed(() => {
  const words = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  return (time: string): string => {
    const ms = Date.parse(time) - now.value;
    const [unit, each] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? ["second", 1000];
    return words.format(Math.round(ms / each), unit as Intl.RelativeTimeFormatUnit);
  };
});

export function CheckpointCard({ under = told.value }: { under?: Told | null }) {
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (!under) return null;
  const { size, root, cosignatures } = under.checkpoint;
  const newest = cosignatures
    .map((each) => each.time)
    .filter((each) => each !== null)
    .sort()
    .pop();
  return (
    <section class="ledger-card" aria-labelledby="ledger-checkpoint">
      <h3 id="ledger-checkpoint">{t("ledger.checkpoint")}</h3>
      <dl>
        <dt>{t("ledger.checkpoint.log")}</dt>
        <dd class="ledger-break">{under.log}</dd>
        <dt>{t("ledger.checkpoint.size")}</dt>
        <dd>{number(size)}</dd>
        <dt>{t("ledger.checkpoint.root")}</dt>
        <dd>
          <details>
            <summary>
              <code>{root.slice(0, 12)}…</code>
            </summary>
            <code class="ledger-break">{root}</code>
          </details>
        </dd>
        <dt>{t("ledger.checkpoint.age")}</dt>
        <dd>{newest ? ago.value(newest) : t("ledger.checkpoint.unseen")}</dd>
      </dl>
      {cosignatures.length ? (
        <ul class="ledger-witnesses">
          {cosignatures.map((each) => (
            <li key={each.witness} class={each.time ? "" : "ledger-missing"}>
              <span aria-hidden="true">{each.time ? "●" : "○"} </span>
              <span class="ledger-break">{each.witness}</span>
              <span class="faint">
                {" "}
                {each.time
                  ? t("ledger.witness.signed", { time: moment(each.time) })
                  : t("ledger.witness.missing")}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="faint">{t("ledger.witness.none")}</p>
      )}
    </section>
  );
}
