"""The few pieces of ASGI that stand before FastAPI: reading bodies within their limits, and answering."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from openleo.http.problems import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gone(Exception):
    """The caller went away before its request was whole."""


def header(scope: Scope, name: bytes) -> str:
    """A header of a request, empty where it has none; bytes that are no ASCII are kept apart by escapes."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("ascii", "backslashreplace")
    return ""


def address(scope: Scope) -> str:
    """Where a request comes from, as far as the server knows."""
    client = scope.get("client")
    return client[0] if client else ""


async def read_body(scope: Scope, receive: Receive, most: int, longest_s: float) -> bytes:
    """The body of a request. Raises Problem where it is larger or slower than allowed, Gone without one."""
    said = header(scope, b"content-length")
    if said.isdigit() and int(said) > most:
        raise _too_large(most)
    message = await _within(receive, longest_s)
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and message["type"] == "http.request":
        if len(body) > most:
            raise _too_large(most)
        return body
    parts, size = [body], len(body)
    ends = asyncio.get_running_loop().time() + longest_s
    while message.get("more_body", False):
        if size > most:
            raise _too_large(most)
        message = await _within(receive, ends - asyncio.get_running_loop().time())
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if message["type"] == "http.disconnect":
        raise Gone
    if size > most:
        raise _too_large(most)
    return b"".join(parts)


async def _within(receive: Receive, longest_s: float) -> Message:
    try:
        return await asyncio.wait_for(receive(), longest_s)
    except TimeoutError:
        raise Problem("malformed", "the body did not arrive in time", "body") from None


def _too_large(most: int) -> Problem:
    return Problem("too-large", f"the body is larger than {most} bytes", "body", more={"limit_bytes": most})


async def answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def answer_problem(send: Send, problem: Problem) -> None:
    """Send a problem."""
    await answer(send, problem.status, problem.body(), problem.headers())
