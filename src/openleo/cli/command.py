"""What all commands share: examples first in the help, errors as exit codes, how places are given."""

import io
import json
import os
import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from openleo.errors import DataMissing, InputError, OpenLEOError
from openleo.ledger.errors import LedgerError

if TYPE_CHECKING:
    from rich.table import Table

    from openleo.places import Place

Examples = Sequence[tuple[str, str]]
"""Commands to type, each with what it is for."""

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

ERRORS = (OpenLEOError, LedgerError)
"""What is raised on purpose: a message, and an exit code of its own."""

F = TypeVar("F", bound=Callable[..., Any])


class Refusal(click.ClickException):
    """An error of OpenLEO as click shows it: one message on stderr, and the exit code of its kind."""

    def __init__(self, error: OpenLEOError | LedgerError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click has it of the class


class Command(click.Command):
    """A command whose help begins with examples, and whose errors are messages with exit codes."""

    def __init__(self, *args: Any, examples: Examples = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _refuse_twice(self, ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        said: set[type[Warning]] = set()

        def tell(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
            if category not in said:  # one line of a kind, however many slots it holds for
                click.echo(f"Warning: {message}", err=True)
            said.add(category)

        try:
            with warnings.catch_warnings():
                warnings.showwarning = tell
                return super().invoke(ctx)
        except ERRORS as error:
            raise Refusal(error) from error
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(INTERRUPTED)


class Group(click.Group):
    """A group of commands whose help begins with examples."""

    command_class = Command

    def __init__(self, *args: Any, examples: Examples = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _refuse_twice(self, ctx, args)
        return super().parse_args(ctx, args)


def _refuse_twice(command: click.Command, ctx: click.Context, args: list[str]) -> None:
    """Raise UsageError where an option that takes one value is given twice: nobody knows which is meant."""
    if not args or ctx.resilient_parsing:
        return
    _, _, order = command.make_parser(ctx).parse_args(args=list(args))
    for option in order:
        if isinstance(option, click.Option) and not (option.multiple or option.is_flag or option.count):
            times = sum(each is option for each in order)
            if times > 1:
                raise click.UsageError(f"{option.opts[-1]} is given {times} times; once is allowed", ctx)


def _write_examples(examples: Examples, formatter: click.HelpFormatter) -> None:
    if not examples:
        return
    with formatter.section("Examples"):
        for typed, purpose in examples:
            formatter.write(f"  {typed}\n")
            formatter.indent()
            formatter.indent()
            formatter.write_text(purpose)
            formatter.dedent()
            formatter.dedent()
    formatter.write_paragraph()


NEGATIVE_NUMBERS = {"ignore_unknown_options": True}
"""Settings of a command that takes -33.9 as an argument; `place_of` refuses misspelt options in click's "
"stead."""


class Whole(click.IntRange):
    """Whole numbers of a range, under the name that people have for them."""

    name = "whole number"


as_json = click.option("--json", "json_", is_flag=True, help="One JSON object on stdout instead of text.")
world_option = click.option(
    "--world", default="today", show_default=True, metavar="WORLD", help="A built-in world, or a TOML file."
)
at_option = click.option(
    "--at", metavar="TIME", help="ISO 8601, UTC unless it says otherwise, or now: the slot that contains it."
)
fleet_option = click.option(
    "--fleet", metavar="FILE",
    help="Element sets (OMM, TLE) or a group got by `openleo fetch`, instead of the world's own satellites.",
)  # fmt: skip


def moment(text: str | None, what: str = "time", also: str = "or now") -> datetime | None:
    """An instant from ISO 8601 text; without an offset it is UTC. Raises InputError for anything else.

    what: where it was given, such as an option. also: what else is allowed there, for the error.
    """
    if text is None:
        return None
    if text == "now":
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{what}: {text!r} given; ISO 8601 is allowed, such as 2026-05-30T12:00:00Z, {also}"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def elements_file(fleet: str | None) -> Path | None:
    """The file of element sets that `--fleet` means: a path, or a group in the cache.

    Raises DataMissing where there is neither.
    """
    if fleet is None or Path(fleet).is_file():
        return Path(fleet) if fleet else None
    from openleo.formats.celestrak import cached

    kept = {each.group: each for each in cached()}
    if fleet in kept:
        click.echo(kept[fleet].message, err=True)
        return kept[fleet].path
    if re.fullmatch(r"[a-z0-9-]+", fleet):
        raise DataMissing(
            f"{fleet}: no such file, and no group of that name was fetched: openleo fetch {fleet}"
        )
    raise InputError(f"{fleet}: no such file; a file of element sets (OMM, TLE) is allowed")


def place_of(words: Sequence[str]) -> "Place":
    """The place that one or more words name: two numbers are latitude and longitude, the rest a town's name.

    Raises InputError where there is no such place, click.NoSuchOption for a misspelt option among the words.
    """
    from openleo.places import find_place

    for word in words:
        if word.startswith("-") and not re.match(r"-[\d.]", word):
            raise click.NoSuchOption(word)
    if not words:
        raise InputError("place: none given; a town (Nairobi), or latitude and longitude (-1.29 36.82)")
    numbers = len(words) == 2 and all(re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?,?", word) for word in words)
    return find_place(",".join(word.rstrip(",") for word in words) if numbers else " ".join(words))


def spoken(place: "Place") -> str:
    """A place as people read it: a town with its country, a point by its coordinates."""
    return f"{place.name}, {place.country}" if place.people else place.name


def show(*shown: Any) -> None:
    """Texts and tables of rich on stdout, as wide as the terminal but at most 100 columns."""
    from rich.console import Console

    page = io.StringIO()
    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    Console(file=page, width=width, markup=False, highlight=False, emoji=False).print(*shown, sep="\n")
    for line in page.getvalue().splitlines():
        click.echo(line.rstrip())


def plain_table(*rows: Sequence[str], right: Sequence[int] = ()) -> "Table":
    """A table without lines or head; columns numbered in `right` are flush right."""
    from rich.table import Table

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for column in range(max(map(len, rows), default=0)):
        table.add_column(justify="right" if column in right else "left", no_wrap=column == 0)
    for row in rows:
        table.add_row(*row)
    return table


def check_output(path: Path | None, option: str) -> None:
    """Check, before any work, that a file can be written where an option says; raises InputError."""
    if path is None:
        return
    if not path.parent.is_dir():
        raise InputError(f"{option}: {path}: there is no folder {path.parent}")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{option}: {path}: cannot be written")


def print_json(value: Any) -> None:
    """One JSON value on stdout; NaN and infinity are refused (ValueError), for JSON has none."""
    click.echo(
        json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=lambda number: number.item())
    )


def count(number: float) -> str:
    """A number with thin spaces between its thousands: 200 000."""
    return f"{number:,.0f}".replace(",", "\u202f")


def percent(share: float | None, digits: int = 2) -> str:
    """A share as a percentage, "-" where there is none."""
    return "-" if share is None else f"{100.0 * share:.{digits}f} %"


def size(of_bytes: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("B", "kB", "MB", "GB"):
        if of_bytes < 1000.0:
            return f"{of_bytes:.3g} {unit}"
        of_bytes /= 1000.0
    return f"{of_bytes:.3g} TB"
