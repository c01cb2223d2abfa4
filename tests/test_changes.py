"""What of a log of governance counts, what is refused and why, and what holds when."""

import hashlib
import json
from dataclasses import replace

import pytest
from changes_world import (
    HOUR,
    LEAD,
    LICENSED,
    ORIGIN,
    REGULATOR,
    Book,
    T,
    by_all,
    digest_of,
    emergency,
    flipped,
    key_of,
    party,
    proceed,
    receipt,
    region,
    rules,
    seed_of,
    withdrawn,
)

from openleo.errors import InputError
from openleo.ledger.canonical import canonical
from openleo.ledger.entries import Commitment, time_of
from openleo.ledger.errors import Missing
from openleo.ledger.objects import ObjectRef
from openleo.service.governance.changes import Record, approve, check, draft, replay
from openleo.service.governance.entries import Answer, Change, Day, Grounds, Request, Stage
from openleo.service.governance.pack import unpack

OFF = region("off", 'service = "off"')
A = rules()
B = rules(LICENSED, OFF)
C = rules(LICENSED, region("slow", "rate_mbps = 1.0"))
BOTH = ("office a", "office b")
WITHOUT_A = rules(approvers="".join(
    f'[[approvers]]\nname = "{name}"\norganisation = "{of}"\nkey = "{key_of(name)}"\n'
    for name, of in (("office b", "B"), ("office c", "C"))
))  # fmt: skip


def state(record: Record, index: int, at: float) -> str:
    return next(each for each in record.changes if each.index == index).state_at(at)


def why(record: Record, index: int) -> str:
    return next((each.why for each in record.refused if each.index == index), "")


def holds(record: Record, at: float) -> str:
    held = record.holds_at(at)
    return held.digest if held else ""


# -------------------------------------------------------------------- the first, and ordinary changes


def test_the_first_rule_set_holds_by_its_own_approvers_from_its_time_on() -> None:
    book = Book()
    index = book.seen(book.draft(A, T + 100, by=BOTH).raw, T)
    record = book.record()
    assert record.holds_at(T + 99.9) is None
    assert holds(record, T + 100) == digest_of(A)
    assert [state(record, index, at) for at in (T, T + 100, T + 10**9)] == ["waiting", "in force", "in force"]
    assert (record.counted, record.refused) == (1, ())


def test_a_second_first_rule_set_is_refused_and_so_is_one_that_nobody_approved() -> None:
    book = Book()
    alone = book.seen(book.draft(C, T, by=("office a",)).raw, T)
    book.first(A)
    second = book.seen(book.draft(B, T + HOUR, by=BOTH).raw, T)
    record = book.record()
    assert "1 of 2 approvals count" in why(record, alone)
    assert f"stands in entry {alone + 1}" in why(record, second)
    assert holds(record, T + 2 * HOUR) == digest_of(A)


def test_an_ordinary_change_by_two_keys_of_two_organisations_holds_from_its_time() -> None:
    book = Book()
    book.first(A)
    index = book.seen(book.draft(B, T + HOUR, A, BOTH).raw, T + 1)
    record = book.record()
    assert holds(record, T + HOUR - 1) == digest_of(A)
    assert holds(record, T + HOUR) == digest_of(B)
    assert [state(record, 0, T + 5), state(record, 0, T + HOUR)] == ["in force", "ended"]
    assert [each.why_not for each in record.changes[index].signed] == ["", ""]
    assert [each.organisation for each in record.changes[index].signed] == ["A", "B"]
    assert record.next_after(T + 5) == T + HOUR
    assert record.next_after(T + HOUR) is None


def test_a_rule_set_that_names_no_approvers_cannot_come_through_the_log() -> None:
    book = Book()
    plain = 'name = "isle"\n' + LICENSED
    first = book.seen(book.draft(plain, T, by=BOTH).raw, T)
    book.first(A)
    later = book.seen(book.draft(plain, T + HOUR, A, BOTH).raw, T)
    record = book.record()
    assert "they name no approvers" in why(record, first)
    assert "they name no approvers" in why(record, later)


EXPIRED = rules(
    approvers="".join(
        f'[[approvers]]\nname = "{name}"\norganisation = "{of}"\nkey = "{key_of(name)}"\n{until}'
        for name, of, until in (
            ("office a", "A", ""), ("office b", "B", ""), ("office c", "C", f"ends = {time_of(T + 100)}\n")
        )
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "0 of 2 approvals count"),
        (("office a",), "1 of 2 approvals count"),
        (("office a", "office a"), "office a signed twice with one key"),
        (("office a", "second office of a"), "of 1 organisation where 2 are needed"),
        (("office a", "stranger"), "no approver 'stranger'"),
    ],
)
def test_a_change_without_two_keys_of_two_organisations_is_refused_and_says_why(
    names: tuple[str, ...], said: str
) -> None:
    book = Book()
    book.first(A)
    index = book.seen(book.draft(B, T + HOUR, A, names).raw, T)
    record = book.record()
    assert said in why(record, index)
    assert state(record, index, T + HOUR) == "refused"
    assert holds(record, T + 2 * HOUR) == digest_of(A)


def test_the_approval_of_who_asked_for_the_change_does_not_count_however_the_name_is_spelt() -> None:
    book = Book()
    book.first(A)
    for i, spelt in enumerate(("Office A", "office\u00a0a", "office  a", "of\u200bfice a", "o\ufb03ce a")):
        index = book.seen(book.draft(B, T + HOUR + i, A, BOTH, requester=spelt).raw, T)
        assert "office a asked for the change" in why(book.record(), index)


def test_an_approval_for_another_hash_does_not_count() -> None:
    book = Book()
    book.first(A)
    one = book.draft(B, T + HOUR, A, BOTH)
    moved = book.seen(replace(one, effective_at=time_of(T + 2 * HOUR)).raw, T)
    broken = book.seen(flipped(one).raw, T)
    half = by_all(replace(one, approvals=()), ("office a",))
    by_other_key = approve(half, seed_of("office c"), "office b", time=one.time)
    other = book.seen(by_other_key.raw, T)
    record = book.record()
    assert "0 of 2 approvals count" in why(record, moved)
    for index in (broken, other):
        assert "1 of 2 approvals count" in why(record, index)
        assert "not one by the key of office b" in why(record, index)


