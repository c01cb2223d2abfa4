"""What differs between two rule files, in plain sentences: table by table, key by key, outline by outline.

Whoever tells of a change computes it from the rules beside the log: what a change says of itself may be
wrong.
"""

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from openleo.ledger.words import printable
from openleo.service.reasons import Language
from openleo.service.rulefile import RuleFile

MOST: Final = 200
"""Sentences that are told beside those on the charter; the rest is counted by kind."""
ROOM: Final = 32_000
"""Bytes that they may take: half of an entry, which has 65 535 in all."""
LONGEST: Final = 300
"""Characters of one value within a sentence, but for those of the charter."""
LONGEST_SENTENCE: Final = 4000
"""Characters; what is longer goes on in the next one. An entry takes 4 096."""

_WEIGHTY: Final = ("governance", "approvers", "parties", "elsewhere")
"""Told first, and never cut: who decides, who is told, and what holds where no region says anything."""
_KINDS: Final = {
    "territories": ("Territory", "territoire"), "plans": ("Plan", "formule"), "lists": ("List", "liste"),
    "regions": ("Region", "région"), "approvers": ("Approver", "approbateur"),
    "parties": ("Party", "partie à informer"),
}  # fmt: skip
_LEFT_OUT: Final = {
    "territories": "territoires", "plans": "formules", "lists": "listes", "regions": "régions",
    "effects": "effets",
}  # fmt: skip

Files = Mapping[str, str]
"""GeoJSON texts by the names that a rule file has for them."""


def differences(
    old: tuple[RuleFile, Files], new: tuple[RuleFile, Files], language: Language = "en"
) -> tuple[str, ...]:
    """What a new rule file says that an old one did not, and the other way round; () where nothing differs.

    Each is given with the files that it names. The order of tables counts for nothing, and an outline counts
    by its coordinates, not by the name of its file. What weighs most comes first: the charter, all of it;
    what holds elsewhere; regions; the rest. Of the last two so much is told as `MOST` and `ROOM` allow.
    """
    names = [field.name for field in dataclasses.fields(RuleFile)]
    rest = [name for name in names if name not in (*_WEIGHTY, "regions")]
    found: list[str] = []
    for name in _WEIGHTY:
        for said in _of_field(name, old, new, _Wording(language, whole=True)):
            found += _pieces(said)
    left, room, cut = MOST, ROOM, Counter[str]()
    for name in ("regions", *rest):
        for said in _of_field(name, old, new, _Wording(language)):
            pieces = _pieces(said)
            size = sum(len(json.dumps(each, ensure_ascii=False).encode()) + 1 for each in pieces)
            if left >= len(pieces) and room >= size:
                left, room = left - len(pieces), room - size
                found += pieces
            else:
                cut[name if name in _LEFT_OUT else ""] += 1
                left = 0  # what comes later weighs less, and is not told in its place
    return (*found, *([_left_out(cut, language)] if cut else []))


def unsaid(said: Sequence[str], found: Sequence[str]) -> str:
    """What differs that a change does not say of itself, or that it says what does not; "" for nothing.

    said: its own sentences. found: those of `differences`.
    """
    left_out = [each for each in found if each not in said]
    first = "" if tuple(said) == tuple(found) else [*left_out, "what it lists does not differ"][0]
    return f"differs: the change does not say what differs: {first}" if first else ""


def words_of(table: Any, language: Language = "en") -> str:
    """All that a table of a rule file says beside its name and beyond the defaults, in one line."""
    return _Wording(language).table(table)


def _of_field(
    name: str, old: tuple[RuleFile, Files], new: tuple[RuleFile, Files], wording: "_Wording"
) -> Iterator[str]:
    """The differences of one key or table of the rule file, each with its full stop."""
    was, now = getattr(old[0], name), getattr(new[0], name)
    if name in _KINDS:
        yield from _tables(_KINDS[name], was, now, old[1], new[1], wording)
    elif dataclasses.is_dataclass(was):
        for said in wording.keys(was, now, f"{name}.", old[1], new[1]):
            yield f"{said}."
    elif was != now:
        unit = {field.name: field.metadata["unit"] for field in dataclasses.fields(RuleFile)}[name]
        yield f"{wording.changed(name, was, now, unit)}."


def _tables(
    kind: tuple[str, str], was: Any, now: Any, old: Files, new: Files, wording: "_Wording"
) -> Iterator[str]:
    """Differences of tables that have names: which are new, which are gone, what the others say."""
    before = {_name(each): each for each in was}
    after = {_name(each): each for each in now}
    en, fr = kind
    for name, each in after.items():
        if name not in before:
            said, words = wording.told(name), wording.table(each)
            yield wording.pick(f"{en} {said} is new: {words}.", f"Ajout : {fr} {said} : {words}.")
    for name, each in before.items():
        said = wording.told(name)
        if name not in after:
            words = wording.table(each)
            yield wording.pick(
                f"{en} {said} is taken out; it said: {words}.",
                f"Retrait : {fr} {said}, qui disait : {words}.",
            )
        else:
            parts = "; ".join(wording.keys(each, after[name], "", old, new))
            if parts:
                yield wording.pick(f"{en} {said}: {parts}.", f"{fr[0].upper()}{fr[1:]} {said} : {parts}.")


