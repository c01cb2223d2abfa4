"""What differs between two versions of a document, sentence by sentence."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from openleo.service.reports.document import Document
from openleo.service.reports.prose.sentences import sentences


@dataclass(frozen=True)
class Change:
    """What stood there before, and what stands there now; "" for nothing."""

    was: str
    now: str


def differences(before: Document, now: Document) -> tuple[Change, ...]:
    """Sentences that were taken out, added or written anew, in the order of the text; then what
    the document says of itself, as `field: value`."""
    old, new = _sentences(before), _sentences(now)
    found = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            found.append(Change(" ".join(old[i:j]), " ".join(new[k:m])))
    for field in ("title", "author", "source", "published"):
        was, is_now = (_said(getattr(each, field)) for each in (before, now))
        if was != is_now:
            found.append(Change(f"{field}: {was}", f"{field}: {is_now}"))
    return tuple(found)


def _sentences(document: Document) -> list[str]:
    return [document.text[each.start : each.end] for each in sentences(document)]


def _said(value: object) -> str:
    return str(getattr(value, "wording", value) or "")
