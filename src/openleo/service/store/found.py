"""Findings read back and closed; they are opened with the check-ins that show them (`Held.find`)."""

from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import Row, select, update

from openleo.errors import InputError
from openleo.service.store import schema

if TYPE_CHECKING:
    from openleo.service.store.database import Store

Verdict = Literal["confirmed", "dismissed"]
STATES: Final = ("open", "confirmed", "dismissed")


class AlreadyClosed(InputError):
    """A finding that somebody closed before, in another way."""


def found(
    store: "Store", *, state: str = "", kind: str = "", subject: str = "", after: int = -1, most: int = 100
) -> list[Row[Any]]:
    """Findings by number, those after one: number, kind, subject, opened_us, data (JSON), state, closed_us,
    closed_by, why. state, kind, subject: only such ones, "" for any."""
    kept = schema.findings.c
    wanted = select(schema.findings).where(kept.number > after).order_by(kept.number).limit(most)
    for column, value in ((kept.state, state), (kept.kind, kind), (kept.subject, subject)):
        if value:
            wanted = wanted.where(column == value)
    with store.read() as connection:
        return list(connection.execute(wanted))


def close(store: "Store", number: int, verdict: Verdict, *, by: str, why: str, now_us: int) -> bool:
    """Close a finding, for good; it is on the disk on return.

    Returns False where it was closed so before, by the same and for the same reason.
    Raises InputError where there is none of that number, AlreadyClosed where it was closed in another way.
    """
    kept = schema.findings.c
    with store.begin() as connection:
        changed = connection.execute(
            update(schema.findings)
            .where(kept.number == number, kept.state == "open")
            .values(state=verdict, closed_us=now_us, closed_by=by, why=why)
        )
        if changed.rowcount:
            return True
        row = connection.execute(select(schema.findings).where(kept.number == number)).one_or_none()
    if row is None:
        raise InputError(f"finding: there is no number {number}")
    if (row.state, row.closed_by, row.why) != (verdict, by, why):
        raise AlreadyClosed(f"finding: {number} was {row.state} by {row.closed_by} before")
    return False
