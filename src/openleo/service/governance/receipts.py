"""The receipt of one decision: a file that shows, to whoever has a tlog-policy, that it stands in the log.

It goes from the record over salt and leaf to the root of its day, from there to the entry `decisions-day` of
the log, and by a tlog-proof of that entry to a checkpoint that log and witnesses signed.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from openleo.ledger.canonical import canonical, parse_canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.merkle import check_inclusion, leaf_hash
from openleo.ledger.note import Held
from openleo.ledger.policy import Policy
from openleo.ledger.proof import LARGEST_PROOF, Proof
from openleo.service.governance.entries import Day, read

if TYPE_CHECKING:
    from openleo.service.governance.record import Record

TYPE: Final = "decision-receipt"
RECORD: Final = "decision"
VERSION: Final = 1
"""Of receipt and record."""

SALT_SIZE: Final = 32
LARGEST: Final = 2 * LARGEST_PROOF
"""Bytes of a receipt."""
MOST_HASHES: Final = 63

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_NOTHING = type(None)
_MEMBERS: Final[Mapping[str, tuple[type, ...]]] = {
    "type": (str,), "version": (int,), "record": (dict,), "salt": (str,), "index": (int,), "count": (int,),
    "path": (list,), "day": (dict,), "proof": (str,), "check": (str,),
}  # fmt: skip
_RECORD: Final[Mapping[str, tuple[type, ...]]] = {
    "type": (str,), "version": (int,), "number": (int,), "hardware": (str,),
    "sequence": (int, float),
    "time": (str, _NOTHING), "received": (str,),
    "lat_deg": (int, float, _NOTHING), "lon_deg": (int, float, _NOTHING),
    "accuracy_m": (int, float, _NOTHING),
    "outcome": (str,), "reason": (dict,), "reasons": (list,), "regions": (list,), "rules": (str,),
    "checkpoint": (int, _NOTHING), "valid_until": (str, _NOTHING), "retry_after": (str, _NOTHING),
    "retry_km": (int, float, _NOTHING), "rate_mbps": (int, float, _NOTHING), "satellite": (int, _NOTHING),
}  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """What is handed to the owner of a terminal.

    record: what was asked and answered, as JSON. salt: 32 bytes. index, count: its place among the check-ins
    of its day. path: hashes from the leaf's sibling up to the root of the day. day: the entry with that root,
    bytes. proof: of that entry, without the entry.
    """

    record: Mapping[str, Any]
    salt: bytes
    index: int
    count: int
    path: tuple[bytes, ...]
    day: bytes
    proof: Proof

    @classmethod
    def parse(cls, raw: bytes) -> "Receipt":
        """A receipt from a file's bytes, believed by nobody yet. Raises Malformed, naming the member."""
        if len(raw) > LARGEST:
            raise Malformed(f"receipt: {len(raw)} bytes; at most {LARGEST} are allowed")
        value = parse_canonical(raw)
        _check_members(value, _MEMBERS, "receipt", TYPE)
        bare = {name: member for name, member in value.items() if name != "check"}
        if value["check"] != hashlib.sha256(canonical(bare)).hexdigest():
            raise Malformed("receipt: check: it is not the SHA-256 of the rest: the file was changed")
        _check_members(value["record"], _RECORD, "record", RECORD)
        for name in ("time", "received", "valid_until", "retry_after"):
            if not re.fullmatch(_TIME, value["record"][name] or "1970-01-01T00:00:00.000000Z", re.ASCII):
                raise Malformed(f"record: {name}: a time such as 2026-07-01T12:00:00.000000Z is allowed")
        for each in (value["record"]["reason"], *value["record"]["reasons"]):
            if not (
                isinstance(each, dict)
                and each.keys() == {"number", "word"}
                and type(each["number"]) is int
                and isinstance(each["word"], str)
            ):
                raise Malformed("record: reasons: objects with a number and a word are allowed")
        if not all(isinstance(each, str) for each in value["record"]["regions"]):
            raise Malformed("record: regions: names are allowed")
        for name, each in (("salt", value["salt"]), *(("path", each) for each in value["path"])):
            if not isinstance(each, str) or not _HASH.fullmatch(each):
                raise Malformed(f"receipt: {name}: 64 digits 0-9 and a-f are allowed")
        if len(value["path"]) > MOST_HASHES:
            raise Malformed(f"receipt: path: {len(value['path'])} hashes; at most {MOST_HASHES} are allowed")
        return cls(
            value["record"],
            bytes.fromhex(value["salt"]),
            value["index"],
            value["count"],
            tuple(map(bytes.fromhex, value["path"])),
            canonical(value["day"]),
            Proof.parse(value["proof"].encode()),
        )

    @property
    def raw(self) -> bytes:
        """The receipt as a file: canonical JSON, with the SHA-256 of the rest in `check`."""
        value = {
            "type": TYPE, "version": VERSION, "record": dict(self.record), "salt": self.salt.hex(),
            "index": self.index, "count": self.count, "path": [each.hex() for each in self.path],
            "day": parse_canonical(self.day), "proof": self.proof.raw.decode(),
        }  # fmt: skip
        return canonical(value | {"check": hashlib.sha256(canonical(value)).hexdigest()})

    @cached_property
    def leaf(self) -> bytes:
        """The leaf hash, by which an appeal names the decision: SHA-256(0x00, salt, record)."""
        return leaf_hash(self.salt + canonical(self.record))


