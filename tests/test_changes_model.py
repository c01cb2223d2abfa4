"""The whole way of a change as a stateful model, and emergencies beside random points of the Earth."""

import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from changes_world import (
    APPROVERS,
    HOUR,
    LICENSED,
    Book,
    T,
    digest_of,
    emergency,
    flipped,
    party,
    proceed,
    receipt,
    region,
    rules,
    seed_of,
    withdrawn,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from openleo.errors import InputError
from openleo.formats.toml import parse
from openleo.ledger.entries import time_of
from openleo.service.governance.changes import approve, replay
from openleo.service.governance.emergencies import beyond
from openleo.service.governance.entries import Change, Stage
from openleo.service.governance.record import FOREVER_S, Record, Rules
from openleo.service.regions import RuleSet, Standing
from openleo.service.rulefile import BEGINNING, RuleFile

OFF, SLOW, ON = (
    region("off", 'service = "off"'), region("slow", "rate_mbps = 1.0"), region("on", 'licence = "licensed"')
)  # fmt: skip
FAMILY = {
    (more, told): rules(LICENSED, *more, hours=2, parties=party(True) if told else "")
    for more in ((), (OFF,), (SLOW,), (OFF, SLOW), (ON,))
    for told in (False, True)
}
TEXTS = (*FAMILY.values(), rules(LICENSED, hours=2, grant_s=900))
KIN = {digest_of(text): key for key, text in FAMILY.items()}
WELL = [("office b", "well"), ("office c", "well")]
FLAWS = (*["none"] * 8, "base", "approvals", "approvals", "requester", "time", "text")
HOW = ("well", "well", "well", "flipped", "recused", "duress", "by another key", "later")
NAMES = tuple(APPROVERS)

approvers = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(HOW)), max_size=3)