def test_an_expired_key_does_not_count_even_where_its_approval_is_dated_back() -> None:
    book = Book()
    book.first(EXPIRED)
    two = ("office a", "office c")
    in_time = book.seen(book.draft(EXPIRED, T + HOUR, EXPIRED, two).raw, T + 99)
    late = by_all(book.draft(B, T + HOUR, EXPIRED, ("office a",)), ("office c",), time=time_of(T + 100))
    late_index = book.seen(late.raw, T + 50)
    back = book.seen(book.draft(B, T + HOUR, EXPIRED, two).raw, T + 100)
    record = book.record()
    assert why(record, in_time) == ""
    assert "the key of office c is good" in why(record, late_index)
    assert "was seen at" in why(record, back)
    assert "the key of office c is good" in why(record, back)


def test_an_approval_from_the_future_does_not_count() -> None:
    book = Book()
    book.first(A)
    ahead = by_all(book.draft(B, T + HOUR, A, ("office a",)), ("office b",), time=time_of(T + 301))
    index = book.seen(ahead.raw, T)
    assert "after the change was seen" in why(book.record(), index)


@pytest.mark.parametrize(("statement", "said"), [("recuse", "stood aside"), ("duress", "under duress")])
def test_who_stands_aside_or_signs_under_duress_does_not_count_whatever_else_they_signed(
    statement: str, said: str
) -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    index = book.seen(by_all(change, ("office b",), statement=statement).raw, T)
    with_third = book.seen(
        by_all(
            by_all(book.draft(B, T + HOUR, A, BOTH), ("office b",), statement=statement), ("office c",)
        ).raw,
        T,
    )
    record = book.record()
    assert said in why(record, index)
    assert why(record, with_third) == ""


def test_nobody_can_set_another_aside_without_their_key() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    forged = approve(change, seed_of("office c"), "office b", "recuse", time=change.time)
    book.seen(forged.raw, T)
    assert book.record().refused == ()


def test_of_two_drafts_that_race_the_second_is_refused_and_must_be_made_anew() -> None:
    book = Book()
    book.first(A)
    book.seen(book.draft(B, T + HOUR, A, BOTH).raw, T)
    second = book.seen(book.draft(C, T + HOUR, A, BOTH).raw, T)
    anew = book.seen(book.draft(C, T + 2 * HOUR, B, BOTH).raw, T)
    record = book.record()
    assert "draft it anew" in why(record, second)
    assert why(record, anew) == ""
    assert [holds(record, T + h * HOUR) for h in (0, 1, 2)] == [digest_of(each) for each in (A, B, C)]


def test_a_change_is_never_back_dated_and_no_grant_outlives_it_by_more_than_a_minute() -> None:
    book = Book()
    book.first(A)
    back = book.seen(book.draft(B, T + 99, A, BOTH).raw, T + 100)
    soon = book.seen(book.draft(B, T + 100 + LEAD - 1, A, BOTH).raw, T + 100)
    good = book.seen(book.draft(B, T + 100 + LEAD, A, BOTH).raw, T + 100)
    record = book.record()
    assert "none is back-dated" in why(record, back)
    assert f"{time_of(T + 100 + LEAD)} or later" in why(record, soon)
    assert why(record, good) == ""
    assert holds(record, T + 100 + LEAD) == digest_of(B)


def test_a_change_cannot_begin_before_the_one_that_it_is_made_for() -> None:
    book = Book()
    book.first(A)
    book.seen(book.draft(B, T + 2 * HOUR, A, BOTH).raw, T)
    index = book.seen(book.draft(C, T + HOUR, B, BOTH).raw, T)
    assert "then or later" in why(book.record(), index)


def test_the_same_change_put_into_the_log_again_is_refused() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    book.seen(change.raw, T)
    book.seen(book.draft(A, T + 2 * HOUR, B, BOTH).raw, T)
    again = book.seen(change.raw, T)
    assert "entry 1 has it already" in why(book.record(), again)


def test_of_a_change_of_the_charter_the_approvers_of_the_old_one_decide() -> None:
    newcomers = ("new office d", "new office e")
    charter = rules(
        approvers="".join(
            f'[[approvers]]\nname = "{name}"\norganisation = "{name[-1]}"\nkey = "{key_of(name)}"\n'
            for name in newcomers
        )
    )
    book = Book()
    book.first(A)
    seized = book.seen(book.draft(charter, T + HOUR, A, newcomers).raw, T)
    handed = book.seen(book.draft(charter, T + HOUR, A, BOTH).raw, T)
    by_old = book.seen(book.draft(B, T + 2 * HOUR, charter, BOTH).raw, T)
    by_new = book.seen(book.draft(C, T + 2 * HOUR, charter, newcomers).raw, T)
    record = book.record()
    assert "no approver 'new office d'" in why(record, seized)
    assert why(record, handed) == ""
    assert "no approver 'office a'" in why(record, by_old)
    assert why(record, by_new) == ""


def test_rules_that_cannot_be_read_are_refused_and_rules_that_are_missing_stop_the_replay() -> None:
    book = Book()
    book.first(A)
    broken = book.seen(book.draft(A + "\n[nonsense]\n", T + HOUR, A, BOTH).raw, T)
    misnamed = book.seen(book.draft(B, T + HOUR, A, BOTH, name="mainland").raw, T)
    record = book.record()
    assert "nonsense" in why(record, broken)
    assert "its rules have 'isle'" in why(record, misnamed)
    unapproved = book.draft(RESTRICT, T + HOUR, A)
    approved = book.draft(C, T + HOUR, A, BOTH)
    for change in (unapproved, approved):
        del book.packs[change.rules.object]
    book.seen(unapproved.raw, T)
    assert len(book.record().refused) == 3
    book.seen(approved.raw, T)
    with pytest.raises(Missing):
        book.record()


