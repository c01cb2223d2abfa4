"""A log read for what it says of rules, by controller and auditor alike.

What comes out depends on the entries, on the rules beside them, on whom the reader trusts and on nothing else
that a reader may have seen: when witnesses saw an entry counts by what the log itself keeps of that.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from openleo.errors import InputError
from openleo.ledger.entries import Commitment, Entry, Keys, Unknown
from openleo.ledger.errors import LedgerError, Malformed, Unverified
from openleo.ledger.policy import Policy
from openleo.ledger.statements import Statements
from openleo.ledger.tiles import Tree
from openleo.service.governance.changes import Beside, Record, replay
from openleo.service.governance.judging import UNWITNESSED
from openleo.service.governance.pack import unpack
from openleo.service.governance.seen import Opened, Seen, cosigned, covering, kept
from openleo.service.regions import map_hash

if TYPE_CHECKING:
    from openleo.service.governance.entries import Change
    from openleo.service.governance.judging import Packs
    from openleo.service.regions import RuleSet

Kept = Unknown | Commitment | Keys
"""Entries that say something of rules, of requests, or of whom to believe."""

_LOG: Final = "log "


def is_kept(entry: Entry | None) -> TypeGuard[Kept]:
    """Whether an entry of a log is needed to read it."""
    return isinstance(entry, Unknown | Commitment | Keys)


class Reader:
    """The entries of one log, which was audited, and when they were seen."""

    def __init__(
        self, entries: Sequence[tuple[int, Kept]], tree: Tree, origin: str, policy: Policy | None,
        opened: Opened | None = None,
    ) -> None:  # fmt: skip
        """entries: with their indices, all that `is_kept`. tree: of the log. policy: whom the reader trusts;
        None: what the log stated of itself. opened: what was found of checkpoints before, by whoever reads
        the same log again; added to."""
        self._entries, self._origin = entries, origin
        self._opened: Opened = opened if opened is not None else {}
        self._policies: dict[bytes, Policy] = {}
        self.known: list[Seen] = []
        """The checkpoints that the log keeps and that are believed, in its order."""
        statements = Statements(origin, lambda place, why: None, lambda index, ref: None)
        for index, entry in entries:
            if isinstance(entry, Keys):
                statements.read(index, entry.raw)
            elif isinstance(entry, Unknown) and (held := _trusted(policy, statements)) is not None:
                seen = kept(index, entry, tree, held, self._opened)
                if seen is not None:
                    self.known.append(seen)
                    self._policies[seen.note] = held
        self._covering = covering(self.known)
        self._stated = [] if policy is not None else [each for each in statements.keys if not each.refused]

    def covered_by(self, index: int) -> Seen | None:
        """The checkpoint that decides when an entry was seen; None where the log keeps none over it."""
        at = bisect_right(self._covering, index, key=lambda each: each.size)
        return self._covering[at] if at < len(self._covering) else None

    def _seen_at(self, index: int) -> int | None:
        seen = self.covered_by(index)
        if seen is None:
            return None
        stated = [each.entry.policy_parsed for each in self._stated if each.index < index][-1:]
        return seen.time if all(self._held(each, seen) for each in stated) else UNWITNESSED

    def _held(self, policy: Policy, seen: Seen) -> Seen | None:
        """A checkpoint under another policy than it was kept by; None where that does not accept it."""
        own = replace(policy, logs=self._policies[seen.note].logs)
        if (own.raw, seen.note) not in self._opened:
            try:
                self._opened[own.raw, seen.note] = cosigned(seen.note, own)
            except (Malformed, Unverified):
                self._opened[own.raw, seen.note] = None
        return self._opened[own.raw, seen.note]

    def seen_by(self, lines: str, index: int) -> int | None:
        """When the quorum of a policy had seen an entry (POSIX seconds); None where the log does not show it.

        It shows it by the checkpoint that covers the entry first, and by no other: those who are asked for
        sign at once, or what they sign comes too late. lines: of a tlog-policy, in which the keys of this log
        need not stand.
        """
        seen = self.covered_by(index)
        if seen is None:
            return None
        logs = "".join(f"{_LOG}{key.vkey}\n" for key in self._policies[seen.note].logs)
        try:
            own = Policy.parse(f"{logs}{_others(lines)}".encode())
        except Malformed:
            return None
        found = self._held(own, seen)
        return max(seen.time, found.time) if found is not None else None

    def record(
        self, packs: "Packs", laid_out: "dict[str, str] | None" = None, after: Record | None = None
    ) -> Record:
        """Every change played again; raises what `replay` raises.

        packs: the rules beside the log. laid_out: what was found before of rules, by change; added to. after:
        what was found in the first entries of the same log by the same policy, to go on from: nothing that is
        kept later makes it another.
        """
        done = after.size if after is not None else 0
        found = laid_out if laid_out is not None else {}

        def why_not(change: "Change") -> str:
            if change.hash not in found:
                found[change.hash] = not_laid_out(change, packs)
            return found[change.hash]

        return replay(
            ((i, entry.raw, self._seen_at(i)) for i, entry in self._entries if i >= done),
            Beside(self._origin, packs, self.seen_by, why_not),
            after,
        )


def _trusted(policy: Policy | None, statements: Statements) -> Policy | None:
    """Whom a checkpoint is believed that the log keeps behind what it has stated so far; None for nobody.

    By the keys that it had stated until then, whatever keys it states later: else it could sign its past
    anew. Each was signed for by those before, in an entry of the log.
    """
    stated = [each.entry for each in statements.keys if not each.refused]
    if not stated:
        return policy
    keys = tuple(dict.fromkeys(key for each in stated for key in each.verifiers))
    return replace(policy if policy is not None else stated[-1].policy_parsed, logs=keys)


def lay_out(change: "Change", packs: "Packs") -> "RuleSet":
    """The rules of a change, laid out on the map.

    Raises LedgerError where they cannot be had, InputError where they cannot be laid out, and Unverified
    where they are not those that the change states.
    """
    rules = unpack(packs(change.rules), f"rules of the change {change.hash[:12]}: ")
    if rules.digest != change.digest:
        if change.maps != map_hash():
            raise Unverified(
                f"the change {change.hash[:12]} was laid out on maps {change.maps[:12]}; this program has "
                f"{map_hash()[:12]}"
            )
        raise Unverified(f"its rules give the digest {rules.digest[:16]}, and it states {change.digest[:16]}")
    return rules


def not_laid_out(change: "Change", packs: "Packs") -> str:
    """Why the rules of a change cannot be laid out, or are others than it states.

    "" where they are those, and where this program has other maps: then it cannot say. Raises LedgerError
    where they cannot be had.
    """
    if change.maps != map_hash():
        return ""
    packs(change.rules)
    try:
        lay_out(change, packs)
    except (InputError, LedgerError) as error:
        return str(error)
    return ""


def _others(lines: str) -> str:
    """The lines of a policy but those that name logs: which log it is stands fast."""
    return "".join(f"{each}\n" for each in lines.splitlines() if each.split()[:1] != [_LOG.strip()])
