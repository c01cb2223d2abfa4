"""Outlets and agencies that a document cites.

Names are weighed by what they look like (their first or last word: Gazette, Radio, News), by the words
around each of their mentions ("told", "the newspaper", "écrit", "selon"), and by what speaks against them
(the operator X, a spokesperson for X). A name that is found once is then found at its other mentions, in
short form as well, and under a second name or an abbreviation that stands behind it in brackets. Its
weakness: an outlet with a name of an ordinary kind that is cited once, by "according to" or "said" alone,
is not told from a company.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Outlet, Sentence
from openleo.service.reports.prose.language import languages, table

ENOUGH: Final = 6
"""Weight from which a name is taken for that of an outlet."""

_UNSURE: Final = ENOUGH - 1
"""Weight of a name that looks like an outlet's, and of what in the words around a plain name is no proof."""
_SHORT: Final = "short form"
_WITH_ARTICLE: Final = "article with a capital"
_AROUND: Final = 80
"""Characters before and behind a name that are looked at."""
_LONGEST: Final = 80
"""Characters of a name, at most."""
_MOST: Final = 20
"""Mentions of one name whose surroundings are looked at."""
_CAPITAL: Final = r"[A-ZÀ-ÖØ-ÞŒ]"
_ARTICLE: Final = re.compile(r"\A(?:(?:the|le|la|les)\s+|l['’])", re.IGNORECASE)
_TITLED: Final = re.compile(r"(?:(?:The|Le|La|Les)\s+|L['’])")
_FRENCH_ARTICLES: Final = ("le ", "la ", "les ", "l'", "l’")
_OF: Final = frozenset({"of", "de", "du", "des", "d'", "d"})
_WORD: Final = re.compile(r"[^\W_]+(?:['’&.-][^\W_]+)*|&")
_JOINED: Final = re.compile(r"\s+(?:and|or|et|ou)\s+$|\s*,\s*$")
_SECOND_NAME: Final = re.compile(
    r"\s*\(\s*(?:[^():«“\"]{2,24}:\s*)?[«“\"]?\s*(?P<name>[^()«»“”\"]{2,60}?)\s*[»”\"]?\s*\)"
)


@dataclass(frozen=True)
class _Words:
    """What tells an outlet, in one language."""

    before: tuple[tuple[int, re.Pattern[str]], ...]
    behind: tuple[tuple[int, re.Pattern[str]], ...]
    name: re.Pattern[str]
    beside: re.Pattern[str]
    presents: re.Pattern[str]
    leading: frozenset[str]
    articles: frozenset[str]


@dataclass(frozen=True)
class _Shapes:
    """Words by which a name looks like that of an outlet or of something else, in all languages."""

    strong: frozenset[str]
    weak: frozenset[str]
    sure: frozenset[str]
    leads: frozenset[str]
    never: frozenset[str]
    bodies: frozenset[str]
    other_first: frozenset[str]
    other_last: frozenset[str]
    known: frozenset[str]


@dataclass
class _Weighed:
    """A name with what speaks for it. why: the reason of most weight; around: that of the words around it."""

    name: str
    weight: int = 0
    why: str = ""
    heaviest: int = 0
    around: int = 0
    shape: int = 0
    seen: set[str] = field(default_factory=set)

    def add(self, weight: int, why: str, *, around: bool = False) -> None:
        """Count a reason, each once. around: whether it stands in the words around the name."""
        if why not in self.seen:
            self.seen.add(why)
            self.weight += weight
            if around:
                self.around = max(self.around, weight)
            if weight > self.heaviest:
                self.heaviest, self.why = weight, why

    @property
    def is_outlet(self) -> bool:
        """Whether enough speaks for it: the look of a press name, or words that only stand by one."""
        is_titled = _WITH_ARTICLE in self.seen
        looks, told = self.shape > 0 or is_titled, self.around > 0 or is_titled
        return self.weight >= ENOUGH and (max(self.shape, self.around) >= ENOUGH or (looks and told))


