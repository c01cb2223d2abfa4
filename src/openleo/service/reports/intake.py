"""A file as somebody saved it becomes a document: its text, what is set aside, what it says of itself.

Plain text, HTML and JSON. What of a page is not its main text is kept as an aside. Nothing is
guessed from prose here but the language, and whether it says that it is a translation.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from typing import Any, Final, cast

from openleo.errors import InputError, OpenLEOError
from openleo.ledger.words import printable
from openleo.service.reports.document import Document, Interval, Kind, Stretch
from openleo.service.reports.prose.asides import asides, placed
from openleo.service.reports.prose.days import days
from openleo.service.reports.prose.language import languages, table
from openleo.service.reports.prose.sentences import sentences
from openleo.service.reports.saved import ALLOWED, LARGEST, bytes_of, members_of, text_of
from openleo.service.reports.web import main_text

__all__ = ["LARGEST", "LONGEST", "Facts", "bytes_of", "interval_of", "read", "stated"]

LONGEST: Final = 500_000
"""Characters of a text."""

LONGEST_FACT: Final = 500
"""Characters of a source, a title, an author."""
LONGEST_ADDRESS: Final = 2000

_LINES: Final = {
    "source": LONGEST_FACT, "title": LONGEST_FACT, "author": LONGEST_FACT, "translation_of": LONGEST_FACT,
    "address": LONGEST_ADDRESS,
}  # fmt: skip
"""What is said of a document in a line of its own, and how many characters it may have."""
_SHORT: Final = 60
"""Characters of a paragraph too short for its language to be told."""
_SURE: Final = 0.9
"""Of another language than the document's, for a paragraph to be taken as in it."""
_LIKELY: Final = 0.5
"""Of a document's language; below, it counts as not told."""
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ]\d\d:\d\d.*)?)?)?", re.ASCII | re.DOTALL)
_HEADER = re.compile(r"([^\W\d_][\w -]{1,20}?)\s*:\s+(\S.*)")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Facts:
    """What somebody says of a document; it goes before what the document says of itself.

    date: a day, a month or a year, ISO 8601. language, translated_from: two letters. encoding: as Python
    names it, where a file is neither UTF-8 nor says its own.
    """

    source: str = ""
    title: str = ""
    author: str = ""
    date: str = ""
    language: str = ""
    translated_from: str = ""
    translation_of: str = ""
    address: str = ""
    kind: str = ""
    encoding: str = ""


def read(raw: bytes, name: str, facts: Facts, today: date) -> Document:
    """Read a file.

    raw: its bytes. name: of the file, for errors, and for its kind where the bytes leave it open. today: no
    document is of a later day. Raises InputError, naming the file and what is wrong, for what is no text, is
    empty, too large, in another encoding than it says, or states what cannot be.
    """
    notes: list[str] = []
    text = text_of(raw, name, facts.encoding, notes)
    facts = stated(facts, name)
    medium = _medium(text, name)
    if medium == "json":
        text, facts = _of_json(text, name, facts, notes)
        if text.lstrip()[:1] == "<" and _is_html(text):
            raise InputError(f"{name}: text: it is HTML; plain text is allowed there")
    if medium == "html":
        page = main_text(text, name, today)
        paragraphs, why = list(page.paragraphs), dict(page.aside)
        facts = _filled(facts, page.facts, notes)
        notes += page.notes
    else:
        if medium == "text":
            text, facts = _of_header(text, facts, notes)
        paragraphs, why = _paragraphs(text), {}
    paragraphs = [_clean(each, notes) for each in paragraphs]
    why |= asides(paragraphs)
    if not any(re.search(r"\w", each) for at, each in enumerate(paragraphs) if at not in why):
        raise InputError(f"{name}: there is no text in it; {ALLOWED}")
    title = facts.title or _title_of(paragraphs, why)
    whole = Document(
        text="\n\n".join(paragraphs), source=facts.source, title=title, author=facts.author,
        published=_published(facts.date, name, today), language="", kind=_kind(facts.kind, name),
        asides=placed(paragraphs, why), address=facts.address, medium=medium,
        translated_from=_language(facts.translated_from, name, "translated_from"),
        translation_of=facts.translation_of,
    )  # fmt: skip
    if len(whole.text) > LONGEST:
        raise InputError(f"{name}: {len(whole.text)} characters; at most {LONGEST} are allowed")
    return _translated(_in_language(whole, facts.language, name, notes), notes)


