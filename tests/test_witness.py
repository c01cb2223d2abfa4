"""A witness over HTTP, asked by hand: each status of C2SP tlog-witness, races, kill -9, split views."""

import base64
import contextlib
import hashlib
import http.client
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_witnesses import (
    ORIGIN,
    Clock,
    MemoryLog,
    Running,
    base64_of,
    follow,
    make_witness,
    post,
    process,
    request,
    serving,
    tree_hash,
)

from openleo.ledger import witness as witness_module
from openleo.ledger.checkpoint import open_checkpoint
from openleo.ledger.errors import Halted, Malformed, Refused, Unavailable, Unverified
from openleo.ledger.note import Note, Signer, signature_of
from openleo.ledger.witness import Witness

LOG = MemoryLog()
OTHER = MemoryLog(2, "log.example/other")


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Running]:
    """A witness that follows two logs."""
    make_witness(tmp_path / "one", LOG, OTHER)
    with serving(tmp_path / "one") as running:
        yield running


@pytest.fixture(scope="module")
def at_0(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A witness that never cosigns, for requests that it refuses."""
    folder = tmp_path_factory.mktemp("at_0") / "one"
    make_witness(folder, LOG)
    with serving(folder) as running:
        yield running


def size_of(running: Running, origin: str = ORIGIN) -> int:
    """The size that its page for people states."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)) as connection:
        connection.request("GET", "/")
        lines = connection.getresponse().read().decode().splitlines()
    (found,) = [line for line in lines if line.startswith(f"log {origin}+")]
    return int(found.rpartition(" size ")[2])


def evidence(folder: Path) -> list[Path]:
    """The folders of refused checkpoints."""
    return sorted((folder / "evidence").glob("*"))


# ---------------------------------------------------------------- the specification, status by status


def test_a_cosignature_is_to_the_letter_of_the_specification(one: Running) -> None:
    status, body, _ = one.post(LOG.request(0, 7))
    assert status == 200
    dash, name, encoded = body.decode().removesuffix("\n").split(" ")
    raw = base64.b64decode(encoded)
    public = base64.b64decode(one.verifier.vkey.split("+", 2)[2])[1:]
    assert (dash, name) == ("\u2014", "witness.example/one")
    assert raw[:4] == hashlib.sha256(b"witness.example/one\n\x04" + public).digest()[:4]
    assert int.from_bytes(raw[4:12], "big") == int(one.clock.now)
    message = f"cosignature/v1\ntime {int(one.clock.now)}\n{LOG.text(7)}".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)


def test_a_log_that_grows_is_cosigned_at_every_step(one: Running) -> None:
    for old, size in [(0, 1), (1, 2), (2, 3), (3, 8), (8, 8), (8, 31), (31, 300), (300, 301)]:
        status, body, _ = one.post(LOG.request(old, size))
        assert (status, size_of(one)) == (200, size), body


def test_an_unknown_origin_is_404(at_0: Running) -> None:
    status, body, _ = at_0.post(MemoryLog(3, "log.example/unknown").request(0, 7))
    assert status == 404
    assert b"log.example/unknown" in body


@pytest.mark.parametrize(
    "signer",
    [
        Signer(ORIGIN, bytes([9]) * 32),
        Signer("log.example/other", bytes([2]) * 32),
        Signer("witness.example/one", bytes([1]) * 32),
    ],
    ids=["another key of the same name", "the key of another log", "another name of the same key"],
)
def test_a_checkpoint_without_a_signature_of_its_log_is_403(at_0: Running, signer: Signer) -> None:
    assert at_0.post(LOG.request(0, 7, signer))[0] == 403
    assert size_of(at_0) == 0


def test_a_signature_that_does_not_hold_is_403(at_0: Running) -> None:
    theirs = LOG.note(8).signatures
    assert at_0.post(request(0, [], Note(LOG.text(7), theirs).raw))[0] == 403


def test_an_old_size_above_the_checkpoint_is_400(one: Running) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    for old in (8, 2**63 - 1):
        assert one.post(request(old, [], LOG.note(7).raw))[0] == 400