def cited(document: Document, sentences: Sequence[Sentence]) -> tuple[Outlet, ...]:
    """The mentions of outlets in a document, in order; name: the full name that the document has for it."""
    weighed, alike, beside = _weigh(document, sentences)
    for one, other, weight in beside:
        for a, b in ((one, other), (other, one)):
            if weighed[a].is_outlet:
                weighed[b].add(weight, f"beside {weighed[a].name}", around=True)
    accepted = {key: each for key, each in weighed.items() if each.is_outlet}
    for one, other in alike:
        if _key(one) in accepted or _key(other) in accepted:
            why = accepted.get(_key(one), accepted.get(_key(other)))
            for each in (one, other):
                accepted.setdefault(_key(each), _Weighed(each, ENOUGH, why.why if why else "brackets"))
    if document.kind == "report" and document.source.strip():
        accepted.setdefault(_key(document.source), _Weighed(document.source.strip(), ENOUGH, "its own name"))
    return tuple(_mentions(document, sentences, accepted, alike))


def _key(name: str) -> str:
    """By which a name is known again: without its article, in lower case."""
    return _plain(_bare(name))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").split())


def _bare(name: str) -> str:
    return _ARTICLE.sub("", name.strip()).strip()


def _weigh(
    document: Document, sentences: Sequence[Sentence]
) -> tuple[dict[str, _Weighed], list[tuple[str, str]], list[tuple[str, str, int]]]:
    """Names with what speaks for them; pairs, the second of which stands in brackets; and neighbours."""
    weighed: dict[str, _Weighed] = {}
    alike: list[tuple[str, str]] = []
    beside: list[tuple[str, str, int]] = []
    mentions: Counter[str] = Counter()
    for sentence in sentences:
        words = _words(sentence.language)
        if words is None:
            continue
        last, is_led = ("", sentence.start), False
        is_headline = not sentence.start and _is_headline(document.text[: sentence.end])
        for start, end in _names(document.text, sentence, words):
            name = document.text[start:end]
            second = _second(document.text, end, sentence.end)
            if end - start > _LONGEST:
                continue
            if second is not None and any(weight > 0 for weight, _ in _shape(name)):
                alike.append((_bare(name), _bare(second)))
            if is_headline or mentions[_key(name)] == _MOST:
                continue
            mentions[_key(name)] += 1
            each = weighed.setdefault(_key(name), _Weighed(_bare(name)))
            between = document.text[last[1] : start]
            if last[0] and words.beside.fullmatch(between):
                led = is_led or len(between.split()) > 1
                beside.append((last[0], _key(name), ENOUGH if led else ENOUGH - 2))
            last = _key(name), end
            is_led = _is_led(document.text[max(sentence.start, start - _AROUND) : start], words)
            for weight, why in _looks(document.text, start, end, sentence):
                each.add(weight, why)
                each.shape = max(each.shape, weight if why != _WITH_ARTICLE else 0)
            for weight, why in _around(document.text, start, end, sentence, words):
                each.add(weight, why, around=True)
    return weighed, alike, beside


def _is_led(before: str, words: _Words) -> bool:
    """Whether the words before a name say that somebody tells something, or is told it."""
    return any(weight > 0 and pattern.search(before) for weight, pattern in words.before)


def _is_headline(text: str) -> bool:
    """Whether nearly every longer word has a capital, so that capitals tell nothing."""
    if text.endswith("."):
        return False
    longer = re.findall(r"[^\W\d_]{4,}", text)
    return len(longer) > 4 and sum(each[0].isupper() for each in longer) > 0.7 * len(longer)


