"""`openleo report list` and `show`: what the register holds, for whoever holds it."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import Command, Whole, as_json, plain_table, print_json, show
from openleo.cli.reported import (
    claim_line,
    claim_value,
    days_of,
    is_claim,
    number_of,
    opened,
    plain,
    register_option,
    tell_claim,
    words_of,
)
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.reports.claims import Claim
    from openleo.service.reports.document import Document
    from openleo.service.reports.proposals import Proposals
    from openleo.service.store.reports import Kept, Reports
    from openleo.service.store.reports.rows import KnownName

KINDS: Final = ("outlets", "quotations", "figures", "days", "names", "moods")
"""Of proposals; moods are those of the sentences."""

_TITLE: Final = 48
"""Characters of a title in a list."""


@click.command(
    "list",
    cls=Command,
    short_help="Cases, or the documents and claims of one.",
    examples=(
        ("openleo report list", "cases, with how much of each was reviewed"),
        ("openleo report list coast", "documents and claims of a case"),
        ("openleo report list coast --reviewed --json", "which of it was reviewed; for a program"),
    ),
)
@click.argument("case", required=False)
@click.option("--reviewed", is_flag=True, help="Only what a second person has reviewed.")
@register_option
@as_json
def list_(case: str | None, reviewed: bool, register: str, json_: bool) -> None:
    """List cases, or the documents and claims of CASE."""
    with opened(register) as reports:
        if case is None:
            _list_cases(reports, reviewed, json_)
        else:
            _list_case(reports, case, reviewed, json_)


def _list_cases(reports: "Reports", reviewed: bool, json_: bool) -> None:
    from dataclasses import asdict

    cases = reports.cases(reviewed=reviewed)
    if json_:
        print_json([asdict(each) for each in cases])
    elif not cases:
        show("No documents.")
    else:
        head = ("case", "documents", "claims", "reviewed", "not answered")
        rows = [(plain(e.name), str(e.documents), str(e.claims), str(e.reviewed), str(e.open)) for e in cases]
        show(plain_table(head, *rows, right=range(1, len(head))))


def _list_case(reports: "Reports", case: str, reviewed: bool, json_: bool) -> None:
    documents, claims = (
        reports.documents(case, reviewed=reviewed),
        reports.claims(case, reviewed=reviewed),
    )
    if not documents and not reviewed:
        known = ", ".join(plain(each.name) for each in reports.cases()) or "none"
        raise InputError(f"case: there is none named {plain(case)!r}; {known} are here")
    if json_:
        print_json(
            {
                "case": case,
                "documents": [document_value(each) for each in documents],
                "claims": [claim_value(each) for each in claims],
            }
        )
        return
    if not documents:
        show("Nothing of it was reviewed.")
        return
    show(plain_table(*map(_document_row, documents)))
    if claims:
        waiting = _waiting(claims, reports.names(case))
        rows = [
            (
                str(each.number), "reviewed" if each.reviewed_by else "private", claim_line(each),
                _many(len({telling.document for telling in each.tellings}), "document"),
                _answers(each, waiting),
            )
            for each in claims
        ]  # fmt: skip
        show("", plain_table(*rows, right=[0]))


def _document_row(kept: "Kept") -> tuple[str, ...]:
    document = kept.document
    more = "statement" * (document.kind == "statement"), f"{kept.versions} versions" * (kept.versions > 1)
    title = plain(document.title)
    title = title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"
    return (
        kept.id, days_of(document.published), document.language or "--", kept.shown or "private",
        plain(document.source) + "".join(f" ({each})" for each in more if each) + f": {title}" * bool(title),
    )  # fmt: skip


def _waiting(claims: "Sequence[Claim]", names: "Sequence[KnownName]") -> set[int]:
    """The numbers of claims that whoever was asked has not answered since."""
    from openleo.service.reports.answered import unanswered
    from openleo.service.reports.case import stood_for

    found = unanswered(claims, stood_for(names))
    return {each.number for each in found if each.asked is not None}


def _answers(claim: "Claim", waiting: set[int]) -> str:
    """How a claim was answered, and whether it was not since somebody was asked."""
    said = ", ".join(each.kind for each in claim.answers)
    if claim.number not in waiting:
        return said or "no answer"
    open_ = f"asked {claim.asked}, no answer"
    return f"{said}; {open_}" if said else open_


def _many(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def document_value(kept: "Kept") -> dict[str, Any]:
    document = kept.document
    return {
        "id": kept.id, "case": kept.case, "versions": kept.versions, "source": document.source,
        "title": document.title, "author": document.author, "date": days_of(document.published, ""),
        "language": document.language, "kind": document.kind, "translated_from": document.translated_from,
        "translation_of": document.translation_of, "address": document.address,
        "imported": kept.imported.isoformat(), "by": kept.by, "reviewed_by": kept.reviewed_by,
        "shown": kept.shown,
    }  # fmt: skip


@click.command(
    "show",
    cls=Command,
    short_help="A document with what was proposed, or a claim.",
    examples=(
        ("openleo report show b3f2", "its text, and what was proposed; offsets a:b are a span"),
        ("openleo report show b3f2 --kind figures", "the figures alone"),
        ("openleo report show b3f2 --difference", "what its last version changed"),
        ("openleo report show 1", "a claim, with what tells and answers it"),
    ),
)
@click.argument("what", metavar="DOC|CLAIM")
@click.option("--kind", type=click.Choice(KINDS), help="Of what was proposed, this alone.")
@click.option("--version", "number", type=Whole(1), metavar="N", help="Another version than the last.")
@click.option("--difference", is_flag=True, help="What that version changed of the one before it.")
@register_option
@as_json
def show_(
    what: str, kind: str | None, number: int | None, difference: bool, register: str, json_: bool
) -> None:
    """Show a document, or a claim by its number."""
    with opened(register) as reports:
        if is_claim(what):
            claim = reports.claim(number_of(what))
            if json_:
                print_json(claim_value(claim))
            else:
                tell_claim(reports, claim)
            return
        kept = reports.document(what)
        versions = reports.versions(kept.id)
    number = number or len(versions)
    if number > len(versions):
        raise InputError(f"--version: {number} given; 1 to {len(versions)} are here")
    version = versions[number - 1]
    if difference:
        if number == 1:
            raise InputError(f"--difference: version 1 of {kept.id} is the first")
        _show_difference(versions[number - 2].document, version.document, json_)
        return
    if json_:
        import msgspec

        print_json(
            document_value(kept)
            | {"version": number}
            | msgspec.to_builtins({"document": version.document, "proposals": version.proposals})
        )
        return
    if kind is None:
        _show_text(kept, version.document, number)
    for each in KINDS if kind is None else (kind,):
        rows = _proposed(version.document, version.proposals, each)
        if rows:
            show(*(() if kind else ("", f"{each.capitalize()}:")), plain_table(*rows))
        elif kind:
            show(f"No {kind} were proposed.")


def _show_text(kept: "Kept", document: "Document", number: int) -> None:
    """The head and the paragraphs of a document, each with the offset at which it begins."""
    from openleo.ledger.words import printable

    facts = [
        ("document", f"{kept.id}, in {plain(kept.case)}, version {number} of {kept.versions}"),
        ("source", plain(document.source) or "not told"),
        ("author", plain(document.author)),
        ("date", days_of(document.published)),
        ("language", document.language or "not told"),
        ("kind", document.kind),
        ("translated from", document.translated_from),
        ("translation of", plain(document.translation_of)),
        ("address", plain(document.address)),
        ("state", f"{kept.shown}, reviewed by {plain(kept.reviewed_by)}" if kept.shown else "private"),
        *(("note", plain(each)) for each in document.notes),
    ]  # fmt: skip
    show(plain_table(*(each for each in facts if each[1])), "")
    at = 0
    for block in document.text.split("\n\n"):
        aside = next((each.why for each in document.asides if each.start <= at < each.end), None)
        words = f"[set aside: {plain(aside)}] {plain(block)}" if aside is not None else printable(block)
        for index, line in enumerate(words.split("\n")):
            wrapped = textwrap.wrap(line, 90) or [""]
            for part, shown in enumerate(wrapped):
                click.echo(f"{at if index == part == 0 else '':>6}  {shown}")
        click.echo()
        at += len(block) + 2


def _show_difference(before: "Document", now: "Document", json_: bool) -> None:
    from dataclasses import asdict

    from openleo.service.reports.versions import differences

    found = differences(before, now)
    if json_:
        print_json([asdict(each) for each in found])
        return
    if not found:
        show("The article is the same; only what is set aside, or the file, differs.")
    for each in found:
        for sign, words in (("-", each.was), ("+", each.now)):
            if words:
                click.echo(textwrap.fill(f"{sign} {plain(words)}", 98, subsequent_indent="  "))
        click.echo()


def _proposed(document: "Document", proposals: "Proposals", kind: str) -> list[tuple[str, ...]]:
    """Rows of what was proposed: offsets, the words, what they mean."""
    listed = proposals.sentences if kind == "moods" else getattr(proposals, kind)
    return [
        (f"{each.start}:{each.end}", words_of(document, each.start, each.end), *_meaning(kind, each))
        for each in listed
    ]


def _meaning(kind: str, found: Any) -> tuple[str, ...]:
    match kind:
        case "outlets":
            return plain(found.name), plain(found.why)
        case "quotations":
            return (plain(found.speaker) or "nobody is named", plain(found.why))
        case "figures":
            return (_range(found.low, found.high), plain(found.unit), plain(found.counted))
        case "days":
            return (days_of(found.interval, "not known"),)
        case "names":
            return plain(found.name), found.kind
        case _:
            return found.mood, plain(found.why)


def _range(low: float | None, high: float | None) -> str:
    if low == high:
        return _number(low)
    return f"{_number(low)}..{_number(high)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.12g}".replace(",", "\u202f")


COMMANDS: Final = (list_, show_)
