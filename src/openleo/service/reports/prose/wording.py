"""The words of a language around figures, from its table, as patterns: bounds, parts, labels, signs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.numerals import number_pattern


@dataclass(frozen=True, eq=False)
class Words:
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
    part: re.Pattern[str]
    compared: re.Pattern[str]
    among: re.Pattern[str]
    those: re.Pattern[str]
    of_the: re.Pattern[str]
    onward: re.Pattern[str]
    since: re.Pattern[str]
    lasting: re.Pattern[str]
    offers: re.Pattern[str]
    worth: re.Pattern[str]
    shifted: re.Pattern[str]
    taken_of: re.Pattern[str]
    of_it: re.Pattern[str]
    sides: re.Pattern[str]
    voting: re.Pattern[str]
    grown: re.Pattern[str]
    pointed: re.Pattern[str]
    harmed: re.Pattern[str]
    held: re.Pattern[str]
    votes: re.Pattern[str]
    numbering: re.Pattern[str]
    likewise: re.Pattern[str]
    ends: re.Pattern[str]
    others: re.Pattern[str]
    had: re.Pattern[str]
    acted: re.Pattern[str]
    intro: re.Pattern[str]
    of_people: re.Pattern[str]
    taken: re.Pattern[str]
    level: re.Pattern[str]
    number_of: re.Pattern[str]
    listed: re.Pattern[str]
    to_date: re.Pattern[str]
    own_deed: re.Pattern[str]
    taking: re.Pattern[str]
    minus: re.Pattern[str]
    only: re.Pattern[str]
    subject: re.Pattern[str]
    in_all: re.Pattern[str]
    coin: re.Pattern[str]
    rival: re.Pattern[str]
    rivalry: re.Pattern[str]
    kind: re.Pattern[str]
    every: re.Pattern[str]
    out_of: re.Pattern[str]
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
    depth: re.Pattern[str]
    contents: re.Pattern[str]
    not_within: re.Pattern[str]
    moved: re.Pattern[str]
    negated: re.Pattern[str]
    half: re.Pattern[str]


@cache
def words_of(language: str) -> Words | None:
    """The words of a language; None where it has no table of them."""
    own = table(language, "figures")
    if not own:
        return None
    number, counting = number_pattern(language), table(language, "numerals")
    never, there = (
        "|".join(
            each.replace(" ", r"\s").replace("<n>", number)
            for each in own["never"]
            if each.startswith("<n>") == begins
        )
        for begins in (False, True)
    )
    symbols, currencies = _any(own["symbols"]), _any(own["currencies"])
    signs = "|".join(re.escape(each) for each in own["currencies"] if each in own["symbols"])
    scales = _any(own["scales"])
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
        part=_leading(own, "part", number), compared=_leading(own, "compared", number),
        among=_leading(own, "among", number), those=_leading(own, "those", number),
        of_the=_leading(own, "of_the", number),
        onward=_leading(own, "onward", number), since=_leading(own, "since", number),
        lasting=_leading(own, "lasting", number), offers=_leading(own, "offers", number),
        worth=_leading(own, "worth", number), shifted=_leading(own, "shifted", number),
        taken_of=_leading(own, "taken_of", number),
        sides=re.compile(own["sides"], re.I),
        voting=re.compile(rf"(?<!\w){own['voting']}", re.I),
        of_it=_leading(own, "of_it", number), grown=_leading(own, "grown", number),
        pointed=_leading(own, "pointed", number),
        harmed=_leading(own, "harmed", number), held=re.compile(own["held"], re.I),
        votes=re.compile(rf"(?<!\w){own['votes'].replace('<n>', number)}$", re.I),
        numbering=re.compile(
            rf"(?<!\w)(?:{_any(own['numbering'])})\s?(?:(?:{_any(own['determiners'])})\s)?$", re.I
        ),
        likewise=re.compile(own["likewise"], re.I), ends=re.compile(own["ends"], re.I),
        others=re.compile(rf"\s(?:{_any(own['others'])})(?!\w)", re.I),
        acted=re.compile(rf"\s{own['acted']}", re.I), intro=re.compile(own["intro"], re.I),
        of_people=re.compile(own["of_people"], re.I),
        taken=re.compile(rf"\s{own['taken']}", re.I),
        had=re.compile(rf"\s(?:{_any(own['verbs'])})(?!\w)", re.I),
        level=re.compile(rf"(?<!\w)(?:{own['level']})\s(?:(?:{_any(own['determiners'])})\s)?$", re.I),
        number_of=re.compile(rf"(?<!\w)(?:{own['number_of']})(?P<counted>[^\W\d_]+(?:\s[^\W\d_]+)?)", re.I),
        listed=re.compile(
            rf"(?:,|;|(?<!\w)(?:{_any(own['listing'])}))\s"
            rf"(?:(?:{_any([*own['listing'], *own['determiners']])})\s)*$", re.I,
        ),
        to_date=re.compile(rf"\s(?:(?:{_any(own['to_date'])})(?:\s|(?<=['’])))?", re.I),
        own_deed=re.compile(rf"(?<!\w)(?:{own['own_deed']})(?!\w)", re.I),
        taking=_leading(own, "taking", number),
        minus=re.compile(rf"(?:(?<!\w)(?:{_any(own['minus'])})\s|(?<![\w\s])[-−]|(?<=\s)[-−])$", re.I),
        subject=re.compile(own['subject'], re.I),
        in_all=re.compile(rf"\s(?:{_any(own['in_all'])})(?!\w)", re.I),
        coin=re.compile(rf"\s([a-z]{{3,9}})(?=\s(?:{own['coin']})\s|[.,;:!?)]|$)"),
        rival=re.compile(own['rival'], re.I), rivalry=re.compile(own['rivalry'], re.I),
        only=re.compile(rf"(?:{own['only']})$", re.I), kind=re.compile(rf"^\s(?:{own['kind']})(?=\s)", re.I),
        every=re.compile(own["every"], re.I),
        out_of=re.compile(rf"\s+(?:{own['out_of']})\s+", re.I),
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
        negated=re.compile(rf"(?<!\w){own['negated']}", re.I),
        depth=re.compile(rf"\s{own['depth']}", re.I), contents=re.compile(rf"\s{own['contents']}", re.I),
        not_within=re.compile(rf"\s{own['not_within']}", re.I),
        moved=re.compile(rf"(?<!\w){own['moved']}\s$", re.I),
        beside=re.compile(rf"(?<!\w)(?:{_any(own['beside'])})\s*$", re.I),
        weak_unless=re.compile(rf"(?<!\w)(?:{_any(own['weak_unless'])})\s*$", re.I),
    )  # fmt: skip


def _leading(own: Mapping[str, Any], name: str, number: str) -> re.Pattern[str]:
    """Words of a table that stand before a number, with those between."""
    between = _any([*own["determiners"], *own["least"], *own["most"]])
    said = own[name] if isinstance(own[name], str) else "|".join(own[name])
    said = said.replace("<n>", number)
    return re.compile(rf"(?:(?<!\w)|(?=%))(?:{said})[\s(,]+(?:(?:{between})\s*)?$", re.I)


def _any(words: Sequence[str] | Mapping[str, object]) -> str:
    """A regular expression for one of some words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(each).replace(r"\ ", r"\s").replace("'", "[’']") for each in ordered) or "(?!)"
