"""`openleo ledger` as people and programs meet it: the words, the exit codes, and a whole life of a log."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typed
from click.testing import Result
from ledger_folders import flip
from ledger_witnesses import Clock, Running, serving

from openleo.cli import openleo
from openleo.ledger.acts import commit
from openleo.ledger.canonical import canonical
from openleo.ledger.log import Log
from openleo.ledger.note import Signer, Verifier
from openleo.ledger.proof import Proof
from openleo.ledger.witness import Witness

ORIGIN = "log.example/tenerife"
COMMANDS = sorted(openleo.commands["ledger"].commands)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "88")
    for name in ("OPENLEO_LEDGER", "OPENLEO_LEDGER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def call(*words: str, stdin: str | None = None) -> Result:
    return typed.call("ledger", *words, stdin=stdin)


def well(*words: str, stdin: str | None = None) -> str:
    return typed.well("ledger", *words, stdin=stdin)


def refused(exit_code: int, *words: str, stdin: str | None = None) -> str:
    return typed.refused(exit_code, "ledger", *words, stdin=stdin)


@pytest.fixture
def log() -> Verifier:
    """A log in the folder `ledger`, with one text in it and its receipt beside; its key."""
    key = Verifier.parse(well("init", "--origin", ORIGIN).strip())
    well("append", "--text", "Service is on.", "--title", "Decision 7", "--receipt", "r.tlog-proof")
    return key


@contextlib.contextmanager
def witness(number: int, *keys: str) -> Iterator[Running]:
    """A witness that follows logs, served in threads, by this machine's clock."""
    folder = Path(f"w{number}")
    if not folder.exists():
        Witness.create(folder, f"witness.example/w{number}")
    if keys:
        (folder / "logs").write_text("".join(f"log {key}\n" for key in keys))
    with serving(folder, Clock(time.time())) as running:
        yield running


def object_of(index: int) -> str:
    """The name of the object that an entry names."""
    shown = json.loads(well("show", str(index), "--json"))
    return str(shown["entries"][0]["objects"][0]["object"])


# ---------------------------------------------------------------------- the words


@pytest.mark.parametrize("command", ["", *COMMANDS, "serve token"])
def test_help_begins_with_examples(command: str) -> None:
    assert well(*command.split(), "--help").startswith("Examples:\n  openleo ledger ")


def test_help_imports_nothing_that_takes_time() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from openleo.cli import openleo; "
        "[CliRunner().invoke(openleo, ['ledger', *words]) for words in (['--help'], ['audit', '--help'])]; "
        "print([name for name in ('cryptography', 'numpy', 'sqlite3', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_key_of_a_new_log_is_the_first_thing_that_is_printed(log: Verifier) -> None:
    assert log.name == ORIGIN
    assert Path("ledger.signed").is_file()
    assert Path("ledger/key").stat().st_mode & 0o077 == 0
    assert "nothing" not in well("policy")
    assert well("policy") == f"log {log.vkey}\nquorum none\n"
    assert "something in this folder" in refused(2, "init", "--origin", ORIGIN)
    assert "two words" in refused(2, "init", "--origin", "two words", "--log", "other")
    assert not Path("other").exists()


def test_a_receipt_says_what_it_proves_and_what_it_does_not(log: Verifier) -> None:
    text = " ".join(well("verify", "r.tlog-proof").split())
    for words in (
        f"entry 1 of the log {ORIGIN}", "Decision 7", f"{log.name}+{log.key_id.hex()}", "No witness saw it",
        "does not prove that what the entry says is true, nor that anybody, or a satellite, obeyed it",
    ):  # fmt: skip
        assert words in text
    got = json.loads(well("verify", "r.tlog-proof", "--json"))
    assert (got["ok"], got["index"], got["size"], got["origin"]) == (True, 1, 2, ORIGIN)
    assert json.loads(got["entry"])["title"] == "Decision 7"


