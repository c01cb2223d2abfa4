"""The controller of a drill: a register and a store of its own, on a clock that the drill turns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from openleo.operate.drills.scene import Scene
from openleo.service.records import Motion, Usage

if TYPE_CHECKING:
    from openleo.service.controller import Controller
    from openleo.service.entries import Entry
    from openleo.service.governance.enforcement import Enforcement
    from openleo.service.policy import PlanNow, SkyNow
    from openleo.service.regions import RuleSet
    from openleo.service.terminals import Register

BY: Final = "the drill"
"""Who does whatever a drill does to the register."""

Event = tuple[int, Callable[["Register", int], object]]
"""Something that happens to the register: when (microseconds since 1970-01-01 UTC), and what is done then."""


class Air:
    """The clock of a drill, and what stands beside the controller: where satellites are, and the plan."""

    def __init__(self, now_us: int, gateways: tuple[str, ...]) -> None:
        self.now_us = now_us
        self.gateways = gateways
        self.sky: SkyNow | None = None
        self.plan: PlanNow | None = None

    def now(self, now_us: int | None = None) -> "tuple[SkyNow | None, PlanNow | None]":
        """What holds now; the clock is the drill's own."""
        return self.sky, self.plan

    def status(self) -> None:
        """Nothing: the clock waits for each plan, so that none is ever late."""


@contextmanager
def serving(
    scene: Scene, rules: "RuleSet", air: Air, enforcement: "Enforcement | None" = None
) -> "Iterator[Controller]":
    """A controller on a temporary SQLite with the terminals of a scene in its register, in their order.

    enforcement: what a log says, by which alone it decides then; rules: by which it decides without one.
    """
    from openleo.service.controller import Controller

    with (
        TemporaryDirectory(prefix="openleo-drill-") as folder,
        Controller.open(
            Path(folder) / "drill.sqlite", enforcement or rules, clock=lambda: air.now_us, live=air
        ) as controller,
    ):
        controller.register.add(entries(scene, rules), by=BY, now_us=air.now_us)
        yield controller


def entries(scene: Scene, rules: "RuleSet") -> "Iterator[Entry]":
    """The terminals of a scene as they enter the register; the listed ones are on every list of the rules."""
    from openleo.service.entries import Entry

    columns, names = scene.terminals, scene.names
    lat, lon = scene.homes()
    lists = tuple(each.name for each in rules.lists)

    def named(kind: str, number: int) -> str:
        return names[kind][number] if number >= 0 else ""

    for k in range(len(columns["role"])):
        role = names["role"][columns["role"][k]]
        buyer = f"buyer {columns['buyer'][k]}" if columns["buyer"][k] >= 0 else ""
        yield Entry(
            hardware=f"{scene.world.name}-{k:05d}", account=buyer or role, owner=buyer, plan=names["plan"][0],
            motion=Motion(columns["motion"][k]), usage=Usage(columns["usage"][k]),
            sold=named("country", columns["sold"][k]), home=named("country", columns["home"][k]),
            sold_us=scene.epoch_us + int(columns["sale_s"][k]) * 1_000_000,
            dealer=named("dealer", columns["dealer"][k]), lists=lists if columns["listed"][k] else (),
            home_lat_deg=float(lat[k]), home_lon_deg=float(lon[k]),
        )  # fmt: skip
