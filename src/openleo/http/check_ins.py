"""Check-ins over HTTP, one or many: the way that is taken thousands of times a second.

It stands before FastAPI, for a request there costs more than all that is done here. What it takes and gives
is in the OpenAPI document all the same (`described`).
"""

import hmac
import logging
from collections.abc import Sequence
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openleo.http.asgi import Gone, Receive, Scope, Send, address, answer, answer_problem, header, read_body
from openleo.http.commits import Commits, Row
from openleo.http.handshake import Session, Tickets, answer_code, check_code
from openleo.http.keys import Denied, Secrets
from openleo.http.limits import Buckets, Limits
from openleo.http.messages import Batch, CheckInBody, DecisionBody, bodies, read_batch, read_check_in, refused
from openleo.http.metrics import Metrics
from openleo.http.problems import MEDIA_TYPE, Problem
from openleo.service.records import Flag

if TYPE_CHECKING:
    from openleo.service.controller import Controller

ONE: Final = "/v1/check-ins"
MANY: Final = "/v1/check-ins/batch"

_JSON: Final = (b"content-type", b"application/json")
_FLAGS: Final = 12  # where a row has them
_log = logging.getLogger("openleo.http")


class CheckIns:
    """Answers POST on `ONE` and `MANY`."""

    def __init__(
        self, controller: "Controller", keys: Secrets, limits: Limits, commits: Commits, metrics: Metrics
    ) -> None:
        self._controller = controller
        self._limits = limits
        self._commits = commits
        self._metrics = metrics
        self._tickets = Tickets(keys)
        self._of_terminal = Buckets(limits.terminal_per_s, limits.terminal_burst)
        self._in_distress = Buckets(limits.terminal_per_s, limits.terminal_burst)
        self._of_address = Buckets(limits.address_per_s, limits.address_burst)

    async def one(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One check-in: headers `openleo-session` and `openleo-code`, the body a `CheckInBody`."""
        begun = perf_counter()
        try:
            body = await read_body(scope, receive, self._limits.check_in_bytes, self._limits.body_s)
            code = header(scope, b"openleo-code")
            session = self._vouched(header(scope, b"openleo-session"), code, body, address(scope))
            row = self._allowed(session, read_check_in(body))
            answers, at = await self._commits.check_in([row], [session.key_mark])
            problem = refused(answers, at)
            if problem is not None:
                raise problem
            made = msgspec.json.encode(bodies(answers, [at])[0])
            vouched = answer_code(session.key, code.encode(), made).hex().encode()
            status = 200
            await answer(send, status, made, [_JSON, (b"openleo-code", vouched)])
        except Problem as problem:
            status = problem.status
            await answer_problem(send, problem)
        except Gone:
            return
        self._metrics.seen("check-ins", status, perf_counter() - begun)

    async def many(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A batch: a `Batch`; the answer has a decision or a problem for each, in their order."""
        begun = perf_counter()
        status = 200
        try:
            body = await read_body(scope, receive, self._limits.batch_bytes, self._limits.body_s)
            self._slow_down(address(scope))
            sealed = read_batch(body)
            if len(sealed) > self._limits.batch:
                raise Problem(
                    "too-large",
                    f"check_ins: {len(sealed)} given; at most {self._limits.batch} are allowed",
                    "check_ins",
                )
            found: list[Problem | DecisionBody | None] = [None] * len(sealed)
            rows: list[Row] = []
            marks: list[bytes] = []
            places: list[int] = []
            for i, each in enumerate(sealed):
                try:
                    session = self._vouched(each.session, each.code, each.body.encode(), "")
                    rows.append(self._allowed(session, read_check_in(each.body)))
                    marks.append(session.key_mark)
                    places.append(i)
                except Problem as problem:
                    found[i] = problem
                except UnicodeEncodeError:
                    found[i] = Problem("malformed", "the body is no JSON: not of Unicode characters", "body")
            if rows:
                answers, at = await self._commits.check_in(rows, marks)
                worded = bodies(answers, range(at, at + len(rows)))
                for k, i in enumerate(places):
                    found[i] = refused(answers, at + k) or worded[k]
            await answer(send, status, _results(found), [_JSON])
        except Problem as problem:
            status = problem.status
            await answer_problem(send, problem)
        except Gone:
            return
        self._metrics.seen("check-ins/batch", status, perf_counter() - begun)

    def _slow_down(self, caller: str) -> None:
        wait_s = self._of_address.take(caller, monotonic())
        if wait_s:
            raise Problem("rate", "too many requests of this address", retry_after_s=wait_s)

    def _vouched(self, ticket: str, code: str, body: bytes, caller: str) -> Session:
        """The session that vouches for a body."""
        try:
            session = self._tickets.read(ticket, self._controller.now_us())
        except Denied as error:
            if caller:
                self._slow_down(caller)
            raise Problem("session-ended", str(error), "openleo-session") from None
        if not hmac.compare_digest(
            check_code(session.key, body).hex().encode(), code.encode("ascii", "replace")
        ):
            if caller:
                self._slow_down(caller)
            raise Problem(
                "bad-signature", "the code is not that of the session for this body", "openleo-code"
            )
        return session

    def _allowed(self, session: Session, row: Row) -> Row:
        buckets = self._in_distress if row[_FLAGS] & Flag.DISTRESS else self._of_terminal
        wait_s = buckets.take(session.terminal, monotonic())
        if wait_s:
            raise Problem("rate", "too many check-ins of this terminal", retry_after_s=wait_s)
        return (session.terminal, *row[1:])


def _results(found: "Sequence[Problem | DecisionBody | None]") -> bytes:
    return msgspec.json.encode(
        {"results": [each.members() if isinstance(each, Problem) else each for each in found]}
    )


def described() -> tuple[dict[str, Any], dict[str, Any]]:
    """The paths of check-ins as OpenAPI has them, and the schemas that they name."""
    (one, decision, many), schemas = msgspec.json.schema_components(
        [CheckInBody, DecisionBody, Batch], ref_template="#/components/schemas/{name}"
    )
    problem = {"$ref": "#/components/schemas/Problem"}
    answers = {
        str(status): {"description": text, "content": {MEDIA_TYPE: {"schema": problem}}}
        for status, text in (
            (400, "the body is no JSON"),
            (401, "the session or the code is not taken"),
            (409, "replay: the sequence number was used before with another content"),
            (413, "the body is too large"),
            (422, "a field is not as it should be, or the time is not taken"),
            (429, "too many check-ins"),
            (503, "the store cannot take it now; nothing was recorded unless a repeated request says so"),
        )
    }

    def header_(name: str, text: str, pattern: str) -> dict[str, Any]:
        return {
            "name": name, "in": "header", "required": True, "description": text,
            "schema": {"type": "string", "pattern": pattern},
        }  # fmt: skip

    def operation(name: str, text: str, body: Any, made: Any, headers: list[Any]) -> dict[str, Any]:
        return {
            "post": {
                "tags": ["terminals"],
                "operationId": name,
                "summary": text,
                "parameters": headers,
                "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
                "responses": {
                    "200": {
                        "description": "answered after it was committed",
                        "content": {"application/json": {"schema": made}},
                    }
                }
                | answers,
            }
        }

    vouched = [
        header_("openleo-session", "the ticket of a session", "^[A-Za-z0-9_=-]{1,256}$"),
        header_("openleo-code", "HMAC-SHA-256 over the body, in hex", "^[0-9a-f]{64}$"),
    ]
    results = {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": {"anyOf": [decision, problem]}}},
    }
    return {
        ONE: operation("check_in", "Check in, and be told what is granted and why", one, decision, vouched),
        MANY: operation("check_in_many", "Check-ins of one or more terminals at once", many, results, []),
    }, schemas
