"""The message files: English and French say the same things, and every word that is asked for is there."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from openleo.http.words import FOLDER, LANGUAGES, say, words

ROOT = Path(__file__).parents[1]
ROOMS = sorted(path.stem for path in (FOLDER / "en").glob("*.json"))
PLACES = re.compile(r"\{(\w+)\}")
SOURCES = [
    path
    for folder, pattern in (("web/src", "*.ts*"), ("src/openleo/http", "*.py"))
    for path in sorted((ROOT / folder).rglob(pattern))
    if not path.name.endswith(".d.ts")
]
KEY = rf"(?:{'|'.join(ROOMS)})\.[A-Za-z0-9_.]+"
# "room.key" as a whole, and the beginning of one that goes on with {...} or ${...}
WHOLE = re.compile(rf"""(?<![\w./-])["'`]({KEY})["'`]""")
BEGUN = re.compile(rf"""["'`]((?:{"|".join(ROOMS)})\.[A-Za-z0-9_.]+)\$?\{{""")
# `room.${...}`: whatever stands alone in the files of that folder may be the rest of the key
REST = re.compile(rf"""["'`]({"|".join(ROOMS)})\.\$?\{{""")
ALONE = re.compile(r"""["'`]([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)["'`]""")
ALONE_BEGUN = re.compile(r"""`([A-Za-z0-9_.]+\.)\$\{""")
ASKED = re.compile(rf"""\b(?:t|say|heading)\(\s*(?:language,\s*)?["'`]({KEY})["'`]""")
COUNTED = re.compile(rf"""\bcounted\(\s*["'`]({KEY})["'`]""")
OF_A_GROUP = re.compile(rf"""\bword\(\s*["'`]({KEY})["'`]""")


def messages(language: str, room: str) -> dict[str, str]:
    """A message file."""
    text = (FOLDER / language / f"{room}.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def asked(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """What the code asks for by a pattern, and in which file."""
    for path in SOURCES:
        for found in pattern.finditer(path.read_text(encoding="utf-8")):
            yield found[1], path.name


def beginnings() -> Iterator[tuple[str, str]]:
    """The beginnings of keys whose rest comes from data, and in which file."""
    yield from asked(BEGUN)
    for group, file in asked(OF_A_GROUP):
        yield f"{group}.", file


@pytest.mark.parametrize("room", ROOMS)
def test_english_and_french_have_the_same_messages_with_the_same_places(room: str) -> None:
    english, french = messages("en", room), messages("fr", room)
    assert list(english) == list(french)
    for key in english:
        assert Counter(PLACES.findall(english[key])) == Counter(PLACES.findall(french[key])), key


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_or_stands_twice_in_its_file(language: str, room: str) -> None:
    def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        assert not twice, twice
        return dict(pairs)

    text = (FOLDER / language / f"{room}.json").read_text(encoding="utf-8")
    for key, message in json.loads(text, object_pairs_hook=once).items():
        assert isinstance(message, str), key
        assert message.strip() == message, key
        assert message or key == "unit.1", key  # a share or a count has no unit
        assert not re.search(r"<\w|&\w+;", message), f"{key}: markup"


def test_every_message_that_the_code_asks_for_is_there() -> None:
    there = words("en")
    missing = [f"{name} ({file})" for name, file in asked(ASKED) if name not in there]
    missing += [
        f"{name}.{form} ({file})"
        for name, file in asked(COUNTED)
        for form in ("one", "many")
        if f"{name}.{form}" not in there
    ]
    missing += [
        f"{begun}... ({file})"
        for begun, file in beginnings()
        if not any(name.startswith(begun) for name in there)
    ]
    assert not missing


def rests(pattern: re.Pattern[str]) -> Iterator[str]:
    """What may be put together from the name of a room and a word of the same folder, by a pattern."""
    for path in SOURCES:
        rooms = set(REST.findall(path.read_text(encoding="utf-8")))
        for other in SOURCES if rooms else ():
            if other.parent == path.parent or path.parent in other.parents:
                words_there = pattern.findall(other.read_text(encoding="utf-8"))
                yield from (f"{room}.{word}" for room in rooms for word in words_there)


def test_no_message_lies_unused() -> None:
    used = {name for name, _ in asked(WHOLE)}
    used |= {f"{name}.{form}" for name, _ in asked(COUNTED) for form in ("one", "many")}
    begun = tuple({name for name, _ in beginnings()} | set(rests(ALONE_BEGUN)))
    used |= set(rests(ALONE))
    assert not [name for name in words("en") if name not in used and not name.startswith(begun)]


def test_a_message_says_what_is_put_into_it() -> None:
    assert say("en", "plain.slot", slot=7) == "Slot 7"
    assert say("fr", "plain.slot", slot=7) == "Créneau 7"
    with pytest.raises(KeyError):
        say("en", "plain.slot")
