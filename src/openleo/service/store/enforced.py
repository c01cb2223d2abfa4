"""What the store says was in force, for comparing it with the log: nothing is enforced by these rows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from openleo.service.store import schema

if TYPE_CHECKING:
    from openleo.service.store import Store


@dataclass(frozen=True)
class RuleRow:
    """A rule set as the store knows it; zones: a hash over its zones, as `zones_hash` makes it."""

    number: int
    digest: str
    name: str
    version: int
    zones: str


def zones_hash(zones: Sequence[tuple[str, str, str]]) -> str:
    """A hash over country, disputed area and regions of each zone, in their order."""
    return hashlib.sha256(json.dumps([list(each) for each in zones]).encode()).hexdigest()


def digest_of(store: "Store", number: int) -> str | None:
    """The digest of a rule set by its number in the store, None where there is none."""
    with store.read() as connection:
        return connection.execute(
            select(schema.rules.c.digest).where(schema.rules.c.number == number)
        ).scalar()


def recorded(store: "Store") -> tuple[dict[int, RuleRow], list[tuple[int, int]]]:
    """Rule sets by number, and the terms: from when on (microseconds), and the number of which rule set.

    Raises StoreError and StoreUnavailable.
    """
    sets, terms, zones = schema.rules, schema.in_force.c, schema.zones.c
    parts: dict[int, list[tuple[int, str, str, str]]] = {}
    with store.read() as connection:
        asked = select(zones.rules, zones.zone, zones.country, zones.area, zones.regions)
        for rules, *zone in connection.execute(asked.order_by(zones.rules, zones.zone)):
            parts.setdefault(rules, []).append(tuple(zone))
        rows = connection.execute(select(sets)).all()
        known = connection.execute(select(terms.from_us, terms.rules).order_by(terms.number)).all()
    found = {}
    for row in rows:
        mine = parts.get(row.number, [])
        counted = [number for number, *_ in mine] == list(range(len(mine)))
        said = zones_hash([(country, area, regions) for _, country, area, regions in mine])
        found[row.number] = RuleRow(row.number, row.digest, row.name, row.version, said if counted else "")
    return found, [(from_us, rules) for from_us, rules in known]
