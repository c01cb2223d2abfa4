"""Which regions lie over the place of another, under whatever name: compared with shapely's own answer."""

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from openleo.ledger.objects import ObjectRef
from openleo.service.governance.changes import Beside, replay
from openleo.service.governance.entries import Change
from openleo.service.governance.record import Placed, Record, Rules
from openleo.service.governance.regional import Ground
from openleo.service.rulefile import Region, RuleFile

NOON = "2026-11-21T12:00:00Z"
NOON_S = 1_795_262_400


def change(number: int, base: int = 0) -> Change:
    """A change to the rule set of a number."""
    digest = f"{number:064x}"
    return Change(
        log="log.example/tenerife", time=NOON, kind="ordinary" if base else "first", power="",
        base=f"{base:064x}" if base else "", digest=digest, maps="f" * 64, name="made",
        rules=ObjectRef(digest, 100, "application/json"), requester="Ministry QP", reason="Why", basis="",
        effective_at=NOON, ends_at="", stages=(), differs=(), touches=None, request=-1, approvals=(),
    )  # fmt: skip


def record(*sides: Rules) -> Record:
    """A log with these rule sets, one after the other."""

    def none(reference: ObjectRef) -> bytes:
        raise AssertionError(reference)

    changes = tuple(Placed(k, change(k, k - 1), NOON_S, rules=rules) for k, rules in enumerate(sides, 1))
    return replace(replay((), Beside("log.example/tenerife", none)), changes=changes)


def drawn(shapes: dict[str, shapely.Polygon], minus: dict[str, tuple[str, ...]] | None = None) -> Rules:
    """Rules with a region for each outline, some taken out of others."""
    regions = tuple(
        Region(name, "D.", polygon=f"{k}.geojson", service="on", minus=(minus or {}).get(name, ()))
        for k, name in enumerate(shapes)
    )
    texts = {f"{k}.geojson": json.dumps(shape.__geo_interface__) for k, shape in enumerate(shapes.values())}
    return Rules(RuleFile("made", regions=regions), texts)


@pytest.mark.parametrize("seed", [1, 2])
def test_regions_lie_over_a_place_exactly_where_their_outlines_have_an_area_in_common(seed: int) -> None:
    dice = np.random.default_rng(seed)
    lon, lat = dice.uniform(-30.0, -28.0, 12), dice.uniform(20.0, 22.0, 12)  # in the open sea
    sides = dice.uniform(0.2, 0.9, (2, 12))
    shapes = {
        f"box {k}": shapely.box(lon[k], lat[k], lon[k] + sides[0, k], lat[k] + sides[1, k]) for k in range(12)
    }
    ground = Ground(record(drawn(shapes)), "box 0")
    met = {name: ground.meets(name) for name in shapes}
    expected = {name: shapes["box 0"].intersection(shape).area > 0 for name, shape in shapes.items()}
    assert 2 < sum(expected.values()) < 12
    assert {name: each == "yes" for name, each in met.items()} == expected
    assert "perhaps" not in met.values()


def test_what_is_taken_out_of_a_region_is_no_place_of_it() -> None:
    shapes = {"all": shapely.box(-30, 20, -28, 22), "town": shapely.box(-29.5, 20.5, -29, 21)}
    before, after = drawn(shapes, {"all": ("Town",)}), drawn(shapes)
    ground = Ground(record(before), "town")
    assert ground.meets("all") == "no"
    both = Ground(record(before, after), "town")
    assert both.meets("all") == "yes"
    (first, second) = both.concerns()
    assert (first.own, first.over) == (True, ())
    assert (second.own, second.over) == (False, ("all",))  # it reaches into the town from then on


def test_a_place_that_moved_is_compared_with_all_that_it_ever_was() -> None:
    one, other = shapely.box(-30, 20, -29, 21), shapely.box(-20, 20, -19, 21)
    moved = drawn({"town": other})
    late = drawn({"town": other, "closed": shapely.box(-29.5, 20.5, -29.2, 20.8)})
    found = Ground(record(drawn({"town": one}), moved, late), "town").concerns()
    assert [(each.own, each.over) for each in found] == [(True, ()), (True, ()), (False, ("closed",))]


def test_a_region_that_no_rules_have_has_no_place_that_could_be_compared() -> None:
    found = Ground(record(drawn({"town": shapely.box(-30, 20, -29, 21)})), "elsewhere").concerns()
    assert [each.unknown for each in found] == [True]
