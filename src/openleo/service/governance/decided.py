"""By which entry of the log a decision was made, by whose approval, and how anybody checks that."""

from dataclasses import dataclass
from typing import Any, Final

from openleo.ledger.entries import time_of
from openleo.service.governance.record import FOREVER_S, Placed, Record

NO_LOG: Final = "No log: these rules were read from a file."


@dataclass(frozen=True)
class Decided:
    """What a rule set stands on.

    placed: the change that brought it. size: entries of the checkpoint under which the decision stands, None
    where that is not known. read_at: URL or folder of the log, "" where that is not known. from_s, until_s:
    from when until when it held, as far as is known (POSIX seconds).
    """

    placed: Placed
    size: int | None
    read_at: str
    from_s: int
    until_s: int

    @property
    def approved_by(self) -> list[tuple[str, str]]:
        """Whose approvals counted: names and organisations."""
        return [(each.approval.name, each.organisation) for each in self.placed.signed if not each.why_not]

    @property
    def check(self) -> str:
        """The command that checks all of it."""
        return f"openleo audit {self.read_at or 'URL'} --policy policy.txt"

    def value(self) -> dict[str, Any]:
        """It for programs."""
        change = self.placed.change
        return {
            "rules": change.digest,
            "name": change.name,
            "entry": self.placed.index,
            "change": change.hash,
            "kind": change.kind,
            "from": time_of(self.from_s),
            "until": None if self.until_s >= FOREVER_S else time_of(self.until_s),
            "checkpoint": self.size,
            "approved_by": [{"name": name, "organisation": of} for name, of in self.approved_by],
            "read_at": self.read_at or None,
            "check": self.check,
        }

    def rows(self) -> list[tuple[str, str]]:
        """It in words: what each says, and what it says."""
        change = self.placed.change
        until = "" if self.until_s >= FOREVER_S else f" until {time_of(self.until_s)}"
        kind = "an emergency, " if change.kind == "emergency" else ""
        under = f", under the checkpoint of {self.size} entries" if self.size is not None else ""
        names = ", ".join(f"{name} ({of})" if of else name for name, of in self.approved_by)
        return [
            (
                "log entry",
                f"{self.placed.index}, {kind}change {change.hash[:12]}: rules {change.name} "
                f"({change.digest[:12]}), from {time_of(self.from_s)}{until}{under}",
            ),
            ("approved by", names or "nobody"),
            ("read it", f"{self.read_at}, entry {self.placed.index}" if self.read_at else "not known"),
            ("check it", self.check),
        ]


def decided(record: Record, digest: str, at_s: float, *, size: int | None, read_at: str) -> Decided | None:
    """By which change a rule set held at a time, or was brought before it; None where the log has none.

    record: what the log says. digest: of the rule set, "" for whatever held. at_s: POSIX seconds. size,
    read_at: as `Decided` has them.
    """
    held = record.holds_at(at_s)
    if held is not None and digest in ("", held.digest):
        placed = record.change(held.change.hash)
        return Decided(placed, size, read_at, held.from_s, held.until_s) if placed is not None else None
    for each in reversed(record.changes):  # in a stage, the rules before; or those of a grant that ran on
        if each.change.digest == digest and each.began_s is not None and each.began_s <= at_s:
            return Decided(each, size, read_at, each.began_s, each.ended_s)
    return None
