"""The root of each day and its figures go into the log, once, signed by the recorder if there is one."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.client import RemoteLog
from openleo.ledger.entries import ObjectRef, Text, time_of
from openleo.ledger.errors import LedgerError, Malformed, Missing, NotWritten, Refused, Unavailable
from openleo.ledger.log import Log
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.source import Folder, Web
from openleo.ledger.tiles import Tree
from openleo.service.figures import ELSEWHERE, Published
from openleo.service.governance.digests import date_of
from openleo.service.governance.entries import Day, read, signed
from openleo.service.governance.publishing import see
from openleo.service.governance.recorder import is_of
from openleo.service.governance.signing import public_of
from openleo.service.store import digesting
from openleo.service.store.digesting import Digest

if TYPE_CHECKING:
    from openleo.service.store import Store

LEASE_US: Final = 1_800_000_000
"""So long after a day was handed to the log, and nobody knows what came of it, no server does so again."""

_AT_ONCE: Final = 32
"""Days that are handed over together: 2 MiB at most."""
_LARGEST_HEALTH: Final = 1 << 16

_log = logging.getLogger("openleo.duties")


@dataclass(frozen=True)
class Closing:
    """Where the roots of days go, and the recorder's private key (32 bytes) that signs them; None without."""

    log: Log | RemoteLog
    seed: bytes | None = None


def publish_days(
    store: "Store", figures: Published, log: Log | RemoteLog, now_us: int, *, seed: bytes | None = None,
    recorder: str = "",
) -> dict[int, int]:  # fmt: skip
    """Append the roots that stand in no entry yet, each with the figures of its day.

    The log is looked through for each day first, so that a day stands there once, whatever was cut off
    before; behind it an entry keeps the checkpoint, which says when witnesses saw it. seed: the private key
    (32 bytes) that signs them; what others signed, or nobody, is passed over then. recorder: the public key
    that the rules name, "" for none.
    Returns the index of each day's entry that this call found or made. Raises Refused where the rules name
    another key, and what `Log.append` raises: what is not in the log then is handed over another time.
    """
    key = public_of(seed) if seed is not None else ""
    if recorder and key != recorder:
        raise Refused(
            f"the rules name the recorder {recorder[:16]}..., whose signature the roots of days need; "
            f"{f'the key of {key[:16]}... is given' if key else 'no key is given'}"
        )
    with _source(log) as source:
        checkpoint = _checkpoint(source)
        waiting = digesting.pending(store, checkpoint.origin)
        if not waiting:
            return {}
        if any(each.handed_us for each in waiting) or isinstance(log, Log):
            _settle(log, source)
            checkpoint = _checkpoint(source)
        found = _look(store, source, checkpoint, {each.day: each for each in waiting}, key)
        digesting.entered(store, checkpoint.origin, found, checkpoint.size)
        left = [each for each in waiting if each.day not in found]
        for start in range(0, len(left), _AT_ONCE):
            some = {each.day: each for each in left[start : start + _AT_ONCE]}
            mine = digesting.claim(store, list(some), now_us, LEASE_US)
            if mine:
                by = (checkpoint.origin, time_of(now_us / 1e6), seed)
                made = _append(store, figures, log, [some[day] for day in mine], by)
                digesting.entered(store, checkpoint.origin, made, checkpoint.size)
                found |= made
    if found:
        try:
            see(log)
        except LedgerError as error:  # any later entry that keeps a checkpoint does it as well
            _log.warning("roots of days are in the log, which does not show yet who saw them: %s", error)
    return found


By = tuple[str, str, bytes | None]
"""The origin of the log, the time now, and the private key that signs, if any."""


def _append(
    store: "Store", figures: Published, log: Log | RemoteLog, days: list[Digest], by: By
) -> dict[int, int]:
    entries: list[bytes] = []
    places = {}
    try:
        for each in days:
            entries += _entries(each, figures, log, by)
            places[each.day] = len(entries) - 1
        first = log.append(entries)[0]
    except (NotWritten, Refused):
        digesting.release(store, [each.day for each in days])
        raise
    return {day: first + place for day, place in places.items()}


