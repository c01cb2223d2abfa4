"""`openleo ledger`, a log of one's own: made, written to, put back."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import click

from openleo.cli.command import Command, as_json, print_json
from openleo.cli.governed import entry_time
from openleo.cli.keys import (
    file_type,
    log_option,
    policy_lines,
    policy_option,
    published_words,
    quorum_option,
    say,
    source_at,
    witness_option,
)  # fmt: skip
from openleo.cli.progress import Teller
from openleo.ledger.errors import Refused, Unavailable


@click.command(
    "init",
    cls=Command,
    short_help="Make a log.",
    examples=(
        (
            "openleo ledger init --origin log.example/tenerife",
            "in the folder ledger; witnesses can come later",
        ),
        (
            "openleo ledger init --origin log.example/tenerife --witness http://127.0.0.1:8101 VKEY",
            "with a witness; it is told the key of the log, which is printed, while init waits for it",
        ),
    ),
)
@click.option(
    "--origin", required=True, metavar="NAME", help="Its name: where it will stand, without https://."
)
@log_option
@click.option(
    "--marker", metavar="FILE", type=click.Path(path_type=Path),
    help="A file outside FOLDER, and outside its backups, that says what was signed last; FOLDER.signed "
    "unless told.",
)  # fmt: skip
@policy_option
@witness_option
@quorum_option
@click.option("--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for witnesses.")
def init(
    origin: str, folder: Path, marker: Path | None, policy_file: Path | None,
    witnesses: Sequence[tuple[str, str]], quorum: int | None, wait_s: float,
) -> None:  # fmt: skip
    """Make a log: its key, and its first entry, which states that key. Prints the key.

    The key is what others must know to check the log: hand it on by another way than the log itself.
    """
    from openleo.ledger.log import Log

    lines = policy_lines(policy_file, witnesses, quorum)
    try:
        # Witnesses do not know the key of this log yet: it is told before they are waited for.
        Log.create(folder, origin, policy_lines=lines, marker=marker, timeout_s=0.0)
    except Unavailable:
        if not (folder / "state.sqlite").exists():
            raise
    with Log.open(folder) as log:
        for key in log.store.signers:
            click.echo(key.verifier.vkey)
        sys.stdout.flush()
        asked = bool(log.store.policy.witnesses)
        if asked:
            say(f"Waiting {wait_s:g} s for the witnesses; each must follow this key.")
        try:
            log.wait(wait_s if asked else None)
        except Unavailable as error:
            raise Unavailable(
                f"{folder}: the log is made, and not published yet: {error}. Once they follow it, go on: "
                "openleo ledger append"
            ) from error
        say(f"{folder}: the log {origin}, {published_words(log)}.")
    beside = (folder / (folder / "marker").read_text().strip()).resolve()
    say(f"Its private key is in {folder / 'key'}. Never put {beside} back from a backup.")


@click.command(
    "append",
    cls=Command,
    short_help="Append a text, or entries.",
    examples=(
        ("openleo ledger append --text 'Service is on.' --title 'Decision 7'", "a text, beside the log"),
        (
            "openleo ledger append --text 'Service is on.' --receipt r.tlog-proof",
            "and a receipt for a person",
        ),
        ("openleo ledger append entries.jsonl", "entries, one JSON object a line; - reads stdin"),
        (
            "openleo ledger append entries.jsonl --to https://log.example/tenerife",
            "to a log that is served elsewhere; the token is in OPENLEO_LEDGER_TOKEN",
        ),
    ),
)
@click.argument("file", required=False, type=click.File("r", encoding="utf-8"))
@click.option("--text", metavar="TEXT", help="A text; it stands beside the log and can be withdrawn.")
@click.option("--text-file", metavar="FILE", type=click.File("rb"), help="The same, from a file or from -.")
@click.option("--title", metavar="WORDS", default="", help="Public words that stay in the log for ever.")
@click.option(
    "--receipt", metavar="FILE", type=click.Path(path_type=Path), help="Write the receipt of the entry."
)
@click.option("--to", "url", metavar="URL", help="A log that openleo ledger serve serves, instead of --log.")
@click.option(
    "--token-file", metavar="FILE", type=file_type,
    help="The token for --to; without it, what OPENLEO_LEDGER_TOKEN holds.",
)  # fmt: skip
@log_option
@as_json
def append(
    file: IO[str] | None, text: str | None, text_file: IO[bytes] | None, title: str, receipt: Path | None,
    url: str | None, token_file: Path | None, folder: Path, json_: bool,
) -> None:  # fmt: skip
    """Append a text (a note), or entries from FILE, and wait until a published checkpoint covers them.

    Each line of FILE is a JSON object with type and version; without a time it gets this one, and it is
    written as RFC 8785 has it. Without a text and FILE, what was written before and is not published yet is
    published. A personal name belongs into the text, never into the title.
    """
    if sum(each is not None for each in (file, text, text_file)) > 1:
        raise Refused("FILE, --text, --text-file: one of them is allowed")
    content = text.encode() if text is not None else text_file.read() if text_file else None
    if content is not None and not content.strip():
        raise Refused(f"{'--text' if text is not None else '--text-file'}: is empty; a text is needed")
    entries = _entries(file) if file else None
    if receipt and (content is None and len(entries or ()) != 1):
        raise Refused("--receipt: for one entry; openleo ledger show INDEX --receipt FILE makes others")
    if url:
        indices, said = _append_to(url, token_file, content, title, entries, receipt)
    else:
        indices, said = _append_here(folder, content, title, entries, receipt)
    if json_:
        print_json({"first": indices[0] if indices else None, "count": len(indices)})
    elif indices:
        many = len(indices) > 1
        click.echo(
            f"{'Entries' if many else 'Entry'} {indices[0]}{f' to {indices[-1]}' if many else ''}, {said}."
        )
    else:
        click.echo(f"Nothing new, {said}.")


def _append_here(
    folder: Path, content: bytes | None, title: str, entries: list[bytes] | None, receipt: Path | None
) -> tuple[range, str]:
    from openleo.ledger.acts import write_text
    from openleo.ledger.log import Log
    from openleo.ledger.serve import check_submitted

    with Log.open(folder) as log:
        if content is not None:
            index = write_text(log, title, content)
            indices = range(index, index + 1)
        elif entries:
            check_submitted(log.store.public, entries)
            indices = log.append(entries)
        else:
            log.wait()
            indices = range(0)
        if receipt:
            write_receipt(receipt, log.proof(indices[0]).raw)
        return indices, published_words(log)


def _append_to(
    url: str, token_file: Path | None, content: bytes | None, title: str, entries: list[bytes] | None,
    receipt: Path | None,
) -> tuple[range, str]:  # fmt: skip
    import os

    from openleo.ledger.acts import PLAIN
    from openleo.ledger.client import RemoteLog, proof_of
    from openleo.ledger.entries import Text, time_of

    token = token_file.read_text().strip() if token_file else os.environ.get("OPENLEO_LEDGER_TOKEN", "")
    if not token:
        raise Refused("--to: needs a token, in --token-file or in OPENLEO_LEDGER_TOKEN")
    remote = RemoteLog(url, token)
    if content is not None:
        ref = remote.put(content, PLAIN)
        entries = [Text(time_of(time.time()), title, ref).raw]
    indices = remote.append(entries or [])
    if receipt:
        with source_at(url) as source:
            write_receipt(receipt, proof_of(source, indices[0]).raw)
    return indices, f"published at {remote.url}"


def write_receipt(path: Path, raw: bytes) -> None:
    """Write a receipt to a file; raises Unavailable where that is refused."""
    try:
        path.write_bytes(raw)
    except OSError as error:
        raise Unavailable(f"{path}: cannot be written: {error.strerror}") from error


def _entries(file: IO[str]) -> list[bytes]:
    """Entries from lines of JSON, in canonical form; raises Refused, naming the line."""
    from openleo.ledger.canonical import canonical
    from openleo.ledger.entries import read_entry, time_of

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member stands there twice")
        return dict(pairs)

    found = []
    try:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line, object_pairs_hook=members)
                if isinstance(value, dict):
                    value.setdefault("time", time_of(time.time()))
                raw = canonical(value)
                read_entry(raw)
            except (ValueError, RecursionError) as error:
                raise Refused(f"{file.name}: line {number}: {error}") from error
            found.append(raw)
    except UnicodeDecodeError as error:
        raise Refused(f"{file.name}: byte {error.start} is not UTF-8") from error
    if not found:
        raise Refused(f"{file.name}: it holds no entry")
    return found


@click.command(
    "commit",
    cls=Command,
    short_help="Commit to a text that is shown later.",
    examples=(
        (
            "openleo ledger commit contract.txt --reveal-by +180d --about 'Contract 12'",
            "the log proves from now on that this text was there, and who looks sees when it is due",
        ),
    ),
)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--reveal-by", required=True, metavar="TIME", help="ISO 8601, UTC, or +36h: when it will be shown."
)
@click.option("--about", required=True, metavar="WORDS", help="Public words that stay in the log for ever.")
@log_option
def commit(file: IO[bytes], reveal_by: str, about: str, folder: Path) -> None:
    """Append the salted hash of FILE; its text stays in the log's folder, private, until it is revealed."""
    from openleo.ledger.acts import commit as act
    from openleo.ledger.log import Log

    due = entry_time(reveal_by, "--reveal-by")
    with Log.open(folder) as log:
        index = act(log, file.read(), due, about)
        said = published_words(log)
    click.echo(f"Entry {index}, {said}. When the time comes: openleo ledger reveal {index}")