def test_a_receipt_of_something_else_is_no_receipt(log: Verifier) -> None:
    proof = Proof.parse(Path("r.tlog-proof").read_bytes())
    assert proof.extra is not None
    Path("entry").write_bytes(proof.extra)
    assert "It holds" in well("verify", "r.tlog-proof", "entry")
    Path("entry").write_bytes(proof.extra.replace(b"7", b"8"))
    assert "entry 1 is not in the tree of 2" in refused(3, "verify", "r.tlog-proof", "entry")
    result = call("verify", "r.tlog-proof", "entry", "--json")
    assert (result.exit_code, json.loads(result.stdout)["ok"]) == (3, False)
    Path("policy").write_text(f"log {Signer.generate(ORIGIN).verifier.vkey}\nquorum none\n")
    assert "no known key" in refused(3, "verify", "r.tlog-proof", "--policy", "policy").replace(
        "no signature of a known key", "no known key"
    )
    Path("r.tlog-proof").write_text("c2sp.org/tlog-proof@v2\n")
    assert "does not begin with" in refused(3, "verify", "r.tlog-proof", "--policy", "policy")
    Path("policy").write_text(f"log {log.vkey}\n")
    assert "policy: it has no quorum line" in refused(2, "verify", "r.tlog-proof", "--policy", "policy")
    shutil.rmtree("ledger")
    assert "--policy: is missing" in refused(2, "verify", "r.tlog-proof")


def test_entries_are_shown_in_sentences_with_their_texts(log: Verifier) -> None:
    well(
        "append",
        "-",
        stdin='{"type": "rule", "version": 1, "time": "2026-11-21T17:00:00Z", "b": 1.50, "a": "é"}\n',
    )
    text = well("show")
    lines = text.splitlines()
    assert lines[0].startswith("0  ")
    assert "from here on" in lines[0]
    assert "note: Decision 7: object" in lines[1]
    assert lines[2] == "    > Service is on."
    assert lines[3] == '2  2026-11-21T17:00:00Z rule: {"a":"é","b":1.5}'
    assert well("show", "--last", "1") == f"{lines[3]}\n" == well("show", "ledger", "2") == well("show", "2")
    got = json.loads(well("show", "--json"))
    assert (got["origin"], got["size"]) == (ORIGIN, 3)
    assert got["entries"][1]["objects"][0]["text"] == "Service is on."
    assert "0 to 2" in refused(2, "show", "3")
    assert "no such folder" in refused(4, "show", "elsewhere")
    well("show", "1", "--receipt", "again.tlog-proof")
    assert "Decision 7" in well("verify", "again.tlog-proof")


def test_a_text_cannot_play_tricks_with_the_terminal(log: Verifier) -> None:
    well("append", "--text", "a\x1b[2Jb\u202ec\x07", "--title", "plain")
    line = '{"type":"rule","version":1,"time":"2026-11-21T17:00:00Z","a":"\\u009b2J\\u202e"}'
    well("append", "-", stdin=line)
    shown = well("show")
    assert not {"\x1b", "\u202e", "\x07", "\x9b"} & set(shown)
    assert "a\ufffd[2Jb\ufffdc\ufffd" in shown


# ---------------------------------------------------------------------- writing


def test_entries_from_lines_of_json_are_written_canonically(log: Verifier) -> None:
    lines = (
        '{"version":1,"type":"rule","time":"2026-11-21T17:00:00Z","n":1E2}\n\n{"type":"rule","version":2}\n'
    )
    got = json.loads(well("append", "-", "--json", stdin=lines))
    assert got == {"first": 2, "count": 2}
    entries = [each["entry"] for each in json.loads(well("show", "--last", "2", "--json"))["entries"]]
    assert entries[0] == {"n": 100, "time": "2026-11-21T17:00:00Z", "type": "rule", "version": 1}
    assert sorted(entries[1]) == ["time", "type", "version"]
    Path("entry").write_bytes(canonical(entries[0]))
    well("show", "2", "--receipt", "second.tlog-proof")
    assert "entry 2" in well("verify", "second.tlog-proof", "entry")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('{"type":"rule","version":1}\n{"type":"rule","version":1,"version":2}', "line 2: a member stands"),
        ('{"type":"rule"}', "line 1: rule: version"),
        ('{"type":"rule","version":1,"time":"yesterday"}', "line 1: rule: time"),
        ("[1]", "line 1"),
        ("{", "line 1"),
        ('{"type":"rule","version":1,"n":9007199254740993}', "2^53"),
        ("[" * 100_000, "line 1"),
        ("", "no entry"),
    ],
)
def test_lines_that_are_no_entries_are_refused_with_their_number(
    log: Verifier, lines: str, words: str
) -> None:
    assert words in refused(2, "append", "-", stdin=lines)
    assert json.loads(well("show", "--json"))["size"] == 2


def test_an_entry_that_names_what_is_not_there_would_never_pass_an_audit(log: Verifier) -> None:
    line = f'{{"type":"rule","version":1,"at":{{"object":"{"0" * 64}","size":99,"media":"text/plain"}}}}'
    assert f"object {'0' * 64} of 99 bytes is not in this log" in refused(2, "append", "-", stdin=line)
    well("audit")


