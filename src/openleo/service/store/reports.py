"""The register of reports: documents with their versions, claims, answers, and who has reviewed them.

Whatever no second person has reviewed is private: each question takes `reviewed=True`, which gives what may
be shown to everybody and no more. A claim whose tellings or answers grow after its review is private again
until somebody else has reviewed what is new; so is a document with a new version.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from openleo.errors import InputError
from openleo.ledger.errors import LedgerError
from openleo.ledger.objects import open_object, seal
from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import NameKind, Proposals
from openleo.service.store import reports_checks as checks
from openleo.service.store import reports_rows as rows
from openleo.service.store import reports_schema as schema
from openleo.service.store.opening import told
from openleo.service.store.reports_moved import moved
from openleo.service.store.reports_public import public_claims, public_document
from openleo.service.store.reports_rows import Case, GivenOrigin, Imported, Kept, KnownName, Version

__all__ = ["Case", "GivenOrigin", "Imported", "Kept", "KnownName", "Reports", "Version"]

ID_DIGITS = 12


def latest_day() -> date:
    """The day that it is anywhere on Earth, at the latest."""
    return (datetime.now(UTC) + timedelta(hours=14)).date()


class Reports:
    """An open register of reports; a context manager."""

    def __init__(self, engine: Engine, path: Path, today: Callable[[], date]) -> None:
        self.path = path
        self._engine = engine
        self._today = today

    @classmethod
    def open(
        cls, path: Path | str, *, create: bool = False, today: Callable[[], date] = latest_day
    ) -> "Reports":
        """Open the register in a file. create: make it where it is not there.

        today: the last day that is not in the future, for worlds that are not of today.
        Raises InputError where there is none, or something else, or one that a newer program made;
        StoreUnavailable where it is locked.
        """
        path = Path(path)
        return cls(schema.opened(path, create=create), path, today)

    def __enter__(self) -> "Reports":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with told(str(self.path)), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with told(str(self.path)), self._engine.connect().execution_options(reads=True) as connection:
            yield connection

    # documents

    def keep(
        self,
        document: Document,
        proposals: Proposals,
        *,
        raw: bytes,
        case: str,
        by: str,
        version_of: str | None = None,
    ) -> Imported:
        """Keep a document: as a new one, or as a further version of one that is here.

        It is a version of `version_of`, or of the document of the case that was found at the same address.
        The same bytes in the same case again, or the same text of the same source, are kept once; with
        `version_of`, unless what is said about them differs. raw: what was read, kept under a salt.
        Raises InputError.
        """
        by, case = checks.line("by", by), checks.line("case", case, checks.LONGEST_CASE)
        if not document.text.strip():
            raise InputError("document: its text is empty")
        try:
            name, sealed = seal(raw)
        except LedgerError as error:
            raise InputError(f"document: {error}") from error
        with self._write() as connection:
            of, same = self._known(connection, document, raw, case, version_of)
            if same is not None:
                return Imported(
                    same.document, same.number, "same", self._row(connection, same.document).case_name
                )
            number, private = 1, False
            left: tuple[int, ...] = ()
            if of is None:
                id_ = name[:ID_DIGITS]
                connection.execute(insert(schema.documents).values(id=id_, case_name=case))
            else:
                id_, case, private = of.id, of.case_name, bool(of.reviewed_by)
                number = self._last(connection, id_).number + 1
                connection.execute(
                    update(schema.documents)
                    .where(schema.documents.c.id == id_)
                    .values(reviewed_by="", shown="")
                )
            connection.execute(
                insert(schema.versions).values(
                    document=id_, number=number, name=name, raw=sealed, bytes_hash=_hash(raw),
                    text_hash=_hash(document.text.encode()), source=checks.folded(document.source),
                    address=document.address, said=rows.said(document), proposed=rows.said(proposals),
                    imported_us=_now_us(), by=by,
                )
            )  # fmt: skip
            if number > 1:
                left = moved(connection, id_, number)
        return Imported(id_, number, "version" if number > 1 else "new", case, private, left)

    def _known(
        self, connection: Connection, document: Document, raw: bytes, case: str, version_of: str | None
    ) -> tuple[Row[Any] | None, Row[Any] | None]:
        """The document of which this is a version, and the version that is the same."""
        table = schema.versions
        if version_of is not None:
            of = self._found(connection, version_of)
            last = self._last(connection, of.id)
            return of, last if last.said == rows.said(document) else None
        here = select(table).join(schema.documents, schema.documents.c.id == table.c.document)
        here = here.where(schema.documents.c.case_name == case)
        same = connection.execute(here.where(table.c.bytes_hash == _hash(raw)).limit(1)).first()
        if same is None:
            source = checks.folded(document.source)
            for each in connection.execute(here.where(table.c.text_hash == _hash(document.text.encode()))):
                if {each.source, source} <= {source, ""} and _fits(each.address, document.address):
                    same = each
        if same is not None or not document.address:
            return None, same
        at = connection.execute(here.where(table.c.address == document.address).limit(1)).first()
        return (self._row(connection, at.document) if at is not None else None), None

    def documents(self, case: str, *, reviewed: bool = False) -> tuple[Kept, ...]:
        """The documents of a case, in the order in which they came.

        reviewed: only those that a second person has reviewed; of one that is shown in excerpts, all but the
        sentences of its reviewed claims is blank.
        """
        table = schema.documents
        query = select(table).where(table.c.case_name == case)
        if reviewed:
            query = query.where(table.c.reviewed_by != "")
        query = query.join(
            schema.versions, (schema.versions.c.document == table.c.id) & (schema.versions.c.number == 1)
        )
        query = query.order_by(schema.versions.c.imported_us, table.c.id)
        with self._read() as connection:
            found = rows.kept(connection, connection.execute(query).all())
            if not reviewed:
                return tuple(found)
            claims = self._claims(connection, case, reviewed=True)
            return tuple(public_document(each, claims) for each in found)

    def document(self, id_: str, *, reviewed: bool = False) -> Kept:
        """A document by its id, or by the beginning of it that no other has. Raises InputError."""
        with self._read() as connection:
            row = self._found(connection, id_)
            if reviewed and not row.reviewed_by:
                raise InputError(f"document: there is none with the id {id_!r}")
            (found,) = rows.kept(connection, [row])
            if not reviewed:
                return found
            return public_document(found, self._claims(connection, found.case, reviewed=True))

    def versions(self, id_: str, *, reviewed: bool = False) -> tuple[Version, ...]:
        """The versions of a document, the oldest first; reviewed: none unless all of it may be shown."""
        table = schema.versions
        with self._read() as connection:
            of = self._found(connection, id_)
            if reviewed and of.shown != "whole":
                return ()
            query = select(table).where(table.c.document == of.id).order_by(table.c.number)
            return tuple(
                Version(
                    each.number, rows.moment(each.imported_us), each.by,
                    rows.heard(each.said, Document, f"document {of.id}"),
                    rows.heard(each.proposed, Proposals, f"document {of.id}"),
                )
                for each in connection.execute(query)
            )  # fmt: skip

    def raw(self, id_: str, number: int) -> tuple[str, bytes]:
        """The salted hash of a version, and the bytes that were read. Raises InputError where they differ."""
        with self._read() as connection:
            of = self._found(connection, id_)
            found = self._version(connection, of.id, number)
        try:
            return found.name, open_object(found.name, found.raw)
        except LedgerError as error:
            raise InputError(f"{self.path}: document {of.id}: {error}") from error

    def cases(self, *, reviewed: bool = False) -> tuple[Case, ...]:
        """All cases by name; reviewed: those of which something may be shown, and how much of them."""
        with self._read() as connection:
            counted = select(schema.documents.c.case_name, func.count()).group_by(
                schema.documents.c.case_name
            )
            if reviewed:
                counted = counted.where(schema.documents.c.reviewed_by != "")
            found = []
            for name, documents in connection.execute(counted.order_by(schema.documents.c.case_name)):
                claims = self._claims(connection, name, reviewed=reviewed)
                open_ = sum(all(each.kind == rows.SILENCE for each in claim.answers) for claim in claims)
                done = sum(bool(claim.reviewed_by) for claim in claims)
                found.append(Case(name, documents, len(claims), open_, done))
        return tuple(found)

    def review_document(self, id_: str, by: str, shown: Literal["whole", "excerpts"] = "whole") -> Kept:
        """Let a document be shown: all of it, or the sentences of claims alone.

        Raises InputError where the one who reviews it imported it, or changed what is waiting for a review.
        """
        by = checks.line("by", by)
        checks.one_of("shown", shown, ("whole", "excerpts"))
        with self._write() as connection:
            row = self._found(connection, id_)
            _second(f"document {row.id}", by, row.reviewed_by, self._makers(connection, row))
            connection.execute(
                update(schema.documents)
                .where(schema.documents.c.id == row.id)
                .values(reviewed_by=by, shown=shown, reviewed_us=_now_us())
            )
            for table in (schema.versions, schema.origins):
                waiting = (table.c.document == row.id) & (table.c.reviewed_by == "")
                connection.execute(update(table).where(waiting).values(reviewed_by=by))
            return rows.kept(connection, [self._row(connection, row.id)])[0]

    def _makers(self, connection: Connection, row: Row[Any]) -> list[tuple[str, str]]:
        """Who imported or changed a document, each with who has reviewed that."""
        found: list[tuple[str, str]] = []
        for table in (schema.versions, schema.origins):
            query = select(table.c.by, table.c.reviewed_by).where(table.c.document == row.id)
            found += connection.execute(query).tuples().all()
        return found

    # claims

    def claims(self, case: str, *, reviewed: bool = False) -> tuple[Claim, ...]:
        """The claims of a case by number.

        reviewed: only those of which a second person has reviewed all, each with the tellings of documents
        that were reviewed as well; a claim that none of them tells is left out.
        """
        with self._read() as connection:
            return tuple(self._claims(connection, case, reviewed=reviewed))

    def _claims(self, connection: Connection, case: str, *, reviewed: bool) -> list[Claim]:
        query = (
            select(schema.claims).where(schema.claims.c.case_name == case).order_by(schema.claims.c.number)
        )
        found = rows.claims(connection, connection.execute(query).all())
        return public_claims(connection, found) if reviewed else found

    def claim(self, number: int, *, reviewed: bool = False) -> Claim:
        """One claim. Raises InputError where there is none."""
        with self._read() as connection:
            found = self._claim(connection, number)
            shown = public_claims(connection, [found]) if reviewed else [found]
        if not shown:
            raise InputError(f"claim: there is no number {number}")
        return shown[0]

    def _claim(self, connection: Connection, number: int) -> Claim:
        row = connection.execute(select(schema.claims).where(schema.claims.c.number == number)).first()
        if row is None:
            raise InputError(f"claim: there is no number {number}")
        return rows.claims(connection, [row])[0]

    def add_claim(self, claim: Claim) -> Claim:
        """Keep a claim that a person makes of a document, with its first telling; its number is given to it.

        Raises InputError.
        """
        if claim.number or not claim.tellings:
            raise InputError("claim: a new one has the number 0, and a document that tells it")
        told_first = replace(claim.tellings[0], by=claim.tellings[0].by or claim.noted_by)
        noted_by = claim.noted_by or told_first.by
        with self._write() as connection:
            of = self._found(connection, told_first.document)
            head = checks.claim(replace(claim, case=claim.case or of.case_name, noted_by=noted_by))
            offices = [("by whom", head.by), ("on whose behalf", head.behalf)]
            checks.offices(connection, head.case, offices)
            number = connection.execute(
                insert(schema.claims).values(
                    case_name=head.case, said=rows.said(head), by=head.noted_by, noted_us=_now_us()
                )
            ).inserted_primary_key[0]  # type: ignore[index]  # an insert of one row has a key
            for each in (told_first, *claim.tellings[1:]):
                self._tell(connection, number, head.case, replace(each, by=each.by or head.noted_by))
            for answer in claim.answers:
                self._answer(connection, head.case, replace(answer, claim=number))
            return self._claim(connection, number)

    def add_telling(self, number: int, telling: Telling) -> Claim:
        """Keep that another document, or another place of one, tells a claim; the claim is private again."""
        with self._write() as connection:
            claim = self._claim(connection, number)
            self._tell(connection, number, claim.case, telling)
            return self._claim(connection, number)

    def add_answer(self, answer: Answer) -> Claim:
        """Keep what somebody who is concerned said to a claim; the claim is private again."""
        with self._write() as connection:
            claim = self._claim(connection, answer.claim)
            self._answer(connection, claim.case, answer)
            return self._claim(connection, answer.claim)

    def _tell(self, connection: Connection, number: int, case: str, telling: Telling) -> None:
        telling = checks.telling(telling)
        of, version = self._span(connection, case, telling)
        word = telling.word
        checks.offices(connection, case, [("word", word.who), *(("chain", each) for each in word.chain)])
        telling = replace(telling, document=of, version=version)
        earlier = select(schema.tellings.c.said).where(schema.tellings.c.claim == number)
        for each in connection.execute(earlier).scalars():
            known = rows.heard(each, Telling, f"claim {number}")
            if (known.document, known.start, known.end) == (of, telling.start, telling.end):
                raise InputError(f"span: {of} {telling.start}:{telling.end} tells claim {number} already")
        connection.execute(
            insert(schema.tellings).values(
                claim=number, document=of, said=rows.said(telling), by=telling.by, noted_us=_now_us()
            )
        )

    def _answer(self, connection: Connection, case: str, answer: Answer) -> None:
        answer = checks.answer(answer, self._today())
        if answer.document:
            of, version = self._span(connection, case, answer)
            answer = replace(answer, document=of, version=version)
        elif (answer.start, answer.end) != (-1, -1):
            raise InputError(f"span: {answer.start}:{answer.end} given without a document")
        checks.offices(connection, case, [("from", answer.by)])
        connection.execute(
            insert(schema.answers).values(
                claim=answer.claim, document=answer.document, said=rows.said(answer), by=answer.noted_by,
                noted_us=_now_us(),
            )
        )  # fmt: skip

    def _span(self, connection: Connection, case: str, given: Telling | Answer) -> tuple[str, int]:
        """The document of a telling or an answer, and its version; raises InputError for a wrong span."""
        of = self._found(connection, given.document)
        if of.case_name != case:
            raise InputError(f"document: {of.id} is of the case {of.case_name!r}, the claim of {case!r}")
        row = (
            self._version(connection, of.id, given.version)
            if given.version
            else self._last(connection, of.id)
        )
        document = rows.heard(row.said, Document, f"document {of.id}")
        checks.span(f"span of {of.id}", document, given.start, given.end)
        return of.id, row.number

    def review_claim(self, number: int, by: str) -> Claim:
        """Let a claim be shown with what tells and answers it.

        Raises InputError where the one who reviews it noted any of what is waiting for a review.
        """
        by = checks.line("by", by)
        with self._write() as connection:
            claim = self._claim(connection, number)
            tables = (
                (schema.claims, schema.claims.c.number),
                *((t, t.c.claim) for t in (schema.tellings, schema.answers)),
            )
            made: list[tuple[str, str]] = []
            for table, key in tables:
                made += (
                    connection.execute(select(table.c.by, table.c.reviewed_by).where(key == number))
                    .tuples()
                    .all()
                )
            _second(f"claim {number}", by, claim.reviewed_by, made)
            for table, key in tables:
                connection.execute(
                    update(table).where(key == number, table.c.reviewed_by == "").values(reviewed_by=by)
                )
            return self._claim(connection, number)

    def asked(self, number: int, on: date, by: str = "") -> Claim:
        """Keep when the operator was asked to answer; it can be set right until it stands in a log."""
        checks.day("on", on, self._today())
        with self._write() as connection:
            claim = self._claim(connection, number)
            if claim.asked not in (None, on) and claim.entry >= 0:
                raise InputError(
                    f"claim {number}: entry {claim.entry} of the log says that it was asked on {claim.asked}"
                )
            connection.execute(
                update(schema.claims)
                .where(schema.claims.c.number == number)
                .values(asked=on.isoformat(), asked_by=by)
            )
            return self._claim(connection, number)

    # what a person has found of names and origins

    def confirm_name(
        self, case: str, written: str, name: str, kind: NameKind, by: str, shown_as: str = ""
    ) -> KnownName:
        """Keep which name a spelling of a case stands for, and of what. shown_as: a person's role.

        Raises InputError.
        """
        checks.one_of("kind", kind, checks.NAME_KINDS)
        found = KnownName(
            checks.line("written", written), checks.line("name", name), kind, checks.line("by", by),
            checks.line("shown as", shown_as, empty=True),
        )  # fmt: skip
        key = checks.folded(found.written)
        table = schema.names
        with self._write() as connection:
            self._case(connection, case)
            connection.execute(delete(table).where(table.c.case_name == case, table.c.folded == key))
            connection.execute(
                insert(table).values(
                    case_name=case, folded=key, written=found.written, name=found.name, kind=kind,
                    shown_as=found.shown_as, by=found.by, noted_us=_now_us(),
                )
            )  # fmt: skip
        return found

    def names(self, case: str) -> tuple[KnownName, ...]:
        """The spellings of a case that a person has confirmed, by name."""
        table = schema.names
        query = select(table).where(table.c.case_name == case).order_by(table.c.name, table.c.folded)
        with self._read() as connection:
            return tuple(
                KnownName(each.written, each.name, each.kind, each.by, each.shown_as)
                for each in connection.execute(query)
            )

    def set_origin(self, id_: str, root: str, outside: str, why: str, by: str) -> GivenOrigin:
        """Keep to what a document goes back; root: its own id where it reports for itself.

        A document that was reviewed is private again. Raises InputError.
        """
        why, by = checks.line("why", why, checks.LONGEST_WORDS), checks.line("by", by)
        outside = checks.line("outside", outside, empty=True)
        if bool(root) == bool(outside):
            raise InputError("origin: a document of the case, or the name of an outlet outside, is needed")
        with self._write() as connection:
            of = self._found(connection, id_)
            if root:
                other = self._found(connection, root)
                if other.case_name != of.case_name:
                    raise InputError(
                        f"origin: {other.id} is of the case {other.case_name!r}, not {of.case_name!r}"
                    )
                root = other.id
            connection.execute(delete(schema.origins).where(schema.origins.c.document == of.id))
            connection.execute(
                insert(schema.origins).values(
                    document=of.id, root=root, outside=outside, why=why, by=by, noted_us=_now_us()
                )
            )
            connection.execute(
                update(schema.documents)
                .where(schema.documents.c.id == of.id)
                .values(reviewed_by="", shown="")
            )
        return GivenOrigin(of.id, root, outside, (why,), by)

    def given_origins(self, case: str, *, reviewed: bool = False) -> dict[str, GivenOrigin]:
        """Origins that a person has found, by document; reviewed: of documents that were reviewed."""
        table = schema.origins
        query = select(table).join(schema.documents, schema.documents.c.id == table.c.document)
        query = query.where(schema.documents.c.case_name == case)
        if reviewed:
            query = query.where(schema.documents.c.reviewed_by != "")
        with self._read() as connection:
            return {
                each.document: GivenOrigin(each.document, each.root, each.outside, (each.why,), each.by)
                for each in connection.execute(query)
            }

    # the log

    def entered(self, number: int, entry: int, name: str, raw: bytes) -> Claim:
        """Keep in which entry of the log the salted hash of a claim stands, and the sealed bytes behind it.

        Raises InputError where nobody has reviewed the claim, or the bytes are not those of the name.
        """
        try:
            open_object(name, raw)
        except LedgerError as error:
            raise InputError(f"claim {number}: {error}") from error
        with self._write() as connection:
            claim = self._claim(connection, number)
            if not claim.reviewed_by:
                raise InputError(
                    f"claim {number}: no second person has reviewed it; it is private until then"
                )
            if entry <= claim.entry:
                raise InputError(f"claim {number}: entry {entry} given; entry {claim.entry} holds it already")
            connection.execute(insert(schema.entries).values(claim=number, entry=entry, name=name, raw=raw))
            return self._claim(connection, number)

    def entry_of(self, number: int) -> tuple[int, str, bytes] | None:
        """The last entry of the log for a claim, the salted hash in it, and the sealed bytes."""
        table = schema.entries
        query = select(table).where(table.c.claim == number).order_by(table.c.entry.desc()).limit(1)
        with self._read() as connection:
            row = connection.execute(query).first()
        return (row.entry, row.name, row.raw) if row is not None else None

    # rows

    def _found(self, connection: Connection, id_: str) -> Row[Any]:
        """The row of a document by its id or the beginning of it; raises InputError."""
        table = schema.documents
        query = select(table).where(func.substr(table.c.id, 1, len(id_)) == id_.lower()).limit(3)
        found = connection.execute(query).all() if id_ else []
        if not found:
            raise InputError(f"document: there is none with the id {id_!r}: openleo report list")
        if len(found) > 1:
            raise InputError(
                f"document: more than one id begins with {id_!r}: " + ", ".join(r.id for r in found)
            )
        return found[0]

    def _row(self, connection: Connection, id_: str) -> Row[Any]:
        return connection.execute(select(schema.documents).where(schema.documents.c.id == id_)).one()

    def _last(self, connection: Connection, id_: str) -> Row[Any]:
        table = schema.versions
        query = select(table).where(table.c.document == id_).order_by(table.c.number.desc()).limit(1)
        return connection.execute(query).one()

    def _version(self, connection: Connection, id_: str, number: int) -> Row[Any]:
        table = schema.versions
        row = connection.execute(
            select(table).where(table.c.document == id_, table.c.number == number)
        ).first()
        if row is None:
            last = self._last(connection, id_).number
            raise InputError(f"document {id_}: there is no version {number}; 1 to {last} are here")
        return row

    def _case(self, connection: Connection, case: str) -> None:
        """Check that a case has documents; raises InputError, naming those that have."""
        known = connection.execute(select(schema.documents.c.case_name).distinct()).scalars().all()
        if case not in known:
            raise InputError(
                f"case: there is none named {case!r}; {', '.join(sorted(known)) or 'none'} are here"
            )


def _second(what: str, by: str, reviewed_by: str, made: list[tuple[str, str]]) -> None:
    """Check that somebody else made what is waiting for a review; raises InputError."""
    waiting = (
        {maker for maker, reviewer in made if not reviewer}
        if not reviewed_by
        else {maker for maker, _ in made}
    )
    if any(checks.folded(each) == checks.folded(by) for each in waiting):
        raise InputError(f"{what}: {by} noted it, or part of it; a second person is needed to review it")


def _fits(one: str, other: str) -> bool:
    return one == other or not one or not other


def _hash(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def _now_us() -> int:
    return int(datetime.now(UTC).timestamp() * 1e6)
