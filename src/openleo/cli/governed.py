"""What the commands about rules, requests and audits share: which log is read, and which is written to."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from openleo.cli.command import moment
from openleo.cli.keys import file_type, log_option, published_words, source_at
from openleo.ledger.errors import Refused

if TYPE_CHECKING:
    from openleo.ledger.policy import Policy
    from openleo.service.governance.account import Account
    from openleo.service.governance.publishing import Target

F = TypeVar("F", bound=Callable[..., Any])

_AHEAD: Final = re.compile(r"\+(\d{1,5})(min|h|d)", re.ASCII)
_UNIT_S: Final = {"min": 60, "h": 3600, "d": 86_400}

NOT_SEEN: Final = "no entry behind it keeps yet when witnesses saw it: openleo rules seen"

ledger_option = click.option(
    "--ledger", "place", metavar="FOLDER|URL", default="ledger", show_default=True, envvar="OPENLEO_LEDGER",
    show_envvar=True, help="The log to read: its folder, an export, or where it is served.",
)  # fmt: skip
language_option = click.option(
    "--lang", "language", type=click.Choice(["en", "fr"]), default="en", show_default=True,
    help="The language of the sentences; people's own words stay as they are.",
)  # fmt: skip
key_option = click.option(
    "--key", "key_file", required=True, metavar="FILE", type=file_type,
    help="A key file, as openleo rules key makes it.",
)  # fmt: skip


def to_options(command: F) -> F:
    """Options of a command that writes to a log: the folder of one's own, or where it is served."""
    command = click.option(
        "--token-file", metavar="FILE", type=file_type,
        help="The token for --to; without it, what OPENLEO_LEDGER_TOKEN holds.",
    )(command)  # fmt: skip
    command = click.option(
        "--to", "url", metavar="URL", help="A log that openleo ledger serve serves, instead of --log."
    )(command)
    return log_option(command)


@contextmanager
def target_at(folder: Path, url: str | None, token_file: Path | None) -> "Iterator[Target]":
    """The log to write to, open: that of a folder, or one that is served elsewhere."""
    if url is None:
        from openleo.ledger.log import Log

        with Log.open(folder) as log:
            yield log
        return
    from openleo.ledger.client import RemoteLog

    token = token_file.read_text().strip() if token_file else os.environ.get("OPENLEO_LEDGER_TOKEN", "")
    if not token:
        raise Refused("--to: needs a token, in --token-file or in OPENLEO_LEDGER_TOKEN")
    yield RemoteLog(url, token)


def published_at(target: "Target") -> str:
    """Where what was written can be read now, in words."""
    from openleo.ledger.log import Log

    return published_words(target) if isinstance(target, Log) else f"published at {target.url}"


def account_at(place: str | Path, policy: "Policy | None", *, quiet: bool = False) -> "Account":
    """All of a log read, audited and played again.

    Raises Unverified where it does not hold: nothing is told of a log that was altered. quiet: no progress.
    """
    from openleo.ledger.errors import Unverified
    from openleo.ledger.words import printable

    account = open_account(place, policy, quiet=quiet)
    if not account.report.ok:
        raise Unverified(printable(f"{account.report.source}: {account.report.problems[0]}"))
    if account.wrong:
        raise Unverified(printable(f"{account.report.source}: {account.wrong}"))
    return account


def open_account(
    place: str | Path, policy: "Policy | None", *, quiet: bool = False, laid_out: bool = False
) -> "Account":
    """The same, whether it holds or not. laid_out: whether all rules are laid out on the map, too."""
    from openleo.cli.progress import Teller
    from openleo.service.governance.account import account_of

    with Teller(quiet=quiet) as teller, source_at(place) as source:
        return account_of(
            source, policy, now=int(time.time()),
            progress=lambda done, total: teller.doing("reading entries", done, total), laid_out=laid_out,
        )  # fmt: skip


def entry_time(text: str | None, option: str = "time") -> str:
    """A time as entries have it, from what an option gives; now without one. Raises InputError.

    Beside ISO 8601 it takes +90min, +36h and +7d: so long from now, by one clock in all options of a command.
    """
    from openleo.ledger.entries import time_of

    ahead = _AHEAD.fullmatch(text or "")
    if ahead:
        context = click.get_current_context(silent=True)
        now_s = context.meta.setdefault("openleo.now", time.time()) if context else time.time()
        return time_of(now_s + int(ahead[1]) * _UNIT_S[ahead[2]])
    given = moment(text or "now", option, "or now, or +90min, +36h, +7d from now")
    assert given is not None
    return time_of(given.timestamp())


def tell(lines: list[str], *, err: bool = False) -> None:
    """Sentences on stdout, or on stderr, one line each, whatever hidden characters stand in a log's words."""
    from openleo.ledger.words import printable

    for line in lines:
        click.echo(printable(line).replace("\n", " "), err=err)
