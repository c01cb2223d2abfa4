"""`openleo report`: what others say happened, read, kept and laid beside the record."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli import report_claim, report_compare, report_publish, report_review, report_show
from openleo.cli.command import Command, Group, as_json, print_json
from openleo.cli.keys import say
from openleo.cli.reported import (
    by_option,
    days_of,
    opened,
    plain,
    register_option,
    today_option,
)
from openleo.errors import InputError

if TYPE_CHECKING:
    from datetime import date as Day

    from openleo.service.reports.document import Interval
    from openleo.service.reports.intake import Facts
    from openleo.service.reports.proposals import Proposals
    from openleo.service.store.reports import Imported, Kept, Reports

SUFFIXES: Final = (".txt", ".html", ".htm", ".json")
ONE_FILE: Final = ("title", "author", "address", "version_of")
"""Options that say something of one document alone."""
OF_DOCUMENTS: Final = (
    "source", "title", "author", "date", "translated_from", "translation_of", "address", "kind",
)  # fmt: skip
"""Options that say something of a document, as intake.Facts has them."""


def facts_options(command: Any) -> Any:
    """Options of what is said of a document."""
    for option in (
        click.option("--kind", type=click.Choice(["report", "statement"]), default=None,
                     help="Of somebody about others, or of a party itself."),
        click.option("--address", default="", metavar="URL",
                     help="Where it was found; the same again is a version."),
        click.option("--translation-of", default="", metavar="WHAT", help="What it is a translation of."),
        click.option("--translated-from", default="", metavar="LL",
                     help="The language from which it was translated."),
        click.option("--date", default="", metavar="DATE", help="The day, month or year of it."),
        click.option("--author", default="", help="Who wrote it."),
        click.option("--title", default="", help="Its title."),
        click.option("--source", default="", metavar="NAME", help="The outlet that carries it."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group(
    cls=Group,
    examples=(
        (
            "openleo report import page.html --source 'The Courier' --by desk-1",
            "read it, and propose what it holds",
        ),
        ("openleo report show b3f2", "its text, and what was proposed, with offsets"),
        (
            "openleo report claim b3f2 --span 'switched off its service' --kind decided --act off "
            "--where coast --when 2031-03 --by desk-1",
            "what it says happened",
        ),
        (
            "openleo report answer 1 --kind denies --from 'the operator' --what 'any such order' --by desk-1",
            "its answer",
        ),
        ("openleo report review b3f2 1 --by desk-2", "a second person: now it may be shown"),
        ("openleo report list inbox", "documents and claims of a case"),
        ("openleo report compare inbox --log ledger", "claim by claim, beside the log"),
    ),
)
def report() -> None:
    """Lay reports beside the record: who says so, on whose word, who denies what, what the log says.

    Documents and claims are private until a second person has reviewed them. The register is a file of its
    own, and not the operator's store.
    """


@report.command(
    "import",
    cls=Command,
    short_help="Read documents into the register.",
    examples=(
        ("openleo report import page.html --case coast --by desk-1", "a saved page, into a case"),
        (
            "openleo report import a.txt --source 'The Courier' --date 2031-03-12 --by desk-1",
            "what it does not say itself",
        ),
        (
            "openleo report import saved/ --case coast --by desk-1",
            "all .txt, .html, .htm and .json of a folder",
        ),
        ("openleo report import b.txt --version-of b3f2 --by desk-1", "a later version of a document"),
    ),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--case", help="What the documents are about; without it that in which they are already, or inbox."
)
@facts_options
@click.option(
    "--language", default="", metavar="LL", help="Two letters, such as en or fr; told from the text without."
)
@click.option("--encoding", default="", help="Of the files, where they are neither UTF-8 nor say their own.")
@click.option("--version-of", metavar="DOC", help="It is a later version of that document.")
@today_option
@register_option
@by_option
@as_json
@click.pass_context
def import_(
    ctx: click.Context, /, files: tuple[Path, ...], case: str | None, version_of: str | None,
    kind: str | None, today: str | None, register: str, by: str, json_: bool, **facts: str,
) -> None:  # fmt: skip
    """Read documents, keep them, and propose what they hold: outlets, quotations, figures, days, names.

    What is told of a document goes before what it says of itself. Nothing of it is a claim, and nobody but
    the holder of the register sees it until a second person has reviewed it.
    """
    from openleo.cli.progress import Teller
    from openleo.service.reports.intake import Facts

    said = Facts(kind=kind or "", **facts)
    given = [name for name in OF_DOCUMENTS if getattr(said, name)]
    paths = list(_found(files))
    if len(paths) > 1:
        for name in ONE_FILE:
            if version_of if name == "version_of" else facts.get(name):
                raise InputError(f"--{name.replace('_', '-')}: with one file alone; {len(paths)} are given")
    done: list[tuple[Path, Imported, Kept]] = []
    wrong: list[tuple[Path, str]] = []
    with (
        opened(register, create=True, today=today) as reports,
        Teller(quiet=json_ or len(paths) == 1) as teller,
    ):
        try:
            for at, path in enumerate(paths):
                try:
                    done.append((path, *_keep(reports, path, said, case, by, version_of)))
                except InputError as error:
                    text = str(error)
                    text = text if text.startswith(str(path)) else f"{path}: {text}"
                    wrong.append((path, text))
                    teller.say(plain(f"Error: {text}"))
                if len(paths) > 1:
                    teller.doing("importing", at + 1, len(paths))
        finally:
            if not json_:
                for _, what, kept in done:
                    _tell_import(what, kept, given)
    if json_:
        errors = [{"file": str(path), "error": text} for path, text in wrong]
        print_json({"documents": [_import_value(*each) for each in done], "errors": errors})
    elif done:
        first = next((what.id for _, what, _ in done if what.what != "same"), done[0][1].id)
        say(f"\nNext: openleo report show {first}, then openleo report claim {first} --span ...")
    if wrong:
        if len(paths) > 1:
            say(f"{len(done)} of {len(paths)} files are kept; {len(wrong)}, named above, could not be read.")
        ctx.exit(1)


@report.command(
    "set",
    cls=Command,
    short_help="Set right what is said of a document.",
    examples=(
        ("openleo report set b3f2 --source 'The Courier' --by desk-1", "its outlet, forgotten at the import"),
        ("openleo report set b3f2 --date 2031-03-12 --kind statement --by desk-1", "its day, and what it is"),
    ),
)
@click.argument("document", metavar="DOC")
@facts_options
@today_option
@register_option
@by_option
@as_json
def set_(
    document: str, date: str, kind: Any, today: str | None, register: str, by: str, json_: bool, **facts: str
) -> None:
    """Set right the source, title, author, date and the like of DOC. It is private until that is reviewed."""
    from openleo.service.reports.intake import Facts, stated
    from openleo.service.reports.propose import propose

    said = stated(Facts(kind=kind or "", **facts), document)
    given: dict[str, Any] = {name: getattr(said, name) for name in (*facts, "kind") if getattr(said, name)}
    with opened(register, today=today) as reports:
        before = reports.document(document)
        if date:
            given["published"] = _published(date, reports.today())
        if not given:
            raise InputError("--source, --title, --author, --date and so on: one at least is needed")
        now = replace(before.document, **given)
        kept = reports.set_facts(before.id, now, propose(now), by)
    if json_:
        print_json(report_show.document_value(kept))
        return
    click.echo(
        f"{kept.id}  {plain(now.source) or 'no source'}, {days_of(now.published)}: {plain(now.title)[:72]}"
    )
    if before.reviewed_by:
        say(f"{kept.id} was public and is private again until a second person has reviewed it.")


def _published(text: str, today: "Day") -> "Interval":
    from openleo.service.reports.intake import interval_of

    found = interval_of(text, "--date")
    if found.first is not None and found.first > today:
        raise InputError(f"--date: {text} is in the future; up to {today} is allowed")
    return found


def _found(files: tuple[Path, ...]) -> Iterator[Path]:
    """The files that are given, and those of folders; raises InputError for a folder without any."""
    for path in files:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(
            each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file()
        )
        if not inside:
            raise InputError(f"{path}: no file of this folder ends with {', '.join(SUFFIXES)}")
        yield from inside


def _keep(
    reports: "Reports", path: Path, facts: "Facts", case: str | None, by: str, version_of: str | None
) -> "tuple[Imported, Kept]":
    """Read a file and keep it; raises InputError."""
    from openleo.service.reports import intake
    from openleo.service.reports.propose import propose

    raw = intake.bytes_of(path)
    document = intake.read(raw, str(path), facts, reports.today())
    what = reports.keep(document, propose(document), raw=raw, case=case, by=by, version_of=version_of)
    return what, reports.document(what.id)


def _tell_import(what: "Imported", kept: "Kept", given: list[str]) -> None:
    """One line for a document, and what there is to know of it below."""
    known = f"already here, in {plain(what.case)}"
    state = {"new": "new", "same": known}.get(what.what, f"version {what.number}")
    document = kept.document
    source, on = plain(document.source) or "no source", days_of(document.published)
    found = ", ".join(
        f"{many} {name if many > 1 else name[:-1]}" for name, many in _counted(kept.proposals).items() if many
    )
    click.echo(
        f"{what.id}  {state}: {source}, {on}, {document.language or 'language not told'}: "
        f"{found or 'nothing proposed'}"
    )
    for note in document.notes if what.what != "same" else ():
        click.echo(f"  {plain(note)}")
    if what.what == "same" and given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        say(
            f"  Nothing of it was changed, not by {options} either: openleo report set {what.id} sets it "
            "right"
        )
    if what.like:
        say(
            f"  It looks like a later version of {what.like}, with the same source and title. If it is: "
            f"openleo report drop {what.id}, then import it with --version-of {what.like}"
        )
    if what.also:
        cases = ", ".join(map(plain, what.also))
        say(f"  The same is already in {cases}; it is kept for {plain(what.case)} as well.")
    if what.private:
        say(f"  {what.id} was public and is private again until a second person has reviewed this version.")
    if what.left:
        numbers = ", ".join(map(str, what.left))
        say(
            f"  Claims that this version does not tell in the same words: {numbers}; what it changed: "
            f"openleo report show {what.id} --difference"
        )


def _counted(proposals: "Proposals") -> dict[str, int]:
    """How many proposals there are of each kind."""
    return {each.name: len(getattr(proposals, each.name)) for each in fields(proposals)}


def _import_value(path: Path, what: "Imported", kept: "Kept") -> dict[str, Any]:
    return {
        "file": str(path), "id": what.id, "what": what.what, "version": what.number, "case": what.case,
        "language": kept.document.language, "source": kept.document.source,
        "date": days_of(kept.document.published, ""), "private_again": what.private, "left": list(what.left),
        "like": what.like, "also": list(what.also),
        "proposals": _counted(kept.proposals), "notes": list(kept.document.notes),
    }  # fmt: skip


for command in (
    *report_show.COMMANDS, *report_claim.COMMANDS, *report_review.COMMANDS, *report_compare.COMMANDS,
    *report_publish.COMMANDS,
):  # fmt: skip
    report.add_command(command)
