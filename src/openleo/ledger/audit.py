"""An audit: every tile, every entry and every object of a log is read, and everything is computed anew."""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from openleo.ledger.ahead import read_ahead
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.entries import Entry
from openleo.ledger.errors import Malformed, Missing, TooLarge, Unverified
from openleo.ledger.note import LARGEST_NOTE, Held, Note, Verifier
from openleo.ledger.objects import LARGEST_OBJECT, ObjectRef, object_path, open_object
from openleo.ledger.policy import Policy
from openleo.ledger.recompute import Keep, Recomputed, wanted
from openleo.ledger.report import Problem, Problems, Report, Withdrawn
from openleo.ledger.source import Source
from openleo.ledger.statements import Stated, Statements


def audit(
    source: Source,
    policy: Policy | None = None,
    *,
    now: int,
    visit: Callable[[int, bytes, Entry | None], object] | None = None,
    progress: Callable[[int, int], object] | None = None,
    keep: Keep | None = None,
) -> Report:
    """Read all of a log and compute everything anew: tree, tiles, entries, objects, keys, signatures.

    policy: whom to trust; without one, the keys that the log states of itself. A policy that knows a key from
    before a rotation is led to the present ones by the entries that this key signed. now: POSIX seconds.
    visit: called for each entry in order, with its index, its bytes and what they mean (None for what is no
    entry of ours), unless it was seen to have another hash than it should; whether all of them hold is known
    at the end. progress: called with the entries done, and all. keep: called with path and bytes of a file.
    What does not hold stands in the report. Raises Missing where there is no checkpoint, Unavailable where
    the source cannot be reached.
    """
    try:
        raw = source.read("checkpoint", LARGEST_NOTE)
        if raw is None:
            raise Missing(f"{source}: there is no checkpoint here, and so no log")
        note = Note.parse(raw)
        checkpoint = Checkpoint.parse(note.text)
    except Malformed as error:
        return Report(str(source), None, problems=(Problem("checkpoint", str(error)),))
    problems = Problems()
    keep = keep or _forget
    keep("checkpoint", raw)
    with read_ahead(source, wanted(checkpoint.size)) as quick:
        objects = _Objects(quick, keep)
        statements = Statements(checkpoint.origin, problems.add, objects.check)
        for index, entry in Recomputed(quick, checkpoint, problems, keep).entries(progress):
            meaning = statements.read(index, entry)
            if visit:
                visit(index, entry, meaning)
    withdrawn = tuple(
        Withdrawn(name, index, reason, objects.gone(name))
        for name, (index, reason) in statements.withdrawn.items()
    )
    objects.say(problems, statements.withdrawn)
    held, word = _signatures(note, policy, statements, problems, now)
    return Report(
        str(source), checkpoint, held, word, counts=statements.counts,
        unreadable=tuple(statements.unreadable), unreadable_count=statements.unreadable_count,
        objects=objects.right, withdrawn=withdrawn, overdue=tuple(statements.overdue(now)),
        keys=tuple(statements.keys), problems=tuple(problems.found),
    )  # fmt: skip


def _forget(path: str, raw: bytes) -> None:
    """What an audit does with a file when it is done with it."""


