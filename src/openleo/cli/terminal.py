"""`openleo terminal`: the register of terminals, who owns them, who pays, and where one was."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, Group, as_json, count, plain_table, print_json, show
from openleo.cli.progress import Teller
from openleo.cli.serve import store_option

if TYPE_CHECKING:
    from openleo.service.terminals import Register
    from openleo.service.trace import Trace

by_option = click.option(
    "--by", default="command line", show_default=True, metavar="NAME", help="Who does it, as it is recorded."
)
why_option = click.option("--why", default="", metavar="TEXT", help="Recorded with it.")
SHOWN = 20


@click.group(
    cls=Group,
    examples=(
        ("openleo terminal import fleet.csv", "take terminals into the register"),
        ("openleo terminal show KIT-0001", "what the register says of one"),
        ("openleo terminal trace KIT-0001", "who sold it, who owned it, where and when it was served"),
        ("openleo terminal sponsors", "cost by sponsor and month"),
        ("openleo terminal sponsors --stop 'Sponsor 3'", "which terminals would go dark, and when"),
    ),
)
def terminal() -> None:
    """The register of terminals.

    OpenLEO decides service; it does not guide, target or operate radios.
    """


@terminal.command(
    "import",
    cls=Command,
    short_help="Take terminals of a file into the register.",
    examples=(
        ("openleo terminal import fleet.csv", "all of them, or none where one is not as it should be"),
        ("openleo terminal import fleet.parquet --store /srv/openleo.db", "into another store"),
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@by_option
@as_json
def import_(file: Path, store: str, by: str, json_: bool) -> None:
    """Take the terminals of FILE (.csv or .parquet) into the register; the store is made where there is none.

    Only the column hardware is needed. Others: key, account, plan, motion, usage, use, declared_by, sold,
    sold_at, dealer, owner, lists (with ; between them), home, home_lat, home_lon, state, quota_used_mb,
    sponsor, price_month, paid_from, paid_to, notice_days, grace_days.
    """
    from openleo.formats.register import read_terminals
    from openleo.service.listing import take_in
    from openleo.service.store import Store
    from openleo.service.terminals import Register

    rows = read_terminals(file)
    with Teller() as teller, Store.open(store) as opened:
        teller.doing("taking terminals into the register")
        register = Register.load(opened)
        added = take_in(register, rows, by=by, now_us=_now_us())
        held = len(register)
    if json_:
        print_json({"file": str(file), "added": added, "terminals": held})
    else:
        show(f"{file}: {count(added)} terminals added; the register holds {count(held)}.")


@terminal.command(
    "export",
    cls=Command,
    short_help="Write the register to a file.",
    examples=(("openleo terminal export fleet.parquet", "a file that `import` reads again"),),
)
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@as_json
def export(file: Path, store: str, json_: bool) -> None:
    """Write all terminals to a new FILE, .csv or .parquet."""
    from openleo.formats.register import write_terminals
    from openleo.service.listing import given_out

    with Teller() as teller, _Opened(store) as register:
        teller.doing("writing terminals")
        written = write_terminals(file, given_out(register))
    if json_:
        print_json({"file": str(file), "terminals": written})
    else:
        show(f"{file}: {count(written)} terminals.")


@terminal.command(
    "show",
    cls=Command,
    short_help="What the register says of a terminal, or of all.",
    examples=(
        ("openleo terminal show", "how many there are, by state and plan"),
        ("openleo terminal show KIT-0001", "one of them"),
    ),
)
@click.argument("hardware", required=False, metavar="[ID]")
@store_option
@as_json
def show_(hardware: str | None, store: str, json_: bool) -> None:
    """Show what the register says of the terminal with hardware number ID; without one, count them."""
    from openleo.service.trace import trace

    with _Opened(store) as register:
        if hardware is not None:
            found = trace(register, hardware, most=1)
            if json_:
                print_json({key: value for key, value in found.plain().items() if key != "stays"})
            else:
                show(plain_table(*_facts(found)))
            return
        counted = _counted(register)
    if json_:
        print_json(counted)
    else:
        states = [(f"  {name}", count(number)) for name, number in counted["states"].items()]
        plans = [(f"  {name or 'no plan'}", count(number)) for name, number in counted["plans"].items()]
        show(
            plain_table(
                ("terminals", count(counted["terminals"])), ("  with a key", count(counted["enrolled"])),
                *states, ("plans", count(len(plans))), *plans, right=(1,),
            )
        )  # fmt: skip


@terminal.command(
    "trace",
    cls=Command,
    short_help="Who sold a terminal, who owned it, where and when it was served.",
    examples=(
        ("openleo terminal trace KIT-0001", "one sentence, then the chain"),
        ("openleo terminal trace KIT-0001 --json", "all of it"),
    ),
)
@click.argument("hardware", metavar="ID")
@click.option(
    "--most", default=100_000, show_default=True, type=click.IntRange(1), help="Check-ins to look at."
)
@store_option
@as_json
def trace_(hardware: str, most: int, store: str, json_: bool) -> None:
    """Trace the terminal with hardware number ID: sale, owners, payers, where it was served, and when."""
    from openleo.service.trace import trace

    with _Opened(store) as register:
        found = trace(register, hardware, most=most)
    if json_:
        print_json(found.plain())
        return
    show(found.sentence + "\n", plain_table(*_facts(found)))
    stays = [
        (
            f"{each.began} to {each.ended}", count(each.checkins), each.outcome,
            ", ".join(filter(None, (each.area or each.country, each.regions))) or "-",
            "" if each.reason == "none" else each.reason,
        )
        for each in found.stays[-SHOWN:]
    ]  # fmt: skip
    if stays:
        left = len(found.stays) - len(stays)
        head = "\nWhere and when, as it reported" + (f" (the last {SHOWN}; {left} before)" if left else "")
        show(f"{head}:", plain_table(*stays, right=(1,)))


@terminal.command(
    "sponsors",
    cls=Command,
    short_help="Cost by sponsor and month; who goes dark when one stops.",
    examples=(
        ("openleo terminal sponsors", "cost by sponsor and month, this year"),
        ("openleo terminal sponsors --from 2026-01-01 --to 2026-04-01", "of a quarter"),
        ("openleo terminal sponsors --stop 'Sponsor 3'", "which terminals would go dark, and when"),
    ),
)
@click.option("--from", "from_", metavar="DATE", help="Begin, the first of this year unless given.")
@click.option("--to", "to_", metavar="DATE", help="End, now unless given.")
@click.option("--stop", metavar="SPONSOR", help="What if this one stopped paying now? Nothing is changed.")
@store_option
@as_json
def sponsors(from_: str | None, to_: str | None, stop: str | None, store: str, json_: bool) -> None:
    """Show what each sponsor owes by month, or which terminals go dark if one stops paying."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from openleo.cli.command import moment
    from openleo.service.listing import day_of
    from openleo.service.records import microseconds
    from openleo.service.sponsors import bill, goes_dark

    now = datetime.now(UTC)
    begins = moment(from_, "--from") or datetime(now.year, 1, 1, tzinfo=UTC)
    ends = moment(to_, "--to") or now
    with _Opened(store) as register:
        if stop is not None:
            dark = goes_dark(register, stop, now_us=microseconds(now))
            rows = [{"hardware": each.hardware, "from": day_of(each.from_us)} for each in dark]
            if json_:
                print_json({"sponsor": stop, "terminals": len(rows), "dark": rows})
                return
            show(f"If {stop} told now that it stops paying, {count(len(rows))} terminals would go dark.")
            by_day: dict[str, int] = {}
            for row in rows:
                day = (row["from"] or "")[:10]
                by_day[day] = by_day.get(day, 0) + 1
            if by_day:
                show(
                    plain_table(*((day, count(number)) for day, number in sorted(by_day.items())), right=(1,))
                )
            return
        costs = bill(register, microseconds(begins), microseconds(ends))
    if json_:
        print_json(
            {"from": begins.isoformat(), "to": ends.isoformat(), "costs": [asdict(each) for each in costs]}
        )
    elif not costs:
        show("No sponsor pays for any terminal in that time.")
    else:
        lines = [(each.month, each.sponsor, count(each.terminals), f"{each.cost:,.2f}") for each in costs]
        show(plain_table(("month", "sponsor", "terminals", "cost"), *lines, right=(2, 3)))


