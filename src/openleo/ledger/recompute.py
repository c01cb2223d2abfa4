"""A tree computed anew from all entries of a log, and compared with every tile and with its root."""

from collections.abc import Callable, Iterator
from typing import Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import HASH_SIZE, to_base64
from openleo.ledger.errors import Malformed, Missing, TooLarge
from openleo.ledger.merkle import CompactRange, leaf_hashes, parents
from openleo.ledger.report import Problems
from openleo.ledger.source import Source
from openleo.ledger.tiles import HEIGHT, WIDTH, Tile, Tree, entries_of

Keep = Callable[[str, bytes], object]
"""Called with path and bytes of a file that was read, before it is known to be right."""

_FULL: Final = WIDTH * HASH_SIZE


def wanted(size: int) -> Iterator[Tile]:
    """The bundles and leaf tiles of a log in the order in which `Recomputed.entries` reads them."""
    for start in range(0, size, WIDTH):
        width = min(WIDTH, size - start)
        yield from (Tile(None, start // WIDTH, width), Tile(0, start // WIDTH, width))


class Recomputed:
    """The tree under a checkpoint, as its entries give it."""

    def __init__(self, source: Source, checkpoint: Checkpoint, problems: Problems, keep: Keep) -> None:
        self._tree = Tree(source, checkpoint.size)
        self._checkpoint = checkpoint
        self._problems = problems
        self._keep = keep
        # Of each level the hashes of its last tile, as long as it is not full.
        self._rows: list[bytes] = [b""]
        self._lost = ""

    def entries(self, progress: Callable[[int, int], object] | None = None) -> Iterator[tuple[int, bytes]]:
        """Every entry with its index, but for those that have another hash than asked for; then the root.

        Bundles and tiles that are missing, malformed or at odds with each other become problems, each at its
        path. Raises Unavailable where the source cannot be reached.
        """
        size = self._checkpoint.size
        for start in range(0, size, WIDTH):
            if self._problems.full:
                self._problems.end(f"entry {start}", "from here on nothing was read, after so many problems")
                return
            bundle = Tile(None, start // WIDTH, min(WIDTH, size - start))
            tile = Tile(0, bundle.index, bundle.width)
            found = self._entries_of(bundle)
            leaves = leaf_hashes(found)
            row = self._read(tile)
            if leaves == row:
                self._take(tile, row)
                yield from enumerate(found, start)
            else:
                chosen = self._choose(bundle, tile, leaves, row)
                for at, entry in enumerate(found):
                    part = slice(at * HASH_SIZE, (at + 1) * HASH_SIZE)
                    if leaves[part] == chosen[part]:
                        yield start + at, entry
            if progress:
                progress(start + tile.width, size)
        self._compare_edge()

    def _read(self, tile: Tile) -> bytes | None:
        """A file, or None and a problem."""
        try:
            raw = self._tree.read(tile)
        except Missing:
            self._problems.add(tile.path, "it is missing")
        except TooLarge:
            self._problems.add(tile.path, "it is larger than its format allows")
        except Malformed as error:
            self._problems.add(tile.path, str(error).removeprefix(f"{tile.path}: "))
        else:
            self._keep(tile.path, raw)
            return raw
        return None

    def _entries_of(self, bundle: Tile) -> list[bytes]:
        """The entries of a bundle, none where it cannot be read."""
        raw = self._read(bundle)
        try:
            return [] if raw is None else entries_of(raw, bundle.width)
        except Malformed as error:
            self._problems.add(bundle.path, str(error))
            return []

    def _choose(self, bundle: Tile, tile: Tile, leaves: bytes, row: bytes | None) -> bytes:
        """The leaf hashes to go on with where a bundle and its tile are not the same, and a problem for it.

        What stands above them decides, so that the file that is wrong is named and not the one beside it.
        """
        if leaves and row:
            fits = self._fits(tile)
            wrong = [bundle] if fits(row) else [tile] if fits(leaves) else [bundle, tile]
            at = next(at for at in range(0, len(row), HASH_SIZE) if leaves[at:][:32] != row[at:][:32])
            for each in wrong:
                other = tile if each.bundle else bundle
                self._problems.add(
                    each.path, f"entry {tile.start + at // HASH_SIZE} has another hash in {other.path}"
                )
            chosen = row if wrong == [bundle] else leaves
        else:
            chosen = leaves or row or b""
        self._take(tile, chosen)
        return chosen

    def _fits(self, tile: Tile) -> Callable[[bytes], bool]:
        """Whether leaf hashes are those which the tile above, or else the root, asks for."""
        if tile.width < WIDTH:
            return lambda row: not self._lost and self._root([row, *self._rows[1:]]) == self._checkpoint.root
        stated = self._stated(tile)
        return lambda row: _fold(row) == stated

    def _stated(self, tile: Tile) -> bytes | None:
        """The hash of a full leaf tile as the tile above states it; None where it cannot be read."""
        index, at = divmod(tile.index, WIDTH)
        width = min(WIDTH, (self._tree.size >> HEIGHT) - index * WIDTH)
        try:
            return self._tree.read(Tile(1, index, width))[at * HASH_SIZE :][:HASH_SIZE]
        except (Missing, Malformed):
            return None

    def _take(self, tile: Tile, leaves: bytes) -> None:
        """Go on with the leaf hashes of a tile; where there are none, with what stands above them."""
        if leaves and tile.width < WIDTH:
            self._rows[0] = leaves
            return
        above = _fold(leaves) if leaves else self._stated(tile) if tile.width == WIDTH else None
        if above is None:
            self._lost = self._lost or f"neither {tile.path} nor its entries could be read"
        elif not self._lost:
            self._append(Tile(1, tile.index // WIDTH), above)

    def _append(self, tile: Tile, above: bytes) -> None:
        """Add a hash to a tile above the leaves; a tile that it fills is compared, and folded into one."""
        level = tile.level or 0
        if level == len(self._rows):
            self._rows.append(b"")
        self._rows[level] += above
        if len(self._rows[level]) == _FULL:
            row, self._rows[level] = self._rows[level], b""
            self._compare(tile, row)
            self._append(Tile(level + 1, tile.index // WIDTH), _fold(row))

    def _compare(self, tile: Tile, row: bytes) -> None:
        raw = self._read(tile)
        if raw is None or raw == row:
            return
        at = next(at for at in range(len(row)) if raw[at] != row[at]) // HASH_SIZE
        below = Tile((tile.level or 0) - 1, tile.index * WIDTH + at)
        self._problems.add(tile.path, f"hash {at} of {tile.width} is not the one that {below.path} gives")

    def _compare_edge(self) -> None:
        """Compare the partial tiles above the leaves, and the root."""
        checkpoint = self._checkpoint
        if self._lost:
            self._problems.add("checkpoint", f"its root cannot be computed anew: {self._lost}")
            return
        for level, row in enumerate(self._rows[1:], 1):
            if row:
                index, width = divmod(checkpoint.size >> HEIGHT * level, WIDTH)
                self._compare(Tile(level, index, width), row)
        root = self._root(self._rows)
        if root != checkpoint.root:
            self._problems.add(
                "checkpoint",
                f"its root at size {checkpoint.size} is {to_base64(checkpoint.root)}; the entries give "
                f"{to_base64(root)}",
            )

    def _root(self, rows: list[bytes]) -> bytes:
        """The root of the tree whose partial tiles, level by level, hold these hashes."""
        peaks: list[bytes] = []
        for row in reversed(rows):
            edge = CompactRange()
            edge.extend(row)
            peaks += edge.peaks
        return CompactRange(self._checkpoint.size, peaks).root()


def _fold(row: bytes) -> bytes:
    """The hash over a full tile."""
    while len(row) > HASH_SIZE:
        row = parents(row)
    return row
