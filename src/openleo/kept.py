"""What is kept because it is asked for again: the last few of whatever a function makes of a key."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The last `most` values by key. Safe for many threads: those who ask at once wait for one value."""

    def __init__(self, most: int) -> None:
        self._most = most
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
        """The value of a key, made where it is not kept; whatever `make` raises is raised."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
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
