"""`openleo drill`: an invented world goes through planner and controller, and is held against the truth."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openleo.cli.command import Command, as_json, check_output, count, plain_table, print_json, show
from openleo.cli.progress import Teller
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.operate.drill import Drill
    from openleo.operate.drills.reported import Reported
    from openleo.operate.drills.stage import Table

_WIDTH = 96


@click.command(
    cls=Command,
    short_help="Play an invented world through planner and controller.",
    examples=(
        ("openleo drill", "the drills that there are"),
        ("openleo drill peninsula", "boats sail into an area where service is off"),
        ("openleo drill restore --picture restore.png", "what 15 500 terminals get, and who goes dark"),
        ("openleo drill peninsula --ledger-export said", "and its log, for: openleo audit said"),
        ("openleo drill reported --export case", "what eight reports say, beside a log; both are left there"),
        ("openleo drill resale --json", "the object for a program"),
    ),
)
@click.argument("world", required=False, metavar="[WORLD]")
@click.option(
    "--rules",
    metavar="FILE",
    help="Other rules than the world's own, without a log; the truth stays as it is.",
)
@click.option(
    "--ledger-export",
    "export",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the drill's public log there, where it has one: who changed what, who asked, who answered.",
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Draw it as well.",
)
@click.option(
    "--export",
    "keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Leave the register of reports of the drill there, its log and the policy of it.",
)
@as_json
def drill(
    world: str | None, rules: str | None, export: Path | None, picture: Path | None, keep: Path | None,
    json_: bool,
) -> None:  # fmt: skip
    """Play WORLD, a built-in drill or the world file of one, and hold what was decided against the truth.

    Everything in it is fiction; its fleet, rules, terminals and events go through the planner and the
    controller as they would in service. `reported` has reports in their place, which go through intake and
    register. Exit code 3 if anything was served or refused wrongly, or by rules that no longer held, or is
    not as the script says.
    """
    with Teller(quiet=json_) as teller:
        teller.doing("reading the drill")
        from openleo.operate import drill as drills

        given = {"--rules": rules, "--ledger-export": export, "--picture": picture, "--export": keep}
        if world is None:
            _refuse(given, f"WORLD: is missing; {{}} needs one: {', '.join(drills.titles())}")
            _list(json_)
            return
        counted = None
        if drills.is_reported(world):
            _refuse(
                {name: given[name] for name in ("--rules", "--picture")},
                "{}: given; reported has no check-ins",
            )
            teller.doing("reading the reports")
            played: Drill | Reported = drills.play_reported(world, export=export, keep=keep)
        else:
            _refuse({"--export": keep}, "{}: given; reported alone has a register of reports")
            played = counted = _played(teller, world, rules, export, picture)
    if json_:
        print_json(played.to_dict())
    else:
        _show(played, counted)
        _left(export, picture, keep)
    if not played.right:
        click.get_current_context().exit(3)


def _refuse(given: "dict[str, str | Path | None]", why: str) -> None:
    """Refuse options that a drill has no use for; why: with {} in place of the option."""
    for name, value in given.items():
        if value is not None:
            raise InputError(why.format(name))


def _played(
    teller: Teller, world: str, rules: str | None, export: Path | None, picture: Path | None
) -> "Drill":
    """A drill with check-ins, and its picture."""
    from openleo.operate import drill as drills

    check_output(picture, "--picture")
    held = None
    if rules is not None:
        from openleo.service.regions import RuleSet

        held = RuleSet.load(rules)
    teller.doing(f"playing {world}")
    scene, act = drills.perform(world, rules=held, export=export)
    if picture is not None:
        from openleo.operate.drills.drawing import draw

        teller.doing("drawing")
        picture.write_bytes(draw(scene, act))
    return drills.review(scene, act)


def _left(export: Path | None, picture: Path | None, keep: Path | None) -> None:
    """What was written where, and what can be done with it."""
    if picture is not None:
        click.echo(f"\n{picture}")
    if export is not None:
        click.echo(f"\n{export}: the log. Check it: openleo audit {export}")
    if keep is not None:
        click.echo(
            f"\n{keep}: the register and the log. Look at them: openleo serve --reports {keep}/reports.db"
            f" --ledger {keep}/log --policy {keep}/log.policy"
        )


def _list(json_: bool) -> None:
    from openleo.operate.drill import titles

    if json_:
        print_json(titles())
    else:
        show(plain_table(*titles().items()))


def _show(played: "Drill | Reported", counted: "Drill | None") -> None:
    """A drill for people; counted: the same where it has check-ins."""
    for sentence in played.story:
        click.echo(click.wrap_text(sentence, _WIDTH))
    if counted is None:
        _show_tables(played)
        _show_public(played)
    else:
        _show_counts(counted)
        _show_public(played)
        _show_tables(played)


def _show_public(played: "Drill | Reported") -> None:
    """What stands in the log of a drill, where it has one."""
    if played.governance is None:
        return
    said = played.governance
    witnesses = " and ".join(said["witnesses"])
    click.echo(f"\nIn public: {said['log']}, {said['entries']} entries, witnesses {witnesses}")
    for line in played.public:
        text = line.lstrip()
        indent = "  " if text != line else ""
        click.echo(click.wrap_text(text, _WIDTH, indent, f"{indent}  "))


def _show_tables(played: "Drill | Reported") -> None:
    for table in played.tables:
        click.echo(f"\n{table.title}")
        for line in _lines(table):
            click.echo(line)


def _show_counts(played: "Drill") -> None:
    refused = sum(played.refused.values())
    rows = [
        ("terminals", count(played.terminals), ""),
        ("check-ins", count(played.checkins), f"{played.slots} slots planned"),
        ("served", count(played.served), ""),
        ("limited", count(played.limited), ""),
        ("walled garden", count(played.walled), ""),
        ("emergency only", count(played.emergency), ""),
        ("refused", count(refused), _listed(played.refused)),
        ("borderline", count(played.borderline), "nearer to a line than the accuracy that they state"),
        ("wrongly served", count(played.wrongly_served), ""),
        ("wrongly refused", count(played.wrongly_refused), ""),
        ("findings", count(sum(played.findings.values())), _listed(played.findings)),
    ]
    click.echo()
    show(plain_table(*rows, right=(1,)))


def _lines(table: "Table") -> Iterator[str]:
    """A table with heads, the first column flush left; nothing in it is broken over lines."""
    rows = (table.head, *table.rows)
    widths = [max(len(row[k]) for row in rows) for k in range(len(table.head))]
    for row in rows:
        cells = zip(row[1:], widths[1:], strict=True)
        yield "  ".join((row[0].ljust(widths[0]), *(text.rjust(width) for text, width in cells))).rstrip()


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count(number)}" for name, number in counts.items())
