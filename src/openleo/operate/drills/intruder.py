"""An intruder at the machine of a drill's controller, who would have a country go dark, and what is tried.

The edits are real: SQL on the store's file, files written over, signatures by real keys, a witness that is
stopped. All of it happens in the temporary folder of the drill.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from openleo.ledger.canonical import canonical
from openleo.ledger.disk import write_file
from openleo.ledger.errors import Unavailable
from openleo.ledger.objects import object_path, seal
from openleo.ledger.source import Folder
from openleo.ledger.web import Server
from openleo.ledger.witness import LARGEST_REQUEST
from openleo.operate.drills.governed import Room, not_reached
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.service import BY, entries
from openleo.service.controller import Controller
from openleo.service.governance import publishing
from openleo.service.governance.draft import Draft
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.pack import unpack

if TYPE_CHECKING:
    from openleo.service.answers import Answers
    from openleo.service.in_force import InForce
    from openleo.service.regions import RuleSet
    from openleo.service.terminals import Register

STORE, COPY, OLDER = "drill.sqlite", "mirror", "older"
"""In the folder of the drill: the store, the controller's copy of the log, and the log as it was before."""
DESKS: Final = ("network desk", "licensing desk")
STOPPED: Final = "witness.example/south"
IN_FORCE_S: Final = 540.0
"""So long after it was forced in, a change of the intruder would be in force."""


class Machine:
    """The controller's machine: a store, a copy of the log, and a controller that can begin anew on both."""

    def __init__(self, scene: Scene, room: Room, rules: "RuleSet") -> None:
        self._room = room
        self.store = room.folder / STORE
        self._open()
        self.register.add(entries(scene, rules), by=BY, now_us=room.air.now_us)

    def _open(self) -> None:
        air = self._room.air
        self._controller = Controller.open(
            self.store, self._room.enforcement, clock=lambda: air.now_us, live=air
        )

    @property
    def register(self) -> "Register":
        """Of the controller that runs."""
        return self._controller.register

    def check_in(self, rows: NDArray[np.void]) -> "Answers":
        """As `Controller.check_in`."""
        return self._controller.check_in(rows)

    @property
    def in_force(self) -> "InForce":
        """Which rules it decides by."""
        return self._controller.in_force

    def begin_anew(self) -> None:
        """Stop the controller, and begin anew from what stands on the disk and in the log."""
        self.close()
        room = self._room
        air, source = room.air, Folder(room.log.store.public)
        room.enforcement = Enforcement(
            room.folder / COPY, source, room.policy, lambda: air.now_us, reach=not_reached
        )
        self._open()

    def close(self) -> None:
        """Close the store."""
        self._controller.close()


