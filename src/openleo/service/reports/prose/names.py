"""Names in a text: persons, offices, organisations, outlets and places, as far as words around them tell.

Capitals, heads ("Ministry of", "golfe de"), titles, what somebody does with words, and words that introduce a
company say of which kind a name is; where mentions differ, the kind with most of them has it. Its weakness: a
first name and a surname without a title and without a word of speech are known by a list of first names
alone; a name that stands only once, alone, at the beginning of a sentence is left out; and in a title in
which most words have capitals only names that the text has as well are found.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, cast

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Name, NameKind, Sentence
from openleo.service.reports.prose.concepts import folded
from openleo.service.reports.prose.figures import figures
from openleo.service.reports.prose.naming import WORD, Naming, countries, naming

_SMALL_AFTER: Final = re.compile(r"\s[^\W\d_]")
_JOINER: Final = re.compile(r"\s(?:of|for|sur|du|des|à|au)\s")
_FIRST: Final = re.compile(r"[^\s'’.]+")
_NUMBER: Final = re.compile(r"\s\d")
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")

_PRIORITY: Final[tuple[NameKind, ...]] = ("office", "person", "outlet", "organisation", "place")
"""Which kind a name has for which two were told equally often."""


@dataclass(frozen=True)
class _Found:
    """A mention; strength: how much the words around it say about its kind, 0 for nothing."""

    start: int
    end: int
    kind: NameKind
    strength: float


def names(document: Document, sentences: Sequence[Sentence]) -> tuple[Name, ...]:
    """The names in the sentences of a document, in their order, none within another."""
    found: list[_Found] = []
    bare: list[_Found] = []
    inside = _Inside(document.text)
    for sentence in sentences:
        rules = naming(sentence.language)
        if rules is None:
            continue
        heads = list(_headed(document.text, sentence, rules))
        found += heads
        for each in _runs(document, sentence, rules, heads, inside):
            if not any(each.start < other.end and other.start < each.end for other in heads):
                (found if each.strength else bare).append(each)
    kinds = _kinds(document, found)
    kinds |= _surnames(kinds)
    found += _known_again(document, bare, found, kinds)
    chosen = []
    end = -1
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.start >= end:
            name = _flat(document.text[each.start : each.end])
            chosen.append(Name(each.start, each.end, name, kinds.get(folded(name), each.kind)))
            end = each.end
    return tuple(chosen)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _kinds(document: Document, found: Sequence[_Found]) -> dict[str, NameKind]:
    """For each name the kind that its mentions say most strongly."""
    votes: dict[str, defaultdict[NameKind, float]] = defaultdict(lambda: defaultdict(float))
    for each in found:
        votes[folded(_flat(document.text[each.start : each.end]))][each.kind] += each.strength
    if document.source and document.kind == "report":
        votes[folded(document.source)]["outlet"] += 3
    return {
        name: min(_PRIORITY, key=lambda kind: (-votes[name][kind], _PRIORITY.index(kind))) for name in votes
    }


def _surnames(kinds: Mapping[str, NameKind]) -> dict[str, NameKind]:
    """The last words of persons' names, where nothing says more than that somebody of that name speaks."""
    last = {name.split()[-1] for name, kind in kinds.items() if kind == "person" and " " in name}
    return {name: "person" for name in last if kinds.get(name, "organisation") in ("organisation", "place")}


def _known_again(
    document: Document, bare: Iterable[_Found], found: Sequence[_Found], kinds: dict[str, NameKind]
) -> Iterator[_Found]:
    """Mentions that nothing around them explains: of a name told elsewhere, or of its last word."""
    by_last = {name.split()[-1]: kind for name, kind in kinds.items() if kind == "person" and name.split()}
    certain = list(bare)
    written = Counter(folded(_flat(document.text[each.start : each.end])) for each in certain)
    for each in certain:
        name = folded(_flat(document.text[each.start : each.end]))
        if name in kinds or name in by_last:
            kind = kinds.get(name) or by_last[name]
            yield _Found(each.start, each.end, kind, 0.0)
        elif each.kind == "place" or written[name]:
            yield each