# -------------------------------------------------------------------- withdrawn, grounds


def test_a_change_is_withdrawn_before_it_begins_and_what_was_made_for_it_falls_with_it() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    index = book.seen(change.raw, T)
    later = book.seen(book.draft(C, T + 2 * HOUR, B, BOTH).raw, T)
    book.seen(withdrawn(change, "office c", T, key="office a"), T)
    book.seen(withdrawn(change, "stranger", T), T)
    book.seen(withdrawn(change, "office c", T), T + 50)
    twice = book.seen(withdrawn(change, "office a", T), T + 51)
    record = book.record()
    assert "not one by the key of office c" in why(record, 3)
    assert "no approver 'stranger'" in why(record, 4)
    assert "withdrawn by entry 5" in why(record, twice)
    for each in (index, later):
        assert [state(record, each, at) for at in (T + 49, T + 50, T + 5 * HOUR)] == [
            "waiting", "withdrawn", "withdrawn",
        ]  # fmt: skip
    assert holds(record, T + 5 * HOUR) == digest_of(A)
    anew = book.seen(book.draft(C, T + 2 * HOUR, A, BOTH).raw, T + 60)
    assert why(book.record(), anew) == ""


def test_what_has_begun_cannot_be_withdrawn_from_its_first_second_on() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    book.seen(change.raw, T)
    in_time = replay([*book.entries, (2, withdrawn(change, "office a", T), T + HOUR - 1)], book.beside)
    late = replay([*book.entries, (2, withdrawn(change, "office a", T), T + HOUR)], book.beside)
    assert holds(in_time, T + HOUR) == digest_of(A)
    assert holds(late, T + HOUR) == digest_of(B)
    assert "only another change can undo it" in why(late, 2)


def test_an_approver_cannot_withdraw_the_change_that_takes_them_out() -> None:
    book = Book()
    book.first(A)
    change = book.draft(WITHOUT_A, T + HOUR, A, BOTH)
    book.seen(change.raw, T)
    book.seen(withdrawn(change, "office a", T), T)
    assert "takes office a out" in why(book.record(), 2)
    assert holds(book.record(), T + HOUR) == digest_of(WITHOUT_A)
    book.seen(withdrawn(change, "office b", T), T)
    assert holds(book.record(), T + HOUR) == digest_of(A)


def test_a_change_for_another_log_is_refused_whoever_signed_it() -> None:
    book = Book()
    book.first(A)
    other = book.draft(B, T + HOUR, A, BOTH, log="log.example/elsewhere")
    index = book.seen(other.raw, T)
    assert "log: " in why(book.record(), index)


def test_a_receipt_for_a_change_is_none_for_another_that_was_drafted_since() -> None:
    old, new = rules(LICENSED, parties=party(True)), rules(LICENSED, OFF, parties=party(True))
    book = Book()
    first = book.draft(old, T, by=BOTH)
    book.seen(first.raw, T)
    book.seen(receipt(first, T), T)
    harmless = book.draft(old, T + HOUR, old, BOTH, reason="A harmless one.")
    harmful = book.draft(new, T + HOUR, old, BOTH)
    book.seen(replace(harmless, approvals=()).raw, T)
    book.seen(harmful.raw, T)
    index = book.seen(receipt(harmless, T), T)
    assert "no change" in why(book.record(), index)
    assert holds(book.record(), T + HOUR) == digest_of(old)
    book.seen(receipt(harmful, T), T)
    assert holds(book.record(), T + HOUR) == digest_of(new)


def test_what_the_log_does_not_show_as_seen_does_not_count_yet_nor_anything_behind_it() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    entries = [*book.entries, (1, change.raw, None), (2, request().raw, None)]
    record = replay(entries, book.beside)
    assert [index for index, _ in record.unseen] == [1, 2]
    assert (record.size, record.requests, holds(record, T + HOUR)) == (1, (), digest_of(A))
    assert any("entry 1 already" in each for each in check(change, record, None, T))
    then = replay([(1, change.raw, T), (2, request().raw, T)], book.beside, after=record)
    assert holds(then, T + HOUR) == digest_of(B)
    assert (then.unseen, len(then.requests)) == ((), 1)


def test_an_entry_that_is_not_as_it_should_be_is_named_before_it_was_seen_and_once_after() -> None:
    book = Book()
    book.first(A)
    strange = canonical({"type": "rules-change", "version": 99, "time": time_of(T)})
    record = replay([*book.entries, (1, strange, None)], book.beside)
    assert "version 99" in why(record, 1)
    then = replay([(1, strange, T)], book.beside, after=record)
    assert [each.index for each in then.refused] == [1]


def test_grounds_given_later_stand_beside_the_first() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    book.seen(change.raw, T)
    index = book.seen(Grounds(time_of(T), change.hash, "The licence was withdrawn.", "Act 1").raw, T + 5)
    unknown = book.seen(Grounds(time_of(T), "f" * 64, "Why not.", "").raw, T + 5)
    record = book.record()
    assert [(at, given.reason) for at, given in record.changes[1].grounds] == [
        (index, "The licence was withdrawn.")
    ]
    assert record.changes[1].change.reason == "It was asked for."
    assert "no change" in why(record, unknown)


# -------------------------------------------------------------------- stages


def staged(*stages: tuple[float, tuple[str, ...], int]) -> dict[str, object]:
    return {"stages": tuple(Stage(share, regions, time_of(at)) for share, regions, at in stages)}


SHARES = staged((0.1, (), T + HOUR), (0.5, (), T + 2 * HOUR), (1.0, (), T + 3 * HOUR))


def stages_held(record: Record) -> list[tuple[int, int]]:
    return [(each.from_s - T, each.stage) for each in record.terms]


