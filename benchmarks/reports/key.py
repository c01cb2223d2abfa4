"""The keys of `benchmarks/reports/`: documents annotated by hand, read into text and exact offsets.

A key is an XML file; benchmarks/reports/README.md says how one is made. What comes out is the document as a
person would find it in a plain text file (a title, a blank line, paragraphs with blank lines between, and
whatever stands around the article), and every mark as a span of characters in that text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, NoReturn, TypeVar
from xml.etree import ElementTree

MOODS: Final = ("asserted", "reported", "conditional", "denied", "asked")
ASIDES: Final = ("advertisement", "comments", "copyright", "credit", "newsletter", "read also", "share")
KINDS: Final = ("report", "statement")
LANGUAGES: Final = ("en", "fr")
OUTLET: Final = "outlet:"
"""What an origin begins with that is no document of its case: outlet:The Harbour Dispatch."""

_DOCUMENT: Final = ("id", "case", "source", "date", "language", "origin", "kind")
_NEEDED: Final = {
    "title": (), "p": (), "aside": ("why",), "s": ("m",),
    "o": ("n",), "q": ("by",), "f": ("v", "u"), "d": ("v",),
}  # fmt: skip
_FURTHER: Final = {"document": ("version_of", "translation_of"), "s": ("e",)}
_INSIDE: Final = {
    "document": ("title", "p", "aside"), "title": ("s",), "p": ("s",),
    "s": ("o", "q", "f", "d"), "q": ("o", "f", "d"),
}  # fmt: skip
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_BREAKS: Final = re.compile(r"[ \t\r\n]+")
"""What XML may wrap: a no-break space is a character of the text and stays."""


@dataclass(frozen=True)
class Span:
    """Characters begin to end (end not included) of the text of a document."""

    begin: int
    end: int


@dataclass(frozen=True)
class Sentence(Span):
    """mood: one of MOODS. events: what of the case it tells of; often nothing."""

    mood: str
    events: frozenset[str]


@dataclass(frozen=True)
class Outlet(Span):
    """A mention of an outlet or agency that is cited. name: the one that all its mentions share."""

    name: str


@dataclass(frozen=True)
class Quotation(Span):
    """Speech with its marks, one for each sentence. speaker: as worded in the text, empty where unnamed."""

    speaker: str


@dataclass(frozen=True)
class Figure(Span):
    """A number with its unit; low and high are the same unless it is a range, None: no bound is told."""

    low: float | None
    high: float | None
    unit: str


@dataclass(frozen=True)
class Dated(Span):
    """A date or a span of days, first and last included."""

    first: date
    last: date


@dataclass(frozen=True)
class Aside(Span):
    """What is not the article. why: one of ASIDES."""

    why: str


@dataclass(frozen=True)
class Key:
    """A document with what a person has found in it; its marks stand in the order of the text.

    title: its span, or None. origin: the id of the document that it goes back to, its own where it reports
    for itself, or `outlet:` and the name of an outlet that is no document of the case. date: a day, a month
    or a year.
    """

    id: str
    case: str
    source: str
    date: str
    language: str
    origin: str
    kind: str
    version_of: str | None
    translation_of: str | None
    text: str = field(repr=False)
    title: Span | None
    sentences: tuple[Sentence, ...]
    outlets: tuple[Outlet, ...]
    quotations: tuple[Quotation, ...]
    figures: tuple[Figure, ...]
    dates: tuple[Dated, ...]
    asides: tuple[Aside, ...]

    def surface(self, span: Span) -> str:
        """The characters of a span."""
        return self.text[span.begin : span.end]

    def sentence_of(self, span: Span) -> Sentence:
        """The sentence that a mark of this document stands in."""
        return next(each for each in self.sentences if each.begin <= span.begin and span.end <= each.end)


def read_key(path: Path) -> Key:
    """A document of a key; ValueError where it is malformed, with the file and the element."""
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except ElementTree.ParseError as error:
        raise ValueError(f"{path.name}: {error}; a key is XML") from error
    return _Reading(path.name).key(root, path.stem)


def read_folder(folder: Path) -> tuple[Key, ...]:
    """All keys of a folder by their ids; ValueError where one names a document that its case has not."""
    keys = tuple(read_key(path) for path in sorted(folder.glob("*.xml")))
    if not keys:
        raise ValueError(f"{folder}: no keys; expected files that end in .xml")
    for case in by_case(keys).values():
        _check_origins({key.id: key for key in case})
    return keys


def read_case(folder: Path) -> tuple[Key, ...]:
    """The keys of a folder that holds one case; ValueError where there are several."""
    keys = read_folder(folder)
    cases = sorted(by_case(keys))
    if len(cases) != 1:
        raise ValueError(f"{folder}: documents of {len(cases)} cases ({', '.join(cases)}); expected one")
    return keys


def by_case(keys: tuple[Key, ...]) -> dict[str, tuple[Key, ...]]:
    """The documents of each case."""
    cases: dict[str, tuple[Key, ...]] = {}
    for key in keys:
        cases[key.case] = (*cases.get(key.case, ()), key)
    return cases


def _check_origins(case: dict[str, Key]) -> None:
    for key in case.values():
        where = f"{key.id}.xml, document"
        if wrong := wrong_origin(key, case):
            raise ValueError(f"{where}: {wrong}")
        if key.version_of is not None and (key.version_of == key.id or key.version_of not in case):
            raise ValueError(f"{where}: version_of {key.version_of!r} is no other document of {key.case!r}")


def wrong_origin(key: Key, case: Mapping[str, Key]) -> str:
    """Why a document's origin cannot be right among the documents of its case; "" where it can."""
    if key.origin.startswith(OUTLET):
        return "" if key.origin.removeprefix(OUTLET).strip() else f"origin {key.origin!r} names no outlet"
    root = case.get(key.origin)
    if root is None:
        return f"origin {key.origin!r} is no document of case {key.case!r}"
    return "" if root.origin == root.id else f"origin {key.origin!r} goes back to {root.origin!r}; name that"


