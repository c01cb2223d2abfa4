"""What is wrong in the text of a rule file, all of it that can be said at once, each with line and key."""

import dataclasses
import re
import typing
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from openleo.errors import InputError
from openleo.formats import toml
from openleo.ledger.canonical import canonical
from openleo.ledger.errors import LedgerError
from openleo.service.governance.pack import table_of, unpack
from openleo.service.rulefile import RuleFile

MOST: Final = 100
"""Faults that are told."""

_WHERE: Final = "rules: "
_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)|at end of document")
_KEY: Final = re.compile(
    r"((?:[A-Za-z_][\w-]*(?:\[\d+\])?)(?:\.[A-Za-z_][\w-]*(?:\[\d+\])?)*)(?: \([^\n]*?\))?: "
)
_LIST_HEAD: Final = re.compile(r"\s*\[\[\s*([\w.-]+)\s*\]\]")
_HEAD: Final = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_GIVEN: Final = re.compile(r"\s*([\w.-]+)\s*=")


@dataclass(frozen=True)
class Wrong:
    """One fault. line: of the text, from 1, None where it is of no line. key: "" where it is of none."""

    line: int | None
    key: str
    text: str


def packed(text: str, files: Mapping[str, str]) -> bytes:
    """The pack of a rule file and the texts that it names, unchecked; raises InputError where it has none."""
    try:
        return canonical({"files": dict(files), "rules": text})
    except LedgerError as error:
        raise InputError(f"{_WHERE}{error}") from None


def wrong_in(text: str, files: Mapping[str, str]) -> tuple[Wrong, ...]:
    """Every fault of a rule file that can be found beside the others; () where it makes a rule set.

    files: the GeoJSON texts that it names, by name. Of what only the map shows, the first is told.
    """
    try:
        unpack(packed(text, files), _WHERE)
        return ()
    except (InputError, LedgerError) as error:
        first = str(error)
    try:
        table = table_of(text, _WHERE)
    except InputError as error:
        return (_of_text(str(error), text),)
    found = _faults(RuleFile, table, _WHERE) or [first]
    lines = _lines(text)
    placed = [_placed(each, lines) for each in dict.fromkeys(found[:MOST])]
    return tuple(sorted(placed, key=lambda each: each.line or 0))


def _faults(cls: type[Any], table: Mapping[str, Any], where: str) -> list[str]:
    """The faults of a table of a rule file: of each table in it, and of each of its keys."""
    hints = typing.get_type_hints(cls)
    found: list[str] = []
    left = dict(table)
    for name, value in table.items():
        item = _item(hints.get(name))
        if item is None or not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            continue
        at = f"{where}{name}" if where.endswith(": ") else f"{where}.{name}"
        within = [each for i, row in enumerate(value) for each in _faults(item, row, f"{at}[{i}]")]
        if within:
            found += within
            del left[name]
    while len(found) < MOST:
        try:
            toml.parse(cls, left, where)
            break
        except InputError as error:
            said = str(error)
            key = said.removeprefix(where).removeprefix(".").partition(":")[0]
            name = re.split(r"[.\[ ]", key)[0]
            if name in left:
                found.append(said)
                del left[name]
                continue
            if not found or ": is missing" in said:  # else it may be of what was left out
                found.append(said)
            break
    return found


def _item(hint: Any) -> type[Any] | None:
    """The dataclass of which a key holds a list, None where it holds something else."""
    inner = typing.get_args(hint)[:1] if typing.get_origin(hint) is tuple else ()
    return inner[0] if inner and isinstance(inner[0], type) and dataclasses.is_dataclass(inner[0]) else None


def _of_text(said: str, text: str) -> Wrong:
    """A fault of a text that is no TOML."""
    said = said.removeprefix(_WHERE)
    at = _LINE.search(said)
    last = text.count("\n") + (not text.endswith("\n"))
    return Wrong((int(at[1]) if at[1] else max(last, 1)) if at else None, "", said)


def _placed(said: str, lines: Mapping[str, int]) -> Wrong:
    said = said.removeprefix(_WHERE)
    key = _KEY.match(said)
    if key is None:
        return Wrong(None, "", said)
    at = key[1]
    while at not in lines and at:  # the nearest that has a line: its table, the list that holds it
        at = at[: max(at.rfind("."), at.rfind("["), 0)]
    return Wrong(lines[at], key[1], said) if at else Wrong(None, "", said)


def _lines(text: str) -> dict[str, int]:
    """The line of each table and key of a TOML text, as errors name them: regions[2].licence."""
    lines: dict[str, int] = {}
    many: Counter[str] = Counter()
    table = ""

    def full(name: str) -> str:
        """A name of a head with the numbers of the tables that it is within."""
        parts = name.split(".")
        for k in range(len(parts) - 1):
            within = ".".join(parts[: k + 1])
            if many[within]:
                parts[k] += f"[{many[within] - 1}]"
        return ".".join(parts)

    for number, line in enumerate(text.splitlines(), 1):
        if head := _LIST_HEAD.match(line):
            table = f"{full(head[1])}[{many[head[1]]}]"
            many[head[1]] += 1
            lines.setdefault(table, number)
            lines.setdefault(head[1], number)
        elif head := _HEAD.match(line):
            table = full(head[1])
            lines.setdefault(table, number)
        elif given := _GIVEN.match(line):
            lines.setdefault(f"{table}.{given[1]}" if table else given[1], number)
    return lines
