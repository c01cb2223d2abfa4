"""What of a log counts, entry by entry: each is judged by what stands before it, and by when it was seen."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from openleo.errors import InputError
from openleo.ledger.entries import Commitment, read_entry
from openleo.ledger.errors import Malformed
from openleo.ledger.objects import ObjectRef
from openleo.service.charter import folded
from openleo.service.governance import course as courses
from openleo.service.governance.approvals import leaves, not_received, not_signed
from openleo.service.governance.course import NONE, Course
from openleo.service.governance.entries import (
    Act,
    Answer,
    Change,
    Contract,
    Day,
    Grounds,
    Proceed,
    Receipt,
    ReportAnswer,
    ReportClaim,
    Request,
    Withdrawn,
    read,
)
from openleo.service.governance.record import (
    FOREVER_S,
    Asked,
    Held,
    Opened,
    Placed,
    Record,
    Refusal,
    Reported,
    Rules,
)
from openleo.service.governance.recorder import not_recorded
from openleo.service.governance.verdict import Scene, judged, rules_in

Packs = Callable[[ObjectRef], bytes]
"""Gives the pack (the content, not the sealed file) that an entry names; raises LedgerError without it."""

SeenBy = Callable[[str, int], int | None]
"""When the witnesses of a policy, given by its lines, had seen the entry of an index (POSIX seconds); None:
no quorum of them is known to have."""

LaidOut = Callable[[Change], str]
"""Why the rules of a change cannot be laid out on its maps, or are not those that it states; "" where they
are, and where this program has other maps, and so cannot say."""


@dataclass(frozen=True)
class Beside:
    """What the entries of a log are judged by, beside themselves: its origin, and what stands beside it."""

    origin: str
    packs: Packs
    seen_by: SeenBy = lambda lines, index: None
    laid_out: LaidOut = lambda change: ""


UNWITNESSED: Final = -1
"""In place of a time: witnesses whom the log asked for when it wrote an entry did not sign what covers it."""

_LAPSED: Final = "what it was made for no longer held when it was to begin"


class Judge:
    """The entries of a log, read one after the other; a copy goes on by itself."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.size, self.now, self.counted, self.others = 0, 0, 0, 0
        self.refused: list[Refusal] = []
        self.unseen: list[tuple[int, Act]] = []
        self.unreadable: list[Refusal] = []  # among those that are not seen yet
        self.places: dict[int, Placed] = {}
        self.course = Course()
        self._names: dict[str, int] = {}  # of changes that count
        self._refused: dict[str, int] = {}
        self._digests: dict[str, int] = {}
        self._emergencies: list[int] = []
        self._marks: list[tuple[int, courses.Key]] = []
        self._began: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._requests: dict[int, Asked] = {}
        self._asked: set[str] = set()
        self._commitments: dict[int, str] = {}
        self._contracts: dict[int, Contract] = {}
        self._sealed: set[int] = set()  # commitments of contracts
        self._days: dict[str, tuple[int, Day]] = {}
        self._reports: dict[int, Reported] = {}
        self._opened: dict[str, Rules | str] = {}  # shared with copies: an object never changes

    def copy(self) -> "Judge":
        """The same, to be read on by itself."""
        twin = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list | dict | set) and name != "_opened":
                setattr(twin, name, copy.copy(value))
        return twin

    def read(self, index: int, raw: bytes, cosigned_s: int | None) -> None:
        """Take the next entry.

        cosigned_s: when witnesses had seen it; an entry is never seen before one that it stands behind. None:
        the log does not say; then neither it nor what stands behind it counts yet. UNWITNESSED: it never
        will.
        Raises InputError where an index does not grow, and what `packs` raises for rules that are needed.
        """
        act = _entry(index, raw)
        if cosigned_s is None:
            if isinstance(act, Refusal):
                self.unreadable.append(act)
            elif act is not None and not isinstance(act, Commitment):
                self.unseen.append((index, act))
            return
        if index < self.size:
            raise InputError(
                f"entry {index}: given after entry {self.size - 1}; the order of the log is allowed"
            )
        self.size, self.now = index + 1, max(self.now, cosigned_s)
        self._advance(self.now)
        witnessed = cosigned_s != UNWITNESSED
        if isinstance(act, Refusal):
            self.refused.append(act)
        elif act is None or isinstance(act, Commitment):
            if act is not None and witnessed:
                self._commitments[index] = act.digest
            self.others += 1
        elif why := self._take(index, act) if witnessed else self._pass_over(index, act):
            self.refused.append(Refusal(index, act.type, why))
        else:
            self.counted += 1

    def _pass_over(self, index: int, act: Act) -> str:
        why = "the witnesses whom the log asked for when it was written did not sign what covers it first"
        if isinstance(act, Change):
            self.places[index] = Placed(index, act, self.now, refused=why)
            self._refused[act.hash] = index
        return why

    def _take(self, index: int, act: Act) -> str:
        match act:
            case Change():
                return self._change(index, act)
            case Grounds():
                return self._grounds(index, act)
            case Withdrawn():
                return self._withdrawn(index, act)
            case Proceed():
                return self._proceed(index, act)
            case Receipt():
                return self._receipt(act)
            case Request():
                return self._request(index, act)
            case Answer():
                return self._answer(index, act)
            case Contract():
                return self._contract(index, act)
            case Day():
                return self._day(index, act)
            case ReportClaim():
                self._reports[index] = Reported(index, act)
                return ""
            case ReportAnswer():
                return self._report_answer(index, act)

    # ---------------------------------------------------------------- changes

    def _change(self, index: int, change: Change) -> str:
        placed, problems = judged(Placed(index, change, self.now), self.scene)
        self.places[index] = replace(placed, refused="; ".join(problems))
        if problems:
            self._refused[change.hash] = index
            if placed.over:
                self._emergencies.append(index)
            return self.places[index].refused
        self._names[change.hash] = index
        self._digests.setdefault(change.digest, index)
        if change.kind == "emergency":
            self._emergencies.append(index)
            self.course = replace(self.course, pending=(*self.course.pending, index))
        else:
            self.course = replace(self.course, coming=(*self.course.coming, index))
        if change.request >= 0:
            asked = self._requests[change.request]
            self._requests[change.request] = replace(asked, changes=(*asked.changes, index))
        return ""

    def _rules(self, reference: ObjectRef) -> Rules | str:
        """The rule file of a pack, or why it cannot be read; raises what `packs` raises."""
        if reference.object not in self._opened:
            self._opened[reference.object] = rules_in(self.beside.packs(reference))
        return self._opened[reference.object]

    @property
    def scene(self) -> Scene:
        """What a change would meet now."""
        now = courses.until(self.course, self.places, self.now)
        return Scene(
            self.beside.origin, self.now, now, self.places, self._names, self._digests, self._emergencies,
            self._requests, self._rules,
            self.beside.seen_by, self.beside.laid_out,
        )  # fmt: skip

    # ---------------------------------------------------------------- what follows a change

    def _of(self, name: str) -> Placed | str:
        index = self._names.get(name)
        return self.places[index] if index is not None else f"change: no change {name} counts before it"

    def _grounds(self, index: int, act: Grounds) -> str:
        found = self._names.get(act.change)
        if found is None:
            found = self._refused.get(act.change)
            if found is None:
                return f"change: no change {act.change} stands before it"
        placed = self.places[found]
        self.places[found] = replace(placed, grounds=(*placed.grounds, (index, act)))
        return ""

    def _withdrawn(self, index: int, act: Withdrawn) -> str:
        placed = self._of(act.change)
        if isinstance(placed, str):
            return placed
        if placed.withdrawn >= 0:
            return f"change: it was withdrawn by entry {placed.withdrawn}"
        now = courses.until(self.course, self.places, self.now)
        if placed.index not in (*now.coming, *now.pending):
            return "change: it has begun; only another change can undo it"
        assert placed.charter is not None
        if why := not_signed(act, placed.charter, self.now):
            return f"by: {why}"
        gone: tuple[int, ...] = (placed.index,)
        if placed.index in self.course.coming:
            # Those that were made for it fall with it.
            gone = self.course.coming[self.course.coming.index(placed.index) :]
        for each in gone:
            if why := leaves(act.by, self.places[each]):
                return f"by: {why}"
        for each in gone:
            self.places[each] = replace(
                self.places[each], withdrawn=index, withdrawn_s=self.now,
                withdrawal=act if each == placed.index else None,
            )  # fmt: skip
        self.course = replace(
            self.course,
            coming=tuple(each for each in self.course.coming if each not in gone),
            pending=tuple(each for each in self.course.pending if each not in gone),
        )
        return ""

    def _proceed(self, index: int, act: Proceed) -> str:
        placed = self._of(act.change)
        if isinstance(placed, str):
            return placed
        now = courses.until(self.course, self.places, self.now)
        if placed.index != now.current or now.whole(self.places):
            return "change: it is not between two stages"
        if act.stage != now.stage + 1:
            return (
                f"stage: {act.stage + 1}; stage {now.stage + 1} is in force, and {now.stage + 2} is allowed"
            )
        if any(each.stage == act.stage for each in placed.opened):
            return f"stage: {act.stage + 1} may begin already"
        assert placed.charter is not None
        if why := not_signed(act, placed.charter, self.now):
            return f"by: {why}"
        if folded(act.by) == folded(placed.change.requester):
            return f"by: {act.by} asked for the change; a stop is ended by another approver"
        opened = Opened(act.stage, index, self.now + placed.lead_s, act.by)
        self.places[placed.index] = replace(placed, opened=(*placed.opened, opened))
        return ""

    def _receipt(self, act: Receipt) -> str:
        placed = self._of(act.change)
        if isinstance(placed, str):
            return placed
        assert placed.charter is not None
        if why := not_received(act, placed.charter):
            return f"party: {why}"
        told = []
        for each in placed.told:
            if each.party.name == act.party:
                if each.received_s is not None:
                    return f"party: {act.party} has given a receipt before"
                each = replace(each, received_s=self.now)
            told.append(each)
        self.places[placed.index] = replace(placed, told=tuple(told))
        return ""

    # ---------------------------------------------------------------- requests

    def _request(self, index: int, act: Request) -> str:
        if act.id in self._asked:
            return f"id: {act.id} stands before it; each request needs its own"
        if act.commitment >= index:
            return f"commitment: entry {act.commitment} does not stand before it"
        committed = self._commitments.get(act.commitment)
        if act.commitment >= 0 and committed is None:
            return f"commitment: entry {act.commitment} is no commitment"
        if committed is not None and act.text is not None and act.text.object != committed:
            return f"text: object {act.text.object}; entry {act.commitment} committed to {committed}"
        self._asked.add(act.id)
        self._requests[index] = Asked(index, act, self.now)
        return ""

    def _answer(self, index: int, act: Answer) -> str:
        asked = self._requests.get(act.request)
        if asked is None:
            return f"request: entry {act.request} is no request before it"
        changes = asked.changes
        if act.change:
            placed = self._of(act.change)
            if isinstance(placed, str):
                return placed
            if placed.index < act.request:
                return f"change: entry {placed.index} stands before the request, and does not follow it"
            changes = (*changes, *(() if placed.index in changes else (placed.index,)))
        self._requests[act.request] = replace(asked, answers=(*asked.answers, (index, act)), changes=changes)
        return ""

    def _contract(self, index: int, act: Contract) -> str:
        if act.commitment >= index or (act.commitment >= 0 and act.commitment not in self._commitments):
            return f"commitment: entry {act.commitment} is no commitment before it"
        if act.commitment in self._sealed:
            return f"commitment: entry {act.commitment} keeps back the text of another contract"
        if act.commitment >= 0:
            self._sealed.add(act.commitment)
        self._contracts[index] = act
        return ""

    def _day(self, index: int, act: Day) -> str:
        held = courses.until(self.course, self.places, self.now).key(self.places)[0]
        rules = self.places[held].rules if held != NONE else None
        if why := not_recorded(act, self.beside.origin, rules.file if rules is not None else None):
            return why
        if act.day in self._days:
            return f"the root of {act.day} stands in entry {self._days[act.day][0]}"
        self._days[act.day] = (index, act)
        return ""

    def _report_answer(self, index: int, act: ReportAnswer) -> str:
        told = self._reports.get(act.claim)
        if told is None:
            return f"claim: entry {act.claim} is no claim of a report before it"
        self._reports[act.claim] = replace(told, answers=(*told.answers, (index, act)))
        return ""

    # ---------------------------------------------------------------- time

    def _advance(self, before_s: int) -> None:
        """Let happen what is before a time: nothing that is seen later can change it."""
        while (following := courses.step(self.course, self.places)) and following[0] < before_s:
            lapsed = self._happens(*following)
            for each in lapsed:
                self.counted -= 1
                self.refused.append(Refusal(each, self.places[each].change.type, f"base: {_LAPSED}"))
                self.places[each] = replace(self.places[each], refused=f"base: {_LAPSED}")

    def _happens(self, at: int, course: Course) -> tuple[int, ...]:
        """Go one step on; returns the emergencies that could not begin."""
        old, self.course = self.course, course
        if course.current != old.current:
            self._ended[old.current] = self._began[course.current] = at
        for each in course.over:
            if each not in old.over:
                self._began[each] = at
        for each in old.over:
            if each not in course.over:
                self._ended[each] = at
        key = course.key(self.places)
        if self._marks and self._marks[-1][0] == at:
            self._marks.pop()
        if key[0] != NONE and (not self._marks or self._marks[-1][1] != key):
            self._marks.append((at, key))
        return course.lapsed[len(old.lapsed) :]

    def record(self) -> Record:
        """What was read, and what is known to come of it."""
        judge, then = self.copy(), self.copy()
        judge.unseen, judge.unreadable = [], []
        while following := courses.step(then.course, then.places):
            then._happens(*following)
        ends = [at for at, _ in then._marks[1:]] + [FOREVER_S]
        terms = tuple(
            Held(index, self.places[index].change, self.places[index].change.digest, at, end, stage,
                 self.places[before].change if before != NONE else None)
            for (at, (index, stage, before)), end in zip(then._marks, ends, strict=False)
        )  # fmt: skip
        changes = tuple(
            replace(each, began_s=then._began.get(each.index), ended_s=then._ended.get(each.index, FOREVER_S))
            if each.index in then._began
            else each
            for each in self.places.values()
        )
        return Record(
            self.beside.origin, self.size, self.now, self.counted, self.others,
            (*self.refused, *self.unreadable),
            tuple(self.unseen), changes, terms, tuple(self._requests.values()), tuple(self._days.values()),
            tuple(self._contracts.items()), tuple(self._reports.values()), judge,
        )  # fmt: skip


def _entry(index: int, raw: bytes) -> Act | Commitment | Refusal | None:
    """An entry of ours, or why it is not as it should be; a commitment; None for any other."""
    try:
        act = read(raw)
        if act is None and b'"commitment"' in raw and isinstance(entry := read_entry(raw), Commitment):
            return entry
        return act
    except Malformed as error:
        try:
            return Refusal(index, read_entry(raw).type, str(error))
        except Malformed:
            return None
