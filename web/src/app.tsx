// The shell: header, map, the panel of whatever was picked, and the line that says what all of it is worth.
import { effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { AvailabilityPanel } from "./availability/panel";
import { DeskPanel } from "./desk/panel";
import { LedgerPanel } from "./ledger/panel";
import { MapView } from "./map/view";
import { PlacePanel } from "./place/panel";
import { Search } from "./place/search";
import { ReportsPanel } from "./reports/panel";
import { Footer } from "./footer";
import {
  type Tab,
  about,
  forget,
  gateway,
  notices,
  pick,
  place,
  region,
  satellite,
  tab,
  theme,
} from "./state";
import { LANGUAGES, language, t } from "./words";

const TABS: readonly Tab[] = ["map", "availability", "reports", "ledger", "desk"];

export function App() {
  useEffect(() => effect(dress), []);
  const open =
    tab.value !== "map" || place.value || satellite.value !== null || gateway.value || region.value;
  return (
    <div class={`shell tab-${tab.value}${open ? " has-panel" : ""}`}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), focusMain())}>
        {t("common.skip")}
      </a>
      <Header />
      <Notices />
      <main id="main" tabIndex={-1}>
        <MapView />
        <Hint shown={!open} />
        {open ? (
          <aside class="panel" aria-label={t(`common.panel.${tab.value}`)}>
            <Panel />
          </aside>
        ) : null}
      </main>
      <Footer />
    </div>
  );
}

function Panel() {
  switch (tab.value) {
    case "availability":
      return <AvailabilityPanel />;
    case "reports":
      return <ReportsPanel />;
    case "ledger":
      return <LedgerPanel />;
    case "desk":
      return <DeskPanel />;
    default:
      return <PlacePanel />;
  }
}

/** What one can ask here, until something is picked or the hint is closed. */
function Hint({ shown }: { shown: boolean }) {
  const closed = useSignal(false);
  if (!shown || closed.value) return null;
  return (
    <p class="hint">
      <span>{t("common.hint")}</span>
      <button type="button" onClick={() => (closed.value = true)} aria-label={t("common.close")}>
        ×
      </button>
    </p>
  );
}

function Header() {
  return (
    <header>
      <h1>
        <button type="button" class="brand" onClick={() => (pick(null), (tab.value = "map"))}>
          {t("common.name")}
        </button>
      </h1>
      <Search />
      <nav aria-label={t("common.parts")}>
        {TABS.map((each) => (
          <button
            key={each}
            type="button"
            class="tab"
            aria-current={tab.value === each ? "page" : undefined}
            onClick={() => (tab.value = each)}
          >
            {t(`common.tab.${each}`)}
          </button>
        ))}
      </nav>
      <div class="choices">
        {LANGUAGES.filter((each) => each !== language.value).map((each) => (
          <button key={each} type="button" lang={each} onClick={() => (language.value = each)}>
            {t(`common.language.${each}`)}
          </button>
        ))}
        <button
          type="button"
          onClick={() => (theme.value = dark() ? "light" : "dark")}
          aria-label={t(dark() ? "common.theme.light" : "common.theme.dark")}
          title={t(dark() ? "common.theme.light" : "common.theme.dark")}
        >
          <span aria-hidden="true">{dark() ? "☀" : "☾"}</span>
        </button>
        <a href={`/plain?lang=${language.value}`}>{t("common.plain")}</a>
      </div>
    </header>
  );
}

function Notices() {
  return (
    <div class="notices">
      {about.value?.invented ? <p class="notice info">{t("common.invented")}</p> : null}
      {about.value?.source === "none" && tab.value === "map" ? (
        <p class="notice info">{t("common.source.none")}</p>
      ) : null}
      {notices.value.map((each) => (
        <p key={each.key} class={`notice ${each.kind}`} role={each.kind === "error" ? "alert" : "status"}>
          <span>{each.text}</span>
          <button type="button" onClick={() => forget(each.key)} aria-label={t("common.close")}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}

/** Whether the page is dark now. */
export function dark(): boolean {
  return theme.value === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme.value === "dark";
}

function dress(): void {
  document.documentElement.lang = language.value;
  document.documentElement.dataset["theme"] = dark() ? "dark" : "light";
  document.title = t(tab.value === "map" ? "common.name" : "common.title", {
    part: t(`common.tab.${tab.value}`),
  });
}

function focusMain(): void {
  document.getElementById("main")?.focus();
}