class Way(RuleBasedStateMachine):
    """Changes of every kind, right and wrong, put into one log; what holds is looked at after each."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.now = T
        self.good: dict[str, set[str]] = {}
        """Who approved a change as it should be, by its id: what the test knows, not what replay says."""
        self.changes: list[Change] = []
        self.record: Record = replay((), self.book.beside)
        self.past: list[tuple[float, tuple[str, int] | None]] = []
        self.entry(self.approved(self.book.draft(TEXTS[0], T), [("office a", "well"), ("office b", "well")]))

    def approved(self, change: Change, said: list[tuple[str, str]]) -> Change:
        aside: set[str] = set()
        good: set[str] = set()
        for name, how in said:
            key, at = seed_of("stranger" if how == "by another key" else name), change.time
            statement: Any = {"recused": "recuse", "duress": "duress"}.get(how, "approve")
            if how == "later":
                at = time_of(self.now + 10**6)
            change = approve(change, key, name, statement, time=at)
            if how == "flipped":
                change = flipped(change)
            if how == "well":
                good.add(name)
            if statement != "approve":
                aside.add(name)
        self.good[change.hash] = good - aside
        self.changes.append(change)
        return change

    def entry(self, act: Change | bytes) -> None:
        """Put something into the log, and go on from the record so far."""
        index = self.book.seen(act.raw if isinstance(act, Change) else act, self.now)
        before = self.record
        self.record = replay(self.book.entries[index:], self.book.beside, after=before)
        # What is past when an entry is seen does not change by it.
        for at in {each.from_s for each in (*before.terms, *self.record.terms)} | {self.now - 1}:
            for moment in (at - 1, at, at + 1):
                if moment < self.now:
                    assert held(before, moment) == held(self.record, moment)

    @rule(
        text=st.sampled_from(TEXTS),
        flaw=st.sampled_from(FLAWS),
        said=approvers,
        hours=st.sampled_from((0.25, 1, 3)),
        stages=st.sampled_from((0, 0, 2, 3)),
    )
    def ordinary(self, text: str, flaw: str, said: list[tuple[str, str]], hours: float, stages: int) -> None:
        """A change that is right, or has one flaw."""
        last = self.record.last
        assert last is not None
        at = max(self.now + round(hours * HOUR), last.effective_s)
        if flaw == "time":
            at = self.now - 1
        steps = tuple(Stage((k + 1) / stages, (), time_of(at + k * HOUR)) for k in range(stages))
        requester = "office b" if flaw == "requester" else "operations"
        change = self.book.draft(text, at, TEXTS[0], stages=steps, requester=requester)
        base = "0" * 64 if flaw == "base" else last.change.digest
        self.entry(self.approved(replace(change, base=base), said if flaw == "approvals" else WELL))

    @rule(
        which=st.sampled_from((OFF, SLOW)),
        flaw=st.sampled_from(FLAWS),
        said=approvers,
        hours=st.sampled_from((0.1, 0.5, 2)),
        ends=st.sampled_from((0.5, 1, 2)),
    )
    def urgent(self, which: str, flaw: str, said: list[tuple[str, str]], hours: float, ends: float) -> None:
        """An emergency that adds a region which takes away, or takes it out, or does what it may not."""
        at = self.now + round(hours * HOUR)
        over = self.record.holds_at(at)
        if over is None or over.digest not in KIN:
            return
        more, told = KIN[over.digest]
        after = tuple(each for each in (OFF, SLOW, ON) if (each in more) != (each is which))
        text = FAMILY.get((after, told), TEXTS[0])
        members = emergency("restore" if which in more else "restrict", at + round(ends * HOUR))
        if flaw == "text":
            text = FAMILY[(ON,), told]
        if flaw == "time":
            members = emergency("restrict", at + 3 * HOUR)
        change = self.book.draft(text, at, TEXTS[0], **members)
        base = "0" * 64 if flaw == "base" else over.digest
        said = said if flaw == "approvals" else [("office a", "well")]
        self.entry(self.approved(replace(change, base=base), said))

    def some(self, *states: str) -> list[Change]:
        """Changes that count and are in one of these states now; all changes where there is none."""
        found = [each.change for each in self.record.changes if each.state_at(self.now) in states]
        return found or self.changes

    @rule(data=st.data(), by=st.sampled_from((*NAMES, "stranger")), key=st.sampled_from(("", "", "stranger")))
    def take_back(self, data: st.DataObject, by: str, key: str) -> None:
        self.entry(withdrawn(data.draw(st.sampled_from(self.some("waiting"))), by, self.now, key))

    @rule(data=st.data(), off=st.sampled_from((1, 1, 1, 2)), by=st.sampled_from(NAMES))
    def go_on(self, data: st.DataObject, off: int, by: str) -> None:
        now = self.record.holds_at(self.now)
        stage = now.stage + off if now is not None and now.stage >= 0 else off
        change = now.change if now is not None else data.draw(st.sampled_from(self.changes))
        self.entry(proceed(change, stage, by, self.now))

    @rule(data=st.data(), key=st.sampled_from(("", "", "", "stranger")))
    def acknowledge(self, data: st.DataObject, key: str) -> None:
        waiting = [each.change for each in self.record.changes if each.ready_s is None and not each.refused]
        change = data.draw(st.sampled_from(waiting or self.changes))
        self.entry(receipt(change, self.now, key=key))

    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        self.entry(data.draw(st.sampled_from(self.book.entries))[1])

    @rule(raw=st.sampled_from((b"", b"{}", b'{"type":"rules-change"}')))
    def anything(self, raw: bytes) -> None:
        self.entry(raw)

    @rule(hours=st.sampled_from((0.01, 0.1, 0.5, 1, 5)))
    def time_passes(self, hours: float) -> None:
        self.now += round(hours * HOUR)

    @invariant()
    def nothing_holds_without_two_approvals_but_an_emergency(self) -> None:
        for each in self.record.terms:
            good = self.good[each.change.hash] - {each.change.requester}
            if each.change.kind == "emergency":
                assert self.good[each.change.hash]
            else:
                assert len(good) >= 2
                assert len({APPROVERS[name] for name in good}) >= 2

    @invariant()
    def every_emergency_ends(self) -> None:
        for each in self.record.terms:
            if each.change.kind == "emergency":
                assert each.until_s - each.from_s <= 2 * HOUR
                assert time_of(each.until_s) <= each.change.ends_at

    @invariant()
    def nothing_that_was_refused_or_withdrawn_ever_holds(self) -> None:
        out = {each.index for each in self.record.refused}
        out |= {each.index for each in self.record.changes if each.withdrawn >= 0}
        assert not out & {each.index for each in self.record.terms}

    @invariant()
    def nothing_holds_before_it_was_seen_or_before_its_time(self) -> None:
        seen = {each.index: each.cosigned_s for each in self.record.changes}
        for each in self.record.terms:
            assert time_of(each.from_s) >= each.change.effective_at
            assert each.from_s >= seen[each.index]

    @invariant()
    def one_thing_holds_after_the_other_without_a_gap(self) -> None:
        terms = self.record.terms
        for one, other in pairwise(terms):
            assert one.from_s < one.until_s == other.from_s
        assert not terms or terms[-1].until_s == FOREVER_S

    @invariant()
    def every_entry_has_its_place_and_states_agree_with_what_holds(self) -> None:
        record = self.record
        assert record.counted + record.others + len(record.refused) == record.size == len(self.book.entries)
        for term in record.terms:
            placed = record.change(term.change.hash)
            assert placed is not None
            assert placed.state_at(term.from_s) == "in force"

    def teardown(self) -> None:
        """The same entries, read at once, say the same as read one after the other."""
        assert self.book.record() == self.record


def held(record: Record, at: float) -> tuple[str, int] | None:
    found = record.holds_at(at)
    return (found.change.hash, found.stage) if found else None


@pytest.mark.slow
def test_the_whole_way_of_a_change_holds_to_its_rules_whatever_is_put_into_the_log() -> None:
    run_state_machine_as_test(Way, settings=settings(max_examples=150, stateful_step_count=30, deadline=None))  # type: ignore[no-untyped-call]


def test_a_model_of_changes_reaches_what_it_is_to_watch() -> None:
    """A way that the model can take: an ordinary change, an emergency over it, and its end."""
    way = Way()
    way.ordinary(FAMILY[(OFF,), False], "none", [], 1, 0)
    way.time_passes(1)
    way.urgent(SLOW, "none", [], 0.1, 1)
    assert [each.change.kind for each in way.record.terms] == ["first", "ordinary", "emergency", "ordinary"]
    way.teardown()


# ------------------------------------------------------------------ emergencies, at points of the Earth

WHERE = (
    'countries = ["FR"]', 'countries = ["FR", "DE", "IT"]', "sea = true",
    'countries = ["US", "RU", "BR", "CN"]',
    'cells = ["8053fffffffffff", "8001fffffffffff", "8075fffffffffff"]',
    'areas = ["Crimea"]', 'band = { line = "coast", countries = ["IT"], width_km = 80.0 }',
)  # fmt: skip
SAID = {
    "licence": ('"licensed"', '"pending"', '"none"', '"prohibited"'),
    "service": ('"on"', '"off"', '"emergency"'),
    "rate_mbps": ("10.0", "1.0"),
    "max_speed_kmh": ("100.0",),
    "motion": ('["fixed"]', '["vessel", "fixed"]'),
    "usage": ('["civil"]',),
    "landing": ('["FR"]', '["DE", "FR"]'),
    "sold_in": ('["FR"]',),
    "prohibited_uses": ('["survey"]',),
    "deny_emergency": ("true",),
    "sales": ('"available"', '"not offered"'),
    "minus": ('["r0"]',),
    "begins": ("2030-01-01T00:00:00Z",),
}  # fmt: skip


@st.composite
def regions(draw: st.DrawFn, name: str) -> str:
    keys = draw(st.lists(st.sampled_from(sorted(SAID)), min_size=1, max_size=3, unique=True))
    said = [
        f"{key} = {draw(st.sampled_from(SAID[key]))}" for key in keys if not (key == "minus" and name == "r0")
    ]
    return region(name, "\n".join(said), draw(st.sampled_from(WHERE)))


@st.composite
def rule_files(draw: st.DrawFn) -> tuple[str, str]:
    """A rule file, and one with regions more."""
    licence, service = draw(st.sampled_from(SAID["licence"])), draw(st.sampled_from(SAID["service"]))
    elsewhere = f"[elsewhere]\nlicence = {licence}\nservice = {service}\n"
    before = [draw(regions(f"r{i}")) for i in range(draw(st.integers(1, 3)))]
    more = [draw(regions(name)) for name in draw(st.sampled_from((("x",), ("x", "y"), ("R0",))))]
    where = draw(st.integers(0, len(before)))
    return rules(*before, elsewhere=elsewhere), rules(
        *before[:where], *more, *before[where:], elsewhere=elsewhere
    )


def no_more(less: Standing, more: Standing) -> bool:
    """Whether a place gets nothing by the first that it does not get by the second."""

    def within(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
        return other is None or (one is not None and set(one) <= set(other))

    return (
        less.licence <= more.licence
        and less.service <= more.service
        and all(less.limits.get(name, float("inf")) <= value for name, value in more.limits.items())
        and set(less.motion) <= set(more.motion)
        and set(less.usage) <= set(more.usage)
        and set(less.prohibited_uses) >= set(more.prohibited_uses)
        and set(less.lists) >= set(more.lists)
        and within(less.sold_in, more.sold_in)
        and within(less.landing, more.landing)
        and less.deny_emergency >= more.deny_emergency
    )


TOWNS = [(48.8, 2.3), (52.5, 13.4), (41.9, 12.5), (45.0, 34.1), (40.0, 12.0), (38.9, -77.0), (0.0, -30.0)]
POINTS = st.lists(st.tuples(st.floats(-85, 85), st.floats(-179, 179)), min_size=5, max_size=5)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=rule_files(), points=POINTS)
def test_no_point_of_the_earth_gets_more_by_a_restriction_or_less_by_what_restores(
    files: tuple[str, str], points: list[tuple[float, float]]
) -> None:
    tables = [tomllib.loads(text) for text in files]
    small, large = (Rules(parse(RuleFile, table, "rules: "), {}) for table in tables)
    allowed = not beyond("restrict", small, large)
    # What one person may give back alone, and not take away alone, is left out.
    if not any(each.deny_emergency or each.band.line for each in large.file.regions):
        assert allowed == (not beyond("restore", large, small))
    assume(allowed)
    try:
        fewer, more = (RuleSet.parse(table, Path()) for table in tables)
    except InputError:  # a region that covers nothing: such a rule set is never enforced
        assume(False)
    for year in (2027, 2031):
        when = BEGINNING.replace(year=year)
        for lat, lon in (*TOWNS, *points):
            assert no_more(more.at(lat, lon, when), fewer.at(lat, lon, when))