def _names(text: str, sentence: Sentence, words: _Words) -> Iterator[tuple[int, int]]:
    """Where runs of words with capitals stand, without what leads to them."""
    for match in words.name.finditer(text, sentence.start, sentence.end):
        if match.end() - match.start() > 2 * _LONGEST:
            continue
        for start, end in _split(text, *match.span(), words):
            while (first := _WORD.match(text, start, end)) is not None:
                follows = _WORD.search(text, first.end(), end)
                if follows is None or first[0].casefold() not in words.leading:
                    break
                start = follows.start()
            if (
                not {each.casefold() for each in _WORD.findall(text[start:end])}
                <= words.leading | words.articles
            ):
                yield start, end


def _split(text: str, start: int, end: int, words: _Words) -> Iterator[tuple[int, int]]:
    """A run of names cut before an article with a capital, and at an "and" between two outlets."""
    for inner in _TITLED.finditer(text, start + 1, end):
        if text[inner.start() - 1].isalnum():
            continue
        before = _JOINED.sub("", text[start : inner.start()])
        if before != text[start : inner.start()] or _leads(before, words):
            if before.strip():
                yield start, start + len(before.rstrip())
            start = inner.start()
    for joined in re.finditer(r"\s(?:and|et)\s", text[start:end]):
        one, other = (start, start + joined.start()), (start + joined.end(), end)
        looks = [
            max((weight for weight, _ in _shape(text[slice(*each)])), default=0) for each in (one, other)
        ]
        if min(looks) > 0 or looks[0] >= _UNSURE:
            yield one
            start = other[0]
            break
    yield start, end


def _leads(before: str, words: _Words) -> bool:
    """Whether words before an article in the midst of a name are no part of it."""
    return all(each.casefold() in words.leading for each in _WORD.findall(before))


def _is_titled(text: str, start: int, end: int) -> bool:
    return _TITLED.match(text, start, end) is not None


def _second(text: str, end: int, limit: int) -> str | None:
    """A second name in brackets at once behind a name."""
    found = _SECOND_NAME.match(text, end, min(limit, end + _AROUND))
    if found is None or not re.match(_CAPITAL, _bare(found["name"])):
        return None
    pieces = _WORD.findall(found["name"])
    capitals = sum(each[0].isupper() for each in pieces)
    return found["name"] if pieces and 2 * capitals >= len(pieces) else None


def _looks(text: str, start: int, end: int, sentence: Sentence) -> Iterator[tuple[int, str]]:
    """What a name itself says, and its article."""
    yield from _shape(text[start:end])
    before = text[max(sentence.start, start - _AROUND) : start]
    if _is_titled(text, start, end) and before.strip('«»“”"‘( '):
        yield 2, _WITH_ARTICLE


def _around(text: str, start: int, end: int, sentence: Sentence, words: _Words) -> Iterator[tuple[int, str]]:
    """What the words before and behind a name say for it and against it."""
    before = text[max(sentence.start, start - _AROUND) : start]
    behind = text[end : min(sentence.end, end + _AROUND)]
    for weight, pattern in words.before:
        found = pattern.search(before)
        if found is not None:
            yield weight, found[0].strip()
    for weight, pattern in words.behind:
        found = pattern.match(behind)
        if found is not None:
            yield weight, found[0].strip()


def _shape(name: str) -> Iterator[tuple[int, str]]:
    """What a name looks like."""
    shapes, titled = _shapes(), _TITLED.match(name) is not None
    if _key(name) in shapes.known:
        is_plain_word = _key(name) in shapes.weak | shapes.strong
        yield (4 if is_plain_word else ENOUGH), "known name"
        return
    parts = [each.casefold() for each in _WORD.findall(_bare(name).replace("’", "'"))]
    parts = [piece for each in parts for piece in re.split(r"(?<=[dl])'|-", each) if piece]
    if not parts:
        return
    joined = " ".join(parts)
    if any(f" {each} " in f" {joined} " for each in shapes.never):
        yield -2 * ENOUGH, "never an outlet"
        return
    if _is_other(parts, shapes):
        yield -ENOUGH, "named for something else"
        return
    if len(parts) == 2 and parts[0] in _first_names() and parts[-1] not in shapes.strong | shapes.weak:
        yield -ENOUGH, "a person"
        return
    alone = len(parts) == 1 or all(each.isdigit() for each in parts[1:])
    ends = {parts[-1], *(f"{one} {other}" for one, other in pairwise(parts))}
    if (
        parts[0] in shapes.leads
        or len(parts) == 1
        or parts[1] in _OF
        or name.casefold().startswith(_FRENCH_ARTICLES)
    ):
        ends.add(parts[0])
    if strong := sorted(ends & shapes.strong):
        full = ENOUGH if ends & shapes.sure else _UNSURE
        yield (full if not alone else 4 if titled else 0), strong[0]
    elif weak := sorted(ends & shapes.weak):
        yield (4 if not alone else 3 if titled else 0), weak[0]


