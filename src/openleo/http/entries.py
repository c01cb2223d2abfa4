"""The public log that this server enforces: a page for each entry, in plain HTML and JSON, with its proof.

All of it comes from the server's own copy, each entry checked against the checkpoint that is trusted.
"""

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from openleo.http import pages
from openleo.http.callers import Anyone, Known, controller_of
from openleo.http.frame import STYLE_HASH
from openleo.http.problems import Problem
from openleo.http.shown import Book, Shown, url_of
from openleo.ledger.errors import LedgerError
from openleo.ledger.tiles import WIDTH
from openleo.service.governance.decided import decided

if TYPE_CHECKING:
    from openleo.service.governance.enforcement import Enforcement

router = APIRouter(dependencies=[Known])
_open: Any = {"tags": ["the log"], "dependencies": [Anyone]}

PAGE: Final = (
    ("cache-control", "no-cache"),  # the state of a change, and who cosigned, are of now
    ("content-security-policy", f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; "
                                "form-action 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("vary", "accept"),
)  # fmt: skip
"""Headers of a page: it needs no script, and nothing of any other host."""

JSON: Final = "application/json"
HTML: Final = "text/html"
_QUALITY: Final = re.compile(r"[01](\.\d{0,3})?", re.ASCII)

Index = Annotated[int, Path(ge=0, le=2**53, description="of an entry, counted from 0")]
Language = Annotated[
    Annotated[str, StringConstraints(pattern="^(en|fr)$")],
    Query(description="of the sentences: en or fr; people's own words stay as they are"),
]
Before = Annotated[int | None, Query(ge=0, le=2**53, description="only entries before this one")]
Most = Annotated[int, Query(ge=1, le=200)]
Kind = Annotated[
    Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")] | None,
    Query(description="only entries of this type"),
]
Region = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=200)] | None,
    Query(description="only entries that name this region, or belong to one that does"),
]
LOOKED_AT: Final = 4096
"""Entries that one request looks at for those of a kind or a region; `next` says where to go on."""
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {HTML: {}, JSON: {}}, "description": "for people, or for programs"}
}
_PROOF: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {}}, "description": "a file as C2SP tlog-proof has it"}
}


@router.get("/log", response_class=Response, responses=_ANSWERS, **_open)
def entries(
    request: Request, before: Before = None, limit: Most = 50, lang: Language = "en",
    kind: Kind = None, region: Region = None,
) -> Response:  # fmt: skip
    """The latest entries of the log, a page at a time: HTML, or JSON where that is asked for.

    Of those of a kind or a region a page may have fewer, or none, though there are more: `next` says where
    the next one begins.
    """
    book, _ = _book(request, lang)
    end = book.size if before is None else min(before, book.size)
    indices, least = list(reversed(range(max(0, end - limit), end))), max(0, end - limit)
    if kind is not None or region is not None:
        indices, least = _chosen(book, end, limit, kind, region)
    found = [_shown(book, index) for index in indices]
    if asks(request, JSON, HTML):
        said = book.value() | {
            "entries": [each.brief() for each in found],
            "next": least if end and least else None,
        }
        return as_json(said)
    return as_page(pages.entries(book, found))


@router.get("/log/{index}.json", response_class=Response, **_open)
def entry_json(request: Request, index: Index, lang: Language = "en") -> Response:
    """An entry as JSON, whatever is asked for."""
    return as_json(_entry(request, index, lang).value())


