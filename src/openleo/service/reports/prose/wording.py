"""The words of a language around figures, from its table, as patterns: bounds, parts, labels, signs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.numerals import number_pattern


@dataclass(frozen=True, eq=False)
class Words:
    """What figures.py and its rooms look for.

    leading: what stands before a number, with the words for about and at least between them. patterns: what
    else stands by one, as the table has it. Both by the names that the table gives them.
    """

    own: Mapping[str, Any]
    openings: frozenset[str]
    stops: frozenset[str]
    fillers: frozenset[str]
    labels: frozenset[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    between: re.Pattern[str]
    changes: re.Pattern[str]
    by: re.Pattern[str]
    of: re.Pattern[str]
    of_those: re.Pattern[str]
    numbering: re.Pattern[str]
    others: re.Pattern[str]
    had: re.Pattern[str]
    level: re.Pattern[str]
    number_of: re.Pattern[str]
    listed: re.Pattern[str]
    to_date: re.Pattern[str]
    minus: re.Pattern[str]
    in_all: re.Pattern[str]
    coin: re.Pattern[str]
    people: frozenset[str]
    moneys: frozenset[str]
    never: re.Pattern[str]
    never_there: re.Pattern[str]
    symbol: re.Pattern[str]
    exchanged: re.Pattern[str]
    money: re.Pattern[str]
    currency: re.Pattern[str]
    scale: re.Pattern[str]
    tied: re.Pattern[str]
    weak_unless: re.Pattern[str]
    beside: re.Pattern[str]
    half: re.Pattern[str]
    leading: Mapping[str, re.Pattern[str]]
    patterns: Mapping[str, re.Pattern[str]]


@cache
def words_of(language: str) -> Words | None:
    """The words of a language; None where it has no table of them, or none of numbers."""
    own, counting = table(language, "figures"), table(language, "numerals")
    if not own or not counting:
        return None
    number = number_pattern(language)
    never, there = (
        "|".join(
            each.replace(" ", r"\s").replace("<n>", number)
            for each in own["never"]
            if each.startswith("<n>") == begins
        )
        for begins in (False, True)
    )
    symbols, currencies = _any(own["symbols"]), _any(own["currencies"])
    signs = "|".join(re.escape(each) for each in own["currencies"] if each in own["symbols"]) or "(?!)"
    scales = _any(own["scales"])
    about = _any([*own["determiners"], *own["least"], *own["most"]])
    return Words(
        own, frozenset(re.split(r"[ .-]", each)[0] for each in own["phrases"]) | frozenset(
            each.split()[0] for each in own["phrases"]
        ),
        frozenset(own["stops"]) | frozenset(counting["words"])
        | (frozenset(counting["scales"]) - frozenset(own["nouns"])),
        frozenset(own["fillers"]), frozenset(own["labels"]),
        before=re.compile(
            rf"(?<!\w)(?:(?P<least>{_any(own['least'])})|(?P<most>{_any(own['most'])}))"
            rf"(?:\s*(?:{_any(own['of'])}|(?P<about>{_any(own['determiners'])})))?\s*$", re.I,
        ),
        after=re.compile(
            rf"[,(]?\s{{1,3}}(?:(?P<least>{_any(own['least_after'])})|(?P<most>{_any(own['most_after'])}))(?!\w)"
            rf"(?!\s?(?:{_any(own['not_after'])})(?!\w))", re.I,
        ),
        between=re.compile(
            rf"(?<!\w)(?:{_any(own['between'])})\s(?:(?:{_any(own['determiners'])})\s)?$", re.I
        ),
        changes=re.compile(
            rf"(?<!\w){own['changes']}(?!\w)(?:[^.;:]|[.:]\d)*(?<!\w)(?:{_any(own['from'])})\s?$", re.I
        ),
        by=re.compile(rf"(?<!\w)(?:{_any(own['by'])})\s$", re.I),
        of=re.compile(rf"\s+(?:{_any(own['of'])})(?:\s|(?<=[’']))", re.I),
        of_those=re.compile(rf"\s+(?:{_any(own['of_those'])})(?!\w)", re.I),
        numbering=re.compile(
            rf"(?<!\w)(?:{_any(own['numbering'])})\s?(?:(?:{_any(own['determiners'])})\s)?$", re.I
        ),
        others=re.compile(rf"\s(?:{_any(own['others'])})(?!\w)", re.I),
        had=re.compile(rf"\s(?:{_any(own['verbs'])})(?!\w)", re.I),
        level=re.compile(rf"(?<!\w)(?:{own['level']})\s(?:(?:{_any(own['determiners'])})\s)?$", re.I),
        number_of=re.compile(rf"(?<!\w)(?:{own['number_of']})(?P<counted>[^\W\d_]+(?:\s[^\W\d_]+)?)", re.I),
        listed=re.compile(
            rf"(?:,|;|(?<!\w)(?:{_any(own['listing'])}))\s"
            rf"(?:(?:{_any([*own['listing'], *own['determiners']])})\s)*$", re.I,
        ),
        to_date=re.compile(rf"\s(?:(?:{_any(own['to_date'])})(?:\s|(?<=['’])))?", re.I),
        minus=re.compile(rf"(?:(?<!\w)(?:{_any(own['minus'])})\s|(?<![\w\s])[-−]|(?<=\s)[-−])$", re.I),
        in_all=re.compile(rf"\s(?:{_any(own['in_all'])})(?!\w)", re.I),
        coin=re.compile(rf"\s([a-z]{{3,9}})(?=\s(?:{own['coin']})\s|[.,;:!?)]|$)"),
        people=frozenset(own["people"]),
        moneys=frozenset([*own["currencies"].values(), *own["moneys"]]),
        never=re.compile(rf"(?<!\w)(?<!\d[.,])(?:{never})", re.I), never_there=re.compile(there, re.I),
        symbol=re.compile(rf"[ \u00a0\u202f\u2009]?({symbols})(?![\w/²³]|[’']\w)"),
        money=re.compile(rf"[ \u00a0\u202f\u2009]?({scales})?[ \u00a0\u202f]?({signs})(?!\w)"),
        currency=re.compile(
            rf"(?<!\w)(?:({currencies})|(?<!\d[ \u00a0\u202f])({currencies})[ \u00a0\u202f])$"
        ),
        exchanged=re.compile(
            rf"\s([^\W\d_A-Z]{{3,}})\s\((?:(?:{_any(own['determiners'])})\s)?"
            rf"(?:(?:{currencies})|[\d.,\s]+(?:{signs}))"
        ),
        tied=re.compile(rf"(?:({scales})(?=\s[^\W\d_])|(?!))"),
        scale=re.compile(rf"[ \u00a0\u202f]?({scales})(?!\w)"),
        half=re.compile(rf"\s(?:{'|'.join(counting['half'])})(?![\w-])", re.I),
        beside=re.compile(rf"(?<!\w)(?:{_any(own['beside'])})\s*$", re.I),
        weak_unless=re.compile(rf"(?<!\w)(?:{_any(own['weak_unless'])})\s*$", re.I),
        leading={
            name: re.compile(rf"(?:(?<!\w)|(?=%))(?:{said})[\s(,]+(?:(?:{about})\s*)?$", re.I)
            for name, said in _said(own["leading"], number)
        },
        patterns={name: re.compile(said, re.I) for name, said in _said(own["patterns"], number)},
    )  # fmt: skip


def _said(named: Mapping[str, str | Sequence[str]], number: str) -> Iterator[tuple[str, str]]:
    """Regular expressions of a table by their names, with that of a number for <n>."""
    for name, each in named.items():
        yield name, (each if isinstance(each, str) else "|".join(each)).replace("<n>", number)


def _any(words: Sequence[str] | Mapping[str, object]) -> str:
    """A regular expression for one of some words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(each).replace(r"\ ", r"\s").replace("'", "[’']") for each in ordered) or "(?!)"
