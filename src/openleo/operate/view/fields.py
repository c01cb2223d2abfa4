"""The fields over the cells: what there is, in which unit and range, and the array of a slot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.operate.view.answers import Field
from openleo.operate.view.shown import Shown
from openleo.operate.view.unshown import Unshown
from openleo.places import Cells, spots
from openleo.plan import REASONS
from openleo.route import BOTTLENECKS
from openleo.service.records import Licence, Service
from openleo.service.regions import SALES, in_force

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

NO_WORD: Final = 65535
"""What stands for none among the codes of words."""

NO_DEMAND: Final = "no_demand"
"""The word after the plan's reasons: the cell asks for nothing. `openleo why` says so as well."""


@dataclass(frozen=True)
class _Kind:
    """A field of numbers: its unit, the arrays of a slot that it is made of, and its range where fixed."""

    unit: str
    of: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    lower_is_better: bool = False


_NUMBERS: Final = {
    "throughput_bps": _Kind("bit/s", ("throughput_bps",), 0.0),
    "satisfied": _Kind("1", ("throughput_bps",), 0.0, 1.0),
    "latency_ms": _Kind("ms", ("latency_ms",), lower_is_better=True),
    "satellites_in_view": _Kind("1", ("satellites_in_view",), 0.0),
    "satellites_usable": _Kind("1", ("satellites_usable",), 0.0),
    "elevation_deg": _Kind("deg", ("elevation_deg",)),
    "hops": _Kind("1", ("hops",), 0.0, lower_is_better=True),
    "demand_bps": _Kind("bit/s", (), 0.0),
    "load": _Kind("1", ("throughput_bps", "satellite"), 0.0, 1.0, lower_is_better=True),
}
_WORDS: Final = ("served", "reason", "bottleneck", "gateway", "pop")
_RULES: Final = {
    "licence": tuple(each.name.lower() for each in Licence),
    "service": tuple(each.name.lower() for each in Service),
    "sales": tuple(each.replace(" ", "_") for each in SALES),
}
_ORDER: Final = (
    "served", "reason", "throughput_bps", "satisfied", "latency_ms", "satellites_in_view",
    "satellites_usable", "elevation_deg", "hops", "bottleneck", "gateway", "pop", "demand_bps", "load",
    "country", *_RULES,
)  # fmt: skip


def fields_of(
    shown: Shown, rules: "RuleSet | None", ranges: Mapping[str, tuple[float, float]]
) -> tuple[Field, ...]:
    """The fields that can be shown, the network's first. rules: those in force. ranges: as `ranges_of`."""
    made, names, found = shown.made, shown.names, []
    last = made.time(max(shown.slots(), 1))
    for name in _ORDER:
        if name in _NUMBERS:
            kind = _NUMBERS[name]
            if set(kind.of) <= set(names):
                low, high = ranges.get(name, (0.0, 1.0))
                found.append(
                    Field(
                        name,
                        kind.unit,
                        "number",
                        (),
                        low,
                        high,
                        kind.lower_is_better,
                        bool(kind.of),
                        "network",
                    )
                )
        elif name in _RULES:
            if rules is not None:
                per_slot = _changes(rules, made.time(0), last)
                found.append(_of_words(name, _RULES[name], "rules", per_slot))
        elif name == "country":
            found.append(_of_words(name, made.countries, "network", False))
        elif name in names:
            found.append(_of_words(name, words_of(shown, name), "network", True))
    return tuple(found)


def ranges_of(shown: Shown, slot: int) -> dict[str, tuple[float, float]]:
    """The range of each field of numbers: from the 5th to the 95th percentile of a slot, rounded outwards.

    Fixed ends stay; a field without a number in that slot has none.
    """
    found = {}
    for name, kind in _NUMBERS.items():
        if kind.low is not None and kind.high is not None:
            found[name] = kind.low, kind.high
        elif set(kind.of) <= set(shown.names):
            values = np.asarray(_numbers(shown, slot, name), np.float64)
            if name == "throughput_bps":
                values = values[values > 0.0]  # else a world that is half dark would show no differences
            values = values[np.isfinite(values)]
            if len(values):
                low, high = np.quantile(values, (0.05, 0.95)).tolist()
                found[name] = rounded(low if kind.low is None else kind.low, high)
    return found


def words_of(shown: Shown, name: str) -> tuple[str, ...]:
    """The words of a field of the network, by code."""
    return {
        "served": ("not_served", "served"),
        "reason": (*REASONS, NO_DEMAND),
        "bottleneck": BOTTLENECKS,
        "gateway": shown.made.gateways,
        "pop": shown.made.pops,
    }[name]