def test_only_one_thing_is_appended_at_a_time_and_a_receipt_is_of_one_entry(log: Verifier) -> None:
    assert "one of them" in refused(2, "append", "-", "--text", "x", stdin="{}")
    two = '{"type":"rule","version":1}\n' * 2
    assert "for one entry" in refused(2, "append", "-", "--receipt", "r", stdin=two)
    assert "--text" in well("append", "--help")
    assert "Nothing new, published at size 2" in well("append")
    assert "there is no log here" in refused(4, "append", "--text", "x", "--log", "elsewhere")


def test_a_commitment_is_kept_and_shown_and_its_text_withdrawn(log: Verifier) -> None:
    Path("contract").write_text("The north is served.")
    said = well("commit", "contract", "--reveal-by", "2030-01-01", "--about", "Contract 12")
    assert said.startswith("Entry 2, published at size 3")
    assert "The north" not in "".join(
        path.read_text("latin-1") for path in Path("ledger/public").rglob("*") if path.is_file()
    )
    assert "Contract 12 (to be revealed by 2030-01-01T00:00:00Z: object " in well("show", "2")
    well("reveal", "2")
    assert "> The north is served." in well("show", "3")
    assert "revealed already" in refused(2, "reveal", "2")
    assert "not a commitment" in refused(2, "reveal", "1")
    name = object_of(3)
    assert f"{name} is gone" in well("withdraw", name[:8], "--reason", "It named a person.")
    assert not Path(f"ledger/public/object/{name}").exists()
    assert "it was withdrawn" in well("show", "3")
    text = well("audit")
    assert text.startswith("Every tile, entry and object was read and computed anew, and all of it holds.\n")
    assert "It named a person." in text
    for wrong in (name[:7], "0" * 8, name):
        assert "OBJECT" in refused(2, "withdraw", wrong, "--reason", "x")
    assert "--reveal-by: 'soon'" in refused(2, "commit", "contract", "--reveal-by", "soon", "--about", "x")


def test_a_commitment_that_is_overdue_is_told(log: Verifier) -> None:
    Path("contract").write_text("x")
    late = ("commit", "contract", "--reveal-by", "2020-01-01T00:00:00Z", "--about", "Contract 12")
    assert "reveal_by: 2020-01-01T00:00:00Z; a time after now" in refused(2, *late)
    with Log.open("ledger", clock=lambda: 1_577_000_000.0) as earlier:
        commit(earlier, b"x", "2020-01-01T00:00:00Z", "Contract 12")
    assert "Overdue: entry 2 promised to reveal by 2020-01-01T00:00:00Z" in well("audit")


# ---------------------------------------------------------------------- auditing


def test_an_audit_names_the_place_and_the_reason_and_exits_with_3(log: Verifier) -> None:
    well("export", "site")
    assert well("audit", "site", "--policy", "ledger/policy").startswith("Every tile, entry and object")
    tile = Path("site/tile/0/000.p/2")
    flip(tile, 77)
    result = call("audit", "site", "--policy", "ledger/policy")
    assert result.exit_code == 3
    assert "tile/0/000.p/2: entry 0 has another hash" in result.stdout
    assert "tile/0/000.p/2" in result.stderr
    got = json.loads(call("audit", "site", "--json").stdout)
    assert got["ok"] is False
    assert got["problems"][0]["place"] == "tile/0/000.p/2"
    assert "no checkpoint" in refused(4, "audit", ".")
    assert "such as https" in refused(2, "audit", "ftp://log.example")


def test_an_export_goes_forward_and_never_back(log: Verifier) -> None:
    first = well("export", "site")
    assert first.startswith(f"site: {ORIGIN}, 2 entries, root ")
    well("append", "--text", "More.")
    assert "3 entries" in well("export", "site")
    well("export", "older", "--from", "site")
    shutil.copytree("older", "newer")
    well("append", "--text", "And more.")
    well("export", "newer")
    assert "nothing is taken back" in refused(2, "export", "newer", "--from", "older")
    assert {path.name for path in Path("site").iterdir()} == {"checkpoint", "tile", "object"}


def test_a_second_writer_is_refused(log: Verifier) -> None:
    held = (
        "from openleo.ledger.log import Log\nimport sys\n"
        "with Log.open('ledger'):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", held], text=True, **pipes) as other:  # type: ignore[call-overload]
        assert other.stdout.readline() == "open\n"
        assert "one may at a time" in refused(1, "append", "--text", "x")
        assert "Decision 7" in well("show")
        other.stdin.close()
    assert "Entry 2" in well("append", "--text", "x")


