"""Who may hand entries to a log over HTTP: names, and the hashes of their tokens, in the log's folder."""

import hashlib
import re
import secrets
from pathlib import Path
from typing import Final

from openleo.ledger.disk import PRIVATE, write_file
from openleo.ledger.errors import Halted, Refused, Unavailable

FILE: Final = "submitters"
"""Lines `name sha256`, the hash of the token in hex; without the file nobody may."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LINE = re.compile(r"(\S+) ([0-9a-f]{64})", re.ASCII)


def read_submitters(folder: Path) -> dict[str, str]:
    """Names by the hash of their token.

    Raises Halted for a line that is none, Unavailable where the file cannot be read.
    """
    path = folder / FILE
    try:
        lines = path.read_text("ascii").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{path}: cannot be read: {error}") from error
    found = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match:
            raise Halted(f"{path}: line {number}: a name and the SHA-256 of a token in hex are allowed")
        found[match[2]] = match[1]
    return found


def make_token(folder: Path, name: str) -> str:
    """A new token for a submitter, which is kept nowhere: only its hash is, under the name.

    Raises Refused where the name is taken or none, Unavailable where it cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"name: {name[:80]!r}; 1 to 64 letters, digits, dots, dashes are allowed")
    known = read_submitters(folder)
    if name in known.values():
        raise Refused(f"name: {name} has a token already; revoke it first, or take another name")
    token = secrets.token_urlsafe(32)
    _write(folder, {**known, hash_of(token): name})
    return token


def revoke(folder: Path, name: str) -> None:
    """Take the token of a submitter back; raises Refused where there is none of that name."""
    known = read_submitters(folder)
    if name not in known.values():
        raise Refused(f"name: {name[:80]!r} has no token; {', '.join(known.values()) or 'nobody'} has one")
    _write(folder, {digest: each for digest, each in known.items() if each != name})


def hash_of(token: str) -> str:
    """The hash under which a token is kept: of 256 random bits, so that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _write(folder: Path, known: dict[str, str]) -> None:
    raw = "".join(f"{name} {digest}\n" for digest, name in known.items()).encode()
    write_file(folder / FILE, raw, mode=PRIVATE)
