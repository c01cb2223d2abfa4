"""What is published holds the built page, though it is not in git; and no file of ours names a registry."""

import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = "openleo/http/static"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> dict[str, set[str]]:
    """The names of all files of a wheel and of a source archive, made of a copy of the checkout."""
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    copy = tmp_path_factory.mktemp("published") / "openleo"
    unwanted = shutil.ignore_patterns("__pycache__", "static", "*.nbi", "*.nbc")
    shutil.copytree(ROOT / "src", copy / "src", ignore=unwanted)
    shutil.copytree(built_page, copy / "src" / PAGE)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore"):
        shutil.copy(ROOT / name, copy / name)
    (copy / "web" / "node_modules").mkdir(parents=True)
    (copy / "web" / "node_modules" / "other.js").write_text("0", encoding="utf-8")
    out = copy.parent / "dist"
    wheel = next(iter(WheelBuilder(str(copy)).build(directory=str(out), versions=["standard"])))
    source = next(iter(SdistBuilder(str(copy)).build(directory=str(out), versions=["standard"])))
    with zipfile.ZipFile(wheel) as inside:
        in_wheel = set(inside.namelist())
    with tarfile.open(source) as inside_source:
        in_source = {name.partition("/")[2] for name in inside_source.getnames()}
    return {"wheel": in_wheel, "source": in_source}


@pytest.mark.slow
def test_a_wheel_and_a_source_archive_hold_the_page_and_its_words(
    published: dict[str, set[str]], built_page: Path
) -> None:
    page = {str(path.relative_to(built_page)) for path in built_page.rglob("*") if path.is_file()}
    assert "index.html" in page
    for name, under in (("wheel", ""), ("source", "src/")):
        assert {f"{under}{PAGE}/{file}" for file in page} <= published[name], name
        for language in ("en", "fr"):
            assert f"{under}openleo/http/words/{language}/plain.json" in published[name]
        assert not [file for file in published[name] if "node_modules" in file]


def tracked() -> list[str]:
    """The files that git keeps."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("no checkout of git")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_no_lock_file_or_setting_names_an_address_to_fetch_packages_from() -> None:
    files = [
        name
        for name in tracked()
        if Path(name).name
        in ("package-lock.json", ".npmrc", "constraints.txt", "pyproject.toml", "package.json")
        or name.startswith(".ci/")
    ]
    assert "web/package-lock.json" in files
    for name in files:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"\bregistry\s*=|index-url|find-links|\.tgz|@ (https?|file):", text), name
        if name.endswith("package-lock.json"):
            packages = json.loads(text)["packages"]
            assert not [each for each, said in packages.items() if "resolved" in said]
            assert all("integrity" in said for each, said in packages.items() if each), name


def test_the_packages_of_the_page_are_pinned_to_one_version_each() -> None:
    said = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    for name, version in (said["dependencies"] | said["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} {version}"


@pytest.mark.parametrize("node", ["yes", "no"])
def test_make_demo_builds_the_page_where_it_can_and_ends_with_the_command_that_opens_it(node: str) -> None:
    if not shutil.which("make"):
        pytest.skip("no make")
    command = ["make", "--dry-run", "--no-print-directory", f"NODE_OK={node}", "demo"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    run = next(line for line in lines if "openleo run today" in line)
    assert "--out" not in run  # so it is in runs/today
    assert lines[-1] == 'echo "  .venv/bin/openleo serve --run runs/today"'
    said = [line for line in lines if "Node 20.19" in line and "/plain" in line and line.startswith("echo")]
    assert len(said) == (node == "no")
    assert any(line.startswith("make") and " web" in line for line in lines) == (node == "yes")