def test_a_change_in_stages_stops_after_each_until_another_than_its_requester_lets_it_go_on() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH, requester="office c", **SHARES)
    book.seen(change.raw, T)
    assert stages_held(book.record()) == [(0, -1), (HOUR, 0)]
    held = book.record().holds_at(T + 99 * HOUR)
    assert held is not None
    assert held.before is not None
    assert (held.digest, held.before.digest) == (digest_of(B), digest_of(A))
    early = book.seen(proceed(change, 1, "office a", T), T + HOUR - 1)
    skips = book.seen(proceed(change, 2, "office a", T), T + HOUR)
    own = book.seen(proceed(change, 1, "office c", T), T + HOUR)
    forged = book.seen(proceed(change, 1, "office b", T, key="office c"), T + HOUR)
    assert stages_held(book.record()) == [(0, -1), (HOUR, 0)]
    book.seen(proceed(change, 1, "office a", T), T + HOUR)
    again = book.seen(proceed(change, 1, "office b", T), T + HOUR)
    assert stages_held(book.record()) == [(0, -1), (HOUR, 0), (2 * HOUR, 1)]
    book.seen(proceed(change, 2, "office b", T), T + 5 * HOUR)
    record = book.record()
    assert stages_held(record) == [(0, -1), (HOUR, 0), (2 * HOUR, 1), (5 * HOUR + LEAD, -1)]
    assert "not between two stages" in why(record, early)
    assert "2 is allowed" in why(record, skips)
    assert "asked for the change" in why(record, own)
    assert "not one by the key" in why(record, forged)
    assert "may begin already" in why(record, again)
    assert state(record, 1, T + HOUR) == "in force"


def test_stages_by_region_name_regions_that_exist() -> None:
    book = Book()
    book.first(A)
    wrong = staged((0.0, ("nowhere",), T + HOUR), (0.0, ("off",), T + 2 * HOUR))
    right = staged((0.0, ("north",), T + HOUR), (0.0, ("off",), T + 2 * HOUR))
    refused = book.seen(book.draft(B, T + HOUR, A, BOTH, **wrong).raw, T)
    book.seen(book.draft(B, T + HOUR, A, BOTH, **right).raw, T)
    record = book.record()
    assert "'nowhere'" in why(record, refused)
    assert stages_held(record) == [(0, -1), (HOUR, 0)]


def test_a_stopped_change_is_undone_by_another_which_has_no_stages_itself() -> None:
    book = Book()
    book.first(A)
    book.seen(book.draft(B, T + HOUR, A, BOTH, **SHARES).raw, T)
    more = staged((0.1, (), T + 4 * HOUR), (1.0, (), T + 5 * HOUR))
    nested = book.seen(book.draft(A, T + 4 * HOUR, B, BOTH, **more).raw, T + 2 * HOUR)
    book.seen(book.draft(A, T + 4 * HOUR, B, BOTH).raw, T + 2 * HOUR)
    record = book.record()
    assert "not whole yet" in why(record, nested)
    assert stages_held(record) == [(0, -1), (HOUR, 0), (4 * HOUR, -1)]
    assert holds(record, T + 9 * HOUR) == digest_of(A)


def test_a_stage_of_150_per_cent_is_no_entry_that_counts() -> None:
    book = Book()
    book.first(A)
    raw = book.draft(B, T + HOUR, A, BOTH, **SHARES).raw.replace(b'"share":1}', b'"share":1.5}')
    index = book.seen(raw, T)
    record = book.record()
    assert "share" in why(record, index)
    assert record.counted == 1


# -------------------------------------------------------------------- emergencies

POWERLESS = rules(powers="[]")
RESTRICT = rules(powers='["restrict"]', hours=2)
RESTRICTED = rules(LICENSED, region("off", 'service = "off"'), powers='["restrict"]', hours=2)


def alone(
    book: Book, text: str, at: int, base: str, power: str, ends: int, seen: int, by: str = "office a"
) -> int:
    return book.seen(book.draft(text, at, base, (by,), **emergency(power, ends)).raw, seen)


def test_one_person_alone_cannot_follow_an_emergency_by_another_before_a_rest() -> None:
    old, off = rules(LICENSED, rest_hours=48), rules(LICENSED, OFF, rest_hours=48)
    book = Book()
    book.first(old)
    alone(book, off, T + HOUR, old, "restrict", T + 5 * HOUR, T)
    at_once = alone(book, off, T + 5 * HOUR, old, "restrict", T + 9 * HOUR, T + 2 * HOUR)
    too_soon = alone(book, off, T + 53 * HOUR - 1, old, "restrict", T + 54 * HOUR, T + 50 * HOUR)
    after = alone(book, off, T + 53 * HOUR, old, "restrict", T + 54 * HOUR, T + 50 * HOUR)
    record = book.record()
    assert "office a began the emergency of entry 1 alone" in why(record, at_once)
    assert time_of(T + 53 * HOUR) in why(record, too_soon)
    assert state(record, after, T + 53 * HOUR) == "in force"


def test_another_person_or_two_together_may_follow_an_emergency_at_once() -> None:
    old, off = rules(LICENSED, rest_hours=48), rules(LICENSED, OFF, rest_hours=48)
    for by in (("office b",), BOTH):
        book = Book()
        book.first(old)
        alone(book, off, T + HOUR, old, "restrict", T + 5 * HOUR, T)
        then = book.draft(off, T + 5 * HOUR, old, by, **emergency("restrict", T + 9 * HOUR))
        book.seen(then.raw, T + 2 * HOUR)
        assert state(book.record(), 2, T + 6 * HOUR) == "in force"


def test_one_person_may_not_refuse_distress_calls_alone() -> None:
    silent = rules(LICENSED, region("off", 'service = "off"\ndeny_emergency = true'))
    book = Book()
    book.first(A)
    index = alone(book, silent, T + HOUR, A, "restrict", T + 2 * HOUR, T)
    assert "refuses distress calls" in why(book.record(), index)


