"""The wording of a speaker: where somebody is named before or behind a verb of speech.

It takes the shortest full wording: article, name or noun, and what belongs to it by "of" or "for". Its
weakness: it knows a verb only by lists and by where it stands, so that a name which runs into an unknown
verb takes it in.
"""

import re
from collections.abc import Callable
from typing import Final

from openleo.service.reports.prose.tongue import LINKS, Token, Tongue, tokens

LONGEST: Final = 12
"""Words of a speaker, at most."""

SHORT_NAME: Final = 3
"""Words from which a name in apposition is no part of the wording."""

_ASIDE: Final = re.compile(r"\s*,[^,.;:!?¤]{1,30},")


def somebody(
    found: list[Token], words: Tongue, fits: Callable[[tuple[int, int]], bool] = lambda _: True
) -> tuple[int, int] | None:
    """The wording with which some tokens begin, or a part of them after a comma, where it is somebody.

    fits: whether a wording can be the one that is looked for.
    """
    found, governed = _without_time(found, words), None
    for begin in (0, *(at + 1 for at, each in enumerate(found) if each.word == ",")):
        span = _begins_with(found[begin:], words)
        if span is not None and fits(span):
            if found[begin].low not in words.prepositions or found[begin].low in words.determiners:
                return span
            governed = governed or span
    return governed