@terminal.command(
    "set",
    cls=Command,
    short_help="Say that a terminal is active, suspended, lost, stolen, found or retired.",
    examples=(("openleo terminal set KIT-0001 stolen --why 'reported by its owner'", "holds at once"),),
)
@click.argument("hardware", metavar="ID")
@click.argument("state", type=click.Choice(["active", "suspended", "lost", "stolen", "found", "retired"]))
@why_option
@by_option
@store_option
def set_(hardware: str, state: str, why: str, by: str, store: str) -> None:
    """Say in which STATE the terminal with hardware number ID is; servers see it with the next check-in."""
    from openleo.service.records import TerminalState

    with _Opened(store) as register:
        register.set_state(
            [register.find(hardware)], TerminalState[state.upper()], by=by, now_us=_now_us(), why=why
        )
    show(f"{hardware}: {state}.")


@terminal.command(
    "revoke",
    cls=Command,
    short_help="Make the key of a terminal void, at once.",
    examples=(("openleo terminal revoke KIT-0001 --why 'its key was copied'", "it needs a new code"),),
)
@click.argument("hardware", metavar="ID")
@why_option
@by_option
@store_option
def revoke(hardware: str, why: str, by: str, store: str) -> None:
    """Make key and enrolment codes of the terminal with hardware number ID void."""
    with _Opened(store) as register:
        register.revoke([register.find(hardware)], by=by, now_us=_now_us(), why=why)
    show(f"{hardware}: its key is void.")


