"""What of a case is shown: its comparison without names of persons, and its documents as pieces of a page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from openleo.service.reports.claims import Answer, Claim, Telling, Word
from openleo.service.reports.comparison import Cell, Comparison, Differing, Row
from openleo.service.reports.document import Document
from openleo.service.reports.prose.sentences import sentences
from openleo.service.reports.withheld import Withheld

LEFT_OUT: Final = "[…]"
"""Stands for sentences of a document that are not shown."""


@dataclass(frozen=True)
class Piece:
    """Characters `start` to `end` of a document as they are shown.

    kind: its own words; what stands for a person's name; what stands for sentences that are left out. claims:
    numbers of the claims that are told here. answers: of the claims that are answered here.
    """

    start: int
    end: int
    text: str
    kind: Literal["words", "withheld", "left out"] = "words"
    claims: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Block:
    """A paragraph of a document. aside: why it is set aside, "" for the article itself."""

    kind: Literal["title", "words", "aside"]
    language: str
    aside: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Lit:
    """A span of a document that a claim or an answer points to."""

    start: int
    end: int
    claim: int
    answer: bool = False


# ------------------------------------------------------------------ names


def without_names(found: Comparison, hidden: Withheld) -> Comparison:
    """A comparison without the names of persons; whoever wrote a report goes by the outlet."""
    told = hidden.told
    return replace(
        found,
        columns=tuple(
            replace(
                each, source=told(each.source), title=told(each.title), author="",
                outside=told(each.outside, strictly=True),
                why=tuple(told(why, strictly=True) for why in each.why),
            )
            for each in found.columns
        ),
        sources=tuple(replace(each, root=told(each.root, strictly=True)) for each in found.sources),
        alternatives=tuple(replace(each, event=told(each.event)) for each in found.alternatives),
        rows=tuple(_row(each, hidden) for each in found.rows),
        aliases=tuple(
            pair for pair in found.aliases if not any(told(each) != each for each in pair)
        ),
    )  # fmt: skip


def _row(row: Row, hidden: Withheld) -> Row:
    told = hidden.told
    return replace(
        row,
        where=told(row.where),
        event=told(row.event),
        by=told(row.by),
        behalf=told(row.behalf),
        asked_of=told(row.asked_of),
        when=replace(row.when, wording=told(row.when.wording)),
        cells=tuple(_cell(each, hidden) for each in row.cells),
        answers=tuple(_answer(each, hidden) for each in row.answers),
        differing=tuple(shown for each in row.differing if _differs(shown := _differing(each, hidden))),
    )


def _cell(cell: Cell, hidden: Withheld) -> Cell:
    told, word = hidden.told, cell.word
    shown = Word(told(word.who), word.named, word.count, tuple(map(told, word.chain)))
    return replace(cell, words=told(cell.words), sentence=told(cell.sentence), word=shown)


def _answer(answer: Answer, hidden: Withheld) -> Answer:
    return replace(answer, by=hidden.told(answer.by), what=hidden.told(answer.what), noted_by="")


def _differing(found: Differing, hidden: Withheld) -> Differing:
    values = tuple(replace(each, words=hidden.told(each.words)) for each in found.values)
    return replace(found, about=hidden.told(found.about), values=values)


def _differs(shown: Differing) -> bool:
    """Whether anything still differs once names are withheld: spellings of a person's name do not."""
    return shown.kind != "name" or len({each.words.casefold() for each in shown.values}) > 1


# ------------------------------------------------------------------ documents


def lit(document: str, version: int, claims: Iterable[Claim]) -> tuple[Lit, ...]:
    """The spans of a version of a document that claims and their answers point to, in order."""
    found: list[Lit] = []
    for claim in claims:
        placed: list[Telling | Answer] = [*claim.tellings, *claim.answers]
        found += [
            Lit(each.start, each.end, claim.number, isinstance(each, Answer))
            for each in placed
            if each.document == document and each.version in (version, 0) and each.start >= 0
        ]
    return tuple(sorted(found, key=lambda each: (each.start, each.end, each.claim)))


