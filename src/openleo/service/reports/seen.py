"""A case as others see it: what was reviewed, without names of persons, laid side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.claims import Claim
from openleo.service.reports.compare import compare
from openleo.service.reports.comparison import Comparison
from openleo.service.reports.proposals import Read
from openleo.service.reports.record import Recorded
from openleo.service.reports.shown import without_names
from openleo.service.reports.withheld import Withheld, named_in
from openleo.service.store.reports import GivenOrigin, Kept, Reports, Version


@dataclass(frozen=True)
class Seen:
    """A case. comparison: without names, which `hidden` are. documents: as far as they are shown; whole: all
    of them. versions: of documents that have several. claims: that are shown."""

    comparison: Comparison
    hidden: Withheld
    documents: Sequence[Kept]
    whole: Sequence[Kept]
    versions: Mapping[str, Sequence[Version]]
    claims: Sequence[Claim]


def seen(
    register: Reports, case: str, *, today: date, log: Recorded | None = None, language: Language = "en",
    operator: Sequence[str] = (), reviewed: bool = True,
) -> Seen | None:  # fmt: skip
    """A case of a register, None where nothing of it may be seen.

    today, log, language, operator: as `compare` takes them. reviewed: what was, and no more.
    """
    documents = register.documents(case, reviewed=reviewed)
    if not documents:
        return None
    everything = register.documents(case)
    claims = register.claims(case, reviewed=reviewed)
    names = register.names(case, reviewed=reviewed)
    versions = {
        each.id: register.versions(each.id, reviewed=reviewed) for each in documents if each.versions > 1
    }
    shown = {each.id for each in documents}
    reads = [each.read for each in documents]
    reads += [Read(name, each.document, each.proposals) for name in versions for each in versions[name]]
    private = [each.read for each in everything]
    private += [
        Read(each.id, earlier.document, earlier.proposals)
        for each in everything if each.versions > 1
        for earlier in register.versions(each.id)
    ]  # fmt: skip
    mark = pick(language, "[name withheld]", "[nom non publié]")
    hidden = Withheld.of(reads, names, mark, private=private, noted=named_in(claims))
    whole = [each for each in everything if each.id in shown and (each.reviewed_by or not reviewed)]
    found = compare(
        case, documents, claims, today=today, names=names, log=log, language=language, reviewed=reviewed,
        given=_given(register, case, shown, reviewed), versions=versions, operator=operator,
        whole={each.id: each.document for each in whole},
        hashes={each.number: entered[1] for each in claims if (entered := register.entry_of(each.number))},
    )  # fmt: skip
    found = without_names(found, hidden)
    found = replace(found, aliases=tuple(each for each in found.aliases if _stands(each[0], reads)))
    return Seen(found, hidden, documents, whole, versions, claims)


def _given(register: Reports, case: str, shown: set[str], reviewed: bool) -> dict[str, GivenOrigin]:
    """Origins that a person gave, without that person; the reason for one that is not shown is not told."""
    return {
        name: replace(each, by="", why=each.why if not each.root or each.root in shown else ())
        for name, each in register.given_origins(case, reviewed=reviewed).items()
    }


def _stands(written: str, reads: Sequence[Read]) -> bool:
    """Whether a spelling stands in what is shown of a document, or in what is said of it."""
    words = written.casefold()
    return any(
        words in text.casefold()
        for each in reads
        for text in (each.document.text, each.document.title, each.document.source)
    )
