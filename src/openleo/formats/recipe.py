"""What a run is made from, kept in its folder, so that its slots can be planned again."""

import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Final

from openleo.errors import InputError
from openleo.formats.run import RECIPE, save

_FORMAT: Final = "openleo-recipe-1"
_NAMED: Final = ("world", "fleet", "rules")  # names of files, or of what is built in


@dataclass(frozen=True)
class Recipe:
    """What a run is made from, so that its slots can be planned again.

    world: name of a built-in world, or path of a file; fleet, rules: files given instead of the world's own,
    rules maybe a built-in name, None where none was. fleet_hash: SHA-256 of that file. lenient: broken
    records of it are skipped. start: the instant whose slot is the first. slot_s: how long one is.
    """

    world: str
    fleet: str | None
    fleet_hash: str | None
    rules: str | None
    lenient: bool
    start: datetime
    slot_s: float


def save_recipe(path: str | Path, recipe: Recipe) -> None:
    """Keep what a run is made from in its folder, files by where they stand from there.

    Raises OpenLEOError where the disk refuses.
    """
    said = {"format": _FORMAT} | asdict(recipe) | {"start": recipe.start.isoformat()}
    for name in _NAMED:
        if said[name] and Path(said[name]).is_file():
            said[name] = os.path.relpath(Path(said[name]).resolve(), Path(path).resolve())
    save(path, RECIPE, json.dumps(said, indent=2, ensure_ascii=False) + "\n")


def read_recipe(path: str | Path) -> Recipe:
    """What the run in a folder is made from.

    Raises InputError where its folder does not say so, as that of an older version does not.
    """
    file = Path(path) / RECIPE
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        if said["format"] != _FORMAT:
            raise InputError(f"{file}: is not a recipe in the format {_FORMAT}")
        given = {each.name: said[each.name] for each in fields(Recipe)}
        for name in _NAMED:
            if given[name] and (file.parent / given[name]).is_file():
                given[name] = str(file.parent / given[name])
        return Recipe(**given | {"start": datetime.fromisoformat(given["start"])})
    except FileNotFoundError:
        raise InputError(f"{path}: does not say what the run is made from ({RECIPE} is missing)") from None
    except KeyError as error:
        raise InputError(f"{file}: {error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