def blocks(
    document: Document, spans: Sequence[Lit], hidden: Withheld, *, excerpts: bool = False
) -> tuple[Block, ...]:
    """A document in paragraphs, with its spans lit and without names.

    excerpts: only the title and the sentences in which a span stands; what is between them is left out, and
    so is what was set aside.
    """
    kept = _sentences_of(document, spans) if excerpts else None
    found: list[Block] = []
    names = tuple(hidden.spans(document.text, [(each.start, each.end) for each in document.asides]))
    for start, end in _paragraphs(document):
        aside = next((each.why for each in document.asides if each.start <= start < each.end), "")
        title = not aside and bool(document.title) and document.text[start:end] == document.title
        ranges = [(start, end)] if kept is None or title else _within(kept, start, end)
        if aside and kept is not None:
            ranges = []
        pieces = _gapped(document.text, ranges, (start, end), spans, names)
        kind: Literal["title", "words", "aside"] = "title" if title else "aside" if aside else "words"
        if _left_out(pieces) and found and found[-1].pieces[-1].kind == "left out":
            continue
        if pieces and pieces[0].kind == "left out" and found and found[-1].pieces[-1].kind == "left out":
            pieces = pieces[1:]
        if pieces:
            found.append(Block(kind, document.language_at(start), aside, pieces))
    return () if all(_left_out(each.pieces) for each in found) else tuple(found)


def _paragraphs(document: Document) -> Iterator[tuple[int, int]]:
    """All paragraphs, those that were set aside too; an aside may begin or end within a line of its own."""
    at = 0
    for block in document.text.split("\n\n"):
        start, end, at = at, at + len(block), at + len(block) + 2
        if block.strip():
            yield start, end


def _sentences_of(document: Document, spans: Sequence[Lit]) -> list[tuple[int, int]]:
    """The sentences in which a span stands, in order and joined where they meet."""
    found = sorted(
        [
            (each.start, each.end)
            for each in sentences(document)
            if any(each.start < span.end and span.start < each.end for span in spans)
        ]
        + [(span.start, span.end) for span in spans]
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and not document.text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _within(ranges: Iterable[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    return [(max(a, start), min(b, end)) for a, b in ranges if a < end and start < b]


def _gapped(
    text: str,
    ranges: Sequence[tuple[int, int]],
    whole: tuple[int, int],
    spans: Sequence[Lit],
    names: Sequence[tuple[int, int, str]],
) -> tuple[Piece, ...]:
    """The pieces of ranges of a paragraph, with what stands for the rest of it between them."""
    start, end = whole
    found: list[Piece] = []
    at = start
    for first, last in (*ranges, (end, end)):
        if text[at:first].strip():
            found.append(Piece(at, first, LEFT_OUT, "left out"))
        elif found and at < first:
            found.append(Piece(at, first, text[at:first]))
        found += _cut(text, first, last, spans, names)
        at = last
    return tuple(found)


def _cut(
    text: str, start: int, end: int, spans: Sequence[Lit], names: Sequence[tuple[int, int, str]]
) -> Iterator[Piece]:
    """Characters `start` to `end`, cut wherever a span or a name begins or ends; no name is cut."""
    inside = [each for each in names if each[0] < end and start < each[1]]
    near = [each for each in spans if each.start < end and start < each.end]
    edges = {start, end} | {at for each in near for at in (each.start, each.end) if start < at < end}
    edges = {at for at in edges if not any(first < at < last for first, last, _ in inside)}
    edges |= {min(max(at, start), end) for first, last, _ in inside for at in (first, last)}
    cuts = sorted(edges)
    for first, last in pairwise(cuts):
        over = [each for each in near if each.start < last and first < each.end]
        claims = tuple(dict.fromkeys(each.claim for each in over if not each.answer))
        answers = tuple(dict.fromkeys(each.claim for each in over if each.answer))
        name = next((words for a, b, words in inside if a <= first < b), None)
        if name is None:
            yield Piece(first, last, text[first:last], "words", claims, answers)
        else:
            yield Piece(first, last, name, "withheld", claims, answers)


def _left_out(pieces: Sequence[Piece]) -> bool:
    return bool(pieces) and all(each.kind == "left out" for each in pieces)