def _headed(text: str, sentence: Sentence, rules: Naming) -> Iterator[_Found]:
    """Offices, bodies and places that are told by their heads, capitals or not, the longest first."""
    taken: list[_Found] = []
    held = set(WORD.findall(text[sentence.start : sentence.end].lower()))
    for pattern, kind in ((rules.offices, "office"), (rules.bodies, "organisation"), (rules.places, "place")):
        if held.isdisjoint(rules.needed[kind]):
            continue
        for match in pattern.finditer(text, sentence.start, sentence.end):
            start, end = match.span("name")
            if (cut := rules.unfinished.search(text[start:end])) is not None and text[
                end : end + 2
            ].strip().islower():
                end = start + cut.start()
            if _by_chance(text, sentence, start, end) or (
                kind == "place" and _is_titled(text, sentence, start, rules)
            ):
                continue
            each = _Found(start, end, cast(NameKind, kind), 3.0)
            if not any(each.start < other.end and other.start < each.end for other in taken):
                taken.append(each)
    yield from taken


def _is_titled(text: str, sentence: Sentence, at: int, rules: Naming) -> bool:
    """Whether a word belongs to the office of a person that follows it: "Harbour Master Clara Odrin"."""
    near = rules.lead.finditer(text, max(sentence.start, at - 20), min(sentence.end, at + 40))
    return any(each.start() <= at < each.end() for each in near)


def _by_chance(text: str, sentence: Sentence, start: int, end: int) -> bool:
    """Whether the only capital of a name is that of the first word of its sentence, in front of its head."""
    if any(each.isalnum() for each in text[sentence.start : start]) or not text[start].isupper():
        return False
    return _SMALL_AFTER.search(text, start, end) is not None and not any(
        map(str.isupper, text[start + 1 : end])
    )


def _runs(
    document: Document, sentence: Sentence, rules: Naming, heads: Sequence[_Found], inside: "_Inside"
) -> Iterator[_Found]:
    """Runs of words with capitals, with what the words around them say."""
    text = document.text
    shouting = _is_headline(text, sentence)
    runs = list(rules.run.finditer(text, sentence.start, sentence.end))
    stops = [each.start for each in heads]
    if any(_NUMBER.search(each[0]) for each in runs):
        stops += [each.start for each in figures(document, (sentence,))]
    for match in runs:
        start, end = _trimmed(text, match.start(), _before(match.start(), match.end(), stops), rules)
        if start >= end or not (
            _LETTERS.search(text, start, end) or rules.titles.search(text[max(0, start - 40) : start])
        ):
            continue
        words = text[start:end].split()
        first = not any(each.isalnum() for each in text[sentence.start : start])
        kind, strength = _told(text, sentence, start, end, words, rules)
        titled = rules.lead.match(text, start, end)
        if titled is not None:
            start, kind, strength = titled.end(), "person", 3.0
        if kind == "person":
            end = _person_ends(text, start, end)
        words = text[start:end].split()
        if not words or (len(words) == 2 and folded(words[0]) in rules.numbered and words[1].isdigit()):
            continue
        if (first and len(words) == 1 and strength < 2.0) or shouting:
            strength = 0.0
        if first and len(words) == 1 and strength == 0.0 and not _elsewhere(inside, text[start:end], start):
            continue
        if shouting and not _elsewhere(inside, text[start:end], start):
            continue
        yield _Found(start, end, kind, strength)


def _before(start: int, end: int, stops: Sequence[int]) -> int:
    """Where a run ends before an office, a body or a figure: "Prof. Odrin of the University of"."""
    return min((each for each in stops if start < each < end), default=end)


def _person_ends(text: str, start: int, end: int) -> int:
    """Where the name of a person ends in a run that goes on by a small word: "Clara Odrin of the"."""
    small = _JOINER.search(text, start, end)
    return small.start() if small is not None else end


