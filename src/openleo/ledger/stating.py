"""What a log states of itself: the policy of its keys and witnesses, and the entry that says so."""

from collections.abc import Iterable, Sequence
from typing import Final

from openleo.ledger.cosign import Witnesses
from openleo.ledger.entries import MOST_KEYS, Keys, read_entry
from openleo.ledger.errors import Malformed, Refused
from openleo.ledger.note import MOST_SIGNATURES, Signer
from openleo.ledger.policy import Policy

MOST_WITNESSES: Final = MOST_SIGNATURES - MOST_KEYS
"""In a policy: a checkpoint has room for a signature of each."""


def policy_of(signers: Sequence[Signer], lines: str) -> Policy:
    """The policy of these keys with further lines, for witnesses (each with its URL), groups and quorum.

    Raises Refused where such a log could not be published or read.
    """
    logs = "".join(f"log {signer.verifier.vkey}\n" for signer in signers)
    try:
        policy = Policy.parse((logs + lines).encode())
    except UnicodeEncodeError as error:
        raise Refused(f"policy: character {error.start - len(logs)} is not of Unicode") from None
    except Malformed as error:
        raise Refused(str(error)) from error
    if len(policy.witnesses) > MOST_WITNESSES:
        raise Refused(f"policy: {len(policy.witnesses)} witnesses; at most {MOST_WITNESSES} are allowed")
    Witnesses(policy).close()  # it refuses a URL that cannot be asked
    return policy


def lines_of(policy: Policy) -> str:
    """The lines of a policy but those of logs."""
    return "".join(line for line in policy.raw.decode().splitlines(True) if not line.startswith("log "))


def statement(
    now: str, signers: Sequence[Signer], known: Iterable[Signer], policy: Policy, reason: str
) -> bytes:
    """The entry that states which keys sign and under which policy; raises Refused where it is none.

    now: a time as entries write it. signers: the keys that it states. known: those that sign it.
    """
    stated = tuple(signer.verifier.vkey for signer in signers)
    raw = Keys(now, stated, policy.raw.decode(), reason).signed(known).raw
    try:
        read_entry(raw)
    except Malformed as error:
        raise Refused(str(error)) from error
    return raw