def _is_other(parts: Sequence[str], shapes: _Shapes) -> bool:
    """Whether the words of a name say that it is a body, a company or a place: "Radio Authority"."""
    looks = shapes.strong | shapes.weak
    of_something = parts[1:2] and parts[1] in _OF
    if parts[0] in shapes.other_first and (of_something or parts[-1] not in looks):
        return True
    head = next((parts[at - 1] for at, each in enumerate(parts) if each in _OF and at), parts[-1])
    if head in shapes.other_last:
        return True
    return not {"agency", "agence"}.isdisjoint(parts) and not shapes.bodies.isdisjoint(parts)


def _mentions(
    document: Document, sentences: Sequence[Sentence], accepted: Mapping[str, _Weighed],
    alike: Iterable[tuple[str, str]],
) -> Iterator[Outlet]:  # fmt: skip
    """All mentions of accepted names, short forms and abbreviations among them."""
    spelled = {key: each.name for key, each in accepted.items()}
    original = _originals(alike, spelled)
    forms: dict[str, tuple[str, str]] = {}
    ordered = sorted(accepted.items(), key=lambda item: len(item[0]))
    for key, each in ordered:
        forms[_plain(_bare(each.name))] = original.get(key, _bare(each.name)), each.why
    for key, each in ordered:
        for short in _short_forms(_bare(each.name)):
            why = forms[_plain(short)][1] if _plain(short) in forms else _SHORT
            forms[_plain(short)] = original.get(key, _bare(each.name)), why
    pattern = _pattern(forms)
    if pattern is None:
        return
    own = _key(document.source)
    for sentence in sentences:
        for match in pattern.finditer(document.text, sentence.start, sentence.end):
            name, why = forms[_plain(match[0])]
            if why == _SHORT and not _is_short_mention(document.text, match, sentence):
                continue
            if _key(name) == own and _is_notice(document.text, match, sentence):
                continue
            yield Outlet(match.start(), match.end(), name, why)


def _is_notice(text: str, match: re.Match[str], sentence: Sentence) -> bool:
    """Whether an outlet's own name stands where nothing is cited: "This is The Dispatch."."""
    words = _words(sentence.language)
    if words is None:
        return False
    if words.presents.search(text[max(sentence.start, match.start() - _AROUND) : match.start()]):
        return True
    if text[sentence.start : sentence.end].rstrip('»”"’) \u00a0\u202f')[-1:] in tuple(".!?…"):
        return False
    return not any(weight > 0 for weight, _ in _around(text, *match.span(), sentence, words))


def _originals(alike: Iterable[tuple[str, str]], spelled: Mapping[str, str]) -> dict[str, str]:
    """The name that stands for each: for a translated one that in brackets, for initials the full one."""
    found: dict[str, str] = {}
    for one, other in alike:
        if _key(one) in spelled and _key(other) in spelled:
            full = one if _is_abbreviation(other) else other
            found[_key(one)] = found[_key(other)] = spelled.get(_key(full), full)
    return found


def _is_abbreviation(name: str) -> bool:
    return name.isupper() and len(name) < 9 and " " not in name


