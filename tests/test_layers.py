"""The house: who may import whom, and what `import openleo` brings along."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter import cli

import openleo

ROOT = Path(__file__).parents[1]
HEAVY = (
    "numpy",
    "numba",
    "xarray",
    "matplotlib",
    "pyarrow",
    "shapely",
    "h3",
    "sgp4",
    "zarr",
    "rich",
    "click",
)


@pytest.mark.slow
def test_the_layers_hold(capsys: pytest.CaptureFixture[str]) -> None:
    done = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    for each in logging.root.manager.loggerDict.values():  # it turns off all loggers that are there
        if isinstance(each, logging.Logger):
            each.disabled = False
    assert done == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def loaded_by(statement: str) -> set[str]:
    """The packages that a fresh interpreter has loaded after a statement."""
    code = f"{statement}; import sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import openleo; openleo.__version__; dir(openleo)") & set(HEAVY)


def test_reading_a_world_compiles_nothing_and_draws_nothing() -> None:
    loaded = loaded_by("import openleo; openleo.World.load('today')")
    assert not loaded & {"numba", "matplotlib", "xarray", "pyarrow", "zarr", "rich"}


def test_every_public_name_is_there() -> None:
    assert set(dir(openleo)) == set(openleo.__all__)
    for name in openleo.__all__:
        value = getattr(openleo, name)
        assert value.__doc__, name
        assert getattr(value, "__module__", "openleo").startswith(("openleo", "builtins")), name


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(AttributeError, match="'openleo' has no attribute 'antigravity'"):
        openleo.antigravity  # noqa: B018 - it is the access that is tested
