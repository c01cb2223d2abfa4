"""What the page is told of whatever it looks at, a stored run, the live twin or nothing."""

import gzip
import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openleo import __version__
from openleo.errors import InputError, OpenLEOError
from openleo.kept import Kept
from openleo.ledger.errors import LedgerError
from openleo.maps import DISCLAIMER
from openleo.operate.view import outlines, place
from openleo.operate.view.answers import (
    At,
    FoundAll,
    Ground,
    NamedRules,
    Satellite,
    Satellites,
    View,
)
from openleo.operate.view.fields import field_of, fields_of, over_cells, ranges_of, span_of
from openleo.operate.view.ground import ground_of
from openleo.operate.view.satellites import classes_of, positions_of, satellite_of, satellites_of, shells_of
from openleo.operate.view.search import found
from openleo.operate.view.shown import Shown, checked
from openleo.operate.view.unshown import Unshown

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.world import World

NOTHING: Final = (
    "no network is shown here: openleo serve --run FOLDER shows a run, openleo serve --live the clock"
)
ARRAYS_KEPT: Final = 24
"""Arrays that are kept as they travel: one of 200 000 cells takes up to 1.6 MB with its compressed form."""


class Packed(bytes):
    """Bytes as they travel, and the same compressed, once somebody asks for it."""

    @cached_property
    def gzipped(self) -> bytes:
        """Compressed at the fastest level."""
        return gzip.compress(self, 1)


