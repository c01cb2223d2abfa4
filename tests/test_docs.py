"""What the docs name exists: links, paths, tests, commands; the worlds of docs/constellation.md run."""

import contextlib
import re
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from openleo import Twin, World, open_twin
from openleo.cli import openleo
from openleo.twin import figures

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("builders/*.md")])
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w./-]+\.(?:py|toml|md|html|csv|cff|txt)|[\w./-]+/")
COMMAND = re.compile(r"openleo ([a-z]+)(?: ([a-z][a-z-]*))?")
FILE = re.compile(r"^`([\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

CONSTELLATION = (ROOT / "docs" / "constellation.md").read_text(encoding="utf-8")
FILES = dict(FILE.findall(CONSTELLATION))
WORLDS = [name for name in FILES if name.endswith(".toml") and not name.endswith(".rules.toml")]
SMALL = [name for name in WORLDS if tomllib.loads(FILES[name]).get("base") != "today"]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The names under which the headings of a page can be linked to, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{named(page)}: {target}"
        assert not anchor or anchor in anchors(file), f"{named(page)}: {target}"


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}
    assert {named(page) for page in ROOT.glob("docs/**/*.md") if page not in linked} == {"docs/README.md"}


@pytest.mark.parametrize("name", ["docs/scope.md", "docs/architecture.md", "CONTRIBUTING.md"])
def test_paths_exist(name: str) -> None:
    for code in CODE.findall(FENCE.sub("", (ROOT / name).read_text(encoding="utf-8"))):
        path = code.partition("::")[0]
        if PATH.fullmatch(path) and not path.startswith(("runs", ".", "/", "build/")):
            places = (ROOT, ROOT / "src" / "openleo", ROOT / "docs")
            assert any((place / path).exists() for place in places), f"{name}: {code}"


def test_the_layers_are_those_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = "\n".join(project["tool"]["importlinter"]["contracts"][0]["layers"])
    assert f"```\n{layers}\n```" in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_test_that_the_scope_names_exists() -> None:
    shown = re.findall(r"`(tests/\w+\.py)::(\w+)`", (ROOT / "docs" / "scope.md").read_text(encoding="utf-8"))
    assert shown
    for file, test in shown:
        assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), test


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = [*CODE.findall(FENCE.sub("", text)), *"\n".join(FENCE.findall(text)).splitlines()]
    for code in shown:
        if found := COMMAND.match(code.strip().removeprefix("$ ")):
            command = openleo.commands.get(found[1])
            assert command is not None, f"{named(page)}: {code}"
            below = getattr(command, "commands", None)
            assert not below or not found[2] or found[2] in below, f"{named(page)}: {code}"


def test_the_disclaimer_stands_where_maps_do() -> None:
    words = (
        "Not affiliated with any operator. Borders and names come from the cited source and imply no "
        "position on any territory."
    )
    for name in ("docs/README.md", "docs/scope.md", "docs/constellation.md", "docs/examples.md"):
        text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
        assert words in text, name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all the files of docs/constellation.md, its Python run there."""
    folder = tmp_path_factory.mktemp("constellation")
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    with contextlib.chdir(folder):
        for block in PYTHON.findall(CONSTELLATION):
            exec(block, {})
    return folder


@pytest.mark.slow
def test_the_commands_of_the_page_work_on_its_files(folder: Path) -> None:
    lines = [line for block in SHELL.findall(CONSTELLATION) for line in block.splitlines()]
    assert lines
    with contextlib.chdir(folder):
        for line in lines:
            program, *words = shlex.split(line, comments=True)
            assert program == "openleo"
            result = CliRunner().invoke(openleo, words)
            assert result.exit_code == 0, f"{line}: {result.output}"


def one_slot(twin: Twin) -> dict[str, int]:
    """How many cells of one slot are served, and not served by each reason."""
    found = figures(twin, next(twin.slots(twin.world.epoch, 1)))
    assert found["served"] + sum(found["unserved"].values()) == found["cells_with_demand"]
    return {"served": found["served"], **found["unserved"]}


@pytest.mark.parametrize("name", WORLDS)
def test_the_worlds_of_the_docs_are_worlds(folder: Path, name: str) -> None:
    assert World.load(folder / name).name == name.removesuffix(".toml")


@pytest.mark.parametrize("name", SMALL)
def test_the_small_worlds_of_the_docs_run(folder: Path, name: str) -> None:
    assert one_slot(open_twin(folder / name))["served"] > 0


def test_classes_are_those_that_the_docs_say(folder: Path) -> None:
    fleet = Twin.open(World.load(folder / "flown.toml")).fleet
    kinds = [fleet.classes[kind].name for kind in fleet.satellite_class]
    assert dict(zip(fleet.elements.name, kinds, strict=True)) == {"MINE-101": "first", "MINE-201": "second"}
    assert fleet.read == 4
    assert sum(fleet.left_out.values()) == 2


def test_a_fleet_from_a_file_takes_the_place_of_the_shells(folder: Path) -> None:
    twin = Twin.open(World.load(folder / "mine.toml"), elements=folder / "mine.csv")
    assert set(twin.fleet.elements.name) <= {"MINE-101", "MINE-201", "TEST-1", "MINE-102"}


def test_a_rule_keeps_its_area_dark_and_its_traffic_in_its_country(folder: Path) -> None:
    twin = open_twin(folder / "ground-rules.toml")
    slot = next(twin.slots(twin.world.epoch, 1))
    oran, torino = (int(np.argmin(np.abs(twin.cells.lat_deg - lat))) for lat in (35.70, 45.07))
    assert twin.rules.regions[twin.rules.region[oran]] == "Algeria (illustration)"
    assert not twin.rules.lit[oran]
    assert "no licence" in twin.rules.decision(oran)
    assert not slot.served[oran]
    assert not slot.served[torino] or twin.ground.gateways[slot.routes.gateway[torino]].country == "IT"


def test_a_table_in_parquet_is_the_same_demand(folder: Path) -> None:
    one, two = (Twin.open(World.load(folder / name)).cells for name in ("mine.toml", "columns.toml"))
    assert np.array_equal(one.id, two.id)
    assert np.array_equal(one.demand_bps, two.demand_bps)
