"""A log of rules with a real witness beside it, for tests of what is enforced: all clocks are one."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ledger_witnesses import served

from openleo.ledger import acts
from openleo.ledger.entries import seconds_of, time_of
from openleo.ledger.log import Log
from openleo.ledger.note import Signer
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder, Source
from openleo.ledger.web import Server
from openleo.ledger.witness import LARGEST_REQUEST, Witness
from openleo.service.governance.approvals import approve
from openleo.service.governance.changes import draft
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.entries import Change
from openleo.service.governance.mirror import Mirror
from openleo.service.governance.pack import pack, unpack
from openleo.service.governance.record import Record
from openleo.service.governance.seen import seen

BEGIN_S = seconds_of("2026-10-26T12:00:00Z")
KEYS = {name: name.encode().ljust(32, b".") for name in ("North", "South", "East")}
WITNESS = "witness.example/w1"


def public(name: str) -> str:
    """The public half of an approver's key."""
    return Signer("key", KEYS[name]).verifier.public.hex()


CHARTER = """
[governance]
approvals = 2
organisations = 2
emergency_powers = ["restrict"]
emergency_hours = 24.0
{more}
""" + "".join(
    f'[[approvers]]\nname = "{name}"\norganisation = "Office {name}"\nkey = "{public(name)}"\n'
    for name in KEYS
)
OFF = """
[[regions]]
name = "{name}"
decision = "By the test."
countries = ["{country}"]
service = "off"
"""


@cache
def rules(*off: str, more: str = "", grant_s: float = 300.0) -> tuple[bytes, str]:
    """The pack, and the digest, of rules that serve anywhere but in countries, and their charter."""
    text = f'name = "tests"\ngrant_s = {grant_s}\n[elsewhere]\nlicence = "licensed"\ndecision = "Tests."\n'
    text += '[[plans]]\nname = "home"\n' + CHARTER.format(more=more)
    text += "".join(OFF.format(name=f"off {code}", country=code) for code in off)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tests.rules.toml"
        file.write_text(text)
        raw = pack(file)
    return raw, unpack(raw).digest


class Clock:
    """A clock that tests set: microseconds, and POSIX seconds for the ledger."""

    def __init__(self) -> None:
        self.us = BEGIN_S * 1_000_000

    def __call__(self) -> int:
        return self.us

    @property
    def s(self) -> int:
        return self.us // 1_000_000

    def seconds(self) -> float:
        return self.us / 1e6

    def pass_s(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self.us += round(seconds * 1e6)


@dataclass
class Governed:
    """A log, its witness, and the policy by which it is believed."""

    log: Log
    clock: Clock
    policy: Policy
    witness: Server
    folder: Path
    cosigner: Witness

    @property
    def public(self) -> Path:
        """What readers of the log see."""
        return self.log.store.public

    def enforcement(self, name: str = "mirror", source: Source | None = None) -> Enforcement:
        """What a controller with a folder of this name enforces."""
        return Enforcement(self.folder / name, source or Folder(self.public), self.policy, self.clock)

    def drafted(self, of: tuple[bytes, str], in_s: float, record: Record, **more: Any) -> Change:
        """A change to rules, drafted against what a record says, in force so many seconds from now."""
        ref = acts.put(self.log, of[0], "application/json")
        return draft(
            record, unpack(of[0]), of[0], ref, time=time_of(self.clock.s), requester="The desk",
            reason="By the test.", effective_at=time_of(self.clock.s + in_s), **more,
        )  # fmt: skip

    def approved(self, change: Change, *names: str) -> Change:
        """The same, signed."""
        for name in names:
            change = approve(change, KEYS[name], name, time=time_of(self.clock.s))
        return change

    def put(self, change: Change, kept: bool = True) -> Change:
        """Append a change as it is, and the checkpoint that covered it."""
        self.append(change.raw, kept)
        return change

    def append(self, raw: bytes, kept: bool = True) -> None:
        """Append an entry as it is, and the checkpoint that covered it."""
        self.log.append([raw])
        if kept:
            self.log.append([seen(self.log.checkpoint, self.log.now())])

    def publish(
        self, *off: str, in_s: float = 300.0, more: str = "", grant_s: float = 300.0, **rest: Any
    ) -> Change:
        """A right change: rules without service in these countries."""
        signers = rest.pop("by", ("North", "South"))
        change = self.drafted(
            rules(*off, more=more, grant_s=grant_s), in_s, rest.pop("record", self.said), **rest
        )
        return self.put(self.approved(change, *signers))

    @property
    def said(self) -> Record:
        """What a fresh reader of the log finds."""
        with tempfile.TemporaryDirectory() as folder:
            mirror = Mirror(folder, self.policy, self.clock.seconds)
            mirror.follow(Folder(self.public))
            return mirror.reader().record(mirror.pack)


@contextlib.contextmanager
def governed(folder: Path, quorum: bool = True) -> Iterator[Governed]:
    """A new log with one witness over HTTP; both use one clock, which stands."""
    clock = Clock()
    Log.create(folder / "log", "log.example/rules", clock=clock.seconds)
    verifier = Witness.create(folder / "w1", WITNESS)
    with Log.open(folder / "log", clock=clock.seconds, timeout_s=20.0) as log:
        vkey = log.store.signers[0].verifier.vkey
        (folder / "w1" / "logs").write_text(f"log {vkey}\n")
        with (
            Witness.open(folder / "w1", clock.seconds) as witness,
            served(witness.answer, LARGEST_REQUEST) as server,
        ):
            lines = f"witness w1 {verifier.vkey} http://127.0.0.1:{server.port}\nquorum w1\n"
            log.change_policy(lines, "a witness")
            policy = Policy.parse(f"log {vkey}\n{lines if quorum else 'quorum none'}".encode())
            yield Governed(log, clock, policy, server, folder, witness)
