"""Who notes and reviews: names of editors, and whether two of them may be one person's.

Nobody reviews what they noted under their name in another spelling: two names that look the same are one.
So are those that differ in accents, in I, l and 1, or in O and 0 alone: a second person with such a name is
told so, and takes another. Its weakness: whoever takes a wholly other name is another person to a register,
which knows nobody's face.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from openleo.errors import InputError
from openleo.service.store.reports import checks

_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2064\u206a-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters that take no place, or an empty one."""

_ALIKE: Final = str.maketrans({
    **dict(zip("аевгкмнорстухіјѕһԁԛԝѵӏ", "aebrkmhopctyxljshdqwvl", strict=True)),
    **dict(zip("αβεικμνορτυχγζω", "abelkmvoptuxyzw", strict=True)),
    **dict(zip("ıłøđɑɡi1|0", "llodaglllo", strict=True)),
})  # fmt: skip
"""Small letters and digits that look like others: Cyrillic, Greek, Latin."""


def editor(by: str, *, empty: bool = False) -> str:
    """The name of whoever does something, stripped. Raises InputError for one that nobody can see or read."""
    found = checks.line("by", by, empty=empty)
    if _UNSEEN.search(found):
        raise InputError(f"by: {found!a} holds characters that nobody sees; a name without them is allowed")
    if found and not _looks(found):
        raise InputError(f"by: {found!r} given; a name with a letter or a digit is allowed")
    return found


def second(what: str, by: str, made: Sequence[tuple[str, str]]) -> None:
    """Check that somebody else made what waits for a review, or all where nothing waits; raises InputError.

    made: who made each part, and who has reviewed that, "" while nobody has.
    """
    waiting = [each for each in made if not each[1]] or made
    same = next((maker for maker, _ in waiting if _looks(maker) == _looks(by)), None)
    if same is not None:
        under = "" if same == by else f", as {same!r}"
        raise InputError(
            f"{what}: {by} noted it, or a part of it{under}; a second person is needed to review it"
        )


def _looks(name: str) -> str:
    """What a name looks like: its words, without what tells them apart to a machine alone."""
    letters = unicodedata.normalize("NFKD", _UNSEEN.sub("", name).casefold()).casefold()
    plain = "".join(each for each in letters if not unicodedata.combining(each)).translate(_ALIKE)
    return " ".join(re.findall(r"[^\W_]+", plain))
