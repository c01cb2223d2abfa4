"""Numbers for names as the store keeps them, so that all servers and all rows of a store agree on them."""

from typing import TYPE_CHECKING

from openleo.service.records import Names
from openleo.service.store import Store
from openleo.service.store import register as sql

if TYPE_CHECKING:
    from sqlalchemy import Connection


class StoredNames(Names):
    """Numbers for names, each in the store before it is used."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self.refresh()

    def number(self, kind: str, name: str) -> int:
        """The number of a name; a new one is in the store before it is returned."""
        known = self.held(kind, name)
        if known is not None or not name:
            return -1 if known is None else known
        with self._store.begin() as connection:
            sql.name_number(connection, kind, name)
        self.refresh()
        return self._numbers[kind][name]

    def held(self, kind: str, name: str) -> int | None:
        """The number of a name that is known already."""
        return self._numbers.get(kind, {}).get(name)

    def refresh(self) -> None:
        """Learn the names that came since."""
        with self._store.read() as connection:
            self.learn(connection)

    def learn(self, connection: "Connection") -> None:
        """The same within a transaction."""
        for kind, number, name in sql.names(
            connection, {each: len(self._names[each]) for each in self._names}
        ):
            known = self._names.setdefault(kind, [])
            if number == len(known):
                known.append(name)
                self._numbers.setdefault(kind, {})[name] = number


class Naming:
    """Numbers of names within a transaction that may make new ones."""

    def __init__(self, connection: "Connection", names: StoredNames) -> None:
        self._connection = connection
        self._known: dict[str, dict[str, int]] = {}
        self._names = names

    def __call__(self, kind: str, name: str) -> int:
        if not name:
            return -1
        known = self._known.setdefault(kind, {})
        if name not in known:  # the transaction may be undone: `names` learns it when it was not
            at = self._names.held(kind, name)
            if at is not None:
                known[name] = at
        if name not in known:
            known[name] = sql.name_number(self._connection, kind, name)
        return known[name]
