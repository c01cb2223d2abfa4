"""What spellings of a case stand for, as persons have confirmed; which documents wait for a review of that.

Whatever shows more than before, or other words, is for a second person: a document that holds a spelling is
private again when that is confirmed as something else than a person's name, or is to be shown as a role, and
when it is taken back. That a name is a person's, and no more, withholds it at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from openleo.errors import InputError
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.store.reports import checks, documents, schema
from openleo.service.store.reports.rows import KnownName, heard


def confirm(connection: Connection, case: str, given: KnownName) -> tuple[str, ...]:
    """Keep what a spelling stands for; see `Reports.confirm_name`."""
    known = connection.execute(select(schema.documents.c.case_name).distinct()).scalars().all()
    if case not in known:
        raise InputError(f"case: there is none named {case!r}; {', '.join(sorted(known)) or 'none'} are here")
    key = checks.folded(given.written)
    here = select(schema.documents.c.id).where(schema.documents.c.case_name == case)
    holding = _holding(connection, connection.execute(here).scalars(), key)
    if not holding:
        raise InputError(
            f"written: {given.written!r} stands in no document of {case!r}; a spelling as it stands there is "
            "allowed"
        )
    table = schema.names
    connection.execute(delete(table).where(table.c.case_name == case, table.c.folded == key))
    connection.execute(
        insert(table).values(
            case_name=case, folded=key, written=given.written, name=given.name, kind=given.kind,
            shown_as=given.shown_as, by=given.by, noted_us=documents.now_us(),
        )
    )  # fmt: skip
    return _hidden(connection, case, holding) if _shows(given.kind, given.shown_as) else ()


def forget(connection: Connection, case: str, written: str, by: str) -> tuple[str, ...]:
    """Take back what a spelling stands for; see `Reports.forget_name`."""
    table = schema.names
    key = checks.folded(written)
    held = (table.c.case_name == case) & (table.c.folded == key) & (table.c.kind != "")
    if connection.execute(select(table.c.by).where(held)).first() is None:
        raise InputError(
            f"written: nobody has confirmed {written!r} in {case!r}: openleo report aliases CASE"
        )
    change = {"kind": "", "shown_as": "", "by": by, "noted_us": documents.now_us()}
    connection.execute(update(table).where(held).values(**change))
    return _hidden(connection, case, _holding(connection, documents.public(connection, case), key))


def known(connection: Connection, case: str, *, reviewed: bool) -> tuple[KnownName, ...]:
    """The spellings of a case, by name; see `Reports.names`."""
    table = schema.names
    query = select(table).where(table.c.case_name == case, table.c.kind != "")
    found = [
        KnownName(each.written, each.name, each.kind, each.by, each.shown_as)
        for each in connection.execute(query.order_by(table.c.name, table.c.folded))
    ]
    if not reviewed:
        return tuple(found)
    texts = [text for id_ in documents.public(connection, case) for text in _told(connection, id_)]
    seen = {each.written for each in found if _stands(checks.folded(each.written), texts)}
    return tuple(
        replace(each, shown_as=each.shown_as if each.written in seen else "")
        for each in found
        if each.kind == "person" or each.written in seen
    )


def noted_since(connection: Connection, of: Row[Any]) -> list[str]:
    """Who confirmed or took back a spelling in a document since its review, so that it shows other words."""
    table = schema.names
    query = select(table).where(table.c.case_name == of.case_name, table.c.noted_us > of.reviewed_us)
    rows = [each for each in connection.execute(query) if _shows(each.kind, each.shown_as)]
    texts = _told(connection, of.id) if rows else []
    return [each.by for each in rows if _stands(each.folded, texts)]


def _shows(kind: str, shown_as: str) -> bool:
    """Whether a spelling that stands for this is shown, or other words in its place."""
    return kind != "person" or bool(shown_as)


def _hidden(connection: Connection, case: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Make those that are public private; returns them."""
    public = documents.public(connection, case)
    found = tuple(each for each in ids if each in public)
    documents.hide(connection, found)
    return found


def _holding(connection: Connection, ids: Iterable[str], key: str) -> list[str]:
    """The documents in which a folded spelling stands, or in what is said of them."""
    return [each for each in ids if _stands(key, _told(connection, each))]


def _told(connection: Connection, id_: str) -> list[str]:
    """All texts of a document, in each version, folded."""
    table = schema.versions
    found: list[str] = []
    for said, proposed in connection.execute(
        select(table.c.said, table.c.proposed).where(table.c.document == id_)
    ):
        held = heard(said, Document, f"document {id_}")
        read = heard(proposed, Proposals, f"document {id_}")
        found += [
            held.text, held.source, held.title, held.author, held.address, held.translation_of,
            *(each.name for each in read.names), *(each.name for each in read.outlets),
            *(each.speaker for each in read.quotations),
        ]  # fmt: skip
    return [_plainly(checks.folded(each)) for each in found]


def _stands(key: str, texts: Sequence[str]) -> bool:
    return any(_plainly(key) in each for each in texts)


def _plainly(text: str) -> str:
    return text.replace("\u2019", "'")
