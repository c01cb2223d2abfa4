"""Signatures of approvers and parties: Ed25519 over a short text, made offline with a key of their own."""
# ruff: noqa: RUF009 - `member` declares a field, as dataclasses.field does

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from openleo.ledger.note import ED25519, Signer, Verifier
from openleo.service.governance import members
from openleo.service.governance.members import check_members, member

Statement = Literal["approve", "recuse", "duress"]


def sign(seed: bytes, text: str) -> str:
    """The Ed25519 signature of a text, in hex, by a private key of 32 bytes."""
    return Signer("key", seed).sign(text).signed.hex()


def public_of(seed: bytes) -> str:
    """The public half (64 hex digits) of a private key of 32 bytes."""
    return Signer("key", seed).verifier.public.hex()


def signed_by(key: str, text: str, signature: str) -> bool:
    """Whether a signature (hex) over a text is that of a public key (64 hex digits)."""
    return _verifier(key).holds(text.encode(), bytes.fromhex(signature))


@lru_cache(maxsize=1024)  # to look whether a key can be trusted takes longer than to check a signature
def _verifier(key: str) -> Verifier:
    return Verifier("key", ED25519, bytes.fromhex(key))


def approval_text(change: str, statement: str, time: str, interests: str) -> str:
    """What an approver signs.

    change: the hash of the exact change. statement: "approve", "recuse" or "duress". time: when it is signed.
    interests: what the approver declares; the text holds its SHA-256.
    """
    digest = hashlib.sha256(interests.encode()).hexdigest()
    return f"openleo approval 1\n{change}\n{statement}\n{time}\n{digest}\n"


@dataclass(frozen=True)
class Approval:
    """What one approver says of a change.

    name: as the charter lists it. interests: what the approver declares. signature: hex, over
    `approval_text`.
    """

    name: str = member(members.name)
    statement: Statement = member(members.one_of("approve", "recuse", "duress"))
    interests: str = member(members.words)
    time: str = member(members.time)
    signature: str = member(members.digits(128))

    def __post_init__(self) -> None:
        check_members(self, "approval")

    def holds(self, change: str, key: str) -> bool:
        """Whether its signature is that of this public key (hex) over a change with this hash."""
        return signed_by(
            key, approval_text(change, self.statement, self.time, self.interests), self.signature
        )
