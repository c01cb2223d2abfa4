"""The English nouns that a translator may write for what a French one counts, from units.toml.

The keys name what a figure counts in English. For a French noun there are often two right ones (camion:
truck, lorry), and a proposal that has the other is no error. Only nouns of the span itself count: what a
figure of lorries may be called says nothing of one of vehicles.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("units.toml")

_FEMININE: Final = {"teur": ("trice", "teuse"), "eur": ("euse", "eure"), "er": ("ère",), "ien": ("ienne",),
                    "éen": ("éenne",), "if": ("ive",), "f": ("ve",), "eux": ("euse",)}  # fmt: skip
_PLURAL: Final = {"al": "aux", "ail": "aux", "au": "aux", "eu": "eux", "ou": "oux"}


def is_translation(wording: str, one: str, other: str) -> bool:
    """Whether both units are English for one noun of a French wording ("deux camions": truck and lorry)."""
    said = re.sub(r"\s+", " ", wording.lower().replace("’", "'"))
    return any(one in names and other in names and noun.search(said) for noun, names in _table().items())


@cache
def _table() -> Mapping[re.Pattern[str], frozenset[str]]:
    """By the pattern of a French noun in all its forms, its English ones; ValueError if malformed."""
    found: dict[re.Pattern[str], frozenset[str]] = {}
    for noun, names in tomllib.loads(TABLE.read_text("utf-8")).items():
        if (
            not isinstance(names, list)
            or len(set(names)) < 2
            or not all(isinstance(each, str) for each in names)
        ):
            raise ValueError(
                f"{TABLE.name}: {noun}: {names!r}; a list of two English nouns or more is allowed"
            )
        words = (f"(?:{'|'.join(map(re.escape, sorted(_forms(each))))})" for each in noun.lower().split())
        found[re.compile(rf"(?<!\w){' '.join(words)}(?!\w)")] = frozenset(names)
    return found


def _forms(word: str) -> set[str]:
    """A French noun or adjective in both genders and numbers, by its ending."""
    single = {word, word + "e", *(
        word[: -len(ending)] + each for ending, others in _FEMININE.items() if word.endswith(ending)
        for each in others
    )}  # fmt: skip
    plural = {word[: -len(end)] + other for end, other in _PLURAL.items() if word.endswith(end)}
    return single | {each + "s" for each in single} | plural
