// What is said to have happened, by the days that documents give, between what documents and answers did.
import { t } from "../words";
import { toClaim, toDocument } from "./data";
import {
  type Case,
  type Column,
  type Interval,
  type Row,
  answerKind,
  day,
  days,
  firstDay,
  placed,
} from "./says";

/** Behind all days: what has none comes last. */
const NEVER = "9999-12-31";

interface Item {
  first: string;
  last: string;
  /** What is claimed, or what was done about it in the open. */
  told: boolean;
  /** The claims that it was done about. */
  claims: number[];
  /** Whether the days are its own, and not those of an account with which it competes. */
  dated: boolean;
  /** Which limit is not known, of a claim that has one of them alone. */
  open: "begin" | "end" | "";
  when: string;
  what: string;
  /** To what it is, where it is not about claims. */
  go: () => void;
}

export function Timeline({ found, columns }: { found: Case; columns: ReadonlyMap<string, Column> }) {
  const items = itemsOf(found, columns);
  const ms = items
    .filter((each) => each.dated)
    .flatMap((each) => [Date.parse(each.first), Date.parse(each.last)]);
  const [from, to] = [Math.min(...ms), Math.max(...ms)];
  const at = (date: string): number => (to > from ? (100 * (Date.parse(date) - from)) / (to - from) : 0);
  return (
    <>
      <p class="faint">{t("reports.timeline.about")}</p>
      <ol class="rp-timeline">
        {items.map((each, index) => (
          <li key={index} class={each.told ? "rp-told-then" : "rp-done-then"}>
            <span class="rp-when">{each.when}</span>
            <span class="rp-track" aria-hidden="true">
              {each.dated ? (
                <span class={`rp-bar${each.open ? ` rp-open-${each.open}` : ""}`} style={barOf(each, at)} />
              ) : null}
            </span>
            {each.claims.length ? <About it={each} /> : <Link go={each.go}>{each.what}</Link>}
          </li>
        ))}
      </ol>
    </>
  );
}

/** What was done about claims, with the way to each of them. */
function About({ it }: { it: Item }) {
  return (
    <span>
      {it.what} (
      {it.claims.map((claim, at) => (
        <span key={claim}>
          {at ? ", " : null}
          <Link go={() => toClaim(claim)} named={t("reports.claim.n", { number: String(claim) })}>
            {String(claim)}
          </Link>
        </span>
      ))}
      )
    </span>
  );
}

function Link({ go, named, children }: { go: () => void; named?: string; children: string }) {
  return (
    <button type="button" class="rp-link" aria-label={named} onClick={go}>
      {children}
    </button>
  );
}

/** Where a bar begins and how long it is, in percent of the track; without a limit it goes to the edge. */
function barOf(it: Item, at: (date: string) => number): { left: string; width: string } {
  const left = it.open === "begin" ? 0 : Math.min(99, at(it.first));
  const right = it.open === "end" ? 100 : at(it.last);
  return { left: `${left}%`, width: `${Math.max(1, right - left)}%` };
}

/** Claims, publications, questions to the operator and answers, the earliest first. */
function itemsOf(found: Case, columns: ReadonlyMap<string, Column>): Item[] {
  const items: Item[] = [];
  for (const row of found.rows) {
    const own = dayOf(row);
    const first = own ?? beside(row, found) ?? NEVER;
    const when = days(row.when) || row.when.wording || t("reports.timeline.none");
    const last = row.when.last ?? first;
    const open = own === null ? "" : !row.when.last ? "end" : !row.when.first ? "begin" : "";
    items.push({
      first,
      last,
      told: true,
      claims: [],
      dated: own !== null,
      open,
      when,
      what: `${row.number} ${placed(row)}`,
      go: () => toClaim(row.number),
    });
    const done = (first: string, last: string, when: string, what: string): void =>
      add(items, { first, last, when, what, claims: [row.number], go: () => toClaim(row.number) });
    if (row.asked) {
      const key = row.asked_of ? "reports.timeline.asked_of" : "reports.timeline.asked";
      done(row.asked, row.asked, day(row.asked), t(key, { who: row.asked_of ?? "" }));
    }
    for (const each of row.answers) {
      if (each.kind === "silent since") continue;
      const what = t("reports.answer.of", { by: each.by, kind: answerKind(each, row) });
      const { first, last } = each.published ?? {};
      if (each.on) done(each.on, each.on, day(each.on), what);
      else if (first && last) done(first, last, days(each.published), what);
    }
  }
  for (const each of columns.values()) {
    const said = { source: each.source, version: String(each.versions) };
    const publishes = (on: Interval | null | undefined, key: string): void => {
      const [first, last] = [on?.first, on?.last];
      if (!first || !last) return;
      add(items, {
        first,
        last,
        when: days(on),
        what: t(key, said),
        claims: [],
        go: () => toDocument(each.id),
      });
    };
    const first = firstDay(each);
    if (first) publishes(each.first, "reports.timeline.published");
    publishes(each.published, first ? "reports.timeline.version" : "reports.timeline.published");
  }
  return items.sort(
    (a, b) =>
      a.first.localeCompare(b.first) || Number(b.dated) - Number(a.dated) || a.last.localeCompare(b.last),
  );
}

/** What was done on some days; the same that was done about several claims is one thing. */
function add(items: Item[], it: Pick<Item, "first" | "last" | "when" | "what" | "claims" | "go">): void {
  const same = items.find(
    (each) =>
      it.claims.length &&
      each.claims.length &&
      each.what === it.what &&
      each.first === it.first &&
      each.last === it.last,
  );
  if (same) same.claims.push(...it.claims);
  else items.push({ ...it, told: false, dated: true, open: "" });
}

/** The day from which a claim holds, the last one where only that is known. */
function dayOf(row: Row): string | null {
  return row.when.first ?? row.when.last ?? null;
}

/** The first day of the accounts that a claim competes with. */
function beside(row: Row, found: Case): string | null {
  const group = found.alternatives.find((each) => each.claims.includes(row.number));
  const all = found.rows.filter((each) => group?.claims.includes(each.number)).map(dayOf);
  return all.filter((each) => each !== null).sort()[0] ?? null;
}