Mark = TypeVar("Mark", bound=Span)


class _Reading:
    """One file while it is read: the text so far, and the marks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.gap = ""
        self.marks: list[Span] = []

    def refuse(self, where: str, what: str) -> NoReturn:
        raise ValueError(f"{self.name}, {where}: {what}")

    def key(self, root: ElementTree.Element, stem: str) -> Key:
        if root.tag != "document":
            self.refuse(root.tag, "expected <document>")
        self._check_attributes(root, "document", _DOCUMENT)
        facts = {name: root.attrib[name] for name in _DOCUMENT}
        self._check_facts(facts, stem)
        for name in ("translation_of", "version_of"):
            if root.get(name) == "":
                self.refuse("document", f"{name} is empty; leave it out")
        if root.get("translation_of", "en") not in LANGUAGES:
            given = root.get("translation_of")
            self.refuse("document", f"translation_of {given!r}; one of {', '.join(LANGUAGES)}")
        self._blocks(root)
        return Key(
            **facts, version_of=root.get("version_of"), translation_of=root.get("translation_of"),
            text=self.text, title=next(iter(self._all(Span)), None), sentences=self._all(Sentence),
            outlets=self._all(Outlet), quotations=self._all(Quotation), figures=self._all(Figure),
            dates=self._all(Dated), asides=self._all(Aside),
        )  # fmt: skip

    def _all(self, kind: type[Mark]) -> tuple[Mark, ...]:
        found = (each for each in self.marks if type(each) is kind)
        return tuple(sorted(found, key=lambda each: each.begin))

    def _check_facts(self, facts: dict[str, str], stem: str) -> None:
        for name, allowed in (("language", LANGUAGES), ("kind", KINDS)):
            if facts[name] not in allowed:
                self.refuse("document", f"{name} {facts[name]!r}; one of {', '.join(allowed)}")
        for name in ("case", "source"):
            if not facts[name].strip():
                self.refuse("document", f"{name} is empty")
        if facts["id"] != stem or not _ID.fullmatch(stem):
            self.refuse("document", f"id {facts['id']!r}; it is the file's name without .xml")
        if not _is_date(facts["date"]):
            self.refuse("document", f"date {facts['date']!r}; expected YYYY-MM-DD, YYYY-MM or YYYY")
        origin = facts["origin"]
        if not (origin.removeprefix(OUTLET).strip() if origin.startswith(OUTLET) else _ID.fullmatch(origin)):
            self.refuse("document", f"origin {origin!r}; expected a document's id, or outlet: and a name")

    def _blocks(self, root: ElementTree.Element) -> None:
        counted: dict[str, int] = {}
        self._check_bare(root.text, "document")
        for number, block in enumerate(root):
            counted[block.tag] = counted.get(block.tag, 0) + 1
            where = f"{block.tag}[{counted[block.tag]}]"
            if block.tag == "title" and number:
                self.refuse(where, "a title is the first line of a document, and only one")
            self.gap = "\n\n" if self.text else ""
            self._element(block, "document", where)
            self._check_bare(block.tail, f"document, after {where}")
        if not any(isinstance(each, Sentence) for each in self.marks):
            self.refuse("document", "no sentence; expected <p> with <s> in it")

    def _element(self, element: ElementTree.Element, parent: str, where: str) -> None:
        tag = element.tag
        if tag not in _INSIDE.get(parent, ()):
            allowed = ", ".join(f"<{each}>" for each in _INSIDE.get(parent, ())) or "text alone"
            self.refuse(where, f"<{tag}> inside <{parent}>; allowed: {allowed}")
        self._check_attributes(element, where, _NEEDED[tag])
        before = len(self.text)
        bare = tag in ("title", "p")
        self._add(element.text, where, bare)
        counted: dict[str, int] = {}
        for child in element:
            counted[child.tag] = counted.get(child.tag, 0) + 1
            self._element(child, tag, f"{where}/{child.tag}[{counted[child.tag]}]")
            self._add(child.tail, where, bare)
        begin = before + len(self.text[before:]) - len(self.text[before:].lstrip(" \n"))
        if begin == len(self.text):
            self.refuse(where, "it is empty")
        if tag != "p":
            self.marks.append(self._mark(element, begin, len(self.text), where))

    def _add(self, words: str | None, where: str, bare: bool) -> None:
        """Words of the text; spaces are kept back until something follows, so that none ends a mark."""
        if bare:
            self._check_bare(words, where)
        for piece in _pieces(words or ""):
            if piece == " ":
                self.gap = self.gap or (" " if self.text else "")
            else:
                self.text += self.gap + piece
                self.gap = ""

    def _check_bare(self, words: str | None, where: str) -> None:
        if words and words.strip():
            self.refuse(where, f"{words.strip()[:40]!r} stands outside <s>")

    def _check_attributes(self, element: ElementTree.Element, where: str, needed: tuple[str, ...]) -> None:
        missing = [name for name in needed if name not in element.attrib]
        allowed = (*needed, *_FURTHER.get(element.tag, ()))
        unknown = [name for name in element.attrib if name not in allowed]
        for what, names in (("misses", missing), ("does not know", unknown)):
            if names:
                known = ", ".join(allowed) or "none"
                self.refuse(where, f"<{element.tag}> {what} {', '.join(names)}; its attributes: {known}")

    def _mark(self, element: ElementTree.Element, begin: int, end: int, where: str) -> Span:
        given = element.attrib
        match element.tag:
            case "s":
                if given["m"] not in MOODS:
                    self.refuse(where, f"m {given['m']!r}; one of {', '.join(MOODS)}")
                return Sentence(begin, end, given["m"], frozenset(given.get("e", "").split()))
            case "aside":
                if given["why"] not in ASIDES:
                    self.refuse(where, f"why {given['why']!r}; one of {', '.join(ASIDES)}")
                return Aside(begin, end, given["why"])
            case "o":
                if not given["n"].strip():
                    self.refuse(where, "n is empty; expected the name of the outlet")
                return Outlet(begin, end, given["n"].strip())
            case "q":
                return Quotation(begin, end, given["by"].strip())
            case "f":
                return self._figure(given["v"], given["u"], begin, end, where)
            case "d":
                return self._dated(given["v"], begin, end, where)
        return Span(begin, end)

    def _figure(self, value: str, unit: str, begin: int, end: int, where: str) -> Figure:
        try:
            return figure_of(value, unit, begin, end)
        except ValueError as error:
            self.refuse(where, str(error))

    def _dated(self, value: str, begin: int, end: int, where: str) -> Dated:
        try:
            first, last = (date.fromisoformat(each) for each in value.split(".."))
        except ValueError:
            self.refuse(where, f"v {value!r}; expected two days, 2031-03-01..2031-03-31")
        if first > last:
            self.refuse(where, f"v {value!r}: its last day is before its first")
        return Dated(begin, end, first, last)


def figure_of(value: str, unit: str, begin: int, end: int) -> Figure:
    """The figure of a mark <f v u>; ValueError for one that cannot be."""
    low, between, high = value.partition("..")
    high = high if between else low
    wrong = (low or high) == "" or any(each and not _NUMBER.fullmatch(each) for each in (low, high))
    if wrong or (low and high and float(low) > float(high)):
        raise ValueError(f"v {value!r}; expected a number, low..high, low.. or ..high")
    if not unit.strip() or unit != unit.strip().lower():
        raise ValueError(f"u {unit!r}; expected an English noun in the singular, in lower case")
    return Figure(begin, end, float(low) if low else None, float(high) if high else None, unit)


def _pieces(words: str) -> Iterator[str]:
    """Words and the spaces between them, each run of spaces and line breaks as one."""
    flat = _BREAKS.sub(" ", words)
    yield from (each for each in re.split("( )", flat) if each)


def _is_date(words: str) -> bool:
    if not _DATE.fullmatch(words):
        return False
    try:
        date.fromisoformat((words + "-01-01")[:10])
    except ValueError:
        return False
    return True
