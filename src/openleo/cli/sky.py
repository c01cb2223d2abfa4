"""`openleo sky`: the satellites over a place."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openleo.cli.command import (
    NEGATIVE_NUMBERS,
    Command,
    as_json,
    at_option,
    fleet_option,
    moment,
    place_of,
    print_json,
    show,
    spoken,
    world_option,
)
from openleo.cli.opened import open_twin
from openleo.cli.progress import Teller

if TYPE_CHECKING:
    from rich.table import Table

    from openleo.operate.why import Overhead


@click.command(
    cls=Command,
    short_help="Which satellites stand over a place.",
    context_settings=NEGATIVE_NUMBERS,
    examples=(
        ("openleo sky Nairobi", "who is overhead, from the highest on"),
        ("openleo sky -33.9 151.2 --out sydney.png", "a point, and its sky as a picture"),
        ("openleo sky Oslo --fleet starlink.tle --at 2026-05-30T18:00Z", "satellites of a file, at a moment"),
    ),
)
@click.argument("place", nargs=-1, required=True, metavar="PLACE | LAT LON")
@world_option
@at_option
@fleet_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE.png", help="Draw the sky into this file."
)
@as_json
def sky(
    place: tuple[str, ...], world: str, at: str | None, fleet: str | None, out: Path | None, json_: bool
) -> None:
    """Show which satellites stand over PLACE: a town, or latitude and longitude."""
    import numpy as np

    where, start = place_of(place), moment(at, "--at")
    with Teller() as teller:
        twin, start = open_twin(world, fleet, start, teller)
        from openleo.operate.why import overhead
        from openleo.world import slot_times

        time = slot_times(start, 1, twin.world.slot_s)
        position = twin.propagator.at(time, dut1=twin.world.earth.dut1).position_ecef_km[0]
        found = overhead(position, twin.fleet, twin.world.radio, where.lat_deg, where.lon_deg)
    when, mask_deg = f"{np.datetime_as_string(time[0], 's')}Z", twin.world.radio.elevation_mask_deg
    above = [each for each in found if each.use != "below the mask"]
    usable = sum(each.use == "usable" for each in above)
    said = f"{len(above)} satellites above {mask_deg:g}°, {usable} of them usable"
    if out:
        from openleo import __version__
        from openleo.formats.run import save
        from openleo.pictures import polar

        picture = polar(
            np.array([each.elevation_deg for each in found]), np.array([each.azimuth_deg for each in found]),
            [each.name for each in found], lat_deg=where.lat_deg,
            usable=np.array([each.use == "usable" for each in found], np.bool_), mask_deg=mask_deg,
            title=f"The sky over {spoken(where)}", subtitle=f"{when.replace('T', ' ')} · {said}",
            credit=f"OpenLEO {__version__} · world {twin.world.name}",
        )  # fmt: skip
        save(out.parent, out.name, picture)
    if json_:
        head = {"place": where.name, "lat_deg": where.lat_deg, "lon_deg": where.lon_deg, "time": when}
        rest = {"world": twin.world.name, "mask_deg": mask_deg, "above_mask": len(above), "usable": usable}
        print_json(head | rest | {"satellites": [dataclasses.asdict(each) for each in found]})
        return
    show(f"{spoken(where)}: {said}.", f"{when}, world {twin.world.name}", *((f"{out}",) if out else ()), "")
    if above:
        show(_table(above))
    if len(found) > len(above):
        show(f"{len(found) - len(above)} more stand above the horizon, below the mask.")


def _table(satellites: "list[Overhead]") -> "Table":
    """A row for each satellite, the highest first."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    for head in ("satellite", "elev.", "azim.", "range", "to arc", "class", "usable"):
        right = head in ("elev.", "azim.", "range", "to arc")
        table.add_column(head, justify="right" if right else "left", no_wrap=True)
    for each in satellites:
        arc = f"{each.gso_deg:.0f}°" if each.gso_deg < 180.0 else "-"
        table.add_row(
            each.name, f"{each.elevation_deg:.1f}°", f"{each.azimuth_deg:.0f}°", f"{each.range_km:.0f} km",
            arc,
            each.satellite_class, "yes" if each.use == "usable" else "no: GSO arc",
        )  # fmt: skip
    return table
