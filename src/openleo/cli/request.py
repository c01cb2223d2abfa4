"""`openleo request`: who asked for what, how, and what the answer was; at once, or at a stated date."""

import json
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, Group, Whole, as_json, print_json
from openleo.cli.governed import (
    NOT_SEEN,
    account_at,
    entry_time,
    language_option,
    ledger_option,
    published_at,
    target_at,
    tell,
    to_options,
)
from openleo.cli.keys import log_option, policy_at, policy_option, say
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.governance.record import Record

ABOUT = "A request, or a contact, that is kept back until this date."
"""What is said in public of a sealed request unless told otherwise: nothing of it."""


unknown_option = click.option(
    "--region-unknown", "unknown", is_flag=True, help="Take a --region that no rules of the log name."
)


@click.group(
    cls=Group,
    examples=(
        (
            "openleo request add --who 'Ministry QP' --asks off --region peninsula --how 'legal order' "
            "--text-file letter.txt",
            "somebody asked; in public at once",
        ),
        (
            "openleo request add --who 'Ministry QP' --asks off --sealed-until +180d",
            "now only that something is kept back until then; openleo request reveal shows it",
        ),
        (
            "openleo request answer 12 --answer refused --by 'duty desk' --reason 'No order.'",
            "what was answered",
        ),
        ("openleo request list", "requests with their answers, and what is kept back, or overdue"),
    ),
)
def request() -> None:
    """Keep the public register of requests: to switch service on or off, or to raise or lower a limit.

    Names are those of offices and bodies. What names a person belongs into the text, which stands beside the
    log and can be withdrawn.
    """


