"""Who is said to say something: verbs and words of speech in a sentence, and the wording of the speaker.

Quotations and moods are both read by it. It looks for a verb of speech with its subject before it ("the
minister said") or, after a comma or a quotation mark, behind it ("said the minister", « a déclaré le
ministre »), and for words such as "according to". Its weakness: it knows no grammar but the order of words, so
that a long subject may be cut short, and a subject that stands in another clause may be missed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from openleo.service.reports.language import table
from openleo.service.reports.wordlists import any_of

MASK: Final = "¤"
"""Stands for each character of a quotation where a sentence is read without its quotations."""
LONGEST: Final = 12
"""Words of a speaker, at most."""

_TOKEN: Final = re.compile(
    r"(?<!\w)(?:[cdjlmnst]|qu)['’](?=\w)|\d+(?:[.,\u00a0\u202f]\d+)+|[^\W_]+(?:[-.'’][^\W_]+)*|¤+|[^\w\s]",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(r"\s*,[^,.;:!?¤]{1,30},")
_LINKS: Final = frozenset(',;:—–()[]«»“”"¤…')


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


@dataclass(frozen=True)
class Token:
    """A word or mark of a text; low: in lower case, with a straight apostrophe."""

    start: int
    end: int
    word: str
    low: str

    @property
    def is_mark(self) -> bool:
        return not self.word[0].isalnum() and not self.word[0] == "’"

    @property
    def is_capital(self) -> bool:
        return self.word[0].isupper()


@dataclass(frozen=True)
class Tongue:
    """What a language brings to the reading of speech, from the table `quotations` of its file."""

    verb: re.Pattern[str]
    participle: re.Pattern[str]
    according: re.Pattern[str]
    quoted_by: re.Pattern[str]
    passive: re.Pattern[str]
    verb_shape: re.Pattern[str]
    verb_shape_after: re.Pattern[str]
    tags_inside: bool
    determiners: frozenset[str]
    pronouns: frozenset[str]
    refused: frozenset[str]
    nobody: frozenset[str]
    objects: frozenset[str]
    leads_object: frozenset[str]
    refused_after: frozenset[str]
    partners: frozenset[str]
    relatives_before: frozenset[str]
    auxiliaries: frozenset[str]
    prepositions: frozenset[str]
    inside: frozenset[str]
    inside_names: frozenset[str]
    joined: frozenset[str]
    stops: frozenset[str]
    breaks: frozenset[str]
    conjunctions: frozenset[str]
    relatives: frozenset[str]
    helpers: frozenset[str]
    fillers: frozenset[str]
    times: frozenset[str]


def covered(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text of the same length with MASK for each character of some spans, which are in order."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], MASK * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Words and marks of a part of a text."""
    return [
        Token(each.start(), each.end(), each[0], each[0].lower().replace("’", "'"))
        for each in _TOKEN.finditer(text, start, end)
    ]


@cache
def tongue(language: str) -> Tongue | None:
    """The words of a language, None where its file has none."""
    words = table(language, "quotations")
    if not words:
        return None
    before, after = words["before_verb"], words["after_verb"]
    helped = rf"(?P<helper>{before})(?P<done>{any_of(_forms(words, 'done_endings', 'done'))})"
    bare = rf"(?P<bare>{any_of(_forms(words, 'endings', 'says', 'tags'))})(?P<clitic>{after})"
    return Tongue(
        verb=re.compile(rf"(?:(?<![\w'’-])|(?<=\b[lmn]['’]))(?:{helped}|{bare})(?:(?<=['’])|(?!['’]?\w))", re.I),
        participle=_words(words["participles"]),
        according=_words(words["according"]),
        quoted_by=re.compile(words["quoted"], re.I),
        passive=re.compile(words["passive"], re.I),
        verb_shape=re.compile(words["verb_shape"]),
        verb_shape_after=re.compile(words["verb_shape_after"]),
        tags_inside=words["tags_inside"],
        **{
            name: frozenset(words[name])
            for name in (
                "determiners", "pronouns", "refused", "nobody", "objects", "leads_object", "refused_after", "partners", "relatives_before", "auxiliaries", "prepositions", "inside", "inside_names", "joined", "stops",
                "breaks", "conjunctions", "relatives", "helpers", "fillers", "times",
            )
        },
    )  # fmt: skip


