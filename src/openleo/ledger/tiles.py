"""Tiles: the tree and its entries as files that any web server can hold (C2SP tlog-tiles 0.1.0)."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openleo.ledger import merkle
from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.errors import Malformed, Missing, Refused
from openleo.ledger.source import Source

HEIGHT: Final = 8
WIDTH: Final = 256
LONGEST_ENTRY: Final = 65535
"""Bytes: what the length of 16 bits in a bundle can say."""
LARGEST_BUNDLE: Final = WIDTH * (2 + LONGEST_ENTRY)

_KEPT_TILES: Final = 64
_PATH = re.compile(
    r"tile/(entries|0|[1-5]\d?|6[0-3]?|[7-9])/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)


@dataclass(frozen=True, order=True)
class Tile:
    """Where a tile or a bundle stands: its level (None for a bundle of entries), index, and width.

    width: hashes or entries in it, 1 to 256; below 256 it is partial.
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`; N in groups of three digits, all but the last with an x."""
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """The tile of a path; raises Malformed for anything but its one spelling."""
        match = _PATH.fullmatch(path)
        if match:
            level = None if match[1] == "entries" else int(match[1])
            found = cls(level, int(re.sub(r"\D", "", match[2])), int(match[3] or WIDTH))
            if found.path == path:
                return found
        raise Malformed(f"path: {path[:80]!r}; tile/<level>/<index>[.p/<width>] is allowed")

    @property
    def bundle(self) -> bool:
        """Whether it holds entries, not hashes."""
        return self.level is None

    @property
    def start(self) -> int:
        """The first entry of the log that it covers."""
        return self.index << HEIGHT * ((self.level or 0) + 1)


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and bundle of a tree: level by level, each with its partial one last; bundles at the end."""
    level, hashes = 0, size
    while hashes:
        yield from _row(level, hashes)
        level, hashes = level + 1, hashes // WIDTH
    yield from _row(None, size)


def _row(level: int | None, hashes: int) -> Iterator[Tile]:
    for index in range(hashes // WIDTH):
        yield Tile(level, index)
    if hashes % WIDTH:
        yield Tile(level, hashes // WIDTH, hashes % WIDTH)


def bundle_of(entries: Sequence[bytes]) -> bytes:
    """A bundle from its entries; raises Refused for one that is too long."""
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise Refused(
                f"entry: {len(entry)} bytes; at most {LONGEST_ENTRY}: larger things go in by their hash"
            )
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def entries_of(bundle: bytes, width: int) -> list[bytes]:
    """The entries of a bundle; raises Malformed where it does not hold exactly so many."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise Malformed(f"bundle: entry {len(entries)} of it ends beyond its {len(bundle)} bytes")
        entries.append(bundle[start:at])
    if len(entries) != width:
        raise Malformed(f"bundle: {len(entries)} entries; {width} are expected")
    return entries


class Tree:
    """A tree of some size, read from its tiles; nothing of it is believed before a root was compared."""

    def __init__(self, source: Source, size: int) -> None:
        self.source = source
        self.size = size
        self._tiles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def read(self, tile: Tile) -> bytes:
        """The bytes of a tile or bundle; where a partial one was replaced, its part of the full one.

        Raises Missing where it is not there, Unavailable where it cannot be read, Malformed where its
        length is another.
        """
        most = LARGEST_BUNDLE if tile.bundle else WIDTH * HASH_SIZE
        raw, there = self.source.read(tile.path, most), tile
        if raw is None and tile.width < WIDTH:
            there = Tile(tile.level, tile.index)
            raw = self.source.read(there.path, most)
        if raw is None:
            raise Missing(f"{self.source}: {tile.path} is missing")
        if tile.bundle:
            return raw if there == tile else bundle_of(entries_of(raw, WIDTH)[: tile.width])
        if len(raw) != there.width * HASH_SIZE:
            raise Malformed(
                f"{there.path}: {len(raw)} bytes; {there.width} hashes have {there.width * HASH_SIZE}"
            )
        return raw[: tile.width * HASH_SIZE]

    def _width(self, level: int, index: int) -> int:
        return min(WIDTH, (self.size >> HEIGHT * level) - index * WIDTH)

    def node(self, level: int, index: int) -> bytes:
        """The hash of the perfect subtree at (level, index); level 0 are leaves.

        Raises Refused where the tree has no such subtree, Unavailable and Malformed as `read` does.
        """
        if index < 0 or (index + 1) << level > self.size:
            raise Refused(f"subtree: level {level}, index {index}; a tree of {self.size} has none there")
        row, inner = divmod(level, HEIGHT)
        at = (row, index >> (HEIGHT - inner))
        rows = self._tiles.get(at)
        if rows is None:
            rows = [self.read(Tile(*at, self._width(*at)))]
            self._tiles[at] = rows
            if len(self._tiles) > _KEPT_TILES:
                self._tiles.popitem(last=False)
        if len(rows) <= inner:
            # A list of its own, for another thread may be hashing the same tile.
            rows = list(rows)
            while len(rows) <= inner:
                rows.append(merkle.parents(rows[-1]))
            self._tiles[at] = rows
        start = (index & ((1 << (HEIGHT - inner)) - 1)) * HASH_SIZE
        return rows[inner][start : start + HASH_SIZE]

    def root(self) -> bytes:
        """The root of the tree, by the tiles of its right edge."""
        return merkle.root_of(self.node, 0, self.size)

    def peaks(self) -> merkle.CompactRange:
        """The tree as a compact range, to go on appending."""
        peaks, start = [], 0
        for level in reversed(range(self.size.bit_length())):
            if self.size >> level & 1:
                peaks.append(self.node(level, start >> level))
                start += 1 << level
        return merkle.CompactRange(self.size, peaks)

    def inclusion(self, index: int) -> list[bytes]:
        """The audit path of an entry; raises Refused where there is no such entry."""
        return merkle.inclusion_proof(self.node, index, self.size)

    def consistency(self, old: int) -> list[bytes]:
        """The proof that this tree begins with the one of size `old`; raises Refused where it is larger."""
        return merkle.consistency_proof(self.node, old, self.size)

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Entries start to end (all, unless told otherwise), bundle by bundle, not verified."""
        start, end = max(start, 0), self.size if end is None else min(end, self.size)
        while start < end:
            index, first = divmod(start, WIDTH)
            tile = Tile(None, index, self._width(0, index))
            found = entries_of(self.read(tile), tile.width)
            last = min(end - index * WIDTH, tile.width)
            yield from found[first:last]
            start = index * WIDTH + last

    def entry(self, index: int) -> bytes:
        """One entry, checked against its leaf hash in the tiles but not against a root.

        Raises Refused where there is no such entry, Malformed where bundle and tile disagree.
        """
        if not 0 <= index < self.size:
            raise Refused(f"index: {index}; 0 to {self.size - 1} are allowed in a log of {self.size}")
        found = next(self.entries(index, index + 1))
        if merkle.leaf_hash(found) != self.node(0, index):
            raise Malformed(f"entry {index}: its bundle and its tile disagree")
        return found
