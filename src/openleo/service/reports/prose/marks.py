"""Pairs of quotation marks, paragraph by paragraph.

It knows «», “”, „“, straight double marks, and single marks where no double ones stand around them. A mark
that is opened again in the next paragraph goes on there; one that is never closed ends with its sentence,
so that it takes no more of the text. Its weakness: a plural possessive ("the boats' owners") between single
marks may close them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Sentence

REACH: Final = 4000
"""Characters in which a closing mark is looked for."""
DEPTH: Final = 3
"""Pairs within each other."""

_OPENING: Final = re.compile(r"[«“„\"‘']")
_CLOSES: Final = {"«": "»", "“": "”", "„": "“”", '"': '"'}
_SINGLE_CLOSE: Final = {"‘": "’", "'": "'"}
_ENDED: Final = ".!?…"
_BEFORE_OPENING: Final = " \t\n\u00a0\u202f([—–-/:'’"


@dataclass(frozen=True)
class Marked:
    """What stands between two marks of one paragraph.

    outer_start, outer_end: with its marks; start, end: without. group: the same number for what goes on in
    the next paragraph.
    """

    outer_start: int
    outer_end: int
    start: int
    end: int
    group: int


def marked(document: Document, sentences: Sequence[Sentence]) -> list[Marked]:
    """What stands between marks in a document, in order; none lies within another."""
    text, found = document.text, list[Marked]()
    open_mark, group, place = "", 0, 0
    for start, end, _ in document.paragraphs():
        while place < len(sentences) and sentences[place].start < start:
            place += 1
        first = place
        while place < len(sentences) and sentences[place].start < end:
            place += 1
        ends = [each.end for each in sentences[first:place]]
        goes_on = bool(open_mark) and _goes_on(text[start:end].lstrip()[:1], open_mark)
        if not goes_on:
            group += 1
        inside, open_mark = _paragraph(text, start, end, ends, group, goes_on)
        found += inside
        group = max([group, *(each.group for each in inside)])
    return [each for each in found if each.start < each.end]


def _goes_on(first: str, open_mark: str) -> bool:
    return first == open_mark or (open_mark == "«" and first == "»")


def _paragraph(
    text: str, start: int, end: int, ends: Sequence[int], group: int, goes_on: bool
) -> tuple[list[Marked], str]:
    """The pairs of a paragraph, and the mark that is still open at its end.

    goes_on: whether its first mark belongs to the group of the paragraph before.
    """
    found: list[Marked] = []
    at, number = start, group if goes_on else group + 1
    if goes_on and text[start:end].lstrip()[:1] == "»":
        at = text.index("»", start)
        closed = _double(text, at + 1, end, "«")
        last = end if closed is None else closed
        found.append(Marked(at, min(end, last + 1), at + 1, last, number))
        if closed is None:
            return found, "«"
        at, number = last + 1, number + 1
    while (match := _OPENING.search(text, at, end)) is not None:
        begin, mark = match.start(), match[0]
        at = begin + 1
        if not _opens(text, begin, start, end):
            continue
        close = _single(text, begin + 1, end, mark) if mark in _SINGLE_CLOSE else _double(text, at, end, mark)
        if close is None and mark in _SINGLE_CLOSE:
            continue
        if close is None:
            again = _OPENING.search(text, at, end)
            if again is None and _goes_on(text[end : end + 40].lstrip()[:1], mark):
                found.append(Marked(begin, end, at, end, number))
                return found, mark
            last = next((each for each in ends if each > begin), end)
            last = min(last, again.start()) if again is not None else last
            found.append(Marked(begin, last, at, last, number))
            at = last
        else:
            found.append(Marked(begin, close + 1, at, close, number))
            at = close + 1
        number += 1
    return found, ""


def _opens(text: str, at: int, start: int, end: int) -> bool:
    """Whether a mark opens something, and is no apostrophe, inch or closing mark."""
    mark = text[at]
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    if mark in "«„":
        return True
    if mark == "“":
        return not (before.isalnum() or before in _ENDED + ",") or after.isalnum()
    if mark == '"':
        return before in _BEFORE_OPENING and not after.isspace()
    return before in " \t\n\u00a0\u202f([—–" and after.isalpha()


def _double(text: str, at: int, end: int, mark: str) -> int | None:
    """Where the closing mark of a double one stands."""
    closes, depth, limit = _CLOSES[mark], 0, min(end, at + REACH)
    begin = at
    while at < limit:
        place = min(
            (found for each in {*closes, mark} if (found := text.find(each, at, limit)) >= 0), default=-1
        )
        if place < 0:
            return _wrong_close(text, begin, limit, mark)
        if text[place] in closes:
            if depth == 0:
                return place
            depth -= 1
        else:
            said = text[begin:place].rstrip()
            if depth == DEPTH or said[-1:] in _ENDED or not said:
                return None
            if mark == "“" and not _opens(text, place, begin, limit):
                return place
            depth += 1
        at = place + 1
    return None


def _wrong_close(text: str, begin: int, limit: int, mark: str) -> int | None:
    """Where a straight mark closes a curly one, as some programs write it."""
    place = text.find('"', begin, limit) if mark == "“" else -1
    return place if place > begin and not text[place - 1].isspace() else None


def _single(text: str, at: int, end: int, mark: str) -> int | None:
    """Where the closing mark of a single one stands: behind a stop rather than behind the s of a plural."""
    close, limit = _SINGLE_CLOSE[mark], min(end, at + REACH // 4)
    first, place = None, text.find(close, at, limit)
    opened = re.compile(rf"(?<=[\s(\[]){mark}(?=[^\W\d_])").search(text, at, limit)
    stop = opened.start() if opened else limit
    while 0 <= place < stop:
        after = text[place + 1] if place + 1 < end else " "
        if not after.isalnum() and not text[place - 1].isspace():
            if text[place - 1] in ",.!?…":
                return place
            if first is None or text[first - 1] == "s":
                first = place
        place = text.find(close, place + 1, limit)
    return first