@request.command(
    "add",
    cls=Command,
    short_help="Enter a request, or a contact.",
    examples=(
        (
            "openleo request add --who 'Ministry QP' --on-behalf-of 'Government QP' --relayed-by Embassy "
            "--asks off --region peninsula --how pressure --where private --asked-at 2026-11-20",
            "who, for whom, through whom, how, where",
        ),
        ("openleo request add --who 'Company Q' --how contact --asks none --where private", "a mere contact"),
        (
            "openleo request add --who 'State QR' --asks off --region island --sealed-until +180d",
            "sealed: a commitment stands in the log at once, the rest at the date",
        ),
    ),
)
@click.option("--who", required=True, metavar="NAME", help="Who asks: a government, an agency, a company ...")
@click.option("--on-behalf-of", default="", metavar="NAME", help="On whose behalf.")
@click.option("--for-whose-benefit", default="", metavar="NAME", help="For whose benefit.")
@click.option("--relayed-by", default="", metavar="NAME", help="Through whom.")
@click.option(
    "--asks", required=True, type=click.Choice(["on", "off", "raise", "lower", "none"]),
    help="For service on or off, a limit raised or lowered; none: a contact alone.",
)  # fmt: skip
@click.option(
    "--how", default="request", show_default=True, help="In which way.",
    type=click.Choice(["request", "legal order", "pressure", "threat", "contact"]),
)  # fmt: skip
@click.option(
    "--where", "where_made", type=click.Choice(["public", "private"]), default="private", show_default=True,
    help="In public or in private.",
)  # fmt: skip
@click.option("--asked-at", metavar="TIME", help="ISO 8601, UTC, not in the future; now without it.")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="For where. Several times.")
@unknown_option
@click.option(
    "--text-file", type=click.File("rb"), metavar="FILE", help="What was said, word for word; - is stdin."
)
@click.option(
    "--sealed-until", metavar="TIME", help="Keep all of it back until then; a commitment stands in the log."
)
@click.option(
    "--about", default=ABOUT, show_default=True, metavar="WORDS", help="Public words of a sealed one."
)
@to_options
@as_json
def add(
    asks: Any, asked_at: str | None, regions: tuple[str, ...], text_file: Any, sealed_until: str | None,
    about: str, unknown: bool, folder: Path, url: str | None, token_file: Path | None, json_: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Enter what somebody outside asked for. It stays in the log, whatever the answer."""
    from openleo.ledger.entries import seconds_of
    from openleo.ledger.log import Log
    from openleo.service.governance import publishing
    from openleo.service.governance.asked import Request

    if sealed_until and url:
        raise InputError("--sealed-until: with --log alone: what is kept back stays in the folder of the log")
    when, until = (
        entry_time(asked_at, "--asked-at"),
        sealed_until and entry_time(sealed_until, "--sealed-until"),
    )
    if seconds_of(when) > time.time():
        raise InputError(f"--asked-at: {when} is in the future; when it was asked is needed")
    text = _text_of(text_file)
    made = Request(
        time=entry_time(None), id=secrets.token_hex(16), kind="contact" if asks == "none" else "request",
        asks=asks, asked_at=when, regions=regions, text=None, commitment=-1, **given,
    )  # fmt: skip
    _check_regions(regions, url or folder, unknown, quiet=json_)
    with target_at(folder, url, token_file) as target:
        if until:
            assert isinstance(target, Log)
            index = publishing.seal_request(target, made, (text or b"").decode(), until, about)
        else:
            index = publishing.request(target, made, text)
        said = published_at(target)
    if json_:
        print_json({"index": index, "sealed": bool(sealed_until)})
        return
    click.echo(f"Entry {index}, {said}.")
    if until:
        say(f"Kept back until {until}. When the time comes: openleo request reveal {index}")


def _text_of(file: Any) -> bytes | None:
    """What an option's file says; raises InputError where that is nothing, or no text."""
    raw: bytes | None = file.read() if file else None
    if raw is None:
        return None
    try:
        if not raw.decode("utf-8").strip():
            raise InputError(f"--text-file: {file.name}: is empty; the text itself is needed")
        if b"\0" in raw:
            raise InputError(f"--text-file: {file.name}: holds byte 0, and is no text; UTF-8 is allowed")
    except UnicodeDecodeError as error:
        raise InputError(f"--text-file: {file.name}: byte {error.start} is not UTF-8") from None
    return raw


def _check_regions(regions: tuple[str, ...], place: str | Path, unknown: bool, *, quiet: bool) -> None:
    """Check that rules of the log name these regions; raises InputError, naming those that they do."""
    if not regions or unknown:
        return
    record = account_at(place, None, quiet=quiet).record
    known = {each.name for placed in record.changes if placed.rules for each in placed.rules.file.regions}
    wrong = next((each for each in regions if each not in known), None)
    if known and wrong is not None:
        raise InputError(
            f"--region: {wrong!r}: no rules of the log name it; regions: {', '.join(sorted(known))}. "
            "--region-unknown takes any other"
        )


@request.command(
    "reveal",
    cls=Command,
    short_help="Show a sealed request.",
    examples=(("openleo request reveal 12", "the request that entry 12 committed to"),),
)
@click.argument("index", type=Whole(0))
@click.option("--yes", is_flag=True, help="Do not ask, though its date has not come.")
@log_option
def reveal(index: int, yes: bool, folder: Path) -> None:
    """Show the request that the commitment of entry INDEX keeps back: its text, and its entry.

    Before its date it asks: what is shown cannot be taken back.
    """
    from openleo.ledger.entries import Commitment, read_entry, seconds_of
    from openleo.ledger.log import Log
    from openleo.service.governance import publishing

    if not yes:
        with Log.open(folder) as log:
            entry = read_entry(log.tree().entry(index))
        if isinstance(entry, Commitment) and seconds_of(entry.reveal_by) > time.time():
            say(f"Entry {index} is to be shown at {entry.reveal_by}, and not before.")
            click.confirm("Show it to all now?", abort=True, err=True)
    with Log.open(folder) as log:
        click.echo(f"Entry {publishing.reveal_request(log, index)}, {published_at(log)}.")


@request.command(
    "answer",
    cls=Command,
    short_help="Say what a request was answered.",
    examples=(
        (
            "openleo request answer 12 --answer refused --by 'duty desk' --by lawyers --reason 'No order.'",
            "by whom, and why",
        ),
        (
            "openleo request answer 12 --answer granted --by 'duty desk' --change 3fa9c0d1",
            "with the change that followed, by the first digits of its hash",
        ),
    ),
)
@click.argument("index", type=Whole(0))
@click.option(
    "--answer", "answer_", required=True, help="What was answered.",
    type=click.Choice(["granted", "refused", "in part", "none yet"]),
)  # fmt: skip
@click.option("--by", multiple=True, metavar="NAME", help="Who answered: an office. Several times.")
@click.option("--reason", default="", metavar="WORDS", help="Public words that stay in the log for ever.")
@click.option("--change", default="", metavar="HASH", help="The change that followed.")
@to_options
def answer(
    index: int, answer_: Any, by: tuple[str, ...], reason: str, change: str, folder: Path, url: str | None,
    token_file: Path | None,
) -> None:  # fmt: skip
    """Say what the request of entry INDEX was answered. A later answer stands beside an earlier one."""
    from openleo.cli.changes import check_counts, placed_of
    from openleo.service.governance import publishing
    from openleo.service.governance.asked import Answer

    account = account_at(url or folder, None)
    known = [each.index for each in account.record.requests]
    if index in dict(account.record.unseen):
        raise InputError(f"INDEX: entry {index} does not count yet: {NOT_SEEN}")
    if index not in known:
        listed = ", ".join(map(str, known)) or "there are none"
        raise InputError(f"INDEX: {index}; the entry of a request is allowed: {listed}")
    if not by and answer_ != "none yet":
        raise InputError(f"--by: is missing; who answered {answer_!r} is needed")
    followed = placed_of(account, change).change.hash if change else ""
    made = Answer(entry_time(None), index, answer_, by, reason, followed)
    check_counts(made, account)
    with target_at(folder, url, token_file) as target:
        click.echo(f"Entry {publishing.append(target, made)}, {published_at(target)}.")


@request.command(
    "contract",
    cls=Command,
    short_help="Enter a contract, or a sponsor's agreement.",
    examples=(
        (
            "openleo request contract --party 'Operator Q' --party 'Ministry QP' --about 'The ferries.' "
            "--text-file contract.txt",
            "in public at once",
        ),
        (
            "openleo request contract --sponsor --party 'Agency Q' --about 'Who pays for the aid posts.' "
            "--text-file agreement.txt --sealed-until +180d",
            "its text sealed: openleo ledger reveal shows it at the date",
        ),
    ),
)
@click.option("--party", "parties", multiple=True, metavar="NAME", help="Between whom. Several times.")
@click.option("--about", required=True, metavar="WORDS", help="Public words that stay in the log for ever.")
@click.option("--sponsor", is_flag=True, help="An agreement of one who pays for others.")
@click.option("--begins", default="", metavar="TIME", help="ISO 8601, UTC: from when on it is good.")
@click.option("--ends", default="", metavar="TIME", help="Until when.")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="For where. Several times.")
@unknown_option
@click.option(
    "--text-file", type=click.File("rb"), metavar="FILE", help="The whole of it, word for word; - is stdin."
)
@click.option("--sealed-until", metavar="TIME", help="Keep the text back until then; all else is public.")
@to_options
@as_json
def contract(
    parties: tuple[str, ...], about: str, sponsor: bool, begins: str, ends: str, regions: tuple[str, ...],
    unknown: bool, text_file: Any, sealed_until: str | None, folder: Path, url: str | None,
    token_file: Path | None, json_: bool,
) -> None:  # fmt: skip
    """Enter an agreement about service: between whom and about what at once, its text then or at a date."""
    from openleo.service.governance import publishing
    from openleo.service.governance.asked import Contract

    if sealed_until and (url or text_file is None):
        raise InputError(
            "--sealed-until: with --text-file, and --log alone: what is kept back stays in the log's folder"
        )
    made = Contract(
        time=entry_time(None), kind="sponsor" if sponsor else "contract", parties=parties, about=about,
        begins=begins and entry_time(begins, "--begins"),
        ends=ends and entry_time(ends, "--ends"), regions=regions, text=None,
        commitment=-1,
    )  # fmt: skip
    until = entry_time(sealed_until, "--sealed-until") if sealed_until else ""
    text = _text_of(text_file)
    _check_regions(regions, url or folder, unknown, quiet=json_)
    with target_at(folder, url, token_file) as target:
        index, commitment = publishing.contract(target, made, text, until)
        said = published_at(target)
    if json_:
        print_json({"index": index, "commitment": commitment})
        return
    click.echo(f"Entry {index}, {said}.")
    if until:
        say(f"Its text is kept back until {until}. When the time comes: openleo ledger reveal {commitment}")


