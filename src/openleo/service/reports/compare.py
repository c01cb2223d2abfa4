"""A case laid side by side: claims against documents, where they come from, what differs, what a log says.

Pure: everything is given, and nothing is decided that a person decided otherwise. An origin that a person
gave wins over what the rules find, and says so. Sources that do not go back to one another are counted among
the documents that tell a claim: a party's own statement, one that only denies a claim or asks about it, and
one that only answers do not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import Final

from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.answered import is_answered, silent, words_for
from openleo.service.reports.case import Earlier, Found, Given, Kept, Spelling, stood_for
from openleo.service.reports.claims import Act, Claim, ClaimKind, Telling
from openleo.service.reports.comparison import (
    Alternatives,
    Cell,
    Column,
    Comparison,
    Differing,
    Row,
)
from openleo.service.reports.differing import Told, differing
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.proposals import Proposals
from openleo.service.reports.prose.origins import origins
from openleo.service.reports.record import Recorded, held
from openleo.service.reports.sources import (
    End,
    end_of,
    first_published,
    first_reads,
    grouped,
    hidden,
    in_order,
    merged,
)

_NOT_TOLD: Final = frozenset(("denied", "asked"))
"""Moods of a telling whose document does not say that the claim is so."""
_STATES: Final[dict[ClaimKind, str]] = {"decided": "service", "used": "service", "sold": "sales"}
"""Kinds of claims that say how something stood, and what: those of one such thing may exclude each other."""
_EXCLUSIVE: Final = frozenset(
    frozenset(pair) for pair in (*combinations(("off", "kept off", "never on", "limited"), 2),
                                 ("on", "kept off"), ("on", "never on"))
)  # fmt: skip


def compare(
    case: str,
    documents: Sequence[Kept],
    claims: Sequence[Claim],
    *,
    today: date,
    names: Sequence[Spelling] = (),
    given: Mapping[str, Given] | None = None,
    found: Sequence[Found] | None = None,
    versions: Mapping[str, Sequence[Earlier]] | None = None,
    whole: Mapping[str, Document] | None = None,
    hashes: Mapping[int, str] | None = None,
    log: Recorded | None = None,
    operator: Sequence[str] = (),
    reviewed: bool = False,
    language: Language = "en",
) -> Comparison:
    """Lay a case side by side.

    today: the day up to which silence is counted. names: spellings that a person has confirmed. given:
    origins that a person gave, by document. found: what the rules find of origins; they are asked where it is
    None. versions: of documents that have several, for tellings that belong to an earlier one. whole: the
    last version of those that are given in excerpts, to see what it still says. hashes: salted hashes in the
    log, by the number of a claim. log: what a log says, None where none is asked. operator: names of whoever
    was asked to answer, beside the one that a claim has, words for it in each language, and whoever is noted
    as silent since it was asked. reviewed: leave out whatever no second person has reviewed.
    """
    if reviewed:
        documents = [each for each in documents if each.reviewed_by]
        claims = [each for each in claims if each.reviewed_by]
    known = stood_for(names)
    asked = words_for([*operator, *silent(claims)])
    documents = sorted(documents, key=lambda each: _first_day(each, versions or {}))
    if found is None:
        found = origins(first_reads(documents, versions or {}), known, language)
    settled: dict[str, Found] = {**{each.document: each for each in found}, **(given or {})}
    days = {each.id: first_published(each, versions or {}) for each in documents}
    ends = {id_: end_of(id_, settled, given or (), days) for id_ in days}
    order = in_order(list(days), ends, days)
    documents = sorted(documents, key=lambda each: order.index(each.id))
    scene = _Scene(
        documents, known, versions or {}, whole or {}, hashes or {}, log, today, asked, language, claims,
        {each.written: each.name for each in names},
    )  # fmt: skip
    columns = tuple(_column(each, ends, settled, given or {}, scene) for each in documents)
    sources = {each.id: each.document.source for each in documents}
    counted = merged(ends, sources, known)
    columns = tuple(replace(each, why=_why(each, ends, counted, sources, language)) for each in columns)
    shown = [
        replace(each, tellings=kept)
        for each in claims
        if (kept := tuple(telling for telling in each.tellings if telling.document in ends))
    ]
    telling = {each for claim in shown for each in _sources(claim, columns)}
    return Comparison(
        case, columns, tuple(_row(each, scene, columns, counted) for each in shown),
        grouped(columns, counted), len({counted[each] for each in telling}), alternatives(shown),
        tuple((each.written, each.name) for each in names if each.written != each.name),
        log.record.origin if log is not None else "",
    )  # fmt: skip


@dataclass(frozen=True)
class _Scene:
    """All that rows and columns are made from."""

    documents: Sequence[Kept]
    known: Mapping[str, str]
    versions: Mapping[str, Sequence[Earlier]]
    whole: Mapping[str, Document]
    hashes: Mapping[int, str]
    log: Recorded | None
    today: date
    operator: tuple[str, ...]
    language: Language
    claims: Sequence[Claim]
    spellings: Mapping[str, str]

    @cached_property
    def by_id(self) -> Mapping[str, Kept]:
        return {each.id: each for each in self.documents}

    def at(self, telling: Telling) -> tuple[Document, Proposals]:
        """The version of a document that a telling belongs to."""
        kept = self.by_id[telling.document]
        for each in self.versions.get(telling.document, ()):
            if each.number == telling.version != kept.versions:
                return each.document, each.proposals
        return kept.document, kept.proposals

    def still_says(self, id_: str, words: str) -> bool:
        """Whether the last version of a document has words of an earlier one."""
        last = self.whole.get(id_, self.by_id[id_].document)
        return " ".join(words.split()) in " ".join(last.text.split())


def _first_day(kept: Kept, versions: Mapping[str, Sequence[Earlier]]) -> date:
    """The day on which a document first appeared, as far as it is known; others come last."""
    published = first_published(kept, versions)
    return (published.first if published else None) or date.max


# ------------------------------------------------------------------ columns


def _column(
    kept: Kept, ends: Mapping[str, End], settled: Mapping[str, Found], given: Mapping[str, Given],
    scene: _Scene,
) -> Column:  # fmt: skip
    language = scene.language
    root, outside = ends[kept.id]
    if root and root not in ends:
        root, outside = "", hidden(language)
    why = settled[kept.id].why if kept.id in settled else ()
    if kept.id in given:
        by = given[kept.id].by
        who = pick(language, by or "A person", by or "une personne")
        if any(why):
            why = (" ".join((pick(language, f"{who} found so:", f"Constaté par {who} :"), *why)),)
        else:
            why = (pick(language, f"{who} found so.", f"Constaté par {who}."),)
    document = kept.document
    return Column(
        kept.id, document.source, document.title, document.author, document.published, document.language,
        document.translated_from, document.kind, kept.versions, root, outside, why, kept.shown,
        first_published(kept, scene.versions),
    )  # fmt: skip


def _why(
    column: Column, ends: Mapping[str, End], counted: Mapping[str, End], sources: Mapping[str, str],
    language: Language,
) -> tuple[str, ...]:  # fmt: skip
    """Why a document is thought to go back where it does, and with which other name that counts as one."""
    if ends[column.id] == counted[column.id]:
        return column.why
    root, outside = counted[column.id]
    name, other = column.outside, outside or sources[root]
    counts = pick(
        language, f"{name} may be {other}: they count as one source.",
        f"{name} pourrait être {other} : les deux comptent pour une seule source.",
    )  # fmt: skip
    return (*column.why, counts)


def _sources(claim: Claim, columns: Sequence[Column]) -> set[str]:
    """The documents that tell that a claim is so, but for a party's own statements."""
    reports = {each.id for each in columns if each.kind == "report"}
    return {each.document for each in claim.tellings if each.mood not in _NOT_TOLD} & reports


