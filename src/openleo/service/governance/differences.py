"""What differs between two rule files, in plain sentences: table by table, key by key, outline by outline."""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from openleo.ledger.words import printable
from openleo.service.rulefile import RuleFile

MOST: Final = 200
"""Sentences that are told; the rest is counted. The whole stands in the rule files themselves."""
LONGEST: Final = 300
"""Characters of one value within a sentence."""

_KINDS: Final = {
    "territories": "Territory", "plans": "Plan", "lists": "List", "regions": "Region",
    "approvers": "Approver", "parties": "Party",
}  # fmt: skip

Files = Mapping[str, str]
"""GeoJSON texts by the names that a rule file has for them."""


def differences(old: tuple[RuleFile, Files], new: tuple[RuleFile, Files]) -> tuple[str, ...]:
    """What a new rule file says that an old one did not, and the other way round; () where nothing differs.

    Each is given with the files that it names. The order of tables counts for nothing, and an outline counts
    by its coordinates, not by the name of its file.
    """
    found = list(_differ(old, new))
    more = len(found) - MOST
    return (*found[:MOST], *([f"And {more} more differences."] if more > 0 else []))


def _differ(old: tuple[RuleFile, Files], new: tuple[RuleFile, Files]) -> Iterator[str]:
    before, after = old[0], new[0]
    for field in dataclasses.fields(RuleFile):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if field.name in _KINDS:
            yield from _tables(_KINDS[field.name], was, now, old[1], new[1])
        elif dataclasses.is_dataclass(was):
            for said in _keys(was, now, f"{field.name}.", old[1], new[1]):
                yield f"{said}."
        elif was != now:
            yield f"{_changed(field.name, was, now, field.metadata['unit'])}."


def words_of(table: Any) -> str:
    """All that a table of a rule file says beside its name and beyond the defaults, in one line."""
    said = []
    for field in dataclasses.fields(table):
        value = getattr(table, field.name)
        if field.name == _key_of(table) or value == field.default:
            continue
        if dataclasses.is_dataclass(value):
            said.append(f"{field.name} ({words_of(value)})")
        else:
            said.append(f"{field.name} {_told(value, field.metadata['unit'])}")
    return "; ".join(said) or "nothing beside its name"


def _tables(kind: str, was: Any, now: Any, old: Files, new: Files) -> Iterator[str]:
    """Differences of tables that have names: which are new, which are gone, what the others say."""
    before = {_name(each): each for each in was}
    after = {_name(each): each for each in now}
    for name, each in after.items():
        if name not in before:
            yield f"{kind} {_told(name)} is new: {words_of(each)}."
    for name, each in before.items():
        if name not in after:
            yield f"{kind} {_told(name)} is taken out; it said: {words_of(each)}."
        else:
            said = "; ".join(_keys(each, after[name], "", old, new))
            if said:
                yield f"{kind} {_told(name)}: {said}."


def _keys(was: Any, now: Any, within: str, old: Files, new: Files) -> Iterator[str]:
    """Differences of one table, key by key, without a full stop."""
    for field in dataclasses.fields(was):
        before, after = getattr(was, field.name), getattr(now, field.name)
        name = within + field.name
        if field.name == "polygon":
            if _outline(old, before) != _outline(new, after):
                yield f"{name}: the outline is another ({after or 'none'})"
        elif dataclasses.is_dataclass(before):
            yield from _keys(before, after, f"{name}.", old, new)
        elif before != after:
            yield _changed(name, before, after, field.metadata["unit"])


def _changed(name: str, was: Any, now: Any, unit: str) -> str:
    if isinstance(was, tuple) and was and now:
        # A list of words is read by what came and what went.
        came = [_told(each) for each in now if each not in was]
        went = [_told(each) for each in was if each not in now]
        parts = [f"{', '.join(came)} added"] * bool(came) + [f"{', '.join(went)} taken out"] * bool(went)
        return f"{name}: {' and '.join(parts) or 'in another order'}"
    return f"{name} is {_told(now, unit)} instead of {_told(was, unit)}"


def _name(table: Any) -> str:
    return str(getattr(table, _key_of(table)))


def _key_of(table: Any) -> str:
    names = {field.name for field in dataclasses.fields(table)}
    return "name" if "name" in names and "code" not in names else "code" if "code" in names else ""


def _told(value: Any, unit: str = "") -> str:
    """A value as a sentence has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()[:19] + "Z"
    if isinstance(value, tuple):
        text = ", ".join(map(_told, value)) or "none"
    elif isinstance(value, float):
        text = "without limit" if value == math.inf else f"{value:g}{f' {unit}' if unit else ''}"
    elif isinstance(value, int):
        text = f"{value}{f' {unit}' if unit else ''}"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}...")


def _outline(files: Files, name: str) -> Any:
    """What counts of a GeoJSON file: its geometries; the text itself where it is no JSON."""
    text = files.get(name, "")
    try:
        value = json.loads(text) if text else None
    except ValueError:
        return text
    return _geometries(value)


def _geometries(value: Any) -> Any:
    """The coordinates in a GeoJSON value, without properties and names."""
    if isinstance(value, dict):
        if "coordinates" in value:
            return [value.get("type"), value["coordinates"]]
        return [_geometries(each) for each in value.values() if isinstance(each, dict | list)]
    if isinstance(value, list):
        return [_geometries(each) for each in value if isinstance(each, dict | list)]
    return None
