"""What one controller enforced and when, noted outside the store so that the store can be held against it."""

import errno
import logging
import os
import re
import threading
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openleo.ledger.disk import write_file
from openleo.ledger.entries import time_of
from openleo.ledger.errors import LedgerError
from openleo.service.force import NEVER_US, zones_of
from openleo.service.governance.record import Record
from openleo.service.store.enforced import RuleRow, recorded, zones_hash
from openleo.service.store.opening import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.service.store import Store

ENFORCED: Final = "enforced"
SIZES: Final = "sizes"

_FIRST: Final = {
    ENFORCED: "# microseconds since 1970-01-01 UTC, digest of the rule set; begins: not yet in the store",
    SIZES: "# microseconds since 1970-01-01 UTC, entries of the checkpoint",
}
_LINE: Final = {
    ENFORCED: re.compile(rb"(begins )?([0-9]{1,17}) ([0-9a-f]{64})"),
    SIZES: re.compile(rb"()([0-9]{1,17}) ([0-9]{1,18})"),
}
_MOST: Final = 9  # sentences of one kind
_AGAIN_US: Final = 60_000_000  # so long, one that could not begin is not noted once more

_log = logging.getLogger("openleo.enforcement")


class Journal:
    """Two files beside a controller's copy of the log: `enforced`, which rule set since when, and `sizes`,
    how many entries the checkpoint had under which decisions stand.

    A rule set is noted before the store is told, as one that `begins`, and after that again: where a process
    died in between, the next one finds by the store which of the two it was. What cannot be written, as on a
    full disk, is kept in memory and tried again: notes are for finding what was tampered with, and what the
    log says holds without them. Safe for use by many threads.
    """

    def __init__(self, folder: Path, clock: Callable[[], int]) -> None:
        """folder: made where it is missing. clock: microseconds since 1970-01-01 UTC; without lines, the
        store is held against the log from now on. What cannot be read stops nothing, and is said."""
        self.changed: list[str] = []
        """What of the notes was changed, in sentences."""
        self._cut: list[str] = []
        self._full = ""  # why lines are not on the disk
        self._folder = folder
        self._lock = threading.RLock()
        self._wanting: list[tuple[str, str]] = []  # lines that are not on the disk yet
        self._enforced: Counter[tuple[int, str]] = Counter()
        self._begun: Counter[tuple[int, str]] = Counter()  # of these, whether the store has them is not known
        self._sizes: list[tuple[int, int]] = []
        self._made: set[str] = set()  # files that are there, as far as is known
        new = not (folder / "newest").exists()  # of the copy, which begins after these
        for name in _FIRST:
            self._read(name, new)
        self._left = +self._begun  # by processes before this one
        self._since_us = min((us for us, _ in (self._enforced + self._begun)), default=clock())

    # ------------------------------------------------------------------ notes

    @contextmanager
    def enforcing(self, digest: str, from_us: int) -> Iterator[None]:
        """Note a rule set enforced from a time on: before the block, which tells the store, and after it."""
        key = from_us, digest
        with self._lock:
            if not any(one == digest and us > from_us - _AGAIN_US for us, one in +self._begun):
                self._begun[key] += 1
                self._note(ENFORCED, f"begins {from_us} {digest}")
        yield
        self._done(key)

    def grown(self, size: int, us: int) -> None:
        """Note that decisions stand under a checkpoint of so many entries from a time on."""
        with self._lock:
            insort(self._sizes, (us, size))
            self._note(SIZES, f"{us} {size}")

    @property
    def trouble(self) -> list[str]:
        """What is not noted, and what was cut off, in sentences."""
        return [*self._cut, *([f"Not noted beside the copy of the log: {self._full}"] if self._full else [])]

    @property
    def largest(self) -> int:
        """The most entries that were ever noted."""
        return max((size for _, size in self._sizes), default=0)

    def size_at(self, us: int) -> int | None:
        """Entries of the checkpoint under which decisions stood at a time, None where that was not noted."""
        at = bisect_right(self._sizes, (us, NEVER_US)) - 1
        return self._sizes[at][1] if at >= 0 else None

    # ------------------------------------------------------------------ the store

    def compare(
        self, store: "Store", record: Record | None, known: Mapping[str, "RuleSet"], looked_us: int
    ) -> list[str]:
        """What the store says was in force, and neither these notes nor the log do, in sentences.

        The first call completes what a process before this one had begun: it comes before any of its own.
        record: what the log says of rules. known: rule sets by their digests, as they were proven. looked_us:
        when the log was read last: what other servers put in force since is left to the next time. Raises
        StoreUnavailable.
        """
        self._write()
        noted = Counter(self._enforced)  # before the store is asked, for others write meanwhile
        try:
            found = recorded(store)
        except StoreUnavailable:
            raise
        except StoreError as error:  # such as words that are none in UTF-8
            _log.error("what the store says was in force cannot be read: %s", error)
            return ["The store was changed: its rows of rules, in_force or zones cannot be read"]
        there = Counter((from_us, found.digest(number)) for from_us, number in found.terms)
        for key, count in self._left.items():
            for _ in range(min(count, there[key] - noted[key])):
                self._done(key)
            self._begun[key] = 0  # what the store has not was never enforced
        self._left = Counter()
        missing = [
            f"its row in_force of {_time(from_us)} with the rule set {digest[:16]} is missing, or says "
            "something else"
            for (from_us, digest), count in noted.items()
            if there[from_us, digest] < count
        ]
        more = []
        for key in there:
            from_us, digest = key
            known_here = from_us < self._since_us or self._enforced[key] or self._begun[key]
            if known_here or (digest and from_us > looked_us):
                continue
            allowed = _digests_at(record, from_us)
            if digest not in allowed:
                more.append(
                    f"a row in_force of {_time(from_us)} names the rule set {digest[:16] or 'of no row'}; by "
                    f"the log it is {' or '.join(each[:16] for each in allowed) or 'none'}"
                )
        kinds = (missing, more, _of_rules(found.sets.values(), known), found.wrong)
        return [f"The store was changed: {each}" for said in kinds for each in _few(said)]

    # ------------------------------------------------------------------ the files

    def _done(self, key: tuple[int, str]) -> None:
        with self._lock:
            self._enforced[key] += 1
            self._begun[key] -= self._begun[key] > 0
            self._note(ENFORCED, f"{key[0]} {key[1]}")

    def _note(self, name: str, line: str) -> None:
        self._wanting.append((name, line))
        self._write()

    def _write(self) -> None:
        """Bring lines to the disk that are not there yet; where it cannot, that is said, and tried again."""
        with self._lock:
            try:
                for name in _FIRST:
                    if not (self._folder / name).exists():
                        if name in self._made:
                            self._say(f"{name} is missing")
                        self._make(name)
                while self._wanting:
                    name, line = self._wanting[0]
                    _append(self._folder / name, line.encode() + b"\n")
                    del self._wanting[0]
                full = ""
            except (OSError, LedgerError) as error:
                full = str(error)
            if full and full != self._full:
                _log.error("not noted: %s", full)
            self._full = full

    def _make(self, name: str) -> None:
        """Write a file with whatever of it is in memory."""
        lines = [_FIRST[name]]
        if name == SIZES:
            lines += [f"{us} {size}" for us, size in self._sizes]
        else:
            lines += [f"{us} {digest}" for us, digest in self._enforced.elements()]
            lines += [f"begins {us} {digest}" for us, digest in (+self._begun).elements()]
        self._folder.mkdir(parents=True, exist_ok=True)
        write_file(self._folder / name, "".join(f"{line}\n" for line in lines).encode())
        self._made.add(name)
        self._wanting = [each for each in self._wanting if each[0] != name]

    def _read(self, name: str, new: bool) -> None:
        """Read a file, or make it; what in it is no line of ours is said, and left out."""
        path = self._folder / name
        try:
            raw = path.read_bytes() if path.exists() else b""
            if not raw:
                if not new:
                    self._say(f"{name} is {'empty' if path.exists() else 'missing'}")
                self._make(name)
                return
            self._made.add(name)
            *lines, rest = raw.split(b"\n")
            if rest:  # what it was to say was never acted upon
                os.truncate(path, len(raw) - len(rest))
                self._cut.append(f"The last line of {path} was cut off, as by a loss of power")
        except (OSError, LedgerError) as error:
            self._cut.append(f"{path} cannot be read or written: {error}")
            return
        wrong = []
        for number, line in enumerate(lines, 1):
            match = _LINE[name].fullmatch(line)
            if match is not None:
                self._take(name, int(match[2]), match[3].decode(), bool(match[1]))
            elif not line.startswith(b"#"):
                wrong.append(number)
        for each in _few([f"line {number} is none that was written here" for number in wrong]):
            self._say(f"{name}: {each}")

    def _take(self, name: str, us: int, word: str, begins: bool) -> None:
        if name == SIZES:
            insort(self._sizes, (us, int(word)))
        elif begins:
            self._begun[us, word] += 1
        else:
            self._enforced[us, word] += 1
            self._begun[us, word] -= self._begun[us, word] > 0

    def _say(self, what: str) -> None:
        said = f"The notes beside the copy of the log were changed: {what}"
        if said not in self.changed:
            self.changed.append(said)
            _log.error("%s", said)


