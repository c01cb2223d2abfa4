"""Press that a document cites without a name: a local newspaper, the trade press, a report of Tuesday."""

import re
from functools import cache
from typing import Final

from openleo.service.reports.proposals import Read
from openleo.service.reports.prose.citing import FIRST, places
from openleo.service.reports.prose.phrases import has, one_of

_PARTS: Final = ("by", "one", "kinds", "press", "articles")


def nameless(read: Read) -> tuple[int, ...]:
    """The place of the first sentence that has something from press without a name, where one has.

    Only a beginning counts; and by, in or according to such press, or an article of a day, where the sentence
    is told in the document's own voice.
    """
    for place, sentence in zip(places(read), read.proposals.sentences, strict=True):
        if place >= len(FIRST):
            break
        words = read.words(sentence.start, sentence.end)
        is_told = sentence.mood in ("reported", "conditional")
        found = _pattern(sentence.language).search(words)
        if found and (is_told or found["by"] or found["article"]):
            return (place,)
        if is_told and has(words, sentence.language, "unnamed"):
            return (place,)
    return ()


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Press by what it is: one of some, or of a kind; or an article of which it is not said by whom.

    Small letters, as a capital may be that of a name: Orbit Trade Weekly.
    """
    by, one, kinds, press, articles = (one_of(language, each) for each in _PARTS)
    some = rf"(?i:{one})\s+(?:[\w-]+\s+){{0,2}}?{press}"
    of_kind = rf"(?i:(?:the|le|la)\s+)?(?:(?i:{kinds})\s+{press}|{press}\s+{kinds})"
    article = rf"(?<!in )(?<!dans )(?P<article>(?i:{articles}))(?!\s+(?:\w+\s+){{0,3}}{by}\b)"
    return re.compile(rf"\b(?:(?P<by>(?i:{by})\s+)?(?:{some}|{of_kind})|{article})\b")
