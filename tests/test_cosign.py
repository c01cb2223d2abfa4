"""A log asks its witnesses: real ones over HTTP, some that are down, and some that lie."""

import contextlib
import gzip
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_witnesses import (
    ORIGIN,
    Clock,
    MemoryLog,
    RawServer,
    Running,
    eventually,
    make_witness,
    served,
    serving,
)

from openleo.ledger import cosign
from openleo.ledger.cosign import Witnesses
from openleo.ledger.errors import Halted, Refused, Unavailable
from openleo.ledger.note import COSIGNATURE, Note, Signer, Verifier
from openleo.ledger.policy import Policy
from openleo.ledger.web import Answer, Request

LOG = MemoryLog()
FORK = MemoryLog(branch="another", since=3)
NOW = int(Clock().now)
LIAR = Signer("witness.example/liar", bytes([50]) * 32, COSIGNATURE)
STRANGER = Signer("witness.example/stranger", bytes([51]) * 32, COSIGNATURE)
TIMEOUT_S = 30.0
"""Never waited for where a test goes well."""


def policy(quorum: str, **witnesses: tuple[Verifier, str]) -> Policy:
    """A policy of witnesses by name; the quorum is a number of them, or none."""
    lines = [f"log {LOG.signer.verifier.vkey}"]
    lines += [f"witness {name} {verifier.vkey} {url}" for name, (verifier, url) in witnesses.items()]
    if quorum != "none":
        lines.append(f"group all-of-them {quorum} {' '.join(witnesses)}")
    lines.append(f"quorum {'none' if quorum == 'none' else 'all-of-them'}")
    return Policy.parse("".join(f"{line}\n" for line in lines).encode())


@contextlib.contextmanager
def asking(policy: Policy, clock: Clock | None = None, timeout_s: float = TIMEOUT_S) -> Iterator[Witnesses]:
    """The witnesses of a policy, let go in the end."""
    with contextlib.closing(Witnesses(policy, clock=clock or Clock(), timeout_s=timeout_s)) as witnesses:
        yield witnesses


def ask(witnesses: Witnesses, size: int, log: MemoryLog = LOG) -> Note:
    """Have a size of a log cosigned."""
    return witnesses.ask(log.note(size), log.tree(size))


def cosigners(note: Note, policy: Policy) -> list[str]:
    """Who cosigned a note, each line checked; a key that did twice is an error."""
    _, held = policy.open(note.raw)
    names = [each.by.name for each in held if each.by.kind == COSIGNATURE]
    assert len(set(names)) == len(names)
    assert len(names) == len(note.signatures) - 1, "a line of nobody in the policy"
    return sorted(name.removeprefix("witness.example/") for name in names)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Running]]:
    """Three witnesses that follow the log."""
    with contextlib.ExitStack() as stack:
        found = []
        for name in ("one", "two", "three"):
            make_witness(tmp_path / name, LOG, name=f"witness.example/{name}")
            found.append(stack.enter_context(serving(tmp_path / name)))
        yield found


def by_name(running: list[Running]) -> dict[str, tuple[Verifier, str]]:
    """As `policy` takes them."""
    return {each.folder.name: (each.verifier, each.url) for each in running}


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Running]:
    """One honest witness."""
    make_witness(tmp_path / "one", LOG, name="witness.example/one")
    with serving(tmp_path / "one") as running:
        yield running