def test_an_emergency_that_may_not_be_is_refused_before_its_rules_are_looked_at() -> None:
    old = rules(LICENSED, powers='["restore"]')
    book = Book()
    book.first(old)
    index = alone(book, "a." * 20_000 + "a = 1", T + HOUR, old, "restrict", T + 2 * HOUR, T)
    looked = []

    def pack(reference: ObjectRef) -> bytes:
        looked.append(reference)
        return book.pack(reference)

    record = replay(book.entries, replace(book.beside, packs=pack))
    assert "power: restrict" in why(record, index)
    assert len(looked) == 1


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (region("far", 'service = "off"', 'band = {line = "coast", countries = ["NO"], width_km = 100}'),
         "a strip along a line"),
        ("".join(region(f"r{k}", 'service = "off"') for k in range(51)), "51 regions are added"),
        ("".join(region(f"r{k}", 'service = "off"', 'polygon = "a.geojson"') for k in range(20)),
         "have 4100 points; 2000 are allowed"),
        (region("cells", 'service = "off"', f"cells = {['85283473fffffff'] * 400}"),
         "have 2400 points; 2000 are allowed"),
    ],
)  # fmt: skip
def test_one_person_cannot_keep_everybody_waiting_with_a_large_map(added: str, reason: str) -> None:
    book = Book()
    book.first(A)
    index = alone(book, rules(LICENSED, added), T + HOUR, A, "restrict", T + 2 * HOUR, T)
    outline = "[" * 205  # as many as the file of 205 points and lists has
    for name, raw in book.packs.items():
        whole = json.loads(raw)
        if "a.geojson" in whole["rules"]:
            book.packs[name] = canonical({**whole, "files": {"a.geojson": outline}})
    assert reason in why(book.record(), index)


def test_an_emergency_that_was_refused_does_not_take_the_digest_of_an_honest_change() -> None:
    book = Book()
    book.first(A)
    lie = book.draft(C, T + HOUR, A, digest=digest_of(B), **emergency("restore", T + 2 * HOUR))
    refused = book.seen(by_all(lie, ("office a",)).raw, T)
    assert why(book.record(), refused)
    book.seen(book.draft(B, T + HOUR, A, BOTH).raw, T)
    assert holds(book.record(), T + HOUR) == digest_of(B)


def test_an_approver_cannot_withdraw_a_change_so_that_the_one_that_takes_them_out_falls_with_it() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    book.seen(change.raw, T)
    book.seen(book.draft(WITHOUT_A, T + 2 * HOUR, B, BOTH).raw, T)
    book.seen(withdrawn(change, "office a", T), T)
    assert "takes office a out" in why(book.record(), 3)
    assert holds(book.record(), T + 2 * HOUR) == digest_of(WITHOUT_A)


def test_an_emergency_is_laid_out_on_the_maps_of_the_rules_that_it_lies_over() -> None:
    book = Book()
    book.first(A)
    other = book.draft(B, T + HOUR, A, maps="0" * 64, **emergency("restrict", T + 2 * HOUR))
    index = book.seen(by_all(other, ("office a",)).raw, T)
    assert "maps: " in why(book.record(), index)


def test_an_emergency_whose_rules_are_not_those_that_it_states_leaves_what_held() -> None:
    book = Book()
    book.first(A)
    index = alone(book, B, T + HOUR, A, "restrict", T + 2 * HOUR, T)
    asked = []

    def laid_out(change: Change) -> str:
        asked.append(change.digest)
        return "its rules give another digest"

    record = replay(book.entries, replace(book.beside, laid_out=laid_out))
    assert "another digest" in why(record, index)
    assert holds(record, T + 1.5 * HOUR) == digest_of(A)
    assert asked == [digest_of(B)]


def test_laying_out_rules_that_are_not_those_stated_is_done_once_and_then_rested() -> None:
    old, off = rules(LICENSED, rest_hours=48), rules(LICENSED, OFF, rest_hours=48)
    book = Book()
    book.first(old)
    alone(book, off, T + HOUR, old, "restrict", T + 5 * HOUR, T)
    again = alone(book, off, T + 2 * HOUR, old, "restrict", T + 5 * HOUR, T)
    asked = []

    def laid_out(change: Change) -> str:
        asked.append(change.hash)
        return "its rules give another digest"

    record = replay(book.entries, replace(book.beside, laid_out=laid_out))
    assert "alone, and may begin another" in why(record, again)
    assert len(asked) == 1


def test_in_an_emergency_one_may_take_away_alone_and_what_held_before_holds_again() -> None:
    book = Book()
    book.first(RESTRICT)
    index = alone(book, RESTRICTED, T + HOUR, RESTRICT, "restrict", T + 2 * HOUR, T)
    record = book.record()
    assert [holds(record, T + h * HOUR) for h in (0, 1, 1.99, 2)] == [
        digest_of(each) for each in (RESTRICT, RESTRICTED, RESTRICTED, RESTRICT)
    ]
    assert [state(record, index, T + h * HOUR) for h in (0, 1, 2)] == ["waiting", "in force", "ended"]
    assert state(record, 0, T + 1.5 * HOUR) == "in force"


def test_an_emergency_is_as_long_as_the_rules_allow_and_only_with_the_power_that_they_grant() -> None:
    book = Book()
    book.first(RESTRICT)
    long = alone(book, RESTRICTED, T + HOUR, RESTRICT, "restrict", T + 3 * HOUR + 1, T)
    other = alone(book, RESTRICTED, T + HOUR, RESTRICT, "restore", T + 2 * HOUR, T)
    late = alone(book, RESTRICTED, T + 26 * HOUR, RESTRICT, "restrict", T + 27 * HOUR, T)
    nobody = book.seen(
        book.draft(RESTRICTED, T + HOUR, RESTRICT, (), **emergency("restrict", T + 2 * HOUR)).raw, T
    )
    record = book.record()
    assert "at most 2 h" in why(record, long)
    assert "what one may do alone by the rules in force: restrict" in why(record, other)
    assert "within 24 h" in why(record, late)
    assert "0 of 1 approvals count" in why(record, nobody)
    book = Book()
    book.first(POWERLESS)
    index = alone(book, rules(LICENSED, region("off", 'service = "off"'), powers="[]"), T + HOUR, POWERLESS,
                  "restrict", T + 2 * HOUR, T)  # fmt: skip
    assert "rules in force: none" in why(book.record(), index)


