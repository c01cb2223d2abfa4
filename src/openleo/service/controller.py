"""The controller at work: check-ins are decided by the rules in force and are on the disk when it answers.

It joins register, rules, store and, where a twin runs, its plan. Whatever is acknowledged was committed
before; whatever fails has changed nothing. A check-in sent again with the same sequence number and content is
answered with the decision that is stored; with other content it is a replay and is not taken.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from openleo.errors import OpenLEOError
from openleo.service.batch import decide_and_record
from openleo.service.figures import Published
from openleo.service.force import terms_of
from openleo.service.in_force import InForce
from openleo.service.policy import PlanNow, SkyNow, decide_batch
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, TERMINAL, Outcome, no_history
from openleo.service.sponsors import settle
from openleo.service.store import ownership
from openleo.service.store.enforced import digest_of
from openleo.service.store.stored import alive

if TYPE_CHECKING:
    from openleo.service.answers import Answers
    from openleo.service.batch import Rows
    from openleo.service.governance.enforcement import Enforcement
    from openleo.service.regions import RuleSet
    from openleo.service.store import Store
    from openleo.service.terminals import Register

SETTLE_S: Final = 60.0
"""How often payers take over whose time has come."""


class Live(Protocol):
    """What a controller asks of a twin that runs beside it; `operate.live.Live` is one."""

    @property
    def gateways(self) -> Sequence[str]: ...

    def now(self, now_us: int | None = None) -> tuple[SkyNow | None, PlanNow | None]:
        """Where satellites stand and what the plan holds; None where there is none."""

    def status(self) -> Any:
        """How it keeps up: at least `slot`, the beginning of the slot whose plan holds, and `well`."""


class Controller:
    """Decides, records, and answers questions about both; a context manager. Safe for use by many threads.

    store, register: opened, and closed with it. rules: a rule set, or what the log says, which alone is in
    force then; None where none are: nobody is newly served. clock: microseconds since 1970-01-01 UTC. live: a
    twin on the clock, None without one.
    """

    def __init__(
        self, store: "Store", register: "Register", rules: "RuleSet | Enforcement | None", *,
        clock: Callable[[], int] | None = None, live: Live | None = None,
    ) -> None:  # fmt: skip
        self.store = store
        self.register = register
        self._clock = clock or _now_us
        self._live = live
        self._lock = threading.RLock()
        self._outcomes = np.zeros(len(Outcome), np.int64)
        self._refusals: dict[int, int] = {}
        self._fault = ""
        self._settled_s = -SETTLE_S
        self.published = Published(store, self._clock)
        self.in_force = InForce(rules, store, register.names, clock=self._clock, lock=self._lock)
        store.serve()
        self._compile()

    def _compile(self) -> None:
        """Compile the kernels, or load them compiled, before the first check-in waits for it."""
        now_us = self._clock()
        none = np.zeros(0, CHECKIN), np.zeros(0, TERMINAL), no_history(0)
        newer = self.in_force.at(now_us).newer
        decide_batch(*none, *terms_of(newer, now_us, self.register.names), now_us)

    @property
    def rules(self) -> "RuleSet | None":
        """The rule set in force now, None where none is; in a stage, the newer one."""
        return self.in_force.rules_at()

    @classmethod
    def open(
        cls, store: str | Path, rules: "str | Path | RuleSet | Enforcement | None", *,
        clock: Callable[[], int] | None = None, live: Live | None = None,
    ) -> "Controller":  # fmt: skip
        """Open a store, load its register and a rule file, and be ready for check-ins.

        rules: a file, a rule set, what the log says, or None for the built-in illustration. Raises what these
        raise.
        """
        from openleo.service.regions import BUILT_IN, RuleSet
        from openleo.service.store import Store
        from openleo.service.terminals import Register

        known = RuleSet.load(rules or BUILT_IN) if isinstance(rules, str | Path | None) else rules
        opened = Store.open(store)
        try:
            return cls(opened, Register.load(opened), known, clock=clock, live=live)
        except BaseException:
            opened.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what is being committed, and close the store."""
        with self._lock:
            self.store.close()

    def now_us(self) -> int:
        """The clock."""
        return self._clock()

    # ------------------------------------------------------------------ check-ins

    def find(self, hardware: str) -> int:
        """The number of a terminal, -1 where the register has none."""
        self.register.refresh()
        return self.register.number(hardware)

    def key_of(self, terminal: int) -> bytes:
        """The Ed25519 key of a terminal, empty where it has none."""
        return self.register.key(terminal) or b""

    def enrol(self, hardware: str, code: str, key: bytes) -> None:
        """Enrol a key by a one-time code. Raises InputError, as `Register.enrol` does."""
        self.register.enrol(code, key, hardware=hardware, now_us=self._clock())

    def transfer(
        self, terminal: int, from_owner: str, to_owner: str, *, by: str, time_us: int, dealer: str = "",
        country: str = "", account: str | None = None, note: str = "",
    ) -> bool:  # fmt: skip
        """Record that a terminal has another owner; it is on the disk on return.

        Returns False where the last transfer recorded is this one: sent again, it is not recorded again.
        Raises InputError where `from_owner` is not who owns the terminal.
        """
        with self._lock:
            with self.store.read() as connection:
                known = ownership.transfers(connection, terminal)
            name = self.register.names.name
            if known:
                last = known[-1]
                same = (name("owner", last.from_owner), name("owner", last.to_owner), last.time_us, last.note)
                if last.kind == "transfer" and same == (from_owner, to_owner, time_us, note):
                    return False
            self.register.transfer(
                terminal, to_owner, by=by, now_us=self._clock(), dealer=dealer, country=country,
                account=account, time_us=time_us, note=note, from_owner=from_owner,
            )  # fmt: skip
            return True

    def said(self, rules: int, zone: int, reason: int) -> tuple[str, str]:
        """The region and decision behind a reason of a stored check-in; of rules that are no longer in force,
        the regions of its zone."""
        now_us = self._clock()
        for side in self.in_force.at(now_us).sides:
            if rules == side.number:
                with self._lock:
                    terms = side.terms(now_us, self.register.names)
                return terms.says(zone, Reason(reason)) if reason else ("", "")
        return self.published.names(rules, zone), ""

    def stood(self, row: Any) -> dict[str, Any]:
        """By which rule set (its digest, None for none) a stored check-in, of CHECKIN_FIELDS, was decided.

        With a log, also how many entries the checkpoint had under which it stands, None where it had none.
        """
        said: dict[str, Any] = {"rules": digest_of(self.store, int(row["rules"]))}
        if self.in_force.enforcement is not None:
            said["checkpoint"] = int(row["checkpoint"]) if row["checkpoint"] >= 0 else None
        return said

    def check_in(self, rows: "Rows", marks: NDArray[np.uint8] | None = None) -> "Answers":
        """Decide check-ins in their order, and store them; they are on the disk when it returns.

        rows: (N,) CHECKIN, whose `terminal` is the number in the register. marks: (N, 8), the first bytes of
        the key that vouched for each: where the terminal has another one by now, or none, it is not taken.
        Raises StoreError where they cannot be stored: then nothing has changed, unless the connection broke
        while the database committed; a check-in sent again is then answered as one that was taken.
        """
        with self._lock:
            now_us = self._clock()
            sky, plan = self._live.now(now_us) if self._live is not None else (None, None)
            gateways = self._live.gateways if self._live is not None else ()
            try:
                self._refresh()
                unknown = rows["terminal"] >= len(self.register)
                if unknown.any():
                    rows = rows.copy()
                    rows["terminal"][unknown] = -1
                force = self.in_force.at(now_us)
                with self.store.locked(rows["terminal"]) as held:
                    answers = decide_and_record(
                        held, self.register, rows, marks, force, now_us, sky, plan, gateways
                    )
            except OpenLEOError as error:
                self._fault = str(error)
                raise
            self._fault = ""
            self._count(answers)
            return answers

    def _refresh(self) -> None:
        """See what commands and other servers changed in the register; let payers take over in time."""
        if time.monotonic() - self._settled_s >= SETTLE_S:
            settle(self.register, self._clock())
            self._settled_s = time.monotonic()
        self.register.refresh()

    def _count(self, answers: "Answers") -> None:
        outcome = answers.decisions.outcome[answers.taken]
        self._outcomes += np.bincount(outcome, minlength=len(Outcome))
        for reason in answers.decisions.primary[answers.taken][outcome == Outcome.REFUSE].tolist():
            self._refusals[reason] = self._refusals.get(reason, 0) + 1

    # ------------------------------------------------------------------ health

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Decisions since the start by outcome, and refusals by primary reason."""
        outcomes = {each.name.lower(): int(self._outcomes[each]) for each in Outcome}
        return outcomes, {Reason(r).name.lower(): n for r, n in sorted(self._refusals.items())}

    def fault(self) -> str:
        """Why check-ins cannot be stored now, empty where they can."""
        try:
            alive(self.store)
        except OpenLEOError as error:
            return str(error)
        return self._fault

    def health(self) -> dict[str, Any]:
        """Which rules, which store, how many terminals; how the twin keeps up, where one runs."""
        live = self._live.status() if self._live is not None else None
        return {
            "live": None if live is None else {"slot": live.slot, "well": live.well},
            "store": self.store.url,
            "terminals": len(self.register),
            "rules": self.in_force.said(),
        }


def _now_us() -> int:
    return time.time_ns() // 1000
