"""What a server does beside check-ins: looks for resale once an hour; once a day it puts the root over the
decisions of the day before into the log, and reduces old positions."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from openleo.errors import OpenLEOError
from openleo.ledger.errors import LedgerError
from openleo.service.findings import resale
from openleo.service.governance.days import publish_days
from openleo.service.governance.digests import digest_days
from openleo.service.governance.recorder import recorder_in
from openleo.service.store.keeping import reduce

if TYPE_CHECKING:
    from openleo.service.controller import Controller
    from openleo.service.governance.days import Closing

HOUR_S: Final = 3600.0
DAY_S: Final = 86_400.0

_log = logging.getLogger("openleo.duties")


def look_for_resale(controller: "Controller") -> int:
    """Open findings of dealers and accounts with many terminals where those were not sold.

    One that is open already stays as it is. Returns how many there are now.
    """
    register, now_us = controller.register, controller.now_us()
    register.refresh()
    histories = controller.store.histories(np.arange(len(register)))
    with register.lock:
        rows = register.rows[: len(histories)].copy()
    found = [
        (each.kind.word, each.subject, json.dumps(each.data))
        for by in ("dealer", "account")
        for each in resale(rows, histories, now_us, register.names, by)
    ]
    if found:
        with controller.store.locked(np.empty(0, np.int64)) as held:
            held.find(found, now_us)
    return len(found)


def digest(controller: "Controller", to: "Closing", stop: Callable[[], bool]) -> dict[int, int]:
    """Make the roots of days that are over, and put those into the log that are not there.

    A day that was missed is made up; none stands in the log twice. stop: asked on the way whether to leave
    the rest for another time. Returns the entry of each day that is new there. Raises what the log does, and
    Refused where the rules in force name another recorder.
    """
    enforced = controller.in_force.enforcement
    digest_days(controller.store, controller.now_us(), stop)
    if stop():
        return {}
    now_us = controller.now_us()
    rules = enforced.rules_at(now_us) if enforced is not None else None
    recorder = recorder_in(rules.file if rules is not None else None)
    return publish_days(
        controller.store, controller.published, to.log, now_us, seed=to.seed, recorder=recorder
    )


@contextmanager
def beside(controller: "Controller", keep_days: float, closing: "Closing | None" = None) -> Iterator[None]:
    """Do the duties at once, and again when their time comes, in a thread of its own beside the block.

    keep_days: after so many days a check-in is reduced to decision and region. closing: where the roots of
    days go; without it none are made. What goes wrong is logged, and tried again the next time.
    """
    over = threading.Event()
    reduced_s = -DAY_S

    def reduce_old() -> None:
        nonlocal reduced_s
        if time.monotonic() - reduced_s >= DAY_S:
            before_us = controller.now_us() - round(keep_days * DAY_S * 1e6)
            reduce(controller.store, before_us, stop=over.is_set)
            reduced_s = time.monotonic()

    def put_days() -> None:
        if closing is not None:
            digest(controller, closing, over.is_set)

    def look_after() -> None:
        while True:
            # roots first: a record is whole as long as its position is there
            for duty in (put_days, reduce_old, lambda: look_for_resale(controller)):
                try:
                    duty()
                except (OpenLEOError, LedgerError) as error:
                    _log.error("left for the next time: %s", error)
            if over.wait(HOUR_S):
                return

    keeper = threading.Thread(target=look_after, name="duties", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
