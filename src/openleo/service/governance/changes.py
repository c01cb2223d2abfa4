"""How rules change: every entry of a log played again, and by whose approval each state held.

Pure: no clock and no file. The controller enforces by this, and an auditor runs the same. What counts depends
on the entries, on the rule files beside them and on when witnesses saw them, and on nothing else; the map is
left to whoever enforces a rule set, or checks it before it is published (`check`).
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from openleo.errors import InputError
from openleo.ledger.entries import seconds_of
from openleo.ledger.errors import LedgerError
from openleo.ledger.objects import ObjectRef
from openleo.service.governance.approvals import approve as approve
from openleo.service.governance.differences import differences
from openleo.service.governance.entries import Act, Change, Stage, Touches
from openleo.service.governance.judging import Beside as Beside
from openleo.service.governance.judging import Judge
from openleo.service.governance.pack import unpack
from openleo.service.governance.record import Held as Held
from openleo.service.governance.record import Placed, Rules
from openleo.service.governance.record import Record as Record
from openleo.service.governance.verdict import GRACE_S as GRACE_S
from openleo.service.governance.verdict import judged, rules_in
from openleo.service.governance.verdict import lead_s as lead_s
from openleo.service.regions import map_hash

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet


def replay(
    entries: Iterable[tuple[int, bytes, int | None]], beside: Beside, after: Record | None = None
) -> Record:
    """What the entries of a log say of rules.

    entries: index, bytes, and when witnesses had seen it (POSIX seconds), in the order of the log; those that
    are not ours may be left out; None: the log does not say, and so neither it nor any behind it counts yet.
    beside: by what they are judged. after: the record of what stands before these entries, to go on from;
    `beside` may be another then.

    Nothing that an entry says is an error: what does not count is refused, with the reason. Raises InputError
    where indices do not grow, and what `beside.packs` raises for rules that otherwise count: what holds
    cannot be known without them, and whoever takes them away must not bring back what held before.
    """
    judge = _continued(after, beside) if after else Judge(beside)
    for index, raw, cosigned_s in entries:
        judge.read(index, raw, cosigned_s)
    return judge.record()


def check(
    change: Change,
    record: Record,
    pack: bytes | None = None,
    now_s: int | None = None,
    *,
    approvals: bool = True,
) -> list[str]:
    """Every reason for which a change would not count if it were seen now, in sentences; [] for none.

    pack: its rules, which are laid out on the map, too; without them they are looked for where those of the
    record are. now_s: POSIX seconds; None: when the last entry of the record was seen. approvals: whether
    those are looked at; a draft has none yet.
    """
    judge = _continued(record, None)
    judge.now = max(judge.now, now_s or 0)
    # its rules may not stand beside the log yet, and are laid out here
    judge.beside = replace(judge.beside, seen_by=lambda lines, index: judge.now, laid_out=lambda given: "")
    rules: Rules | str
    problems = []
    try:
        raw = judge.beside.packs(change.rules) if pack is None else pack
        rules = rules_in(raw)
        if not isinstance(rules, str):
            digest = unpack(raw, "rules: ").digest
            if digest != change.digest:
                problems.append(f"digest: {change.digest[:12]}; its rules make rule set {digest[:12]}")
            if change.maps != map_hash():
                problems.append(
                    f"maps: {change.maps[:12]}; this program has {map_hash()[:12]}: draft it anew"
                )
    except InputError as error:
        rules = str(error)
    except LedgerError as error:
        rules = f"rules: {error}"
    problems += [
        f"it stands in entry {index} already, and the log does not say yet that witnesses saw it: openleo "
        "rules seen"
        for index, act in record.unseen
        if isinstance(act, Change) and act.hash == change.hash
    ]
    _, found = judged(Placed(record.size, change, judge.now), judge.scene, approvals=approvals, rules=rules)
    return list(dict.fromkeys((*found, *problems)))


def would_count(act: Act, record: Record, now_s: int) -> str:
    """Why an entry that follows a change or a request would not count if it were seen now; "" where it would.

    now_s: POSIX seconds. What the record has that is not seen yet is taken as seen then, too: the entry that
    says so of this one says so of those before it. Of a change, `check` says more.
    """
    judge = _continued(record, None)
    seen_s = max(judge.now, now_s)
    for at, each in record.unseen:
        with suppress(LedgerError):  # rules that cannot be had now
            judge.read(at, each.raw, seen_s)
    index = max((judge.size, *(at + 1 for at, _ in record.unseen)))
    judge.read(index, act.raw, seen_s)
    return next((each.why for each in judge.refused if each.index == index), "")


def draft(
    record: Record,
    rules: "RuleSet",
    pack: bytes,
    reference: ObjectRef,
    *,
    time: str,
    requester: str,
    reason: str,
    effective_at: str,
    basis: str = "",
    power: Literal["", "restrict", "restore"] = "",
    ends_at: str = "",
    stages: tuple[Stage, ...] = (),
    touches: Touches | None = None,
    request: int = -1,
) -> Change:
    """A change of the rules that hold, or will hold last, to others; nobody has approved it yet.

    rules, pack, reference: the new rule set, its pack, and the object that the pack is sealed in. power: what
    an emergency does; it is made for what holds when it begins. The rest: as `Change` has it. Raises Refused
    where a member is not allowed, InputError where an emergency is to begin before there are rules.
    """
    held = record.holds_at(seconds_of(effective_at)) if power else None
    if power and held is None:
        raise InputError(f"effective_at: {effective_at}; there are no rules then, and so no emergency")
    base = next((each for each in record.changes if held and each.index == held.index), record.last)
    new = rules_in(pack)
    if isinstance(new, str):
        raise InputError(new)
    differs: tuple[str, ...] = ()
    if base is not None and base.rules is not None:
        differs = differences((base.rules.file, base.rules.files), (new.file, new.files))
    return Change(
        log=record.origin, time=time,
        kind="emergency" if power else "first" if base is None else "ordinary", power=power,
        base=base.change.digest if base else "", digest=rules.digest, maps=map_hash(), name=rules.name,
        rules=reference,
        requester=requester, reason=reason, basis=basis, effective_at=effective_at, ends_at=ends_at,
        stages=stages, differs=differs, touches=touches, request=request, approvals=(),
    )  # fmt: skip


def _continued(record: Record, beside: Beside | None) -> Judge:
    """The judge that made a record, to go on by itself."""
    judge = record.continued
    if not isinstance(judge, Judge):
        raise InputError("record: it was not made by replay")
    judge = judge.copy()
    judge.beside = beside or judge.beside
    return judge
