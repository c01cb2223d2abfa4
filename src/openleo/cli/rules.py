"""`openleo rules`: a change of rules from draft to log: keys, the draft file, approvals, publication."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.changes import grounds, proceed, receipt, seen, status, withdraw
from openleo.cli.command import Command, Group, as_json, check_output, print_json
from openleo.cli.dryrun import dry_run
from openleo.cli.governed import (
    account_at,
    entry_time,
    key_option,
    language_option,
    ledger_option,
    tell,
)
from openleo.cli.keys import file_type, policy_at, policy_option, say
from openleo.cli.progress import Teller
from openleo.cli.publish import publish
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.governance.account import Account
    from openleo.service.governance.draft import Draft
    from openleo.service.governance.entries import Stage
    from openleo.service.governance.signing import Statement

_DRAFT = click.Path(dir_okay=False, path_type=Path)


@click.group(
    cls=Group,
    examples=(
        ("openleo rules key 'desk of the authority' -o alice.key", "a key pair for one who approves"),
        (
            "openleo rules draft new.rules.toml --requester 'Ministry QP' --reason 'The ferry line opens.' "
            "--effective-at +36h -o change.json",
            "what differs, in sentences, and one file for those who approve",
        ),
        ("openleo rules approve change.json --key alice.key", "offline; it shows what is signed, and asks"),
        ("openleo rules publish change.json", "into the log in the folder ledger"),
        ("openleo rules status", "what holds now, what comes, what waits for whom"),
    ),
)
def rules() -> None:
    """Change rules in public: draft, approve, publish, withdraw; and see what holds.

    A controller enforces no rules that do not stand in the log with the approvals they need.
    """


@rules.command(
    "key",
    cls=Command,
    short_help="A key pair for an approver or a party.",
    examples=(
        (
            "openleo rules key 'desk of the authority' -o alice.key",
            "the public half, for [[approvers]] or [[parties]] of a rule file",
        ),
    ),
)
@click.argument("name")
@click.option(
    "-o", "--output", "path", required=True, metavar="FILE", type=_DRAFT, help="A new file, mode 0600."
)
@as_json
def key(name: str, path: Path, json_: bool) -> None:
    """Make a key pair for NAME, an office or a body; print its public half in hex.

    Whoever has the file can sign as NAME: keep it off machines that others use.
    """
    from openleo.service.governance.draft import ApproverKey

    made = ApproverKey.make(name)
    made.write(path)
    if json_:
        print_json({"name": name, "key": made.public})
        return
    click.echo(made.public)
    say(f"{path}: the private key of {name}. The line above is public: it belongs into the rule file.")


@rules.command(
    "draft",
    cls=Command,
    short_help="Draft a change, in one file for those who approve.",
    examples=(
        (
            "openleo rules draft new.rules.toml --requester 'Ministry QP' --reason 'The ferry line opens.' "
            "--effective-at +36h -o change.json",
            "against what the log in the folder ledger holds last",
        ),
        (
            "openleo rules draft new.rules.toml --requester 'Ministry QP' --reason 'The ferry line opens.' "
            "--effective-at +36h --stage 10% +36h --stage 100% +3d",
            "in stages: first a tenth of the terminals; each later one waits for openleo rules proceed",
        ),
        (
            "openleo rules draft off.rules.toml --requester 'duty desk' --reason 'Fire at the station.' "
            "--effective-at +10min --emergency restrict --ends-at +12h",
            "by one person alone, where the rules in force allow it; it ends by itself",
        ),
    ),
)
@click.argument("file", metavar="NEW.rules.toml")
@ledger_option
@policy_option
@click.option("--requester", required=True, metavar="NAME", help="Who asks for it: an office or a body.")
@click.option("--reason", required=True, metavar="WORDS", help="Public words that stay in the log for ever.")
@click.option("--basis", default="", metavar="WORDS", help="A legal basis, where there is one.")
@click.option(
    "--effective-at", required=True, metavar="TIME", help="ISO 8601, UTC, or +36h: in force from then on."
)
@click.option(
    "--emergency", "power", type=click.Choice(["restrict", "restore"]), default=None,
    help="An emergency, which one approver may publish alone.",
)  # fmt: skip
@click.option("--ends-at", metavar="TIME", help="When an emergency ends by itself.")
@click.option(
    "--stage", "stages", nargs=2, multiple=True, metavar="SHARE|REGIONS TIME",
    help="A share of the terminals (10%), or regions parted by commas, and from when on. Several times.",
)  # fmt: skip
@click.option(
    "--request", "request", default=-1, metavar="INDEX", type=click.IntRange(-1),
    help="The entry of the request that it follows.",
)  # fmt: skip
@click.option(
    "-o", "--output", "path", default="change.json", show_default=True, metavar="FILE", type=_DRAFT,
    help="The draft file.",
)  # fmt: skip
@as_json
def draft(
    file: str, place: str, policy_file: Path | None, path: Path, json_: bool, stages: Any, **given: Any
) -> None:
    """Draft a change to the rules of NEW.rules.toml, and say what differs from the rules that hold last.

    The first rules of a log have none before them. Nothing is published; the file goes to the approvers.
    """
    from openleo.service.governance import pack
    from openleo.service.regions import builtin_rules

    if path.exists():
        raise InputError(
            f"-o {path}: is there already; a new file is allowed, for a draft may hold signatures: "
            "move it away, or name another"
        )
    check_output(path, "-o")
    if not Path(file).is_file() and file not in builtin_rules():
        raise InputError(
            f"{file}: no such file; a rule file is allowed, or one of: {', '.join(builtin_rules())}"
        )
    account = account_at(place, policy_at(policy_file), quiet=json_)
    with Teller(quiet=json_) as teller:
        teller.doing("reading the rules")
        made = _drafted(account, pack.pack(file), stages, given)
    change = made.change
    made.write(path)
    if json_:
        print_json({"file": str(path), "hash": change.hash, "change": json.loads(change.raw)})
        return
    tell(_told(made, "en"))
    say(f"{path}: the draft, hash {change.hash}. Those who approve: openleo rules approve {path} --key FILE")


def _drafted(account: "Account", raw: bytes, stages: Any, given: dict[str, Any]) -> "Draft":
    """The draft that the options give, without approvals; raises InputError where it could never count."""
    from openleo.service.governance.drafting import drafted

    ends_at = given["ends_at"]
    return drafted(
        account.record, raw, account.pack_of, int(time.time()), time=entry_time(None),
        requester=given["requester"], reason=given["reason"], basis=given["basis"],
        effective_at=entry_time(given["effective_at"], "--effective-at"), power=given["power"] or "",
        ends_at=entry_time(ends_at, "--ends-at") if ends_at else "", stages=_stages(stages),
        request=given["request"],
    )  # fmt: skip


def _stages(given: Any) -> "tuple[Stage, ...]":
    """Stages from pairs of a share or regions, and a time; raises InputError for a share that is none."""
    from openleo.service.governance.entries import Stage

    found = []
    for what, at in given:
        if what.endswith("%"):
            try:
                share = float(what[:-1]) / 100.0
            except ValueError:
                share = float("nan")
            if not 0.0 < share <= 1.0:
                raise InputError(f"--stage {what}: a share above 0 % of at most 100 % is allowed")
            found.append(Stage(share, (), entry_time(at, "--stage")))
        else:
            regions = tuple(each.strip() for each in what.split(",") if each.strip())
            found.append(Stage(0, regions, entry_time(at, "--stage")))
    return tuple(found)


@rules.command(
    "show",
    cls=Command,
    short_help="What a draft says, and who has approved it.",
    examples=(
        ("openleo rules show change.json", "all that an approver would sign, and the approvals so far"),
    ),
)
@click.argument("path", metavar="change.json", type=file_type)
@language_option
@as_json
def show_(path: Path, language: Any, json_: bool) -> None:
    """Show a draft file in sentences: what differs is computed from its rules, whatever it says of itself.

    Nobody is said to approve whose signature is not one by a key of the rules that it was made for.
    """
    from openleo.service.governance.draft import Draft

    made = Draft.read(path)
    _checked(made, quiet=json_)
    if json_:
        print_json({"hash": made.change.hash, "change": json.loads(made.change.raw)})
        return
    tell(_told(made, language))


def _page(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Write the page that signs in a browser, and end there."""
    if path is None or context.resilient_parsing:
        return
    from openleo.http.approving import approval_page
    from openleo.ledger.disk import write_file

    check_output(path, "--page")
    write_file(path, approval_page(network=False)[0].encode())
    say(f"{path}: open it in a browser; it needs no network, and its own policy keeps it from sending.")
    context.exit()


