"""What stands between quotation marks, read in its sentence: whether it is speech, and who is named for it.

The tests go from the sure ones (a verb of speech at once behind it, a colon before it) to the number of its
words. Its weakness: a pronoun means whoever was named last or first before it, where article and number
allow it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.speakers import somebody, speaker_behind, subject_alone
from openleo.service.reports.prose.speech import Saying, pronoun_of, sayings, unknown_verb
from openleo.service.reports.prose.tongue import MASK, Token, Tongue, tokens, tongue

FEW: Final = 4
"""Words from which a quotation is taken for speech wherever somebody is said to say something."""

FARTHEST: Final = 3
"""Sentences before its own in which a pronoun's meaning is looked for."""

EDGES: Final = ' \t\n\u00a0\u202f«»“”„"'
_STOPS: Final = ".!?…"
_BETWEEN: Final = re.compile(r"[\s,.;:!?…—–»”\"’'¤-]*(?:(?:as|comme) )?")
_COLON: Final = re.compile(r"[\s»”\"¤]*:")
_LEAD: Final = re.compile(
    r"\(?[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ'’ -]{2,40}(?:\)|\s*[–—]|\s+-)\s*"
    r"|\d{1,2}(?:[:.]\d\d| ?h(?: ?\d\d)?)(?: ?[ap]\.?m\b\.?)?(?:\s*[–—.:-]\s*|\s+(?=[A-ZÀ-ÖØ-Þ]))"
)
"""A place or an hour with which a report begins: "SALTBY — ", "16:15 – "."""
_SIGNED: Final = re.compile(r"[»”\"\s¤]*(?:[–—-]\s*)?+(?P<who>[^»”\"«“¤:;\n–—]{3,70})(?=\n|$)")
_REST_OF_TAG: Final = re.compile(r"[^,.;:!?…«»“”\"]{0,60}+(?=[,.;:!?…]|$)")


@dataclass(frozen=True)
class _Words:
    """What tells speech from other things between marks, in one language."""

    label: re.Pattern[str]
    infinitive: re.Pattern[str]
    shown: re.Pattern[str]
    clausal: frozenset[str]
    finite: frozenset[str]
    fragment: re.Pattern[str]
    copulas: frozenset[str]


@dataclass(frozen=True)
class Part:
    """A part of what stands between marks that lies in one sentence. group: what belongs together."""

    start: int
    end: int
    sentence: int
    group: int


@cache
def _words(language: str) -> _Words | None:
    words = table(language, "quotations")
    if not words:
        return None
    labels = "|".join(words["label"])
    return _Words(
        re.compile(rf"(?<![\w'’-])(?:{labels})[\s:]*$", re.I),
        re.compile(words["infinitive"]),
        re.compile(words["shown"].replace("'", "['’]"), re.I),
        frozenset(words["clausal"]),
        frozenset(words["finite"]),
        re.compile("|".join(words["fragment"]), re.I),
        frozenset(words["copulas"]),
    )


