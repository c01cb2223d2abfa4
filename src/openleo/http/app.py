"""The HTTP API as one ASGI application: check-ins before FastAPI, everything else within it."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from openleo import __version__
from openleo.errors import InputError, OpenLEOError
from openleo.http import (
    availability,
    changes,
    check_ins,
    desk,
    drafting,
    dry_runs,
    entries,
    findings,
    operators,
    public,
    reports,
    site,
    terminals,
    tiles,
    view,
)
from openleo.http.asgi import Gone, Message, Receive, Scope, Send, answer_problem, header, read_body
from openleo.http.check_ins import CheckIns
from openleo.http.commits import Commits
from openleo.http.keys import Denied, Secrets, read_token
from openleo.http.limits import Buckets, Limits
from openleo.http.metrics import Metrics
from openleo.http.plain import routes as plain
from openleo.http.plain.look import PATH as PLAIN
from openleo.http.plain.look import trouble
from openleo.http.problems import MEDIA_TYPE, Problem, invalid, outwards
from openleo.kept import Busy
from openleo.operate.view.page import Page
from openleo.operate.view.unshown import Unshown
from openleo.service.duties import beside

if TYPE_CHECKING:
    from openleo.operate.view.shown import Shown
    from openleo.service.controller import Controller
    from openleo.service.governance.days import Closing

ABOUT: Final = (
    "OpenLEO decides service; it does not guide, target or operate radios. A distress call is not refused "
    "for location or speed unless a region's published rule says so. Modelled, not measured; not affiliated "
    "with any operator. Borders and names come from cited sources and imply no position on any territory."
)
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457, with the name of the field that was wrong",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
KEEP_DAYS: Final = 30.0
"""After so many days a check-in is reduced to decision and region."""

_LARGE: Final = (changes.PATH, drafting.DRAFT_FILES, dry_runs.PATH)
"""Where an operator may send a draft of rules."""

_log = logging.getLogger("openleo.http")


class Api:
    """The application that a server runs: `Api(controller, keys)` is an ASGI callable.

    controller: what answers; it is closed when the server stops. keys: the server's secrets. limits: what one
    caller may ask. keep_days: after so many days a check-in is reduced to decision and region. closing: where
    the root over the decisions of each day goes, if anywhere, and what the desk publishes. rules_pack: the
    rules as text, where they were read from a file. shown: gives the network that the page looks at. told:
    the register of reports, if any.
    """

    def __init__(
        self, controller: "Controller", keys: Secrets, limits: Limits | None = None, *,
        keep_days: float = KEEP_DAYS, closing: "Closing | None" = None,
        rules_pack: bytes = b"", shown: "Callable[[], Shown] | None" = None,
        told: "reports.ReportsFile | None" = None,
    ) -> None:  # fmt: skip
        limits = limits or Limits()
        self._limits = limits
        self._metrics = Metrics(controller)
        commits = Commits(controller, limits.waiting)
        self._check_ins = CheckIns(controller, keys, limits, commits, self._metrics)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            Thread(target=self.inner.state.page.warm, name="page", daemon=True).start()
            with controller.in_force.following(), beside(controller, keep_days, closing):
                yield
            commits.close()
            controller.close()
            if told is not None:
                told.close()

        self.inner = _fastapi(lifespan)
        self.inner.state.controller = controller
        self.inner.state.keys = keys
        self.inner.state.metrics = self._metrics
        self.inner.state.closing = closing
        self.inner.state.rules_pack = rules_pack
        self.inner.state.reports = told
        self.inner.state.page = Page(controller.in_force.rules_at, shown)
        self.inner.state.of_address = Buckets(limits.address_per_s, limits.address_burst)
        self.inner.state.of_role = Buckets(limits.role_per_s, limits.role_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        begun = ended = False

        async def watched(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            path = scope["path"]
            if path == check_ins.ONE or path == check_ins.MANY:
                if scope["method"] != "POST":
                    raise Problem("method-not-allowed", "POST is allowed", more={"allow": ["POST"]})
                await (self._check_ins.one if path == check_ins.ONE else self._check_ins.many)(
                    scope, receive, watched
                )
            else:
                await self._others(scope, receive, watched)
        except Gone:
            return
        except Exception as error:  # the last one: whatever was raised becomes an answer
            if ended:  # FastAPI has answered, by `problem_of`, and raises all the same
                return
            if begun:
                raise
            await answer_problem(send, problem_of(error))

    async def _others(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI, with a body that is whole and within its limit."""
        begun_s, status = perf_counter(), 0
        body = b""
        if scope["method"] not in ("GET", "HEAD") or header(scope, b"content-length") not in ("", "0"):
            body = await read_body(scope, receive, self._most(scope), self._limits.body_s)
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self.inner(scope, again, watched)
        route = scope.get("route")
        self._metrics.seen(getattr(route, "path", "other"), status, perf_counter() - begun_s)

    def _most(self, scope: Scope) -> int:
        """The largest body of a request: drafts of rules may be large, and only operators put them up."""
        kind, _, given = header(scope, b"authorization").partition(" ")
        if scope["path"] in _LARGE and kind.lower() == "bearer":
            state = self.inner.state
            with suppress(Denied):
                if read_token(state.keys, given.strip(), state.controller.now_us()).role == "operator":
                    return self._limits.draft_bytes
        return self._limits.body_bytes


