"""`openleo rules publish`: an approved change goes into the log, and what is to happen with it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openleo.cli.command import Command, as_json, print_json
from openleo.cli.governed import account_at, published_at, target_at, to_options
from openleo.cli.keys import file_type, policy_at, policy_option, say

if TYPE_CHECKING:
    from openleo.service.governance.draft import Draft


@click.command(
    "publish",
    cls=Command,
    short_help="Put an approved change into the log.",
    examples=(
        (
            "openleo rules publish change.json",
            "into the log in the folder ledger, and wait until it is cosigned",
        ),
        (
            "openleo rules publish change.json --to https://log.example/tenerife",
            "into one that is served elsewhere; the token is in OPENLEO_LEDGER_TOKEN",
        ),
    ),
)
@click.argument("path", metavar="change.json", type=file_type)
@to_options
@policy_option
@as_json
def publish(
    path: Path, folder: Path, url: str | None, token_file: Path | None, policy_file: Path | None, json_: bool
) -> None:
    """Check a change as every reader will, and put it into the log with its rules beside it.

    Where it would not count, every reason is said, and nothing is written.
    """
    from openleo.service.governance import publishing
    from openleo.service.governance.draft import Draft

    made = Draft.read(path)
    account = account_at(url or folder, policy_at(policy_file), quiet=json_)
    with target_at(folder, url, token_file) as target:
        index = publishing.publish(target, made, account.record, int(time.time()))
        said = published_at(target)
    if json_:
        print_json({"index": index, "hash": made.change.hash})
        return
    click.echo(f"Entry {index}, {said}.")
    for line in _coming(made):
        say(line)


def _coming(made: "Draft") -> list[str]:
    """What is to happen with a change that was published: when it begins, for whom it waits, who is told."""
    from openleo.service.governance.parties import concerns

    change, (after, charter) = made.change, made.sides
    name, begins = change.hash[:12], change.effective_at
    before = charter if change.base else None
    told = [each for each in charter.file.parties if concerns(each, before, after)]
    waits = [each.name for each in told if each.waits and change.kind != "emergency"]
    from_when = f"in force from {begins} on"
    if change.stages:
        first = change.stages[0]
        for_whom = ", ".join(first.regions) or f"{100 * first.share:g} % of the terminals"
        from_when = f"stage 1 of {len(change.stages)} ({for_whom}) begins at {begins}"
    if change.kind == "emergency":
        from_when += f"; it ends by itself at {change.ends_at}"
    if waits:
        receipt_way = f"openleo rules receipt {name} --key FILE"
        from_when += f", but not before {' and '.join(waits)} signed a receipt: {receipt_way}"
    lines = [f"Change {name}: {from_when}."]
    if len(change.stages) > 1:
        lines.append(
            f"Stage 2 needs an approver's word once stage 1 is in force: openleo rules proceed {name} 2"
        )
    for each in told:
        if each.name not in waits:
            lines.append(f"To be told within {each.hours:g} h: {each.name}.")
    return lines