class Page:
    """Answers for the page; every method is safe for many threads and raises Unshown.

    rules: gives those that hold at an instant (microseconds since 1970, UTC), or now; None where none do. It
    may raise LedgerError or InputError for an instant. shown: gives what is looked at, None where nothing is.
    """

    def __init__(
        self, rules: "Callable[[int | None], RuleSet | None]", shown: Callable[[], Shown] | None = None
    ) -> None:
        self._rules, self._shown = rules, shown
        self._arrays: Kept[Any, Packed] = Kept(ARRAYS_KEPT)
        self._cells: Kept[str, Packed] = Kept(1)
        self._over: Kept[Any, dict[str, Any]] = Kept(4)
        self._shells: Kept[str, tuple[str, ...]] = Kept(1)
        self._scales: Kept[str, float] = Kept(1)
        self._ranges: Kept[str, dict[str, tuple[float, float]]] = Kept(1)

    @property
    def key(self) -> str:
        """Another one whenever run, world or rules are."""
        rules = self._rules(None)
        stamp = self._shown().made.stamp if self._shown is not None else ""
        return hashlib.sha256(f"{stamp} {rules.digest if rules else ''}".encode()).hexdigest()[:20]

    def world(self) -> "World | None":
        """The world that is looked at; None where there is none, or it cannot be had."""
        shown = self._shown() if self._shown is not None else None
        return shown.twin().world if shown is not None and shown.details() == "ready" else None

    def view(self) -> View:
        """What the page looks at."""
        rules = self._rules(None)
        named = NamedRules(rules.name, rules.digest) if rules is not None else None
        invented = rules is not None and bool(rules.file.territories)
        if self._shown is None:
            return View(
                key=self.key, source="none", invented=invented, details=NOTHING, world=None, title=None,
                openleo_version=__version__, world_hash=None, rules=named, planned_by=None,
                elements_epoch=None, elements_age_days=None, slot_s=15.0, first=None, slots=0, now_slot=None,
                satellites=0, classes=(), shells=(), cells=0, cell_scale_deg=0.0, gateways=0, pops=0,
                mask_deg=None, fields=(), disclaimer=DISCLAIMER,
            )  # fmt: skip
        shown = self._shown()
        made, details, slots, now = shown.made, shown.details(), shown.slots(), shown.now_slot()
        twin = shown.twin() if details == "ready" else None
        age = (made.time(now or 0) - made.elements_epoch) / np.timedelta64(86_400_000_000, "us")
        scale_deg = self._scales.get(made.stamp, lambda: outlines.scale_deg(made.cells))
        ranges = self._ranges.get(made.stamp, lambda: ranges_of(shown, now or 0)) if slots else {}
        return View(
            key=self.key, source=shown.source, invented=invented, details=details, world=made.world,
            title=made.title, openleo_version=made.version, world_hash=made.world_hash, rules=named,
            planned_by=made.planned_by, elements_epoch=_text(made.elements_epoch),
            elements_age_days=float(age) if slots else None, slot_s=made.slot_s,
            first=_text(made.first) if slots else None, slots=slots, now_slot=now,
            satellites=made.satellites,
            classes=classes_of(twin) if twin else (),
            shells=self._shells_of(shown) if twin else (), cells=len(made.cells),
            cell_scale_deg=scale_deg, gateways=len(made.gateways), pops=len(made.pops),
            mask_deg=twin.world.radio.elevation_mask_deg if twin else None,
            fields=fields_of(shown, rules, ranges), disclaimer=DISCLAIMER,
        )  # fmt: skip

    def satellites(self) -> Satellites:
        """The satellites, in the order of their positions."""
        return satellites_of(self._network().twin())

    def cells(self) -> Packed:
        """Centres, corners and ids of the cells, made once."""
        made = self._network().made
        return self._cells.get(made.stamp, lambda: Packed(outlines.packed(made.cells)))

    def positions(self, slot: int) -> Packed:
        """Where the satellites stand at the beginning of a slot, or at the end of the last."""
        shown = self._network()
        checked(slot, shown.slots() + 1)
        time, twin = shown.made.time(slot), shown.twin()
        return Packed(positions_of(twin, time).tobytes())

    def field(self, slot: int, name: str) -> Packed:
        """A field over the cells in a slot."""
        shown = self._network()
        checked(slot, shown.slots())
        rules = self._rules_then(shown, slot)
        made = shown.made
        key = (made.stamp, rules and rules.digest, slot, name)

        def array() -> Packed:
            return Packed(self._array(shown, slot, name, rules).tobytes())

        # a slot of the clock may still be planned anew, where rules change in the middle of it
        return self._arrays.get(key, array) if shown.source == "run" else array()

    def ground(self, slot: int) -> Ground:
        """Gateways and PoPs in a slot, and what they carry."""
        return ground_of(self._network(), slot)

    def satellite(self, slot: int, number: int) -> Satellite:
        """One satellite in a slot."""
        shown = self._network()
        return satellite_of(shown, slot, number, self._shells_of(shown))

    def at(self, slot: int, lat_deg: float, lon_deg: float) -> At:
        """Why a place is served in a slot, or is not."""
        shown = self._network()
        return place.at(shown, slot, lat_deg, lon_deg, lambda: self._rules_then(shown, slot))

    def search(self, words: str, limit: int) -> FoundAll:
        """What some words may mean, the likeliest first; satellites and sites only while they can be had."""
        twin = None
        if self._shown is not None and (shown := self._shown()).details() == "ready":
            twin = shown.twin()
        return FoundAll(found(words, limit, twin, self._rules(None)))

    def warm(self) -> None:
        """Make what everybody asks for first, before they do."""
        if self._shown is not None:
            with suppress(OpenLEOError):
                self.view()
                _ = self.cells().gzipped
                self.search("paris", 1)

    def _rules_then(self, shown: Shown, slot: int) -> "RuleSet | None":
        """The rules that held at the beginning of a slot; those in force now where none did yet."""
        time = shown.made.time(slot).astype("datetime64[us]").astype(np.int64)
        try:
            return self._rules(int(time)) or self._rules(None)
        except (LedgerError, InputError):
            detail = "the rules that held in this slot cannot be read from this server's copy of the log"
            raise Unshown("unavailable", detail) from None

    def _network(self) -> Shown:
        if self._shown is None:
            raise Unshown("not-found", NOTHING)
        return self._shown()

    def _shells_of(self, shown: Shown) -> tuple[str, ...]:
        return self._shells.get(shown.made.stamp, lambda: shells_of(shown.twin()))

    def _array(self, shown: Shown, slot: int, name: str, rules: "RuleSet | None") -> Any:
        """A field; what the rules say is the same in many slots, and laid out once."""
        if name in ("licence", "service", "sales") and rules is not None:
            cells, time = shown.made.cells, shown.made.time(slot)
            key = (shown.made.stamp, span_of(rules, time))
            return self._over.get(key, lambda: over_cells(rules, cells, time))[name]
        return field_of(shown, slot, name, rules)


def _text(time: np.datetime64) -> str:
    return f"{np.datetime_as_string(time, 's')}Z"
