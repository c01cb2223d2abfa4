"""Make the world of `openleo drill reported`: an invented country, a gulf in it, and the rules of a log.

    python -m builders.reported [FOLDER] [--seed N]

FOLDER (src/openleo/worlds/reported unless given) gets the world file, the rules as they were (`-before`) and
as they are, outlines and demand. What is said about the country (the documents and case.toml beside them) was
written by hand. Everything is fiction, as in `builders.fiction`.
"""

import argparse
from pathlib import Path

import numpy as np
import shapely

from builders.coasts import Sheet, blob, chance, land, towns
from builders.fiction import SEED, WORLDS
from builders.story import ELSEWHERE, PLAN, Story, charter, gateways, territory

OFFICES = {
    "network desk": "Larkline",
    "legal desk": "Larkline",
    "licensing desk": "Radio Authority of Tolmara",
}
WIDE_KM, DEEP_KM = 62.0, 150.0
"""Of the gulf, at its mouth and from there inland."""


def reported(seed: int) -> Story:
    """A country with service everywhere; in one of its gulfs at most 10 Mbit/s, from one day on."""
    rng, sheet = chance(seed, "reported"), Sheet(-46.0, -122.0)
    whole = shapely.Polygon(blob(rng, 170.0, 0.2, 240) * [1.1, 0.9])
    turn = np.radians(np.arange(72) * 5.0)
    bite = shapely.Polygon(
        np.column_stack([185.0 + DEEP_KM * np.cos(turn), 15.0 + 0.5 * WIDE_KM * np.sin(turn)])
    )
    left = max(shapely.get_parts(shapely.difference(whole, bite)), key=lambda each: each.area)
    water = max(shapely.get_parts(shapely.intersection(whole, bite)), key=lambda each: each.area)
    country, gulf = (land(sheet, np.asarray(each.exterior.coords)[:-1]) for each in (left, water))
    at = towns(rng, country, 5, 200)
    story = Story("reported", seed, {}, {}, {})
    story.geojson("country", "Country Tolmara (invented)", country)
    story.geojson("gulf", "Gulf of Merrin (invented)", gulf)
    story.demand(at[:, 0], at[:, 1], 20.0)
    west = shapely.intersection(country, shapely.box(-180.0, -90.0, sheet.lon_deg - 0.5, 0.0))
    west = max(shapely.get_parts(west), key=lambda each: each.area)
    story.world(
        "Drill: what eight reports say about a coast, beside a log", gateways(("Tessane", "QP", west, 4))
    )
    for version, name, title, decision, limit in (
        (1, "before", "Fiction: a country with service everywhere",
         "Fiction: the licence of Tolmara holds in its gulf as well.", ""),
        (2, "", "Fiction: a country with service everywhere, and a limit in one gulf",
         "Fiction: at most 10 Mbit/s where a station listens to the seabed, until 2026-06-30.",
         "rate_mbps = 10.0\n"),
    ):  # fmt: skip
        story.rules(
            title,
            ELSEWHERE
            + territory("QP", "Tolmara", "reported-country.geojson")
            + PLAN.format(name="vessel", rate=150.0, at_sea="true")
            + charter("reported", OFFICES, "Harbour council of Tessane", ("Gulf of Merrin",))
            + f"""
[[regions]]
name = "Tolmara"
decision = "Fiction: the radio authority of Tolmara licensed service on 2023-04-03."
countries = ["QP"]
licence = "licensed"
licence_ground = "fiction: licence of the radio authority of Tolmara"
service = "on"

[[regions]]
name = "Gulf of Merrin"
decision = "{decision}"
polygon = "reported-gulf.geojson"
licence = "licensed"
licence_ground = "fiction: licence of the radio authority of Tolmara"
service = "on"
{limit}""",
            version=version,
        )
        if name:
            story.files[f"reported-{name}.rules.toml"] = story.files.pop("reported.rules.toml")
    return story


def write(folder: Path = WORLDS / "reported", seed: int = SEED) -> None:
    """Write the world into a folder; the same seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in reported(seed).files.items():
        text = text.replace("builders/fiction.py", "builders/reported.py")
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    given.add_argument("folder", nargs="?", type=Path, default=WORLDS / "reported")
    given.add_argument("--seed", type=int, default=SEED)
    said = given.parse_args()
    write(said.folder, said.seed)