NO_LICENCE = '[elsewhere]\nlicence = "none"\nservice = "emergency"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rules(region("north", 'licence = "none"')), 'region "north" differs'),
        (rules(region("south", 'service = "off"')), 'region "north" is taken out'),
        (rules(LICENSED, region("south", 'licence = "licensed"')), 'says licence "licensed" where "none"'),
        (rules(LICENSED, region("SOUTH", 'service = "off"'), region("south", 'service = "off"')),
         "capital letters alone"),
        (rules(LICENSED, region("x", 'service = "off"\nsales = "available"')), 'says sales "available"'),
        (rules(LICENSED, region("x", 'service = "off"'), grant_s=299), "grant_s differs"),
        (rules(LICENSED, region("x", 'service = "off"'), organisations=1), "governance differs"),
        (rules(LICENSED, region("x", 'service = "off"'), elsewhere=NO_LICENCE), "elsewhere differs"),
    ],
)  # fmt: skip
def test_a_restriction_that_would_in_truth_allow_something_is_refused(text: str, said: str) -> None:
    book = Book()
    book.first(A)
    index = alone(book, text, T + HOUR, A, "restrict", T + 2 * HOUR, T)
    record = book.record()
    assert said in why(record, index)
    assert holds(record, T + 1.5 * HOUR) == digest_of(A)


def test_a_restriction_that_lifts_the_default_of_elsewhere_is_refused() -> None:
    base = rules(elsewhere=NO_LICENCE)
    book = Book()
    book.first(base)
    more = rules(LICENSED, region("x", 'licence = "prohibited"'), elsewhere=NO_LICENCE)
    less = rules(LICENSED, region("x", 'licence = "prohibited"\nservice = "off"'), elsewhere=NO_LICENCE)
    lifts = alone(book, more, T + HOUR, base, "restrict", T + 2 * HOUR, T)
    takes = alone(book, less, T + HOUR, base, "restrict", T + 2 * HOUR, T)
    record = book.record()
    assert 'leaves service "on" where "emergency" may hold' in why(record, lifts)
    assert why(record, takes) == ""


def test_a_restored_region_is_one_that_took_away() -> None:
    book = Book()
    book.first(B)
    takes = alone(book, rules(region("off", 'service = "off"')), T + HOUR, B, "restore", T + 2 * HOUR, T)
    gives = alone(book, A, T + HOUR, B, "restore", T + 2 * HOUR, T)
    record = book.record()
    assert 'region "north" is taken out: it says licence "licensed"' in why(record, takes)
    assert why(record, gives) == ""
    assert [holds(record, T + h * HOUR) for h in (1, 2)] == [digest_of(A), digest_of(B)]


def test_a_region_is_not_restored_from_under_another_that_is_laid_out_without_it() -> None:
    off, around = region("off", 'service = "off"'), region("around", 'service = "off"\nminus = ["OFF"]')
    base = rules(LICENSED, off, around)
    book = Book()
    book.first(base)
    index = alone(book, rules(LICENSED, around), T + HOUR, base, "restore", T + 2 * HOUR, T)
    assert 'region "OFF" is taken out, and "around" is laid out without it' in why(book.record(), index)


def test_a_digest_stands_for_the_rules_that_had_it_first() -> None:
    book = Book()
    book.first(A)
    index = book.seen(book.draft(B, T + HOUR, A, BOTH, digest=digest_of(A)).raw, T)
    assert "digest: " in why(book.record(), index)
    assert "has it for other rules" in why(book.record(), index)


def test_an_ordinary_change_ends_an_emergency_and_is_made_for_the_ordinary_rules() -> None:
    book = Book()
    book.first(A)
    alone(book, B, T + HOUR, A, "restrict", T + 50 * HOUR, T)
    on_emergency = book.seen(book.draft(C, T + 3 * HOUR, B, BOTH).raw, T + 2 * HOUR)
    book.seen(book.draft(C, T + 3 * HOUR, A, BOTH).raw, T + 2 * HOUR)
    record = book.record()
    assert "draft it anew" in why(record, on_emergency)
    assert [holds(record, T + h * HOUR) for h in (1, 3, 60)] == [digest_of(each) for each in (B, C, C)]
    assert state(record, 1, T + 3 * HOUR) == "ended"


def test_an_emergency_over_another_cannot_end_it_early() -> None:
    more = rules(LICENSED, region("off", 'service = "off"'), region("slow", "rate_mbps = 1.0"))
    book = Book()
    book.first(A)
    alone(book, B, T + HOUR, A, "restrict", T + 10 * HOUR, T)
    lifts = alone(book, C, T + 2 * HOUR, A, "restrict", T + 3 * HOUR, T)
    alone(book, more, T + 2 * HOUR, B, "restrict", T + 3 * HOUR, T, "office b")
    record = book.record()
    assert "draft it anew" in why(record, lifts)
    assert [holds(record, T + h * HOUR) for h in (1, 2, 3, 10)] == [
        digest_of(each) for each in (B, more, B, A)
    ]


def test_an_emergency_whose_rules_no_longer_hold_when_it_is_to_begin_does_not_begin() -> None:
    book = Book()
    book.first(A)
    index = alone(book, B, T + 2 * HOUR, A, "restrict", T + 9 * HOUR, T)
    book.seen(book.draft(C, T + HOUR, A, BOTH).raw, T + 1)
    assert holds(book.record(), T + 3 * HOUR) == digest_of(C)
    book.seen(b"{}", T + 2 * HOUR + 1)
    record = book.record()
    assert "no longer held" in why(record, index)
    assert state(record, index, T + 3 * HOUR) == "refused"


def test_an_emergency_within_a_roll_out_takes_away_from_both_rule_sets_that_hold() -> None:
    opened = A
    book = Book()
    book.first(B)
    book.seen(book.draft(opened, T + HOUR, B, BOTH, **SHARES).raw, T)
    slow_only = alone(book, C, T + 2 * HOUR, opened, "restrict", T + 3 * HOUR, T + HOUR)
    both = rules(LICENSED, region("off", 'service = "off"'), region("slow", "rate_mbps = 1.0"))
    good = alone(book, both, T + 2 * HOUR, opened, "restrict", T + 3 * HOUR, T + HOUR)
    record = book.record()
    assert 'region "off" is taken out' in why(record, slow_only)
    assert why(record, good) == ""
    assert holds(record, T + 2 * HOUR) == digest_of(both)


