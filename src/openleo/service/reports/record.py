"""What a log says of a claim: an entry fits, an entry says otherwise, or no entry.

It is careful: that an entry fits proves no report, and `none` neither confirms nor refutes one. Nothing is said
of a place that is no region of the log by its name, whatever lies near it. Days are those of UTC. An interval
without a beginning reaches back before the log, one without an end up to now. Who did it is not compared, for
reports and logs word that differently: the sentence of the entry says who.

| kind | act | an entry fits | an entry says otherwise |
|---|---|---|---|
| asked | off, kept off, never on; on; limited; other | a request that names the region, asked for off; on; lower; raise, made within the interval | never |
| contact | any | a request or a contact that names the region, made within it | never |
| paid | any | a contract or a sponsor's agreement that names the region and is good within it, or was entered within it where it states no time | never |
| decided | off | off from a time within it on, that being new | not off all the time, or off before it and all the time |
| decided | on | served, with limits or without, from a time within it on, that being new | off all the time, or served before it and all the time |
| used, sold | off; on | off; served, at any time within it | at no time within it |
| decided, used, sold | kept off | off at any time within it | at no time within it |
| decided, used, sold | never on | off all the time from the beginning of the log to its end | served at any time before its end |
| decided, used, sold | limited | served with limits at any time within it | at no time within it |
| any but asked, contact, paid | other | never | never |

Off is also where no licence holds; limited, where service is for emergencies or for terminals on a list, or rules
bound speed, height, distance, rate, motion, usage, hours, landing or countries of sale, or prohibit a use. For
`sold` it is what rules say of sales: not offered, available, or between. An entry says otherwise only where the
log knows all of the interval, and all regions over the same place; an entry fits also where it holds for a part
of the place (`standing`).
"""  # noqa: E501 - a table

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from openleo.ledger.entries import seconds_of, time_of
from openleo.service.governance.asked import Contract
from openleo.service.governance.record import Record
from openleo.service.governance.regional import Ground, regions_of
from openleo.service.governance.telling.asked import asked_lines, contract_lines
from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.claims import Act, ClaimKind
from openleo.service.reports.comparison import Entry, Held, Verdict
from openleo.service.reports.document import Interval
from openleo.service.reports.standing import LIMITED, OFF, ON, About, Levels, Stretch, standing
from openleo.service.reports.stated import since

SENTENCES: Final[dict[Verdict, tuple[str, str]]] = {
    "fits": ("An entry fits", "Une entrée concorde"),
    "otherwise": ("An entry says otherwise", "Une entrée dit autre chose"),
    "none": (
        "No entry in this log. Talks outside it leave no trace here: this neither confirms nor refutes the "
        "report.",
        "Aucune entrée dans ce journal. Les échanges qui ont lieu en dehors n'y laissent pas de trace : cela "
        "ne confirme ni ne réfute l'article.",
    ),
    "not asked": ("No log was asked.", "Aucun journal n’a été consulté."),
}
"""What is told of a verdict, in English and French."""

_ASKS: Final[dict[Act, str]] = {
    "off": "off", "kept off": "off", "never on": "off", "on": "on", "limited": "lower", "other": "raise",
}  # fmt: skip
_LEVELS: Final[dict[Act, Levels]] = {
    "off": frozenset((OFF,)), "kept off": frozenset((OFF,)), "on": frozenset((LIMITED, ON)),
    "limited": frozenset((LIMITED,)),
}  # fmt: skip


def held(verdict: Verdict, entries: Sequence[Entry] = (), language: Language = "en") -> Held:
    """A verdict with its sentence."""
    return Held(verdict, SENTENCES[verdict][language == "fr"], tuple(entries))


@dataclass(frozen=True)
class _Span:
    """From a time until another, POSIX seconds, the second not included."""

    from_s: float
    until_s: float

    def has(self, seconds: float) -> bool:
        return self.from_s <= seconds < self.until_s