@rules.command(
    "approve",
    cls=Command,
    short_help="Approve a draft, offline.",
    examples=(
        ("openleo rules approve change.json --key alice.key", "it shows what is signed, and asks"),
        (
            "openleo rules approve change.json --key alice.key --interests 'None.' --yes",
            "with a declaration of interests, and without asking",
        ),
        ("openleo rules approve change.json --key alice.key --recuse", "stand aside, and say so"),
        ("openleo rules approve --page approve.html", "the same in a browser: a page that needs no network"),
    ),
)
@click.argument("path", metavar="change.json", type=file_type)
@key_option
@click.option(
    "--name", metavar="NAME", help="As the rules in force list the approver; that of the key unless told."
)
@click.option("--interests", default="", metavar="WORDS", help="What is declared; public, for ever.")
@click.option("--recuse", is_flag=True, help="Stand aside: it does not count as an approval.")
@click.option("--duress", is_flag=True, help="Say that it is signed under duress: it does not count.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--page", type=_DRAFT, metavar="FILE.html", is_eager=True, expose_value=False, callback=_page,
    help="Only write a page that does this in a browser.",
)  # fmt: skip
@language_option
def approve(
    path: Path, key_file: Path, name: str | None, interests: str, recuse: bool, duress: bool, yes: bool,
    language: Any,
) -> None:  # fmt: skip
    """Sign the exact change in a draft file, after comparing its rules with those that it was made for.

    Needs no network and no log. What is signed is shown before, and is the hash of all of it.
    """
    from openleo.service.governance.approvals import may_not_sign, missing, signed
    from openleo.service.governance.changes import approve as act
    from openleo.service.governance.draft import ApproverKey, Draft

    if recuse and duress:
        raise InputError("--recuse, --duress: one of them is allowed")
    made, known = Draft.read(path), ApproverKey.read(key_file)
    _checked(made)
    who = name or known.name
    statement: Statement = "recuse" if recuse else "duress" if duress else "approve"
    _, charter = made.sides
    if why := may_not_sign(made.change, charter.file, who, known.public, statement, time.time()):
        raise InputError(f"{key_file}: {why}")
    tell(_told(made, language), err=True)
    if wrong := _unsaid(made):
        raise InputError(wrong)
    say(f"What is signed: {statement}, as {who}, for the hash {made.change.hash}")
    if not yes:
        click.confirm("Sign this?", abort=True, err=True)
    change = act(made.change, known.seed, who, statement, interests, time=entry_time(None))
    made.approved(change).write(path)
    click.echo(change.hash)
    lacks = missing(change, charter.file, signed(change, charter.file, int(time.time())))
    way = lacks or f"all approvals that it needs: openleo rules publish {path}"
    say(f"{path}: signed by {', '.join(each.name for each in change.approvals)}: {way}.")


