// Small signs drawn with the colour of the text; words stand beside each of them.
import type { Verdict } from "./verdict";

const SIGNS: Record<Verdict["sign"], string> = {
  good: "M4 12.5 9.5 18 20 6.5",
  bad: "M6 6l12 12M18 6 6 18",
  warn: "M12 4v10M12 18.5v1",
  unknown: "M8 9a4 4 0 1 1 5.6 3.6c-1 .5-1.6 1.2-1.6 2.4M12 18.5v1",
};

const THINGS: Record<string, string> = {
  town: "M4 20V10l5-4 5 4v10M14 20v-7h6v7M8 13h2M8 16h2M17 16h1M3 20h18",
  point: "M12 21s6-6.5 6-11a6 6 0 0 0-12 0c0 4.5 6 11 6 11zM12 10h.01",
  satellite: "M9.5 9.5l5 5M8 11l-3.5-3.5 3-3L11 8zM13 16l3.5 3.5 3-3L16 13zM10 14l4-4M5 15a4 4 0 0 0 4 4",
  gateway: "M5 9a7 7 0 0 0 10 10zM10 14l5-5M14 5a5 5 0 0 1 5 5M7 18l-2 3h8",
  pop: "M4 5h16v5H4zM4 14h16v5H4zM7 7.5h.01M7 16.5h.01M11 7.5h6M11 16.5h6",
  region: "M4 6l6-2 4 3 6-2v13l-6 2-5-3-5 2z",
  country: "M6 21V4M6 4h12l-3 4 3 4H6",
  terminal: "M5 8l10-4 4 8-10 4zM12 14v6M8 20h8",
};

/** A large sign of an answer, in a ring. */
export function Sign({ of }: { of: Verdict["sign"] }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="11" />
      <path d={SIGNS[of]} transform="translate(3.6 3.6) scale(0.7)" />
    </svg>
  );
}

/** What kind of thing it is. */
export function Thing({ of }: { of: string }) {
  return (
    <svg class="place-thing" viewBox="0 0 24 24" aria-hidden="true">
      <path d={THINGS[of] ?? THINGS["point"]} />
    </svg>
  );
}
