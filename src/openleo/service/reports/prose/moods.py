"""The mood of each sentence: said in the document's own voice, on somebody's word, hedged, denied, or asked.

What decides is the main statement of the sentence: a question mark outside quotations, a quoted question that
somebody asks, a verb of denial, that something is left open, a hedge or a press conditional that no verb of
speech governs, a denial within speech, and words of speech, of findings, of blame and of praise. Who speaks
counts: a party's "we did nothing" is a denial, a resident's "we had nothing" is not, unless it answers
somebody ("retorted"), nor is a complaint; a party that tells in its own statement what it does speaks in its
own voice, and so does a document that says "we"; "after officials said" leaves the main statement as it is.
Its weakness: which clause is the main one is told by commas and relative pronouns alone, so that a
denial or a hedge in an aside may decide; "may" of a permission is told by a list of verbs, and what did not
happen ("would have cost 75") is hardly told from a rumour; a denial by words that are not in its list
("anything but", "was not its own") is taken for a plain report, a demand or an accusation in rare words for
the document's own voice, and so is what somebody goes on to tell in sentences that do not name them again.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import NOT_READ, Mood, Quotation, Sentence
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.speech import Saying, is_report, sayings
from openleo.service.reports.prose.tongue import MASK, covered

_CLOSING: Final = " \t\n\u00a0\u202f«»“”\"’')]¤"
_LED: Final = re.compile(r"\W*¤+\W*:\s(?:\S+\s){4}")
"""A headline that goes on in its own voice: « "It was free": in the valley the bill has come »."""
_COLON: Final = re.compile(r"[^:¤]{2,40}: ")
_PART: Final = re.compile("ACT|WHEN|HAPPEN|CLAIM")
"""Parts that patterns of the language files share, in its table `moods.parts`."""
_CREDIT: Final = re.compile(r"(.{20,200})(?::| [–—-]) ([^:¤,.]{3,40})\s*$")
_HEADING: Final = re.compile(r"^[^:¤]{2,40}:\s")
_LONGEST_PREFIX: Final = 100
"""Characters between a verb of speech and a denial that it governs."""


@dataclass(frozen=True)
class _Cued:
    """A long pattern that is only tried where one of its cues stands: most sentences have none."""

    pattern: re.Pattern[str]
    cues: tuple[str, ...]

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """As a pattern searches."""
        return self.pattern.search(text, start) if any(map(text.__contains__, self.cues)) else None

    def match(self, text: str) -> re.Match[str] | None:
        """As a pattern matches at the beginning."""
        found = self.search(text)
        return found if found is not None and not found.start() else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As a pattern finds all."""
        return self.pattern.finditer(text) if any(map(text.__contains__, self.cues)) else iter(())


@dataclass(frozen=True)
class _Words:
    """What decides on a mood, in one language."""

    asked: _Cued
    not_asked: re.Pattern[str]
    denied: _Cued
    not_denied: re.Pattern[str]
    refused: _Cued
    not_refused: re.Pattern[str]
    refusing: re.Pattern[str]
    hedged: _Cued
    supposing: re.Pattern[str]
    governed: re.Pattern[str]
    past: re.Pattern[str]
    own_voice: re.Pattern[str]
    tagged: re.Pattern[str]
    tagging: re.Pattern[str]
    kept: re.Pattern[str]
    reported: _Cued
    ours: re.Pattern[str]
    subordinate: re.Pattern[str]
    no_source: re.Pattern[str]
    no_speech: re.Pattern[str]
    unclear: re.Pattern[str]
    relative: re.Pattern[str]
    announced: re.Pattern[str]
    clause: re.Pattern[str]
    party: re.Pattern[str]
    witness: re.Pattern[str]
    outright: re.Pattern[str]
    received: re.Pattern[str]
    relating: re.Pattern[str]
    that: re.Pattern[str]
    opening: re.Pattern[str]
    refuted: _Cued
    opined: _Cued
    wondering: re.Pattern[str]
    retort: re.Pattern[str]
    negated: re.Pattern[str]
    governing: re.Pattern[str]
    complaining: re.Pattern[str]


