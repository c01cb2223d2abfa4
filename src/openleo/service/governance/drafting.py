"""A draft file of new rules and the words of who asks for them: the command and the desk make it alike."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from openleo.errors import InputError
from openleo.ledger.objects import ObjectRef, seal
from openleo.service.governance import changes
from openleo.service.governance.draft import Draft
from openleo.service.governance.pack import MEDIA, unpack

if TYPE_CHECKING:
    from openleo.service.governance.record import Record


def drafted(record: "Record", raw: bytes, pack_of: Callable[[str], bytes], now_s: int, **given: Any) -> Draft:
    """Draft a change of what holds last to the rules of a pack; nothing is published, nobody has approved it.

    record: what the log says up to now. raw: the pack of the new rules. pack_of: the pack of a rule set of
    the log by its digest. now_s: POSIX seconds. given: as `changes.draft` takes it.
    Raises InputError with every reason for which the change could never count, Refused where a member is not
    allowed.
    """
    new = unpack(raw)
    name, sealed = seal(raw)
    change = changes.draft(record, new, raw, ObjectRef(name, len(sealed), MEDIA), **given)
    if new.digest == change.base:
        raise InputError("nothing differs: these rules hold already, or will")
    problems = changes.check(change, record, raw, now_s, approvals=False)
    if problems:
        raise InputError("; ".join(problems))
    return Draft(change, sealed, pack_of(change.base) if change.base else b"")
