"""`openleo audit`: all of a log recomputed, and every rule set played again, by whose approval it held."""

import json
import time
from pathlib import Path
from typing import Any

import click

from openleo.cli.command import Command, as_json, print_json
from openleo.cli.governed import language_option, open_account, tell
from openleo.cli.keys import policy_at, policy_option
from openleo.ledger.errors import Unverified


@click.command(
    "audit",
    cls=Command,
    short_help="A public log recomputed, and every rule set played again.",
    examples=(
        ("openleo audit https://log.example/tenerife --policy policy.txt", "by whom you trust"),
        ("openleo audit export", "an export in a folder, by the keys that the log states of itself"),
        ("openleo audit export --lang fr", "les phrases en français"),
    ),
)
@click.argument("place", metavar="[URL|FOLDER]", required=False, default="ledger", envvar="OPENLEO_LEDGER")
@policy_option
@language_option
@as_json
def audit(place: str, policy_file: Path | None, language: Any, json_: bool) -> None:
    """Recompute all of a log, play every change again, and say by whose approval each state held.

    Every tile, entry and object is read, and all rules are laid out on the map. Exit code 3 where something
    of the log does not hold, or where the rules that it names cannot be played again, or are others than it
    states. A change that was refused does not make it fail: it is named.
    """
    from openleo.ledger.words import printable
    from openleo.service.governance.telling.report import report_lines
    from openleo.service.governance.telling.story import story

    account = open_account(place, policy_at(policy_file), quiet=json_, laid_out=True)
    report, record, now_s = account.report, account.record, time.time()
    if json_:
        print_json(
            {
                "ok": report.ok and not account.wrong and not account.doubts,
                "ledger": report.as_json(), "wrong": account.wrong,
                "doubts": [{"index": index, "why": why} for index, why in account.doubts.items()],
                "terms": [each.as_json() for each in record.terms],
                "changes": [
                    {
                        "index": each.index, "state": each.state_at(now_s), "refused": each.refused or None,
                        "approved_by": [
                            {"name": said.approval.name, "organisation": said.organisation}
                            for said in each.signed
                            if not said.why_not
                        ],
                        **json.loads(each.change.raw),
                    }
                    for each in record.changes
                ],
                "refused": [vars(each) for each in record.refused],
                "unseen": [{"index": index, "type": act.type} for index, act in record.unseen],
                "overdue_parties": [
                    {"index": placed.index, "party": told.party.name}
                    for placed, told in record.overdue_at(now_s)
                ],
            }
        )  # fmt: skip
    else:
        tell(report_lines(report, language))
        if report.ok:
            tell(["", *story(account, now_s, language)])
    if not report.ok:
        raise Unverified(printable(f"{report.source}: {report.problems[0]}"))
    if account.wrong:
        raise Unverified(printable(f"{report.source}: {account.wrong}"))
    for index, why in account.doubts.items():
        raise Unverified(
            printable(f"{report.source}: entry {index}: its rules are not those it states: {why}")
        )
