"""An island's law bars foreign operators, and the map says coming soon; somebody asks that it stay so."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import (
    DAY_S,
    Act,
    Played,
    Table,
    lit_twin,
    play_out,
    set_stage,
    spaced,
)
from openleo.plan import SERVED
from openleo.route import BOTTLENECKS
from openleo.service.records import Outcome
from openleo.world import Gateway, Pop, slot_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openleo.operate.drills.governed import Room
    from openleo.operate.drills.service import Event
    from openleo.service.regions import RuleSet

HOURS: Final = 24

ASKED_S: Final = 10.0 * 3600.0
"""When the request is made and committed to, between the first check-ins and the second."""
REVEALED_S: Final = 30.0 * DAY_S
"""The date at which its text is to be shown."""
OFFICES: Final = ("network desk", "licensing desk")
PARTY: Final = "Authority of QQ"
ABOUT: Final = "A request of a government about one region, kept back until this date."

WORDS: Final = {
    "feeder": "feeder links", "isl": "links between satellites", "beam": "beams", "none": "",
}  # fmt: skip


def perform(
    scene: Scene, rules: "RuleSet", *, threads: int | None = None, by_log: bool = True,
    export: Path | None = None,
) -> Act:  # fmt: skip
    """Play it: nothing is served; what would lighting the island carry, with ever more gateways?

    And in public: a request that is made in confidence stands in the log as a commitment at once, and with
    its text at its date. by_log, export: as in `peninsula.perform`.
    """
    from openleo.operate.drills import public

    if not by_log:
        act = _act(scene, rules, *_played(scene, rules, threads), threads)
        return replace(act, story=(*act.story, public.NO_LOG))
    from openleo.operate.drills.governed import governed

    with governed(scene) as room:
        begin(room)
        committed: list[int] = []
        asks = scene.epoch_us + round(ASKED_S * 1e6)
        events = [(asks, lambda *_: committed.append(ask_in_confidence(room)))]
        lit, planned_gbps, played = _played(scene, rules, threads, room, events)
        room.turn(REVEALED_S - 60.0)
        revealed = room.reveal(committed[0])
        room.answer(
            revealed, "refused", OFFICES[:1],
            "The licence of the island is its authority's to give or to refuse, and nobody else's.",
        )  # fmt: skip
        if export is not None:
            room.export(export)
        governance, lines = public.told(room, played), public.lines(room)
    act = _act(scene, rules, lit, planned_gbps, played, threads)
    story = (*act.story, *_in_public(governance, played))
    return replace(act, story=story, governance=governance, public=lines)


def begin(room: "Room") -> None:
    """The rules that hold from then on, which two offices approve; the island's authority is told."""
    room.turn(-20.0 * DAY_S)
    first = room.draft(
        room.scene.world.path(room.scene.world.rules), -17.0 * DAY_S, requester="Board of Operator Q",
        reason="Fiction: no service on the island before its authority has decided.",
        basis="Fiction: the law of QQ",
    )  # fmt: skip
    room.publish(room.approved(first, *OFFICES))
    room.turn(-19.0 * DAY_S)
    room.receipt(first.change.hash, PARTY)


def ask_in_confidence(room: "Room") -> int:
    """A third state asks, as a favour to a second, to keep the island dark; returns what commits to it."""
    asked = room.asked(
        "Government of QT", "off", ("island",), on_behalf_of="Government of QR",
        for_whose_benefit="Telephone company of QR", relayed_by="Embassy of QT",
    )  # fmt: skip
    words = "As a favour to QR we ask, in confidence, that the island stay dark whatever its authority says."
    return room.seal(asked, words, REVEALED_S, ABOUT)


def _played(
    scene: Scene, rules: "RuleSet", threads: int | None, room: "Room | None" = None,
    events: "Sequence[Event]" = (),
) -> tuple[int, float, Played]:  # fmt: skip
    """Cells lit, the most Gbit/s that was planned, and what was played."""
    planned: list[float] = []
    with set_stage(scene, rules, threads=threads, room=room) as stage:
        lit = int(stage.twin.rules.lit.sum())
        played = play_out(
            stage, batch_s=240.0, events=events,
            watching=lambda _, slot: planned.append(float(slot.plan.granted_bps.sum())),
        )  # fmt: skip
        if room is not None:
            room.turn(DAY_S + 900.0)
            room.close_day(stage.controller)
    return lit, max(planned) / 1e9, played


def _act(
    scene: Scene, rules: "RuleSet", lit: int, planned_gbps: float, played: Played, threads: int | None
) -> Act:
    licensed = would_be_licensed(rules, scene)
    sites = scene.facts["gateways_if"]
    carried = [would_carry(scene, licensed, count, threads) for count in (0, 1, len(sites))]
    standing = rules.at(float(scene.true_lat_deg[0]), float(scene.true_lon_deg[0]), scene.world.epoch)
    asked = {
        "licence": standing.licence.name.lower(),
        "licence_ground": standing.licence_ground,
        "sales": standing.sales,
        "cells_lit": lit,
        "planned_gbps": planned_gbps,
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


def _in_public(governance: dict[str, Any], played: Played) -> tuple[str, ...]:
    (kept,), (asked,), changes = governance["commitments"], governance["requests"], governance["changes"]
    one = len(changes) == len(governance["terms"]) == len(played.digests) == 1
    first = changes[0]["entry"]
    return (
        f"Then {asked['who']} asked in confidence, on behalf of {asked['on_behalf_of']}, that it stay dark."
        f" That something is kept back stood in the log at once (entry {kept['entry']}), and its text before"
        f" its date, {kept['reveal_by']} (entry {asked['entry']}): {asked['answers'][-1]['answer']}.",
        f"The map did not change: entry {first} has the only rules in the log, and all was decided by them."
        if one
        else f"The map changed: {len(changes)} changes of rules stand in the log.",
    )
