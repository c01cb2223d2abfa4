"""`openleo serve`: the controller as an HTTP API, and the tokens of those who operate and audit it."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import ERRORS, Command, Group, Refusal, as_json, print_json
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.operate.live import Live
    from openleo.operate.view.shown import Shown
    from openleo.operate.view.stored import RunFolder
    from openleo.service.controller import Controller
    from openleo.service.governance.days import Closing
    from openleo.service.governance.enforcement import Enforcement
    from openleo.service.regions import RuleSet


class Serving(Group):
    """A group that does something without a command, and whose errors are messages with exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ERRORS as error:
            raise Refusal(error) from error


store_option = click.option(
    "--store", metavar="URL", default="openleo.db", show_default=True, envvar="OPENLEO_STORE",
    show_envvar=True, help="A file (SQLite), or postgresql+pg8000://user@host/database.",
)  # fmt: skip
secret_option = click.option(
    "--secret", metavar="FILE", envvar="OPENLEO_SECRET", show_envvar=True,
    help="The server's secret, made where there is none, mode 0600; usually beside the SQLite store. "
    "Servers that share a store share it.",
)  # fmt: skip


@click.group(
    cls=Serving,
    invoke_without_command=True,
    examples=(
        ("openleo serve", "the API on http://127.0.0.1:8080, the store in openleo.db"),
        ("openleo serve --run runs/today", "and the page shows that run, slot by slot"),
        ("openleo serve --rules mine.rules.toml --store /srv/openleo.db", "with rules of your own"),
        (
            "openleo serve --ledger https://log.example/rules --policy log.policy",
            "only rules that stand in a log",
        ),
        ("openleo serve --live --world today", "and a plan for each slot, so that grants name a satellite"),
        ("openleo serve --reports reports.db", "and what was reviewed of what others say happened"),
        ("openleo serve token --name desk-1", "a token for an operator, for one hour"),
    ),
)
@click.option(
    "--rules",
    metavar="FILE",
    help="A rule file; without it, those of --run or --live, or else the built-in illustration.",
)
@click.option("--ledger", metavar="URL|FOLDER", help="Enforce the rules of this log and no others.")
@click.option("--policy", metavar="FILE", help="Whom to trust: the keys of the log and its witnesses.")
@click.option(
    "--ledger-mirror",
    metavar="FOLDER",
    help="Where this server keeps its copy of the log; usually beside the SQLite store.",
)
@click.option(
    "--recorder", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key file of the recorder whom the rules name: it signs the root of each day.",
)  # fmt: skip
@store_option
@secret_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0: any.")
@click.option(
    "--run", "run_folder", metavar="FOLDER", type=click.Path(path_type=Path),
    help="The page shows this run, as `openleo run` left it.",
)  # fmt: skip
@click.option("--live", is_flag=True, help="Run the twin on the clock beside it: a plan for each slot.")
@click.option(
    "--world",
    default="today",
    show_default=True,
    metavar="WORLD",
    help="The world of --live: built-in or TOML.",
)
@click.option(
    "--reports", "register", metavar="FILE", type=click.Path(path_type=Path),
    help="The page shows this register of reports (openleo report): what a second person has reviewed.",
)  # fmt: skip
@click.option(
    "--unreviewed", is_flag=True,
    help="Of --reports, also what nobody has reviewed; only where it listens on this machine alone.",
)  # fmt: skip
@click.option(
    "--keep-days",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="After so many days a check-in is reduced to decision and region.",
)
@as_json
@click.pass_context
def serve(
    ctx: click.Context, rules: str | None, ledger: str | None, policy: str | None, ledger_mirror: str | None,
    recorder: Path | None, store: str, secret: str | None, host: str, port: int, run_folder: Path | None,
    live: bool, world: str, register: Path | None, unreviewed: bool, keep_days: float, json_: bool,
) -> None:  # fmt: skip
    """Answer terminals, operators, auditors and anyone over HTTP, until Ctrl-C; the page is at the address.

    The page shows the network of --run, slot by slot, or of --live; without them, rules and ledger alone.

    OpenLEO decides service; it does not guide, target or operate radios. A distress call is not refused for
    location or speed unless a region's published rule says so. What listens beyond this machine belongs
    behind a proxy with TLS.

    With --ledger URL and a token for that log in OPENLEO_LEDGER_TOKEN, the root over the decisions of each
    day goes there (openleo receipt), signed with --recorder where the rules name one.
    """
    if ctx.invoked_subcommand is not None:
        return
    import socket

    from openleo.http.app import Api
    from openleo.http.keys import load_secrets
    from openleo.http.reports import ReportsFile
    from openleo.http.server import run
    from openleo.operate.view.clock import OnClock
    from openleo.service.controller import Controller
    from openleo.service.regions import BUILT_IN, RuleSet

    if ledger and rules:
        raise InputError("--rules: given with --ledger, whose rules are those of the log; one is allowed")
    if run_folder is not None and live:
        raise InputError("--live: given with --run; the page shows one of them")
    if not ledger and (policy or ledger_mirror):
        raise InputError("--ledger: is missing; --policy and --ledger-mirror are about a log")
    if unreviewed and register is None:
        raise InputError("--unreviewed: given without --reports")
    told = ReportsFile.checked(register, unreviewed, host) if register is not None else None
    closing = _closing(ledger, recorder)
    secret_file = secret_of(secret, store)
    try:
        listening = socket.create_server((host, port), family=_family(host), backlog=1024)
    except (OSError, OverflowError) as error:
        raise InputError(f"--host, --port: {host}:{port} cannot be listened on: {error}") from error
    try:
        with listening, ExitStack() as stack:
            held: RuleSet | Enforcement
            text = b""
            if ledger:
                held = _enforced(ledger, policy, ledger_mirror, store)
            else:
                if live and not rules:
                    rules = _rules_file(world)
                own = _own_rules(run_folder) if run_folder is not None and not rules else None
                held = own if own is not None else RuleSet.load(rules or BUILT_IN)
                text = _text_of(held, run_folder if own is not None else None, rules)
            shown: Callable[[], Shown] | None = _shown(run_folder, held) if run_folder is not None else None
            twin = _twin(world, held) if live else None
            keys = load_secrets(secret_file)  # made only where there are rules to serve by
            controller = stack.enter_context(Controller.open(store, held, live=twin))
            _say(controller, listening.getsockname(), json_, world if live else "", run_folder)
            if twin is not None:
                stack.enter_context(twin)
                shown = OnClock(twin, controller.now_us, controller.in_force.rules_at)
            api = Api(
                controller, keys, keep_days=keep_days, closing=closing, shown=shown, rules_pack=text,
                told=told,
            )  # fmt: skip
            _log_to_stderr()
            run(api, listening)
    except KeyboardInterrupt:
        pass  # before it served anybody
    if not json_:
        click.echo("Stopped.", file=sys.stderr)