def _forms(words: Mapping[str, Any], endings: str, *lists: str) -> Iterator[str]:
    """The forms of verbs: those written out, and stems with endings."""
    for name in lists:
        yield from words.get(name, ())
    for stem in (*words["say_stems"], *words["tag_stems"]):
        yield from (stem + each for each in words.get(endings, ()))


def _words(found: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’-]){any_of(found)}(?!\w)", re.IGNORECASE)


@cache
def _tags(language: str) -> frozenset[str]:
    """Verbs that say something only where a quotation stands beside them."""
    words = table(language, "quotations")
    ends = (*words["endings"], *words.get("done_endings", ()))
    stems = (stem + each for stem in words["tag_stems"] for each in ends)
    return frozenset(stems) | (frozenset(words["tags"]) - frozenset(words["says"]))


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
        who = speaker_behind(masked, match.end(), end, words)
        if who is not None:
            found.append(Saying(match.start(), match.end(), *who, match[0].lower(), "according"))
    for match in words.quoted_by.finditer(masked, start, end):
        who = speaker_behind(masked, match.start("who"), end, words)
        if who is not None:
            found.append(Saying(match.start(), match.start("who"), *who, match[0].lower(), "quoted"))
    for match in words.passive.finditer(masked, start, end):
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


def _with_participles(masked: str, start: int, end: int, words: Tongue, found: list[Saying]) -> list[Saying]:
    """Sayings with those of participles ("adding"), whose speaker is that of the saying before them."""
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
    after = tokens(masked, match.end(), min(end, match.end() + 40))
    if _is_refused(before, after, words):
        return None
    while before and before[-1].low in words.helpers:
        before.pop()
    pronoun = pronoun_of(match, words)
    if pronoun is not None:
        return Saying(match.start(), match.end(), *pronoun, verb, "behind")
    if not before:
        return None
    if (before[-1].word[0] in _LINKS and not _is_apposition(before, words)) or (
        before[-1].low in words.relatives_before
    ):
        who = speaker_behind(masked, match.end(), end, words)
        if who is not None and not _has_verb_after(masked, who, before, words):
            return Saying(match.start(), match.end(), *who, verb, "behind")
    who = speaker_before(before, words)
    if who is None or words.verb.search(masked, *who):
        return None
    return Saying(match.start(), match.end(), *who, verb, "before")


def _is_refused(before: list[Token], after: list[Token], words: Tongue) -> bool:
    """Whether a verb says nothing: denied, passive, an infinitive, or a noun of the same letters."""
    if any(each.low in words.nobody for each in before[_clause(before, words) :]):
        return True
    place = len(before) - 1
    if place > 0 and before[place].low in words.objects and before[place - 1].low in words.leads_object:
        return bool(after) and after[0].low in words.refused_after
    while place >= 0 and before[place].low in words.helpers and before[place].low not in words.refused:
        place -= 1
    if place >= 0 and before[place].low in words.refused:
        return True
    if before and before[-1].low in words.determiners and before[-1].low not in words.helpers:
        return True
    return bool(after) and after[0].low in words.refused_after


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


