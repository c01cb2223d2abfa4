"""What is kept because it is asked for again: the last few of whatever a function makes of a key."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

PATIENCE_S: Final = 0.25
"""How long one waits to be among those who make a value or wait for it."""


class Busy(Exception):
    """Too many make values at once, or wait for them: ask again."""


class Kept(Generic[K, V]):
    """The last `most` values by key. Safe for many threads: those who ask at once wait for one value.

    at_once: so many make values or wait for them, and whoever comes then gets Busy: a server has few threads,
    and what is slow to make must not take them all. 0: any number.
    """

    def __init__(self, most: int, at_once: int = 0) -> None:
        self._most = most
        self._free = threading.BoundedSemaphore(at_once) if at_once else None
        self._lock = threading.Lock()
        self._held: OrderedDict[K, V] = OrderedDict()
        self._making: dict[K, threading.Lock] = {}

    def peek(self, key: K) -> V | None:
        """The value of a key where it is kept, None where it is not."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key, made where it is not kept; whatever `make` raises is raised, and Busy."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        with self._place() if self._free else nullcontext():
            return self._made(key, make)

    @contextmanager
    def _place(self) -> Iterator[None]:
        assert self._free is not None
        if not self._free.acquire(timeout=PATIENCE_S):
            raise Busy("too many ask at once for what takes a while to work out; ask again")
        try:
            yield
        finally:
            self._free.release()

    def _made(self, key: K, make: Callable[[], V]) -> V:
        with self._lock:
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._held:
                    return self._held[key]
            try:
                value = make()
                with self._lock:
                    self._held[key] = value
                    while len(self._held) > self._most:
                        self._held.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return value
