"""`openleo store`: copies of a store, new versions of its tables, and how long positions are kept."""

import time
from pathlib import Path

import click

from openleo.cli.command import Command, Group, as_json, count, print_json, show
from openleo.cli.progress import Teller
from openleo.cli.serve import store_option


@click.group(
    cls=Group,
    examples=(
        ("openleo store backup copy.db", "a copy of the store as it is now; servers go on"),
        ("openleo store restore copy.db --store new.db", "and back, into SQLite or PostgreSQL"),
        ("openleo store migrate", "after an update of OpenLEO"),
    ),
)
def store() -> None:
    """Look after the store: backup, restore, migrate, reduce."""


@store.command(
    "backup",
    cls=Command,
    short_help="Copy a store to a file.",
    examples=(("openleo store backup copy.db", "checked before it gets its name"),),
)
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@as_json
def backup_(file: Path, store: str, json_: bool) -> None:
    """Copy the store to a new FILE, an SQLite store, as it is at one instant; servers go on meanwhile."""
    from openleo.service.store.backup import backup

    with Teller() as teller:
        teller.doing("copying the store")
        kept = backup(store, file)
    if json_:
        print_json({"file": str(file), "checkins": kept, "bytes": file.stat().st_size})
    else:
        show(f"{file}: {count(kept)} check-ins, {count(file.stat().st_size)} bytes.")


@store.command(
    "restore",
    cls=Command,
    short_help="Copy a backup to where no store is yet.",
    examples=(
        ("openleo store restore copy.db --store new.db", "into a new file"),
        ("openleo store restore copy.db --store postgresql://user@host/name", "into an empty database"),
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@as_json
def restore_(file: Path, store: str, json_: bool) -> None:
    """Copy the backup FILE to where no store is yet; one that is there is never overwritten."""
    from openleo.service.store.backup import restore

    with Teller() as teller:
        teller.doing("copying the backup")
        kept = restore(file, store)
    if json_:
        print_json({"file": str(file), "checkins": kept})
    else:
        show(f"{file}: {count(kept)} check-ins restored.")


@store.command(
    "migrate",
    cls=Command,
    short_help="Bring the tables of a store to this program's version.",
    examples=(("openleo store migrate", "in one transaction; make a backup before"),),
)
@store_option
@as_json
def migrate_(store: str, json_: bool) -> None:
    """Bring the tables of the store to this program's version."""
    from openleo.service.store.backup import migrate

    before, after = migrate(store)
    if json_:
        print_json({"before": before, "after": after})
    else:
        show(f"Version {after}" + (", as before." if before == after else f"; before, {before}."))


@store.command(
    "reduce",
    cls=Command,
    short_help="Reduce old check-ins to decision and region.",
    examples=(("openleo store reduce --days 30", "no position older than thirty days is left"),),
)
@click.option("--days", default=30.0, show_default=True, type=click.FloatRange(0.0), help="Kept so long.")
@store_option
@as_json
def reduce_(days: float, store: str, json_: bool) -> None:
    """Take the positions out of check-ins older than DAYS; decision, rule set and zone stay.

    On SQLite while no server runs on the store.
    """
    from openleo.service.store import Store
    from openleo.service.store.keeping import reduce

    with Teller() as teller, Store.open(store, create=False) as opened:
        teller.doing("reducing check-ins")
        reduced = reduce(opened, time.time_ns() // 1000 - round(days * 86_400e6))
    if json_:
        print_json({"days": days, "reduced": reduced})
    else:
        show(f"{count(reduced)} check-ins reduced to decision and region.")
