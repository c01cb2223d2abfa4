"""What the names of outlets look like, whatever stands around them.

Their first or last word (Gazette, Radio, Courrier), a foreign article with a capital, two words written as
one (TideWire); and what says that a name is of something else: a ministry, a ship, a treaty. The words are
those of all languages together, since outlets of one are cited in texts of another.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from openleo.service.reports.prose.language import languages, table

ENOUGH: Final = 6
"""Weight from which a name is taken for that of an outlet."""
UNSURE: Final = ENOUGH - 1
"""Weight of a name that looks like an outlet's, and of what in the words around a plain name is no proof."""
DOUBTFUL: Final = 2
"""Weight of a word that names outlets and other things alike (Star, Watch, Voix)."""
WORD: Final = re.compile(r"[^\W_]+(?:['’&.-][^\W_]+)*|&")
_SMALL: Final = frozenset({"the", "and", "et", "la", "le", "les", "l", "for", "pour", "&"})
_AND: Final = frozenset({"and", "et", "&"})
OF: Final = frozenset({"of", "de", "du", "des", "d'", "d", "di", "del", "van", "von"})

_ARTICLE: Final = re.compile(r"\A(?:(?:the|le|la|les)\s+|l['’])", re.IGNORECASE)
_TITLED: Final = re.compile(r"(?:The|Le|La|Les|Der|Die|Das|El|Los|Las|Il|Lo|Het|De|Den)\s+|L['’]")
_FRENCH_ARTICLES: Final = ("le ", "la ", "les ", "l'", "l’")
_PIECES: Final = re.compile(r"(?<=[dl])'|-")
_CAMEL: Final = re.compile(r"(?<=[a-zß-öø-ÿ]{2})(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])|(?<=[A-Z]{2})(?=TV\b)")
_STATION: Final = re.compile(r"(?:[A-Z]{1,3}TV|TV[A-Z\d]{1,3}|RT[A-Z]{1,2})\b")
_NEVER: Final = -2 * ENOUGH


@dataclass(frozen=True)
class _Shapes:
    """Words by which a name looks like that of an outlet or of something else, in all languages.

    sure: of outlets alone. strong, weak, doubtful: less and less so. leads: such as begin a name. stations:
    of a station, where a name follows. pairs: two words that are surer than their last. ends: of words
    written as one. compounds: how those of other languages end. always_first: whatever follows. owners:
    behind an "and", of a company. beats: before "reporter", or before lines of a script; alone no name.
    places: of a place, where a number follows. periods: before a name that stands for the whole: "Evening
    Lamp", "the Lamp".
    """

    sure: frozenset[str]
    strong: frozenset[str]
    weak: frozenset[str]
    doubtful: frozenset[str]
    leads: frozenset[str]
    stations: frozenset[str]
    pairs: frozenset[str]
    ends: frozenset[str]
    compounds: frozenset[str]
    never: frozenset[str]
    platforms: frozenset[str]
    bodies: frozenset[str]
    always_first: frozenset[str]
    other_first: frozenset[str]
    other_last: frozenset[str]
    owners: frozenset[str]
    periods: frozenset[str]
    beats: frozenset[str]
    places: frozenset[str]
    known: frozenset[str]

    @property
    def press(self) -> frozenset[str]:
        """Words that may stand for a whole name."""
        return self.sure | self.strong | self.weak | self.doubtful


def key(name: str) -> str:
    """By which a name is known again: without its article, in lower case."""
    return plain(bare(name))


def plain(name: str) -> str:
    """A name in lower case, with single spaces and one kind of apostrophe."""
    return " ".join(name.casefold().replace("’", "'").split())


def without_foreign_article(name: str) -> str:
    """A name without its German, Spanish, Italian or Dutch article; "" where it has none."""
    found = _TITLED.match(name)
    return "" if found is None or _ARTICLE.match(name) else name[found.end() :]


def bare(name: str) -> str:
    """A name without its article."""
    return _ARTICLE.sub("", name.strip()).strip()