def interval_of(text: str, what: str) -> Interval:
    """A day, a month or a year as days: as ISO 8601 has it, or as prose does in a language that is read.

    Raises InputError for anything else.
    """
    found = _iso(text.strip()) or _in_prose(text.strip())
    if found is None:
        raise InputError(
            f"{what}: {text[:40]!r}; a day, a month or a year is allowed, such as 2026-03-04, 4 March 2026, "
            "2026-03 or 2026"
        )
    return found


def _iso(text: str) -> Interval | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(each) if each else 0 for each in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return Interval(first, last, text[: 4 + 3 * bool(month) + 3 * bool(day)])


def _in_prose(text: str) -> Interval | None:
    """The one date that a line holds, with a year, in whichever language it is written; none of 3/4/2026."""
    if re.search(r"\b(?:0?\d|1[0-2])[/.](?:0?\d|1[0-2])[/.]\d", text):
        return None
    for language in languages():
        line = Document(text, "", "", "", None, language)
        found = days(line, sentences(line))
        rest = text[: found[0].start] + text[found[0].end :] if len(found) == 1 else "0"
        if not re.search(r"\d", rest) and re.search(r"\d{4}", text):
            return Interval(found[0].interval.first, found[0].interval.last, text)
    return None


# ---------------------------------------------------------------------------------------- bytes and texts


def _medium(text: str, name: str) -> Any:
    if re.match(r"\s*<(?:svg|rss|feed|\?xml)\b", text, re.I) and not re.search("<html", text[:4000], re.I):
        raise InputError(f"{name}: is XML, and no page; {ALLOWED}")
    if name.lower().endswith(".json"):
        return "json"
    if name.lower().endswith((".html", ".htm", ".xhtml")) or _is_html(text):
        return "html"
    return "text"


def _is_html(text: str) -> bool:
    head = text.lstrip()[:400].lower()
    return head.startswith(("<!doctype html", "<html")) or ("<head" in head and head[:1] == "<")


def _clean(paragraph: str, notes: list[str]) -> str:
    """A paragraph without the characters that nobody sees and that break what they are shown in."""
    if _HIDDEN.search(paragraph):
        _note(notes, "It holds control characters, which are left out.")
        paragraph = _HIDDEN.sub("", paragraph)
    if _TURNING.search(paragraph):
        _note(notes, "It holds marks that change the order in which a text is shown; they are left out.")
        paragraph = _TURNING.sub("", paragraph)
    if re.search("Ã[©¨ª§´®¢]|â€[™œ\u009d“”]", paragraph):
        _note(notes, "It looks as if it had been read in the wrong encoding before it was saved.")
    return re.sub(r"[ \t]+(?=\n|$)", "", paragraph).strip()


def _note(notes: list[str], note: str) -> None:
    if note not in notes:
        notes.append(note)


def _paragraphs(text: str) -> list[str]:
    """Blocks between empty lines; in a block, lines that were broken for their length are joined again."""
    found = []
    for block in re.split(r"\n[ \t]*\n", text):
        joined: list[str] = []
        for line in block.split("\n"):
            line = line.strip()
            if not line:
                continue
            if joined and _goes_on(joined[-1], line):
                joined[-1] += " " + line
            else:
                joined.append(line)
        found += joined
    return found


def _goes_on(before: str, line: str) -> bool:
    """Whether a line belongs to the sentence of the line before it."""
    return before[-1] not in '.!?…:»”"' and (line[0].islower() or line[0].isdigit() or len(before) > 60)


