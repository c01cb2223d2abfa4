"""`openleo report review`, and what else a person confirms of documents: names, origins."""

from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import Command, as_json, plain_table, print_json, show
from openleo.cli.keys import say
from openleo.cli.reported import by_option, is_claim, opened, plain, register_option
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.store.reports import Reports

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
    ),
)  # fmt: skip
@click.argument("case")
@click.argument("written")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(NAME_KINDS), help="What has the name.")
@click.option("--shown-as", default="", metavar="ROLE", help="How a person is shown.")
@register_option
@by_option
@as_json
def alias(
    case: str, written: str, name: str, kind: Any, shown_as: str, register: str, by: str, json_: bool
) -> None:
    """Confirm that WRITTEN stands for NAME in the documents of CASE."""
    with opened(register) as reports:
        hidden = reports.confirm_name(case, written, name, kind, by, shown_as)
    if json_:
        print_json({"case": case, "written": written, "name": name, "kind": kind, "private_again": hidden})
        return
    click.echo(
        plain(f"{written} is {name} ({kind}) in {case}." + (f" Shown as: {shown_as}." if shown_as else ""))
    )
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
    from openleo.service.reports.aliases import spellings

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
        show(
            "May be one name:",
            plain_table(*((plain(e.one), plain(e.other), e.kind, plain(e.why)) for e in may)),
        )
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
                    done.append({"claim": reports.review_claim(int(each), by).number})
                else:
                    done.append({"document": reports.review_document(each, by, shown).id})
            except InputError as error:
                wrong += 1
                say(f"Error: {error}")
        hidden = _still_private(reports, [int(each) for each in what if is_claim(each)])
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
    ),
)
@click.argument("what", metavar="DOC|CLAIM")
@register_option
@as_json
def drop(what: str, register: str, json_: bool) -> None:
    """Take a document on which no claim rests, or a claim that nobody has reviewed, out of the register."""
    with opened(register) as reports:
        if is_claim(what):
            reports.drop_claim(int(what))
            dropped = f"claim {int(what)}"
        else:
            dropped = f"document {reports.drop_document(what)}"
    if json_:
        print_json({"dropped": dropped})
    else:
        click.echo(f"No longer in the register: {dropped}.")


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
