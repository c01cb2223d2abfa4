"""From the desk to the log: drafts of changes, their publication, requests from outside and their answers.

A draft is made and given back, and kept by nobody: whoever wants it approved puts it up under `/v1/changes`.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from openleo.errors import InputError
from openleo.http.callers import Anyone, Body, Known, Writer, controller_of
from openleo.http.changes import Hash, drafts_here, unknown_change
from openleo.http.desk import RulesBody, base_of, checked, log_of
from openleo.http.dry_runs import Moment, noted, one_at_a_time, tried
from openleo.http.entries import Index, Language, enforcement_of
from openleo.http.keys import Token
from openleo.http.problems import Problem, outwards
from openleo.ledger.entries import time_of
from openleo.ledger.errors import LedgerError, NotWritten, Unavailable
from openleo.service.governance import publishing
from openleo.service.governance.asked import Answer
from openleo.service.governance.changes import would_count
from openleo.service.governance.checking import packed
from openleo.service.governance.draft import Draft
from openleo.service.governance.drafting import drafted
from openleo.service.governance.entries import Stage, Touches
from openleo.service.governance.pack import unpack
from openleo.service.governance.telling.asked import asked_lines
from openleo.service.governance.telling.change import change_lines

if TYPE_CHECKING:
    from openleo.service.governance.record import Asked, Record

DRAFT_FILES: Final = "/v1/draft-files"

router = APIRouter(prefix="/v1", dependencies=[Known])
_log = logging.getLogger("openleo.http")

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(max_length=4096)]


class StageBody(Body):
    """From when on a change holds for a share of all terminals, or in some of its regions."""

    at: Moment
    share: Annotated[float, Field(strict=False, ge=0, le=1)] = 0.0
    regions: Annotated[tuple[Name, ...], Field(max_length=1000, strict=False)] = ()


class DraftBody(RulesBody):
    """New rules, and who asks for them, why, and from when on.

    basis: legal, "" for none. emergency: what it does, with ends_at. request: the entry of the log that it
    follows, -1 for none. touches: whether the figures of a dry run for its beginning go into it.
    """

    requester: Name
    reason: Words
    basis: Words = ""
    effective_at: Moment
    emergency: Literal["", "restrict", "restore"] = ""
    ends_at: Moment | None = None
    stages: Annotated[tuple[StageBody, ...], Field(max_length=32, strict=False)] = ()
    request: Annotated[int, Field(ge=-1, le=2**53)] = -1
    touches: bool = True


class AnswerBody(Body):
    """What a request is answered. by: offices or bodies. change: hash of the one that followed, or ""."""

    answer: Literal["granted", "refused", "in part", "none yet"]
    by: Annotated[tuple[Name, ...], Field(max_length=64, strict=False)] = ()
    reason: Words = ""
    change: Annotated[str, StringConstraints(pattern="^([0-9a-f]{64})?$")] = ""


@dataclass(frozen=True)
class DraftFile:
    """A draft: its file as `openleo rules draft` writes it, the hash of its change, and all that it says and
    does in sentences, by language."""

    file: dict[str, Any]
    change: str
    said: dict[str, list[str]]


@dataclass(frozen=True)
class Entered:
    """An entry of the log, and its page here."""

    index: int
    page: str


@dataclass(frozen=True)
class AnswerSaid:
    """An answer, and the entry that it stands in."""

    index: int
    time: str
    answer: str
    by: list[str]
    reason: str
    change: str
    page: str


@dataclass(frozen=True)
class RequestSaid:
    """A request or a contact as the log has it. changes: entries of changes that name it, or that an answer
    names. open: whether nothing was answered yet but "none yet". said: sentences, by language."""

    index: int
    kind: str
    asked_at: str
    who: str
    on_behalf_of: str
    for_whose_benefit: str
    relayed_by: str
    how: str
    where_made: str
    asks: str
    regions: list[str]
    answers: list[AnswerSaid]
    changes: list[int]
    open: bool
    said: list[str]
    page: str


@dataclass(frozen=True)
class RequestsSaid:
    """Requests and contacts, the newest first."""

    requests: list[RequestSaid]


@router.post("/draft-files", tags=["desk"])
def draft_file(request: Request, said: DraftBody, token: Writer) -> DraftFile:
    """Make a draft file and say in sentences all that it will do; nothing is kept, nobody is asked yet."""
    record, now_s = drafts_here(request)[1:]
    checked(said)
    if said.stages and not said.emergency and said.stages[0].at != said.effective_at:
        raise Problem("invalid", "stages: the first begins when the change does", "stages")
    enforcement = enforcement_of(request)

    def pack_of(digest: str) -> bytes:
        for each in record.changes:
            if each.change.digest == digest and not each.refused:
                return enforcement.mirror.pack(each.change.rules)
        return b""

    try:
        made = drafted(
            record, packed(said.rules, said.files), pack_of, now_s, time=time_of(now_s),
            requester=said.requester, reason=said.reason, basis=said.basis,
            effective_at=_time(said.effective_at), power=said.emergency,
            ends_at=_time(said.ends_at) if said.ends_at else "", request=said.request,
            stages=tuple(Stage(each.share, each.regions, _time(each.at)) for each in said.stages),
            touches=_touches(request, said, token) if said.touches else None,
        )  # fmt: skip
    except Unavailable as error:
        raise Problem("unavailable", outwards(str(error)), retry_after_s=5.0) from None
    except LedgerError as error:
        raise InputError(str(error)) from None
    after, charter = made.sides
    before = charter if made.base else None
    lines = {
        "en": change_lines(made.change, -1, (), "en", before, after),
        "fr": change_lines(made.change, -1, (), "fr", before, after),
    }
    return DraftFile(made.value, made.change.hash, lines)


@router.post("/changes/{change}/publication", tags=["desk"])
def publish(request: Request, change: Hash, token: Writer) -> Entered:
    """Put an approved draft into the log, as `openleo rules publish` does, where this server may write there.

    Where it would not count, every reason is said, and nothing is written.
    """
    target = _target(request)
    drafts, record, now_s = drafts_here(request)
    if drafts.find(change, record, now_s) is None:
        raise unknown_change(change)
    draft = Draft.read(drafts.folder / f"{change}.json")
    try:
        index = publishing.publish(target, draft, record, now_s)
    except InputError as error:
        raise Problem("conflict", str(error)) from None
    except LedgerError as error:
        raise _not_written(error) from None
    _log.info("draft %s published by %s %s", change[:12], token.role, token.name)
    enforcement_of(request).follow()
    return Entered(index, f"/log/{index}")


@router.get("/requests", tags=["the log"], dependencies=[Anyone])
def requests(request: Request, lang: Language = "en") -> RequestsSaid:
    """What was asked from outside, by whom, for whom, and what it was answered, as the log has it."""
    record = _record(request)
    return RequestsSaid([_asked(each, lang) for each in reversed(record.requests)])


@router.post("/requests/{index}/answers", tags=["desk"])
def answer(request: Request, index: Index, said: AnswerBody, token: Writer) -> Entered:
    """Answer a request in the log, as `openleo request answer` does, where this server may write there.

    A later answer stands beside an earlier one.
    """
    target, record = _target(request), _record(request)
    if index not in [each.index for each in record.requests]:
        raise Problem("not-found", f"index: entry {index} is no request that counts", "index")
    if not said.by and said.answer != "none yet":
        raise Problem("invalid", f"by: is missing; who answered {said.answer!r} is needed", "by")
    now_s = controller_of(request).now_us() // 1_000_000
    try:
        made = Answer(time_of(now_s), index, said.answer, said.by, said.reason, said.change)
    except LedgerError as error:
        raise InputError(str(error)) from None
    if why := would_count(made, record, now_s):
        raise Problem("conflict", f"it would not count, and nothing was written: {why}")
    try:
        entry = publishing.append(target, made)
    except LedgerError as error:
        raise _not_written(error) from None
    _log.info("request %s answered by %s %s", index, token.role, token.name)
    enforcement_of(request).follow()
    return Entered(entry, f"/log/{entry}")


def _record(request: Request) -> "Record":
    record = enforcement_of(request).record
    if record is None:
        raise Problem("unavailable", "the log was not reached yet; ask again", retry_after_s=5.0)
    return record


def _target(request: Request) -> Any:
    enforcement_of(request)
    target = log_of(request)
    if target is None:
        said = "this server holds no token for the log: publish with the command, or set OPENLEO_LEDGER_TOKEN"
        raise Problem("forbidden", said)
    return target


def _not_written(error: LedgerError) -> Problem:
    _log.error("not written to the log, or not seen yet: %s", error)
    said = outwards(str(error))
    return Problem(
        "unavailable", said if isinstance(error, NotWritten) else f"Look before you ask again: {said}"
    )


def _touches(request: Request, said: DraftBody, token: Token) -> Touches:
    """The figures of a dry run for the beginning of the change."""
    raw = base_of(request)[0]
    after = checked(said)
    with one_at_a_time():
        dry = tried(request, unpack(raw) if raw else None, after, said.effective_at)
    noted(token, after, dry)
    return dry.touches()


def _time(at: datetime) -> str:
    return time_of((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _asked(asked: "Asked", lang: str) -> RequestSaid:
    given = asked.request
    answers = [
        AnswerSaid(at, each.time, each.answer, list(each.by), each.reason, each.change, f"/log/{at}")
        for at, each in asked.answers
    ]
    return RequestSaid(
        asked.index, given.kind, given.asked_at, given.who, given.on_behalf_of, given.for_whose_benefit,
        given.relayed_by, given.how, given.where_made, given.asks, list(given.regions), answers,
        list(asked.changes), given.kind == "request" and all(each.answer == "none yet" for each in answers),
        asked_lines(asked, "fr" if lang == "fr" else "en"), f"/log/{asked.index}",
    )  # fmt: skip
