"""Which documents of a case are one source: those that go back to one report, in the case or outside it.

Outlets outside whose names may be one are one, until a person says more.
What came first is told by the day on which a document was first published: a correction does not make an
original a retelling of what retold it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.case import Earlier, Found, Kept
from openleo.service.reports.comparison import Column, Source
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Read
from openleo.service.reports.prose.aliases import same_name
from openleo.service.reports.prose.origins import surely_earlier

Days = Mapping[str, Interval | None]
"""When documents were first published, by their ids."""
End = tuple[str, str]
"""Where a document comes from at last: the id of a document and "", or "" and the name of an outlet."""


def first_published(kept: Kept, versions: Mapping[str, Sequence[Earlier]]) -> Interval | None:
    """The day that the first version of a document states, or the next one that states any."""
    stated = sorted(versions.get(kept.id, ()), key=lambda each: each.number)
    days = [each.document.published for each in stated]
    return next((each for each in days if each is not None), kept.document.published)


def first_reads(documents: Sequence[Kept], versions: Mapping[str, Sequence[Earlier]]) -> list[Read]:
    """The documents as `origins` is asked about them: what they say now, as of when they first appeared."""
    return [
        Read(
            each.id, replace(each.document, published=first_published(each, versions)), each.proposals
        )
        for each in documents
    ]  # fmt: skip


def end_of(id_: str, settled: Mapping[str, Found], given: Collection[str], days: Days) -> End:
    """The first document to which one goes back, through others; or an outlet outside.

    It ends before a document that is surely later than the one that is asked about. given: the documents
    whose origin a person gave: where that is later than they are, a person knows the days better.
    """
    seen, since = [id_], days.get(id_)
    while (origin := settled.get(seen[-1])) is not None:
        if not origin.root:
            return ("", origin.outside) if origin.outside else (seen[-1], "")
        if origin.root in seen:  # itself, or two that are given as each other's
            return min(seen[seen.index(origin.root) :]), ""
        day = days.get(origin.root)
        if surely_earlier(since, day):
            if seen[-1] not in given or not surely_earlier(days.get(seen[-1]), day):
                break
            since = day
        seen.append(origin.root)
    return seen[-1], ""


def in_order(ids: Sequence[str], ends: Mapping[str, End], days: Days) -> list[str]:
    """Documents with each behind the one that it goes back to, where their days allow both.

    ids: in the order that they have otherwise.
    """
    earlier = {each: {other for other in ids if surely_earlier(days[other], days[each])} for each in ids}
    roots = {
        each: {other for other in ids if other == ends[each][0] != each and each not in earlier[other]}
        for each in ids
    }  # fmt: skip
    found: dict[str, None] = {}
    while len(found) < len(ids):
        free = [each for each in ids if each not in found and earlier[each] <= found.keys()]
        found[next((each for each in free if roots[each] <= found.keys()), free[0])] = None
    return list(found)


def merged(ends: Mapping[str, End], sources: Mapping[str, str], known: Mapping[str, str]) -> dict[str, End]:
    """The ends of documents, with outlets outside that may be one, or that of a document, as one.

    sources: the outlets of documents, by their ids. known: as `origins` takes it. Until a person has told
    spellings apart or confirmed them as one, two that may be one name count once: rather too few than too
    many. Where several documents are of such an outlet, it counts with the first that reports for itself.
    """
    outside = list(dict.fromkeys(name for root, name in ends.values() if not root))
    groups: list[list[str]] = []
    for name in outside:
        near = [group for group in groups if any(same_name(name, each, known) for each in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(each for group in near for each in group), name])
    roots = [each for each in dict.fromkeys(root for root, _ in ends.values() if root) if sources.get(each)]
    counted: dict[End, End] = {}
    for group in groups:
        of = (each for each in roots if any(same_name(name, sources[each], known) for name in group))
        root = next(of, "")
        for name in group:
            counted["", name] = (root, "") if root else ("", group[0])
    return {id_: counted.get(end, end) for id_, end in ends.items()}


def hidden(language: Language = "en") -> str:
    """What stands for a document that others go back to, and that may not be shown."""
    return pick(language, "a document that is not shown", "un document qui n'est pas montré")


def grouped(columns: Sequence[Column], ends: Mapping[str, End]) -> tuple[Source, ...]:
    """Documents by the report that they go back to, in the order in which the case has them."""
    found: dict[End, list[Column]] = {}
    for each in columns:
        found.setdefault(ends[each.id], []).append(each)
    return tuple(
        Source(same[0].origin or same[0].outside, tuple(each.id for each in same)) for same in found.values()
    )
