// The ledger: its entries as sentences, who vouches for them, and a check of both in this browser.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { entry, region } from "../state";
import { language, t } from "../words";
import { CheckpointCard } from "./checkpoint";
import { entries, kind, load, lookForMore, standing, told, trouble } from "./data";
import { EntryView } from "./entry";
import { EntryList } from "./list";
import { TrustCard } from "./trust";
import { VerifyCard } from "./verify";
import "./ledger.css";

const EVERY_MS = 15_000;
const WAITING_MS = 5_000;
const CHECKPOINT = { what: "checkpoint" } as const;

export function LedgerPanel() {
  useEffect(() => effect(follow), []);
  useEffect(() => {
    let timer = 0;
    const again = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void now(), standing.value === "there" ? EVERY_MS : WAITING_MS);
    };
    const now = async (): Promise<void> => {
      if (document.visibilityState === "visible" && standing.value !== "none") await lookForMore();
      again();
    };
    const seen = (): void => void now();
    again();
    document.addEventListener("visibilitychange", seen);
    return () => (clearTimeout(timer), document.removeEventListener("visibilitychange", seen));
  }, []);
  if (standing.value !== "there") return <Without />;
  return (
    <section class="ledger">
      <h2>{t("ledger.title")}</h2>
      {entry.value === null ? <p class="faint">{t("ledger.about", { log: told.value?.log ?? "" })}</p> : null}
      <Trouble />
      {entry.value === null ? <Whole /> : <EntryView key={entry.value} index={entry.value} />}
    </section>
  );
}

/** What the server says is wrong, in its own words. */
function Trouble() {
  if (!trouble.value.length) return null;
  return (
    <details class="ledger-trouble" open={entry.value === null}>
      <summary>{t("ledger.trouble")}</summary>
      <ul lang="en">
        {trouble.value.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </details>
  );
}

/** What is asked for is another: the list is asked for anew. */
function follow(): void {
  void [language.value, region.value, kind.value];
  void load();
}

function Whole() {
  return (
    <div class="ledger-columns ledger-of-log">
      <div class="ledger-side">
        <CheckpointCard />
        <VerifyCard wanted={CHECKPOINT} size={told.value?.checkpoint.size ?? 0} />
        <TrustCard />
      </div>
      <div class="ledger-main">
        <EntryList />
      </div>
    </div>
  );
}

function Without() {
  const state = standing.value;
  if (state === "asking") return <p class="faint">{t("common.loading")}</p>;
  return (
    <section class="ledger">
      <h2>{t("ledger.title")}</h2>
      <p role={state === "gone" ? "alert" : "status"}>{t(`ledger.without.${state}`)}</p>
      <Trouble />
      {state === "none" ? (
        <>
          <p>{t("ledger.without.how")}</p>
          <pre class="ledger-code">
            openleo serve --ledger https://log.example/tenerife --policy policy.txt
          </pre>
          <p>{t("ledger.without.make")}</p>
          <pre class="ledger-code">openleo ledger init --origin log.example/tenerife</pre>
        </>
      ) : (
        <button type="button" onClick={() => void load()}>
          {t("common.retry")}
        </button>
      )}
      {entries.value.length && state === "gone" ? <EntryList /> : null}
    </section>
  );
}
