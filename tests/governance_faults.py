"""`kill -9` between approval, log and enforcement: at the next start all of a change holds, or nothing.

    python -m tests.governance_faults [--rounds 100] [--seed 1] [--steps]

Each round a desk drafts a change, two people approve it, and it is published into a log with a witness, while
a controller follows that log, and terminals check in. The desk is killed before a call that the seed chooses,
and so is the controller: while it takes the change from the log, when it comes into force, or at its next
start. Then others go on where these were. What must hold:

- the draft is a file that can be read, with the approvals that were given, or those but the last;
- the log has the change once, with its rules beside it, or not at all; to publish it again puts it there, or
  says that it stands there;
- every check-in that was ever answered is stored, decided by the rules that the log says held then;
- rows of the store, notes of the controller and log agree, and nothing is told as tampering.

--steps kills desk and controller before every call of every act instead, each time from the same beginning.
"""

import argparse
import contextlib
import itertools
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import governance_writers
from enforced_log import BEGIN_S
from governance_writers import TERMINALS, Clock, account
from ledger_faults import say
from ledger_witnesses import eventually, served
from ledger_writers import Died, Nursery, Said, Writer

from openleo.ledger.log import Log
from openleo.ledger.web import Answer, Request
from openleo.ledger.witness import LARGEST_REQUEST, Witness
from openleo.service.governance.draft import Draft

APPROVERS = ("North", "South")
RULES: tuple[list[str], ...] = ([], ["FR"])
"""Countries without service, by turns: France has another answer after each change."""
AHEAD_S = 60
"""So long before it begins, a change is drafted."""
PAUSE_S = 0.01
"""Between the check-ins of a batch of terminals."""
MOST_CALLS = 70
"""Of one act, more or less."""


