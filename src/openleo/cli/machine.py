"""`openleo fetch` and `openleo doctor`: what this machine has, and what it lacks."""

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from openleo.cli.command import Command, as_json, plain_table, print_json, show, size
from openleo.cli.progress import Teller
from openleo.kernels import how_many_compiled

STALE: Final = 4
"""Exit code where only data is there that is too old."""

_PACKAGES: Final = (
    "numpy",
    "numba",
    "h3",
    "sgp4",
    "xarray",
    "zarr",
    "matplotlib",
    "shapely",
    "pyarrow",
    "click",
    "rich",
)
_LEAST_DISK: Final = 1e9
_LEAST_MEMORY: Final = 4e9
_OLD_H: Final = 14.0 * 24.0  # elements from which a run warns


@click.command(
    cls=Command,
    short_help="Current element sets from CelesTrak.",
    examples=(
        ("openleo fetch starlink", "current element sets; prints the file they are in"),
        ("openleo run today --fleet starlink --at now", "and what to do with them"),
        ("openleo fetch", "what was fetched before, and how old it is"),
    ),
)
@click.argument("group", required=False)
@as_json
def fetch(group: str | None, json_: bool) -> None:
    """Fetch the current element sets of GROUP (starlink, oneweb, kuiper, ...) from CelesTrak.

    They are kept for two hours, as CelesTrak asks. Without a network the ones kept are named, with their
    age and exit code 4.
    """
    from openleo.formats.celestrak import cached
    from openleo.formats.celestrak import fetch as get

    if group is None:
        kept = cached()
        if json_:
            print_json([_plain(each) for each in kept])
        else:
            show(
                *(each.message for each in kept)
                if kept
                else ("Nothing was fetched yet: openleo fetch starlink",)
            )
        return
    with Teller() as teller:
        teller.doing(f"fetching {group} from CelesTrak")
        got = get(group)
    click.echo(got.message, err=True)
    if json_:
        print_json(_plain(got))
    else:
        click.echo(str(got.path))
    if not got.fresh:
        raise click.exceptions.Exit(STALE)


@click.command(
    cls=Command,
    short_help="What this machine has for OpenLEO, and what it lacks.",
    examples=(("openleo doctor", "what is installed, compiled and kept, and what to do about the rest"),),
)
@as_json
def doctor(json_: bool) -> None:
    """Say what this machine has for OpenLEO, and what to do where something is missing."""
    found = list(_look())
    if json_:
        print_json([dict(zip(("what", "found", "advice"), row, strict=True)) for row in found])
        return
    advised = sum(bool(advice) for _, _, advice in found)
    show(
        "All is well.\n" if not advised else f"{advised} thing{'s' if advised > 1 else ''} to do.\n",
        plain_table(*((what, had + (f"\n-> {advice}" if advice else "")) for what, had, advice in found)),
    )


def _look() -> Iterator[tuple[str, str, str]]:
    """What was looked at, what was found, and what to do (empty: nothing)."""
    from importlib.metadata import PackageNotFoundError, version

    import numpy as np

    from openleo import __version__
    from openleo.data import load
    from openleo.formats.celestrak import cache_folder, cached

    yield "openleo", f"{__version__}, Python {platform.python_version()}, {platform.system()}", ""
    have, lack = [], []
    for name in _PACKAGES:
        try:
            have.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lack.append(name)
    yield "packages", ", ".join(have), f"pip install {' '.join(lack)}" if lack else ""
    kernels = how_many_compiled()
    said = (
        f"{kernels} compiled" if kernels else "not compiled yet: the first run does it in some twenty seconds"
    )
    yield "kernels", said, ""
    threads = os.cpu_count() or 1
    yield "processors", str(threads), ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        small = (
            "a planet of 200 000 cells takes some 1 GB: close other programs"
            if memory < _LEAST_MEMORY
            else ""
        )
        yield "memory", size(memory), small
    free = shutil.disk_usage(Path.cwd()).free
    tight = "an hour of the planet takes up to 1.5 GB: make room" if free < _LEAST_DISK else ""
    yield "disk", f"{size(free)} free in this folder", tight
    kept = cached()
    for each in kept:
        advice = f"openleo fetch {each.group}" if each.age_h > _OLD_H else ""
        yield "elements", each.message, advice
    if not kept:
        yield "elements", f"none fetched into {cache_folder()}; the built-in worlds need none", ""
    table = load("dut1")
    end = np.datetime64("1858-11-17") + int(table["mjd"][-1])
    days = int((end - np.datetime64("today")).astype(int))
    late = (
        ""
        if days > 0
        else "times after it turn the Earth by up to some metres; a newer OpenLEO has a newer table"
    )
    yield "UT1 - UTC", f"known and predicted until {end}", late


def _plain(got: Any) -> dict[str, Any]:
    return {
        "group": got.group, "file": str(got.path), "age_h": got.age_h,
        "fresh": got.fresh, "message": got.message
    }  # fmt: skip
