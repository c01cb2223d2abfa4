"""Changes of rules that wait: drafts put up by operators, and approvals that were signed elsewhere."""

import json
import logging
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import StringConstraints
from starlette.responses import HTMLResponse

from openleo.errors import InputError
from openleo.http import pages
from openleo.http.approving import PATH as APPROVE
from openleo.http.approving import approval_page
from openleo.http.callers import Anyone, Approver, Body, Holder, Known, Signature, Writer, controller_of
from openleo.http.entries import HTML, JSON, PAGE, Language, as_json, as_page, asks, enforcement_of
from openleo.http.problems import Problem, outwards
from openleo.http.shown import approval_value, state_of
from openleo.ledger.errors import LedgerError
from openleo.service.governance.drafts import Drafts, NotTaken, Waiting
from openleo.service.governance.entries import Approval, Change

if TYPE_CHECKING:
    from openleo.service.governance.record import Placed, Record

PATH: Final = "/v1/changes"
FOLDER: Final = "drafts"
"""Where drafts are kept, beside the server's copy of the log."""

router = APIRouter(dependencies=[Known])
_reads: Any = {"tags": ["changes of rules"]}
_log = logging.getLogger("openleo.http")

Hash = Annotated[
    str, Path(pattern="^[0-9a-f]{64}$", description="of a change: SHA-256 of its JSON without approvals")
]
Named = Annotated[
    str, Query(pattern="^([0-9a-f]{64})?$", description="the change to begin with, by its hash")
]
_DRAFT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "title": "Draft",
                    "description": "a draft file, as `openleo rules draft` writes it",
                    "required": ["openleo", "version", "change", "rules", "base"],
                    "additionalProperties": False,
                    "properties": {
                        "openleo": {"const": "rules draft"},
                        "version": {"const": 1},
                        "change": {"type": "object"},
                        "rules": {"type": "string", "contentEncoding": "base64"},
                        "base": {"type": "string", "contentEncoding": "base64"},
                    },
                }
            }
        },
    }
}