def nobody() -> str:
    """A URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def cosigned(size: int, signer: Signer = LIAR, time: int = NOW, log: MemoryLog = LOG) -> bytes:
    """The line of a cosignature."""
    return signer.sign(log.text(size), time).line.encode()


# ---------------------------------------------------------------- witnesses that do as they should


def test_a_checkpoint_comes_back_with_a_cosignature_of_each(three: list[Running]) -> None:
    trusted = policy("2", **by_name(three))
    with asking(trusted) as witnesses:
        for size in (1, 2, 5, 5, 300):
            note = ask(witnesses, size)
            assert note.text == LOG.text(size)
            assert cosigners(note, trusted) == ["one", "three", "two"]
        assert witnesses.trouble == {"one": "", "two": "", "three": ""}


def test_a_log_that_was_started_again_learns_what_each_witness_holds(three: list[Running]) -> None:
    trusted = policy("3", **by_name(three))
    with asking(trusted) as witnesses:
        ask(witnesses, 5)
    with asking(policy("1", **by_name(three[:1]))) as witnesses:
        ask(witnesses, 9)
    with asking(trusted) as witnesses:
        assert len(cosigners(ask(witnesses, 12), trusted)) == 3


def test_connections_are_kept_open() -> None:
    connections = set()

    def answer(request: Request) -> Answer:
        connections.add(threading.current_thread())
        return Answer(200, cosigned(int(request.body.split(b"\n")[-5])))

    with served(answer) as server, asking(policy("1", liar=(LIAR.verifier, server.url))) as witnesses:
        for size in (1, 2, 3):
            ask(witnesses, size)
    assert len(connections) == 1


def test_a_cosignature_that_stood_there_before_is_not_kept_beside_the_new_one(one: Running) -> None:
    trusted = policy("1", one=(one.verifier, one.url))
    with asking(trusted) as witnesses:
        first = ask(witnesses, 5)
        one.clock.now += 10
        second = witnesses.ask(first, LOG.tree(5))
    assert cosigners(second, trusted) == ["one"]
    times = [[each.time for each in trusted.open(note.raw)[1] if each.time] for note in (first, second)]
    assert times == [[NOW], [NOW + 10]]


def test_without_witnesses_nobody_is_asked() -> None:
    with asking(policy("none")) as witnesses:
        assert ask(witnesses, 5) == LOG.note(5)
        assert witnesses.trouble == {}


def test_witnesses_are_asked_where_no_quorum_is_needed_too(one: Running) -> None:
    trusted = policy("none", one=(one.verifier, one.url), liar=(LIAR.verifier, nobody()))
    with asking(trusted) as witnesses:
        assert cosigners(ask(witnesses, 5), trusted) == ["one"]


def test_the_tree_is_that_of_the_checkpoint() -> None:
    with asking(policy("none")) as witnesses, pytest.raises(Refused, match="6 entries"):
        witnesses.ask(LOG.note(5), LOG.tree(6))


def test_a_url_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(Refused, match="ftp://"):
        Witnesses(policy("1", liar=(LIAR.verifier, "ftp://witness.example")))


# ---------------------------------------------------------------- witnesses that are down, or slow


def test_one_that_is_down_is_named_and_the_quorum_goes_on(three: list[Running]) -> None:
    others = by_name(three[:2])
    trusted = policy("2", **others, three=(three[2].verifier, nobody()))
    with asking(trusted) as witnesses:
        assert cosigners(ask(witnesses, 5), trusted) == ["one", "two"]
        assert "refused" in witnesses.trouble.pop("three")
        assert set(witnesses.trouble.values()) >= {""}
        with (
            pytest.raises(Unavailable) as error,
            asking(policy("3", **others, three=trusted_at(three[2]))) as all_three,
        ):
            ask(all_three, 6)
        assert "three: http://127.0.0.1:" in str(error.value)
        assert "one:" not in str(error.value)


def trusted_at(running: Running) -> tuple[Verifier, str]:
    """A witness at a URL where it is not."""
    return running.verifier, nobody()


def test_a_witness_without_url_is_named_where_the_quorum_needs_it(one: Running) -> None:
    lines = [f"witness one {one.verifier.vkey} {one.url}", f"witness quiet {STRANGER.verifier.vkey}"]
    text = "\n".join((*lines, "group both all one quiet", "quorum both", ""))
    with (
        asking(Policy.parse(text.encode())) as witnesses,
        pytest.raises(Unavailable, match=r"quiet: .*no URL"),
    ):
        ask(witnesses, 5)


def failing(status: int = 500) -> tuple[Callable[[Request], Answer], list[int]]:
    """A witness that fails each time, and a list that grows with each request."""
    asked: list[int] = []

    def answer(request: Request) -> Answer:
        asked.append(status)
        return Answer.sentence(status, "out of order")

    return answer, asked


def test_one_that_fails_is_asked_again_after_longer_and_longer_pauses(
    one: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cosign, "GRACE_S", TIMEOUT_S)
    answer, asked = failing()
    with served(answer) as server:
        trusted = policy("1", one=(one.verifier, one.url), liar=(LIAR.verifier, server.url))
        clock, moments = Clock(), list[float]()
        with asking(trusted, clock) as witnesses:
            for half in range(300):
                before = len(asked)
                clock.now = one.clock.now = NOW + half / 2
                assert "one" in cosigners(ask(witnesses, 5), trusted)
                if len(asked) > before:
                    moments.append(half / 2)
        assert moments == [0, 1, 3, 7, 15, 31, 63, 127]
        assert "HTTP status 500: 'out of order'" in witnesses.trouble["liar"]


def test_one_without_which_there_is_no_quorum_is_asked_every_second() -> None:
    answer, asked = failing()
    clock = Clock()
    with served(answer) as server, asking(policy("1", liar=(LIAR.verifier, server.url)), clock) as witnesses:
        for half in range(20):
            clock.now = NOW + half / 2
            with pytest.raises(Unavailable, match="liar: HTTP status 500: 'out of order'"):
                ask(witnesses, 5)
    assert len(asked) == 10


def test_a_clock_that_goes_back_makes_nobody_wait() -> None:
    answer, asked = failing()
    clock = Clock()
    with served(answer) as server, asking(policy("1", liar=(LIAR.verifier, server.url)), clock) as witnesses:
        for _ in range(3):
            clock.now -= 7200
            with pytest.raises(Unavailable):
                ask(witnesses, 5)
    assert len(asked) == 3


def test_one_that_comes_back_is_well_again(tmp_path: Path) -> None:
    folder, clock = tmp_path / "one", Clock()
    make_witness(folder, LOG)
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(serving(folder, clock))
        trusted = policy("1", one=(running.verifier, running.url))
        witnesses = stack.enter_context(asking(trusted, clock))
        ask(witnesses, 5)
        working = running.clock
        working.now -= 60
        clock.now = working.now
        with pytest.raises(Unavailable, match=r"one: HTTP status 503: .*went back"):
            ask(witnesses, 6)
        working.now += 120
        assert cosigners(ask(witnesses, 6), trusted) == ["one"]
        assert witnesses.trouble == {"one": ""}


@contextlib.contextmanager
def raw(talk: Callable[[socket.socket], None]) -> Iterator[RawServer]:
    """A server that says what it likes."""
    with contextlib.closing(RawServer(talk)) as server:
        yield server


def test_one_that_hangs_does_not_hold_up_the_others(one: Running) -> None:
    go_on = threading.Event()
    with raw(lambda _: bool(go_on.wait(60))) as server:
        trusted = policy("1", one=(one.verifier, one.url), liar=(LIAR.verifier, server.url))
        with asking(trusted) as witnesses:
            for size in (5, 6, 7):
                assert cosigners(ask(witnesses, size), trusted) == ["one"]
                assert witnesses.trouble["liar"] == "", "its time was not up when the others were enough"
            eventually(lambda: server.asked == 1)
            go_on.set()
            eventually(lambda: witnesses.trouble["liar"] != "")


def test_one_that_hangs_is_named_in_the_end() -> None:
    go_on = threading.Event()
    with (
        raw(lambda _: bool(go_on.wait(60))) as server,
        asking(policy("1", liar=(LIAR.verifier, server.url)), timeout_s=0.2) as witnesses,
    ):
        with pytest.raises(Unavailable, match=r"liar: (no answer|.*timed out)"):
            ask(witnesses, 5)
        assert witnesses.trouble["liar"]
        go_on.set()


def drip(connection: socket.socket) -> None:
    """A right head, and then a byte at a time: no single read ever takes long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        connection.sendall(b"a")
        threading.Event().wait(0.05)


