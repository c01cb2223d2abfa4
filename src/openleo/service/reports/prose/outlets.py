"""Outlets and agencies that a document cites.

Names are weighed by what they look like (`mastheads`), by the words around each of their mentions ("told",
"the newspaper", "écrit", "selon"; `surroundings`), and by what speaks against them (the operator X, supplied
by X). A plain name needs one sure sign ("X reported on Monday that", "joint par X") or two lesser ones. A
name that is found once is then found at its other mentions, in short form as well, under a second name or an
abbreviation that stands behind it in brackets, and under its original name, where a translation tells that
(`renamed`). Its weakness: an outlet with a plain name that is cited once, by "according to" or "said" alone,
or that a statement only regrets or thanks, is not told from a company; a company that was told or contacted,
that somebody was speaking to, or that has obtained a document, and of which nothing else is said, is taken
for an outlet. A translated name whose original stands in the text alone, not in a notice or in brackets,
stays as it was written where the dictionary of names lacks one of its words; a programme that is named with
its station ("guest of X on Y FM") is taken for an outlet.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Outlet, Sentence
from openleo.service.reports.prose.capitals import AROUND, CAPITAL, LONGEST, is_headline, names, second
from openleo.service.reports.prose.mastheads import (
    DOUBTFUL,
    ENOUGH,
    bare,
    has_article,
    is_abbreviation,
    key,
    plain,
    short_forms,
    weight_of,
)
from openleo.service.reports.prose.renamed import translations, with_originals
from openleo.service.reports.prose.surroundings import WITH_ARTICLE, Words, around, of_itself, words_of

_SHORT: Final = "short form"
_OWN: Final = "its own name"
_TWICE: Final = 8
"""Weight of two different signs around a plain name, neither of which is enough."""
_DECIDED: Final = 2 * ENOUGH
"""Weight, for a name or against it, from which on no more is looked for."""
_MOST: Final = 10
"""Mentions of one name whose surroundings are looked at."""
_ARTICLE: Final = re.compile(r"\b(?:The|Le|La|Les)\s+$|\bL['’]$")
_OF_MORE: Final = re.compile(rf"\s(?:of|de|du|des)\s+(?:the\s+|la\s+)?{CAPITAL}|\sd['’]{CAPITAL}")
_ADDED: Final = re.compile(r"\s*[,(].*")
_DATELINE: Final = re.compile(r"\s*\([^()]{2,60}\)\s*[-–—]")
"""What follows the place in a dateline: " (NPA) -"."""


@dataclass
class _Weighed:
    """A name with what speaks for it. why: the reason of most weight; around: that of the words around it.

    against: whether those say that it is something else.
    """

    name: str
    weight: int = 0
    why: str = ""
    heaviest: int = 0
    around: int = 0
    against: bool = False
    shape: int = 0
    seen: set[tuple[bool, str]] = field(default_factory=set)

    def add(self, weight: int, why: str, *, around: bool = False) -> None:
        """Count a reason for it, or against it, each once. around: whether it stands around the name."""
        if (weight > 0, why) not in self.seen:
            self.seen.add((weight > 0, why))
            self.weight += weight
            if around:
                self.around = max(self.around, weight)
                self.against = self.against or weight <= -ENOUGH
            if weight > self.heaviest:
                self.heaviest, self.why = weight, why

    @property
    def is_outlet(self) -> bool:
        """Whether enough speaks for it: the look of a press name, or words that only stand by one."""
        is_titled = (True, WITH_ARTICLE) in self.seen
        looks, told = self.shape > 0 or is_titled, self.around > 0 or is_titled
        is_told_twice = self.weight >= _TWICE and told and not self.against
        return self.weight >= ENOUGH and (
            max(self.shape, self.around) >= ENOUGH or (looks and told) or is_told_twice
        )


@dataclass
class _Found:
    """Names with what speaks for them; pairs, the second of which stands in brackets; and neighbours.

    passes: pairs of which the first is an outlet if the second is. brackets: pairs of which the second alone
    looks like an outlet's, or has an article with a capital; names of one where other words tell that the
    first is one, or where enough speaks for the two together.
    """

    weighed: dict[str, _Weighed] = field(default_factory=dict)
    alike: list[tuple[str, str]] = field(default_factory=list)
    beside: list[tuple[str, str, int]] = field(default_factory=list)
    passes: list[tuple[str, str]] = field(default_factory=list)
    brackets: list[tuple[str, str]] = field(default_factory=list)


def cited(document: Document, sentences: Sequence[Sentence]) -> tuple[Outlet, ...]:
    """The mentions of outlets in a document, in order; name: the full name that the document has for it."""
    found, counted = _Found(), Counter[str]()
    for sentence in sentences:
        _weigh(document.text, sentence, found, counted)
    own = _own(document) if document.kind == "report" else ""
    accepted = _accepted(found, own, document.language)
    return with_originals(document, sentences, tuple(_mentions(document, sentences, accepted, found.alike)))


def _own(document: Document) -> str:
    """The name under which a document is published, without what a comma or brackets add to it."""
    return _ADDED.sub("", document.source.strip()) or document.source.strip()


def _accepted(found: _Found, own: str, language: str) -> dict[str, _Weighed]:
    """The names that are outlets, by the key of each."""
    weighed = found.weighed
    outlets = {name for name, each in weighed.items() if each.is_outlet} | {key(own)}
    for one, other, weight in found.beside:
        for a, b in ((one, other), (other, one)):
            if weighed[a].against:
                weighed[b].add(-ENOUGH, f"beside {weighed[a].name}")
            if a in outlets:
                weighed[b].add(weight, f"beside {weighed[a].name}", around=True)
    for one, other in found.passes:
        if other in outlets or weighed[other].is_outlet:
            weighed[one].add(ENOUGH, f"cites {weighed[other].name}", around=True)
    accepted = {name: each for name, each in weighed.items() if each.is_outlet}
    free = [each.name for name, each in weighed.items() if not each.against and name != key(own)]
    translated = list(translations(free, language))
    together = [
        pair for pair in found.brackets
        if pair in translated or key(pair[0]) in accepted or _is_together(pair, weighed)
    ] + [
        pair for pair in translated
        if _is_together(pair, weighed, ENOUGH if any(key(each) in accepted for each in pair) else 0)
    ]  # fmt: skip
    found.alike += together
    for one, other in found.alike:
        if key(one) in accepted or key(other) in accepted or (one, other) in together:
            why = accepted.get(key(one), accepted.get(key(other)))
            for each in (one, other):
                accepted.setdefault(key(each), _Weighed(each, ENOUGH, why.why if why else "brackets"))
    if own:
        accepted.setdefault(key(own), _Weighed(own, ENOUGH, _OWN))
    return accepted


def _is_together(pair: tuple[str, str], weighed: Mapping[str, _Weighed], more: int = 0) -> bool:
    """Whether what speaks for a name and for its second one, and more, is enough together."""
    one, other = (weighed.get(key(each)) for each in pair)
    if one is None or other is None or one.against or other.against:
        return False
    return min(one.weight, other.weight) > 0 and one.weight + other.weight + more >= ENOUGH


def _weigh(text: str, sentence: Sentence, found: _Found, mentions: Counter[str]) -> None:
    """Count what speaks for the names of a sentence."""
    words = words_of(sentence.language)
    if words is None:
        return
    last = "", sentence.start, sentence.start
    in_headline = not sentence.start and is_headline(text[: sentence.end])
    for start, end in names(text, sentence):
        name = text[start:end]
        if end - start > LONGEST:
            continue
        in_brackets = second(text, end)
        if in_brackets is not None and not _DATELINE.match(text, end, sentence.end):
            _note_second(name, in_brackets, found)
        if in_headline or mentions[key(name)] == _MOST:
            continue
        mentions[key(name)] += 1
        each = found.weighed.setdefault(key(name), _Weighed(bare(name)))
        between = text[last[2] : start]
        if last[0] and words.beside.fullmatch(between):
            before = text[max(sentence.start, last[1] - AROUND) : last[1]]
            led = len(between.split()) > 1 or is_abbreviation(name) or _is_led(before, words)
            found.beside.append((last[0], key(name), ENOUGH if led else ENOUGH - 2))
        elif last[0] and words.relayed.fullmatch(between):
            found.passes.append((key(name), last[0]))
        elif last[0] and words.passes.fullmatch(between):
            found.passes.append((last[0], key(name)))
        last = key(name), start, end
        for weight, why in of_itself(text, start, end, sentence, words):
            each.add(weight, why)
            each.shape = max(each.shape, weight if why != WITH_ARTICLE else 0)
        if abs(each.weight) >= _DECIDED:
            continue
        told = 0
        for weight, why in around(text, start, end, sentence, words):
            each.add(weight, why, around=True)
            told = max(told, weight)
        if (
            in_brackets is not None
            and told > DOUBTFUL
            and each.shape == 0
            and not is_abbreviation(in_brackets)
        ):
            each.add(ENOUGH, "a second name", around=True)
            found.alike.append((bare(name), bare(in_brackets)))


def _note_second(name: str, in_brackets: str, found: _Found) -> None:
    """Count a name in brackets: it is another of the same outlet, or initials of what is none."""
    looks = weight_of(name)
    if looks > 0:
        found.alike.append((bare(name), bare(in_brackets)))
    elif looks < 0 and is_abbreviation(in_brackets):
        initials = found.weighed.setdefault(key(in_brackets), _Weighed(bare(in_brackets)))
        initials.add(-2 * ENOUGH, f"stands for {name}")
    elif (weight_of(in_brackets) > 0 or has_article(in_brackets)) and not is_abbreviation(in_brackets):
        found.brackets.append((bare(name), bare(in_brackets)))


def _is_led(before: str, words: Words) -> bool:
    """Whether the words before a name say that somebody tells something, or is told it."""
    return any(weight > 0 and pattern.search(before) for weight, pattern in words.before)


def _mentions(
    document: Document, sentences: Sequence[Sentence], accepted: Mapping[str, _Weighed],
    alike: Iterable[tuple[str, str]],
) -> Iterator[Outlet]:  # fmt: skip
    """All mentions of accepted names, short forms and abbreviations among them."""
    forms = _forms(accepted, alike)
    pattern = _pattern(forms)
    if pattern is None:
        return
    own = key(_own(document))
    looks = weight_of(_own(document)) > DOUBTFUL
    for sentence in sentences:
        for match in pattern.finditer(document.text, sentence.start, sentence.end):
            name, why = forms[plain(match[0])]
            if why == _SHORT and not _is_short_mention(document.text, match, sentence):
                continue
            if _is_credit(document.text, sentence):
                break
            if key(name) == own and _is_notice(document.text, match, sentence, looks or why != _OWN):
                continue
            yield Outlet(match.start(), match.end(), name, why)


def _forms(accepted: Mapping[str, _Weighed], alike: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """By each form of the accepted names: the name that it stands for, and why that is an outlet."""
    original = _originals(alike, {name: each.name for name, each in accepted.items()})
    ordered = sorted(accepted.items(), key=lambda item: len(item[0]))
    forms = {
        plain(bare(each.name)): (original.get(name, bare(each.name)), each.why) for name, each in ordered
    }
    for name, each in ordered:
        for short in short_forms(bare(each.name)):
            why = forms[plain(short)][1] if plain(short) in forms else _SHORT
            forms[plain(short)] = original.get(name, bare(each.name)), why
    return forms


def _originals(alike: Iterable[tuple[str, str]], spelled: Mapping[str, str]) -> dict[str, str]:
    """The name that stands for each: for a translated one that in brackets, for initials the full one."""
    found: dict[str, str] = {}
    for one, other in alike:
        if key(one) in spelled and key(other) in spelled:
            full = one if is_abbreviation(other) else other
            found[key(one)] = found[key(other)] = spelled.get(key(full), full)
    return found


def _pattern(forms: Iterable[str]) -> re.Pattern[str] | None:
    """All forms, the longest first, with any space and apostrophe."""
    ordered = sorted(forms, key=len, reverse=True)
    if not ordered:
        return None
    written = "|".join(re.escape(each).replace("\\ ", r"\s+").replace("'", "['’]") for each in ordered)
    return re.compile(rf"(?<![\w-])(?={CAPITAL}|\d|[\w-]+\.\w)(?i:{written})(?![\w-])")


def _is_credit(text: str, sentence: Sentence) -> bool:
    """Whether a sentence is a paragraph that only names who else has worked on it: "(with KNA)"."""
    words = words_of(sentence.language)
    begins = not text[: sentence.start].strip() or text[: sentence.start].endswith("\n\n")
    if words is None or not begins:
        return False
    return words.credit.fullmatch(text, sentence.start, sentence.end) is not None


def _is_notice(text: str, match: re.Match[str], sentence: Sentence, looks: bool) -> bool:
    """Whether an outlet's own name stands where nothing is cited: "This is The Dispatch.".

    looks: whether it looks like an outlet's, or was found to be one; that of an association does not, and is
    cited where the words around say so.
    """
    words = words_of(sentence.language)
    if words is None:
        return False
    before = text[max(sentence.start, match.start() - AROUND) : match.start()]
    is_issued = words.issued.match(text, match.end(), sentence.end) is not None
    if is_issued or words.presents.search(before) or _presented(text, match.end(), sentence, words):
        return True
    ends = text[sentence.start : sentence.end].rstrip('»”"’) \u00a0\u202f')[-1:] in tuple(".!?…")
    if ends and looks:
        return False
    if before.endswith("(") and text[match.end() : match.end() + 1] == ")":
        return False
    article = _ARTICLE.search(before)
    if article is not None and article.start() > 0 and ends:
        return False
    start = match.start() - (len(article[0]) if article is not None else 0)
    if words.to_own.search(before) and weight_of(match[0]) >= 0:
        return False
    least = 0 if looks else DOUBTFUL
    return not any(weight > least for weight, _ in around(text, start, match.end(), sentence, words))


def _presented(text: str, end: int, sentence: Sentence, words: Words) -> bool:
    """Whether the words behind a name say what sort of outlet it is."""
    behind = text[end : min(sentence.end, end + AROUND)]
    return any(weight > ENOUGH and pattern.match(behind) for weight, pattern in words.behind)


def _is_short_mention(text: str, match: re.Match[str], sentence: Sentence) -> bool:
    """Whether a short form stands alone with its article and is no part of another name."""
    if (
        text[match.end() : match.end() + 2].strip()[:1].isupper()
        and text[match.end() : match.end() + 1] == " "
    ):
        return False
    if is_abbreviation(match[0]) or " " in match[0]:
        return True
    if _OF_MORE.match(text, match.end()):
        return False
    words = words_of(sentence.language)
    before = text[max(sentence.start, match.start() - 12) : match.start()].split()
    last = before[-1].casefold().replace("’", "'") if before else ""
    last = last[-2:] if last.endswith("'") else last
    return words is not None and (last in words.articles - {"a"} or last.endswith("'s"))
