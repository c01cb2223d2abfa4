"""`openleo report review`, and what else a person confirms of documents: names, origins."""

import textwrap
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import Command, Whole, as_json, plain_table, print_json, show
from openleo.cli.keys import say
from openleo.cli.reported import (
    by_option,
    claim_value,
    is_claim,
    number_of,
    opened,
    plain,
    register_option,
    tell_claim,
)
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.store.reports import Part, Reports

NAME_KINDS: Final = ("person", "office", "organisation", "outlet", "place")


@click.command(
    "alias",
    cls=Command,
    short_help="Confirm which name a spelling stands for.",
    examples=(
        ("openleo report alias inbox 'Le Courrier de Merrin' 'The Merrin Courier' --kind outlet --by desk-1",
         "one outlet, written in two ways"),
        ("openleo report alias inbox 'Ada Quill' 'Ada Quill' --kind person --shown-as 'a harbour officer' "
         "--by desk-1", "an ordinary individual is shown by role"),
        ("openleo report alias inbox 'The Courier' --drop --by desk-1", "it was confirmed in error"),
    ),
)  # fmt: skip
@click.argument("case")
@click.argument("written")
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(NAME_KINDS), help="What has the name.")
@click.option("--shown-as", default="", metavar="ROLE", help="How a person is shown.")
@click.option("--drop", "dropped", is_flag=True, help="Take back what was confirmed of WRITTEN.")
@register_option
@by_option
@as_json
def alias(
    case: str, written: str, name: str | None, kind: Any, shown_as: str, dropped: bool, register: str,
    by: str, json_: bool,
) -> None:  # fmt: skip
    """Confirm that WRITTEN stands for NAME in the documents of CASE."""
    if dropped:
        if name is not None or kind is not None or shown_as:
            raise InputError("--drop: given with NAME, --kind or --shown-as; it takes WRITTEN alone")
        _drop_name(case, written, register, by, json_)
        return
    if name is None or kind is None:
        raise InputError("NAME and --kind: are needed; --drop takes back what was confirmed")
    with opened(register) as reports:
        hidden = reports.confirm_name(case, written, name, kind, by, shown_as)
    if json_:
        print_json({"case": case, "written": written, "name": name, "kind": kind, "private_again": hidden})
        return
    stands = f"{written}: {kind} in {case}" if written == name else f"{written} is {name} ({kind}) in {case}"
    shown = f" Shown as: {shown_as}." if shown_as else ""
    if kind == "person" and not shown_as:
        shown = " It is withheld from what the public sees; --shown-as gives a role."
    click.echo(plain(f"{stands}.{shown}"))
    _tell_hidden(hidden)


def _drop_name(case: str, written: str, register: str, by: str, json_: bool) -> None:
    with opened(register) as reports:
        hidden = reports.forget_name(case, written, by)
    if json_:
        print_json({"case": case, "written": written, "dropped": True, "private_again": hidden})
        return
    click.echo(plain(f"What {written} stands for in {case} is not confirmed any more."))
    _tell_hidden(hidden)


def _tell_hidden(hidden: tuple[str, ...]) -> None:
    if hidden:
        say(f"Private again until a second person has reviewed them: {', '.join(hidden)}")


@click.command(
    "aliases",
    cls=Command,
    short_help="Spellings that are, or may be, one name.",
    examples=(("openleo report aliases inbox", "those that were confirmed, and those that may be"),),
)
@click.argument("case")
@register_option
@as_json
def aliases(case: str, register: str, json_: bool) -> None:
    """List the spellings of CASE that somebody has confirmed, and those that may be one name."""
    from openleo.service.reports.prose.aliases import spellings

    with opened(register) as reports:
        known = reports.names(case)
        kept = reports.documents(case)
    if not kept:
        raise InputError(f"case: there is none named {case!r}: openleo report list")
    done = {frozenset((each.written.casefold(), each.name.casefold())) for each in known}
    may = [
        each
        for each in spellings([each.read for each in kept])
        if frozenset((each.one.casefold(), each.other.casefold())) not in done
    ]
    if json_:
        from dataclasses import asdict

        print_json(
            {"confirmed": [asdict(each) for each in known], "proposed": [asdict(each) for each in may]}
        )
        return
    if known:
        show(
            "Confirmed:",
            plain_table(*((plain(e.written), plain(e.name), e.kind, f"by {plain(e.by)}") for e in known)),
        )
    if may:
        show("May be one name:")
        for each in may:
            click.echo(f"  {plain(each.one)} = {plain(each.other)} ({each.kind})")
            click.echo(textwrap.fill(plain(each.why), 78, initial_indent="    ", subsequent_indent="    "))
        first = may[0]
        say(
            f"\nTo confirm one: openleo report alias {case} {first.one!r} {first.other!r} --kind {first.kind}"
        )
    if not known and not may:
        show("No spellings of one name.")


