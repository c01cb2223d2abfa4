"""What people put into a log: texts, commitments and what they reveal, withdrawals."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from openleo.ledger.disk import PRIVATE, remove, write_file
from openleo.ledger.entries import Commitment, ObjectRef, Reveal, Text, Withdrawal, read_entry, seconds_of
from openleo.ledger.errors import NotWritten, Refused
from openleo.ledger.log import Log
from openleo.ledger.objects import LARGEST_OBJECT, object_path, open_object, seal
from openleo.ledger.source import Folder

PLAIN = "text/plain; charset=utf-8"


def put(log: Log, content: bytes, media: str = PLAIN) -> ObjectRef:
    """Put a text, or anything else, beside the log, durably, for an entry to name it.

    Returns how entries name it. Raises Refused where it is too large, Unavailable where the disk refuses.
    """
    name, raw = seal(content)
    write_file(log.store.public / object_path(name), raw, log.store.tmp)
    return ObjectRef(name, len(raw), media)


def write_text(log: Log, title: str, content: bytes, media: str = PLAIN) -> int:
    """Append a note of text; returns its index. title: public words that stay, "" for none."""
    there = put(log, content, media)
    with _gone_unless_named(log.store.public / object_path(there.object)):
        return log.append([Text(log.now(), title, there).raw])[0]


def commit(log: Log, content: bytes, reveal_by: str, about: str) -> int:
    """Append the commitment to a text that stays private until a stated time; returns its index.

    reveal_by: a time as entries write it, in the future. about: public words. Raises Refused where one is
    wrong.
    """
    name, raw = seal(content)
    entry = Commitment(log.now(), name, reveal_by, about)
    if seconds_of(reveal_by) <= seconds_of(entry.time):
        raise Refused(f"reveal_by: {reveal_by}; a time after now ({entry.time}) is allowed")
    path = log.store.folder / "private" / name
    write_file(path, raw, log.store.tmp, PRIVATE)
    with _gone_unless_named(path):
        return log.append([entry.raw])[0]


def reveal(log: Log, index: int, media: str = PLAIN) -> int:
    """Publish the text of a commitment; returns the index of the entry that says so.

    Raises Refused where the entry is no commitment, or its text is not here.
    """
    entry = read_entry(log.tree().entry(index))
    if not isinstance(entry, Commitment):
        raise Refused(f"entry {index}: a {entry.type}, not a commitment")
    private = Folder(log.store.folder / "private")
    path = log.store.public / object_path(entry.digest)
    shown, raw = path.exists(), private.read(entry.digest, LARGEST_OBJECT)
    if raw is None:
        raise Refused(
            f"entry {index}: {'it was revealed already' if shown else f'its text is not in {private}'}"
        )
    open_object(entry.digest, raw)
    write_file(path, raw, log.store.tmp)
    with nullcontext() if shown else _gone_unless_named(path):
        at = log.append([Reveal(log.now(), index, ObjectRef(entry.digest, len(raw), media)).raw])[0]
    with suppress(OSError):  # it is public by now
        remove(private.path / entry.digest)
    return at


def withdraw(log: Log, name: str, reason: str) -> int:
    """Withdraw an object: an entry says why, and then the object vanishes; returns the index of the entry.

    One that a commitment keeps back can be withdrawn, too: it is never shown then. Raises Refused where there
    is no object of that name.
    """
    if not any(
        path.exists() for path in (log.store.public / object_path(name), log.store.folder / "private" / name)
    ):
        raise Refused(f"object {name}: there is none of that name")
    return log.append([Withdrawal(log.now(), name, reason).raw])[0]


@contextmanager
def _gone_unless_named(path: Path) -> Iterator[None]:
    """Remove a text again where the entry that was to name it did not get into the log."""
    try:
        yield
    except (NotWritten, Refused):
        with suppress(OSError):
            remove(path)
        raise
