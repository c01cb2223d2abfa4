"""A run folder as the page looks at it: its arrays at once, its satellites and plans from a twin made anew.

The twin is opened beside, from what the run was made from, and is used only where it is the same world: then
a slot planned again is the slot that was stored, array by array.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError, OpenLEOError
from openleo.formats.recipe import read_recipe
from openleo.formats.run import Run, read_state
from openleo.kept import Kept
from openleo.operate.open import open_twin, rules_of
from openleo.operate.view.answers import NamedRules
from openleo.operate.view.shown import Made, checked
from openleo.operate.view.unshown import Unshown
from openleo.places import Cells
from openleo.twin import Past
from openleo.world import World

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.twin import Slot, Twin

_log = logging.getLogger(__name__)

PLANS_KEPT: Final = 16
"""Slots planned again that are kept, thinned: one of today's world takes some 18 MB."""

ROWS_KEPT: Final = 96
"""Arrays of slots that are kept: one of 200 000 cells takes up to 0.8 MB."""

WAITING: Final = 8
"""So many may wait for the twin or for a plan; whoever comes then is told to ask again."""

WAIT_S: Final = 20.0


class StoredRun:
    """A run, open for reading. known: rules that need not be read again where the run was planned by them.

    Raises InputError where no run is in the folder, or one that cannot be read.
    """

    source: Literal["run", "live"] = "run"

    def __init__(self, folder: str | Path, known: "RuleSet | None" = None) -> None:
        self.folder = Path(folder)
        self._run = Run.open(folder)
        try:
            self._made = _made(self._run)
        except (KeyError, IndexError, ValueError) as error:
            raise InputError(f"{folder}: does not say what an OpenLEO run says: {error}") from error
        self._known = known
        self._rows: Kept[tuple[int, str], NDArray[Any]] = Kept(ROWS_KEPT)
        self._plans: Kept[int, Slot] = Kept(PLANS_KEPT)
        self._opened, self._planning = threading.Event(), threading.Lock()
        self._waiting = threading.BoundedSemaphore(WAITING)
        self._twin: Twin | None = None
        self._rules: RuleSet | None = None
        self._start: Any = None
        self._why_not = ""

    def open_twin(self) -> None:
        """Open the world, in the caller's thread; `details` says what came of it."""
        try:
            self._twin, self._rules, self._start = _same_world(self.folder, self._run, self._known)
        except OpenLEOError as error:
            self._why_not = _outwards(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, what was stored is shown all the same
            _log.exception("the world of a run could not be opened")
            self._why_not = f"the world of the run could not be opened: {type(error).__name__}"
        finally:
            self._opened.set()

    @property
    def made(self) -> Made:
        """What the run is made of."""
        return self._made

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays that were kept of each slot."""
        return self._run.names

    @property
    def there(self) -> bool:
        """Whether the folder still holds this run, and not another or none."""
        return self._run.there

    def slots(self) -> int:
        """How many slots are whole."""
        try:
            return self._run.slots_done()
        except InputError as error:
            raise gone(self.folder) from error

    def now_slot(self) -> int | None:
        """No slot runs: it is a record."""
        return None

    def details(self) -> str:
        """Whether the twin can be had: "ready", "preparing", or why it cannot."""
        if not self._opened.is_set():
            return "preparing"
        return self._why_not or "ready"

    def row(self, slot: int, name: str) -> NDArray[Any]:
        """An array over the cells of a slot."""
        checked(slot, self.slots())
        if name not in self.names:
            raise Unshown("not-found", f"{name} was not kept of this run: openleo run --fields left it out")
        try:
            return self._rows.get((slot, name), lambda: self._run.row(name, slot))
        except OpenLEOError as error:
            raise Unshown("unavailable", _outwards(str(error)), retry_s=5.0) from error

    def twin(self) -> "Twin":
        """The world made ready to run."""
        if not self._opened.is_set():
            with self._turn():
                self._opened.wait(WAIT_S)
        if self._twin is None:
            if self._opened.is_set():
                raise Unshown("unavailable", self._why_not)
            raise Unshown("unavailable", "the world of the run is being opened; ask again", retry_s=2.0)
        return self._twin

    def feeder(self, slot: int) -> NDArray[np.int32]:
        """The gateway that each satellite is linked to."""
        return self._past(checked(slot, self.slots())).feeder

    def planned(self, slot: int) -> "tuple[Twin, Slot, RuleSet | None]":
        """The slot planned again, one at a time; the last few are kept."""
        twin = self.twin()
        checked(slot, self.slots())
        found = self._plans.peek(slot)
        if found is None:
            with self._turn():
                found = self._plans.get(slot, lambda: self._again(twin, slot))
        return twin, found, self._rules

    def _again(self, twin: "Twin", slot: int) -> "Slot":
        """A slot planned again; raises Unshown where it is not the one that was stored."""
        before = self._past(slot - 1) if slot else None
        if not self._planning.acquire(timeout=WAIT_S):
            raise Unshown("unavailable", "other slots are being planned; ask again", retry_s=2.0)
        try:
            found = next(twin.slots(self._start, slot + 1, first=slot, before=before)).thinned()
        finally:
            self._planning.release()
        here, stored = found.fields(), self._past(slot)  # which is kept whatever --fields left out
        same = all(np.array_equal(mine, vars(stored)[name]) for name, mine in vars(found.past).items())
        for name in {"satellite", "reason"} & set(self.names):
            same = same and np.array_equal(here[name], self.row(slot, name))
        if not same:
            raise Unshown(
                "unavailable",
                f"slot {slot}, planned again here, is not the one that was stored: another machine or "
                "version made the run",
            )
        return found

    def _past(self, slot: int) -> Past:
        try:
            return Past(**read_state(self.folder, slot))
        except (InputError, TypeError) as error:
            detail = f"slot {slot}: what the next one builds on was not kept or cannot be read"
            raise Unshown("unavailable", detail) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait as one of a few; raises Unshown where they wait already."""
        if not self._waiting.acquire(blocking=False):
            raise Unshown("unavailable", "too many wait for the same; ask again", retry_s=2.0)
        try:
            yield
        finally:
            self._waiting.release()


class RunFolder:
    """The run that stands in a folder now: opened anew, with its twin beside, where another stands there.

    known: as `StoredRun` takes it. Raises InputError where no run is there at first.
    """

    def __init__(self, folder: str | Path, known: "RuleSet | None" = None) -> None:
        self.folder, self._known = Path(folder), known
        self._lock = threading.Lock()
        self._shown = StoredRun(folder, known)
        self._prepare(self._shown)

    def __call__(self) -> StoredRun:
        """The run; raises Unshown where none is there any more, or not yet again."""
        shown = self._shown
        if shown.there:
            return shown
        with self._lock:
            if not self._shown.there:
                try:
                    self._shown = StoredRun(self.folder, self._known)
                except OpenLEOError as error:
                    raise gone(self.folder) from error
                self._prepare(self._shown)
            return self._shown

    def _prepare(self, shown: StoredRun) -> None:
        threading.Thread(target=shown.open_twin, name="opening the run", daemon=True).start()


def _outwards(text: str) -> str:
    """An error as anyone may read it: what is the matter with which file, not where it stands."""
    return re.sub(r"(?<![\w.])\.{0,2}/(?:[^\s/:]+/)*", "", text)


def gone(folder: Path) -> Unshown:
    """The run was deleted, or is being replaced."""
    detail = f"the run {folder.name} is no longer there: its folder was deleted, emptied or is being replaced"
    return Unshown("gone", detail)


def rules_of_run(run: Run) -> "RuleSet | None":
    """The rules of a run's world, or those that it was given; None where it has none.

    Raises InputError where they cannot be had any more.
    """
    if not run.attributes.get("rules_hash"):
        return None
    recipe = read_recipe(run.folder)
    return rules_of(World.load(recipe.world), recipe.rules)


def _made(run: Run) -> Made:
    said, static = run.attributes, run.static
    lat, lon = static["lat"].astype(np.float64), static["lon"].astype(np.float64)
    none = np.zeros(len(lat))
    cells = Cells(
        static["cell"], lat, lon, np.empty((len(lat), 0), np.int32),
        static.get("country", np.full(len(lat), -1, np.int16)), none,
        static.get("demand_bps", none), np.zeros(1, np.int64),
    )  # fmt: skip
    numbers = static.get("satellite_number", np.empty(0, np.int64))
    rules = str(said.get("rules_hash") or "")
    parts = (sorted((name, str(value)) for name, value in said.items() if name != "history"), str(run.times))
    stamp = hashlib.sha256(repr(parts).encode() + numbers.tobytes() + static["cell"].tobytes())
    return Made(
        stamp=stamp.hexdigest(), world=str(said["world"]), title=str(said["title"]),
        version=str(said["openleo_version"]), world_hash=str(said["world_hash"]),
        planned_by=NamedRules(str(said["rules"]), rules) if rules else None,
        elements_epoch=np.datetime64(str(said["elements_epoch"]).removesuffix("Z"), "us"),
        first=run.times[0], slot_s=_slot_s(run), cells=cells, satellites=len(numbers),
        countries=_spoken(run.words("country")), gateways=_spoken(run.words("gateway")),
        pops=_spoken(run.words("pop")),
    )  # fmt: skip


def _spoken(words: tuple[str, ...]) -> tuple[str, ...]:
    """Names as they are read, which CF writes without blanks."""
    return tuple(each.replace("_", " ") for each in words)


def _slot_s(run: Run) -> float:
    if len(run.times) > 1:
        return float((run.times[1] - run.times[0]) / np.timedelta64(1, "us")) / 1e6
    try:
        return read_recipe(run.folder).slot_s
    except InputError:
        return 15.0


def _same_world(folder: Path, run: Run, known: "RuleSet | None") -> "tuple[Twin, RuleSet | None, Any]":
    """The twin, rules and start of a run; raises InputError where they cannot be had as they were."""
    recipe = read_recipe(folder)
    world = World.load(recipe.world)
    digest = run.attributes.get("rules_hash")
    rules = known if known is not None and known.digest == digest else rules_of(world, recipe.rules)
    fleet = Path(recipe.fleet) if recipe.fleet else None
    if fleet is not None and _hash_of(fleet) != recipe.fleet_hash:
        raise InputError(f"{fleet.name}: holds other element sets now than those of the run, or is not there")
    if rules is None and digest:
        raise InputError("the run was planned by rules that cannot be had any more")
    if rules is not None and rules.digest != digest:
        raise InputError(
            f"the rules {rules.name} are others now than those of the run ({digest or 'none'} there, "
            f"{rules.digest} here)"
        )
    twin = open_twin(world, rules=rules, elements=fleet, lenient=recipe.lenient)
    if twin.digest() != run.attributes["world_hash"]:
        raise InputError(
            f"the world {world.name} is another now than that of the run ({run.attributes['world_hash']} "
            f"there, {twin.digest()} here)"
        )
    for name, here in (("cell", twin.cells.id), ("satellite_number", twin.fleet.elements.number)):
        there = run.static.get(name)
        if there is None or not np.array_equal(there, here):
            raise InputError(f"the world {world.name} has other {name}s now than the run")
    return twin, rules, recipe.start


def _hash_of(file: Path) -> str:
    try:
        if not file.is_file():  # a run may come from anybody, and name a device that has no end
            return ""
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
