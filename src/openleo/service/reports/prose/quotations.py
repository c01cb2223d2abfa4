"""Speech between quotation marks, and whose it is.

It leaves out what is no speech (a name, a title, a word that the writer keeps at a distance), cuts what is
left at the ends of sentences and where the tag stands inside the marks («A, said the minister, B»), and
gives each part the speaker that the nearest words of speech name: behind it, before it, by a colon, by a
signature behind a paragraph that is all quotation, or carried over from the sentence before. Its weakness: a
fragment of one or two words without a verb of speech beside it is taken for a name, and a pronoun may be
given to a thing that the sentence before begins with.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Quotation, Sentence
from openleo.service.reports.prose.marks import Marked, marked
from openleo.service.reports.prose.passages import EDGES, Part, Told
from openleo.service.reports.prose.tongue import covered, tongue


def quoted(document: Document, sentences: Sequence[Sentence]) -> tuple[Quotation, ...]:
    """The quotations of a document, one for each sentence that they go over, with their speakers."""
    found = marked(document, sentences)
    masked = covered(document.text, [(each.outer_start, each.outer_end) for each in found])
    told = Told(document.text, masked, sentences)
    parts = _parts(found, sentences, told)
    counted = Counter(each.group for each in parts)
    spoken = [each for each in parts if told.is_speech(each, counted[each.group] > 1)]
    return tuple(_with_speakers(told, spoken))


def _parts(found: Sequence[Marked], sentences: Sequence[Sentence], told: Told) -> list[Part]:
    """What stands between marks, cut at the ends of sentences and at tags inside the marks."""
    parts, place = [], 0
    for each in found:
        while place < len(sentences) and sentences[place].end <= each.start:
            place += 1
        at = place
        while at < len(sentences) and sentences[at].start < each.end:
            first, last = max(each.start, sentences[at].start), min(each.end, sentences[at].end)
            for piece in told.without_tags(first, last, at):
                start, end = _trimmed(told.text, *piece)
                if start < end:
                    parts.append(Part(start, end, at, each.group))
            at += 1
    return parts


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    return start, end


def _with_speakers(told: Told, parts: Sequence[Part]) -> Iterator[Quotation]:
    """Quotations with their speakers: those that their own sentence names, then the others from them."""
    found: dict[Part, tuple[int, int, str]] = {}
    last: tuple[int, int, int] | None = None
    groups: dict[int, tuple[int, int]] = {}
    for part in parts:
        own = told.speaker(part)
        span = None
        if own is not None and own[0].speaker_start >= 0:
            span = told.meant(own[0].speaker_start, own[0].speaker_end, part.sentence, part.start)
            why = f"{own[1]}: {own[0].verb}"
        elif (by_colon := told.by_colon(part)) is not None:
            span, why = told.meant(*by_colon, part.sentence, part.start), "colon"
        elif (signed := told.signed(part)) is not None:
            span, why = signed, "signed"
        if span is not None:
            found[part] = *span, why
            groups.setdefault(part.group, span)
    for part in parts:
        if part not in found:
            if part.group in groups:
                found[part] = *groups[part.group], "the same speech"
            elif last is not None and part.sentence - last[2] <= 1:
                found[part] = last[0], last[1], "carried over"
            elif (before := _before(told, part)) is not None:
                found[part] = *before, "carried over"
        if part in found:
            last = found[part][0], found[part][1], part.sentence
        yield _quotation(told, part, found.get(part))


def _before(told: Told, part: Part) -> tuple[int, int] | None:
    """Who speaks, or is told of, in the sentence before one that is all quotation."""
    if not part.sentence:
        return None
    words = tongue(told.sentences[part.sentence].language)
    named = [each for each in told.sayings(part.sentence - 1) if each.speaker_start >= 0]
    sentence = told.sentences[part.sentence - 1]
    if words is None:
        return None
    if not named:
        between = told.text[sentence.end : told.sentences[part.sentence].start]
        return None if "\n" in between else told.first(part.sentence - 1)
    each = named[-1]
    return told.meant(each.speaker_start, each.speaker_end, part.sentence - 1, each.speaker_start)


def _quotation(told: Told, part: Part, speaker: tuple[int, int, str] | None) -> Quotation:
    if speaker is None:
        return Quotation(part.start, part.end, "", why="no speaker found")
    start, end, why = speaker
    return Quotation(part.start, part.end, told.text[start:end], start, end, why)
