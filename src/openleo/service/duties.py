"""What a server does beside check-ins: looks for resale once an hour, reduces old positions once a day."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from openleo.errors import OpenLEOError
from openleo.service.findings import resale
from openleo.service.store.keeping import reduce

if TYPE_CHECKING:
    from openleo.service.controller import Controller

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


@contextmanager
def beside(controller: "Controller", keep_days: float) -> Iterator[None]:
    """Do the duties at once, and again when their time comes, in a thread of its own beside the block.

    keep_days: after so many days a check-in is reduced to decision and region. What goes wrong is logged, and
    tried again the next time.
    """
    over = threading.Event()

    def look_after() -> None:
        reduced_s = -DAY_S
        while True:
            try:
                if time.monotonic() - reduced_s >= DAY_S:
                    before_us = controller.now_us() - round(keep_days * DAY_S * 1e6)
                    reduce(controller.store, before_us, stop=over.is_set)
                    reduced_s = time.monotonic()
                look_for_resale(controller)
            except OpenLEOError as error:
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
