"""To which first report each document of a case goes back, and why it is thought so: for a person to decide.

Looks at whom a document cites, and where: a title and first sentences weigh most, a mention in passing
little. Against that stands what it has of its own: "told this newspaper", documents that it has seen, what it
measured; a word with a party on somebody else's report is not an origin. A notice that it is a translation,
sentences and quotations that it shares with an earlier one, and who is cited by whom are followed to the
first report. Its weakness: a report that takes everything from an outlet that it does not name, in words of
its own, looks like one of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.proposals import Outlet, Read, Sentence
from openleo.service.reports.prose.aliases import INITIALS, PART, same_name
from openleo.service.reports.prose.because import Why, because
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.same import pairs
from openleo.service.reports.prose.telling import Told, told

FIRST: Final = (3.0, 3.0, 2.0, 1.5, 1.2)
"""What a mention weighs in the title (or a first sentence), and in the sentences after it; later: LATER."""
LATER: Final = 0.5
PASSING: Final = 0.3
"""The part of its weight that a mention in passing has."""
OWN: Final = 2.0
"""What a sentence on its own sources weighs among the first five; ASIDE, where it asks for an answer."""
ASIDE: Final = 0.4
ENOUGH: Final = 1.2
"""From which weight on a cited outlet may be the origin."""
TRANSLATION: Final = 2.0
"""Added where a document says that it is a translation."""
SHARED: Final = 0.5
"""Of its sentences, the part that a document shares with an earlier one from which on that is its origin."""
LIKELY: Final = 0.2
"""Added to that part where a document says that it has it from an outlet that it does not name."""


_FIRST_SENTENCES: Final = 3


@dataclass(frozen=True)
class Origin:
    """To what a document goes back. why: in sentences.

    root: a document's id, its own where it reports for itself, "" where it goes back to an outlet that is no
    document of the case: `outside` names it.
    """

    document: str
    root: str
    outside: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class _Cited:
    """A mention of an outlet that is not the document's own.

    read: the index of the document of that outlet, -1 for none. through: whether it is cited by another that
    this document cites ("X, citing Y": Y).
    """

    name: str
    read: int
    place: int
    weight: float
    passing: bool
    through: bool


@dataclass(frozen=True)
class _Step:
    """Where a document has it from: an index, or an outlet outside, or neither: from itself."""

    read: int
    outside: str
    why: tuple[str, ...]


def origins(
    reads: Sequence[Read], known: Mapping[str, str] | None = None, language: Language = "en"
) -> tuple[Origin, ...]:
    """The origin of each document of a case, in their order.

    known: spellings that a person has confirmed, casefolded, with the name that each stands for. language:
    of the sentences that say why.
    """
    names = known or {}
    heard = [told(each, names) for each in reads]
    steps = [_step(number, reads, heard, names, language) for number in range(len(reads))]
    return tuple(_followed(number, reads, steps, language) for number in range(len(reads)))


def _followed(number: int, reads: Sequence[Read], steps: Sequence[_Step], language: Language) -> Origin:
    """The end of the chain that begins at a document; a circle ends before it closes."""
    seen, why, at = {number}, list(steps[number].why), number
    while steps[at].read >= 0 and steps[at].read not in seen:
        at = steps[at].read
        seen.add(at)
        if (steps[at].read >= 0 and steps[at].read not in seen) or steps[at].outside:
            colon = pick(language, ": ", " : ")
            why += [f"{_of(reads[at])}{colon}{sentence}" for sentence in steps[at].why[:1]]
    root = "" if steps[at].outside else reads[at].id
    return Origin(reads[number].id, root, steps[at].outside, tuple(why))


def _of(read: Read) -> str:
    return read.document.source or read.document.title or read.id


def _step(
    number: int, reads: Sequence[Read], heard: Sequence[Sequence[Told]], known: Mapping[str, str],
    language: Language,
) -> _Step:  # fmt: skip
    """From whom a document has what it tells, one step back."""
    read = reads[number]
    if _declares(read):
        return _Step(-1, "", (because(language, "party"),))
    earlier = [other for other in range(len(reads)) if other != number and _not_later(reads, other, number)]
    version = _earlier_version(number, earlier, reads, heard)
    if version >= 0:
        return _Step(version, "", (because(language, "later").format(_of(read)),))
    cited = list(_cited(number, reads, earlier, known))
    own, own_why = _own(read, known, language)
    translated = _is_translation(read)
    best, weight = _heaviest(cited, translated)
    if best is not None and weight >= ENOUGH and weight > own:
        why = [_where(best, language), *([because(language, "translation")] if translated else [])]
        if best.read >= 0:
            return _Step(best.read, "", tuple(why))
        renamed = _taken(number, earlier, reads, heard, translated, language)
        if renamed is not None and _is_renamed(best.name, read, reads[renamed.read], known):
            may = because(language, "renamed").format(best.name, _of(reads[renamed.read]))
            return _Step(renamed.read, "", (*why, may, *renamed.why))
        return _Step(-1, best.name, (*why, because(language, "outside")))
    if own < OWN:
        taken = _taken(number, earlier, reads, heard, translated or _cites_somebody(read), language)
        if taken is not None:
            return taken
    if own_why:
        return _Step(-1, "", (own_why,))
    if cited:
        return _Step(-1, "", (because(language, "passing").format(cited[0].name),))
    return _Step(-1, "", (because(language, "nobody"),))


def _not_later(reads: Sequence[Read], one: int, other: int) -> bool:
    """Whether a document may have been there before another; without dates their order counts."""
    a, b = reads[one].document.published, reads[other].document.published
    first, last = a.first if a else None, b.last if b else None
    return one < other if first is None or last is None else first <= last


def _surely_earlier(one: Read, other: Read) -> bool:
    a, b = one.document.published, other.document.published
    ends: tuple[date | None, date | None] = (a.last if a else None, b.first if b else None)
    return ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def _declares(read: Read) -> bool:
    """Whether a party speaks for itself: as its kind says, or as its title begins."""
    if read.document.kind == "statement":
        return True
    begin = (read.document.title or read.document.text[:80]).strip().casefold()
    return any(begin.startswith(each) for each in _phrases(read.document.language, "declares"))


def _earlier_version(
    number: int, earlier: Sequence[int], reads: Sequence[Read], heard: Sequence[Sequence[Told]]
) -> int:
    """The first earlier document of its source that shares most sentences with it, -1 for none."""
    source = reads[number].document.source.casefold()
    texts = {_plain(reads[number], each.sentence) for each in heard[number]}
    for other in earlier:
        if not source or reads[other].document.source.casefold() != source:
            continue
        if not _surely_earlier(reads[other], reads[number]) and other > number:
            continue
        its = {_plain(reads[other], each.sentence) for each in heard[other]}
        if its and len(its & texts) * 2 >= min(len(its), len(texts)):
            return other
    return -1


def _plain(read: Read, sentence: Sentence) -> str:
    return " ".join(read.words(sentence.start, sentence.end).split())


def _cited(
    number: int, reads: Sequence[Read], earlier: Sequence[int], known: Mapping[str, str]
) -> Iterator[_Cited]:
    """Mentions of outlets other than the document's own, with what each weighs."""
    read = reads[number]
    before: tuple[int, Outlet] | None = None
    for place, outlet in _mentions(read):
        if _is_own(outlet.name, read, known):
            continue
        sentence = read.proposals.sentences[place]
        passing = _has(read.words(sentence.start, sentence.end), sentence.language, "passing")
        weight = FIRST[place] if place < len(FIRST) else LATER
        between = read.words(before[1].end, outlet.start) if before and before[0] == place else ""
        through = bool(between) and _has(between, sentence.language, "citing") and "." not in between
        yield _Cited(
            _shown(outlet.name, known), _document_of(outlet.name, read, reads, earlier, known), place,
            weight * (PASSING if passing else 1.0), passing, through,
        )  # fmt: skip
        before = (place, outlet)


