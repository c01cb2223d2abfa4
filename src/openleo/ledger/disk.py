"""Files that are there whole or not at all, whatever happens to the machine meanwhile."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from openleo.ledger.errors import Refused, Unavailable

PUBLIC: Final = 0o644
PRIVATE: Final = 0o600


def write_files(files: Mapping[Path, bytes], tmp: Path, mode: int = PUBLIC) -> None:
    """Write files durably: each to a temporary one, fsync, rename; then fsync of the folders they are in.

    tmp: a folder on the same file system. Files that are there are replaced; folders are made.
    Raises Unavailable, naming the file, where the system refuses (a full disk); each is whole, old or new.
    """
    path = tmp
    try:
        written = []
        for path, raw in files.items():
            written.append((_written(raw, tmp, mode), path))
        folders: dict[Path, None] = {}
        for temporary, path in written:
            _make_folder(path.parent)
            temporary.rename(path)
            folders[path.parent] = None
        for path in folders:
            sync_folder(path)
    except OSError as error:
        raise Unavailable(f"{path}: cannot be written: {error.strerror or error}") from error


def write_file(path: Path, raw: bytes, tmp: Path | None = None, mode: int = PUBLIC) -> None:
    """Write one file durably, as `write_files` does; without `tmp`, through its own folder."""
    write_files({path: raw}, tmp or path.parent, mode)


def _written(raw: bytes, tmp: Path, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=tmp)
    with open(descriptor, "wb") as file:
        try:
            os.fchmod(descriptor, mode)
            file.write(raw)
            file.flush()
            os.fsync(descriptor)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    return Path(name)


def _make_folder(path: Path) -> None:
    """Make a folder and those above it, each durable in the one above."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


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
