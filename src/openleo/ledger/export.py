"""A copy of a log as a static folder, which any web server can host and any verifier can read."""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from openleo.ledger.ahead import read_ahead
from openleo.ledger.audit import audit
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.disk import alone, remove, write_file
from openleo.ledger.encoding import to_base64
from openleo.ledger.errors import Malformed, Missing, Refused, Unavailable, Unverified
from openleo.ledger.history import root_at
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.objects import object_path
from openleo.ledger.policy import Policy
from openleo.ledger.recompute import wanted
from openleo.ledger.source import Folder, Source
from openleo.ledger.tiles import HEIGHT, WIDTH, Tile

PART: Final = ".part"
"""In an export, what was fetched and is not known to be right yet."""

_CUT_OFF: Final = ".cut-off-"
_OWN: Final = frozenset((PART, "checkpoint", "tile", "object"))


def export(
    source: Source,
    folder: Path | str,
    *,
    policy: Policy | None = None,
    now: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Checkpoint:
    """Copy what a log has published into a folder: checkpoint, tiles, entries and objects, all of it audited.

    An export that is there already is brought forward, and what stands in it is not fetched again; one that
    was cut off goes on where it was. Nothing in it changes before all was found right, and its checkpoint
    changes last. Objects that the log withdrew are not copied, and removed where they were. policy, now
    (POSIX seconds; this machine's time unless given) and progress are those of `audit`.
    Returns the checkpoint. Raises Refused where the folder holds something else, another log, or more of this
    one than the source does; Unverified, with what does not hold, where the source is not right, or no longer
    the log that was exported; Missing and Unavailable where it cannot be read, or the folder not be written.
    """
    folder = Path(folder)
    _check_folder(folder, source)
    raw = source.read("checkpoint", LARGEST_NOTE)
    if raw is None:
        raise Missing(f"{source}: there is no checkpoint here, and so no log")
    checkpoint = _parsed(raw, source)
    now = int(time.time()) if now is None else now
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            before = _before(folder, checkpoint, source)
            (folder / PART).mkdir(exist_ok=True)
            with read_ahead(source, _not_there(folder, checkpoint.size)) as quick:
                overlay = _Overlay(folder, quick, raw)
                try:
                    _check_grown(before, checkpoint, quick)
                    withdrawn = _audited(overlay, policy, now, progress)
                except Unverified:
                    remove(folder / PART)
                    raise
            _publish(folder, checkpoint, raw, withdrawn)
    except OSError as error:
        raise Unavailable(f"{error.filename or folder}: {error.strerror or error}") from error
    return checkpoint


def _check_folder(folder: Path, source: Source) -> None:
    if isinstance(source, Folder) and source.path.resolve() == folder.resolve():
        raise Refused(f"{folder}: it is the source; another folder is allowed")
    if folder.is_dir() and not (folder / "checkpoint").exists():
        others = sorted(each.name for each in folder.iterdir() if each.name not in _OWN)
        if others:
            raise Refused(f"{folder}: it holds {others[0]!r}; an export, an empty folder or none is allowed")


def _parsed(raw: bytes, source: Source) -> Checkpoint:
    try:
        return Checkpoint.parse(Note.parse(raw).text)
    except Malformed as error:
        raise Malformed(f"{source}: checkpoint: {error}") from None


def _before(folder: Path, checkpoint: Checkpoint, source: Source) -> Checkpoint | None:
    """The checkpoint of an export that is there, None without one; raises Refused where it is ahead."""
    there = Folder(folder)
    raw = there.read("checkpoint", LARGEST_NOTE)
    if raw is None:
        return None
    before = _parsed(raw, there)
    if before.origin != checkpoint.origin:
        raise Refused(f"{folder}: it holds the log {before.origin}; {source} is {checkpoint.origin}")
    if before.size > checkpoint.size:
        raise Refused(
            f"{folder}: it holds {before.size} entries, and {source} {checkpoint.size}: nothing is taken back"
        )
    return before


class _Overlay:
    """A log as it will be in a folder: what is there, what was fetched for it, the rest from its source."""

    def __init__(self, folder: Path, source: Source, checkpoint: bytes) -> None:
        self.source = source
        self.part = folder / PART
        self.anew: set[str] = set()
        """Paths of which the copies that are there are wrong."""
        self._here = (Folder(folder), Folder(self.part))
        self._checkpoint = checkpoint

    def __str__(self) -> str:
        return str(self.source)

    def read(self, path: str, most: int) -> bytes | None:
        """As a `Source` reads."""
        if path == "checkpoint":
            return self._checkpoint
        for folder in self._here if path not in self.anew else ():
            raw = folder.read(path, most)
            if raw is not None:
                return raw
        return self.source.read(path, most)

    def has(self, path: str) -> bool:
        """Whether there is a copy, right or not."""
        return any((folder.path / path).exists() for folder in self._here)

    def keep(self, path: str, raw: bytes) -> None:
        """Put what was fetched beside what is there already."""
        if path == "checkpoint" or (self.has(path) and path not in self.anew):
            return
        target = self.part / path
        target.parent.mkdir(parents=True, exist_ok=True)
        cut_off = target.with_name(f"{_CUT_OFF}{target.name}")
        cut_off.write_bytes(raw)
        cut_off.replace(target)


def _audited(
    overlay: _Overlay, policy: Policy | None, now: int, progress: Callable[[int, int], object] | None
) -> set[str]:
    """Audit what the export will be; returns the paths of objects that were withdrawn. Raises Unverified.

    Copies that turn out to be wrong, as after a crash, are fetched once more.
    """
    report = audit(overlay, policy, now=now, progress=progress, keep=overlay.keep)
    overlay.anew = {each.place for each in report.problems if overlay.has(each.place)} - {"checkpoint"}
    if overlay.anew:
        report = audit(overlay, policy, now=now, progress=progress, keep=overlay.keep)
    if not report.ok:
        more = f" (and {len(report.problems) - 1} more)" if len(report.problems) > 1 else ""
        raise Unverified(f"{overlay}: {report.problems[0]}{more}")
    return {object_path(each.object) for each in report.withdrawn}


def _check_grown(before: Checkpoint | None, checkpoint: Checkpoint, source: Source) -> None:
    """Check that the log that was exported is the beginning of the one at the source; raises Unverified."""
    if before is not None and before.size:
        root, _ = root_at(source, checkpoint, before.size)
        if root != before.root:
            raise Unverified(
                f"{source}: not the log that was exported before: at size {before.size} its root is "
                f"{to_base64(root)}, and it was {to_base64(before.root)}"
            )


def _publish(folder: Path, checkpoint: Checkpoint, raw: bytes, withdrawn: Collection[str]) -> None:
    """Put what was fetched in its place, then the checkpoint, and remove what it does not need."""
    partial = {tile.path for tile in _partial_tiles(checkpoint.size)}
    part = folder / PART
    for path in (*_files(part, "tile"), *_files(part, "object")):
        if path not in withdrawn:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).replace(folder / path)
    os.sync()  # for all files at once; the checkpoint must not be on the disk before them
    write_file(folder / "checkpoint", raw, part)
    for path in withdrawn:
        (folder / path).unlink(missing_ok=True)
    for path in _files(folder, "tile"):
        if ".p/" in path and path not in partial:
            (folder / path).unlink()
            with suppress(OSError):  # others are left in it
                (folder / path).parent.rmdir()
    remove(part)


def _files(folder: Path, kind: str) -> Iterator[str]:
    """Paths in a folder of all its tiles or objects, but for those whose writing was cut off."""
    for place, _, names in os.walk(folder / kind):
        for name in names:
            if not name.startswith(_CUT_OFF):
                yield (Path(place) / name).relative_to(folder).as_posix()


def _partial_tiles(size: int) -> Iterator[Tile]:
    """The tiles and bundles of a tree that are not full."""
    levels: tuple[int | None, ...] = (None, *range(-(-size.bit_length() // HEIGHT)))
    for level in levels:
        index, width = divmod(size >> HEIGHT * (level or 0), WIDTH)
        if width:
            yield Tile(level, index, width)


def _not_there(folder: Path, size: int) -> Iterator[Tile]:
    """Bundles and leaf tiles that must be fetched."""
    for tile in wanted(size):
        if not any((place / tile.path).exists() for place in (folder, folder / PART)):
            yield tile
