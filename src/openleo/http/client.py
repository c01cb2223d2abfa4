"""What a terminal says to the server, in Python: for tests and measurements, and as an example to follow."""

import hmac
import http.client
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from openleo.errors import OpenLEOError
from openleo.http.handshake import (
    ANSWER,
    ENROL,
    SESSION,
    answer_code,
    check_code,
    session_key,
    transcript,
    verify,
)


class Refused(OpenLEOError):
    """The server answered with a problem; `problem` has its members."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail', '')}")
        self.status = status
        self.problem = problem


@dataclass
class TerminalClient:
    """One terminal at one server.

    url: of the server. hardware: the terminal's number. identity: its Ed25519 key. server_key: the server's
    public key (32 bytes), as enrolment gave it.
    """

    url: str
    hardware: str
    identity: Ed25519PrivateKey = field(repr=False)
    server_key: bytes = b""
    session: str = field(default="", repr=False)
    key: bytes = field(default=b"", repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def enrol(self, code: str) -> None:
        """Show a one-time code, and the public key from now on. Raises Refused."""
        key = self.identity.public_key().public_bytes_raw()
        signed = self.identity.sign(transcript(ENROL, self.hardware.encode(), code.encode(), key))
        said = {"hardware": self.hardware, "code": code, "key": key.hex(), "signature": signed.hex()}
        self.server_key = bytes.fromhex(self._ask("/v1/enrolments", said)["server_key"])

    def open(self) -> None:
        """Open a session. Raises Refused, and OpenLEOError where the answer is not the server's."""
        nonce = bytes.fromhex(self._ask("/v1/challenges", {"hardware": self.hardware})["nonce"])
        ours = X25519PrivateKey.generate()
        exchange, name = ours.public_key().public_bytes_raw(), self.hardware.encode()
        signed = self.identity.sign(transcript(SESSION, nonce, name, exchange))
        found = self._ask(
            "/v1/sessions",
            {
                "hardware": self.hardware,
                "nonce": nonce.hex(),
                "exchange": exchange.hex(),
                "signature": signed.hex(),
            },
        )
        theirs, ticket = bytes.fromhex(found["exchange"]), found["session"]
        said = transcript(ANSWER, nonce, name, exchange, theirs, ticket.encode())
        if not verify(self.server_key, bytes.fromhex(found["signature"]), said):
            raise OpenLEOError(f"{self.url}: the answer is not signed by the server that enrolled it")
        shared = ours.exchange(X25519PublicKey.from_public_bytes(theirs))
        self.session, self.key = ticket, session_key(shared, nonce, name, exchange, theirs)

    def vouched(self, body: bytes) -> dict[str, str]:
        """The headers that vouch for a check-in."""
        return {"openleo-session": self.session, "openleo-code": check_code(self.key, body).hex()}

    def check_in(self, **said: Any) -> dict[str, Any]:
        """Check in, and return the decision. Raises Refused, and OpenLEOError for another's answer."""
        body = json.dumps(said).encode()
        headers = self.vouched(body)
        answer, got = self._send("/v1/check-ins", body, headers)
        ours = answer_code(self.key, headers["openleo-code"].encode(), answer).hex()
        if not hmac.compare_digest(ours.encode(), got.encode()):
            raise OpenLEOError(f"{self.url}: the answer is not that of the session")
        found: dict[str, Any] = json.loads(answer)
        return found

    def sealed(self, **said: Any) -> dict[str, str]:
        """A check-in as part of a batch."""
        body = json.dumps(said)
        headers = self.vouched(body.encode())
        return {"session": headers["openleo-session"], "code": headers["openleo-code"], "body": body}

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._send(path, json.dumps(said).encode(), {})[0])
        return found

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, str]:
        if self._connection is None:
            parts = urlsplit(self.url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(parts.hostname or "", parts.port, timeout=30.0)
        try:
            self._connection.request("POST", path, body, {"content-type": "application/json"} | headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if response.status != 200:
            raise Refused(response.status, json.loads(answer) if answer else {})
        return answer, response.getheader("openleo-code", "")


def new_identity() -> Ed25519PrivateKey:
    """A fresh key of a terminal."""
    return Ed25519PrivateKey.from_private_bytes(secrets.token_bytes(32))
