"""`openleo run`: a world, slot after slot, into a run folder."""

import io
import json
import time as clock
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import (
    INTERRUPTED,
    Command,
    as_json,
    at_option,
    console,
    count,
    elements_file,
    fleet_option,
    moment,
    percent,
    print_json,
    size,
)
from openleo.cli.machine import kernels_compiled
from openleo.cli.progress import Teller
from openleo.errors import InputError, OpenLEOError

if TYPE_CHECKING:
    from datetime import datetime

    from openleo.formats.run import RunStore
    from openleo.twin import Slot, Twin

PICTURES: Final = {
    "coverage": "served",
    "latency": "latency_ms",
    "throughput": "throughput_bps",
    "satellites-in-view": "satellites_in_view",
    "reason": "reason",
}
"""The maps of a run, by the name of their file, and the field that each shows."""

_COMPILE: Final = "First run: the kernels are being compiled, once; it takes about half a minute."
_FIGURES: Final = "figures.json"


@click.command(
    cls=Command,
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

    It leaves a folder with the dataset (Zarr), summary.json, maps and index.html. A finished run in the same folder is
    replaced if it is no longer than this one; a stopped or a longer one only with --overwrite.
    """
    start = moment(at)
    if resume and overwrite:
        raise click.UsageError(
            "--resume goes on with what is there, --overwrite deletes it: give one of them"
        )
    begun = clock.perf_counter()
    with Teller() as teller:
        if not kernels_compiled():
            teller.say(_COMPILE)
        teller.doing("opening the world: satellites, cells, ground")
        twin, start = _open(world, elements_file(fleet), start, lenient, threads, teller)
        folder = out or Path("runs") / twin.world.name
        kept = tuple(each.strip() for each in fields.split(",")) if fields else ()
        store = _begin(twin, folder, start, slots, kept, teller, resume=resume, overwrite=overwrite)
        every = _go(twin, store, start, teller, pictures=not no_pictures)
        summary = _finish(twin, store, every, teller, pictures=not no_pictures)
    wall_s = clock.perf_counter() - begun
    if json_:
        print_json(summary | {"folder": str(folder), "wall_s": wall_s})
    else:
        _show(summary, folder, wall_s, page=not no_pictures)


def _open(
    name: str,
    elements: Path | None,
    start: "datetime | None",
    lenient: bool,
    threads: int | None,
    teller: Teller,
) -> "tuple[Twin, datetime]":
    """The world ready to run, and when it begins; says what is wrong with its satellites on the way."""
    import numpy as np

    from openleo.orbit import age_warning
    from openleo.twin import Twin
    from openleo.world import World

    twin = Twin.open(World.load(name), elements=elements, lenient=lenient, threads=threads)
    for message in twin.skipped[:5]:
        teller.say(f"Skipped: {message}")
    if len(twin.skipped) > 5:
        teller.say(f"Skipped: {len(twin.skipped) - 5} more records")
    start = start or twin.default_start(elements is not None)
    old = age_warning(twin.fleet.elements, np.datetime64(start.replace(tzinfo=None), "us"))
    if old:
        teller.say(f"Warning: {old}.")
    return twin, start


def _begin(
    twin: "Twin",
    folder: Path,
    start: "datetime",
    slots: int,
    fields: Sequence[str],
    teller: Teller,
    *,
    resume: bool,
    overwrite: bool,
) -> "RunStore":
    """The run folder, open for its next slot."""
    from openleo import __version__, maps
    from openleo.formats.run import estimate_bytes, free_bytes, progress
    from openleo.places import countries
    from openleo.route import BOTTLENECKS
    from openleo.world import slot_times

    needed = estimate_bytes(maps.slot_arrays(names=fields), slots, len(twin.cells))
    free = free_bytes(folder)
    teller.say(
        f"{twin.world.name}: {count(len(twin.fleet))} satellites, {count(len(twin.cells))} cells, {slots} slots "
        f"into {folder}: at most {size(needed)} of disk ({size(free)} free)."
    )
    if needed > free:
        teller.say(f"Warning: the disk may not hold it: {size(needed)} against {size(free)} free.")
    there = progress(folder)
    if there and not resume and not overwrite:
        done, planned = there
        if done < planned:
            raise InputError(
                f"{folder}: a run stopped there after {done} of {planned} slots; --resume goes on with it, "
                "--overwrite deletes it, --out takes another folder"
            )
        if done > slots:
            raise InputError(
                f"{folder}: a longer run is there ({done} slots); --overwrite deletes it, --out takes another folder"
            )
        teller.say(f"{folder}: the run that was there is replaced.")
        overwrite = True
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
            title=title, world=twin.world.name, world_hash=twin.world.digest(), version=__version__,
            elements_epoch=f"{twin.elements_epoch}Z", history=f"openleo run {twin.world.name} --slots {slots}",
        ),
        flags={
            "country": [each.code if each.code != "-" else each.name for each in countries()],
            "gateway": [each.name for each in twin.ground.gateways],
            "pop": [each.name for each in twin.ground.pops],
            "bottleneck": BOTTLENECKS,
        },
        fields=fields, resume=resume, overwrite=overwrite,
    )  # fmt: skip


def _go(
    twin: "Twin", store: "RunStore", start: "datetime", teller: Teller, *, pictures: bool
) -> list[dict[str, Any]]:
    """Run the slots that are not done yet; gives the figures of all of them."""
    from openleo.formats.run import save
    from openleo.twin import figures

    done = store.slots_done()
    every: list[dict[str, Any]] = _figures(store)[:done]
    before = _before(twin, store, start, done) if 0 < done < store.slots else None
    teller.doing("slots", done, store.slots)
    try:
        for slot in twin.slots(start, store.slots, first=done, before=before):
            every.append(figures(twin, slot))
            # before the slot counts as done, so that a stop at any moment finds both
            save(store.folder, _FIGURES, json.dumps(_plain(every)) + "\n")
            save(store.folder, f".state-{slot.index % 2}.npz", _state(slot))
            arrays = slot.fields()
            store.append(slot.index, {name: arrays[name] for name in store.arrays})
            teller.doing("slots", slot.index + 1, store.slots)
            if pictures and slot.index == 0 and store.slots > 1:
                _picture(store.folder, ["coverage"], teller)
    except KeyboardInterrupt:
        teller.say(
            f"\nStopped after {store.slots_done()} of {store.slots} slots; they can be read, and the same command "
            "with --resume goes on."
        )
        raise click.exceptions.Exit(INTERRUPTED) from None
    return every


def _state(slot: "Slot") -> bytes:
    """What the next slot wants to know of this one, to go on exactly where a run was stopped."""
    import numpy as np

    stream = io.BytesIO()
    np.savez_compressed(stream, satellite=slot.plan.satellite, feeder=slot.backhaul.feeder)
    return stream.getvalue()


def _before(twin: "Twin", store: "RunStore", start: "datetime", done: int) -> "Slot | None":
    """The last slot that is done, as the next one wants it."""
    from dataclasses import replace

    import numpy as np

    try:
        with np.load(store.folder / f".state-{(done - 1) % 2}.npz") as state:
            satellite, feeder = state["satellite"], state["feeder"]
    except (OSError, ValueError, KeyError) as error:
        raise OpenLEOError(
            f"{store.folder}: what the next slot builds on is lost ({error}); --overwrite begins anew"
        ) from error
    slot = next(twin.slots(start, done, first=done - 1))
    return replace(
        slot, plan=replace(slot.plan, satellite=satellite), backhaul=replace(slot.backhaul, feeder=feeder)
    )


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
        written = _picture(store.folder, list(PICTURES), teller)
        _page(store.folder, summary, written, teller)
    return summary


def _picture(folder: Path, names: Sequence[str], teller: Teller) -> dict[str, str]:
    """Draw maps of the slots done so far; gives the file of each field drawn."""
    import h3.api.basic_int as h3

    from openleo import maps
    from openleo.formats.run import save
    from openleo.pictures import draw, paint

    data = maps.open_dataset(folder)
    resolution = h3.get_resolution(int(data["cell"][0])) if data.sizes["cell"] else 5
    canvas = paint(data["lat"].to_numpy(), data["lon"].to_numpy(), resolution)
    slots = data.sizes["slot"]
    when = str(data["time"].to_numpy()[0])[:19].replace("T", " ")
    written = {}
    for name in names:
        field = PICTURES[name]
        if field not in data:
            continue
        teller.doing(f"drawing the map of {name}")
        picture = draw(
            field, canvas, maps.over_slots(data, field), credit=maps.credit(data.attrs),
            subtitle=f"{data.attrs['title']} · {slots} slot{'s' if slots > 1 else ''} from {when} UTC",
        )  # fmt: skip
        save(folder, f"{name}.png", picture)
        written[field] = f"{name}.png"
    return written


def _page(folder: Path, summary: dict[str, Any], pictures: dict[str, str], teller: Teller) -> None:
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
    save(
        folder,
        "index.html",
        maps.page(attributes=attributes, summary=known, pictures=pictures, reasons=shares),
    )


def _show(summary: dict[str, Any], folder: Path, wall_s: float, *, page: bool) -> None:
    """The figures as a table."""
    from rich.table import Table

    from openleo.maps import REASONS, label

    rtt, cells = summary["rtt_ms"], summary["cells_with_demand"]
    out = console()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    left_out = ", ".join(
        f"{count(number)} {why}" for why, number in summary["satellites_left_out"].items() if number
    )
    table.add_row("satellites", count(summary["satellites"]), f"left out: {left_out}" if left_out else "")
    table.add_row(
        "cells", count(summary["cells"]), f"{count(cells)} with demand, {summary['demand_tbps']:.3g} Tbit/s"
    )
    table.add_row("coverage", percent(summary["coverage"]), "of the cells with demand")
    table.add_row("satisfied demand", percent(summary["satisfied"]), "of the bits asked for")
    p50, p95 = (f"{rtt[name]:.1f}" if rtt[name] is not None else "-" for name in ("p50", "p95"))
    table.add_row("latency", f"{p50} ms", f"median round trip to the PoP; 95th percentile {p95} ms")
    table.add_row("handovers", percent(summary["handover"], 1), "of the cells change satellite in a slot")
    ms = summary["slot_ms_median"]
    table.add_row("computing", f"{ms:.0f} ms", f"a slot, median of {summary['slots']}; {wall_s:.1f} s in all")
    out.print(table)
    if cells and summary["coverage"] > 0.9999 and not any(summary["unserved"].values()):
        out.print("\nnot served: no cell")
    else:
        out.print(f"\nnot served: cells a slot, of {count(cells)}")
    reasons = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
    reasons.add_column()
    reasons.add_column(justify="right")
    reasons.add_column()
    for name, number in summary["unserved"].items():
        text = count(number) if number == int(number) else f"{number:.1f}"
        reasons.add_row(label(name), text, REASONS[name])
    out.print(reasons)
    click.echo(f"\n{folder / 'index.html' if page else folder}")
