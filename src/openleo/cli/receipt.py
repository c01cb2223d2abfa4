"""`openleo receipt`: what a terminal was told, provable to anyone."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, Group, Whole, as_json, count, print_json, show
from openleo.cli.governed import account_at
from openleo.cli.keys import file_type, policy_at, source_at
from openleo.cli.progress import Teller
from openleo.cli.serve import store_option
from openleo.ledger.errors import Unverified

if TYPE_CHECKING:
    from openleo.ledger.client import RemoteLog
    from openleo.ledger.log import Log
    from openleo.service.governance.account import Account
    from openleo.service.governance.receipts import Verified

place_option = click.option(
    "--log", "place", metavar="FOLDER|URL", default="ledger", show_default=True, envvar="OPENLEO_LEDGER",
    show_envvar=True, help="The log that has the roots of days.",
)  # fmt: skip


@click.group(
    cls=Group,
    examples=(
        ("openleo receipt make 4711 -o 4711.receipt", "of check-in 4711, once its day is in the log"),
        ("openleo receipt verify 4711.receipt --policy policy.txt", "does it hold, and what does it prove?"),
        ("openleo receipt publish", "put the roots of days into the log, where no server does it"),
    ),
)
def receipt() -> None:
    """Prove what a terminal was told: decision, position and time, under a root in the public log.

    The log holds one root a day, which tells nothing of any terminal. A receipt tells all of one check-in:
    it is for the owner of the terminal, who decides whom to show it.
    """


@receipt.command(
    "make",
    cls=Command,
    short_help="Write the receipt of a check-in.",
    examples=(
        ("openleo receipt make 4711 -o 4711.receipt", "of the store openleo.db and the log in ledger"),
        (
            "openleo receipt make 4711 -o 4711.receipt --log https://log.example/tenerife",
            "of a log that is served elsewhere",
        ),
    ),
)
@click.argument("number", type=Whole(0))
@click.option(
    "-o", "--output", "file", metavar="FILE", required=True, type=click.Path(path_type=Path),
    help="Where to write it.",
)  # fmt: skip
@store_option
@place_option
@as_json
def make(number: int, file: Path, store: str, place: str, json_: bool) -> None:
    """Write the receipt of check-in NUMBER, as the decision named it, to FILE.

    It can be made from the time on at which the root of its day is in the log, and until positions of that
    day are reduced (openleo serve --keep-days).
    """
    from openleo.cli.log import write_receipt
    from openleo.service.governance.digests import receipt as made_of
    from openleo.service.governance.receipts import Receipt
    from openleo.service.store import Store

    with Store.open(store, create=False) as opened, source_at(place) as source:
        raw = made_of(opened, number, source)
    write_receipt(file, raw)
    made = Receipt.parse(raw)
    if json_:
        print_json({"file": str(file), "number": number, "leaf": made.leaf.hex(), "entry": made.proof.index})
        return
    show(
        f"{file}: the receipt of check-in {number} of {_name(made.record)}, under entry {made.proof.index} "
        "of the log. It holds the position: give it to the owner of the terminal alone.",
        _appeal(made.leaf),
    )


@receipt.command(
    "verify",
    cls=Command,
    short_help="Does a receipt hold, and what does it prove?",
    examples=(
        (
            "openleo receipt verify 4711.receipt --policy policy.txt",
            "offline; the policy says whom you trust",
        ),
        (
            "openleo receipt verify 4711.receipt --policy policy.txt --ledger https://log.example/tenerife",
            "and is it under the root of that day that counts? All of the log is audited",
        ),
    ),
)
@click.argument("file", type=file_type)
@click.option(
    "--policy", "policy_file", metavar="FILE", type=file_type, required=True,
    help="A tlog-policy: which logs, which witnesses, which quorum.",
)  # fmt: skip
@click.option(
    "--ledger", "place", metavar="FOLDER|URL",
    help="The log, or a copy: look, too, whether that root is the one of its day that counts there.",
)  # fmt: skip
@as_json
def verify(file: Path, policy_file: Path, place: str | None, json_: bool) -> None:
    """Check the receipt in FILE, offline: the way to a root of its day, and that root in the log.

    Exit code 3 where it does not hold. Of one day, the first root counts that is signed as the rules ask:
    with --ledger that is looked at, too.
    """
    from openleo.service.governance.receipts import LARGEST, check_counts, verify_receipt

    policy = policy_at(policy_file)
    assert policy is not None
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
        found = verify_receipt(raw, policy, int(time.time()))
        if place is not None:
            check_counts(found, account_at(place, policy, quiet=json_).record)
    except Unverified as error:
        if json_:
            print_json({"ok": False, "reason": str(error)})
        raise Unverified(f"{file} does not hold: {error}; by {policy_file}") from error
    if json_:
        print_json(
            {
                "ok": True, "counts": True if place is not None else None,
                "record": found.record, "leaf": found.receipt.leaf.hex(),
                "index": found.receipt.index, "count": found.receipt.count, "day": found.day.day,
                "root": found.day.root, "origin": found.checkpoint.origin, "entry": found.entry,
                "size": found.checkpoint.size,
                "signatures": [{"key": each.by.vkey, "time": each.time} for each in found.held],
            }
        )  # fmt: skip
        return
    show(*_told(found, place is not None))


@receipt.command(
    "publish",
    cls=Command,
    short_help="Put the roots of days that are over into the log.",
    examples=(
        ("openleo receipt publish", "from the store openleo.db into the log in the folder ledger"),
        (
            "openleo receipt publish --log https://log.example/tenerife",
            "into a log that is served elsewhere; the token is in OPENLEO_LEDGER_TOKEN",
        ),
        (
            "openleo receipt publish --recorder days.key",
            "signed by the recorder whom the rules name: else they would not count",
        ),
    ),
)
@click.option(
    "--recorder", "key_file", metavar="FILE", type=file_type,
    help="The recorder's key file, as openleo rules key makes it.",
)  # fmt: skip
@click.option(
    "--token-file", metavar="FILE", type=file_type,
    help="The token for a log at a URL; without it, what OPENLEO_LEDGER_TOKEN holds.",
)  # fmt: skip
@store_option
@place_option
@as_json
def publish(
    key_file: Path | None, token_file: Path | None, store: str, place: str, json_: bool
) -> None:  # fmt: skip
    """Make the root of each day that is over, and append those that are in no entry of the log yet.

    A day stands in the log once, however often this runs. Where the rules of the log name a recorder, nothing
    is appended without its key.
    """
    from contextlib import ExitStack

    from openleo.service.figures import Published
    from openleo.service.governance.days import publish_days
    from openleo.service.governance.digests import date_of, digest_days
    from openleo.service.governance.draft import ApproverKey
    from openleo.service.store import Store

    now_us = time.time_ns() // 1000
    seed = ApproverKey.read(key_file).seed if key_file else None
    with ExitStack() as stack:
        opened = stack.enter_context(Store.open(store, create=False))
        log = _log_at(place, token_file, stack)
        recorder = _recorder_of(account_at(place, None, quiet=True), now_us / 1e6)
        with Teller() as teller:
            teller.doing("making the roots of days")
            digest_days(opened, now_us)
            teller.doing("handing them to the log")
            figures = Published(opened, lambda: now_us)
            found = publish_days(opened, figures, log, now_us, seed=seed, recorder=recorder)
    if json_:
        print_json({str(date_of(day)): entry for day, entry in sorted(found.items())})
    elif found:
        for day, entry in sorted(found.items()):
            click.echo(f"{date_of(day)}: entry {entry}")
    else:
        click.echo("Nothing new: each day that is over is in the log.")


def _recorder_of(account: "Account", now_s: float) -> str:
    """The key of the recorder whom the rules of a log name now, "" for none."""
    from openleo.service.governance.recorder import recorder_in

    held = account.record.holds_at(now_s)
    rules = account.record.change(held.change.hash) if held is not None else None
    return recorder_in(rules.rules.file if rules is not None and rules.rules is not None else None)


def _log_at(place: str, token_file: Path | None, stack: Any) -> "Log | RemoteLog":
    import os

    from openleo.ledger.client import RemoteLog
    from openleo.ledger.errors import Refused
    from openleo.ledger.log import Log

    if "://" not in place:
        opened: Log = stack.enter_context(Log.open(place))
        return opened
    token = token_file.read_text().strip() if token_file else os.environ.get("OPENLEO_LEDGER_TOKEN", "")
    if not token:
        raise Refused("--log: a URL needs a token, in --token-file or in OPENLEO_LEDGER_TOKEN")
    return RemoteLog(place, token)


def _told(found: "Verified", counts: bool) -> list[str]:
    """What a receipt proves, in sentences."""
    from openleo.ledger.entries import time_of
    from openleo.ledger.note import COSIGNATURE

    record, checkpoint = found.record, found.checkpoint
    witnesses = [each for each in found.held if each.by.kind == COSIGNATURE]
    return [
        f"It holds: this was decided on {_name(record)}, and stands under {'the' if counts else 'a'} root of "
        f"{found.day.day}, entry {found.entry} of the log {checkpoint.origin}.",
        f"At {_clock(record['received'])} the terminal {_where(record)}, and was answered: {_answer(record)}",
        _rules(record),
        f"It is number {record['number']} of the store, and leaf {found.receipt.index} of "
        f"{count(found.day.count)} of that day.",
        f"The log signed that entry, with {checkpoint.size - 1} others.",
        *(
            f"The witness {each.by.name} saw that at {time_of(each.time or 0)}, by its own clock."
            for each in witnesses
        ),
        "All of the log was read: it is the root of that day that counts there."
        if counts
        else "Whether another root of that day counts there, this file does not say: --ledger looks.",
        "",
        _appeal(found.receipt.leaf),
        "",
        "It proves that this decision was recorded so when the root was made, and not changed since. It does "
        "not prove that the decision was right, that the position was true, or that a satellite obeyed."
        + ("" if witnesses else " No witness saw it: the log alone says so."),
    ]


def _appeal(leaf: bytes) -> str:
    return f"An appeal names this decision by its leaf hash: {leaf.hex()}"


def _name(record: Mapping[str, Any]) -> str:
    return f"terminal {_plain(record['hardware'])}"


def _where(record: Mapping[str, Any]) -> str:
    if record["lat_deg"] is None or record["lon_deg"] is None:
        return "gave no position, or it was reduced before"
    within = "" if record["accuracy_m"] is None else f" within {record['accuracy_m']:g} m"
    return f"said that it was at {record['lat_deg']:.5f}, {record['lon_deg']:.5f}{within}"


def _answer(record: Mapping[str, Any]) -> str:
    parts = [_plain(record["outcome"])]
    if record["reasons"]:
        reasons = ", ".join(f"{_plain(each['word'])} ({each['number']})" for each in record["reasons"])
        parts.append(f"because of {reasons}")
    if record["valid_until"]:
        parts.append(f"until {_clock(record['valid_until'])}")
    if record["retry_after"] and record["outcome"] != "serve":
        parts.append(f"to ask again from {_clock(record['retry_after'])} on")
    return ", ".join(parts) + "."


def _rules(record: Mapping[str, Any]) -> str:
    if not record["rules"]:
        return "No rule set was in force."
    regions = ", ".join(map(_plain, record["regions"]))
    under = "" if record["checkpoint"] is None else f", under the checkpoint of size {record['checkpoint']}"
    place = f"; regions there: {regions}." if regions else "; no region covers the place."
    return f"By the rule set with the digest {_plain(record['rules'])}{under}{place}"


def _clock(moment: str) -> str:
    return f"{moment[:19]}Z"


def _plain(words: str) -> str:
    """Words as a terminal may show them, on one line."""
    from openleo.ledger.words import printable

    return printable(words).replace("\n", " ")