class Recorded:
    """What one log says of claims; each region is laid out once."""

    def __init__(self, record: Record, now_s: float, language: Language = "en") -> None:
        """record: of the log, whole. now_s: POSIX seconds."""
        self.record, self._now_s, self._language = record, now_s, language
        named = [*regions_of(record), *(name for _, each in record.contracts for name in each.regions)]
        self._names: dict[str, set[str]] = {}  # folded, for a claim may have other capitals
        for name in named:
            self._names.setdefault(name.casefold(), set()).add(name)
        self._stood: dict[tuple[str, About], list[Stretch]] = {}

    def says(self, kind: ClaimKind, act: Act, where: str, when: Interval) -> Held:
        """What the log says of a claim. where: a region by its name; no other place is known to it."""
        names = self._names.get(where.strip().casefold(), set())
        within = self._within(when)
        if not names or within.from_s >= within.until_s:
            return held("none", (), self._language)
        if kind in ("asked", "contact"):
            asks = "" if kind == "contact" else _ASKS[act]
            return self._found(list(self._requests(names, asks, within)))
        if kind == "paid":
            return self._found(list(self._contracts(names, within)))
        about: About = "sales" if kind == "sold" else "service"
        stretches = [each for name in sorted(names) for each in self._stretches(name, about)]
        if len(names) > 1 or not stretches:  # names that differ in the case of their letters are two regions
            return held("none", (), self._language)
        fits, against = _judged(kind, act, stretches, within)
        verdict: Verdict = "fits" if fits else "otherwise" if against else "none"
        return held(verdict, [self._entry(each) for each in fits or against], self._language)

    def _within(self, when: Interval) -> _Span:
        """An interval in seconds, up to now."""
        first, last = -math.inf, math.inf
        if when.first is not None:
            first = datetime(when.first.year, when.first.month, when.first.day, tzinfo=UTC).timestamp()
        if when.last is not None:
            last = datetime(when.last.year, when.last.month, when.last.day, tzinfo=UTC).timestamp()
            last += timedelta(days=1).total_seconds()
        return _Span(first, min(last, self._now_s))

    def _found(self, entries: list[Entry]) -> Held:
        return held("fits" if entries else "none", entries, self._language)

    def _requests(self, names: set[str], asks: str, within: _Span) -> Iterator[Entry]:
        for each in self.record.requests:
            request = each.request
            if (
                names & set(request.regions)
                and asks in ("", request.asks)
                and within.has(seconds_of(request.asked_at))
            ):
                said = " ".join(asked_lines(each, self._language))
                yield Entry(each.index, request.asked_at, said)

    def _contracts(self, names: set[str], within: _Span) -> Iterator[Entry]:
        for index, each in self.record.contracts:
            if names & set(each.regions) and _is_good(each, within):
                yield Entry(
                    index, each.begins or each.time,
                    " ".join(contract_lines(each, index, None, self._language)),
                )  # fmt: skip

    def _stretches(self, name: str, about: About) -> list[Stretch]:
        if (name, about) not in self._stood:
            ground = Ground(self.record, name)
            self._stood[name, about] = (
                standing(ground, self._now_s, about, self._language) if ground.known else []
            )
        return self._stood[name, about]

    def _entry(self, stretch: Stretch) -> Entry:
        index, span = stretch.held.index, since(stretch.from_s, stretch.until_s, self._language)
        head = pick(
            self._language,
            f"Entry {index}: {span} the rules say of",
            f"Entrée {index} : {span}, les règles disent de",
        )
        return Entry(index, time_of(stretch.from_s), " ".join((head, *stretch.said)))


def _is_good(contract: Contract, within: _Span) -> bool:
    if not contract.begins and not contract.ends:
        return within.has(seconds_of(contract.time))
    begins = seconds_of(contract.begins) if contract.begins else -math.inf
    ends = seconds_of(contract.ends) if contract.ends else math.inf
    return begins < within.until_s and ends > within.from_s


Judged = tuple[list[Stretch], list[Stretch]]
"""The stretches that fit, and those that say otherwise."""


def _judged(kind: ClaimKind, act: Act, stretches: list[Stretch], within: _Span) -> Judged:
    """By the table above. stretches: of the region, up to now, in order."""
    if act == "other":
        return [], []
    if act == "never on":
        return _never(stretches, within)
    inside = [each for each in stretches if each.from_s < within.until_s and each.until_s > within.from_s]
    known = bool(inside) and within.from_s >= stretches[0].from_s and all(each.sure for each in inside)
    levels = _LEVELS[act]
    never = inside if known and not any(each.levels & levels for each in inside) else []
    if kind == "decided" and act in ("off", "on"):
        turned = [
            each
            for before, each in zip([None, *stretches], stretches, strict=False)
            if within.has(each.from_s) and _turned(before, each, levels)
        ]
        always = inside if known and all(each.levels <= levels for each in inside) else []
        return turned, never or always
    return [each for each in inside if each.levels & levels], never


def _turned(before: Stretch | None, after: Stretch, levels: Levels) -> bool:
    """Whether a region came to these levels, wholly or in a part that was not at them before."""
    if not after.levels & levels:
        return False
    if before is None or not before.levels & levels:
        return True
    return bool(before.levels - levels) and after.levels <= levels


def _never(stretches: list[Stretch], within: _Span) -> Judged:
    """Off from the beginning of the log on; else the first time that it was served."""
    until = [each for each in stretches if each.from_s < within.until_s]
    off = frozenset((OFF,))
    if until and all(each.sure and each.levels <= off for each in until):
        return until, []
    return [], [each for each in until if each.sure and not each.levels & off][:1]
