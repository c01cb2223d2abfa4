"""What the script of a drill wrote: its world, its terminals, what they do, and what would be right.

A drill is a world file with two more beside it: NAME.drill.json (facts of the story) and NAME.drill.npz (the
terminals, their check-ins, and the truth of each). `builders/fiction.py` makes them. The truth is the
script's own: nothing here, and nothing that decides, has a part in it.
"""

import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.world import World

_MICRO: Final = 1e-6  # degrees of a unit in the file
_COLUMNS: Final = {
    "checkin": ("terminal", "time_ms", "true_lat", "true_lon", "lat", "lon", "accuracy_dm", "speed_dkmh",
                "altitude_dm", "flags", "truth", "margin_dm"),
    "terminal": ("home_lat", "home_lon", "role", "sold", "home", "dealer", "sponsor", "buyer", "listed",
                 "motion", "usage", "sale_s", "from_s"),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A drill as its script left it: T terminals and N check-ins in order of time.

    facts: numbers of the story. names: of each kind ("role", "country", "dealer", "sponsor", "plan"), by
    number. terminals: (T,) columns `home_lat`, `home_lon` (1e-6 deg), `role`, `sold`, `home`, `dealer`,
    `sponsor`, `buyer` (-1: none), `listed`, `motion`, `usage`, `sale_s`, `from_s` (s after the epoch).
    terminal, time_us, true_lat_deg, true_lon_deg, lat_deg, lon_deg, accuracy_m, speed_kmh, altitude_m,
    flags: (N,) of each check-in. truth: (N,) int8, the most (an Outcome) that it may be granted. margin_m:
    (N,) from its true position to where that would be something else.
    """

    world: World
    facts: dict[str, Any]
    names: dict[str, tuple[str, ...]]
    terminals: dict[str, NDArray[Any]]
    terminal: NDArray[np.int64]
    time_us: NDArray[np.int64]
    true_lat_deg: NDArray[np.float64]
    true_lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    accuracy_m: NDArray[np.float32]
    speed_kmh: NDArray[np.float32]
    altitude_m: NDArray[np.float32]
    flags: NDArray[np.int32]
    truth: NDArray[np.int8]
    margin_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.terminal)

    @property
    def epoch_us(self) -> int:
        """The instant from which the script counts, microseconds since 1970-01-01 UTC."""
        return int(self.world.epoch.timestamp() * 1e6)

    def after(self, seconds: float) -> datetime:
        """The instant so many seconds after the epoch."""
        return datetime.fromtimestamp(self.epoch_us / 1e6 + seconds, UTC)

    def homes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Latitude and longitude (T,) of the service addresses."""
        return self.terminals["home_lat"] * _MICRO, self.terminals["home_lon"] * _MICRO

    def sequence(self) -> NDArray[np.int64]:
        """The running number (N,) of each check-in among those of its terminal, from 0."""
        order = np.argsort(self.terminal, kind="stable")
        first = np.searchsorted(self.terminal[order], self.terminal[order])
        number = np.empty(len(self), np.int64)
        number[order] = np.arange(len(self)) - first
        return number


def drills() -> tuple[str, ...]:
    """Names of the built-in worlds that can be played."""
    with as_file(files("openleo") / "worlds") as folder:
        return tuple(sorted(path.name.removesuffix(".drill.json") for path in folder.glob("*.drill.json")))


def read_scene(name: str | Path) -> Scene:
    """Read a drill: the name of a built-in one, or the path of its world file.

    Raises InputError where there is no such world, it is no drill, or a file of it is not as the script makes
    it.
    """
    if str(name) in drills():
        with as_file(files("openleo") / "worlds") as folder:
            name = folder / f"{name}.toml"
    world = World.load(name)
    stem = world.folder / world.name
    story, rows = (stem.with_name(f"{world.name}.drill.{ending}") for ending in ("json", "npz"))
    if not story.is_file() or not rows.is_file():
        raise InputError(
            f"{name}: is no drill: {story.name} and {rows.name} are not beside it; those that can be played"
            f" are {', '.join(drills())}, and what builders/fiction.py makes"
        )
    try:
        facts = json.loads(story.read_text(encoding="utf-8"))
        with np.load(rows, allow_pickle=False) as table:
            arrays = {key: table[key] for key in table.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{story.name}, {rows.name}: cannot be read: {error}") from error
    missing = [
        f"{kind}_{key}" for kind, keys in _COLUMNS.items() for key in keys if f"{kind}_{key}" not in arrays
    ]
    if missing or not isinstance(facts, dict):
        raise InputError(f"{rows.name}: lacks {', '.join(missing) or 'facts'}; builders/fiction.py makes it")
    said = {key: arrays[f"checkin_{key}"] for key in _COLUMNS["checkin"]}
    return Scene(
        world, facts,
        {key[6:]: tuple(arrays[key].tolist()) for key in arrays if key.startswith("names_")},
        {key: arrays[f"terminal_{key}"] for key in _COLUMNS["terminal"]},
        said["terminal"].astype(np.int64),
        int(world.epoch.timestamp() * 1e6) + said["time_ms"].astype(np.int64) * 1000,
        said["true_lat"] * _MICRO, said["true_lon"] * _MICRO, said["lat"] * _MICRO, said["lon"] * _MICRO,
        (said["accuracy_dm"] / 10.0).astype(np.float32), (said["speed_dkmh"] / 10.0).astype(np.float32),
        (said["altitude_dm"] / 10.0).astype(np.float32), said["flags"].astype(np.int32),
        said["truth"].astype(np.int8), said["margin_dm"] / 10.0,
    )  # fmt: skip
