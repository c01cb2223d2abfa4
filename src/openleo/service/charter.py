"""Who may change a rule set, and who is told: the sections of a rule file that make it a charter.

A rule set without approvers cannot be changed through the log; it is used as it is.
"""
# ruff: noqa: RUF009 - `toml.key` declares a field, as dataclasses.field does

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal

from openleo.errors import InputError
from openleo.formats import toml

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(9999, 12, 31, tzinfo=UTC)

MOST: Final = 256
"""Approvers, and parties, of a rule file."""

_KEY = re.compile("[0-9a-f]{64}")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@dataclass(frozen=True)
class Governance:
    """[governance]: how this rule set may be changed."""

    approvals: int = toml.key(
        "approvers who must sign a change, each with a key of their own", default=2, low=2, high=64
    )
    organisations: int = toml.key("of how many organisations they must be", default=1, low=1, high=64)
    emergency_powers: tuple[Literal["restrict", "restore"], ...] = toml.key(
        "what one approver may do alone: add regions that take away, or remove such regions", default=()
    )
    emergency_hours: float = toml.key(
        "longest emergency: it ends by itself", default=0.0, unit="h", low=0.0, high=744.0
    )
    emergency_rest_hours: float = toml.key(
        "after one person's emergency has ended: until that person may begin another one alone",
        default=168.0, unit="h", low=0.0, high=8784.0,
    )  # fmt: skip
    emergency_policy: str = toml.key(
        "witnesses who must have seen an emergency change, as lines of a tlog-policy; empty: the log's own",
        default="",
    )
    recorder: str = toml.key(
        "Ed25519 public key, 64 hex digits, of the server that closes the days: a daily root of decisions "
        "counts only with its signature; empty: it needs none",
        default="",
    )

    def __post_init__(self) -> None:
        if self.organisations > self.approvals:
            raise InputError(
                f"organisations: {self.organisations} given; at most approvals ({self.approvals}) is allowed"
            )
        if self.emergency_powers and not self.emergency_hours:
            raise InputError("emergency_hours: is missing; an emergency ends by itself after some hours")
        if len(set(self.emergency_powers)) < len(self.emergency_powers):
            raise InputError("emergency_powers: one stands twice; once is allowed")
        for name in ("emergency_hours", "emergency_policy"):
            if getattr(self, name) and not self.emergency_powers:
                raise InputError(f"{name}: given without emergency_powers")
        if self.emergency_policy:
            _check_policy(self.emergency_policy)
        if self.recorder:
            _check_key(self.recorder, "recorder")


@dataclass(frozen=True)
class Approver:
    """[[approvers]]: who may approve a change: offices or roles, not persons."""

    name: str = toml.key("of the office or role; public for ever")
    organisation: str = toml.key("that it belongs to")
    key: str = toml.key("Ed25519 public key, 64 hex digits")
    begins: datetime = toml.key("from when on the key may approve", default=BEGINNING)
    ends: datetime = toml.key("until when, that instant not included", default=END)

    def __post_init__(self) -> None:
        _check_name("name", self.name)
        _check_name("organisation", self.organisation)
        _check_key(self.key)
        if self.begins >= self.ends:
            raise InputError(
                f"ends: {self.ends:%Y-%m-%dT%H:%MZ} given; it is after begins ({self.begins:%Y-%m-%dT%H:%MZ})"
            )


@dataclass(frozen=True)
class Party:
    """[[parties]]: a regulator or an oversight body that is told of changes."""

    name: str = toml.key("of the body; public for ever")
    key: str = toml.key("Ed25519 public key, 64 hex digits: it signs that it was told")
    regions: tuple[str, ...] = toml.key("changes to which regions, by name; none given: to any", default=())
    waits: bool = toml.key("whether such a change is in force only when the party has signed", default=False)
    hours: float = toml.key(
        "without its signature the party is overdue after", default=72.0, unit="h", above=0.0, high=8784.0
    )

    def __post_init__(self) -> None:
        _check_name("name", self.name)
        _check_key(self.key)


