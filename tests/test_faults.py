"""Faults: servers killed, full disks, locked databases, PostgreSQL restarted, two servers at once."""

import http.client
import json
import random
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from faults import Fleet, Nursery, kill, rounds
from postgres import Cluster
from serving import HERE, UNLICENSED, Service, now_text, said, served

from openleo.http.client import Refused
from openleo.service.store import opening

ROUNDS = 25
ROUNDS_POSTGRESQL = 5


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def told(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """A line that people see, whatever is captured."""
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    told(capsys, f"kill -9, SQLite: {ROUNDS} rounds, seed {seed}")
    assert rounds(str(tmp_path / "store.db"), ROUNDS, seed, lambda _: None) > ROUNDS


@pytest.mark.slow
def test_nor_on_postgresql(postgres: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.SystemRandom().randrange(2**32)
    told(capsys, f"kill -9, PostgreSQL: {ROUNDS_POSTGRESQL} rounds, seed {seed}")
    assert rounds(postgres.database(), ROUNDS_POSTGRESQL, seed, lambda _: None) > ROUNDS_POSTGRESQL


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, nursery: Nursery) -> None:
    store = tmp_path / "store.db"
    service, pid = nursery.server(str(store))
    try:
        fleet = Fleet(service, "full")
        log = Path(f"{store}-wal")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size + 60_000, resource.RLIM_INFINITY))
        caller = fleet.callers[0]
        with pytest.raises(Refused) as refused:
            _until_refused(caller, service)
        assert refused.value.status == 503
        assert refused.value.problem["type"] == "urn:openleo:problem:unavailable"
        assert str(store) not in json.dumps(refused.value.problem)  # where it stands is nobody's business
        assert len(caller.told) > 0
        caller.open, caller.sequence = None, caller.sequence - 1
        assert service.ask("GET", "/healthz").status_code == 503
        caller.check(service)
        # room again: the same server goes on
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        caller.step(service)
        caller.check(service)
        assert service.ask("GET", "/healthz").status_code == 200
        fleet.close()
    finally:
        service.close()
        kill(pid)


def _until_refused(caller: Any, service: Service) -> None:
    for _ in range(10_000):
        caller.step(service)


