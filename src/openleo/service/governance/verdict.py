"""Whether a change counts: by the rules that it is made for, their approvers, its times and its rule file."""

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from openleo.errors import InputError
from openleo.ledger.entries import seconds_of, time_of
from openleo.ledger.errors import Malformed
from openleo.ledger.objects import ObjectRef
from openleo.service.charter import folded
from openleo.service.governance import course as courses
from openleo.service.governance.approvals import missing, signed
from openleo.service.governance.course import NONE, Course, Places
from openleo.service.governance.emergencies import FURTHEST_S, beyond
from openleo.service.governance.entries import Change
from openleo.service.governance.pack import contents
from openleo.service.governance.parties import concerns
from openleo.service.governance.record import Placed, Rules, Told
from openleo.service.rulefile import RuleFile

GRACE_S: Final = 60
"""No grant outlives the beginning of a change by more than this."""


@dataclass(frozen=True)
class Scene:
    """What a change meets in a log: when it is seen (POSIX seconds), and what stands before it.

    origin: of the log. names: hashes of the changes that count, with the indices of their entries; digests:
    of their rules, with the first that has each; emergencies: those of them that are. requests: their
    indices. rules: gives the rule file of a pack, or why it cannot be read; raises LedgerError where the pack
    cannot be had. seen_by: when the witnesses of a policy had seen the entry of an index, None where they had
    not. laid_out: why the rules of a change cannot be laid out on the map, "" where they can.
    """

    origin: str
    now: int
    course: Course
    places: Places
    names: Mapping[str, int]
    digests: Mapping[str, int]
    emergencies: Sequence[int]
    requests: Container[int]
    rules: Callable[[ObjectRef], Rules | str]
    seen_by: Callable[[str, int], int | None]
    laid_out: Callable[[Change], str]


def lead_s(file: RuleFile) -> int:
    """How long before it begins a change of these rules must have been seen, in seconds.

    Grants that were given before anybody knew of it are then over within `GRACE_S` of its beginning.
    """
    return max(0, math.ceil(file.grant_s) - GRACE_S)


def judged(
    placed: Placed, scene: Scene, *, approvals: bool = True, rules: Rules | str | None = None
) -> tuple[Placed, list[str]]:
    """A change with what is known of it, and every reason for which it does not count.

    approvals: whether those are looked at. rules: what it brings, or why that cannot be read; None: they
    are taken from its pack, and only where nothing else is wrong already.
    """
    change, thorough = placed.change, rules is not None
    problems = []
    if change.hash in scene.names:
        problems.append(f"hash: entry {scene.names[change.hash]} has it already")
    if change.log != scene.origin:
        problems.append(f"log: {change.log!r}; it is made for another log than {scene.origin!r}")
    if change.request >= 0 and change.request not in scene.requests:
        problems.append(f"request: entry {change.request} is no request before it")
    base, wrong = _base(placed, scene)
    problems += [wrong] if wrong else []
    if wrong or (problems and not thorough):
        return placed, problems
    old = scene.places[base].rules if base != NONE else None
    if old:
        # In stages two rule sets hold, and so do the grants of both.
        former = scene.places[base].lead_s if scene.places[base].change.stages else 0
        placed = _signed(replace(placed, lead_s=max(lead_s(old.file), former)), old.file, scene)
        problems += _approvals(placed) if approvals else []
        if change.kind == "emergency":
            scene, why = _own_witnesses(placed, scene)
            placed = replace(placed, cosigned_s=scene.now)
            problems += [why] if why else _alone(placed, scene)
    problems += _times(placed, scene)
    if problems and not thorough:
        return placed, problems
    new = rules if rules is not None else scene.rules(change.rules)
    if isinstance(new, str):
        return placed, [*problems, new]
    placed = replace(placed, rules=new)
    first = scene.digests.get(change.digest)
    if first is not None and scene.places[first].rules != new:
        problems.append(f"digest: {change.digest[:12]}; entry {first} has it for other rules")
    if new.file.name != change.name:
        problems.append(f"name: {change.name!r}; its rules have {new.file.name!r}")
    if not new.file.approvers:
        problems.append("rules: they name no approvers: nobody could ever change them")
    if not old:
        placed = _signed(placed, new.file, scene)
        problems += _approvals(placed) if approvals and new.file.approvers else []
    problems += _stages(placed, scene)
    if change.kind == "emergency":
        placed, more = _emergency(placed, scene)
        problems += more
    assert placed.charter is not None
    told = tuple(
        Told(party, scene.now + math.ceil(party.hours * 3600))
        for party in placed.charter.parties
        if concerns(party, old, new)
    )
    return replace(placed, told=told), problems


def _base(placed: Placed, scene: Scene) -> tuple[int, str]:
    """The change that one is made for, NONE for the first, and why it cannot be."""
    change, last = placed.change, scene.course.last
    when = "holds or will hold last"
    if change.kind == "first":
        if last == NONE:
            return NONE, ""
        first = min(index for index, each in scene.places.items() if not each.refused)
        return NONE, f"kind: the first rule set stands in entry {first}; an ordinary change is allowed"
    if change.kind == "emergency":
        when = f"holds at {change.effective_at}"
        last = courses.until(scene.course, scene.places, placed.effective_s).key(scene.places)[0]
    if last == NONE:
        return NONE, f"base: no rule set {when}; one that does is needed"
    holds = scene.places[last].change.digest
    if change.base != holds:
        return NONE, (
            f"base: it was made for rule set {change.base[:12]}, and {holds[:12]} {when}: draft it anew"
        )
    return last, ""


