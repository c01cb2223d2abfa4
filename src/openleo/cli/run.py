"""`openleo run`: a world, slot after slot, into a run folder."""

import hashlib
import json
import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import (
    INTERRUPTED,
    Command,
    as_json,
    at_option,
    count,
    elements_file,
    fleet_option,
    moment,
    percent,
    plain_table,
    print_json,
    show,
    size,
)
from openleo.cli.opened import TOLD, open_twin, read_rules, rules_option
from openleo.cli.picture import PICTURES, draw_maps
from openleo.cli.progress import Teller
from openleo.errors import InputError, OpenLEOError

if TYPE_CHECKING:
    from datetime import datetime

    from openleo.formats.run import RunStore
    from openleo.twin import Past, Slot, Twin

_STATIC_BYTES: Final = 40  # of a cell, for what is the same in every slot
_STATE_BYTES: Final = 5  # of a cell in each slot, for what the next one builds on
_PICTURES_BYTES: Final = 4_000_000
_FIGURES: Final = "figures.json"


@click.command(
    cls=Command,
    short_help="Run a world slot by slot into a folder: dataset, maps, page.",
    examples=(
        ("openleo run today", "the whole planet, eight slots, into runs/today"),
        ("openleo run today --slots 240 --out runs/hour", "an hour of it"),
        ("openleo run today --fleet starlink.tle", "with satellites from a file, at its median epoch"),
        ("openleo run mine.toml --json | jq .coverage", "a world of your own, the figures as JSON"),
    ),
)
@click.argument("world")
@click.option(
    "--slots", type=click.IntRange(min=1), default=8, show_default=True, help="How many slots of 15 s."
)
@at_option
@fleet_option
@rules_option
@click.option("--lenient", is_flag=True, help="Skip broken records of the --fleet file instead of stopping.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="The run folder; runs/NAME if not given."
)
@click.option("--fields", metavar="A,B,...", help="Keep only these fields of each slot (all if not given).")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped: the same command again.")
@click.option("--overwrite", is_flag=True, help="Replace the run that is in the folder, whatever it is.")
@click.option("--no-pictures", is_flag=True, help="No maps and no page.")
@click.option(
    "--threads", type=click.IntRange(min=1), help="At most so many; all of the machine's if not given."
)
@as_json
def run(
    world: str,
    slots: int,
    at: str | None,
    fleet: str | None,
    rules: str | None,
    lenient: bool,
    out: Path | None,
    fields: str | None,
    resume: bool,
    overwrite: bool,
    no_pictures: bool,
    threads: int | None,
    json_: bool,
) -> None:
    """Run WORLD (a built-in one, or a TOML file) slot by slot.

    It leaves a folder with the dataset (Zarr), summary.json, maps and index.html. A finished run in the same
    folder is replaced if it is no longer than this one; a stopped or a longer one only with --overwrite.
    """
    start = moment(at, "--at")
    if resume and overwrite:
        raise click.UsageError(
            "--resume goes on with what is there, --overwrite deletes it: give one of them"
        )
    from openleo.formats.recipe import Recipe, save_recipe
    from openleo.world import World

    begun = clock.perf_counter()
    with Teller() as teller:
        flown = World.load(world)
        folder = out or Path("runs") / flown.name
        overwrite = overwrite or (not resume and _replaces(folder, slots, teller))
        held = read_rules(flown, rules, teller)
        fleet = str(elements_file(fleet)) if fleet else None
        twin, start = open_twin(flown, fleet, start, teller, rules=held, lenient=lenient, threads=threads)
        store = _begin(
            twin, folder, start, slots, fields, teller,
            resume=resume, overwrite=overwrite, pictures=not no_pictures,
        )  # fmt: skip
        digest = hashlib.sha256(Path(fleet).read_bytes()).hexdigest() if fleet else None
        save_recipe(folder, Recipe(world, fleet, digest, rules, lenient, start, flown.slot_s))
        every = _go(twin, store, start, teller, pictures=not no_pictures)
        summary = _finish(twin, store, every, teller, pictures=not no_pictures)
    wall_s = clock.perf_counter() - begun
    if json_:
        print_json(summary | {"folder": str(folder), "wall_s": wall_s})
    else:
        _show(summary, folder, wall_s, page=not no_pictures)


def _replaces(folder: Path, slots: int, teller: Teller) -> bool:
    """Whether a run is there that this one replaces unasked: a finished one that is no longer.

    Raises InputError for any other run: hours may stand in it.
    """
    from openleo.formats.run import progress

    there = progress(folder)
    if there is None:
        return False
    done, planned = there
    ways = "--overwrite deletes it, --out takes another folder"
    if done < planned:
        raise InputError(
            f"{folder}: a run stopped there after {done} of {planned} slots; --resume goes on with it, {ways}"
        )
    if done > slots:
        raise InputError(f"{folder}: a longer run is there ({done} slots); {ways}")
    teller.say(f"{folder}: the finished run that is there is replaced.")
    return True