# -------------------------------------------------------------------- parties to be told


def test_a_change_waits_for_the_receipt_of_a_party_that_is_to_be_told_first() -> None:
    told, after = (
        rules(parties=party(True)),
        rules(LICENSED, region("off", 'service = "off"'), parties=party(True)),
    )
    book = Book()
    first = book.draft(told, T, by=BOTH)
    book.seen(first.raw, T)
    assert book.record().holds_at(T + 10**8) is None
    book.seen(receipt(first, T), T)
    change = book.draft(after, T + HOUR, told, BOTH)
    index = book.seen(change.raw, T + 1)
    later = book.seen(book.draft(told, T + 2 * HOUR, after, BOTH).raw, T + 2)
    record = book.record()
    assert (state(record, index, T + 9 * HOUR), state(record, later, T + 9 * HOUR)) == ("waiting", "waiting")
    assert not record.overdue_at(T + 1 + 24 * HOUR)
    assert [(placed.index, each.party.name) for placed, each in record.overdue_at(T + 3 + 24 * HOUR)] == [
        (index, REGULATOR), (later, REGULATOR),
    ]  # fmt: skip
    forged = book.seen(receipt(change, T, key="office a"), T + 25 * HOUR)
    stranger = book.seen(receipt(change, T, by="somebody"), T + 25 * HOUR)
    book.seen(receipt(change, T), T + 25 * HOUR)
    twice = book.seen(receipt(change, T), T + 26 * HOUR)
    record = book.record()
    assert "not one by the key of regulator" in why(record, forged)
    assert "no party 'somebody'" in why(record, stranger)
    assert "before" in why(record, twice)
    assert holds(record, T + 25 * HOUR + LEAD - 1) == digest_of(told)
    assert holds(record, T + 25 * HOUR + LEAD) == digest_of(after)
    assert record.changes[1].told[0].overdue_at(T + 25 * HOUR)


def test_a_party_that_nobody_waits_for_is_overdue_without_its_receipt_and_no_more() -> None:
    told = rules(parties=party(False, hours=1))
    book = Book()
    book.first(told)
    record = book.record()
    assert holds(record, T) == digest_of(told)
    assert [each.party.name for _, each in record.overdue_at(T + HOUR + 1)] == [REGULATOR]


@pytest.mark.parametrize(
    ("where", "concerned"),
    [
        ('countries = ["DE"]', False),
        ('countries = ["de", "FR"]', True),
        ('countries = ["France"]', True),
        ("sea = true", True),
        ('cells = ["8053fffffffffff"]', True),
    ],
)
def test_a_party_is_told_of_what_may_reach_into_its_regions(where: str, concerned: bool) -> None:
    home = party(True, '["north"]')
    book = Book()
    first = book.draft(rules(parties=home), T, by=BOTH)
    book.seen(first.raw, T)
    book.seen(receipt(first, T), T)
    text = rules(LICENSED, region("other", 'service = "off"', where), parties=home)
    book.seen(book.draft(text, T + HOUR, rules(parties=home), BOTH).raw, T)
    record = book.record()
    assert bool(record.changes[1].told) == concerned
    assert holds(record, T + 2 * HOUR) == digest_of(rules(parties=home) if concerned else text)


def test_a_change_of_the_charter_concerns_every_party_and_an_emergency_waits_for_none() -> None:
    home = party(True, '["north"]')
    base = rules(parties=home)
    book = Book()
    first = book.draft(base, T, by=BOTH)
    book.seen(first.raw, T)
    book.seen(receipt(first, T), T)
    alone(book, rules(LICENSED, region("x", 'service = "off"'), parties=home), T + HOUR, base, "restrict",
          T + 2 * HOUR, T)  # fmt: skip
    book.seen(book.draft(A, T + 3 * HOUR, base, BOTH).raw, T)
    record = book.record()
    assert [len(each.told) for each in record.changes] == [1, 1, 1]
    assert [holds(record, T + h * HOUR) for h in (1, 2, 9)] == [
        record.changes[1].change.digest, digest_of(base), digest_of(base),
    ]  # fmt: skip


# -------------------------------------------------------------------- requests, days, anything else


def request(number: int = 1, **members: object) -> Request:
    given: dict[str, object] = {
        "time": time_of(T), "id": f"{number:032x}", "kind": "request", "who": "a ministry",
        "on_behalf_of": "", "for_whose_benefit": "", "relayed_by": "", "how": "request",
        "where_made": "private", "asked_at": time_of(T - HOUR), "asks": "off", "regions": ("north",),
        "text": None, "commitment": -1,
    }  # fmt: skip
    return Request(**given | members)  # type: ignore[arg-type]


def test_a_request_stands_with_its_answers_and_the_changes_that_followed() -> None:
    book = Book()
    book.first(A)
    asked = book.seen(request().raw, T)
    contact = book.seen(request(2, kind="contact", asks="none", how="contact").raw, T)
    change = book.draft(B, T + HOUR, A, BOTH, request=asked)
    index = book.seen(change.raw, T)
    no_request = book.seen(book.draft(C, T + 2 * HOUR, B, BOTH, request=0).raw, T)
    refused = book.seen(Answer(time_of(T), asked, "none yet", ("office a",), "", "").raw, T)
    granted = book.seen(Answer(time_of(T), asked, "granted", BOTH, "So be it.", change.hash).raw, T)
    to_nothing = book.seen(Answer(time_of(T), 0, "refused", BOTH, "", "").raw, T)
    no_change = book.seen(Answer(time_of(T), contact, "refused", BOTH, "", "f" * 64).raw, T)
    same_id = book.seen(request().raw, T)
    record = book.record()
    assert [(each.index, [at for at, _ in each.answers], each.changes) for each in record.requests] == [
        (asked, [refused, granted], (index,)), (contact, [], ()),
    ]  # fmt: skip
    assert "is no request before it" in why(record, no_request)
    assert "is no request before it" in why(record, to_nothing)
    assert "no change" in why(record, no_change)
    assert "needs its own" in why(record, same_id)


