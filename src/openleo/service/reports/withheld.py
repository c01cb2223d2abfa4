"""Names of persons, which are not shown: which they are in a case, and where they stand in a text.

A name is withheld where the rules or a person found that it is a person's, where it is the author's, and
where it may be one and nobody has said that it is something else. Its words are withheld alone as well, with
a capital, unless they stand within another name of the case; so is a word with a capital before a surname.
Stated weakness: a name of one word that no rule found stays as it is, so whoever reviews a document reads it
through.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from openleo.service.reports.claims import Claim
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import NameKind, Read
from openleo.service.reports.prose import perhaps
from openleo.service.reports.prose.concepts import folded

Span = tuple[int, int, str]
"""Where a name begins and ends, and what is shown for it."""
_AUTHORS: Final = re.compile(r"\s*(?:[,;&/|]|\b(?:and|et|with|avec)\b)\s*")
_BY: Final = re.compile(r"(?:by|par|de)\s+", re.IGNORECASE)
_ELIDED: Final = re.compile(r"^[dl]'(?=\w{3})")
_APART: Final = re.compile(r"[\s-]+")
_BETWEEN: Final = (" ", "\u00a0", "\u202f", "\n", "-", "")
_LEAST: Final = 2
"""Letters of a word of a name that is withheld alone."""
_BEFORE: Final = re.compile(r"(?<![\w.])([^\W\d_][\w'’-]*\.?)[ \u00a0\u202f]$")
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_LIKE: Final = str.maketrans("’ʼ‘‐‑‒–", "'''----")


class Known(Protocol):
    """A name that a person has confirmed, as the register keeps it."""

    @property
    def written(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> NameKind: ...
    @property
    def shown_as(self) -> str: ...


@dataclass(frozen=True)
class Withheld:
    """Names of persons, each with the role that stands for it, "" for no more than that it is one.

    mark: the words for a name without a role, `[name withheld]` in a reader's language. others: names of
    something else, within which no single word is withheld; confirmed: those of which a person has said so.
    All names are plain: see `_plain`. texts: documents that are shown.
    """

    roles: Mapping[str, str]
    mark: str
    others: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    texts: tuple[Document, ...] = ()

    @classmethod
    def of(
        cls, reads: Iterable[Read], known: Iterable[Known], mark: str, *,
        private: Iterable[Read] = (), noted: Iterable[str] = (),
    ) -> "Withheld":  # fmt: skip
        """The names of a case.

        reads: documents that are shown. known: what a person has confirmed of spellings. private: documents
        that are not shown: what they take for a person's name is withheld in the others as well, and what
        they take for something else says nothing. noted: offices, bodies and places as claims that are shown
        name them.
        """
        reads = tuple(reads)
        said = {_plain(each.written): each for each in known}
        persons = {name: each.shown_as for each in said.values() if each.kind == "person"
                   for name in (_plain(each.written), _plain(each.name))}  # fmt: skip
        confirmed = frozenset(name for name, each in said.items() if each.kind != "person")
        others = {_plain(each.document.source) for each in reads}
        others |= {_plain(each.name) for read in reads for each in read.proposals.outlets}
        doubted: list[str] = []
        for shown, read in (*((True, each) for each in reads), *((False, each) for each in private)):
            for author in _AUTHORS.split(_BY.sub("", read.document.author, count=1)):
                if perhaps.may_be_person(author):
                    persons.setdefault(_plain(author), "")
            for each in read.proposals.names:
                if each.kind == "person":
                    persons.setdefault(_plain(each.name), "")
                elif each.kind in ("organisation", "place") and perhaps.may_be_person(each.name):
                    doubted.append(_plain(each.name))
                elif shown and each.kind != "office" and _is_other(each.name):
                    others.add(_plain(each.name))
            doubted += [_plain(each) for each in _unjoined(read)]
        sure = others | {_plain(each) for each in noted}
        for name in doubted:
            if name not in sure:
                persons.setdefault(name, "")
        roles = {name: role for name, role in persons.items() if name and name not in confirmed}
        texts = tuple(each.document for each in reads)
        return cls(roles, mark, frozenset((others | confirmed) - set(roles) - {""}), confirmed, texts)

    @cached_property
    def parts(self) -> Mapping[str, str]:
        """Words of names of persons that are withheld alone; a surname before a first name."""
        found: dict[str, str] = {}
        plainly = _no_first() | perhaps.particles() | self.confirmed
        for name, role in self.roles.items():
            words = [_ELIDED.sub("", each) for each in _APART.split(name)]
            for each in reversed(words):
                if len(words) > 1 and len(each) >= _LEAST and each not in plainly:
                    found.setdefault(each, role)
        return found

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, ...]:
        return tuple(map(_any_of, (self.confirmed, self.roles, self.others, self.parts)))

    def spans(self, text: str, strangers: Sequence[tuple[int, int]] = ()) -> Iterator[Span]:
        """Where in a text a name stands, and what is shown for it; in order, and none within another.

        strangers: where in it any name is withheld that may be a person's, unless it stands in a document
        that is shown, where it is not.
        """
        plain, at = _plainly(text)
        confirmed, whole, others, parts = self._patterns
        said = list(_found(confirmed, plain, at))
        free = _Free(said)
        found = [
            (start, end, self._role(self.roles, word))
            for start, end, word in _found(whole, plain, at)
            if not free.holds(start, end)
        ]
        free = _Free([*said, *_found(others, plain, at)])
        for start, end, word in _found(parts, plain, at):
            if _is_capital(text[start:end]) and not free.holds(start, end):
                found.append((_with_first(text, start, free), end, self._role(self.parts, word)))
        for first, last in strangers:
            for start, end in perhaps.runs(text[first:last]):
                here, behind = first + start, first + end
                if not free.holds(here, behind) and not self._is_open(text[here:behind]):
                    found.append((here, behind, self.mark))
        yield from _merged(text, found)

    def told(self, text: str, *, strictly: bool = False) -> str:
        """A text without them; strictly: without any that may be a person's."""
        parts, at = [], 0
        for start, end, words in self.spans(text, [(0, len(text))] if strictly else ()):
            parts += [text[at:start], words]
            at = end
        return "".join((*parts, text[at:]))

    def address(self, address: str) -> str:
        """Where a document was found, without query, fragment and password; "" where it spells a name."""
        try:
            given = urlsplit(address)
            host = f"{given.hostname or ''}{f':{given.port}' if given.port else ''}"
        except ValueError:
            return ""
        if given.scheme not in ("http", "https") or not given.hostname:
            return ""
        words = re.findall(r"[^\W_]+", _plain(unquote(address)))
        run = "".join(words)
        for name in self.roles:
            parts = re.findall(r"[^\W_]+", name)
            last = parts[-1] if parts else ""
            if "".join(parts) in run or (last in self.parts and len(last) > _LEAST and last in words):
                return ""
        return urlunsplit((given.scheme, host, given.path, "", ""))

    @cached_property
    def _open(self) -> str:
        """Articles as they are shown, without what was set aside, plain."""
        parts: list[str] = []
        for each in self.texts:
            at = 0
            gone = [(start, end) for start, end, _ in self.spans(each.text)]
            for start, end in sorted(gone + [(aside.start, aside.end) for aside in each.asides]):
                parts.append(each.text[at:start])
                at = max(at, end)
            parts.append(each.text[at:])
        return _plain("\0".join(parts))

    def _is_open(self, name: str) -> bool:
        """Whether a name that may be a person's is shown in a document all the same."""
        plain = _plain(name)  # a pattern alone is slow on a long text
        return plain in self._open and bool(re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", self._open))

    def _role(self, roles: Mapping[str, str], written: str) -> str:
        role = roles.get(written) or self._joined.get("-".join(_APART.split(written)), "")
        return f"[{role}]" if role else self.mark

    @cached_property
    def _joined(self) -> Mapping[str, str]:
        """Roles by names with one hyphen between their words, however they are written."""
        return {"-".join(_APART.split(name)): role for name, role in self.roles.items()}


def named_in(claims: Iterable[Claim]) -> Iterator[str]:
    """Offices, bodies and places as claims name them."""
    for claim in claims:
        yield from (claim.where, claim.by, claim.behalf, claim.asked_of)
        yield from (each.by for each in claim.answers)
        for each in claim.tellings:
            yield from (each.word.who, *each.word.chain)


def _unjoined(read: Read) -> Iterator[str]:
    """What may be persons' names of which the intake sees no more than parts: with small or short words."""
    text = read.document.text
    for sentence in read.proposals.sentences:
        for start, end in perhaps.runs(text[sentence.start : sentence.end]):
            name = text[sentence.start + start : sentence.start + end]
            if any(each[0].islower() or len(each) <= _LEAST for each in name.split()):
                yield name


def _is_other(name: str) -> bool:
    """Whether a name of something else says so itself: one word may be a surname, whatever was proposed."""
    return len(name.split()) > 1 and not perhaps.may_be_person(name.title())


def _plain(name: str) -> str:
    """A name as names are compared: without case, accents, kinds of hyphens and spaces, and the unseen."""
    return " ".join(_plainly(name)[0].split())


def _plainly(text: str) -> tuple[str, Sequence[int]]:
    """The same for a text, and where in it each character stood, with its end behind the last."""
    if text.isascii():
        return re.sub(r"\s", " ", text).lower(), range(len(text) + 1)
    letters: list[str] = []
    at: list[int] = []
    for place, each in enumerate(text):
        for letter in " " if each.isspace() else folded(each.translate(_LIKE)):
            if not _UNSEEN.match(letter):
                letters.append(letter)
                at.append(place)
    return "".join(letters), [*at, len(text)]


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern of whole names, the longest first, with any spaces or hyphens between their words."""
    forms = sorted({r"[\s-]+".join(map(re.escape, _APART.split(each))) for each in names if each},
                   key=lambda each: (-len(each), each))  # fmt: skip
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)") if forms else None


def _found(pattern: re.Pattern[str] | None, plain: str, at: Sequence[int]) -> Iterator[Span]:
    """Where in a text a pattern stands, and the name that it is."""
    for match in pattern.finditer(plain) if pattern is not None else ():
        yield at[match.start()], at[match.end() - 1] + 1, match[0]


def _is_capital(word: str) -> bool:
    """Whether a word is written as a name is; two capitals are no name, but an abbreviation."""
    return word[0].isupper() and not (len(word) == _LEAST and word.isupper())


class _Free:
    """Spans of a text in which nothing is withheld."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _, _ in ordered]
        self._ends = list(accumulate((end for _, end, _ in ordered), max))

    def holds(self, start: int, end: int) -> bool:
        """Whether all from `start` to `end` stands in one of them."""
        before = bisect_right(self._starts, start)
        return before > 0 and end <= self._ends[before - 1]


def _with_first(text: str, start: int, free: _Free) -> int:
    """Where a name begins of which the word at `start` is the surname: a word with a capital before it."""
    for _ in range(2):
        before = _BEFORE.search(text, max(0, start - 45), start)
        if before is None:
            break
        words = set(re.split(r"['’]", folded(before[1].rstrip("."))))
        if words & _no_first() or free.holds(before.start(1), start - 1):
            break
        if not before[1][0].isupper() and not words <= perhaps.particles():
            break
        start = before.start(1)
    while start < len(text) and not text[start].isupper():  # it does not begin with a particle
        start = text.find(" ", start) + 1
    return start


@cache
def _no_first() -> frozenset[str]:
    """Words that are no first names."""
    return perhaps.titles() | perhaps.never() | perhaps.heads()


def _merged(text: str, found: Iterable[Span]) -> Iterator[Span]:
    """Spans in order, none within another; those that only a space or a hyphen parts are one."""
    held: Span | None = None
    for start, end, words in sorted(found, key=lambda each: (each[0], -each[1])):
        if held is None:
            held = start, end, words
        elif start < held[1] or text[held[1] : start] in _BETWEEN:
            held = held[0], max(end, held[1]), held[2]
        else:
            yield held
            held = start, end, words
    if held is not None:
        yield held