@dataclass
class Town:
    """A log, its witness and a store in one folder, and all that was ever answered."""

    where: Path
    born: Nursery
    told: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Of each check-in that was answered, by its number: when, and by which rules."""
    hashes: list[str] = field(default_factory=list)
    """The changes that were published and counted."""
    sequence: int = 0

    @property
    def file(self) -> Path:
        """The draft of the change that is under way."""
        return self.where / "change.json"

    @property
    def clock(self) -> Clock:
        """The one clock of all."""
        return Clock(self.where / "clock")

    def process(self) -> Writer:
        """A new process at this place."""
        made = self.born.writer()
        made.do("at", where=str(self.where))
        return made

    def controller(self) -> Writer:
        """A new controller, whose start says that nothing is wrong."""
        made = self.process()
        said = made.do("serve")
        assert said == [], said
        return made

    def ask(self, controller: Writer) -> None:
        """One check-in of each terminal."""
        self.sequence += 1
        us, digest, numbers = controller.do("check_in", sequence=self.sequence)
        assert len(set(numbers)) == TERMINALS
        assert not self.told.keys() & set(numbers), "a number was given twice"
        self.told |= dict.fromkeys(numbers, (us, digest))

    # ------------------------------------------------------------------ a desk

    def finish(self, desk: Writer) -> None:
        """Do whatever is missing until the change counts; a draft that is there is gone on with."""
        if not self.file.exists():
            desk.do("draft", file=str(self.file), off=RULES[len(self.hashes) % 2], in_s=AHEAD_S)
        for name in APPROVERS[len(Draft.read(self.file).change.approvals) :]:
            desk.do("approve", file=str(self.file), name=name)
        change = Draft.read(self.file).change.hash
        try:
            desk.do("publish", file=str(self.file))
        except Said as error:
            if error.kind != "InputError" or not re.search(
                "entry [0-9]+ (already|has it already)", str(error)
            ):
                raise
        assert self.check_log(change)
        if change in self._unseen():
            desk.do("see")
        self.hashes.append(change)
        assert self.check_log()
        assert not self._unseen()
        self.file.unlink()

    def _unseen(self) -> set[str]:
        unseen = account(self.where, self.clock).record.unseen
        return {getattr(act, "hash", "") for _, act in unseen}

    # ------------------------------------------------------------------ what must hold

    def check_draft(self, least: int, most: int) -> None:
        """The file is whole, with so many approvals; -1: it need not be there yet."""
        if not self.file.exists():
            assert least < 0, "a draft that was answered is gone"
            return
        names = [each.name for each in Draft.read(self.file).change.approvals]
        assert names == list(APPROVERS[: len(names)])
        assert least <= len(names) <= most

    def check_log(self, change: str = "") -> bool:
        """The log holds, and has what was published once; returns whether `change` stands there, if given."""
        found = account(self.where, self.clock)
        assert found.report.ok, found.report.problems
        assert not found.wrong
        assert not found.record.refused, found.record.refused
        hashes = [each.change.hash for each in found.record.changes]
        hashes += [getattr(act, "hash", "") for _, act in found.record.unseen]
        more = [change] if change in hashes and change not in self.hashes else []
        assert hashes == self.hashes + more, "a change is missing, or stands there twice"
        for each in found.record.changes:
            assert found.pack_of(each.change.digest)
        return not change or bool(more)

    def check_controller(self, controller: Writer) -> None:
        """Whatever was answered is stored, as it was answered, and by the rules that the log says held."""
        record = account(self.where, self.clock).record

        def by_the_log(us: int) -> str:
            held = record.holds_at(us / 1e6)
            return held.digest if held is not None else ""

        with contextlib.closing(sqlite3.connect(self.where / "store.db")) as base:
            digests = {-1: "", **dict(base.execute("SELECT number, digest FROM rules"))}
            terms = base.execute("SELECT from_us, rules FROM in_force").fetchall()
            rows = base.execute("SELECT number, received_us, rules FROM checkins").fetchall()
        stored = {number: (us, digests[rules]) for number, us, rules in rows}
        lost = {number: said for number, said in self.told.items() if stored.get(number) != said}
        assert not lost, f"answered, and not what is stored: {lost}"
        wrong = {number: said for number, said in stored.items() if said[1] != by_the_log(said[0])}
        assert not wrong, f"not by the rules of the log: {wrong}"
        known = sorted((us, digests[rules]) for us, rules in terms)
        assert all(digest == by_the_log(us) for us, digest in known), "in force, and not by the log"
        assert {rules for _, _, rules in rows} <= {-1, *(rules for _, rules in terms)}
        lines = (self.where / "mirror" / "enforced").read_text().splitlines()
        noted = sorted(
            (int(us), digest) for us, digest in (line.split() for line in lines if line[0] in "12")
        )
        assert noted == known, "the notes of the controller are not what the store says"
        assert controller.do("wrong") == []

    def settle(self) -> None:
        """Go on with processes that are not killed, until the change that is under way is in force."""
        with self.process() as desk:
            if self.file.exists() or not self.hashes:
                self.finish(desk)
        with self.controller() as controller:
            for _ in range(2):
                self.ask(controller)
                self.check_controller(controller)
                self.clock.pass_s(AHEAD_S)


class Place:
    """A folder in which towns are made, each a copy of the last; the witness of all is at one address."""

    def __init__(self, folder: Path) -> None:
        self.where = folder / "town"
        self._before = folder / "before"
        self._stack = contextlib.ExitStack()
        self._witness = contextlib.ExitStack()
        self._answer: Callable[[Request], Answer] | None = None
        self._port = self._stack.enter_context(served(self._asked, LARGEST_REQUEST)).port
        self.born = Nursery(governance_writers.__file__)
        self._stack.callback(self.born.close)
        self._stack.callback(lambda: self._witness.close())

    def _asked(self, request: Request) -> Answer:
        assert self._answer is not None
        return self._answer(request)

    def _open(self) -> None:
        self._witness.close()
        witness = Witness.open(self.where / "w1", Clock(self.where / "clock").seconds)
        self._witness.enter_context(witness)
        self._answer = witness.answer

    def town(self) -> Town:
        """A new one: a log and its witness, without rules."""
        self.where.mkdir()
        clock = Clock(self.where / "clock", BEGIN_S * 1_000_000)
        Log.create(self.where / "log", "log.example/rules", clock=clock.seconds)
        verifier = Witness.create(self.where / "w1", "witness.example/w1")
        with Log.open(self.where / "log", clock=clock.seconds, timeout_s=20.0) as log:
            vkey = log.store.signers[0].verifier.vkey
            (self.where / "w1" / "logs").write_text(f"log {vkey}\n")
            self._open()
            lines = f"witness w1 {verifier.vkey} http://127.0.0.1:{self._port}\nquorum w1\n"
            (self.where / "policy").write_text(f"log {vkey}\n{lines}")
            log.change_policy(lines, "a witness")
        return Town(self.where, self.born)

    def keep(self, town: Town) -> Town:
        """Keep it as it is, to go back to; no process may be at it."""
        shutil.rmtree(self._before, ignore_errors=True)
        self._witness.close()
        shutil.copytree(self.where, self._before)
        self._open()
        return town

    def again(self, town: Town) -> Town:
        """The town that was kept, as it was then."""
        self._witness.close()
        shutil.rmtree(self.where)
        shutil.copytree(self._before, self.where)
        self._open()
        return replace(town, told=dict(town.told), hashes=list(town.hashes))

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


# ------------------------------------------------------------------ a random loop


class Going:
    """A controller that looks at the log while terminals check in, until it dies or is told to stop."""

    def __init__(self, town: Town, controller: Writer) -> None:
        self.died = False
        self.batches = 0
        self._town, self._controller = town, controller
        self._over = threading.Event()
        self._die: int | None = None
        self._wrong: list[str] = []
        self._thread = threading.Thread(target=self._on_and_on)
        self._thread.start()

    def _on_and_on(self) -> None:
        try:
            while not self._over.is_set():
                if self._die is not None:
                    self._controller.do("die", after=self._die)
                    self._die = None
                self._controller.do("look")
                self._town.ask(self._controller)
                self.batches += 1
                self._over.wait(PAUSE_S)
        except Died:
            pass
        except (Said, AssertionError) as error:
            self._wrong.append(f"{type(error).__name__}: {error}")
        self.died = True

    def die(self, after: int) -> None:
        """Have it killed before so many more calls."""
        self._die = after

    def wait(self, batches: int) -> None:
        """Until terminals have checked in so often, or it has died."""
        most = self.batches + batches
        eventually(lambda: self.died or self.batches >= most)

    def end(self) -> None:
        """Kill it, whether it died or not; nothing may have been refused."""
        self._controller.kill()
        self._over.set()
        self._thread.join()
        self._controller.close()
        assert not self._wrong, self._wrong


def one_round(town: Town, controller: Writer, drawn: random.Random) -> tuple[Writer, str]:
    """A change from draft to force, with kills; returns a controller that goes on, and what was killed."""
    going = Going(town, controller)
    when = drawn.choice(("take", "force", "start"))
    if when == "take":
        going.die(drawn.randrange(MOST_CALLS))
    acts = [("draft", {"off": RULES[len(town.hashes) % 2], "in_s": AHEAD_S})]
    acts += [("approve", {"name": name}) for name in APPROVERS] + [("publish", {})]
    fatal, after = drawn.randrange(len(acts)), 0
    with town.process() as desk:
        done = -1
        with contextlib.suppress(Died):
            for number, (act, given) in enumerate(acts):
                if number == fatal:
                    after = drawn.randrange(MOST_CALLS if act == "publish" else 6)
                    desk.do("die", after=after)
                desk.do(act, file=str(town.file), **given)
                done = number
        desk.kill()
    town.check_draft(min(done, 2) if done >= 0 else -1, min(done + 1, 2))
    with town.process() as desk:
        assert done < len(acts) - 1 or town.check_log(Draft.read(town.file).change.hash)
        town.finish(desk)
    going.wait(2)  # it has looked at the log since
    if when == "force":
        going.die(drawn.randrange(8))
    town.clock.pass_s(AHEAD_S)
    going.wait(2)
    going.end()
    if when == "start":
        with town.process() as starting, contextlib.suppress(Died):
            starting.do("die", after=drawn.randrange(MOST_CALLS))
            starting.do("serve")
    made = town.controller()
    town.ask(made)
    town.check_controller(made)
    return made, f"the desk at {acts[fatal][0]} before call {after}, the controller at {when}"


def rounds(place: Place, count: int, seed: int, tell: Callable[[str], None] = say) -> int:
    """So many rounds on one log and one store; returns how many check-ins were answered."""
    drawn = random.Random(seed)
    town = place.town()
    town.settle()
    controller = town.controller()
    try:
        for number in range(count):
            before = len(town.told)
            controller, killed = one_round(town, controller, drawn)
            more = len(town.told) - before
            tell(f"round {number + 1}: killed {killed}; {more} check-ins answered, all holds")
    finally:
        controller.close()
    return len(town.told)


# ------------------------------------------------------------------ every step

Does = Callable[[Town, Writer], object]


def desk(act: str, **given: Any) -> Does:
    """An act of a desk, on the draft that is under way."""
    return lambda town, hands: hands.do(act, file=str(town.file), **given)


def nothing(town: Town, hands: Writer) -> None:
    """No more than to be there."""


def runs(town: Town, hands: Writer) -> None:
    """A controller that was there before the change was published."""
    hands.do("serve")
    with town.process() as other:
        town.finish(other)


def waits(town: Town, hands: Writer) -> None:
    """A controller at the time from which on the change holds."""
    hands.do("serve")
    town.clock.pass_s(AHEAD_S)


def new(town: Town, hands: Writer) -> None:
    """Neither a copy of the log nor a store is there."""
    shutil.rmtree(town.where / "mirror")
    (town.where / "store.db").unlink()
    town.told.clear()


APPROVED: tuple[tuple[str, Does], ...] = (
    ("a draft", desk("draft", off=RULES[1], in_s=AHEAD_S)),
    ("the first approval", desk("approve", name=APPROVERS[0])),
    ("the second approval", desk("approve", name=APPROVERS[1])),
)
STEPS: dict[str, tuple[int, Does, Does]] = {
    **{name: (done, nothing, act) for done, (name, act) in enumerate(APPROVED)},
    "publishing": (3, nothing, desk("publish")),
    "taking the change from the log": (3, runs, lambda town, hands: hands.do("look")),
    "starting with the change in the log": (4, nothing, lambda town, hands: hands.do("serve")),
    "starting for the first time": (4, new, lambda town, hands: hands.do("serve")),
    "coming into force": (4, waits, lambda town, hands: town.ask(hands)),
}
"""Of each: how much of the change is done before, what else is made ready, and what is killed."""


def steps(place: Place, names: Sequence[str] = tuple(STEPS), tell: Callable[[str], None] = say) -> int:
    """Kill a desk and a controller before every call of each act; returns how often."""
    town = place.town()
    town.settle()
    kills, ready = 0, 0
    for name in sorted(names, key=lambda name: STEPS[name][0]):
        done, before, act = STEPS[name]
        with town.process() as hands:
            for _, each in APPROVED[ready:done]:
                each(town, hands)
            if done > 3 >= ready:
                town.finish(hands)
        ready = done
        place.keep(town)
        found = _killed_at_every_call(place, town, before, act)
        tell(f"{name}: killed before each of {found} calls; each time all of the change holds, or nothing")
        kills += found
        town = place.again(town)
    return kills


def _killed_at_every_call(place: Place, town: Town, before: Does, act: Does) -> int:
    for after in itertools.count():
        here = place.again(town)
        lived = False
        with here.process() as hands:
            before(here, hands)
            hands.do("die", after=after)
            with contextlib.suppress(Died):
                act(here, hands)
                lived = True
        here.settle()
        if lived:
            return after
    raise AssertionError


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, help="of the moments; another each run without one")
    parser.add_argument("--steps", action="store_true", help="before every call of every act")
    given = parser.parse_args()
    memory = Path("/dev/shm")  # a process that is killed takes nothing of the disk with it
    with (
        tempfile.TemporaryDirectory(prefix="openleo-", dir=memory if memory.is_dir() else None) as folder,
        Place(Path(folder)) as place,
    ):
        if given.steps:
            say(f"killed {steps(place)} times")
            return
        seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
        say(f"seed {seed}")
        total = rounds(place, given.rounds, seed)
    say(f"{given.rounds} rounds, {total} check-ins answered, each by the rules that the log says held")


if __name__ == "__main__":
    main()
