"""The root of each day and its figures go into the log, once."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.client import RemoteLog
from openleo.ledger.entries import ObjectRef, Text, time_of
from openleo.ledger.errors import Malformed, Missing, NotWritten, Refused, Unavailable
from openleo.ledger.log import Log
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.source import Folder, Web
from openleo.ledger.tiles import Tree
from openleo.service.figures import ELSEWHERE, Published
from openleo.service.governance.digests import date_of
from openleo.service.governance.entries import Day, read
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


def publish_days(store: "Store", figures: Published, log: Log | RemoteLog, now_us: int) -> dict[int, int]:
    """Append the roots that stand in no entry yet, each with the figures of its day.

    The log is looked through for each day first, so that a day stands there once, whatever was cut off
    before. Returns the index of each day's entry that this call found or made.
    Raises what `Log.append` raises: what is not in the log then is handed over another time.
    """
    with _source(log) as source:
        checkpoint = _checkpoint(source)
        waiting = digesting.pending(store, checkpoint.origin)
        if not waiting:
            return {}
        if any(each.handed_us for each in waiting) or isinstance(log, Log):
            _settle(log, source)
            checkpoint = _checkpoint(source)
        found = _look(store, source, checkpoint, {each.day: each for each in waiting})
        digesting.entered(store, checkpoint.origin, found, checkpoint.size)
        left = [each for each in waiting if each.day not in found]
        for start in range(0, len(left), _AT_ONCE):
            some = {each.day: each for each in left[start : start + _AT_ONCE]}
            mine = digesting.claim(store, list(some), now_us, LEASE_US)
            if mine:
                made = _append(store, figures, log, [some[day] for day in mine], now_us)
                digesting.entered(store, checkpoint.origin, made, checkpoint.size)
                found |= made
        return found


def _append(
    store: "Store", figures: Published, log: Log | RemoteLog, days: list[Digest], now_us: int
) -> dict[int, int]:
    entries: list[bytes] = []
    places = {}
    try:
        for each in days:
            entries += _entries(each, figures, log, time_of(now_us / 1e6))
            places[each.day] = len(entries) - 1
        first = log.append(entries)[0]
    except (NotWritten, Refused):
        digesting.release(store, [each.day for each in days])
        raise
    return {day: first + place for day, place in places.items()}


def _entries(digest: Digest, figures: Published, log: Log | RemoteLog, time: str) -> list[bytes]:
    """The entry of a day; where there are more figures than it holds, a note with them before it."""
    day = date_of(digest.day)
    counts = _counts(figures, digest.day)
    said = (time, str(day), digest.root.hex(), digest.count)
    try:
        return [Day(*said, counts).raw]
    except Refused:  # too long
        put = _put(log, canonical(counts))
        title = f"Figures of the decisions of {day}, by region"
        return [Text(time, title, put).raw, Day(*said, {}).raw]


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
    store: "Store", source: Folder | Web, checkpoint: Checkpoint, waiting: dict[int, Digest]
) -> dict[int, int]:
    """The entries of these days among those that were not looked at yet."""
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
        if isinstance(act, Day) and act.day in days:
            digest = days[act.day]
            found.setdefault(digest.day, index)
            if act.root != digest.root.hex():
                _log.error(
                    "entry %s of %s has another root of %s than this store: the store was put back from a "
                    "backup, or another one uses this log; no receipts of that day", index, source, act.day
                )  # fmt: skip
    return found
