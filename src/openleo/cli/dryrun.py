"""`openleo rules dry-run`: whom a drafted change would touch, before anybody approves it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, as_json, check_output, moment, plain_table, print_json, show
from openleo.cli.keys import file_type, say
from openleo.cli.progress import Teller
from openleo.cli.serve import store_option
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.operate.dryrun import Carried
    from openleo.service.governance.dryrun import DryRun
    from openleo.service.governance.rollout import Step

WRONG = 3
"""Exit code where the change does not touch exactly the terminals of the list."""


@click.command(
    "dry-run",
    cls=Command,
    short_help="Whom a drafted change would touch.",
    examples=(
        ("openleo rules dry-run change.json", "by the register and the last positions in openleo.db"),
        (
            "openleo rules dry-run change.json --terminals list.txt",
            "held against the list of those that are meant: exit code 3 where others are touched",
        ),
        (
            "openleo rules dry-run change.json --world today --map map.png --keep",
            "with the planner and a map; the figures go into the draft, for all to see",
        ),
    ),
)
@click.argument("path", metavar="change.json", type=file_type)
@store_option
@click.option(
    "--terminals",
    "listed",
    metavar="FILE",
    type=file_type,
    help="Hardware numbers, one a line, that are meant.",
)
@click.option("--world", metavar="WORLD", help="Plan one slot of this world by either rule set, for Gbit/s.")
@click.option(
    "--map", "picture", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="A PNG."
)
@click.option("--at", metavar="TIME", help="ISO 8601, UTC; when the change would be in force, without it.")
@click.option("--keep", is_flag=True, help="Put the figures into the draft; nobody may have approved it yet.")
@as_json
def dry_run(
    path: Path, store: str, listed: Path | None, world: str | None, picture: Path | None, at: str | None,
    keep: bool, json_: bool,
) -> None:  # fmt: skip
    """Say which terminals, accounts, cells and how many Gbit/s a draft touches: who loses service, who gains.

    Each terminal is decided at its last known position by the rules before and after. Nothing is stored. Of a
    draft in stages it says whom each stage reaches.
    """
    from openleo.service.governance import pack
    from openleo.service.governance.draft import Draft
    from openleo.service.governance.dryrun import dry_run as act
    from openleo.service.governance.dryrun import last_seen
    from openleo.service.governance.dryrun_wording import to_dict
    from openleo.service.governance.rollout import steps, to_list
    from openleo.service.store import Store
    from openleo.service.terminals import Register

    draft = Draft.read(path)
    if keep and draft.change.approvals:
        raise InputError(
            f"{path}: --keep: {draft.change.approvals[0].name} has signed it as it is; draft it anew"
        )
    begins = moment(draft.change.effective_at)
    when = moment(at, "--at") or begins
    assert when is not None
    if keep and at != "now" and when != begins:
        raise InputError(
            f"--at: {at}, with --keep; now, or the beginning of the change ({draft.change.effective_at}), is "
            "allowed: its figures say nothing of when"
        )
    meant = _listed(listed) if listed else None
    check_output(picture, "--map")
    with Teller(quiet=json_) as teller:
        teller.doing("reading the rules")
        before, after = pack.unpack(draft.base) if draft.base else None, pack.unpack(draft.pack)
        with Store.open(store, create=False) as opened:
            teller.doing("reading the register")
            register = Register.load(opened)
            seen = last_seen(register)
            dry = act(before, after, register, seen, when, meant)
        planned = None
        if world:
            from openleo.operate.dryrun import carried

            teller.doing("planning a slot by either rule set")
            planned = carried(world, before, after, when, dry=dry)
        if picture:
            from openleo.operate.dryrun import draw

            teller.doing("drawing the map")
            picture.write_bytes(draw(dry, before, after))
    gbps = planned.touched_gbps if planned else None
    if keep:
        draft = draft.approved(replace(draft.change, touches=dry.touches(gbps)))
        draft.write(path)
    rollout = steps(dry, draft.change, before, after, seen) if before else ()
    if json_:
        stages = to_list(dry, rollout)
        print_json({**to_dict(dry, gbps=gbps), "stages": stages, "planned": planned and planned.to_dict()})
    else:
        _show(dry, rollout, planned)
        if not keep and any(each.stage.share < 1.0 for each in rollout if not each.stage.regions):
            say(f"{path}: who is in a share goes by the draft's hash as it is now; --keep gives it another.")
    if keep:
        say(f"{path}: the figures are in the draft.")
    if dry.checked and not dry.checked.agrees:
        raise click.exceptions.Exit(WRONG)


def _listed(path: Path) -> list[str]:
    """The hardware numbers of a list; raises InputError for what is no text, or names nobody."""
    try:
        found = path.read_text(encoding="utf-8").split()
    except UnicodeDecodeError as error:
        raise InputError(
            f"--terminals: {path}: byte {error.start} is not UTF-8; hardware numbers, one a line, are allowed"
        ) from None
    except OSError as error:
        raise InputError(f"--terminals: {path}: cannot be read: {error.strerror}") from None
    if not found:
        raise InputError(f"--terminals: {path}: is empty; hardware numbers, one a line, are allowed")
    return found


def _show(dry: "DryRun", rollout: "tuple[Step, ...]", planned: "Carried | None") -> None:
    from openleo.service.governance.dryrun_wording import sentences, tables
    from openleo.service.governance.rollout import table as stages

    said: list[Any] = [*sentences(dry)]
    shown = tables(dry)
    for table in (*shown[:1], *([stages(dry, rollout)] if rollout else []), *shown[1:]):
        said += ["", table.title, plain_table(table.head, *table.rows)]
    if planned:
        said += ["", "What the planner carries", plain_table(("", "before", "after"), *planned.rows())]
    show(*said)
