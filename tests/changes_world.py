"""A small log of governance for tests: keys of approvers, rule files, entries and when they were seen."""

import hashlib
from dataclasses import replace

from openleo.ledger.canonical import canonical
from openleo.ledger.entries import time_of
from openleo.ledger.errors import Missing
from openleo.ledger.note import Signer
from openleo.ledger.objects import ObjectRef
from openleo.service.governance.changes import Beside, Record, approve, replay
from openleo.service.governance.entries import Change, Proceed, Receipt, Withdrawn, signed

T = 1_800_000_000
"""When the log of a test begins (POSIX seconds)."""
LEAD = 240
"""Grants of `rules` last 300 s at most, and none outlives a change by more than 60 s."""
HOUR = 3600

APPROVERS = {"office a": "A", "office b": "B", "second office of a": "A", "office c": "C"}
"""Approvers of the charter and their organisations; two of two organisations are needed."""
ORIGIN = "log.example/isle"
REGULATOR = "regulator"


def seed_of(name: str) -> bytes:
    """The private key of an approver or party."""
    return hashlib.sha256(name.encode()).digest()


def key_of(name: str) -> str:
    """The public key of an approver or party, in hex."""
    return Signer("key", seed_of(name)).verifier.public.hex()


def region(name: str, said: str, where: str = 'countries = ["FR"]') -> str:
    """One region of a rule file."""
    return f'[[regions]]\nname = "{name}"\ndecision = "Fiction."\n{where}\n{said}\n'


LICENSED = region("north", 'licence = "licensed"')


def rules(
    *regions: str,
    approvals: int = 2,
    organisations: int = 2,
    powers: str = '["restrict", "restore"]',
    hours: float = 72,
    rest_hours: float = 0,
    approvers: str = "",
    parties: str = "",
    grant_s: int = 300,
    elsewhere: str = "",
) -> str:
    """A rule file as text, with a charter."""
    listed = approvers or "".join(
        f'[[approvers]]\nname = "{name}"\norganisation = "{of}"\nkey = "{key_of(name)}"\n'
        for name, of in APPROVERS.items()
    )
    emergency = (
        f"emergency_powers = {powers}\nemergency_hours = {hours:g}\nemergency_rest_hours = {rest_hours:g}\n"
        if powers != "[]"
        else ""
    )
    return (
        f'name = "isle"\ngrant_s = {grant_s}\n{elsewhere}'
        f"[governance]\napprovals = {approvals}\norganisations = {organisations}\n{emergency}"
        + "".join(regions or (LICENSED,))
        + listed
        + parties
    )


def party(waits: bool, regions: str = "[]", hours: float = 24) -> str:
    """The section of a regulator that is told of changes."""
    return (
        f'[[parties]]\nname = "{REGULATOR}"\nkey = "{key_of(REGULATOR)}"\nregions = {regions}\n'
        f"waits = {str(waits).lower()}\nhours = {hours:g}\n"
    )


def digest_of(text: str) -> str:
    """What stands for the digest of a rule set: replay compares digests and never computes one."""
    return hashlib.sha256(text.encode()).hexdigest()


class Book:
    """A log of governance that a test writes: `entries` as `replay` takes them, and packs."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, bytes, int]] = []
        self.packs: dict[str, bytes] = {}
        self.made = 0

    def pack(self, reference: ObjectRef) -> bytes:
        """The pack of an object."""
        if reference.object not in self.packs:
            raise Missing(f"object {reference.object}: it is not there")
        return self.packs[reference.object]

    @property
    def beside(self) -> Beside:
        """By what its entries are judged."""
        return Beside(ORIGIN, self.pack)

    def record(self) -> Record:
        """What the log says."""
        return replay(self.entries, self.beside)

    def seen(self, raw: bytes, at: int) -> int:
        """Put an entry into the log, seen at a time; returns its index."""
        self.entries.append((len(self.entries), raw, at))
        return len(self.entries) - 1

    def draft(
        self, text: str, at: int, base: str = "", by: tuple[str, ...] = (), **members: object
    ) -> Change:
        """A change to the rules of a text, in force at a time, made for those of another, and approved."""
        raw = canonical({"files": {}, "rules": text})
        self.made += 1
        name = hashlib.sha256(raw + str(self.made).encode()).hexdigest()  # as if salted
        self.packs[name] = raw
        given: dict[str, object] = {
            "log": ORIGIN, "time": time_of(T - 60), "kind": "ordinary" if base else "first",
            "power": "", "base": digest_of(base) if base else "", "digest": digest_of(text), "name": "isle",
            "maps": digest_of("maps"),
            "rules": ObjectRef(name, len(raw) + 65, "application/json"), "requester": "operations",
            "reason": "It was asked for.", "basis": "", "effective_at": time_of(at), "ends_at": "",
            "stages": (), "differs": (), "touches": None, "request": -1, "approvals": (),
        }  # fmt: skip
        return by_all(Change(**given | members), by)  # type: ignore[arg-type]

    def first(self, text: str, at: int = T) -> int:
        """Put the first rule set into the log, in force as soon as it is seen."""
        return self.seen(self.draft(text, at, by=("office a", "office b")).raw, at)


def by_all(change: Change, names: tuple[str, ...], **said: str) -> Change:
    """A change approved by each of these approvers."""
    for name in names:
        change = approve(change, seed_of(name), name, **{"time": change.time, **said})  # type: ignore[arg-type]
    return change


def emergency(power: str, ends: int) -> dict[str, object]:
    """What a draft needs beside to be an emergency."""
    return {"kind": "emergency", "power": power, "ends_at": time_of(ends)}


def withdrawn(change: Change, by: str, at: int, key: str = "") -> bytes:
    """The entry by which an approver takes a change back."""
    act = Withdrawn(time_of(at), change.hash, "It was a mistake.", by, "")
    return signed(act, seed_of(key or by)).raw


def proceed(change: Change, stage: int, by: str, at: int, key: str = "") -> bytes:
    """The entry by which an approver lets the next stage begin."""
    return signed(Proceed(time_of(at), change.hash, stage, by, ""), seed_of(key or by)).raw


def receipt(change: Change, at: int, by: str = REGULATOR, key: str = "") -> bytes:
    """The receipt of a party."""
    return signed(Receipt(time_of(at), change.hash, by, ""), seed_of(key or by)).raw


def flipped(change: Change) -> Change:
    """The same change with one bit of its last signature changed."""
    last = change.approvals[-1]
    wrong = last.signature[:-1] + ("0" if last.signature[-1] != "0" else "1")
    return replace(change, approvals=(*change.approvals[:-1], replace(last, signature=wrong)))
