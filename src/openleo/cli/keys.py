"""`openleo ledger`, keys and witnesses of a log; and how a log and a policy are given to its commands."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openleo.cli.command import Command
from openleo.ledger.errors import Malformed, Refused, Unavailable

if TYPE_CHECKING:
    from openleo.ledger.log import Log
    from openleo.ledger.note import Signer
    from openleo.ledger.policy import Policy
    from openleo.ledger.source import Folder, Web

log_option = click.option(
    "--log", "folder", metavar="FOLDER", default="ledger", show_default=True, envvar="OPENLEO_LEDGER",
    show_envvar=True, type=click.Path(path_type=Path), help="The folder of your log.",
)  # fmt: skip
file_type = click.Path(exists=True, dir_okay=False, path_type=Path)
policy_option = click.option(
    "--policy", "policy_file", metavar="FILE", type=file_type,
    help="A tlog-policy: which logs, which witnesses, which quorum.",
)  # fmt: skip
witness_option = click.option(
    "--witness", "witnesses", metavar="URL VKEY", nargs=2, multiple=True,
    help="A witness to ask: where it is, and its key. May be given several times.",
)  # fmt: skip
quorum_option = click.option(
    "--quorum",
    metavar="N",
    type=click.IntRange(1),
    help="So many of them must cosign; more than half unless told.",
)


@contextmanager
def source_at(place: str | Path) -> "Iterator[Folder | Web]":
    """The log at a URL, in an export, or in a log's own folder, of which the public part is meant.

    Raises Unavailable where there is none, Refused for another kind of URL.
    """
    from openleo.ledger.source import Folder, source_of

    found = source_of(place)
    if isinstance(found, Folder):
        inside = found.path / "public"
        yield Folder(inside) if inside.is_dir() and not (found.path / "checkpoint").exists() else found
        return
    with closing(found):
        yield found


def policy_at(path: Path | None) -> "Policy | None":
    """The policy in a file; raises Refused, with file and line, where it is none."""
    from openleo.ledger.policy import Policy

    if path is None:
        return None
    try:
        return Policy.parse(path.read_bytes())
    except Malformed as error:
        raise Refused(f"{path}: {error}") from error


def published_words(log: "Log") -> str:
    """At which size the log is published, and which witnesses saw that."""
    from openleo.ledger.note import COSIGNATURE

    checkpoint, held = log.store.policy.open(log.checkpoint)
    names = ", ".join(each.by.name for each in held if each.by.kind == COSIGNATURE)
    return f"published at size {checkpoint.size}, {f'cosigned by {names}' if names else 'without witnesses'}"


@click.command(
    "rotate",
    cls=Command,
    short_help="Change the log's key, with an overlap.",
    examples=(
        ("openleo ledger rotate", "a new key, printed; both sign from now on"),
        ("openleo ledger rotate --finish", "once witnesses and readers know it: it signs alone"),
    ),
)
@click.option("--finish", is_flag=True, help="End the overlap.")
@click.option("--reason", metavar="WORDS", help="Public words that stay in the log for ever.")
@log_option
def rotate(finish: bool, reason: str | None, folder: Path) -> None:
    """Make a new key for the log; an entry signed by both keys says so. Prints the key that will stay."""
    from openleo.ledger.log import Log
    from openleo.ledger.stating import lines_of

    given = {"reason": reason} if reason else {}
    with Log.open(folder) as log:
        log.wait()
        if not finish:
            click.echo(log.rotate(**given))
            say(
                f"{published_words(log)}. Both keys sign from now on. Hand the new one to witnesses and "
                "readers, and then: openleo ledger rotate --finish"
            )
            return
        if len(log.store.signers) > 1:
            _rehearse(log, lines_of(log.store.policy), log.store.signers[-1:])
        log.finish_rotation(**given)
        click.echo(log.store.signers[0].verifier.vkey)
        say(f"{published_words(log)}. The old key signs no more; its private half is deleted.")


@click.command(
    "policy",
    cls=Command,
    short_help="Print the log's policy, or change its witnesses.",
    examples=(
        ("openleo ledger policy > policy.txt", "for readers: keys, witnesses, quorum"),
        (
            "openleo ledger policy --witness http://127.0.0.1:8101 VKEY --reason 'a first witness'",
            "other witnesses; they are asked before anything is changed",
        ),
    ),
)
@witness_option
@quorum_option
@policy_option
@click.option("--reason", metavar="WORDS", help="Public words that stay in the log for ever.")
@log_option
def policy_(
    witnesses: Sequence[tuple[str, str]], quorum: int | None, policy_file: Path | None, reason: str | None,
    folder: Path,
) -> None:  # fmt: skip
    """Print the policy that the log proposes to its readers; with other witnesses and a reason, change it.

    The new witnesses must cosign what is published now, before an entry states them.
    """
    from openleo.ledger.log import Log

    if not witnesses and policy_file is None:
        if quorum or reason:
            raise Refused("--quorum, --reason: they go with --witness or --policy")
        try:
            click.echo((folder / "policy").read_text(), nl=False)
        except OSError as error:
            raise Unavailable(
                f"{folder / 'policy'}: {error.strerror}; make a log: openleo ledger init"
            ) from error
        return
    if not reason:
        raise Refused("--reason: is missing; public words that say why the witnesses change")
    lines = policy_lines(policy_file, witnesses, quorum)
    with Log.open(folder) as log:
        _rehearse(log, lines, log.store.signers)
        log.change_policy(lines, reason)
        click.echo(log.store.policy.raw.decode("utf-8", "replace"), nl=False)
        say(f"The log {log.origin}, {published_words(log)}.")


def policy_lines(path: Path | None, witnesses: Sequence[tuple[str, str]], quorum: int | None) -> str:
    """Lines of a policy for witnesses and quorum; raises Refused where they are wrong."""
    from openleo.ledger.note import Verifier
    from openleo.ledger.stating import lines_of

    if path is not None:
        if witnesses or quorum:
            raise Refused("--policy: it says witnesses and quorum; give either it or them")
        policy = policy_at(path)
        assert policy is not None
        try:
            return lines_of(policy)
        except UnicodeDecodeError as error:
            raise Refused(f"{path}: byte {error.start} is not UTF-8") from error
    if quorum is not None and quorum > len(witnesses):
        raise Refused(f"--quorum: {quorum}; at most {len(witnesses)}, the number of witnesses, is allowed")
    if not witnesses:
        return "quorum none\n"
    lines, names = [], []
    for url, vkey in witnesses:
        try:
            names.append(Verifier.parse(vkey).name)
        except Malformed as error:
            raise Refused(f"--witness {url}: {error}; URL and key are given in this order") from error
        lines.append(f"witness {names[-1]} {vkey} {url}\n")
    lines.append(f"group witnesses {quorum or len(names) // 2 + 1} {' '.join(names)}\n")
    return "".join((*lines, "quorum witnesses\n"))


def _rehearse(log: "Log", lines: str, signers: "Sequence[Signer]") -> None:
    """Have witnesses cosign what is published, by these keys and under this policy, before either is stated.

    A log whose witnesses do not answer publishes nothing more.
    """
    from openleo.ledger.cosign import Witnesses
    from openleo.ledger.note import Note
    from openleo.ledger.stating import policy_of

    witnesses = Witnesses(policy_of(signers, lines))
    try:
        witnesses.ask(Note(log.published.text, ()).signed_by(*signers), log.tree())
    except Unavailable as error:
        raise Unavailable(f"nothing was changed: with it the log could publish no more: {error}") from error
    finally:
        witnesses.close()


def say(line: str) -> None:
    """A message, beside the data."""
    click.echo(line, err=True)
