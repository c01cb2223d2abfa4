"""The command line: a small module for each group of commands; what is heavy is imported inside them."""

import io
import sys

import click

from openleo import __version__
from openleo.cli.audit import audit
from openleo.cli.command import Group
from openleo.cli.decide import decide
from openleo.cli.drill import drill
from openleo.cli.finding import finding
from openleo.cli.history import history
from openleo.cli.ledger import ledger
from openleo.cli.machine import doctor, fetch
from openleo.cli.path import path
from openleo.cli.picture import map_
from openleo.cli.receipt import receipt
from openleo.cli.region import region
from openleo.cli.report import report
from openleo.cli.request import request
from openleo.cli.rules import rules
from openleo.cli.run import run
from openleo.cli.serve import serve
from openleo.cli.sky import sky
from openleo.cli.store import store
from openleo.cli.terminal import terminal
from openleo.cli.why import why
from openleo.cli.world import world

__all__ = ["main", "openleo"]


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=(
        ("openleo run today", "the whole planet, eight slots of 15 s: table, maps and a page"),
        ("openleo why Nairobi", "whether a place is served, by what, and if not, why not"),
        ("openleo sky -33.9 151.2", "the satellites over a point"),
        ("openleo path London Sydney", "the way between two places, against fibre"),
        ("openleo region at Simferopol", "licence, service and sales at a place, each with its rule"),
        ("openleo ledger audit URL", "every entry of a public log, computed anew"),
        ("openleo drill peninsula", "an invented world through planner and controller, its truth beside"),
    ),
)
@click.version_option(__version__, prog_name="openleo")
def openleo() -> None:
    """A satellite internet in software: plan it, ask it why, check it.

    Modelled, not measured. Not affiliated with any operator.
    """


for command in (
    run, map_, sky, path, why, world, region, decide, terminal, finding, drill, serve, ledger, rules,
    request, report, history, audit, receipt, store, fetch, doctor,
):  # fmt: skip
    openleo.add_command(command)


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of few letters shows ? and goes on
            stream.reconfigure(errors="replace")
    openleo(prog_name="openleo")
