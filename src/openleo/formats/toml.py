"""TOML tables become frozen dataclasses, each key checked against what its field says of itself.

A field made by `key` carries its unit, meaning and range. That one statement feeds the check, the error and
the table of attributes in the docs.
"""

import dataclasses
import difflib
import math
import sys
import tomllib
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from openleo.errors import InputError

T = TypeVar("T")

_GREATEST = {int: 2**63 - 1, float: sys.float_info.max}  # that arrays can hold


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One row of the table of attributes: what a key of a world file may hold."""

    name: str
    type: str
    unit: str
    default: str
    allowed: str
    meaning: str


def key(
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    unit: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
) -> Any:
    """Declare a field of a frozen dataclass that is read from TOML.

    meaning: one line for the docs. default: a key without one must be given. unit: as written in the docs.
    low, high: least and greatest allowed number; above: a number that it must exceed. For a tuple they hold
    for each of its items. Infinity is allowed only where it is the default.
    """
    metadata = {
        "meaning": meaning, "unit": unit, "low": low, "high": high, "above": above, "inf": default == math.inf
    }  # fmt: skip
    if isinstance(default, type(dataclasses.MISSING)):
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises InputError with the line where it is no TOML, and where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is no TOML: {error}") from error


def parse(cls: type[T], table: Mapping[str, Any], where: str) -> T:
    """Make the frozen dataclass `cls` of a TOML table.

    where: file and key so far ("today.toml: radio"), the beginning of each error.
    Raises InputError for an unknown key, a missing one, a wrong type or a value that is not allowed.
    """
    fields = {field.name: field for field in dataclasses.fields(cls) if field.metadata}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    for name in table:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise InputError(
                f"{_at(where, name)}: there is no such key{hint}; allowed are {', '.join(fields)}"
            )
    given: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            given[name] = _value(hints[name], table[name], _at(where, name), field.metadata)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError(
                f"{_at(where, name)}: is missing; {_allowed(hints[name], field.metadata)} is needed"
            )
    try:
        return cls(**given)
    except InputError as error:
        raise InputError(_at(where, str(error), ": ")) from error


def attributes(cls: type[Any]) -> list[Attribute]:
    """The table of attributes of a dataclass made with `key`: one row a key, tables within it left out."""
    hints = typing.get_type_hints(cls)
    rows = []
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        if not field.metadata or dataclasses.is_dataclass(_item(hint)):
            continue
        default = "required" if field.default is dataclasses.MISSING else _toml(field.default)
        meta = field.metadata
        rows.append(
            Attribute(
                field.name, _type_name(hint), meta["unit"], default, _allowed(hint, meta), meta["meaning"]
            )
        )
    return rows


def _at(where: str, name: str, joint: str = ".") -> str:
    """`name` within `where`, which may be a file alone ("today.toml: ") or a file and a key."""
    return f"{where}{name}" if where.endswith(": ") else f"{where}{joint}{name}"


def _item(hint: Any) -> Any:
    """The type of a tuple's items, or the type itself."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else hint


def _value(hint: Any, value: Any, where: str, meta: Mapping[str, Any]) -> Any:
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise InputError(f"{where}: {_shown(value)} given; {_allowed(hint, meta)} is allowed")
        item = _item(hint)
        return tuple(_value(item, each, f"{where}[{i}]", meta) for i, each in enumerate(value))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise InputError(f"{where}: {_shown(value)} given; a table is allowed")
        return parse(typing.cast(type[Any], hint), value, where)
    if _fits(hint, value, meta):
        if hint is float:
            return float(value)
        if hint is datetime:
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return value
    raise InputError(f"{where}: {_shown(value)} given; {_allowed(hint, meta)} is allowed")


def _fits(hint: Any, value: Any, meta: Mapping[str, Any]) -> bool:
    if typing.get_origin(hint) is Literal:
        return value in typing.get_args(hint)
    if hint in (int, float):
        kinds = (int,) if hint is int else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool):
            return False
        held = abs(value) <= _GREATEST[hint] or (meta["inf"] and value == math.inf)
        return bool(held and meta["low"] <= value <= meta["high"] and value > meta["above"])
    if hint is datetime and isinstance(value, datetime) and value.tzinfo:
        try:
            value.astimezone(UTC)
        except OverflowError:  # in UTC it lies before year 1, or after year 9999
            return False
    return isinstance(value, hint)


def _shown(value: Any) -> str:
    """A value for an error; TOML's hexadecimal numbers can be longer than Python writes in decimal."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 500 else f"{text[:497]}..."


def _type_name(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return f"list of {_type_name(_item(hint))}"
    if typing.get_origin(hint) is Literal:
        return "text"
    return {
        int: "whole number",
        float: "number",
        str: "text",
        bool: "true or false",
        datetime: "date and time",
    }.get(hint, getattr(hint, "__name__", str(hint)))


def _allowed(hint: Any, meta: Mapping[str, Any]) -> str:
    if typing.get_origin(hint) is tuple:
        return f"a list, each of its items {_allowed(_item(hint), meta)}"
    if isinstance(hint, types.GenericAlias) or typing.get_origin(hint) is Literal:
        return "one of " + ", ".join(_toml(choice) for choice in typing.get_args(hint))
    if dataclasses.is_dataclass(hint):
        return "a table"
    article = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
    text = article.get(hint, "a date and time such as 2026-05-30T12:00:00Z")
    if hint in (int, float):
        low, high, above = meta["low"], meta["high"], meta["above"]
        if above > -math.inf:
            text += f" above {_toml(above)}"
        elif low > -math.inf and high < math.inf:
            return f"{text} from {_toml(low)} to {_toml(high)}"
        elif low > -math.inf:
            text += f" of at least {_toml(low)}"
        if high < math.inf:
            text += f" of at most {_toml(high)}"
        if meta["inf"]:
            text += " or inf"
    return text


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
