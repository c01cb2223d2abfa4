"""What a language needs for its texts to be read: one TOML file each, with a table for each rule.

The least is an empty file named by two letters, `xx.toml`: the language is then one that is read, and nothing
is proposed in it. Each table adds what its rule proposes, and a table may have some of its keys alone: a list
that is not there has no words, a pattern that is not there matches nothing. A good beginning is `[sentences]`
with `abbreviations`, `[header.keys]` with what stands before the colons at the head of a saved text, and
`[moods]` with `denied` and `reported`, lists of regular expressions. `en.toml` has every key.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from openleo.errors import InputError

_SHIPPED: Final = files("openleo.service.reports.prose") / "languages"
_FOLDER = _SHIPPED
_NEVER: Final = "(?!)"
"""As a pattern it matches nothing, and as a word it stands in no text."""
_WHOLE: Final = frozenset(
    ("header", "translation", "outlets", "quotations", "numerals", "figures", "days", "names", "moods")
)
"""Tables whose keys are known: what a file leaves out of them is as if it had no words there."""
_WHOLE_WITHIN: Final = {"figures": ("leading", "patterns", "not_plural")}
"""Tables within them of which the same is true; the keys of others are words."""


@cache
def languages() -> tuple[str, ...]:
    """The languages that can be read, as two letters (ISO 639-1): those that have a file."""
    return tuple(sorted(each.name[:-5] for each in _FOLDER.iterdir() if each.name.endswith(".toml")))


@cache
def table(language: str, rule: str) -> Mapping[str, Any]:
    """The words of one rule in a language; an empty table for a language without a file, or without it."""
    own = _file(language).get(rule, {})
    if not own or rule not in _WHOLE:
        return dict(own)
    shape = _shape()[rule]
    whole = _filled(own, shape)
    return whole | {each: _filled(whole[each], shape[each]) for each in _WHOLE_WITHIN.get(rule, ())}


def _filled(own: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """A table with nothing under each key that only its shape has."""
    return {key: _nothing(value) for key, value in shape.items() if key not in own} | dict(own)


def _nothing(like: Any) -> Any:
    """What has no words: of the kind of a value that has some."""
    if isinstance(like, str):
        return like if len(like) < 2 else _NEVER  # a decimal sign is as in English
    return [_NEVER] if isinstance(like, list) else type(like)()


@cache
def _shape() -> Mapping[str, Any]:
    return _file("en") if _FOLDER is _SHIPPED else _parsed(_SHIPPED / "en.toml")


@cache
def _file(language: str) -> Mapping[str, Any]:
    return _parsed(_FOLDER / f"{language}.toml") if language in languages() else {}


def _parsed(path: Traversable) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path.name}: a language file that is no TOML in UTF-8: {error}") from None
