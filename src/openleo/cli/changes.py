"""`openleo rules`, of changes that are in the log: withdraw, proceed, receipt, grounds, and what holds."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, Whole, as_json, print_json
from openleo.cli.governed import (
    NOT_SEEN,
    account_at,
    entry_time,
    key_option,
    language_option,
    ledger_option,
    published_at,
    target_at,
    tell,
    to_options,
)
from openleo.cli.keys import policy_at, policy_option
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.governance.account import Account
    from openleo.service.governance.entries import Act
    from openleo.service.governance.record import Placed, Record


@click.command(
    "withdraw",
    cls=Command,
    short_help="Take back a change before it is in force.",
    examples=(
        (
            "openleo rules withdraw 3fa9c0d1 --key alice.key --reason 'The wrong terminals.'",
            "by the first digits of its hash; it stays in the log",
        ),
    ),
)
@click.argument("change", metavar="HASH")
@key_option
@click.option("--name", metavar="NAME", help="The approver, as the rules in force list it; that of the key.")
@click.option("--reason", required=True, metavar="WORDS", help="Public words that stay in the log for ever.")
@to_options
def withdraw(
    change: str, key_file: Path, name: str | None, reason: str, folder: Path, url: str | None,
    token_file: Path | None,
) -> None:  # fmt: skip
    """Withdraw the change HASH, signed by one approver. Once in force, only another change undoes it."""
    from openleo.service.governance.draft import ApproverKey
    from openleo.service.governance.entries import Withdrawn, signed

    key = ApproverKey.read(key_file)

    def made(placed: "Placed", record: "Record") -> "Act":
        state = placed.state_at(time.time())
        if state != "waiting":
            raise InputError(
                f"change {placed.change.hash[:12]}: it is {state}; one that has not begun is allowed"
            )
        act = Withdrawn(entry_time(None), placed.change.hash, reason, name or key.name, "")
        return signed(act, key.seed)

    _append(change, made, folder, url, token_file)


@click.command(
    "proceed",
    cls=Command,
    short_help="Let the next stage of a change begin.",
    examples=(
        ("openleo rules proceed 3fa9c0d1 2 --key alice.key", "its second stage, at the time that it states"),
    ),
)
@click.argument("change", metavar="HASH")
@click.argument("stage", metavar="STAGE", type=Whole(2))
@key_option
@click.option("--name", metavar="NAME", help="The approver, as the rules in force list it; that of the key.")
@to_options
def proceed(
    change: str, stage: int, key_file: Path, name: str | None, folder: Path, url: str | None,
    token_file: Path | None,
) -> None:  # fmt: skip
    """Let STAGE (2, 3, ...) of the change HASH begin, signed by one approver. The first needs no word."""
    from openleo.service.governance.draft import ApproverKey
    from openleo.service.governance.entries import Proceed, signed

    key = ApproverKey.read(key_file)

    def made(placed: "Placed", record: "Record") -> "Act":
        if stage > len(placed.change.stages):
            count = len(placed.change.stages)
            has = f"{count or 'no'} stage{'s' * (count != 1)}"
            raise InputError(f"STAGE: {stage}; change {placed.change.hash[:12]} has {has}")
        if placed.state_at(time.time()) == "waiting":
            begins = placed.change.effective_at
            raise InputError(f"change {placed.change.hash[:12]}: stage 1 has not begun, it does at {begins}")
        held = record.holds_at(time.time())
        if held is not None and held.index == placed.index and 0 <= held.stage != stage - 2:
            raise InputError(
                f"STAGE: {stage}; stage {held.stage + 1} is in force, and {held.stage + 2} is allowed"
            )
        if any(each.stage == stage - 1 for each in placed.opened):
            raise InputError(f"STAGE: {stage}; it may begin already")
        act = Proceed(entry_time(None), placed.change.hash, stage - 1, name or key.name, "")
        return signed(act, key.seed)

    _append(change, made, folder, url, token_file)


@click.command(
    "receipt",
    cls=Command,
    short_help="Say, as a party, that one has been told of a change.",
    examples=(("openleo rules receipt 3fa9c0d1 --key authority.key", "signed with the key of the party"),),
)
@click.argument("change", metavar="HASH")
@key_option
@click.option("--name", metavar="NAME", help="The party, as the rules list it; that of the key.")
@to_options
def receipt(
    change: str, key_file: Path, name: str | None, folder: Path, url: str | None, token_file: Path | None
) -> None:
    """Say that a party has been told of the change HASH. It is no consent, and needs none."""
    from openleo.service.governance.draft import ApproverKey
    from openleo.service.governance.entries import Receipt, signed

    key = ApproverKey.read(key_file)

    def made(placed: "Placed", record: "Record") -> "Act":
        who = name or key.name
        if who not in {each.party.name for each in placed.told}:
            listed = ", ".join(each.party.name for each in placed.told) or "nobody"
            raise InputError(f"--name: {who!r}; of this change {listed} is to be told")
        return signed(Receipt(entry_time(None), placed.change.hash, who, ""), key.seed)

    _append(change, made, folder, url, token_file)


@click.command(
    "grounds",
    cls=Command,
    short_help="Give further grounds for a change.",
    examples=(
        (
            "openleo rules grounds 3fa9c0d1 --reason 'The court confirmed it.' --basis 'Decision 12/2026'",
            "a new entry beside those given first",
        ),
    ),
)
@click.argument("change", metavar="HASH")
@click.option("--reason", required=True, metavar="WORDS", help="Public words that stay in the log for ever.")
@click.option("--basis", default="", metavar="WORDS", help="A legal basis, where there is one.")
@to_options
def grounds(
    change: str, reason: str, basis: str, folder: Path, url: str | None, token_file: Path | None
) -> None:
    """Give grounds for the change HASH. They stand beside those given first, never in their place."""
    from openleo.service.governance.entries import Grounds

    _append(
        change,
        lambda placed, _: Grounds(entry_time(None), placed.change.hash, reason, basis),
        folder,
        url,
        token_file,
    )


def _append(
    change: str,
    make: "Callable[[Placed, Record], Act]",
    folder: Path,
    url: str | None,
    token_file: Path | None,
) -> None:
    """Find a change by the beginning of its hash, make an entry about it, and append that where it counts."""
    from openleo.service.governance import publishing

    account = account_at(url or folder, None)
    act = make(placed_of(account, change), account.record)
    check_counts(act, account)
    with target_at(folder, url, token_file) as target:
        index = publishing.append(target, act)
        click.echo(f"Entry {index}, {published_at(target)}.")


def check_counts(act: "Act", account: "Account") -> None:
    """Judge an entry before it is written; raises InputError with the reason for which it would not count."""
    from openleo.service.governance.changes import would_count

    if why := would_count(act, account.record, int(time.time())):
        raise InputError(f"it would not count, and nothing was written: {why}")


@click.command(
    "seen",
    cls=Command,
    short_help="Enter when witnesses saw what stands in the log.",
    examples=(
        (
            "openleo rules seen",
            "into the log in the folder ledger, where what was published does not count yet",
        ),
    ),
)
@to_options
def seen(folder: Path, url: str | None, token_file: Path | None) -> None:
    """Enter the checkpoint that the log shows, with its witnesses' signatures, as an entry of its own.

    An entry about rules counts only once one behind it keeps when witnesses saw it. Every command that
    publishes enters that by itself; this one is for where it could not.
    """
    from openleo.ledger.log import Log
    from openleo.service.governance import publishing

    with target_at(folder, url, token_file) as target:
        policy = None
        if isinstance(target, Log):
            target.wait()
            policy = target.store.policy
        account = account_at(url or folder, policy)
        if not account.record.unseen and not account.uncovered:
            click.echo("Nothing is appended: the log keeps already when all that is about rules was seen.")
            return
        click.echo(f"Entry {publishing.see(target)}, {published_at(target)}.")


def placed_of(account: "Account", given: str) -> "Placed":
    """A change by its hash, or the first eight digits of it or more; raises InputError for none, or many."""
    from openleo.service.governance.entries import Change

    found = {
        each.change.hash: account.record.change(each.change.hash)
        for each in account.record.changes
        if each.change.hash.startswith(given)
    }
    placed = next(iter(found.values()), None)
    for index, act in account.record.unseen:
        if not found and len(given) >= 8 and isinstance(act, Change) and act.hash.startswith(given):
            raise InputError(f"HASH: the change of entry {index} does not count yet: {NOT_SEEN}")
    if len(given) < 8 or len(found) != 1 or placed is None:
        count = f"{len(found) or 'no'} changes begin so" if len(given) >= 8 else "too short"
        raise InputError(f"HASH: {given!r}: {count}; the hash of a change, or its first 8 digits, is allowed")
    return placed


@click.command(
    "status",
    cls=Command,
    short_help="What holds now, what comes, what waits for whom.",
    examples=(
        ("openleo rules status", "of the log in the folder ledger"),
        ("openleo rules status --ledger https://log.example/tenerife --policy policy.txt", "of any other"),
        (
            "openleo rules status --at +7d --json",
            "what will hold then; for a program",
        ),
    ),
)
@ledger_option
@policy_option
@click.option("--at", metavar="TIME", help="ISO 8601, UTC, or +36h; now without it.")
@language_option
@as_json
def status(place: str, policy_file: Path | None, at: str | None, language: Any, json_: bool) -> None:
    """Say which rules hold, by whose approval, what is known to come, and who has not been told."""
    from openleo.ledger.entries import seconds_of, time_of
    from openleo.service.governance.telling import state
    from openleo.service.governance.telling.words import indented

    account = account_at(place, policy_at(policy_file), quiet=json_)
    now_s = float(seconds_of(entry_time(at, "--at")))
    record = account.record
    held = record.holds_at(now_s)
    coming = [each for each in record.terms if each.from_s > now_s]
    waiting = [each for each in record.changes if each.state_at(now_s) == "waiting" and each.began_s is None]
    overdue = record.overdue_at(now_s)
    if json_:
        print_json(
            {
                "at": time_of(now_s), "size": record.size, "holds": held and held.as_json(),
                "comes": [each.as_json() for each in coming],
                "waits": [{"index": each.index, "change": each.change.hash} for each in waiting],
                "unseen": [{"index": index, "type": act.type} for index, act in record.unseen],
                "overdue": [
                    {"index": placed.index, "party": told.party.name, "due": time_of(told.due_s),
                     "due_s": told.due_s}
                    for placed, told in overdue
                ],
            }
        )  # fmt: skip
        return
    lines = state.holding_lines(held, record, language)
    for each in coming:
        lines.append(state.held_line(each, language))
    for placed in waiting:
        seen = account.sightings(placed.index)
        lines += indented(state.placed_lines(placed, record, seen, now_s, language))
    lines += [state.unseen_line(index, act, language) for index, act in record.unseen]
    tell([*lines, *state.overdue_lines(record, now_s, language)])
