"""`openleo path`: the way between two places over satellites, against fibre."""

import csv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import (
    NEGATIVE_NUMBERS,
    Command,
    as_json,
    at_option,
    count,
    fleet_option,
    moment,
    place_of,
    plain_table,
    print_json,
    show,
    spoken,
    world_option,
)
from openleo.cli.opened import open_twin
from openleo.cli.progress import Teller
from openleo.errors import InputError, OpenLEOError

if TYPE_CHECKING:
    from openleo.path import Trace
    from openleo.places import Place
    from openleo.twin import Twin

_COLUMNS = ("time", "rtt_ms", "isl_hops", "km", "up_km", "isl_km", "down_km", "satellites")


@click.command(
    cls=Command,
    short_help="The way between two places, against fibre.",
    context_settings=NEGATIVE_NUMBERS,
    examples=(
        ("openleo path London Sydney", "hops, kilometres and milliseconds, against fibre"),
        ("openleo path 51.5,-0.1 -33.9,151.2 --at 2026-05-30T18:00Z", "two points, at a moment"),
        (
            "openleo path Lagos Mumbai --from 2026-05-30T12:00Z --to 2026-05-30T13:00Z --csv -",
            "an hour, as CSV",
        ),
    ),
)
@click.argument("origin", metavar="FROM")
@click.argument("destination", metavar="TO")
@world_option
@at_option
@click.option("--from", "first", metavar="TIME", help="Beginning of a series.")
@click.option("--to", "last", metavar="TIME", help="Its end.")
@click.option(
    "--step",
    type=click.FloatRange(min=0.001),
    metavar="SECONDS",
    help="Of the series; a slot's length if not given.",
)
@fleet_option
@click.option("--csv", "table", metavar="FILE", help="Write the series as CSV; - is stdout.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.png", help="Draw the series.")
@as_json
def path(
    origin: str,
    destination: str,
    world: str,
    at: str | None,
    first: str | None,
    last: str | None,
    step: float | None,
    fleet: str | None,
    table: str | None,
    out: Path | None,
    json_: bool,
) -> None:
    """Find the way with the least delay over satellites and the links between them.

    FROM and TO are towns (London, "Paris, US") or points (51.5,-0.1).
    """
    if bool(first) != bool(last) or (first and at):
        raise click.UsageError("a series takes --from and --to, a single moment --at")
    if (table or out or step) and not first:
        raise click.UsageError("--csv, --out and --step belong to a series: give --from and --to as well")
    if table == "-" and json_:
        raise click.UsageError("--json and --csv - would both write to stdout")
    start, end = moment(first or at, "--from" if first else "--at"), moment(last, "--to")
    if start and end and end < start:
        raise InputError(f"--to: {last} given; a moment after --from, {first}, is allowed")
    a, b = place_of((origin,)), place_of((destination,))
    import numpy as np

    with Teller() as teller:
        twin, start = open_twin(world, fleet, start, teller)
        from openleo.path import fibre_rtt_ms
        from openleo.world import slot_times

        times = slot_times(start, 1, twin.world.slot_s)
        if end:
            begin, stop = (np.datetime64(each.replace(tzinfo=None), "us") for each in (start, end))
            every = np.timedelta64(round((step or twin.world.slot_s) * 1e6), "us")
            times = np.arange(begin, stop + np.timedelta64(1, "us"), every)
        traces = []
        for k, time in enumerate(times):
            teller.doing("moments", k, len(times))
            traces.append(_trace(twin, time, a, b))
    fibre_ms = fibre_rtt_ms(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)
    rows = [_row(twin, time, trace) for time, trace in zip(times, traces, strict=True)]
    written = [name for name in (table, str(out or "")) if name and name != "-"]
    if table:
        _write_csv(rows, table)
    if out:
        _draw(rows, times, a, b, fibre_ms, twin, out)
    if json_:
        head = {"from": spoken(a), "to": spoken(b), "world": twin.world.name, "fibre_rtt_ms": fibre_ms}
        print_json(head | ({"series": rows} if end else rows[0]))
    elif end and table != "-":
        _show_series(rows, a, b, fibre_ms, written)
    elif not end:
        _show(twin, rows[0], a, b, fibre_ms)


def _trace(twin: "Twin", time: Any, a: "Place", b: "Place") -> "Trace | None":
    import numpy as np

    from openleo.constants import EARTH_MEAN_RADIUS_KM
    from openleo.path import trace
    from openleo.places import ecef_km

    position = twin.propagator.at(np.array([time]), dut1=twin.world.earth.dut1).position_ecef_km[0]
    radio, isl = twin.world.radio, twin.world.isl
    return trace(
        position, twin.network, ecef_km(a.lat_deg, a.lon_deg), ecef_km(b.lat_deg, b.lon_deg),
        mask_deg=radio.elevation_mask_deg, visibility=radio.visibility, max_range_km=radio.max_range_km,
        height_km=np.linalg.norm(position, axis=1) - EARTH_MEAN_RADIUS_KM, max_isl_km=isl.max_range_km,
        min_height_km=isl.min_height_km, hop_ms=twin.world.delay.hop_ms,
    )  # fmt: skip


