"""Files of a log behind a URL, fetched before they are asked for: round trips are most of an audit's time."""

import queue
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Final

from openleo.ledger.source import Source, Web
from openleo.ledger.tiles import LARGEST_BUNDLE, Tile

THREADS: Final = 6
"""Connections to one log at once, as many as web browsers open."""
_AHEAD: Final = 2 * THREADS

_Todo = queue.SimpleQueue["tuple[str, Future[bytes | None]] | None"]


class _Ahead:
    """A source of which some files are on their way already."""

    def __init__(self, web: Web, todo: _Todo, tiles: Iterable[Tile]) -> None:
        self._web = web
        self._todo = todo
        self._tiles = iter(tiles)
        self._coming: dict[str, Future[bytes | None]] = {}
        for _ in range(_AHEAD):
            self._ask()

    def __str__(self) -> str:
        return str(self._web)

    def _ask(self) -> None:
        tile = next(self._tiles, None)
        if tile is not None:
            self._coming[tile.path] = Future()
            self._todo.put((tile.path, self._coming[tile.path]))

    def read(self, path: str, most: int) -> bytes | None:
        """As a `Source` reads."""
        coming = self._coming.pop(path, None)
        if coming is None:
            return self._web.read(path, most)
        self._ask()
        return coming.result()


@contextmanager
def read_ahead(source: Source, tiles: Iterable[Tile]) -> Iterator[Source]:
    """The source itself, or for a URL one that fetches these files, in their order, before they are read."""
    if not isinstance(source, Web):
        yield source
        return
    todo: _Todo = queue.SimpleQueue()
    threads = [threading.Thread(target=_fetch, args=(source.url, todo), daemon=True) for _ in range(THREADS)]
    for each in threads:
        each.start()
    try:
        yield _Ahead(source, todo, tiles)
    finally:
        with suppress(queue.Empty):
            while True:
                todo.get_nowait()
        for _ in threads:
            todo.put(None)
        for each in threads:
            each.join()


def _fetch(url: str, todo: _Todo) -> None:
    web = Web(url)
    try:
        while (task := todo.get()) is not None:
            path, coming = task
            try:
                coming.set_result(web.read(path, LARGEST_BUNDLE))
            except Exception as error:  # noqa: BLE001  # whoever waits for it must get it, whatever it is
                coming.set_exception(error)
    finally:
        web.close()
