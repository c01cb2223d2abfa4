"""The server's secret, what is derived from it, and the short-lived tokens of those who have a role.

One file of 32 random bytes, readable by its owner only, is all that a server keeps secret. HKDF-SHA-256
(RFC 5869) makes of it the keys for tokens, challenges and session tickets, and the Ed25519 key by which
terminals know the server; servers that share a store share the file. A token is a statement of role, name and
end with an HMAC-SHA-256 (RFC 2104) over it: no server keeps a list, and a token ends by itself.
"""

import binascii
import hmac
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openleo.errors import InputError

Role = Literal["operator", "auditor", "approver"]

BYTES: Final = 32
LONGEST_TOKEN_S: Final = 12 * 3600.0


class Denied(Exception):
    """A token, ticket or signature that is not taken; the text says why and holds nothing secret."""


@dataclass(frozen=True)
class Secrets:
    """What the server keeps to itself; never printed."""

    token_key: bytes = field(repr=False)
    challenge_key: bytes = field(repr=False)
    ticket_key: bytes = field(repr=False)
    identity: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, root: bytes) -> "Secrets":
        """Derive all keys from 32 bytes."""
        if len(root) != BYTES:
            raise InputError(f"secret: {len(root)} bytes given; {BYTES} are allowed")

        def derived(purpose: str) -> bytes:
            return HKDF(SHA256(), BYTES, None, b"openleo 1 " + purpose.encode()).derive(root)

        return cls(
            derived("token"),
            derived("challenge"),
            derived("ticket"),
            Ed25519PrivateKey.from_private_bytes(derived("identity")),
        )

    @property
    def public_key(self) -> str:
        """The Ed25519 key by which terminals know the server, in hex."""
        return self.identity.public_key().public_bytes_raw().hex()


def load_secrets(path: Path) -> Secrets:
    """Read the file of the server's secret; where there is none, make it, readable by its owner only.

    Raises InputError where it is readable by others, cannot be read, or is no such file.
    """
    try:
        if not path.exists():
            _make(path)
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text"
        raise InputError(f"{path}: the server's secret cannot be read or made: {reason}") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"{path}: mode {stat.S_IMODE(mode):04o}; a secret is readable by its owner only: chmod 600 {path}"
        )
    try:
        root = bytes.fromhex(text.strip())
    except ValueError:
        root = b""
    if len(root) != BYTES:
        raise InputError(f"{path}: is no secret of a server; {2 * BYTES} hexadecimal digits are allowed")
    return Secrets.of(root)


def _make(path: Path) -> None:
    # written beside and linked, so that another server never reads half of it nor makes a second one
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
    finally:
        beside.unlink()


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks: a role, the name under which what they do is recorded, and when it ends."""

    role: Role
    name: str
    ends_us: int
    id: str


def make_token(keys: Secrets, role: Role, name: str, now_us: int, lasts_s: float = 3600.0) -> str:
    """A token for an operator, an auditor or an approver.

    lasts_s: how long it holds, at most 12 hours. Raises InputError for a name that is empty or longer than
    100 characters, and for another time.
    """
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise InputError(f"name: {len(name)} characters given; 1 to 100 printable ones are allowed")
    if not 0.0 < lasts_s <= LONGEST_TOKEN_S:
        raise InputError(f"time of a token: {lasts_s:g} s given; at most {LONGEST_TOKEN_S:g} s are allowed")
    said = msgspec.json.encode(Token(role, name, now_us + round(lasts_s * 1e6), secrets.token_hex(8)))
    code = hmac.digest(keys.token_key, said, "sha256")
    return f"{_text(said)}.{_text(code)}"


def read_token(keys: Secrets, text: str, now_us: int) -> Token:
    """Who holds a token. Raises Denied where it is none of ours, was changed, or has ended."""
    said, _, code = text.partition(".")
    try:
        raw, sent = _bytes(said), _bytes(code)
    except (ValueError, binascii.Error):
        raise Denied("the token is not well-formed") from None
    if not hmac.compare_digest(hmac.digest(keys.token_key, raw, "sha256"), sent):
        raise Denied("the token was not made by this server")
    token = msgspec.json.decode(raw, type=Token)
    if token.ends_us <= now_us:
        raise Denied("the token has ended; openleo serve token makes another")
    return token


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii", "strict") + b"=" * (-len(text) % 4))
