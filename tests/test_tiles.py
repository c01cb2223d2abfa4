"""Tiles: their paths, which of them a tree has, bundles, and a tree read from them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ledger_folders import a_log, flip, write_log
from ledger_fuzz import mutated, noise

from openleo.ledger.errors import LedgerError, Malformed, Missing, Refused
from openleo.ledger.merkle import (
    CompactRange,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
)
from openleo.ledger.source import Folder
from openleo.ledger.tiles import LONGEST_ENTRY, Tile, Tree, bundle_of, entries_of, tiles_of


class Held(dict[str, bytes]):
    """A log in memory, by path: any object with `read` is a source."""

    def read(self, path: str, most: int) -> bytes | None:
        return self.get(path)

    def __str__(self) -> str:
        return "a log in memory"


def in_memory(entries: list[bytes]) -> Held:
    """The tiles of a tree, from the subtrees that appending everything at once completed."""
    levels = CompactRange().extend(leaf_hashes(entries))
    held = Held()
    for tile in tiles_of(len(entries)):
        first, last = tile.index * 256, tile.index * 256 + tile.width
        if tile.level is None:
            held[tile.path] = bundle_of(entries[first:last])
        else:
            held[tile.path] = levels[8 * tile.level][32 * first : 32 * last]
    return held


SIZE = 70_000
ENTRIES = [b"entry %d" % at for at in range(SIZE)]
LEVELS = CompactRange().extend(leaf_hashes(ENTRIES))


def node(level: int, index: int) -> bytes:
    """A perfect subtree of the 70 000 entries."""
    return LEVELS[level][32 * index : 32 * index + 32]


def root(size: int) -> bytes:
    """The root over the first entries."""
    tree = CompactRange()
    tree.extend(LEVELS[0][: 32 * size])
    return tree.root()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 70 000 entries."""
    folder = tmp_path_factory.mktemp("log")
    write_log(folder, a_log(), ENTRIES)
    return folder


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(1, 1, 17), "tile/1/001.p/17"),
        (Tile(2, 0, 255), "tile/2/000.p/255"),
        (Tile(63, 7), "tile/63/007"),
        (Tile(None, 1_234_067), "tile/entries/x001/x234/067"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
        (Tile(0, 2**55 - 1), "tile/0/x036/x028/x797/x018/x963/967"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1234067",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/X001/000",
        "tile/0/x1/000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/data/000",
        "tile/Entries/000",
        "tile/8/0/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile//000",
        "tile/0//000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/",
        "tile/0/000.P/1",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "checkpoint",
    ],
)
def test_another_spelling_is_no_path(path: str) -> None:
    with pytest.raises(Malformed, match="path"):
        Tile.parse(path)


@given(
    st.text(max_size=40)
    | mutated(b"tile/0/x001/x234/067.p/112", b"tile/entries/000").map(lambda raw: raw.decode("latin-1"))
)
@settings(max_examples=500, deadline=None)
def test_any_path_is_refused_or_written_back_as_it_was(path: str) -> None:
    try:
        tile = Tile.parse(path)
    except Malformed:
        return
    assert tile.path == path


