"""What a document has of its own: what it was told, saw, measured; and what it says of itself."""

from collections.abc import Mapping
from typing import Final

from openleo.service.reasons import Language
from openleo.service.reports.proposals import Read, Sentence
from openleo.service.reports.prose.because import because
from openleo.service.reports.prose.citing import FIRST, LATER, is_dateline, is_own, places
from openleo.service.reports.prose.phrases import has, phrases

OWN: Final = 2.0
"""What a sentence on its own sources weighs among the first five; ASIDE, where it asks for an answer."""
ASIDE: Final = 0.4
LINE: Final = 1.0
"""What a byline weighs: from our correspondent."""
HOLDS: Final = 2.5
"""What it weighs behind another outlet that it has a document, or has measured."""
SESSION: Final = 1.8
"""What a court, a council, a press conference weighs at the beginning: whoever is there hears it."""
BEHIND: Final = 0.5
"""The part of its weight that a sentence has behind one that cites another outlet."""


def plain(read: Read, sentence: Sentence) -> str:
    """The words of a sentence, with single spaces."""
    return " ".join(read.words(sentence.start, sentence.end).split())


def own(
    read: Read, known: Mapping[str, str], language: Language, retells: int, *, translated: bool = False
) -> tuple[float, str]:
    """What a document has of its own sources, as a weight, and where, in a sentence.

    retells: the place of the sentence in which it first cites another outlet. What stands behind it is mostly
    the answer of a party to that, and weighs half, unless it is a document or a measurement that it has; a
    session is then known from the other.
    translated: "told this newspaper" is then what the original says.
    """
    total, why = 0.0, ""
    numbers = places(read)
    is_session = False
    for number, sentence in enumerate(read.proposals.sentences):
        place, words = numbers[number], read.words(sentence.start, sentence.end)
        is_line = number + 1 < len(numbers) and numbers[number + 1] == place
        is_session = is_session or (place <= 2 and has(words, sentence.language, "sessions"))
        rests = not translated and has(_unquoted(read, sentence), sentence.language, "own")
        if not rests and not _was_told(read, sentence, known):
            continue
        answers = sentence.mood in ("denied", "asked") and place > min(retells, 2)
        asks = answers or has(words, sentence.language, "unable")
        holds = sentence.mood != "denied" and has(words, sentence.language, "holds")
        weight = OWN if place < len(FIRST) else LATER
        if is_line:
            weight = LINE
        elif place <= 1:
            weight += OWN
        elif place > retells:
            weight = HOLDS if holds else weight * BEHIND
        total += ASIDE if asks and not holds else weight
        why = why or because(language, "own").format(_short(words))
    if is_session and retells >= len(FIRST) and not translated and total < SESSION:
        return SESSION, why or because(language, "session")
    return total, why


def _unquoted(read: Read, sentence: Sentence) -> str:
    """A sentence without what others say in it: "us" is then not the document."""
    text, at = "", sentence.start
    for each in read.proposals.quotations:
        if at <= each.start < sentence.end:
            text, at = text + read.words(at, each.start), each.end
        elif each.start < at < each.end:
            at = each.end
    return text + read.words(at, sentence.end)


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= 120 else flat[:117].rsplit(" ", 1)[0] + " …"


def _was_told(read: Read, sentence: Sentence, known: Mapping[str, str]) -> bool:
    """Whether something was told to the document's own outlet, by name."""
    for outlet in read.proposals.outlets:
        if not sentence.start <= outlet.start < sentence.end or not is_own(outlet.name, read, known):
            continue
        before = read.words(sentence.start, outlet.start)
        behind = read.words(outlet.end, sentence.end)
        if has(before[-60:], sentence.language, "told") or has(behind[:40], sentence.language, "learned"):
            return True
    return False


def is_translation(read: Read) -> bool:
    """Whether it says that it is a translation, in its text or beside it."""
    document = read.document
    if document.translated_from or document.translation_of:
        return True
    language = document.language
    beside = (document.text[each.start : each.end] for each in document.asides)
    ends = (plain(read, each) for each in (*read.proposals.sentences[:2], *read.proposals.sentences[-2:]))
    return any(has(each, language, "translated") for each in (*beside, *ends))


def is_update(read: Read) -> bool:
    """Whether it says of itself that it adds to an earlier dispatch, or sets one right."""
    return any(has(plain(read, each), each.language, "updates") for each in read.proposals.sentences[:3])


def has_dateline(read: Read, known: Mapping[str, str]) -> bool:
    """Whether it begins with a dateline of its own: an agency's dispatch."""
    return any(
        is_dateline(read, each) and is_own(each.name, read, known) for each in read.proposals.outlets[:1]
    )


def declares(read: Read) -> bool:
    """Whether a party speaks for itself: as its kind says, or as its title begins."""
    if read.document.kind == "statement":
        return True
    begin = (read.document.title or read.document.text[:80]).strip().casefold()
    return any(begin.startswith(each) for each in phrases(read.document.language, "declares"))
