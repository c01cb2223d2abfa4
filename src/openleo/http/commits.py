"""Single check-ins are decided and committed together: whoever comes while a commit runs joins the next.

One thread does the deciding and the committing, so that the loop reads requests while the disk writes. A
request is answered after the commit that holds it. Nothing waits for company: an idle server commits the one.
"""

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openleo.http.messages import rows_of
from openleo.http.problems import Problem

if TYPE_CHECKING:
    from openleo.service.answers import Answers
    from openleo.service.controller import Controller

MOST_AT_ONCE: Final = 1000

Row = tuple[Any, ...]


class Commits:
    """The door to the controller for check-ins that come one by one, or in batches."""

    def __init__(self, controller: "Controller", waiting: int) -> None:
        self._controller = controller
        self._most_waiting = waiting
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commits")
        self._waiting: deque[tuple[list[Row], list[bytes], asyncio.Future[tuple[Answers, int]]]] = deque()
        self._rows_waiting = 0
        self._running = False

    async def check_in(self, rows: list[Row], marks: list[bytes]) -> "tuple[Answers, int]":
        """Decide and commit rows, in their order; returns the answers of a commit, and where ours begin.

        marks: the first bytes of the keys that vouched for them.
        Raises Problem (unavailable) where too many wait already, and what the controller raises.
        """
        if self._rows_waiting + len(rows) > self._most_waiting:
            raise Problem(
                "unavailable", f"{self._rows_waiting} check-ins wait for the store already", retry_after_s=1.0
            )
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Answers, int]] = loop.create_future()
        self._waiting.append((rows, marks, answer))
        self._rows_waiting += len(rows)
        if not self._running:
            self._running = True
            loop.call_soon(self._start, loop)  # after the requests that this turn of the loop still reads
        return await answer

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        group: list[tuple[asyncio.Future[tuple[Answers, int]], int]] = []
        rows: list[Row] = []
        marks: list[bytes] = []
        while self._waiting and (not rows or len(rows) + len(self._waiting[0][0]) <= MOST_AT_ONCE):
            asked, vouched, answer = self._waiting.popleft()
            group.append((answer, len(rows)))
            rows.extend(asked)
            marks.extend(vouched)
        self._rows_waiting -= len(rows)
        done = loop.run_in_executor(self._thread, self._commit, rows, marks)
        done.add_done_callback(lambda done: self._finish(loop, group, done))

    def _commit(self, rows: list[Row], marks: list[bytes]) -> "Answers":
        keys = np.frombuffer(b"".join(marks), np.uint8).reshape(len(rows), -1)
        return self._controller.check_in(rows_of(rows), keys)

    def _finish(
        self,
        loop: asyncio.AbstractEventLoop,
        group: "list[tuple[asyncio.Future[tuple[Answers, int]], int]]",
        done: "asyncio.Future[Answers]",
    ) -> None:
        if self._waiting:
            self._start(loop)
        else:
            self._running = False
        error = done.exception()
        for answer, begins in group:
            if answer.done():  # the caller went away; what was committed stays
                continue
            if error is None:
                answer.set_result((done.result(), begins))
            else:
                answer.set_exception(error)

    def close(self) -> None:
        """Wait for the commit that runs."""
        self._thread.shutdown(wait=True)
