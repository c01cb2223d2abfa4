"""Claims in the register of reports: noted, told, answered, set right, reviewed, entered in a log."""

from dataclasses import replace
from datetime import date
from typing import Final, Literal

from sqlalchemy import Connection, Table, delete, insert, select, update

from openleo.errors import InputError
from openleo.service.reports.answered import SILENCE
from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Document
from openleo.service.store.reports import checks, documents, editors, persons, rows, schema, spellings

_LARGEST: Final = (1 << 63) - 1
"""Of the numbers that SQLite has."""
Part = Literal["telling", "answer", "asked"]
"""What can be taken back of a claim."""

_PARTS: Final[tuple[Table, ...]] = (schema.tellings, schema.answers, schema.changes)


def found(connection: Connection, number: int) -> Claim:
    """One claim. Raises InputError where there is none of that number."""
    query = select(schema.claims).where(schema.claims.c.number == number)
    row = connection.execute(query).first() if 0 < number <= _LARGEST else None
    if row is None:
        raise InputError(f"claim: there is no number {number}: openleo report list CASE")
    return rows.claims(connection, [row])[0]


def add(connection: Connection, claim: Claim, today: date) -> Claim:
    """Keep a new claim; see `Reports.add_claim`."""
    if claim.number or not claim.tellings:
        raise InputError("claim: a new one has the number 0, and a document that tells it")
    of = documents.found(connection, claim.tellings[0].document)
    noted_by = claim.noted_by or claim.tellings[0].by
    head = checks.claim(replace(claim, case=claim.case or of.case_name, noted_by=noted_by))
    checks.day("when", head.when.first, today)
    editors.editor(head.noted_by)
    _offices(connection, head)
    made = connection.execute(
        insert(schema.claims)
        .values(case_name=head.case, said=rows.said(head), by=head.noted_by, noted_us=documents.now_us())
        .returning(schema.claims.c.number)
    ).scalar_one()
    for telling in claim.tellings:
        tell(connection, made, head.case, replace(telling, by=telling.by or head.noted_by))
    for each in claim.answers:
        noted = replace(each, claim=made, noted_by=each.noted_by or head.noted_by)
        answer(connection, head, noted, today)
    return found(connection, made)


def _offices(connection: Connection, head: Claim) -> None:
    persons.offices(connection, head.case, [("by whom", head.by), ("on whose behalf", head.behalf)])


def change(connection: Connection, claim: Claim, by: str, today: date) -> Claim:
    """Set right what a claim says; see `Reports.change_claim`."""
    before = found(connection, claim.number)
    head = checks.claim(replace(claim, case=before.case, noted_by=before.noted_by))
    was = checks.claim(before)
    if head == was:
        raise InputError(f"claim {claim.number}: says this already")
    if head.when != was.when:
        checks.day("when", head.when.first, today)
    _offices(connection, head)
    connection.execute(
        update(schema.claims).where(schema.claims.c.number == claim.number).values(said=rows.said(head))
    )
    _changed(connection, before, rows.said(was), by)
    return found(connection, claim.number)


def tell(connection: Connection, number: int, case: str, telling: Telling) -> None:
    """Keep that a place of a document tells a claim of a case; raises InputError."""
    telling = checks.telling(telling)
    editors.editor(telling.by)
    of, version = _place(connection, case, telling)
    telling = replace(telling, document=of, version=version)
    word = telling.word
    persons.offices(connection, case, [("word", word.who), *(("chain", each) for each in word.chain)])
    place = (of, version, telling.start, telling.end)
    query = select(schema.tellings.c.said).where(schema.tellings.c.claim == number)
    for each in connection.execute(query).scalars():
        known = rows.heard(each, Telling, f"claim {number}")
        if (known.document, known.version, known.start, known.end) == place:
            raise InputError(f"span: {of} {telling.start}:{telling.end} tells claim {number} already")
    connection.execute(
        insert(schema.tellings).values(
            claim=number, document=of, said=rows.said(telling), by=telling.by, noted_us=documents.now_us()
        )
    )


def answer(connection: Connection, claim: Claim, given: Answer, today: date) -> None:
    """Keep what somebody said to a claim; raises InputError."""
    case, names = claim.case, spellings.known(connection, claim.case, reviewed=False)
    given = checks.answer(given, today, claim.asked, claim.asked_of, names)
    editors.editor(given.noted_by)
    if given.document:
        of, version = _place(connection, case, given)
        given = replace(given, document=of, version=version)
    elif (given.start, given.end) != (-1, -1):
        raise InputError(f"span: {given.start}:{given.end} given without a document")
    persons.offices(connection, case, [("from", given.by)])
    connection.execute(
        insert(schema.answers).values(
            claim=given.claim, document=given.document, said=rows.said(given), by=given.noted_by,
            noted_us=documents.now_us(),
        )
    )  # fmt: skip


def _place(connection: Connection, case: str, given: Telling | Answer) -> tuple[str, int]:
    """The document of a telling or an answer, and its version; raises InputError for a wrong span."""
    of = documents.found(connection, given.document)
    if of.case_name != case:
        raise InputError(f"document: {of.id} is of the case {of.case_name!r}, the claim of {case!r}")
    row = (
        documents.version(connection, of.id, given.version)
        if given.version
        else documents.last(connection, of.id)
    )
    document = rows.heard(row.said, Document, f"document {of.id}")
    checks.span(f"span of {of.id}", document, given.start, given.end)
    return of.id, row.number