def check_charter(
    governance: Governance, approvers: Sequence[Approver], parties: Sequence[Party], regions: Sequence[str]
) -> None:
    """Check what the sections say of each other; regions: the names of the rule set's.

    Raises InputError, naming key, value and what is allowed.
    """
    _check_distinct("approvers", [(each.name, each.key) for each in approvers])
    _check_distinct("parties", [(each.name, each.key) for each in parties])
    known = set(regions)
    for i, party in enumerate(parties):
        for name in party.regions:
            if name not in known:
                raise InputError(f"parties[{i}].regions: {name!r} given; the name of a region is allowed")
    if not approvers:
        if governance != Governance() or parties:
            raise InputError("approvers: is missing; governance and parties need them")
        return
    for name, key in [(each.name, each.key) for each in approvers] + [
        (each.name, each.key) for each in parties
    ]:
        if key == governance.recorder:
            raise InputError(
                f"governance.recorder: the key of {name!r} given; one of its own is allowed, for it "
                "stands on a server"
            )
    if governance.approvals > len(approvers):
        raise InputError(
            f"governance.approvals: {governance.approvals} given with {len(approvers)} approvers; so many at "
            "most are allowed"
        )
    organisations = {folded(each.organisation) for each in approvers}
    if governance.organisations > len(organisations):
        raise InputError(
            f"governance.organisations: {governance.organisations} given with approvers of "
            f"{len(organisations)}; so many at most are allowed"
        )


def folded(name: str) -> str:
    """A name as it is compared: compatible letters, case, spaces and signs that nobody sees do not count."""
    plain = unicodedata.normalize("NFKC", name)
    seen = "".join(each for each in plain if unicodedata.category(each) != "Cf" and not _UNSEEN.match(each))
    return " ".join(unicodedata.normalize("NFKC", seen.casefold()).split())


def _check_distinct(kind: str, listed: Sequence[tuple[str, str]]) -> None:
    if len(listed) > MOST:
        raise InputError(f"{kind}: {len(listed)} given; at most {MOST} are allowed")
    names: set[str] = set()
    keys: dict[str, str] = {}
    for i, (name, public) in enumerate(listed):
        if folded(name) in names:
            raise InputError(f"{kind}[{i}]: the name {name!r} stands twice; each needs its own")
        if public in keys:
            raise InputError(f"{kind}[{i}]: key: {keys[public]!r} has the same one; each needs its own")
        names.add(folded(name))
        keys[public] = name


def _check_name(what: str, name: str) -> None:
    if not name or len(name) > 200 or name != name.strip() or not name.isprintable():
        raise InputError(
            f"{what}: {name[:80]!r} given; one line of 1 to 200 characters, without spaces around it, is "
            "allowed"
        )


def _check_key(text: str, what: str = "key") -> None:
    if not _KEY.fullmatch(text):
        raise InputError(f"{what}: {text[:80]!r} given; 64 digits 0-9 and a-f are allowed")
    if why := _why_no_key(text):
        raise InputError(f"{what}: {text} given: {why}")


@lru_cache(maxsize=4096)  # the same keys stand in every rule set of a log
def _why_no_key(text: str) -> str:
    from openleo.ledger.errors import Malformed
    from openleo.ledger.note import check_point

    try:
        check_point(bytes.fromhex(text))
    except Malformed as error:
        return str(error)
    return ""


def _check_policy(text: str) -> None:
    from openleo.ledger.errors import Malformed
    from openleo.ledger.policy import NONE, Policy

    try:
        policy = Policy.parse(text.encode())
    except Malformed as error:  # it begins with "policy: "
        raise InputError(f"emergency_{error}") from None
    if policy.quorum == NONE:
        raise InputError("emergency_policy: its quorum is none; an emergency waives no witness")