@dataclass(frozen=True)
class _Read:
    """A sentence as it is weighed.

    outside: its text with quotations masked. inside: what each of them holds, and its speaker. told: who says
    what, without what stands in a relative clause. Texts are plain (small letters, straight apostrophes), but
    for the speakers.
    """

    outside: str
    inside: tuple[tuple[str, str], ...]
    told: tuple[Saying, ...]
    is_statement: bool


def moods(
    document: Document, sentences: Sequence[Sentence], quotations: Sequence[Quotation]
) -> tuple[Sentence, ...]:
    """The sentences with their moods and the words that decided."""
    text = document.text
    masked = covered(text, [(each.start, each.end) for each in quotations])
    found, place = [], 0
    for sentence in sentences:
        while place < len(quotations) and quotations[place].end <= sentence.start:
            place += 1
        inside, at = [], place
        while at < len(quotations) and quotations[at].start < sentence.end:
            inside.append((_plain(text[quotations[at].start : quotations[at].end]), quotations[at].speaker))
            at += 1
        mood, why = _mood(masked, sentence, tuple(inside), document.kind == "statement")
        found.append(replace(sentence, mood=mood, why=why))
    return tuple(found)


def _mood(
    masked: str, sentence: Sentence, inside: tuple[tuple[str, str], ...], is_statement: bool
) -> tuple[Mood, str]:
    words = _words(sentence.language)
    if words is None:
        return "asserted", NOT_READ
    written = masked[sentence.start : sentence.end]
    outside = _plain(written)
    told = tuple(
        each
        for each in sayings(written, 0, len(written), sentence.language)
        if is_report(each, sentence.language)
        and not (each.way == "according" and words.no_source.match(outside, each.end))
        and not (each.way != "according" and words.no_speech.match(outside, each.start))
        and not _is_called(each, outside)
        and not _is_aside(each, outside, words)
        and not (each.way == "before" and words.ours.match(outside[each.speaker_start : each.speaker_end]))
        and not (is_statement and not inside and _is_own(each, outside, words))
    )
    each = _Read(outside, inside, told, is_statement)
    for mood, rule in _RULES:
        if why := rule(each, words):
            return mood, why
    return "asserted", ""


def _plain(text: str) -> str:
    """A text of the same length in small letters and with straight apostrophes, as the patterns are."""
    low = text.lower().replace("’", "'")
    return low if len(low) == len(text) else text


def _is_called(said: Saying, outside: str) -> bool:
    """Whether a verb leads to a name between marks that is no speech: « dit "les quatre vents" »."""
    rest = outside[said.end :].lstrip()
    return rest[:1] in tuple("«“") and not rest[1:].lstrip().startswith(MASK)


def _is_aside(said: Saying, outside: str, words: _Words) -> bool:
    """Whether it stands in a relative clause that ends before the sentence does: "X, which says ..., cut"."""
    begin = max(outside.rfind(each, 0, said.start) for each in ",–—")
    end = outside.find(",", said.end)
    return begin >= 0 and end >= 0 and bool(words.relative.match(outside[begin + 1 : said.start].lstrip()))


def _is_own(said: Saying, outside: str, words: _Words) -> bool:
    """Whether a party says in its own statement what it does: "announces its 40th launch"."""
    is_deed = said.way == "before" and words.announced.match(said.verb) is not None
    return is_deed and not words.clause.match(outside, said.end)


def _asked(each: _Read, words: _Words) -> str:
    """A question outside quotations, one that somebody asks, or that somebody was asked for an answer."""
    if each.outside.rstrip(_CLOSING).endswith("?") and not each.outside.rstrip(' »”"\u00a0\u202f').endswith(
        "¤"
    ):
        return "?"
    said, speaker = each.inside[-1] if each.inside else ("", "")
    if said.rstrip(_CLOSING).endswith("?") and not any(map(str.isalnum, each.outside)):
        return "?"
    wondered = words.wondering.search(each.outside) if said.rstrip(_CLOSING).endswith("?") else None
    if wondered is not None and not words.witness.search(speaker.lower()):
        return wondered[0]
    found = words.asked.search(each.outside) if not each.inside else None
    if found is None or words.not_asked.match(each.outside) or _is_told(each, found.start()):
        return ""
    return found[0]


