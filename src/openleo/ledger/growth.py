"""The right edge of a log on disk: what grows when entries come, and what a crash may have left there."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openleo.ledger import merkle
from openleo.ledger.disk import sync_folder, write_files
from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.errors import Halted, Malformed, Missing, Unavailable
from openleo.ledger.source import Folder
from openleo.ledger.tiles import HEIGHT, WIDTH, Tile, Tree, bundle_of, entries_of

_GAP: Final = 16
"""Of tiles that a power cut left beyond the tree, so many may be missing in a row."""


@dataclass(frozen=True)
class Edge:
    """What must be known of a tree to append to it.

    peaks: of its compact range. rows: the hashes in the partial tile of each level, as bytes one after the
    other. bundle: the bytes of its partial bundle.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    rows: tuple[bytes, ...] = ()
    bundle: bytes = b""

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return merkle.CompactRange(self.size, self.peaks).root()

    @classmethod
    def read(cls, tree: Tree) -> "Edge":
        """The edge of a tree on disk.

        Raises Unavailable and Malformed, naming the file, where tiles are missing, of another length, or not
        of their bundles.
        """
        rows = []
        for level in range(-(-tree.size.bit_length() // HEIGHT)):
            index, width = divmod(tree.size >> HEIGHT * level, WIDTH)
            rows.append(tree.read(Tile(level, index, width)) if width else b"")
        index, width = divmod(tree.size, WIDTH)
        path, bundle = Tile(None, index, width).path, b""
        if width:
            bundle = tree.read(Tile(None, index, width))
            try:
                whole = merkle.leaf_hashes(entries_of(bundle, width)) == rows[0]
            except Malformed as error:
                raise Malformed(f"{path}: {error}") from error
            if not whole:
                raise Malformed(f"{path}: its entries are not those of the tile beside it")
        return cls(tree.size, tuple(tree.peaks().peaks), tuple(rows), bundle)

    def grow(self, entries: Sequence[bytes]) -> "tuple[Edge, dict[Tile, bytes]]":
        """The edge after these entries, and the tiles and bundles that must be written for it.

        Raises Refused for an entry that is too long.
        """
        peaks = merkle.CompactRange(self.size, self.peaks)
        completed = peaks.extend(merkle.leaf_hashes(entries))
        files: dict[Tile, bytes] = {}
        start = self.size - self.size % WIDTH
        all_entries = [*entries_of(self.bundle, self.size - start), *entries]
        bundle = b""
        for at in range(0, len(all_entries), WIDTH):
            part = all_entries[at : at + WIDTH]
            raw = bundle_of(part)
            files[Tile(None, (start + at) // WIDTH, len(part))] = raw
            bundle = raw if len(part) < WIDTH else b""
        rows = []
        for level, new in enumerate(completed[::HEIGHT]):
            row = (self.rows[level] if level < len(self.rows) else b"") + new
            if new:
                first = (self.size >> HEIGHT * level) // WIDTH
                for at in range(0, len(row), WIDTH * HASH_SIZE):
                    raw = row[at : at + WIDTH * HASH_SIZE]
                    files[Tile(level, first + at // (WIDTH * HASH_SIZE), len(raw) // HASH_SIZE)] = raw
            rows.append(row[len(row) - len(row) % (WIDTH * HASH_SIZE) :])
        return Edge(peaks.size, tuple(peaks.peaks), tuple(rows), bundle), files


def write(public: Path, files: Mapping[Tile, bytes], tmp: Path) -> None:
    """Write tiles and bundles durably; raises Unavailable where the disk refuses."""
    write_files({public / tile.path: raw for tile, raw in files.items()}, tmp)


def read_back(public: Path, edge: Edge, files: Mapping[Tile, bytes]) -> None:
    """Check, from the disk, that what was written is there and gives the root.

    Raises Halted, naming the file, where the disk holds something else; Unavailable where it cannot be read
    now.
    """
    for tile, meant in files.items():
        found = _from_disk(public / tile.path)
        if found != meant:
            raise Halted(f"{public / tile.path}: the disk holds something else than was written to it")
        if tile.bundle:
            row = files[Tile(0, tile.index, tile.width)]
            if merkle.leaf_hashes(entries_of(found, tile.width)) != row:
                raise Halted(f"{public / tile.path}: its entries are not those of the tile beside it")
    check_peaks(Tree(Folder(public), edge.size), edge.peaks)


def check_peaks(tree: Tree, peaks: Sequence[bytes]) -> None:
    """Check that the tiles of a tree give these peaks.

    Raises Halted, naming the tile, where not or where it is missing; Unavailable where it cannot be read now.
    """
    start = 0
    levels = [level for level in reversed(range(tree.size.bit_length())) if tree.size >> level & 1]
    for level, peak in zip(levels, peaks, strict=True):
        try:
            found = tree.node(level, start >> level)
        except (Missing, Malformed) as error:
            raise Halted(str(error)) from error
        if found != peak:
            row = level // HEIGHT
            index = start >> HEIGHT * (row + 1)
            width = min(WIDTH, (tree.size >> HEIGHT * row) - index * WIDTH)
            raise Halted(
                f"{tree.source}: {Tile(row, index, width).path} does not hold what this log wrote there"
            )
        start += 1 << level


def check_entries(tree: Tree, start: int) -> bytes:
    """Check that entries from `start` on are those of the tiles over them; returns the root that they give.

    Raises Halted, naming the file, where not or where it is missing; Unavailable where it cannot be read now.
    """
    try:
        peaks = Tree(tree.source, start).peaks()
        while peaks.size < tree.size:
            first = peaks.size
            end = min(first - first % WIDTH + WIDTH, tree.size)
            rows = peaks.extend(merkle.leaf_hashes(list(tree.entries(first, end))))[::HEIGHT]
            for row, hashes in enumerate(rows):
                index = first >> HEIGHT * row
                for at in range(0, len(hashes), HASH_SIZE):
                    if tree.node(HEIGHT * row, index + at // HASH_SIZE) != hashes[at : at + HASH_SIZE]:
                        tile, bundle = Tile(row, index // WIDTH), Tile(None, first // WIDTH)
                        raise Halted(f"{tree.source}: {tile.path} does not go together with {bundle.path}")
    except (Missing, Malformed) as error:
        raise Halted(str(error)) from error
    return peaks.root()


def _from_disk(path: Path) -> bytes:
    """A file as the disk has it: the system's copy in memory is dropped first, where it can be told to."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return file.read()
    except FileNotFoundError:
        raise Halted(f"{path}: it was written, and is missing") from None
    except OSError as error:
        raise Unavailable(f"{path}: what was written cannot be read back: {error.strerror}") from error


def sweep(public: Path, size: int) -> list[str]:
    """Remove tiles beyond a size, which a crash left there; returns their paths.

    What a published checkpoint needed is kept: partial tiles of smaller sizes are not beyond.
    """
    removed = []
    # From the far end, so that what is left where this is cut short is found by the next one.
    for tile in reversed(list(_beyond(public, size))):
        (public / tile.path).unlink(missing_ok=True)
        removed.append(tile.path)
    for folder in {(public / path).parent for path in removed}:
        sync_folder(folder)
    return removed


def _beyond(public: Path, size: int) -> Iterator[Tile]:
    levels: list[int | None] = [*range(64 // HEIGHT), None]
    for level in levels:
        index, width = divmod(size >> HEIGHT * (level or 0), WIDTH)
        missing = 0
        while missing < _GAP:
            full = Tile(level, index)
            partial = public / f"{full.path}.p"
            found = [
                Tile(level, index, int(each.name)) for each in partial.glob("*") if each.name.isdecimal()
            ]
            if (public / full.path).exists():
                found.append(full)
            missing = 0 if found else missing + 1
            yield from (tile for tile in found if tile.width > width)
            index, width = index + 1, 0


def prune(public: Path, files: Iterable[Tile]) -> None:
    """Remove the partial tiles of those that are full now and under a published checkpoint."""
    for tile in files:
        if tile.width == WIDTH:
            shutil.rmtree(public / f"{tile.path}.p", ignore_errors=True)
