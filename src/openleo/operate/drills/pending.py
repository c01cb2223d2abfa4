"""An island's law bars foreign operators, and the map says coming soon."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, Table, lit_twin, play_out, set_stage, spaced
from openleo.plan import SERVED
from openleo.route import BOTTLENECKS
from openleo.service.records import Outcome
from openleo.world import Gateway, Pop, slot_times

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

HOURS: Final = 24

WORDS: Final = {
    "feeder": "feeder links", "isl": "links between satellites", "beam": "beams", "none": "",
}  # fmt: skip


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: nothing is served; what would lighting the island carry, with ever more gateways?"""
    lit_bps: list[float] = []
    with set_stage(scene, rules, threads=threads) as stage:
        lit = int(stage.twin.rules.lit.sum())
        played = play_out(
            stage, batch_s=240.0, watching=lambda _, slot: lit_bps.append(float(slot.plan.granted_bps.sum()))
        )
    licensed = would_be_licensed(rules, scene)
    sites = scene.facts["gateways_if"]
    carried = [would_carry(scene, licensed, count, threads) for count in (0, 1, len(sites))]
    standing = rules.at(float(scene.true_lat_deg[0]), float(scene.true_lon_deg[0]), scene.world.epoch)
    asked = {
        "licence": standing.licence.name.lower(),
        "licence_ground": standing.licence_ground,
        "sales": standing.sales,
        "cells_lit": lit,
        "planned_gbps": max(lit_bps) / 1e9,
        "would_carry": carried,
    }
    served = int((played.outcome >= Outcome.LIMITED).sum())
    table = Table(
        "The island if it were licensed, over a day",
        ("gateways on it", "Gbit/s", "least", "asked for", "cells served", "round trip", "held back by"),
        tuple(
            (
                str(each["gateways"]), f"{each['carried_gbps']:.0f}", f"{each['least_gbps']:.0f}",
                f"{each['asked_gbps']:.0f}", f"{100.0 * each['cells_served']:.0f} %",
                f"{each['rtt_ms']:.0f} ms", WORDS[each["held_back_by"]] or "nothing",
            )
            for each in carried
        ),
    )  # fmt: skip
    return Act(rules, played, asked, _story(scene, asked, served), (table,))


def would_be_licensed(rules: "RuleSet", scene: Scene) -> "RuleSet":
    """The same rules but for the island's licence, as if its authority had granted one."""
    from openleo.formats.toml import read_toml
    from openleo.service.regions import RuleSet

    path = scene.world.path(scene.world.rules)
    table = read_toml(path)
    for region in table["regions"]:
        if scene.facts["country"] in region.get("countries", ()):
            region |= {"licence": "licensed", "licence_ground": "what if", "service": "on"}
    return RuleSet.parse(table, path.parent, f"{path.name} (what if): ")


def would_carry(scene: Scene, rules: "RuleSet", count: int, threads: int | None) -> dict[str, Any]:
    """What the island would get, over the hours of a day, with so many gateways of its own."""
    sites = scene.facts["gateways_if"][:count]
    ground = replace(
        scene.world.ground,
        gateways=(*scene.world.ground.gateways, *(Gateway(**site) for site in sites)),
        pops=(
            *scene.world.ground.pops,
            *(Pop(site["name"], site["country"], site["lat_deg"], site["lon_deg"]) for site in sites),
        ),
    )
    twin = lit_twin(scene, rules, world=replace(scene.world, ground=ground), threads=threads)
    demand = twin.cells.demand_bps
    carried, rtt, held = [], [], np.zeros(len(BOTTLENECKS))
    covered = []
    for time in slot_times(scene.world.epoch, 1, 1.0) + np.arange(HOURS) * np.timedelta64(1, "h"):
        slot = twin.slot(slot_times(time.astype(object), 1, twin.world.slot_s)[0])
        served = slot.reason == SERVED
        carried.append(float(slot.routes.granted_bps[served].sum()))
        covered.append(float(served.mean()))
        rtt += slot.routes.rtt_ms[served].tolist()
        held += np.bincount(slot.routes.bottleneck[served], demand[served], len(BOTTLENECKS))
    short = held[1:].argmax() + 1 if held[1:].sum() > 0.0 else 0
    return {
        "gateways": count,
        "asked_gbps": float(demand.sum() / 1e9),
        "carried_gbps": float(np.mean(carried) / 1e9),
        "least_gbps": float(np.min(carried) / 1e9),
        "satisfied": float(np.mean(carried) / demand.sum()),
        "cells_served": float(np.mean(covered)),
        "rtt_ms": float(np.median(rtt)) if rtt else None,
        "held_back_by": BOTTLENECKS[int(short)],
    }


def gateways(count: int) -> str:
    """So many, in words."""
    return {0: "no gateway", 1: "one gateway"}.get(count, f"{count} gateways")


def _story(scene: Scene, asked: dict[str, Any], served: int) -> tuple[str, ...]:
    said = [
        f"The map of sales says {asked['sales']!r} for an island; its licence is {asked['licence']}:"
        f" {asked['licence_ground']}.",
        f"{len(scene.terminals['role'])} terminals were brought there. Cells lit: {asked['cells_lit']};"
        f" check-ins served: {served}.",
    ]
    for each in asked["would_carry"]:
        held = WORDS[each["held_back_by"]]
        said.append(
            f"Licensed, with {gateways(each['gateways'])} on the island, it would get"
            f" {each['carried_gbps']:.0f} of {spaced(each['asked_gbps'])} Gbit/s over a day,"
            f" {each['rtt_ms']:.0f} ms there and back" + (f"; held back by {held}." if held else ".")
        )
    return tuple(said)