def _title_of(paragraphs: list[str], why: Mapping[int, str]) -> str:
    """The first paragraph where it is a line by itself and no sentence; else nothing."""
    rest = [each for at, each in enumerate(paragraphs) if at not in why and each]
    if len(rest) > 1 and len(rest[0]) <= 200 and rest[0][-1] not in ".:;,":
        return rest[0]
    return ""


# ------------------------------------------------------------------------------- what it says of itself


def _titled(text: str, found: Mapping[str, str]) -> str:
    """A text with the title that stands beside it as its first paragraph, unless it begins with it."""
    title = found.get("title", "").strip()
    head = " ".join(text[: 4 * len(title) + 400].split())
    return f"{title}\n\n{text}" if title and " ".join(title.split()) not in head else text


def stated(facts: Facts, name: str) -> Facts:
    """What somebody says of a document, as it is kept: one line each, and languages by two letters.

    name: of the document, for errors. Raises InputError for control characters, for what is too long, and for
    a kind or a language that there is not.
    """
    lines = {}
    for key, most in _LINES.items():
        value = " ".join(getattr(facts, key).split())
        if len(value) > most:
            raise InputError(f"{name}: {key}: {len(value)} characters; at most {most} are allowed")
        if _HIDDEN.search(value) or _TURNING.search(value):
            raise InputError(f"{name}: {key}: {printable(value)[:80]!r} holds control characters")
        lines[key] = unicodedata.normalize("NFC", value)
    _kind(facts.kind, name)
    return replace(
        facts, **lines, language=_language(facts.language, name, "language"),
        translated_from=_language(facts.translated_from, name, "translated_from"),
    )  # fmt: skip


def _filled(facts: Facts, found: Mapping[str, str], notes: list[str]) -> Facts:
    """What somebody said, and for the rest what the document says of itself, as far as that may be so."""
    missing = {}
    for key, value in found.items():
        plain = unicodedata.normalize("NFC", " ".join(_clean(value, notes).split()))
        if len(plain) > _LINES.get(key, LONGEST_FACT):
            _note(notes, f"Its {key} has {len(plain)} characters, and was left out.")
        elif plain and not getattr(facts, key):
            missing[key] = plain
    return replace(facts, **missing)


def _of_json(text: str, name: str, facts: Facts, notes: list[str]) -> tuple[str, Facts]:
    value = members_of(text, name)
    known = {each.name for each in fields(Facts)} - {"encoding"}
    if twice := sorted(value.twice & (known | {"text"})):
        raise InputError(f"{name}: {twice[0]}: stands there more than once; one is allowed")
    if "text" not in value:
        raise InputError(f"{name}: text: is missing; a string is needed there")
    for key in sorted(known & value.keys() | {"text"}):
        if not isinstance(value.get(key), str):
            raise InputError(f"{name}: {key}: {str(value.get(key))[:40]!r}; a string is allowed")
    if others := sorted(str(each)[:40] for each in value.keys() - known - {"text"}):
        notes.append(f"Members that are not read: {', '.join(others[:10])}.")
    text = unicodedata.normalize("NFC", value["text"].replace("\r\n", "\n").replace("\r", "\n"))
    return _titled(text, value), _filled(facts, {key: value[key] for key in known & value.keys()}, notes)


def _of_header(text: str, facts: Facts, notes: list[str]) -> tuple[str, Facts]:
    """A plain text without the lines `Key: value` at its head; its first line is one, or there are none."""
    keys = {key: name for each in languages() for key, name in table(each, "header").get("keys", {}).items()}
    found: dict[str, str] = {}
    lines = text.lstrip("\n").split("\n")
    at = 0
    while at < len(lines) and (match := _HEADER.fullmatch(lines[at].strip())) and match[1].lower() in keys:
        found[keys[match[1].lower()]] = match[2]
        at += 1
    if not found:
        return text, facts
    if lines[at:] and lines[at].strip():
        _note(
            notes, f"Its head ends before {lines[at].strip()[:40]!r}: what stands there is read as its text."
        )
    return _titled("\n".join(lines[at:]), found), _filled(facts, found, notes)


