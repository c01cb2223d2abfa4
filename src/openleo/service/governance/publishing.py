"""What goes into the log: changes with their rules beside them, requests, and what follows them."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from openleo.errors import InputError
from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.client import RemoteLog
from openleo.ledger.disk import remove, write_file
from openleo.ledger.entries import Commitment, read_entry, time_of
from openleo.ledger.errors import LedgerError, NotWritten, Refused
from openleo.ledger.log import Log
from openleo.ledger.note import LARGEST_NOTE
from openleo.ledger.objects import LARGEST_OBJECT, ObjectRef, object_path, open_object
from openleo.ledger.source import Folder, Web
from openleo.service.governance.asked import Request
from openleo.service.governance.changes import Record, check
from openleo.service.governance.draft import Draft
from openleo.service.governance.entries import Act
from openleo.service.governance.seen import seen

Target = Log | RemoteLog
"""A log that is open to be written to, here or where it is served."""

SEALED: Final = "application/json"
"""Media type of the whole of a sealed request: its members, and the words beside them."""


def publish(target: Target, draft: Draft, record: Record, now: int) -> int:
    """Put a change into the log, with its rules beside it; returns the index of its entry.

    record: what the log says up to now. now: POSIX seconds. Raises InputError with every reason for which the
    change would not count; then nothing was written. Raises what `Log.append` raises.
    """
    problems = check(draft.change, record, draft.pack, now)
    if problems:
        raise InputError("; ".join(problems))
    name = draft.change.rules.object
    if isinstance(target, RemoteLog):
        target.put_sealed(name, draft.sealed)
        return append(target, draft.change)
    path = target.store.public / object_path(name)
    there = path.exists()
    write_file(path, draft.sealed, target.store.tmp)
    with _gone_unless_written(path, there):
        return append(target, draft.change)


def append(target: Target, act: Act) -> int:
    """Append an entry of governance, and the checkpoint that covered it first; returns the entry's index.

    The second is for those who read the log later: it keeps when witnesses saw the entry. Where it cannot be
    written the entry stands nevertheless. Raises what `Log.append` raises.
    """
    index = target.append([act.raw])[0]
    _keep_seen(target)
    return index


def _keep_seen(target: Target) -> None:
    with suppress(LedgerError):
        note = _checkpoint(target)
        if note is not None:
            target.append([seen(note, time_of(time.time()))])


def _checkpoint(target: Target) -> bytes | None:
    if isinstance(target, Log):
        return target.checkpoint
    with closing(Web(target.url)) as web:
        return web.read("checkpoint", LARGEST_NOTE)


def request(target: Target, made: Request, text: bytes | None) -> int:
    """Enter a request, with its text, if there is one, beside it; returns its index, raises as `append`."""
    if text is None:
        return append(target, made)
    if isinstance(target, RemoteLog):
        return append(target, replace(made, text=target.put(text, acts.PLAIN)))
    ref = acts.put(target, text)
    with _gone_unless_written(target.store.public / object_path(ref.object), False):
        return append(target, replace(made, text=ref))


@contextmanager
def _gone_unless_written(path: Path, there: bool) -> Iterator[None]:
    """Remove an object again where the entry that was to name it did not get into the log."""
    try:
        yield
    except (NotWritten, Refused):
        if not there:
            with suppress(OSError):
                remove(path)
        raise


def seal_request(log: Log, request: Request, words: str, reveal_by: str, about: str) -> int:
    """Commit to a whole request, which stays private until its date; returns the index of the commitment.

    words: what was said, beside the members of the request. reveal_by: a time. about: public words that say
    nothing of it. Raises Refused where the date is past.
    """
    members = {**json.loads(request.raw), "words": words}
    index = acts.commit(log, canonical(members), reveal_by, about)
    _keep_seen(log)
    return index


def reveal_request(log: Log, index: int) -> int:
    """Show a sealed request: its whole text beside the log, and its entry; returns the index of that entry.

    Raises InputError where the entry of that index is no commitment to a request, or its text is not here.
    """
    entry = read_entry(log.tree().entry(index))
    if not isinstance(entry, Commitment):
        raise InputError(f"entry {index}: a {entry.type}; the commitment to a request is allowed")
    raw = Folder(log.store.folder / "private").read(entry.digest, LARGEST_OBJECT)
    shown = Folder(log.store.public).read(object_path(entry.digest), LARGEST_OBJECT)
    whole = raw or shown
    if whole is None:
        raise InputError(f"entry {index}: what it commits to is not in {log.store.folder}")
    request = _opened(entry.digest, whole, index, log.now())
    if shown is None or raw is not None:  # a program that died in between has shown it already
        acts.reveal(log, index, SEALED)
    return append(log, request)


def _opened(name: str, whole: bytes, index: int, now: str) -> Request:
    """The entry of a sealed request, as its text has it, with the time of now."""
    try:
        members: Mapping[str, Any] = json.loads(open_object(name, whole))
        given = {each: value for each, value in members.items() if each not in ("type", "version", "words")}
        given |= {
            "time": now, "regions": tuple(given["regions"]), "commitment": index,
            "text": ObjectRef(name, len(whole), SEALED),
        }  # fmt: skip
        return Request(**given)
    except (ValueError, TypeError, KeyError, AttributeError, LedgerError) as error:
        raise InputError(f"entry {index}: what it commits to is no request: {error}") from error
