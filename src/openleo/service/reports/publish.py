"""Reviewed claims and their answers into the log, as salted hashes, and the proof of which entry is whose.

A hash and its salt are kept in the register before the entry is written: whoever is killed between the two,
or between the entry and the note of it, goes on where it stopped, and nothing is entered twice.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from openleo.errors import InputError
from openleo.ledger.canonical import canonical
from openleo.ledger.errors import LedgerError, Unverified
from openleo.ledger.objects import seal
from openleo.service.governance.entries import Act, ReportAnswer, ReportClaim
from openleo.service.governance.publishing import Target, append, behind
from openleo.service.governance.record import Record, Reported
from openleo.service.reports.claims import Answer, Claim
from openleo.service.reports.entries import (
    answer_entry,
    claim_entry,
    claim_value,
    salt_of,
    says,
    sealed_claim,
)
from openleo.service.store.reports import Reports

What = Literal["entered", "found", "kept"]
LARGEST: Final = 8 << 20
"""Bytes of a proof."""
_MEMBERS: Final = frozenset(("claim", "salt", "entry", "answers", "hash"))
_OF_ANSWER: Final = frozenset(("kind", "by", "when", "what"))
_ALLOWED: Final = "what openleo report prove writes is allowed"


@dataclass(frozen=True)
class Step:
    """What became of a claim, or of an answer to it.

    what: "entered" now; "found" in the log, where a program that died had entered it, and noted now; "kept":
    all was there. answer: who answered, "" of the claim itself.
    """

    claim: int
    answer: str
    what: What
    entry: int


class _Standing:
    """What stands in a log of claims and answers, by what they say."""

    def __init__(self, acts: Iterable[tuple[int, Act]]) -> None:
        self.claims: dict[tuple[str, str], int] = {}
        self.answers: dict[tuple[str, str, str, str, str], int] = {}
        self._names: dict[int, str] = {}
        for index, act in acts:
            self.add(index, act)

    def add(self, index: int, act: Act) -> None:
        if isinstance(act, ReportClaim):
            self._names[index] = act.claim
            self.claims.setdefault((act.claim, act.asked), index)
        elif isinstance(act, ReportAnswer) and act.claim in self._names:
            self.answers.setdefault(_key(act, self._names[act.claim]), index)


def _key(answer: ReportAnswer, name: str) -> tuple[str, str, str, str, str]:
    return name, answer.kind, answer.by, answer.when, answer.words


def publish(register: Reports, case: str, target: Target, record: Record, now: str) -> Iterator[Step]:
    """Enter what a second person has reviewed of a case and the log has not; one step for each.

    record: what the log says up to now. now: a time in the ledger's form. A claim that says something else
    than when it was entered, or of which the operator was asked since, is entered again. Raises as
    `publishing.append` does; what was entered before stays, and is found by the next call.
    """
    told: list[tuple[int, Act]] = []
    for each in record.reports:
        told += [(each.index, each.claim), *each.answers]
    standing = _Standing([*told, *record.unseen, *behind(target, record.size)])
    for claim in register.claims(case):
        if claim.reviewed_by:
            yield from _publish(register, claim, target, standing, now)


def _publish(
    register: Reports, claim: Claim, target: Target, standing: _Standing, now: str
) -> Iterator[Step]:
    kept = register.entry_of(claim.number)
    if kept is None or not says(kept[2], claim):
        kept = (-1, *sealed_claim(claim))
        register.entered(claim.number, *kept)
    noted, name, raw = kept
    act = claim_entry(claim, name, now)
    there = standing.claims.get((name, act.asked))
    index = append(target, act) if there is None else there
    standing.add(index, act)
    what: What = "entered" if there is None else "kept" if there == noted else "found"
    if index != noted:
        register.entered(claim.number, index, name, raw)
    yield Step(claim.number, "", what, index)
    for answer in claim.answers:
        yield _answered(answer, index, name, raw, target, standing, now)


def _answered(
    answer: Answer, index: int, name: str, raw: bytes, target: Target, standing: _Standing, now: str
) -> Step:
    act = answer_entry(answer, index, salt_of(raw), now)
    there = standing.answers.get(_key(act, name))
    if there is not None:
        return Step(answer.claim, answer.by, "kept", there)
    entry = append(target, act)
    standing.add(entry, act)
    return Step(answer.claim, answer.by, "entered", entry)


# ------------------------------------------------------------------ proof


def proof(register: Reports, number: int) -> dict[str, Any]:
    """What shows that a claim is that of an entry of a log: its words, the salt, the entry, the answers.

    Raises InputError where it stands in none, or says something else since.
    """
    claim, kept = register.claim(number), register.entry_of(number)
    if kept is None or kept[0] < 0:
        raise InputError(f"claim {number}: stands in no log yet: openleo report publish {claim.case!r}")
    entry, name, raw = kept
    if not says(raw, claim):
        raise InputError(
            f"claim {number}: says something else than when entry {entry} was made; once it is reviewed: "
            f"openleo report publish {claim.case!r}"
        )
    if not claim.reviewed_by:  # an answer, say, that nobody else has seen
        raise InputError(
            f"claim {number}: something was noted of it since entry {entry} was made, and is private; once "
            f"it is reviewed: openleo report publish {claim.case!r}"
        )
    return {
        "entry": entry, "hash": name, "salt": salt_of(raw).hex(), "claim": claim_value(claim),
        "answers": [
            {
                "kind": each.kind, "by": each.by,
                "when": each.on.isoformat() if each.on is not None else "", "what": each.what,
            }
            for each in claim.answers
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Proven:
    """A claim that is that of an entry: its words, the entry, and the answers in the log to it.

    shown: those that the proof has the words of. unshown: indices of the others. later: entries after it that
    hold the same hash, such as one that says that the operator was asked since.
    """

    claim: Mapping[str, Any]
    reported: Reported
    shown: tuple[tuple[int, Answer], ...]
    unshown: tuple[int, ...]
    later: tuple[int, ...] = ()


@dataclass(frozen=True)
class Proof:
    """What a proof says, and the salted hash of its claim, computed again. stated: the hash that it names."""

    claim: Mapping[str, Any]
    salt: bytes
    entry: int
    name: str
    answers: tuple[Answer, ...]
    stated: str


def read_proof(given: bytes, file: str) -> Proof:
    """A proof, as `proof` makes it, in JSON. file: its name. Raises InputError where it is none."""
    if len(given) > LARGEST:
        raise InputError(f"{file}: more than {LARGEST >> 20} MiB; {_ALLOWED}")
    try:
        value = json.loads(given, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: is no JSON ({error}); {_ALLOWED}") from error
    for member in ("claim", "salt", "entry", "answers"):
        if not isinstance(value, dict) or member not in value:
            raise InputError(f"{file}: has no member {member!r}; {_ALLOWED}")
    if others := sorted(value.keys() - _MEMBERS):  # a reader would take them for proven
        raise InputError(f"{file}: has a member {others[0][:40]!r}; {_ALLOWED}")
    try:
        claim, salt = value["claim"], bytes.fromhex(value["salt"])
        name, _ = seal(canonical(claim), salt)
        if not isinstance(value["answers"], list) or type(value["entry"]) is not int:
            raise ValueError("a list of answers and the number of an entry are needed")
        answers = tuple(map(_answer, value["answers"]))
        return Proof({**claim}, salt, value["entry"], name, answers, str(value.get("hash", name)))
    except (ValueError, TypeError, AttributeError, RecursionError, LedgerError) as error:
        raise InputError(f"{file}: a member is not of its form: {error}; {_ALLOWED}") from error


def prove(given: Proof, record: Record) -> Proven:
    """Check a proof against a log that was audited.

    Raises Unverified where the log has no such claim, or no such answer to it.
    """
    claim, salt, entry, name, answers = given.claim, given.salt, given.entry, given.name, given.answers
    found = next((each for each in record.reports if each.index == entry), None)
    if found is None:
        raise Unverified(f"entry {entry}: {record.origin} has no claim of a report there that counts")
    if found.claim.claim != name:
        raise Unverified(f"entry {entry}: its hash is {found.claim.claim[:12]}, and this claim's {name[:12]}")
    if given.stated != name:
        raise Unverified(
            f"hash: {given.stated[:12]} given; that of its words, and of the entry, is {name[:12]}"
        )
    told = [pair for each in record.reports if each.claim.claim == name for pair in each.answers]
    left = {(act.kind, act.by, act.when, act.words): index for index, act in told}
    shown = []
    for each in answers:
        act = answer_entry(each, entry, salt, found.claim.time)
        index = left.pop((act.kind, act.by, act.when, act.words), None)
        if index is None:
            raise Unverified(
                f"answer of {each.by!r} ({each.kind}): no entry has it with these words; one that was noted "
                "after the last openleo report publish has none yet"
            )
        shown.append((index, each))
    later = tuple(each.index for each in record.reports if each.claim.claim == name and each.index > entry)
    return Proven(claim, found, tuple(shown), tuple(sorted(left.values())), later)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; raises ValueError where a member stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands twice")
    return found


def _answer(value: dict[str, Any]) -> Answer:
    if value.keys() != _OF_ANSWER or not all(isinstance(each, str) for each in value.values()):
        raise ValueError(f"an answer has the members {', '.join(sorted(_OF_ANSWER))}, each a string")
    on = date.fromisoformat(value["when"]) if value["when"] else None
    return Answer(0, value["kind"], value["by"], value["what"], on)
