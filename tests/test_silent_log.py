"""How long grants are while nobody knows what the log says by now."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from controlled import MINUTE_US, Served
from enforced_log import Governed, governed

from openleo.ledger.entries import seconds_of
from openleo.ledger.errors import Unavailable
from openleo.service.in_force import LOOK_S
from openleo.service.records import Outcome


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        yield made


def begun(log: Governed, grant_s: float = 300.0) -> None:
    """The first rules of the log are in force."""
    log.publish(in_s=10, grant_s=grant_s)
    log.clock.pass_s(10)


def granted_s(served: Served) -> float:
    """How long a grant is that is given now."""
    made = served.ask(0).decisions
    assert made.outcome[0] == Outcome.SERVE
    return float(made.valid_us[0] - served.clock()) / 1e6


def test_while_the_log_is_silent_grants_end_where_a_change_could_have_begun_and_then_after_60_s(
    log: Governed,
) -> None:
    begun(log)
    with Served(log, log.enforcement()) as served:
        looked_us = log.clock()
        assert granted_s(served) == 280.0
        for _ in range(40):
            log.clock.pass_s(LOOK_S)
            silent_s = (log.clock() - looked_us) / 1e6
            assert granted_s(served) == pytest.approx(max(min(290.0 - silent_s, 280.0), 60.0), abs=1e-5)
        served.enforcement.follow()
        assert granted_s(served) == 280.0


@pytest.mark.parametrize(
    ("grant_s", "usual_s", "least_s"), [(90.0, 70.0, 60.0), (60.0, 40.0, 40.0), (30.0, 15.0, 15.0)]
)
def test_short_grants_are_not_cut_below_what_always_ends_in_time(
    log: Governed, grant_s: float, usual_s: float, least_s: float
) -> None:
    begun(log, grant_s)
    with Served(log, log.enforcement()) as served:
        assert granted_s(served) == pytest.approx(usual_s, abs=1e-5)
        log.clock.pass_s(3600)
        assert granted_s(served) == pytest.approx(least_s, abs=1e-5)


def test_a_change_that_was_seen_while_the_log_was_silent_is_outlived_by_60_s_at_most(log: Governed) -> None:
    begun(log)
    with Served(log, log.enforcement()) as served:
        log.clock.pass_s(1)
        change = log.publish("FR", in_s=240)  # as early as it may begin, and this server hears nothing of it
        begins_us = seconds_of(change.effective_at) * 1_000_000
        last_us = 0
        while log.clock() < begins_us:
            last_us = max(last_us, int(served.ask(0).decisions.valid_us[0]))
            log.clock.pass_s(7)
        assert last_us <= begins_us + MINUTE_US
        served.enforcement.follow()
        assert served.outcome() == Outcome.REFUSE


def test_a_server_that_starts_while_the_log_is_silent_gives_short_grants(log: Governed) -> None:
    begun(log)
    log.enforcement()
    with Served(log, log.enforcement(source=Nothing())) as served:
        assert granted_s(served) == 60.0


class Nothing:
    """A log that nobody reaches."""

    def read(self, path: str, most: int) -> bytes | None:
        """As a `Source` reads."""
        raise Unavailable(f"{path}: no answer")
