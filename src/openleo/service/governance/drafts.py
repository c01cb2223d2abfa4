"""Drafts put up for approval: kept by a server, one file each by the hash of its change, whole or not at all.

Approvers sign elsewhere, with keys that never come here; what they signed is checked and added to the file.
"""

import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from openleo.errors import InputError
from openleo.ledger.disk import remove, write_file
from openleo.ledger.entries import seconds_of
from openleo.ledger.errors import LedgerError, Unavailable
from openleo.service.governance.approvals import approver_of, missing, signed
from openleo.service.governance.changes import check
from openleo.service.governance.differences import differences, unsaid
from openleo.service.governance.draft import Draft
from openleo.service.governance.entries import Change
from openleo.service.governance.record import Placed, Record, Rules, Signed
from openleo.service.governance.regional import base_of
from openleo.service.governance.signing import Approval
from openleo.service.governance.telling.change import change_lines
from openleo.service.governance.verdict import rules_in
from openleo.service.reasons import Language
from openleo.service.rulefile import RuleFile

MOST_DRAFTS: Final = 100
"""Drafts that wait at one server at a time."""

_log = logging.getLogger("openleo.drafts")


class NotTaken(InputError):
    """What was handed in contradicts what is there; the text says how."""


@dataclass(frozen=True)
class Waiting:
    """A change that is put up for approval.

    signed: its approvals as they would count now. lacks: what is missing of them, "" for nothing. wrong: why
    it would not count whoever approves it. before, after: the rules that it was made for, and its own.
    """

    change: Change
    signed: tuple[Signed, ...]
    lacks: str
    wrong: tuple[str, ...]
    before: Rules | None
    after: Rules | None

    def lines(self, language: Language = "en") -> list[str]:
        """What it says and does, in sentences."""
        return change_lines(self.change, -1, self.signed, language, before=self.before, after=self.after)


