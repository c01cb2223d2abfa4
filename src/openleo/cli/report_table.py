"""A case as a table for the terminal: a row for each claim, a column for each document, and the outcome."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from openleo.cli.report_words import ACTS, ANSWERS, KINDS, Telling
from openleo.cli.reported import plain

if TYPE_CHECKING:
    from openleo.service.reports.comparison import Comparison, Row, Verdict
    from openleo.service.reports.proposals import Mood

TOLD: "Final[dict[Mood, tuple[str, str]]]" = {
    "asserted": ("says", "dit"), "reported": ("rep.", "rapp."), "conditional": ("cond.", "cond."),
    "denied": ("denies", "dément"), "asked": ("asks", "dem."),
}  # fmt: skip
"""How a document tells a claim, in a cell."""
_MEANS: "Final[dict[Mood, tuple[str, str]]]" = {
    "asserted": ("in its own voice", "de sa propre voix"),
    "reported": ("on somebody's word", "sur la parole de quelqu’un"),
    "conditional": ("as a rumour", "au conditionnel"),
    "denied": ("says that it is not so", "dit qu’il n’en est rien"),
    "asked": ("asks whether it is so", "demande s’il en est ainsi"),
}  # fmt: skip
_LOG: "Final[dict[Verdict, tuple[str, str]]]" = {
    "fits": ("an entry fits", "une entrée concorde"), "none": ("no entry", "aucune entrée"),
    "otherwise": ("says otherwise", "dit autre chose"), "not asked": ("", ""),
}  # fmt: skip
_CLAIM: Final = 28
"""Characters of the first column, at most; a third of what there is, but not less than LEAST."""
_LEAST: Final = 14
_WIDEST: Final = 32
"""Characters of another one, at most."""
_BETWEEN: Final = 2
"""Spaces between columns."""


@dataclass(frozen=True)
class _Column:
    head: str
    cells: Sequence[str]
    width: int


def letters(found: "Comparison") -> dict[str, str]:
    """What stands over the column of each document, by their ids: A to Z, then AA."""
    named = {}
    for place, column in enumerate(found.columns):
        of, number = "", place + 1
        while number:
            number, rest = divmod(number - 1, 26)
            of = chr(ord("A") + rest) + of
        named[column.id] = of
    return named


def table_lines(found: "Comparison", telling: Telling, width: int) -> Iterator[str]:
    """The table, in as many blocks as a terminal of this width needs, an empty line behind each."""
    first = _Column(
        telling.pick("claim", "affirmation"), [_claim(row, telling) for row in found.rows],
        max(_LEAST, min(_CLAIM, width // 3)),
    )  # fmt: skip
    for block in _blocks(_columns(found, telling), width - first.width - _BETWEEN):
        yield from _rendered([first, *block])
        yield ""


def legend(found: "Comparison", telling: Telling) -> str:
    """What the words in the cells mean."""
    pick, colon = telling.pick, telling.colon
    used = {cell.mood for row in found.rows for cell in row.cells}
    said = [f"{pick(*TOLD[mood])}{colon} {pick(*_MEANS[mood])}" for mood in TOLD if mood in used]
    return "; ".join((*said, f"-{colon} {pick('does not tell it', 'n’en dit rien')}")) + "."


def _columns(found: "Comparison", telling: Telling) -> list[_Column]:
    pick = telling.pick
    columns = []
    for id_, letter in letters(found).items():
        told = [
            "/".join(dict.fromkeys(pick(*TOLD[each.mood]) for each in row.cells if each.document == id_))
            for row in found.rows
        ]
        columns.append(_column(letter, [each or "-" for each in told]))
    sources = [str(row.independent) for row in found.rows]
    columns.append(_column("sources", sources))
    columns.append(_column(pick("answers", "réponses"), [_answers(row, telling) for row in found.rows]))
    if found.log:
        log = [pick(*_LOG[row.held.verdict]) for row in found.rows]
        columns.append(_column(pick("log", "journal"), log))
    return columns


def _column(head: str, cells: Sequence[str]) -> _Column:
    return _Column(head, cells, min(_WIDEST, max(map(len, (head, *cells)))))


def _claim(row: "Row", telling: Telling) -> str:
    kind, act = telling.pick(*KINDS[row.kind]), telling.pick(*ACTS[row.act])
    said = f"{row.number} {kind}{telling.colon} {act}" if act else f"{row.number} {kind}"
    return f"{said}, {plain(row.where)}" if row.where else said


def _answers(row: "Row", telling: Telling) -> str:
    """Who answered what; or that who was asked has not."""
    said = []
    for each in row.answers:
        since = f" {each.on}" if each.kind == "silent since" and each.on else ""
        said.append(f"{plain(each.by)}: {telling.pick(*ANSWERS[each.kind])}{since}")
    if row.open and row.asked is not None:
        days = telling.many(row.silent_days or 0, "day", "jour(s)")
        said.append(telling.pick(f"asked, no answer for {days}", f"interrogé, sans réponse depuis {days}"))
    return "; ".join(said) or "-"


def _blocks(columns: Sequence[_Column], width: int) -> Iterator[list[_Column]]:
    """Columns side by side as far as they fit."""
    block: list[_Column] = []
    left = width
    for each in (replace(column, width=min(column.width, width)) for column in columns):
        if block and each.width + _BETWEEN > left:
            yield block
            block, left = [], width
        block.append(each)
        left -= each.width + _BETWEEN
    if block:
        yield block


def _rendered(columns: Sequence[_Column]) -> Iterator[str]:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, _BETWEEN, 0, 0), header_style="")
    for each in columns:
        table.add_column(each.head, width=each.width, overflow="fold")
    for cells in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*cells)
    text = io.StringIO()
    wide = sum(each.width + _BETWEEN for each in columns)
    Console(file=text, width=wide, highlight=False, markup=False, color_system=None).print(table)
    for line in text.getvalue().splitlines():
        yield line.rstrip()
