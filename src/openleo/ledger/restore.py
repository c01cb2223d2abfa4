"""A log that was put back from an old backup, brought up to a mirror that holds all that it signed."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.disk import write_file
from openleo.ledger.entries import read_entry
from openleo.ledger.errors import Halted, Malformed, Unavailable, Unverified
from openleo.ledger.merkle import CompactRange, leaf_hashes, root_of
from openleo.ledger.note import LARGEST_NOTE
from openleo.ledger.objects import LARGEST_OBJECT, object_path, open_object
from openleo.ledger.source import Source
from openleo.ledger.store import Store
from openleo.ledger.tiles import Tree

Progress = Callable[[int, int], None]
"""Called with entries read so far, and entries in all."""


def restore(folder: Path | str, source: Source, progress: Progress | None = None) -> Checkpoint:
    """Bring the log in a folder up to a mirror; returns the checkpoint that is published again.

    Every entry is read and must give the root that this log's own key signed, before any is taken over;
    objects come with the entries that name them. Raises Halted where the mirror holds less than was signed,
    or another history; Unverified and Unavailable where it does not hold together, or cannot be read.
    """
    store = Store(Path(folder), behind=True)
    try:
        raw = source.read("checkpoint", LARGEST_NOTE)
        if raw is None:
            raise Unavailable(f"{source}: there is no checkpoint")
        checkpoint, _ = open_checkpoint(raw, [key.verifier for key in store.keys])
        theirs = Tree(source, checkpoint.size)
        _check_history(store, theirs)
        roots = _roots(store, theirs, progress)
        if (roots or [store.edge.root])[-1] != checkpoint.root:
            raise Unverified(f"{source}: its entries do not give the root of its checkpoint")
        for entries, root in zip(_groups(theirs, store.edge.size), roots, strict=True):
            if store.edge.grow(entries)[0].root != root:
                raise Unverified(f"{source}: its entries changed while they were read")
            for entry in entries:
                _take_objects(store, source, entry)
            store.integrate(entries)
        store.mark()
        store.publish(checkpoint, raw)
        return checkpoint
    finally:
        store.close()


def _check_history(store: Store, theirs: Tree) -> None:
    known = [("this folder", store.edge.size, store.edge.root)]
    if store.marked is not None:
        known.append(("the marker", *store.marked))
    for who, size, root in known:
        if size > theirs.size:
            raise Halted(
                f"{theirs.source}: it holds {theirs.size} entries, and {who} {size}: another mirror is needed"
            )
        if root_of(theirs.node, 0, size) != root:
            raise Halted(f"{theirs.source}: another history: its root at size {size} is not that of {who}")


def _roots(store: Store, theirs: Tree, progress: Progress | None) -> list[bytes]:
    """The root after each group of entries that the store lacks."""
    peaks, roots = CompactRange(store.edge.size, store.edge.peaks), []
    for entries in _groups(theirs, store.edge.size):
        peaks.extend(leaf_hashes(entries))
        roots.append(peaks.root())
        if progress:
            progress(peaks.size, theirs.size)
    return roots


def _groups(tree: Tree, start: int) -> Iterator[list[bytes]]:
    entries = tree.entries(start)
    while group := list(islice(entries, 1000)):
        yield group


def _take_objects(store: Store, source: Source, raw: bytes) -> None:
    """Copy the objects that an entry names, as far as the mirror has them: some were withdrawn."""
    try:
        named = read_entry(raw).objects
    except Malformed:
        return
    for each in named:
        found = source.read(object_path(each.object), LARGEST_OBJECT)
        if found is not None:
            open_object(each.object, found)
            write_file(store.public / object_path(each.object), found, store.tmp)