def _begins_with(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """The wording of somebody with which a main clause begins."""
    if found and _is_dependent(found, words):
        return None
    at = _first_noun(found, words)
    if at is None or not may_begin(found[at], words) or is_time(found[at:], words):
        return None
    span = stretch(found, at, words)
    return None if span is None else _without_predicate(found[at:], span, words)


def _is_dependent(found: list[Token], words: Tongue) -> bool:
    """Whether a clause has no subject that speaks: "which ...", "neither ...", "Answering ..., he"."""
    first = found[0].low
    if first in words.relatives or first in words.nobody:
        return True
    if first in words.breaks and first in words.stops and first not in words.fillers:
        return True
    has_more = any(each.word == "," for each in found)
    return has_more and words.gerund.fullmatch(found[0].word) is not None


def _without_predicate(found: list[Token], span: tuple[int, int], words: Tongue) -> tuple[int, int]:
    """A wording without the verb into which it ran, before an article or a stop: « le maire hausse les »."""
    inside = [each for each in found if each.end <= span[1]]
    follows = found[len(inside)] if len(inside) < len(found) else None
    if follows is None or len(inside) < SHORT_NAME:
        return span
    if follows.low not in words.determiners and follows.word not in ".!?":
        return span
    if inside[-1].is_capital or is_time(found[len(inside) :], words):
        return span
    if any(inside[-2].low in each for each in (words.inside, words.determiners, words.prepositions)):
        return span
    return span[0], inside[-2].end


def is_time(found: list[Token], words: Tongue) -> bool:
    """Whether some tokens begin with a time or an age: « la semaine dernière », « 19 ans »."""
    if len(found) < 2:
        return False
    return found[1].low in words.spans and (found[0].low in words.determiners or found[0].word.isdigit())


def subject_alone(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """Who some tokens name, where they name somebody and say no more."""
    head = _before_apposition(found[:-1]) if found[-1].word == "," else []
    if head and (
        found[len(head) + 1].low in words.relatives or found[len(head) + 1].low in words.prepositions
    ):
        found = head
    begin = clause_begins(found, words)
    at = _first_noun(found[begin:], words, 1)
    span = None if at is None else stretch(found[begin:], at, words)
    is_named = span is not None and may_begin(found[begin], words)
    return span if is_named and span is not None and span[1] == found[-1].end else None


def speaker_behind(masked: str, start: int, end: int, words: Tongue) -> tuple[int, int] | None:
    """The wording of a speaker in what stands behind a verb, at once or after a time or a place."""
    aside = _ASIDE.match(masked, start, end)
    found = tokens(masked, aside.end() if aside else start, min(end, start + 240))
    at = _first_noun(found, words)
    return None if at is None else stretch(found, at, words)


def speaker_before(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """The wording of the subject that ends with the last of some tokens, which a verb follows."""
    found, named = list(found), None
    if len(found) > 1 and found[-1].low in words.pronouns:
        return found[-1].start, found[-1].end
    if found and found[-1].low in words.relatives:
        found.pop()
        if found and found[-1].word == ",":
            found.pop()
        return _nearest(found, words)
    elif found and found[-1].word == ",":
        whole, found = found[:-1], _before_apposition(found[:-1])
        named = _named_behind(whole[len(found) + 1 :], words)
    elif found and found[-1].word in ")—–":
        opened = {")": "(", "—": "—", "–": "–"}[found[-1].word]
        places = [at for at, each in enumerate(found[:-1]) if each.word == opened]
        found = found[: places[-1]] if places else []
    if not found:
        return None
    if found[-1].low in words.conjunctions:
        return somebody(found, words)
    begin = clause_begins(found, words)
    found = _without_time(found[begin:], words)
    at = _first_noun(found, words, len(found))
    span = None if at is None else stretch(found, at, words)
    if at is None or span is None or named is None or span[1] != found[-1].end:
        return span
    return (span[0], named) if not any(each.is_capital for each in found[at + 1 :]) else span


def _named_behind(apposition: list[Token], words: Tongue) -> int | None:
    """Where an apposition ends that is a short name: Faralune of "the operator, Faralune, said"."""
    is_name = 0 < len(apposition) < SHORT_NAME and all(each.is_capital for each in apposition)
    return apposition[-1].end if is_name and apposition[0].low not in words.times else None


def _without_time(found: list[Token], words: Tongue) -> list[Token]:
    """Tokens without a span of time at their beginning: of "Five minutes later the mayor" the mayor."""
    if len(found) > 3 and found[1].low in words.spans and found[2].low in words.later:
        return found[4 if found[3].low in words.times or found[3].is_mark else 3 :]
    return found


def _nearest(found: list[Token], words: Tongue) -> tuple[int, int] | None:
    """The wording of whom the last of some tokens ends: of "answered a trader, who said" the trader."""
    for at in range(len(found) - 1, max(-1, len(found) - LONGEST), -1):
        governed = at > 0 and found[at - 1].low in words.prepositions
        named_on = at > 0 and found[at].is_capital and found[at - 1].is_capital
        if governed or named_on or not may_begin(found[at], words):
            continue
        span = stretch(found, at, words)
        if span is not None and span[1] == found[-1].end:
            return span
    return None


def is_apposition(found: list[Token], words: Tongue) -> bool:
    """Whether tokens are somebody and an apposition between commas: "Paralune, the operator,"."""
    if found[-1].word != ",":
        return False
    head = _before_apposition(found[:-1])
    middle = found[len(head) + 1 :]
    is_clause = bool(middle) and middle[0].low in words.relatives
    if not head or (not is_clause and any(each.low in words.auxiliaries for each in middle)):
        return False
    head = _without_time(head[clause_begins(head, words) :], words)
    at = _first_noun(head, words, len(head))
    if at is None or head[at:][-1].word.isdigit():
        return False
    return stretch(head, at, words) == (head[at].start, head[-1].end)


def _before_apposition(found: list[Token]) -> list[Token]:
    """What stands before the last comma: of "Paralune, the operator" the name."""
    for at in range(len(found) - 1, -1, -1):
        if found[at].word in ",—–":
            return found[:at]
        if found[at].word in ";:¤" or len(found) - at > 2 * LONGEST:
            return []
    return []


def clause_begins(found: list[Token], words: Tongue) -> int:
    """Where the clause that ends with the last token begins."""
    for at in range(len(found) - 1, -1, -1):
        each = found[at]
        if each.word[0] in LINKS or each.low in words.breaks:
            return at + 1
        if each.low in words.relatives and at and found[at - 1].low in words.prepositions:
            return at + 1
        if each.low in words.conjunctions and not (
            _is_list(found, at, words) or _is_in_name(found, at, words)
        ):
            return at + 1
    return 0


def _is_list(found: list[Token], at: int, words: Tongue) -> bool:
    """Whether an "and" joins two subjects: "two councillors and a source"."""
    left = at
    while left > 0 and found[left - 1].word[0] not in LINKS and at - left < 6:
        left -= 1
    part = found[left:at]
    if not part or not may_begin(part[0], words) or any(each.low in words.stops for each in part):
        return False
    return at + 1 < len(found) and may_begin(found[at + 1], words)


def _is_in_name(found: list[Token], at: int, words: Tongue) -> bool:
    """Whether an "and" stands within a name: "the Ministry of Works and Energy"."""
    begin = at - 1
    while begin > 0 and found[begin].is_capital and found[begin].low not in words.inside:
        begin -= 1
    is_led = 0 < begin < at - 1 and found[begin].low in words.inside and found[begin - 1].is_capital
    return is_led and at + 1 < len(found) and found[at + 1].is_capital


def may_begin(token: Token, words: Tongue) -> bool:
    if token.low in words.times or token.is_mark:
        return False
    if token.low in words.stops and token.low not in words.pronouns:
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
        if at == 0 and each.low in words.determiners:
            return at
        if each.low in words.fillers or each.low in words.times:
            continue
        if each.low in words.prepositions:
            if each.is_capital and at and not found[at - 1].is_mark:
                continue
            continue
        ahead = at - 2 if at > 1 and found[at - 1].low in words.determiners else at - 1
        if ahead >= 0 and found[ahead].low in words.prepositions:
            continue
        if may_begin(each, words):
            if (
                each.is_capital
                and at
                and found[at - 1].is_capital
                and found[at - 1].low not in words.prepositions
            ) or _ends_addressee(found, at, words):
                continue
            return at
        if at == 0 and each.low not in words.stops and not each.is_mark:
            return at
    return None


def _ends_addressee(found: list[Token], at: int, words: Tongue) -> bool:
    """Whether a name goes on by an "and" what a preposition governs: « précise à Mines et Réseaux »."""
    if at < 3 or not found[at].is_capital or found[at - 1].low not in words.conjunctions:
        return False
    return found[at - 2].is_capital and found[at - 3].low in words.prepositions


def stretch(found: list[Token], at: int, words: Tongue) -> tuple[int, int] | None:
    """From where to where the wording of somebody goes that begins at a token."""
    first = found[at]
    is_letters = len(first.word) > 1 and first.word.isupper()
    if first.low in words.pronouns and not is_letters:
        return first.start, first.end
    last, place = at, at + 1
    if first.low in words.determiners or first.word[0].isdigit():
        last = -1
    while place < len(found) and place - at < LONGEST:
        each, before = found[place], found[place - 1]
        following = found[place + 1] if place + 1 < len(found) else None
        if _is_possessive(before, each, following):
            place += 1
            continue
        if each.is_mark or each.low in words.times:
            break
        pair = f"{before.low} {each.low}" in words.joined
        ahead = following is not None and f"{each.low} {following.low}" in words.joined
        is_most = each.low in words.superlatives and (
            before.low in words.determiners or before.low in words.inside
        )
        if each.low in words.inside or pair or ahead or is_most:
            last = place if ahead and last < 0 else last
        elif each.low in words.conjunctions:
            if following is None or not may_begin(following, words) or following.low in words.pronouns:
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
    if last < 0:
        is_alone = first.low in words.alone or first.word[0].isdigit()
        return (first.start, first.end) if is_alone else None
    return first.start, found[last].end


def _is_possessive(before: Token, mark: Token, following: Token | None) -> bool:
    """Whether a mark is the apostrophe of a plural: "the skippers' guild"."""
    is_apostrophe = mark.word in ("'", "’") and before.low.endswith("s") and before.end == mark.start
    return is_apostrophe and following is not None and not following.is_mark
