"""What a member of an entry may hold: each kind of member as a check that names the place."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from openleo.ledger.canonical import LARGEST_INTEGER, canonical
from openleo.ledger.entries import LONGEST_WORDS, seconds_of
from openleo.ledger.errors import Refused
from openleo.ledger.objects import MEMBERS
from openleo.ledger.tiles import LONGEST_ENTRY
from openleo.ledger.words import printable

LONGEST_NAME: Final = 200
"""Characters of a name: an office, a body, a region."""

MOST_REGIONS: Final = 1000
MOST_NAMES: Final = 64

Check = Callable[[str, Any], None]
"""Takes where the member stands and its value; raises Refused."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def member(check: Check, default: Any = dataclasses.MISSING) -> Any:
    """Declare a field of an entry, and what it may hold."""
    metadata = {"check": check}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def check_members(entry: Any, what: str) -> None:
    """Check each field that `member` declared; raises Refused, naming the field after `what`."""
    for each in dataclasses.fields(entry):
        each.metadata["check"](f"{what}: {each.name}", getattr(entry, each.name))


def plain(value: Any) -> Any:
    """A value as JSON has it: a dataclass becomes an object of its fields, a tuple an array."""
    if dataclasses.is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


def value_of(act: Any) -> dict[str, Any]:
    """An entry as a JSON value: its fields, its type and its version."""
    return {"type": act.type, "version": 1, **plain(act)}


def raw_of(act: Any) -> bytes:
    """An entry as bytes; raises Refused where it is too long, or not signed yet."""
    if getattr(act, "signature", None) == "":
        raise Refused(f"{act.type}: signature: is missing; it is signed before it is written")
    raw = canonical(value_of(act))
    if len(raw) > LONGEST_ENTRY:
        raise Refused(f"{act.type}: {len(raw)} bytes; at most {LONGEST_ENTRY} are allowed")
    return raw


def words(what: str, value: Any) -> None:
    """Public words: text of some length, shown as it stands; newlines are the only control characters."""
    if not isinstance(value, str) or len(value) > LONGEST_WORDS:
        raise Refused(f"{what}: {_shown(value)}; text of at most {LONGEST_WORDS} characters is allowed")
    if "\t" in value or printable(value) != value:
        raise Refused(f"{what}: {_shown(value)}; text without control characters is allowed")


def said(what: str, value: Any) -> None:
    """Public words that may not be missing."""
    words(what, value)
    if not value.strip():
        raise Refused(f"{what}: is empty; a text is needed")


def name(what: str, value: Any) -> None:
    """A name: one line of public words without spaces around it; an office or a body, not a person."""
    name_or_none(what, value)
    if not value:
        raise Refused(f"{what}: is empty; a name is needed")


def name_or_none(what: str, value: Any) -> None:
    """A name, or the empty text."""
    words(what, value)
    if len(value) > LONGEST_NAME or "\n" in value or value != value.strip():
        raise Refused(
            f"{what}: {_shown(value)}; one line of at most {LONGEST_NAME} characters, without spaces around "
            "it, is allowed"
        )


def time(what: str, value: Any) -> None:
    """A time in the ledger's form."""
    seconds_of(value, what)


def time_or_none(what: str, value: Any) -> None:
    """A time, or the empty text."""
    if value != "":
        time(what, value)


def day(what: str, value: Any) -> None:
    """A day of the calendar (UTC)."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Refused(f"{what}: {_shown(value)}; a day such as 2026-11-21 is allowed")
    seconds_of(f"{value}T00:00:00Z", what)


def digits(count: int) -> Check:
    """So many digits 0-9 and a-f."""
    form = re.compile(f"[0-9a-f]{{{count}}}")

    def check(what: str, value: Any) -> None:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise Refused(f"{what}: {_shown(value)}; {count} digits 0-9 and a-f are allowed")

    return check


def or_empty(check: Check) -> Check:
    """The same, or the empty text."""

    def either(what: str, value: Any) -> None:
        if value != "":
            check(what, value)

    return either


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(what: str, value: Any) -> None:
        if not isinstance(value, str) or value not in choices:
            allowed = ", ".join(f'"{each}"' for each in choices)
            raise Refused(f"{what}: {_shown(value)}; one of {allowed} is allowed")

    return check


def whole(low: int) -> Check:
    """A whole number of at least `low`."""

    def check(what: str, value: Any) -> None:
        if type(value) is not int or not low <= value <= LARGEST_INTEGER:
            raise Refused(f"{what}: {_shown(value)}; a whole number from {low} on is allowed")

    return check


def number(high: float) -> Check:
    """A number from 0 to `high`."""

    def check(what: str, value: Any) -> None:
        if type(value) not in (int, float) or not 0 <= value <= high:
            raise Refused(f"{what}: {_shown(value)}; a number from 0 to {high:g} is allowed")

    return check


def or_none(check: Check) -> Check:
    """The same, or None."""

    def either(what: str, value: Any) -> None:
        if value is not None:
            check(what, value)

    return either


def many(check: Check, most: int, *, distinct: bool = True) -> Check:
    """A tuple of so many at most, each checked, none twice unless told otherwise."""

    def each(what: str, value: Any) -> None:
        if not isinstance(value, tuple) or len(value) > most:
            raise Refused(f"{what}: {_shown(value)}; a list of at most {most} is allowed")
        for i, item in enumerate(value):
            check(f"{what}[{i}]", item)
            if distinct and item in value[:i]:
                raise Refused(f"{what}[{i}]: {_shown(item)} stands twice; once is allowed")

    return each


def part(kind: type[Any]) -> Check:
    """A dataclass of this kind, which checks itself."""

    def check(what: str, value: Any) -> None:
        if not isinstance(value, kind):
            raise Refused(f"{what}: {_shown(value)}; {kind.__name__} is allowed")

    return check


def figures(what: str, value: Any) -> None:
    """Counts by region and by word; the region "" is whatever no region covers."""
    if not isinstance(value, Mapping) or value.keys() == MEMBERS:
        raise Refused(f"{what}: {_shown(value)}; counts by region and word are allowed")
    for region, counts in value.items():
        words(what, region)
        if not isinstance(counts, Mapping) or counts.keys() == MEMBERS:
            raise Refused(f"{what}: {region!r}: {_shown(counts)}; counts by word are allowed")
        for word, count in counts.items():
            name(f"{what}: {region!r}", word)
            whole(0)(f"{what}: {region!r}: {word!r}", count)


def _shown(value: Any) -> str:
    text = repr(value)
    return printable(text if len(text) <= 80 else f"{text[:77]}...")
