"""Whether phrases of a language's table stand in a text."""

import re
from functools import cache

from openleo.service.reports.prose.language import table


def has(words: str, language: str, key: str) -> bool:
    """Whether one of the phrases that `[origins]` has under a key stands in some words."""
    pattern = _pattern(language, key)
    return pattern is not None and pattern.search(words) is not None


@cache
def _pattern(language: str, key: str) -> re.Pattern[str] | None:
    listed = one_of(language, key)
    return re.compile(rf"(?<!\w){listed}(?!\w)", re.IGNORECASE) if listed else None


def one_of(language: str, key: str) -> str:
    """A pattern of the phrases under a key, with any space and apostrophe in them; "" for none."""
    ordered = sorted(phrases(language, key), key=len, reverse=True)
    joined = "|".join(re.escape(each).replace("'", "['’]").replace(r"\ ", r"\s+") for each in ordered)
    return f"(?:{joined})" if joined else ""


def phrases(language: str, key: str) -> tuple[str, ...]:
    """The phrases that `[origins]` of a language has under a key, in lower case."""
    return tuple(each.casefold() for each in table(language, "origins").get(key, ()))
