"""`openleo report compare` and `timeline`: a case laid side by side, and in the order of what is told."""

import csv
import io
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import Command, as_json, check_output, print_json
from openleo.cli.governed import account_at, language_option
from openleo.cli.keys import policy_at, policy_option, say
from openleo.cli.report_lines import lines_of, names_of, timeline_lines
from openleo.cli.reported import answer_line, day_of, days_of, opened, plain, register_option, today_option
from openleo.errors import InputError, OpenLEOError

if TYPE_CHECKING:
    from openleo.service.reasons import Language
    from openleo.service.reports.claims import Claim
    from openleo.service.reports.comparison import Comparison
    from openleo.service.reports.record import Recorded
    from openleo.service.store.reports import Reports

COLUMNS: Final = (
    "claim", "kind", "act", "where", "first", "last", "wording", "by", "behalf", "event", "document",
    "source", "published", "origin", "outside", "mood", "who", "named", "count", "through", "words",
    "sentence", "version", "withdrawn", "answers", "independent", "log", "entries", "asked",
    "silent_days", "reviewed",
)  # fmt: skip
"""Of the CSV: a row for each claim and each document that tells it."""
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_DAY_S: Final = 86_400.0

log_option = click.option(
    "--ledger", "--log", "place", metavar="FOLDER|URL", envvar="OPENLEO_LEDGER", show_envvar=True,
    help="The log to ask: its folder, an export, or where it is served. Without it none is asked.",
)  # fmt: skip
operator_option = click.option(
    "--operator", "operators", metavar="NAME", multiple=True,
    help="Another name by which the operator answers, beside whom each claim was asked of. Several times.",
)  # fmt: skip
reviewed_option = click.option("--reviewed", is_flag=True, help="Only what a second person has reviewed.")


@click.command(
    "compare",
    cls=Command,
    short_help="Lay a case side by side, and beside a log.",
    examples=(
        ("openleo report compare coast", "claim by claim: who says so, on whose word, who denies what"),
        ("openleo report compare coast --log ledger --policy policy.txt", "and what the log says"),
        ("openleo report compare coast --csv - --reviewed", "what was reviewed, for a spreadsheet"),
        ("openleo report compare coast --lang fr", "en français"),
        ("openleo report compare --json", "the only case of the register, for a program"),
    ),
)
@click.argument("case", required=False)
@log_option
@policy_option
@operator_option
@reviewed_option
@click.option("--csv", "table", metavar="FILE", help="A row for each claim and document; - is stdout.")
@language_option
@today_option
@register_option
@as_json
def compare(
    case: str | None, place: str | None, policy_file: Path | None, operators: tuple[str, ...], reviewed: bool,
    table: str | None, language: "Language", today: str | None, register: str, json_: bool,
) -> None:  # fmt: skip
    """Lay the claims of CASE beside its documents, the answers to them, and the entries of a log.

    Documents that go back to one report count as one source. Where documents tell the same and differ in a
    figure, a date or a name, each stands with its document.
    """
    if json_ and table == "-":
        raise InputError("--csv -: with --json, a file is needed: one of them goes to stdout")
    if table and table != "-":
        check_output(Path(table), "--csv")
    found, day, addresses = _compared(
        case, place, policy_file, operators, reviewed, language, today, register, quiet=json_
    )  # fmt: skip
    if table:
        _write(csv_of(found), table)
    if json_:
        print_json(value_of(found))
    elif table != "-":
        for line in lines_of(found, day, addresses, language):
            click.echo(line)


@click.command(
    "timeline",
    cls=Command,
    short_help="What is said to have happened, in order.",
    examples=(
        ("openleo report timeline coast", "by the days that are told, competing accounts together"),
        ("openleo report timeline coast --log ledger --json", "with what the log says, for a program"),
    ),
)
@click.argument("case", required=False)
@log_option
@policy_option
@operator_option
@reviewed_option
@language_option
@today_option
@register_option
@as_json
def timeline(
    case: str | None, place: str | None, policy_file: Path | None, operators: tuple[str, ...], reviewed: bool,
    language: "Language", today: str | None, register: str, json_: bool,
) -> None:  # fmt: skip
    """Tell what is said to have happened in CASE in the order of its days.

    Accounts of one event that cannot all be so stand beside each other.
    """
    import msgspec

    from openleo.service.reports.timeline import timeline as moments_of

    found, day, _ = _compared(
        case, place, policy_file, operators, reviewed, language, today, register, quiet=json_
    )  # fmt: skip
    moments = moments_of(found)
    if json_:
        print_json({"case": found.case, "log": found.log, "moments": msgspec.to_builtins(moments)})
        return
    for line in timeline_lines(found.case, moments, names_of(found), day, language):
        click.echo(line)


COMMANDS: Final = (compare, timeline)


# ------------------------------------------------------------------ what is compared


