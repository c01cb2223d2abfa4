"""One region as a time line: what rules said of it from when until when, and what happened about it.

From a log, what each rule set said while it held, with all that `openleo history` tells; from a rule file
alone, the times that the region itself states.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, Literal

from openleo.ledger.entries import seconds_of
from openleo.service.governance.differences import words_of
from openleo.service.governance.record import FOREVER_S, Asked
from openleo.service.governance.regional import Concern, Ground, Saying
from openleo.service.governance.telling.asked import answer_line, request_lines
from openleo.service.governance.telling.change import approval_lines
from openleo.service.governance.telling.region import concern_line, saying_lines
from openleo.service.governance.telling.state import (
    change_title,
    grounds_lines,
    state_line,
    withdrawn_line,
)
from openleo.service.governance.telling.words import said_by
from openleo.service.reasons import Language
from openleo.service.rulefile import BEGINNING, END, Region

MOST: Final = 1000
"""Spans, and events, that are told: the newest of them."""

What = Literal[
    "request", "contact", "answer", "change", "emergency", "approval", "no approval", "stage", "withdrawal",
    "grounds",
]  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """Another region over the same place, or a part of it, and what it said; None: nothing."""

    name: str
    licence: str | None
    service: str | None


@dataclass(frozen=True)
class Span:
    """What the rules said of a region from a time until another; None for no limit that is known.

    said_of: whether they said anything of it by this name, and it had begun. hours: daily (UTC), within which
    alone it holds. beside: other regions over the same place; None where nobody knows which. entry, change:
    by which it held, None for a rule file. emergency: whether that ends by itself. stage: its number, from 1,
    while it held for some alone. pending: whether it is still to come. said: all of it in sentences.
    """

    begins: datetime | None
    until: datetime | None
    said_of: bool
    licence: str | None
    service: str | None
    sales: str | None
    hours: tuple[str, ...]
    decision: str | None
    beside: tuple[Beside, ...] | None
    entry: int | None
    change: str | None
    emergency: bool
    stage: int | None
    pending: bool
    said: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened about a region, and the entry of the log that says so.

    state: of a change, what has become of it. who: who did it, as the entry has the name.
    """

    at: datetime
    what: What
    entry: int
    who: str | None
    state: str | None
    said: tuple[str, ...]


@dataclass(frozen=True)
class TimeLine:
    """Spans in their order, and events in theirs; left_out: how many older ones of both are not told."""

    spans: tuple[Span, ...]
    events: tuple[Event, ...]
    left_out: int


def line_of_file(region: Region, now_s: float, language: Language = "en") -> TimeLine:
    """The time line of a region of a rule file, which knows no other times than those that it states."""
    words = (said_by(words_of(region, language)),)
    spans = [
        _span(region if inside else None, begins, until, now_s, words if inside else ())
        for begins, until, inside in _cut(region, None, None)
    ]
    return TimeLine(tuple(spans), (), 0)


def line_of_log(ground: Ground, now_s: float, language: Language = "en") -> TimeLine:
    """The time line of a region by a log. ground: where the region is. now_s: POSIX seconds."""
    record, name = ground.record, ground.name
    spans = [span for each in ground.sayings() for span in _spans(each, now_s, language)]
    events = [event for each in ground.concerns() for event in _of_change(each, ground, now_s, language)]
    for asked in record.requests:
        regions = asked.request.regions
        if not regions or name in regions or any(ground.meets(each) == "yes" for each in regions):
            events += _of_request(asked, language)
    events.sort(key=lambda event: (event.at, event.entry))
    left_out = max(0, len(spans) - MOST) + max(0, len(events) - MOST)
    return TimeLine(tuple(spans[-MOST:]), tuple(events[-MOST:]), left_out)


