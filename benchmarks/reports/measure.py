"""The rules of the project over a set of the corpus, counted against its keys."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.reports import score
from benchmarks.reports.key import OUTLET, Key, by_case, read_folder
from benchmarks.reports.marked import ORIGINS, read_marked
from benchmarks.reports.score import Accuracy, Count
from benchmarks.reports.units import is_translation
from openleo.service.reports.document import Document
from openleo.service.reports.intake import Facts, read
from openleo.service.reports.proposals import Proposals, Read
from openleo.service.reports.propose import propose
from openleo.service.reports.prose.aliases import same_name
from openleo.service.reports.prose.origins import origins
from openleo.service.reports.prose.same import events

FOLDER: Final = Path(__file__).parent
SETS: Final = ("reported", "seen", "opened", "unseen")
MARKS: Final = '«»“”„"'
TODAY: Final = date(2099, 12, 31)
"""Documents of the corpus are of any year."""

BARS: Final[dict[str, tuple[float, float]]] = {
    "outlets": (0.95, 0.9), "quotations": (0.9, 0.8), "figures": (0.98, 0.95), "dates": (0.95, 0.9),
    "pairs": (0.8, 0.7),
}  # fmt: skip
"""Precision and recall that are asked for."""
ACCURATE: Final = {"moods": 0.9, "origins": 0.9}
"""The part that is asked to be right."""


@dataclass
class Scores:
    """By what is proposed: how many are right."""

    counts: dict[str, Count] = field(default_factory=lambda: {each: Count() for each in BARS})
    accurate: dict[str, Accuracy] = field(default_factory=lambda: {each: Accuracy() for each in ACCURATE})

    def add(self, of: str, found: Count | Accuracy) -> None:
        """Count further ones."""
        if isinstance(found, Count):
            self.counts[of] += found
        else:
            self.accurate[of] += found

    @property
    def met(self) -> bool:
        """Whether every bar is met."""
        return all(
            count.precision >= BARS[of][0] and count.recall >= BARS[of][1]
            for of, count in self.counts.items()
        ) and all(each.share >= ACCURATE[of] for of, each in self.accurate.items())


def keys_of(name: str) -> tuple[Key, ...]:
    """The keys of a set."""
    return read_folder(FOLDER / name)


def measure(keys: Iterable[Key], literal: bool = False) -> dict[str, Scores]:
    """Scores of the documents of these keys: "all", and those of each language (pairs in "all" alone).

    literal: whether the unit of a French figure is right in the key's own English word alone.
    """
    scores: dict[str, Scores] = {}

    def add(language: str, of: str, found: Count | Accuracy) -> None:
        for name in ("all", language) if language else ("all",):
            scores.setdefault(name, Scores()).add(of, found)

    for case in by_case(tuple(keys)).values():
        reads = [Read(key.id, *_proposed(key)) for key in case]
        sources = {key.source for key in case}
        for key, each in zip(case, reads, strict=True):
            for of, found in _counted(key, each.proposals, sources - {key.source}, literal):
                add(key.language, of, found)
        roots = _roots(reads)
        for key in case:
            add(key.language, "origins", score.origins([key], roots))
        add("", "pairs", score.pairs(case, _pairs(reads)))
    return scores


def measure_marked(kind: str, literal: bool = False) -> dict[str, Count]:
    """The counts of the texts in which figures alone, or outlets, are marked: "all", and each language."""
    counts: dict[str, Count] = {}
    for key in read_marked(kind):
        _, found = _proposed(key)
        count = _figures(key, found, literal) if kind == "figures" else _outlets(key, found, same_names)
        for name in ("all", key.language):
            counts[name] = counts.get(name, Count()) + count
    return counts


def measure_marked_origins() -> dict[str, Accuracy]:
    """The origins of the texts in which these alone are told: "all", and each language.

    An outlet that is no document of the case is right under any name that the intake takes for the key's.
    """
    counts: dict[str, Accuracy] = {}
    for case in by_case(read_marked(ORIGINS)).values():
        roots = _roots([Read(key.id, *_proposed(key)) for key in case])
        for key in case:
            outside = [each.removeprefix(OUTLET) for each in (key.origin, roots[key.id]) if OUTLET in each]
            is_right = len(outside) == 2 and same_names(*outside)
            found = score.origins([key], {key.id: key.origin if is_right else roots[key.id]})
            for name in ("all", key.language):
                counts[name] = counts.get(name, Accuracy()) + found
    return counts


def _roots(reads: list[Read]) -> dict[str, str]:
    return {each.document: each.root or OUTLET + each.outside for each in origins(reads)}


def _proposed(key: Key) -> tuple[Document, Proposals]:
    """A document of the corpus as the intake reads it: as plain text, with what its list entry would say."""
    facts = Facts(
        source=key.source, date=key.date, kind=key.kind, translated_from=key.translation_of or "",
    )  # fmt: skip
    document = read(key.text.encode(), f"{key.id}.txt", facts, TODAY)
    if document.text != key.text:
        raise ValueError(f"{key.id}: the intake reads another text than the key has")
    return document, propose(document)


def _counted(
    key: Key, found: Proposals, sources: AbstractSet[str], literal: bool
) -> Iterable[tuple[str, Count | Accuracy]]:
    yield "outlets", _outlets(key, found, lambda a, b: b in sources and same_names(a, b))
    quotations = [(*_marked(key.text, each.start, each.end), each.speaker) for each in found.quotations]
    yield "quotations", score.quotations(key, quotations)
    yield "figures", _figures(key, found, literal)
    days = [(each.start, each.end, each.interval.first, each.interval.last) for each in found.days]
    yield "dates", score.dates(key, [each for each in days if each[2] and each[3]])
    yield "moods", score.moods(key, [(each.start, each.end, each.mood) for each in found.sentences])


def same_names(one: str, other: str) -> bool:
    """Whether the intake proposes two names as one."""
    return bool(same_name(one, other, {}))


def _outlets(key: Key, found: Proposals, same: Callable[[str, str], bool]) -> Count:
    return score.outlets(key, [(each.start, each.end, each.name) for each in found.outlets], same)


def _figures(key: Key, found: Proposals, literal: bool) -> Count:
    figures = [(each.start, each.end, each.low, each.high, each.unit) for each in found.figures]
    translated = is_translation if key.language == "fr" and not literal else None
    return score.figures(key, figures, translated)


def _marked(text: str, start: int, end: int) -> tuple[int, int]:
    """A quotation with its marks and the spaces within them: keys have them, proposals do not."""
    begin, last = text[:start].rstrip(), text[end:].lstrip()
    if begin and begin[-1] in MARKS:
        start = len(begin) - 1
    if last and last[0] in MARKS:
        end = len(text) - len(last) + 1
    return start, end


def _pairs(reads: list[Read]) -> Iterable[score.Pair]:
    for (a, b), found in events(reads).items():
        one, other = reads[a], reads[b]
        for each in found:
            yield one.id, each.start, each.end, other.id, each.other_start, each.other_end
