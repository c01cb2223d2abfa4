"""Entries of governance: changes of rules, requests, receipts and daily roots, as they stand in the log.

Each is canonical JSON with a type, a version and a time, which the ledger keeps without understanding it.
Names are those of offices, roles and bodies; whatever may have to go stands beside the log, as an object.
"""
# ruff: noqa: RUF009 - `member` declares a field, as dataclasses.field does

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Final, Literal, TypeVar

from openleo.ledger.canonical import canonical
from openleo.ledger.entries import Unknown, read_entry, seconds_of
from openleo.ledger.errors import Malformed, Refused
from openleo.ledger.objects import ObjectRef
from openleo.service.governance import members
from openleo.service.governance.asked import Answer as Answer
from openleo.service.governance.asked import Contract as Contract
from openleo.service.governance.asked import Request as Request
from openleo.service.governance.members import MOST_REGIONS, check_members, member, raw_of, value_of
from openleo.service.governance.signing import Approval as Approval
from openleo.service.governance.signing import sign
from openleo.service.reports.entries import ReportAnswer as ReportAnswer
from openleo.service.reports.entries import ReportClaim as ReportClaim

MOST_APPROVALS: Final = 64
MOST_STAGES: Final = 32
MOST_DIFFERENCES: Final = 1000
"""Sentences of what a change makes different; an entry has room for 65 535 bytes in all."""

_DIGEST, _SIGNATURE = members.digits(64), members.digits(128)


@dataclass(frozen=True)
class Stage:
    """From when on a change holds for a share of all terminals, or in some of its regions.

    share: above 0 and at most 1, or 0 where `regions` are given. at: a time.
    """

    share: float = member(members.number(1.0))
    regions: tuple[str, ...] = member(members.many(members.name, MOST_REGIONS))
    at: str = member(members.time)

    def __post_init__(self) -> None:
        check_members(self, "stage")
        if bool(self.share) == bool(self.regions):
            raise Refused(
                f"stage: share: {self.share:g} with {len(self.regions)} regions; a share above 0, or "
                "regions, are allowed"
            )


@dataclass(frozen=True)
class Touches:
    """What the dry run of a change found.

    Numbers of terminals, accounts and cells that it touches, of terminals that lose and gain service, and the
    capacity that it touches in Gbit/s, None where no network was asked; of how many terminals no position is
    known, and so nothing of this; and for which instant all of it was found, "" for none that was kept.
    """

    terminals: int = member(members.whole(0))
    accounts: int = member(members.whole(0))
    cells: int = member(members.whole(0))
    gbps: float | None = member(members.or_none(members.number(1e9)))
    loses: int = member(members.whole(0))
    gains: int = member(members.whole(0))
    unknown: int = member(members.whole(0), 0)
    at: str = member(members.time_or_none, "")

    def __post_init__(self) -> None:
        check_members(self, "touches")


