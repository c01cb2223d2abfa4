"""Files that are there whole or not at all, whatever happens to the machine meanwhile."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from openleo.ledger.errors import Refused, Unavailable

PUBLIC: Final = 0o644
PRIVATE: Final = 0o600

_LASTING: Final[set[Path]] = set()
"""Folders whose names this process has brought to the disk."""
_MOST_LASTING: Final = 4096


def write_files(files: Mapping[Path, bytes], tmp: Path, mode: int = PUBLIC) -> None:
    """Write files durably: each to a temporary one, fsync, rename; then fsync of the folders they are in.

    tmp: a folder on the same file system. Files that are there are replaced; folders are made.
    Raises Unavailable, naming the file, where the system refuses (a full disk); each is whole, old or new.
    """
    path = tmp
    written: list[tuple[Path, Path]] = []
    try:
        for path, raw in files.items():
            written.append((_written(raw, tmp, mode, path.name), path))
        folders: dict[Path, None] = {}
        for temporary, path in written:
            _make_folder(path.parent, tmp)
            temporary.rename(path)
            folders[path.parent] = None
        for path in folders:
            sync_folder(path)
    except OSError as error:
        for temporary, _ in written:  # a full disk is not to be filled with what nobody will read
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise Unavailable(f"{path}: cannot be written: {error.strerror or error}") from error


def write_file(path: Path, raw: bytes, tmp: Path | None = None, mode: int = PUBLIC) -> None:
    """Write one file durably, as `write_files` does; without `tmp`, through its own folder."""
    write_files({path: raw}, tmp or path.parent, mode)


def _written(raw: bytes, tmp: Path, mode: int, name: str) -> Path:
    descriptor, path = tempfile.mkstemp(prefix=f".{name[:64]}.", suffix=".tmp", dir=tmp)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(raw)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)
        raise
    return Path(path)


def _make_folder(path: Path, tmp: Path) -> None:
    """Make a folder and those above it, up to one that `tmp` is in, each durable in the one above.

    A folder that is there may be one that a program had made when it was killed, or that a disk refused to
    keep: its name is synced once by each process.
    """
    if path in (tmp, *tmp.parents, path.parent) or (path in _LASTING and path.is_dir()):
        return
    _make_folder(path.parent, tmp)
    there = path.is_dir()
    path.mkdir(exist_ok=True)
    try:
        sync_folder(path.parent)
    except OSError:
        if not there:  # what a sync refused once, the next one may take for done: it is made anew
            with suppress(OSError):
                path.rmdir()
        raise
    if len(_LASTING) >= _MOST_LASTING:
        _LASTING.clear()
    _LASTING.add(path)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, if it is there; its name is gone from the disk afterwards."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if path.parent.is_dir():
        sync_folder(path.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else who asks for it works in this folder meanwhile; raises Refused where somebody does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(f"{folder}: another process works in this folder; one at a time may") from None
        yield
    finally:
        os.close(descriptor)
