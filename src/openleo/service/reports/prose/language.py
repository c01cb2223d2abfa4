"""What a language needs for its texts to be read: one TOML file each, with a table for each rule."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

_FOLDER: Final = files("openleo.service.reports.prose") / "languages"


@cache
def languages() -> tuple[str, ...]:
    """The languages that can be read, as two letters (ISO 639-1): those that have a file."""
    return tuple(sorted(each.name[:-5] for each in _FOLDER.iterdir() if each.name.endswith(".toml")))


@cache
def table(language: str, rule: str) -> Mapping[str, Any]:
    """The words of one rule in a language; an empty table for a language without a file."""
    return dict(_file(language).get(rule, {}))


@cache
def _file(language: str) -> Mapping[str, Any]:
    if language not in languages():
        return {}
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