@pytest.mark.parametrize("old", [0, 1, 6])
def test_a_wrong_old_size_is_409_with_the_size_in_its_own_media_type(one: Running, old: int) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    assert one.post(LOG.request(old, 9)) == (409, b"7\n", "text/x.tlog.size")
    assert one.post(LOG.request(old, 7)) == (409, b"7\n", "text/x.tlog.size")
    assert size_of(one) == 7


def test_a_size_that_was_never_cosigned_is_0(at_0: Running) -> None:
    assert at_0.post(LOG.request(3, 9)) == (409, b"0\n", "text/x.tlog.size")


@pytest.mark.parametrize("old", [1, 3, 4, 7, 8])
def test_a_proof_that_does_not_hold_is_422(one: Running, old: int) -> None:
    assert one.post(LOG.request(0, old))[0] == 200
    right = LOG.proof(old, 9)
    wrong = [
        right[:-1],
        right[1:],
        [*right, right[0]],
        [right[0], *right],
        right[::-1] if right[::-1] != right else [],
        [bytes(32) for _ in right],
        [],
        LOG.proof(old, 10) if LOG.proof(old, 10) != right else [],
    ]
    for proof in wrong:
        status, body, _ = one.post(request(old, proof, LOG.note(9).raw))
        assert (status, size_of(one)) == (422, old), (proof, body)
    assert one.post(request(old, right, LOG.note(9).raw))[0] == 200


def test_from_old_size_0_the_proof_is_empty(one: Running) -> None:
    assert one.post(request(0, [bytes(32)], LOG.note(7).raw))[0] == 422
    assert one.post(request(0, LOG.proof(4, 7), LOG.note(7).raw))[0] == 422
    assert size_of(one) == 0
    assert one.post(request(0, [], LOG.note(7).raw))[0] == 200


def test_an_empty_log_is_cosigned_and_grows_from_there(one: Running) -> None:
    assert one.post(LOG.request(0, 0))[0] == 200
    assert one.post(LOG.request(0, 0))[0] == 200
    assert one.post(request(0, [bytes(32)], LOG.note(0).raw))[0] == 422
    assert one.post(LOG.request(0, 5))[0] == 200


def test_at_most_63_hashes_are_read(one: Running) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    assert one.post(request(7, [bytes(32)] * 63, LOG.note(9).raw))[0] == 422
    assert one.post(request(7, [bytes(32)] * 64, LOG.note(9).raw))[0] == 400


def test_the_same_checkpoint_again_is_cosigned_again_at_its_time(one: Running) -> None:
    first = one.post(LOG.request(0, 7))[1]
    one.clock.now += 60
    status, second, _ = one.post(LOG.request(7, 7))
    assert status == 200
    times = [one.verifier.check(LOG.text(7), signature_of(each.decode()[:-1])) for each in (first, second)]
    assert times == [one.clock.now - 60, one.clock.now]
    assert one.post(request(7, [bytes(32)], LOG.note(7).raw))[0] == 422


def test_checks_come_in_the_order_of_the_specification(one: Running) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    unknown, stranger = MemoryLog(3, "log.example/unknown"), Signer(ORIGIN, bytes([9]) * 32)
    fork = MemoryLog(branch="another")
    junk = [bytes(32)]
    assert one.post(request(99, junk, unknown.note(7).raw))[0] == 404
    assert one.post(request(99, junk, LOG.note(7, stranger).raw))[0] == 403
    assert one.post(request(99, junk, fork.note(7).raw))[0] == 400
    assert one.post(request(3, junk, LOG.note(9).raw))[0] == 409
    assert one.post(request(7, junk, fork.note(7).raw))[0] == 409
    assert one.post(request(7, junk, LOG.note(9).raw))[0] == 422


def test_logs_do_not_know_of_each_other(one: Running) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    assert one.post(OTHER.request(0, 3))[0] == 200
    assert (size_of(one), size_of(one, OTHER.origin)) == (7, 3)


