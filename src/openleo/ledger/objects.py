"""Objects: texts that stand beside the log under salted names, so that they can go when they have to."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from openleo.ledger.errors import Malformed, Refused, Unverified

SALT_SIZE: Final = 32
"""Bytes: as many as the hash, so that no search for a content can be shorter than one for the hash."""
HEAD_SIZE: Final = 2 * SALT_SIZE + 1
"""Bytes of an object file before its content: the salt in hex, and a newline."""
LARGEST_OBJECT: Final = 16 << 20
"""Bytes of an object file, salt and newline included."""

MEMBERS: Final = frozenset(("object", "size", "media"))
"""Of the JSON object by which an entry names an object."""

_HEAD = re.compile(rb"[0-9a-f]{64}\n")
_MEDIA = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*(?:;[ -~]+)?", re.ASCII)
_HOLDERS: Final = (dict, list, tuple)
_LONGEST_MEDIA: Final = 127
_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)


def check_name(name: str, what: str = "object") -> str:
    """The name of an object, if it is one: SHA-256 in 64 lower hex digits; raises Refused."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Refused(f"{what}: {str(name)[:80]!r}; 64 digits 0-9 and a-f are allowed")
    return name


def object_path(name: str) -> str:
    """Where an object stands in a log: `object/<name>`; raises Refused for what is no name."""
    return f"object/{check_name(name)}"


def seal(content: bytes, salt: bytes | None = None) -> tuple[str, bytes]:
    """The name and the bytes of an object file: a salt in hex, a newline, and the content as it is.

    The name is the SHA-256 of the whole file, in hex. salt: 32 bytes that nobody can guess, new for each
    object; from the system's randomness unless given. Raises Refused for a salt of another length, and for a
    content that makes the file larger than 16 MiB.
    """
    salt = secrets.token_bytes(SALT_SIZE) if salt is None else salt
    if len(salt) != SALT_SIZE:
        raise Refused(f"salt: {len(salt)} bytes; {SALT_SIZE} are allowed")
    if len(content) > LARGEST_OBJECT - HEAD_SIZE:
        raise Refused(
            f"content: {len(content)} bytes; at most {LARGEST_OBJECT - HEAD_SIZE} are allowed: "
            f"an object file has at most {LARGEST_OBJECT}"
        )
    raw = salt.hex().encode() + b"\n" + content
    return hashlib.sha256(raw).hexdigest(), raw


def open_object(name: str, raw: bytes) -> bytes:
    """The content of an object file, checked against its name.

    Raises Unverified where the file is not the one of that name, Malformed where it is no object file (larger
    than 16 MiB, or of that name and without a salt), Refused for what is no name.
    """
    check_name(name)
    if len(raw) > LARGEST_OBJECT:
        raise Malformed(f"object {name}: {len(raw)} bytes; at most {LARGEST_OBJECT} are allowed")
    found = hashlib.sha256(raw).hexdigest()
    if found != name:
        raise Unverified(f"object {name}: the file's SHA-256 is {found}")
    if not _HEAD.match(raw):
        raise Malformed(f"object {name}: it does not begin with a salt of 64 hex digits and a newline")
    return raw[HEAD_SIZE:]


@dataclass(frozen=True)
class ObjectRef:
    """An object that an entry names: its name, the bytes of its file, and its media type.

    object: SHA-256 of the file, hex. size: of the whole file, salt included. media: such as `text/plain`.
    """

    object: str
    size: int
    media: str

    def __post_init__(self) -> None:
        check_name(self.object)
        if type(self.size) is not int or not HEAD_SIZE <= self.size <= LARGEST_OBJECT:
            raise Refused(
                f"object: size: {str(self.size)[:40]}; {HEAD_SIZE} to {LARGEST_OBJECT} bytes are allowed"
            )
        if (
            not isinstance(self.media, str)
            or len(self.media) > _LONGEST_MEDIA
            or not _MEDIA.fullmatch(self.media)
        ):
            raise Refused(
                f"object: media: {str(self.media)[:60]!r}; a media type such as text/plain, of at most "
                f"{_LONGEST_MEDIA} characters, is allowed"
            )

    @property
    def value(self) -> dict[str, Any]:
        """The reference as it stands in an entry."""
        return {"object": self.object, "size": self.size, "media": self.media}


def objects_in(value: Any) -> list[ObjectRef]:
    """The objects that a JSON value names, wherever in it, in its order.

    A JSON object with the members object, size and media and no others names one, in entries of any type.
    Raises Malformed where those members are wrong.
    """
    found: list[ObjectRef] = []
    waiting: list[Any] = [[value]]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict) and here.keys() == MEMBERS:
            try:
                found.append(ObjectRef(**here))
            except Refused as error:
                raise Malformed(str(error)) from None
        else:
            members = here.values() if isinstance(here, dict) else here
            waiting += [each for each in reversed(members) if isinstance(each, _HOLDERS)]
    return found