def _checked(made: "Draft", *, quiet: bool = False) -> None:
    """Check that the rules of a draft are those that it names; raises InputError where they are not."""
    from openleo.service.governance.draft import digest_of

    change = made.change
    with Teller(quiet=quiet) as teller:
        teller.doing("reading the rules")
        digest = digest_of(made.pack)
        if digest != change.digest:
            raise InputError(f"rules: their digest is {digest}; the change says {change.digest}")
        if change.base and digest_of(made.base) != change.base:
            raise InputError(f"base: it is not the rules {change.base}, for which the change was made")


def _unsaid(made: "Draft") -> str:
    """Why the sentences of a draft about itself are not what its rules do; "" where they are."""
    from openleo.service.governance import pack
    from openleo.service.governance.differences import differences, unsaid

    found = differences(pack.contents(made.base), pack.contents(made.pack)) if made.base else ()
    return unsaid(made.change.differs, found)


def _told(made: "Draft", language: Any) -> list[str]:
    """A draft in sentences, with its approvals as they would count now."""
    from openleo.service.governance.approvals import signed
    from openleo.service.governance.telling.state import change_lines

    after, charter = made.sides
    looked_at = signed(made.change, charter.file, int(time.time()))
    return change_lines(made.change, -1, looked_at, language, charter if made.base else None, after)


for command in (dry_run, publish, withdraw, proceed, receipt, grounds, status, seen):
    rules.add_command(command)
