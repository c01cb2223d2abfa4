"""Only what stands in the log is enforced: rule sets whose change counts, under a checkpoint with its quorum.

The log is copied and audited, all of its entries are replayed, and each rule set that holds or will hold is
kept with the proof that its change is in the log. What the store's database or the files of the copy say is
compared with that, and believed in nothing.
"""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openleo.errors import OpenLEOError
from openleo.ledger.entries import seconds_of, time_of
from openleo.ledger.errors import LedgerError, Malformed, Missing, Unavailable, Unverified
from openleo.ledger.policy import Policy
from openleo.ledger.proof import Proof
from openleo.ledger.source import Source
from openleo.service.force import NEVER_US
from openleo.service.governance.entries import Change
from openleo.service.governance.journal import Journal
from openleo.service.governance.mirror import Mirror, NotAccepted
from openleo.service.governance.reading import lay_out
from openleo.service.governance.record import FOREVER_S, Held, Record
from openleo.service.governance.seen import cosigned
from openleo.service.store.enforced import stood_under

if TYPE_CHECKING:
    from openleo.service.governance.entries import Stage
    from openleo.service.regions import RuleSet
    from openleo.service.store import Store

MINUTE_US: Final = 60_000_000
LATE_US: Final = 120_000_000
"""After so long without having reached the log, that is said."""
OLD_S: Final = 172_800
"""A log of which nothing new was seen for so long (s) may be kept back: each day has an entry of its own."""
MOST: Final = 100
"""Sentences that are kept of what was tampered with."""

_log = logging.getLogger("openleo.enforcement")


@dataclass(frozen=True)
class Standing:
    """What holds, and why anybody may believe it.

    held: from when until when, by which change, in which stage. rules: its rule set. former: in a stage, the
    one for terminals that it does not reach, else None. proof: of the change, under the checkpoint of `size`
    entries.
    """

    held: Held
    rules: "RuleSet"
    former: "RuleSet | None"
    proof: Proof
    size: int

    @property
    def stage(self) -> "Stage | None":
        """The stage that it is in, None where it holds as a whole."""
        return self.held.change.stages[self.held.stage] if self.held.stage >= 0 else None

    @property
    def regions(self) -> tuple[str, ...]:
        """In a stage by regions, those that it and the stages before it name."""
        stages = self.held.change.stages[: self.held.stage + 1]
        return tuple(dict.fromkeys(each for stage in stages for each in stage.regions))

    @property
    def until_us(self) -> int:
        """Until when, microseconds since 1970-01-01 UTC."""
        return NEVER_US if self.held.until_s >= FOREVER_S else self.held.until_s * 1_000_000


@dataclass(frozen=True)
class _State:
    """What the log says, as far as it was read: never changed, so that readers need no lock."""

    version: int = 0
    size: int = 0
    cosigned_s: int = 0
    record: Record | None = None
    standings: dict[int, Standing] = field(default_factory=dict)  # by the beginnings of their terms
    wrong: tuple[str, ...] = ()
    copies: int = 0


