"""To which first report each document of a case goes back, and why it is thought so: for a person to decide.

Looks at whom a document cites (`citing`), also without a name (`nameless`). Against that stands what it has
of its own (`firsthand`): "told this newspaper", documents that it has seen, what it measured, a court or a
council where it sat, unless it has that from others; a word with a party on somebody else's report is not an
origin, nor is a byline. A notice that it is a translation or an update, sentences and quotations that it
shares with an earlier one, and who is cited by whom are followed to the first report, but never to one that
is surely later than the document itself: of a chain that leads there a step is left out that only rests on
sentences shared, and where all are citations it ends before. Its weakness: a report that takes everything
from an outlet that it does not name, in words of its own, looks like one of its own; one that cites another
first and then has two sentences of its own counts as one that reports for itself; and one that has local
press for its source goes back to the document of the case that tells most of it, though it may have meant
another paper.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Read
from openleo.service.reports.prose.aliases import same_name
from openleo.service.reports.prose.because import because
from openleo.service.reports.prose.citing import FIRST, heaviest, is_no_outlet, where, whom
from openleo.service.reports.prose.firsthand import (
    ASIDE,
    SESSION,
    declares,
    has_dateline,
    is_translation,
    is_update,
    own,
    plain,
)
from openleo.service.reports.prose.nameless import nameless
from openleo.service.reports.prose.same import pairs
from openleo.service.reports.prose.telling import Told, told

ENOUGH: Final = 1.2
"""From which weight on a cited outlet may be the origin."""
SHARED: Final = 0.5
"""Of its sentences, the part that a document shares with an earlier one from which on that is its origin."""
RETOLD: Final = 0.15
"""That part for a document that has nothing of its own and cites the earlier one late."""
COMPARED: Final = 5
"""Earlier documents with which one is compared, at most: those that have most rare concepts of it."""
LIKELY: Final = 0.3
"""Added to that part where a document says that it has it from an outlet that it does not name."""


@dataclass(frozen=True)
class Origin:
    """To what a document goes back. why: in sentences.

    root: a document's id, its own where it reports for itself, "" where it goes back to an outlet that is no
    document of the case: `outside` names it.
    """

    document: str
    root: str
    outside: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class _Step:
    """Where a document has it from: an index, or an outlet outside, or neither: from itself.

    is_shared: whether only what two documents both tell speaks for it.
    """

    read: int
    outside: str
    why: tuple[str, ...]
    is_shared: bool = False


@dataclass(frozen=True)
class _Heard:
    """What a document tells, all concepts of it, and whether a party speaks for itself in it."""

    told: Sequence[Told]
    concepts: frozenset[str]
    is_party: bool


def _heard(read: Read, known: Mapping[str, str]) -> _Heard:
    tells = told(read, known)
    return _Heard(tells, frozenset(concept for each in tells for concept in each.concepts), declares(read))


def origins(
    reads: Sequence[Read], known: Mapping[str, str] | None = None, language: Language = "en"
) -> tuple[Origin, ...]:
    """The origin of each document of a case, in their order.

    known: spellings that a person has confirmed, casefolded, with the name that each stands for. language:
    of the sentences that say why.
    """
    names = known or {}
    heard = [_heard(each, names) for each in reads]
    steps = [_step(number, reads, heard, names, language, ()) for number in range(len(reads))]
    apart: dict[int, list[int]] = {}
    while (doubtful := _doubtful(reads, steps)) is not None:
        apart.setdefault(doubtful, []).append(steps[doubtful].read)
        steps[doubtful] = _step(doubtful, reads, heard, names, language, apart[doubtful])
    return tuple(_followed(number, reads, steps, language) for number in range(len(reads)))


def _doubtful(reads: Sequence[Read], steps: Sequence[_Step]) -> int | None:
    """A document whose step is left out: it is part of a chain to one that is later than where it begins."""
    for number in range(len(reads)):
        chain, end = _chain(number, reads, steps)
        if end >= 0 and end not in chain:
            shared = next((at for at in chain if steps[at].is_shared), None)
            if shared is not None:
                return shared
    return None


def _chain(number: int, reads: Sequence[Read], steps: Sequence[_Step]) -> tuple[list[int], int]:
    """The documents through which one goes back, itself first, and what the last would go back to.

    A circle ends before it closes, and a chain before a document that is surely later than its first.
    """
    chain = [number]
    while (back := steps[chain[-1]].read) >= 0 and back not in chain:
        if _surely_earlier(reads[number], reads[back]):
            break
        chain.append(back)
    return chain, back


def _followed(number: int, reads: Sequence[Read], steps: Sequence[_Step], language: Language) -> Origin:
    """The end of the chain that begins at a document."""
    chain, _ = _chain(number, reads, steps)
    last = steps[chain[-1]]
    through = chain[1:] if last.outside else chain[1:-1]
    why, colon = list(steps[number].why), pick(language, ": ", " : ")
    why += [f"{_of(reads[at])}{colon}{sentence}" for at in through for sentence in steps[at].why[:1]]
    root = "" if last.outside else reads[chain[-1]].id
    return Origin(reads[number].id, root, last.outside, tuple(why))


def _of(read: Read) -> str:
    return read.document.source or read.document.title or read.id


def _step(
    number: int, reads: Sequence[Read], heard: Sequence[_Heard], known: Mapping[str, str],
    language: Language, apart: Sequence[int],
) -> _Step:  # fmt: skip
    """From whom a document has what it tells, one step back.

    apart: documents of which it does not have what it shares with them.
    """
    read = reads[number]
    if heard[number].is_party:
        return _Step(-1, "", (because(language, "party"),))
    earlier = [other for other in range(len(reads)) if other != number and _not_later(reads, other, number)]
    before = [other for other in earlier if other not in apart]
    version = _earlier_version(number, earlier, reads, heard)
    if version >= 0:
        return _Step(version, "", (because(language, "later").format(_of(read)),))
    cited = list(whom(number, reads, earlier, known))
    translated, unnamed = is_translation(read), nameless(read)
    retells = min(
        (*(each.place for each in cited if not each.passing), *unnamed),
        default=max(len(FIRST), len(read.proposals.sentences)),
    )
    its_own, own_why = own(read, known, language, retells, translated=translated)
    best, weight = heaviest(cited, translated)
    while best is not None and best.read < 0 and is_no_outlet(best.name, reads):
        cited = [each for each in cited if each.name != best.name]
        best, weight = heaviest(cited, translated)
    if best is not None and weight >= ENOUGH and weight > its_own:
        why = [where(best, language), *([because(language, "translation")] if translated else [])]
        if best.read >= 0:
            return _Step(best.read, "", tuple(why))
        renamed = _taken(number, before, reads, heard, translated, language)
        if renamed is not None and _is_renamed(best.name, read, reads[renamed.read], known):
            may = because(language, "renamed").format(best.name, _of(reads[renamed.read]))
            return _Step(renamed.read, "", (*why, may, *renamed.why))
        return _Step(-1, best.name, (*why, because(language, "outside")))
    mentioned = best if its_own <= ASIDE and best is not None and best.read >= 0 else None
    if mentioned is not None and not mentioned.passing and _retells(number, mentioned.read, heard):
        return _Step(mentioned.read, "", (where(mentioned, language),))
    likely = translated or bool(unnamed)
    if its_own < SESSION and (likely or not has_dateline(read, known)):
        taken = _taken(number, before, reads, heard, likely, language)
        if taken is not None:
            return taken
    if own_why:
        return _Step(-1, "", (own_why,))
    if cited:
        return _Step(-1, "", (because(language, "passing").format(cited[0].name),))
    return _Step(-1, "", (because(language, "nobody"),))


def _not_later(reads: Sequence[Read], one: int, other: int) -> bool:
    """Whether a document may have been there before another; without dates their order counts."""
    a, b = reads[one].document.published, reads[other].document.published
    first, last = a.first if a else None, b.last if b else None
    return one < other if first is None or last is None else first <= last


def surely_earlier(one: Interval | None, other: Interval | None) -> bool:
    """Whether the last day of one comes before the first of another; not where either is unknown."""
    ends: tuple[date | None, date | None] = (one.last if one else None, other.first if other else None)
    return ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def _surely_earlier(one: Read, other: Read) -> bool:
    return surely_earlier(one.document.published, other.document.published)


def _earlier_version(
    number: int, earlier: Sequence[int], reads: Sequence[Read], heard: Sequence[_Heard]
) -> int:
    """The first earlier document of its source that it says to update, or shares most sentences with.

    -1 for none.
    """
    source = reads[number].document.source.casefold()
    texts = {plain(reads[number], each.sentence) for each in heard[number].told}
    for other in earlier:
        if not source or reads[other].document.source.casefold() != source:
            continue
        if not _surely_earlier(reads[other], reads[number]) and other > number:
            continue
        if is_update(reads[number]):
            return other
        its = {plain(reads[other], each.sentence) for each in heard[other].told}
        if its and len(its & texts) * 2 >= min(len(its), len(texts)):
            return other
    return -1


def _is_renamed(name: str, read: Read, other: Read, known: Mapping[str, str]) -> bool:
    """Whether a name that no document's source has may be another document's, lost in translation.

    It is not where that document is in the same language, or cites an outlet of that name as well.
    """
    if read.document.language == other.document.language:
        return False
    return not any(same_name(name, each.name, known) for each in other.proposals.outlets)


def _retells(number: int, other: int, heard: Sequence[_Heard]) -> bool:
    """Whether much of a document is what a report tells that it mentions."""
    return not heard[other].is_party and _share(heard[number].told, heard[other].told) >= RETOLD


def _taken(
    number: int,
    earlier: Sequence[int],
    reads: Sequence[Read],
    heard: Sequence[_Heard],
    likely: bool,
    language: Language,
) -> _Step | None:
    """The earlier report of which a document shares enough without citing it.

    likely: whether it says that it has it from somebody, so that less is enough.
    """
    found: list[tuple[float, int]] = []
    may_be = [
        other for other in earlier
        if not heard[other].is_party
        and (other < number or _surely_earlier(reads[other], reads[number]))
    ]  # fmt: skip
    for other in _nearest(number, may_be, heard):
        share = _share(heard[number].told, heard[other].told)
        share += LIKELY if likely else 0.0
        if share >= SHARED:
            found.append((share, -other))
    if not found:
        return None
    share, least = max(found)
    source = _of(reads[-least])
    return _Step(-least, "", (because(language, "taken").format(source),), is_shared=True)


def _nearest(number: int, others: Sequence[int], heard: Sequence[_Heard]) -> Sequence[int]:
    """Of many documents those that share most concepts with one, each by how few of them have it."""
    if len(others) <= COMPARED:
        return others
    held = Counter(concept for other in others for concept in heard[other].concepts)
    its = heard[number].concepts
    common = {other: sum(1.0 / held[each] for each in its & heard[other].concepts) for other in others}
    return sorted(sorted(others, key=lambda each: -common[each])[:COMPARED])


def _share(one: Sequence[Told], other: Sequence[Told]) -> float:
    """The part of a document's sentences that tell what an earlier one tells; of quotations twice.

    Who retells has no quotation of what the first report tells in words of its own.
    """
    quoted = {each.sentence.start for each in other if each.heard}
    found = [pair for pair in pairs(one, other) if pair.score >= 0.5]
    told_too = {pair.start for pair in found}
    quoted_too = {pair.start for pair in found if pair.other_start in quoted}
    shared = sum(
        (2.0 if each.sentence.start in quoted_too else 0.0) if each.heard else 1.0
        for each in one
        if each.sentence.start in told_too
    )
    return shared / max(sum(2.0 if each.heard else 1.0 for each in one), 4.0)
