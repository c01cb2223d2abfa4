"""Every word of the page and of the plain pages: message files, English and French, with the same keys.

The files stand in the folder `words`, one for each part of the page and language. A message is known by the
name of its file and its key, `map.legend`; {name} in it is what somebody puts there.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from openleo.service.reasons import Language

FOLDER: Final = Path(__file__).parent / "words"
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")
_PLACE: Final = re.compile(r"\{(\w+)\}")


@cache
def words(language: Language) -> Mapping[str, str]:
    """All messages of a language by their names, `common.retry`."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.json")):
        messages = json.loads(path.read_text(encoding="utf-8"))
        found |= {f"{path.stem}.{key}": text for key, text in messages.items()}
    return MappingProxyType(found)


def known(name: str) -> bool:
    """Whether there is such a message: for words that come from data."""
    return name in words("en")


def say(language: Language, name: str, /, **values: str | int) -> str:
    """A message with what stands for each {name} in it.

    Raises KeyError where there is no such message, or nothing was given for one of its places.
    """
    return _PLACE.sub(lambda found: str(values[found[1]]), words(language)[name])
