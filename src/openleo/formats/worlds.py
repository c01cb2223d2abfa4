"""World files: found by name or path, and laid over the worlds that they begin from."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from openleo.errors import InputError
from openleo.formats.toml import read_toml

_RULES: Final = ".rules.toml"


def builtin_worlds() -> tuple[str, ...]:
    """Names of the worlds that come with the package."""
    with as_file(files("openleo") / "worlds") as folder:
        paths = [path for path in folder.glob("*.toml") if not path.name.endswith(_RULES)]
    return tuple(sorted(path.stem for path in paths))


def read_world(name: str | Path, seen: tuple[Path, ...] = ()) -> tuple[Path, dict[str, Any]]:
    """Read a world file and those that it is based on.

    name: of a built-in world, or the path of a file. seen: files that are based on this one. Returns the
    path and the table, laid over those of its bases, whose files are named by absolute paths. Raises
    InputError where there is no such file, it is no TOML, or its base is in turn based on it.
    """
    path = Path(name)
    if str(name) in builtin_worlds():
        with as_file(files("openleo") / "worlds") as folder:
            path = folder / f"{name}.toml"
    elif not path.is_file():
        raise InputError(
            f"{name}: no such world; built in are {', '.join(builtin_worlds())}, or give a TOML file"
        )
    if path.resolve() in seen:
        raise InputError(f"{name} given; it is in turn based on this world")
    table = read_toml(path)
    base = table.pop("base", None)
    if base is None:
        return path, table
    if not isinstance(base, str):
        raise InputError(f"{path.name}: base: {base!r} given; the name or path of a world is allowed")
    beside = base if base in builtin_worlds() else path.parent / base
    try:
        below, under = read_world(beside, (*seen, path.resolve()))
    except InputError as error:
        raise InputError(f"{path.name}: base: {error}") from error
    for section, named in named_files(under):
        section[named] = str((below.parent / section[named]).resolve())
    return path, _laid_over(under, table)


def named_files(world: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Find where the table of a world names a file: each table in which it does, and the key."""
    keys = {"fleet": "elements", "isl": "file", "ground": "sites", "cells": "polygon", "demand": "file"}
    tables = [(world.get(section), name) for section, name in keys.items()]
    tables.append((world, "rules"))
    return [
        (table, name)
        for table, name in tables
        if isinstance(table, dict) and isinstance(table.get(name), str) and table[name]
    ]


def _laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` on top of `under`: tables key by key, everything else replaced."""
    both = dict(under)
    for name, value in over.items():
        nested = isinstance(value, dict) and isinstance(both.get(name), dict)
        both[name] = _laid_over(both[name], value) if nested else value
    return both
