"""Documents in the register of reports: found, kept, reviewed, led back to where they come from."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Table, delete, func, insert, or_, select, update

from openleo.errors import InputError
from openleo.ledger.errors import LedgerError
from openleo.ledger.objects import seal
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.store.reports import checks, editors, schema
from openleo.service.store.reports.moved import moved
from openleo.service.store.reports.rows import Imported, said

ID_DIGITS: Final = 12
INBOX: Final = "inbox"
"""The case of a document of which nobody said what it is about."""
_PARTS: Final[tuple[Table, ...]] = (schema.versions, schema.origins, schema.facts)
"""Tables with what was noted of a document, and by whom."""


def found(connection: Connection, id_: str) -> Row[Any]:
    """The row of a document by its id, or by the beginning of it that no other has. Raises InputError."""
    table = schema.documents
    query = select(table).where(func.substr(table.c.id, 1, len(id_)) == id_.lower()).order_by(table.c.id)
    rows = connection.execute(query.limit(4)).all() if id_ else []
    if not rows:
        raise InputError(f"document: there is none with the id {id_[:40]!r}: openleo report list")
    if len(rows) > 1:
        listed = ", ".join(each.id for each in rows[:3]) + (" ..." if len(rows) > 3 else "")
        raise InputError(f"document: more than one id begins with {id_!r}: {listed}")
    return rows[0]


def last(connection: Connection, id_: str) -> Row[Any]:
    """The last version of a document."""
    table = schema.versions
    query = select(table).where(table.c.document == id_).order_by(table.c.number.desc()).limit(1)
    return connection.execute(query).one()


def version(connection: Connection, id_: str, number: int) -> Row[Any]:
    """One of the versions of a document. Raises InputError where there is none of that number."""
    table = schema.versions
    query = select(table).where(table.c.document == id_, table.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        most = last(connection, id_).number
        raise InputError(f"document {id_}: there is no version {number}; 1 to {most} are here")
    return row


def keep(
    connection: Connection,
    document: Document,
    proposals: Proposals,
    raw: bytes,
    case: str | None,
    by: str,
    version_of: str | None,
) -> Imported:
    """Keep a document; see `Reports.keep`."""
    of, same = _known(connection, document, raw, case, version_of)
    if same is not None:
        return Imported(same.document, same.number, "same", found(connection, same.document).case_name)
    name, sealed = _sealed(connection, raw)
    number, case = 1, case or INBOX
    also = _also(connection, document, raw, case if of is None else of.case_name)
    if of is None:
        id_ = name[:ID_DIGITS]
        connection.execute(insert(schema.documents).values(id=id_, case_name=case))
    else:
        id_, case = of.id, of.case_name
        number = last(connection, id_).number + 1
        hide(connection, [id_])
    connection.execute(
        insert(schema.versions).values(
            document=id_, number=number, name=name, raw=sealed, bytes_hash=_hash(raw),
            text_hash=_hash(document.text.encode()), source=checks.folded(document.source),
            address=document.address, said=said(document), proposed=said(proposals), imported_us=now_us(),
            by=by,
        )
    )  # fmt: skip
    if of is None:
        return Imported(id_, number, "new", case, like=_like(connection, id_, case, document), also=also)
    left = moved(connection, id_, number)
    return Imported(id_, number, "version", case, bool(of.reviewed_by), left, also=also)


def _sealed(connection: Connection, raw: bytes) -> tuple[str, bytes]:
    """The salted hash of some bytes, and them with the salt.

    It begins with a letter, so that no beginning of an id is taken for a claim's number; and no other
    document has its first digits.
    """
    while True:
        try:
            name, sealed = seal(raw)
        except LedgerError as error:
            raise InputError(f"document: {error}") from error
        taken = select(schema.documents.c.id).where(schema.documents.c.id == name[:ID_DIGITS])
        if name[0].isalpha() and connection.execute(taken).first() is None:
            return name, sealed


def _known(
    connection: Connection, document: Document, raw: bytes, case: str | None, version_of: str | None
) -> tuple[Row[Any] | None, Row[Any] | None]:
    """The document of which this is a version, and the version that is the same."""
    if version_of is not None:
        of = found(connection, version_of)
        if case is not None and case != of.case_name:
            raise InputError(f"case: {case!r} given; document {of.id} is in the case {of.case_name!r}")
        newest = last(connection, of.id)
        return of, newest if newest.said == said(document) else None
    table = schema.versions
    here = _versions()
    if case is not None:
        here = here.where(schema.documents.c.case_name == case)
    same = next(iter(_same(connection, here, document, raw)), None)
    if same is not None or not document.address:
        return None, same
    at = connection.execute(here.where(table.c.address == document.address).limit(1)).first()
    return (found(connection, at.document) if at is not None else None), None


def _versions() -> Select[Any]:
    """Versions, and the cases of their documents."""
    table, of = schema.versions, schema.documents
    query = select(table, of.c.case_name).join(of, of.c.id == table.c.document)
    return query.order_by(table.c.document, table.c.number.desc())


def _same(connection: Connection, among: Select[Any], document: Document, raw: bytes) -> list[Row[Any]]:
    """The versions that are the same: those of the same bytes first, then those of the same text."""
    table, bytes_hash = schema.versions, _hash(raw)
    text = table.c.text_hash == _hash(document.text.encode())
    source = checks.folded(document.source)
    rows = connection.execute(among.where(or_(table.c.bytes_hash == bytes_hash, text))).all()
    alike = [each for each in rows if each.bytes_hash != bytes_hash]
    return [each for each in rows if each.bytes_hash == bytes_hash] + [
        each for each in alike if _fits(each.source, source) and _fits(each.address, document.address)
    ]


def _also(connection: Connection, document: Document, raw: bytes, case: str) -> tuple[str, ...]:
    """The other cases in which the same is kept."""
    others = _versions().where(schema.documents.c.case_name != case)
    return tuple(sorted({each.case_name for each in _same(connection, others, document, raw)}))


def _like(connection: Connection, id_: str, case: str, document: Document) -> str:
    """Another document of a case with the same source and title; "" without one."""
    if not (document.source and document.title):
        return ""
    table = schema.versions
    title, address = (func.json_extract(table.c.said, f"$.{each}") for each in ("title", "address"))
    here = (
        select(table.c.document, title.label("title"), address.label("address"))
        .join(schema.documents, schema.documents.c.id == table.c.document)
        .where(
            schema.documents.c.case_name == case, table.c.document != id_,
            table.c.source == checks.folded(document.source), func.json_valid(table.c.said),
        )
        .order_by(table.c.imported_us)
    )  # fmt: skip
    for row in connection.execute(here):
        if checks.folded(row.title or "") == checks.folded(document.title) and not (
            row.address and document.address
        ):
            return str(row.document)
    return ""


def review(connection: Connection, id_: str, by: str, shown: str, noted: Sequence[str]) -> Row[Any]:
    """Let a document be shown; see `Reports.review_document`.

    noted: who changed since its review what spellings in it stand for.
    """
    of = found(connection, id_)
    made: list[tuple[str, str]] = []
    for table in _PARTS:
        query = select(table.c.by, table.c.reviewed_by).where(table.c.document == of.id)
        made += [(row.by, row.reviewed_by) for row in connection.execute(query)]
    made += [(each, "") for each in noted]
    editors.second(f"document {of.id}", by, made)
    connection.execute(
        update(schema.documents)
        .where(schema.documents.c.id == of.id)
        .values(reviewed_by=by, shown=shown, reviewed_us=now_us())
    )
    for table in _PARTS:
        waiting = (table.c.document == of.id) & (table.c.reviewed_by == "")
        connection.execute(update(table).where(waiting).values(reviewed_by=by))
    return found(connection, of.id)


def hide(connection: Connection, ids: Sequence[str]) -> None:
    """Make documents private again."""
    table = schema.documents
    connection.execute(update(table).where(table.c.id.in_(ids)).values(reviewed_by="", shown=""))


def public(connection: Connection, case: str) -> list[str]:
    """The documents of a case that somebody has reviewed."""
    table = schema.documents
    query = select(table.c.id).where(table.c.case_name == case, table.c.reviewed_by != "")
    return list(connection.execute(query).scalars())


def move(connection: Connection, id_: str, case: str) -> Row[Any]:
    """Put a document into another case; see `Reports.move`."""
    of = found(connection, id_)
    if of.case_name == case:
        raise InputError(f"document {of.id}: it is in the case {case!r} already")
    _unused(connection, of, "moved")
    table = schema.versions
    here = select(table).join(schema.documents, schema.documents.c.id == table.c.document)
    here = here.where(schema.documents.c.case_name == case)
    same = connection.execute(here.where(table.c.bytes_hash == last(connection, of.id).bytes_hash)).first()
    if same is not None:
        raise InputError(f"document {of.id}: it is in the case {case!r} as {same.document}")
    connection.execute(delete(schema.origins).where(schema.origins.c.document == of.id))
    connection.execute(update(schema.documents).where(schema.documents.c.id == of.id).values(case_name=case))
    hide(connection, [of.id])
    return found(connection, of.id)


def drop(connection: Connection, id_: str) -> str:
    """Take a document out of the register, with its versions; see `Reports.drop_document`."""
    of = found(connection, id_)
    _unused(connection, of, "dropped")
    for table in _PARTS:
        connection.execute(delete(table).where(table.c.document == of.id))
    connection.execute(delete(schema.documents).where(schema.documents.c.id == of.id))
    return str(of.id)


def _unused(connection: Connection, of: Row[Any], done: str) -> None:
    """Check that nothing in a case rests on a document; raises InputError."""
    used: set[int] = set()
    for table in (schema.tellings, schema.answers):
        used |= set(connection.execute(select(table.c.claim).where(table.c.document == of.id)).scalars())
    if used:
        numbers = ", ".join(map(str, sorted(used)))
        raise InputError(f"document {of.id}: claims rest on it, and it cannot be {done}: {numbers}")
    table = schema.origins
    query = select(table.c.document).where(table.c.root == of.id, table.c.document != of.id)
    others = connection.execute(query).scalars().all()
    if others:
        raise InputError(
            f"document {of.id}: others go back to it, and it cannot be {done}: {', '.join(others)}"
        )


def now_us() -> int:
    """The time now, as the register has it."""
    return int(datetime.now(UTC).timestamp() * 1e6)


def _fits(one: str, other: str) -> bool:
    return one == other or not one or not other


def _hash(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()