def _entries(digest: Digest, figures: Published, log: Log | RemoteLog, by: By) -> list[bytes]:
    """The entry of a day; where there are more figures than it holds, a note with them before it."""
    day = date_of(digest.day)
    counts = _counts(figures, digest.day)
    origin, time, seed = by

    def entry(figures: dict[str, dict[str, int]]) -> bytes:
        made = Day(origin, time, str(day), digest.root.hex(), digest.count, figures, None)
        return (signed(made, seed) if seed is not None else made).raw

    try:
        return [entry(counts)]
    except Refused:  # too long
        put = _put(log, canonical(counts))
        title = f"Figures of the decisions of {day}, by region"
        return [Text(time, title, put).raw, entry({})]


def _counts(figures: Published, day: int) -> dict[str, dict[str, int]]:
    """How many terminals got each outcome, or were refused for each reason, by region; none under ten."""
    found = {}
    for each in figures.between(date_of(day), date_of(day)):
        outcomes = {
            "serve": each.served, "limited": each.limited, "walled": each.walled, "emergency": each.emergency,
        }  # fmt: skip
        counts = {word: n for word, n in outcomes.items() if n is not None} | each.refused
        if counts:
            found["" if each.region == ELSEWHERE else each.region] = counts
    return found


def _put(log: Log | RemoteLog, content: bytes) -> ObjectRef:
    if isinstance(log, Log):
        return acts.put(log, content, "application/json")
    return log.put(content, "application/json")


@contextmanager
def _source(log: Log | RemoteLog) -> Iterator[Folder | Web]:
    if isinstance(log, Log):
        yield Folder(log.store.public)
        return
    with closing(Web(log.url)) as web:
        yield web


def _checkpoint(source: Folder | Web) -> Checkpoint:
    raw = source.read("checkpoint", LARGEST_NOTE)
    if raw is None:
        raise Missing(f"{source}: there is no checkpoint")
    return Checkpoint.parse(Note.parse(raw).text)


def _settle(log: Log | RemoteLog, source: Folder | Web) -> None:
    """See that what was handed over before can be read: else a day in it would be handed over again."""
    if isinstance(log, Log):
        log.wait()
        return
    assert isinstance(source, Web)
    status, raw, _ = source.ask("GET", "healthz", None, _LARGEST_HEALTH)
    try:
        health: Any = json.loads(raw)
        behind = health["size"] != health["published"] or health["waiting"]
    except (ValueError, KeyError, TypeError):
        raise Unavailable(f"{source}/healthz: it does not say what is published (status {status})") from None
    if behind:
        raise Unavailable(f"{source}: it has not published all of it yet: the day is left for another time")


def _look(
    store: "Store", source: Folder | Web, checkpoint: Checkpoint, waiting: dict[int, Digest], key: str
) -> dict[int, int]:
    """The entries of these days among those that were not looked at yet; signed by a key, if one is given."""
    start = digesting.looked(store, checkpoint.origin)
    start = start if start <= checkpoint.size else 0
    days = {str(date_of(day)): each for day, each in waiting.items()}
    found: dict[int, int] = {}
    for index, raw in enumerate(Tree(source, checkpoint.size).entries(start), start):
        if Day.type.encode() not in raw:
            continue
        try:
            act = read(raw)
        except Malformed:
            continue  # of a later version; an audit says so
        if isinstance(act, Day) and act.day in days and act.log == checkpoint.origin:
            if key and not is_of(key, act):
                continue
            digest = days[act.day]
            found.setdefault(digest.day, index)
            if act.root != digest.root.hex():
                _log.error(
                    "entry %s of %s has another root of %s than this store: the store was put back from a "
                    "backup, or another one uses this log; no receipts of that day", index, source, act.day
                )  # fmt: skip
    return found