def _cut(
    region: Region | None, first: datetime | None, last: datetime | None
) -> Iterator[tuple[datetime | None, datetime | None, bool]]:
    """A span of time cut where a region begins or ends: from, until, and whether it is within."""
    if region is None:
        yield first, last, False
        return
    begins = region.begins.astimezone(UTC) if region.begins.tzinfo else region.begins.replace(tzinfo=UTC)
    ends = region.ends.astimezone(UTC) if region.ends.tzinfo else region.ends.replace(tzinfo=UTC)
    low, high = first or BEGINNING, last or END
    points = sorted({low, high, *(each for each in (begins, ends) if low < each < high)})
    for a, b in pairwise(points):
        yield (a if a != BEGINNING else None), (b if b != END else None), begins <= a < ends


def _span(
    region: Region | None, begins: datetime | None, until: datetime | None, now_s: float,
    said: Sequence[str], saying: Saying | None = None,
) -> Span:  # fmt: skip
    """A span; region: None where nothing is said of it then."""
    held = saying.held if saying is not None else None
    others = saying.beside if saying is not None else None
    return Span(
        begins, until, region is not None,
        region.licence or None if region else None, region.service or None if region else None,
        region.sales or None if region else None, region.hours if region else (),
        region.decision if region else None,
        None if others is None else tuple(
            Beside(each.name, each.licence or None, each.service or None) for each in others
        ),
        held.index if held else None, held.change.hash if held else None,
        held is not None and held.change.kind == "emergency",
        held.stage + 1 if held is not None and held.stage >= 0 else None,
        begins is not None and begins.timestamp() > now_s, tuple(said),
    )  # fmt: skip


def _spans(saying: Saying, now_s: float, language: Language) -> Iterator[Span]:
    """What a rule set said while it held, cut where the region itself begins or ends."""
    held, lines = saying.held, [line.strip() for line in saying_lines(saying, language)]
    last = None if held.until_s >= FOREVER_S else _time(held.until_s)
    for begins, until, inside in _cut(saying.region, _time(held.from_s), last):
        yield _span(saying.region if inside else None, begins, until, now_s, lines, saying)


def _of_change(concern: Concern, ground: Ground, now_s: float, language: Language) -> Iterator[Event]:
    """What happened with a change: it was published, approved, taken back, let go on."""
    placed, record = concern.placed, ground.record
    change, index = placed.change, placed.index
    what: What = "emergency" if change.kind == "emergency" else "change"
    lines = [
        change_title(change, index, language),
        concern_line(concern, ground.name, language),
        *grounds_lines(change, language),
        state_line(placed, record, now_s, language),
    ]
    seen = _time(placed.cosigned_s)
    yield Event(seen, what, index, change.requester or None, placed.state_at(now_s), tuple(lines))
    for each in placed.signed:
        counted: What = "no approval" if each.why_not else "approval"
        said = approval_lines(change, [each], language)
        at = _time(min(seconds_of(each.approval.time), placed.cosigned_s))
        yield Event(at, counted, index, each.approval.name, None, tuple(said))
    for at_index, given in placed.grounds:
        said = grounds_lines(given, language, at_index)
        yield Event(_time(seconds_of(given.time)), "grounds", at_index, None, None, tuple(said))
    for opened in placed.opened:
        line = f"{opened.by}: {opened.stage + 1} / {len(change.stages)}"
        yield Event(_time(opened.from_s), "stage", opened.index, opened.by or None, None, (line,))
    if placed.withdrawal is not None:
        line = withdrawn_line(placed.withdrawal, placed.withdrawn, language)
        at = _time(seconds_of(placed.withdrawal.time))
        yield Event(at, "withdrawal", placed.withdrawn, placed.withdrawal.by, None, (line,))


def _of_request(asked: Asked, language: Language) -> Iterator[Event]:
    """A request or a contact, and its answers."""
    request = asked.request
    lines = request_lines(request, asked.index, language)
    at = _time(seconds_of(request.asked_at))
    yield Event(at, request.kind, asked.index, request.who, None, tuple(line.strip() for line in lines))
    for index, answer in asked.answers:
        said = answer_line(answer, index, language)
        by = ", ".join(answer.by) or None
        yield Event(_time(seconds_of(answer.time)), "answer", index, by, answer.answer, (said,))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
