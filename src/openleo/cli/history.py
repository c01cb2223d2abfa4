"""`openleo history`: one region as a log tells it: who asked, who approved, why, what held when."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, as_json, print_json
from openleo.cli.governed import account_at, language_option, ledger_option, tell
from openleo.cli.keys import policy_at, policy_option
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.governance.record import Record
    from openleo.service.governance.regional import Ground, Saying


@click.command(
    "history",
    cls=Command,
    short_help="One region, as a public log tells it.",
    examples=(
        ("openleo history peninsula", "of the log in the folder ledger"),
        (
            "openleo history peninsula --ledger https://log.example/tenerife --policy policy.txt",
            "of any other, by witnesses whom you trust",
        ),
        ("openleo history peninsula --lang fr", "en français"),
    ),
)
@click.argument("region")
@ledger_option
@policy_option
@language_option
@as_json
def history(region: str, place: str, policy_file: Path | None, language: Any, json_: bool) -> None:
    """Tell all changes and requests about REGION: who asked, who approved, on what grounds, what held when.

    REGION is the name of a region of any rule set of the log; a change that alters another region over the
    same place is told as well. All of the log is read and recomputed first.
    """
    from openleo.service.governance.regional import Ground
    from openleo.service.governance.telling.asked import kept_back_line
    from openleo.service.governance.telling.region import concern_line, region_title, saying_lines
    from openleo.service.governance.telling.state import unseen_line
    from openleo.service.governance.telling.story import (
        asked_told,
        change_told,
        contracts_told,
        kept_otherwise,
    )
    from openleo.service.governance.telling.words import indented

    account = account_at(place, policy_at(policy_file), quiet=json_)
    record, now_s = account.full, time.time()
    name = _named(record, region)
    ground = Ground(record, name)
    concerns, sayings = ground.concerns(), ground.sayings()
    asked = [each for each in record.requests if _about(each.request.regions, ground)]
    kept_back = account.kept_back(int(now_s))
    if json_:
        print_json(
            {
                "region": name,
                "holds": [{**each.held.as_json(), **_says(each)} for each in sayings],
                "changes": [
                    {
                        "index": each.placed.index, "state": each.placed.state_at(now_s),
                        "refused": each.placed.refused or None,
                        "concerns": {
                            "itself": each.own, "over_it": each.over, "perhaps": each.perhaps,
                            "keys": each.keys, "unknown": each.unknown,
                        },
                        "seen": [
                            {"witness": who, "at_s": at} for who, at in account.sightings(each.placed.index)
                        ],
                        **json.loads(each.placed.change.raw),
                    }
                    for each in concerns
                ],
                "requests": [
                    {
                        "index": each.index, **json.loads(each.request.raw),
                        "answers": [{"index": at, **json.loads(said.raw)} for at, said in each.answers],
                    }
                    for each in asked
                ],
                "unseen": [index for index, _ in record.unseen],
                "kept_back": [index for index, _, _ in kept_back],
            }
        )  # fmt: skip
        return
    lines = [region_title(name, language)]
    for saying in sayings:
        lines += saying_lines(saying, language)
    told = [(each.index, asked_told(account, each, language)) for each in asked]
    for each in concerns:
        said = concern_line(each, name, language)
        told.append((each.placed.index, change_told(account, each.placed, now_s, language, concern=said)))
    told += [(index, [unseen_line(index, act, language)]) for index, act in record.unseen]
    near = {at for at, each in record.contracts if _about(each.regions, ground)}
    told += [pair for pair in contracts_told(account, kept_back, language) if pair[0] in near]
    told += [
        (index, [kept_back_line(index, kept, late, language)])
        for index, kept, late in kept_otherwise(record, kept_back)
    ]
    for _, each_lines in sorted(told, key=lambda pair: pair[0]):
        lines += ["", *indented(each_lines)]
    tell(lines)


def _about(regions: tuple[str, ...], ground: "Ground") -> bool:
    """Whether a request may be about a place: it names no region, or one that ever lay over it."""
    return not regions or ground.name in regions or any(ground.meets(each) == "yes" for each in regions)


def _says(saying: "Saying") -> dict[str, Any]:
    """What rules say of a region, for programs."""
    from openleo.service.governance.differences import words_of

    beside = saying.beside
    return {
        "says": words_of(saying.region) if saying.region else "",
        "over_it": None if beside is None else {each.name: words_of(each) for each in beside},
        "former": _says(saying.former) if saying.former else None,
    }


def _named(record: "Record", name: str) -> str:
    """A region by its name, or by a part of it that no other has."""
    from openleo.service.governance.regional import regions_of

    known = regions_of(record)
    exact = [each for each in known if each.casefold() == name.casefold()]
    near = exact or [each for each in known if name.casefold() in each.casefold()]
    if len(near) != 1:
        listed = ", ".join(near or known) or "there are none"
        raise InputError(f"REGION: {name!r} given; one of these is allowed: {listed}")
    return near[0]
