"""Entries of what was asked from outside and how it was answered, and of contracts about service."""
# ruff: noqa: RUF009 - `member` declares a field, as dataclasses.field does

from dataclasses import dataclass
from typing import ClassVar, Literal

from openleo.ledger.entries import seconds_of
from openleo.ledger.errors import Refused
from openleo.ledger.objects import ObjectRef
from openleo.service.governance import members
from openleo.service.governance.members import MOST_NAMES, MOST_REGIONS, check_members, member, raw_of


@dataclass(frozen=True)
class Request:
    """Someone outside asks for something, or makes contact without asking.

    id: 32 hex digits, its own. who, on_behalf_of, for_whose_benefit, relayed_by: offices, bodies, companies;
    "" where there is none, but for `who`. asks: "none" of a contact alone. regions: for where. text: what was
    said, beside the log. commitment: the index of the entry that committed to it before, -1 without one.
    """

    type: ClassVar[str] = "request"

    time: str = member(members.time)
    id: str = member(members.digits(32))
    kind: Literal["request", "contact"] = member(members.one_of("request", "contact"))
    who: str = member(members.name)
    on_behalf_of: str = member(members.name_or_none)
    for_whose_benefit: str = member(members.name_or_none)
    relayed_by: str = member(members.name_or_none)
    how: Literal["request", "legal order", "pressure", "threat", "contact"] = member(
        members.one_of("request", "legal order", "pressure", "threat", "contact")
    )
    where_made: Literal["public", "private"] = member(members.one_of("public", "private"))
    asked_at: str = member(members.time)
    asks: Literal["on", "off", "raise", "lower", "none"] = member(
        members.one_of("on", "off", "raise", "lower", "none")
    )
    regions: tuple[str, ...] = member(members.many(members.name, MOST_REGIONS))
    text: ObjectRef | None = member(members.or_none(members.part(ObjectRef)))
    commitment: int = member(members.whole(-1))

    def __post_init__(self) -> None:
        check_members(self, self.type)
        if (self.kind == "contact") != (self.asks == "none"):
            raise Refused(
                f'{self.type}: asks: "{self.asks}" with kind "{self.kind}"; a contact asks for "none", and a '
                "request for something"
            )
        if self.commitment >= 0 and self.text is None:
            raise Refused(f"{self.type}: text: is missing; entry {self.commitment} committed to one")

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


@dataclass(frozen=True)
class Answer:
    """What a request was answered; a later answer stands beside the first.

    request: the index of its entry. by: who answered, as the charter has them. change: the hash of the change
    that followed, or "".
    """

    type: ClassVar[str] = "request-answer"

    time: str = member(members.time)
    request: int = member(members.whole(0))
    answer: Literal["granted", "refused", "in part", "none yet"] = member(
        members.one_of("granted", "refused", "in part", "none yet")
    )
    by: tuple[str, ...] = member(members.many(members.name, MOST_NAMES))
    reason: str = member(members.words)
    change: str = member(members.or_empty(members.digits(64)))

    def __post_init__(self) -> None:
        check_members(self, self.type)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)


@dataclass(frozen=True)
class Contract:
    """An agreement about service: a contract, or that a sponsor pays for others.

    parties: offices, bodies, companies; () where only its text names them. about: what it is about, in
    public. begins, ends: from when until when it is good, "" for no limit. regions: for where. text: all of
    it, beside the log; None where it is kept back, or not given. commitment: the index of the entry that
    keeps it back until a date, -1 without one; what that reveals is the text.
    """

    type: ClassVar[str] = "contract"

    time: str = member(members.time)
    kind: Literal["contract", "sponsor"] = member(members.one_of("contract", "sponsor"))
    parties: tuple[str, ...] = member(members.many(members.name, MOST_NAMES))
    about: str = member(members.said)
    begins: str = member(members.time_or_none)
    ends: str = member(members.time_or_none)
    regions: tuple[str, ...] = member(members.many(members.name, MOST_REGIONS))
    text: ObjectRef | None = member(members.or_none(members.part(ObjectRef)))
    commitment: int = member(members.whole(-1))

    def __post_init__(self) -> None:
        check_members(self, self.type)
        if self.begins and self.ends and seconds_of(self.ends) <= seconds_of(self.begins):
            raise Refused(f"{self.type}: ends: {self.ends}; after begins ({self.begins}) is allowed")
        if self.commitment >= 0 and self.text is not None:
            raise Refused(
                f"{self.type}: text: given with commitment {self.commitment}; what that entry keeps back is "
                "shown by a reveal"
            )

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return raw_of(self)