@serve.command(
    "token",
    cls=Command,
    short_help="Make a token for an operator, an auditor or an approver.",
    examples=(
        ("openleo serve token --name desk-1", "an operator, for one hour"),
        ("openleo serve token --role auditor --name audit-2 --minutes 480", "who reads, and changes nothing"),
        (
            "openleo serve token --role approver --name 'Office North'",
            "who reads changes of rules that wait, and hands in approvals signed elsewhere",
        ),
    ),
)
@click.option(
    "--role", type=click.Choice(["operator", "auditor", "approver"]), default="operator", show_default=True
)
@click.option("--name", required=True, help="Under which what is done with it is recorded.")
@click.option("--minutes", type=click.FloatRange(0, 720, min_open=True), default=60.0, show_default=True)
@store_option
@secret_option
@as_json
def token(role: Any, name: str, minutes: float, store: str, secret: str | None, json_: bool) -> None:
    """Print a token: whoever has it may do what its role may, until it ends. It cannot be taken back."""
    import time

    from openleo.http.keys import load_secrets, make_token

    now_us = time.time_ns() // 1000
    made = make_token(load_secrets(secret_of(secret, store)), role, name, now_us, 60.0 * minutes)
    if json_:
        print_json({"token": made, "role": role, "name": name, "minutes": minutes})
    else:
        click.echo(made)


def _log_to_stderr() -> None:
    """What goes wrong, and who does what at the desk: that is recorded nowhere else."""
    import logging

    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("openleo.http").setLevel(logging.INFO)


def secret_of(secret: str | None, store: str) -> Path:
    """The file of the server's secret: what was said, or beside an SQLite store.

    Raises InputError where nothing was said and the store is no file.
    """
    if secret:
        return Path(secret)
    if "://" in store and not store.startswith("sqlite"):
        raise InputError("--secret: is missing; a store that is no file needs the file of the secret")
    return Path(f"{store.removeprefix('sqlite:///')}.secret")


def _closing(ledger: str | None, recorder: Path | None) -> "Closing | None":
    """The log that gets the roots of days: the one that is enforced, where this server may write there."""
    from openleo.ledger.client import RemoteLog
    from openleo.service.governance.days import Closing
    from openleo.service.governance.draft import ApproverKey

    token = os.environ.get("OPENLEO_LEDGER_TOKEN", "")
    seed = ApproverKey.read(recorder).seed if recorder else None
    if ledger and "://" in ledger and token:
        return Closing(RemoteLog(ledger, token), seed)
    if recorder:
        raise InputError(
            "--recorder: given without --ledger URL and a token for that log in OPENLEO_LEDGER_TOKEN"
        )
    return None