def _compared(
    case: str | None, place: str | None, policy_file: Path | None, operators: Sequence[str], reviewed: bool,
    language: "Language", today: str | None, register: str, *, quiet: bool,
) -> "tuple[Comparison, date, dict[str, str]]":  # fmt: skip
    """A case laid side by side, the day up to which that is, and where its documents were found."""
    now_s = time.time()
    day = datetime.fromtimestamp(now_s, UTC).date()
    if today:
        day = day_of(today, "--today")
        now_s = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + _DAY_S
    with opened(register, today=today) as reports:
        name = case_of(reports, case)
        log = _recorded(place, policy_file, now_s, language, quiet=quiet) if place else None
        _tell_unheard(operators, reports.claims(name, reviewed=reviewed))
        laid = _as_others_see if reviewed else _laid_out
        found, addresses = laid(reports, name, day, log, operators, language)
        return found, day, addresses


def _as_others_see(
    reports: "Reports", name: str, today: date, log: "Recorded | None", operators: Sequence[str],
    language: "Language",
) -> "tuple[Comparison, dict[str, str]]":  # fmt: skip
    """What was reviewed of a case, without names of persons; and where its documents were found."""
    from openleo.service.reports.compare import compare as laid_out
    from openleo.service.reports.seen import seen

    it = seen(reports, name, today=today, log=log, language=language, operator=operators)
    if it is None:
        return laid_out(name, [], [], today=today, log=log, language=language), {}
    return it.comparison, {each.id: it.hidden.address(each.document.address) for each in it.documents}


def _laid_out(
    reports: "Reports", name: str, today: date, log: "Recorded | None", operators: Sequence[str],
    language: "Language",
) -> "tuple[Comparison, dict[str, str]]":  # fmt: skip
    """All of a case, and where its documents were found."""
    from openleo.service.reports.compare import compare as laid_out

    documents, claims = reports.documents(name), reports.claims(name)
    entries = {each.number: reports.entry_of(each.number) for each in claims}
    found = laid_out(
        name, documents, claims, today=today, names=reports.names(name),
        given=reports.given_origins(name),
        versions={each.id: reports.versions(each.id) for each in documents if each.versions > 1},
        whole={each.id: each.document for each in documents},
        hashes={number: each[1] for number, each in entries.items() if each is not None and each[0] >= 0},
        log=log, operator=operators, language=language,
    )  # fmt: skip
    return found, {each.id: each.document.address for each in documents}


def _tell_unheard(operators: Sequence[str], claims: "Sequence[Claim]") -> None:
    """Say of each --operator by which nobody answered whose answers there are: it may be misspelt."""
    heard = sorted({plain(answer.by) for claim in claims for answer in claim.answers})
    for each in operators:
        if not any(each.casefold() in by.casefold() for by in heard):
            listed = ", ".join(map(repr, heard)) or "nobody"
            say(f"--operator {each!r}: no answer is by that name; answers are by: {listed}")


def case_of(reports: "Reports", case: str | None) -> str:
    """A case of a register by its name; the only one where none is given. Raises InputError."""
    known = [each.name for each in reports.cases()]
    if case is None and len(known) == 1:
        return known[0]
    if case in known:
        return case
    listed = ", ".join(map(repr, known)) or "there are none: openleo report import"
    given = "one is needed" if case is None else f"{case!r} given"
    raise InputError(f"CASE: {given}; cases: {listed}")


def _recorded(
    place: str, policy_file: Path | None, now_s: float, language: "Language", *, quiet: bool
) -> "Recorded":
    from openleo.service.reports.record import Recorded

    return Recorded(account_at(place, policy_at(policy_file), quiet=quiet).record, now_s, language)


# ------------------------------------------------------------------ for programs


def value_of(found: "Comparison") -> dict[str, Any]:
    """A comparison as JSON has it."""
    import msgspec

    value: dict[str, Any] = msgspec.to_builtins(found)
    return value


def csv_of(found: "Comparison") -> str:
    """A row for each claim and each document that tells it; no cell is taken for a formula."""
    columns = {each.id: each for each in found.columns}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in found.rows:
        for cell in row.cells:
            column = columns[cell.document]
            values = {
                "claim": row.number, "kind": row.kind, "act": row.act, "where": row.where,
                "first": row.when.first, "last": row.when.last, "wording": row.when.wording, "by": row.by,
                "behalf": row.behalf, "event": row.event, "document": cell.document, "source": column.source,
                "published": days_of(cell.published, ""), "origin": column.origin,
                "outside": column.outside, "mood": cell.mood, "who": cell.word.who,
                "named": "yes" if cell.word.named else "no" if cell.word.who else "",
                "count": cell.word.count or None, "through": _joined(cell.word.chain), "words": cell.words,
                "sentence": cell.sentence, "version": cell.version,
                "withdrawn": "yes" if cell.withdrawn else "no",
                "answers": _joined(answer_line(each) for each in row.answers),
                "independent": row.independent, "log": row.held.sentence,
                "entries": " ".join(str(each.index) for each in row.held.entries), "asked": row.asked,
                "silent_days": row.silent_days, "reviewed": "yes" if row.reviewed else "no",
            }  # fmt: skip
            writer.writerow({name: _safe(value) for name, value in values.items()})
    return text.getvalue()


def _joined(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def _safe(value: Any) -> Any:
    """A cell that a spreadsheet shows as it stands: an apostrophe goes before what would be a formula."""
    if not isinstance(value, str):
        return value
    line = plain(value)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _write(text: str, name: str) -> None:
    if name == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OpenLEOError(f"{name}: could not be written: {error.strerror or error}") from error
