"""`openleo serve --run`: what it says first, by which rules it serves, and what it refuses."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from serving import command, process
from view_runs import contended_world, made_run, ready, told

from openleo.cli import openleo
from openleo.maps import open_dataset

CHANGED = 'name = "changed"\n[elsewhere]\nlicence = "licensed"\ndecision = "For tests."\n'


@pytest.fixture(scope="module")
def contended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contended")
    return made_run(folder, contended_world(folder), 2)


@pytest.mark.slow
def test_the_first_lines_name_the_page_and_the_run_that_it_shows(contended: Path, tmp_path: Path) -> None:
    words = command("--store", str(tmp_path / "store.db"), "--port", "0", "--run", str(contended))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline().strip() for _ in range(5)]
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    url = lines[0].removeprefix("Listening on ")
    digest = open_dataset(contended).attrs["rules_hash"]
    assert lines[1] == f"Rules: chad, version 1, SHA-256 {digest}"
    assert lines[2].startswith("Store: ")
    assert lines[3:] == [f"Page: {url}/", f"Run: {contended}"]
    assert (running.returncode, "Traceback" in errors) == (0, False)


@pytest.mark.slow
def test_rules_are_those_of_the_run_unless_others_are_given(contended: Path, tmp_path: Path) -> None:
    shown = ("--run", str(contended))
    with process(tmp_path, str(tmp_path / "store.db"), *shown, own_rules=False) as service:
        view = ready(service)
        assert (view["source"], view["slots"], view["details"]) == ("run", 2, "ready")
        assert view["rules"] == view["planned_by"]
        assert told(service.ask("GET", "/v1/rules"))["rules"]["name"] == "chad"
    (tmp_path / "changed.rules.toml").write_text(CHANGED)
    given = ("--rules", str(tmp_path / "changed.rules.toml"))
    with process(tmp_path, str(tmp_path / "other.db"), *shown, *given, own_rules=False) as service:
        view = ready(service)
        assert (view["rules"]["name"], view["planned_by"]["name"]) == ("changed", "chad")
        assert view["details"] == "ready"


@pytest.mark.slow
def test_a_live_world_is_served_by_its_own_rules_unless_others_are_given(tmp_path: Path) -> None:
    live = ("--live", "--world", str(contended_world(tmp_path)))
    with process(tmp_path, str(tmp_path / "store.db"), *live, own_rules=False) as service:
        assert told(service.ask("GET", "/v1/rules"))["rules"]["name"] == "chad"


@pytest.mark.slow
def test_json_is_one_line_with_page_and_run(contended: Path, tmp_path: Path) -> None:
    options = ("--store", str(tmp_path / "store.db"), "--port", "0", "--json", "--run", str(contended))
    with subprocess.Popen(command(*options), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)
    assert (said["page"], said["run"]) == (f"{said['url']}/", str(contended))
    assert rest == ""


def test_what_is_no_run_is_refused_before_anything_is_served(contended: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for words, wrong in (
        (("--run", str(tmp_path / "nowhere")), "no run is here"),
        (("--run", str(tmp_path / "empty")), "no run is here"),
        (("--run", str(contended), "--live"), "--live: given with --run"),
    ):
        options = ["serve", "--port", "0", "--store", str(tmp_path / "store.db"), *words]
        result = CliRunner().invoke(openleo, options)
        assert result.exit_code == 2, result.output
        assert wrong in result.stderr
    assert not (tmp_path / "store.db").exists()


@pytest.mark.slow
def test_a_run_whose_rules_are_lost_is_served_by_the_illustration_and_says_so(tmp_path: Path) -> None:
    folder = made_run(tmp_path, contended_world(tmp_path), 1)
    (tmp_path / "contended.toml").unlink()
    words = command("--store", str(tmp_path / "store.db"), "--port", "0", "--run", str(folder))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline().strip() for _ in range(2)]
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    assert lines[1].startswith("Rules: illustration, ")
    assert "those of the run cannot be had" in errors
    assert "Traceback" not in errors