def test_extension_lines_are_cosigned_and_signatures_of_others_ignored(one: Running) -> None:
    others = [Signer(f"witness.example/{n}", bytes([n]) * 32) for n in range(20, 40)]
    note = LOG.note(7, *others[:10], LOG.signer, *others[10:], extensions=["more words", "and more"])
    status, body, _ = one.post(request(0, [], note.raw))
    assert status == 200
    one.verifier.check(note.text, signature_of(body.decode()[:-1]))
    with pytest.raises(Unverified):
        one.verifier.check(LOG.text(7), signature_of(body.decode()[:-1]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"\n\n",
        b"old 0",
        b"old 0\n",
        b"old 0\n\n",
        LOG.request(0, 7)[:-1],
        LOG.request(0, 7)[1:],
        b"\n" + LOG.request(0, 7),
        LOG.request(0, 7) + b"\n",
        LOG.request(0, 7).replace(b"old 0", b"old 00"),
        LOG.request(0, 7).replace(b"old 0", b"old +0"),
        LOG.request(0, 7).replace(b"old 0", b"old -0"),
        LOG.request(0, 7).replace(b"old 0", b"old  0"),
        LOG.request(0, 7).replace(b"old 0", b"old 0 "),
        LOG.request(0, 7).replace(b"old 0", b"old\t0"),
        LOG.request(0, 7).replace(b"old 0", b"Old 0"),
        LOG.request(0, 7).replace(b"old 0", b"old \xd9\xa0"),
        LOG.request(0, 7).replace(b"old 0", b"old 9223372036854775808"),
        LOG.request(0, 7).replace(b"old 0", b"old 1" + b"0" * 5000),
        LOG.request(0, 7).replace(b"\n", b"\r\n"),
        LOG.request(0, 7).replace(b"\n7\n", b"\n07\n"),
        request(0, [b"short"], LOG.note(7).raw),
        request(0, [bytes(33)], LOG.note(7).raw),
        LOG.request(0, 7).replace(b"\n\n", b"\n" + b"A" * 43 + b"B\n\n", 1)[:40],
        LOG.request(3, 7).replace(b"=\n", b"\n", 1),
        LOG.request(0, 7).replace(b"old 0\n", b"old 0\n" + b"A" * 42 + b"B=\n"),
        request(0, [], LOG.text(7).encode()),
        "old 0\n\n\ud800".encode("utf-8", "surrogatepass"),
    ],
)
def test_what_is_not_a_request_to_the_letter_is_400(at_0: Running, body: bytes) -> None:
    assert at_0.post(body)[0] == 400
    assert size_of(at_0) == 0


def test_other_paths_and_methods_are_told_apart(at_0: Running) -> None:
    assert post(at_0.port, b"", "/")[0] == 405
    assert post(at_0.port, b"", "/add-checkpoints")[0] == 404
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", at_0.port, timeout=30)) as connection:
        connection.request("GET", "/add-checkpoint")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_one_connection_serves_many_requests(one: Running) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=30)) as connection:
        connection.connect()
        first = connection.sock.getsockname()
        for body, status in [
            (LOG.request(0, 7), 200),
            (b"nonsense", 400),
            (LOG.request(0, 9), 409),
            (LOG.request(7, 9), 200),
        ]:
            connection.request("POST", "/add-checkpoint", body)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
            assert connection.sock.getsockname() == first


def test_a_body_that_is_too_large_is_413(one: Running) -> None:
    assert one.post(LOG.request(0, 7) + b"\n" * (1 << 19))[0] == 413
    assert one.post(LOG.request(0, 7))[0] == 200


def test_its_page_says_who_it_is_and_what_it_follows(one: Running) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=30)) as connection:
        connection.request("GET", "/")
        page = connection.getresponse().read().decode()
    assert f"key {one.verifier.vkey}\n" in page
    assert f"log {LOG.signer.verifier.vkey} size 7\n" in page
    assert f"log {OTHER.signer.verifier.vkey} size 0\n" in page


# ---------------------------------------------------------------- a log that changes its key, or splits