def _is_told(each: _Read, at: int) -> bool:
    """Whether what stands at a place is what somebody says."""
    return any(said.last <= at and said.way != "participle" for said in each.told)


def _left_open(each: _Read, words: _Words) -> str:
    """That something is not known, or that somebody would not answer: the document says so itself."""
    found = words.unclear.search(each.outside) or words.kept.search(each.outside)
    if found is None or any(said.way != "participle" for said in each.told):
        return ""
    return found[0]


def _denied_outright(each: _Read, words: _Words) -> str:
    """A verb of denial or a word for what is false, ahead of any hedge."""
    found = words.denied.search(each.outside)
    if found is None or words.not_denied.search(each.outside):
        return ""
    hedge = _hedge(each, words)
    return "" if hedge is not None and hedge.start() < found.start() else found[0]


def _hedge(each: _Read, words: _Words) -> re.Match[str] | None:
    if words.supposing.search(each.outside):
        return None
    for found in words.hedged.finditer(each.outside):
        if not _is_governed(each, found.start(), words):
            return found
    return None


def _is_governed(each: _Read, at: int, words: _Words) -> bool:
    """Whether a hedge is part of what somebody says: "said that it might", "a dit qu'il répondrait"."""
    tag = each.told[-1] if each.told and words.tagged.match(each.outside, at) else None
    is_tag = tag is not None and tag.first > at and words.tagging.search(tag.verb) is not None
    if tag is not None and is_tag and each.outside[: tag.first].rstrip()[-1:] == ",":
        return True
    for said in each.told:
        if said.last <= at and said.way not in ("according", "quoted"):
            between = each.outside[said.end : at]
            past = words.past.search(each.outside[said.start : said.end]) is not None
            if words.governed.search(between) and (past or words.own_voice.match(each.outside, at)):
                return True
    ruling = words.governing.search(each.outside, 0, at)
    return ruling is not None and not set(each.outside[ruling.end() : at]) & set(";:.")


def _hedged(each: _Read, words: _Words) -> str:
    found = _hedge(each, words)
    return found[0] if found is not None else ""


def _denied_in_speech(each: _Read, words: _Words) -> str:
    """That something was done is denied in a quotation, by what a party says, or in its statement."""
    is_retort = bool(each.inside) and words.retort.search(each.outside) is not None
    is_complaint = bool(each.inside) and words.complaining.search(each.outside) is not None
    for said, speaker in each.inside:
        if why := _refusal(said, _side(speaker, each, words), words, is_complaint):
            return why
        if is_retort and (found := words.negated.search(said)):
            return found[0]
    if each.is_statement:
        stated = _HEADING.sub("", each.outside)
        found = words.refused.search(stated) or words.opening.match(stated) or words.refuted.match(stated)
        return found[0] if found is not None else ""
    told = [said for said in each.told if not words.witness.search(_speaker(said, each))]
    starts = [said.last for said in told]
    if any(said.way == "behind" or said.last > len(each.outside) - 40 for said in told):
        starts.append(0)
        if found := words.outright.match(each.outside):
            return found[0]
        found = words.refused.search(each.outside)
        if (
            found
            and found.start()
            and _is_first(_HEADING.sub("", each.outside[: found.end()]), words)
            and any(words.party.search(_speaker(said, each)) for said in told if said.last > found.end())
        ):
            return found[0]
    for said_there in _said_in_title(each.outside, words):
        found = words.refused.search(said_there) or words.refuted.search(said_there)
        if found is not None:
            return found[0]
    for start in starts:
        found = words.refused.search(each.outside, start)
        if found is None or found.start() - start > _LONGEST_PREFIX:
            continue
        between = each.outside[start : found.start()]
        if words.relating.search(between):
            continue
        if words.refusing.match(each.outside[start : found.end()]) or (
            start and words.that.match(between) and not set(between) & set(",;:")
        ):
            return found[0]
    return ""


