"""The drill `reported`: eight documents and a later version, beside a log, against keys made by hand."""

import json
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.reports.key import Key, read_case
from builders import reported as builder
from builders.fiction import WORLDS
from openleo.cli import openleo
from openleo.cli.report_words import ACTS
from openleo.errors import InputError
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.operate.drill import play_reported
from openleo.operate.drills.newsroom import read_script
from openleo.operate.drills.reported import Reported
from openleo.service.governance.account import account_of
from openleo.service.reports.document import Document
from openleo.service.reports.intake import Facts, read
from openleo.service.reports.propose import propose
from openleo.service.reports.publish import proof, prove, read_proof
from openleo.service.store.reports import Reports

pytestmark = pytest.mark.slow

FOLDER = WORLDS / "reported"
KEYS = Path(__file__).parents[1] / "benchmarks" / "reports" / "reported"
TODAY = date(2026, 6, 1)
SIX = {"examiner-1", "meridian-1", "vigie-1", "antennes-1", "inland-1", "signal-1"}
PAGES = ("antennes-1", "inland-1", "inland-2", "rade-1", "vigie-1")


@cache
def played() -> Reported:
    """The drill, played once for all tests."""
    return play_reported()


@cache
def keys() -> dict[str, Key]:
    """The documents as they were annotated by hand."""
    return {each.id: each for each in read_case(KEYS)}


@cache
def document(name: str) -> Document:
    """A file of the world as the intake reads it."""
    (path,) = FOLDER.glob(f"{name}.*")
    return read(path.read_bytes(), path.name, Facts(), TODAY)


def truth() -> dict[str, Any]:
    """What a careful reader found beyond the marks of the keys."""
    return tomllib.loads((KEYS / "case.toml").read_text())