def test_a_log_that_changes_its_key_is_one_log_all_the_while(tmp_path: Path) -> None:
    folder, new = tmp_path / "one", Signer(ORIGIN, bytes([5]) * 32)
    make_witness(folder, LOG)
    with serving(folder) as one:
        assert one.post(LOG.request(0, 4))[0] == 200
        assert one.post(LOG.request(4, 5, new))[0] == 403
        assert one.post(LOG.request(4, 5, LOG.signer, new))[0] == 200
    follow(folder, LOG.signer, new)
    with serving(folder) as one:
        assert one.post(LOG.request(5, 6, LOG.signer))[0] == 200
        assert one.post(LOG.request(6, 7, LOG.signer, new))[0] == 200
        assert one.post(LOG.request(7, 8, new))[0] == 200
        assert one.post(LOG.request(0, 9, new)) == (409, b"8\n", "text/x.tlog.size")
        mixed = Note(LOG.text(9), (*LOG.note(9).signatures, *LOG.note(8, new).signatures))
        assert one.post(request(8, LOG.proof(8, 9), mixed.raw))[0] == 403
    follow(folder, new)
    with serving(folder) as one:
        assert one.post(LOG.request(8, 9, LOG.signer))[0] == 403
        assert one.post(LOG.request(8, 9, new))[0] == 200


@pytest.mark.parametrize("old", [0, 5, 7])
def test_a_second_root_of_one_size_is_409_and_both_notes_are_kept(one: Running, old: int) -> None:
    fork = MemoryLog(branch="another", since=5)
    assert one.post(LOG.request(0, 7))[0] == 200
    assert one.post(fork.request(old, 7)) == (409, b"7\n", "text/x.tlog.size")
    (kept,) = evidence(one.folder)
    known = [LOG.signer.verifier]
    cosigned, held = open_checkpoint((kept / "cosigned").read_bytes(), [*known, one.verifier])
    refused, _ = open_checkpoint((kept / "refused").read_bytes(), known)
    assert cosigned.size == refused.size == 7
    assert cosigned.root == tree_hash(LOG.entries(7))
    assert refused.root == tree_hash(fork.entries(7))
    assert [each.by for each in held] == [LOG.signer.verifier, one.verifier]
    assert (kept / "request").read_bytes() == fork.request(old, 7)
    assert one.post(LOG.request(7, 8))[0] == 200


def test_a_larger_tree_of_another_history_is_422_and_both_notes_are_kept(one: Running) -> None:
    fork = MemoryLog(branch="another", since=5)
    assert one.post(LOG.request(0, 7))[0] == 200
    for _ in range(2):
        assert one.post(fork.request(7, 12))[0] == 422
    (kept,) = evidence(one.folder)
    sizes = [
        open_checkpoint((kept / name).read_bytes(), [LOG.signer.verifier])[0].size
        for name in ("cosigned", "refused")
    ]
    assert sizes == [7, 12]
    assert size_of(one) == 7


def test_a_smaller_tree_of_another_history_is_never_cosigned(one: Running) -> None:
    fork = MemoryLog(branch="another")
    assert one.post(LOG.request(0, 7))[0] == 200
    assert one.post(fork.request(0, 5)) == (409, b"7\n", "text/x.tlog.size")
    assert one.post(request(7, [], fork.note(5).raw))[0] == 400
    assert size_of(one) == 7


def test_a_history_that_parts_later_than_what_was_cosigned_is_no_fork(one: Running) -> None:
    later = MemoryLog(branch="another", since=7)
    assert one.post(LOG.request(0, 7))[0] == 200
    assert one.post(later.request(7, 12))[0] == 200
    assert one.post(LOG.request(7, 12)) == (409, b"12\n", "text/x.tlog.size")
    assert [each.name.partition("-")[0] for each in evidence(one.folder)] == ["fork"]


def test_wrong_proofs_do_not_push_out_the_evidence_of_a_fork(
    one: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_module, "MOST_EVIDENCE", 3)
    assert one.post(LOG.request(0, 7))[0] == 200
    for size in range(8, 14):
        assert one.post(request(7, [], LOG.note(size).raw))[0] == 422
    assert one.post(MemoryLog(branch="another").request(0, 7))[0] == 409
    kinds = [each.name.partition("-")[0] for each in evidence(one.folder)]
    assert kinds == ["fork", "unproven", "unproven", "unproven"]