def _mentions(read: Read) -> Iterator[tuple[int, Outlet]]:
    """Each outlet with the number of the sentence in which it stands."""
    for outlet in read.proposals.outlets:
        for place, sentence in enumerate(read.proposals.sentences):
            if sentence.start <= outlet.start < sentence.end:
                yield place, outlet
                break


def _shown(name: str, known: Mapping[str, str]) -> str:
    return known.get(name.casefold(), name)


def _is_own(name: str, read: Read, known: Mapping[str, str]) -> bool:
    source = read.document.source
    return bool(source) and bool(same_name(name, source, known))


def _document_of(
    name: str, read: Read, reads: Sequence[Read], earlier: Sequence[int], known: Mapping[str, str]
) -> int:
    """The first document that is not later of the outlet of a name, -1 for none; whole names go first."""
    found: list[tuple[bool, date, int]] = []
    for other in earlier:
        source = reads[other].document.source
        if not source or source.casefold() == read.document.source.casefold():
            continue
        why = same_name(name, source, known)
        published = reads[other].document.published
        if why:
            first = (published.first if published else None) or date.min
            found.append((why in (PART, INITIALS), first, other))
    return min(found)[2] if found else -1


def _heaviest(cited: Sequence[_Cited], translated: bool) -> tuple[_Cited | None, float]:
    """The outlet on which most hangs, with its weight; of one that cites another, the other."""
    weights: dict[tuple[int, str], float] = {}
    firsts: dict[tuple[int, str], _Cited] = {}
    places: dict[tuple[int, str], set[int]] = {}
    for each in cited:
        key = (each.read, "" if each.read >= 0 else _key_of(each.name, firsts))
        if key not in firsts or each.weight > firsts[key].weight:
            firsts[key] = each
        if each.place not in places.setdefault(key, set()):
            weights[key] = weights.get(key, 0.0) + each.weight
            places[key].add(each.place)
        if each.through:
            weights[key] += 2.0
    if not weights:
        return None, 0.0
    inside = {key: weight + (0.5 if key[0] >= 0 else 0.0) for key, weight in weights.items()}
    best = max(inside, key=lambda key: (inside[key], -firsts[key].place))
    return firsts[best], weights[best] + (TRANSLATION if translated else 0.0)


