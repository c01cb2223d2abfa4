"""The few encodings that all C2SP formats share, read strictly: what is not canonical is refused."""

import base64
import binascii
import re
from typing import Final

from openleo.ledger.errors import Malformed

HASH_SIZE: Final = 32
LARGEST: Final = 2**63 - 1
"""Of sizes, indices and times: what a signed 64-bit integer holds."""

_PRIVATE = "PRIVATE"
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def shown(text: str, most: int = 60) -> str:
    """A stranger's text as an error quotes it: at most so many characters of it, and never a private key."""
    if _PRIVATE in text:
        return "(a private key, not shown)"
    return repr(text[:most])


def decimal(text: str, what: str) -> int:
    """A number of at most 63 bits in ASCII digits without leading zeroes; raises Malformed."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST:
        raise Malformed(
            f"{what}: {shown(text)}; a decimal number below 2^63 without leading zeroes is allowed"
        )
    return int(text)


def from_base64(text: str, what: str) -> bytes:
    """The bytes of standard base64 (RFC 4648, section 4) with padding and no stray bits; raises Malformed."""
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Malformed(f"{what}: {shown(text)} is not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise Malformed(f"{what}: {shown(text)} is not canonical base64")
    return decoded


def to_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode()


def hash_from_base64(text: str, what: str) -> bytes:
    """A SHA-256 hash (32 bytes) from base64; raises Malformed."""
    found = from_base64(text, what)
    if len(found) != HASH_SIZE:
        raise Malformed(f"{what}: {len(found)} bytes; a hash has {HASH_SIZE}")
    return found
