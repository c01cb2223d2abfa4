"""`openleo map`, and the maps that a run leaves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from openleo.cli.command import Command
from openleo.cli.progress import Teller
from openleo.errors import InputError

PICTURES: Final = {
    "coverage": "served",
    "latency": "latency_ms",
    "throughput": "throughput_bps",
    "satellites-in-view": "satellites_in_view",
    "reason": "reason",
}
"""The maps that a run leaves, by the name of their file, and the field that each shows."""


@click.command(
    "map",
    cls=Command,
    short_help="Draw a field of a run on a world map.",
    examples=(
        ("openleo map runs/today latency", "the mean over all slots, into runs/today/latency.png"),
        ("openleo map runs/today hops --slot 3 --out hops.png", "one slot of any field"),
    ),
)
@click.argument("run", metavar="RUN")
@click.argument("field")
@click.option(
    "--slot", default="mean", show_default=True, metavar="N|mean", help="One slot, from 0, or all of them."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE.png",
    help="Where to; beside the run if not given.",
)
def map_(run: str, field: str, slot: str, out: Path | None) -> None:
    """Draw FIELD of RUN (a run folder) on a world map.

    FIELD is coverage, latency, throughput, satellites-in-view, reason, or any array of the dataset by its
    own name.
    """
    from openleo.formats.run import progress

    folder = next((each for each in (Path(run), Path("runs") / run) if progress(each)), Path(run))
    if slot != "mean" and not slot.isdecimal():
        raise InputError(f"--slot: {slot!r} given; mean, or the number of a slot from 0 on, is allowed")
    with Teller() as teller:
        written = draw_maps(
            folder, [PICTURES.get(field, field)], teller, None if slot == "mean" else int(slot), out
        )
    click.echo(next(iter(written.values())))


def draw_maps(
    folder: Path, fields: Sequence[str], teller: Teller, slot: int | None = None, out: Path | None = None
) -> dict[str, Path]:
    """Draw fields of a run, of one slot or of all that are done; gives the file of each.

    A field that the run does not keep is passed over if it is one of `PICTURES`. Raises InputError for any
    other, and for a slot that is not there.
    """
    import h3.api.basic_int as h3

    from openleo import maps
    from openleo.formats.run import save
    from openleo.pictures import draw, paint

    data = maps.open_dataset(folder)
    kept, slots = [name for name in maps.FIELDS if name in data], data.sizes["slot"]
    if slot is not None and slot >= slots:
        raise InputError(f"{folder}: slot {slot} given; it has slots 0 to {slots - 1}")
    teller.doing("drawing")
    resolution = h3.get_resolution(int(data["cell"][0])) if data.sizes["cell"] else 5
    canvas = paint(data["lat"].to_numpy(), data["lon"].to_numpy(), resolution)
    when = str(data["time"].to_numpy()[slot or 0])[:19].replace("T", " ")
    span = "1 slot at" if slot is not None or slots == 1 else f"{slots} slots from"
    names = {field: name for name, field in PICTURES.items()}
    written = {}
    for field in fields:
        if field not in kept:
            if field in names and len(fields) > 1:
                continue
            raise InputError(f"{folder}: field {field!r} given; it holds {', '.join(kept)}")
        teller.doing(f"drawing the map of {names.get(field, field)}")
        said = maps.FIELDS[field].picture or maps.FIELDS[field].long_name
        values: Any = maps.over_slots(data, field) if slot is None else data[field][slot].to_numpy()
        picture = draw(
            field, canvas, values, title=said[0].upper() + said[1:], credit=maps.credit(data.attrs),
            subtitle=f"{data.attrs['title']} · {span} {when} UTC",
        )  # fmt: skip
        name = names.get(field, field) + ("" if slot is None else f"-{slot}")
        path = out or folder / f"{name}.png"
        save(path.parent, path.name, picture)
        written[field] = path
    return written
