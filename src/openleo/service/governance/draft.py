"""The files with which a change is prepared, offline: one of the draft with its rules, one for each key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openleo.errors import InputError
from openleo.ledger.canonical import canonical
from openleo.ledger.disk import PRIVATE, write_file
from openleo.ledger.encoding import from_base64, to_base64
from openleo.ledger.errors import LedgerError
from openleo.ledger.objects import LARGEST_OBJECT, open_object
from openleo.service.governance import members
from openleo.service.governance.entries import Change, read
from openleo.service.governance.pack import contents, unpack
from openleo.service.governance.record import Rules

LARGEST_DRAFT: Final = 64 << 20
"""Bytes: two packs of 16 MiB in base64, the change and its approvals."""

_DRAFT: Final = "rules draft"
_KEY: Final = "approver key"


@dataclass(frozen=True)
class Draft:
    """A change on its way to the log, with all that an approver needs to see what it does.

    change: as it will stand in the log, with the approvals so far. sealed: the object that it names, a salt
    and the pack of the new rules. base: the pack of the rules that it was made for, b"" for the first.
    """

    change: Change
    sealed: bytes
    base: bytes

    @property
    def pack(self) -> bytes:
        """The pack of the new rules; raises Unverified where it is not the one that the change names."""
        return open_object(self.change.rules.object, self.sealed)

    @property
    def sides(self) -> tuple[Rules, Rules]:
        """Its rules, and those whose approvers decide: of its base, its own where it is the first."""
        after = Rules(*contents(self.pack))
        return after, Rules(*contents(self.base)) if self.base else after

    @classmethod
    def read(cls, path: Path) -> "Draft":
        """Read a draft file, to the letter.

        Raises InputError, naming the file, the member and what is allowed, for whatever is not as it was
        written, and for rules that are not those of the change.
        """
        table = _members(path, _DRAFT, ("change", "rules", "base"), LARGEST_DRAFT)
        try:
            change = read(canonical(table["change"]))
            if not isinstance(change, Change):
                raise InputError("change: an entry of type rules-change is allowed")
            found = cls(change, _bytes(table, "rules"), _bytes(table, "base"))
            if len(found.sealed) != change.rules.size:
                raise InputError(f"rules: {len(found.sealed)} bytes; the change names {change.rules.size}")
            found.pack  # noqa: B018  # the file may have been changed on its way
        except (LedgerError, ValueError) as error:
            raise InputError(f"{path}: {error}") from error
        return found

    @property
    def value(self) -> dict[str, Any]:
        """What its file holds, as a JSON value."""
        return {
            "openleo": _DRAFT, "version": 1, "change": json.loads(self.change.raw),
            "rules": to_base64(self.sealed), "base": to_base64(self.base),
        }  # fmt: skip

    def write(self, path: Path) -> None:
        """Write the draft file, whole or not at all; raises Unavailable where the system refuses it."""
        write_file(path, (json.dumps(self.value, indent=1, ensure_ascii=False) + "\n").encode())

    def approved(self, change: Change) -> "Draft":
        """The same draft with the change as it is now, approvals and all."""
        return replace(self, change=change)


@dataclass(frozen=True)
class ApproverKey:
    """The key pair of one approver: the public half, 64 hex digits, stands in the rule file."""

    name: str
    seed: bytes

    @classmethod
    def make(cls, name: str) -> "ApproverKey":
        """A new key from the system's randomness; raises Refused for a name that no rules may have."""
        members.name("NAME", name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> str:
        """The public half in hex, as a rule file has it."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw().hex()

    @classmethod
    def read(cls, path: Path) -> "ApproverKey":
        """Read a key file; raises InputError, which shows nothing of the key, where it is none."""
        table = _members(path, _KEY, ("name", "public", "private"), 1 << 16)
        try:
            key = cls(str(table["name"]), bytes.fromhex(str(table["private"])))
            same = key.public == table["public"]
        except ValueError:
            raise InputError(f"{path}: private: 64 hex digits are allowed") from None
        if not same:
            raise InputError(f"{path}: public: it is not the public half of this key")
        return key

    def write(self, path: Path) -> None:
        """Write the key file for its owner alone; raises InputError where there is a file already."""
        if path.exists():
            raise InputError(
                f"{path}: is there already; a new file is allowed, for a key is never written over"
            )
        value = {
            "openleo": _KEY, "version": 1, "name": self.name, "public": self.public,
            "private": self.seed.hex(),
        }  # fmt: skip
        write_file(path, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode(), mode=PRIVATE)


@lru_cache(maxsize=8)
def digest_of(pack: bytes) -> str:
    """The digest of the rule set that a pack makes, which takes half a second; raises as `unpack` does."""
    return unpack(pack).digest


def _members(path: Path, kind: str, names: tuple[str, ...], most: int) -> Mapping[str, Any]:
    """The members of a file of ours, exactly these and no other, none twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise InputError(f"{path}: a member stands there twice")
        return dict(pairs)

    try:
        if path.stat().st_size > most:
            raise InputError(f"{path}: {path.stat().st_size} bytes; at most {most} are allowed")
        value = json.loads(path.read_bytes(), object_pairs_hook=once)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except InputError:
        raise
    except (ValueError, RecursionError):
        raise InputError(f"{path}: is no JSON") from None
    allowed = {"openleo", "version", *names}
    if not isinstance(value, dict) or value.get("openleo") != kind or type(value.get("version")) is not int:
        raise InputError(f"{path}: is no {kind}")
    if value["version"] != 1:
        raise InputError(f"{path}: version: {str(value['version'])[:40]}; 1 is allowed")
    if value.keys() != allowed:
        wrong = sorted(value.keys() ^ allowed)[0]
        what = "is not of it" if wrong in value else "is missing"
        raise InputError(f"{path}: {wrong[:40]}: {what}; a {kind} has {', '.join(sorted(allowed))}")
    return value


def _bytes(table: Mapping[str, Any], name: str) -> bytes:
    text = table[name]
    if not isinstance(text, str) or len(text) > 4 * (LARGEST_OBJECT + 3) // 3:
        raise InputError(f"{name}: base64 of at most {LARGEST_OBJECT} bytes is allowed")
    return from_base64(text, name)
