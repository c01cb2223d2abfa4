// The search box: a town, a point, a satellite, a region or a gateway, found as one types.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, get } from "../api/client";
import { flyTo } from "../map/overlays";
import { pick, tab } from "../state";
import { coordinates, t } from "../words";
import { pointOf } from "./coordinates";
import { Thing } from "./icons";
import { countryName } from "./names";
import { flyToRegion } from "./region";
import type { Found } from "./types";
import "./search.css";

const WAIT_MS = 150;
const LONGEST = 100;
const ZOOM: Partial<Record<Found["kind"], number>> = { town: 5, point: 5, gateway: 4, pop: 4, country: 3 };

/** What the search knows now: of which words, what was found, and what went wrong. */
interface State {
  words: string;
  found: readonly Found[];
  waiting: boolean;
  trouble: string;
}
const NOTHING: State = { words: "", found: [], waiting: false, trouble: "" };

export function Search() {
  const [words, setWords] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [state, setState] = useState<State>(NOTHING);
  const input = useRef<HTMLInputElement>(null);
  const eager = useRef(""); // Enter was pressed before there was an answer about these words
  const asked = words.trim();
  const point = pointOf(asked);

  useEffect(() => {
    if (!asked) {
      setState(NOTHING);
      return;
    }
    const abort = new AbortController();
    setState((was) => ({ ...was, waiting: true }));
    const later = window.setTimeout(() => {
      get<{ results: Found[] }>("/v1/search", { q: asked.slice(0, LONGEST) }, { signal: abort.signal }).then(
        ({ results }) => {
          setState({ words: asked, found: results, waiting: false, trouble: "" });
          setActive(-1);
          const first = results[0];
          if (eager.current === asked && first) choose(first);
          eager.current = "";
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const gone = error instanceof Problem && error.gone;
          const trouble = gone
            ? t("place.search.gone")
            : error instanceof Error
              ? error.message
              : String(error);
          setState({ words: asked, found: [], waiting: false, trouble });
        },
      );
    }, WAIT_MS);
    return () => {
      abort.abort();
      clearTimeout(later);
    };
  }, [asked]);

  useEffect(() => {
    const slash = (event: KeyboardEvent): void => {
      const at = event.target;
      const writes =
        at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
      if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", slash);
    return () => window.removeEventListener("keydown", slash);
  }, []);

  const groups = grouped(
    point ? [pointFound(point), ...state.found.filter((each) => each.kind !== "point")] : state.found,
  );
  const flat = groups.flatMap((each) => each.found);
  const shown = open && asked !== "";

  function choose(what: Found): void {
    setOpen(false);
    setActive(-1);
    setWords(what.kind === "point" ? asked : what.name);
    setState(NOTHING);
    go(what);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (flat.length)
        setActive((now) =>
          now < 0 && step < 0 ? flat.length - 1 : (now + step + flat.length) % flat.length,
        );
    } else if (event.key === "Enter") {
      event.preventDefault();
      const now = input.current?.value.trim() ?? asked; // what was typed last may not have been drawn yet
      const typed = pointOf(now);
      const chosen =
        now === asked && flat[active]
          ? flat[active]
          : typed
            ? pointFound(typed)
            : state.words === now
              ? flat[0]
              : undefined;
      if (chosen) choose(chosen);
      else eager.current = now;
    } else if (event.key === "Escape" && (shown || words)) {
      event.preventDefault();
      event.stopPropagation();
      if (shown) setOpen(false);
      else setWords("");
      setActive(-1);
    }
  }

  return (
    <form class="place-search" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="visually-hidden" for="search">
        {t("place.search")}
      </label>
      <input
        ref={input}
        id="search"
        type="text"
        role="combobox"
        aria-expanded={shown && flat.length > 0}
        aria-controls="search-found"
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `found-${active}` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={LONGEST}
        placeholder={t("place.search.ask")}
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      <p class="visually-hidden" role="status">
        {shown && !state.waiting ? statusOf(flat.length, state.trouble) : ""}
      </p>
      {open && !asked ? (
        <div class="found">
          <p class="none">{t("place.search.hint")}</p>
        </div>
      ) : null}
      {shown ? (
        <div class="found" onPointerDown={(event) => event.preventDefault()}>
          {flat.length ? (
            <div role="listbox" id="search-found" aria-label={t("place.search.found")}>
              {groups.map((group) => (
                <div key={group.kind} role="group" aria-labelledby={`kind-${group.kind}`}>
                  <div class="kind" id={`kind-${group.kind}`} role="presentation">
                    {t(`place.kind.${group.kind}`)}
                  </div>
                  {group.found.map((each) => {
                    const k = flat.indexOf(each);
                    return (
                      <div
                        key={k}
                        id={`found-${k}`}
                        role="option"
                        aria-selected={k === active}
                        onClick={() => choose(each)}
                        onPointerMove={() => setActive(k)}
                      >
                        <Thing of={each.kind} />
                        <span class="name">{each.name}</span>
                        <span class="detail">{detailOf(each, flat)}</span>
                      </div>
                    );
                  })}
                </div>
              ))}
            </div>
          ) : (
            <p class="none">
              {state.trouble ||
                (state.waiting || state.words !== asked
                  ? t("common.loading")
                  : t("place.search.none", { words: asked }))}
            </p>
          )}
        </div>
      ) : null}
    </form>
  );
}

function statusOf(count: number, trouble: string): string {
  if (trouble) return trouble;
  return count ? t("place.search.count", { count }) : t("place.search.none.short");
}

function pointFound({ lat, lon }: { lat: number; lon: number }): Found {
  return { kind: "point", name: coordinates(lat, lon), detail: "", lat_deg: lat, lon_deg: lon, number: null };
}

/** What was found, by kind; the kind of the likeliest first. */
function grouped(found: readonly Found[]): { kind: Found["kind"]; found: Found[] }[] {
  const kinds = [...new Set(found.map((each) => each.kind))];
  return kinds.map((kind) => ({ kind, found: found.filter((each) => each.kind === kind) }));
}

/** What is said beside a name: a country by its name; where it is if another is called the same. */
function detailOf(each: Found, all: readonly Found[]): string {
  const detail = /^[A-Z]{2}$/.test(each.detail) ? countryName(each.detail) : each.detail;
  const twice = all.some(
    (other) => other !== each && other.name === each.name && other.detail === each.detail,
  );
  if (!twice || each.lat_deg === null || each.lon_deg === null) return detail;
  return `${detail} · ${coordinates(each.lat_deg, each.lon_deg)}`;
}

/** Pick what was chosen, and turn the map to it. */
function go(what: Found): void {
  tab.value = "map";
  const { lat_deg: lat, lon_deg: lon } = what;
  if (what.kind === "satellite" && what.number !== null) pick({ satellite: what.number });
  else if (what.kind === "gateway") pick({ gateway: what.name });
  else if (what.kind === "region") {
    pick({ region: what.name });
    if (lat === null) flyToRegion(what.name).catch(() => {}); // the card says what is the matter
  } else if (lat !== null && lon !== null) pick({ place: { lat, lon } });
  if (lat !== null && lon !== null)
    flyTo({ lat, lon, ...(ZOOM[what.kind] ? { zoom: ZOOM[what.kind] } : {}) });
}
