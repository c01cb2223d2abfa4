"""The register of reports: documents with their versions, claims, answers, and who has reviewed them.

Whatever no second person has reviewed is private: each question takes `reviewed=True`, which gives what may
be shown to everybody and no more. A claim whose tellings or answers grow after its review is private again
until somebody else has reviewed what is new; so is a document with a new version.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, get_args

from sqlalchemy import Connection, Engine, func, select

from openleo.errors import InputError
from openleo.ledger.errors import LedgerError
from openleo.ledger.objects import open_object
from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import NameKind, Proposals
from openleo.service.store.opening import told
from openleo.service.store.reports import (
    checks,
    claims,
    documents,
    editors,
    facts,
    persons,
    rows,
    schema,
    spellings,
)
from openleo.service.store.reports.claims import Part
from openleo.service.store.reports.public import public_claims, public_document, public_version
from openleo.service.store.reports.rows import Case, GivenOrigin, Imported, Kept, KnownName, Version

__all__ = ["Case", "GivenOrigin", "Imported", "Kept", "KnownName", "Reports", "Version"]


def latest_day() -> date:
    """The day that it is anywhere on Earth, at the latest."""
    return (datetime.now(UTC) + timedelta(hours=14)).date()


class Reports:
    """An open register of reports; a context manager."""

    def __init__(self, engine: Engine, path: Path, today: Callable[[], date]) -> None:
        self.path = path
        self._engine = engine
        self.today = today

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
        case: str | None,
        by: str,
        version_of: str | None = None,
    ) -> Imported:
        """Keep a document: as a new one, or as a further version of one that is here.

        It is a version of `version_of`, or of the document of the case that was found at the same address.
        The same bytes in the same case again, or the same text of the same source, are kept once; with
        `version_of`, unless what is said about them differs. raw: what was read, kept under a salt. case:
        None for that in which it is already, else "inbox".
        Raises InputError.
        """
        by = editors.editor(by)
        case = None if case is None else checks.case(case)
        checks.document(document)
        with self._write() as connection:
            return documents.keep(connection, document, proposals, raw, case, by, version_of)

    def documents(self, case: str, *, reviewed: bool = False) -> tuple[Kept, ...]:
        """The documents of a case, in the order in which they came.

        reviewed: only those that a second person has reviewed; of one that is shown in excerpts, all but the
        sentences of its reviewed claims is blank.
        """
        table, first = schema.documents, schema.versions
        query = select(table).join(first, (first.c.document == table.c.id) & (first.c.number == 1))
        query = query.where(table.c.case_name == case).order_by(first.c.imported_us, table.c.id)
        if reviewed:
            query = query.where(table.c.reviewed_by != "")
        with self._read() as connection:
            found = rows.kept(connection, connection.execute(query).all())
            if not reviewed or not found:
                return tuple(found)
            shown = self._claims(connection, case, reviewed=True)
            return tuple(public_document(each, shown) for each in found)

    def document(self, id_: str, *, reviewed: bool = False) -> Kept:
        """A document by its id, or by the beginning of it that no other has. Raises InputError."""
        with self._read() as connection:
            row = documents.found(connection, id_)
            if reviewed and not row.reviewed_by:
                raise InputError(f"document: there is none with the id {id_!r}")
            (found,) = rows.kept(connection, [row])
            if not reviewed:
                return found
            return public_document(found, self._claims(connection, found.case, reviewed=True))

    def versions(self, id_: str, *, reviewed: bool = False) -> tuple[Version, ...]:
        """The versions of a document, the oldest first; reviewed: as far as they may be shown."""
        table = schema.versions
        with self._read() as connection:
            of = documents.found(connection, id_)
            query = select(table).where(table.c.document == of.id).order_by(table.c.number)
            found = tuple(map(rows.version, connection.execute(query).all()))
            if not reviewed or of.shown == "whole":
                return found
            shown = self._claims(connection, of.case_name, reviewed=True) if of.shown else []
            return tuple(public_version(of.id, each, shown) for each in found) if of.shown else ()

    def raw(self, id_: str, number: int) -> tuple[str, bytes]:
        """The salted hash of a version, and the bytes that were read. Raises InputError where they differ."""
        with self._read() as connection:
            of = documents.found(connection, id_)
            found = documents.version(connection, of.id, number)
        try:
            return found.name, open_object(found.name, found.raw)
        except LedgerError as error:
            raise InputError(f"{self.path}: document {of.id}: {error}") from error

    def cases(self, *, reviewed: bool = False) -> tuple[Case, ...]:
        """All cases by name; reviewed: those of which something may be shown, and how much of them."""
        table = schema.documents
        query = (
            select(table.c.case_name, func.count()).group_by(table.c.case_name).order_by(table.c.case_name)
        )
        if reviewed:
            query = query.where(table.c.reviewed_by != "")
        with self._read() as connection:
            return tuple(
                rows.case(
                    name,
                    many,
                    self._claims(connection, name, reviewed=reviewed),
                    spellings.known(connection, name, reviewed=False),
                )
                for name, many in connection.execute(query).all()
            )

    def review_document(self, id_: str, by: str, shown: Literal["whole", "excerpts"] = "whole") -> Kept:
        """Let a document be shown: all of it, or the sentences of claims alone.

        Raises InputError where the one who reviews it imported it, or changed what is waiting for a review.
        """
        by = editors.editor(by)
        checks.one_of("shown", shown, ("whole", "excerpts"))
        with self._write() as connection:
            noted = spellings.noted_since(connection, documents.found(connection, id_))
            return rows.kept(connection, [documents.review(connection, id_, by, shown, noted)])[0]

    def set_facts(self, id_: str, document: Document, proposals: Proposals, by: str) -> Kept:
        """Set right what is said of the last version of a document: source, title, author, date and the like.

        It is private again, and what was said of it is kept. Raises InputError for another text, and where
        nothing differs.
        """
        by = editors.editor(by)
        checks.document(document)
        with self._write() as connection:
            return rows.kept(connection, [facts.set_facts(connection, id_, document, proposals, by)])[0]

    def move(self, id_: str, case: str) -> Kept:
        """Put a document into another case; it is private again, and its origin is to be found anew.

        Raises InputError where claims rest on it, or others go back to it, or the case has it.
        """
        case = checks.case(case)
        with self._write() as connection:
            return rows.kept(connection, [documents.move(connection, id_, case)])[0]

    def drop_document(self, id_: str) -> str:
        """Take a document out of the register with all its versions; returns its id.

        Raises InputError where claims rest on it, or others go back to it.
        """
        with self._write() as connection:
            return documents.drop(connection, id_)

    # claims

    def claims(self, case: str, *, reviewed: bool = False) -> tuple[Claim, ...]:
        """The claims of a case by number.

        reviewed: only those of which a second person has reviewed all, each with the tellings of documents
        that were reviewed as well; a claim that none of them tells is left out.
        """
        with self._read() as connection:
            return tuple(self._claims(connection, case, reviewed=reviewed))

    def _claims(self, connection: Connection, case: str, *, reviewed: bool) -> list[Claim]:
        table = schema.claims
        query = select(table).where(table.c.case_name == case).order_by(table.c.number)
        found = rows.claims(connection, connection.execute(query).all())
        return public_claims(connection, found) if reviewed else found

    def claim(self, number: int, *, reviewed: bool = False) -> Claim:
        """One claim. Raises InputError where there is none."""
        with self._read() as connection:
            found = claims.found(connection, number)
            shown = public_claims(connection, [found]) if reviewed else [found]
        if not shown:
            raise InputError(f"claim: there is no number {number}")
        return shown[0]

    def add_claim(self, claim: Claim) -> Claim:
        """Keep a claim that a person makes of a document, with its first telling; its number is given to it.

        Raises InputError for a span that is none of the article, words that are not of their list, days that
        have not come, and names of persons where an office, a body or a role belongs.
        """
        with self._write() as connection:
            return claims.add(connection, claim, self.today())

    def change_claim(self, claim: Claim, by: str) -> Claim:
        """Set right what a claim says, all but its tellings and answers; it is private again.

        Raises InputError as `add_claim` does, and where nothing differs.
        """
        with self._write() as connection:
            return claims.change(connection, claim, editors.editor(by), self.today())

    def add_telling(self, number: int, telling: Telling) -> Claim:
        """Keep that another document, or another place of one, tells a claim; it is private again."""
        with self._write() as connection:
            case = claims.found(connection, number).case
            claims.tell(connection, number, case, telling)
            return claims.found(connection, number)

    def add_answer(self, answer: Answer) -> Claim:
        """Keep what somebody who is concerned said to a claim; it is private again.

        Raises InputError for a silence of which nobody was asked before, and of anybody else than was asked.
        """
        with self._write() as connection:
            claim = claims.found(connection, answer.claim)
            claims.answer(connection, claim, answer, self.today())
            return claims.found(connection, answer.claim)

    def review_claim(self, number: int, by: str) -> Claim:
        """Let a claim be shown with what tells and answers it.

        Raises InputError where the one who reviews it noted any of what is waiting for a review.
        """
        with self._write() as connection:
            return claims.review(connection, number, editors.editor(by))

    def drop_claim(self, number: int) -> None:
        """Take back a claim; its number is not given again. Raises InputError where it was ever reviewed."""
        with self._write() as connection:
            claims.drop(connection, number)

    def take_back(self, number: int, part: Part, by: str, at: int = 0) -> Claim:
        """Take back a telling or an answer, by its place among them from 1 on, or that somebody was asked.

        What remains is private again; what it was is kept, and what stands in a log stays there. Raises
        InputError where there is no such part, for the only telling, and for a question with a silence.
        """
        checks.one_of("part", part, get_args(Part))
        with self._write() as connection:
            return claims.take_back(connection, number, part, at, editors.editor(by))

    def asked(self, number: int, on: date, by: str = "", of: str = "") -> Claim:
        """Keep when the operator was asked to answer; it can be set right until it stands in a log.

        of: who that is, a body or an office; "" leaves what is known of it. The claim is private again until
        a second person has reviewed that.
        """
        checks.day("on", on, self.today())
        by, of = editors.editor(by, empty=True), checks.line("of", of, empty=True)
        with self._write() as connection:
            return claims.asked(connection, number, on, by, of)

    def entered(self, number: int, entry: int, name: str, raw: bytes) -> Claim:
        """Keep in which entry of the log the salted hash of a claim stands, and the sealed bytes behind it.

        entry: -1 before the log has it, so that the salt is not lost between the two.
        Raises InputError where nobody has reviewed the claim, or the bytes are not those of the name.
        """
        try:
            open_object(name, raw)
        except LedgerError as error:
            raise InputError(f"claim {number}: {error}") from error
        with self._write() as connection:
            return claims.entered(connection, number, entry, name, raw)

    def entry_of(self, number: int) -> tuple[int, str, bytes] | None:
        """What was kept last of a claim's entry in the log: its index, the salted hash, the sealed bytes."""
        table = schema.entries
        query = select(table).where(table.c.claim == number).order_by(table.c.number.desc()).limit(1)
        with self._read() as connection:
            row = connection.execute(query).first()
        return (row.entry, row.name, row.raw) if row is not None else None

    # what a person has found of names and origins

    def confirm_name(
        self, case: str, written: str, name: str, kind: NameKind, by: str, shown_as: str = ""
    ) -> tuple[str, ...]:
        """Keep which name a spelling of a case stands for, and of what. shown_as: a person's role.

        Returns the documents that hold it and are private again, unless it is confirmed as a person's and no
        more: that withholds it at once. Raises InputError.
        """
        given = checks.name(KnownName(written, name, kind, editors.editor(by), shown_as))
        persons.role(given)
        with self._write() as connection:
            return spellings.confirm(connection, case, given)

    def forget_name(self, case: str, written: str, by: str) -> tuple[str, ...]:
        """Take back what a spelling of a case stands for.

        Returns the reviewed documents that hold it: they are private again. Raises InputError where nobody
        has confirmed it.
        """
        with self._write() as connection:
            return spellings.forget(connection, case, written, editors.editor(by))

    def names(self, case: str, *, reviewed: bool = False) -> tuple[KnownName, ...]:
        """The spellings of a case that a person has confirmed, by name.

        reviewed: those that stand in a document that was reviewed since, and all names of persons, which are
        withheld: without a role where none was reviewed.
        """
        with self._read() as connection:
            return spellings.known(connection, case, reviewed=reviewed)

    def set_origin(self, id_: str, root: str, outside: str, why: str, by: str) -> GivenOrigin:
        """Keep to what a document goes back; root: its own id where it reports for itself.

        A document that was reviewed is private again. Raises InputError.
        """
        why, by = checks.line("why", why, checks.LONGEST_WORDS), editors.editor(by)
        outside = checks.line("outside", outside, empty=True)
        if bool(root) == bool(outside):
            raise InputError("origin: a document of the case, or the name of an outlet outside, is needed")
        with self._write() as connection:
            return facts.set_origin(connection, id_, root, outside, why, by)

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