@click.command(
    "origin",
    cls=Command,
    short_help="Say to which report a document goes back.",
    examples=(
        (
            "openleo report origin c901 b3f2 --why 'It says so in its second paragraph.' --by desk-1",
            "to another here",
        ),
        (
            "openleo report origin b3f2 itself --why 'It spoke with officials.' --by desk-1",
            "it reports for itself",
        ),
        (
            "openleo report origin c901 'outside:Agency N' --why 'Its wording.' --by desk-1",
            "to one that is not here",
        ),
    ),
)
@click.argument("document", metavar="DOC")
@click.argument("root", metavar="DOC|itself|outside:NAME")
@click.option("--why", required=True, metavar="TEXT", help="What shows it; it is told with the origin.")
@register_option
@by_option
@as_json
def origin(document: str, root: str, why: str, register: str, by: str, json_: bool) -> None:
    """Say to which report DOC goes back; it goes before what is proposed. A document that was public is
    private again until a second person has reviewed that."""
    outside = root.removeprefix("outside:") if root.startswith("outside:") else ""
    if root == "outside:":
        raise InputError("origin: outside: what is its name? outside:NAME is allowed")
    with opened(register) as reports:
        before = reports.document(document)
        given = "" if outside else before.id if root == "itself" else root
        found = reports.set_origin(before.id, given, outside, why, by)
    if json_:
        print_json({"document": found.document, "root": found.root, "outside": found.outside, "why": why})
        return
    to = "itself" if found.root == found.document else found.root or f"{plain(found.outside)}, outside"
    click.echo(f"{found.document} goes back to {to}.")
    if before.reviewed_by:
        say(f"{found.document} is private again until a second person has reviewed it.")


@click.command(
    "review",
    cls=Command,
    short_help="Let documents and claims be shown: a second person.",
    examples=(
        ("openleo report review b3f2 c901 1 2 --by desk-2", "two documents and two claims, each seen before"),
        (
            "openleo report review b3f2 --shown excerpts --by desk-2",
            "of a document, the sentences of claims alone",
        ),
    ),
)
@click.argument("what", metavar="DOC|CLAIM...", nargs=-1, required=True)
@click.option("--shown", type=click.Choice(["whole", "excerpts"]), default="whole", show_default=True,
              help="How much of a document everybody may see.")  # fmt: skip
@register_option
@by_option
@as_json
@click.pass_context
def review(
    ctx: click.Context, /, what: tuple[str, ...], shown: Any, register: str, by: str, json_: bool
) -> None:
    """Review documents and claims, so that everybody may see them. Whoever noted them cannot.

    A number is a claim, all else a document. Look before: openleo report show.
    """
    done: list[dict[str, str | int]] = []
    wrong = 0
    with opened(register) as reports:
        for each in sorted(what, key=is_claim):  # documents first: a claim is shown with those that were
            try:
                if is_claim(each):
                    done.append({"claim": reports.review_claim(number_of(each), by).number})
                else:
                    done.append({"document": reports.review_document(each, by, shown).id})
            except InputError as error:
                wrong += 1
                say(f"Error: {error}")
        hidden = _still_private(reports, [int(each["claim"]) for each in done if "claim" in each])
    if json_:
        print_json({"reviewed": done, "refused": wrong})
    elif done:
        names = ", ".join(f"{kind} {name}" for each in done for kind, name in each.items())
        click.echo(f"Reviewed by {plain(by)}: {names}.")
    for line in hidden:
        say(line)
    if wrong:
        ctx.exit(1)


