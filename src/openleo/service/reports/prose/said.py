"""What a form of a date has found in a sentence: its words, looked up in the tables of the language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from openleo.service.reports.proposals import Sentence

_AROUND: Final = 240
"""Characters before and behind a date in which the tense is looked for."""


@dataclass(frozen=True)
class On:
    """The day of a document, and how exactly it is known: 0 by the year, 1 by the month, 2 by the day."""

    day: date
    exact: int


@dataclass(frozen=True)
class Words:
    """The tables of a language, compiled."""

    tables: Mapping[str, Mapping[str, Any]]
    triggers: Mapping[str, frozenset[str]]
    digits: Mapping[str, re.Pattern[str]]
    tenses: re.Pattern[str]
    surely: re.Pattern[str]
    moved: re.Pattern[str]
    due: re.Pattern[str]
    leads: re.Pattern[str]
    happened: re.Pattern[str]
    habitual: re.Pattern[str]
    opening: re.Pattern[str]
    seasonal: re.Pattern[str]
    before_month: frozenset[str]
    before_year: frozenset[str]
    before_amount: frozenset[str]
    habit: frozenset[str]
    doubtful: frozenset[str]
    about: re.Pattern[str]
    day_first: bool


class Said:
    """What a form has found, its words looked up in the tables of the language."""

    def __init__(self, match: re.Match[str], words: Words, sentence: Sentence, on: On | None) -> None:
        self.match, self.words, self.sentence, self.on = match, words, sentence, on
        self.groups = {name: each for name, each in match.groupdict().items() if each}

    def __contains__(self, name: str) -> bool:
        return name in self.groups

    def number(self, name: str) -> int | None:
        """A number in digits; None where it is not there."""
        return int(self.groups[name]) if name in self.groups else None

    def code(self, name: str, of: str) -> Any:
        """What a word means by a table; None where it is not there."""
        if name not in self.groups:
            return None
        return self.words.tables[of][self.groups[name].lower().replace("’", "'").rstrip(".")]

    def month(self, name: str = "m") -> int | None:
        found: int | None = self.code(name, "months")
        return found

    @property
    def part(self) -> str | None:
        found: str | None = self.code("p", "parts")
        return found

    @property
    def which(self) -> int | None:
        found: int | None = self.code("which", "which")
        return found if found is not None else self.code("which2", "which")

    @property
    def about(self) -> bool:
        return "near" in self and self.words.about.search(self.groups["near"].strip()) is not None

    def year(self, name: str = "y") -> int | None:
        """The year that is said, in figures or as last year; None where none is."""
        if name in self.groups:
            return int(self.groups[name])
        shift = self.code("yw", "year_words")
        return self.on.day.year + shift if shift is not None and self.on is not None else None

    def due(self) -> bool:
        """Whether the words just before it make it a time limit."""
        start = max(self.sentence.start, self.match.start() - 40)
        return self.words.due.search(self.match.string, start, self.match.start()) is not None

    @property
    def _begins(self) -> int:
        """Where the date itself begins, behind a word such as since or by."""
        return self.match.end("_") if "_" in self else self.match.start()

    def _leads_ahead(self) -> bool:
        """Whether the words just before it point ahead: a day for which something is called, or an event."""
        start = max(self.sentence.start, self._begins - 60)
        found = self.words.leads.search(self.match.string, start, self._begins)
        if found is None:
            return False
        after = self.match.string[self.match.end() : self.match.end() + 2]
        if found.lastgroup == "event":
            return after in ("'s", "’s") or ("w" not in self and after[:1] == " " and after[1:].islower())
        slots = {"weekday": "w", "season": "s", "either": "ws"}.get(found.lastgroup or "", "")
        return not slots or (any(each in self for each in slots) and after not in ("'s", "’s"))

    def tense(self) -> int:
        """1 where the words before, or those after, speak of what is to come, -1 of what has been, or 0."""
        if self._leads_ahead():
            return 1
        text, start, end = self.match.string, self._begins, self.match.end()
        begin, stop = max(self.sentence.start, start - _AROUND), min(self.sentence.end, end + _AROUND)
        begin = max(begin, text.rfind(";", begin, start) + 1)
        before = [*self.words.tenses.finditer(text, begin, start)]
        verb = before[-1] if before else self.words.tenses.search(text, end, stop)
        return 0 if verb is None else 1 if verb["ahead"] else -1
