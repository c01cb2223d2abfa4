"""What entries, keys and policies say, in plain words for people."""

import json
import re
from typing import Final

from openleo.ledger.entries import Commitment, Entry, Keys, Reveal, Text, Unknown, Withdrawal
from openleo.ledger.note import Verifier
from openleo.ledger.policy import NONE, Policy

LONGEST: Final = 300
"""Characters of an entry that nobody here understands, that are told."""

# Controls but newline and tab, line separators, and the marks that change the order in which a text is shown.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A stranger's text as a terminal or a page may show it: each hidden character becomes U+FFFD."""
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def key_words(key: Verifier) -> str:
    """A key as people compare it: its name and its id."""
    return f"{key.name}+{key.key_id.hex()}"


def quorum_words(policy: Policy, name: str = "") -> str:
    """Which witnesses a policy asks for; of a group within it, by its name."""
    name = name or policy.quorum
    if name == NONE:
        return "no witness"
    group = policy.groups.get(name)
    if group is None:
        return name
    members = [f"({quorum_words(policy, each)})" if each in policy.groups else each for each in group.members]
    if len(members) == 1:
        return members[0]
    return f"{'all' if group.least == len(members) else group.least} of {', '.join(members)}"


def kind_words(entry: Entry | None) -> str:
    """The type of an entry, with its version where that is not 1."""
    if entry is None:
        return "unreadable"
    return entry.type if entry.version == 1 else f"{entry.type}@{entry.version}"


def _object(name: str) -> str:
    """An object by the digits that people need to tell it from others."""
    return f"object {name[:12]}"


def entry_words(entry: Entry | None, raw: bytes = b"") -> str:
    """What an entry says, in one line; None is for bytes (`raw`) that are no entry of ours."""
    match entry:
        case None:
            said = f"{len(raw)} bytes: {raw.decode('utf-8', 'replace')}"
        case Keys():
            keys = ", ".join(map(key_words, entry.verifiers))
            sign = "sign" if len(entry.verifiers) > 1 else "signs"
            asked = quorum_words(entry.policy_parsed)
            said = f"from here on {keys} {sign}; witnesses asked for: {asked}. Why: {entry.reason}"
        case Commitment():
            said = f"{entry.about} (to be revealed by {entry.reveal_by}: {_object(entry.digest)})"
        case Reveal():
            said = f"what entry {entry.commitment} committed to: {_object(entry.text.object)}"
        case Text():
            said = f"{entry.title or 'no title'}: {_object(entry.text.object)}"
        case Withdrawal():
            said = f"{_object(entry.withdraws)}. Why: {entry.reason}"
        case Unknown():
            rest = {k: v for k, v in entry.value.items() if k not in ("type", "version", "time")}
            said = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    if entry is None or isinstance(entry, Unknown):
        said = said if len(said) <= LONGEST else f"{said[: LONGEST - 3]}..."
    return printable(said).replace("\n", " ")