class Enforcement:
    """Follows a log, and says what holds by it. Safe for use by many threads."""

    def __init__(
        self, folder: Path | str, source: Source, policy: Policy, clock: Callable[[], int], *,
        reach: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        """Read what the folder holds, look at the log, and replay it; a log that is silent is no error.

        folder: of this controller alone, for its copy of the log. source: the log. policy: whom to trust.
        clock: microseconds since 1970-01-01 UTC. reach: asks the URL of a witness, and says why it does not
        answer, "" where it does; witnesses of the policy that have a URL are asked once a minute.
        Raises Unavailable where the folder cannot be written.
        """
        self.source = source
        self.policy = policy
        self.journal = Journal(Path(folder), clock)
        """What this controller enforced, and when."""
        self.mirror = Mirror(folder, policy, lambda: clock() / 1e6, self.journal.largest)
        self._clock = clock
        self._lock = threading.Lock()
        self._sets: dict[str, RuleSet] = {}
        self._laid: dict[str, RuleSet] = {}
        self._found: dict[str, str] = {}  # of emergencies, why their rules cannot be laid out
        self._state = _State()
        self._looked_us = 0
        self._trouble: list[str] = []
        self._said: list[str] = []
        self._reach = reach
        self._down: tuple[int, str] = (-MINUTE_US, "")  # when witnesses were asked, and who does not answer
        self._replayed = 0  # which copy of the log all entries were replayed from
        self.follow()

    # ------------------------------------------------------------------ what holds

    @property
    def version(self) -> int:
        """Another one whenever what holds, or will hold, may be another."""
        return self._state.version

    @property
    def size(self) -> int:
        """Entries of the checkpoint under which all of it stands."""
        return self._state.size

    @property
    def looked_us(self) -> int:
        """When the log was last reached, and what it had was taken; 0 for never."""
        return self._looked_us

    def held(self, now_us: int) -> Standing | None:
        """What holds at a time, with its proof; None where nothing does, or where it is not proven."""
        state = self._state
        held = state.record.holds_at(now_us / 1e6) if state.record is not None else None
        return state.standings.get(held.from_s) if held is not None else None

    def rules_at(self, now_us: int) -> "RuleSet | None":
        """The rule set that holds at a time, None where none does."""
        standing = self.held(now_us)
        return standing.rules if standing is not None else None

    def next_us(self, now_us: int) -> int:
        """When something else will, or may, hold, as far as the log says; NEVER_US where nothing is to come.

        A change that the log does not show yet to have been seen may turn out to have been.
        """
        record, standing = self._state.record, self.held(now_us)
        if record is None:
            return NEVER_US
        at = record.next_after(now_us / 1e6)
        may = [seconds_of(act.effective_at) for _, act in record.unseen if isinstance(act, Change)]
        return min(
            NEVER_US if at is None else at * 1_000_000,
            standing.until_us if standing else NEVER_US,
            *(each * 1_000_000 for each in may if each * 1_000_000 > now_us),
        )

    @property
    def record(self) -> Record | None:
        """What the log says of rules, None before anything was read."""
        return self._state.record

    # ------------------------------------------------------------------ following

    def follow(self) -> None:
        """Look at the log, and take what is new; where it cannot, `status` says why, and the old goes on."""
        with self._lock:
            trouble: list[str] = []
            looked_us, asked_us = self._looked_us, self._clock()
            try:
                self.mirror.look_after()
                self.mirror.follow(self.source)
                looked_us = asked_us
            except NotAccepted as error:
                trouble.append(f"Nothing new is enforced: {error}")
            except Unverified as error:
                trouble.append(f"Nothing new is enforced: {error}")
                self._say([f"The log was not taken: {error}"])
            except LedgerError as error:
                trouble.append(f"Nothing new is enforced: {error}")
            try:
                if self._replayed != self.mirror.taken and self._replay():
                    self._replayed = self.mirror.taken
                self._looked_us = looked_us  # what was copied and could not be read is not known
            except (LedgerError, OpenLEOError) as error:  # such as rules whose text is gone: tried again
                trouble.append(f"Nothing new is enforced: {error}")
            except Exception as error:  # noqa: BLE001  # whatever the log made of it: said, and the old goes on
                trouble.append(f"Nothing new is enforced: {type(error).__name__}: {str(error)[:200]}")
            if not trouble:
                trouble += self._of_the_log() or self._of_witnesses()
            for each in trouble:
                if each not in self._trouble:
                    _log.warning("%s", each)
            self._trouble = trouble

    def _of_the_log(self) -> list[str]:
        """What the log says of itself where it is served: that it cannot publish, for a witness is down."""
        try:
            raw = self.source.read("healthz", 1 << 16)
            said = json.loads(raw) if raw else {}
        except Unavailable as error:
            return [f"The log publishes nothing now: {error}"] if "503" in str(error) else []
        except (LedgerError, ValueError, RecursionError):
            return []
        if not isinstance(said, dict) or not (said.get("trouble") or said.get("halted")):
            return []
        return [f"The log publishes nothing now: {said.get('halted') or said['trouble']}"]

    def _of_witnesses(self) -> list[str]:
        """That too few witnesses answer, as far as the policy says where they are."""
        asked = {name: url for name, url in self.policy.urls.items() if name in self.policy.witnesses}
        if self._reach is None or not asked:
            return []
        now_us = self._clock()
        if not 0 <= now_us - self._down[0] < MINUTE_US:
            why = {name: self._reach(url) for name, url in asked.items()}
            left = [key for name, key in self.policy.witnesses.items() if not why.get(name)]
            said = "; ".join(f"{name}: {reason}" for name, reason in why.items() if reason)
            self._down = (now_us, "" if self.policy.satisfied(left) else said)
        down = self._down[1]
        return [f"Too few witnesses answer, so nothing new can be enforced: {down}"] if down else []

    def _replay(self) -> bool:
        """Replay all entries, and prove each rule set that holds or will hold; returns whether that is all.

        What cannot be read now, as when a disk fails once, leaves what was proven before, and is tried again.
        """
        mirror, now_s = self.mirror, self._clock() / 1e6
        before = self._state
        same = before.record is not None and before.record.size and before.copies == mirror.copies
        after = before.record if same else None
        record = mirror.reader().record(mirror.pack, self._found, after)
        standings: dict[int, Standing] = {}
        said, whole = [], True
        for held in record.terms:
            if held.until_s > now_s:
                try:
                    standings[held.from_s] = self._proven(held, record)
                except (LedgerError, OpenLEOError) as error:
                    known = before.standings.get(held.from_s)
                    if known is not None and _same(known.held, held):
                        standings[held.from_s] = replace(known, held=held)
                    else:
                        said.append(f"Entry {held.index} is not enforced: {error}")
                    whole &= not isinstance(error, Missing | Unavailable | Malformed)
        mirror.check_unchanged()
        newest = cosigned(mirror.raw, self.policy).time if mirror.raw else 0
        self._state = _State(
            before.version + 1, mirror.size, newest, record, standings, tuple(said), mirror.copies
        )
        if mirror.size != before.size:
            self.journal.grown(mirror.size, self._clock())
        return whole

    def _proven(self, held: Held, record: Record) -> Standing:
        """The rule set of a term, with the proof that its change is in the log; raises where it is not."""
        former = None
        if held.stage >= 0 and held.before is not None:
            placed = record.change(held.before.hash)
            if placed is None:
                raise Missing(f"the change {held.before.hash[:12]} that held before it is not in the log")
            self._proof(placed.index, placed.change)
            former = self._rules(placed.change)
        proof = self._proof(held.index, held.change)
        return Standing(held, self._rules(held.change), former, proof, self.mirror.size)

    def _proof(self, index: int, change: "Change") -> Proof:
        proof = self.mirror.proof(index, change.raw)
        proof.check(change.raw, self.policy, int(self._clock() / 1e6))
        return proof

    def _rules(self, change: "Change") -> "RuleSet":
        rules = self._laid.get(change.hash)
        if rules is None:  # by the change, whose hash names its text: a digest is what somebody claims of it
            rules = self._laid[change.hash] = lay_out(change, self.mirror.pack)
            self._sets[rules.digest] = rules
        return rules

    # ------------------------------------------------------------------ the store, and what is said

    def compare(self, store: "Store") -> None:
        """Compare what the store says was in force with the log; what differs is tampering, and is said."""
        said = self.journal.compare(store, self.record, self._sets, self._looked_us)
        # Another server on this store may be some seconds ahead; only then is it worth to look further back.
        size = stood_under(store, NEVER_US)
        if size > self.mirror.size:
            size = stood_under(store, self._clock() - LATE_US)
        if size > self.mirror.size:
            said.append(
                f"Decisions in the store stand under {size} entries of the log, and {self.mirror.size} are "
                "known here: the copy of the log was put back, or the store was changed"
            )
        self._say(said)

    @property
    def tampering(self) -> tuple[str, ...]:
        """What somebody changed, or tried to pass for the log, in sentences; nothing of it is enforced."""
        return tuple([*self.mirror.changed, *self.journal.changed, *self._said][:MOST])

    def _outwards(self, sentence: str) -> str:
        """A sentence as anyone may read it: where things stand on this machine is left out."""
        sentence = sentence.replace(str(self.mirror.folder), "the copy of the log")
        place = str(self.source)
        return sentence if "://" in place else sentence.replace(place, "the log")

    def _say(self, said: list[str]) -> None:
        for each in said:
            if each not in self._said and len(self._said) < MOST:
                self._said.append(each)
                _log.error("%s", each)

    def status(self, now_us: int) -> dict[str, Any]:
        """What holds, from which change, until when, and what is wrong; values as JSON has them."""
        state, standing = self._state, self.held(now_us)
        late = now_us - self._looked_us > LATE_US
        missed = [f"The log was last reached at {_time(self._looked_us)}"] if late and self._looked_us else []
        refused = [each for each in state.record.changes if each.refused] if state.record is not None else []
        if standing is None and refused:
            missed.append(
                f"No rules hold by this log, and nobody is newly served; entry {refused[-1].index} does not "
                f"count: {refused[-1].refused}"
            )
        if state.cosigned_s and now_us // 1_000_000 - state.cosigned_s > OLD_S:
            missed.append(
                f"Witnesses signed the log last at {time_of(state.cosigned_s)}: what it says "
                "may have been kept from here since"
            )
        record, held = state.record, standing.held if standing is not None else None
        stage = standing.stage if standing is not None else None
        return {
            "change": held.change.hash if held is not None else None,
            "entry": held.index if held is not None else None,
            "kind": held.change.kind if held is not None else None,
            "until": time_of(held.until_s) if held is not None and held.until_s < FOREVER_S else None,
            "stage": None
            if held is None or stage is None
            else {"number": held.stage, "share": stage.share or None, "regions": list(stage.regions)},
            "checkpoint": {
                "size": state.size, "cosigned": time_of(state.cosigned_s) if state.cosigned_s else None
            },
            "looked": _time(self._looked_us) if self._looked_us else None,
            "unseen": [
                f"Entry {index}, {act.type}: the log does not say yet that witnesses saw it"
                for index, act in (record.unseen if record is not None else ())
            ][-20:],
            "wrong": [*map(self._outwards, (
                *self.tampering, *self._trouble, *self.journal.trouble, *state.wrong, *missed
            ))],
            "refused": [
                f"Entry {each.index}: {each.why}" for each in (record.refused if record is not None else ())
            ][-20:],
        }  # fmt: skip


def _same(one: Held, other: Held) -> bool:
    """Whether two terms are of one change, in one stage of it, over the same rules."""
    return (one.change, one.stage, one.before) == (other.change, other.stage, other.before)


def _time(us: int) -> str:
    return time_of(us // 1_000_000)