@request.command(
    "list",
    cls=Command,
    short_help="Requests, their answers, and what is kept back.",
    examples=(
        ("openleo request list", "of the log in the folder ledger"),
        ("openleo request list --ledger https://log.example/tenerife --lang fr", "of any other; en français"),
        ("openleo request list --region peninsula --json", "about one region; for a program"),
    ),
)
@ledger_option
@policy_option
@click.option("--region", metavar="NAME", help="Only those about this region.")
@language_option
@as_json
def list_(place: str, policy_file: Path | None, region: str | None, language: Any, json_: bool) -> None:
    """List requests and contacts with their answers, contracts, and what is kept back or overdue."""
    from openleo.service.governance.telling.asked import kept_back_line, nothing_asked
    from openleo.service.governance.telling.state import unseen_line
    from openleo.service.governance.telling.story import asked_told, contracts_told, kept_otherwise
    from openleo.service.governance.telling.words import indented, pick

    account = account_at(place, policy_at(policy_file), quiet=json_)
    record, kept_back = account.record, account.kept_back(int(time.time()))
    if region is not None:
        _check_known(region, record)
    found = [each for each in record.requests if region is None or region in each.request.regions]
    contracts = {at: each for at, each in record.contracts if region is None or region in each.regions}
    if json_:
        print_json(
            {
                "requests": [
                    {
                        "index": each.index, **json.loads(each.request.raw), "changes": list(each.changes),
                        "answers": [{"index": at, **json.loads(said.raw)} for at, said in each.answers],
                    }
                    for each in found
                ],
                "contracts": [{"index": at, **json.loads(each.raw)} for at, each in contracts.items()],
                "kept_back": [
                    {"index": index, "about": each.about, "reveal_by": each.reveal_by, "overdue": late}
                    for index, each, late in kept_back
                ],
                "unseen": [index for index, _ in record.unseen],
            }
        )  # fmt: skip
        return
    lines: list[str] = []
    for each in found:
        lines += indented(asked_told(account, each, language))
    if not lines and region is not None:
        lines = [
            pick(
                language, f"No request about {region} stands in this log.",
                f"Aucune demande sur {region} ne figure dans ce journal.",
            )
        ]  # fmt: skip
    lines = lines or [nothing_asked(language)]
    if contracts:
        lines += ["", pick(language, "Contracts and sponsors:", "Contrats et parrains :")]
    for at, said in contracts_told(account, kept_back, language):
        lines += indented(said) if at in contracts else []
    rest = kept_otherwise(record, kept_back)
    if rest:
        lines += ["", pick(language, "Kept back until a date:", "Gardé jusqu'à une date :")]
    lines += [kept_back_line(index, each, late, language) for index, each, late in rest]
    tell([*lines, *(unseen_line(index, act, language) for index, act in record.unseen)])


def _check_known(region: str, record: "Record") -> None:
    """Check that anything in a log ever named a region; raises InputError, naming those that were."""
    from openleo.service.governance.regional import regions_of

    known = {*regions_of(record), *(name for _, each in record.contracts for name in each.regions)}
    if region not in known:
        listed = ", ".join(sorted(known)) or "there are none"
        raise InputError(f"--region: none about {region!r}; regions: {listed}")