def _append(path: Path, raw: bytes) -> None:
    """Append to a file that is there, all of it or nothing, and bring it to the disk; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        try:
            if os.write(descriptor, raw) < len(raw):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _of_rules(rows: Iterable[RuleRow], known: Mapping[str, "RuleSet"]) -> list[str]:
    """What the store says of rule sets, and they do not."""
    said = []
    for row in rows:
        rules = known.get(row.digest)
        if rules is None:
            continue
        if (row.name, row.version) != (rules.name, rules.version):
            said.append(
                f"its row {row.number} of rules says {row.name!r}, version {row.version}; by the log it is "
                f"{rules.name!r}, version {rules.version}"
            )
        if row.zones != zones_hash(zones_of(rules)):
            said.append(f"zones of the rule set {row.digest[:16]} are not those of the log")
    return said


def _few(said: Sequence[str]) -> list[str]:
    """The first of them, and that there are more: whoever changes thousands of rows hides nothing else."""
    return [*said[:_MOST], f"{len(said) - _MOST} more of this kind"] if len(said) > _MOST else [*said]


def _digests_at(record: Record | None, us: int) -> list[str]:
    held = record.holds_at(us / 1e6) if record is not None else None
    if held is None:
        return []
    return [held.digest, *([held.before.digest] if held.before is not None else [])]


def _time(us: int) -> str:
    return time_of(us // 1_000_000)