def test_a_log_from_an_old_backup_signs_nothing_until_it_is_brought_up_to_a_mirror(log: Verifier) -> None:
    shutil.copytree("ledger", "backup")
    well("append", "--text", "Later.")
    well("export", "mirror")
    shutil.rmtree("ledger")
    shutil.copytree("backup", "ledger")
    said = refused(1, "append", "--text", "Instead.")
    assert "old backup" in said
    assert "openleo ledger restore" in said
    assert "goes on at 3 entries" in well("restore", "mirror")
    assert "Entry 3" in well("append", "--text", "And on.")
    assert well("audit", "--policy", "ledger/policy")
    assert "old backup" in refused(1, "append", "--text", "x", "--log", "backup")


# ---------------------------------------------------------------------- witnesses, keys, monitors


def test_witnesses_are_asked_before_they_are_stated_and_stand_on_receipts(log: Verifier) -> None:
    with witness(1) as stranger, witness(2, log.vkey) as friend:
        one, two = (("--witness", each.url, each.verifier.vkey) for each in (stranger, friend))
        said = refused(4, "policy", *one, *two, "--quorum", "2", "--reason", "two witnesses")
        assert "nothing was changed" in said
        assert "404" in said
        assert well("policy").endswith("quorum none\n")
        assert "the number of witnesses" in refused(2, "policy", *two, "--quorum", "2", "--reason", "x")
        assert "--reason: is missing" in refused(2, "policy", *two)
        assert "URL and key" in refused(
            2, "policy", "--witness", friend.verifier.vkey, friend.url, "--reason", "x"
        )
        assert "quorum witnesses" in well("policy", *two, "--reason", "a witness")
        said = well("append", "--text", "Seen.", "--receipt", "seen.tlog-proof")
        assert "Entry 3, published at size 4, cosigned by witness.example/w2." in said
    text = " ".join(well("verify", "seen.tlog-proof").split())
    assert "The witness witness.example/w2 saw that at 20" in text
    assert "would have seen two" in text