# ---------------------------------------------------------------- clock, disk, folder


def test_a_witness_whose_clock_went_back_does_not_cosign(one: Running) -> None:
    assert one.post(LOG.request(0, 7))[0] == 200
    one.clock.now -= 3600
    for body in (LOG.request(7, 8), LOG.request(7, 7), OTHER.request(0, 3)):
        status, answer, _ = one.post(body)
        assert status == 503
        assert b"went back" in answer
    assert one.post(LOG.request(0, 8))[0] == 409
    assert (size_of(one), size_of(one, OTHER.origin)) == (7, 0)
    one.clock.now += 3600
    assert one.post(LOG.request(7, 8))[0] == 200


def test_a_witness_remembers_its_last_time_when_it_is_started_again(tmp_path: Path) -> None:
    make_witness(tmp_path / "one", LOG)
    clock = Clock()
    with serving(tmp_path / "one", clock) as one:
        assert one.post(LOG.request(0, 7))[0] == 200
    clock.now -= 1
    with serving(tmp_path / "one", clock) as one:
        assert one.post(LOG.request(7, 8))[0] == 503


def test_a_second_witness_on_a_folder_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    make_witness(folder, LOG)
    with serving(folder) as one:
        with pytest.raises(Halted, match="another witness"):
            Witness.open(folder)
        assert one.post(LOG.request(0, 7))[0] == 200
    with process(folder) as (_, port):
        with pytest.raises(Halted, match="another witness"):
            Witness.open(folder)
        assert post(port, LOG.request(7, 8))[0] == 200
    with serving(folder, Clock(4e9)) as one:
        assert one.post(LOG.request(8, 9))[0] == 200


