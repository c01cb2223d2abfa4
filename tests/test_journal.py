"""What a controller notes of what it enforced, and the store that is held against it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from controlled import MINUTE_US, Served
from enforced_log import Governed, governed

from openleo.service.force import zones_of
from openleo.service.records import Outcome
from openleo.service.store import Store


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        made.publish(in_s=10)
        made.clock.pass_s(10)
        yield made


@pytest.fixture
def notes(log: Governed) -> Path:
    """The file of what a controller enforced, which has run once and was stopped."""
    with Served(log, log.enforcement()) as served:
        assert served.outcome() == Outcome.SERVE
    log.clock.pass_s(60)
    return log.folder / "mirror" / "enforced"


def changed(log: Governed, *statements: str, given: tuple[Any, ...] = ()) -> None:
    """Somebody with access to the database."""
    with sqlite3.connect(log.folder / "store.db") as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f"DROP TRIGGER {name}")
        for each in statements:
            base.execute(each, given)
    base.close()


def started(log: Governed) -> list[str]:
    """What the next start says was tampered with; it serves as before."""
    with Served(log, log.enforcement()) as served:
        assert served.outcome() == Outcome.SERVE
        served.controller.in_force.compare()
        return list(served.enforcement.tampering)


# ---------------------------------------------------------------------- rows that cannot be


IMPOSSIBLE = {
    "a time in words": ("UPDATE in_force SET from_us = 'at noon'", ()),
    "a time before 1970": ("UPDATE in_force SET from_us = -1", ()),
    "a time after all": ("INSERT INTO in_force (from_us, rules) VALUES (1e30, 1)", ()),
    "a time in the year 200 000": ("UPDATE in_force SET from_us = 6250000000000000000", ()),
    "a rule set in words": ("INSERT INTO in_force (from_us, rules) VALUES (1, 'the old one')", ()),
    "a digest in bytes": ("UPDATE rules SET digest = ?", (b"\xff\x00",)),
    "a version in words": ("UPDATE rules SET version = 'the first'", ()),
    "words that are none in UTF-8": ("UPDATE rules SET name = CAST(? AS TEXT)", (b"\xff\xfe",)),
    "regions in bytes": ("UPDATE zones SET regions = ?", (b"\xff",)),
    "a zone in words": ("UPDATE zones SET zone = 'Paris' WHERE zone = 1", ()),
}  # fmt: skip


@pytest.mark.parametrize("how", IMPOSSIBLE)
def test_a_row_that_cannot_be_is_told_and_stops_neither_the_comparison_nor_a_start(
    log: Governed, how: str
) -> None:
    statement, given = IMPOSSIBLE[how]
    with Served(log, log.enforcement()) as served:
        digest = served.ask(0).digest
        changed(log, statement, given=given)
        served.controller.in_force.compare()
        assert any("The store was changed" in each for each in served.enforcement.tampering)
        assert served.ask(0).digest == digest
    log.clock.pass_s(1)
    assert any("The store was changed" in each for each in started(log))


def test_beside_a_row_that_cannot_be_the_others_are_compared(log: Governed, notes: Path) -> None:
    changed(
        log,
        "INSERT INTO in_force (from_us, rules) VALUES ('never', 1)",
        f"INSERT INTO in_force (from_us, rules) VALUES ({log.clock()}, 99)",
    )
    said = "\n".join(started(log))
    assert "a time or a rule set that cannot be" in said
    assert "names the rule set of no row" in said


def test_thousands_of_wrong_rows_hide_no_other(log: Governed, notes: Path) -> None:
    rows = ", ".join(["('never', 1)", f"({log.clock()}, 99)"] * 500)
    changed(log, "DELETE FROM in_force", f"INSERT INTO in_force (from_us, rules) VALUES {rows}")
    said = started(log)
    assert any("is missing" in each for each in said)
    assert any("names the rule set of no row" in each for each in said)
    assert any("491 more of this kind" in each for each in said)
    assert len(said) < 20


def test_what_another_server_put_in_force_since_the_last_look_is_judged_after_the_next(
    log: Governed,
) -> None:
    with Served(log, log.enforcement()) as served:
        change = log.publish("FR", in_s=300)
        other = log.enforcement("another")
        log.clock.pass_s(300)
        rules = other.rules_at(log.clock())
        assert rules is not None
        assert rules.digest == change.digest
        served.controller.store.put_in_force(
            rules.digest, rules.name, rules.version, zones_of(rules), log.clock()
        )
        served.controller.in_force.compare()
        assert not served.enforcement.tampering  # it has not seen that change yet
        served.enforcement.follow()
        served.controller.in_force.compare()
        assert not served.enforcement.tampering
        changed(log, f"INSERT INTO in_force (from_us, rules) VALUES ({log.clock()}, 1)")
        served.controller.in_force.compare()
        assert "by the log it is" in "".join(served.enforcement.tampering)  # the rules before


# ---------------------------------------------------------------------- a process that died


class Died(BaseException):
    """As a process ends: nothing of ours comes after it."""


def test_a_process_that_died_before_the_store_had_the_row_leaves_no_alarm(
    log: Governed, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(*_: object) -> int:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(Store, "put_in_force", died)
        with pytest.raises(Died), Served(log, log.enforcement()):
            pass
    assert notes.read_text().splitlines()[-1].startswith("begins ")
    log.clock.pass_s(1)
    assert not started(log)
    changed(log, f"DELETE FROM in_force WHERE from_us < {log.clock() - MINUTE_US}")
    assert any("missing" in each for each in started(log))  # of the first start, a minute ago


def test_a_process_that_died_after_it_leaves_none_either_and_a_row_removed_later_is_named(
    log: Governed, notes: Path
) -> None:
    lines = notes.read_text().splitlines(keepends=True)
    assert lines[-2] == f"begins {lines[-1]}"
    notes.write_text("".join(lines[:-1]))
    assert not started(log)
    changed(log, "DELETE FROM in_force WHERE number = 1")
    assert any("missing" in each for each in started(log))


def test_a_process_that_died_twice_within_a_minute_leaves_what_the_second_one_put_in_force(
    log: Governed, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Store.put_in_force

    def died(*given: Any) -> int:
        if log.clock() == times[-1]:
            put(*given)
        raise Died

    times = [log.clock(), log.clock() + 1_000_000]
    with monkeypatch.context() as patched:
        patched.setattr(Store, "put_in_force", died)
        for us in times:
            log.clock.us = us
            with pytest.raises(Died), Served(log, log.enforcement()):
                pass
    log.clock.pass_s(1)
    assert not started(log)
    changed(log, f"DELETE FROM in_force WHERE from_us = {times[-1]}")
    log.clock.pass_s(1)
    assert any("missing" in each for each in started(log))


def test_rules_that_begin_while_the_store_is_compared_are_no_alarm(
    log: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Served(log, log.enforcement()) as served:
        change = log.publish("FR", in_s=300)
        served.enforcement.follow()
        log.clock.pass_s(300)
        put = Store.put_in_force

        def meanwhile(*given: Any) -> int:
            served.controller.in_force.compare()
            number = put(*given)
            served.controller.in_force.compare()
            return number

        monkeypatch.setattr(Store, "put_in_force", meanwhile)
        assert served.ask(0).digest == change.digest
        served.controller.in_force.compare()
        assert not served.enforcement.tampering
    log.clock.pass_s(1)
    with Served(log, log.enforcement()) as again:
        assert not again.enforcement.tampering


# ---------------------------------------------------------------------- notes that were damaged


DAMAGED = {
    "a byte that is not UTF-8": (b"\xff\n", "line 4 is none that was written here"),
    "three words": (b"17 " + b"ab" * 32 + b" twice\n", "line 4 is none"),
    "another number": ("\u0661\u0662 ".encode() + b"ab" * 32 + b"\n", "line 4 is none"),
    "a digest too short": (b"1700000000000000 abcd\n", "line 4 is none"),
    "an empty line": (b"\n", "line 4 is none"),
    "many of them": (b"\xff\n" * 12, "enforced: 3 more of this kind"),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_lines_that_are_none_of_ours_are_said_and_stop_nothing(log: Governed, notes: Path, how: str) -> None:
    more, said = DAMAGED[how]
    notes.write_bytes(notes.read_bytes() + more)
    told = "\n".join(started(log))
    assert "The notes beside the copy of the log were changed: enforced" in told
    assert said in told
    assert "The store was changed" not in told
    changed(log, "DELETE FROM in_force WHERE number = 1")
    assert any("missing" in each for each in started(log))  # what is whole still counts


@pytest.mark.parametrize("name", ["enforced", "sizes"])
@pytest.mark.parametrize("how", ["empty", "missing"])
def test_notes_that_are_gone_are_said(log: Governed, notes: Path, name: str, how: str) -> None:
    path = notes.with_name(name)
    path.write_bytes(b"") if how == "empty" else path.unlink()
    (said,) = started(log)
    assert said.endswith(f"changed: {name} is {how}")
    assert not started(log)  # they are made anew


def test_notes_removed_while_the_controller_runs_are_said_and_written_again(log: Governed) -> None:
    with Served(log, log.enforcement()) as served:
        path = log.folder / "mirror" / "enforced"
        before = path.read_bytes().splitlines()
        path.unlink()
        served.controller.in_force.compare()
        assert any("enforced is missing" in each for each in served.enforcement.tampering)
        assert path.read_bytes().splitlines() == [before[0], before[-1]]
    assert not started(log)


@pytest.mark.parametrize("cut", [1, 30, 70, 90])
@pytest.mark.parametrize("name", ["enforced", "sizes"])
def test_a_last_line_that_was_cut_off_is_said_and_is_no_tampering(
    log: Governed, notes: Path, name: str, cut: int
) -> None:
    path = notes.with_name(name)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][: -min(cut, len(lines[-1]) - 1)])
    with Served(log, log.enforcement()) as served:
        assert not served.enforcement.tampering
        assert f"The last line of the copy of the log/{name} was cut off" in served.wrong
        assert served.outcome() == Outcome.SERVE
    with Served(log, log.enforcement()) as again:
        assert again.wrong == ""


# ---------------------------------------------------------------------- notes that cannot be written


def test_where_nothing_can_be_noted_the_log_holds_and_health_says_so(log: Governed) -> None:
    mirror = log.folder / "mirror"
    with Served(log, log.enforcement()) as served:
        change = log.publish("FR", in_s=300)
        served.enforcement.follow()
        log.clock.pass_s(300)
        mirror.rename(log.folder / "away")
        mirror.write_bytes(b"no folder")
        answers = served.ask(0)
        assert (answers.digest, answers.decisions.outcome[0]) == (change.digest, Outcome.REFUSE)
        assert "Not noted beside the copy of the log" in served.wrong
        assert str(log.folder) not in served.wrong
        mirror.unlink()
        (log.folder / "away").rename(mirror)
        served.controller.in_force.compare()
        assert "Not noted" not in served.wrong
    assert (mirror / "enforced").read_text().splitlines()[-1].endswith(change.digest)
    changed(log, "DELETE FROM in_force WHERE number = (SELECT max(number) FROM in_force)")
    with Served(log, log.enforcement()) as again:
        assert any("missing" in each for each in again.enforcement.tampering)


def test_a_full_disk_leaves_no_half_a_line(log: Governed) -> None:
    path = log.folder / "mirror" / "enforced"
    with Served(log, log.enforcement()) as served:
        change = log.publish("FR", in_s=300)
        served.enforcement.follow()
        log.clock.pass_s(300)
        path.rename(path.with_name("away"))
        path.symlink_to("/dev/full")
        assert served.ask(0).digest == change.digest
        assert "No space left on device" in served.wrong
        path.unlink()
        path.with_name("away").rename(path)
        served.controller.in_force.compare()
    assert len(path.read_text().splitlines()) == 5
    with Served(log, log.enforcement()) as again:
        assert again.wrong == ""


def test_a_store_that_refuses_for_long_does_not_fill_the_notes(
    log: Governed, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openleo.service.store import StoreUnavailable

    def refused(*_: object) -> int:
        raise StoreUnavailable("locked")

    with Served(log, log.enforcement()) as served:
        log.publish("FR", in_s=300)
        served.enforcement.follow()
        log.clock.pass_s(300)
        with monkeypatch.context() as patched:
            patched.setattr(Store, "put_in_force", refused)
            before = len(notes.read_bytes().splitlines())
            for _ in range(50):
                with pytest.raises(StoreUnavailable):
                    served.ask(0)
                log.clock.pass_s(0.1)
        assert len(notes.read_bytes().splitlines()) == before + 1
        assert served.outcome() == Outcome.REFUSE
        served.controller.in_force.compare()
        assert not served.enforcement.tampering
