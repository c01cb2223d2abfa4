"""`openleo history`: one region as a log tells it: who asked, who approved, why, what held when."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.changes import held_json
from openleo.cli.command import Command, as_json, print_json
from openleo.cli.governed import account_at, language_option, ledger_option, tell
from openleo.cli.keys import policy_at, policy_option
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.governance.record import Record


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

    REGION is the name of a region of any rule set of the log. All of the log is read and recomputed first.
    """
    from openleo.service.governance import telling
    from openleo.service.governance.regional import about, said_of
    from openleo.service.governance.telling_asked import asked_lines, indented

    account = account_at(place, policy_at(policy_file), quiet=json_)
    record, now_s = account.record, time.time()
    name = _named(record, region)
    changes = [each for each in record.changes if about(each, record, name)]
    asked = [each for each in record.requests if name in each.request.regions]
    spans = said_of(record, name)
    if json_:
        print_json(
            {
                "region": name,
                "holds": [{**held_json(held), "says": says} for held, says in spans],
                "changes": [
                    {
                        "index": each.index, "state": each.state_at(now_s), "refused": each.refused or None,
                        "seen": [{"witness": who, "at_s": at} for who, at in account.sightings(each.index)],
                        **json.loads(each.change.raw),
                    }
                    for each in changes
                ],
                "requests": [
                    {
                        "index": each.index, **json.loads(each.request.raw),
                        "answers": [{"index": at, **json.loads(said.raw)} for at, said in each.answers],
                    }
                    for each in asked
                ],
            }
        )  # fmt: skip
        return
    lines = [telling.region_title(name, language)]
    lines += [telling.region_line(held, says, language) for held, says in spans]
    told = [(each.index, asked_lines(each, language)) for each in asked]
    told += [
        (each.index, telling.placed_lines(each, account.sightings(each.index), now_s, language))
        for each in changes
    ]
    for _, each_lines in sorted(told, key=lambda pair: pair[0]):
        lines += ["", *indented(each_lines)]
    tell(lines)


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
