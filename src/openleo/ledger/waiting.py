"""Entries that wait to be appended, and who waits to hear of them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from openleo.ledger.errors import LedgerError, NotWritten, Unavailable

MOST_WAITING: Final = 100_000
"""Entries that wait to be appended; whoever brings more waits until there is room."""


@dataclass(eq=False)
class Request:
    """Entries that somebody wants appended, where they stand once they are, and who waits to hear of it.

    statement: they are of the log itself, of its keys and witnesses.
    """

    entries: list[bytes]
    statement: bool = False
    indices: range | None = None
    future: "Future[range]" = field(default_factory=Future)


class Waiting:
    """A queue that many threads fill and one works on."""

    def __init__(self, origin: str, trouble: Callable[[], str]) -> None:
        """trouble: why it takes so long, in words."""
        self.error: LedgerError | None = None
        """Why the log stopped."""
        self.closing = False
        self.entries = 0
        """How many wait, those at work among them."""
        self._origin = origin
        self._trouble = trouble
        self._changed = threading.Condition()
        self._queue: deque[Request] = deque()
        self._hand: list[Request] = []
        self._statement: Request | None = None
        self._mendable = False

    # ------------------------------------------------------------------ those who bring entries

    def hand_over(self, entries: Sequence[bytes], limit_s: float, statement: bool = False) -> range:
        """Wait until a published checkpoint covers these entries; returns their indices.

        limit_s: for so long. Raises NotWritten, Unavailable, and whatever stopped the log, as `Log.append`
        says.
        """
        request = Request(list(entries), statement)
        until = time.monotonic() + limit_s
        with self._changed:
            self._changed.wait_for(lambda: self._takes(request), limit_s)
            if self.error and not (statement and self._mendable):
                raise _another(self.error)
            if self.closing or not self._takes(request):
                raise NotWritten(f"the log {self._origin} takes no entries now: nothing was written")
            self.add(request)
        try:
            return request.future.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            with self._changed:
                if not request.future.done():
                    raise self._late(request, limit_s) from None
        return request.future.result()

    def add(self, request: Request) -> None:
        """Put a request into the queue."""
        with self._changed:
            self._queue.append(request)
            self.entries += len(request.entries)
            if request.statement:
                self._statement = request
            self._changed.notify_all()

    def _takes(self, request: Request) -> bool:
        return bool(self.error) or self.closing or request.statement or self.entries < MOST_WAITING

    def _late(self, request: Request, limit_s: float) -> Unavailable:
        why = f"after {limit_s:g} s: {self._trouble()}"
        if request not in self._queue:
            return self._unpublished(request, why)
        self._queue.remove(request)
        self.entries -= len(request.entries)
        request.future.cancel()
        self._changed.notify_all()
        return NotWritten(f"{why}: the log {self._origin} did not come to these entries: nothing was written")

    def _unpublished(self, request: Request, why: str) -> Unavailable:
        at = request.indices
        return Unavailable(
            f"{why}: no published checkpoint of {self._origin} covers these entries yet; "
            + (
                f"they are in the log as {at[0]} to {at[-1]}, and will be published"
                if at
                else "they are being written, and will be published if that succeeds"
            )
        )

    def wait_for(self, until: Callable[[], bool], limit_s: float) -> bool:
        """Wait until something holds, the log stops or is closed; returns whether it holds.

        Raises what stopped the log.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.error or self.closing or until(), limit_s)
            if self.error:
                raise _another(self.error)
            return until()

    def wait_for_statement(self, limit_s: float) -> bool:
        """Wait until it is known what came of the last statement; returns whether it is.

        Raises what stopped the log for good.
        """

        def known() -> bool:
            return self._statement is None or self._statement.future.done()

        with self._changed:
            self._changed.wait_for(lambda: self.closing or known(), limit_s)
            if self.error and not self._mendable:
                raise _another(self.error)
            return known()

    # ------------------------------------------------------------------ the one who works on them

    def batch(self, about: int) -> list[Request]:
        """Wait for requests, and take some, with about so many entries; none when it is closed."""
        batch: list[Request] = []
        count = 0
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self.closing)
            while self._queue and not self.closing and count < about:
                batch.append(self._queue.popleft())
                count += len(batch[-1].entries)
            self._hand += batch
        return batch

    def statement(self, limit_s: float | None) -> list[Request]:
        """Wait so long, or for ever, for a statement; it goes before all others; none when it is closed."""

        def there() -> list[Request]:
            return [request for request in self._queue if request.statement][:1]

        with self._changed:
            self._changed.wait_for(lambda: there() or self.closing, limit_s)
            batch = [] if self.closing else there()
            for request in batch:
                self._queue.remove(request)
            self._hand += batch
        return batch

    def written(self, batch: Sequence[Request], start: int) -> None:
        """A batch is in the log, from index `start` on."""
        with self._changed:
            for request in batch:
                request.indices = range(start, start + len(request.entries))
                start = request.indices.stop

    def refuse(self, batch: Sequence[Request], error: LedgerError) -> None:
        """A batch did not get into the log."""
        self._tell(batch, error)

    def published(self) -> None:
        """All that is in the log is published."""
        with self._changed:
            self._tell([request for request in self._hand if request.indices])

    def stop(self, error: LedgerError, mendable: bool = False) -> None:
        """The log cannot go on: whoever waits, and whoever comes, hears why.

        mendable: but for statements, after which it may.
        """
        with self._changed:
            self.error, self._mendable = error, mendable
            queue = list(self._queue)
            self._queue.clear()
            for request in self._hand[:]:
                at = request.indices
                where = f" (these entries are in the log as {at[0]} to {at[-1]}, not published)" if at else ""
                self._tell([request], type(error)(f"{error}{where}"))
            self._tell(queue, error)

    def go_on(self) -> None:
        """What stopped the log may be mended."""
        with self._changed:
            self.error = None

    def close(self) -> None:
        """Take nothing more."""
        with self._changed:
            self.closing = True
            self._changed.notify_all()

    def dismiss(self) -> None:
        """After the work has ended: whoever still waits hears what came of it."""
        with self._changed:
            queue = list(self._queue)
            self._queue.clear()
            for request in self._hand[:]:
                self._tell([request], self._unpublished(request, "the log was closed"))
            self._tell(queue, NotWritten(f"the log {self._origin} was closed: nothing was written"))

    def _tell(self, requests: Iterable[Request], error: LedgerError | None = None) -> None:
        told = set(requests)
        with self._changed:
            self._hand = [request for request in self._hand if request not in told]
            for request in told:
                self.entries -= len(request.entries)
                if error is not None:
                    request.future.set_exception(_another(error))
                elif request.indices is not None:
                    request.future.set_result(request.indices)
            self._changed.notify_all()


def _another(error: LedgerError) -> LedgerError:
    """The same once more, for another thread to raise: each adds to the one that it raises."""
    return type(error)(str(error))
