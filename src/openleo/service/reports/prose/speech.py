"""Who is said to say something: verbs and words of speech in a sentence.

Quotations and moods are both read by it. It looks for a verb of speech with its subject before it ("the
minister said") or, after a comma or a quotation mark, behind it ("said the minister", « a déclaré le
ministre »), and for words such as "according to". Its weakness: it knows no grammar but the order of words,
so that a subject that stands in another clause may be missed.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.speakers import (
    clause_begins,
    is_apposition,
    is_time,
    may_begin,
    speaker_before,
    speaker_behind,
    stretch,
)
from openleo.service.reports.prose.tongue import LINKS, MASK, Token, Tongue, first_word, tokens, tongue

_TIED: Final = re.compile(r"-(?:t-)?([^\W\d_]+)$")
"""A pronoun at the end of a verb: « laisse-t-il »."""


@dataclass(frozen=True)
class Saying:
    """A mention that somebody says something.

    start, end: its verb or other word. speaker_start, speaker_end: the wording of the speaker, -1 where none
    was found. verb: as written, in lower case. way: subject before the verb, behind it, a word such as
    "according to", or a participle that has the subject of what was said before it.
    """

    start: int
    end: int
    speaker_start: int
    speaker_end: int
    verb: str
    way: str

    @property
    def first(self) -> int:
        """Where verb or speaker begins, whichever comes first."""
        return min(self.start, self.speaker_start) if self.speaker_start >= 0 else self.start

    @property
    def last(self) -> int:
        """Where verb or speaker ends, whichever comes last."""
        return max(self.end, self.speaker_end)


@cache
def _tags(language: str) -> frozenset[str]:
    """Verbs that say something only where a quotation stands beside them."""
    words = table(language, "quotations")
    ends = (*words["endings"], *words.get("done_endings", ()))
    stems = (stem + each for stem in words["tag_stems"] for each in ends)
    said = (*words["tags"], *words.get("tag_done", ()))
    return frozenset(stems) | (frozenset(said) - frozenset(words["says"]))


def is_report(saying: Saying, language: str) -> bool:
    """Whether it makes a sentence one on somebody's word without a quotation as well."""
    return saying.way in ("according", "quoted") or saying.verb not in _tags(language)


def sayings(masked: str, start: int, end: int, language: str) -> list[Saying]:
    """The mentions of speech in a sentence, in order. masked: the text with MASK for its quotations."""
    words = tongue(language)
    if words is None:
        return []
    found: list[Saying] = []
    for match in words.according.finditer(masked, start, end):
        who = speaker_behind(masked, match.end(), end, words) or _oblique(masked, match.end(), end, words)
        if who is not None and masked[slice(*who)].lower() not in words.relatives:
            found.append(Saying(match.start(), match.end(), *who, match[0].lower(), "according"))
    is_cited = words.cites.search(masked, start, end) is not None
    for match in words.quoted_by.finditer(masked, start, end) if is_cited else ():
        begin = match.start(match.lastgroup or 0)
        who = speaker_behind(masked, begin, end, words)
        if who is not None:
            found.append(Saying(match.start(), begin, *who, match[0].lower(), "quoted"))
    for match in words.passive.finditer(masked, start, end) if is_cited else ():
        who = speaker_before(tokens(masked, max(start, match.start() - 240), match.start()), words)
        if who is not None:
            found.append(Saying(match.start(), match.end(), *who, match[0].lower(), "quoted"))
    for match in words.verb.finditer(masked, start, end):
        if not any(each.first <= match.end() - 1 < each.last for each in found):
            one = _of_verb(masked, start, end, match, words)
            if one is not None:
                found.append(one)
    found.sort(key=lambda each: each.start)
    return _with_participles(masked, start, end, words, found)


def _oblique(masked: str, start: int, end: int, words: Tongue) -> tuple[int, int] | None:
    """A pronoun behind "according to"."""
    found = tokens(masked, start, min(end, start + 20))
    return (found[0].start, found[0].end) if found and found[0].low in words.oblique else None


def _with_participles(masked: str, start: int, end: int, words: Tongue, found: list[Saying]) -> list[Saying]:
    """Sayings with those of participles ("adding"), whose speaker is that of the saying before them."""
    if not found:
        return found
    added = [
        Saying(match.start(), match.end(), before[-1].speaker_start, before[-1].speaker_end, match[0].lower(),
               "participle")
        for match in words.participle.finditer(masked, start, end)
        if (before := [each for each in found if each.start < match.start()])
        and not any(each.first <= match.start() < each.last for each in found)
    ]  # fmt: skip
    return sorted([*found, *added], key=lambda each: each.start)


def _of_verb(masked: str, start: int, end: int, match: re.Match[str], words: Tongue) -> Saying | None:
    """The saying of one verb, None where it is none after all."""
    verb = (match["done"] or match["bare"]).lower().replace("’", "'")
    before = tokens(masked, max(start, match.start() - 240), match.start())
    # Behind a compound past « par » tells how: « a répondu par courriel ».
    after = "" if match["done"] else first_word(masked, match.end(), min(end, match.end() + 40))
    if after in words.refused_after and words.means.match(masked, match.end(), end):
        after = ""
    if words.no_helper.search(match["helper"] or ""):
        return None
    if _is_refused(before, after, words) and not _is_one_of_them(before, verb, words):
        return None
    while before and before[-1].low in words.helpers:
        before.pop()
    pronoun = pronoun_of(match, words)
    if pronoun is not None:
        return Saying(match.start(), match.end(), *pronoun, verb, "behind")
    if not before:
        return None
    if (before[-1].word[0] in LINKS and not is_apposition(before, words)) or (
        before[-1].low in words.relatives_before
    ):
        who = speaker_behind(masked, match.end(), end, words)
        if who is not None and not _has_verb_after(masked, who, before, words):
            return Saying(match.start(), match.end(), *who, verb, "behind")
    who = speaker_before(before, words)
    if who is None or _holds_verb(masked, who, words):
        return None
    return Saying(match.start(), match.end(), *who, verb, "before")