@dataclass(frozen=True)
class Verified:
    """What a receipt proved.

    day: the entry with the root, index `entry` of the log. held: the signatures of the policy's keys on the
    checkpoint.
    """

    receipt: Receipt
    day: Day
    entry: int
    checkpoint: Checkpoint
    held: tuple[Held, ...]

    @property
    def record(self) -> Mapping[str, Any]:
        """What was asked and answered."""
        return self.receipt.record


def verify_receipt(raw: bytes, policy: Policy, now: int | None = None) -> Verified:
    """Check that a decision is what a log, which the policy trusts, holds of it.

    now: POSIX seconds, as in `Policy.open`. Raises Malformed and Unverified, with place and reason.
    """
    receipt = Receipt.parse(raw)
    day = read(receipt.day)
    if not isinstance(day, Day):
        raise Malformed("receipt: day: no entry of the type decisions-day")
    if day.day != receipt.record["received"][:10]:
        raise Unverified(f"record: received: {receipt.record['received']}; the root is that of {day.day}")
    if day.count != receipt.count:
        raise Unverified(f"receipt: count: {receipt.count}; the root of {day.day} is over {day.count}")
    try:
        check_inclusion(bytes.fromhex(day.root), receipt.count, receipt.index, receipt.leaf, receipt.path)
    except Unverified as error:
        raise Unverified(
            f"receipt: record, salt and path do not give the root of {day.day}: {error}"
        ) from None
    try:
        checkpoint, held = receipt.proof.check(receipt.day, policy, now)
    except Unverified as error:
        raise Unverified(f"receipt: proof: the entry with the root of {day.day}: {error}") from error
    if day.log != checkpoint.origin:
        raise Unverified(f"receipt: day: log: {day.log}; it stands in {checkpoint.origin}")
    return Verified(receipt, day, receipt.proof.index, checkpoint, held)


def check_counts(found: Verified, record: "Record") -> None:
    """Check that the root of a receipt is the one of its day that counts in its log, of all that stand there.

    record: of the log, audited and played again. Raises Unverified, with what stands there instead.
    """
    day, entry = found.day.day, found.entry
    counts = next(((index, each) for index, each in record.days if each.day == day), None)
    if counts is not None and counts[0] == entry and counts[1].raw == found.receipt.day:
        return
    why = "it is not in it, or it is another"
    for refused in record.refused:
        if refused.index == entry:
            why = refused.why
    if any(index == entry for index, _ in record.unseen):
        why = "the log does not show yet that witnesses saw it: ask again later"
    instead = f"; the root of {day} that counts is that of entry {counts[0]}" if counts is not None else ""
    raise Unverified(f"receipt: day: entry {entry} does not count in {record.origin}: {why}{instead}")


def _check_members(value: Any, members: Mapping[str, tuple[type, ...]], what: str, kind: str) -> None:
    if type(value) is not dict:
        raise Malformed(f"{what}: a JSON object is allowed")
    if value.get("type") != kind or type(value.get("version")) is not int:
        raise Malformed(f"{what}: type: {str(value.get('type'))[:40]!r}; {kind!r} with a version is allowed")
    if value["version"] != VERSION:
        raise Malformed(f"{what}: version: {value['version']}; this program understands {VERSION}")
    if value.keys() != members.keys():
        wrong = ", ".join(
            [f"{name} is missing" for name in sorted(members.keys() - value.keys())]
            + [f"{name[:40]!r} is not of it" for name in sorted(value.keys() - members.keys())][:5]
        )
        raise Malformed(f"{what}: {wrong}")
    for name, kinds in members.items():
        if type(value[name]) not in kinds:
            raise Malformed(f"{what}: {name}: {str(value[name])[:40]!r} is of another kind than it may be")
