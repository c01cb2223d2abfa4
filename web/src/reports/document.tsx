// A document in its own words: the spans of claims and answers lit, what is not the article folded away.
import type { ComponentChildren } from "preact";
import { reportClaim, reportDocument } from "../state";
import { t } from "../words";
import { answersId, cellId, documentId, litId, toClaim } from "./data";
import {
  type Block,
  type Change,
  type Column,
  type Piece,
  type Shown,
  aside,
  day,
  firstDay,
  published,
  tongue,
} from "./says";

/** A day as data have it. */
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Characters from which on a document is set in two columns on paper. */
const LONG = 1800;

export function DocumentView({ it, column }: { it: Shown; column: Column }) {
  const begun = beginnings(it);
  return (
    <article class="rp-document" aria-labelledby={documentId(it.id)} data-document={it.id}>
      <h4 id={documentId(it.id)} tabIndex={-1}>
        <span dir="auto">{column.source}</span> <span class="faint">{published(column)}</span>
        {column.shown ? null : <span class="chip warn">{t("reports.document.unreviewed")}</span>}
      </h4>
      <p class="rp-facts-of faint">{factsOf(it, column).join(" · ")}</p>
      {it.address ? (
        <p class="rp-address faint">
          {t("reports.document.found")} <span dir="ltr">{it.address}</span>
        </p>
      ) : null}
      <div class={`rp-text${lengthOf(it) > LONG ? " rp-long" : ""}`}>
        {folded(it.blocks).map((group, at) => blocksView(group, at, it, column, begun))}
      </div>
      {versionsOf(it).map(([version, changes]) => (
        <ChangesView key={version} version={version} changes={changes} />
      ))}
      {it.notes.length ? (
        <details class="rp-notes">
          <summary>{t("reports.document.notes")}</summary>
          <ul lang="en">
            {it.notes.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </article>
  );
}

function lengthOf(it: Shown): number {
  return it.blocks.flatMap((each) => each.pieces).reduce((sum, each) => sum + each.text.length, 0);
}

function factsOf(it: Shown, column: Column): string[] {
  const said = [t(`reports.document.${column.kind}`)];
  if (column.language) said.push(tongue(column.language));
  if (column.translated_from) {
    said.push(t("reports.document.translated", { language: tongue(column.translated_from) }));
  }
  if (it.translation_of) said.push(t("reports.document.translation_of", { work: it.translation_of }));
  if (column.versions > 1) {
    const first = firstDay(column);
    const key = first ? "reports.document.versions.first" : "reports.document.versions";
    said.push(t(key, { count: column.versions, date: first }));
  }
  if (column.shown === "excerpts") said.push(t("reports.document.excerpts"));
  return said;
}

/** What changed, version by version. */
function versionsOf(it: Shown): [number, Change[]][] {
  const found = new Map<number, Change[]>();
  for (const each of it.changes) found.set(each.version, [...(found.get(each.version) ?? []), each]);
  return [...found];
}

function ChangesView({ version, changes }: { version: number; changes: readonly Change[] }) {
  return (
    <table class="rp-changes">
      <caption>{t("reports.changes", { version: String(version) })}</caption>
      <thead>
        <tr>
          <th scope="col">{t("reports.changes.was")}</th>
          <th scope="col">{t("reports.changes.now")}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((each, at) => (
          <tr key={at}>
            <td dir="auto">{changed(each, each.was)}</td>
            <td dir="auto">{changed(each, each.now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function changed(it: Change, words: string): ComponentChildren {
  if (it.field) return t(`reports.changes.${it.field}`, { words: DAY.test(words) ? day(words) : words });
  return words || <span class="faint">{t("reports.changes.nothing")}</span>;
}

/** Paragraphs, those that were set aside for one reason together. */
function folded(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = [];
  for (const each of blocks) {
    const last = groups.at(-1);
    if (last && each.kind === "aside" && last[0]!.kind === "aside" && last[0]!.aside === each.aside) {
      last.push(each);
    } else groups.push([each]);
  }
  return groups;
}

function blocksView(
  group: readonly Block[],
  at: number,
  it: Shown,
  column: Column,
  begun: Beginnings,
): ComponentChildren {
  const paragraphs = group.map((each, index) => (
    <p
      key={index}
      class={each.kind === "title" ? "rp-title" : undefined}
      lang={each.language || column.language || undefined}
      dir="auto"
    >
      {each.pieces.map((piece, number) => (
        <PieceView
          key={number}
          piece={piece}
          next={each.pieces[number + 1]}
          id={it.id}
          begins={begun.get(piece) ?? []}
        />
      ))}
    </p>
  ));
  if (group[0]!.kind !== "aside") return paragraphs;
  return (
    <details key={at} class="rp-aside">
      <summary>{aside(group[0]!.aside)}</summary>
      {paragraphs}
    </details>
  );
}

interface Back {
  claim: number;
  answer: boolean;
}

/** Which spans begin with a piece: there stands what an address leads to. */
type Beginnings = ReadonlyMap<Piece, readonly Back[]>;

function beginnings(it: Shown): Beginnings {
  const seen = new Set<string>();
  const found = new Map<Piece, Back[]>();
  for (const piece of it.blocks.flatMap((each) => each.pieces)) {
    const fresh = backsOf(piece).filter((each) => !seen.has(litId(it.id, each.claim, each.answer)));
    fresh.forEach((each) => seen.add(litId(it.id, each.claim, each.answer)));
    found.set(piece, fresh);
  }
  return found;
}

/** Words of a document; lit where claims or answers point to them, with the way back behind the last of them. */
function PieceView({
  piece,
  next,
  id,
  begins,
}: {
  piece: Piece;
  next: Piece | undefined;
  id: string;
  begins: readonly Back[];
}) {
  const backs = backsOf(piece);
  const words =
    piece.kind === "words" ? piece.text : <span class={`rp-${keyOfKind(piece.kind)}`}>{piece.text}</span>;
  if (!backs.length) return <>{words}</>;
  const after = next ? backsOf(next) : [];
  const ends = backs.filter(
    (each) => !after.some((one) => one.claim === each.claim && one.answer === each.answer),
  );
  const picked = reportDocument.value === id && backs.some((each) => each.claim === reportClaim.value);
  const first = backs[0]!;
  return (
    <>
      {begins.slice(1).map((each) => (
        <span
          key={litId(id, each.claim, each.answer)}
          id={litId(id, each.claim, each.answer)}
          tabIndex={-1}
        />
      ))}
      <mark
        id={begins[0] ? litId(id, begins[0].claim, begins[0].answer) : undefined}
        tabIndex={-1}
        class={picked ? "rp-picked" : undefined}
        data-claims={piece.claims.join(" ")}
        data-answers={piece.answers.join(" ")}
        onClick={() => back(id, first)}
      >
        {words}
      </mark>
      {ends.map((each) => (
        <button
          key={`${each.claim} ${each.answer}`}
          type="button"
          class="rp-back"
          aria-label={t(each.answer ? "reports.to_claim.answer" : "reports.to_claim", {
            number: String(each.claim),
            mark: markOf(each),
          })}
          onClick={() => back(id, each)}
        >
          {markOf(each)}
        </button>
      ))}
    </>
  );
}

function backsOf(piece: Piece): Back[] {
  return [
    ...piece.claims.map((claim) => ({ claim, answer: false })),
    ...piece.answers.map((claim) => ({ claim, answer: true })),
  ];
}

/** The number of a claim; that of an answer to it has an R, as in "reply" and "réponse". */
function markOf(it: Back): string {
  return `${it.claim}${it.answer ? "R" : ""}`;
}

function back(id: string, it: Back): void {
  toClaim(it.claim, it.answer ? answersId(it.claim) : cellId(id, it.claim));
}

function keyOfKind(kind: Piece["kind"]): string {
  return kind === "withheld" ? "withheld" : "left-out";
}
