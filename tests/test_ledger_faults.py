"""Faults of the log's writer: killed at every step, disks that are full or fail, and mixtures of it all."""

import contextlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from ledger_faults import (
    ACTS,
    Act,
    Kept,
    a_log_before,
    copied,
    failed_at_every_step,
    killed_at_every_step,
    rounds,
)  # fmt: skip
from ledger_folders import ORIGIN
from ledger_writers import CALLS, Died, Nursery, Said, Writer, an_entry, injected, no_strace, watched

from openleo.ledger.errors import Halted, Unavailable, Unverified
from openleo.ledger.export import export
from openleo.ledger.log import Log
from openleo.ledger.restore import restore
from openleo.ledger.source import Folder

ROUNDS = 25
NOW = 1 << 33
"""After any test."""
CHANGING = tuple(call for call in CALLS if call not in ("openat", "fchmod"))
"""Of the calls before which writers are killed, those that leave something else on the disk."""


@pytest.fixture(scope="module")
def born() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="module")
def strace() -> None:
    """Skips where no faults can be injected."""
    if reason := no_strace():
        pytest.skip(f"{reason}: no faults are injected")


@pytest.fixture(scope="module")
def quick() -> Iterator[Path]:
    """A folder in memory, if there is one: a process that is killed takes nothing of the disk with it."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def before(quick: Path) -> Path:
    """A log of 254 entries with its marker, to be copied."""
    a_log_before(quick / "before")
    return quick / "before"


# ------------------------------------------------------------------ killed


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("acts", ["append", "texts", "keys"])
def test_killed_at_any_step_of_an_act_a_log_loses_nothing_and_goes_on(
    born: Nursery, before: Path, quick: Path, acts: str
) -> None:
    assert killed_at_every_step(born, before, ACTS[acts], quick / "run", calls=CHANGING) > 30


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_killed_at_any_step_of_its_making_a_log_is_made_or_made_anew(born: Nursery, quick: Path) -> None:
    (quick / "nothing").mkdir()
    folder = quick / "run" / "log"
    outcomes = set()

    def made_anew(kept: Kept) -> None:
        try:
            Log.open(folder).close()
            outcomes.add("made")
        except Unavailable as error:
            outcomes.add("cut short" if "cut short" in str(error) else "no log here")
            Log.create(folder, ORIGIN)
        left = {path.name for path in folder.iterdir()} - {"state.sqlite-wal"}
        assert left == {"key", "lock", "marker", "policy", "private", "public", "state.sqlite", "tmp"}

    making: list[Act] = [("create", {"folder": str(folder)})]
    kills = killed_at_every_step(
        born, quick / "nothing", making, quick / "run", first=[], calls=CHANGING, then=made_anew
    )
    assert kills > 30
    assert outcomes == {"made", "cut short", "no log here"}


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("call", "after"),
    [("rename", 3), ("fsync", 18), ("fdatasync", 0), ("rename", 5)],
    ids=["tiles renamed in part", "tiles there", "state committed", "marked"],
)
def test_killed_at_any_step_of_the_start_after_that_a_log_loses_nothing(
    born: Nursery, before: Path, quick: Path, call: str, after: int
) -> None:
    kept = copied(before, quick / "killed")
    with born.writer() as writer:
        writer.do("open", folder=str(kept.folder))
        writer.do("die", call=call, after=after)
        with pytest.raises(Died):
            writer.do("append", names=[f"killed-{n}" for n in range(300)])
    opening: list[Act] = [("open", {"folder": str(quick / "run" / "log")}), ("wait", {})]
    assert killed_at_every_step(born, quick / "killed", opening, quick / "run", first=[], calls=CHANGING) > 4


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_killed_at_any_step_of_being_brought_forward_a_log_refuses_until_it_is(
    born: Nursery, before: Path, quick: Path
) -> None:
    behind, mirror = quick / "behind", quick / "mirror"
    ahead = copied(before, quick / "ahead")
    shutil.copytree(before, behind)
    names = [f"more-{n}" for n in range(20)]
    with Log.open(ahead.folder) as log:
        log.append([an_entry(name) for name in names])
    export(Folder(ahead.public), mirror, now=NOW)
    shutil.copy(quick / "ahead" / "log.signed", behind / "log.signed")
    said = set()

    def brought_forward(kept: Kept) -> None:
        try:
            Log.open(kept.folder).close()
        except Halted as error:
            said.add(str(error))
        restore(kept.folder, Folder(mirror))
        kept.acknowledged(names, 254)

    restoring: list[Act] = [("restore", {"folder": str(quick / "run" / "log"), "source": str(mirror)})]
    assert (
        killed_at_every_step(
            born, behind, restoring, quick / "run", first=[], calls=CHANGING, then=brought_forward
        )
        > 20
    )
    assert said
    assert all("openleo ledger restore" in each for each in said), said


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_no_checkpoint_contradicted_by_kill_9_at_any_moment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    with capsys.disabled():
        sys.stdout.write(f"\nkill -9, ledger: {ROUNDS} rounds, seed {seed}\n")
    assert rounds(tmp_path, ROUNDS, seed, lambda _: None) > ROUNDS


# ------------------------------------------------------------------ disks that are full, or fail


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("call", "error", "refusals"),
    [
        ("write", "ENOSPC", 5),
        ("pwrite64", "ENOSPC", 3),
        ("pwrite64", "EIO", 3),
        ("fsync", "EIO", 18),
        ("fdatasync", "EIO", 2),
        ("?rename,?renameat,?renameat2", "EIO", 5),
        ("?mkdir,?mkdirat", "ENOSPC", 3),
        ("openat", "EMFILE", 10),
        ("?unlink,?unlinkat,?rmdir", "EIO", 0),
    ],
)
def test_where_the_disk_refuses_once_nothing_is_written_or_the_log_goes_on(
    born: Nursery, before: Path, quick: Path, call: str, error: str, refusals: int
) -> None:
    act: Act = ("append", {"names": ["a", "b", "c"]})
    said = failed_at_every_step(born, before, act, quick / "run", call, f"error={error}:when={{step}}")
    refused = [each for each in said if each != "done"]
    assert all(each.startswith("NotWritten: nothing was written: ") for each in refused), refused
    assert len(refused) >= refusals
    if not refusals or call in ("write", "fsync", "fdatasync", "openat"):
        assert "done" in said  # once it is committed, the log tries again


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("call", "error", "outcomes"),
    [
        ("write", "ENOSPC", ("nothing was written", "will be published")),
        ("pwrite64", "ENOSPC", ("nothing was written",)),
        ("fsync", "EIO", ("nothing was written", "will be published")),
        ("fdatasync", "EIO", ("whether these entries are in the log", "done")),
    ],
)
def test_where_the_disk_refuses_for_a_while_the_log_says_so_and_goes_on_when_it_works_again(
    born: Nursery, before: Path, quick: Path, call: str, error: str, outcomes: tuple[str, ...]
) -> None:
    act: Act = ("append", {"names": ["a", "b", "c"], "timeout_s": 0.4})
    said = failed_at_every_step(born, before, act, quick / "run", call, f"error={error}:when={{step}}+")
    for outcome in outcomes:
        assert any(outcome in each for each in said), said
    for each in said:
        assert any(outcome in each for outcome in outcomes), said
        assert each.startswith("NotWritten: ") == ("nothing was written" in each)


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("more", [[], ["then"]])
def test_a_commit_that_may_be_on_the_disk_or_not_is_said_to_be_so_and_never_splits_the_log(
    born: Nursery, before: Path, quick: Path, more: list[str]
) -> None:
    kept = copied(before, quick / "run")
    with born.writer() as writer:
        writer.do("open", folder=str(kept.folder))
        # The third is that of the commit: before it are those of the log's header and of the folder.
        with injected(writer.pid, "fdatasync", "error=EIO:when=3+"):
            with pytest.raises(Said, match="Unavailable: whether these entries are in the log shows when"):
                writer.do("append", names=["a"])
            with pytest.raises(Said, match="NotWritten: nothing was written"):
                writer.do("append", names=["b"])
        kept.refused.add("b")
        for name in more:  # the disk works again, and it shows: they are not
            kept.acknowledged([name], writer.do("append", names=[name]))
            kept.refused.add("a")
    kept.reopened("after")


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(
    born: Nursery, before: Path, quick: Path
) -> None:
    kept = copied(before, quick / "run")
    with born.writer() as writer:
        writer.do("open", folder=str(kept.folder))
        writer.do("limit", size=30_000)  # of one file: that of the state's log comes to it, and then bundles
        _until_refused(writer, kept)
        with pytest.raises(Said, match="NotWritten: nothing was written"):
            writer.do("append", names=["too long" * 5000])
        writer.do("limit", size=-1)
        kept.acknowledged(["room"], writer.do("append", names=["room"]))
        assert writer.do("health")["halted"] is None
    kept.reopened("after")


def test_a_small_disk_that_is_full_takes_more_when_there_is_room(born: Nursery, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=600k", "none", str(small)]
    if shutil.which("mount") is None or subprocess.run(mounting, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        (small / "ballast").write_bytes(bytes(200_000))
        kept = Kept(small / "log")
        Log.create(kept.folder, ORIGIN)
        with born.writer() as writer:
            writer.do("open", folder=str(kept.folder), timeout_s=0.3)
            told = 0
            for _ in range(2):
                _until_refused(writer, kept)
                assert len(kept.told) > told + 5
                told = len(kept.told)
                (small / "ballast").unlink(missing_ok=True)
            assert writer.do("health")["halted"] is None
        shutil.copytree(small, tmp_path / "larger")
        larger = Kept(tmp_path / "larger" / "log", kept.told, kept.refused)
        larger.seen = kept.seen
        larger.reopened("after")
    finally:
        subprocess.run(["umount", str(small)], check=True)


def _until_refused(writer: Writer, kept: Kept) -> None:
    """Append until the disk refuses; what may be in the log is neither told nor refused."""
    for _ in range(1000):
        names = [f"{len(kept.told)}-{len(kept.refused)}-{k}-{'x' * 200}" for k in range(5)]
        try:
            kept.acknowledged(names, writer.do("append", names=names))
        except Said as error:
            if error.kind not in ("NotWritten", "Unavailable"):
                raise
            if error.kind == "NotWritten":
                kept.refused |= set(names)
            return
        kept.look()
    raise AssertionError("it was never full")


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("call", ["write", "pwrite64", "fsync", "fdatasync"])
def test_where_the_disk_refuses_what_is_brought_forward_nothing_of_it_is_lost(
    born: Nursery, before: Path, quick: Path, call: str
) -> None:
    def own_files_and_an_old_state() -> Kept:
        kept = copied(before, quick / "run")
        shutil.copy(kept.folder / "state.sqlite", quick / "old")
        kept.acknowledged(names, 254)
        with Log.open(kept.folder) as log:
            log.append([an_entry(name) for name in names])
        shutil.copy(quick / "old", kept.folder / "state.sqlite")
        return kept

    names = [f"more-{n}" for n in range(20)]
    refusals = 0
    for step in range(1, 1 << 20):
        kept = own_files_and_an_old_state()
        given = {"folder": str(kept.folder), "source": str(kept.public)}
        with born.writer() as writer:
            with injected(writer.pid, call, f"error=ENOSPC:when={step}") as fault:
                try:
                    writer.do("restore", **given)
                except Said as error:
                    refusals += 1
                    if error.kind not in ("NotWritten", "Unavailable"):
                        raise
            if not fault.came:
                break
            writer.do("restore", **given)
        kept.reopened("after")
    assert refusals > 1


# ------------------------------------------------------------------ power that is cut


WATCHED = "write,pwrite64,ftruncate,fsync,fdatasync,?mkdir,?rename,sendto"


class Disk:
    """What of a log's files and their names may not be on the disk yet, by the calls that strace saw."""

    def __init__(self) -> None:
        self.dirty: set[str] = set()
        self.new: set[str] = set()
        self.commits = self.marks = self.signed = self.answers = 0

    def see(self, line: str) -> None:
        """One call; before a transaction, a marker, a signature and an answer, more must be on the disk."""
        match = re.match(r"\d+ +(\w+)\((.*)", line)
        if match is None or " = -1 " in line:
            return
        call, given = match.groups()
        path = (re.search(r"<([^>]*)>", given) or re.search(r'"([^"]*)"', given) or [None, ""])[1]
        if call == "ftruncate" and path.endswith("-wal"):
            return  # all that was in it is in the file beside it
        if call in ("write", "pwrite64", "ftruncate"):
            if path.endswith("-wal"):
                self.commits += ", 4096, " in given
                self.needs("/public/", "/object/", "/private/")
            elif path.endswith(".signed"):
                self.marks += 1
                self.needs("/public/", "state.sqlite")
            elif "/tmp/.checkpoint" in path:
                self.signed += 1
                self.needs("/public/", "state.sqlite", ".signed")
            self.dirty.add(path)
        elif call in ("fsync", "fdatasync"):
            self.dirty.discard(path)
            self.new -= {name for name in self.new if str(Path(name).parent) == path}
        elif call.startswith("mkdir"):
            self.new.add(path)
        elif call.startswith("rename"):
            source, target = re.findall(r'"([^"]*)"', given)
            assert source not in self.dirty, f"{target} gets its name before it is on the disk"
            self.new.add(target)
        elif call == "sendto":
            self.answers += 1
            self.needs("")

    def needs(self, *where: str) -> None:
        """Nothing of these may wait for the disk."""
        waits = {path for path in self.dirty | self.new for each in where if each in path}
        assert not waits, f"not on the disk yet: {waits}"


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_nothing_is_signed_or_said_that_a_power_cut_could_take_back(
    born: Nursery, before: Path, quick: Path
) -> None:
    kept = copied(before, quick / "run")
    disk = Disk()
    with born.writer() as writer:
        writer.do("open", folder=str(kept.folder))
        with watched(writer.pid, WATCHED) as lines:
            for acts in (*ACTS.values(), ACTS["append"]):
                for act, given in acts:
                    writer.do(act, **given)
    for line in lines:
        disk.see(line)
    assert disk.commits == disk.marks == disk.signed == disk.answers == 7


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("call", [3, 4], ids=["its state", "its marker"])
def test_nor_what_a_writer_had_not_brought_to_the_disk_when_it_was_killed(
    born: Nursery, before: Path, quick: Path, call: int
) -> None:
    kept = copied(before, quick / "run")
    with born.writer() as writer:
        writer.do("open", folder=str(kept.folder))
        with injected(writer.pid, "fdatasync", f"signal=SIGKILL:when={call}"), pytest.raises(Died):
            writer.do("append", names=["a"])
    disk = Disk()
    disk.dirty = {str(kept.folder / "state.sqlite-wal"), str(quick / "run" / "log.signed")}
    with born.writer() as writer, watched(writer.pid, WATCHED) as lines:
        writer.do("open", folder=str(kept.folder))
        assert writer.do("wait") == 255
    for line in lines:
        if "sendto(" not in line:  # that it is open acknowledges nothing, and its thread may sync after that
            disk.see(line)
    assert disk.signed == 1


