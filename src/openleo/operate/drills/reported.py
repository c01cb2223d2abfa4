"""Eight reports about a coast and a gulf, laid beside the log of the operator: who says what, on whose word.

The files of the world are imported as by `openleo report import`; what editors do stands in a file beside
them (`newsroom`). The log is a real one: it holds a limit in the gulf, and nothing of the request that six of
the documents tell of. What comes out is held against what the same file says is right.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, cast

from openleo.errors import InputError
from openleo.ledger.disk import PRIVATE
from openleo.ledger.entries import seconds_of
from openleo.operate.drills import public
from openleo.operate.drills.governed import BEGINS_S, Room, governed
from openleo.operate.drills.laid import laid_out, wrong
from openleo.operate.drills.laid_told import story, tables
from openleo.operate.drills.newsroom import Desk, read_script, work
from openleo.operate.drills.stage import DAY_S, Table
from openleo.service.governance.telling.reported import report_answer_line, report_line
from openleo.service.reports.compare import compare
from openleo.service.reports.comparison import Comparison
from openleo.service.reports.publish import Step, publish
from openleo.service.reports.record import Recorded
from openleo.service.store.reports import Reports
from openleo.world import World

if TYPE_CHECKING:
    from openleo.operate.drills.scene import Scene

NAME: Final = "reported"
WORLD: Final = f"{NAME}.toml"
PARTY: Final = "Harbour council of Tessane"
OFFICES: Final = ("network desk", "licensing desk")
REGISTER: Final = "reports.db"
NOT_SO: Final = "Not as it should be: {}."
BEGINS: Final = "2024-07-01T00:00:00Z"
DRAFTED: Final = "2026-01-28T09:00:00Z"
LIMITED: Final = "2026-02-09T00:00:00Z"
PUBLISHED: Final = "2026-05-20T09:00:00Z"


@dataclass(frozen=True)
class Setting:
    """What a room needs of a scene: its world, and the instant from which seconds count."""

    world: World
    epoch_us: int

    def seconds(self, time: str) -> float:
        """A time of the ledger as seconds after that instant."""
        return seconds_of(time) - self.epoch_us / 1e6


@dataclass(frozen=True)
class Reported:
    """How the drill came out; the same faces as `operate.drill.Drill` has.

    story: in sentences. found: what `to_dict` adds to it. tables: the same for people. public: what stands in
    the log of the rules, in sentences. wrong: what is not as the script says.
    """

    world: str
    title: str
    story: tuple[str, ...]
    found: dict[str, Any]
    tables: tuple[Table, ...]
    public: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether all came out as the script says."""
        return not self.wrong

    @property
    def governance(self) -> dict[str, Any]:
        """What stands in the log."""
        return cast("dict[str, Any]", self.found["governance"])

    def to_dict(self) -> dict[str, Any]:
        """One flat object."""
        head = {"world": self.world, "title": self.title, "story": list(self.story)}
        return head | self.found | {"wrong": list(self.wrong)}


def play(folder: Path | None = None, *, export: Path | None = None, keep: Path | None = None) -> Reported:
    """Play it.

    folder: with other documents, and a `case.toml` about them, than the built-in ones. export: a new or empty
    folder for a copy of the log, as `openleo audit` reads it. keep: one for the register, the log and its
    policy, as `openleo serve` shows them. Raises InputError where one is in use, or a file is not as it
    should be.
    """
    for each in (export, keep):
        _check_folder(each)
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(TemporaryDirectory()))
        if folder is None:
            folder = stack.enter_context(as_file(files("openleo") / "worlds" / NAME))
        script, world = read_script(folder), World.load(folder / WORLD)
        with (
            Reports.open(temporary / REGISTER, create=True, today=lambda: script.today) as reports,
            _governed(world) as (room, setting),
        ):
            desk = work(script, reports)
            _rules(room, setting)
            steps = _enter(desk, room, setting)
            found = laid_out(desk, _compared(desk, room), steps, room)
            lines = (*public.lines(room), *_claims_lines(room))
            if export is not None:
                room.export(export)
            if keep is not None:
                room.export(keep / "log")
                (keep / "log.policy").write_bytes(room.policy.raw)
        if keep is not None:
            (keep / REGISTER).touch(PRIVATE)
            shutil.copyfile(temporary / REGISTER, keep / REGISTER)
    differs = wrong(found, script.right)
    told = (*story(found), *map(NOT_SO.format, differs))
    return Reported(NAME, script.title, told, found, tables(found), lines, differs)


def title() -> str:
    """What the drill is about."""
    with as_file(files("openleo") / "worlds" / NAME) as folder:
        return read_script(folder).title


def _check_folder(folder: Path | None) -> None:
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: is in use; a new or an empty folder is allowed")


# ------------------------------------------------------------------------------------------------ the log


@contextmanager
def _governed(world: World) -> "Iterator[tuple[Room, Setting]]":
    """A room whose log begins when the operator's did, two years before the reports."""
    setting = Setting(world, round((seconds_of(BEGINS) - BEGINS_S) * 1e6))
    # a room asks of a scene no more than a setting has
    with governed(cast("Scene", setting)) as room:
        yield room, setting


def _rules(room: Room, setting: Setting) -> None:
    """Service everywhere; and from a day in February on a limit in the gulf. Nobody asks for anything."""
    for time, effective, rules, requester, reason, basis in (
        (BEGINS, "2024-07-02T00:00:00Z", "reported-before.rules.toml", "Larkline",
         "Fiction: service by the rules of this log begins.", "Fiction: licence of 2023-04-03"),
        (DRAFTED, LIMITED, "reported.rules.toml", "Radio Authority of Tolmara",
         "Fiction: a station in the gulf listens to the seabed.", "Fiction: order 7 of the authority"),
    ):  # fmt: skip
        room.turn(setting.seconds(time))
        given = room.draft(
            setting.world.path(rules), setting.seconds(effective), requester=requester, reason=reason,
            basis=basis,
        )  # fmt: skip
        room.publish(room.approved(given, *OFFICES))
        room.turn(setting.seconds(time) + DAY_S / 4)
        room.receipt(given.change.hash, PARTY)


def _enter(desk: Desk, room: Room, setting: Setting) -> list[Step]:
    """Put the hashes of the reviewed claims and their answers into the log."""
    room.turn(setting.seconds(PUBLISHED))
    record = room.account().record
    return list(publish(desk.reports, desk.script.case, room.log, record, room.now))


def _claims_lines(room: Room) -> Iterator[str]:
    """The claims and answers in the log, one a line, in its order."""
    for each in room.account().record.reports:
        yield report_line(each.claim, each.index)
        for index, answer in each.answers:
            yield f"  {report_answer_line(answer, index)}"


def _compared(desk: Desk, room: Room) -> Comparison:
    """The case, as everybody may see it, beside the log."""
    reports, case = desk.reports, desk.script.case
    documents, claims = reports.documents(case, reviewed=True), reports.claims(case, reviewed=True)
    entered = {each.number: reports.entry_of(each.number) for each in claims}
    now_s = room.air.now_us / 1e6
    return compare(
        case, documents, claims, today=desk.script.today, names=reports.names(case),
        given=reports.given_origins(case),
        versions={each.id: reports.versions(each.id, reviewed=True) for each in documents},
        hashes={number: entry[1] for number, entry in entered.items() if entry is not None},
        log=Recorded(room.account().record, now_s), operator=(desk.script.operator,), reviewed=True,
    )  # fmt: skip
