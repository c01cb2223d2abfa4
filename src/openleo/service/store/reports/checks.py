"""What the register of reports refuses: words, spans and days that cannot be."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final, get_args

from openleo.errors import InputError
from openleo.ledger.words import printable
from openleo.service.reports.answered import SILENCE, is_asked, words_for
from openleo.service.reports.case import stood_for
from openleo.service.reports.claims import ACTS, ANSWER_KINDS, CLAIM_KINDS, Answer, Claim, Telling
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import MOODS, NameKind
from openleo.service.store.reports.rows import KnownName

NAME_KINDS: Final[tuple[NameKind, ...]] = get_args(NameKind)

LONGEST_CASE: Final = 100
LONGEST: Final = 300
"""Characters of a name, a role, a place."""
LONGEST_WORDS: Final = 4000
"""Characters of what an answer says."""

_WHAT_NEEDED: Final = ("denies", "confirms in part")


def folded(name: str) -> str:
    """A name as names are compared: without case, outer and double white space, in Unicode NFC."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def line(what: str, text: str, longest: int = LONGEST, *, empty: bool = False) -> str:
    """One line of words, stripped, in NFC. Raises InputError for an empty one (unless allowed), and more."""
    if not isinstance(text, str):
        raise InputError(f"{what}: {text!r} given; words are allowed")
    found = unicodedata.normalize("NFC", text).strip()
    if not found and not empty:
        raise InputError(f"{what}: nothing given; 1 to {longest} characters are needed")
    if len(found) > longest:
        raise InputError(f"{what}: {len(found)} characters given; at most {longest} are allowed")
    if printable(found) != found or "\n" in found or "\t" in found:
        raise InputError(f"{what}: {printable(found)[:80]!r} holds control characters; one line is allowed")
    return found


def case(given: str) -> str:
    """The name of a case, stripped. Raises InputError for one that cannot be, or that no address can hold."""
    found = line("case", given, LONGEST_CASE)
    if any(each in ("", ".", "..") for each in found.split("/")):
        raise InputError(f"case: {found!r} given; beside a / there are words, and no dots alone")
    return found


def name(given: KnownName) -> KnownName:
    """A confirmed name with its words stripped; raises InputError for what cannot be."""
    one_of("kind", given.kind, NAME_KINDS)
    found = replace(
        given,
        written=line("written", given.written),
        name=line("name", given.name),
        by=line("by", given.by),
        shown_as=line("shown as", given.shown_as, empty=True),
    )
    if found.shown_as and found.kind != "person":
        raise InputError(f"shown as: {found.shown_as!r} given for a {found.kind}; a person alone has a role")
    return found


def document(given: Document) -> None:
    """Check that a document has a text, and that all of it can be written; raises InputError."""
    if not given.text.strip():
        raise InputError("document: its text is empty")
    for field in ("text", "source", "title", "author", "address", "translation_of"):
        try:
            getattr(given, field).encode()
        except UnicodeEncodeError as error:
            half = f"U+{ord(error.object[error.start]):04X} at {error.start}"
            raise InputError(f"document: {field}: {half} is half of a character; text is allowed") from None


def one_of(what: str, value: str, allowed: Sequence[str]) -> None:
    """Check a word of a list; raises InputError, naming the others."""
    if value not in allowed:
        raise InputError(f"{what}: {value!r} given; {', '.join(allowed)} are allowed")


def day(what: str, on: date | None, today: date) -> None:
    """Check that a day has come; raises InputError."""
    if on is not None and on > today:
        raise InputError(f"{what}: {on} is in the future; days up to {today} are allowed")


def span(what: str, document: Document, start: int, end: int) -> None:
    """Check that characters of a document's text, outside what is set aside, are meant; raises InputError."""
    length = len(document.text)
    if not 0 <= start < length or not 0 < end <= length:
        raise InputError(f"{what}: {start}:{end} is outside the text, which has the characters 0:{length}")
    if end <= start:
        raise InputError(f"{what}: {start}:{end} given; the end comes after the start")
    for each in document.asides:
        if start < each.end and each.start < end:
            raise InputError(
                f"{what}: {start}:{end} lies in {each.start}:{each.end}, which is set aside ({each.why}) and "
                "is not the article"
            )
    if not document.text[start:end].strip():
        raise InputError(f"{what}: {start}:{end} holds white space alone")


def claim(given: Claim) -> Claim:
    """A claim without tellings and answers, its words stripped; raises InputError for what cannot be."""
    one_of("kind", given.kind, CLAIM_KINDS)
    one_of("act", given.act, ACTS)
    when = given.when
    if when.first is not None and when.last is not None and when.last < when.first:
        raise InputError(f"when: {when.first}..{when.last} given; the last day is not before the first")
    return replace(
        given,
        number=0,
        case=line("case", given.case, LONGEST_CASE),
        where=line("where", given.where),
        when=replace(when, wording=line("wording", when.wording, empty=True)),
        by=line("by whom", given.by, empty=True),
        behalf=line("on whose behalf", given.behalf, empty=True),
        event=line("event", given.event, empty=True),
        noted_by=line("by", given.noted_by),
        tellings=(),
        answers=(),
        reviewed_by="",
        asked=None,
        entry=-1,
        asked_of="",
    )


def telling(given: Telling) -> Telling:
    """A telling with its words stripped; raises InputError for what cannot be."""
    one_of("mood", given.mood, MOODS)
    if given.word.count < 0:
        raise InputError(f"count: {given.word.count} given; 0, where it is not told, or more are allowed")
    word = replace(
        given.word,
        who=line("word", given.word.who, empty=True),
        chain=tuple(line("chain", each) for each in given.word.chain),
    )
    return replace(given, word=word, by=line("by", given.by))


def answer(
    given: Answer, today: date, asked: date | None, asked_of: str = "", names: Sequence[KnownName] = ()
) -> Answer:
    """An answer with its words stripped; raises InputError for what cannot be.

    asked: when the operator was asked to answer; nobody is silent before that. asked_of: who that is; nobody
    else is silent. names: spellings that a person has confirmed.
    """
    one_of("kind", given.kind, ANSWER_KINDS)
    day("on", given.on, today)
    given = replace(given, by=line("from", given.by))
    if given.kind == SILENCE:
        _silent(given, asked)
        _silent_of(given, asked_of, names)
    what = line("what", " ".join(given.what.split()), LONGEST_WORDS, empty=True)
    if given.kind in _WHAT_NEEDED and not what:
        raise InputError(f"what: nothing given; an answer that {given.kind} says what exactly")
    return replace(given, what=what, noted_by=line("by", given.noted_by))


def _silent(given: Answer, asked: date | None) -> None:
    if asked is None:
        raise InputError(
            f"kind: {given.kind!r} given; nobody was asked to answer: openleo report asked "
            f"{given.claim} --on DATE --of NAME"
        )
    if given.on is None or given.on < asked:
        raise InputError(
            f"on: {given.on or 'nothing'} given; {asked}, when it was asked, or later is allowed"
        )


def _silent_of(given: Answer, asked_of: str, names: Sequence[KnownName]) -> None:
    known = stood_for(names)
    if asked_of and not is_asked(given.by, asked_of, words_for(()), known):
        raise InputError(
            f"from: {given.by!r} given; {asked_of!r} was asked to answer claim {given.claim}, and nobody "
            "else is silent"
        )
