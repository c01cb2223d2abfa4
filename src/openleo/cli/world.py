"""`openleo world`: what a world holds, and whether a world file is as it should be."""

from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, Group, as_json, count, plain_table, print_json, show
from openleo.cli.progress import Teller

if TYPE_CHECKING:
    from openleo.formats.toml import Attribute


@click.group(
    cls=Group,
    examples=(
        ("openleo world show", "the built-in worlds"),
        ("openleo world show today", "what one of them holds"),
        ("openleo world check mine.toml", "whether a world of your own is as it should be"),
    ),
)
def world() -> None:
    """Look at worlds: what a run is made of."""


@world.command(
    "show",
    cls=Command,
    short_help="What a world holds; the built-in ones.",
    examples=(
        ("openleo world show", "the built-in worlds"),
        ("openleo world show today", "satellites, cells, demand, gateways and rules of one"),
        ("openleo world show --attributes", "every key of a world file"),
    ),
)
@click.argument("name", required=False, metavar="[WORLD]")
@click.option("--attributes", "keys", is_flag=True, help="The table of keys that a world file may hold.")
@as_json
def show_(name: str | None, keys: bool, json_: bool) -> None:
    """Show what WORLD holds (a built-in one, or a TOML file); without one, list the built-in worlds."""
    from openleo.world import World, builtin_worlds, sections

    if keys:
        if json_:
            print_json({section: [vars(row) for row in rows] for section, rows in sections().items()})
        else:
            _show_keys(sections())
    elif name is None:
        titles = {each: World.load(each).title for each in builtin_worlds()}
        if json_:
            print_json(titles)
        else:
            show(plain_table(*titles.items()))
    else:
        with Teller() as teller:
            teller.doing("opening the world: satellites, cells, ground")
            held = holds(World.load(name))
        if json_:
            print_json(held)
        else:
            _show_world(held)


@world.command(
    "check",
    cls=Command,
    short_help="Whether a world file is as it should be.",
    examples=(("openleo world check mine.toml", "exit code 0, or 2 with what is wrong and what is allowed"),),
)
@click.argument("file")
@as_json
def check(file: str, json_: bool) -> None:
    """Check a world FILE, and the files that it names, without running it."""
    from openleo.world import World

    with Teller() as teller:
        teller.doing("checking the world and the files that it names")
        held = holds(World.load(file))
    if json_:
        print_json({"file": file, "well": True} | held)
    else:
        show(
            f"{file}: well. {count(held['satellites'])} satellites, {count(held['cells'])} cells, "
            f"{held['gateways']} gateways, {_rules(held)}."
        )


def holds(world: Any) -> dict[str, Any]:
    """What a world comes to: satellites by shell and class, cells, demand, gateways, rules.

    Raises InputError for whatever is wrong in it, in the files that it names, and in those of its rules.
    """
    import numpy as np

    from openleo.operate.open import rules_at, rules_of
    from openleo.world import build_cells, build_fleet, build_ground, slot_times

    fleet, _ = build_fleet(world)
    cells = build_cells(world)
    gateways, pops = build_ground(world)
    held = rules_of(world)
    rules = rules_at(held)(cells, gateways, slot_times(world.epoch, 1, world.slot_s)[0]) if held else None
    of_class = np.bincount(fleet.satellite_class, minlength=len(fleet.classes)).tolist()
    of_shell = np.bincount(np.maximum(fleet.shell, 0), minlength=len(world.fleet.shells)).tolist()
    shells = [] if world.fleet.elements else world.fleet.shells
    return {
        "name": world.name,
        "title": world.title,
        "epoch": world.epoch.isoformat().replace("+00:00", "Z"),
        "digest": world.digest(held.digest if held else ""),
        "satellites": len(fleet),
        "satellites_left_out": fleet.left_out,
        "shells": [
            {
                "name": shell.name, "satellites": number, "altitude_km": shell.altitude_km,
                "inclination_deg": shell.inclination_deg, "planes": shell.planes,
                "class": shell.satellite_class,
            }
            for shell, number in zip(shells, of_shell, strict=False)
        ],
        "classes": [
            {"name": each.name, "satellites": number, "beams": each.beams,
             "capacity_gbps": each.capacity_gbps}
            for each, number in zip(fleet.classes, of_class, strict=True)
        ],
        "cells": len(cells),
        "cells_with_demand": int((cells.demand_bps > 0.0).sum()),
        "demand_tbps": float(cells.demand_bps.sum() / 1e12),
        "resolution": world.cells.resolution,
        "gateways": len(gateways),
        "gateway_antennas": sum(each.antennas for each in gateways),
        "pops": len(pops),
        "isl": world.isl.topology,
        "rules": None if held is None or rules is None else {
            "name": held.name, "version": held.version, "title": held.file.title, "digest": held.digest,
            "elsewhere": {"licence": held.elsewhere.licence, "service": held.elsewhere.service,
                          "decision": held.elsewhere.decision},
            "cells_dark": int((~rules.lit).sum()),
            "regions": [
                {"name": each.name, "licence": each.licence, "service": each.service,
                 "decision": each.decision, "cells": int((rules.region == i).sum())}
                for i, each in enumerate(held.regions)
            ],
        },
    }  # fmt: skip