@pytest.mark.slow
def test_a_witness_that_is_gone_for_good_does_not_keep_its_replacement_waiting(log: Verifier) -> None:
    with witness(1, log.vkey) as gone:
        well("policy", "--witness", gone.url, gone.verifier.vkey, "--reason", "the first")
    code = "from openleo.ledger import acts; from openleo.ledger.log import Log; import sys\n" + (
        "with Log.open('ledger', timeout_s=2.0) as log: acts.write_text(log, '', b'pending')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "will be published" in done.stderr
    with witness(2, log.vkey) as instead:
        policy = well(
            "policy", "--witness", instead.url, instead.verifier.vkey, "--reason", "the first is gone"
        )
        assert instead.verifier.vkey in policy
        assert json.loads(well("show", "--json"))["size"] == 5
        assert "all of it holds" in well("audit", "--policy", "ledger/policy")


def test_a_key_is_changed_with_an_overlap_and_not_before_witnesses_know_the_new_one(log: Verifier) -> None:
    with witness(1, log.vkey) as friend:
        well("policy", "--witness", friend.url, friend.verifier.vkey, "--reason", "a witness")
        shutil.copy("ledger/policy", "before")
        new = well("rotate").strip()
        assert Verifier.parse(new).name == ORIGIN
        assert new != log.vkey
        well("append", "--text", "Signed by both.", "--receipt", "both.tlog-proof")
        assert "two keys sign already" in refused(2, "rotate")
        assert "nothing was changed" in refused(4, "rotate", "--finish")
    with witness(1, log.vkey, new) as friend:
        lines = ("--witness", friend.url, friend.verifier.vkey)
        well("policy", *lines, "--reason", "it moved")
        assert well("rotate", "--finish").strip() == new
        assert "no rotation" in refused(2, "rotate", "--finish")
        well("append", "--text", "Signed by the new one.")
        assert well("policy").startswith(f"log {new}\nwitness ")
    for policy in ("before", "ledger/policy"):
        assert "all of it holds" in well("audit", "--policy", policy)
        assert "It holds" in well("verify", "both.tlog-proof", "--policy", policy)
    said = refused(3, "verify", "r.tlog-proof")
    assert "needs the policy of its time" in said


def test_a_monitor_is_content_with_growth_and_keeps_the_proof_of_two_histories(log: Verifier) -> None:
    well("export", "mirror")
    watch = ("monitor", "mirror", "--policy", "ledger/policy", "--once")
    assert f"{ORIGIN}: 2 entries" in well(*watch)
    well("append", "--text", "More.")
    well("export", "mirror")
    got = json.loads(well(*watch, "--json"))
    assert (got["size"], got["alarms"]) == (3, [])
    shutil.copytree("ledger", "second")
    Path("second/marker").write_text("../second.signed")
    shutil.copy("ledger.signed", "second.signed")
    well("append", "--text", "One history.")
    well("append", "--text", "Another.", "--log", "second")
    well("export", "mirror")
    well(*watch)
    result = call("monitor", "second", "--policy", "ledger/policy", "--once")
    assert result.exit_code == 3
    assert "ALARM rewritten" in result.stdout
    evidence = Path(result.stdout.partition("Evidence: ")[2].strip())
    assert sum(b"\n4\n" in path.read_bytes() for path in evidence.rglob("*") if path.is_file()) == 2
    result = call("monitor", "mirror", "--also", "second", "--policy", "ledger/policy", "--once", "--json")
    assert result.exit_code == 3
    assert [alarm["kind"] for alarm in json.loads(result.stdout)["alarms"]] == ["split"]
    assert "could not be read" in refused(4, "monitor", "http://127.0.0.1:9", *watch[2:])
    assert "--policy: is missing" in refused(2, "monitor", "mirror", "--once")


# ---------------------------------------------------------------------- what runs until it is ended


@contextlib.contextmanager
def running(*words: str) -> Iterator[list[str]]:
    """A command that serves, as a process; gives what it printed first. SIGTERM must end it well."""
    command = [sys.executable, "-m", "openleo", "ledger", *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            lines: list[str] = []
            while not lines or not lines[-1].startswith("http"):
                lines.append(process.stdout.readline().strip())
                assert lines[-1]
            yield lines
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.slow
def test_a_log_and_two_witnesses_as_three_programs() -> None:
    key = well("init", "--origin", ORIGIN).strip()
    with contextlib.ExitStack() as stack:
        witnesses = []
        for name in ("w1", "w2"):
            words = ("witness", name, "--name", f"witness.example/{name}", "--log", key, "--port", "0")
            vkey, url = stack.enter_context(running(*words))
            assert vkey.startswith(f"witness.example/{name}+")
            witnesses += ["--witness", url, vkey]
        well("policy", *witnesses, "--quorum", "2", "--reason", "two witnesses")
        token = well("serve", "token", "--name", "controller-1").strip()
        assert "has a token already" in refused(2, "serve", "token", "--name", "controller-1")
        (url,) = stack.enter_context(running("serve", "--port", "0"))
        Path("token").write_text(token)
        said = well(
            "append",
            "--text",
            "Far.",
            "--title",
            "x",
            "--to",
            url,
            "--token-file",
            "token",
            "--receipt",
            "far",
        )
        assert said == f"Entry 2, published at {url}.\n"
        assert "needs a token" in refused(2, "append", "--text", "x", "--to", url)
        text = " ".join(well("verify", "far").split())
        assert "witness.example/w1 saw that" in text
        assert "witness.example/w2 saw that" in text
        assert "all of it holds" in well("audit", url, "--policy", "ledger/policy")
        assert "> Far." in well("show", url)
        assert "3 entries" in well("export", "mirror", "--from", url)
        assert f"{ORIGIN}: 3 entries" in well("monitor", url, "--policy", "ledger/policy", "--once")
        well("serve", "token", "--name", "controller-1", "--revoke")
        assert "nobody may append" in refused(
            2, "append", "--text", "x", "--to", url, "--token-file", "token"
        )


def test_a_witness_that_is_new_needs_a_name_and_follows_keys_of_logs(log: Verifier) -> None:
    assert "--name: is missing" in refused(2, "witness", "w1")
    assert "of a witness" in refused(
        2, "witness", "w1", "--log", Witness.create("w2", "witness.example/w2").vkey
    )
    assert "--log" in refused(2, "witness", "w1", "--log", "log.example")
    assert "PRIVATE" not in refused(2, "witness", "w1", "--log", Path("w2/key").read_text().strip())
    assert "is witness.example/w2" in refused(2, "witness", "w2", "--name", "witness.example/w3")
    assert not Path("w1").exists()
    assert "there is no log here" in refused(4, "serve", "token", "--name", "x", "--log", "elsewhere")
