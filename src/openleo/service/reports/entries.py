"""Entries of the log about reports: that a claim was reviewed, whether the operator was asked, its answer.

The words stay with the register: what stands in the log is a salted hash of them, which says nothing to
whoever has not the words and the salt, and cannot be made to fit other words later. So nobody can say
afterwards that it was not asked, and nobody learns from the log what a report is about.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

from openleo.ledger.canonical import canonical
from openleo.ledger.objects import HEAD_SIZE, seal
from openleo.service.governance import members
from openleo.service.governance.members import check_members, member, raw_of
from openleo.service.reports.claims import ANSWER_KINDS, Answer, Claim
from openleo.service.reports.document import Interval


@dataclass(frozen=True)
class ReportClaim:
    """A claim of a report that a second person has reviewed.

    claim: the salted hash of its words, as `sealed_claim` makes it. asked: the day on which the operator was
    asked to answer, "" where it was not. A later entry with the same hash says that it was asked since.
    """

    type: ClassVar[str] = "report-claim"

    time: str = member(members.time)
    claim: str = member(members.digits(64))
    asked: str = member(members.or_empty(members.day))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


@dataclass(frozen=True)
class ReportAnswer:
    """What somebody who is concerned answered to a claim; a later answer stands beside an earlier one.

    claim: the index of its entry. by: an office or a body. when: the day, "" where it is not known. words:
    the salted hash of what was said, as `answer_hash` makes it, "" where nothing was.
    """

    type: ClassVar[str] = "report-answer"

    time: str = member(members.time)
    claim: int = member(members.whole(0))
    kind: Literal["confirms", "confirms in part", "denies", "no comment", "silent since"] = member(
        members.one_of(*ANSWER_KINDS)
    )
    by: str = member(members.name)
    when: str = member(members.or_empty(members.day))
    words: str = member(members.or_empty(members.digits(64)))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


def claim_value(claim: Claim) -> dict[str, Any]:
    """What of a claim is hashed, as JSON: all that it says, and where; not who noted or reviewed it.

    Neither answers nor the day on which the operator was asked are part of it: they may come later.
    """
    return {
        "number": claim.number, "case": claim.case, "kind": claim.kind, "act": claim.act,
        "where": claim.where, "when": _interval(claim.when), "by": claim.by, "behalf": claim.behalf,
        "event": claim.event,
        "tellings": [
            {
                "document": each.document, "version": each.version, "start": each.start,
                "end": each.end, "mood": each.mood,
                "word": {
                    "who": each.word.who, "named": each.word.named, "count": each.word.count,
                    "chain": list(each.word.chain),
                },
            }
            for each in claim.tellings
        ],
    }  # fmt: skip


def sealed_claim(claim: Claim, salt: bytes | None = None) -> tuple[str, bytes]:
    """The salted hash of a claim, in hex, and what it is the hash of: the salt, and its canonical JSON.

    salt: 32 bytes; from the system's randomness unless given. Raises as `ledger.objects.seal` does.
    """
    return seal(canonical(claim_value(claim)), salt)


def says(raw: bytes, claim: Claim) -> bool:
    """Whether a sealed claim is still what the claim says."""
    return raw[HEAD_SIZE:] == canonical(claim_value(claim))


def salt_of(raw: bytes) -> bytes:
    """The salt of a sealed claim."""
    return bytes.fromhex(raw[: HEAD_SIZE - 1].decode())


def answer_hash(answer: Answer, salt: bytes) -> str:
    """The salted hash of an answer's words, "" where there are none.

    salt: that of the claim. The answer's own is made from it and from all of the answer (HMAC-SHA256), so
    that the register need not keep one more, and the same words of two offices have two hashes.
    """
    if not answer.what:
        return ""
    value = {"kind": answer.kind, "by": answer.by, "when": _day(answer.on), "what": answer.what}
    own = hmac.new(salt, canonical(value), hashlib.sha256).digest()
    return seal(answer.what.encode(), own)[0]


def claim_entry(claim: Claim, name: str, time: str) -> ReportClaim:
    """The entry of a reviewed claim; name: its salted hash. time: in the ledger's form."""
    return ReportClaim(time, name, _day(claim.asked))


def answer_entry(answer: Answer, index: int, salt: bytes, time: str) -> ReportAnswer:
    """The entry of an answer to the claim of an entry of the log. salt: of the sealed claim."""
    return ReportAnswer(time, index, answer.kind, answer.by, _day(answer.on), answer_hash(answer, salt))


def _interval(interval: Interval) -> Mapping[str, str]:
    return {"first": _day(interval.first), "last": _day(interval.last), "wording": interval.wording}


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
