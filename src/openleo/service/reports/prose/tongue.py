"""Words and marks of a sentence, and what a language brings to the reading of speech."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.wordlists import any_of

MASK: Final = "¤"
"""Stands for each character of a quotation where a sentence is read without its quotations."""
LINKS: Final = frozenset(',;:—–()[]«»“”"¤…')
"""Marks between which a subject stands."""

_TOKEN: Final = re.compile(
    r"(?<!\w)(?=[^\W\d_]{1,4}\.)(?:prof|dr|mr|mrs|ms|mm|mme|m|pr|me|capt|lt|col|gen|sen|gov|rev)\.(?=\s(?-i:[A-ZÀ-ÖØ-ÞŒ]))"
    r"|(?<!\w)(?:[cdjlmnst]|qu)['’](?=\w|$)|\d+(?:[.,\u00a0\u202f]\d+)+|[^\W_]+(?:[-.'’][^\W_]+)*|¤+|[^\w\s]",
    re.IGNORECASE,
)
_VERB_BEGINS: Final = r"(?:(?<![\w'’-])|(?<=\b[lmn]['’]))"
_VERB_ENDS: Final = r"(?:(?<=['’])|(?!['’]?\w))"
_SETS: Final = (
    "determiners", "alone", "possessives", "counts", "pronouns", "refused", "nobody", "objects",
    "leads_object", "refused_after", "partners", "relatives_before", "auxiliaries", "prepositions",
    "inside", "inside_names", "joined", "stops", "breaks", "conjunctions", "on_behalf", "relatives",
    "helpers", "fillers", "times", "spans", "later", "kin", "reflexives", "oblique", "superlatives",
    "unresolved",
)  # fmt: skip
"""Names of word lists, in the language file as here."""


@dataclass(frozen=True)
class Token:
    """A word or mark of a text; low: in lower case, with a straight apostrophe."""

    start: int
    end: int
    word: str
    low: str

    @property
    def is_mark(self) -> bool:
        return not self.word[0].isalnum() and self.word[0] != "’"

    @property
    def is_capital(self) -> bool:
        return self.word[0].isupper()


@dataclass(frozen=True)
class Tongue:
    """What a language brings to the reading of speech, from the table `quotations` of its file."""

    verb: re.Pattern[str]
    participle: re.Pattern[str]
    according: re.Pattern[str]
    cites: re.Pattern[str]
    quoted_by: re.Pattern[str]
    passive: re.Pattern[str]
    verb_shape: re.Pattern[str]
    verb_shape_done: re.Pattern[str]
    verb_shape_after: re.Pattern[str]
    no_helper: re.Pattern[str]
    means: re.Pattern[str]
    gerund: re.Pattern[str]
    others: Mapping[str, frozenset[str]]
    tags_inside: bool
    determiners: frozenset[str]
    alone: frozenset[str]
    possessives: frozenset[str]
    counts: frozenset[str]
    pronouns: frozenset[str]
    refused: frozenset[str]
    nobody: frozenset[str]
    objects: frozenset[str]
    leads_object: frozenset[str]
    refused_after: frozenset[str]
    partners: frozenset[str]
    relatives_before: frozenset[str]
    auxiliaries: frozenset[str]
    prepositions: frozenset[str]
    inside: frozenset[str]
    inside_names: frozenset[str]
    joined: frozenset[str]
    stops: frozenset[str]
    breaks: frozenset[str]
    conjunctions: frozenset[str]
    on_behalf: frozenset[str]
    relatives: frozenset[str]
    helpers: frozenset[str]
    fillers: frozenset[str]
    times: frozenset[str]
    spans: frozenset[str]
    later: frozenset[str]
    kin: frozenset[str]
    reflexives: frozenset[str]
    oblique: frozenset[str]
    superlatives: frozenset[str]
    unresolved: frozenset[str]


def covered(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text of the same length with MASK for each character of some spans, which are in order."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], MASK * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Words and marks of a part of a text."""
    return [
        Token(each.start(), each.end(), each[0], each[0].lower().replace("’", "'"))
        for each in _TOKEN.finditer(text, start, end)
    ]


def first_word(text: str, start: int, end: int) -> str:
    """The first word or mark of a part of a text, in lower case with a straight apostrophe; "" for none."""
    found = _TOKEN.search(text, start, end)
    return found[0].lower().replace("’", "'") if found is not None else ""


@cache
def tongue(language: str) -> Tongue | None:
    """The words of a language, None where its file has none."""
    words = table(language, "quotations")
    if not words:
        return None
    before, after = words["before_verb"], words["after_verb"]
    helped = rf"(?P<helper>{before})(?P<done>{any_of(_forms(words, 'done_endings', 'done'))})"
    bare = rf"(?P<bare>{any_of(_forms(words, 'endings', 'says', 'tags'))})(?P<clitic>{after})"
    return Tongue(
        verb=re.compile(rf"{_VERB_BEGINS}(?:{helped}|{bare}){_VERB_ENDS}", re.IGNORECASE),
        participle=_words(words["participles"]),
        according=_words(words["according"], _VERB_ENDS),
        cites=re.compile(words["cites"]),
        quoted_by=re.compile(words["quoted"], re.I),
        passive=re.compile(words["passive"], re.I),
        verb_shape=re.compile(words["verb_shape"]),
        verb_shape_done=re.compile(words["verb_shape_done"]),
        verb_shape_after=re.compile(words["verb_shape_after"]),
        no_helper=re.compile(words["no_helper"], re.IGNORECASE),
        means=re.compile(words["means"]),
        gerund=re.compile(words["gerund"]),
        others={each: frozenset(words["others"][of]) for of in words["others"] for each in of.split()},
        tags_inside=words["tags_inside"],
        **{name: frozenset(words[name]) for name in _SETS},
    )


def _forms(words: Mapping[str, Any], endings: str, *lists: str) -> Iterator[str]:
    """The forms of verbs: those written out, and stems with endings."""
    for name in lists:
        yield from words.get(name, ())
    for stem in (*words["say_stems"], *words["tag_stems"]):
        yield from (stem + each for each in words.get(endings, ()))


def _words(found: Sequence[str], ends: str = r"(?!\w)") -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’-]){any_of(found)}{ends}", re.IGNORECASE)
