"""Whose signatures under a change count: distinct approvers of the charter, none of them who asked for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from openleo.ledger.entries import seconds_of, time_of
from openleo.service.charter import Approver, folded
from openleo.service.governance.entries import Change, Proceed, Receipt, Withdrawn, signed_text
from openleo.service.governance.record import Placed, Signed
from openleo.service.governance.signing import Approval, Statement, approval_text, sign, signed_by
from openleo.service.rulefile import RuleFile

AHEAD_S: Final = 300
"""By how much the clock of an approver may be ahead of the witnesses'."""


def approve(
    change: Change,
    seed: bytes,
    name: str,
    statement: Statement = "approve",
    interests: str = "",
    *,
    time: str,
) -> Change:
    """The same change with what an approver says of it, signed.

    seed: the private key, 32 bytes. name: of the approver in the charter. interests: those declared. time: as
    entries have it. Raises Refused where a member is not allowed.
    """
    text = approval_text(change.hash, statement, time, interests)
    said = Approval(name, statement, interests, time, sign(seed, text))
    return replace(change, approvals=(*change.approvals, said))


def approver_of(charter: RuleFile, name: str, seconds: float) -> Approver | str:
    """The approver of a name whose key is good at a time (POSIX seconds), or why there is none."""
    for each in charter.approvers:
        if each.name == name:
            if not each.begins.timestamp() <= seconds < each.ends.timestamp():
                return f"the key of {name} is good from {_told(each.begins)} until {_told(each.ends)}"
            return each
    return f"the charter has no approver {name!r}"


def signed(change: Change, charter: RuleFile, cosigned_s: int) -> tuple[Signed, ...]:
    """Each approval of a change, and why it does not count.

    charter: the rule file that decides. cosigned_s: when the change was seen; a key must be good at the time
    that its approval states, and still then, for that time is the approver's own word.
    """
    aside = {
        each.name: "stood aside" if each.statement == "recuse" else "says that it was signed under duress"
        for each in change.approvals
        if each.statement != "approve" and _holds(change, each, charter)
    }
    found: list[Signed] = []
    counted: set[str] = set()
    for each in change.approvals:
        known = next((one for one in charter.approvers if one.name == each.name), None)
        at = approver_of(charter, each.name, seconds_of(each.time))
        now = approver_of(charter, each.name, cosigned_s)
        why = ""
        if isinstance(at, str):
            why = at
        elif not _holds(change, each, charter):
            why = f"the signature is not one by the key of {each.name} over this change"
        elif isinstance(now, str):
            why = f"{now}, and the change was seen at {time_of(cosigned_s)}"
        elif seconds_of(each.time) > cosigned_s + AHEAD_S:
            why = f"the approval of {each.name} states {each.time}, after the change was seen"
        elif each.name in aside:
            why = f"{each.name} {aside[each.name]}"
        elif each.name in counted:
            why = f"{each.name} signed twice with one key, which counts once"
        elif folded(each.name) == folded(change.requester) and change.kind != "emergency":
            why = f"{each.name} asked for the change"
        else:
            counted.add(each.name)
        found.append(Signed(each, known.organisation if known else "", why))
    return tuple(found)


def may_not_sign(
    change: Change, charter: RuleFile, name: str, key: str, statement: Statement, now_s: float
) -> str:
    """Why what somebody is about to sign would not count, and who else may approve; "" where it would.

    change: with the approvals so far. charter: the rule file that decides. key: the public half of the
    signer's, 64 hex digits. now_s: POSIX seconds.
    """
    found = approver_of(charter, name, now_s)
    said = [
        each.statement for each in change.approvals if each.name == name and _holds(change, each, charter)
    ]
    asked = folded(change.requester) if change.kind != "emergency" else None
    if isinstance(found, str):
        why = found
    elif found.key != key:
        why = f"the key is not that of {name}"
    elif statement in said:
        why = f"{name} has signed it already"
    elif statement == "approve" and said:
        why = f"{name} stood aside, or signed under duress, before"
    elif statement == "approve" and folded(name) == asked:
        why = f"{name} asked for the change"
    else:
        return ""
    signers = {each.name for each in change.approvals if _holds(change, each, charter)}
    left = [
        f"{each.name} ({each.organisation})"
        for each in charter.approvers
        if each.name not in signers
        and folded(each.name) != asked
        and not isinstance(approver_of(charter, each.name, now_s), str)
    ]
    return f"{why}; approvers that may sign: {', '.join(left) or 'nobody else'}"


def missing(change: Change, charter: RuleFile, found: Sequence[Signed]) -> str:
    """What a change lacks of approvals, with the reason for each that does not count; "" for nothing."""
    needed = 1 if change.kind == "emergency" else charter.governance.approvals
    organisations = 1 if change.kind == "emergency" else charter.governance.organisations
    counted = [each for each in found if not each.why_not]
    of = {folded(each.organisation) for each in counted}
    if len(counted) >= needed and len(of) >= organisations:
        return ""
    said = f"{len(counted)} of {needed} approvals count"
    if organisations > 1:
        said += f", of {len(of)} organisation{'s' * (len(of) != 1)} where {organisations} are needed"
    why = "; ".join(each.why_not for each in found if each.why_not)
    return f"{said}: {why}" if why else said


def not_signed(act: Withdrawn | Proceed, charter: RuleFile, cosigned_s: int) -> str:
    """Why an entry by an approver does not count; "" where it does."""
    approver = approver_of(charter, act.by, cosigned_s)
    if isinstance(approver, str):
        return approver
    if not signed_by(approver.key, signed_text(act), act.signature):
        return f"the signature is not one by the key of {act.by} over this entry"
    return ""


def leaves(name: str, placed: Placed) -> str:
    """Why an approver may not withdraw a change: it takes that very approver out; "" for no reason."""
    charter, rules = placed.charter, placed.rules
    old = next((each.key for each in charter.approvers if each.name == name), "") if charter else ""
    if rules is not None and old not in {each.key for each in rules.file.approvers}:
        return f"the change takes {name} out, and another approver withdraws it"
    return ""


def not_received(act: Receipt, charter: RuleFile) -> str:
    """Why a receipt does not count; "" where it does."""
    party = next((each for each in charter.parties if each.name == act.party), None)
    if party is None:
        return f"the charter has no party {act.party!r}"
    if not signed_by(party.key, signed_text(act), act.signature):
        return f"the signature is not one by the key of {act.party} over this receipt"
    return ""


def _holds(change: Change, approval: Approval, charter: RuleFile) -> bool:
    known = next((each for each in charter.approvers if each.name == approval.name), None)
    return known is not None and approval.holds(change.hash, known.key)


def _told(time: datetime) -> str:
    return time_of(time.timestamp())