def test_a_witness_without_its_state_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    make_witness(folder, LOG)
    (folder / "state.sqlite").rename(folder / "lost")
    with pytest.raises(Halted, match="missing"):
        Witness.open(folder)
    (folder / "state.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(Halted, match="cannot be read"):
        Witness.open(folder)


def test_what_cannot_be_stored_is_not_cosigned(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    make_witness(folder, LOG)
    with process(folder) as (_, port):
        assert post(port, LOG.request(0, 7))[0] == 200
    with process(folder, largest_file=1) as (_, port):
        status, body, _ = post(port, LOG.request(7, 8))
        assert status == 503
        assert "\u2014".encode() not in body
        assert post(port, MemoryLog(branch="another").request(7, 7))[0] == 409
    with process(folder) as (_, port):
        assert post(port, LOG.request(8, 8)) == (409, b"7\n", "text/x.tlog.size")
        assert post(port, LOG.request(7, 8))[0] == 200


def test_its_key_is_for_its_own_eyes(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    verifier = make_witness(folder, LOG)
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    skey = (folder / "key").read_text().strip()
    secret = skey.split("+", 4)[4]
    with Witness.open(folder) as witness:
        assert witness.verifier == verifier
        assert secret not in repr(vars(witness))
    for wrong in (
        skey[:-1],
        skey.replace("PRIVATE", "PUBLIC"),
        skey.replace("one", "two"),
        skey + "=",
        "\u2014",
    ):
        (folder / "key").write_text(wrong)
        with pytest.raises(Malformed) as error:
            Witness.open(folder)
        assert secret[:20] not in str(error.value)
    (folder / "key").write_text(LOG.signer.skey)
    with pytest.raises(Malformed, match="0x04"):
        Witness.open(folder)


def test_a_witness_is_made_in_a_folder_of_its_own(tmp_path: Path) -> None:
    make_witness(tmp_path / "one")
    with pytest.raises(Refused, match="empty"):
        Witness.create(tmp_path / "one", "witness.example/one")
    with pytest.raises(Refused, match="key name"):
        Witness.create(tmp_path / "two", "witness.example/one two")
    with pytest.raises(Unavailable, match="No such file"):
        Witness.open(tmp_path / "none")


@pytest.mark.parametrize(
    "line",
    ["log", "log nonsense", "quorum none", f"witness a {Signer('w', bytes(32), 4).verifier.vkey}", "\x00"],
)
def test_a_wrong_line_of_logs_is_named(tmp_path: Path, line: str) -> None:
    make_witness(tmp_path / "one", LOG)
    (tmp_path / "one" / "logs").write_text(f"log {LOG.signer.verifier.vkey}\n{line}\n")
    with pytest.raises(Malformed, match="logs"):
        Witness.open(tmp_path / "one")


# ---------------------------------------------------------------- at once, and killed


def chain(cosigned: list[tuple[int, int]]) -> list[int]:
    """The sizes one after the other; an error where a step did not begin where the one before ended."""
    steps = dict(cosigned)
    assert len(steps) == len(cosigned), "two steps began at one size"
    sizes = [0]
    while sizes[-1] in steps:
        sizes.append(steps.pop(sizes[-1]))
    assert not steps, f"steps that began where none had ended: {steps}"
    return sizes


def test_of_two_requests_at_once_one_is_cosigned_and_the_other_told_the_size(one: Running) -> None:
    size = 0
    for _ in range(25):
        start, answers = threading.Barrier(2), dict[int, tuple[int, bytes, str]]()

        def ask(new: int, body: bytes, start: threading.Barrier = start) -> None:
            start.wait()
            answers[new] = one.post(body)  # noqa: B023 - joined below

        bodies = {size + more: LOG.request(size, size + more) for more in (1, 3)}
        threads = [threading.Thread(target=ask, args=each) for each in bodies.items()]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        ((winner, _),) = [each for each in answers.items() if each[1][0] == 200]
        ((_, loser),) = [each for each in answers.items() if each[1][0] != 200]
        assert loser == (409, f"{winner}\n".encode(), "text/x.tlog.size")
        assert size_of(one) == winner
        size = winner


def test_many_at_once_never_take_a_size_back(one: Running) -> None:
    bodies = {(old, new): LOG.request(old, new) for new in range(1, 41) for old in range(new)}
    cosigned: list[tuple[int, int]] = []

    def ask(seed: int) -> None:
        chance, size = random.Random(seed), 0
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)) as connection:
            while size < 40:
                new = min(40, size + chance.randint(1, 2))
                connection.request("POST", "/add-checkpoint", bodies[size, new])
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    cosigned.append((size, new))
                    size = new
                else:
                    assert answer.status == 409
                    assert int(body) > size, "a size that went back"
                    size = int(body)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert chain(cosigned)[-1] == size_of(one) == 40


@pytest.mark.slow
def test_kill_9_takes_nothing_back_that_was_cosigned(tmp_path: Path) -> None:
    folder, chance = tmp_path / "one", random.Random(7)
    make_witness(folder, LOG)
    texts = {size: LOG.note(size).raw for size in range(130)}
    largest = 0
    for _ in range(10):
        enough = chance.randint(1, 12)
        cosigned: list[int] = []
        with process(folder) as (running, port):

            def ask(
                cosigned: list[int] = cosigned, port: int = port, largest: int = largest, enough: int = enough
            ) -> None:
                size = largest
                with contextlib.suppress(OSError, http.client.HTTPException):
                    while True:
                        body = request(size, LOG.proof(size, size + 1), texts[size + 1])
                        status, answer, _ = post(port, body)
                        if status == 409:
                            size = int(answer)
                        elif len(cosigned) >= enough:
                            return
                        else:
                            assert status == 200
                            size += 1
                            cosigned.append(size)

            threads = [threading.Thread(target=ask) for _ in range(3)]
            for each in threads:
                each.start()
            threads[chance.randrange(3)].join()
            running.kill()
            for each in threads:
                each.join()
        largest = max(largest, *cosigned)
        with serving(folder, Clock(4e9 + largest)) as again:
            found = size_of(again)
            # One request more may have been stored whose answer was never sent, by each that asked.
            assert largest <= found <= largest + 3
            assert again.post(request(found - 1, [], texts[found - 1]))[0] == 409
        largest = found
    assert largest >= 10


# ---------------------------------------------------------------- fuzzing


class Fuzzed:
    """A witness at size 11, put back there whenever it cosigned what comes next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_witness(folder / "prepared", LOG)
        with serving(folder / "prepared") as one:
            assert one.post(LOG.request(0, 11))[0] == 200
        self._count = 0
        self._stack = contextlib.ExitStack()
        self._begin()

    def _begin(self) -> None:
        self._count += 1
        copy = shutil.copytree(self._folder / "prepared", self._folder / str(self._count))
        self._running = self._stack.enter_context(serving(copy))

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body."""
        status, answer, _ = self._running.post(body)
        if status == 200:
            self.close()
            self._begin()
        return status, answer

    def close(self) -> None:
        """Stop it."""
        self._stack.close()


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """A witness at size 11."""
    with contextlib.closing(Fuzzed(tmp_path_factory.mktemp("fuzzed"))) as found:
        yield found


RIGHT = LOG.request(11, 14)


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    """A right request with a few of its bytes or lines changed."""
    body = bytearray(RIGHT)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        act = draw(st.sampled_from(("put", "cut", "set", "swap", "repeat")))
        if act == "put":
            body[at:at] = draw(
                st.binary(min_size=1, max_size=4) | st.sampled_from([b"\n", b"\n\n", b" ", b"0", b"="])
            )
        elif act == "cut":
            del body[at : at + draw(st.integers(1, 60))]
        elif act == "set" and at < len(body):
            body[at] = draw(st.integers(0, 255))
        else:
            lines = bytes(body).split(b"\n")
            one, two = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            if act == "swap":
                lines[one], lines[two] = lines[two], lines[one]
            else:
                lines.insert(one, lines[two])
            body = bytearray(b"\n".join(lines))
    return bytes(body)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(body=nearly_right() | st.binary(max_size=300))
def test_whatever_is_sent_is_refused_or_a_right_request(fuzzed: Fuzzed, body: bytes) -> None:
    status, answer = fuzzed.post(body)
    if status != 200:
        assert 400 <= status < 500, (body, answer)
        assert "\u2014 witness.example/one".encode() not in answer
        return
    # What was changed must be what a witness ignores: the lines of keys that nobody knows, or a line twice.
    head, _, checkpoint = body.partition(b"\n\n")
    text, _, signatures = checkpoint.rpartition(b"\n\n")
    assert head == RIGHT.partition(b"\n\n")[0]
    assert text + b"\n" == LOG.text(14).encode()
    assert LOG.note(14).signatures[0].line.encode() in signatures


@settings(max_examples=150, deadline=None)
@given(
    old=st.sampled_from([0, 3, 10, 11, 11, 11, 12, 14, 2**63 - 1]),
    proof=st.sampled_from([LOG.proof(11, 14), LOG.proof(11, 13), LOG.proof(3, 14), LOG.proof(3, 11), []])
    | st.lists(st.sampled_from([*LOG.proof(11, 14), bytes(32), tree_hash(LOG.entries(11))]), max_size=6),
    size=st.sampled_from([0, 3, 10, 11, 12, 13, 14, 15]),
)
def test_no_signed_checkpoint_is_cosigned_without_its_proof(
    fuzzed: Fuzzed, old: int, proof: list[bytes], size: int
) -> None:
    status, answer = fuzzed.post(request(old, proof, LOG.note(size).raw))
    right = old == 11 <= size and proof == LOG.proof(11, size)
    assert (status == 200) == right, answer
    assert right or status in (400, 409, 422)


def test_base64_is_read_in_its_one_spelling_only(one: Running) -> None:
    assert one.post(LOG.request(0, 3))[0] == 200
    right = LOG.request(3, 7)
    for hashed in LOG.proof(3, 7):
        spelled = base64_of(hashed)
        other = spelled[:-2] + chr(ord(spelled[-2]) + 1) + "="
        for wrong in (other, spelled[:-1], spelled + "=", spelled.replace("=", "==")):
            assert one.post(right.replace(spelled.encode(), wrong.encode()))[0] == 400
    assert one.post(right)[0] == 200