def review(connection: Connection, number: int, by: str) -> Claim:
    """Let a claim be shown; see `Reports.review_claim`."""
    found(connection, number)
    tables = [(schema.claims, schema.claims.c.number), *((each, each.c.claim) for each in _PARTS)]
    made: list[tuple[str, str]] = []
    for table, key in tables:
        query = select(table.c.by, table.c.reviewed_by).where(key == number)
        made += [(row.by, row.reviewed_by) for row in connection.execute(query)]
    editors.second(f"claim {number}", by, made)
    for table, key in tables:
        waiting = (key == number) & (table.c.reviewed_by == "")
        connection.execute(update(table).where(waiting).values(reviewed_by=by))
    return found(connection, number)


def drop(connection: Connection, number: int) -> None:
    """Take back a claim; see `Reports.drop_claim`."""
    found(connection, number)
    tables = [(schema.claims, schema.claims.c.number), *((each, each.c.claim) for each in _PARTS)]
    for table, key in tables:
        reviewed = select(table.c.reviewed_by).where(key == number, table.c.reviewed_by != "")
        if connection.execute(reviewed).first() is not None:
            raise InputError(
                f"claim {number}: it was reviewed, and stays: openleo report change sets it right, and "
                f"openleo report drop {number} --telling N, --answer N or --asked takes a part back"
            )
    for table, key in tables:
        connection.execute(delete(table).where(key == number))


def take_back(connection: Connection, number: int, part: Part, at: int, by: str) -> Claim:
    """Take back a telling, an answer or the day of the question; see `Reports.take_back`."""
    before = found(connection, number)
    if part == "asked":
        was = _unasked(connection, before)
    else:
        was = _without(connection, before, part, at)
    _changed(connection, before, was, by)
    return found(connection, number)


def _unasked(connection: Connection, before: Claim) -> str:
    if before.asked is None:
        raise InputError(f"claim {before.number}: nobody was asked to answer it")
    if any(each.kind == SILENCE for each in before.answers):
        raise InputError(f"claim {before.number}: an answer is silent since it was asked; take it back first")
    table = schema.claims
    nothing = {"asked": None, "asked_by": "", "asked_of": ""}
    connection.execute(update(table).where(table.c.number == before.number).values(**nothing))
    return rows.said({"asked": before.asked, "of": before.asked_of})


def _without(connection: Connection, before: Claim, part: Part, at: int) -> str:
    table = schema.tellings if part == "telling" else schema.answers
    query = select(table).where(table.c.claim == before.number).order_by(table.c.number)
    held = connection.execute(query).all()
    if not 1 <= at <= len(held):
        known = f"1 to {len(held)} are" if held else "none is"
        raise InputError(f"{part}: {at} given; of claim {before.number} {known} here")
    if part == "telling" and len(held) == 1:
        raise InputError(
            f"telling: claim {before.number} has no other; note another first (openleo report same), or "
            "drop the claim"
        )
    connection.execute(delete(table).where(table.c.number == held[at - 1].number))
    return str(held[at - 1].said)


def asked(connection: Connection, number: int, on: date, by: str, of: str) -> Claim:
    """Keep when the operator was asked to answer, and who that is; see `Reports.asked`."""
    claim = found(connection, number)
    persons.offices(connection, claim.case, [("of", of)])
    if claim.asked not in (None, on) and claim.entry >= 0:
        raise InputError(
            f"claim {number}: entry {claim.entry} of the log says that it was asked on {claim.asked}"
        )
    of = of or claim.asked_of
    if (on, of) == (claim.asked, claim.asked_of):
        return claim
    table = schema.claims
    connection.execute(
        update(table).where(table.c.number == number).values(asked=on.isoformat(), asked_by=by, asked_of=of)
    )
    _changed(connection, claim, rows.said({"asked": claim.asked, "of": claim.asked_of}), by)
    return found(connection, number)


def _changed(connection: Connection, before: Claim, was: str, by: str) -> None:
    """Keep what a claim said before somebody changed it: it waits for a review of that."""
    table = schema.changes
    connection.execute(insert(table).values(claim=before.number, was=was, by=by, noted_us=documents.now_us()))


def entered(connection: Connection, number: int, entry: int, name: str, raw: bytes) -> Claim:
    """Keep an entry of the log for a claim; see `Reports.entered`."""
    claim = found(connection, number)
    table = schema.entries
    pending = (table.c.claim == number) & (table.c.entry == -1)
    waits = connection.execute(select(table.c.name).where(pending)).scalar()
    if not claim.reviewed_by and waits != name:  # what is in the log already is kept, whatever came since
        raise InputError(f"claim {number}: no second person has reviewed it; it is private until then")
    if 0 <= entry < claim.entry:
        raise InputError(
            f"claim {number}: entry {entry} given; entry {claim.entry} is the last that holds it"
        )
    connection.execute(table.delete().where(pending))
    connection.execute(insert(table).values(claim=number, entry=entry, name=name, raw=raw))
    return found(connection, number)