# ------------------------------------------------------------------ any mixture


class Life(RuleBasedStateMachine):
    """A log that is appended to, killed, closed, rotated, put back from backups and brought forward."""

    folders: ClassVar[Path]
    born: ClassVar[Nursery]

    def __init__(self) -> None:
        super().__init__()
        self.where = Path(tempfile.mkdtemp(dir=self.folders))
        self.kept = Kept(self.where / "log")
        self.count = 0
        self.behind = False
        self.texts: list[str] = []
        Log.create(self.kept.folder, ORIGIN)
        self.kept.reopened()
        self.backup()
        self.export()
        self.open()

    def open(self) -> None:
        """A new writer has the log."""
        self.writer = self.born.writer()
        self.writer.do("open", folder=str(self.kept.folder))
        self.writer.do("wait")

    def teardown(self) -> None:
        self.writer.close()
        if not self.behind:
            self.kept.reopened("at last")
        shutil.rmtree(self.where)

    @contextlib.contextmanager
    def dying(self, after: int | None) -> Iterator[None]:
        """The writer may be killed before so many more changes of the disk; then another one has the log."""
        if after is not None:
            self.writer.do("die", after=after)
        try:
            yield
        except Died:
            self.kept.look()
            self.writer.close()
            self.open()
        self.kept.look()

    def run(self, act: str, **given: Any) -> Any:
        """Have the writer do something, which it may refuse."""
        with contextlib.suppress(Said):
            return self.writer.do(act, **given)

    @precondition(lambda self: not self.behind)
    @rule(size=st.sampled_from((1, 2, 100, 255, 256, 300)), after=st.none() | st.integers(0, 40))
    def append(self, size: int, after: int | None) -> None:
        """Entries."""
        names = [f"{self.count}-{n}" for n in range(size)]
        self.count += 1
        with self.dying(after):
            self.kept.acknowledged(names, self.writer.do("append", names=names))

    @precondition(lambda self: not self.behind)
    @rule(after=st.none() | st.integers(0, 40))
    def put(self, after: int | None) -> None:
        """A text."""
        with self.dying(after):
            self.texts.append(self.writer.do("text", words="a text")[1])
            self.kept.objects.add(self.texts[-1])

    @precondition(lambda self: not self.behind and self.texts)
    @rule(after=st.none() | st.integers(0, 40))
    def withdraw(self, after: int | None) -> None:
        """Take the last text back."""
        name = self.texts.pop()
        with self.dying(after):
            self.writer.do("withdraw", name=name)
            self.kept.gone.add(name)

    @precondition(lambda self: not self.behind)
    @rule(act=st.sampled_from(("rotate", "finish")), after=st.none() | st.integers(0, 50))
    def change_keys(self, act: str, after: int | None) -> None:
        """Begin or end an overlap of keys; the one that cannot be is refused."""
        with self.dying(after):
            self.run(act)

    @precondition(lambda self: not self.behind)
    @rule(killed=st.booleans())
    def reopen(self, killed: bool) -> None:
        """Close, or kill, and open."""
        if not killed:
            self.writer.do("close")
        self.writer.close()
        self.kept.reopened()
        self.open()

    @precondition(lambda self: not self.behind)
    @rule()
    def backup(self) -> None:
        """A copy of the folder as it is now, be it in use; not of the marker."""
        shutil.rmtree(self.where / "backup", ignore_errors=True)
        shutil.copytree(self.kept.folder, self.where / "backup")

    @precondition(lambda self: not self.behind)
    @rule()
    def export(self) -> None:
        """A mirror of what is published."""
        export(Folder(self.kept.public), self.where / "mirror", now=NOW)

    @precondition(lambda self: not self.behind)
    @rule(state_alone=st.booleans(), mirrored=st.booleans())
    def lose(self, state_alone: bool, mirrored: bool) -> None:
        """The folder, or its state, is put back from the backup; the keys are those that there are now."""
        if mirrored:
            self.export()
        self.kept.look()
        self.writer.close()
        lost = self.where / "lost"
        shutil.rmtree(lost, ignore_errors=True)
        shutil.copytree(self.kept.folder, lost)
        for name in ("state.sqlite", "state.sqlite-wal"):
            (self.kept.folder / name).unlink(missing_ok=True)
        if state_alone:
            for path in (self.where / "backup").glob("state.sqlite*"):
                shutil.copy(path, self.kept.folder)
        else:
            shutil.rmtree(self.kept.folder)
            shutil.copytree(self.where / "backup", self.kept.folder)
            shutil.copy(lost / "key", self.kept.folder / "key")
        size = (self.where / "log.signed").read_bytes().split()[-2]
        try:
            Log.open(self.kept.folder).close()
            assert (self.kept.public / "checkpoint").read_bytes().split(b"\n")[1] >= size
        except Halted:
            self.behind = True
        else:
            self.open()

    @precondition(lambda self: self.behind)
    @rule(source=st.sampled_from(("mirror", "lost/public")))
    def bring_forward(self, source: str) -> None:
        """Up to the mirror, which may hold too little; or to what was found again of the folder."""
        try:
            restore(self.kept.folder, Folder(self.where / source))
        except (Halted, Unverified) as error:
            if not re.search("another mirror is needed|no signature of a known key", str(error)):
                raise
            with pytest.raises(Halted):
                Log.open(self.kept.folder)
        else:
            self.behind = False
            self.kept.reopened()
            self.open()


@pytest.mark.slow
def test_whatever_becomes_of_a_log_no_checkpoint_of_it_contradicts_another(
    born: Nursery, quick: Path
) -> None:
    Life.folders, Life.born = quick, born
    run_state_machine_as_test(Life, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