@terminal.command(
    "code",
    cls=Command,
    short_help="A one-time code by which a terminal enrols its key.",
    examples=(("openleo terminal code KIT-0001", "shown once; the store keeps its hash alone"),),
)
@click.argument("hardware", metavar="ID")
@click.option("--days", default=30.0, show_default=True, type=click.FloatRange(0.0, 3650.0, min_open=True))
@by_option
@store_option
@as_json
def code(hardware: str, days: float, by: str, store: str, json_: bool) -> None:
    """Make a one-time enrolment code for the terminal with hardware number ID; earlier ones are void."""
    with _Opened(store) as register:
        (made,) = register.codes([register.find(hardware)], by=by, now_us=_now_us(), days=days)
    if json_:
        print_json({"hardware": hardware, "code": made, "days": days})
    else:
        click.echo(made)


@terminal.command(
    "transfer",
    cls=Command,
    short_help="Record that a terminal has another owner.",
    examples=(
        (
            "openleo terminal transfer KIT-0001 'Owner 2' --dealer 'Dealer 7' --country QM",
            "recorded for ever",
        ),
    ),
)
@click.argument("hardware", metavar="ID")
@click.argument("owner")
@click.option("--account", metavar="NAME", help="The new owner's account, if that changes too.")
@click.option("--dealer", default="", metavar="NAME", help="Who sold it on.")
@click.option("--country", default="", metavar="CODE", help="Where.")
@click.option("--at", metavar="TIME", help="When it happened, now unless given.")
@click.option("--note", default="", metavar="TEXT")
@by_option
@store_option
def transfer(
    hardware: str, owner: str, account: str | None, dealer: str, country: str, at: str | None, note: str,
    by: str, store: str,
) -> None:  # fmt: skip
    """Record that the terminal with hardware number ID now belongs to OWNER; nothing is overwritten."""
    from openleo.cli.command import moment
    from openleo.service.records import microseconds

    with _Opened(store) as register:
        when = moment(at, "--at")
        register.transfer(
            register.find(hardware), owner, by=by, now_us=_now_us(), dealer=dealer, country=country,
            account=account, time_us=None if when is None else microseconds(when), note=note,
        )  # fmt: skip
    show(f"{hardware}: belongs to {owner}.")


class _Opened:
    """The register of a store that is there."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> "Register":
        from openleo.service.store import Store
        from openleo.service.terminals import Register

        self._store = Store.open(self._where, create=False)
        try:
            return Register.load(self._store)
        except BaseException:
            self._store.close()
            raise

    def __exit__(self, *_: Any) -> None:
        self._store.close()


def _now_us() -> int:
    return time.time_ns() // 1000


def _counted(register: "Register") -> dict[str, Any]:
    import numpy as np

    from openleo.service.records import TerminalState

    states = np.bincount(register.rows["state"], minlength=len(TerminalState)).tolist()
    plans, many = np.unique(register.rows["plan"], return_counts=True)
    return {
        "terminals": len(register),
        "enrolled": int(register.keys.any(axis=1).sum()),
        "states": {each.name.lower(): states[each] for each in TerminalState if states[each]},
        "plans": {
            register.names.name("plan", plan): number
            for plan, number in zip(plans.tolist(), many.tolist(), strict=True)
        },
    }


def _facts(found: "Trace") -> list[tuple[str, str]]:
    rows = [
        ("state", found.state + ("" if found.enrolled else ", no key")),
        ("account", found.account or "none"),
        ("plan", found.plan or "none"),
    ]
    if found.use:
        rows.append(("use", f"{found.use}, declared by {found.declared_by or 'nobody'}"))
    for owned in found.owners:
        words = [owned.at or "no date"]
        words += [f"from {owned.before}"] if owned.before else []
        words += [f"to {owned.owner}"] if owned.owner else []
        words += [f"by {owned.dealer}"] if owned.dealer else []
        words += [f"in {owned.country}"] if owned.country else []
        rows.append((owned.kind, " ".join(words)))
    for paid in found.paid:
        until = paid.ended or "further notice"
        rows.append(("paid by", f"{paid.sponsor}, {paid.began} to {until}, {paid.price_month:g} a month"))
    for each in found.findings:
        closed = f", {each['state']} by {each['closed_by']}" if each["state"] != "open" else ", open"
        rows.append(("finding", f"{each['kind']} of {each['opened']}{closed}"))
    return rows