def _short_forms(name: str) -> Iterator[str]:
    """Its first or last words that look like an outlet's, and its initials."""
    shapes = _shapes()
    words = name.split()
    pieces = [each for each in _WORD.findall(name) if each[0].isupper()]
    initials = "".join(piece[0] for each in pieces for piece in each.split("-") if piece[:1].isupper())
    if len(initials) > 2:
        yield initials
    for count in range(1, len(words)):
        for part in (words[:count], words[-count:]):
            ends = {part[0].casefold(), part[-1].casefold()}
            proper = (part[0][:1].isupper() and part[-1][:1].isupper()) or part[-1].isdigit()
            if proper and ends & (shapes.strong | shapes.weak):
                yield " ".join(part)
    first = words[0].casefold() if words else ""
    if len(words) > 2 and words[1].casefold() in _OF and first not in shapes.other_first:
        yield words[0]


def _pattern(forms: Iterable[str]) -> re.Pattern[str] | None:
    """All forms, the longest first, with any space and apostrophe."""
    ordered = sorted(forms, key=len, reverse=True)
    if not ordered:
        return None
    written = "|".join(re.escape(each).replace("\\ ", r"\s+").replace("'", "['’]") for each in ordered)
    return re.compile(rf"(?<![\w-])(?={_CAPITAL}|\d)(?i:{written})(?![\w-])")


def _is_short_mention(text: str, match: re.Match[str], sentence: Sentence) -> bool:
    """Whether a short form stands alone with its article and is no part of another name."""
    if (
        text[match.end() : match.end() + 2].strip()[:1].isupper()
        and text[match.end() : match.end() + 1] == " "
    ):
        return False
    if _is_abbreviation(match[0]) or " " in match[0]:
        return True
    words = _words(sentence.language)
    before = text[max(sentence.start, match.start() - 8) : match.start()].split()
    last = before[-1].casefold().replace("’", "'") if before else ""
    last = last[-2:] if last.endswith("'") else last
    return words is not None and last in words.articles


@cache
def _shapes() -> _Shapes:
    names: dict[str, set[str]] = defaultdict(set)
    for language in languages():
        for name in _Shapes.__dataclass_fields__:
            names[name] |= set(table(language, "outlets").get(name, ()))
    return _Shapes(**{name: frozenset(names[name]) for name in _Shapes.__dataclass_fields__})


@cache
def _first_names() -> frozenset[str]:
    return frozenset(
        each.casefold() for language in languages() for each in table(language, "names").get("first", ())
    )


@cache
def _words(language: str) -> _Words | None:
    found = table(language, "outlets")
    if not found:
        return None
    links = "|".join(
        sorted((re.escape(each).replace("'", "['’]") for each in found["links"]), key=len, reverse=True)
    )
    capital = rf"(?![CJNSQMT]u?['’])(?:[LlDd]['’])?{_CAPITAL}[\w&]*+(?:['’.-](?!s\b)[^\W_]+)*+"
    tails = "|".join(found["tails"])
    name = re.compile(
        rf"(?<![\w’'-])(?:[ldLD]['’])?+{capital}(?:(?:(?:\s(?:{links})){{1,3}}(?:\s|(?<=['’]))|\s){capital}|\s\d{{1,3}}\b(?![.,%]?\d)){{0,9}}+(?:\s(?:{tails})(?!\w))?"
    )
    return _Words(
        tuple((int(weight), _ended("|".join(each))) for weight, each in found["before"].items()),
        tuple((int(weight), _begun("|".join(each))) for weight, each in found["behind"].items()),
        name,
        _begun(found["beside"]),
        _ended(found["presents"]),
        frozenset(found["leading"]),
        frozenset(found["articles"]),
    )


def _ended(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_apostrophes(pattern)})(?:\s+the)?[\s«“\"‘(]*$", re.IGNORECASE)


def _begun(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_apostrophes(pattern)})", re.IGNORECASE)


def _apostrophes(pattern: str) -> str:
    return pattern.replace("'", "['’]")
