"""Where sentences begin and end."""

import re
from functools import cache
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.language import table
from openleo.service.reports.proposals import Sentence

# A full stop with what may close behind it, white space, and something that may begin a sentence.
_END: Final = re.compile(
    r"([.!?…]+)[\s\u00a0\u202f]*[»”\"’')\]]*(?=\s+[«“\"‘'(\[—–-]*[\s\u00a0\u202f]*[^\W_a-zà-öø-ÿ])"
)
_WORD_BEFORE: Final = re.compile(r"[\w.’'-]*$")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]", re.UNICODE)


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
        if match[1] == "." and _is_short(text[begin : match.start()], language):
            continue
        found.append((begin, match.end()))
        begin = match.end()
    found.append((begin, end))
    return [stripped for each in found if (stripped := _stripped(text, *each))[0] < stripped[1]]


def _is_short(before: str, language: str) -> bool:
    """Whether a full stop ends an abbreviation or initials, and not a sentence."""
    found = _WORD_BEFORE.search(before)
    word = found[0] if found else ""
    return word.lower() in _abbreviations(language) or bool(word) and _INITIALS.fullmatch(word) is not None


@cache
def _abbreviations(language: str) -> frozenset[str]:
    return frozenset(table(language, "sentences").get("abbreviations", ()))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
