"""`openleo why`: is a place served, by what, and if not, why not."""

import dataclasses
from collections.abc import Sequence
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
    plain_table,
    print_json,
    show,
    spoken,
    world_option,
)
from openleo.cli.opened import open_twin, read_rules, rules_option
from openleo.cli.progress import Teller

if TYPE_CHECKING:
    from openleo.operate.why import Answer, RoundTrip, Service
    from openleo.places import Place

_SHOWN = 5  # satellites, or units of a beam, that are named one by one


@click.command(
    cls=Command,
    short_help="Is a place served, by what, and if not, why not.",
    context_settings=NEGATIVE_NUMBERS,
    examples=(
        ("openleo why Nairobi", "by what is it served, or why is it not"),
        ("openleo why -33.9 151.2 --json", "a point; the answer for a program"),
        ("openleo why Singapore --world triangle", "where a rule of the world forbids it"),
        ("openleo why Nairobi --rules illustration", "licence and service by other rules than the world's"),
    ),
)
@click.argument("place", nargs=-1, required=True, metavar="PLACE | LAT LON")
@world_option
@at_option
@fleet_option
@rules_option
@as_json
def why(
    place: tuple[str, ...], world: str, at: str | None, fleet: str | None, rules: str | None, json_: bool
) -> None:
    """Say whether PLACE is served and by what; if it is not, for what reason, and what would change it.

    PLACE is a town, or latitude and longitude. One slot of the whole world is planned for the answer.
    """
    where, start = place_of(place), moment(at)
    with Teller() as teller:
        held = read_rules(world, rules, teller)
        twin, start = open_twin(world, fleet, start, teller, rules=held)
        teller.doing("planning the slot")
        from openleo.operate.why import explain
        from openleo.operate.words import change, standing, verdict

        answer = explain(twin, next(twin.slots(start, 1)), where.lat_deg, where.lon_deg, held)
    if json_:
        words = {"verdict": verdict(answer), "change": change(answer), "said": standing(answer)}
        print_json({"place": where.name} | words | dataclasses.asdict(answer))
    else:
        _show(answer, where)


def _show(answer: "Answer", where: "Place") -> None:
    from openleo.operate.words import change, standing, verdict

    in_view = len(answer.overhead) - answer.count("below the mask")
    rows: list[tuple[str, str]] = []
    if answer.service:
        rows += _served(answer.service)
    elif answer.reason != "rule":
        highest = [each for each in answer.overhead if each.use != "below the mask"][:_SHOWN]
        rows += [
            (
                "overhead" if k == 0 else "",
                f"{each.name}, {each.elevation_deg:.0f}° high, {each.azimuth_deg:.0f}° azimuth: {each.use}",
            )
            for k, each in enumerate(highest)
        ]
    would = change(answer)
    if would:
        rows.append(("would change it", would))
    rows += [(name, said) for name, said in standing(answer).items()]
    rows.append(
        (
            "in view",
            f"{in_view} satellites above {answer.mask_deg:g}°: {answer.count('usable')} clear of the GSO "
            f"arc, "
            f"{answer.with_way} of those with a way to the ground",
        )
    )
    show(
        f"{spoken(where)}: {verdict(answer)}",
        *_cell(answer),
        f"{answer.time}, world {answer.world}\n",
        plain_table(*rows),
    )


def _cell(answer: "Answer") -> Sequence[str]:
    """Which cell answers, where it is not plainly the one that the place lies in."""
    if answer.inside:
        return ()
    if not answer.distance_km:
        return ("This world has no cells.",)
    off = f"It lies in none of the world's cells; the nearest, {answer.distance_km:.0f} km away, "
    return (off + ("answers for it." if answer.cell else "is too far to answer for it."),)


def _served(service: "Service") -> list[tuple[str, str]]:
    """How a place is served, as rows of a table."""
    from openleo.operate.words import rate_text

    it = service.satellite
    units = "frame and colour " + ", ".join(f"{frame}/{colour}" for frame, colour in service.colours)
    if len(service.colours) > _SHOWN:
        held = [sum(each[0] == frame for each in service.colours) for frame in range(service.frames)]
        units = f"{', '.join(map(str, held))} colours in the {service.frames} frames of the slot"
    limits = {
        "none": "nothing: it has all that it asks for",
        "beam": "the satellite's beams and their colours",
        "isl": "a link between satellites",
        "feeder": "the feeder link to the gateway",
    }
    way = " > ".join(service.way)
    landed = f"gateway {service.gateway} ({service.gateway_country})"
    pop = f" > PoP {service.pop}" if service.pop else ""
    return [
        ("satellite", f"{it.name} ({it.satellite_class}), elevation {it.elevation_deg:.1f}°, "
                      f"azimuth {it.azimuth_deg:.0f}°, {it.range_km:.0f} km away, "
                      f"{it.gso_deg:.0f}° from the GSO arc"),
        ("beam", f"{service.beams:g} of a beam's time, at {rate_text(service.beam_bps)} a beam: {units}"),
        ("granted", f"{rate_text(service.granted_bps)}, limited by {limits[service.bottleneck]}"),
        ("way", f"{way} > {landed}{pop}"),
        ("round trip", _round_trip(service.round_trip)),
    ]  # fmt: skip


def _round_trip(trip: "RoundTrip") -> str:
    """The delay, and what it is the sum of."""
    parts = {
        "service link": trip.service_link_ms, "ISLs": trip.isl_ms, "feeder link": trip.feeder_link_ms,
        "fibre": trip.fibre_ms, "satellites": trip.satellites_ms, "access": trip.access_ms,
        "gateway": trip.gateway_ms, "queue": trip.queue_ms,
    }  # fmt: skip
    said = " + ".join(f"{name} {ms:.1f}" for name, ms in parts.items() if ms >= 0.05)
    return f"{trip.total_ms:.1f} ms = {said}"
