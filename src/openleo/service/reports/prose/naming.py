"""Patterns and words by which names are told, of one language: the table `names` of its file, compiled."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo import data
from openleo.service.reports.prose.concepts import folded
from openleo.service.reports.prose.language import languages, table

UPPER: Final = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŹŻŽȘȚ"
_CAPITAL: Final = rf"[{UPPER}][\w-]{{0,40}}(?:['’][{UPPER}][\w-]{{0,40}})?(?:\.(?=\s[{UPPER}]))?"
_SPACE: Final = "[ \u00a0\u202f\n]"
_LONGEST: Final = 8
"""Words with a capital in one name, at most."""
_APOSTROPHES: Final = ("'", "’")
WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Naming:
    """The patterns of one language. needed: words of which a sentence with a name of a kind has one."""

    needed: Mapping[str, frozenset[str]]
    run: re.Pattern[str]
    offices: re.Pattern[str]
    bodies: re.Pattern[str]
    places: re.Pattern[str]
    titles: re.Pattern[str]
    lead: re.Pattern[str]
    unfinished: re.Pattern[str]
    aged: re.Pattern[str]
    office_before: re.Pattern[str]
    office_after: re.Pattern[str]
    numbered: frozenset[str]
    before: re.Pattern[str]
    weakly: re.Pattern[str]
    introduced: re.Pattern[str]
    speech_after: re.Pattern[str]
    speech_before: re.Pattern[str]
    apposition: re.Pattern[str]
    never: frozenset[str]
    article: re.Pattern[str]
    first: frozenset[str]
    organisations: frozenset[str]
    suffixes: frozenset[str]
    outlets: frozenset[str]
    heads: frozenset[str]
    joiners: tuple[str, ...]


@cache
def countries() -> frozenset[str]:
    """Countries of the base map by their English names."""
    return frozenset(folded(each) for each in data.load("countries")["name"].tolist())


@cache
def naming(language: str) -> Naming | None:
    """What tells names in a language, None where its file has no such table."""
    words = table(language, "names")
    if not words:
        return None
    joiners, articles = _of_all("joiners"), _of_all("articles")
    gap, article = rf"(?:(?<=['’])|{_SPACE})", _any(articles)
    capital = rf"(?:(?!(?i:{article})(?:\b|(?<=['’]))){_CAPITAL})"
    introducing, speech, joined = (_any(each) for each in (words["introducing"], words["speech"], joiners))
    heads = _heads(words, gap, capital, _any(words["articles"]))
    posts = _any((*words["offices"], *words["roles"]))
    named = rf"(?:{capital}|(?i:{_any((*words['domains'], *words['organisations']))})\b)"
    start = r"(?:(?<![\w-])|(?<=\b[A-Za-z]['’]))"
    needed = {
        "office": ("offices", "roles"), "organisation": ("organisations", "capital"), "place": ("places",)
    }  # fmt: skip
    return Naming(
        needed={
            kind: frozenset(
                word for key in keys for each in words[key] for word in WORD.findall(each.lower())[:1]
            )
            | ({"minister"} if kind == "office" else frozenset())
            for kind, keys in needed.items()
        },
        run=re.compile(
            rf"{start}(?:{_CAPITAL})(?:(?:{_SPACE}(?:{joined}{gap})?|-)(?:{_CAPITAL})|{_SPACE}\d{{1,4}}\b(?![.,]\d))"
            rf"{{0,{_LONGEST}}}"
        ),
        offices=heads["offices"],
        bodies=heads["organisations"],
        places=heads["places"],
        titles=re.compile(rf"(?<!\w)(?i:{_any(words['titles'], dotted=True)}){_SPACE}$"),
        lead=re.compile(
            rf"(?i:{_any((*words['titles'], *words['offices'], *words['roles']), dotted=True)})"
            rf"{_SPACE}(?={_CAPITAL})"
        ),
        unfinished=re.compile(
            rf"{_SPACE}(?i:{_any(words['of'])}){gap}(?i:{_any(words['unfinished'] or ['¤'])})$"
        ),
        aged=re.compile(rf",{_SPACE}(?i:{words['age']})"),
        office_before=re.compile(
            rf"(?<!\w)(?i:{posts})(?:{_SPACE}(?i:{_any(words['of'])}){gap}{named}(?:{_SPACE}{named}){{0,3}})?,?{_SPACE}$"
        ),
        office_after=re.compile(
            rf",{_SPACE}(?:(?i:{article}){gap})?(?:[a-zà-ÿ-]+{_SPACE})?(?i:{posts})\b(?={_SPACE}(?i:{_any(words['of'])})|,)"
        ),
        numbered=frozenset(map(folded, words["numbered"])),
        before=re.compile(rf"(?<!\w)(?i:{_any(words['locative'])})(?:{gap}(?i:{article}))?{gap}$"),
        weakly=re.compile(rf"(?<!\w)(?i:{_any(words['weak'])})(?:{gap}(?i:{article}))?{gap}$"),
        introduced=re.compile(rf"(?<!\w)(?i:{introducing}),?{_SPACE}(?:[«“\"]\s?)?$"),
        speech_after=re.compile(rf",?{_SPACE}(?:\w{{1,4}}{_SPACE})?(?i:{speech})\b"),
        speech_before=re.compile(rf"\b(?i:{speech}),?{_SPACE}$"),
        apposition=re.compile(
            rf",{_SPACE}(?:(?i:{article}){gap})?(?:[\w-]+{_SPACE}){{0,3}}(?i:{introducing})\b"
        ),
        never=frozenset(map(folded, words["never"])),
        article=re.compile(
            rf"(?i:{_any(each for each in articles if each[-1:] in _APOSTROPHES)}"
            rf"|{_any(each for each in articles if each[-1:] not in _APOSTROPHES)}(?=\s))"
        ),
        first=frozenset(map(folded, words["first"])),
        organisations=frozenset(map(folded, words["organisations"])),
        suffixes=frozenset(words["suffixes"]),
        outlets=frozenset(map(folded, _of_all("outlets"))),
        heads=frozenset(map(folded, words["places"])),
        joiners=joiners,
    )


def _heads(
    words: Mapping[str, Sequence[str]], gap: str, capital: str, article: str
) -> dict[str, re.Pattern[str]]:
    """Patterns of offices, organisations and places by their heads; the group `name` is the name."""
    of, domains = _any(words["of"]), _any((*words["domains"], *words["organisations"]))
    places, adjective = _any(words["places"]), rf"(?:{_SPACE}(?i:{_any(words['domains'])})\b)"
    plain = [each for each in words["organisations"] if each not in words["capital"]]
    bodies = rf"(?:(?i:{_any(plain)})\b|(?:{_any(each.capitalize() for each in words['capital'])})\b)"
    named = rf"(?:{capital}|(?i:{domains})\b)"
    listed = rf"(?:,{_SPACE}(?:(?i:{of}){gap})?(?i:{domains})\b)"
    more_of = rf"(?:(?i:{of}){gap})?{named}"
    also = rf"(?:{listed}|,?{_SPACE}(?:and|et){_SPACE}{more_of}|{_SPACE}{more_of})"
    rest = rf"(?:{_SPACE}(?i:{of}){gap}{named}{also}{{0,5}})"
    front = rf"(?:(?:{capital}|(?i:{_any(words['domains'])})){_SPACE}){{1,3}}"
    begin = rf"(?<![\w-])(?:(?i:{article}){gap})?"
    more = rf"(?:(?:-|{_SPACE}){capital}){{0,3}}"
    patterns = {
        "offices": rf"(?i:{_any(words['offices'])})\b(?:{adjective}{rest}?|{rest})|{front}(?i:minister)\b"
        rf"|(?i:{_any(words['roles'])}){rest}",
        "organisations": rf"{front}{bodies}{rest}?|{bodies}(?:{adjective}{{1,2}}{rest}?|{rest})",
        "places": rf"(?i:{places}){_SPACE}(?:(?i:{of}){gap})?{capital}{more}"
        rf"|{capital}(?:{_SPACE}{capital}){{0,2}}{_SPACE}(?i:{places})\b",
    }
    return {kind: re.compile(rf"{begin}(?P<name>{each})") for kind, each in patterns.items()}


@cache
def _of_all(key: str) -> tuple[str, ...]:
    """Words of all languages, the longest first: a name keeps its own language in a text in another."""
    found = {each for language in languages() for each in table(language, "names").get(key, ())}
    return tuple(sorted(found, key=lambda each: (-len(each), each)))


def _any(words: Iterable[str], *, dotted: bool = False) -> str:
    """A pattern for any of some words, the longest first; both kinds of apostrophe are the same."""
    ordered = sorted(set(words), key=len, reverse=True)
    pattern = "|".join(re.escape(each).replace("'", "['’]").replace(r"\ ", _SPACE) for each in ordered)
    return rf"(?:{pattern or '(?!)'})" + (r"\.?" if dotted else "")