@click.command(
    "move",
    cls=Command,
    short_help="Put a document into another case.",
    examples=(("openleo report move b3f2 coast", "from the inbox, say; it is private until it is reviewed"),),
)
@click.argument("document", metavar="DOC")
@click.argument("case")
@register_option
@as_json
def move(document: str, case: str, register: str, json_: bool) -> None:
    """Put DOC into CASE, where no claim rests on it and no other goes back to it."""
    with opened(register) as reports:
        kept = reports.move(document, case)
    if json_:
        print_json({"document": kept.id, "case": kept.case})
    else:
        click.echo(f"{kept.id} is in {plain(kept.case)}.")


@click.command(
    "drop",
    cls=Command,
    short_help="Take back what was imported or claimed in error.",
    examples=(
        ("openleo report drop b3f2", "a document on which no claim rests"),
        ("openleo report drop 3", "a claim that nobody has reviewed"),
        ("openleo report drop 3 --answer 2 --by desk-1", "the second answer of a claim, as it is shown"),
    ),
)
@click.argument("what", metavar="DOC|CLAIM")
@click.option("--telling", type=Whole(1), metavar="N", help="Of a claim, this telling alone, from 1 on.")
@click.option("--answer", type=Whole(1), metavar="N", help="Of a claim, this answer alone, from 1 on.")
@click.option("--asked", is_flag=True, help="Of a claim, that somebody was asked to answer.")
@register_option
@click.option("--by", metavar="NAME", default="", envvar="OPENLEO_BY", show_envvar=True,
              help="Who does this: you; for a part of a claim.")  # fmt: skip
@as_json
def drop(
    what: str, telling: int | None, answer: int | None, asked: bool, register: str, by: str, json_: bool
) -> None:
    """Take a document on which no claim rests, or a claim that nobody has reviewed, out of the register; or a
    part of a claim, which is private until that is reviewed. What stands in a log stays there.
    """
    given: tuple[tuple[Part, int | None], ...] = (
        ("telling", telling), ("answer", answer), ("asked", 0 if asked else None),
    )  # fmt: skip
    parts = [(part, at) for part, at in given if at is not None]
    if parts:
        _drop_part(what, parts, register, by, json_)
        return
    with opened(register) as reports:
        if is_claim(what):
            number = number_of(what)
            reports.drop_claim(number)
            dropped = f"claim {number}"
        else:
            dropped = f"document {reports.drop_document(what)}"
    if json_:
        print_json({"dropped": dropped})
    else:
        click.echo(f"No longer in the register: {dropped}.")


def _drop_part(what: str, parts: "list[tuple[Part, int]]", register: str, by: str, json_: bool) -> None:
    if len(parts) > 1 or not is_claim(what):
        raise InputError("--telling, --answer, --asked: one of them, with the number of a claim, is allowed")
    if not by:
        raise InputError("--by: nothing given; who takes it back is kept")
    ((part, at),) = parts
    with opened(register) as reports:
        before = reports.claim(number_of(what))
        claim = reports.take_back(before.number, part, by, at)
        if json_:
            print_json(claim_value(claim))
            return
        tell_claim(reports, claim)
    if before.reviewed_by:
        say(f"Claim {claim.number} was public and is private again until a second person has reviewed that.")
    if before.entry >= 0:
        say(f"Entry {before.entry} of the log stays as it is.")


def _still_private(reports: "Reports", numbers: list[int]) -> list[str]:
    """Reviewed claims that nobody sees as yet, for the documents that tell them are private."""
    lines = []
    for number in numbers:
        try:
            found = reports.claim(number)
            if not found.reviewed_by:
                continue
        except InputError:
            continue
        private = {
            each.document for each in found.tellings if not reports.document(each.document).reviewed_by
        }
        if private:
            lines.append(
                f"Claim {number} is shown without documents that are private: {', '.join(sorted(private))}"
            )
    return lines


COMMANDS: Final = (alias, aliases, origin, review, move, drop)