def _begin(
    twin: "Twin",
    folder: Path,
    start: "datetime",
    slots: int,
    fields: str | None,
    teller: Teller,
    *,
    resume: bool,
    overwrite: bool,
    pictures: bool,
) -> "RunStore":
    """The run folder, open for its next slot."""
    import numpy as np

    from openleo import __version__, maps
    from openleo.formats.run import estimate_bytes, free_bytes
    from openleo.places import countries
    from openleo.route import BOTTLENECKS
    from openleo.world import slot_times

    kept = tuple(each.strip() for each in fields.split(",")) if fields else ()
    needed = estimate_bytes(maps.slot_arrays(names=kept), slots, len(twin.cells))
    needed += (_STATIC_BYTES + _STATE_BYTES * slots) * len(twin.cells) + (_PICTURES_BYTES if pictures else 0)
    free = free_bytes(folder)
    teller.say(
        f"{twin.world.name}: {count(len(twin.fleet))} satellites, {count(len(twin.cells))} cells, "
        f"{slots} slot{'s' if slots > 1 else ''} into {folder}: "
        f"at most {size(needed)} of disk ({size(free)} free)."
    )
    if needed > free:
        teller.say(f"Warning: the disk may not hold it: {size(needed)} against {size(free)} free.")
    title = twin.world.title or twin.world.name
    return maps.create(
        folder,
        static={
            "cell": twin.cells.id, "lat": twin.cells.lat_deg, "lon": twin.cells.lon_deg,
            "demand_bps": twin.cells.demand_bps, "country": twin.cells.country,
            "satellite_number": twin.fleet.elements.number,
        },
        times=slot_times(start, slots, twin.world.slot_s),
        attributes=maps.attributes(
            title=title, world=twin.world.name, world_hash=twin.digest(), version=__version__,
            rules=twin.rules.name, rules_hash=twin.rules.digest,
            elements_epoch=f"{np.datetime_as_string(twin.elements_epoch, 's')}Z",
            history=f"openleo run {twin.world.name} --slots {slots}",
        ),
        flags={
            "country": [each.code if each.code != "-" else each.name for each in countries()],
            "gateway": [each.name for each in twin.ground.gateways],
            "pop": [each.name for each in twin.ground.pops],
            "bottleneck": BOTTLENECKS,
        },
        fields=kept, resume=resume, overwrite=overwrite,
    )  # fmt: skip


def _go(
    twin: "Twin", store: "RunStore", start: "datetime", teller: Teller, *, pictures: bool
) -> list[dict[str, Any]]:
    """Run the slots that are not done yet; gives the figures of all of them."""
    from openleo.formats.run import save
    from openleo.twin import figures

    done = store.slots_done()
    every = _figures(store)[:done]
    before = _before(store, done) if 0 < done < store.slots else None
    teller.doing("slots", done, store.slots)
    lost: set[int] = set()
    try:
        for slot in twin.slots(start, store.slots, first=done, before=before):
            _tell_lost(twin, slot, lost, teller)
            every.append(figures(twin, slot))
            # before the slot counts as done, so that a stop at any moment finds both
            save(store.folder, _FIGURES, json.dumps(_plain(every)) + "\n")
            arrays = slot.fields()
            store.append(slot.index, {name: arrays[name] for name in store.arrays}, vars(slot.past))
            teller.doing("slots", slot.index + 1, store.slots)
            if pictures and slot.index == 0 and store.slots > 1:
                draw_maps(store.folder, ["served"], teller)
    except KeyboardInterrupt:
        teller.say(
            f"\nStopped after {store.slots_done()} of {store.slots} slots; they can be read, and "
            "the same command with --resume goes on."
        )
        raise click.exceptions.Exit(INTERRUPTED) from None
    return every


def _tell_lost(twin: "Twin", slot: "Slot", lost: set[int], teller: Teller) -> None:
    """Name the satellites that are lost from this slot on, the first few one by one; `lost` grows."""
    from openleo.orbit import error_text

    error = slot.geometry.error
    new = [s for s in error.nonzero()[0].tolist() if s not in lost]
    named = max(TOLD - len(lost), 0)
    for s in new[:named]:
        elements = twin.fleet.elements
        teller.say(f"Warning: {elements.name[s]} ({elements.number[s]}) drops out: {error_text(error[s])}.")
    if new[named:]:
        teller.say(f"Warning: {len(new[named:])} more satellites drop out.")
    lost.update(new)


