"""What the log of a drill says, for its object and for people; and how long grants outlived a change."""

from typing import TYPE_CHECKING, Any, Final

from openleo.ledger.entries import time_of
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Played
from openleo.service.governance.record import Asked, Placed, Record, Told
from openleo.service.governance.telling.asked import asked_lines, kept_back_line
from openleo.service.governance.telling.state import change_title, grounds_lines
from openleo.service.governance.telling.words import indented
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.operate.drills.governed import Room

NO_LOG: Final = "Played by the rules of a file, without a log: nobody asks for anything, and nothing changes."
GRACE_S: Final = 60.0
"""No grant may outlive the beginning of a change by more than this (`service.governance.verdict`)."""


def outlived(scene: Scene, played: Played, record: Record) -> list[dict[str, Any]]:
    """How long grants that were given before a change outlived its beginning, change by change.

    Of each that began while check-ins came in: `begins`, `digest`, `longest_s` (the grant by other rules that
    ran longest past it, 0 for none), and `by_former`: check-ins at or after it that other rules decided, but
    for those that a stage leaves to them.
    """
    found = []
    for before, held in zip(record.terms, record.terms[1:], strict=False):
        begins_us = held.from_s * 1_000_000
        if not scene.time_us[0] < begins_us <= scene.time_us[-1]:
            continue
        other = [k for k, digest in enumerate(played.digests) if digest != held.digest]
        former = (played.rules[:, None] == other).any(axis=1)
        earlier = scene.time_us < begins_us
        ran = former & earlier & (played.outcome > Outcome.REFUSE)
        later = former & ~earlier & (scene.time_us < held.until_s * 1_000_000) & (held.stage < 0)
        last_us = int(played.valid_us[ran].max()) if ran.any() and before.digest != held.digest else 0
        found.append(
            {
                "begins": time_of(held.from_s),
                "digest": held.digest,
                "longest_s": max(0.0, (last_us - begins_us) / 1e6),
                "by_former": int(later.sum()),
            }
        )
    return found


def told(room: "Room", played: Played) -> dict[str, Any]:
    """What the log of a drill says at its end, and what came of it, as JSON has it."""
    account = room.account()
    record, now_s = account.record, room.air.now_us // 1_000_000
    past = outlived(room.scene, played, record)
    return {
        "log": room.log.origin,
        "entries": room.log.published.size,
        "witnesses": list(room.witnesses),
        "changes": [_change(each, now_s) for each in record.changes],
        "requests": [_request(each) for each in record.requests],
        "commitments": [
            {"entry": index, "about": each.about, "reveal_by": each.reveal_by,
             "revealed": index in account.revealed}
            for index, each in account.commitments.items()
        ],
        "terms": [each.as_json() for each in record.terms],
        "days": [{"entry": index, "day": each.day, "decisions": each.count} for index, each in record.days],
        "not_counted": [{"entry": each.index, "type": each.type, "why": each.why} for each in record.refused],
        "changes_met": past,
        "longest_grant_past_change_s": max((each["longest_s"] for each in past), default=None),
        "decided_by_former_rules": sum(each["by_former"] for each in past),
    }  # fmt: skip


def lines(room: "Room") -> tuple[str, ...]:
    """Who changed what by whose approval, who asked, who answered: in the order of the log, one fact a line.

    Lines that begin with spaces belong to the one before them.
    """
    account = room.account()
    record, now_s = account.record, room.air.now_us / 1e6
    found: list[tuple[int, list[str]]] = []
    for each in record.changes:
        later = [line for at, given in each.grounds for line in grounds_lines(given, index=at)]
        parties = [_told(one, now_s) for one in each.told]
        approved = [f"Refused: {each.refused}"] if each.refused else [f"Approved by {_by_whom(each)}."]
        said = [change_title(each.change, each.index), *grounds_lines(each.change), *approved]
        found.append((each.index, [*said, *later, *parties]))
    for asked in record.requests:
        found.append((asked.index, [line for line in asked_lines(asked) if "object/" not in line]))
    for index, kept, late in account.kept_back(int(now_s)):
        found.append((index, [kept_back_line(index, kept, late)]))
    return tuple(line for _, some in sorted(found, key=lambda pair: pair[0]) for line in indented(some))


def in_time(governance: dict[str, Any]) -> bool:
    """Whether no grant outlived a change by more than 60 s, and none was given by former rules after it."""
    longest = governance["longest_grant_past_change_s"]
    return (longest is None or longest <= GRACE_S) and not governance["decided_by_former_rules"]


def past_line(governance: dict[str, Any]) -> str:
    """How long grants outlived the changes that the drill met, in a sentence."""
    longest, former = governance["longest_grant_past_change_s"], governance["decided_by_former_rules"]
    if longest is None:
        return "No change began while terminals checked in."
    return (
        f"The grant that ran longest past the beginning of a change ended {longest:.0f} s after it; at most"
        f" {GRACE_S:.0f} s are allowed. Check-ins that the rules before still decided then: {former}."
    )


def _told(told: Told, now_s: float) -> str:
    if told.received_s is not None:
        return f"{told.party.name} has been told: its receipt was seen {time_of(told.received_s)}."
    late = "Overdue: no" if told.overdue_at(now_s) else "No"
    return f"{late} receipt of {told.party.name}, due {time_of(told.due_s)}."


def _by_whom(placed: Placed) -> str:
    counted = [each for each in placed.signed if not each.why_not]
    return ", ".join(f"{each.approval.name} ({each.organisation})" for each in counted) or "nobody"


def _change(placed: Placed, now_s: float) -> dict[str, Any]:
    change = placed.change
    return {
        "entry": placed.index, "change": change.hash, "kind": change.kind, "digest": change.digest,
        "requester": change.requester, "reason": change.reason, "basis": change.basis,
        "effective_at": change.effective_at, "seen": time_of(placed.cosigned_s),
        "state": placed.state_at(now_s), "refused": placed.refused or None,
        "approved_by": [
            {"name": each.approval.name, "organisation": each.organisation}
            for each in placed.signed
            if not each.why_not
        ],
        "grounds": [
            {"entry": index, "time": given.time, "reason": given.reason, "basis": given.basis}
            for index, given in placed.grounds
        ],
        "told": [
            {
                "party": each.party.name, "due": time_of(each.due_s),
                "received": None if each.received_s is None else time_of(each.received_s),
            }
            for each in placed.told
        ],
    }  # fmt: skip


def _request(asked: Asked) -> dict[str, Any]:
    request = asked.request
    return {
        "entry": asked.index, "who": request.who, "on_behalf_of": request.on_behalf_of,
        "for_whose_benefit": request.for_whose_benefit, "relayed_by": request.relayed_by,
        "asks": request.asks, "regions": list(request.regions), "how": request.how,
        "where_made": request.where_made, "asked_at": request.asked_at,
        "commitment": request.commitment if request.commitment >= 0 else None,
        "answers": [
            {"entry": index, "time": each.time, "answer": each.answer, "by": list(each.by),
             "reason": each.reason}
            for index, each in asked.answers
        ],
        "changes": list(asked.changes),
    }  # fmt: skip