def _holds_verb(masked: str, who: tuple[int, int], words: Tongue) -> bool:
    """Whether the wording of somebody ran into a verb: not « le juge », a noun behind its article."""
    for match in words.verb.finditer(masked, *who):
        before = tokens(masked, who[0], match.start())
        if not before or before[-1].low not in words.determiners:
            return True
    return False


def _is_refused(before: list[Token], after: str, words: Tongue) -> bool:
    """Whether a verb says nothing: denied, passive, an infinitive, or a noun of the same letters."""
    if any(each.low in words.nobody for each in before[clause_begins(before, words) :]):
        return True
    place = len(before) - 1
    if place > 0 and before[place].low in words.objects and before[place - 1].low in words.leads_object:
        return after in words.refused_after
    while place >= 0 and before[place].low in words.helpers and before[place].low not in words.refused:
        place -= 1
    if place >= 0 and before[place].low in words.refused:
        return True
    is_counted = len(before) > 2 and before[-1].low in words.counts and before[-2].low in words.inside
    if before and before[-1].low in words.determiners and before[-1].low not in words.helpers:
        return not is_counted
    return after in words.refused_after


def _is_one_of_them(before: list[Token], verb: str, words: Tongue) -> bool:
    """Whether a word such as "one" or "several" is all of the subject: "One said", not "some claims"."""
    first = clause_begins(before, words)
    return len(before) - first == 1 and before[first].low in words.alone and not verb.endswith("s")


def pronoun_of(match: re.Match[str], words: Tongue) -> tuple[int, int] | None:
    """Where a pronoun stands that is tied to a verb: "a-t-elle ajouté", "assure-t-il"."""
    for name in ("helper", "clitic"):
        found = re.search(r"-(?:t-)?([^\W\d_]+)\s*(?:[^\W\d_]+\s)?$", match[name] or "")
        if found is not None and found[1].lower() in words.pronouns:
            return match.start(name) + found.start(1), match.start(name) + found.end(1)
    return None


def _has_verb_after(masked: str, who: tuple[int, int], before: list[Token], words: Tongue) -> bool:
    """Whether what stands behind a verb is its object: "The operator, a company, said the link was cut"."""
    if before[-1].word != ",":
        return False
    follows = tokens(masked, who[1], min(len(masked), who[1] + 40))
    return bool(follows) and follows[0].low in words.auxiliaries


def unknown_verb(masked: str, start: int, end: int, words: Tongue) -> Saying | None:
    """A verb that no list has, between a quotation and somebody: « ..., tranche le ministre »."""
    found = tokens(masked, start, min(end, start + 160))
    while found and found[0].is_mark and found[0].word != MASK:
        found.pop(0)
    if not found:
        return None
    at = _verb_at(found, words)
    tied = _TIED.search(found[at].word) if at is not None else None
    if at is not None and tied is not None and tied[1].lower() in words.pronouns:
        start = found[at].start
        return Saying(
            start, found[at].end, start + tied.start(1), start + tied.end(1), found[at].low, "behind"
        )
    if at is not None:
        who = speaker_behind(masked, found[at].end, end, words)
        near = found[at + 1 : at + 4]
        if who is None or who[0] not in {each.start for each in near}:
            return None
        if any(each.low in words.prepositions for each in near if each.start < who[0]):
            return None
        return Saying(found[0].start, found[at].end, *who, found[at].low, "behind")
    span = stretch(found, 0, words) if may_begin(found[0], words) else None
    if span is None:
        return None
    inside = [each for each in found if each.end <= span[1]]
    if inside[0].low in words.pronouns:
        inside = found[:2]
        if _is_compound(found, words):
            return Saying(found[2].start, found[2].end, *span, found[2].low, "before")
    if len(inside) > 1 and words.verb_shape_after.fullmatch(inside[-1].low):
        return Saying(inside[-1].start, inside[-1].end, span[0], inside[-2].end, inside[-1].low, "before")
    return None


def _is_compound(found: list[Token], words: Tongue) -> bool:
    """Whether a pronoun and a compound past stand alone: « ..., elle a plaisanté. »"""
    return (
        len(found) > 2
        and found[1].low in words.auxiliaries
        and words.verb_shape_done.fullmatch(found[2].low) is not None
        and (len(found) == 3 or found[3].is_mark)
    )


def _verb_at(found: list[Token], words: Tongue) -> int | None:
    """Which of some tokens looks like the verb with which they begin: « tranche », « a fulminé »."""
    if words.verb_shape.fullmatch(found[0].low) and not _is_grammar(found[0], words):
        return 0
    for at in range(1, min(3, len(found))):
        if not all(each.low in words.helpers or each.low in words.auxiliaries for each in found[:at]):
            return None
        shape = words.verb_shape_done if found[at - 1].low in words.auxiliaries else None
        shape = words.verb_shape if found[at - 1].low in words.reflexives else shape
        is_verb = shape is not None and shape.fullmatch(found[at].low)
        if is_verb and at + 1 < len(found) and may_begin(found[at + 1], words):
            return None if is_time(found[at + 1 :], words) else at
    return None


def _is_grammar(token: Token, words: Tongue) -> bool:
    return any(
        token.low in each
        for each in (words.stops, words.determiners, words.prepositions, words.conjunctions, words.fillers,
                     words.times, words.pronouns, words.breaks)
    )  # fmt: skip
