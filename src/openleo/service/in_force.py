"""Which rules decide at an instant: those of a file or, alone then, those of the log, which is followed.

A rule set stands in the store, with the instant from which on it decides, before anything is decided by it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from openleo.kept import Kept
from openleo.service.force import CUT_US, NEVER_US, Force, Side, zones_of
from openleo.service.records import Names, instant

if TYPE_CHECKING:
    from openleo.service.governance.enforcement import Enforcement
    from openleo.service.regions import RuleSet
    from openleo.service.store import Store

Lock = AbstractContextManager[bool]

LOOK_S: Final = 10.0
"""How often the log is looked at; what is new there is enforced from then on."""

COMPARE_S: Final = 60.0
"""How often the store is compared with the log."""

PAST_KEPT: Final = 4
"""So many rule sets that hold no more are kept laid out, for questions about the past."""

PAST_AT_ONCE: Final = 4
"""So many at once may wait for one of them to be laid out, which takes seconds: anyone may ask."""

_log = logging.getLogger("openleo.controller")


class InForce:
    """What is in force, looked up again when its time is over. Safe for use by many threads.

    rules: a rule set, or what the log says, which alone is in force then; None where none are. names: of the
    register. clock: microseconds since 1970-01-01 UTC. lock: held while rules change, and by whoever decides.
    """

    def __init__(
        self, rules: "RuleSet | Enforcement | None", store: "Store", names: Names, *,
        clock: Callable[[], int], lock: Lock,
    ) -> None:  # fmt: skip
        from openleo.service.regions import RuleSet

        self._store, self._names, self._clock, self._lock = store, names, clock, lock
        self._past: Kept[str, RuleSet] = Kept(PAST_KEPT, at_once=PAST_AT_ONCE)
        self.since_us = clock()
        self.enforcement: Enforcement | None = None
        """What the log says, None where the rules are those of a file."""
        self._force, self._version, self._cut_us = Force(None), -1, CUT_US
        if isinstance(rules, RuleSet):
            self._force = Force(self._side(rules, self.since_us))
        elif rules is not None:
            self.enforcement = rules
            self.compare()  # before this start adds its own rows
            self.at(self.since_us)

    def _side(self, rules: "RuleSet", from_us: int, until_us: int = NEVER_US, cut_us: int = 0) -> Side:
        """A rule set at work from a time on, recorded in the store."""
        rules.terms(from_us, self._names)  # numbers what it names, before it is recorded
        number = self._store.put_in_force(rules.digest, rules.name, rules.version, zones_of(rules), from_us)
        return Side(rules, number, until_us, cut_us)

    def at(self, now_us: int) -> Force:
        """What is in force now: looked up again when its time has come, or the log says something new."""
        force, enforcement = self._force, self.enforcement
        if enforcement is None:
            return force
        cut_us = _cut_us(now_us - enforcement.looked_us)
        if (
            force.since_us <= now_us < force.until_us
            and enforcement.version == self._version
            and cut_us == self._cut_us
        ):
            return force
        with self._lock:
            version = -1
            while version != enforcement.version:  # all of it is of one look at the log
                version, size = enforcement.version, enforcement.size
                standing, until_us = enforcement.held(now_us), enforcement.next_us(now_us)
            known = {side.rules.digest: side for side in self._force.sides}

            def side(rules: "RuleSet") -> Side:
                before = known.get(rules.digest)
                if before is not None:
                    same = (before.until_us, before.cut_us) == (until_us, cut_us)
                    return before if same else Side(rules, before.number, until_us, cut_us)
                with enforcement.journal.enforcing(rules.digest, now_us):
                    return self._side(rules, now_us, until_us, cut_us)

            if standing is None:
                found = Force(None, since_us=now_us, until_us=until_us, size=size)
            else:
                stage, former = standing.stage, standing.former
                found = Force(
                    side(standing.rules), side(former) if former is not None else None,
                    share=stage.share if stage is not None and not stage.regions else 1.0,
                    regions=standing.regions, change=standing.held.change.hash,
                    since_us=now_us, until_us=until_us, size=size,
                )  # fmt: skip
            self._force, self._version, self._cut_us = found, version, cut_us
            return found

    def rules_at(self, at_us: int | None = None) -> "RuleSet | None":
        """The rules that held, hold or will hold at an instant, now without one; in a stage the newer.

        None where none do. Without a log, those of the file. Raises LedgerError or InputError where rules of
        the past cannot be read from the copy of the log.
        """
        enforcement = self.enforcement
        if enforcement is None or at_us is None:
            newer = self.at(self._clock()).newer
            return newer.rules if newer is not None else None
        rules, record = enforcement.rules_at(at_us), enforcement.record
        held = record.holds_at(at_us / 1e6) if record is not None else None
        if rules is not None or held is None or held.until_s * 1_000_000 > self._clock():
            return rules
        change = held.change
        from openleo.service.governance.reading import lay_out

        return self._past.get(change.hash, lambda: lay_out(change, enforcement.mirror.pack))

    def compare(self) -> None:
        """Compare what the store says was in force with the log; `enforcement.tampering` has what differs."""
        if self.enforcement is not None:
            self.enforcement.compare(self._store)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Follow the log in a thread of its own beside the block, and compare the store with it each minute;
        nothing happens without a log."""
        over = threading.Event()

        def look() -> None:
            compared_s = time.monotonic()
            while self.enforcement is not None and not over.wait(LOOK_S):
                try:
                    self.enforcement.follow()
                    if time.monotonic() - compared_s >= COMPARE_S:
                        compared_s = time.monotonic()
                        self.compare()
                except Exception as error:  # noqa: BLE001 - whatever it is, following must go on
                    _log.error("the log was not followed, or not compared with the store: %s", error)

        watcher = threading.Thread(target=look, name="log", daemon=True)
        if self.enforcement is not None:
            watcher.start()
        try:
            yield
        finally:
            over.set()
            if watcher.is_alive():
                watcher.join()

    def said(self) -> dict[str, Any] | None:
        """Which rules hold, since when, and, where they come from the log, by what and until when."""
        now_us, enforcement = self._clock(), self.enforcement
        newer = self.at(now_us).newer
        rules = newer.rules if newer is not None else None
        standing = enforcement.held(now_us) if enforcement is not None else None
        since_us = standing.held.from_s * 1_000_000 if standing is not None else self.since_us
        said: dict[str, Any] | None = None
        if rules is not None:
            said = {"name": rules.name, "version": rules.version, "digest": rules.digest}
            said["since"] = instant(since_us)
        if enforcement is None:
            return said
        none = dict.fromkeys(("name", "version", "digest", "since"))
        return (said or none) | enforcement.status(now_us)


def _cut_us(silent_us: int) -> int:
    """By how much grants are shorter when the log was not reached for so long, in whole looks.

    Whatever witnesses saw since then begins so late that a grant that ends a full length after the last look
    is over in time; one look more is for what they saw before, and the log had not published yet.
    """
    look_us = round(LOOK_S * 1e6)
    return max(CUT_US, look_us - silent_us // -look_us * look_us)
