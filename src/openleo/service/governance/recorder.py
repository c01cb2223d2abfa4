"""Who closes the days: where the rules name a recorder, a root of decisions counts with its signature alone.

Else whoever may write to a log could put a root of a day there first, and the true one would not count.
"""

from typing import TYPE_CHECKING

from openleo.service.governance.entries import signed_text
from openleo.service.governance.signing import signed_by

if TYPE_CHECKING:
    from openleo.service.governance.entries import Day
    from openleo.service.rulefile import RuleFile


def not_recorded(day: "Day", origin: str, file: "RuleFile | None") -> str:
    """Why the root of a day does not count in a log, "" where it does.

    origin: of the log. file: the rules that held when the entry was seen, None where none did: where they
    name no recorder, anybody who may write to the log closes a day.
    """
    if day.log != origin:
        return f"log: {day.log}; it stands in {origin}"
    key = recorder_in(file)
    if not key:
        return ""
    if day.signature is None:
        return "signature: is missing; the rules name a recorder, who signs the roots of days"
    if not is_of(key, day):
        return "signature: it is not that of the recorder whom the rules name"
    return ""


def recorder_in(file: "RuleFile | None") -> str:
    """The public key (64 hex digits) of the recorder whom rules name, "" for none."""
    return file.governance.recorder if file is not None else ""


def is_of(key: str, day: "Day") -> bool:
    """Whether the root of a day is signed by a public key (64 hex digits)."""
    return day.signature is not None and signed_by(key, signed_text(day), day.signature)
