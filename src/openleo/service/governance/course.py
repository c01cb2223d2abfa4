"""What holds when: one ordinary rule set after the other, in stages, and emergencies that lie over them.

A pure state and its next step, so that the course can be played on to any time, as far as is known. Nothing
in it happens before what brought it about was seen by witnesses: so what is past does not change any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from openleo.ledger.entries import seconds_of
from openleo.service.governance.record import Placed

NONE: Final = -1

Key = tuple[int, int, int]
"""What holds: the index of the change, its stage (-1: the whole), and the index of the one before, or -1."""
Places = Mapping[int, Placed]


@dataclass(frozen=True)
class Course:
    """What holds at an instant, and what is known to come.

    current: the index of the ordinary change in force, NONE before the first; began_s: since when; stage:
    that it is in; before: the one that held before it. coming: ordinary changes after it. pending:
    emergencies that have not begun. over: those in force, the last that began on top. lapsed: those that
    could not begin.
    """

    current: int = NONE
    began_s: int = 0
    stage: int = 0
    before: int = NONE
    coming: tuple[int, ...] = ()
    pending: tuple[int, ...] = ()
    over: tuple[int, ...] = ()
    lapsed: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        """The ordinary change that holds, or will hold, last."""
        return self.coming[-1] if self.coming else self.current

    def whole(self, places: Places) -> bool:
        """Whether the ordinary change in force holds for everybody."""
        return self.current == NONE or self.stage >= len(places[self.current].change.stages) - 1

    def key(self, places: Places) -> Key:
        """What holds."""
        if self.over:
            return (self.over[-1], NONE, NONE)
        if self.whole(places):
            return (self.current, NONE, NONE)
        return (self.current, self.stage, self.before)

    def digests(self, places: Places) -> frozenset[str]:
        """The rule sets that somebody is served by."""
        index, _, before = self.key(places)
        return frozenset(places[each].change.digest for each in (index, before) if each != NONE)


def step(course: Course, places: Places) -> tuple[int, Course] | None:
    """What happens next: when (POSIX seconds), and what is then; None where nothing is known to come.

    Of what happens at one instant, emergencies end first, then stages and ordinary changes begin, then
    emergencies, so that each begins over what really holds.
    """
    events: list[tuple[int, int, int]] = [
        (seconds_of(places[each].change.ends_at), 0, each) for each in course.over
    ]
    if course.current != NONE and not course.whole(places):
        now = places[course.current]
        for each in now.opened:
            if each.stage == course.stage + 1:
                at = max(seconds_of(now.change.stages[each.stage].at), each.from_s)
                events.append((at, 1, each.stage))
    if course.coming:
        ready = places[course.coming[0]].ready_s
        if ready is not None:
            events.append((max(ready, course.began_s), 2, course.coming[0]))
    events += [(places[each].effective_s, 3, each) for each in course.pending]
    if not events:
        return None
    at, kind, which = min(events)
    if kind == 0:
        return at, replace(course, over=tuple(each for each in course.over if each != which))
    if kind == 1:
        return at, replace(course, stage=which, over=())
    if kind == 2:
        return at, replace(
            course,
            current=which,
            began_s=at,
            stage=0,
            before=course.current,
            coming=course.coming[1:],
            over=(),
        )
    course = replace(course, pending=tuple(each for each in course.pending if each != which))
    placed = places[which]
    top = course.key(places)[0]
    if (
        top == NONE
        or places[top].change.digest != placed.change.base
        or not course.digests(places) <= placed.over
    ):
        return at, replace(course, lapsed=(*course.lapsed, which))
    return at, replace(course, over=(*course.over, which))


def until(course: Course, places: Places, seconds: int) -> Course:
    """The course at a time (POSIX seconds), what happens at that instant included."""
    while (following := step(course, places)) is not None and following[0] <= seconds:
        course = following[1]
    return course