# ------------------------------------------------------------------ rows


def _row(claim: Claim, scene: _Scene, columns: Sequence[Column], ends: Mapping[str, End]) -> Row:
    is_open = claim.asked is not None and not is_answered(claim, scene.operator, scene.known)
    days = max((scene.today - claim.asked).days, 0) if claim.asked is not None and is_open else None
    says = (
        scene.log.says(claim.kind, claim.act, claim.where, claim.when)
        if scene.log is not None
        else held("not asked", (), scene.language)
    )
    hash_ = scene.hashes.get(claim.number, "") if claim.entry >= 0 else ""
    return Row(
        claim.number, claim.kind, claim.act, claim.where, claim.when, claim.by, claim.behalf, claim.event,
        tuple(_cell(each, scene) for each in claim.tellings), claim.answers,
        len({ends[each] for each in _sources(claim, columns)}), _differing(claim, scene), says, claim.asked,
        is_open, days, bool(claim.reviewed_by), claim.entry, hash_, claim.asked_of,
        len({each.document for each in claim.tellings if each.mood != "denied"}),
    )  # fmt: skip


def _cell(telling: Telling, scene: _Scene) -> Cell:
    document, proposals = scene.at(telling)
    start, end = _around(proposals, telling.start, telling.end)
    last = scene.by_id[telling.document].versions
    version, sentence = telling.version or last, document.text[start:end]
    return Cell(
        telling.document, telling.start, telling.end, document.text[telling.start : telling.end], sentence,
        telling.mood, telling.word, version, document.published,
        version != last and not scene.still_says(telling.document, sentence),
    )  # fmt: skip