class Drafts:
    """The drafts in a folder. Safe for use by many threads of the one process that writes there."""

    def __init__(self, folder: Path | str) -> None:
        """folder: made with the first draft."""
        self.folder = Path(folder)
        self._lock = threading.Lock()
        # By hash; a draft has two packs of up to 16 MiB, which stay on the disk.
        self._changes: dict[str, tuple[int, Change]] = {}  # with the time (ns) at which its file was written
        self._found: dict[
            str, tuple[object, tuple[str, ...]]
        ] = {}  # what was wrong, and when that was looked at

    # ------------------------------------------------------------------ what is there

    def raw(self, name: str) -> bytes | None:
        """The file of a draft as it is, by the hash of its change; None where there is none."""
        try:
            return self._path(name).read_bytes() if self._change(name) is not None else None
        except OSError:
            return None

    def listed(self, record: Record, now_s: int) -> list[Change]:
        """The changes that can still be published, by the time at which they were drafted.

        record: what the log says up to now. now_s: POSIX seconds. One that stands in the log, or was to begin
        before now, waits no more.
        """
        found = [each for each in map(self._change, self._names()) if each and _waits(each, record, now_s)]
        return sorted(found, key=lambda each: (each.time, each.hash))

    def find(self, name: str, record: Record, now_s: int) -> Waiting | None:
        """A change that waits, by its hash, as an approver looks at it; None where there is none."""
        change = self._change(name)
        if change is None or not _waits(change, record, now_s):
            return None
        draft = Draft.read(self._path(name))
        charter = _charter(draft, record)
        found = signed(draft.change, charter, now_s)
        looked = (record.size, now_s // 60)
        if self._found.get(name, (None,))[0] != looked:  # to lay rules out on the map takes half a second
            self._found[name] = looked, tuple(_wrong(draft, record, now_s))
        lacks, base, after = (
            missing(draft.change, charter, found),
            _base(draft.change, record),
            rules_in(draft.pack),
        )
        return Waiting(
            draft.change, found, lacks, self._found[name][1], base.rules if base is not None else None,
            after if isinstance(after, Rules) else None,
        )  # fmt: skip

    # ------------------------------------------------------------------ what is handed in

    def put(self, raw: bytes, record: Record, now_s: int) -> tuple[str, bool]:
        """Put up a draft file with the approvals that it has; returns its hash, and whether any of it is new.

        A draft that is there already gets the approvals that it lacked. Raises InputError with every reason
        for which it would not count, NotTaken for an approval, and where too many wait; Unavailable where the
        disk refuses. Then nothing has changed.
        """
        draft = self._parsed(raw)
        problems = [*_wrong(draft, record, now_s), *_unsaid(draft, record)]
        if problems:
            raise InputError("; ".join(problems))
        name, charter = draft.change.hash, _charter(draft, record)
        with self._lock:
            there = self._change(name)
            change = there or replace(draft.change, approvals=())
            for each in draft.change.approvals:
                change = _with(change, each, charter, now_s)
            if change == there:
                return name, False
            if there is None:
                self._make_room(record, now_s)
            self._write(draft, change)
        return name, True

    def approve(self, name: str, approval: Approval, record: Record, now_s: int) -> bool:
        """Add a signed approval to the change of a hash; returns whether it was not there already.

        Raises NotTaken with the reason, also where no such change waits; Unavailable where the disk refuses.
        """
        with self._lock:
            change = self._change(name)
            if change is None or not _waits(change, record, now_s):
                raise NotTaken(f"change {name}: it does not wait for approvals here")
            draft = Draft.read(self._path(name))
            after = _with(change, approval, _charter(draft, record), now_s)
            if after == change:
                return False
            if problems := _wrong(draft, record, now_s):
                raise NotTaken("; ".join(problems))
            self._write(draft, after)
        return True

    # ------------------------------------------------------------------ the folder

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _names(self) -> list[str]:
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        return sorted(each[:-5] for each in names if each.endswith(".json") and not each.startswith("."))

    def _change(self, name: str) -> Change | None:
        path = self._path(name)
        try:
            written_ns = path.stat().st_mtime_ns
        except OSError:
            return None
        known = self._changes.get(name)
        if known is None or known[0] != written_ns:
            try:
                known = written_ns, Draft.read(path).change
            except InputError as error:
                _log.error("a draft is not as it was written: %s", error)
                return None
            if known[1].hash != name:
                _log.error("%s: holds another change than its name says", path)
                return None
            self._changes[name] = known
        return known[1]

    def _parsed(self, raw: bytes) -> Draft:
        """A draft from the bytes of its file; an error names no place on this machine."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"{self.folder}: cannot be made: {error.strerror}") from error
        path = self.folder / f".{threading.get_ident()}.handed-in"
        try:
            write_file(path, raw)
            return Draft.read(path)
        except InputError as error:
            raise InputError(str(error).replace(f"{path}: ", "")) from None
        finally:
            remove(path)

    def _write(self, draft: Draft, change: Change) -> None:
        draft.approved(change).write(self._path(change.hash))

    def _make_room(self, record: Record, now_s: int) -> None:
        """Remove what waits no more; raises NotTaken where too many still do."""
        left = 0
        for name in self._names():
            change = self._change(name)
            if change is not None and not _waits(change, record, now_s):
                remove(self._path(name))
                self._changes.pop(name, None)
                self._found.pop(name, None)
            else:
                left += 1
        if left >= MOST_DRAFTS:
            raise NotTaken(f"drafts: {left} wait for approvals; at most {MOST_DRAFTS} are allowed")


def refusal(change: Change, approval: Approval, charter: RuleFile, now_s: int) -> str:
    """Why an approval is not taken, "" where it is: standing aside and duress are, though they do not count.

    charter: the rule file whose approvers decide. now_s: POSIX seconds.
    """
    if approval.statement == "approve":
        return signed(replace(change, approvals=(*change.approvals, approval)), charter, now_s)[-1].why_not
    for seconds in (seconds_of(approval.time), now_s):
        known = approver_of(charter, approval.name, seconds)
        if isinstance(known, str):
            return known
        if not approval.holds(change.hash, known.key):
            return f"the signature is not one by the key of {approval.name} over this change"
    return ""


def _with(change: Change, approval: Approval, charter: RuleFile, now_s: int) -> Change:
    """A change with one approval more; the same where it has it already. Raises NotTaken."""
    if approval in change.approvals:
        return change
    if why := refusal(change, approval, charter, now_s):
        raise NotTaken(f"approval: {why}")
    return replace(change, approvals=(*change.approvals, approval))


def _waits(change: Change, record: Record, now_s: int) -> bool:
    placed = record.change(change.hash)
    return (placed is None or bool(placed.refused)) and seconds_of(change.effective_at) > now_s


def _wrong(draft: Draft, record: Record, now_s: int) -> list[str]:
    """Why a draft would not count if it were published now, its approvals aside."""
    try:
        return check(draft.change, record, draft.pack, now_s, approvals=False)
    except LedgerError as error:
        return [f"rules: {error}"]


def _unsaid(draft: Draft, record: Record) -> list[str]:
    """What a draft does not say as it is: an approver reads its sentences, and its rules before and after."""
    base, new = _base(draft.change, record), rules_in(draft.pack)
    if base is None or base.rules is None or isinstance(new, str):
        return []
    problems = []
    if rules_in(draft.base) != base.rules:
        problems.append(f"base: it is not the rules of entry {base.index}, for which the change was made")
    found = differences((base.rules.file, base.rules.files), (new.file, new.files))
    problems += filter(None, [unsaid(draft.change.differs, found)])
    return problems


def _base(change: Change, record: Record) -> Placed | None:
    """The change whose rules one was made for, None for the first."""
    return base_of(Placed(record.size, change, record.cosigned_s), record)


def _charter(draft: Draft, record: Record) -> RuleFile:
    """The rule file whose approvers decide on a draft; raises NotTaken where nobody knows it."""
    base = _base(draft.change, record)
    rules = base.rules if base is not None else rules_in(draft.pack) if draft.change.kind == "first" else None
    if not isinstance(rules, Rules):
        raise NotTaken(f"base: no rules {draft.change.base[:12]} stand in the log: draft it anew")
    return rules.file
