"""What the store says was in force, for comparing it with the log: nothing is enforced by these rows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from openleo.service.store import schema

if TYPE_CHECKING:
    from openleo.service.store import Store

LAST_US: Final = 253_402_300_799_999_999
"""The last instant of the year 9999."""


@dataclass(frozen=True)
class RuleRow:
    """A rule set as the store knows it; zones: a hash over its zones, as `zones_hash` makes it."""

    number: int
    digest: str
    name: str
    version: int
    zones: str


@dataclass(frozen=True)
class Recorded:
    """What the store says was in force.

    sets: rule sets by number. terms: from when on (microseconds since 1970-01-01 UTC), and the number of
    which rule set. wrong: rows that no controller writes, in words; they are in neither.
    """

    sets: dict[int, RuleRow]
    terms: list[tuple[int, int]]
    wrong: tuple[str, ...]

    def digest(self, number: int) -> str:
        """The digest of a rule set, "" where there is none of that number."""
        return self.sets[number].digest if number in self.sets else ""


def zones_hash(zones: Sequence[tuple[str, str, str]]) -> str:
    """A hash over country, disputed area and regions of each zone, in their order."""
    return hashlib.sha256(json.dumps([list(each) for each in zones]).encode()).hexdigest()


def stood_under(store: "Store", before_us: int) -> int:
    """Entries of the log under which the last check-in before a time was decided; -1 where none was."""
    rows = schema.checkins.c
    with store.read() as connection:
        found = connection.execute(
            select(rows.checkpoint).where(rows.received_us < before_us).order_by(rows.number.desc()).limit(1)
        ).scalar()
    return -1 if found is None else int(found)


def digest_of(store: "Store", number: int) -> str | None:
    """The digest of a rule set by its number in the store, None where there is none."""
    with store.read() as connection:
        return connection.execute(
            select(schema.rules.c.digest).where(schema.rules.c.number == number)
        ).scalar()


def recorded(store: "Store") -> Recorded:
    """All that the store says was in force; raises StoreError and StoreUnavailable.

    SQLite takes any value into any column: here each is looked at before anything is done with it.
    """
    sets, terms, zones = schema.rules, schema.in_force.c, schema.zones.c
    parts: dict[Any, list[tuple[Any, ...]]] = {}
    with store.read() as connection:
        asked = select(zones.rules, zones.zone, zones.country, zones.area, zones.regions)
        for rules, *zone in connection.execute(asked.order_by(zones.rules, zones.zone)):
            parts.setdefault(rules, []).append(tuple(zone))
        rows = connection.execute(select(sets)).all()
        asked_terms = select(terms.number, terms.from_us, terms.rules).order_by(terms.number)
        known = connection.execute(asked_terms).all()
    found, held, wrong = {}, [], []
    for row in rows:
        if not (isinstance(row.digest, str) and isinstance(row.name, str) and _is_whole(row.version)):
            wrong.append(f"its row {row.number} of rules is none that was written here")
            continue
        said = _zones_hash_of(parts.get(row.number, []))
        found[row.number] = RuleRow(row.number, row.digest, row.name, row.version, said)
    for number, from_us, rules in known:
        if _is_whole(from_us) and from_us <= LAST_US and _is_whole(rules):
            held.append((from_us, rules))
        else:
            wrong.append(f"its row {number} in_force has a time or a rule set that cannot be")
    return Recorded(found, held, tuple(wrong))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _zones_hash_of(rows: Sequence[tuple[Any, ...]]) -> str:
    """The hash of zones with their numbers, "" where these or the words are none that can be."""
    words = [each for _, *each in rows]
    counted = [number for number, *_ in rows] == list(range(len(rows)))
    if not counted or not all(isinstance(word, str) for zone in words for word in zone):
        return ""
    return zones_hash([(country, area, regions) for country, area, regions in words])