def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    store = str(tmp_path / "store.db")
    with served(store) as service:
        terminal = service.terminal()
        other = sqlite3.connect(store, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
        release.start()
        assert terminal.check_in(**said(1))["outcome"] == "serve"
        release.join()
        other.close()


def test_a_database_that_stays_locked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_S", 0.2)
    store = str(tmp_path / "store.db")
    with served(store) as service:
        terminal = service.terminal()
        terminal.check_in(**said(1))
        other = sqlite3.connect(store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        words = said(2)
        with pytest.raises(Refused) as refused:
            terminal.check_in(**words)
        assert refused.value.status == 503
        other.execute("ROLLBACK")
        other.close()
        answer = terminal.check_in(**words)  # nothing was kept: it is no repetition
        assert (answer["outcome"], answer["repeated"]) == ("serve", False)


@pytest.mark.slow
def test_a_second_server_on_one_sqlite_file_is_refused(tmp_path: Path) -> None:
    from serving import rules

    from openleo.service.controller import Controller
    from openleo.service.store import StoreUnavailable

    store = str(tmp_path / "store.db")
    with served(store), pytest.raises(StoreUnavailable, match="several servers need PostgreSQL"):
        Controller.open(store, rules())


@pytest.mark.slow
def test_postgresql_restarted_in_the_middle_loses_nothing(postgres: Cluster, nursery: Nursery) -> None:
    service, pid = nursery.server(postgres.database())
    fleet = Fleet(service, "restart")
    done = threading.Event()
    refused: list[str] = []
    failures: list[BaseException] = []

    def work(part: Any) -> None:
        own = Service(service.url, service.operator, service.auditor)
        try:
            while not done.is_set():
                try:
                    part.settle(own)
                    part.step(own)
                except (Refused, AssertionError) as error:
                    if "503" not in str(error):
                        raise
                    refused.append(str(error))
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            own.close()

    def told() -> int:
        return sum(len(each.told) for each in fleet.callers)

    threads = [threading.Thread(target=work, args=(each,)) for each in fleet.parts]
    for each in threads:
        each.start()
    try:
        for mode in ("fast", "immediate"):
            before, ends = told(), time.monotonic() + 20.0
            while told() < before + 20 and time.monotonic() < ends:
                time.sleep(0.01)
            postgres.restart(mode)
        before, ends = told(), time.monotonic() + 20.0
        while told() < before + 20 and time.monotonic() < ends:
            time.sleep(0.01)
        done.set()
        for each in threads:
            each.join()
        assert not failures
        assert told() >= before + 20, "it did not go on"
        fleet.check(service)
    finally:
        done.set()
        fleet.close()
        service.close()
        kill(pid)


@pytest.mark.slow
def test_two_servers_on_one_postgresql_take_a_sequence_number_once(postgres: Cluster) -> None:
    store = postgres.database()
    with served(store) as one, served(store) as two:
        terminals = [one.terminal() for _ in range(4)]
        results: list[tuple[int, str]] = []
        for sequence in range(1, 16):
            asked = []
            for terminal in terminals:
                # the same number with two contents, to both servers at once
                for server, where in ((one, HERE), (two, UNLICENSED)):
                    body = json.dumps(said(sequence, where)).encode()
                    asked.append((server, terminal, body))
            threads = [threading.Thread(target=_send, args=(*each, results)) for each in asked]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        statuses = [status for status, _ in results]
        assert statuses.count(200) == statuses.count(409) == 4 * 15
        for terminal in terminals:
            found = two.do("GET", f"/v1/terminals/{terminal.hardware}/decisions?limit=100")["decisions"]
            assert [each["sequence"] for each in found] == list(range(15, 0, -1))


def _send(server: Service, terminal: Any, body: bytes, results: list[tuple[int, str]]) -> None:
    answer = httpx.post(
        f"{server.url}/v1/check-ins", content=body, headers=terminal.vouched(body), verify=False, timeout=30
    )
    results.append((answer.status_code, answer.text))


@pytest.mark.slow
def test_two_servers_answer_a_check_in_sent_to_both_with_one_decision(postgres: Cluster) -> None:
    store = postgres.database()
    with served(store) as one, served(store) as two:
        terminal = one.terminal()
        for sequence in range(1, 11):
            body = json.dumps(said(sequence)).encode()
            results: list[tuple[int, str]] = []
            threads = [
                threading.Thread(target=_send, args=(each, terminal, body, results)) for each in (one, two)
            ]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            answers = [json.loads(text) for _, text in results]
            assert sorted(each.pop("repeated") for each in answers) == [False, True]
            for each in answers:
                each.pop("retry_km")
            assert answers[0] == answers[1]


@pytest.mark.slow
def test_what_one_server_changes_holds_at_the_other_at_once(postgres: Cluster) -> None:
    store = postgres.database()
    with served(store) as one, served(store) as two:
        terminal = one.terminal("moves")
        terminal.close()
        terminal.url = two.url
        assert terminal.check_in(**said(1))["outcome"] == "serve"
        one.do("POST", "/v1/terminals/moves/state", {"state": "suspended", "why": "A test."})
        assert terminal.check_in(**said(2))["reason"]["name"] == "terminal_suspended"
        one.do("POST", "/v1/terminals/moves/revocation", {"why": "A test."})
        with pytest.raises(Refused, match="401"):
            terminal.check_in(**said(3))
        assert two.do("GET", "/v1/terminals/moves")["enrolled"] is False


@pytest.mark.slow
def test_a_caller_that_goes_away_leaves_the_server_well(tmp_path: Path) -> None:
    with served(str(tmp_path / "store.db")) as service:
        terminal = service.terminal()
        host, port = service.url.removeprefix("http://").split(":")
        for cut in (0, 20):
            body = json.dumps({"sequence": 1 + cut, "time": now_text(), "version": 1}).encode()
            connection = http.client.HTTPConnection(host, int(port))
            connection.putrequest("POST", "/v1/check-ins")
            for name, value in terminal.vouched(body).items():
                connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body[: len(body) - cut])
            connection.close()
        assert terminal.check_in(**said(100))["outcome"] == "serve"
