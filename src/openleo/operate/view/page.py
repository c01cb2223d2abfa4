"""What the page is told of whatever it looks at, a stored run, the live twin or nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from openleo import __version__
from openleo.maps import DISCLAIMER
from openleo.operate.view.answers import At, FoundAll, Ground, NamedRules, Satellite, Satellites, View
from openleo.operate.view.unshown import Unshown

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

NOTHING: Final = (
    "no network is shown here: openleo serve --run FOLDER shows a run, openleo serve --live the clock"
)


class Page:
    """Answers for the page. rules: gives those in force, None where none are."""

    def __init__(self, rules: Callable[[], "RuleSet | None"]) -> None:
        self._rules = rules

    @property
    def key(self) -> str:
        """Another one whenever run, world or rules are."""
        rules = self._rules()
        return rules.digest[:16] if rules else "0"

    def view(self) -> View:
        """What the page looks at."""
        rules = self._rules()
        return View(
            key=self.key, source="none", details=NOTHING, world=None, title=None, openleo_version=__version__,
            world_hash=None, rules=NamedRules(rules.name, rules.digest) if rules else None, planned_by=None,
            elements_epoch=None, elements_age_days=None, slot_s=15.0, first=None, slots=0, now_slot=None,
            satellites=0, classes=(), shells=(), cells=0, cell_scale_deg=0.0, gateways=0, pops=0,
            mask_deg=None, fields=(), disclaimer=DISCLAIMER,
        )  # fmt: skip

    def satellites(self) -> Satellites:
        """The satellites, in the order of their positions."""
        raise Unshown("not-found", NOTHING)

    def cells(self) -> bytes:
        """Centres, corners and ids of the cells."""
        raise Unshown("not-found", NOTHING)

    def positions(self, slot: int) -> bytes:
        """Where the satellites stand at the beginning of a slot."""
        raise Unshown("not-found", NOTHING)

    def field(self, slot: int, name: str) -> bytes:
        """A field over the cells."""
        raise Unshown("not-found", NOTHING)

    def ground(self, slot: int) -> Ground:
        """Gateways and PoPs, and what they carry."""
        raise Unshown("not-found", NOTHING)

    def satellite(self, slot: int, number: int) -> Satellite:
        """One satellite."""
        raise Unshown("not-found", NOTHING)

    def at(self, slot: int, lat_deg: float, lon_deg: float) -> At:
        """Why a place is served or is not."""
        raise Unshown("not-found", NOTHING)

    def search(self, words: str, limit: int) -> FoundAll:
        """What some words may mean."""
        return FoundAll(())
