"""What a key says of proposals: how many are right, how many there are, and how many there should be.

Proposals are plain tuples, by whatever made them; every span is in characters of the text of the key. No mark
is matched twice: each function takes the largest number of proposals that can be laid on marks one to one.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final, TypeVar

from benchmarks.reports.key import OUTLET, Figure, Key, Quotation, Sentence, Span

NamedSpan = tuple[int, int, str]
"""Begin, end; the name of an outlet, a speaker (empty: none), or a mood."""
FigureSpan = tuple[int, int, float | None, float | None, str]
"""Begin, end; low and high, None for no bound; unit."""
DateSpan = tuple[int, int, date, date]
"""Begin, end; first and last day."""
Pair = tuple[str, int, int, str, int, int]
"""A document's id and a span in it, and another's."""

SHARED: Final = 0.8
"""Of the characters that a quotation and its proposal have together, the part that both have, at least."""
SPEAKER: Final = 0.5
"""F1 of the words of two speakers, at least."""

_ARTICLE: Final = re.compile(r"(?:(?:the|le|la|les)\s+|l')")
_WORD: Final = re.compile(r"\w+(?:-\w+)*")
_ELIDED: Final = re.compile(r"\b(?:l|d|qu)'")
_SMALL: Final = frozenset({
    "a", "an", "the", "of", "for", "from", "in", "on", "at", "by", "with", "to", "and", "le", "la", "les",
    "un", "une", "des", "du", "de", "à", "au", "aux", "en", "par", "pour", "sur", "dans", "et",
})  # fmt: skip
"""Articles, prepositions and "and", in English and French."""

_P = TypeVar("_P")
_K = TypeVar("_K")


@dataclass(frozen=True)
class Count:
    """Proposals that are right, all of them, and all marks of the key; wrong and missed: each in words."""

    right: int = 0
    proposed: int = 0
    expected: int = 0
    wrong: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @property
    def precision(self) -> float:
        """The part of what is proposed that is right; 1 where nothing is."""
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        """The part of what is expected that is proposed; 1 where nothing is."""
        return self.right / self.expected if self.expected else 1.0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.right + other.right, self.proposed + other.proposed, self.expected + other.expected,
            self.wrong + other.wrong, self.missed + other.missed,
        )  # fmt: skip


@dataclass(frozen=True)
class Accuracy:
    """How many are right of how many; wrong: each in words."""

    right: int = 0
    of: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else 1.0

    def __add__(self, other: "Accuracy") -> "Accuracy":
        return Accuracy(self.right + other.right, self.of + other.of, self.wrong + other.wrong)


def outlets(key: Key, proposed: Sequence[NamedSpan], same: Callable[[str, str], bool] | None = None) -> Count:
    """Mentions of outlets: spans overlap, and the name is the same but for capitals and an article.

    same: whether a proposed name may stand for one of the key, beside that: a translation, where the intake
    proposes that they are one.
    """
    return _counted(
        key, proposed, key.outlets,
        lambda a, b: _overlap(a[0], a[1], b) > 0
        and (_name(a[2]) == _name(b.name) or (same is not None and same(a[2], b.name))),
    )  # fmt: skip


def quotations(key: Key, proposed: Sequence[NamedSpan]) -> Count:
    """Quotations with their speakers: SHARED of the characters, and SPEAKER of the words or none in both.

    Whether a quotation of two sentences is proposed as one span or as two makes no difference: on both sides
    spans of one speaker between which there is nothing but spaces are joined.
    """
    marks = [(each.begin, each.end, each.speaker) for each in key.quotations]
    expected = [Quotation(*each) for each in _joined(key.text, marks)]
    return _counted(key, _joined(key.text, proposed), expected, _is_quotation)


def figures(
    key: Key, proposed: Sequence[FigureSpan], same: Callable[[str, str, str], bool] | None = None
) -> Count:
    """Figures: spans overlap, both bounds and the unit are the same.

    same: whether, of what is worded so, a proposed unit may stand for one of the key, beside that: another
    translation of the same noun.
    """

    def fits(each: FigureSpan, mark: Figure) -> bool:
        begin, end, low, high, unit = each
        if not (_same(low, mark.low) and _same(high, mark.high) and _overlap(begin, end, mark) > 0):
            return False
        wording = key.text[min(begin, mark.begin) : max(end, mark.end)]
        return unit.casefold() == mark.unit or (same is not None and same(wording, unit, mark.unit))

    return _counted(key, proposed, key.figures, fits)


def dates(key: Key, proposed: Sequence[DateSpan]) -> Count:
    """Dates: spans overlap, first and last day are the same."""
    return _counted(
        key, proposed, key.dates, lambda a, b: _overlap(a[0], a[1], b) > 0 and a[2:4] == (b.first, b.last)
    )


def moods(key: Key, proposed: Sequence[NamedSpan]) -> Accuracy:
    """For each sentence of the key, the mood of the proposed one that overlaps it most; none is wrong."""
    wrong = []
    for sentence in key.sentences:
        most = max(proposed, key=lambda each: _overlap(each[0], each[1], sentence), default=None)
        said = most[2] if most is not None and _overlap(most[0], most[1], sentence) else "none"
        if said != sentence.mood:
            wrong.append(f"{_words(key, sentence)}: {said}, is {sentence.mood}")
    return Accuracy(len(key.sentences) - len(wrong), len(key.sentences), tuple(wrong))


def origins(keys: Iterable[Key], proposed: Mapping[str, str]) -> Accuracy:
    """Over all documents, those that report for themselves as well: the proposed origin is that of the key.

    proposed: by the id of a document the id of its origin, or `outlet:` and a name. A document that has none
    there counts as reporting for itself.
    """
    documents = tuple(keys)
    wrong = [
        f"{key.id}: {proposed.get(key.id, key.id)}, is {key.origin}"
        for key in documents
        if _origin(proposed.get(key.id, key.id)) != _origin(key.origin)
    ]
    return Accuracy(len(documents) - len(wrong), len(documents), tuple(wrong))


def pairs(case: Sequence[Key], proposed: Iterable[Pair]) -> Count:
    """Pairs of sentences of different documents of one case that tell of the same event, in either order.

    A proposal is for the two sentences of the key that its spans overlap most. Each pair is right once: a
    second proposal for it is wrong. Two versions of one document are not different documents: proposals
    between them are left out. ValueError for a document that is not of the case.
    """
    keys = {key.id: key for key in case}
    expected = {
        _pair(a.id, s, b.id, t)
        for a, b in combinations(case, 2)
        if _first(keys, a.id) != _first(keys, b.id)
        for s in a.sentences
        for t in b.sentences
        if s.events & t.events
    }
    found: set[Sides] = set()
    wrong, count = [], 0
    for a_id, a_begin, a_end, b_id, b_begin, b_end in proposed:
        for each in (a_id, b_id):
            if each not in keys:
                raise ValueError(f"pair of {each!r}, which is no document of the case: {', '.join(keys)}")
        if a_id != b_id and _first(keys, a_id) == _first(keys, b_id):
            continue
        count += 1
        a, b = _nearest(keys[a_id], a_begin, a_end), _nearest(keys[b_id], b_begin, b_end)
        pair = _pair(a_id, a, b_id, b) if a is not None and b is not None else None
        if pair in expected and pair not in found:
            found.add(pair)
        else:
            said = (_words(keys[a_id], Span(a_begin, a_end)), _words(keys[b_id], Span(b_begin, b_end)))
            wrong.append(" | ".join(said))
    missed = sorted(expected - found, key=lambda pair: [(name, each.begin) for name, each in pair])
    told = (" | ".join(_words(keys[name], each) for name, each in pair) for pair in missed)
    return Count(len(found), count, len(expected), tuple(wrong), tuple(told))


Sides = tuple[tuple[str, Sentence], tuple[str, Sentence]]
"""Two sentences with their documents, that with the lesser id first."""


def _pair(a_id: str, a: Sentence, b_id: str, b: Sentence) -> Sides:
    sides = ((a_id, a), (b_id, b))
    return sides if a_id <= b_id else (sides[1], sides[0])


def _first(keys: Mapping[str, Key], name: str) -> str:
    """The id of the first version of a document."""
    while (before := keys[name].version_of) is not None:
        name = before
    return name


def _nearest(key: Key, begin: int, end: int) -> Sentence | None:
    """The sentence that a span overlaps most; None where it overlaps none."""
    most = max(key.sentences, key=lambda each: _overlap(begin, end, each))
    return most if _overlap(begin, end, most) else None


def _counted(
    key: Key, proposed: Sequence[_P], expected: Sequence[_K], fits: Callable[[_P, _K], bool]
) -> Count:
    """The count of the largest one-to-one matching (augmenting paths: Kuhn 1955) of what fits."""
    choices = [[j for j, mark in enumerate(expected) if fits(each, mark)] for each in proposed]
    taken: dict[int, int] = {}
    """By the mark, its proposal."""

    def place(i: int, seen: set[int]) -> bool:
        for j in choices[i]:
            if j not in seen:
                seen.add(j)
                if j not in taken or place(taken[j], seen):
                    taken[j] = i
                    return True
        return False

    right = sum(place(i, set()) for i in range(len(proposed)))
    used = set(taken.values())
    wrong = tuple(_told(key, each) for i, each in enumerate(proposed) if i not in used)
    missed = tuple(_told(key, each) for j, each in enumerate(expected) if j not in taken)
    return Count(right, len(proposed), len(expected), wrong, missed)


def _is_quotation(proposed: NamedSpan, mark: Quotation) -> bool:
    both = _overlap(proposed[0], proposed[1], mark)
    all_of_it = (proposed[1] - proposed[0]) + (mark.end - mark.begin) - both
    return both >= SHARED * all_of_it and _one_speaker(proposed[2], mark.speaker)


def _one_speaker(one: str, other: str) -> bool:
    a, b = _content(one), _content(other)
    if not a or not b:
        return a == b
    return 2 * len(a & b) / (len(a) + len(b)) >= SPEAKER


def _content(speaker: str) -> frozenset[str]:
    """Words of a speaker without articles and prepositions."""
    plain = _ELIDED.sub(" ", speaker.casefold().replace("’", "'"))
    return frozenset(_WORD.findall(plain)) - _SMALL


def _joined(text: str, spans: Iterable[NamedSpan]) -> list[NamedSpan]:
    """Spans in their order, those of one speaker joined that have nothing but spaces between them."""
    joined: list[NamedSpan] = []
    for begin, end, speaker in sorted(spans):
        if joined:
            first, last, before = joined[-1]
            gap = text[last:begin]
            if last <= begin and not gap.strip() and "\n" not in gap and before == speaker:
                joined[-1] = (first, end, speaker)
                continue
        joined.append((begin, end, speaker))
    return joined


def _overlap(begin: int, end: int, mark: Span) -> int:
    """How many characters a proposal and a mark have in common."""
    return max(0, min(end, mark.end) - max(begin, mark.begin))


def _name(name: str) -> str:
    plain = " ".join(name.casefold().replace("’", "'").split())
    return _ARTICLE.sub("", plain, count=1) if _ARTICLE.match(plain) else plain


def _origin(origin: str) -> str:
    return OUTLET + _name(origin.removeprefix(OUTLET)) if origin.startswith(OUTLET) else origin


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9)


def _words(key: Key, span: Span) -> str:
    return f"{key.id} {span.begin}:{span.end} {key.surface(span)!r}"


def _told(key: Key, mark: object) -> str:
    if isinstance(mark, Span):
        said = [str(value) for name, value in vars(mark).items() if name not in ("begin", "end")]
        return f"{_words(key, mark)}: {', '.join(said)}"
    assert isinstance(mark, tuple)
    return f"{_words(key, Span(*mark[:2]))}: {', '.join(str(value) for value in mark[2:])}"