def test_a_request_that_was_sealed_shows_the_text_that_was_committed_to() -> None:
    book = Book()
    text = ObjectRef("a" * 64, 100, "text/plain")
    promised = book.seen(Commitment(time_of(T), "a" * 64, time_of(T + HOUR), "A request.").raw, T)
    good = book.seen(request(1, commitment=promised, text=text).raw, T + HOUR)
    other = book.seen(request(2, commitment=promised, text=replace(text, object="b" * 64)).raw, T + HOUR)
    later = book.seen(request(3, commitment=99, text=text).raw, T + HOUR)
    record = book.record()
    assert [each.index for each in record.requests] == [good]
    assert "committed to" in why(record, other)
    assert "does not stand before it" in why(record, later)
    none = book.seen(request(4, commitment=good, text=text).raw, T + HOUR)
    assert "is no commitment" in why(book.record(), none)


def test_a_change_that_stands_before_a_request_does_not_follow_it() -> None:
    book = Book()
    book.first(A)
    change = book.draft(B, T + HOUR, A, BOTH)
    book.seen(change.raw, T)
    asked = book.seen(request().raw, T)
    answer = book.seen(Answer(time_of(T), asked, "granted", BOTH, "", change.hash).raw, T)
    assert "stands before the request" in why(book.record(), answer)


def test_a_day_has_one_root() -> None:
    book = Book()
    first = book.seen(Day(ORIGIN, time_of(T), "2027-01-15", "a" * 64, 3, {}, None).raw, T)
    second = book.seen(Day(ORIGIN, time_of(T), "2027-01-15", "b" * 64, 3, {}, None).raw, T)
    record = book.record()
    assert [(index, day.root[:1]) for index, day in record.days] == [(first, "a")]
    assert "stands in entry 0" in why(record, second)


def test_every_entry_has_a_place_whatever_its_bytes_are() -> None:
    book = Book()
    book.first(A)
    book.seen(b"\xff\x00 no entry", T)
    book.seen(canonical({"type": "weather", "version": 1, "time": time_of(T)}), T)
    newer = book.seen(canonical({"type": "rules-change", "version": 2, "time": time_of(T)}), T)
    odd = book.seen(canonical({"type": "rules-grounds", "version": 1, "time": time_of(T), "more": 1}), T)
    record = book.record()
    assert (record.size, record.counted, record.others, len(record.refused)) == (5, 1, 2, 2)
    assert "version 2" in why(record, newer)
    assert "'more' is not of it" in why(record, odd)


def test_entries_are_seen_in_the_order_of_the_log_and_their_times_never_run_back() -> None:
    book = Book()
    book.first(A, T + HOUR)
    index = book.seen(book.draft(B, T + HOUR + LEAD - 1, A, BOTH).raw, T)
    assert "was seen at " + time_of(T + HOUR) in why(book.record(), index)
    with pytest.raises(InputError, match="order of the log"):
        replay([(1, b"", T), (1, b"", T)], book.beside)


def test_a_record_is_gone_on_from_and_stays_as_it_was() -> None:
    book = Book()
    book.first(A)
    first = book.record()
    index = book.seen(book.draft(B, T + HOUR, A, BOTH).raw, T + 1)
    then = replay(book.entries[index:], book.beside, after=first)
    assert then == book.record()
    assert holds(first, T + HOUR) == digest_of(A)
    assert replay(book.entries[index:], book.beside, after=first) == then


# -------------------------------------------------------------------- before publishing


def test_a_draft_is_checked_by_the_rules_that_count_later() -> None:
    text, more = rules(), rules(LICENSED, region("off", 'service = "off"'))
    book = Book()
    made = {}
    for each in (text, more):
        raw = canonical({"files": {}, "rules": each})
        made[each] = (
            unpack(raw),
            raw,
            ObjectRef(hashlib.sha256(raw).hexdigest(), len(raw) + 65, "application/json"),
        )
        book.packs[made[each][2].object] = raw
    words = {"time": time_of(T), "requester": "operations", "reason": "It was asked for."}
    first = draft(book.record(), *made[text], effective_at=time_of(T), **words)
    assert (first.kind, first.base, first.differs) == ("first", "", ())
    book.seen(by_all(first, BOTH).raw, T)
    record = book.record()
    change = draft(record, *made[more], effective_at=time_of(T + HOUR), **words)
    assert (change.kind, change.base) == ("ordinary", made[text][0].digest)
    assert any("off" in each for each in change.differs)
    pack = made[more][1]
    assert check(change, record, pack, T + 10, approvals=False) == []
    assert check(by_all(change, BOTH), record, pack, T + 10) == []
    assert check(by_all(change, BOTH), record) == []
    (one,) = check(by_all(change, ("office a",)), record, pack, T + 10)
    assert "1 of 2 approvals" in one
    both = check(by_all(change, ("office a",)), record, pack, T + HOUR)
    assert any("approvals" in each for each in both)
    assert any("effective_at" in each for each in both)
    (digest,) = check(by_all(replace(change, digest="0" * 64), BOTH), record, pack, T + 10)
    assert "its rules make rule set" in digest
    unknown = canonical({"files": {}, "rules": more.replace('"FR"', '"Atlantis"')})
    assert any("'Atlantis' given" in each for each in check(change, record, unknown, T + 10))
    urgent = draft(record, *made[more], effective_at=time_of(T + HOUR), power="restrict",
                   ends_at=time_of(T + 2 * HOUR), **words)  # fmt: skip
    assert check(by_all(urgent, ("office c",)), record, pack, T + 10) == []
    with pytest.raises(InputError, match="no emergency"):
        draft(record, *made[more], effective_at=time_of(T - HOUR), power="restrict",
              ends_at=time_of(T + 2 * HOUR), **words)  # fmt: skip
