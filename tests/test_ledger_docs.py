"""docs/ledger.md and the log beside it: what the page prints is what a shell prints, without our code."""

import contextlib
import importlib.util
import json
import re
import shlex
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from openleo.cli import openleo
from openleo.ledger.audit import audit
from openleo.ledger.encoding import to_base64
from openleo.ledger.entries import Keys, Unknown, read_entry, seconds_of
from openleo.ledger.policy import Policy
from openleo.ledger.proof import Proof
from openleo.ledger.source import Folder
from openleo.ledger.tiles import Tree

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "ledger-example"
PAGE = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ENTRIES = [
    line for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()
]
NOW = seconds_of("2026-11-22T00:00:00Z")


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ledger_example", ROOT / "builders" / "ledger_example.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_a_shell_with_coreutils_prints_what_the_page_says(builder: ModuleType) -> None:
    if not shutil.which("basenc"):
        pytest.skip("basenc of GNU coreutils is not here: the page's commands were not run")
    for mine, theirs in zip(PAGE.splitlines(), builder.printed(PAGE, FOLDER).splitlines(), strict=True):
        assert mine == theirs


def test_a_page_whose_numbers_are_wrong_is_found_out(builder: ModuleType, tmp_path: Path) -> None:
    if not shutil.which("basenc"):
        pytest.skip("basenc of GNU coreutils is not here: the page's commands were not run")
    other = shutil.copytree(FOLDER, tmp_path / "other")
    tile = other / "tile/0/000.p/5"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert builder.printed(PAGE, other) != PAGE


def test_the_example_comes_out_the_same_each_time(builder: ModuleType, tmp_path: Path) -> None:
    builder.write(tmp_path / "again")
    made = {
        path.relative_to(tmp_path / "again"): path
        for path in (tmp_path / "again").rglob("*")
        if path.is_file()
    }
    assert {path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()} == set(made)
    for name, path in made.items():
        assert (FOLDER / name).read_bytes() == path.read_bytes(), name


def test_the_example_is_a_log_and_its_receipt_holds() -> None:
    policy = Policy.parse((FOLDER / "policy").read_bytes())
    report = audit(Folder(FOLDER), policy, now=NOW)
    assert report.problems == ()
    assert (report.objects, len(report.withdrawn), report.overdue) == (1, 1, ())
    proof = Proof.parse((FOLDER / "entry-1.tlog-proof").read_bytes())
    assert proof.extra is not None
    checkpoint, held = proof.check(proof.extra, policy, NOW)
    assert (proof.index, checkpoint.size, len(held)) == (1, 5, 2)


def test_the_consistency_proof_of_the_page_is_the_one_that_the_log_gives() -> None:
    tree = Tree(Folder(FOLDER), 5)
    leaves = [tree.node(0, index) for index in range(5)]
    assert tree.consistency(3) == [leaves[2], leaves[3], tree.node(1, 0), leaves[4]]
    assert to_base64(tree.root()) in PAGE


def test_every_entry_of_the_page_is_one() -> None:
    kinds = set()
    for line in ENTRIES:
        entry = read_entry(line.encode())
        kinds.add(json.loads(line)["type"])
        if isinstance(entry, Keys):
            entry.check(())
    assert kinds == {"keys", "note", "commitment", "reveal", "withdrawal", "rule"}
    assert isinstance(read_entry(ENTRIES[-1].encode()), Unknown)


def test_the_first_commands_of_the_page_work(tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        for line in SHELL[0].splitlines():
            program, *words = shlex.split(line, comments=True)
            assert program == "openleo"
            result = CliRunner().invoke(openleo, words)
            assert result.exit_code == 0, f"{line}: {result.output}"