def _is_headline(text: str, sentence: Sentence) -> bool:
    """Whether most longer words have a capital: a title in title case, where capitals say nothing."""
    if text[sentence.start : sentence.end].rstrip(' »”"').endswith("."):
        return False
    words = [each for each in text[sentence.start : sentence.end].split()[:60] if len(each) > 3]
    return len(words) > 3 and 2 * sum(each[0].isupper() for each in words) > 1.5 * len(words)


class _Inside:
    """Where names stand inside sentences, behind a small letter or a comma; each is looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, tuple[int, ...]] = {}

    def places(self, name: str) -> tuple[int, ...]:
        """The first two places of a name inside sentences."""
        if name not in self._found:
            self._found[name] = tuple(islice(self._places(name), 2))
        return self._found[name]

    def _places(self, name: str) -> Iterator[int]:
        at = self._text.find(name)
        while at >= 0:
            before = self._text[max(0, at - 3) : at]
            last = before.strip()[-1:]
            if before[-1:].isspace() and (last.islower() or last == ","):
                yield at
            at = self._text.find(name, at + len(name))


def _elsewhere(inside: _Inside, name: str, start: int) -> bool:
    """Whether a name stands once more, inside a sentence."""
    return any(each != start for each in inside.places(name))


def _trimmed(text: str, start: int, end: int, rules: Naming) -> tuple[int, int]:
    """A run without articles and words that are no names at its ends."""
    while start < end:
        article = rules.article.match(text, start, end)
        cut = article.end() - start if article is not None else 0
        word = _FIRST.match(text, start, end)
        if not cut and word is not None and folded(word[0]) in rules.never:
            cut = len(word[0])
        if not cut:
            break
        start += cut
        while start < end and not text[start].isalnum():
            start += 1
        while start < end and not text[start].isupper():
            start += 1
    while start < end and folded((last := text[start:end].split()[-1]).strip(".")) in rules.never:
        end -= len(last)
        while end > start and not text[end - 1].isalnum():
            end -= 1
    for joiner in rules.joiners:
        if text[start:end].casefold().endswith(" " + joiner):
            end -= len(joiner) + 1
    return start, end


def _told(
    text: str, sentence: Sentence, start: int, end: int, words: list[str], rules: Naming
) -> tuple[NameKind, float]:
    """The kind of a run of capitals and how strongly it is told."""
    plain = [folded(each) for each in words]
    before = text[max(sentence.start, start - 40) : start]
    after = text[end : min(sentence.end, end + 60)]
    if rules.titles.search(before):
        return "person", 3.0
    if rules.aged.match(after):
        return "person", 2.5
    is_body = bool(set(plain) & (rules.organisations | rules.outlets)) or words[-1] in rules.suffixes
    if len(words) in (2, 3) and not is_body and not any(each.isdigit() for each in words):
        by_office = rules.office_before.search(text[max(sentence.start, start - 80) : start]) is not None
        if rules.office_after.match(after) or (
            by_office and (not before.endswith(", ") or after[:1] in ",.")
        ):
            return "person", 2.5
    if set(plain) & rules.outlets and len(words) > 1:
        return "outlet", 1.5
    if len(words) > 1 and (set(plain) & rules.organisations or words[-1] in rules.suffixes):
        return "organisation", 2.0
    if set(plain) & rules.heads and len(words) > 1:
        return "place", 2.0
    if rules.introduced.search(before) or rules.apposition.match(after):
        return "organisation", 3.0
    if len(words) in (2, 3) and plain[0] in rules.first:
        return "person", 2.5
    if folded(" ".join(words)) in countries():
        return "place", 3.0
    speaks = rules.speech_after.match(after) is not None or rules.speech_before.search(before) is not None
    if words[0].isupper() and len(words) == 1 and len(words[0]) > 1:
        return "organisation", 1.5
    if rules.before.search(before):
        return "place", 1.0
    if rules.weakly.search(before):
        return "place", 0.4
    return "organisation", 2.0 if speaks else 0.5