def _show_world(held: dict[str, Any]) -> None:
    kinds = [
        (
            f"  {each['name']}",
            count(each["satellites"]),
            f"{each['beams']} beams, {each['capacity_gbps']:g} Gbit/s each",
        )
        for each in held["classes"]
    ]
    shells = [
        (
            f"  {each['name']}", count(each["satellites"]),
            f"{each['altitude_km']:g} km, {each['inclination_deg']:g}°, {each['planes']} planes, "
            f"{each['class']}",
        )
        for each in held["shells"]
    ]  # fmt: skip
    rules = held["rules"] or {"regions": ()}
    regions = [
        (f"  {each['name']}", count(each["cells"]), f"cells, {_state(each)}. {each['decision']}")
        for each in rules["regions"]
    ]
    if held["rules"]:
        regions.append(("  elsewhere", "", f"{_state(rules['elsewhere'])}. {rules['elsewhere']['decision']}"))
    demand = f"{count(held['cells_with_demand'])} with demand, {held['demand_tbps']:.3g} Tbit/s together"
    show(
        f"{held['name']}: {held['title']}\n",
        plain_table(
            ("satellites", count(held["satellites"]), ""),
            *kinds,
            *((("shells", str(len(shells)), ""), *shells) if shells else ()),
            ("cells", count(held["cells"]), f"{demand}; H3 resolution {held['resolution']}"),
            (
                "gateways",
                count(held["gateways"]),
                f"{count(held['gateway_antennas'])} antennas; {held['pops']} PoPs",
            ),
            ("rules", "", f"{rules['name']}, version {rules['version']}" if regions else "none"),
            *regions,
            right=(1,),
        ),
        f"\nISLs: {held['isl']}. Begins at {held['epoch']} unless told otherwise.",
    )


def _state(of: "dict[str, Any]") -> str:
    """Licence and service that a region states."""
    said = [f"{name} {of[name]}" for name in ("licence", "service") if of[name]]
    return ", ".join(said) or "limits alone"


def _rules(held: "dict[str, Any]") -> str:
    """The rules, in a few words."""
    found = held["rules"]
    if not found:
        return "no rules"
    dark = f"{count(found['cells_dark'])} cells dark"
    return f"rules {found['name']} with {len(found['regions'])} regions, {dark}"


def _show_keys(sections: "dict[str, list[Attribute]]") -> None:
    """Each key with its type, unit, default, range and meaning."""
    for section, rows in sections.items():
        click.echo(f"[{section}]" if section else "(top of the file)")
        for row in rows:
            unit = f" {row.unit}" if row.unit else ""
            default = f" = {row.default}" if row.default else ""
            click.echo(f"  {row.name}{default}{unit}")
            click.echo(f"      {row.meaning}; {row.allowed}")
        click.echo()