def somebody(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """The wording with which some tokens begin, or a part of them after a comma, where it is somebody."""
    for begin in (0, *(at + 1 for at, each in enumerate(found) if each.word == ",")):
        at = _first_noun(found[begin:], words)
        if at is not None and _may_begin(found[begin + at], words):
            span = _stretch(found[begin:], at, words)
            if span is not None:
                return span
    return None


def subject_alone(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """Who some tokens name, where they name somebody and say no more."""
    begin = _clause(found, words)
    at = _first_noun(found[begin:], words, 1)
    span = None if at is None else _stretch(found[begin:], at, words)
    is_named = span is not None and _may_begin(found[begin], words)
    return span if is_named and span is not None and span[1] == found[-1].end else None


def unknown_verb(masked: str, start: int, end: int, words: Tongue) -> Saying | None:
    """A verb that no list has, between a quotation and somebody: « ..., tranche le ministre »."""
    found = tokens(masked, start, min(end, start + 160))
    while found and found[0].is_mark and found[0].word != MASK:
        found.pop(0)
    if not found:
        return None
    if words.verb_shape.fullmatch(found[0].low) and not _is_grammar(found[0], words):
        who = speaker_behind(masked, found[0].end, end, words)
        if who is not None and len(found) > 1 and who[0] in {each.start for each in found[1:4]}:
            return Saying(found[0].start, found[0].end, *who, found[0].low, "behind")
        return None
    span = _stretch(found, 0, words) if _may_begin(found[0], words) else None
    if span is None:
        return None
    inside = [each for each in found if each.end <= span[1]]
    if len(inside) > 1 and words.verb_shape_after.fullmatch(inside[-1].low):
        return Saying(inside[-1].start, inside[-1].end, span[0], inside[-2].end, inside[-1].low, "before")
    return None


def _is_grammar(token: Token, words: Tongue) -> bool:
    return any(
        token.low in each
        for each in (words.stops, words.determiners, words.prepositions, words.conjunctions, words.fillers,
                     words.times, words.pronouns, words.breaks)
    )  # fmt: skip


def speaker_behind(masked: str, start: int, end: int, words: Tongue) -> tuple[int, int] | None:
    """The wording of a speaker in what stands behind a verb, at once or after a time or a place."""
    aside = _ASIDE.match(masked, start, end)
    found = tokens(masked, aside.end() if aside else start, min(end, start + 240))
    at = _first_noun(found, words)
    return None if at is None else _stretch(found, at, words)


def speaker_before(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """The wording of the subject that ends with the last of some tokens, which a verb follows."""
    found = list(found)
    if found and found[-1].low in words.relatives:
        found.pop()
        if found and found[-1].word == ",":
            found.pop()
        return _nearest(found, words)
    elif found and found[-1].word == ",":
        found = _before_apposition(found[:-1])
    elif found and found[-1].word in ")—–":
        opened = {")": "(", "—": "—", "–": "–"}[found[-1].word]
        places = [at for at, each in enumerate(found[:-1]) if each.word == opened]
        found = found[: places[-1]] if places else []
    if not found:
        return None
    if found[-1].low in words.conjunctions:
        return somebody(found, words)
    begin = _clause(found, words)
    at = _first_noun(found[begin:], words, len(found))
    if at is None:
        return None
    return _stretch(found[begin:], at, words)


def _nearest(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """The wording of whom the last of some tokens ends: of "answered a trader, who said" the trader."""
    for at in range(len(found) - 1, max(-1, len(found) - LONGEST), -1):
        governed = at > 0 and found[at - 1].low in words.prepositions
        named_on = at > 0 and found[at].is_capital and found[at - 1].is_capital
        if governed or named_on or not _may_begin(found[at], words):
            continue
        span = _stretch(found, at, words)
        if span is not None and span[1] == found[-1].end:
            return span
    return None


def _is_apposition(found: list[Token], words: Tongue) -> bool:
    """Whether tokens are somebody and an apposition between commas: "Paralune, the operator,"."""
    if found[-1].word != ",":
        return False
    head = _before_apposition(found[:-1])
    if not head or any(each.low in words.auxiliaries for each in found[len(head) :]):
        return False
    begin = _clause(head, words)
    if begin and head[begin - 1].word[0] in "¤,":
        return False
    at = _first_noun(head[begin:], words, len(head))
    return at is not None and _stretch(head[begin:], at, words) == (head[begin + at].start, head[-1].end)


def _before_apposition(found: list[Token]) -> list[Token]:
    """What stands before the last comma: of "Paralune, the operator" the name."""
    for at in range(len(found) - 1, -1, -1):
        if found[at].word in ",—–":
            return found[:at]
        if found[at].word in ";:¤" or len(found) - at > 2 * LONGEST:
            return []
    return []


def _clause(found: list[Token], words: Tongue) -> int:
    """Where the clause that ends with the last token begins."""
    for at in range(len(found) - 1, -1, -1):
        each = found[at]
        if each.word[0] in _LINKS or each.low in words.breaks:
            return at + 1
        if each.low in words.conjunctions and not _is_list(found, at, words):
            return at + 1
    return 0


def _is_list(found: list[Token], at: int, words: Tongue) -> bool:
    """Whether an "and" joins two subjects: "two councillors and a source"."""
    left = at
    while left > 0 and found[left - 1].word[0] not in _LINKS and at - left < 6:
        left -= 1
    part = found[left:at]
    if not part or not _may_begin(part[0], words) or any(each.low in words.stops for each in part):
        return False
    return at + 1 < len(found) and _may_begin(found[at + 1], words)


def _may_begin(token: Token, words: Tongue) -> bool:
    if token.low in words.times or token.is_mark:
        return False
    return (
        token.low in words.determiners
        or token.is_capital
        or token.word[0].isdigit()
        or token.low in words.pronouns
    )


def _first_noun(found: list[Token], words: Tongue, reach: int = 10) -> int | None:
    """Where the wording of somebody begins: what no preposition governs."""
    for at, each in enumerate(found[: max(reach, 1)]):
        if each.word[0] in ',;:()«»“”"¤?!.…':
            if at and reach <= 10:
                return None
            continue
        if each.low in words.fillers or each.low in words.times:
            continue
        if at == 0 and each.low in words.determiners:
            return at
        if each.low in words.prepositions:
            if each.is_capital and at and not found[at - 1].is_mark:
                continue
            continue
        governed = at > 0 and found[at - 1].low in words.prepositions
        if governed:
            continue
        if _may_begin(each, words):
            if (
                each.is_capital
                and at
                and found[at - 1].is_capital
                and found[at - 1].low not in words.prepositions
            ):
                continue
            return at
        if at == 0 and each.low not in words.stops and not each.is_mark:
            return at
    return None


def _stretch(found: list[Token], at: int, words: Tongue) -> tuple[int, int] | None:
    """From where to where the wording of somebody goes that begins at a token."""
    first = found[at]
    if first.low in words.pronouns:
        return first.start, first.end
    last, place = at, at + 1
    if first.low in words.determiners or first.word[0].isdigit():
        last = -1
    while place < len(found) and place - at < LONGEST:
        each, before = found[place], found[place - 1]
        following = found[place + 1] if place + 1 < len(found) else None
        if each.is_mark or each.low in words.times:
            break
        pair = f"{before.low} {each.low}" in words.joined
        ahead = following is not None and f"{each.low} {following.low}" in words.joined
        if each.low in words.inside or pair or ahead:
            pass
        elif each.low in words.conjunctions:
            if following is None or not _may_begin(following, words) or following.low in words.pronouns:
                break
        elif each.low in words.inside_names:
            behind = found[place + 2] if place + 2 < len(found) else None
            named = following is not None and (
                following.is_capital
                or (following.low in words.determiners and behind is not None and behind.is_capital)
            )
            if not named or (following is not None and following.low in words.times):
                break
        elif before.low in words.inside and each.low in words.partners:
            last = place
        elif each.low in words.stops or each.low in words.prepositions:
            break
        elif each.low not in words.determiners or before.low in words.determiners:
            last = place
        elif (
            before.low not in words.inside
            and before.low not in words.determiners
            and (before.low not in words.prepositions and before.low not in words.conjunctions)
        ):
            break
        place += 1
    return None if last < 0 else (first.start, found[last].end)
