"""`openleo ledger`, what runs until Ctrl-C: a log over HTTP, a witness, a monitor."""

import contextlib
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, as_json
from openleo.cli.keys import log_option, policy_at, policy_option, say, source_at
from openleo.cli.serve import Serving
from openleo.ledger.errors import Malformed, Refused, Unavailable, Unverified

if TYPE_CHECKING:
    from openleo.ledger.checkpoint import Checkpoint
    from openleo.ledger.monitor import Alarm
    from openleo.ledger.web import Answer, Request

CONTRADICTIONS = ("smaller", "rewritten", "split")
"""Alarms that say that somebody was shown another history."""

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")


def port_option(port: int) -> Callable[[Any], Any]:
    """The option --port with a default."""
    return click.option(
        "--port", default=port, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free."
    )


@click.group(
    "serve",
    cls=Serving,
    invoke_without_command=True,
    short_help="The log over HTTP.",
    examples=(
        ("openleo ledger serve", "the log in the folder ledger, on http://127.0.0.1:8090"),
        ("openleo ledger serve token --name controller-1", "a token for who may append over HTTP"),
    ),
)
@host_option
@port_option(8090)
@log_option
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, folder: Path) -> None:
    """Serve the log until Ctrl-C: to readers and verifiers as tlog-tiles says, to people as a page.

    Nobody may append over HTTP who has no token. What listens beyond this machine belongs behind a proxy with
    TLS; what is in FOLDER/public can as well be served by any web server.
    """
    if ctx.invoked_subcommand is not None:
        return
    from openleo.ledger.client import LARGEST_BODY
    from openleo.ledger.log import Log
    from openleo.ledger.serve import Site
    from openleo.ledger.submitters import read_submitters

    with Log.open(folder) as log, _listening(Site(log).answer, host, port, LARGEST_BODY) as url:
        click.echo(url)
        names = ", ".join(read_submitters(folder).values())
        say(f"The log {log.origin}, {log.published.size} entries. May append: {names or 'nobody'}.")
        _wait(lambda: log.health()["halted"])
    say("Stopped.")


@serve.command(
    "token",
    cls=Command,
    short_help="Let somebody append over HTTP, or no more.",
    examples=(
        ("openleo ledger serve token --name controller-1", "prints the token, once"),
        ("openleo ledger serve token --name controller-1 --revoke", "and takes it back, at once"),
    ),
)
@click.option("--name", required=True, help="Of the submitter, for the messages of the server.")
@click.option("--revoke", is_flag=True, help="Take it back.")
@log_option
def token(name: str, revoke: bool, folder: Path) -> None:
    """Print a new token: whoever has it may append. Only its hash is kept, in the log's folder."""
    from openleo.ledger import submitters

    if not (folder / "state.sqlite").is_file():
        raise Unavailable(f"{folder}: there is no log here; make one: openleo ledger init")
    if revoke:
        submitters.revoke(folder, name)
        click.echo(f"{name} may append no more.")
        return
    click.echo(submitters.make_token(folder, name))
    say(
        f"{name} may append with it: openleo ledger append --to URL, OPENLEO_LEDGER_TOKEN in the environment."
    )


@click.command(
    "witness",
    cls=Command,
    short_help="Run a witness.",
    examples=(
        ("openleo ledger witness w1 --name witness.example/w1 --log VKEY", "made in the folder w1, and run"),
        ("openleo ledger witness w1", "run again, for the logs that it follows already"),
        ("openleo ledger witness w1 --log VKEY", "and for one more, or for a new key of one"),
    ),
)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--name", help="Of a new witness, such as witness.example/w1; needed where FOLDER is new.")
@click.option("--log", "logs", metavar="VKEY", multiple=True, help="The key of a log to follow from now on.")
@host_option
@port_option(8101)
def witness(folder: Path, name: str | None, logs: Sequence[str], host: str, port: int) -> None:
    """Cosign checkpoints of logs whose history only grew, until Ctrl-C. Prints the key of the witness.

    Anyone can run one; best somebody whom the log does not pay. Its folder must never be put back from a
    backup: a witness that forgot what it cosigned is no witness.
    """
    from openleo.ledger.witness import LARGEST_REQUEST, Witness

    keys = [_log_key(vkey) for vkey in logs]
    if not (folder / "key").exists():
        if not name:
            raise Refused(f"--name: is missing; {folder} is new, and a witness has a name")
        Witness.create(folder, name)
    _follow(folder / "logs", keys)
    with Witness.open(folder) as opened:
        if name and name != opened.verifier.name:
            raise Refused(f"--name: {name}; the witness in {folder} is {opened.verifier.name}")
        with _listening(opened.answer, host, port, LARGEST_REQUEST) as url:
            click.echo(opened.verifier.vkey)
            click.echo(url)
            followed = ", ".join(sorted({key.name for key in opened.logs}))
            say(f"Follows {followed or 'no log yet: stop it, and start it with --log VKEY'}.")
            say(f"For a log: openleo ledger policy --witness {url} {opened.verifier.vkey} --reason ...")
            _wait(lambda: None)
    say("Stopped.")


def _log_key(vkey: str) -> str:
    from openleo.ledger.note import ED25519, Verifier

    try:
        found = Verifier.parse(vkey)
    except Malformed as error:
        raise Refused(f"--log: {error}; the key that openleo ledger init printed is allowed") from error
    if found.kind != ED25519:
        raise Refused(f"--log: {vkey}: the key of a witness; that of a log is allowed")
    return found.vkey


