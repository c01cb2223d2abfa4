"""How a terminal opens a session, and how the session vouches for each request.

    terminal                                             server
       |  hardware number                      ------------>  |
       |  <-------------------------------  nonce (60 s, bound to the number)
       |  nonce, X25519 key a, Ed25519 signature over them -> |   signed by the terminal's enrolled key
       |  <--- ticket, X25519 key b, Ed25519 signature        |   signed by the server's key
       key = HKDF-SHA-256(X25519(a, b), salt = nonce, info = transcript)

It is the signed Diffie-Hellman exchange of SIGMA and of TLS 1.3 with both sides known. A random key in the
answer would be known to whoever listens where no TLS stands before the server; this one is known to the two
ends only, and a key stolen later opens no session recorded before. A handshake sent again opens a session of
which only the terminal can make the key, so that no list of used nonces is kept.

A ticket is the session itself, sealed by ChaCha20-Poly1305 (RFC 8439) under a key that only servers have: no
server keeps sessions, all servers of a store know them, and they outlive a restart. It names the terminal's
key by its first eight bytes, so that a key revoked or replaced ends the sessions opened with it.

Each request then carries HMAC-SHA-256 (RFC 2104) over its exact bytes; each answer does so over the code of
the request and its own bytes.
"""

import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openleo.http.keys import Denied, Secrets

CHALLENGE_S: Final = 60.0
SESSION_S: Final = 3600.0

ENROL: Final = b"openleo enrol 1"
SESSION: Final = b"openleo session 1"
ANSWER: Final = b"openleo session answer 1"
KEY: Final = b"openleo session key 1"
CHECK_IN: Final = b"openleo check-in 1"
DECISION: Final = b"openleo decision 1"

_SEALED: Final = struct.Struct("<qq8s32s")  # terminal, end in us, first bytes of its key, session key
_TICKET_CHARACTERS: Final = 112


class Session(NamedTuple):
    """What a ticket holds."""

    terminal: int
    ends_us: int
    key_mark: bytes
    key: bytes


class Opened(NamedTuple):
    """The server's answer to a handshake."""

    ticket: str
    exchange: bytes
    signature: bytes
    ends_us: int


def transcript(context: bytes, *parts: bytes) -> bytes:
    """What is signed or derived from: the context and the parts, each behind its length, so that none can
    be read as another."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (context, *parts))


def check_code(key: bytes, body: bytes) -> bytes:
    """The HMAC-SHA-256 by which a session vouches for a check-in with these exact bytes."""
    return hmac.digest(key, CHECK_IN + b"\n" + body, "sha256")


def answer_code(key: bytes, request_code: bytes, body: bytes) -> bytes:
    """The HMAC-SHA-256 by which the server vouches for its answer to a request."""
    return hmac.digest(key, DECISION + b"\n" + request_code + body, "sha256")


def challenge(keys: Secrets, hardware: str, now_us: int) -> bytes:
    """A nonce (40 bytes) for the terminal of that hardware number; it ends after a minute."""
    fresh = (now_us + round(CHALLENGE_S * 1e6)).to_bytes(8, "big") + secrets.token_bytes(16)
    return fresh + _bound(keys, hardware, fresh)


def _bound(keys: Secrets, hardware: str, fresh: bytes) -> bytes:
    return hmac.digest(keys.challenge_key, transcript(b"", hardware.encode(), fresh), "sha256")[:16]


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature (RFC 8032) over a message is that of a key; what is no key has none."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def open_session(
    keys: Secrets, hardware: str, terminal: int, terminal_key: bytes, nonce: bytes, exchange: bytes,
    signature: bytes, now_us: int,
) -> Opened:  # fmt: skip
    """Answer a handshake.

    terminal: its number. terminal_key: its enrolled Ed25519 key, 32 bytes. exchange: its fresh X25519 key.
    signature: over `transcript(SESSION, nonce, hardware, exchange)`.
    Raises Denied where the nonce is not ours, has ended, or the signature is not that of the terminal.
    """
    fresh, bound = nonce[:24], nonce[24:]
    if not hmac.compare_digest(_bound(keys, hardware, fresh), bound):
        raise Denied("the nonce was not made by this server for this terminal")
    if int.from_bytes(fresh[:8], "big") <= now_us:
        raise Denied("the nonce has ended; ask for another")
    name = hardware.encode()
    if not verify(terminal_key, signature, transcript(SESSION, nonce, name, exchange)):
        raise Denied("the signature is not that of the terminal")
    ours = X25519PrivateKey.generate()
    try:
        shared = ours.exchange(X25519PublicKey.from_public_bytes(exchange))
    except ValueError:
        raise Denied("the exchange key is none: all of its products are zero") from None
    public = ours.public_key().public_bytes_raw()
    key = session_key(shared, nonce, name, exchange, public)
    ends_us = now_us + round(SESSION_S * 1e6)
    ticket = seal(keys, Session(terminal, ends_us, terminal_key[:8], key))
    signed = keys.identity.sign(transcript(ANSWER, nonce, name, exchange, public, ticket.encode()))
    return Opened(ticket, public, signed, ends_us)


def session_key(shared: bytes, nonce: bytes, hardware: bytes, exchange: bytes, answer: bytes) -> bytes:
    """The key of a session (32 bytes), of what the two sides share and of all that they said."""
    return HKDF(SHA256(), 32, nonce, transcript(KEY, hardware, exchange, answer)).derive(shared)


def seal(keys: Secrets, session: Session) -> str:
    """The ticket of a session."""
    nonce = secrets.token_bytes(12)
    sealed = ChaCha20Poly1305(keys.ticket_key).encrypt(nonce, _SEALED.pack(*session), SESSION)
    return urlsafe_b64encode(nonce + sealed).decode()


class Tickets:
    """Reads tickets; those read last are kept read."""

    def __init__(self, keys: Secrets, kept: int = 100_000) -> None:
        self._cipher = ChaCha20Poly1305(keys.ticket_key)
        self._kept = kept
        self._read: OrderedDict[str, Session] = OrderedDict()

    def read(self, ticket: str, now_us: int) -> Session:
        """The session of a ticket. Raises Denied where it is none of ours or has ended."""
        session = self._read.get(ticket)
        if session is None:
            session = self._open(ticket)
            self._read[ticket] = session
            if len(self._read) > self._kept:
                self._read.popitem(last=False)
        if session.ends_us <= now_us:
            raise Denied("the session has ended; open another")
        return session

    def _open(self, ticket: str) -> Session:
        if len(ticket) != _TICKET_CHARACTERS:
            raise Denied("the session is not known")
        try:
            raw = urlsafe_b64decode(ticket.encode("ascii"))
            return Session(*_SEALED.unpack(self._cipher.decrypt(raw[:12], raw[12:], SESSION)))
        except (InvalidTag, ValueError, struct.error):
            raise Denied("the session is not known") from None
