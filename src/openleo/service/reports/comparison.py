"""A case laid side by side: a row for each claim, a column for each document, and what the log says."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from openleo.service.reports.claims import Act, Answer, ClaimKind, Word
from openleo.service.reports.document import Interval, Kind
from openleo.service.reports.proposals import Mood

Verdict = Literal["fits", "otherwise", "none", "not asked"]
"""An entry fits; an entry says otherwise; no entry; no log was given."""


@dataclass(frozen=True)
class Column:
    """A document of the case.

    origin: the document of the case to which it goes back, its own id where it reports for itself, "" where
    it goes back to an outlet that is no document here: `outside` names that. why: why it is thought so, in
    sentences. versions: how many are kept; published: by the last of them, first: by the first. shown:
    "whole", "excerpts" (sentences of claims alone), or "" while no second person has reviewed it.
    """

    id: str
    source: str
    title: str
    author: str
    published: Interval | None
    language: str
    translated_from: str
    kind: Kind
    versions: int
    origin: str
    outside: str
    why: tuple[str, ...]
    shown: Literal["whole", "excerpts", ""]
    first: Interval | None = None


@dataclass(frozen=True)
class Cell:
    """A claim as one document tells it. words: of the span; sentence: the whole sentence around it.

    version: of the document, in which they stand, and published: its day. withdrawn: whether the last version
    does not have that sentence any more.
    """

    document: str
    start: int
    end: int
    words: str
    sentence: str
    mood: Mood
    word: Word
    version: int = 1
    published: Interval | None = None
    withdrawn: bool = False


@dataclass(frozen=True)
class Value:
    """A figure or a name as one document has it; figure: low and high with their unit."""

    document: str
    start: int
    end: int
    words: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Differing:
    """What documents say differently where they tell the same: `about` a unit, a name, or a date."""

    kind: Literal["figure", "name", "date"]
    about: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Entry:
    """An entry of the log that bears on a claim. said: it, in a sentence."""

    index: int
    at: str
    said: str


@dataclass(frozen=True)
class Held:
    """What the log says about a claim. sentence: as it is told to people."""

    verdict: Verdict
    sentence: str
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Row:
    """A claim: what is said to have happened, who tells it, who answered, what the log says.

    told: how many documents tell it, without those that only deny it where they do. independent: how many
    sources that do not go back to one another tell it. open: whether the operator was
    asked and has not answered on that day or later; silent_days: for how long, 0 on that day and before.
    asked_of: whom it asked, "" where only that the operator was asked is noted. hash: the salted hash in the
    log, "" without one.
    """

    number: int
    kind: ClaimKind
    act: Act
    where: str
    when: Interval
    by: str
    behalf: str
    event: str
    cells: tuple[Cell, ...]
    answers: tuple[Answer, ...]
    independent: int
    differing: tuple[Differing, ...]
    held: Held
    asked: date | None
    open: bool
    silent_days: int | None
    reviewed: bool
    entry: int
    hash: str
    asked_of: str = ""
    told: int = 0


@dataclass(frozen=True)
class Source:
    """Documents that go back to one report. root: its document's id, or the name of an outlet outside."""

    root: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Alternatives:
    """Competing accounts of one event: numbers of claims that cannot all be so."""

    event: str
    claims: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """A case. independent: sources among the documents that tell claims of it, over all claims. aliases:
    spellings that stand for one name, and that a person has confirmed: (as written, name). log: its origin,
    "" where none was asked.
    """

    case: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sources: tuple[Source, ...]
    independent: int
    alternatives: tuple[Alternatives, ...]
    aliases: tuple[tuple[str, str], ...]
    log: str