def _around(proposals: Proposals, start: int, end: int) -> tuple[int, int]:
    """The whole sentences around a span."""
    touched = [each for each in proposals.sentences if each.start < end and start < each.end]
    return min([start, *(each.start for each in touched)]), max([end, *(each.end for each in touched)])


def _differing(claim: Claim, scene: _Scene) -> tuple[Differing, ...]:
    """What differs between the sentences that a person found to tell a claim."""
    told = _spans([claim], scene)
    others = _spans([each for each in scene.claims if each.number != claim.number], scene)
    order = [each.id for each in scene.documents]
    found = []
    for (id_, version), spans in sorted(told.items(), key=lambda each: (order.index(each[0][0]), each[0][1])):
        document, proposals = scene.at(Telling(id_, 0, 0, "asserted", version=version))
        beside = tuple(others.get((id_, version), ()))
        found.append(Told(id_, document.text, proposals, tuple(spans), document.published, beside))
    return differing(found, scene.spellings)


def _spans(claims: Sequence[Claim], scene: _Scene) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """The sentences that tell claims, by document and version."""
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for telling in (each for claim in claims for each in claim.tellings if each.document in scene.by_id):
        _, proposals = scene.at(telling)
        version = telling.version or scene.by_id[telling.document].versions
        span = _around(proposals, telling.start, telling.end)
        found.setdefault((telling.document, version), []).append(span)
    return found


# ------------------------------------------------------------------ competing accounts


def alternatives(claims: Sequence[Claim]) -> tuple[Alternatives, ...]:
    """Claims that cannot all be so: of one event by a person's word for it, or of one place, at one time.

    Only claims about how something stood exclude each other: that somebody asked for something does not
    exclude that another thing was done. Two events with words of their own are two.
    """
    groups: list[list[Claim]] = []
    for claim in claims:
        near = [group for group in groups if any(_compete(claim, each) for each in group)]
        groups = [group for group in groups if group not in near]
        groups.append([claim, *(each for group in near for each in group)])
    found = []
    for each_group in groups:
        group = sorted(each_group, key=lambda each: each.number)
        if len(group) > 1:
            named = next((each.event for each in group if each.event), group[0].where)
            found.append(Alternatives(named, tuple(each.number for each in group)))
    return tuple(sorted(found, key=lambda each: each.claims))


def _compete(one: Claim, other: Claim) -> bool:
    if one.kind not in _STATES or _STATES[one.kind] != _STATES.get(other.kind):
        return False
    return _of_one_event(one, other) and exclude(one.act, other.act)


def _of_one_event(one: Claim, other: Claim) -> bool:
    if one.event and other.event:
        near = one.event.casefold() == other.event.casefold()
    else:
        near = bool(one.where) and one.where.casefold() == other.where.casefold()
    return near and overlap(one.when, other.when)


def exclude(one: Act, other: Act) -> bool:
    """Whether two acts cannot both be so of one place at one time."""
    return frozenset((one, other)) in _EXCLUSIVE


def overlap(one: Interval, other: Interval) -> bool:
    """Whether two intervals have a day in common; a limit that is not known excludes nothing."""
    return not (
        (one.last is not None and other.first is not None and one.last < other.first)
        or (other.last is not None and one.first is not None and other.last < one.first)
    )