def has_article(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether an article with a capital begins a name, foreign ones as well."""
    return _TITLED.match(text, start, len(text) if end is None else end) is not None


def is_abbreviation(name: str) -> bool:
    """Whether a name is initials alone."""
    return name.isupper() and len(name) < 9 and " " not in name


def weight_of(name: str) -> int:
    """What speaks for a name by its look alone; below 0 what speaks against it."""
    return sum(weight for weight, _ in shape(name))


@lru_cache(maxsize=4096)
def shape(name: str) -> tuple[tuple[int, str], ...]:
    """What a name looks like: a weight and the word that has it, or nothing."""
    return tuple(_shape(name))


def _shape(name: str) -> Iterator[tuple[int, str]]:
    shapes, titled = _shapes(), has_article(name)
    parts = _parts(name)
    if not parts:
        return
    if not set(parts) - _AND - shapes.platforms:
        yield _NEVER, "a platform"
        return
    if key(name) in shapes.known:
        yield (4 if key(name) in shapes.press else ENOUGH), "known name"
        return
    joined = f" {' '.join(parts)} "
    if any(f" {each} " in joined for each in shapes.never):
        yield _NEVER, "never an outlet"
        return
    content = [each for each in parts if each not in OF]
    pairs = {f"{one} {other}" for one, other in pairwise(content)} & shapes.pairs
    if pairs and len(content) > 2:
        yield ENOUGH, min(pairs)
        return
    if len(parts) == 3 and parts[1] in _AND and parts[2] not in shapes.owners:
        yield DOUBTFUL, "two things"
        return
    if len(parts) == 1 and not titled and parts[0] in shapes.beats:
        yield -ENOUGH, "a beat"
        return
    if len(parts) > 2 and parts[-1].isdigit():
        parts = parts[:-1]
    is_numbered = len(parts) == 2 and parts[1].isdigit()
    if is_numbered and parts[0] in shapes.places:
        yield -ENOUGH, "a place"
        return
    is_title = (is_numbered or (len(parts) == 1 and titled)) and parts[0] not in shapes.always_first
    if not is_title and _is_other(parts, shapes):
        yield -ENOUGH, "named for something else"
        return
    if len(parts) == 2 and parts[0] in _first_names() and parts[-1] not in shapes.press:
        yield -ENOUGH, "a person"
        return
    yield from _word_of_press(name, parts, titled, shapes)


def _parts(name: str) -> list[str]:
    """The words of a name in lower case; what hyphens and capitals join is taken apart."""
    words = (each.replace("’", "'") for each in WORD.findall(bare(name)))
    return [piece.casefold() for each in words for piece in _PIECES.split(each) if piece]


def _word_of_press(
    name: str, parts: Sequence[str], titled: bool, shapes: _Shapes
) -> Iterator[tuple[int, str]]:
    """The word of the press at one end of a name, or one at each; one that stands alone says less."""
    alone = len(parts) == 1
    numbered = not alone and all(each[0].isdigit() or each in shapes.ends for each in parts[1:])
    ends = {parts[-1]} if len(parts) < 3 or parts[-2] not in OF else set()
    ends |= {parts[at - 1] for at, each in enumerate(parts) if each == "of"}
    if alone or parts[0] in shapes.leads or parts[1] in OF or name.casefold().startswith(_FRENCH_ARTICLES):
        ends.add(parts[0])
    is_framed = (
        len(parts) > 2
        and not OF & set(parts)
        and {parts[0], parts[-1]} <= shapes.press
        and parts[-1] in shapes.strong
    )
    is_edition = not alone and parts[-2] in shapes.periods and parts[-1] in shapes.press - shapes.doubtful
    if (parts[0] in shapes.stations and not alone) or is_framed or is_edition:
        yield ENOUGH, parts[0]
    elif sorted_sure := sorted(ends & shapes.sure):
        yield (ENOUGH if not alone else 4 if titled else 3), sorted_sure[0]
    elif strong := sorted(ends & shapes.strong):
        yield (UNSURE if not alone else 4 if titled else 0), strong[0]
    elif weak := sorted((ends & shapes.weak) | (_editions(parts) & shapes.strong)):
        yield (4 if not alone else 3 if titled else DOUBTFUL), weak[0]
    elif doubtful := sorted(ends & shapes.doubtful):
        yield (DOUBTFUL if numbered or not alone else DOUBTFUL if titled else 0), doubtful[0]
    elif joined := sorted(_joined(name) & shapes.ends):
        yield 4, joined[0]
    elif found := _STATION.match(bare(name)) or _foreign_end().search(parts[-1]):
        yield 4, found[0]


def _editions(parts: Sequence[str]) -> set[str]:
    """What stands behind a "du": the Sunday of "L'Insulaire du Dimanche"."""
    return {other for one, other in pairwise(parts) if one == "du"}


@cache
def _foreign_end() -> re.Pattern[str]:
    """How compounds end by which outlets are named: "Küstenbote"."""
    return re.compile(rf"(?<=\w{{3}})(?:{'|'.join(sorted(_shapes().compounds))})$")


def _joined(name: str) -> set[str]:
    """The last part of a name that is one word with capitals inside: "TideWire"."""
    pieces = _CAMEL.split(bare(name))
    return {pieces[-1].casefold()} if len(pieces) > 1 and " " not in name else set()


def _is_other(parts: Sequence[str], shapes: _Shapes) -> bool:
    """Whether the words of a name say that it is a body, a company or a place: "Radio Authority"."""
    of_something = parts[1:2] and parts[1] in OF
    if parts[0] in shapes.always_first:
        return True
    if parts[0] in shapes.other_first and (of_something or parts[-1] not in shapes.press):
        return True
    head = next((parts[at - 1] for at, each in enumerate(parts) if each in OF and at), parts[-1])
    if head in shapes.other_last:
        return True
    return not {"agency", "agence"}.isdisjoint(parts) and not shapes.bodies.isdisjoint(parts)


def is_of_else(word: str) -> bool:
    """Whether a word ends names of places and bodies, as "Corran and District" does."""
    return word.casefold() in _shapes().other_last


def short_forms(name: str) -> Iterator[str]:
    """A name's first or last words that look like an outlet's, and its initials."""
    shapes = _shapes()
    words = name.split()
    pieces = [each for each in WORD.findall(name) if each[0].isupper()]
    initials = "".join(piece[0] for each in pieces for piece in each.split("-") if piece[:1].isupper())
    all_words = [each for each in WORD.findall(name) if each.casefold() not in OF | _SMALL]
    for each in {initials, "".join(word[0] for word in all_words).upper()}:
        if len(each) > 2:
            yield each
    if (
        len(words) > 1
        and len(words[0]) > 2
        and is_abbreviation(words[0])
        and _parts(name)[-1] in shapes.press
    ):
        yield words[0]
    for count in range(1, len(words)):
        for part in (words[:count], words[-count:]):
            ends = {part[0].casefold(), *part[-1].casefold().split("-")}
            proper = (part[0][:1].isupper() and part[-1][:1].isupper()) or part[-1].isdigit()
            is_band = is_abbreviation(part[0]) and len(part) == 1 and not ends - shapes.platforms
            if proper and not is_band and ends & shapes.press:
                yield " ".join(part)
    if other := without_foreign_article(name):
        yield other
    if len(words) == 2 and words[0].casefold() in shapes.periods and words[1].isalpha():
        yield words[1]
    if "of" in words[2:]:
        yield from short_forms(" ".join(words[: words.index("of")]))
    follows = words[1].casefold().replace("’", "'") if len(words) > 1 else ""
    is_headed = follows.startswith("d'") or (len(words) > 2 and follows in OF)
    if is_headed and words[0].casefold() not in shapes.other_first | shapes.always_first:
        yield words[0]


@cache
def _shapes() -> _Shapes:
    names: dict[str, set[str]] = defaultdict(set)
    for language in languages():
        for name in _Shapes.__dataclass_fields__:
            names[name] |= set(table(language, "outlets").get(name, ()))
    return _Shapes(**{name: frozenset(names[name]) for name in _Shapes.__dataclass_fields__})


@cache
def _first_names() -> frozenset[str]:
    return frozenset(
        each.casefold() for language in languages() for each in table(language, "names").get("first", ())
    )