def problem_of(error: Exception) -> Problem:
    """Any exception as a problem; what nobody expected is logged, and says no more than that."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Unshown):
        return Problem(error.kind, str(error), error.field, retry_after_s=error.retry_s)
    if isinstance(error, Busy):
        return Problem("unavailable", str(error), retry_after_s=1.0)
    if isinstance(error, InputError):
        field, colon, _ = str(error).partition(":")
        named = field if colon and " " not in field and len(field) < 60 else ""
        return Problem("invalid", str(error), named)
    if isinstance(error, OpenLEOError):
        _log.warning("not done: %s", error)
        return Problem("unavailable", outwards(str(error)), retry_after_s=1.0)
    _log.error("a request failed: %s", type(error).__name__, exc_info=error)
    return Problem("failed", "the server failed; what was asked is not acknowledged")


def document() -> dict[str, Any]:
    """The OpenAPI document of the API, as `/openapi.json` gives it."""
    return _fastapi(None).openapi()


def _fastapi(lifespan: Any) -> FastAPI:
    app = FastAPI(
        title="OpenLEO",
        version=__version__,
        description=ABOUT,
        docs_url=None,  # their pages are fetched from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[],
    )
    for module in (
        public,
        availability,
        reports,
        terminals,
        operators,
        findings,
        changes,
        desk,
        dry_runs,
        drafting,
        tiles,
        entries,
        site,
        view,
        plain,
    ):
        app.include_router(module.router)
    app.add_exception_handler(RequestValidationError, _of_fields)
    app.add_exception_handler(HTTPException, _of_http)
    for kind in (Problem, OpenLEOError, Busy, Exception):
        app.add_exception_handler(kind, _of_ours)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
    paths, schemas = check_ins.described()
    found["paths"].update(paths)
    components = found.setdefault("components", {}).setdefault("schemas", {})
    components.update(schemas)
    components["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):  # ours are problems
        components.pop(name, None)
    said = {
        "description": "a problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in found["paths"].values():
        for operation in path.values():
            if "422" in operation["responses"]:
                operation["responses"]["422"] = said
            operation["responses"]["default"] = said
    return found


def _respond(request: Request, problem: Problem) -> Response:
    if request.url.path.startswith(PLAIN):
        return trouble(request, problem)
    headers = {key.decode(): value.decode() for key, value in problem.headers()}
    return Response(problem.body(), problem.status, headers, media_type=MEDIA_TYPE)


async def _of_ours(request: Request, error: Exception) -> Response:
    return _respond(request, problem_of(error))


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = {400: "malformed", 404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid")
    response = _respond(request, Problem(kind, str(error.detail), "body" if kind == "malformed" else ""))
    response.headers.update(error.headers or {})
    return response


async def _of_fields(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return _respond(request, Problem("malformed", "the body is no JSON", "body"))
    wrong = [{"field": _field(each["loc"]), "detail": _detail(each)} for each in found[:20]]
    return _respond(request, invalid(wrong))


def _field(location: tuple[Any, ...]) -> str:
    """The field of a place in the request: ("body", "owner", "name") is owner.name."""
    parts = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    name = ".".join(parts) or str(location[0])
    name = name.encode("ascii", "backslashreplace").decode()
    return name if len(name) <= 100 else name[:99] + "…"


def _detail(error: Any) -> str:
    """What is wrong with it, without what was given: that may be long, secret, or no text."""
    return str(error["msg"])[:300].encode("ascii", "backslashreplace").decode()