def _family(host: str) -> Any:
    import socket

    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _twin(world: str, rules: "RuleSet | Enforcement") -> "Live":
    from openleo.operate.enforced import enforced_at
    from openleo.operate.live import Live
    from openleo.operate.open import open_twin
    from openleo.service.regions import RuleSet
    from openleo.twin import Twin
    from openleo.world import World

    click.echo("Opening the world: satellites, cells, ground.", err=True)
    if isinstance(rules, RuleSet):
        # a cell that the rules cut in two is lit: each check-in in it is decided for itself
        return Live(open_twin(world, rules=rules, touched=True))
    twin = Twin.open(World.load(world), rules=enforced_at(rules))
    return Live(twin, version=lambda: rules.version)


def _rules_file(world: str) -> str | None:
    """The rule file that a world names, None where it names none."""
    from openleo.world import World

    found = World.load(world)
    return str(found.path(found.rules)) if found.rules else None


def _own_rules(folder: Path) -> "RuleSet | None":
    """The rules of the world of a run; None, and it says why, where they cannot be had any more."""
    from openleo.formats.run import Run
    from openleo.operate.view.stored import rules_of_run

    found = Run.open(folder)  # what is no run is refused
    try:
        return rules_of_run(found)
    except InputError as error:
        click.echo(f"Rules: those of the run cannot be had, so the illustration: {error}", err=True)
        return None


def _text_of(held: "RuleSet", run: Path | None, rules: str | None) -> bytes:
    """The text of rules that were read from a file, as a pack; b"" where it is not known any more."""
    from openleo.formats.recipe import read_recipe
    from openleo.service.governance.pack import pack, unpack
    from openleo.service.regions import BUILT_IN
    from openleo.world import World

    try:
        path: str | Path = rules or BUILT_IN
        if run is not None:
            recipe = read_recipe(run)
            world = World.load(recipe.world)
            path = recipe.rules or world.path(world.rules)
        raw = pack(path)
        return raw if unpack(raw).digest == held.digest else b""
    except InputError:  # a file in another folder than the rules: it can be served, and not packed
        return b""


def _shown(folder: Path, rules: "RuleSet | Enforcement") -> "RunFolder":
    """The run that the page shows; its world is opened beside, and need not read these rules again."""
    from openleo.operate.view.stored import RunFolder
    from openleo.service.regions import RuleSet

    return RunFolder(folder, rules if isinstance(rules, RuleSet) else None)


def _enforced(ledger: str, policy: str | None, mirror: str | None, store: str) -> "Enforcement":
    """What a log says, followed in a folder of this server's own."""
    import time

    from openleo.ledger.policy import LARGEST_POLICY, Policy
    from openleo.ledger.source import source_of
    from openleo.service.governance.enforcement import Enforcement

    if not policy:
        raise InputError("--policy: is missing; --ledger needs to know whom to trust")
    if not mirror and "://" in store and not store.startswith("sqlite"):
        raise InputError("--ledger-mirror: is missing; a store that is no file needs a folder for the log")
    try:
        with open(policy, "rb") as file:
            trusted = Policy.parse(file.read(LARGEST_POLICY + 1))
    except OSError as error:
        raise InputError(f"--policy: {policy} cannot be read: {error.strerror}") from error
    folder = Path(mirror or f"{store.removeprefix('sqlite:///')}.ledger")
    click.echo("Reading the log: all of it is audited.", err=True)
    return Enforcement(folder, source_of(ledger), trusted, lambda: time.time_ns() // 1000, reach=_not_reached)


def _not_reached(url: str) -> str:
    """Why a witness does not answer, "" where it does, whatever it says."""
    from openleo.ledger.errors import LedgerError
    from openleo.ledger.source import Web

    try:
        web = Web(url, timeout_s=3.0)
        try:
            web.ask("GET", "", None, 1 << 16)
        finally:
            web.close()
    except LedgerError as error:
        return str(error)
    return ""


def _say(controller: "Controller", address: Any, json_: bool, world: str, run_folder: Path | None) -> None:
    """Where it listens, by which rules, into which store: the first line, before anything is answered."""
    host, port = address[0], address[1]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    held = controller.health()
    if json_:
        said = {"url": url, "pid": os.getpid(), "world": world or None, "page": f"{url}/"} | held
        said["run"] = str(run_folder) if run_folder is not None else None
        click.echo(json.dumps(said, default=datetime.isoformat))  # one line, for who starts it
    else:
        click.echo(f"Listening on {url}")
        rules = held["rules"]
        click.echo(
            f"Rules: {rules['name']}, version {rules['version']}, SHA-256 {rules['digest']}"
            if rules and rules["digest"]
            else "Rules: none; no terminal is newly served"
        )
        for each in rules["wrong"] if rules and "wrong" in rules else ():
            click.echo(f"Wrong: {each}")
        click.echo(f"Store: {held['store']}, {held['terminals']} terminals")
        if world:
            click.echo(f"Live: {world}, a plan for each slot")
        click.echo(f"Page: {url}/")
        if run_folder is not None:
            click.echo(f"Run: {run_folder}")
    sys.stdout.flush()
