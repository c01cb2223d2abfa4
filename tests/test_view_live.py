"""What the page is told of the twin on the clock: the slot that runs and the next, and nobody waits."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from serving import NOON_US, Clock, Service, rules, served
from view_runs import told

from openleo import open_twin
from openleo.operate.live import Live
from openleo.operate.open import rules_at
from openleo.operate.view.clock import OnClock
from openleo.places import Cells
from openleo.rules import Rules
from openleo.service.regions import RuleSet
from openleo.twin import Twin
from openleo.world import Gateway, World

HERE = "lat=0.39&lon=9.45"


class Running:
    """A live twin of the small world, a server that shows it, and the clock of both."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.live = Live(open_twin("duo", rules=rules(), threads=1), clock=lambda: self.clock.us / 1e6)
        self.shown = OnClock(self.live, self.clock, lambda _: rules())
        self.store = str(folder / "store.db")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Running, Service]]:
    it = Running(tmp_path)
    with served(it.store, clock=it.clock, live=it.live, shown=it.shown) as service:
        yield it, service


def test_before_the_first_plan_the_view_says_that_it_is_being_made(running: tuple[Running, Service]) -> None:
    _, service = running
    view = told(service.ask("GET", "/v1/view"))
    assert (view["source"], view["details"], view["slots"]) == ("live", "preparing", 0)
    assert view["now_slot"] is None
    assert view["cells"] == 2
    early = service.ask("GET", f"/v1/view/slots/0/at?{HERE}")
    assert (early.status_code, "retry-after" in early.headers) == (503, True)
    assert service.ask("GET", "/v1/view/slots/0/fields/served").status_code in (404, 503)
    assert len(told(service.ask("GET", "/v1/view/satellites"))["number"]) == 40


def test_the_slot_that_runs_and_the_next_are_shown_and_what_has_ended_is_gone(
    running: tuple[Running, Service],
) -> None:
    it, service = running
    it.live.step()
    view = told(service.ask("GET", "/v1/view"))
    assert (view["details"], view["slots"], view["now_slot"]) == ("ready", 1, 0)
    assert view["rules"] == view["planned_by"]
    assert view["first"] == "2026-07-01T11:59:57Z"
    assert view["elements_age_days"] == pytest.approx(181.5, abs=0.01)
    it.live.step()
    view = told(service.ask("GET", "/v1/view"))
    assert (view["slots"], view["now_slot"]) == (2, 0)
    for slot in (0, 1):
        at = told(service.ask("GET", f"/v1/view/slots/{slot}/at?{HERE}"))
        assert at["served"]
        assert at["rules"] == "tests"
        assert at["handovers"] == []
        number = at["service"]["satellite"]["number"]
        it_serves = told(service.ask("GET", f"/v1/view/slots/{slot}/satellites/{number}"))
        assert at["cell_index"] in [each["cell"] for each in it_serves["cells"]]
        granted = service.ask("GET", f"/v1/view/slots/{slot}/fields/throughput_bps").content
        assert np.frombuffer(granted, "<f4")[at["cell_index"]] == np.float32(at["granted_bps"])
        assert told(service.ask("GET", f"/v1/view/slots/{slot}/ground"))["gateways"][0]["name"] == "Kampala"
    assert service.ask("GET", f"/v1/view/slots/2/at?{HERE}").status_code == 404
    it.clock.us = NOON_US + 60_000_000
    it.live.step()
    it.live.step()
    later = told(service.ask("GET", "/v1/view"))
    assert (later["slots"], later["now_slot"]) == (6, 4)
    assert later["key"] == view["key"]
    assert [each["low"] for each in later["fields"]] == [each["low"] for each in view["fields"]]
    for path in (f"at?{HERE}", "fields/served", "ground"):
        assert service.ask("GET", f"/v1/view/slots/0/{path}").status_code == 410
        assert service.ask("GET", f"/v1/view/slots/2/{path}").status_code == 410
    for slot in (0, 3, 6):  # satellites are placed at any slot
        assert service.ask("GET", f"/v1/view/slots/{slot}/positions").status_code == 200
    assert service.ask("GET", "/v1/view/slots/7/positions").status_code == 404


def test_where_the_next_plan_is_late_the_last_slot_stays_on_show(running: tuple[Running, Service]) -> None:
    it, service = running
    it.live.step()
    it.clock.us = NOON_US + 3_600_000_000
    view = told(service.ask("GET", "/v1/view"))
    assert (view["slots"], view["now_slot"]) == (1, 0)
    assert told(service.ask("GET", f"/v1/view/slots/0/at?{HERE}"))["slot"] == 0


def test_a_slot_is_explained_by_the_rules_by_which_it_is_planned(tmp_path: Path) -> None:
    it = Running(tmp_path)
    other = RuleSet.parse({"name": "other", "elsewhere": {"licence": "none", "decision": "Tests."}}, tmp_path)
    next_us = NOON_US + 12_000_000  # slot 1 begins at 12:00:12

    def held(at_us: int) -> RuleSet:
        return rules() if at_us < next_us else other

    shown = OnClock(it.live, it.clock, held)
    it.live.step()
    it.live.step()
    first, second = (shown.planned(slot)[2] for slot in (0, 1))
    assert (first, second) == (rules(), other)
    it.clock.us = next_us
    assert shown.planned(0)[2] == rules()


def test_a_slot_that_is_planned_anew_shows_the_new_plan(tmp_path: Path) -> None:
    nobody = {"name": "nobody", "elsewhere": {"licence": "none", "decision": "Tests."}}
    law, clock = [rules()], Clock()

    def over(cells: Cells, gateways: tuple[Gateway, ...], time: np.datetime64) -> Rules:
        return rules_at(law[-1])(cells, gateways, time)

    twin = Twin.open(World.load("duo"), rules=over)
    live = Live(twin, clock=lambda: clock.us / 1e6, version=lambda: len(law))
    shown = OnClock(live, clock, lambda _: law[-1])
    live.step()
    live.step()
    assert [shown.row(slot, "served").any() for slot in (0, 1)] == [True, True]
    law.append(RuleSet.parse(nobody, tmp_path))
    live.step()
    live.step()
    assert shown.slots() == 2
    assert [shown.row(slot, "served").any() for slot in (0, 1)] == [False, False]
