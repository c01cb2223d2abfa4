"""Signed notes and their keys (C2SP signed-note 1.0.0; cosignatures by tlog-cosignature 1.0.1)."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openleo.ledger.encoding import LARGEST, from_base64, shown, to_base64
from openleo.ledger.errors import Malformed, Refused, Unverified

ED25519: Final = 0x01
"""Signature type of a log: Ed25519 over the text of the note."""
COSIGNATURE: Final = 0x04
"""Signature type of a witness: Ed25519 over a time and the text of the note."""

MOST_SIGNATURES: Final = 128
LARGEST_NOTE: Final = 1 << 20
"""Bytes. Both limits are ours; the specification asks for 16 signatures at least."""

_DASH = "\N{EM DASH} "
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_PRIVATE = "PRIVATE+KEY+"
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def check_name(name: str, what: str = "key name") -> str:
    """The name, if a key may have it: not empty, no spaces of any kind, no plus, no control characters.

    Raises Malformed.
    """
    if (
        not name
        or "+" in name
        or any(letter.isspace() or letter < " " or "\ud800" <= letter <= "\udfff" for letter in name)
    ):
        raise Malformed(
            f"{what}: {shown(name)}; UTF-8 without spaces, plus and control characters is allowed"
        )
    return name


def check_point(public: bytes) -> bytes:
    """The 32 bytes of a public key, if they are the one encoding of a point that signatures can rest on.

    Refused (Malformed) are encodings that are not canonical, points that are not on the curve, and the eight
    points of low order, under which one signature can hold for any message (RFC 8032, 5.1.3 and 8.6). A point
    with a part of low order is accepted, as Go and OpenSSL do: who holds no private key gains nothing by it.
    """
    if len(public) != 32:
        raise Malformed(f"public key: {len(public)} bytes; an Ed25519 key has 32")
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= _P:
        raise Malformed("public key: not canonical: its y is not below 2^255 - 19")
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    square = u * pow(v, -1, _P) % _P
    if square != 0 and pow(square, (_P - 1) // 2, _P) != 1:
        raise Malformed("public key: no point of the curve")
    # Doubling (-x^2 + y^2 = 1 + d x^2 y^2) needs the squares alone: three times, and a low order is at y = 1.
    for _ in range(3):
        xx, yy = square, y * y % _P
        y, square = _doubled(xx, yy)
    if y == 1:
        raise Malformed("public key: a point of low order, under which anything can be signed")
    return public


def _doubled(xx: int, yy: int) -> tuple[int, int]:
    """y and x^2 of twice the point whose squares are given."""
    product = _D * xx * yy % _P
    y = (yy + xx) * pow(1 - product, -1, _P) % _P
    x_squared = 4 * xx * yy * pow(1 + product, -2, _P) % _P
    return y, x_squared


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True)
class Signature:
    """One signature line: the name of the key, its id (4 bytes), and what it signed with."""

    name: str
    key_id: bytes
    signed: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.signed)}\n"


@dataclass(frozen=True)
class Verifier:
    """A public key with its name: what a reader must know to believe a note.

    kind: ED25519 of a log, or COSIGNATURE of a witness. public: 32 bytes.
    """

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        check_point(self.public)
        if self.kind not in (ED25519, COSIGNATURE):
            raise Malformed(f"key {self.name}: type 0x{self.kind:02x}; 0x01 (Ed25519) and 0x04 (cosignature)")

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """A key from `name+id+base64(type, key)`. Raises Malformed, also where the id is not the key's."""
        parts = vkey.split("+", 2)
        if len(parts) != 3 or vkey.startswith(_PRIVATE):
            raise Malformed(f"verifier key: {shown(vkey)}; name+id+key is allowed")
        name, key_id, key = parts
        raw = from_base64(key, f"verifier key {shown(name)}")
        if len(raw) != 33:
            raise Malformed(
                f"verifier key {shown(name)}: {len(raw)} bytes; one of type and 32 of key are allowed"
            )
        found = cls(name, raw[0], raw[1:])
        if key_id != found.key_id.hex():
            raise Malformed(f"verifier key {name}: id {shown(key_id)}; the key has {found.key_id.hex()}")
        return found

    @cached_property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, 0x0A, type, key)."""
        return _key_id(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        """The key as people hand it on."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)

    def holds(self, message: bytes, signed: bytes) -> bool:
        """Whether `signed` is this key's Ed25519 signature (64 bytes) over a message (RFC 8032, 5.1.7).

        No signature holds whose S is not below the order of the group, or whose R is not canonical; the
        equation is checked without the cofactor.
        """
        try:
            self._key.verify(signed, message)
        except InvalidSignature:
            return False
        return True

    def check(self, text: str, signature: Signature) -> int | None:
        """Check one signature of this key over a text; returns the time of a cosignature (POSIX seconds).

        Raises Unverified where it does not hold.
        """
        time, signed, message = None, signature.signed, text.encode()
        if self.kind == COSIGNATURE:
            if len(signed) != 72:
                raise Malformed(
                    f"cosignature of {self.name}: {len(signed)} bytes; 8 of time and 64 are allowed"
                )
            time, signed = int.from_bytes(signed[:8], "big"), signed[8:]
            if time > LARGEST:
                raise Malformed(f"cosignature of {self.name}: time {time}; below 2^63 is allowed")
            message = _cosigned(time, text)
        if not self.holds(message, signed):
            raise Unverified(f"the signature of {self.name} does not hold")
        return time


