"""Numbers for names as the store keeps them, so that all servers and all rows of a store agree on them."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from openleo.service.entries import checked_name
from openleo.service.records import Names
from openleo.service.store import Store
from openleo.service.store import register as sql

if TYPE_CHECKING:
    from sqlalchemy import Connection


class StoredNames(Names):
    """Numbers for names, each in the store before it is used; a kind is read when it is first asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._lock = threading.RLock()

    def number(self, kind: str, name: str) -> int:
        """The number of a name; a new one is in the store before it is returned. Raises InputError."""
        return self.numbers(kind, [name])[0]

    def numbers(self, kind: str, names: Iterable[str]) -> list[int]:
        """The same of many names, the new ones in one transaction."""
        wanted = list(names)
        self._want(kind)
        new = [name for name in wanted if name and name not in self._numbers[kind]]
        if new:
            for name in new:
                checked_name(name, kind)
            with self._store.begin() as connection:
                naming = Naming(connection, self)
                for name in new:
                    naming(kind, name)
                naming.keep()
            self.refresh(kind)
        return [self._numbers[kind][name] if name else -1 for name in wanted]

    def name(self, kind: str, number: int) -> str:
        """The name of a number, empty for -1."""
        self._want(kind, number)
        return super().name(kind, number)

    def all(self, kind: str) -> tuple[str, ...]:
        """All names of a kind, by number."""
        self._want(kind)
        return super().all(kind)

    def known(self, kind: str) -> dict[str, int]:
        """Numbers by name, of a kind."""
        self._want(kind)
        return self._numbers[kind]

    def refresh(self, kind: str) -> None:
        """Learn the names of a kind that came since."""
        with self._store.read() as connection:
            self.learn(connection, kind)

    def learn(self, connection: "Connection", *kinds: str) -> None:
        """The same within a transaction, of some kinds, or of all that were ever asked for."""
        with self._lock:
            for kind in kinds or tuple(self._names):
                known = self._names.get(kind, [])
                new = sql.names(connection, kind, len(known))
                numbers = self._numbers.setdefault(kind, {})
                numbers.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
                self._names[kind] = known + new if new else known

    def _want(self, kind: str, number: int = -1) -> None:
        known = self._names.get(kind)
        if known is None or number >= len(known):
            self.refresh(kind)


class Naming:
    """Numbers of names within a transaction that may make new ones; `names` learns those when it is over."""

    def __init__(self, connection: "Connection", names: StoredNames) -> None:
        sql.take_turn(connection)
        self._connection = connection
        self._names = names
        self._new: dict[str, dict[str, int]] = {}
        self._waiting: list[tuple[str, int, str]] = []

    def __call__(self, kind: str, name: str) -> int:
        if not name:
            return -1
        new = self._new.get(kind)
        if new is None:
            self._names.learn(self._connection, kind)  # nobody else adds any before this transaction is over
            new = self._new[kind] = {}
        number = self._names.known(kind).get(name, new.get(name, -1))
        if number < 0:
            number = new[name] = len(self._names.known(kind)) + len(new)
            self._waiting.append((kind, number, name))
        return number

    def keep(self) -> None:
        """Write the new names."""
        sql.put_names(self._connection, self._waiting)
        self._waiting.clear()