def flood(connection: socket.socket) -> None:
    """A body without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"a" * 65536)


def headers(connection: socket.socket) -> None:
    """Headers without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"a" * 60000 + b"\r\n")


def bomb(connection: socket.socket) -> None:
    """A body that is small until it is unpacked."""
    packed = gzip.compress(bytes(50_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    connection.sendall(head.encode() + packed)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(drip, marks=pytest.mark.slow),
        flood,
        headers,
        bomb,
        lambda connection: None,
        lambda connection: connection.sendall(b"\x00\xff nonsense\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda connection: connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
        ),
    ],
    ids=[
        "drip",
        "flood",
        "headers",
        "bomb",
        "closes",
        "nonsense",
        "cut off",
        "empty",
        "continue",
        "elsewhere",
    ],
)
def test_no_way_to_answer_holds_up_the_log(one: Running, talk: Callable[[socket.socket], None]) -> None:
    with raw(talk) as server:
        trusted = policy("1", one=(one.verifier, one.url), liar=(LIAR.verifier, server.url))
        with asking(trusted, timeout_s=1) as witnesses:
            assert cosigners(ask(witnesses, 5), trusted) == ["one"]
            eventually(lambda: witnesses.trouble["liar"] != "")
            assert witnesses.trouble["one"] == ""
            needed = policy("1", liar=(LIAR.verifier, server.url))
            with asking(needed, timeout_s=0.3) as without, pytest.raises(Unavailable, match="liar: "):
                ask(without, 5)