@given(st.none() | st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_every_tile_is_read_from_its_path(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    assert Counter((each.level, each.width) for each in tiles) == {
        (0, 256): 273,
        (0, 112): 1,
        (1, 256): 1,
        (1, 17): 1,
        (2, 1): 1,
        (None, 256): 273,
        (None, 112): 1,
    }
    assert {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"} <= {
        each.path for each in tiles
    }
    assert [each.path for each in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]
    assert list(tiles_of(0)) == []


@given(st.integers(0, 200_000))
@example(65_536)
@settings(max_examples=40, deadline=None)
def test_the_partial_tiles_are_those_of_the_formula(size: int) -> None:
    tiles = list(tiles_of(size))
    assert len(set(tiles)) == len(tiles)
    for level in (None, 0, 1, 2, 3):
        row = sorted(each for each in tiles if each.level == level)
        hashes = size // 256 ** (level or 0)
        assert sum(each.width for each in row) == hashes
        assert [each.index for each in row] == list(range(-(-hashes // 256)))
        assert [each.width for each in row if each.width < 256] == [hashes % 256][: hashes % 256]
        assert all(each.start == each.index * 256 ** ((level or 0) + 1) for each in row)


def test_a_bundle_is_each_entry_after_its_length() -> None:
    assert bundle_of([b"a", b"", b"bc"]) == b"\x00\x01a\x00\x00\x00\x02bc"
    assert entries_of(b"\x00\x01a\x00\x00\x00\x02bc", 3) == [b"a", b"", b"bc"]
    longest = bytes(LONGEST_ENTRY)
    assert entries_of(bundle_of([longest]), 1) == [longest]
    with pytest.raises(Refused, match="65536 bytes; at most 65535"):
        bundle_of([b"", bytes(65_536)])


@pytest.mark.parametrize(
    ("bundle", "width", "reason"),
    [
        (b"", 1, "0 entries; 1 are expected"),
        (b"\x00", 1, "ends beyond"),
        (b"\x00\x01", 1, "ends beyond"),
        (b"\x00\x01a\x00", 1, "entry 1 of it ends beyond"),
        (b"\x00\x01a\x00\x00", 1, "2 entries; 1 are expected"),
        (b"\x00\x01a", 2, "1 entries; 2 are expected"),
        (b"\x01\x00a", 1, "ends beyond"),
    ],
)
def test_a_bundle_that_is_cut_off_or_too_long_is_refused(bundle: bytes, width: int, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        entries_of(bundle, width)


@given(noise() | mutated(bundle_of(ENTRIES[:5]), bundle_of([b"\x00\x01", b"", b"\x00"])), st.integers(0, 6))
@settings(max_examples=500, deadline=None)
def test_any_bundle_is_refused_or_written_back_as_it_was(bundle: bytes, width: int) -> None:
    try:
        entries = entries_of(bundle, width)
    except Malformed:
        return
    assert bundle_of(entries) == bundle
    assert len(entries) == width


def test_a_tree_from_tiles_has_the_root_and_the_peaks(large: Path) -> None:
    tree = Tree(Folder(large), SIZE)
    assert tree.root() == root(SIZE)
    grown = tree.peaks()
    grown.extend(leaf_hash(b"one more"))
    whole = CompactRange()
    whole.extend(leaf_hashes([*ENTRIES, b"one more"]))
    assert (grown.size, grown.root()) == (SIZE + 1, whole.root())
    assert list(tree.entries()) == ENTRIES
    assert list(tree.entries(-1, 2)) == list(tree.entries(0, 2)) == ENTRIES[:2]
    assert list(tree.entries(69_998, 80_000)) == ENTRIES[69_998:]
    assert Tree(Folder(large), 0).root() == CompactRange().root()


@pytest.mark.parametrize("at", [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999])
def test_proofs_from_tiles_are_those_of_the_tree(large: Path, at: int) -> None:
    tree = Tree(Folder(large), SIZE)
    proof = tree.inclusion(at)
    assert proof == inclusion_proof(node, at, SIZE)
    check_inclusion(root(SIZE), SIZE, at, leaf_hash(ENTRIES[at]), proof)
    assert tree.entry(at) == ENTRIES[at]
    proof = tree.consistency(at + 1)
    assert proof == consistency_proof(node, at + 1, SIZE)
    check_consistency(root(at + 1), at + 1, root(SIZE), SIZE, proof)


@given(size=st.integers(1, 1200), at=st.integers(0, 10_000), old=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_tree_of_any_size_is_read_from_its_tiles(size: int, at: int, old: int) -> None:
    at, old = at % size, old % (size + 1)
    tree = Tree(in_memory(ENTRIES[:size]), size)
    assert tree.root() == root(size)
    check_inclusion(root(size), size, at, leaf_hash(ENTRIES[at]), tree.inclusion(at))
    proof = tree.consistency(old)
    if old:
        check_consistency(root(old), old, root(size), size, proof)
    else:
        assert proof == []
    assert list(tree.entries(min(at, old), max(at, old))) == ENTRIES[min(at, old) : max(at, old)]


@given(size=st.integers(1, 700), later=st.integers(0, 700))
@settings(max_examples=40, deadline=None)
def test_an_older_tree_is_read_from_the_full_tiles_that_replaced_its_partial_ones(
    size: int, later: int
) -> None:
    whole = in_memory(ENTRIES[: size + later])
    full = Held({path: raw for path, raw in whole.items() if ".p/" not in path})
    older = in_memory(ENTRIES[:size])
    source = Held(
        {path: raw for path, raw in older.items() if Tile.parse(path.split(".p/")[0]).path not in full}
    )
    source.update(full)
    tree = Tree(source, size)
    assert tree.root() == root(size)
    assert list(tree.entries()) == ENTRIES[:size]
    for tile in tiles_of(size):
        assert tree.read(tile) == older[tile.path]


def test_a_tile_that_is_not_there_or_has_another_length_is_named() -> None:
    held = in_memory(ENTRIES[:300])
    for path in held:
        tile = Tile.parse(path)
        with pytest.raises(Missing, match=path):
            Tree(Held({each: raw for each, raw in held.items() if each != path}), 300).read(tile)
        if not tile.bundle:
            for raw in (b"", held[path][:-1], held[path] + b"\x00", held[path] + bytes(32), held[path][:-32]):
                with pytest.raises(Malformed, match=path):
                    Tree(Held(held | {path: raw}), 300).read(tile)


def test_a_full_tile_that_is_cut_off_does_not_stand_in_for_a_partial_one() -> None:
    held = in_memory(ENTRIES[:300])
    partial, full = Tile(0, 1, 44), Tile(0, 1)
    del held[partial.path]
    whole = leaf_hashes(ENTRIES[256:512])
    assert Tree(Held(held | {full.path: whole}), 300).read(partial) == whole[: 44 * 32]
    with pytest.raises(Malformed, match="tile/0/001: 1408 bytes; 256 hashes have 8192"):
        Tree(Held(held | {full.path: whole[: 44 * 32]}), 300).read(partial)
    partial, full = Tile(None, 1, 44), Tile(None, 1)
    del held[partial.path]
    with pytest.raises(Malformed, match="44 entries; 256 are expected"):
        Tree(Held(held | {full.path: bundle_of(ENTRIES[256:300])}), 300).read(partial)


def test_an_entry_that_is_not_that_of_its_tile_is_refused() -> None:
    held = in_memory(ENTRIES[:300])
    swapped = [ENTRIES[1], ENTRIES[0], *ENTRIES[2:256]]
    tree = Tree(Held(held | {"tile/entries/000": bundle_of(swapped)}), 300)
    assert tree.entry(2) == ENTRIES[2]
    for index in (0, 1):
        with pytest.raises(Malformed, match=f"entry {index}: its bundle and its tile disagree"):
            tree.entry(index)


@pytest.mark.parametrize("index", [-1, 300, 2**63])
def test_a_tree_has_no_entry_beyond_its_size(index: int) -> None:
    tree = Tree(in_memory(ENTRIES[:300]), 300)
    for ask in (tree.entry, tree.inclusion):
        with pytest.raises(Refused, match=f"index: {index}"):
            ask(index)
    with pytest.raises(Refused, match="old size"):
        tree.consistency(301)


@pytest.mark.parametrize(("level", "index"), [(0, 300), (8, 1), (7, 2), (9, 0), (0, -1), (63, 0)])
def test_a_tree_has_no_subtree_beyond_its_size(level: int, index: int) -> None:
    with pytest.raises(Refused, match=f"level {level}, index {index}"):
        Tree(in_memory(ENTRIES[:300]), 300).node(level, index)


def test_every_bit_of_a_tile_counts(large: Path, tmp_path: Path) -> None:
    write_log(tmp_path, a_log(), ENTRIES[:600])
    for path, bit in (
        ("tile/0/000", 0),
        ("tile/0/001", 65_535),
        ("tile/0/002.p/88", 700),
        ("tile/1/000.p/2", 3),
    ):
        flip(tmp_path / path, bit)
        tree = Tree(Folder(tmp_path), 600)
        wrong = 0
        for at in (0, 255, 256, 511, 599):
            try:
                check_inclusion(root(600), 600, at, leaf_hash(ENTRIES[at]), tree.inclusion(at))
            except LedgerError:
                wrong += 1
        assert wrong, path
        flip(tmp_path / path, bit)
    assert Tree(Folder(tmp_path), 600).root() == root(600)


def test_threads_share_a_tree(large: Path) -> None:
    tree = Tree(Folder(large), SIZE)
    places = [at * 7919 % SIZE for at in range(400)]
    with ThreadPoolExecutor(4) as pool:
        proofs = list(pool.map(tree.inclusion, places))
    assert proofs == [inclusion_proof(node, at, SIZE) for at in places]