@click.command(
    "reveal",
    cls=Command,
    short_help="Show the text of a commitment.",
    examples=(("openleo ledger reveal 12", "the text that entry 12 committed to"),),
)
@click.argument("index", type=click.IntRange(0))
@log_option
def reveal(index: int, folder: Path) -> None:
    """Publish the text that entry INDEX committed to, and append an entry that says so."""
    from openleo.ledger.acts import reveal as act
    from openleo.ledger.log import Log

    with Log.open(folder) as log:
        click.echo(f"Entry {act(log, index)}, {published_words(log)}.")


@click.command(
    "withdraw",
    cls=Command,
    short_help="Let an object vanish, and say why.",
    examples=(
        ("openleo ledger withdraw 3fa9c0d1 --reason 'It named a person.'", "by the first digits of its name"),
    ),
)
@click.argument("object_", metavar="OBJECT")
@click.option("--reason", required=True, metavar="WORDS", help="Public words that stay in the log for ever.")
@log_option
def withdraw(object_: str, reason: str, folder: Path) -> None:
    """Append an entry that says why OBJECT goes, and delete it. Copies elsewhere are not reached.

    OBJECT is its name (openleo ledger show), or its first eight digits or more.
    """
    from openleo.ledger.acts import withdraw as act
    from openleo.ledger.log import Log

    with Log.open(folder) as log:
        names = [
            each.name for each in (folder / "public" / "object").glob("*") if each.name.startswith(object_)
        ]
        if len(object_) < 8 or len(names) != 1:
            count = f"{len(names) or 'no'} object begins so" if len(object_) >= 8 else "too short"
            raise Refused(f"OBJECT: {object_!r}: {count}; a name, or its first 8 digits or more, is allowed")
        click.echo(f"Entry {act(log, names[0], reason)}, {published_words(log)}. Object {names[0]} is gone.")


@click.command(
    "restore",
    cls=Command,
    short_help="Bring a log put back from a backup forward.",
    examples=(
        (
            "openleo ledger restore https://mirror.example/tenerife",
            "to a mirror that holds all that was signed",
        ),
        ("openleo ledger restore export", "or to an export in a folder"),
    ),
)
@click.argument("place", metavar="URL|FOLDER")
@log_option
def restore(place: str, folder: Path) -> None:
    """Bring the log forward to a mirror that holds all that it signed; all of it is checked before.

    A log that was put back from an old backup refuses to sign, for it would tell another history.
    """
    from openleo.ledger.restore import restore as act

    with Teller() as teller, source_at(place) as source:
        checkpoint = act(folder, source, lambda done, total: teller.doing("reading entries", done, total))
    click.echo(f"{folder}: the log {checkpoint.origin} goes on at {checkpoint.size} entries.")
