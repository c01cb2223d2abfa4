"""What the intake proposes about a document: each with its place in the text, and none of it a claim."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from openleo.service.reports.document import Document, Interval

Mood = Literal["asserted", "reported", "conditional", "denied", "asked"]
"""Of a sentence: said in the document's own voice, on somebody's word, as in a press conditional or hedged,
as a denial, or as a question."""
MOODS: tuple[Mood, ...] = get_args(Mood)

NOT_READ: Final = "not read: no words for its language"
"""Why a sentence has the mood that stands there when nothing is proposed."""

NameKind = Literal["person", "office", "organisation", "outlet", "place"]


@dataclass(frozen=True)
class Sentence:
    """Characters `start` to `end`, without the white space around them, and their language.

    why: the words that decided on the mood; NOT_READ where none is proposed.
    """

    start: int
    end: int
    language: str
    mood: Mood = "asserted"
    why: str = ""


@dataclass(frozen=True)
class Outlet:
    """An outlet or agency that is cited. name: as it is written, without its article. why: the rule."""

    start: int
    end: int
    name: str
    why: str


@dataclass(frozen=True)
class Quotation:
    """Speech between quotation marks, which are not part of it. speaker: as worded, "" where not known.

    speaker_start, speaker_end: where that stands, -1 where it does not.
    """

    start: int
    end: int
    speaker: str
    speaker_start: int = -1
    speaker_end: int = -1
    why: str = ""


@dataclass(frozen=True)
class Figure:
    """A number with its unit. low, high: the same for one value, None where open. unit: an English singular.

    counted: the words of the text for unit or thing.
    """

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str
    counted: str


@dataclass(frozen=True)
class Day:
    """A date or a span of days, worked out from the day of the document where it is relative."""

    start: int
    end: int
    interval: Interval


@dataclass(frozen=True)
class Name:
    """Somebody or something that has a name. name: as it is written, without article or title."""

    start: int
    end: int
    name: str
    kind: NameKind


@dataclass(frozen=True)
class Proposals:
    """All that was found in one document, each kind in the order of the text."""

    sentences: tuple[Sentence, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    figures: tuple[Figure, ...] = ()
    days: tuple[Day, ...] = ()
    names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Read:
    """A document of a case with what was proposed about it. id: by which the register knows it."""

    id: str
    document: Document
    proposals: Proposals

    def words(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.document.text[start:end]