@dataclasses.dataclass(frozen=True)
class _Wording:
    """How values and keys are put into words: in which language, and whether long values stay whole."""

    language: Language
    whole: bool = False

    def pick(self, en: str, fr: str) -> str:
        """One of two wordings."""
        return fr if self.language == "fr" else en

    def table(self, table: Any) -> str:
        """What a table says beside its name and beyond the defaults."""
        said = []
        for field in dataclasses.fields(table):
            value = getattr(table, field.name)
            if field.name == _key_of(table) or value == field.default:
                continue
            if dataclasses.is_dataclass(value):
                said.append(f"{field.name} ({self.table(value)})")
            else:
                said.append(f"{field.name} {self.told(value, field.metadata['unit'])}")
        return "; ".join(said) or self.pick("nothing beside its name", "rien de plus que le nom")

    def keys(self, was: Any, now: Any, within: str, old: Files, new: Files) -> Iterator[str]:
        """Differences of one table, key by key, without a full stop."""
        for field in dataclasses.fields(was):
            before, after = getattr(was, field.name), getattr(now, field.name)
            name = within + field.name
            if field.name == "polygon":
                if _outline(old, before) != _outline(new, after):
                    file = printable(after) or self.pick("none", "aucun")
                    said = self.pick("the outline is another", "le contour est un autre")
                    yield self.pick(f"{name}: {said} ({file})", f"{name} : {said} ({file})")
            elif dataclasses.is_dataclass(before):
                yield from self.keys(before, after, f"{name}.", old, new)
            elif before != after:
                yield self.changed(name, before, after, field.metadata["unit"])

    def changed(self, name: str, was: Any, now: Any, unit: str) -> str:
        """One key that says something else."""
        if self.whole and isinstance(was, str) and isinstance(now, str) and "\n" in was + now:
            was, now = tuple(was.splitlines()), tuple(now.splitlines())  # such as the lines of a policy
        if isinstance(was, tuple) and was and now:
            # A list of words is read by what came and what went.
            parts = []
            came, went = [each for each in now if each not in was], [each for each in was if each not in now]
            if came:
                parts.append(self.pick(f"{self.listed(came)} added", f"ajout de {self.listed(came)}"))
            if went:
                parts.append(self.pick(f"{self.listed(went)} taken out", f"retrait de {self.listed(went)}"))
            joined = self.pick(" and ", " et ").join(parts) or self.pick(
                "in another order or form", "autre ordre ou autre forme"
            )
            return self.pick(f"{name}: {joined}", f"{name} : {joined}")
        new, old = self.told(now, unit), self.told(was, unit)
        return self.pick(f"{name} is {new} instead of {old}", f"{name} : {new} au lieu de {old}")

    def listed(self, values: Sequence[Any]) -> str:
        """Values one after the other; of many the first ones, and how many more there are."""
        told: list[str] = []
        for each in values:
            if not self.whole and told and len(", ".join(told)) > LONGEST:
                more = len(values) - len(told)
                return ", ".join(told) + self.pick(f" and {more} more", f" et {more} de plus")
            told.append(self.told(each))
        return ", ".join(told) or self.pick("none", "rien")

    def told(self, value: Any, unit: str = "") -> str:
        """A value as a sentence has it."""
        if isinstance(value, bool):
            return self.pick("true", "vrai") if value else self.pick("false", "faux")
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, tuple):
            return self.listed(value)
        if isinstance(value, float | int):
            if value == math.inf:
                return self.pick("without limit", "sans limite")
            return f"{value!r}".removesuffix(".0") + (f" {unit}" if unit else "")
        text = json.dumps(value, ensure_ascii=False)
        if not self.whole and len(text) > LONGEST:
            more = self.pick(f"{len(value)} characters in all", f"{len(value)} caractères en tout")
            text = f'{text[: LONGEST - 3]}..." ({more})'
        return printable(text)


def _pieces(said: str) -> list[str]:
    """A sentence as one, or as several where it is longer than an entry takes; nothing of it is lost."""
    found = []
    while len(said) > LONGEST_SENTENCE:
        at = said.rfind(" ", 1, LONGEST_SENTENCE - 3)
        at = at if at > LONGEST_SENTENCE // 2 else LONGEST_SENTENCE - 3
        found.append(f"{said[:at]}...")
        said = f"... {said[at:].lstrip()}"
    return [*found, said]


def _left_out(cut: Mapping[str, int], language: Language) -> str:
    """How many differences are not told, and of what kind."""
    count = sum(cut.values())
    if language == "fr":
        kinds = ", ".join(f"{n} ({_LEFT_OUT.get(name, 'autres clés')})" for name, n in cut.items())
        more = "autres différences, non décrites" if count > 1 else "autre différence, non décrite"
        return f"{count} {more} ici : {kinds}."
    kinds = ", ".join(f"{n} of {name or 'other keys'}" for name, n in cut.items())
    return f"{count} more difference{'s' * (count > 1)} not told here: {kinds}."


def _name(table: Any) -> str:
    return str(getattr(table, _key_of(table)))


def _key_of(table: Any) -> str:
    names = {field.name for field in dataclasses.fields(table)}
    return "name" if "name" in names and "code" not in names else "code" if "code" in names else ""


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