class ApprovalBody(Body):
    """What an approver signed, as `openleo rules approve` adds it to the approvals of a draft file."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    statement: Annotated[str, StringConstraints(pattern="^(approve|recuse|duress)$")]
    interests: Annotated[str, StringConstraints(max_length=4096)]
    time: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    signature: Signature


async def whole_body(request: Request) -> bytes:
    """The body as it was sent: a draft is read to the letter."""
    return await request.body()


@router.get(PATH, **_reads)
def changes(request: Request, _: Holder) -> dict[str, Any]:
    """The changes that wait: for approvals here, or in the log to be in force."""
    drafts, record, now_s = drafts_here(request)
    waiting = [each for each in record.changes if each.state_at(now_s) == "waiting"]
    return {
        "drafts": [_brief(each) for each in drafts.listed(record, now_s)],
        "waiting": [_brief(each.change) | {"index": each.index} for each in waiting],
    }


@router.post(PATH, openapi_extra=_DRAFT, **_reads)
def put_up(request: Request, token: Writer, body: Annotated[bytes, Depends(whole_body)]) -> dict[str, Any]:
    """Put up a draft file for approval; sent again, it gets the approvals that it lacked."""
    drafts, record, now_s = drafts_here(request)
    try:
        name, new = drafts.put(body, record, now_s)
    except NotTaken as error:
        raise Problem("conflict", str(error)) from None
    except LedgerError as error:
        raise _not_kept(error) from None
    if new:
        _log.info("draft %s put up by %s %s", name[:12], token.role, token.name)
    return _one(request, name) | {"repeated": not new}


@router.get(PATH + "/{change}", **_reads)
def change(request: Request, change: Hash, _: Holder, lang: Language = "en") -> Response:
    """A change that waits: what differs, whom it touches, who approved it, what is missing; JSON, or HTML."""
    if not asks(request, HTML, JSON):
        return as_json(_one(request, change, lang))
    language: Any = lang
    waiting, placed = _found(request, change)[:2]
    if placed is not None:
        return Response(status_code=303, headers={"location": f"/log/{placed.index}"})
    assert waiting is not None
    return as_page(pages.draft(waiting, language))


@router.get(PATH + "/{change}/draft", response_class=Response, **_reads)
def draft(request: Request, change: Hash, _: Holder) -> Response:
    """The draft file with its approvals so far, for `openleo rules show`, `approve` and `publish`."""
    raw = drafts_here(request)[0].raw(change)
    if raw is None:
        raise unknown_change(change)
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="change.json"'}
    return Response(raw, media_type="application/json", headers=headers)


@router.post(PATH + "/{change}/approvals", **_reads)
def approve(request: Request, change: Hash, said: ApprovalBody, token: Approver) -> dict[str, Any]:
    """Hand in an approval, signed with a key that stays where it is; the same one again changes nothing."""
    drafts, record, now_s = drafts_here(request)
    try:
        approval = Approval(**said.model_dump())
    except LedgerError as error:
        raise InputError(str(error)) from None
    if drafts.find(change, record, now_s) is None:
        raise unknown_change(change)
    try:
        new = drafts.approve(change, approval, record, now_s)
    except NotTaken as error:
        raise Problem("conflict", str(error), "approval") from None
    except LedgerError as error:
        raise _not_kept(error) from None
    if new:
        _log.info("draft %s: %s by %s", change[:12], approval.statement, approval.name)
    return _one(request, change) | {"repeated": not new}


@router.get(APPROVE, response_class=HTMLResponse, dependencies=[Anyone], **_reads)
def signing_page(request: Request, change: Named = "", lang: Language = "en") -> Response:
    """The page that shows a draft and signs it in the browser; the draft takes a token, typed there."""
    enforcement_of(request)
    html, policy = approval_page(network=True)
    return HTMLResponse(
        html, headers=dict(PAGE) | {"content-security-policy": f"{policy}; frame-ancestors 'none'"}
    )


def drafts_here(request: Request) -> "tuple[Drafts, Record, int]":
    """The drafts of this server, what the log says, and the time (POSIX seconds)."""
    enforcement = enforcement_of(request)
    if enforcement.record is None:
        raise Problem("unavailable", "the log was not reached yet; ask again", retry_after_s=5.0)
    app = request.app.state
    if not hasattr(app, "drafts"):
        app.drafts = Drafts(enforcement.mirror.folder / FOLDER)
    return app.drafts, enforcement.record, controller_of(request).now_us() // 1_000_000


def _found(request: Request, name: str) -> "tuple[Waiting | None, Placed | None, int]":
    """A change by its hash: a draft that waits here, or one in the log; a problem where it is neither."""
    drafts, record, now_s = drafts_here(request)
    waiting = drafts.find(name, record, now_s)
    placed = record.change(name)
    if waiting is None and placed is None:
        raise unknown_change(name)
    return waiting, None if waiting is not None else placed, now_s


def _one(request: Request, name: str, lang: str = "en") -> dict[str, Any]:
    waiting, placed, now_s = _found(request, name)
    if placed is not None:
        said = {"index": placed.index, "page": f"/log/{placed.index}"}
        return _brief(placed.change) | said | state_of(placed, now_s)
    assert waiting is not None
    return _brief(waiting.change) | {
        "state": "draft",
        "said": waiting.lines("fr" if lang == "fr" else "en"),
        "entry": json.loads(waiting.change.raw),
        "approvals": [approval_value(each) for each in waiting.signed],
        "lacks": waiting.lacks or None,
        "wrong": waiting.wrong,
        "draft": f"{PATH}/{name}/draft",
    }


def _brief(change: Change) -> dict[str, Any]:
    """A change in a list."""
    touches = change.touches
    return {
        "change": change.hash,
        "kind": change.kind,
        "name": change.name,
        "requester": change.requester,
        "reason": change.reason,
        "effective_at": change.effective_at,
        "differs": change.differs,
        "touches": json.loads(change.raw)["touches"] if touches is not None else None,
        "approvals": len(change.approvals),
    }


def unknown_change(name: str) -> Problem:
    return Problem("not-found", f"change: no change {name[:12]} waits here or stands in the log", "change")


def _not_kept(error: LedgerError) -> Problem:
    _log.error("a draft was not kept: %s", error)
    return Problem("unavailable", outwards(str(error)), retry_after_s=1.0)
