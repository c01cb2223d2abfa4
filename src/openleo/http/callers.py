"""Who asks, as the routes of FastAPI need it: the controller, a role, and how much it may ask."""

from time import monotonic
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from openleo.http.keys import Denied, Secrets, Token, read_token
from openleo.http.problems import Problem, invalid

if TYPE_CHECKING:
    from openleo.service.controller import Controller

_bearer = HTTPBearer(auto_error=False, description="a token made by `openleo serve token`")

Hardware = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""A hardware number."""
Name = Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .,:'()/&+-]*$", max_length=200)]
"""A name: letters, digits and a few signs, at most 200 characters."""
Text = Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .,:'()/&+!?%-]*$", max_length=200)]
"""A sentence or a few, at most 200 characters."""


Key = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
"""A public key, Ed25519 or X25519: 32 bytes in hexadecimal digits."""
Signature = Annotated[str, StringConstraints(pattern="^[0-9a-f]{128}$")]
"""An Ed25519 signature: 64 bytes in hexadecimal digits."""


class Body(BaseModel):
    """A body of a request: a field that is not known is refused, and so are NaN and infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def controller_of(request: Request) -> "Controller":
    """The controller that answers."""
    found: Controller = request.app.state.controller
    return found


def keys_of(request: Request) -> Secrets:
    """The server's secrets."""
    found: Secrets = request.app.state.keys
    return found


def known_queries(request: Request) -> None:
    """Refuse a parameter that the route does not know, and one given twice."""
    known = {each.alias for each in request.scope["route"].dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            raise invalid([{"field": name[:100], "detail": "there is no such parameter"}])
        if given.count(name) > 1:
            raise invalid([{"field": name, "detail": "is given more than once"}])


def anyone(request: Request) -> None:
    """Anyone may ask, at the pace of an address."""
    caller = request.client.host if request.client else ""
    wait_s = request.app.state.of_address.take(caller, monotonic())
    if wait_s:
        raise Problem("rate", "too many requests of this address", retry_after_s=wait_s)


def holder(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Token:
    """Whoever has a token, whatever its role."""
    if given is None:
        anyone(request)
        raise Problem("unauthorized", "a token is needed: Authorization: Bearer ...", "authorization")
    try:
        token = read_token(keys_of(request), given.credentials, controller_of(request).now_us())
    except Denied as error:
        anyone(request)
        raise Problem("unauthorized", str(error), "authorization") from None
    wait_s = request.app.state.of_role.take(token.id, monotonic())
    if wait_s:
        raise Problem("rate", "too many requests with this token", retry_after_s=wait_s)
    return token


def reader(token: Annotated[Token, Depends(holder)]) -> Token:
    """An operator or an auditor: whoever approves changes sees nothing of terminals."""
    if token.role == "approver":
        said = "an approver reads and approves changes; only an operator or an auditor may do this"
        raise Problem("forbidden", said, "authorization")
    return token


def writer(token: Annotated[Token, Depends(reader)]) -> Token:
    """An operator: auditors read, and change nothing."""
    if token.role != "operator":
        raise Problem("forbidden", f"an {token.role} reads; only an operator may do this", "authorization")
    return token


def approving(token: Annotated[Token, Depends(holder)]) -> Token:
    """An approver: who drafts and publishes changes hands in no approvals."""
    if token.role != "approver":
        raise Problem(
            "forbidden", f"an {token.role} approves no changes; only an approver may", "authorization"
        )
    return token


Anyone = Depends(anyone)
Known = Depends(known_queries)
Holder = Annotated[Token, Depends(holder)]
Reader = Annotated[Token, Depends(reader)]
Writer = Annotated[Token, Depends(writer)]
Approver = Annotated[Token, Depends(approving)]
Limit = Annotated[int, Field(ge=1, le=1000)]
