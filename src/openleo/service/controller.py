"""The controller at work: check-ins are decided by the rules in force and are on the disk when it answers.

It joins register, rules, store and, where a twin runs, its plan. Rules come from a file, or from the log
(`governance.enforcement`): then nothing else is enforced. Whatever is acknowledged was committed
before; whatever fails has changed nothing. A check-in sent again with the same sequence number and content is
answered with the decision that is stored; with other content it is a replay and is not taken.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from openleo.errors import OpenLEOError
from openleo.service.figures import Published
from openleo.service.force import NEVER_US, Force, Side, zones_of
from openleo.service.policy import Decisions, PlanNow, SkyNow, decide_batch
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, TERMINAL, FindingKind, Flag, Outcome, instant, no_history
from openleo.service.sponsors import settle
from openleo.service.store import ownership
from openleo.service.store.enforced import digest_of
from openleo.service.store.stored import alive, stored

if TYPE_CHECKING:
    from openleo.kernels.zones import ZoneMap
    from openleo.service.governance.enforcement import Enforcement
    from openleo.service.regions import RuleSet
    from openleo.service.store import Held, Store
    from openleo.service.terminals import Register
    from openleo.service.terms import Terms

Rows = NDArray[np.void]

NEVER_TAKEN: Final = np.uint64(1 << Reason.REPLAY | 1 << Reason.BAD_SIGNATURE | 1 << Reason.UNKNOWN_TERMINAL)
OUT_OF_TIME: Final = np.uint64(1 << Reason.CLOCK | 1 << Reason.LATE)

SETTLE_S: Final = 60.0
"""How often payers take over whose time has come."""

LOOK_S: Final = 10.0
"""How often the log is looked at; what is new there is enforced from then on."""

COMPARE_S: Final = 60.0
"""How often the store is compared with the log."""

CUT_US: Final = 20_000_000
"""By so much grants are shorter under a log: a change must be seen so long before it begins that the grants
before it are over 60 s after that (`governance.judging.lead_s`), and here it is known some seconds later."""

KEY_MARK: Final = 8
"""First bytes of a terminal's key, by which a session names it."""

_AGAIN: Final = tuple(
    name for name in CHECKIN.names or () if name not in ("terminal", "sequence", "cell")
)  # what makes a check-in the same one, beside terminal and sequence
_log = logging.getLogger("openleo.controller")


