"""An invented world as it is written: terminals, check-ins with their truth, and the texts around them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import shapely
from numpy.typing import NDArray

from builders.coasts import F8, GEOD

EPOCH = "2026-06-01T00:00:00Z"
REFUSE, EMERGENCY, WALLED, LIMITED, SERVE = range(5)
FIXED, PORTABLE, VEHICLE, VESSEL, AIRCRAFT = range(5)
CIVIL, HUMANITARIAN = 0, 1
DISTRESS = 1
FAR_M = 1e7  # nothing within reach would make another answer right

FLEET = """
# Fleet: an illustration. One whole shell, and one of which half of the planes are in orbit (nodes over 180 of
# 360 degrees), so that a place has more satellites over it at some hours of the day than at others.
[fleet]

[[fleet.classes]]
name = "middling"
beams = 48
capacity_gbps = 60.0
feeder_gbps = 40.0
beam_eirp_dbw = 34.5

[[fleet.shells]]
name = "whole"
satellite_class = "middling"
altitude_km = 550
inclination_deg = 53.0
planes = 48
satellites_per_plane = 22
phasing = 17

[[fleet.shells]]
name = "half"
satellite_class = "middling"
altitude_km = 540
inclination_deg = 53.2
planes = 36
satellites_per_plane = 20
phasing = 5
pattern = "star"
"""

HEAD = """# Made by builders/fiction.py from seed {seed}: fiction. No place, people or operator here exists.
"""


@dataclass
class Story:
    """One world as it grows: terminals and check-ins are columns, and the rest goes into its texts."""

    name: str
    seed: int
    terminals: dict[str, NDArray[Any]]
    names: dict[str, list[str]]
    facts: dict[str, Any]
    rows: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def check_in(
        self, rng: np.random.Generator, terminal: NDArray[np.int64], time_s: F8, lon: F8, lat: F8, *,
        truth: NDArray[np.int64] | int, margin_m: F8 | float, accuracy_m: F8, speed_kmh: F8 | float = 0.0,
        altitude_m: F8 | float = 1.5, flags: NDArray[np.int64] | int = 0,
    ) -> None:  # fmt: skip
        """Add check-ins: where each truly is, and where it says it is, within the accuracy that it states."""
        count = len(terminal)
        off = 0.95 * accuracy_m * np.sqrt(rng.random(count))
        said_lon, said_lat, _ = GEOD.fwd(lon, lat, 360.0 * rng.random(count), off)
        every = {
            "terminal": (terminal, np.uint16), "time_ms": (np.round(time_s * 1e3), np.int64),
            "true_lat": (np.round(np.asarray(lat) * 1e6), np.int32),
            "true_lon": (np.round(np.asarray(lon) * 1e6), np.int32),
            "lat": (np.round(said_lat * 1e6), np.int32), "lon": (np.round(said_lon * 1e6), np.int32),
            "accuracy_dm": (np.round(accuracy_m * 10), np.uint16),
            "speed_dkmh": (np.round(np.asarray(speed_kmh) * 10), np.uint16),
            "altitude_dm": (np.round(np.asarray(altitude_m) * 10), np.uint16),
            "flags": (flags, np.uint8), "truth": (truth, np.uint8),
            "margin_dm": (np.round(10.0 * np.minimum(margin_m, FAR_M)), np.uint32),
        }  # fmt: skip
        self.rows.append(
            {key: np.broadcast_to(values, count).astype(kind) for key, (values, kind) in every.items()}
        )

    def geojson(self, name: str, title: str, shape: shapely.Polygon, **more: Any) -> None:
        """A file with one polygon."""
        rings = [[list(point) for point in ring.coords] for ring in (shape.exterior, *shape.interiors)]
        head = {"name": title, "source": f"fiction, builders/fiction.py, seed {self.seed}", **more}
        lines = ",\n".join(
            "     [\n" + ",\n".join(f"      {json.dumps(point)}" for point in ring) + "\n     ]"
            for ring in rings
        )
        self.files[f"{self.name}-{name}.geojson"] = (
            '{\n "type": "FeatureCollection",\n "features": [\n  {\n   "type": "Feature",\n'
            f'   "properties": {json.dumps(head)},\n'
            '   "geometry": {\n    "type": "Polygon",\n    "coordinates": [\n'
            f"{lines}\n    ]\n   }}\n  }}\n ]\n}}\n"
        )

    def demand(self, lon: F8, lat: F8, mbps: float, resolution: int = 5) -> None:
        """The table of places: a cell with somebody in it asks for so much for each of them."""
        cells = [h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon, lat, strict=True)]
        ids, people = np.unique(np.array(cells, np.uint64), return_counts=True)
        lines = ["name,lat,lon,demand_mbps"]
        for cell, n in zip(ids.tolist(), people.tolist(), strict=True):
            y, x = h3.cell_to_latlng(cell)
            lines.append(f"{cell:x},{y:.5f},{x:.5f},{n * mbps:g}")
        self.files[f"{self.name}-demand.csv"] = "\n".join(lines) + "\n"

    def world(self, title: str, more: str) -> None:
        """The world file."""
        self.files[f"{self.name}.toml"] = (
            HEAD.format(seed=self.seed)
            + f'name = "{self.name}"\ntitle = "{title}"\nepoch = {EPOCH}\nseed = {self.seed}\n'
            + f'rules = "{self.name}.rules.toml"\n'
            + FLEET
            + f'\n[cells]\narea = "places"\n\n[demand]\nfile = "{self.name}-demand.csv"\n'
            + more
        )

    def rules(self, title: str, text: str, *, version: int = 1, before: bool = False) -> None:
        """The rule file; before: that of the rules which held before it."""
        name = f"{self.name}-before" if before else self.name
        self.files[f"{name}.rules.toml"] = (
            HEAD.format(seed=self.seed)
            + f'name = "{self.name}"\nversion = {version}\ntitle = "{title}"\n'
            + text
        )

    def save(self, folder: Path) -> None:
        """Write everything; the same seed gives the same bytes."""
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        facts = {"world": self.name, "seed": self.seed, "epoch": EPOCH, **self.facts}
        (folder / f"{self.name}.drill.json").write_text(
            json.dumps(facts, indent=1) + "\n", encoding="utf-8", newline="\n"
        )
        rows = {key: np.concatenate([each[key] for each in self.rows]) for key in self.rows[0]}
        order = np.lexsort((rows["terminal"], rows["time_ms"]))
        arrays: dict[str, NDArray[Any]] = {f"checkin_{key}": rows[key][order] for key in rows}
        arrays |= {f"terminal_{key}": values for key, values in self.terminals.items()}
        arrays |= {f"names_{kind}": np.array(names) for kind, names in self.names.items()}
        np.savez_compressed(folder / f"{self.name}.drill.npz", **arrays)  # type: ignore[arg-type]


def terminals(count: int, **columns: Any) -> dict[str, NDArray[Any]]:
    """The register's columns, with what holds where nothing else is said."""
    plain: dict[str, tuple[Any, Any]] = {
        "home_lat": (0, np.int32), "home_lon": (0, np.int32), "role": (0, np.uint8), "sold": (0, np.int8),
        "home": (0, np.int8),
        "dealer": (-1, np.int8), "sponsor": (-1, np.int8), "buyer": (-1, np.int16),
        "listed": (False, np.bool_),
        "motion": (PORTABLE, np.int8), "usage": (CIVIL, np.int8), "sale_s": (0, np.int64),
        "from_s": (0, np.int64),
    }  # fmt: skip
    return {
        key: np.broadcast_to(np.asarray(columns.get(key, value)), count).astype(kind)
        for key, (value, kind) in plain.items()
    }


