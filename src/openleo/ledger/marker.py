"""The last size that was signed, kept outside what backups restore: nothing below it is ever signed again."""

import os
from pathlib import Path
from typing import Final

from openleo.ledger.disk import PRIVATE, sync_folder, write_file
from openleo.ledger.encoding import decimal, hash_from_base64, to_base64
from openleo.ledger.errors import Halted, Malformed, Unavailable

_LONGEST: Final = 1 << 20
"""Bytes; a longer file is begun anew with its last line."""


class Marker:
    """A file of lines `size root`, one before each signature; the last whole line holds.

    It is a file beside the log's folder, not in it: whoever restores the folder from an old backup does not
    take this number back.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: tuple[int, bytes] | None = None
        """Size and root of the last checkpoint that was, or was about to be, signed."""
        self._file: int | None = None

    @classmethod
    def open(cls, path: Path) -> "Marker":
        """The marker at a path; raises Halted where it is missing or cannot be read."""
        found = cls(path)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            raise Halted(
                f"{path}: the marker is missing: without it nobody knows what this log signed last. Put it "
                "back, or bring the log up to a mirror that holds all that was signed: openleo ledger restore"
            ) from None
        except OSError as error:
            raise Halted(f"{path}: the marker cannot be read: {error.strerror}") from error
        whole = (
            raw[: raw.rfind(b"\n") + 1].decode("ascii", "replace").splitlines()
        )  # a torn last line is none
        if whole:
            size, _, root = whole[-1].partition(" ")
            try:
                found.last = decimal(size, "size"), hash_from_base64(root, "root")
            except Malformed as error:
                raise Halted(f"{path}: line {len(whole)} of the marker: {error}") from error
        if not raw.endswith(b"\n") or len(raw) > _LONGEST:
            found._begin()
        return found

    @classmethod
    def create(cls, path: Path) -> "Marker":
        """A marker of a log that never signed; raises Halted where there is one already."""
        if path.exists():
            raise Halted(f"{path}: there is a marker already, of a log that signed with it")
        found = cls(path)
        found._begin()
        return found

    def record(self, size: int, root: bytes) -> None:
        """Say, durably, that this size is going to be signed.

        Raises Halted where a larger one was signed before, or another root at this size; Unavailable where
        the disk refuses.
        """
        if self.last is not None:
            if size < self.last[0]:
                raise Halted(f"size {size} is below {self.last[0]}, which was signed before ({self.path})")
            if size == self.last[0] and root != self.last[1]:
                raise Halted(f"another root was signed at size {size} before ({self.path})")
            if size == self.last[0]:
                return
        try:
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            line = _line(size, root)
            if os.write(self._file, line) != len(line):
                raise OSError("it was written in part")
            os.fdatasync(self._file)
        except OSError as error:
            self.close()
            self._mend()
            raise Unavailable(f"{self.path}: cannot be written: {error.strerror or error}") from error
        self.last = size, root
        if os.fstat(self._file).st_size > _LONGEST:
            self.close()
            self._begin()

    def _begin(self) -> None:
        """Write the file anew, with the last line alone."""
        write_file(self.path, b"" if self.last is None else _line(*self.last), mode=PRIVATE)
        sync_folder(self.path.parent)

    def _mend(self) -> None:
        """After a write that failed: no torn line may stand before the next one."""
        try:
            with self.path.open("rb+") as file:
                raw = file.read()
                file.truncate(raw.rfind(b"\n") + 1)
        except OSError:
            pass  # the next record, or the next start, meets it again

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _line(size: int, root: bytes) -> bytes:
    return f"{size} {to_base64(root)}\n".encode()
