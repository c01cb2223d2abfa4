"""What terminals ask besides check-ins: to be enrolled, and to open a session."""

from typing import Annotated, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Request
from pydantic import StringConstraints

from openleo.http.callers import Anyone, Body, Hardware, Key, Known, Signature, controller_of, keys_of
from openleo.http.handshake import CHALLENGE_S, ENROL, challenge, open_session, transcript, verify
from openleo.http.keys import Denied
from openleo.http.messages import moment_of
from openleo.http.problems import Problem

router = APIRouter(prefix="/v1", tags=["terminals"], dependencies=[Anyone, Known])

NOBODY: Final = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
"""A key that nobody has: terminals that are not known are checked against it, and take as long."""


Nonce = Annotated[str, StringConstraints(pattern="^[0-9a-f]{80}$")]


class Enrolment(Body):
    """A terminal shows its one-time code and its key; the signature shows that it has the key."""

    hardware: Hardware
    code: Hardware
    key: Key
    signature: Signature


class Challenge(Body):
    """A terminal asks for a nonce."""

    hardware: Hardware


class Handshake(Body):
    """A terminal opens a session."""

    hardware: Hardware
    nonce: Nonce
    exchange: Key
    signature: Signature


@router.post("/enrolments")
def enrol(request: Request, said: Enrolment) -> dict[str, Any]:
    """Enrol a key by a one-time code; the signature is over `openleo enrol 1`, hardware, code and key."""
    key = bytes.fromhex(said.key)
    signed = transcript(ENROL, said.hardware.encode(), said.code.encode(), key)
    if not verify(key, bytes.fromhex(said.signature), signed):
        raise Problem("bad-signature", "the signature is not that of the key", "signature")
    controller_of(request).enrol(said.hardware, said.code, key)
    return {"hardware": said.hardware, "server_key": keys_of(request).public_key}


@router.post("/challenges")
def challenge_(request: Request, said: Challenge) -> dict[str, Any]:
    """A nonce for a handshake; it is given for numbers that are not known, too, so that none is told."""
    now_us = controller_of(request).now_us()
    return {
        "nonce": challenge(keys_of(request), said.hardware, now_us).hex(),
        "ends": moment_of(now_us + round(CHALLENGE_S * 1e6)),
    }


@router.post("/sessions")
def open_(request: Request, said: Handshake) -> dict[str, Any]:
    """Open a session: `docs/models/api.md` says what is signed, and how the session's key is made."""
    controller = controller_of(request)
    terminal = controller.find(said.hardware)
    # without a key the check goes on with one that nobody has: an answer does not tell who is known
    key = controller.key_of(terminal) or NOBODY
    try:
        opened = open_session(
            keys_of(request), said.hardware, terminal, key, bytes.fromhex(said.nonce),
            bytes.fromhex(said.exchange), bytes.fromhex(said.signature), controller.now_us(),
        )  # fmt: skip
    except Denied as error:
        raise Problem("bad-signature", str(error), "signature") from None
    return {
        "session": opened.ticket,
        "exchange": opened.exchange.hex(),
        "signature": opened.signature.hex(),
        "ends": moment_of(opened.ends_us),
    }
