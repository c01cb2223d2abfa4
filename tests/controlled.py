"""A controller with terminals that check in, over a log of rules whose clock it shares."""

from typing import Any

import numpy as np
from enforced_log import Governed

from openleo.service.controller import Controller
from openleo.service.entries import Entry
from openleo.service.governance.enforcement import Enforcement
from openleo.service.records import CHECKIN, Motion

PARIS = {"lat_deg": 48.0, "lon_deg": 2.0}
BERLIN = {"lat_deg": 50.9, "lon_deg": 10.0}
MINUTE_US = 60_000_000


class Served:
    """A controller with terminals that check in."""

    def __init__(self, log: Governed, enforcement: Enforcement, store: str = "") -> None:
        self.enforcement = enforcement
        self.clock = log.clock
        self.store = store or str(log.folder / "store.db")
        self.controller = Controller.open(self.store, enforcement, clock=log.clock)
        if not len(self.controller.register):
            self.controller.register.add(
                [
                    Entry(hardware=f"T-{k}", plan="home", account="tests", motion=Motion.FIXED)
                    for k in range(200)
                ],
                by="tests", now_us=self.clock() - MINUTE_US,
            )  # fmt: skip
        self.sequence = self.clock()

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.close()

    def ask(self, *terminals: int, where: dict[str, float] = PARIS) -> Any:
        """The answers to a check-in of each."""
        self.sequence += 1
        made = np.zeros(len(terminals), CHECKIN)
        made["terminal"], made["sequence"], made["time_us"] = terminals, self.sequence, self.clock()
        for name in ("speed_kmh", "altitude_m", "delay_ms"):
            made[name] = np.nan
        made["satellite"], made["accuracy_m"] = -1, 10.0
        for name, value in where.items():
            made[name] = value
        return self.controller.check_in(made)

    def outcome(self, terminal: int = 0, where: dict[str, float] = PARIS) -> int:
        """What one terminal gets."""
        return int(self.ask(terminal, where=where).decisions.outcome[0])

    @property
    def wrong(self) -> str:
        """All that health says is wrong."""
        return "\n".join(self.controller.health()["rules"]["wrong"])

    @property
    def refused(self) -> str:
        """All that health says does not count."""
        return "\n".join(self.controller.health()["rules"]["refused"])