@router.get("/log/{index}.tlog-proof", response_class=Response, responses=_PROOF, **_open)
def proof(request: Request, index: Index) -> Response:
    """The proof of an entry under the newest checkpoint, for `openleo ledger verify` and other programs."""
    raw = _entry(request, index, "en").proof.raw
    headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff",
               "content-disposition": f'attachment; filename="{index}.tlog-proof"'}  # fmt: skip
    return Response(raw, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/log/{index}", response_class=Response, responses=_ANSWERS, **_open)
def entry(request: Request, index: Index, lang: Language = "en") -> Response:
    """An entry in plain words, its state, its place in the log and how to check that: HTML, or JSON."""
    found = _entry(request, index, lang)
    return as_json(found.value()) if asks(request, JSON, HTML) else as_page(pages.entry(found))


def enforcement_of(request: Request) -> "Enforcement":
    """The log that is enforced; a problem where the rules are those of a file."""
    found = controller_of(request).in_force.enforcement
    if found is None:
        raise Problem("not-found", "this server follows no log: its rules were read from a file")
    return found


def stands(request: Request, digest: str, at_us: int, size: int | None) -> dict[str, Any] | None:
    """The entry of the log by which a rule set held at a time, for programs; None without a log.

    digest: of the rule set. at_us: microseconds since 1970-01-01 UTC. size: entries of the checkpoint, None
    where it had none.
    """
    found = controller_of(request).in_force.enforcement
    if found is None or found.record is None or not digest:
        return None
    said = decided(found.record, digest, at_us / 1e6, size=size, read_at=url_of(found))
    return None if said is None else said.value() | {"page": f"/log/{said.placed.index}"}


def asks(request: Request, media: str, usual: str) -> bool:
    """Whether a caller would rather have one media type than the usual one (RFC 9110, 12.5.1)."""
    worth = {media: 0.0, usual: 0.0}
    for part in request.headers.get("accept", "*/*")[:1000].split(","):
        given, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        for name in worth:
            if given in (name, f"{name.partition('/')[0]}/*", "*/*"):
                worth[name] = max(worth[name], float(quality) if _QUALITY.fullmatch(quality) else 0.0)
    return worth[media] > worth[usual]


def as_json(said: dict[str, Any]) -> Response:
    """A JSON answer that is as good as now."""
    raw = json.dumps(said, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    return Response(
        raw, media_type="application/json", headers={"cache-control": "no-cache", "vary": "accept"}
    )


def as_page(html: str) -> Response:
    """A page for people."""
    return Response(
        html.encode("utf-8", "backslashreplace"), media_type="text/html; charset=utf-8", headers=dict(PAGE)
    )


def _book(request: Request, lang: str) -> tuple[Book, "Enforcement"]:
    found = enforcement_of(request)
    if not found.mirror.raw:
        raise Problem("unavailable", "the log was not reached yet; ask again", retry_after_s=5.0)
    try:
        return Book.of(found, controller_of(request).now_us() / 1e6, "fr" if lang == "fr" else "en"), found
    except LedgerError:
        raise _changing() from None


def _chosen(book: Book, end: int, most: int, kind: str | None, region: str | None) -> tuple[list[int], int]:
    """The latest entries before one that are of a kind or concern a region, and how far was looked."""
    about = book.about(region) if region is not None else None
    found: list[int] = []
    least = max(0, end - LOOKED_AT)
    try:
        while end > least:
            start = max(least, (end - 1) // WIDTH * WIDTH)
            kinds = book.kinds(start, end) if kind is not None else [kind] * (end - start)
            for index in reversed(range(start, end)):
                if kinds[index - start] == kind and (about is None or index in about):
                    found.append(index)
                    if len(found) == most:
                        return found, index
            end = start
    except LedgerError:
        raise _changing() from None
    return found, least


def _entry(request: Request, index: int, lang: str) -> Shown:
    book, _ = _book(request, lang)
    if index >= book.size:
        detail = f"index: {index}; the log has {book.size} entries here: 0 to {book.size - 1} are allowed"
        raise Problem("not-found", detail, "index")
    return _shown(book, index)


def _shown(book: Book, index: int) -> Shown:
    try:
        return book.entry(index)
    except LedgerError:
        raise _changing() from None


def _changing() -> Problem:
    # The files are being copied anew, or somebody changed them: the next look, within a second, says which.
    return Problem("unavailable", "the copy of the log cannot be read now; ask again", retry_after_s=5.0)
