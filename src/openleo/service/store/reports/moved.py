"""How claims follow their words into a later version of a document."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, select, update

from openleo.service.reports.claims import Answer, Telling
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals, Read
from openleo.service.store.reports import schema
from openleo.service.store.reports.rows import heard, said

T = TypeVar("T", Telling, Answer)


def moved(connection: Connection, id_: str, number: int) -> tuple[int, ...]:
    """Set the spans of a document's tellings and answers to version `number`, each from the one that has it.

    A span follows where its whole sentences stand in the later version as they were; otherwise it stays with
    the version that had them. What was entered in a log stays as it was entered, with its version. Returns
    the claims that the later version does not tell, or answer, in the same words.
    """
    reads = {each: _read(connection, id_, each) for each in range(1, number + 1)}
    entered = set(connection.execute(select(schema.entries.c.claim)).scalars())
    left: set[int] = set()
    query = select(schema.tellings).where(schema.tellings.c.document == id_)
    for row in connection.execute(query).all():
        telling = heard(row.said, Telling, f"claim {row.claim}")
        _keep(connection, schema.tellings, row, _followed(telling, reads, number), entered, left)
    query = select(schema.answers).where(schema.answers.c.document == id_)
    for row in connection.execute(query).all():
        answer = heard(row.said, Answer, f"claim {row.claim}")
        _keep(connection, schema.answers, row, _followed(answer, reads, number), frozenset(), left)
    return tuple(sorted(left))


def _followed(held: T, reads: Mapping[int, Read], number: int) -> T | None:
    """A telling or an answer with its place in a later version; None where it stays."""
    start = _place(reads[held.version], reads[number], held.start, held.end)
    if start is None:
        return None
    return replace(held, start=start, end=start + held.end - held.start, version=number)


def _keep(
    connection: Connection,
    table: Table,
    row: Row[Any],
    held: Telling | Answer | None,
    entered: Collection[int],
    left: set[int],
) -> None:
    if held is None:
        left.add(row.claim)
    elif row.claim not in entered:
        connection.execute(update(table).where(table.c.number == row.number).values(said=said(held)))


def _read(connection: Connection, id_: str, number: int) -> Read:
    table = schema.versions
    row = connection.execute(select(table).where(table.c.document == id_, table.c.number == number)).one()
    where = f"document {id_}"
    return Read(id_, heard(row.said, Document, where), heard(row.proposed, Proposals, where))


def _place(before: Read, after: Read, start: int, end: int) -> int | None:
    """Where a span of one version begins in a later one."""
    touched = [each for each in before.proposals.sentences if each.start < end and start < each.end]
    first = min([start, *(each.start for each in touched)])
    last = max([end, *(each.end for each in touched)])
    words = before.words(first, last)
    old, new = _all(before.document, words), _all(after.document, words)
    if first not in old or len(old) != len(new):
        return None
    return new[old.index(first)] + start - first


def _all(document: Document, words: str) -> list[int]:
    """Every place of some words that was not set aside."""
    found, at = [], document.text.find(words)
    while at >= 0:
        if not any(each.start < at + len(words) and at < each.end for each in document.asides):
            found.append(at)
        at = document.text.find(words, at + 1)
    return found
