"""What the register of reports gives back, and how it is read from its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Table, func, select

from openleo.errors import InputError
from openleo.service.reports.answered import unanswered
from openleo.service.reports.case import stood_for
from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import NameKind, Proposals, Read
from openleo.service.store.reports import schema

T = TypeVar("T")

Shown = Literal["whole", "excerpts", ""]


@dataclass(frozen=True)
class Imported:
    """What became of a document that was given. number: of its version.

    private: whether it was public before, and waits for a review now. left: claims that an earlier version
    told in words that this one does not have. like: another document of the same source and title. also:
    other cases in which the same is kept.
    """

    id: str
    number: int
    what: Literal["new", "version", "same"]
    case: str = ""
    private: bool = False
    left: tuple[int, ...] = ()
    like: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """How many documents and claims a case has. reviewed: claims.

    open: claims that nobody has answered, or not whoever was asked since.
    """

    name: str
    documents: int
    claims: int
    open: int
    reviewed: int


@dataclass(frozen=True)
class Kept:
    """A document as it was last imported. versions: how many. shown: "" while it is private."""

    id: str
    case: str
    versions: int
    document: Document
    proposals: Proposals
    imported: datetime
    by: str
    reviewed_by: str
    shown: Shown

    @property
    def read(self) -> Read:
        """The document with its proposals, as the rules take it."""
        return Read(self.id, self.document, self.proposals)


@dataclass(frozen=True)
class Version:
    """One of the versions of a document; the last is what it says now."""

    number: int
    imported: datetime
    by: str
    document: Document
    proposals: Proposals


@dataclass(frozen=True)
class KnownName:
    """A spelling that a person has confirmed: the name it stands for, and what that is.

    shown_as: the role by which a person is shown.
    """

    written: str
    name: str
    kind: NameKind
    by: str
    shown_as: str = ""


@dataclass(frozen=True)
class GivenOrigin:
    """To what a document goes back, as a person has found: `root` a document of the case, or `outside`."""

    document: str
    root: str
    outside: str
    why: tuple[str, ...]
    by: str = ""


def said(value: Any) -> str:
    """A dataclass as it is kept."""
    return msgspec.json.encode(value).decode()


def heard(text: str, kind: type[T], where: str) -> T:
    """The same, back. Raises InputError where the register was written by something else."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise InputError(f"{where}: cannot be read: {error}") from error


def case(name: str, documents: int, claims: Sequence[Claim], names: Iterable[KnownName]) -> Case:
    """A case by how many documents it has, its claims, and the spellings that were confirmed in it."""
    waiting = len(unanswered(claims, stood_for(names)))
    return Case(name, documents, len(claims), waiting, sum(bool(claim.reviewed_by) for claim in claims))


def moment(us: int) -> datetime:
    """A time of the register."""
    return datetime.fromtimestamp(us / 1e6, UTC)


def kept(connection: Connection, rows: Iterable[Row[Any]]) -> list[Kept]:
    """Documents from their rows, each with its last version."""
    found = []
    for row in rows:
        query = select(schema.versions).where(schema.versions.c.document == row.id)
        last = version(connection.execute(query.order_by(schema.versions.c.number.desc()).limit(1)).one())
        found.append(
            Kept(
                row.id, row.case_name, last.number, last.document, last.proposals, last.imported, last.by,
                row.reviewed_by, row.shown,
            )
        )  # fmt: skip
    return found


def version(row: Row[Any]) -> Version:
    """A version of a document from its row."""
    where = f"document {row.document}"
    return Version(
        row.number, moment(row.imported_us), row.by, heard(row.said, Document, where),
        heard(row.proposed, Proposals, where),
    )  # fmt: skip


def claims(connection: Connection, rows: Sequence[Row[Any]]) -> list[Claim]:
    """Claims from their rows, with what tells and answers them."""
    numbers = [row.number for row in rows]
    tellings = _parts(connection, schema.tellings, numbers)
    answers = _parts(connection, schema.answers, numbers)
    changes = _parts(connection, schema.changes, numbers)
    entered: dict[int, int] = dict(
        connection.execute(
            select(schema.entries.c.claim, func.max(schema.entries.c.entry))
            .where(schema.entries.c.claim.in_(numbers))
            .group_by(schema.entries.c.claim)
        ).all()
    )
    return [
        replace(
            heard(row.said, Claim, f"claim {row.number}"),
            number=row.number,
            tellings=tuple(
                heard(each.said, Telling, f"claim {row.number}") for each in tellings.get(row.number, ())
            ),
            answers=tuple(
                replace(heard(each.said, Answer, f"claim {row.number}"), claim=row.number)
                for each in answers.get(row.number, ())
            ),
            reviewed_by=_reviewer(
                [row, *(part for of in (tellings, answers, changes) for part in of.get(row.number, ()))]
            ),
            asked=date.fromisoformat(row.asked) if row.asked else None,
            entry=entered.get(row.number, -1),
            asked_of=row.asked_of,
        )
        for row in rows
    ]


def _parts(connection: Connection, table: Table, claims: Sequence[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(select(table).where(table.c.claim.in_(claims)).order_by(table.c.number)):
        found.setdefault(row.claim, []).append(row)
    return found


def _reviewer(parts: Sequence[Row[Any]]) -> str:
    """Who reviewed the last of the parts of a claim; nobody, while one of them waits."""
    return str(parts[-1].reviewed_by) if all(each.reviewed_by for each in parts) else ""
