"""The folder of a new log: made whole, or made anew where its making was cut short."""

import os
from pathlib import Path
from typing import Final

from openleo.ledger.disk import PRIVATE, alone, remove, sync_folder, write_file
from openleo.ledger.errors import Halted, Refused, Unavailable
from openleo.ledger.marker import Marker
from openleo.ledger.note import Signer
from openleo.ledger.policy import Policy
from openleo.ledger.state import State

_UNFINISHED: Final = "unfinished"


def make(folder: Path, signer: Signer, policy: Policy, marker: Path) -> None:
    """Make the folder of a log without entries.

    marker: a file outside the folder. Raises Refused where there is something else in the folder, or the
    marker would lie in it; Halted where there is such a marker; Unavailable where the disk refuses.
    """
    if folder.resolve() in marker.resolve().parents:
        raise Refused(f"{marker}: the marker would lie in the log's folder; a file outside it is allowed")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        with alone(folder):
            _fill(folder, signer, policy, marker)
    except FileExistsError:
        raise Refused(f"{folder}: a file; a new or an empty folder is allowed") from None
    except OSError as error:
        raise Unavailable(f"{error.filename or folder}: {error.strerror or error}") from error


def _fill(folder: Path, signer: Signer, policy: Policy, marker: Path) -> None:
    unfinished, tmp = folder / _UNFINISHED, folder / "tmp"
    again = unfinished.exists()
    if not again and any(not each.name.startswith(f".{_UNFINISHED}.") for each in folder.iterdir()):
        raise Refused(f"{folder}: there is something in this folder; a new or empty one is allowed")
    write_file(unfinished, b"The making of this log was cut short: openleo ledger init makes it anew.\n")
    for each in folder.iterdir():
        if each != unfinished:
            remove(each)
    for name, mode in (("public", 0o755), ("private", 0o700), ("tmp", 0o700)):
        (folder / name).mkdir(mode)
    Marker.create(marker, unused=again).close()
    write_file(folder / "key", f"{signer.skey}\n".encode(), tmp, PRIVATE)
    write_file(folder / "policy", policy.raw, tmp)
    write_file(folder / "marker", f"{os.path.relpath(marker, folder)}\n".encode(), tmp)
    State(folder / "state.sqlite", create=True).close()
    sync_folder(folder)
    remove(unfinished)


def check_made(folder: Path, behind: bool) -> None:
    """Check that there is a log, made to the end.

    behind: a log that is to be brought forward, of which the key is enough. Raises Unavailable where there is
    none, Halted where its state is missing.
    """
    state = folder / "state.sqlite"
    if (folder / _UNFINISHED).exists():
        raise Unavailable(
            f"{folder}: the making of this log was cut short; make it anew: openleo ledger init"
        )
    if not state.is_file() and not (folder / "key").exists():
        raise Unavailable(f"{folder}: there is no log here; make one: openleo ledger init")
    if not state.is_file() and not behind:
        raise Halted(
            f"{state}: missing: without it nobody knows how far this log had come. Bring it up to a mirror "
            "that holds all that was signed: openleo ledger restore"
        )
