"""Where sentences begin and end."""

import re
from functools import cache
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.language import table

# A full stop with what may close behind it, white space, and something that may begin a sentence. Possessive
# where a run of one character could be tried again and again.
_END: Final = re.compile(
    r"(?<![.!?…])([.!?…]++)(?:[\s\u00a0\u202f]?[»)\]]|[”\"’'])*+"
    r"(?=\s++[«“\"‘'(\[—–-]*+\s*+(?P<next>[^\W_a-zà-öø-ÿœ][\w'’]*+))"
)
LONGEST: Final = 2000
"""Characters of a sentence. A longer one is cut, at white space where there is any: some rules take the
square of a sentence's length, and no writer's sentence is as long."""
_LONGEST_WORD: Final = 24
_SPACES: Final = (" ", "\n", "\t", "\u00a0")
_WORD_BEFORE: Final = re.compile(r"[^\W_][\w.°-]*$|(?<=['’])[\w.-]+$")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")


def sentences(document: Document) -> tuple[Sentence, ...]:
    """The sentences of what was not set aside, in order; a title or a line without a full stop is one."""
    return tuple(
        Sentence(first, last, language)
        for start, end, language in document.paragraphs()
        for first, last in _cut(document.text, start, end, language)
    )


def _cut(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    found, begin = [], start
    for match in _END.finditer(text, start, end):
        if match[1] == "." and match.end(1) == match.end():
            before = text[max(begin, match.start() - _LONGEST_WORD) : match.start()]
            if _is_short(before, match["next"], language):
                continue
        found.append((begin, match.end()))
        begin = match.end()
    found.append((begin, end))
    whole = (_stripped(text, *each) for each in found)
    return [part for first, last in whole if first < last for part in _parts(text, first, last)]


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence, or the parts into which one is cut that is too long."""
    parts = []
    while end - start > LONGEST:
        cut = max(text.rfind(space, start, start + LONGEST) for space in _SPACES)
        cut = cut if cut > start else start + LONGEST
        parts.append(_stripped(text, start, cut))
        start = _stripped(text, cut, end)[0]
    return [*parts, (start, end)]


def _is_short(before: str, follows: str, language: str) -> bool:
    """Whether a full stop ends an abbreviation or initials, and not a sentence.

    A title ("Dr.") goes on with a name, "No." with a number; any other ends the sentence where the next word
    is one that sentences begin with ("at 11 p.m. The harbour").
    """
    found = _WORD_BEFORE.search(before)
    word = found[0] if found else ""
    if word.lower() in _words(language, "numbers"):
        return follows[0].isdigit()
    if word.lower() in _words(language, "titles"):
        return True
    is_short = word.lower() in _words(language, "abbreviations") or _INITIALS.fullmatch(word) is not None
    if is_short and len(word) == 1 and word.islower():
        return False
    return is_short and follows.lower().replace("’", "'") not in _words(language, "starters")


@cache
def _words(language: str, name: str) -> frozenset[str]:
    return frozenset(table(language, "sentences").get(name, ()))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