# ---------------------------------------------------------------- witnesses that lie


LIES = {
    "another root": (Answer(200, cosigned(5, log=FORK)), "does not hold"),
    "another size": (Answer(200, cosigned(4)), "does not hold"),
    "another key": (Answer(200, cosigned(5, STRANGER)), "no cosignature"),
    "another key under its name": (
        Answer(200, cosigned(5, Signer(LIAR.verifier.name, bytes([51]) * 32, COSIGNATURE))),
        "no cosignature",
    ),
    "a log's kind of signature": (
        Answer(200, Signer(LIAR.verifier.name, bytes([50]) * 32).sign(LOG.text(5)).line.encode()),
        "no cosignature",
    ),
    "an hour late": (Answer(200, cosigned(5, time=NOW - 3600)), "3600 s before our clock"),
    "an hour early": (Answer(200, cosigned(5, time=NOW + 3600)), "3600 s after our clock"),
    "one that holds and one that does not": (
        Answer(200, cosigned(5) + cosigned(5, log=FORK)),
        "does not hold",
    ),
    "no newline": (Answer(200, cosigned(5)[:-1]), "newline"),
    "an empty line": (Answer(200, cosigned(5) + b"\n"), "line 2"),
    "words": (Answer(200, b"cosigned!\n"), "line 1"),
    "not UTF-8": (Answer(200, b"\xff\n"), "UTF-8"),
    "the note itself": (Answer(200, LOG.note(5).raw), "line 1"),
    "a short signature": (Answer(200, cosigned(5)[:60] + b"\n"), "line 1"),
    "201": (Answer(201, cosigned(5)), "HTTP status 201"),
    "400": (Answer.sentence(400, "wrong"), "HTTP status 400: 'wrong'"),
    "403": (Answer(403), "HTTP status 403: no reason given"),
    "404": (Answer.sentence(404, "unknown"), "HTTP status 404"),
    "422 to an empty proof": (Answer.sentence(422, "no"), "HTTP status 422"),
    "409 with words": (Answer.sentence(409, "conflict"), "409: size: 'conflict'"),
    "409 with nothing": (Answer(409), "409: size: ''"),
    "409 with a leading zero": (Answer(409, b"03\n"), "409: size: '03'"),
    "409 with a negative size": (Answer(409, b"-3\n"), "409: size: '-3'"),
    "409 with a smaller size for ever": (Answer(409, b"3\n"), "twice"),
    "409 with size 0 for ever": (Answer(409, b"0\n"), "twice"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_never_taken_and_its_teller_named(lie: str) -> None:
    answer, reason = LIES[lie]
    with served(lambda _: answer) as server:
        trusted = policy("1", liar=(LIAR.verifier, server.url))
        with asking(trusted) as witnesses:
            with pytest.raises(Unavailable) as error:
                ask(witnesses, 5)
            assert f"liar: {witnesses.trouble['liar']}" in str(error.value)
            assert reason in witnesses.trouble["liar"]
            assert "\n" not in str(error.value)
        relaxed = policy("none", liar=(LIAR.verifier, server.url))
        with asking(relaxed) as witnesses:
            assert ask(witnesses, 5) == LOG.note(5)


def test_liars_do_not_keep_an_honest_quorum_from_its_work(three: list[Running]) -> None:
    with contextlib.ExitStack() as stack:
        liars = {}
        for at, (answer, _) in enumerate(LIES.values()):
            server = stack.enter_context(served(lambda _, answer=answer: answer))
            key = Signer(f"witness.example/liar{at}", bytes([60 + at]) * 32, COSIGNATURE)
            liars[f"liar{at}"] = (key.verifier, server.url)
        trusted = policy("3", **by_name(three), **liars)
        witnesses = stack.enter_context(asking(trusted))
        for size in (5, 6):
            assert cosigners(ask(witnesses, size), trusted) == ["one", "three", "two"]


def test_liars_alone_are_no_quorum(one: Running) -> None:
    with served(lambda _: LIES["another root"][0]) as server:
        trusted = policy("2", one=(one.verifier, one.url), liar=(LIAR.verifier, server.url))
        with asking(trusted) as witnesses, pytest.raises(Unavailable, match=r"liar: .*does not hold"):
            ask(witnesses, 5)


def test_the_cosignature_of_another_witness_counts_only_from_itself(one: Running) -> None:
    """A witness that hands on what the other one gave does not make two of them."""

    def echo(request: Request) -> Answer:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=30)) as connection:
            connection.request("POST", request.path, request.body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())

    with served(echo) as server:
        trusted = policy("2", one=(one.verifier, one.url), liar=(LIAR.verifier, server.url))
        with asking(trusted) as witnesses, pytest.raises(Unavailable, match=r"liar: .*no cosignature"):
            ask(witnesses, 5)