def _before(store: "RunStore", done: int) -> "Past":
    """What the last slot that is done left, as the next one wants it."""
    from openleo.formats.run import read_state
    from openleo.twin import Past

    try:
        return Past(**read_state(store.folder, done - 1))
    except (InputError, TypeError) as error:
        raise OpenLEOError(
            f"{store.folder}: what the next slot builds on is lost ({error}); --overwrite begins anew"
        ) from error


def _figures(store: "RunStore") -> list[dict[str, Any]]:
    """The figures of the slots that are done, as they were written."""
    path = store.folder / _FIGURES
    if not store.slots_done():
        return []
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise OpenLEOError(f"{path}: cannot be read ({error}); --overwrite begins anew") from error
    for each in found:  # null in JSON, where there is no number
        each["handover"] = float("nan") if each["handover"] is None else each["handover"]
        each["rtt_ms"] = {name: float("nan") if ms is None else ms for name, ms in each["rtt_ms"].items()}
    return found


def _plain(value: Any) -> Any:
    """The same with None for NaN, for JSON has none."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and value != value else value


def _finish(
    twin: "Twin", store: "RunStore", every: list[dict[str, Any]], teller: Teller, *, pictures: bool
) -> dict[str, Any]:
    from openleo.twin import summarise

    summary = summarise(twin, every)
    store.finish(summary)
    if pictures:
        written = draw_maps(store.folder, list(PICTURES.values()), teller)
        _page(store.folder, summary, written, teller)
    return summary


def _page(folder: Path, summary: dict[str, Any], pictures: dict[str, Path], teller: Teller) -> None:
    from openleo import maps
    from openleo.formats.run import save

    teller.doing("writing the page")
    cells = summary["cells_with_demand"]
    shares = {name: each / cells for name, each in summary["unserved"].items()} if cells else {}
    if cells:
        shares = {"served": summary["coverage"], **shares}
    shown = {
        "satellites": summary["satellites"],
        "gateways": summary["gateways"],
        "cells": summary["cells"],
        "cells_with_demand": cells,
        "slots": summary["slots"],
        "demand_bps": summary["demand_tbps"] * 1e12,
        "coverage_share": summary["coverage"],
        "satisfied_demand_share": summary["satisfied"],
        "median_round_trip_ms": summary["rtt_ms"]["p50"],
        "95th_percentile_of_round_trip_ms": summary["rtt_ms"]["p95"],
        "handovers_a_slot_share": summary["handover"],
        "computing_time_of_a_slot_ms": summary["slot_ms_median"],
    }
    known = {name: value for name, value in shown.items() if value is not None}
    attributes = maps.open_dataset(folder).attrs
    names = {field: path.name for field, path in pictures.items()}
    save(
        folder,
        "index.html",
        maps.page(attributes=attributes, summary=known, pictures=names, reasons=shares),
    )


def _show(summary: dict[str, Any], folder: Path, wall_s: float, *, page: bool) -> None:
    """The figures as a table."""
    from openleo.maps import REASONS, label

    rtt, cells = summary["rtt_ms"], summary["cells_with_demand"]
    left_out = ", ".join(
        f"{count(number)} {why}" for why, number in summary["satellites_left_out"].items() if number
    )
    noted = [f"left out: {left_out}"] if left_out else []
    if summary["satellites_lost"]:
        noted.append(f"lost on the way: {count(summary['satellites_lost'])}")
    p50, p95 = (f"{rtt[name]:.1f} ms" if rtt[name] is not None else "-" for name in ("p50", "p95"))
    show(
        plain_table(
            ("satellites", count(summary["satellites"]), "; ".join(noted)),
            (
                "cells",
                count(summary["cells"]),
                f"{count(cells)} with demand: {summary['demand_tbps']:.3g} Tbit/s",
            ),
            ("coverage", percent(summary["coverage"]), "of the cells with demand"),
            ("satisfied", percent(summary["satisfied"]), "of the bits asked for"),
            ("latency", p50, f"median round trip to the PoP; 95th percentile {p95}"),
            ("handovers", percent(summary["handover"], 1), "of the cells change satellite from slot to slot"),
            ("computing", f"{summary['slot_ms_median']:.0f} ms", f"a slot; {wall_s:.1f} s in all"),
            right=(1,),
        ),
        f"\nNot served, of {count(cells)} cells, by reason:",
        plain_table(
            *(
                (
                    f"  {label(name)}",
                    count(number) if number == int(number) else f"{number:.1f}",
                    REASONS[name],
                )
                for name, number in summary["unserved"].items()
            ),
            right=(1,),
        ),
        f"\n{folder / 'index.html' if page else folder}",
    )