class _Objects:
    """The objects that entries name, each read once."""

    def __init__(self, source: Source, keep: Keep) -> None:
        self.right = 0
        self._source = source
        self._keep = keep
        # Name and size in one key: a million of them take 109 MB, and 167 MB as a dict.
        self._seen: set[bytes] = set()
        self._wrong: dict[str, tuple[int, ObjectRef]] = {}

    def check(self, index: int, ref: ObjectRef) -> None:
        """Read an object that the entry at an index names; one that is not right may be withdrawn later."""
        key = bytes.fromhex(ref.object) + ref.size.to_bytes(4, "big")
        if key in self._seen:
            return
        self._seen.add(key)
        if self._trouble(ref, self._keep):
            self._wrong.setdefault(ref.object, (index, ref))
        else:
            self.right += 1

    def _trouble(self, ref: ObjectRef, keep: Keep) -> str:
        path = object_path(ref.object)
        try:
            raw = self._source.read(path, ref.size)
            if raw is None:
                return "it is missing"
            if len(raw) != ref.size:
                return f"it has {len(raw)} bytes, not {ref.size}"
            open_object(ref.object, raw)
        except TooLarge:
            return f"it has more than {ref.size} bytes"
        except Unverified as error:
            return str(error).removeprefix(f"object {ref.object}: ")
        keep(path, raw)
        return ""

    def gone(self, name: str) -> bool:
        """Whether nothing stands in its place."""
        try:
            return self._source.read(object_path(name), LARGEST_OBJECT) is None
        except TooLarge:
            return False

    def say(self, problems: Problems, withdrawn: Container[str]) -> None:
        """Make a problem of each object that is not right and was not withdrawn."""
        for name, (index, ref) in self._wrong.items():
            if name not in withdrawn and not problems.full:
                reason = self._trouble(ref, _forget) or "it was not right when it was read first"
                problems.add(object_path(name), f"{reason}; entry {index} names it")


def _signatures(
    note: Note, policy: Policy | None, statements: Statements, problems: Problems, now: int
) -> tuple[tuple[Held, ...], str]:
    """The signatures that hold, and on whose word; what does not hold becomes a problem of the checkpoint."""
    stated = statements.stated
    held: dict[Held, None] = {}
    word = ""
    if policy is not None:
        trusted, word = _led_on(policy, note, statements)
        _open(trusted, note, problems, now, held)
    elif stated is None:
        why = "states no keys that hold" if statements.begun else "could not be read"
        problems.add("checkpoint", f"nobody can say whose it is: entry 0 {why}, and no policy was given")
    else:
        word = (
            f"Its keys are taken by the log's own word, entry {stated.index}: only a policy says whether "
            "they are those of the log that is meant."
        )
    if stated is not None:
        _open(stated.entry.policy_parsed, note, problems, now, held)
        _compare_keys(note, stated, policy.keys if policy else (), problems)
    return tuple(held), word


def _compare_keys(note: Note, stated: Stated, trusted: Sequence[Verifier], problems: Problems) -> None:
    """Compare who signed with whom the log states: each key of its own, and nobody whom nobody knows."""
    signed = {(each.name, each.key_id): line for line, each in enumerate(note.signatures, 1)}
    for key in stated.entry.verifiers:
        if (key.name, key.key_id) not in signed:
            problems.add("checkpoint", f"{key.vkey} did not sign it, as entry {stated.index} states")
    for key in (*stated.entry.policy_parsed.keys, *trusted):
        signed.pop((key.name, key.key_id), None)
    for (name, key_id), line in signed.items():
        problems.add(
            "checkpoint",
            f"signature {line} is by {name}+{key_id.hex()}, which entry {stated.index} does not state",
        )


def _led_on(policy: Policy, note: Note, statements: Statements) -> tuple[Policy, str]:
    """The policy with the keys to which its own lead, where none of its own signed, and a sentence of it."""
    signed = {(each.name, each.key_id) for each in note.signatures}
    for key in policy.logs:
        if (key.name, key.key_id) in signed:
            return policy, f"Signed by {key.vkey}, which the policy knows."
    stated = statements.stated
    for key in policy.logs:
        if stated is not None and statements.leads_from(key):
            new = [each for each in stated.entry.verifiers if each not in policy.logs]
            return replace(policy, logs=(*policy.logs, *new)), (
                f"The policy knows {key.vkey}, which did not sign this checkpoint. It signed the entries "
                f"that lead to {', '.join(each.vkey for each in new)}, the last of them entry "
                f"{stated.index}: renew the policy."
            )
    return policy, ""


def _open(policy: Policy, note: Note, problems: Problems, now: int, held: dict[Held, None]) -> None:
    try:
        held.update(dict.fromkeys(policy.open(note.raw, now)[1]))
    except Unverified as error:
        problems.add("checkpoint", str(error))