def _own_witnesses(placed: Placed, scene: Scene) -> tuple[Scene, str]:
    """The scene from when on the witnesses had seen an emergency whom the charter asks for, or why not."""
    assert placed.charter is not None
    lines = placed.charter.governance.emergency_policy
    if not lines:
        return scene, ""
    at = scene.seen_by(lines, placed.index)
    if at is None:
        return scene, "no checkpoint over it has the quorum that the rules ask for in an emergency"
    return replace(scene, now=max(scene.now, at)), ""


def _times(placed: Placed, scene: Scene) -> list[str]:
    change, effective = placed.change, placed.effective_s
    seen = f"effective_at: {change.effective_at}; the change was seen at {time_of(scene.now)}"
    if effective < scene.now:
        return [f"{seen}, and none is back-dated"]
    if effective < scene.now + placed.lead_s:
        return [
            f"{seen}, and grants given before that run on: {time_of(scene.now + placed.lead_s)} or later is "
            "allowed"
        ]
    if change.kind == "emergency" and effective > scene.now + placed.lead_s + FURTHEST_S:
        return [f"{seen}; an emergency begins within {FURTHEST_S // 3600} h of that"]
    if change.kind == "ordinary" and effective < (before := scene.places[scene.course.last]).effective_s:
        return [
            f"effective_at: {change.effective_at}; the change that it is made for is in force from "
            f"{before.change.effective_at} on: then or later is allowed"
        ]
    return []


def _signed(placed: Placed, charter: RuleFile, scene: Scene) -> Placed:
    return replace(placed, charter=charter, signed=signed(placed.change, charter, scene.now))


def _approvals(placed: Placed) -> list[str]:
    assert placed.charter is not None
    lacks = missing(placed.change, placed.charter, placed.signed)
    return [f"approvals: {lacks}"] if lacks else []


def _stages(placed: Placed, scene: Scene) -> list[str]:
    change = placed.change
    if not change.stages:
        return []
    problems = []
    assert placed.rules is not None
    last = scene.course.last
    before = scene.places[last].rules
    known = {each.name for rules in (placed.rules, before) if rules for each in rules.file.regions}
    for i, stage in enumerate(change.stages):
        problems += [
            f"stages[{i}]: regions: {name!r}; the name of a region, now or then, is allowed"
            for name in stage.regions
            if name not in known
        ]
    rolling = scene.places[last].change.stages and (
        last != scene.course.current or not scene.course.whole(scene.places)
    )
    if rolling:
        problems.append("stages: the change that it is made for is itself not whole yet; none are allowed")
    return problems


def _emergency(placed: Placed, scene: Scene) -> tuple[Placed, list[str]]:
    """An emergency with the rule sets that it lies over, and what it does beyond its power."""
    change, charter, new = placed.change, placed.charter, placed.rules
    assert charter is not None
    assert new is not None
    if not change.power:
        return placed, []
    problems: list[str] = []
    trial = courses.until(scene.course, scene.places, placed.effective_s)
    index, _, before = trial.key(scene.places)
    for each in dict.fromkeys((index, before)):
        over = scene.places[each].rules if each != NONE else None
        if over is not None:
            problems += beyond(change.power, over, new)
    if change.maps != scene.places[index].change.maps:
        problems.append("maps: an emergency is laid out on those of the rules that it lies over")
    if problems:
        return placed, problems
    why = scene.laid_out(change)
    return replace(placed, over=trial.digests(scene.places)), [f"rules: {why}"] if why else []


def _alone(placed: Placed, scene: Scene) -> list[str]:
    """What an emergency is without its rules, and may not be; they are not looked at before."""
    change, charter = placed.change, placed.charter
    assert charter is not None
    powers, hours = charter.governance.emergency_powers, charter.governance.emergency_hours
    if change.power not in powers:
        allowed = " and ".join(powers) or "none"
        return [f"power: {change.power}; what one may do alone by the rules in force: {allowed}"]
    problems = _rest(placed, scene)
    if seconds_of(change.ends_at) > placed.effective_s + hours * 3600:
        problems.append(f"ends_at: {change.ends_at}; at most {hours:g} h after its beginning is allowed")
    return problems


def _rest(placed: Placed, scene: Scene) -> list[str]:
    """Why one person may not begin an emergency alone so soon after another one of theirs.

    One whose rules were laid out for nothing counts, too: that keeps everybody waiting.
    """
    rest_s = placed.charter.governance.emergency_rest_hours * 3600 if placed.charter is not None else 0.0
    mine = alone(placed)
    for index in reversed(scene.emergencies):
        other = scene.places[index]
        again = mine & alone(other)
        if other.withdrawn >= 0 or not again:
            continue
        until = math.ceil(seconds_of(other.change.ends_at) + rest_s)
        if placed.effective_s < until:
            return [
                f"approvals: {min(again)} began the emergency of entry {index} alone, and may begin another "
                f"from {time_of(until)} on; with as many approvals as any change it may begin before"
            ]
    return []


def alone(placed: Placed) -> frozenset[str]:
    """Who answers for an emergency, by name, where fewer do than for any other change."""
    if placed.change.kind != "emergency" or placed.charter is None:
        return frozenset()
    ordinary = replace(placed.change, kind="ordinary", power="", ends_at="")
    if not missing(ordinary, placed.charter, placed.signed):
        return frozenset()
    return frozenset(folded(each.approval.name) for each in placed.signed if not each.why_not)


def rules_in(raw: bytes) -> Rules | str:
    """The rule file of a pack with its texts, or why it cannot be read."""
    try:
        return Rules(*contents(raw, "rules: "))
    except (InputError, Malformed) as error:
        return str(error)
