"""What a person sets right of a document: what is said of it, and to what it goes back."""

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from openleo.errors import InputError
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.store.reports import checks, documents, schema
from openleo.service.store.reports.rows import GivenOrigin, heard, said


def set_facts(
    connection: Connection, id_: str, document: Document, proposals: Proposals, by: str
) -> Row[Any]:
    """Set right what is said of a document; see `Reports.set_facts`."""
    of = documents.found(connection, id_)
    newest = documents.last(connection, of.id)
    if newest.said == said(document):
        raise InputError(f"document {of.id}: this is said of it already")
    before = heard(newest.said, Document, f"document {of.id}")
    if (before.text, before.asides) != (document.text, document.asides):
        raise InputError(f"document {of.id}: its text differs; another text is a version of it")
    table = schema.versions
    connection.execute(
        update(table)
        .where(table.c.document == of.id, table.c.number == newest.number)
        .values(
            said=said(document), proposed=said(proposals), source=checks.folded(document.source),
            address=document.address,
        )
    )  # fmt: skip
    connection.execute(
        insert(schema.facts).values(
            document=of.id, version=newest.number, was=newest.said, by=by, noted_us=documents.now_us()
        )
    )
    documents.hide(connection, [of.id])
    return documents.found(connection, of.id)


def set_origin(connection: Connection, id_: str, root: str, outside: str, why: str, by: str) -> GivenOrigin:
    """Keep to what a document goes back; see `Reports.set_origin`."""
    of = documents.found(connection, id_)
    if root:
        other = documents.found(connection, root)
        if other.case_name != of.case_name:
            raise InputError(f"origin: {other.id} is of the case {other.case_name!r}, not {of.case_name!r}")
        root = other.id
        _no_circle(connection, of.id, root)
    connection.execute(delete(schema.origins).where(schema.origins.c.document == of.id))
    connection.execute(
        insert(schema.origins).values(
            document=of.id, root=root, outside=outside, why=why, by=by, noted_us=documents.now_us()
        )
    )
    documents.hide(connection, [of.id])
    return GivenOrigin(of.id, root, outside, (why,), by)


def _no_circle(connection: Connection, id_: str, root: str) -> None:
    """Check that what a document is led back to does not go back to it; raises InputError."""
    table = schema.origins
    at, seen = root, {id_}
    while at not in seen:
        seen.add(at)
        row = connection.execute(select(table.c.root, table.c.by).where(table.c.document == at)).first()
        if row is None or not row.root or row.root == at:
            return
        if row.root == id_:
            raise InputError(
                f"origin: {root} goes back to {id_}, as {row.by} found of {at}: it would be a circle; to set "
                f"that right first: openleo report origin {at} itself"
            )
        at = row.root