def _follow(path: Path, keys: Sequence[str]) -> None:
    """Add the keys of logs to those that a witness follows."""
    from openleo.ledger.disk import write_file

    raw = path.read_bytes() if path.exists() else b""
    there = {
        words[1] for words in map(str.split, raw.decode("utf-8", "replace").splitlines()) if len(words) > 1
    }
    new = [key for key in dict.fromkeys(keys) if key not in there]
    if new:
        begin = raw if raw.endswith(b"\n") or not raw else raw + b"\n"
        write_file(path, begin + "".join(f"log {key}\n" for key in new).encode())


@click.command(
    "monitor",
    cls=Command,
    short_help="Follow a log, and raise an alarm where it did not only grow.",
    examples=(
        (
            "openleo ledger monitor https://log.example/tenerife --policy policy.txt",
            "once a minute, until Ctrl-C",
        ),
        (
            "openleo ledger monitor https://log.example/tenerife --policy policy.txt --once",
            "for a timer: exit code 3 where history was rewritten",
        ),
        (
            "openleo ledger monitor URL --policy policy.txt --also https://mirror.example/tenerife",
            "and compare it with what others are shown",
        ),
    ),
)
@click.argument("place", metavar="URL|FOLDER")
@policy_option
@click.option("--also", metavar="URL|FOLDER", multiple=True, help="The same log from elsewhere.")
@click.option(
    "--every",
    "every_s",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0.1),
    help="Seconds between two looks.",
)
@click.option(
    "--stale",
    "stale_s",
    type=click.FloatRange(0.0),
    metavar="SECONDS",
    help="Alarm after so long without anything new.",
)
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--memory", default="monitor", show_default=True, metavar="FOLDER", type=click.Path(path_type=Path),
    help="Where it keeps the checkpoint that it trusted last, and evidence; one for each log.",
)  # fmt: skip
@as_json
def monitor(
    place: str, policy_file: Path | None, also: Sequence[str], every_s: float, stale_s: float | None,
    once: bool, memory: Path, json_: bool,
) -> None:  # fmt: skip
    """Follow a log: each checkpoint must be signed, cosigned as the policy asks, and begin with the last one.

    A line for each new checkpoint and for each alarm. With --once, exit code 3 after a contradiction, 4 where
    the log could not be read, and 1 after any other alarm.
    """
    from openleo.ledger.monitor import Monitor

    policy = policy_at(policy_file)
    if policy is None:
        raise Refused(
            "--policy: is missing; it says whom you trust, such as what openleo ledger policy printed"
        )
    told: Checkpoint | None = None
    with contextlib.ExitStack() as stack:
        source, *others = [stack.enter_context(source_at(each)) for each in (place, *also)]
        stack.enter_context(_ending())
        watched = Monitor(memory, source, policy, also=others, stale_s=stale_s)
        while True:
            checkpoint, alarms = watched.step()
            _tell(checkpoint, alarms, json_, new=checkpoint != told or once)
            told = checkpoint
            if once:
                _end(alarms)
                return
            time.sleep(every_s)


def _tell(checkpoint: "Checkpoint | None", alarms: "Sequence[Alarm]", json_: bool, *, new: bool) -> None:
    """What a monitor saw, one line for each thing."""
    from openleo.ledger.encoding import to_base64
    from openleo.ledger.entries import time_of
    from openleo.ledger.words import printable

    now = time_of(time.time())
    if json_:
        value = {
            "time": now,
            "origin": checkpoint and checkpoint.origin,
            "size": checkpoint and checkpoint.size,
            "root": checkpoint and to_base64(checkpoint.root),
            "alarms": [
                {
                    "kind": each.kind,
                    "sentence": each.sentence,
                    "evidence": each.evidence and str(each.evidence),
                }
                for each in alarms
            ],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
        sys.stdout.flush()
        return
    if checkpoint is not None and new:
        click.echo(
            f"{now}  {checkpoint.origin}: {checkpoint.size} entries, root {to_base64(checkpoint.root)}"
        )
    for alarm in alarms:
        where = f" Evidence: {alarm.evidence}" if alarm.evidence else ""
        click.echo(printable(f"{now}  ALARM {alarm.kind}: {alarm.sentence}{where}"))
    sys.stdout.flush()


def _end(alarms: "Sequence[Alarm]") -> None:
    kinds = {alarm.kind for alarm in alarms}
    if kinds & {*CONTRADICTIONS}:
        raise Unverified("this log contradicts what it showed before, or shows elsewhere")
    if kinds == {"unreachable"}:
        raise Unavailable("the log could not be read")
    if kinds:
        raise click.exceptions.Exit(1)


@contextlib.contextmanager
def _listening(
    answer: "Callable[[Request], Answer]", host: str, port: int, largest_body: int
) -> Iterator[str]:
    """A server at work in its own threads; gives its URL. Messages of the ledger go to stderr meanwhile."""
    from openleo.ledger.web import Server

    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("openleo.ledger").setLevel(logging.INFO)
    try:
        server = Server(answer, host, port, largest_body=largest_body)
    except (OSError, OverflowError) as error:
        raise Refused(f"--host, --port: {host}:{port} cannot be listened on: {error}") from error
    server.start()
    try:
        with _ending():
            yield server.url
    finally:
        server.close()


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what is within, and nothing else: that is how it is meant to end."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait(trouble: Callable[[], str | None]) -> None:
    """Wait until somebody ends it; a trouble is told once."""
    sys.stdout.flush()
    told = None
    while True:
        time.sleep(1.0)
        found = trouble()
        if found and found != told:
            say(f"It takes no more entries: {found}")
        told = found