def micro(degrees: F8) -> NDArray[np.int32]:
    """Degrees as whole 1e-6 degrees (0.1 m)."""
    return np.round(degrees * 1e6).astype(np.int32)


def gateways(*sites: tuple[str, str, shapely.Polygon, int]) -> str:
    """[ground] with gateways (name, country, land, antennas) inside their land, a PoP beside each."""
    text = "\n[ground]\nelevation_mask_deg = 15.0\n"
    for kind in ("gateways", "pops"):
        for name, country, shape, antennas in sites:
            spot = shape.representative_point()
            text += (
                f'\n[[ground.{kind}]]\nname = "{name}"\ncountry = "{country}"\n'
                f"lat_deg = {spot.y:.4f}\nlon_deg = {spot.x:.4f}\n"
            )
            text += f"antennas = {antennas}\n" if kind == "gateways" else ""
    return text


def territory(code: str, name: str, file: str) -> str:
    """[[territories]]"""
    return f'\n[[territories]]\ncode = "{code}"\nname = "{name}"\npolygon = "{file}"\n'


PLAN = '\n[[plans]]\nname = "{name}"\nrate_mbps = {rate}\nat_sea = {at_sea}\n'
ELSEWHERE = """
[elsewhere]
licence = "none"
service = "on"
decision = "Fiction: no rule of this world grants a licence here."
"""


def charter(
    world: str, offices: Mapping[str, str], party: str, regions: tuple[str, ...], *, hours: float = 24.0,
    recorder: str = "",
) -> str:  # fmt: skip
    """[governance], [[approvers]] (offices and their organisations, two of which must sign), [[parties]].

    party: who is told of changes to these regions, and within how many hours. recorder: who signs the roots
    of days, "" for nobody. Keys are those of `openleo.operate.drills.governed`: fiction.
    """
    from openleo.operate.drills.governed import public_of

    text = (
        "\n[governance]\napprovals = 2\norganisations = 2\n"
        'emergency_powers = ["restrict"]\nemergency_hours = 24.0\n'
    )
    text += f'recorder = "{public_of(world, recorder)}"\n' if recorder else ""
    for office, organisation in offices.items():
        key = public_of(world, office)
        text += f'\n[[approvers]]\nname = "{office}"\norganisation = "{organisation}"\nkey = "{key}"\n'
    key = public_of(world, party)
    text += f'\n[[parties]]\nname = "{party}"\nkey = "{key}"\n'
    return f"{text}regions = {json.dumps(list(regions))}\nhours = {hours:g}\n"