@dataclass(frozen=True)
class Answers:
    """What N check-ins were answered; arrays (N,).

    taken: it was decided and stored. repeated: it was taken before, and the decision is that one. Neither:
    it was refused as a message (replay, clock, late), and nothing was stored. number: under which it is
    stored, -1 where it is not. former: which ones were decided by the rules before, for a change comes in
    stages; None for none. checkpoint: entries of the log under which all of it stands, -1 without a log.
    """

    decisions: Decisions
    taken: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    number: NDArray[np.int64]
    terms: "Terms | None"
    gateways: Sequence[str]
    former: NDArray[np.bool_] | None = None
    former_terms: "Terms | None" = None
    checkpoint: int = -1

    @property
    def digest(self) -> str:
        """The rule set by which was decided, empty where none was in force; in a stage, the newer one."""
        return self.digest_of(None)

    def terms_of(self, row: int | None) -> "Terms | None":
        """What the rules said for one check-in; None: for those that the newer ones decided."""
        return self.former_terms if row is not None and self._by_former(row) else self.terms

    def digest_of(self, row: int | None) -> str:
        """The rule set by which one check-in was decided, empty where none was in force."""
        terms = self.terms_of(row)
        return terms.digest if terms is not None else ""

    def says(self, zone: int, reason: int, row: int | None = None) -> tuple[str, str]:
        """The region and the decision of its rule that a reason goes back to, empty where none says it."""
        terms = self.terms_of(row)
        if terms is None or zone < 0 or not reason:
            return "", ""
        return terms.says(zone, Reason(reason))

    def _by_former(self, row: int) -> bool:
        return self.former is not None and bool(self.former[row])

    def gateway(self, number: int) -> str | None:
        """The name of a gateway of the plan, None for none."""
        return self.gateways[number] if 0 <= number < len(self.gateways) else None


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
        from openleo.service.regions import RuleSet

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
        self.since_us = self._clock()
        self.enforcement: Enforcement | None = None
        """What the log says, None where the rules are those of a file."""
        self._force, self._version = Force(None), -1
        if isinstance(rules, RuleSet):
            self._force = Force(self._side(rules, self.since_us))
        elif rules is not None:
            self.enforcement = rules
            self.compare()  # before this start adds its own rows
            self._force_at(self.since_us)
        store.serve()
        self._compile()

    def _compile(self) -> None:
        """Compile the kernels, or load them compiled, before the first check-in waits for it."""
        now_us = self._clock()
        none = np.zeros(0, CHECKIN), np.zeros(0, TERMINAL), no_history(0)
        decide_batch(*none, *self._terms_of(self._force.newer, now_us), now_us)

    def _side(self, rules: "RuleSet", from_us: int, until_us: int = NEVER_US, cut_us: int = 0) -> Side:
        """A rule set at work from a time on, recorded in the store."""
        rules.terms(from_us, self.register.names)  # numbers what it names, before it is recorded
        number = self.store.put_in_force(rules.digest, rules.name, rules.version, zones_of(rules), from_us)
        return Side(rules, number, until_us, cut_us)

    @property
    def rules(self) -> "RuleSet | None":
        """The rule set in force now, None where none is; in a stage, the newer one."""
        newer = self._force_at(self._clock()).newer
        return newer.rules if newer is not None else None

    def _force_at(self, now_us: int) -> Force:
        """What is in force now: looked up again when its time has come, or the log says something new."""
        force, enforcement = self._force, self.enforcement
        if enforcement is None or (
            force.since_us <= now_us < force.until_us and enforcement.version == self._version
        ):
            return force
        with self._lock:
            version, size = enforcement.version, enforcement.size
            standing, until_us = enforcement.held(now_us), enforcement.next_us(now_us)
            known = {side.rules.digest: side for side in self._force.sides}

            def side(rules: "RuleSet") -> Side:
                before = known.get(rules.digest)
                if before is not None:
                    return (
                        before
                        if before.until_us == until_us
                        else Side(rules, before.number, until_us, CUT_US)
                    )
                enforcement.journal.enforced(rules.digest, now_us)
                return self._side(rules, now_us, until_us, CUT_US)

            if standing is None:
                found = Force(None, since_us=now_us, until_us=until_us, size=size)
            else:
                stage, former = standing.stage, standing.former
                found = Force(
                    side(standing.rules), side(former) if former is not None else None,
                    share=stage.share if stage is not None and not stage.regions else 1.0,
                    regions=standing.regions, change=standing.held.change.id,
                    since_us=now_us, until_us=until_us, size=size,
                )  # fmt: skip
            self._force, self._version = found, version
            return found

    def _terms_of(self, side: Side | None, now_us: int) -> "tuple[Terms | None, ZoneMap | None]":
        """What a rule set says now, and its map; None and None without one."""
        if side is None:
            return None, None
        return side.terms(now_us, self.register.names), side.zone_map

    def compare(self) -> None:
        """Compare what the store says was in force with the log; `enforcement.tampering` has what differs."""
        if self.enforcement is not None:
            self.enforcement.compare(self.store)

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
        for side in self._force_at(now_us).sides:
            if rules == side.number:
                with self._lock:
                    terms = side.terms(now_us, self.register.names)
                return terms.says(zone, Reason(reason)) if reason else ("", "")
        return self.published.names(rules, zone), ""

    def stood(self, rules: int, received_us: int) -> dict[str, Any]:
        """By which rule set (its digest, None for none) a stored check-in was decided.

        With a log, also how many entries the checkpoint had under which it stands, None where none was noted.
        """
        said: dict[str, Any] = {"rules": digest_of(self.store, rules)}
        if self.enforcement is not None:
            said["checkpoint"] = self.enforcement.journal.size_at(received_us)
        return said

    def check_in(self, rows: Rows, marks: NDArray[np.uint8] | None = None) -> Answers:
        """Decide check-ins in their order, and store them; they are on the disk when it returns.

        rows: (N,) CHECKIN, whose `terminal` is the number in the register. marks: (N, 8), the first bytes of
        the key that vouched for each: where the terminal has another one by now, or none, it is not taken.
        Raises StoreError where they cannot be stored: then nothing has changed, unless the connection broke
        while the database committed; a check-in sent again is then answered as one that was taken.
        """
        with self._lock:
            now_us = self._clock()
            sky, plan = self._live.now(now_us) if self._live is not None else (None, None)
            try:
                self._refresh()
                unknown = rows["terminal"] >= len(self.register)
                if unknown.any():
                    rows = rows.copy()
                    rows["terminal"][unknown] = -1
                force = self._force_at(now_us)
                with self.store.locked(rows["terminal"]) as held:
                    answers = self._decide(held, rows, marks, force, now_us, sky, plan)
            except OpenLEOError as error:
                self._fault = str(error)
                raise
            self._fault = ""
            self._count(answers)
            return answers

    def _decide(
        self, held: "Held", rows: Rows, marks: NDArray[np.uint8] | None, force: Force, now_us: int,
        sky: SkyNow | None, plan: PlanNow | None,
    ) -> Answers:  # fmt: skip
        local = rows.copy()
        place = held.places(rows["terminal"])
        local["terminal"] = place
        with self.register.lock:
            register = self.register.rows[held.terminals]
            if marks is not None:
                other = (self.register.keys[rows["terminal"], :KEY_MARK] != marks).any(axis=1)
                local["flags"][other] |= Flag.UNSIGNED
        before = held.histories.copy()
        terms, zone_map = self._terms_of(force.newer, now_us)
        other, other_map = self._terms_of(force.former, now_us)
        former = force.under_former(rows["terminal"], rows["lat_deg"], rows["lon_deg"])
        number_of: int | NDArray[np.int64] = force.newer.number if force.newer is not None else -1
        if former is None or not former.any():
            made = decide_batch(local, register, held.histories, terms, zone_map, now_us, sky, plan)
        else:
            made = _no_decisions(len(rows))
            for which, mine, its_map in ((~former, terms, zone_map), (former, other, other_map)):
                part = decide_batch(local[which], register, held.histories, mine, its_map, now_us, sky, plan)
                for column in made.__dataclass_fields__:
                    getattr(made, column)[which] = getattr(part, column)
            number_of = np.where(former, force.former.number if force.former is not None else -1, number_of)
        refused = made.outcome == Outcome.REFUSE
        taken = (made.reasons & NEVER_TAKEN == 0) & ~((made.reasons & OUT_OF_TIME != 0) & refused)
        taken &= place >= 0
        if not taken.all():
            _give_back(held.histories, before, local, taken)
        number = np.full(len(rows), -1, np.int64)
        if taken.any():
            number = held.record(
                rows, made, received_us=now_us, rules=number_of, keep=None if taken.all() else taken
            )
            self._find(held, rows, made, taken, now_us)
            theirs = frozenset[int]() if former is None else frozenset(place[former].tolist())
            self._first_refusals(held, before, force, theirs, now_us)
        repeated = self._repeated(held, before, rows, place, made, taken, number, number_of)
        gateways = self._live.gateways if self._live is not None else ()
        return Answers(made, taken, repeated, number, terms, gateways, former, other, force.size)

    def _repeated(
        self, held: "Held", before: Rows, rows: Rows, place: NDArray[np.int64], made: Decisions,
        taken: NDArray[np.bool_], number: NDArray[np.int64], rules: int | NDArray[np.int64],
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Which rows are the last one taken, sent again; theirs become its decision and number."""
        repeated = np.zeros(len(rows), bool)
        replayed = (made.reasons >> np.uint64(Reason.REPLAY)) & np.uint64(1) != 0
        last: dict[int, int] = {}  # of each terminal, the row of this batch that was taken last
        for i in range(len(rows)) if replayed.any() else ():
            k = int(place[i])
            if taken[i]:
                last[k] = i
            elif replayed[i] and k in last:
                if _said_again(rows[i], rows[last[k]]):
                    for column in made.__dataclass_fields__:
                        getattr(made, column)[i] = getattr(made, column)[last[k]]
                    number[i], repeated[i] = number[last[k]], True
            elif replayed[i] and k >= 0 and rows[i]["sequence"] == before[k]["sequence"]:
                kept = stored(self.store, before[k]["checkin"][None])
                if len(kept) and _said_again(rows[i], kept[0]):
                    mine = rules if isinstance(rules, int) else rules[i]
                    _put_stored(made, i, kept[0], same_rules=kept[0]["rules"] == mine)
                    number[i], repeated[i] = kept[0]["number"], True
        return repeated

    def _find(self, held: "Held", rows: Rows, made: Decisions, taken: NDArray[np.bool_], now_us: int) -> None:
        """Open the findings that the check-ins show; of a terminal, one of a kind is open at a time."""
        found: list[tuple[str, str, str]] = []
        for i in np.flatnonzero(taken & (made.finding != 0)):
            data = json.dumps(
                {name: _plain(rows[i][name]) for name in (
                    "sequence", "time_us", "lat_deg", "lon_deg", "accuracy_m", "speed_kmh", "altitude_m",
                    "delay_ms", "satellite")} | {"outcome": Outcome(int(made.outcome[i])).name.lower()},
                allow_nan=False,
            )  # fmt: skip
            subject = f"terminal {int(rows[i]['terminal'])}"
            bits = int(made.finding[i])
            found.extend((kind.word, subject, data) for kind in FindingKind if bits >> kind & 1)
        if found:
            held.find(sorted(dict.fromkeys(found)), now_us)

    def _first_refusals(
        self, held: "Held", before: Rows, force: Force, theirs: frozenset[int], now_us: int
    ) -> None:
        """Add to the day's figures the time to the first refusal of terminals, and the service before it.

        theirs: places of those that the former rules decided.
        """
        after = held.histories
        new = np.flatnonzero((before["refused_us"] == 0) & (after["refused_us"] != 0))
        counts: dict[tuple[str, str], float] = {}
        for k in new:
            side = force.former if int(k) in theirs else force.newer
            zone = int(after[k]["zone"])
            for region in side.regions_of(zone) if side is not None else ("elsewhere",):
                for measure, value in (
                    ("first_refusals", 1.0),
                    ("seconds_to_refusal", max(after[k]["refused_us"] - after[k]["first_us"], 0) / 1e6),
                    ("seconds_served_before", max(int(after[k]["served_us"]), 0) / 1e6),
                ):
                    counts[region, measure] = counts.get((region, measure), 0.0) + float(value)
        if counts:
            held.count(now_us // 86_400_000_000, counts)

    def _refresh(self) -> None:
        """See what commands and other servers changed in the register; let payers take over in time."""
        if time.monotonic() - self._settled_s >= SETTLE_S:
            settle(self.register, self._clock())
            self._settled_s = time.monotonic()
        self.register.refresh()

    def _count(self, answers: Answers) -> None:
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
            "rules": self._rules_said(),
        }

    def _rules_said(self) -> dict[str, Any] | None:
        """Which rules hold, since when, and, where they come from the log, by what and until when."""
        now_us, enforcement = self._clock(), self.enforcement
        rules = self.rules
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


def _now_us() -> int:
    return time.time_ns() // 1000


def _no_decisions(count: int) -> Decisions:
    """Room for decisions (N,)."""
    from openleo.kernels.policy import ANSWER

    return Decisions(**{name: np.zeros(count, ANSWER[name]) for name in ANSWER.names or ()})


def _give_back(histories: Rows, before: Rows, rows: Rows, taken: NDArray[np.bool_]) -> None:
    """Let sequence numbers of messages that are not taken be unused."""
    for k in np.unique(rows["terminal"][~taken]):
        if k >= 0:
            used = rows["sequence"][taken & (rows["terminal"] == k)]
            histories[k]["sequence"] = max(int(before[k]["sequence"]), *used.tolist(), -1)


def _said_again(row: Any, stored: Any) -> bool:
    """Whether two rows say the same; a measure that is missing in both is the same."""
    if row["sequence"] != stored["sequence"] or int(row["cell"]) != int(stored["cell"]) % 2**64:
        return False
    return all(row[name] == stored[name] or (row[name] != row[name] and stored[name] != stored[name])
               for name in _AGAIN)  # fmt: skip


def _put_stored(made: Decisions, i: int, stored: Any, *, same_rules: bool) -> None:
    """Write a stored decision over row i; its zone is that of other rules unless they are the same."""
    for column, name in (
        ("outcome", "outcome"), ("primary", "reason"), ("valid_us", "valid_us"),
        ("retry_us", "retry_us"), ("retry_km", "retry_km"), ("rate_mbps", "rate_mbps"),
        ("satellite", "granted"), ("gateway", "gateway"), ("finding", "findings"),
    ):  # fmt: skip
        getattr(made, column)[i] = stored[name]
    made.reasons[i] = int(stored["reasons"]) % 2**64
    made.zone[i] = stored["zone"] if same_rules else -1


def _plain(value: Any) -> int | float | None:
    """A number as JSON has it: none for NaN and for -1 of a satellite."""
    found: int | float = value.item()
    return None if found != found else found