def _published(text: str, name: str, today: date) -> Interval | None:
    if not text:
        return None
    published = interval_of(text, f"{name}: date")
    if published.first is not None and published.first > today:
        raise InputError(f"{name}: date: {published.wording} is in the future; up to {today} is allowed")
    return published


def _kind(text: str, name: str) -> Kind:
    if text not in ("", "report", "statement"):
        raise InputError(f"{name}: kind: {text[:40]!r}; report or statement is allowed")
    return cast("Kind", text or "report")


def _language(text: str, name: str, field: str) -> str:
    """Two letters: as given, with a region behind them, or by the first word that is a language's name."""
    given = text.strip().lower()
    if re.fullmatch(r"[a-z]{2}(?:[-_]\w+)?", given, re.ASCII) or not given:
        return given[:2]
    names = {
        word: code
        for each in languages()
        for word, code in table(each, "translation").get("languages", {}).items()
    }
    for word in re.findall(r"\w+", given):
        if word in names:
            return str(names[word])
    raise InputError(
        f"{name}: {field}: {text[:40]!r}; two letters are allowed, such as en or fr, or its name"
    )


def _in_language(document: Document, given: str, name: str, notes: list[str]) -> Document:
    """The document with its language, and its paragraphs in others."""
    language = _language(given, name, "language")
    blocks = list(replace(document, language="").paragraphs())
    heard = {start: _told(document.text[start:end]) for start, end, _ in blocks if end - start >= _SHORT}
    if not language:
        alike = len({each for each, _ in heard.values()}) == 1
        body = " ".join(document.text[start:end] for start, end, _ in blocks)
        language, sure = max(heard.values(), key=lambda each: each[1]) if alike else _told(body)
        language = language if sure >= _LIKELY else ""
    if language not in languages():
        read = ", ".join(languages())
        _note(notes, f"Its language ({language or 'not told'}) is none of those that are read here: {read}.")
    stretches = []
    for start, end, _ in blocks:
        other, sure = heard.get(start, (language, 1.0))
        if other != language and sure >= _SURE:
            stretches.append(Stretch(start, end, other))
    if stretches:
        _note(notes, f"In another language: {len(stretches)} of {len(blocks)} paragraphs.")
    return replace(document, language=language, stretches=tuple(stretches), notes=tuple(notes))


def _told(text: str) -> tuple[str, float]:
    """The language of a text, "" where it has no letters, and how sure that is."""
    if sum(each.isalpha() for each in text[:200]) < 8:
        return "", 0.0
    language, sure = _identifier().classify(text[:6000])
    return str(language), float(sure)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except OSError as error:
        raise OpenLEOError(
            "the table that tells languages is unpacked in the folder of temporary files (TMPDIR), and "
            f"cannot be: {error.strerror or error}"
        ) from error


def _translated(document: Document, notes: list[str]) -> Document:
    """The document with what it says of itself as a translation: in its first or last lines, or beside it."""
    lines = document.text.split("\n\n")
    near = "\n".join((*lines[:3], *lines[-3:], *(document.text[a.start : a.end] for a in document.asides)))
    source, work, says = document.translated_from, document.translation_of, False
    for language in (document.language, *languages()):
        words = table(language, "translation")
        for pattern in words.get("from", ()):
            if not source and (found := re.search(pattern, near, re.IGNORECASE)):
                source = words["languages"].get(found["language"].lower(), "")
        for pattern in words.get("of", ()):
            if not work and (found := re.search(pattern, near, re.IGNORECASE)):
                work = found["work"].strip()
        says = says or any(re.search(each, near, re.IGNORECASE) for each in words.get("is", ()))
    if says and not source:
        _note(notes, "It says that it is a translation, and not from which language.")
    return replace(document, translated_from=source, translation_of=work, notes=tuple(notes))