def _key_of(name: str, firsts: Mapping[tuple[int, str], _Cited]) -> str:
    """The name under which an outlet outside was met first."""
    return next((key[1] for key in firsts if key[1] and same_name(name, key[1], {})), name)


def _where(cited: _Cited, language: Language) -> str:
    """In which sentence an outlet is cited, in words."""
    key: Why = "title" if not cited.place else "first" if cited.place < _FIRST_SENTENCES else "text"
    return because(language, key).format(cited.name)


def _own(read: Read, known: Mapping[str, str], language: Language) -> tuple[float, str]:
    """What a document has of its own sources, as a weight, and where, in a sentence."""
    total, why = 0.0, ""
    for place, sentence in enumerate(read.proposals.sentences):
        words = read.words(sentence.start, sentence.end)
        rests = _has(words, sentence.language, "own") or _was_told(read, sentence, known)
        if not rests:
            continue
        asks = sentence.mood in ("denied", "asked") or _has(words, sentence.language, "unable")
        weight = OWN if place < len(FIRST) else LATER
        if place <= 1:
            weight += OWN
        total += ASIDE if asks else weight
        why = why or because(language, "own").format(_short(words))
    return total, why


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= 120 else flat[:117].rsplit(" ", 1)[0] + " …"


def _was_told(read: Read, sentence: Sentence, known: Mapping[str, str]) -> bool:
    """Whether something was told to the document's own outlet, by name."""
    for outlet in read.proposals.outlets:
        if not sentence.start <= outlet.start < sentence.end or not _is_own(outlet.name, read, known):
            continue
        before = read.words(sentence.start, outlet.start)
        behind = read.words(outlet.end, sentence.end)
        if _has(before[-60:], sentence.language, "told") or _has(behind[:40], sentence.language, "learned"):
            return True
    return False


def _is_translation(read: Read) -> bool:
    """Whether it says that it is a translation, in its text or beside it."""
    document = read.document
    if document.translated_from or document.translation_of:
        return True
    language = document.language
    beside = (document.text[each.start : each.end] for each in document.asides)
    ends = (_plain(read, each) for each in (*read.proposals.sentences[:2], *read.proposals.sentences[-2:]))
    return any(_has(each, language, "translated") for each in (*beside, *ends))


def _cites_somebody(read: Read) -> bool:
    """Whether its first sentences cite an outlet without its name: a local newspaper."""
    first = read.proposals.sentences[:3]
    return any(
        each.mood in ("reported", "conditional") and _has(_plain(read, each), each.language, "unnamed")
        for each in first
    )


def _is_renamed(name: str, read: Read, other: Read, known: Mapping[str, str]) -> bool:
    """Whether a name that no document's source has may be another document's, lost in translation.

    It is not where that document is in the same language, or cites an outlet of that name as well.
    """
    if read.document.language == other.document.language:
        return False
    return not any(same_name(name, each.name, known) for each in other.proposals.outlets)


def _taken(
    number: int,
    earlier: Sequence[int],
    reads: Sequence[Read],
    heard: Sequence[Sequence[Told]],
    likely: bool,
    language: Language,
) -> _Step | None:
    """The earlier report of which a document shares enough without citing it.

    likely: whether it says that it has it from somebody, so that less is enough.
    """
    found: list[tuple[float, int]] = []
    for other in earlier:
        if reads[other].document.kind == "statement" or _declares(reads[other]):
            continue
        if not _surely_earlier(reads[other], reads[number]) and other > number:
            continue
        share = _share(heard[number], heard[other])
        share += LIKELY if likely else 0.0
        if share >= SHARED:
            found.append((share, -other))
    if not found:
        return None
    share, least = max(found)
    source = _of(reads[-least])
    return _Step(-least, "", (because(language, "taken").format(source),))


def _share(one: Sequence[Told], other: Sequence[Told]) -> float:
    """The part of a document's sentences that tell what an earlier one tells; of quotations twice."""
    found = pairs(one, other)
    paired = {pair.start for pair in found if pair.score >= 0.5}
    total = sum(2.0 if each.heard else 1.0 for each in one)
    return sum(2.0 if each.heard else 1.0 for each in one if each.sentence.start in paired) / max(total, 4.0)


def _has(words: str, language: str, key: str) -> bool:
    pattern = _pattern(language, key)
    return pattern is not None and pattern.search(words) is not None


@cache
def _pattern(language: str, key: str) -> re.Pattern[str] | None:
    phrases = _phrases(language, key)
    if not phrases:
        return None
    ordered = sorted(phrases, key=len, reverse=True)
    joined = "|".join(re.escape(each).replace("'", "['’]").replace(r"\ ", r"\s+") for each in ordered)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


def _phrases(language: str, key: str) -> tuple[str, ...]:
    return tuple(each.casefold() for each in table(language, "origins").get(key, ()))
