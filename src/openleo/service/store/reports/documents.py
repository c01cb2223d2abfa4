"""Documents in the register of reports: found, kept, reviewed, led back to where they come from."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from openleo.errors import InputError
from openleo.ledger.errors import LedgerError
from openleo.ledger.objects import seal
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.store.reports import checks, schema
from openleo.service.store.reports.moved import moved
from openleo.service.store.reports.rows import Imported, KnownName, heard, said

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
        raise InputError(f"document: there is none with the id {id_!r}: openleo report list")
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
        return Imported(id_, number, "new", case, like=_like(connection, id_, case, document))
    return Imported(id_, number, "version", case, bool(of.reviewed_by), moved(connection, id_, number))


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
        newest = last(connection, of.id)
        return of, newest if newest.said == said(document) else None
    table = schema.versions
    here = select(table).join(schema.documents, schema.documents.c.id == table.c.document)
    here = here.order_by(table.c.document, table.c.number.desc())
    if case is not None:
        here = here.where(schema.documents.c.case_name == case)
    same = connection.execute(here.where(table.c.bytes_hash == _hash(raw)).limit(1)).first()
    if same is None:
        alike = connection.execute(here.where(table.c.text_hash == _hash(document.text.encode()))).all()
        source = checks.folded(document.source)
        same = next(
            (each for each in alike if _fits(each.source, source) and _fits(each.address, document.address)),
            None,
        )
    if same is not None or not document.address:
        return None, same
    at = connection.execute(here.where(table.c.address == document.address).limit(1)).first()
    return (found(connection, at.document) if at is not None else None), None


def _like(connection: Connection, id_: str, case: str, document: Document) -> str:
    """Another document of a case with the same source and title; "" without one."""
    if not (document.source and document.title):
        return ""
    table = schema.versions
    here = select(table).join(schema.documents, schema.documents.c.id == table.c.document)
    here = here.where(
        schema.documents.c.case_name == case, table.c.document != id_,
        table.c.source == checks.folded(document.source),
    ).order_by(table.c.imported_us)  # fmt: skip
    for row in connection.execute(here):
        other = heard(row.said, Document, f"document {row.document}")
        if checks.folded(other.title) == checks.folded(document.title) and not (
            other.address and document.address
        ):
            return str(row.document)
    return ""


def review(connection: Connection, id_: str, by: str, shown: str) -> Row[Any]:
    """Let a document be shown; see `Reports.review_document`."""
    of = found(connection, id_)
    made: list[tuple[str, str]] = []
    for table in _PARTS:
        query = select(table.c.by, table.c.reviewed_by).where(table.c.document == of.id)
        made += [(row.by, row.reviewed_by) for row in connection.execute(query)]
    made += [(each, "") for each in _unhid(connection, of)]
    second(f"document {of.id}", by, made)
    connection.execute(
        update(schema.documents)
        .where(schema.documents.c.id == of.id)
        .values(reviewed_by=by, shown=shown, reviewed_us=now_us())
    )
    for table in _PARTS:
        waiting = (table.c.document == of.id) & (table.c.reviewed_by == "")
        connection.execute(update(table).where(waiting).values(reviewed_by=by))
    return found(connection, of.id)


def second(what: str, by: str, made: Sequence[tuple[str, str]]) -> None:
    """Check that somebody else made what waits for a review, or all where nothing waits; raises InputError.

    made: who made each part, and who has reviewed that, "" while nobody has.
    """
    waiting = [each for each in made if not each[1]] or made
    if any(checks.folded(maker) == checks.folded(by) for maker, _ in waiting):
        raise InputError(f"{what}: {by} noted it, or a part of it; a second person is needed to review it")


def hide(connection: Connection, ids: Sequence[str]) -> None:
    """Make documents private again."""
    table = schema.documents
    connection.execute(update(table).where(table.c.id.in_(ids)).values(reviewed_by="", shown=""))


def confirm_name(connection: Connection, case: str, given: KnownName) -> tuple[str, ...]:
    """Keep what a spelling stands for; returns the documents that are private again for it.

    They are those that hold it as a person's name, where it is confirmed as that of something else: its
    being shown is for a second person to review.
    """
    known = connection.execute(select(schema.documents.c.case_name).distinct()).scalars().all()
    if case not in known:
        raise InputError(f"case: there is none named {case!r}; {', '.join(sorted(known)) or 'none'} are here")
    key = checks.folded(given.written)
    here = select(schema.documents.c.id).where(schema.documents.c.case_name == case)
    if not any(_holds(connection, each, key) for each in connection.execute(here).scalars()):
        raise InputError(
            f"written: {given.written!r} stands in no document of {case!r}; a spelling as it stands there is "
            "allowed"
        )
    table = schema.names
    connection.execute(delete(table).where(table.c.case_name == case, table.c.folded == key))
    connection.execute(
        insert(table).values(
            case_name=case, folded=key, written=given.written, name=given.name, kind=given.kind,
            shown_as=given.shown_as, by=given.by, noted_us=now_us(),
        )
    )  # fmt: skip
    if given.kind == "person":
        return ()
    holding = [each for each in _public(connection, case) if key in _people(connection, each)]
    hide(connection, holding)
    return tuple(holding)


def forget_name(connection: Connection, case: str, written: str, by: str) -> tuple[str, ...]:
    """Take back what a spelling stands for; see `Reports.forget_name`."""
    table = schema.names
    key = checks.folded(written)
    held = (table.c.case_name == case) & (table.c.folded == key) & (table.c.kind != "")
    if connection.execute(select(table.c.by).where(held)).first() is None:
        raise InputError(
            f"written: nobody has confirmed {written!r} in {case!r}: openleo report aliases CASE"
        )
    connection.execute(update(table).where(held).values(kind="", shown_as="", by=by, noted_us=now_us()))
    holding = [each for each in _public(connection, case) if _holds(connection, each, key)]
    hide(connection, holding)
    return tuple(holding)


def _public(connection: Connection, case: str) -> list[str]:
    """The documents of a case that somebody has reviewed."""
    table = schema.documents
    query = select(table.c.id).where(table.c.case_name == case, table.c.reviewed_by != "")
    return list(connection.execute(query).scalars())


def _holds(connection: Connection, id_: str, key: str) -> bool:
    """Whether a folded spelling stands in a version of a document, or in what is said of it."""
    table = schema.versions
    for said_, proposed in connection.execute(
        select(table.c.said, table.c.proposed).where(table.c.document == id_)
    ):
        held, found = heard(said_, Document, f"document {id_}"), heard(proposed, Proposals, f"document {id_}")
        told = (
            held.text, held.source, held.title, held.author, held.address, held.translation_of,
            *(each.name for each in found.names), *(each.name for each in found.outlets),
            *(each.speaker for each in found.quotations),
        )  # fmt: skip
        if any(_plainly(key) in _plainly(checks.folded(each)) for each in told):
            return True
    return False


def _plainly(text: str) -> str:
    return text.replace("\u2019", "'")


def _people(connection: Connection, id_: str) -> frozenset[str]:
    """The names in a document that were proposed as those of persons, folded."""
    proposed = heard(last(connection, id_).proposed, Proposals, f"document {id_}")
    return frozenset(checks.folded(each.name) for each in proposed.names if each.kind == "person")


def _unhid(connection: Connection, of: Row[Any]) -> list[str]:
    """Who changed what may be shown of a document since its review.

    They confirmed that what was proposed as a person's name is something else, or took a spelling back.
    """
    people = _people(connection, of.id)
    table = schema.names
    query = select(table).where(table.c.case_name == of.case_name, table.c.kind != "person")
    return [
        each.by
        for each in connection.execute(query)
        if each.noted_us > of.reviewed_us
        and (each.folded in people if each.kind else _holds(connection, of.id, each.folded))
    ]


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
