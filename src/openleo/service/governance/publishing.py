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
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.client import RemoteLog
from openleo.ledger.disk import remove, write_file
from openleo.ledger.entries import Commitment, read_entry, time_of
from openleo.ledger.errors import LedgerError, Malformed, Missing, NotWritten, Refused, Unavailable
from openleo.ledger.log import Log
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.objects import LARGEST_OBJECT, ObjectRef, object_path, open_object
from openleo.ledger.source import Folder, Web
from openleo.ledger.tiles import Tree
from openleo.service.governance.asked import Contract, Request
from openleo.service.governance.changes import Record, check
from openleo.service.governance.draft import Draft
from openleo.service.governance.entries import Act, Change, read
from openleo.service.governance.seen import seen

Target = Log | RemoteLog
"""A log that is open to be written to, here or where it is served."""

SEALED: Final = "application/json"
"""Media type of the whole of a sealed request: its members, and the words beside them."""


def publish(target: Target, draft: Draft, record: Record, now: int) -> int:
    """Put a change into the log, with its rules beside it; returns the index of its entry.

    record: what the log says up to now. now: POSIX seconds. Raises InputError with every reason for which the
    change would not count; then nothing was written. Raises as `append` does.
    """
    problems = check(draft.change, record, draft.pack, now) or _there(target, draft.change, record.size)
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


def _there(target: Target, change: Change, since: int) -> list[str]:
    """That a change stands behind the entries that were read, as one does whose writer died: by its hash."""
    for index, act in behind(target, since):
        if isinstance(act, Change) and act.hash == change.hash:
            return [f"entry {index} has it already"]
    return []


def behind(target: Target, since: int) -> list[tuple[int, Act]]:
    """The entries of ours behind the first `since`, with their indices: what a writer who died left, too.

    Raises NotWritten where the log has entries that it has not published, for any may be among them.
    """
    try:
        if isinstance(target, Log):
            target.wait()
            return _acts(target.tree(), since)
        with closing(Web(target.url)) as web:
            raw = web.read("healthz", LARGEST_NOTE)
            health = json.loads(raw) if raw else {}
            if health.get("size") != health.get("published"):
                raise Unavailable(f"{target.url}: size {health['size']} is not published yet")
            return _acts(Tree(web, health.get("published", 0)), since)
    except NotWritten:
        raise
    except (Unavailable, ValueError) as error:
        raise NotWritten(f"{error}; what is in it shows then: nothing was written") from error


def _acts(tree: Tree, since: int) -> list[tuple[int, Act]]:
    found = []
    for index, raw in enumerate(tree.entries(since) if since < tree.size else (), since):
        with suppress(Malformed):
            act = read(raw)
            if act is not None:
                found.append((index, act))
    return found


class NotSeen(Unavailable):
    """Something stands in the log, or may, and does not count yet: none behind it says who saw it when."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what}, not seen by witnesses yet as far as the log says: it does not count before an entry "
            f"behind it keeps their signatures. Any later entry brings that, or: openleo rules seen ({why})"
        )


def append(target: Target, act: Act) -> int:
    """Append an entry of governance, and the checkpoint that covered it first; returns the entry's index.

    The second says in the log itself when witnesses saw the first, which does not count without it. Raises
    NotSeen where it stands alone, or may; NotWritten where it does not stand; and what else `Log.append`
    raises.
    """
    try:
        index = target.append([act.raw])[0]
    except NotWritten:
        raise
    except Unavailable as error:  # written, or perhaps, and not published
        raise NotSeen("The entry may stand in the log", str(error)) from error
    _keep_seen(target, index)
    return index


def see(target: Target) -> int:
    """Append the published checkpoint alone, with its witnesses' signatures; returns the index of that entry.

    Whatever it covers is seen then. It may have been signed too long ago to say that (`seen.KEPT_S`): so the
    one that covers this entry, which is new, follows at once. Raises what `Log.append` raises, and Missing
    where nothing is published.
    """
    _keep(target)
    return _keep(target)


def _keep(target: Target) -> int:
    note = _checkpoint(target)
    if not note:
        raise Missing("the log has published nothing yet")
    now = target.now() if isinstance(target, Log) else time_of(time.time())
    return target.append([seen(note, now)])[0]


def _keep_seen(target: Target, index: int) -> None:
    what = f"Entry {index} stands in the log"
    try:
        shown = Checkpoint.parse(Note.parse(_checkpoint(target) or b"").text).size
        if shown <= index:  # something between us and the log keeps old answers
            raise Unavailable(f"the checkpoint that is shown is of size {shown}")
        _keep(target)
    except LedgerError as error:
        raise NotSeen(what, str(error)) from error


def _checkpoint(target: Target) -> bytes | None:
    if isinstance(target, Log):
        return target.checkpoint
    with closing(Web(target.url)) as web:
        return web.read("checkpoint", LARGEST_NOTE)


def request(target: Target, made: Request, text: bytes | None) -> int:
    """Enter a request, with its text, if there is one, beside it; returns its index, raises as `append`."""
    return _with_text(target, made, text)


def contract(target: Target, made: Contract, text: bytes | None, reveal_by: str = "") -> tuple[int, int]:
    """Enter a contract, with its text, if there is one, beside it.

    reveal_by: a time until which the text is kept back, and a commitment to it stands in the log; "" to show
    it now. Returns the index of the entry, and that of the commitment, -1 without one. Raises as `append`
    does, and Refused where the time is past, or the log is elsewhere: what is kept back stays in its folder.
    """
    if text is None or not reveal_by:
        return _with_text(target, made, text), -1
    if isinstance(target, RemoteLog):
        raise Refused("reveal_by: what is kept back stays in the folder of the log, and that is elsewhere")
    commitment = acts.commit(target, text, reveal_by, made.about)
    return append(target, replace(made, commitment=commitment)), commitment


def _with_text(target: Target, made: Request | Contract, text: bytes | None) -> int:
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
    _keep_seen(log, index)
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
