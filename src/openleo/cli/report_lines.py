"""A case as text: claim by claim beside its documents, and in the order of what is told."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from openleo.cli.command import count
from openleo.cli.reported import answer_line, days_of, plain

if TYPE_CHECKING:
    from openleo.service.reports.claims import Act, ClaimKind
    from openleo.service.reports.comparison import Cell, Column, Comparison, Differing, Row, Value
    from openleo.service.reports.document import Interval
    from openleo.service.reports.timeline import Moment

WIDTH: Final = 88
"""Columns of what is printed."""

_KINDS: "Final[dict[ClaimKind, str]]" = {
    "asked": "Asked for", "decided": "Decided", "contact": "Contact", "sold": "Sold", "used": "Used",
    "paid": "Paid",
}  # fmt: skip
_ACTS: "Final[dict[Act, str]]" = {
    "on": "service on", "off": "service switched off", "kept off": "service kept off",
    "never on": "service never on", "limited": "service limited", "other": "",
}  # fmt: skip


NO_FINDING: Final = "A report is not a finding, and nothing here says that one is true."


def lines_of(found: "Comparison", today: date, addresses: Mapping[str, str]) -> Iterator[str]:
    """A comparison as a careful editor would print it: documents and sources first, then claim by claim.

    today: the day of printing. addresses: where documents were found, by their ids.
    """
    names = names_of(found)
    documents, rows = len(found.columns), len(found.rows)
    yield plain(found.case)
    yield from _wrapped(f"As of {today}. {NO_FINDING}")
    yield from _wrapped(
        f"{_many(documents, 'document')}, {_many(rows, 'claim')}. {_over_all(found)} "
        + (f"Log: {plain(found.log)}." if found.log else "No log was asked.")
    )
    yield ""
    yield "Documents"
    for column in found.columns:
        yield from _document(column, names, addresses.get(column.id, ""))
    competing = {
        number: tuple(each for each in group.claims if each != number)
        for group in found.alternatives
        for number in group.claims
    }
    columns = {each.id: each for each in found.columns}
    for row in found.rows:
        yield ""
        yield from _claim(row, names, columns, competing.get(row.number, ()))


def timeline_lines(
    case: str, moments: Sequence["Moment"], names: dict[str, str], today: date
) -> Iterator[str]:
    """What is said to have happened, in order. names: of documents, as `names_of` gives them.

    today: the day of printing.
    """
    yield plain(case)
    yield from _wrapped(f"As of {today}. {NO_FINDING}")
    if not moments:
        yield "No claims yet."
    for moment in moments:
        yield ""
        days = days_of(moment.when, "when is not known")
        if len(moment.rows) == 1:
            yield days
        else:
            of = f" of {plain(moment.event)}" if moment.event else ""
            yield from _wrapped(f"{days}: {len(moment.rows)} competing accounts{of}", 0, 2)
        for row in moment.rows:
            yield from _account(row, names)


def names_of(found: "Comparison") -> dict[str, str]:
    """What each document is called: by its source, and by the beginning of its id where two have one."""
    sources = [plain(each.source) for each in found.columns]
    return {
        each.id: source if source and sources.count(source) == 1 else f"{source} {each.id}".strip()
        for each, source in zip(found.columns, sources, strict=True)
    }


def _document(column: "Column", names: dict[str, str], address: str) -> Iterator[str]:
    said = [f"{column.id}  {plain(column.source) or 'no source'}", days_of(column.published)]
    said += [column.language or "language not told"]
    if column.translated_from:
        said.append(f"says that it is translated from {plain(column.translated_from)}")
    if column.kind == "statement":
        said.append("a party's own statement")
    if column.versions > 1:
        first = days_of(column.first, "")
        said.append(f"the last of {column.versions} versions" + (f", first {first}" if first else ""))
    if not column.shown:
        said.append("private")
    yield from _wrapped(", ".join(said) + ".", 2, 4)
    if column.title:
        by = f", by {plain(column.author)}" if column.author else ""
        yield from _wrapped(f"“{plain(column.title)}”{by}", 6, 6)
    if address:
        yield from _wrapped(plain(address), 6, 6)
    if column.origin == column.id:
        goes = "Reports for itself."
    else:
        goes = f"Goes back to {names.get(column.origin) or plain(column.outside)}."
    yield from _wrapped(" ".join((goes, *map(plain, column.why))), 6, 6)


def _claim(
    row: "Row", names: dict[str, str], columns: "dict[str, Column]", competing: Sequence[int]
) -> Iterator[str]:
    yield from _wrapped(_head(row), 0, 4)
    state = "Reviewed" if row.reviewed else "Private: no second person has reviewed it"
    said = f"{state}. Told by {_many(row.told, 'document')}. {_sources(row.independent)}."
    if denied := len(_denying(row)):
        said += f" Denied in {_many(denied, 'document')}."
    yield from _wrapped(said, 2, 2)
    if competing:
        numbers = ", ".join(map(str, competing))
        yield from _wrapped(
            f"It cannot be so together with {'claim' if len(competing) == 1 else 'claims'} {numbers}.", 2, 2
        )
    for cell in row.cells:
        yield from _cell(cell, names, columns[cell.document])
    for line in _answers(row, names):
        yield from _wrapped(line, 2, 4)
    for each in row.differing:
        yield from _differs(each, names)
    yield from _held(row)
    if row.hash:
        registered = f"stands in entry {row.entry}, as a salted hash ({row.hash[:12]})"
        yield from _wrapped(f"That this claim was registered {registered}.", 2, 2)


def _account(row: "Row", names: dict[str, str]) -> Iterator[str]:
    """A claim in a time line: what, who tells it, who answered, what the log says."""
    yield from _wrapped(_head(row), 2, 6)
    denying = _denying(row)
    tellers = dict.fromkeys(names[each.document] for each in row.cells if each.document not in denying)
    said = f"Told by {', '.join(tellers)}. " if tellers else ""
    said += f"{_sources(row.independent)}."
    if denying:
        said += f" Denied in {', '.join(names[each] for each in denying)}."
    yield from _wrapped(said, 4, 6)
    for line in _answers(row, names):
        yield from _wrapped(line, 4, 6)
    yield from _held(row, 4)


def _denying(row: "Row") -> list[str]:
    """The documents that only deny a claim where they tell of it."""
    moods: dict[str, set[str]] = {}
    for each in row.cells:
        moods.setdefault(each.document, set()).add(each.mood)
    return [id_ for id_, found in moods.items() if found == {"denied"}]


def _head(row: "Row") -> str:
    where = plain(row.where) or "where is not known"
    act = _ACTS[row.act]
    what = f"{_KINDS[row.kind]}{': ' if act else ''}{act}"
    said = f"Claim {row.number}. {what}; {where}; {_when(row.when)}"
    said += f"; by {plain(row.by)}" if row.by else ""
    said += f"; on behalf of {plain(row.behalf)}" if row.behalf else ""
    return _ended(said)


def _when(when: "Interval") -> str:
    said = days_of(when, "when is not known")
    return f"{said} (“{plain(when.wording)}”)" if when.wording else said


def _cell(cell: "Cell", names: dict[str, str], column: "Column") -> Iterator[str]:
    said = f"{names[cell.document]}, {cell.mood}"
    word = cell.word
    if word.who:
        many = f", {word.count}" if word.count else ""
        said += f", on the word of {plain(word.who)} ({'named' if word.named else 'anonymous'}{many})"
    if word.chain:
        said += f", through {', then '.join(map(plain, word.chain))}"
    yield from _wrapped(f"{said}:", 2, 4)
    yield from _wrapped(plain(cell.sentence), 6, 6)
    if cell.version != column.versions:
        mine, last = days_of(cell.published, f"number {cell.version}"), days_of(column.published, "it")
        still = "does not have these words any more" if cell.withdrawn else "still has these words"
        yield from _wrapped(f"In its version of {mine}; the last version, of {last}, {still}.", 6, 6)


def _answers(row: "Row", names: dict[str, str]) -> Iterator[str]:
    for answer in row.answers:
        said = answer_line(replace(answer, document=""))
        where = f" (in {names[answer.document]})" if answer.document in names else ""
        yield f"{_ended(f'Answer: {said}')}{where}"
    who = plain(row.asked_of) or "The operator"
    if row.open and row.asked is not None:
        days = row.silent_days or 0
        yield f"{who} was asked on {row.asked} and has not answered for {_many(days, 'day')}."
    elif row.asked is not None:
        yield f"{who} was asked on {row.asked}."


def _differs(found: "Differing", names: dict[str, str]) -> Iterator[str]:
    """What documents say differently: each value once, with its wordings, and whose it is."""
    about = plain(found.about)
    yield from _wrapped(f"Differing {found.kind}{'' if found.kind == about else f', {about}'}:", 2, 4)
    groups: dict[str, list[Value]] = {}
    for each in found.values:
        groups.setdefault(_figure(each) or plain(each.words).casefold(), []).append(each)
    for same in groups.values():
        tellers = ", ".join(dict.fromkeys(names[each.document] for each in same))
        wordings = list({plain(each.words).casefold(): plain(each.words) for each in same}.values())
        figure = _figure(same[0])
        said = f"{figure} ({'; '.join(wordings)})" if figure else wordings[0]
        yield from _wrapped(f"{said}: {tellers}", 6, 8)


def _figure(value: "Value") -> str:
    """A figure as a number, or from which to which; "" of what is none."""
    low, high = value.low, value.high
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"{_number(low)} or more" if low is not None else f"at most {_number(high or 0.0)}"
    return _number(low) if low == high else f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return count(value) if value == round(value) else f"{value:g}"


def _held(row: "Row", indent: int = 2) -> Iterator[str]:
    if row.held.verdict == "not asked":
        return
    sentence = row.held.sentence
    ending = "" if sentence.endswith(".") else ":"
    yield from _wrapped(f"The log: {sentence}{ending}", indent, indent + 2)
    for entry in row.held.entries:
        yield from _wrapped(plain(entry.said), indent + 4, indent + 4)


def _over_all(found: "Comparison") -> str:
    """How many sources a case has, over all of its claims."""
    if not found.rows:
        return "No claims yet."
    if len(found.rows) == 1:
        return f"{_sources(found.independent)}."
    return f"{_sources(found.independent)}, over all claims."


def _sources(independent: int) -> str:
    if not independent:
        return "No independent source tells that it is so"
    return f"{_many(independent, 'independent source')}"


def _many(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def _ended(text: str) -> str:
    """A sentence with one full stop, whatever somebody's words in it end with."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _wrapped(text: str, first: int = 0, rest: int = 0) -> list[str]:
    """A text in lines of at most `WIDTH`; first, rest: how far they are moved in."""
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=" " * first, subsequent_indent=" " * rest, break_on_hyphens=False
    )
    return lines or [""]