def test_cosignatures_of_unknown_keys_beside_the_right_one_are_ignored() -> None:
    body = cosigned(5, STRANGER) + cosigned(5) + cosigned(5, STRANGER, log=FORK) + cosigned(5, time=NOW + 1)
    with served(lambda _: Answer(200, body)) as server:
        trusted = policy("1", liar=(LIAR.verifier, server.url))
        with asking(trusted) as witnesses:
            assert cosigners(ask(witnesses, 5), trusted) == ["liar"]


@pytest.mark.parametrize("off_s", [-301, -299, 299, 301])
def test_a_clock_of_a_witness_may_be_off_by_five_minutes(one: Running, off_s: int) -> None:
    one.clock.now += off_s
    trusted = policy("1", one=(one.verifier, one.url))
    with asking(trusted) as witnesses:
        if abs(off_s) < 300:
            assert cosigners(ask(witnesses, 5), trusted) == ["one"]
        else:
            with pytest.raises(Unavailable, match=r"one: .*301 s .* our clock; at most 300 s"):
                ask(witnesses, 5)


def test_our_own_clock_an_hour_wrong_is_seen_by_all(three: list[Running]) -> None:
    clock = Clock(NOW - 3600)
    trusted = policy("1", **by_name(three))
    with asking(trusted, clock) as witnesses:
        with pytest.raises(Unavailable) as error:
            ask(witnesses, 5)
        assert str(error.value).count("3600 s after our clock") == 3
        clock.now += 3610
        assert len(cosigners(ask(witnesses, 5), trusted)) == 3


LINES = [cosigned(5), cosigned(5, log=FORK), cosigned(5, STRANGER), cosigned(5, time=NOW + 9999)]


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[list[Answer], Policy]]:
    """A witness that answers what it is told."""
    answers: list[Answer] = []
    with served(lambda _: answers[-1]) as server:
        yield answers, policy("none", liar=(LIAR.verifier, server.url))


@settings(max_examples=150, deadline=None)
@given(
    status=st.sampled_from([200, 200, 200, 200, 204, 304, 409, 500]),
    body=st.lists(st.sampled_from(LINES) | st.binary(max_size=30), max_size=4).map(b"".join),
    flips=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=2),
)
def test_whatever_is_answered_no_cosignature_is_added_that_does_not_hold(
    told: tuple[list[Answer], Policy], status: int, body: bytes, flips: list[tuple[int, int]]
) -> None:
    changed = bytearray(body)
    for at, value in flips:
        if at < len(changed):
            changed[at] = value
    answers, trusted = told
    answers.append(Answer(status, bytes(changed)))
    with asking(trusted) as witnesses:
        try:
            note = ask(witnesses, 5)
        except Halted:
            assert status == 409
            assert int(changed) >= 5
            return
        assert note.signatures[0] == LOG.note(5).signatures[0]
        for each in note.signatures[1:]:
            assert status == 200
            assert LIAR.verifier.check(LOG.text(5), each) == NOW
        assert (len(note.signatures) == 2) == (witnesses.trouble["liar"] == "")


# ---------------------------------------------------------------- what must stop the log


def test_two_logs_of_one_key_at_one_size_are_stopped(three: list[Running]) -> None:
    trusted = policy("3", **by_name(three))
    with asking(trusted) as first, asking(trusted) as second:
        ask(first, 5)
        for _ in range(5):
            with pytest.raises(Halted, match="has cosigned another root at size 5"):
                ask(second, 5, FORK)
        ask(first, 6)