@dataclass(frozen=True)
class Change:
    """One change of the rule set, with its approvals.

    It is named by its `hash`, which approvers sign: for these words, and for this log alone.

    log: the origin of the log that it is for. time: when it was drafted. base: digest of the rule set that it
    was drafted against, "" for the first. digest, name: of the new rule set. maps: the hash of the maps that
    it was laid out on for that (`regions.map_hash`). rules: the pack beside the log.
    requester: who asked for it, as the charter lists approvers, or in other words. basis: a legal basis.
    effective_at: in force from then on; ends_at: "" but for emergencies. stages: none, or the first at
    `effective_at`, times growing; shares grow to 1; with regions, what no stage names comes with the last.
    differs: plain sentences. request: the index of the request's entry, -1 without one.
    """

    type: ClassVar[str] = "rules-change"

    log: str = member(members.name)
    time: str = member(members.time)
    kind: Literal["first", "ordinary", "emergency"] = member(members.one_of("first", "ordinary", "emergency"))
    power: Literal["", "restrict", "restore"] = member(members.one_of("", "restrict", "restore"))
    base: str = member(members.or_empty(_DIGEST))
    digest: str = member(_DIGEST)
    maps: str = member(_DIGEST)
    name: str = member(members.name)
    rules: ObjectRef = member(members.part(ObjectRef))
    requester: str = member(members.name)
    reason: str = member(members.said)
    basis: str = member(members.words)
    effective_at: str = member(members.time)
    ends_at: str = member(members.time_or_none)
    stages: tuple[Stage, ...] = member(members.many(members.part(Stage), MOST_STAGES))
    differs: tuple[str, ...] = member(members.many(members.said, MOST_DIFFERENCES))
    touches: Touches | None = member(members.or_none(members.part(Touches)))
    request: int = member(members.whole(-1))
    approvals: tuple[Approval, ...] = member(
        members.many(members.part(Approval), MOST_APPROVALS, distinct=False)
    )

    def __post_init__(self) -> None:
        check_members(self, self.type)
        if (self.kind == "first") != (self.base == ""):
            raise Refused(
                f'{self.type}: base: {self.base!r} with kind "{self.kind}"; only the first has none'
            )
        emergency = self.kind == "emergency"
        for name in ("power", "ends_at"):
            given = getattr(self, name)
            if emergency != bool(given):
                raise Refused(
                    f'{self.type}: {name}: {given!r} with kind "{self.kind}"; an emergency has one, and no '
                    "other change"
                )
        if emergency and seconds_of(self.ends_at) <= seconds_of(self.effective_at):
            raise Refused(
                f"{self.type}: ends_at: {self.ends_at}; after effective_at ({self.effective_at}) is allowed"
            )
        if self.stages:
            self._check_stages()

    def _check_stages(self) -> None:
        if self.kind != "ordinary":
            raise Refused(
                f'{self.type}: stages: given with kind "{self.kind}"; an ordinary change may have them'
            )
        if self.stages[0].at != self.effective_at:
            raise Refused(
                f"{self.type}: stages[0]: at: {self.stages[0].at}; effective_at ({self.effective_at}) is "
                "needed"
            )
        by_share = [stage.share for stage in self.stages if stage.share]
        if by_share and len(by_share) < len(self.stages):
            raise Refused(f"{self.type}: stages: some by share, some by regions; one of the two is allowed")
        for i, (before, stage) in enumerate(zip(self.stages, self.stages[1:], strict=False), 1):
            if seconds_of(stage.at) <= seconds_of(before.at):
                raise Refused(f"{self.type}: stages[{i}]: at: {stage.at}; after {before.at} is allowed")
            if by_share and stage.share <= before.share:
                raise Refused(
                    f"{self.type}: stages[{i}]: share: {stage.share:g}; above {before.share:g} is allowed"
                )
        if by_share and by_share[-1] != 1:
            raise Refused(f"{self.type}: stages: the last share is {by_share[-1]:g}; 1 is needed")

    @cached_property
    def hash(self) -> str:
        """SHA-256, in hex, of its canonical JSON without approvals: what it is named by, and signed for."""
        bare = {name: value for name, value in value_of(self).items() if name != "approvals"}
        return hashlib.sha256(canonical(bare)).hexdigest()

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


@dataclass(frozen=True)
class Grounds:
    """Grounds given later: a new entry beside the first, never in its place. change: its hash."""

    type: ClassVar[str] = "rules-grounds"

    time: str = member(members.time)
    change: str = member(_DIGEST)
    reason: str = member(members.said)
    basis: str = member(members.words)

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


@dataclass(frozen=True)
class Withdrawn:
    """A change that is taken back before it is in force.

    change: its hash. by: an approver, as the charter has it. signature: hex, over `signed_text`; "" before it
    is signed, which is not an entry yet.
    """

    type: ClassVar[str] = "rules-withdrawn"

    time: str = member(members.time)
    change: str = member(_DIGEST)
    reason: str = member(members.said)
    by: str = member(members.name)
    signature: str = member(members.or_empty(_SIGNATURE))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes; raises Refused before it is signed."""
        return raw_of(self)


@dataclass(frozen=True)
class Proceed:
    """The next stage of a change may begin.

    change: its hash. stage: which one, counted from 0. by, signature: as in `Withdrawn`.
    """

    type: ClassVar[str] = "rules-proceed"

    time: str = member(members.time)
    change: str = member(_DIGEST)
    stage: int = member(members.whole(1))
    by: str = member(members.name)
    signature: str = member(members.or_empty(_SIGNATURE))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes; raises Refused before it is signed."""
        return raw_of(self)


