"""Errors as RFC 9457 problem details: what was wrong, in which field, and what is allowed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

MEDIA_TYPE: Final = "application/problem+json"

KINDS: Final[dict[str, tuple[int, str]]] = {
    "malformed": (400, "The body is no JSON"),
    "unauthorized": (401, "The request is not authenticated"),
    "bad-signature": (401, "The signature or code is wrong"),
    "session-ended": (401, "The session is not known or has ended"),
    "forbidden": (403, "The role may not do this"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "conflict": (409, "It contradicts what is recorded"),
    "replay": (409, "The sequence number was used before with another content"),
    "gone": (410, "It is no longer there"),
    "too-large": (413, "The body is larger than allowed"),
    "media-type": (415, "The body is not of the media type asked for"),
    "invalid": (422, "A field is not as it should be"),
    "clock": (422, "The time is too far from the server's"),
    "late": (422, "The time is before that of a check-in already taken"),
    "rate": (429, "Too many requests"),
    "failed": (500, "The server failed"),
    "unavailable": (503, "It cannot be done now"),
}
"""Kinds of problems: HTTP status and title. The kind is the end of the problem's `type`."""


class Problem(Exception):
    """A request that is not done, and why.

    kind: one of `KINDS`. detail: one sentence for the caller. field: the name of what was wrong, empty where
    it is no single field. errors: of more than one field, each with `field` and `detail`. retry_after_s: for
    the header Retry-After. more: further members of the problem.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        field: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after_s: float | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status, self.title = KINDS[kind]
        self.detail = detail
        self.field = field
        self.errors = tuple(errors) or (({"field": field, "detail": detail},) if field else ())
        self.retry_after_s = retry_after_s
        self.more = dict(more or {})

    def members(self) -> dict[str, Any]:
        """The members of the problem, as RFC 9457 names them, and ours after them."""
        found: dict[str, Any] = {
            "type": f"urn:openleo:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.field:
            found["field"] = self.field
        if self.errors:
            found["errors"] = list(self.errors)
        return found | self.more

    def body(self) -> bytes:
        """The problem as JSON."""
        return msgspec.json.encode(self.members())

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers that go with it."""
        found = [(b"content-type", MEDIA_TYPE.encode())]
        if self.retry_after_s is not None:
            found.append((b"retry-after", str(max(1, round(self.retry_after_s + 0.5))).encode()))
        if self.status == 401:
            found.append((b"www-authenticate", b"Bearer"))
        return found


def invalid(errors: Sequence[Mapping[str, str]]) -> Problem:
    """The problem of fields that are not as they should be; the first of them gives its name and detail."""
    first = errors[0]
    return Problem("invalid", f"{first['field']}: {first['detail']}", first["field"], errors=errors)


def outwards(text: str) -> str:
    """An error of the store as callers may read it: what is the matter, not where the store stands."""
    known = (
        "the disk is full",
        "locked",
        "does not answer",
        "cannot be written",
        "no connection became free",
    )
    matter = next((each for each in known if each in text), "it failed")
    return f"the store cannot do it now ({matter}); ask again: what was taken is not taken twice"
