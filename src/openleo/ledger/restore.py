"""A log that was put back from an old backup, brought up to a mirror that holds all that it signed."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.disk import write_file
from openleo.ledger.entries import read_entry
from openleo.ledger.errors import Halted, Malformed, Unavailable, Unverified
from openleo.ledger.merkle import CompactRange, leaf_hashes, root_of
from openleo.ledger.note import LARGEST_NOTE
from openleo.ledger.objects import LARGEST_OBJECT, object_path, open_object
from openleo.ledger.source import Source
from openleo.ledger.store import Claim, Store
from openleo.ledger.tiles import WIDTH, Tree

Progress = Callable[[int, int], None]
"""Called with entries read so far, and entries in all."""

_GROUP = 4 * WIDTH


def restore(folder: Path | str, source: Source, progress: Progress | None = None) -> Checkpoint:
    """Bring the log in a folder up to a mirror; returns the checkpoint that is published again.

    Every entry is read and must give the root that this log's own key signed, before any is taken over;
    objects come with the entries that name them. What the folder has stays, unless its tiles do not give the
    root that its state says: then all comes from the mirror. A mirror may be the log's own folder public.
    Raises Halted where the mirror holds less than was signed, or another history, or where a key of the log
    is missing; Unverified and Unavailable where it does not hold together, or cannot be read.
    """
    with closing(Store(Path(folder), behind=True)) as store:
        raw = source.read("checkpoint", LARGEST_NOTE)
        if raw is None:
            raise Unavailable(f"{source}: there is no checkpoint")
        checkpoint, _ = open_checkpoint(raw, [key.verifier for key in store.keys])
        theirs = Tree(source, checkpoint.size)
        claims = list(store.claims())
        for who, size, _ in claims:
            if size > theirs.size:
                raise Halted(
                    f"{source}: it holds {theirs.size} entries, and {who} {size}: another mirror is needed"
                )
        roots = _roots(store, theirs, checkpoint.root, claims, progress)
        # From here on the log opens only when it holds all of this.
        store.marker.record(checkpoint.size, checkpoint.root)
        for entries, root in zip(_groups(theirs, store.edge.size, claims), roots, strict=True):
            if store.edge.grow(entries)[0].root != root:
                raise Unverified(f"{source}: its entries changed while they were read")
            for entry in entries:
                _take_objects(store, source, entry)
            store.integrate(entries)
            store.check()
        store.caught_up()
        store.publish(checkpoint, raw)
        store.tidy()
        return checkpoint


def _roots(
    store: Store, theirs: Tree, signed: bytes, claims: list[Claim], progress: Progress | None
) -> list[bytes]:
    """The root after each group of entries that the store lacks; all that is known must agree with them."""
    peaks, roots = CompactRange(store.edge.size, store.edge.peaks), []
    for who, size, root in claims:
        if size <= peaks.size and store.tree(size).root() != root:
            raise Halted(f"{store.folder}: another history: its root at size {size} is not that of {who}")
    for entries in _groups(theirs, store.edge.size, claims):
        peaks.extend(leaf_hashes(entries))
        roots.append(peaks.root())
        for who, size, root in claims:
            if size == peaks.size < theirs.size and root != roots[-1]:
                raise Halted(
                    f"{theirs.source}: another history: its root at size {size} is not that of {who}"
                )
        if progress:
            progress(peaks.size, theirs.size)
    if peaks.root() != signed:
        size = store.edge.size
        if root_of(theirs.node, 0, size) != store.edge.root:
            raise Halted(
                f"{theirs.source}: another history: its root at size {size} is not that of {store.folder}"
            )
        raise Unverified(f"{theirs.source}: its entries do not give the root of its checkpoint")
    for who, size, root in claims:
        if size == theirs.size and root != signed:
            raise Halted(f"{theirs.source}: another history: its root at size {size} is not that of {who}")
    return roots


def _groups(theirs: Tree, start: int, claims: list[Claim]) -> Iterator[list[bytes]]:
    """Entries from `start` on; a group ends wherever something is known of the root."""
    for stop in sorted({theirs.size, *(size for _, size, _ in claims if size > start)}):
        while start < stop:
            end = min(start - start % _GROUP + _GROUP, stop)
            yield list(theirs.entries(start, end))
            start = end


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
