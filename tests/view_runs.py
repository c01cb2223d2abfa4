"""Runs for tests of what the page is told: made by the command line, in folders of their own."""

from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner
from serving import Service

from openleo.cli import openleo

CONTENDED = """base = "triangle"
name = "contended"
rules = "chad.rules.toml"
[cells]
area = "box"
box = [-30, 0, 30, 60]
resolution = 2
[demand]
file = ""
base_mbps = 900
per_person_mbps = 0
[[ground.gateways]]
name = "Nairobi"
country = "KE"
lat_deg = -1.29
lon_deg = 36.82
antennas = 3
"""
"""Some three hundred cells around a gateway, too few satellites for all of them, one country dark."""

CHAD = """name = "chad"
[elsewhere]
licence = "licensed"
decision = "For tests: licensed."
[[regions]]
name = "Chad (illustration)"
service = "off"
decision = "Illustration, not a fact."
countries = ["TD"]
"""
CHAD_POINT = {"lat": 15.0, "lon": 19.0}


def made_run(folder: Path, world: str | Path, slots: int, *words: str) -> Path:
    """A run of a world, without pictures."""
    where = folder / "run"
    asked = ["run", str(world), "--slots", str(slots), "--no-pictures", "--out", str(where), *words]
    done = CliRunner().invoke(openleo, asked)
    assert done.exit_code == 0, done.output
    return where


def contended_world(folder: Path) -> Path:
    """The contended world and its rules as files."""
    (folder / "chad.rules.toml").write_text(CHAD, encoding="utf-8")
    (folder / "contended.toml").write_text(CONTENDED, encoding="utf-8")
    return folder / "contended.toml"


def ready(service: Service) -> Any:
    """The view of a server, once its world is opened, or it is known why it cannot be."""
    service.ask("GET", "/v1/view/satellites")  # waits for it
    return told(service.ask("GET", "/v1/view"))


def told(answer: httpx.Response) -> Any:
    """The JSON of an answer that is no problem."""
    assert answer.status_code == 200, answer.text
    return answer.json()
