"""What of a text is not the article: advertisements, forms, credits, "read also"; set aside, and kept.

A paragraph is set aside as a whole, by how it begins, and only where it is short. Weakness: a line of another
kind than the language files know stays in the article, and a short sentence of the article that begins as one
of theirs does is set aside.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from openleo.service.reports.document import Aside
from openleo.service.reports.prose.language import languages, table

LONGEST: Final = 300
"""Characters of a paragraph that is set aside by its words."""


def asides(paragraphs: Sequence[str]) -> dict[int, str]:
    """Which paragraphs are set aside, by their place, and what they are; in all languages that are known."""
    found = {}
    for at, paragraph in enumerate(paragraphs):
        plain = paragraph.strip(" \t\n*-–—>|[]()•·#_=")
        if not plain or len(plain) > LONGEST or "\n" in plain:
            continue
        for why, pattern in _patterns().items():
            if pattern.match(plain):
                found[at] = why
                break
    return found


def placed(paragraphs: Sequence[str], why: Mapping[int, str]) -> tuple[Aside, ...]:
    """The same as characters of the text that the paragraphs make, with an empty line between them."""
    found, start = [], 0
    for at, paragraph in enumerate(paragraphs):
        if at in why:
            found.append(Aside(start, start + len(paragraph), why[at]))
        start += len(paragraph) + 2
    return tuple(found)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """What a paragraph is, and how it then begins: the expressions of all language files, joined."""
    joined: dict[str, list[str]] = {}
    for language in languages():
        for why, beginnings in table(language, "asides").items():
            joined.setdefault(why, []).extend(beginnings)
    return {
        why: re.compile("|".join(f"(?:{each})" for each in beginnings), re.IGNORECASE)
        for why, beginnings in joined.items()
    }
