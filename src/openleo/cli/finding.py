"""`openleo finding`: what check-ins showed, for people to look at, to confirm or to dismiss."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from openleo.cli.command import Command, Group, as_json, percent, plain_table, print_json, show
from openleo.cli.serve import store_option

if TYPE_CHECKING:
    from sqlalchemy import Row

    from openleo.service.store import Store
    from openleo.service.terminals import Register

KINDS = ("drone", "clone", "impossible_travel", "location_refuted", "uncertain", "resale", "stay_abroad")


@click.group(
    cls=Group,
    examples=(
        ("openleo finding list", "the open ones, those open too long first"),
        ("openleo finding show 17", "one of them, with what shows it"),
        (
            "openleo finding close 17 --state dismissed --by desk-1 --why 'a ferry'",
            "say what it was, and why",
        ),
        ("openleo finding dealers", "dealers, by how far their records contradict the log"),
    ),
)
def finding() -> None:
    """Look at findings: evidence for people, who decide what it means."""


@finding.command(
    "list",
    cls=Command,
    short_help="Findings, those open too long first.",
    examples=(
        ("openleo finding list --kind clone", "of one kind"),
        ("openleo finding list --state confirmed --json", "those that were confirmed; for a program"),
    ),
)
@store_option
@click.option(
    "--state", type=click.Choice(["open", "confirmed", "dismissed", "any"]), default="open",
    show_default=True, help="Only those in this state.",
)  # fmt: skip
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="So many at most.")
@as_json
def list_(store: str, state: str, kind: str | None, most: int, json_: bool) -> None:
    """List findings. A finding open for more than 14 days is raised: it stands first."""
    from openleo.service.store import Store
    from openleo.service.store.found import found
    from openleo.service.terminals import Register

    now = _now_us()
    with Store.open(store, create=False) as opened:
        rows = found(opened, state="" if state == "any" else state, kind=kind or "", most=most)
        register = Register.load(opened)
    said = [_said(row, now, register) for row in rows]
    said.sort(key=lambda each: (not each["raised"], each["opened"]))
    if json_:
        print_json(said)
        return
    if not said:
        show("No findings.")
        return
    show(plain_table(*((str(each["number"]), *_line(each)) for each in said), right=[0]))


@finding.command("show", cls=Command, short_help="One finding, with what shows it.",
                 examples=(("openleo finding show 17", "one finding"),))  # fmt: skip
@click.argument("number", type=click.IntRange(0))
@store_option
@as_json
def show_(number: int, store: str, json_: bool) -> None:
    """Show finding NUMBER: its data, its state, who closed it and why."""
    from openleo.service.store import Store
    from openleo.service.terminals import Register

    with Store.open(store, create=False) as opened:
        said = _said(_one(opened, number), _now_us(), Register.load(opened))
    if json_:
        print_json(said)
        return
    show(" ".join((f"Finding {number}:", *_line(said)[1:], f"({_line(said)[0]}).")), "")
    rows = [(name.replace("_", " "), _text(value)) for name, value in said["data"].items()]
    if said["state"] != "open":
        rows += [("closed", said["closed"]), ("by", said["closed_by"]), ("because", said["why"])]
    show(plain_table(*rows))


@finding.command(
    "close",
    cls=Command,
    short_help="Say what a finding was, and why.",
    examples=(
        (
            "openleo finding close 17 --state confirmed --by desk-1 --why 'owner rang'",
            "it was what it seemed",
        ),
        ("openleo finding close 18 --state dismissed --by desk-1 --why 'a ferry'", "it was not"),
    ),
)
@click.argument("number", type=click.IntRange(0))
@click.option("--state", required=True, type=click.Choice(["confirmed", "dismissed"]), help="What it was.")
@click.option("--by", required=True, metavar="WHO", help="A role, such as desk-1.")
@click.option("--why", required=True, metavar="TEXT", help="The reason, kept with it.")
@store_option
@as_json
def close(
    number: int, state: Literal["confirmed", "dismissed"], by: str, why: str, store: str, json_: bool
) -> None:
    """Close finding NUMBER for good; who did it and why stay with it."""
    from openleo.errors import InputError
    from openleo.service.store import Store
    from openleo.service.store import found as findings
    from openleo.service.terminals import Register

    for name, text in (("--by", by), ("--why", why)):
        if not text.strip() or len(text) > 1000:
            raise InputError(f"{name}: {len(text)} letters given; 1 to 1000 are allowed")
    with Store.open(store, create=False) as opened:
        changed = findings.close(opened, number, state, by=by.strip(), why=why.strip(), now_us=_now_us())
        said = _said(_one(opened, number), _now_us(), Register.load(opened))
    if json_:
        print_json({**said, "changed": changed})
        return
    show(f"Finding {number} is {state}." if changed else f"Finding {number} was {state} so before.")


@finding.command(
    "dealers",
    cls=Command,
    short_help="Dealers, by how far their records contradict the log.",
    examples=(("openleo finding dealers --json", "for a program"),),
)
@store_option
@as_json
def dealers_(store: str, json_: bool) -> None:
    """Order dealers by evidence: what the register says of their sales against where check-ins saw them.

    It is for a person to say what it means: a share of contradictions has honest causes as well.
    """
    from dataclasses import asdict

    from openleo.service.evidence import recorded, seen
    from openleo.service.findings import dealers
    from openleo.service.store import Store
    from openleo.service.terminals import Register

    with Store.open(store, create=False) as opened:
        register = Register.load(opened)
        ordered = dealers(recorded(register), seen(register))
        said = [asdict(each) | {"dealer": register.names.name("dealer", each.dealer)} for each in ordered]
    if json_:
        print_json(said)
        return
    if not said:
        show("No terminal in the register has a dealer.")
        return
    head = (
        "dealer",
        "sold",
        "seen",
        "before sale",
        "not where sold",
        "one buyer",
        "gaps",
        "contradicted",
        "at least",
    )
    counted = ("sold", "judged", "before_sale", "not_where_sold", "one_buyer", "gaps")
    rows = [
        (
            str(each["dealer"]), *(str(each[name]) for name in counted), percent(each["share"], 0),
            percent(each["least_share"], 0),
        )
        for each in said
    ]  # fmt: skip
    show(
        "Terminals whose record of sale contradicts the log, by dealer; a person decides what it means.\n",
        plain_table(head, *rows, right=range(1, len(head))),
    )


def _one(store: "Store", number: int) -> "Row[Any]":
    from openleo.errors import InputError
    from openleo.service.store.found import found

    rows = found(store, after=number - 1, most=1)
    if not rows or rows[0].number != number:
        raise InputError(f"finding: there is no number {number}")
    return rows[0]


def _said(row: "Row[Any]", now_us: int, register: "Register") -> dict[str, Any]:
    """A row as people and programs read it; hardware: of the terminal that it is about, None for others."""
    from openleo.service.findings import Finding
    from openleo.service.records import FindingKind

    held = Finding(FindingKind[row.kind.upper()], row.subject, row.opened_us, json.loads(row.data), row.state)
    what, _, number = row.subject.partition(" ")
    known = what == "terminal" and number.isdigit() and int(number) < len(register)
    return {
        "number": row.number, "kind": row.kind, "subject": row.subject,
        "hardware": register.hardware(int(number)) if known else None, "opened": _time(row.opened_us),
        "raised": held.raised(now_us), "state": row.state, "closed": _time(row.closed_us) or None,
        "closed_by": row.closed_by or None, "why": row.why or None, "data": held.data,
    }  # fmt: skip


def _line(said: dict[str, Any]) -> tuple[str, str, str, str]:
    """State, kind, subject and age in words."""
    state = "open too long" if said["raised"] else said["state"]
    return (
        state,
        said["kind"].replace("_", " "),
        said["hardware"] or said["subject"],
        f"since {said['opened']}",
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(us: int) -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if us else ""


def _now_us() -> int:
    return int(datetime.now(UTC).timestamp() * 1e6)
