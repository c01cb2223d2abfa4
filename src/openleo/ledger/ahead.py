"""Files of a log behind a URL, fetched before they are asked for: round trips are most of an audit's time."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.source import Source, Web
from openleo.ledger.tiles import LARGEST_BUNDLE, WIDTH, Tile

CONNECTIONS: Final = 6
"""To one log at once: as many as web browsers open."""
_AHEAD: Final = 2 * CONNECTIONS


class _Ahead:
    """A source of which some files are on their way already."""

    def __init__(self, web: Web, threads: ThreadPoolExecutor, tiles: Iterable[Tile]) -> None:
        self._web = web
        self._threads = threads
        self._tiles = iter(tiles)
        self._coming: dict[str, Future[bytes | None]] = {}
        for _ in range(_AHEAD):
            self._ask()

    def __str__(self) -> str:
        return str(self._web)

    def _ask(self) -> None:
        tile = next(self._tiles, None)
        if tile is not None:
            most = LARGEST_BUNDLE if tile.bundle else WIDTH * HASH_SIZE
            self._coming[tile.path] = self._threads.submit(self._web.read, tile.path, most)

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
    threads = ThreadPoolExecutor(CONNECTIONS)
    try:
        yield _Ahead(source, threads, tiles)
    finally:
        threads.shutdown(cancel_futures=True)
