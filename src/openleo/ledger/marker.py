"""The last size that was signed, kept outside what backups restore: nothing below it is ever signed again."""

import fcntl
import os
from pathlib import Path
from typing import Final

from openleo.ledger.disk import PRIVATE, sync_folder, write_file
from openleo.ledger.encoding import decimal, hash_from_base64, to_base64
from openleo.ledger.errors import Halted, Malformed, Unavailable

_LONGEST: Final = 1 << 20
"""Bytes; a longer file is begun anew."""


class Marker:
    """A file of lines `size root`, one before each signature; the last whole line holds.

    It is a file beside the log's folder, not in it: whoever restores the folder from an old backup does not
    take this number back. One process at a time holds it, so that of a folder and its copy one may sign.
    """

    def __init__(self, path: Path, file: int) -> None:
        """Taken by `open`."""
        self.path = path
        self.last: tuple[int, bytes] | None = None
        """Size and root of the last checkpoint that was, or was about to be, signed."""
        self._file = file
        self._anew = False

    @classmethod
    def open(cls, path: Path) -> "Marker":
        """The marker at a path, held until it is closed.

        Raises Halted where it is missing or wrong, or another process holds it; Unavailable where the disk
        refuses.
        """
        try:
            found = cls(path, _held(path))
        except FileNotFoundError:
            raise Halted(
                f"{path}: the marker is missing: without it nobody knows what this log signed last. Put it "
                "back, or bring the log up to a mirror that holds all that was signed: openleo ledger restore"
            ) from None
        except OSError as error:
            raise Halted(f"{path}: the marker cannot be held: {error.strerror}") from error
        try:
            found._read()
        except BaseException:
            found.close()
            raise
        return found

    @classmethod
    def create(cls, path: Path, *, unused: bool = False) -> "Marker":
        """A marker of a log that never signed; raises Halted where there is one already.

        unused: one that holds nothing may be there.
        """
        if path.exists() and not (unused and path.is_file() and path.stat().st_size == 0):
            raise Halted(f"{path}: there is a marker already, of a log that signed with it")
        write_file(path, b"", mode=PRIVATE)
        return cls.open(path)

    def _read(self) -> None:
        try:
            # What a program wrote before it was killed may not be on the disk yet.
            os.fsync(self._file)
            sync_folder(self.path.parent)
            raw = _whole(self._file)
        except OSError as error:
            raise Unavailable(f"{self.path}: the marker cannot be read: {error.strerror}") from error
        # What stands after the last newline is a line that was not finished: nothing was signed after it.
        lines = raw[: raw.rfind(b"\n") + 1].decode("ascii", "replace").splitlines()
        if lines:
            size, _, root = lines[-1].partition(" ")
            try:
                self.last = decimal(size, "size"), hash_from_base64(root, "root")
            except Malformed as error:
                raise Halted(
                    f"{self.path}: line {len(lines)} of the marker: {error}. If a mirror holds all that was "
                    "signed, take this file away, and bring the log up to the mirror: openleo ledger restore"
                ) from error
        self._anew = not raw.endswith(b"\n")

    def record(self, size: int, root: bytes) -> None:
        """Say, durably, that this size is going to be signed.

        Raises Halted where a larger one was signed before, or another root at this size, and where the file
        was replaced meanwhile; Unavailable where the disk refuses.
        """
        if self.last is not None:
            if size < self.last[0]:
                raise Halted(f"size {size} is below {self.last[0]}, which was signed before ({self.path})")
            if size == self.last[0] and root != self.last[1]:
                raise Halted(f"another root was signed at size {size} before ({self.path})")
        line = f"{size} {to_base64(root)}\n".encode()
        try:
            if not self._is_there() and not self._anew:
                raise Halted(f"{self.path}: the marker was removed or replaced while the log was open")
            if (size, root) == self.last:
                return
            if self._anew or os.fstat(self._file).st_size > _LONGEST:
                self._begin(line)
            elif os.write(self._file, line) != len(line):
                raise OSError("it was written in part")
            else:
                os.fdatasync(self._file)
        except (OSError, Unavailable) as error:
            # What a sync refused once, the next one may take for done; and a torn line may stand there.
            self._anew = True
            why = error if isinstance(error, Unavailable) else error.strerror or error
            raise Unavailable(f"{self.path}: cannot be written: {why}") from error
        self.last = size, root

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def _begin(self, line: bytes) -> None:
        """Write the file anew, with one line alone, and hold it."""
        self._anew = True
        write_file(self.path, line, mode=PRIVATE)
        file = _held(self.path)
        os.close(self._file)
        self._file, self._anew = file, False

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _held(path: Path) -> int:
    """The file at a path, which no other process holds meanwhile."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), os.stat(path)):
                return file
        except BlockingIOError:
            os.close(file)
            raise Halted(f"{path}: another process signs with this marker; one may at a time") from None
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _whole(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)
