"""Write docs/commands.md: every command with its help. Run: python builders/commands.py

The page is what `openleo ... --help` prints; `tests/test_cli.py` says when it is out of date.
"""

from pathlib import Path

import click

from openleo.cli import openleo

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"

HEAD = """<!-- Written by builders/commands.py; change the commands in src/openleo/cli/ instead. -->
# Commands

Data go to stdout, progress and messages to stderr; `--json` gives one JSON value for programs.

| exit code | means |
|---|---|
| 0 | done |
| 1 | failed: the disk is full, a file cannot be written |
| 2 | something given is wrong: an option, a world, a file; the message says what is allowed |
| 3 | a check failed: a drill with a wrong decision; a receipt, a log or a signature that does not hold |
| 4 | data are missing or too old: `openleo fetch`; a log, a witness or a file cannot be reached |
| 130 | interrupted by Ctrl-C; `openleo run ... --resume` goes on |

A run folder holds `run.zarr` (the dataset: open it with `openleo.open_dataset` or any reader of Zarr 3),
`summary.json`, `figures.json` (slot by slot), the maps, and `index.html`. A finished run is replaced by
one that is as long or longer; a run that was stopped, or a longer one, only with `--overwrite`; a folder
that holds anything else is never touched. A run that goes on with `--resume` gives what it would have
given without the stop.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, _section("openleo", openleo)]
    parts += [_section(f"openleo {name}", command) for name, command in _commands(openleo)]
    return "".join(parts)


def _commands(group: click.Group, of: str = "") -> list[tuple[str, click.Command]]:
    """Every command below a group, by its whole name."""
    found = []
    for name, command in sorted(group.commands.items()):
        found.append((of + name, command))
        if isinstance(command, click.Group):
            found += _commands(command, f"{of}{name} ")
    return found


def _section(name: str, command: click.Command) -> str:
    settings = {**openleo.context_settings, **command.context_settings}
    settings |= {"terminal_width": 80, "max_content_width": 80}
    text = command.get_help(click.Context(command, info_name=name, **settings))
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"\n## {name}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
