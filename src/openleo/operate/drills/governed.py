"""What a drill does in public: a real log, real witnesses on this machine, and one clock, the drill's own.

Changes, requests and answers go into the log through `service.governance`, as in service, and the controller
enforces what comes out of it again. The keys of all offices are made of public words, so that the rule files
of the worlds can name their public halves: they are fiction, and sign nothing else.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal

from openleo.ledger.entries import time_of
from openleo.ledger.export import export
from openleo.ledger.log import Log
from openleo.ledger.making import make
from openleo.ledger.note import Signer
from openleo.ledger.objects import ObjectRef, seal
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.ledger.stating import policy_of
from openleo.ledger.web import Server
from openleo.ledger.witness import LARGEST_REQUEST, Witness
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.service import Air
from openleo.service.duties import digest
from openleo.service.governance import publishing
from openleo.service.governance.account import Account, account_of
from openleo.service.governance.approvals import approve
from openleo.service.governance.asked import Answer, Request
from openleo.service.governance.changes import draft
from openleo.service.governance.days import Closing
from openleo.service.governance.draft import Draft
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.entries import Grounds, Receipt, signed
from openleo.service.governance.pack import MEDIA, pack, unpack
from openleo.service.in_force import COMPARE_S, LOOK_S

if TYPE_CHECKING:
    from openleo.service.controller import Controller

WITNESSES: Final = ("witness.example/north", "witness.example/south")
BEGINS_S: Final = -21 * 86_400.0
"""The log of a drill begins three weeks before its first check-in."""
RECORDER: Final = "recorder"
"""Who signs the roots of days, by the name of which its key is made."""
LOOK_US: Final = round(LOOK_S * 1e6)
"""So often a controller looks at its log."""
COMPARE_US: Final = round(COMPARE_S * 1e6)
"""So often it compares its store with it."""


def seed_of(world: str, office: str) -> bytes:
    """The private key of an invented office: fiction, for anybody can work it out."""
    return hashlib.sha256(f"openleo drill {world} {office}".encode()).digest()


def public_of(world: str, office: str) -> str:
    """Its public half in hex, as a rule file names it."""
    return Signer("key", seed_of(world, office)).verifier.public.hex()


@dataclass
class Room:
    """The log of a drill that is being played, with its witnesses, and what a controller enforces of it.

    folder: temporary; `folder / "log"` is the log. air: the clock of everything; see `turn`. policy: whom the
    controller trusts. witnesses: their servers by name, to be stopped. due_us: when the controller sees what
    is new in the log, None where nothing is. looked_us, compared_us: when it looked at the log last, and held
    its store against it. All other times are in seconds after the epoch of the scene.
    """

    scene: Scene
    folder: Path
    air: Air
    log: Log
    policy: Policy
    witnesses: Mapping[str, Server]
    enforcement: Enforcement
    due_us: int | None = None
    looked_us: int = 0
    compared_us: int = 0

    # ------------------------------------------------------------------ the clock

    def turn(self, seconds: float) -> None:
        """Turn the clock forward to so many seconds after the epoch; raises ValueError for an earlier one."""
        now_us = self.scene.epoch_us + round(seconds * 1e6)
        if now_us < self.air.now_us:
            raise ValueError(f"{self.time(seconds)}: the clock stands at {self.now}, and is not turned back")
        self.air.now_us = now_us

    @property
    def now(self) -> str:
        """What the clock says, as entries write it."""
        return time_of(self.air.now_us // 1_000_000)

    def time(self, seconds: float) -> str:
        """So many seconds after the epoch, as entries write it."""
        return time_of(self.scene.epoch_us // 1_000_000 + round(seconds))

    def changed(self) -> None:
        """Something was put into the log: the controller sees it when it looks next, every 10 s."""
        if self.due_us is None:
            self.due_us = (self.air.now_us // LOOK_US + 1) * LOOK_US

    def due(self, until_us: int) -> int | None:
        """When the controller looks at the log next, up to an instant; None for not before it.

        Looks that find nothing new are left out but for the last, by which it knows that there is nothing.
        """
        if self.due_us is not None:
            return self.due_us if self.due_us <= until_us else None
        last_us = until_us // LOOK_US * LOOK_US
        return last_us if last_us > self.looked_us else None

    def look(self, controller: "Controller") -> None:
        """What a controller does every 10 s: look at the log; and each minute: compare its store with it."""
        self.due_us, self.looked_us = None, self.air.now_us
        self.enforcement.follow()
        if self.looked_us - self.compared_us >= COMPARE_US:
            self.compared_us = self.looked_us
            controller.in_force.compare()

    # ------------------------------------------------------------------ changes

    def draft(
        self, rules: Path | bytes, effective_s: float, *, requester: str, reason: str, basis: str = "",
        power: Literal["", "restrict", "restore"] = "", ends_s: float | None = None, **more: Any,
    ) -> Draft:  # fmt: skip
        """A change to the rules of a file, or of a pack, for what the log says now; nobody has approved it.

        effective_s, ends_s: in force from when on, until when (an emergency). more: as `changes.draft` has
        it, such as stages, touches and request.
        """
        raw = rules if isinstance(rules, bytes) else pack(rules)
        name, sealed = seal(raw)
        account = self.account()
        change = draft(
            account.record, unpack(raw), raw, ObjectRef(name, len(sealed), MEDIA), time=self.now,
            requester=requester, reason=reason, basis=basis, effective_at=self.time(effective_s), power=power,
            ends_at="" if ends_s is None else self.time(ends_s), **more,
        )  # fmt: skip
        return Draft(change, sealed, account.pack_of(change.base) if change.base else b"")

    def approved(self, given: Draft, *offices: str, interests: str = "") -> Draft:
        """The draft, signed now by these offices, with the interests that they declare."""
        for office in offices:
            change = approve(given.change, self.seed(office), office, time=self.now, interests=interests)
            given = given.approved(change)
        return given

    def publish(self, given: Draft) -> int:
        """Put an approved draft into the log; returns its entry, raises as `publishing.publish` does."""
        return self._put(publishing.publish(self.log, given, self.account().record, self.air.now_us // 10**6))

    def grounds(self, change: str, reason: str, basis: str = "") -> int:
        """Give grounds later for the change of a hash; returns the entry."""
        return self._put(publishing.append(self.log, Grounds(self.now, change, reason, basis)))

    def receipt(self, change: str, party: str) -> int:
        """Have a party say that it was told of the change of a hash; returns the entry."""
        act = signed(Receipt(self.now, change, party, ""), self.seed(party))
        return self._put(publishing.append(self.log, act))

    def seed(self, office: str) -> bytes:
        """The private key of an office of this world."""
        return seed_of(self.scene.world.name, office)

    # ------------------------------------------------------------------ requests

    def asked(
        self, who: str, asks: Literal["on", "off", "raise", "lower", "none"], regions: tuple[str, ...], *,
        how: Literal["request", "legal order", "pressure", "threat", "contact"] = "request",
        where_made: Literal["public", "private"] = "private", on_behalf_of: str = "",
        for_whose_benefit: str = "", relayed_by: str = "",
    ) -> Request:  # fmt: skip
        """What somebody outside asks for, now; for `ask`, or to be sealed by `publishing.seal_request`."""
        number = hashlib.sha256(f"{self.now} {who} {asks}".encode()).hexdigest()[:32]
        return Request(
            time=self.now, id=number, kind="contact" if asks == "none" else "request", who=who,
            on_behalf_of=on_behalf_of, for_whose_benefit=for_whose_benefit, relayed_by=relayed_by, how=how,
            where_made=where_made, asked_at=self.now, asks=asks, regions=regions, text=None, commitment=-1,
        )  # fmt: skip

    def ask(self, request: Request, words: str) -> int:
        """List a request in public at once, its words beside the log; returns the entry."""
        return self._put(publishing.request(self.log, request, words.encode()))

    def answer(
        self, request: int, answer: Literal["granted", "refused", "in part", "none yet"], by: tuple[str, ...],
        reason: str, change: str = "",
    ) -> int:  # fmt: skip
        """Say what the request of an entry was answered, by whom and why; returns the entry."""
        return self._put(publishing.append(self.log, Answer(self.now, request, answer, by, reason, change)))

    def seal(self, request: Request, words: str, until_s: float, about: str) -> int:
        """Commit to a request that is kept back until then; returns the entry of the commitment."""
        return self._put(publishing.seal_request(self.log, request, words, self.time(until_s), about))

    def reveal(self, commitment: int) -> int:
        """Show what an entry committed to; returns the entry of the request."""
        return self._put(publishing.reveal_request(self.log, commitment))

    def close_day(self, controller: "Controller") -> None:
        """Put the root over the decisions of each day that is over into the log, signed by the recorder."""
        digest(controller, Closing(self.log, self.seed(RECORDER)), lambda: False)
        self.changed()

    # ------------------------------------------------------------------ reading

    def account(self) -> Account:
        """What a fresh reader finds who trusts this policy: all of the log, audited and played again."""
        now = self.air.now_us // 1_000_000
        return account_of(Folder(self.log.store.public), self.policy, now=now)

    def export(self, folder: Path) -> None:
        """Write the public log as it is now into a folder, for `openleo audit`; raises as the ledger does."""
        export(Folder(self.log.store.public), folder, policy=self.policy, now=self.air.now_us // 1_000_000)

    def _put(self, index: int) -> int:
        self.changed()
        return index


@contextmanager
def governed(scene: Scene, *, timeout_s: float = 20.0) -> Iterator[Room]:
    """The room of a scene: a new log and its witnesses, all of whom must cosign, in a temporary folder.

    The clock stands at `BEGINS_S`. timeout_s: how long an append waits for witnesses, of the machine's time.
    """
    air = Air(scene.epoch_us + round(BEGINS_S * 1e6), ())

    def seconds() -> float:
        return air.now_us / 1e6

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="openleo-drill-log-")))
        signer = Signer.generate(f"log.example/{scene.world.name}")
        servers: dict[str, Server] = {}
        lines = ""
        for name in WITNESSES:
            short = name.rpartition("/")[2]
            key = Witness.create(folder / short, name)
            (folder / short / "logs").write_text(f"log {signer.verifier.vkey}\n", encoding="utf-8")
            witness = stack.enter_context(Witness.open(folder / short, seconds))
            servers[name] = Server(witness.answer, largest_body=LARGEST_REQUEST)
            servers[name].start()
            stack.callback(servers[name].close)
            lines += f"witness {short} {key.vkey} {servers[name].url}\n"
        lines += f"group both all {' '.join(name.rpartition('/')[2] for name in WITNESSES)}\nquorum both\n"
        policy = policy_of([signer], lines)
        make(folder / "log", signer, policy, folder / "log.signed")
        log = stack.enter_context(Log.open(folder / "log", clock=seconds, timeout_s=timeout_s))
        log.wait()
        source = Folder(log.store.public)
        enforcement = Enforcement(folder / "mirror", source, policy, lambda: air.now_us, reach=not_reached)
        yield Room(scene, folder, air, log, policy, servers, enforcement)


def not_reached(url: str) -> str:
    """Why a witness does not answer, "" where it does."""
    from openleo.ledger.errors import LedgerError
    from openleo.ledger.source import Web

    web = Web(url, timeout_s=3.0)
    try:
        web.ask("GET", "", None, 1 << 16)
    except LedgerError as error:
        return str(error)
    finally:
        web.close()
    return ""
