"""A log read for what it says of rules, by controller and auditor alike.

What comes out depends on the entries, on the rules beside them, on whom the reader trusts and on nothing else
that a reader may have seen: when witnesses saw an entry counts by what the log itself keeps of that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from openleo.errors import InputError
from openleo.ledger.entries import Commitment, Entry, Keys, Unknown
from openleo.ledger.errors import LedgerError, Malformed, Unverified
from openleo.ledger.policy import Policy
from openleo.ledger.statements import Statements
from openleo.ledger.tiles import Tree
from openleo.service.governance.changes import Beside, Record, replay
from openleo.service.governance.pack import unpack
from openleo.service.governance.seen import all_seen, times
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


def trusted(
    policy: Policy | None, entries: Iterable[tuple[int, Kept]], origin: str
) -> list[tuple[int, Policy]]:
    """Whose checkpoints are believed, and from which entry on, until the next one of this list.

    policy: whom the reader trusts, in all of the log; None: what the log stated of itself at each time. A key
    that the log had before a rotation is one that the present one signed for, in an entry of the log.
    """
    statements = Statements(origin, lambda place, why: None, lambda index, ref: None)
    for index, entry in entries:
        if isinstance(entry, Keys):
            statements.read(index, entry.raw)
    stated = [each for each in statements.keys if not each.refused]
    keys = [key for each in stated for key in each.entry.verifiers]
    if policy is not None:
        return [(0, replace(policy, logs=tuple(dict.fromkeys((*policy.logs, *keys)))))]
    return [
        (each.index, replace(each.entry.policy_parsed, logs=tuple(dict.fromkeys(keys)))) for each in stated
    ]


class Reader:
    """The entries of one log, which was audited, and when they were seen."""

    def __init__(
        self, entries: Sequence[tuple[int, Kept]], tree: Tree, origin: str, policy: Policy | None, now: int
    ) -> None:
        """entries: with their indices, all that `is_kept`. tree: of the log. now: POSIX seconds."""
        self.trusted = trusted(policy, entries, origin)
        self._entries, self._tree, self._origin, self._now = entries, tree, origin, now
        self._unknown = [(index, entry) for index, entry in entries if isinstance(entry, Unknown)]
        self._own: dict[str, Mapping[int, int]] = {}
        self.right: set[tuple[int, bytes]] = set()
        """Size and root of the checkpoints that the log keeps, and its tree has."""
        self._at: dict[int, int] = {}
        for first, each in self.trusted:  # by their order, so that the last that holds for an entry stays
            self._at = {index: time for index, time in self._at.items() if index < first}
            self._at |= {index: time for index, time in self._times(each).items() if index >= first}

    def _times(self, policy: Policy) -> Mapping[int, int]:
        known = all_seen(self._unknown, self._tree, policy, self._now)
        self.right |= {(each.size, each.root) for each in known}
        return times([index for index, _ in self._entries], self._unknown, known, policy)

    def seen_by(self, lines: str, index: int) -> int | None:
        """When the quorum of a policy had seen an entry (POSIX seconds); None where the log does not show it.

        lines: of a tlog-policy, in which the keys of this log need not stand.
        """
        if lines not in self._own:
            keys = dict.fromkeys(key for _, each in self.trusted for key in each.logs)
            logs = "".join(f"{_LOG}{key.vkey}\n" for key in keys)
            try:
                own = Policy.parse((lines if lines.lstrip().startswith(_LOG) else logs + lines).encode())
                self._own[lines] = self._times(own)
            except Malformed:
                self._own[lines] = {}
        return self._own[lines].get(index)

    def record(self, packs: "Packs", laid_out: "dict[str, str] | None" = None) -> Record:
        """Every change played again; raises what `replay` raises.

        packs: the rules beside the log. laid_out: what was found before of rules, by change; added to.
        """
        found = laid_out if laid_out is not None else {}

        def why_not(change: "Change") -> str:
            if change.hash not in found:
                found[change.hash] = not_laid_out(change, packs)
            return found[change.hash]

        return replay(
            ((index, entry.raw, self._at.get(index)) for index, entry in self._entries),
            Beside(self._origin, packs, self.seen_by, why_not),
        )


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