def field_of(shown: Shown, slot: int, name: str, rules: "RuleSet | None") -> NDArray[Any]:
    """A field over the cells in a slot: float32, NaN for none; codes of words as uint16, 65535 for none.

    Raises Unshown where there is no such field or slot.
    """
    made = shown.made
    if name in _NUMBERS and set(_NUMBERS[name].of) <= set(shown.names):
        return np.ascontiguousarray(_numbers(shown, slot, name), "<f4")
    if name in _RULES and rules is not None:
        return over_cells(rules, made.cells, made.time(slot))[name]
    if name == "country":
        return _codes(made.cells.country)
    if name in _WORDS and name in shown.names:
        codes = _codes(shown.row(slot, name))
        if name == "reason":
            codes[made.cells.demand_bps <= 0.0] = len(REASONS)
        return codes
    known = ", ".join(each.name for each in fields_of(shown, rules, {}))
    raise Unshown("not-found", f"name: {name} given; the fields are {known}", "name")


def over_cells(rules: "RuleSet", cells: Cells, time: np.datetime64) -> dict[str, NDArray[np.uint16]]:
    """Licence, service and sales of each cell (C,) by a rule set at an instant, as codes.

    A cell goes by its spot, as in the plan: its centre or, where that is at sea, its largest town.
    """
    lat, lon = spots(cells)
    at = datetime.fromtimestamp(_us(time) / 1e6, UTC)
    held = rules.over(lat, lon, at)
    zones, first, zone = np.unique(rules.zones_at(lat, lon), return_index=True, return_inverse=True)
    sold = [SALES.index(rules.at(lat[k], lon[k], at).sales) for k in first.tolist()]
    sales = np.array(sold, np.uint16)[zone] if len(zones) else np.empty(0, np.uint16)
    return {
        "licence": held.licence.astype("<u2"), "service": held.service.astype("<u2"),
        "sales": sales.astype("<u2"),
    }  # fmt: skip


def span_of(rules: "RuleSet", time: np.datetime64) -> tuple[str, tuple[bool, ...]]:
    """What is the same at all instants at which rules say the same: their digest, and what is in force."""
    return rules.digest, in_force(rules.regions, _us(time))[0]


def _changes(rules: "RuleSet", first: np.datetime64, last: np.datetime64) -> bool:
    """Whether a rule begins or ends between two instants."""
    return in_force(rules.regions, _us(first))[1] < _us(last)


def _us(time: np.datetime64) -> int:
    return int(time.astype("datetime64[us]").astype(np.int64))


def _of_words(name: str, words: tuple[str, ...], group: Any, per_slot: bool) -> Field:
    return Field(name, "1", "words", words, 0.0, float(max(len(words) - 1, 0)), False, per_slot, group)


def _codes(values: NDArray[Any]) -> NDArray[np.uint16]:
    """Codes of words: whatever is no code (-1, or 255 in `served`) is none."""
    none = values == 255 if values.dtype == np.uint8 else values < 0
    return np.where(none, NO_WORD, values).astype("<u2")


def _numbers(shown: Shown, slot: int, name: str) -> NDArray[Any]:
    made = shown.made
    demand = made.cells.demand_bps
    if name == "demand_bps":
        return demand
    if name == "satisfied":
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.minimum(shown.row(slot, "throughput_bps") / demand, 1.0)
        return np.where(demand > 0.0, share, np.nan)
    if name == "load":
        return _loads(shown, slot)
    values = shown.row(slot, name)
    return values if values.dtype.kind == "f" else np.where(values < 0, np.nan, values)


def _loads(shown: Shown, slot: int) -> NDArray[np.float64]:
    """How full the satellite of each cell is, as a share of what it can carry; NaN where none serves."""
    satellite = shown.row(slot, "satellite")
    granted, capacity = granted_bps(shown, slot), shown.twin().payloads.capacity_bps
    load = granted / np.maximum(capacity, 1.0)
    found = np.full(len(satellite), np.nan)
    served = satellite >= 0
    found[served] = load[satellite[served]]
    return found


def granted_bps(shown: Shown, slot: int) -> NDArray[np.float64]:
    """What each satellite (S,) grants to all of its cells in a slot, after sharing."""
    satellite, granted = shown.row(slot, "satellite"), shown.row(slot, "throughput_bps")
    served = satellite >= 0
    return np.bincount(satellite[served], granted[served], shown.made.satellites).astype(np.float64)


def rounded(low: float, high: float) -> tuple[float, float]:
    """A range whose ends are round numbers, no narrower than the one given."""
    if not high > low:
        low, high = min(low, high), max(low, high) + (abs(high) or 1.0)
    step = 10.0 ** np.floor(np.log10(high - low)) / 2.0
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)