def test_two_logs_of_one_key_at_different_sizes_are_stopped(three: list[Running]) -> None:
    trusted = policy("3", **by_name(three))
    with asking(trusted) as first, asking(trusted) as larger, asking(trusted) as smaller:
        ask(first, 5)
        with pytest.raises(Halted, match="does not begin with the tree of 5"):
            ask(larger, 9, FORK)
        with pytest.raises(Halted, match="has cosigned size 5, and this log has 4"):
            ask(smaller, 4, FORK)
        ask(first, 9)


def test_a_log_from_an_old_backup_is_stopped_by_one_witness_that_knows_better(three: list[Running]) -> None:
    with asking(policy("1", **by_name(three[:1]))) as witnesses:
        ask(witnesses, 20)
    with (
        asking(policy("2", **by_name(three))) as witnesses,
        pytest.raises(Halted, match=r"witness one has cosigned size 20, and this log has 12: .*old backup"),
    ):
        ask(witnesses, 12)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([Answer(409, b"6\n")], "has cosigned size 6, and this log has 5"),
        ([Answer(409, b"3\n"), Answer(409, b"9\n")], "has cosigned size 9"),
        ([Answer(409, b"5\n")], "another root at size 5"),
        ([Answer(409, b"5\n"), Answer(409, b"differs\n")], "another root at size 5"),
        ([Answer(409, b"3\n"), Answer.sentence(422, "no")], "does not begin with the tree of 3"),
        ([Answer(409, b"5\n"), Answer.sentence(422, "no")], "does not begin with the tree of 5"),
    ],
)
def test_what_a_witness_says_of_another_history_stops_the_log(answers: list[Answer], reason: str) -> None:
    told = iter(answers)
    with (
        served(lambda _: next(told, answers[-1])) as server,
        asking(policy("none", liar=(LIAR.verifier, server.url))) as witnesses,
        pytest.raises(Halted, match=reason),
    ):
        ask(witnesses, 5)


def test_a_contradiction_that_comes_late_stops_the_next_checkpoint(one: Running) -> None:
    go_on = threading.Event()

    def late(request: Request) -> Answer:
        go_on.wait(60)
        return Answer(409, b"77\n")

    with served(late) as server:
        trusted = policy("1", one=(one.verifier, one.url), liar=(LIAR.verifier, server.url))
        with asking(trusted) as witnesses:
            assert cosigners(ask(witnesses, 5), trusted) == ["one"]
            go_on.set()
            eventually(lambda: witnesses.trouble["liar"] != "")
            with pytest.raises(Halted, match="size 77"):
                ask(witnesses, 6)


def test_after_it_was_closed_nobody_is_asked() -> None:
    witnesses = Witnesses(policy("none"))
    witnesses.close()
    with pytest.raises(Refused, match="closed"):
        ask(witnesses, 5)


def test_closing_ends_a_call_that_waits() -> None:
    go_on, ended = threading.Event(), list[str]()
    with raw(lambda _: bool(go_on.wait(60))) as server:
        witnesses = Witnesses(
            policy("1", liar=(LIAR.verifier, server.url)), clock=Clock(), timeout_s=TIMEOUT_S
        )

        def wait() -> None:
            with pytest.raises(Unavailable) as error:
                ask(witnesses, 5)
            ended.append(str(error.value))

        waiting = threading.Thread(target=wait)
        waiting.start()
        eventually(lambda: server.asked == 1)
        witnesses.close()
        waiting.join()
        go_on.set()
    assert "liar: no answer in time" in ended[0], "and not that its time was up"


def test_a_request_is_to_the_letter_of_the_specification() -> None:
    """The body of each request, beside one written by hand from RFC 6962 alone."""
    bodies: list[tuple[str, str, bytes]] = []

    def answer(request: Request) -> Answer:
        bodies.append((request.method, request.path, request.body))
        return Answer(200, cosigned(int(request.body.split(b"\n")[-5])))

    with served(answer) as server:
        trusted = policy("1", liar=(LIAR.verifier, f"{server.url}/a/prefix/"))
        with asking(trusted) as witnesses:
            ask(witnesses, 5)
            ask(witnesses, 300)
            ask(witnesses, 300)
    path = "/a/prefix/add-checkpoint"
    assert bodies == [
        ("POST", path, LOG.request(0, 5)),
        ("POST", path, LOG.request(5, 300)),
        ("POST", path, LOG.request(300, 300)),
    ]
    assert bodies[1][2].decode().startswith("old 5\n")
    assert f"\n\n{ORIGIN}\n300\n" in bodies[1][2].decode()