class Told:
    """A document with the words of speech in each of its sentences, read when they are needed."""

    def __init__(self, text: str, masked: str, sentences: Sequence[Sentence]) -> None:
        self.text, self.masked, self.sentences = text, masked, sentences
        self._found: dict[int, list[Saying]] = {}
        self._inside: dict[int, list[Saying]] = {}

    def sayings(self, at: int) -> list[Saying]:
        """The words of speech of a sentence, those of tags inside the marks among them."""
        if at not in self._found:
            each = self.sentences[at]
            outside = sayings(self.masked, self._begin(each), each.end, each.language)
            outside = outside or self._participle(each)
            self._found[at] = sorted([*outside, *self._inside.get(at, ())], key=lambda one: one.start)
        return self._found[at]

    def _participle(self, sentence: Sentence) -> list[Saying]:
        """A participle with whom its sentence begins, where nobody else speaks: « ..., jugeant ... »."""
        words = tongue(sentence.language)
        match = words.participle.search(self.masked, sentence.start, sentence.end) if words else None
        if words is None or match is None:
            return []
        found = self._tokens(sentence, match.start())
        who = somebody(found, words) if found and found[-1].word == "," else None
        if who is None:
            return []
        return [Saying(match.start(), match.end(), *who, match[0].lower(), "participle")]

    def without_tags(self, start: int, end: int, at: int) -> Iterator[tuple[int, int]]:
        """A part cut where a tag stands inside it: « A, dit le ministre, B »."""
        words = tongue(self.sentences[at].language)
        for match in words.verb.finditer(self.text, start, end) if words is not None else ():
            if words is not None and match.start() >= start and (cut := self._tag(match, start, end, words)):
                self._inside.setdefault(at, []).append(cut[1])
                yield start, match.start()
                start = cut[0]
        if start < end:
            yield start, end

    def _tag(self, match: re.Match[str], start: int, end: int, words: Tongue) -> tuple[int, Saying] | None:
        """Where a tag inside the marks ends; None where its verb is part of what is said."""
        before = self.text[max(start, match.start() - 40) : match.start()].rstrip()
        if before[-1:] not in (",", "?", "!", "…") or len(before) < 2:
            return None
        who = pronoun_of(match, words)
        if who is None:
            if not self.sentences or not words.tags_inside:
                return None
            who = speaker_behind(self.text, match.end(), end, words)
            if who is None or self.text[slice(*who)].lower() in words.pronouns:
                return None
        closing = _REST_OF_TAG.match(self.text, max(who[1], match.end()), end)
        if closing is None:
            return None
        verb = (match["done"] or match["bare"]).lower()
        return min(end, closing.end() + 1), Saying(match.start(), match.end(), *who, verb, "behind")

    def is_speech(self, part: Part, several: bool) -> bool:
        """Whether what stands between marks is speech. several: whether it has further parts."""
        sentence = self.sentences[part.sentence]
        words = _words(sentence.language)
        inside = [each for each in tokens(self.text, part.start, part.end) if not each.is_mark]
        if words is None or not inside:
            return False
        before = self.text[sentence.start : part.start].rstrip(EDGES + "'‘")
        if words.label.search(before[-120:]) and not several:
            # A verb of speech that is a label as well leads to a clause: « dit "ne rien savoir" ».
            is_said = any(each.end == sentence.start + len(before) for each in self.sayings(part.sentence))
            is_clause = is_said and words.infinitive.match(inside[0].word) is not None
            if not is_clause and not self._is_phrase(inside[0], sentence):
                return False
        if words.shown.match(self.masked[part.end : sentence.end].lstrip(EDGES + MASK + ",.!?…'’")):
            return False
        clausal = any(each.low in words.clausal for each in inside)
        if several or self.behind(part) is not None:
            return True
        if not before and _COLON.match(self.masked, part.end) and self.sayings(part.sentence):
            return True
        named = all(each.is_capital or len(each.word) < FEW for each in inside) and len(inside) > 1
        if (named and not clausal and not before.endswith(":")) or before.endswith("("):
            return False
        if not self._rest(sentence):
            return len(inside) >= FEW or clausal or self.text[part.end - 1] in _STOPS
        if before.endswith(":"):
            return clausal or len(inside) >= FEW - 1 or bool(self.sayings(part.sentence))
        if self.subject(part) is not None or self._is_led(part) or self.by_colon(part) is not None:
            return True
        if not self.sayings(part.sentence):
            return clausal and len(inside) >= (FEW if not before else 2 * FEW)
        if len(inside) >= FEW or (clausal and len(inside) > 1):
            return True
        return self._is_fragment(before, part, words)

    def _is_phrase(self, first: Token, sentence: Sentence) -> bool:
        """Whether it begins as no name does: « de très près »."""
        words = tongue(sentence.language)
        return words is not None and not first.is_capital and first.low in words.prepositions

    def _rest(self, sentence: Sentence) -> str:
        return self.masked[sentence.start : sentence.end].replace(MASK, "").strip(EDGES + ".,!?…;:—–-'’")

    def _is_fragment(self, before: str, part: Part, words: _Words) -> bool:
        """Whether a few words between marks are somebody's: "called it “absurd”", not "the “quiet zone”"."""
        ahead = [each for each in self.sayings(part.sentence) if each.start < part.start]
        leading = tokens(before, max(0, len(before) - 80), len(before))
        grammar = tongue(self.sentences[part.sentence].language)
        if not leading or grammar is None:
            return False
        inside = tokens(self.text, part.start, part.end)
        if len(inside) == 1 and self._is_before_noun(part, grammar):
            return False
        if ahead and len(inside) >= FEW - 1 and not inside[0].is_capital:
            return True
        if ahead and words.fragment.fullmatch(ahead[-1].verb):
            return True
        if leading[-1].is_mark:
            return bool(ahead) and leading[-1].word != ","
        begin = self.sentences[part.sentence].start + len(before)
        if ahead and leading[-1].low in words.copulas:
            return True
        return not any(each.low in grammar.determiners for each in leading[-2:]) or (
            bool(ahead) and begin <= ahead[-1].last
        )

    def _is_before_noun(self, part: Part, words: Tongue) -> bool:
        """Whether a word between marks belongs to a noun behind it: "promised “free” service"."""
        at = part.end + 1
        sets = (words.prepositions, words.conjunctions, words.stops, words.determiners, words.breaks,
                words.times, words.fillers, words.helpers, words.auxiliaries)  # fmt: skip
        behind = tokens(self.masked, at, min(at + 40, self.sentences[part.sentence].end))
        while behind and behind[0].word.startswith(MASK):
            behind.pop(0)
        return bool(behind) and not behind[0].is_mark and not any(behind[0].low in each for each in sets)

    def subject(self, part: Part) -> tuple[int, int] | None:
        """Who stands alone before a clause between marks: "The ministry “does not comment” on it"."""
        sentence = self.sentences[part.sentence]
        words, grammar = _words(sentence.language), tongue(sentence.language)
        inside = [each for each in tokens(self.text, part.start, part.end) if not each.is_mark]
        if words is None or grammar is None or len(inside) < 2:
            return None
        is_clause = inside[0].low in words.finite or (
            len(inside) >= FEW and not inside[0].is_capital and inside[0].low not in grammar.determiners
        )
        lead = self.masked[sentence.start : part.start].rstrip(EDGES + MASK + "'‘")
        found = self._tokens(sentence, sentence.start + len(lead))
        if not is_clause or not found:
            return None
        return subject_alone(found, grammar)

    def behind(self, part: Part) -> Saying | None:
        """The words of speech that stand at once behind a part."""
        gap = _BETWEEN.match(self.masked, part.end)
        at = gap.end() if gap else part.end
        near = self.sayings(part.sentence)
        for each in near:
            if part.end <= each.first <= at and each.way != "participle":
                return each
        sentence = self.sentences[part.sentence]
        words = tongue(sentence.language)
        if words is None or ":" in self.masked[part.end : at]:
            return None
        if any(each.way == "quoted" for each in near):
            return None
        if self.text[part.end - 1] not in ",?!" and "," not in self.masked[part.end : at]:
            return None
        unknown = unknown_verb(self.masked, at, sentence.end, words)
        if unknown is not None:
            # Known from here on: « ..., thundered the mayor, "..." » has two parts.
            self._found[part.sentence] = sorted([*near, unknown], key=lambda one: one.start)
        return unknown

    def speaker(self, part: Part) -> tuple[Saying, str] | None:
        """The words of speech that name the speaker of a part in its own sentence, and the rule."""
        near = self.sayings(part.sentence)
        behind = self.behind(part)
        ahead = [each for each in near if each.last <= part.start or each.start < part.start <= each.last]
        if behind is not None and not (ahead and self._leads(ahead[-1], part)):
            return behind, "behind"
        if ahead:
            return ahead[-1], "before"
        later = [each for each in near if each.start >= part.end]
        alone = self.subject(part) if not later else None
        if alone is not None:
            return Saying(part.start, part.start, *alone, "", "before"), "subject"
        return (later[0], "behind") if later else None

    def _is_led(self, part: Part) -> bool:
        """Whether a verb of speech leads to a part by a comma at once: he replied, “Ask them.”"""
        return any(
            each.last < part.start and self._leads(each, part)
            for each in self.sayings(part.sentence)
            if each.way == "before"
        )

    def _leads(self, saying: Saying, part: Part) -> bool:
        """Whether a verb before a part leads to it by a colon or a comma: "adding: “A,” said ..."."""
        between = self.masked[saying.last : part.start].strip(EDGES + MASK + "'‘")
        return between in (":", ",") and saying.way in ("participle", "before")

    def by_colon(self, part: Part) -> tuple[int, int] | None:
        """Who stands alone before a colon, or behind a "for": "The minister: “...”"."""
        sentence = self.sentences[part.sentence]
        words = tongue(sentence.language)
        lead = self.masked[sentence.start : part.start].rstrip(EDGES + MASK + "'‘")
        if words is None or not lead:
            return None
        found = self._tokens(sentence, sentence.start + len(lead))
        if found and found[0].low in words.on_behalf:
            comma = next((at for at, each in enumerate(found) if each.word == ","), 0)
            return subject_alone(found[1:comma], words) if comma else None
        return somebody(found[:-1], words) if lead.endswith(":") else None

    def signed(self, part: Part) -> tuple[int, int] | None:
        """Who signs a paragraph that is all quotation: « Rien ne marche. » Un abonné de Vernoire."""
        start = self.text.rfind("\n", 0, part.start) + 1
        signed = _SIGNED.match(self.masked, part.end)
        words = tongue(self.sentences[part.sentence].language)
        if signed is None or words is None or self.masked[start : part.start].strip(EDGES + MASK):
            return None
        found = tokens(self.masked, *signed.span("who"))
        is_clause = any(each.low in words.auxiliaries or each.word in ".!?" for each in found)
        is_clause = is_clause or words.verb.search(self.masked, *signed.span("who")) is not None
        return None if is_clause else somebody(found, words)

    def meant(self, start: int, end: int, at: int, before: int) -> tuple[int, int]:
        """Whom a pronoun means: who was named last in its sentence or the one before; itself if nobody."""
        words = tongue(self.sentences[at].language)
        if words is None or not self._is_pronoun(start, end, words):
            return start, end
        others = words.others.get(self._low(start, end), frozenset())

        def fits(span: tuple[int, int]) -> bool:
            first = tokens(self.text, *span)[0]
            return ("#" if first.word[0].isdigit() else first.low) not in others

        for place in self._places(at, words):
            near = [each for each in self.sayings(place) if 0 <= each.speaker_end <= before]
            named = [each for each in near if fits((each.speaker_start, each.speaker_end))]
            if named and self._is_named(named[-1], words):
                return named[-1].speaker_start, named[-1].speaker_end
            if named and named[-1].speaker_start < start:
                other = named[-1]
                return self.meant(other.speaker_start, other.speaker_end, place, other.speaker_start)
            sentence = self.sentences[place]
            # In its own sentence whom a pronoun means stands ahead of it.
            if place == at and self.text[start:end].lower() in words.oblique:
                continue
            limit = start if place == at else before
            first = somebody(self._tokens(sentence, min(limit, sentence.end)), words, fits)
            if place != at and self._names_nobody(place, words):
                continue
            if (
                first is not None
                and first[1] <= before
                and self.text[slice(*first)].lower() not in words.pronouns
            ):
                return self._without_verb(*first, words)
        return start, end

    def _places(self, at: int, words: Tongue) -> Iterator[int]:
        """Sentences in which a pronoun's meaning is looked for: its own, the one before, the next if need be.

        A sentence that is all quotation does not count, and one that begins with a pronoun or names nobody
        leads to the one before it.
        """
        yield at
        seen = 0
        for place in range(at - 1, -1, -1):
            if not self._rest(self.sentences[place]):
                continue
            yield place
            seen += 1
            first = self._tokens(self.sentences[place], self.sentences[place].end)[0]
            if seen == FARTHEST or not (first.low in words.pronouns or self._names_nobody(place, words)):
                return

    def _is_pronoun(self, start: int, end: int, words: Tongue) -> bool:
        low = self._low(start, end)
        return (low in words.pronouns or low in words.oblique) and low not in words.unresolved

    def _low(self, start: int, end: int) -> str:
        return self.text[start:end].lower().replace("’", "'")

    def _names_nobody(self, at: int, words: Tongue) -> bool:
        """Whether a sentence asks, or begins with what somebody has: not she of "Her shop sells stamps"."""
        sentence = self.sentences[at]
        found = self._tokens(sentence, sentence.end)
        is_question = self.text[sentence.start : sentence.end].endswith("?")
        if is_question or not found:
            return is_question
        return found[0].low in words.possessives and not (len(found) > 1 and found[1].low in words.kin)

    def _without_verb(self, start: int, end: int, words: Tongue) -> tuple[int, int]:
        """A wording without the verb into which it ran: of "The minister denied" the minister."""
        for match in words.verb.finditer(self.masked, start, end):
            ahead = tokens(self.masked, start, match.start())
            # Behind an article it is a noun: « the accused ».
            if ahead and ahead[-1].low not in words.determiners:
                return start, ahead[-1].end
        return start, end

    def first(self, at: int) -> tuple[int, int] | None:
        """With whom a sentence begins; None where that is a pronoun or nobody."""
        sentence = self.sentences[at]
        words = tongue(sentence.language)
        span = somebody(self._tokens(sentence, sentence.end), words) if words is not None else None
        if span is None or words is None or self.text[slice(*span)].lower() in words.pronouns:
            return None
        return span

    def _is_named(self, saying: Saying, words: Tongue) -> bool:
        return not self._is_pronoun(saying.speaker_start, saying.speaker_end, words)

    def _tokens(self, sentence: Sentence, end: int) -> list[Token]:
        return tokens(self.masked, self._begin(sentence), end)

    def _begin(self, sentence: Sentence) -> int:
        """Where a sentence begins, behind a place or an hour."""
        lead = _LEAD.match(self.masked, sentence.start, sentence.end)
        return lead.end() if lead else sentence.start
