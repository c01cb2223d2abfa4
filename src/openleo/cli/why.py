"""`openleo why`: is a place served, by what, and if not, why not."""

import dataclasses
import time
from collections.abc import Sequence
from datetime import datetime
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
    plain_table,
    print_json,
    show,
    spoken,
    world_option,
)
from openleo.cli.governed import account_at
from openleo.cli.keys import policy_at, policy_option
from openleo.cli.opened import open_twin, read_rules, rules_option
from openleo.cli.progress import Teller
from openleo.cli.serve import store_option
from openleo.cli.why_terminal import last_decision
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.operate.why import Answer, RoundTrip, Service
    from openleo.places import Place
    from openleo.service.governance.decided import Decided
    from openleo.service.regions import RuleSet

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
        (
            "openleo why Nairobi --ledger https://log.example/rules --policy policy.txt",
            "by the rules that hold by a log: by which entry, approved by whom",
        ),
        ("openleo why --terminal KIT-0001", "what a terminal was decided last, and by which entry"),
    ),
)
@click.argument("place", nargs=-1, metavar="PLACE | LAT LON")
@world_option
@at_option
@fleet_option
@rules_option
@click.option(
    "--ledger", metavar="FOLDER|URL", help="A log, whose rules hold: those of --at, or of now without it."
)
@policy_option
@click.option("--terminal", metavar="ID", help="A terminal of a store, instead of PLACE.")
@store_option
@as_json
def why(
    place: tuple[str, ...], world: str, at: str | None, fleet: str | None, rules: str | None,
    ledger: str | None, policy_file: Path | None, terminal: str | None, store: str, json_: bool,
) -> None:  # fmt: skip
    """Say whether PLACE is served and by what; if it is not, for what reason, and what would change it.

    PLACE is a town, or latitude and longitude. One slot of the whole world is planned for the answer. It ends
    with the entry of the log by which the rules hold, where they are those of a log.

    With --terminal, it is the last decision about a terminal of the store; the log is then the copy that a
    server keeps beside it, unless --ledger names another.
    """
    if terminal:
        if place or rules or at:
            raise InputError("--terminal: given with PLACE, --rules or --at; one of them is allowed")
        last_decision(terminal, store, ledger, policy_at(policy_file), json_=json_)
        return
    if not place:
        raise click.UsageError("Missing argument 'PLACE | LAT LON', or --terminal.")
    if ledger and rules:
        raise InputError("--rules: given with --ledger, whose rules are those of the log; one is allowed")
    if policy_file and not ledger:
        raise InputError("--ledger: is missing; --policy is about a log")
    where, start = place_of(place), moment(at, "--at")
    entry = _by_log(ledger, policy_file, start) if ledger else None
    with Teller() as teller:
        held = entry[1] if entry else read_rules(world, rules, teller)
        twin, start = open_twin(world, fleet, start, teller, rules=held)
        teller.doing("planning the slot")
        from openleo.operate.why import explain
        from openleo.operate.words import change, standing, verdict

        answer = explain(twin, next(twin.slots(start, 1)), where.lat_deg, where.lon_deg, held)
    stands = entry[0].rows() if entry else [("log", _no_log(answer))]
    if json_:
        said = standing(answer) | dict(stands)
        words = {"verdict": verdict(answer), "change": change(answer), "said": said}
        log = entry[0].value() if entry else None
        print_json({"place": where.name} | words | dataclasses.asdict(answer) | {"log": log})
    else:
        _show(answer, where, stands)


def _by_log(place: str, policy_file: Path | None, at: datetime | None) -> "tuple[Decided, RuleSet]":
    """The rules that hold by a log at a time, now without one, and the entry that brought them."""
    from openleo.service.governance.decided import decided
    from openleo.service.governance.reading import lay_out

    account = account_at(place, policy_at(policy_file))
    at_s = at.timestamp() if at is not None else time.time()
    read_at = place if "://" in place else str(Path(place))
    checkpoint = account.report.checkpoint
    size = checkpoint.size if checkpoint is not None else None
    found = decided(account.record, "", at_s, size=size, read_at=read_at)
    if found is None:
        raise InputError(f"--ledger: {place}: no rules hold by it at that time")
    return found, lay_out(found.placed.change, lambda ref: account.packs[ref.object])


def _no_log(answer: "Answer") -> str:
    """What is said where no log says who approved the rules."""
    from openleo.service.governance.decided import NO_LOG

    return NO_LOG if answer.rules else "No log, and no rules: this world has none."


def _show(answer: "Answer", where: "Place", stands: Sequence[tuple[str, str]]) -> None:
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
    rows += stands
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
