"""What of a register of reports may be shown to everybody: what a second person has reviewed."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.store.reports import schema
from openleo.service.store.reports.rows import Kept, Version


def public_claims(connection: Connection, claims: Sequence[Claim]) -> list[Claim]:
    """Claims of which all was reviewed, with the tellings of documents that were reviewed as well.

    A claim that none of those tells is left out. An answer stays, without its place in a private document.
    """
    query = select(schema.documents.c.id).where(schema.documents.c.reviewed_by != "")
    shown = set(connection.execute(query).scalars())
    found = [
        replace(
            each,
            tellings=tuple(telling for telling in each.tellings if telling.document in shown),
            answers=tuple(_placed(answer, answer.document in shown) for answer in each.answers),
        )
        for each in claims
        if each.reviewed_by
    ]
    return [each for each in found if each.tellings]


def _placed(answer: Answer, shown: bool) -> Answer:
    return answer if shown else replace(answer, document="", start=-1, end=-1, version=0)


def public_document(kept: Kept, claims: Sequence[Claim]) -> Kept:
    """A reviewed document as it may be shown: all of it, or the sentences of reviewed claims."""
    if kept.shown == "whole":
        return kept
    document, proposals = _excerpts(kept.id, kept.versions, kept.document, kept.proposals, claims)
    return replace(kept, document=document, proposals=proposals)


def public_version(id_: str, version: Version, claims: Sequence[Claim]) -> Version:
    """A version of a document that is shown in excerpts."""
    document, proposals = _excerpts(id_, version.number, version.document, version.proposals, claims)
    return replace(version, document=document, proposals=proposals)


def _excerpts(
    id_: str, version: int, document: Document, proposals: Proposals, claims: Sequence[Claim]
) -> tuple[Document, Proposals]:
    """The sentences of claims in a version of a document, and what was proposed about them.

    Of the rest each character but line breaks is a space, so that offsets stay as they are.
    """
    placed: list[Telling | Answer] = [each for claim in claims for each in claim.tellings]
    placed += [each for claim in claims for each in claim.answers]
    ranges = [
        _around(proposals, each.start, each.end)
        for each in placed
        if each.document == id_ and each.version == version
    ]
    return _blank(document, ranges), _within(proposals, ranges)


def _around(proposals: Proposals, start: int, end: int) -> tuple[int, int]:
    """The whole sentences around a span."""
    touched = [each for each in proposals.sentences if each.start < end and start < each.end]
    return min([start, *(each.start for each in touched)]), max([end, *(each.end for each in touched)])


def _blank(document: Document, ranges: Sequence[tuple[int, int]]) -> Document:
    text = [each if each == "\n" else " " for each in document.text]
    for start, end in ranges:
        text[start:end] = document.text[start:end]
    return replace(document, text="".join(text), asides=(), notes=())


def _within(proposals: Proposals, ranges: Sequence[tuple[int, int]]) -> Proposals:
    def inside(start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in ranges)

    return Proposals(
        tuple(each for each in proposals.sentences if inside(each.start, each.end)),
        tuple(each for each in proposals.outlets if inside(each.start, each.end)),
        tuple(
            each
            if inside(each.speaker_start, each.speaker_end)
            else replace(each, speaker="", speaker_start=-1, speaker_end=-1)
            for each in proposals.quotations
            if inside(each.start, each.end)
        ),
        tuple(each for each in proposals.figures if inside(each.start, each.end)),
        tuple(each for each in proposals.days if inside(each.start, each.end)),
        tuple(each for each in proposals.names if inside(each.start, each.end)),
    )