@dataclass(frozen=True)
class Receipt:
    """A party has been told of a change. change: its hash. party: as the charter has it; it signs this."""

    type: ClassVar[str] = "party-receipt"

    time: str = member(members.time)
    change: str = member(_DIGEST)
    party: str = member(members.name)
    signature: str = member(members.or_empty(_SIGNATURE))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes; raises Refused before it is signed."""
        return raw_of(self)


@dataclass(frozen=True)
class Day:
    """The decisions of one day (UTC): the root over them, and their figures.

    log: the origin of the log that it is for. root: hex, of the tree over `count` records (RFC 6962).
    figures: how many of each outcome or reason, by region; region "" is whatever no region covers. signature:
    hex, over `signed_text`, of the recorder that the rules name; None without one.
    """

    type: ClassVar[str] = "decisions-day"

    log: str = member(members.name)
    time: str = member(members.time)
    day: str = member(members.day)
    root: str = member(_DIGEST)
    count: int = member(members.whole(0))
    figures: Mapping[str, Mapping[str, int]] = member(members.figures)
    signature: str | None = member(members.or_none(_SIGNATURE))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    def __hash__(self) -> int:
        return hash((self.day, self.root, self.count))

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


Act = (
    Change | Grounds | Withdrawn | Proceed | Receipt | Request | Answer | Contract | Day | ReportClaim
    | ReportAnswer
)  # fmt: skip

_S = TypeVar("_S", Withdrawn, Proceed, Receipt, Day)
_KINDS: Final[dict[str, type[Any]]] = {
    kind.type: kind
    for kind in (
        Change, Grounds, Withdrawn, Proceed, Receipt, Request, Answer, Contract, Day, ReportClaim,
        ReportAnswer,
    )
}  # fmt: skip
_PARTS: Final[dict[tuple[str, str], type[Any]]] = {
    ("rules-change", "stages"): Stage,
    ("rules-change", "approvals"): Approval,
    ("rules-change", "touches"): Touches,
    ("rules-change", "rules"): ObjectRef,
    ("request", "text"): ObjectRef,
    ("contract", "text"): ObjectRef,
}


def signed_text(act: Withdrawn | Proceed | Receipt | Day) -> str:
    """What the signature of such an entry is over: its canonical JSON without it, and a newline."""
    bare = {name: value for name, value in value_of(act).items() if name != "signature"}
    return canonical(bare).decode() + "\n"


def signed(act: _S, seed: bytes) -> _S:
    """The same entry, signed by a private key of 32 bytes."""
    return replace(act, signature=sign(seed, signed_text(act)))


def read(raw: bytes) -> Act | None:
    """An entry of governance from its bytes; None for an entry of the log that is none.

    Raises Malformed, naming type and member, where one of these types is of another version than 1, or has a
    member too few, too many or wrong; and where it is no entry at all.
    """
    entry = read_entry(raw)
    if not isinstance(entry, Unknown) or entry.type not in _KINDS:
        return None
    kind = _KINDS[entry.type]
    if entry.version != 1:
        raise Malformed(f"{kind.type}: version {entry.version}; this program understands version 1")
    given = {name: value for name, value in entry.value.items() if name not in ("type", "version")}
    try:
        act: Act = _made(kind, given, kind.type)
        if act.raw != raw:
            raise Malformed(f"{kind.type}: it is not written as this program writes it")
    except Refused as error:
        raise Malformed(str(error)) from None
    return act


def _made(kind: type[Any], given: Any, what: str) -> Any:
    """An entry, or a part of one, from its JSON object."""
    names = {each.name for each in fields(kind)}
    if not isinstance(given, dict) or given.keys() != names:
        found = given.keys() if isinstance(given, dict) else set()
        wrong = ", ".join(
            [f"{name} is missing" for name in sorted(names - found)]
            + [f"{name[:40]!r} is not of it" for name in sorted(found - names)][:5]
        )
        raise Refused(f"{what}: {wrong}; it has {', '.join(sorted(names))}")
    values = {}
    for name, value in given.items():
        part = _PARTS.get((what, name))
        if isinstance(value, list):
            value = tuple(value if part is None else (_made(part, each, f"{what}: {name}") for each in value))
        elif part is not None and value is not None:
            value = _made(part, value, f"{what}: {name}")
        values[name] = value
    try:
        return kind(**values)
    except Refused as error:
        raise Refused(str(error) if what in _KINDS else f"{what}: {error}") from None
