"""What goes into a log of rules, and whether it stands: nothing counts before the log says who saw it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_witnesses import Clock, served

from openleo.ledger.client import RemoteLog
from openleo.ledger.entries import Unknown, read_entry, time_of
from openleo.ledger.errors import NotWritten
from openleo.ledger.log import Log
from openleo.ledger.note import Verifier
from openleo.ledger.source import Folder
from openleo.ledger.web import Answer, Request
from openleo.ledger.witness import LARGEST_REQUEST, Witness
from openleo.service.governance import publishing
from openleo.service.governance.account import account_of
from openleo.service.governance.asked import Request as Asked
from openleo.service.governance.seen import TYPE

ORIGIN = "log.example/tenerife"
THEN_S = 1_795_000_000
ASKED = Asked(
    time_of(THEN_S), "ab" * 16, "request", "Ministry QP", "", "", "", "request", "public", time_of(THEN_S),
    "off", ("town",), None, -1,
)  # fmt: skip


class Witnessing:
    """A witness that cosigns up to a size, and says of more that it cannot."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.most = 10**6
        self.witness = Witness.open(folder, clock)

    def answer(self, request: Request) -> Answer:
        size = int(request.body.split(b"\n\n", 1)[1].splitlines()[1])
        return self.witness.answer(request) if size <= self.most else Answer.sentence(503, "no disk")


@contextmanager
def a_log(folder: Path) -> Iterator[tuple[Witnessing, Clock]]:
    """A log with one witness in the folder `ledger`; the clocks of both stand."""
    clock = Clock(float(THEN_S))
    Log.create(folder / "ledger", ORIGIN, clock=clock)
    key = Verifier.parse((folder / "ledger" / "policy").read_text().split()[1])
    verifier = Witness.create(folder / "w1", "witness.example/w1")
    (folder / "w1" / "logs").write_text(f"log {key.vkey}\n")
    seer = Witnessing(folder / "w1", clock)
    with seer.witness, served(seer.answer, LARGEST_REQUEST) as server:
        with Log.open(folder / "ledger", clock=clock) as log:
            url = f"http://127.0.0.1:{server.port}"
            log.change_policy(f"witness w1 {verifier.vkey} {url}\nquorum w1\n", "a witness")
        yield seer, clock


def entries(log: Log) -> list[Unknown]:
    """All entries of governance, and those that say what was seen."""
    tree = log.tree()
    found = [read_entry(tree.entry(index)) for index in range(log.published.size)]
    return [each for each in found if isinstance(each, Unknown)]


def counts(log: Log) -> list[int]:
    """The requests that count, by a fresh reader."""
    account = account_of(Folder(log.store.public), None, now=THEN_S + 86_400)
    assert account.report.ok, account.report.problems
    assert not account.wrong
    return [each.index for each in account.record.requests]


def test_an_entry_is_followed_by_who_saw_it_by_the_clock_of_the_log(tmp_path: Path) -> None:
    with a_log(tmp_path) as (_, clock), Log.open(tmp_path / "ledger", clock=clock) as log:
        index = publishing.append(log, ASKED)
        clock.now += 3600.0
        later = publishing.append(log, replace(ASKED, id="cd" * 16))
        found = entries(log)
        assert [each.type for each in found] == ["request", TYPE, "request", TYPE]
        assert [each.time for each in found if each.type == TYPE] == [time_of(THEN_S), time_of(clock.now)]
        assert counts(log) == [index, later]


def test_an_entry_behind_which_nothing_can_be_published_is_said_not_to_count_yet(tmp_path: Path) -> None:
    with a_log(tmp_path) as (seer, clock):
        with Log.open(tmp_path / "ledger", clock=clock, timeout_s=0.5) as log:
            seer.most = 3
            with pytest.raises(publishing.NotSeen, match=r"Entry 2 stands .*, not seen .*openleo rules seen"):
                publishing.append(log, ASKED)
            assert publishing.NotSeen.exit_code == 4
            assert counts(log) == []
        seer.most = 10**6
        with Log.open(tmp_path / "ledger", clock=clock) as log:
            log.wait()  # what says who saw it had been written, and is published now
            assert counts(log) == [2]


def test_an_entry_that_no_witness_saw_is_said_not_to_count_yet_and_is_mended_alone(tmp_path: Path) -> None:
    with a_log(tmp_path) as (seer, clock):
        with Log.open(tmp_path / "ledger", clock=clock, timeout_s=0.5) as log:
            seer.most = 2
            with pytest.raises(publishing.NotSeen, match="openleo rules seen"):
                publishing.append(log, ASKED)
        seer.most = 10**6
        with Log.open(tmp_path / "ledger", clock=clock) as log:
            log.wait()
            assert counts(log) == []
            publishing.see(log)
            assert counts(log) == [2]
            assert [each.type for each in entries(log)] == ["request", TYPE, TYPE]


def test_what_is_not_written_at_all_is_said_to_be_so() -> None:
    with served(lambda request: Answer.sentence(503, "no room")) as server:
        log = RemoteLog(f"http://127.0.0.1:{server.port}", "token")
        with pytest.raises(NotWritten):
            publishing.append(log, ASKED)


def test_an_old_checkpoint_from_somewhere_between_is_not_taken_for_one_that_covers_an_entry() -> None:
    shown = f"{ORIGIN}\n5\n{'A' * 43}=\n\n"
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        if request.path == "/append":
            return Answer(200, json.dumps({"first": 7, "count": 1}).encode(), "application/json")
        return Answer(200, shown.encode())

    with served(answer) as server:
        log = RemoteLog(f"http://127.0.0.1:{server.port}", "token")
        with pytest.raises(publishing.NotSeen, match=re.escape("Entry 7 stands in the log")):
            publishing.append(log, ASKED)
    assert asked == ["/append", "/checkpoint"]