def _cosigned(time: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


class Signer:
    """A private key with its name, of a log (ED25519) or of a witness (COSIGNATURE)."""

    def __init__(self, name: str, seed: bytes, kind: int = ED25519) -> None:
        """seed: the 32 bytes of RFC 8032, 5.1.5. Raises Malformed for a wrong name, seed or kind."""
        if len(seed) != 32:
            raise Malformed(f"private key of {shown(name)}: {len(seed)} bytes; 32 are allowed")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.verifier = Verifier(name, kind, self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str, kind: int = ED25519) -> "Signer":
        """A new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)

    @classmethod
    def parse(cls, skey: str) -> "Signer":
        """A key from `PRIVATE+KEY+name+id+base64(type, seed)`; the error shows no part of it (Malformed)."""
        parts = skey.rstrip().removeprefix(_PRIVATE).split("+", 2)
        if not skey.startswith(_PRIVATE) or len(parts) != 3:
            raise Malformed("private key: PRIVATE+KEY+name+id+key is allowed")
        name, key_id, key = parts
        try:
            raw = from_base64(key, "")
            found = cls(name, raw[1:], raw[0])
        except (Malformed, IndexError):
            # What stands where the name belongs may be the key itself.
            raise Malformed(
                "private key: a name, and base64 of a type (0x01 or 0x04) and 32 bytes, are allowed"
            ) from None
        if key_id != found.verifier.key_id.hex():
            raise Malformed("private key: its id is not that of its public key")
        return found

    @property
    def skey(self) -> str:
        """The private key as text, for a file that nobody else may read."""
        known = self.verifier
        return f"{_PRIVATE}{known.name}+{known.key_id.hex()}+{to_base64(bytes([known.kind]) + self._seed)}"

    def sign(self, text: str, time: int | None = None) -> Signature:
        """Sign the text of a note; a cosignature states a time (POSIX seconds), a log's signature none.

        Raises Refused where a time is missing, out of range, or given for a log's key.
        """
        known = self.verifier
        if (known.kind == COSIGNATURE) != (time is not None):
            raise Refused(f"time: {time}; a cosignature has one, and no other signature")
        if time is None:
            signed = self._key.sign(text.encode())
        else:
            if not 0 <= time <= LARGEST:
                raise Refused(f"time: {time}; 0 to 2^63 - 1 is allowed")
            signed = time.to_bytes(8, "big") + self._key.sign(_cosigned(time, text))
        return Signature(known.name, known.key_id, signed)


@dataclass(frozen=True)
class Held:
    """A signature that was verified: by which key, and when a cosignature was made (POSIX seconds)."""

    by: Verifier
    time: int | None


@dataclass(frozen=True)
class Note:
    """A text, which ends in a newline, and the signatures under it, in their order."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: bytes) -> "Note":
        """A note from its bytes, believed by nobody yet.

        Signatures of unknown types are kept. Raises Malformed where it is not a note to the letter.
        """
        if len(raw) > LARGEST_NOTE:
            raise Malformed(f"note: {len(raw)} bytes; at most {LARGEST_NOTE} are allowed")
        try:
            whole = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"note: byte {error.start} is not UTF-8") from None
        if _CONTROL.search(whole):
            raise Malformed("note: it holds a control character other than newline")
        text, parted, below = whole.rpartition("\n\n")
        if not parted or not below.endswith("\n"):
            raise Malformed(
                "note: a text, a blank line and signature lines are allowed, each line ending in one newline"
            )
        lines = below[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise Malformed(f"note: {len(lines)} signatures; at most {MOST_SIGNATURES} are allowed")
        first = text.count("\n") + 3
        return cls(
            text + "\n", tuple(signature_of(line, f"line {first + i}") for i, line in enumerate(lines))
        )

    @property
    def raw(self) -> bytes:
        """The note as bytes."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def signed_by(self, *signers: Signer) -> "Note":
        """The same note with the signatures of logs added."""
        return Note(self.text, (*self.signatures, *(each.sign(self.text) for each in signers)))

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """The same note with signatures added."""
        return Note(self.text, (*self.signatures, *more))

    def check(self, known: Sequence[Verifier]) -> tuple[Held, ...]:
        """The signatures by known keys, in their order; those by unknown keys are ignored.

        Raises Unverified where one of a known key does not hold, or where there is none of any.
        """
        by = {(each.name, each.key_id): each for each in known}
        held = []
        for signature in self.signatures:
            verifier = by.get((signature.name, signature.key_id))
            if verifier is not None:
                held.append(Held(verifier, verifier.check(self.text, signature)))
        if not held:
            names = ", ".join(map(shown, sorted({each.name for each in self.signatures})[:5]))
            raise Unverified(f"no signature of a known key: it was signed by {names or 'nobody'}")
        return tuple(held)


def signature_of(line: str, where: str = "signature") -> Signature:
    """A signature from its line, without newline. Raises Malformed, naming where."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise Malformed(f"{where}: {shown(line)}; an em dash, a name and a signature are allowed")
    check_name(name, f"{where}: key name")
    raw = from_base64(encoded, f"{where}: signature of {shown(name)}")
    if len(raw) < 5:
        raise Malformed(
            f"{where}: signature of {shown(name)}: {len(raw)} bytes; an id of 4 and a signature are allowed"
        )
    return Signature(name, raw[:4], raw[4:])