def _row(twin: "Twin", time: Any, trace: "Trace | None") -> dict[str, Any]:
    """One moment of the way, by the names of the CSV's columns; None where there is no way."""
    import numpy as np

    when = f"{np.datetime_as_string(time, 'ms').removesuffix('.000')}Z"
    if trace is None:
        return dict.fromkeys(_COLUMNS) | {"time": when, "satellites": []}
    names = [str(twin.fleet.elements.name[s]) for s in trace.satellites]
    values = (
        when, trace.rtt_ms, len(names) - 1, trace.km, trace.up_km, trace.isl_km, trace.down_km, names
    )  # fmt: skip
    return dict(zip(_COLUMNS, values, strict=True))


def _write_csv(rows: Sequence[dict[str, Any]], name: str) -> None:
    """The series as CSV; the satellites of a way with a blank between them."""
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        rounded = {key: round(each, 4) if isinstance(each, float) else each for key, each in row.items()}
        writer.writerow(rounded | {"satellites": " ".join(row["satellites"])})
    if name == "-":
        click.echo(text.getvalue(), nl=False)
        return
    try:
        Path(name).write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise OpenLEOError(f"{name}: could not be written: {error.strerror or error}") from error


def _draw(
    rows: Sequence[dict[str, Any]],
    times: Any,
    a: "Place",
    b: "Place",
    fibre_ms: float,
    twin: "Twin",
    out: Path,
) -> None:
    import numpy as np

    from openleo import __version__
    from openleo.formats.run import save
    from openleo.pictures import series

    rtt = np.array([np.nan if row["rtt_ms"] is None else row["rtt_ms"] for row in rows])
    picture = series(
        times, rtt, fibre_ms=fibre_ms, title=f"{spoken(a)} to {spoken(b)}",
        subtitle=f"Round trip: light, and {twin.world.delay.hop_ms:g} ms in each satellite, one way",
        credit=f"OpenLEO {__version__} · world {twin.world.name}",
    )  # fmt: skip
    save(out.parent, out.name, picture)


def _show(twin: "Twin", row: dict[str, Any], a: "Place", b: "Place", fibre_ms: float) -> None:
    where = f"{spoken(a)} to {spoken(b)}"
    when = f"{row['time']}, world {twin.world.name}; no gateway, queue or ground network is on this way"
    if row["rtt_ms"] is None:
        show(f"{where}: no way over the satellites.", when, f"Fibre on the great circle: {fibre_ms:.1f} ms.")
        return
    shorter = "less" if row["rtt_ms"] < fibre_ms else "more"
    names, hops = row["satellites"], row["isl_hops"]
    show(
        f"{where}: {row['rtt_ms']:.1f} ms there and back, {abs(row['rtt_ms'] - fibre_ms):.1f} ms {shorter} "
        f"than "
        f"fibre on the great circle ({fibre_ms:.1f} ms).",
        f"{when}\n",
        plain_table(
            ("way", f"{count(row['km'])} km", f"{len(names)} satellites, {hops} links between them"),
            ("up", f"{count(row['up_km'])} km", f"{a.name} to {names[0]}"),
            ("across", f"{count(row['isl_km'])} km", " ".join(names[1:-1]) if hops > 1 else ""),
            ("down", f"{count(row['down_km'])} km", f"{names[-1]} to {b.name}"),
            right=(1,),
        ),
    )


def _show_series(
    rows: Sequence[dict[str, Any]], a: "Place", b: "Place", fibre_ms: float, written: Sequence[str]
) -> None:
    """The series in figures."""
    from statistics import median

    known = [row["rtt_ms"] for row in rows if row["rtt_ms"] is not None]
    changes = sum(one["satellites"] != two["satellites"] for one, two in pairwise(rows))
    middle = f"median {median(known):.1f} ms there and back" if known else "no way over the satellites"
    show(
        f"{spoken(a)} to {spoken(b)}: {middle}; fibre on the great circle {fibre_ms:.1f} ms.",
        f"{rows[0]['time']} to {rows[-1]['time']}, {len(rows)} moments\n",
        plain_table(
            ("least", f"{min(known):.1f} ms" if known else "-"),
            ("most", f"{max(known):.1f} ms" if known else "-"),
            ("without a way", f"{len(rows) - len(known)} moments"),
            ("another way", f"{changes} times"),
            right=(1,),
        ),
        *(f"\n{name}" for name in written),
    )