@dataclass
class Intruder:
    """Who has access to the machine, to the log's writer and to keys, and would have the country go dark.

    dark: the pack of the rules that are wanted. heard: every sentence that the controller said so far.
    told: by attack, what it said first of that. not_published: what the log said without its witness.
    """

    room: Room
    machine: Machine
    dark: bytes
    heard: set[str] = field(default_factory=set)
    told: dict[str, list[str]] = field(default_factory=dict)
    not_published: str = ""

    # ------------------------------------------------------------------ the attacks

    def rows(self) -> None:
        """Put the dark rules in force, and rename the zones, by rows of the store."""
        rules = unpack(self.dark)
        with closing(sqlite3.connect(self.machine.store)) as base, base:
            for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                base.execute(f"DROP TRIGGER {name}")
            known = base.execute("SELECT max(number) FROM rules").fetchone()[0]
            row = (known + 1, rules.digest, rules.name, rules.version)
            base.execute("INSERT INTO rules (number, digest, name, version) VALUES (?, ?, ?, ?)", row)
            base.execute("UPDATE in_force SET rules = ?", (known + 1,))
            base.execute("UPDATE zones SET regions = 'east coast' WHERE regions = 'country'")

    def file(self) -> None:
        """Write the dark rules over those that the controller keeps beside its copy of the log."""
        held = self.room.enforcement.held(self.room.air.now_us)
        assert held is not None
        path = self.room.folder / COPY / "log" / object_path(held.held.change.rules.object)
        more = path.stat().st_size - len(seal(self.dark)[1])
        table = json.loads(self.dark)
        table["rules"] += " " * more  # so that it is as long as the one that it takes the place of
        path.write_bytes(seal(canonical(table))[1])

    def older(self) -> None:
        """Show the controller the log as it was when the rules before were in force."""
        self.room.enforcement.source = Folder(self.room.folder / OLDER)

    def older_copy(self) -> None:
        """Put its copy back, too, while the controller does not run; the log is the right one again."""
        copy = self.room.folder / COPY / "log"
        shutil.rmtree(copy)
        shutil.copytree(self.room.folder / OLDER, copy)

    def one_key(self) -> None:
        """Sign the dark rules twice with the one key that was got hold of."""
        self._force_in(self.room.approved(self._drafted(IN_FORCE_S), DESKS[0], DESKS[0]))

    def back_dated(self) -> None:
        """Have two desks sign the dark rules as if they had been in force for an hour."""
        self._force_in(self.room.approved(self._drafted(-3600.0), *DESKS))

    def witness(self) -> None:
        """Stop a witness, so that nobody sees what two desks sign."""
        given = self.room.approved(self._drafted(IN_FORCE_S), *DESKS)
        self.room.witnesses[STOPPED].close()
        self._beside(given)
        try:
            self.room.log.append([given.change.raw], timeout_s=0.5)
        except Unavailable as error:
            self.not_published = str(error)

    def unseen(self) -> None:
        """Have the log publish it without any witness, and say that it was seen."""
        self.room.log.change_policy("quorum none\n", "Fiction: it need not be seen")
        publishing.see(self.room.log)

    def witness_again(self) -> None:
        """The witness runs again, and the log publishes under its cosignature: the change is seen, late."""
        room = self.room
        old = room.witnesses[STOPPED]
        server = Server(old.answer, port=old.port, largest_body=LARGEST_REQUEST)
        server.start()
        try:
            lines = room.policy.raw.decode().splitlines(keepends=True)
            room.log.change_policy("".join(each for each in lines if not each.startswith("log ")), "Again")
            publishing.see(room.log)
        finally:
            server.close()
        room.look(cast("Controller", self.machine))

    def _drafted(self, in_s: float) -> Draft:
        room = self.room
        now_s = (room.air.now_us - room.scene.epoch_us) / 1e6
        return room.draft(self.dark, now_s + in_s, requester="Somebody", reason="Fiction: none.")

    def _beside(self, given: Draft) -> None:
        """Put its rules beside the log, as whoever publishes does."""
        public = self.room.log.store.public
        write_file(public / object_path(given.change.rules.object), given.sealed)

    def _force_in(self, given: Draft) -> None:
        """Put a change into the log as it is, past everything that looks at it before."""
        self._beside(given)
        publishing.append(self.room.log, given.change)

    # ------------------------------------------------------------------ what is said of it

    def hear(self, name: str) -> None:
        """Note what the controller says of the log and of its machine that it had not said before."""
        status = self.room.enforcement.status(self.room.air.now_us)
        for each in (*status["wrong"], *status["refused"]):
            if each not in self.heard:
                self.told.setdefault(name, []).append(each)
        self.heard.update((*status["wrong"], *status["refused"]))


@dataclass(frozen=True)
class Attack:
    """One of the six. short, done: what it is. later: what is done two minutes later. stopped: what is done
    while the controller is stopped."""

    short: str
    done: str
    act: Callable[[Intruder], None]
    later: Callable[[Intruder], None] | None = None
    stopped: Callable[[Intruder], None] | None = None


ATTACKS: Final = {
    "rows": Attack(
        "rows of the database edited",
        "In the database the country is switched off: rows of rules, in_force and zones are edited.",
        Intruder.rows,
    ),
    "file": Attack(
        "rule file swapped",
        "The rule file in the controller's copy of the log is swapped for one without service.",
        Intruder.file,
    ),
    "older": Attack(
        "older log and copy put back",
        "The log is replayed as it was when the rules before were in force, and so is the copy.",
        Intruder.older, stopped=Intruder.older_copy,
    ),
    "one key": Attack(
        "approved twice with one key",
        "A change that switches the country off is approved twice with one key.",
        Intruder.one_key,
    ),
    "back-dated": Attack(
        "back-dated by an hour", "Two desks approve it as of an hour ago.", Intruder.back_dated
    ),
    "witness": Attack(
        "witness stopped",
        "Two desks approve it, a witness is stopped, and then the log publishes it without one.",
        Intruder.witness, later=Intruder.unseen,
    ),
}  # fmt: skip
