"""`openleo receipt`: what it says, what it writes, and with which code it ends."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from digested import DAY_US, ORIGIN, checked_in, filled
from ledger_folders import flip

from openleo.cli import openleo
from openleo.ledger.log import Log
from openleo.service.store import Store


def run(*words: object, code: int = 0, stderr: bool = False) -> str:
    """What a command prints; whitespace is one space, for lines are as wide as the terminal."""
    found = CliRunner().invoke(openleo, ["receipt", *map(str, words)])
    assert found.exit_code == code, found.output + str(found.exception)
    return " ".join((found.stderr if stderr else found.stdout).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with check-ins of the day before yesterday, a log, its policy, and a receipt."""
    folder = tmp_path_factory.mktemp("receipt")
    day = time.time_ns() // 1000 // DAY_US - 2
    with Store.open(str(folder / "store.db")) as store:
        filled(store)
        checked_in(store, day, range(12), refused=True)
    Log.create(folder / "ledger", ORIGIN)
    run("publish", "--store", folder / "store.db", "--log", folder / "ledger")
    run("make", 3, "-o", folder / "3.receipt", "--store", folder / "store.db", "--log", folder / "ledger")
    (folder / "policy").write_bytes((folder / "ledger" / "policy").read_bytes())
    return folder


def test_a_receipt_is_told_in_sentences_and_says_how_an_appeal_names_it(folder: Path) -> None:
    said = run("verify", folder / "3.receipt", "--policy", folder / "policy")
    found = json.loads(run("verify", folder / "3.receipt", "--policy", folder / "policy", "--json"))
    assert said.startswith(
        f"It holds: this was decided on terminal KIT-3, and stands under a root of {found['day']}"
    )
    assert f"of the log {ORIGIN}" in said
    assert "was answered: refuse, because of unlicensed (10), unpaid (23)" in said
    assert "regions there: North, Coast." in said
    assert f"An appeal names this decision by its leaf hash: {found['leaf']}" in said
    assert "No witness saw it" in said
    assert found["record"] == json.loads((folder / "3.receipt").read_bytes())["record"]
    assert (found["ok"], found["index"], found["count"]) == (True, 3, 12)


def test_what_is_made_names_the_leaf_that_is_verified(folder: Path) -> None:
    where = ("--store", folder / "store.db", "--log", folder / "ledger")
    made = json.loads(run("make", 5, "-o", folder / "5.receipt", *where, "--json"))
    assert made["leaf"] in run("make", 5, "-o", folder / "5.receipt", *where)
    assert made["leaf"] in run("verify", folder / "5.receipt", "--policy", folder / "policy")


def test_a_changed_receipt_ends_with_3_and_names_place_and_reason(folder: Path) -> None:
    changed = folder / "changed.receipt"
    value = json.loads((folder / "3.receipt").read_bytes())
    changed.write_bytes((folder / "3.receipt").read_bytes())
    flip(changed, 8 * 200)
    words = run("verify", changed, "--policy", folder / "policy", code=3, stderr=True)
    assert f"{changed} does not hold: " in words
    reason = json.loads(run("verify", changed, "--policy", folder / "policy", "--json", code=3))
    assert (reason["ok"], reason["reason"] in words) == (False, True)
    changed.write_text(json.dumps(value))
    assert "not canonical" in run("verify", changed, "--policy", folder / "policy", code=3, stderr=True)


def test_a_receipt_of_another_log_does_not_hold(folder: Path, tmp_path: Path) -> None:
    Log.create(tmp_path / "other", ORIGIN)  # the same name, another key
    words = run(
        "verify", folder / "3.receipt", "--policy", tmp_path / "other" / "policy", code=3, stderr=True
    )
    assert "receipt: proof: the entry with the root of" in words


def test_publishing_again_changes_nothing(folder: Path) -> None:
    where = ("--store", folder / "store.db", "--log", folder / "ledger")
    assert run("publish", *where) == "Nothing new: each day that is over is in the log."
    assert json.loads(run("publish", *where, "--json")) == {}


def test_what_cannot_be_made_is_said(folder: Path, tmp_path: Path) -> None:
    where = ("--store", folder / "store.db", "--log", folder / "ledger")
    words = run("make", 99, "-o", tmp_path / "r", *where, code=2, stderr=True)
    assert "check-in 99" in words
    assert not (tmp_path / "r").exists()
    assert "there is no such store" in run(
        "make", 1, "-o", tmp_path / "r", "--store", tmp_path / "none.db", "--log", folder / "ledger",
        code=2, stderr=True,
    )  # fmt: skip
    run("make", 1, "-o", tmp_path / "r", *where[:2], "--log", tmp_path / "none", code=4)
    words = run("publish", *where[:2], "--log", "https://log.example/days", code=2, stderr=True)
    assert "--token-file or in OPENLEO_LEDGER_TOKEN" in words