def elsewhere(folder: Path, files: str, change: Callable[[str], str]) -> Path:
    """The world file of a copy of the world, with files changed whose names match."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    before = {path: path.read_text(encoding="utf-8") for path in folder.glob(files)}
    after = {path: change(text) for path, text in before.items()}
    assert after != before
    for path, text in after.items():
        path.write_text(text, encoding="utf-8")
    return folder / "reported.toml"


def without(text: str, table: str, words: str) -> str:
    """A TOML text without the one table of an array that holds certain words."""
    head, *parts = text.split(f"[[{table}]]\n")
    left = [each for each in parts if words not in each]
    assert len(left) == len(parts) - 1
    return f"[[{table}]]\n".join((head, *left))


# ------------------------------------------------------------------ what it shows


def test_all_is_as_the_script_says() -> None:
    it = played()
    assert it.wrong == ()
    assert it.right
    said = it.to_dict()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert len(it.story) >= 6
    assert all(len(row) == len(table.head) for table in it.tables for row in table.rows)


def test_eight_documents_in_two_languages_one_of_them_twice() -> None:
    said = played().to_dict()
    assert (said["documents"], said["versions"]) == (8, 9)
    assert said["languages"] == {"en": 4, "fr": 4}
    translated = {each["document"]: each["translated_from"] for each in said["columns"]}
    assert {name: of for name, of in translated.items() if of} == {"antennes-1": "en", "signal-1": "fr"}
    assert [each["document"] for each in said["columns"] if each["kind"] == "statement"] == ["ministry-1"]
    assert all(count > 0 for count in said["proposals"].values())


def test_five_documents_have_one_origin_and_two_sources_are_independent() -> None:
    said = played().to_dict()
    assert {each["document"]: each["origin"] for each in said["columns"]} == truth()["origins"]
    assert said["retold"] == {"examiner-1": 5}
    assert said["independent"] == 2
    assert all(each["why"] for each in said["columns"] if each["origin"] != each["document"])


def test_claims_and_their_answers_are_those_of_a_careful_reader() -> None:
    rows, wanted = played().to_dict()["rows"], truth()
    for row, claim in zip(rows, wanted["claims"], strict=True):
        assert (row["kind"], row["act"], row["independent"]) == (
            claim["kind"], claim["act"], claim["independent"],
        )  # fmt: skip
        assert {each["document"]: each["mood"] for each in row["told"]} == claim["moods"]
        answers = [each for each in wanted["answers"] if each["claim"] == claim["what"]]
        assert [(each["by"], each["kind"]) for each in row["answers"]] == [
            (each["by"], each["kind"]) for each in answers
        ]
        assert row["reviewed"]
    denial = rows[0]["answers"][0]
    assert denial["kind"] == "denies"
    assert denial["what"]


def test_the_log_has_the_limit_and_nothing_of_the_request() -> None:
    it = played()
    said = it.to_dict()
    assert said["verdicts"] == {"none": 4, "fits": 1}
    request = next(each for each in said["rows"] if each["kind"] == "asked")
    assert request["verdict"] == "none"
    assert request["said"].startswith("No entry in this log.")
    assert "neither confirms nor refutes" in request["said"]
    limit = next(each for each in said["rows"] if each["verdict"] == "fits")
    assert limit["where"] == "Gulf of Merrin"
    (entry,) = limit["entries"]
    change = next(each for each in said["governance"]["changes"] if each["entry"] == entry["entry"])
    assert change["effective_at"] == "2026-02-09T00:00:00Z"
    assert limit["first"] == "2026-02-09"
    assert said["governance"]["requests"] == 0


def test_figures_that_differ_stand_side_by_side() -> None:
    said = played().to_dict()
    dollars = next(each for each in said["differing"] if (each["claim"], each["about"]) == (1, "dollar"))
    by_document = {each["document"]: each["low"] for each in dollars["values"]}
    assert by_document["examiner-1"] == by_document["vigie-1"] == 1.8e9
    assert by_document["antennes-1"] == by_document["signal-1"] == 1.8e6
    coast = next(each for each in said["differing"] if each["about"] == "kilometre")
    assert {(each["document"], each["low"]) for each in coast["values"]} == {
        ("examiner-1", 140.0), ("antennes-1", 14.0),
    }  # fmt: skip
    assert any("12,000" in each["was"] and "1,200" in each["now"] for each in said["corrections"])


def test_competing_accounts_stand_beside_each_other_and_names_are_joined() -> None:
    said = played().to_dict()
    (competing,) = said["competing"]
    acts = {row["claim"]: row["act"] for row in said["rows"]}
    assert [acts[number] for number in competing["claims"]] == ["off", "never on", "limited"]
    for row in said["rows"]:  # in the words of openleo report compare
        assert row["claim"] not in competing["claims"] or row["account"].startswith(ACTS[row["act"]][0])
    assert {each["written"]: each["name"] for each in said["aliases"]} == truth()["aliases"]
    assert any(each["proposed"] for each in said["aliases"])


def test_the_operator_was_asked_and_how_long_it_is_silent_is_told() -> None:
    rows = played().to_dict()["rows"]
    assert all(each["open"] for each in rows)  # what was said of 1 and 5 was said before it was asked
    days = [(TODAY - date(2026, month, day)).days for month, day in ((5, 13),) * 4 + ((4, 20),)]
    assert [each["silent_days"] for each in rows] == days
    asked, before = played().story[-2:]
    assert asked == (
        "The operator was asked about all the claims and has not answered: four 19 days ago, one 42 days ago."
    )
    assert "of 1 and 5 before it was asked" in before
    (claims,) = (each for each in played().tables if each.title.startswith("Claims"))
    said = [row[claims.head.index(f"{'answers':<{len(row[5])}}")].strip() for row in claims.rows]
    assert said[0] == "denies, no comment, asked 2026-05-13, no answer for 19 days"
    assert said[1:4] == ["asked 2026-05-13, no answer for 19 days"] * 3
    assert said[4] == "confirms in part, asked 2026-04-20, no answer for 42 days"


# ------------------------------------------------------------------ the documents and their keys


@pytest.mark.parametrize("name", sorted({path.stem for path in KEYS.glob("*.xml")}))
def test_a_document_is_read_as_its_key_has_it(name: str) -> None:
    key, found = keys()[name], document(name)
    aside = [key.surface(each) for each in key.asides]
    wanted = [each for each in key.text.split("\n\n") if each not in aside]
    assert [found.text[start:end] for start, end, _ in found.paragraphs()] == wanted
    assert (found.source, found.language, found.kind) == (key.source, key.language, key.kind)
    assert found.published is not None
    assert found.published.wording == key.date
    assert found.translated_from == (key.translation_of or "")
    assert found.title == wanted[0]
    kept = [found.text[each.start : each.end] for each in found.asides]
    assert all(any(each in whole for whole in kept) for each in aside)


@pytest.mark.parametrize("name", PAGES)
def test_what_stands_around_an_article_is_set_aside_and_scripts_are_no_text(name: str) -> None:
    (path,) = FOLDER.glob(f"{name}.*")
    assert "<script" in path.read_text(encoding="utf-8")
    found = document(name)
    assert any(each.why == "page" for each in found.asides)
    for hidden in ("window.", "var reader", "regie(", "@type", "forEach", "font-family"):
        assert hidden not in found.text


def test_the_keys_and_the_files_are_one_another_s() -> None:
    files = {step["file"].partition(".")[0] for step in read_script(FOLDER).steps["documents"]}
    assert files == set(keys())
    (later,) = (each for each in keys().values() if each.version_of)
    assert document(later.id).address == document(str(later.version_of)).address


def test_nobody_is_named_but_by_office() -> None:
    for name in keys():
        proposed = propose(document(name)).names
        assert [each.name for each in proposed if each.kind == "person"] == []


def test_the_script_makes_the_same_world_again(tmp_path: Path) -> None:
    builder.write(tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in FOLDER.glob("reported*"))
    for name in made:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


# ------------------------------------------------------------------ what it would notice


@pytest.mark.parametrize(
    ("files", "change", "said"),
    [
        ("case.toml", lambda text: without(text, "documents", "inland-2"), "versions: 8 found; 9 is right"),
        ("case.toml", lambda text: text.replace('kind = "no comment"', 'kind = "confirms"'), "answers: "),
        ("*", lambda text: text.replace("14 kilomètres", "140 kilomètres"), "figures of claim 2: 14 and 140"),
        ("reported.rules.toml", lambda text: text.replace("rate_mbps = 10.0\n", ""), "what the log says: "),
        ("ministry-1.txt", lambda text: text.replace("Kind: statement\n", ""), "independent: 3 found"),
    ],
)
def test_what_is_not_as_the_script_says_is_told(
    tmp_path: Path, files: str, change: Callable[[str], str], said: str
) -> None:
    it = play_reported(elsewhere(tmp_path / "world", files, change))
    assert not it.right
    assert any(said in each for each in it.wrong)
    assert any(each.startswith("Not as it should be: ") for each in it.story)


def test_words_that_do_not_stand_in_a_document_make_no_claim(tmp_path: Path) -> None:
    world = elsewhere(
        tmp_path / "world", "case.toml", lambda text: text.replace("A fourth official", "A fifth official")
    )
    with pytest.raises(InputError, match=r"'A fifth official, .* stand in examiner-1 0 times; once is right"):
        play_reported(world)


# ------------------------------------------------------------------ the command


def test_the_command_leaves_a_register_and_a_log_that_prove_each_other(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        openleo,
        ["drill", "reported", "--export", str(tmp_path / "case"), "--ledger-export", str(tmp_path / "log")],
    )
    assert done.exit_code == 0, done.output
    assert "Independent sources: 2." in " ".join(done.stdout.split())
    assert "Documents: 8, in 9 versions" in done.stdout
    for folder in (tmp_path / "case" / "log", tmp_path / "log"):
        audited = CliRunner().invoke(openleo, ["audit", str(folder)])
        assert audited.exit_code == 0, audited.output
    policy = Policy.parse((tmp_path / "case" / "log.policy").read_bytes())
    now = 1_800_000_000
    record = account_of(Folder(tmp_path / "case" / "log"), policy, now=now).record
    assert record.requests == ()
    assert (tmp_path / "case" / "reports.db").stat().st_mode & 0o777 == 0o600
    with Reports.open(tmp_path / "case" / "reports.db", today=lambda: TODAY) as register:
        (case,) = register.cases(reviewed=True)
        assert (case.documents, case.claims) == (8, 5)
        answered = Counter[str]()
        for claim in register.claims(case.name):
            shown = json.dumps(proof(register, claim.number)).encode()
            proven = prove(read_proof(shown, "proof.json"), record)
            assert proven.reported.index == claim.entry
            assert proven.unshown == ()
            answered.update(answer.kind for _, answer in proven.shown)
        assert answered == {"denies": 1, "no comment": 1, "silent since": 1, "confirms in part": 1}


def test_the_command_ends_with_3_where_something_differs(tmp_path: Path) -> None:
    world = elsewhere(
        tmp_path / "world", "case.toml", lambda text: text.replace("independent = 2", "independent = 6")
    )
    done = CliRunner().invoke(openleo, ["drill", str(world), "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["wrong"] == ["independent: 2 found; 6 is right"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["reported", "--rules", "mine.toml"], "--rules: given; reported has no check-ins"),
        (["reported", "--picture", "mine.png"], "--picture: given; reported has no check-ins"),
        (["pending", "--export", "case"], "--export: given; reported alone has a register"),
        (["--export", "case"], "WORLD: is missing; --export needs one"),
    ],
)
def test_options_that_it_has_no_use_for_are_refused(options: list[str], said: str) -> None:
    done = CliRunner().invoke(openleo, ["drill", *options])
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_folder_that_is_in_use_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for option in ("--export", "--ledger-export"):
        done = CliRunner().invoke(openleo, ["drill", "reported", option, str(tmp_path)])
        assert done.exit_code == 2
        assert "is in use; a new or an empty folder is allowed" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