def _said_in_title(outside: str, words: _Words) -> Iterator[str]:
    """What a headline says that names a party before or behind it: "Minister: ...", "...: minister"."""
    title, credit = _COLON.match(outside), _CREDIT.match(outside)
    if title is not None and words.party.search(title[0]):
        yield outside[title.end() :]
    if credit is not None and words.party.search(credit[2]):
        yield credit[1]


def _is_first(text: str, words: _Words) -> bool:
    """Whether a text up to a denial has one clause alone, and denies a deed: not that something came."""
    return len(text) < 2 * _LONGEST_PREFIX and not set(text) & set(",;:") and not words.received.search(text)


def _speaker(said: Saying, each: _Read) -> str:
    return each.outside[max(said.speaker_start, 0) : max(said.speaker_end, 0)]


def _side(speaker: str, each: _Read, words: _Words) -> str:
    """Whether somebody speaks for a party or as a witness; whom a party quotes in its statement, for it."""
    who = speaker.lower()
    if each.is_statement:
        return "party"
    if words.witness.search(who):
        return "witness"
    return "party" if words.party.search(who) or _is_name(speaker) else ""


def _refusal(said: str, side: str, words: _Words, is_complaint: bool) -> str:
    """The words of a quotation that refuse a claim; of a witness's only those that call it false.

    Whoever speaks for a party denies by any "we did not"; a resident's "we had no link" tells what happened,
    and so does a complaint.
    """
    found = words.denied.search(said) or words.outright.search(said)
    if found is None and not is_complaint and side != "witness":
        found = words.refused.search(said)
        if found is None and side == "party":
            found = words.refuted.search(said)
    return found[0] if found is not None and not words.not_refused.search(said) else ""


def _is_name(speaker: str) -> bool:
    return bool(speaker) and all(each[:1].isupper() for each in speaker.split())


def _reported(each: _Read, words: _Words) -> str:
    if not each.told and _LED.match(each.outside):
        return ""
    if told := [said for said in each.told if not words.subordinate.search(each.outside[: said.first])]:
        return told[0].verb
    found = words.reported.search(each.outside)
    if found is None and not each.is_statement:
        found = words.opined.search(each.outside)
    if found is not None:
        return found[0]
    return "quotation" if each.inside and not words.kept.search(each.outside) else ""


_RULES: Final[tuple[tuple[Mood, Callable[[_Read, _Words], str]], ...]] = (
    ("asked", _asked),
    ("denied", _denied_outright),
    ("asserted", _left_open),
    ("conditional", _hedged),
    ("denied", _denied_in_speech),
    ("reported", _reported),
)
"""In the order in which they decide; each tells the words by which it does, "" where it does not."""


@cache
def _words(language: str) -> _Words | None:
    found = table(language, "moods")
    if not found:
        return None
    parts = {name: f"(?:{'|'.join(each)})" for name, each in found["parts"].items()}
    patterns: dict[str, Any] = {
        name: _one_of([_PART.sub(lambda part: parts.get(part[0], "(?!)"), each) for each in found[name]])
        for name in _Words.__dataclass_fields__
    }
    for name, cues in found["cues"].items():
        patterns[name] = _Cued(patterns[name], tuple(cues))
    return _Words(**patterns)


def _one_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern of several. What begins with a word boundary shares one: a third of the time."""
    words = [each[2:] for each in patterns if each.startswith(r"\b")]
    others = [each for each in patterns if not each.startswith(r"\b")]
    if words:
        others.append(r"\b(?:" + "|".join(f"(?:{each})" for each in words) + ")")
    return re.compile("|".join(f"(?:{each})" for each in others) or "(?!)")
