"""A document as it was read: its text, what of it is not the article, and what is known about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["report", "statement"]
"""Of somebody about others, or of a party itself."""


@dataclass(frozen=True)
class Interval:
    """Days from `first` to `last`, both included; None where a limit is not known. wording: as said."""

    first: date | None
    last: date | None
    wording: str = ""


@dataclass(frozen=True)
class Aside:
    """Characters `start` to `end` of a text that are not the article, and what they are instead."""

    start: int
    end: int
    why: str


@dataclass(frozen=True)
class Stretch:
    """A paragraph in another language than its document."""

    start: int
    end: int
    language: str


@dataclass(frozen=True)
class Document:
    """What was imported, as text.

    text: all of it, in Unicode NFC, paragraphs separated by an empty line; a title, where there is one, is
    the first paragraph. All offsets in the project are of its characters (code points). asides: what is set
    aside, in order. source: the outlet that carries it. published: the day, month or year that it states.
    language: two letters (ISO 639-1), "" where it could not be told. stretches: paragraphs in others.
    translated_from: a language, "" where it does not say that it is a translation. translation_of: what it
    says that it translates. address: where it was found, "" for none. notes: what a reader should know of how
    it was read.
    """

    text: str
    source: str
    title: str
    author: str
    published: Interval | None
    language: str
    kind: Kind = "report"
    asides: tuple[Aside, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    translated_from: str = ""
    translation_of: str = ""
    address: str = ""
    medium: Literal["text", "html", "json"] = "text"
    notes: tuple[str, ...] = ()

    def paragraphs(self) -> Iterator[tuple[int, int, str]]:
        """Start, end and language of each paragraph that was not set aside."""
        at = 0
        for block in self.text.split("\n\n"):
            start, end, at = at, at + len(block), at + len(block) + 2
            if block.strip() and not any(each.start <= start < each.end for each in self.asides):
                yield start, end, self.language_at(start)

    def language_at(self, at: int) -> str:
        """The language in which the character at an offset stands."""
        for each in self.stretches:
            if each.start <= at < each.end:
                return each.language
        return self.language
