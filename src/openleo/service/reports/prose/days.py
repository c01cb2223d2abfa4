"""Dates and spans of days in prose, those told from the day of the document too, as first and last day.

Looks for the forms of the table [days] of a language: the order of words stands there, what a form comes
to is worked out in reckoning.py. What only the text before tells ("the next day", "two years later") is none,
though it tells a time. Weak: whether a date without a year is the last or the next one, where a sentence
speaks of both, quarters of a fiscal year, days told from an event ("two days before the vote"), holidays,
and a day by its number alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from openleo.service.reports.document import Document, Interval
from openleo.service.reports.proposals import Day, Sentence
from openleo.service.reports.prose.intervals import Days
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.numerals import number_pattern
from openleo.service.reports.prose.reckoning import SAYS
from openleo.service.reports.prose.said import On, Said, Words

_WORD: Final = re.compile(r"\w+")
_NAME: Final = re.compile(r"[«“\"]\s?[A-ZÀ-Þ][\w’'-]*\s(?:[\w’'-]+\s)?$")
"""The name of a plan, up to the year in it."""
_PIECE: Final = re.compile(
    r"\\.|\[[^\]]*\]|\(\?P<\w+>|\(\?<?[:=!]|\(|\)[?*]?|\||(?P<slot><\w+>(?!\?))"
    r"|(?<![^\s(:|>])(?P<word>[a-z]{3,})(?![^\s)|])"
)
"""The pieces of a form: what opens and closes a group, what parts two choices, a slot, a word."""
_LISTS: Final = {
    "<m>": "months", "<m2>": "months", "<month>": "months", "<month2>": "months", "<w>": "weekdays",
    "<weekday>": "weekdays", "<weekday2>": "weekdays", "<p>": "parts", "<which>": "which", "<u>": "units",
    "<period>": "periods", "<s>": "seasons", "<o>": "ordinals", "<f>": "fractions", "<yw>": "year_words",
    "<word>": "words", "<turn>": "turns", "<dir>": "directions",
}  # fmt: skip
"""The table of each slot whose words stand in the sentence as the table has them."""


@dataclass(frozen=True)
class Worded:
    """Characters `start` to `end` that tell a time, and its days; None where they cannot be worked out."""

    start: int
    end: int
    days: Days | None


@dataclass(frozen=True)
class Form:
    """A pattern, what is worked out from it, and the words without which it need not be looked for.

    signs: sets of words, of each of which one must stand in the sentence.
    """

    says: str
    needs: str
    pattern: re.Pattern[str]
    signs: tuple[frozenset[str], ...]


def days(document: Document, sentences: Sequence[Sentence]) -> tuple[Day, ...]:
    """The dates and spans of a document, in order; without its own date only those that need none."""
    text = document.text
    return tuple(
        Day(each.start, each.end, Interval(*each.days, text[each.start : each.end]))
        for each in worded_days(document, sentences)
        if each.days is not None
    )


def worded_days(document: Document, sentences: Sequence[Sentence]) -> tuple[Worded, ...]:
    """All words that tell a time, also where its days cannot be worked out.

    The last answer is kept, for the rule of figures asks again what that of dates has asked.
    """
    return _worded(document, tuple(sentences))


@lru_cache(maxsize=2)
def _worded(document: Document, sentences: tuple[Sentence, ...]) -> tuple[Worded, ...]:
    on = _on(document.published)
    found: list[Worded] = []
    for sentence in sentences:
        words = _words(sentence.language)
        if words is None:
            continue
        for form, match in _matches(document.text, sentence, words):
            said = Said(match, words, sentence, on)
            try:
                told = SAYS[form.says](said)
            except (ValueError, OverflowError):
                told = None
            if told is None and form.says == "within":
                continue
            start = match.end("_") if "_" in form.pattern.groupindex and match["_"] else match.start()
            found.append(Worded(start, match.end(), told))
    return tuple(found)


def _matches(text: str, sentence: Sentence, words: Words) -> list[tuple[Form, re.Match[str]]]:
    """The forms in a sentence, the longer before the shorter where two overlap, in the order of the text."""
    lower = text[sentence.start : sentence.end].lower()
    said = frozenset(_WORD.findall(lower))
    there = {name for name, each in words.triggers.items() if not said.isdisjoint(each)}
    there.update(name for name, each in words.digits.items() if each.search(lower))
    if not there:
        return []
    found = [
        (form, match)
        for form in _forms(sentence.language)
        if form.needs in there and not any(said.isdisjoint(each) for each in form.signs)
        for match in form.pattern.finditer(text, sentence.start, sentence.end)
        if not _refused(form, match, words, sentence)
    ]
    found.sort(key=lambda each: (each[1].start() - each[1].end(), each[1].start()))
    kept: list[tuple[Form, re.Match[str]]] = []
    taken = bytearray(sentence.end - sentence.start)
    for form, match in found:
        start, end = match.start() - sentence.start, match.end() - sentence.start
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append((form, match))
    kept.sort(key=lambda each: each[1].start())
    return kept


def _refused(form: Form, match: re.Match[str], words: Words, sentence: Sentence) -> bool:
    """Whether the words are a name, a habit or a count, and no date."""
    text, groups = match.string, match.groupdict()
    before = re.search(
        r"([\w’'-]*)[\s(«“\"]*$", text[max(sentence.start, match.start() - 24) : match.start()]
    )
    word = before[1] if before else ""
    last = re.split(r"[’']", word.lower())[-1] if word else ""
    after = text[match.end() : match.end() + 24]
    named = re.match(r" (?:[A-ZÀ-Þ]\w)", after) is not None
    if form.says in ("days", "months"):
        lead = match.end("_") if groups.get("_") else match.start()
        return words.moved.search(text[max(sentence.start, lead - 60) : lead]) is not None
    if form.says in ("weekday", "month") and not any(
        groups.get(each) for each in ("which", "y", "p", "yw", "week")
    ):
        if last in words.habit:
            return form.says == "month" or not _has_happened(last, words, sentence, text)
        if form.says == "weekday":
            if not words.tables["own"]["capitals"]:
                return match[0][0].isupper() and bool(word)
            known = last in words.before_month
            return named and not known and (last == "the" or not word or word[0].isupper())
        if words.tables["own"]["capitals"] or match[0][0].isupper():
            known = last in words.before_month or word.lower() in words.before_month
            doubt = groups["m"] in words.doubtful
            return not known and (named or (doubt and not (last == "the" and re.match(r" [a-z]", after))))
    if form.says == "years" and "/" in match[0]:
        return last not in words.before_year and word.lower() not in words.before_year
    if form.says == "year" and not groups.get("p"):
        if re.match(r"[-–]\w|/\d|[ \u00a0\u202f]?[€$£%°]|[ \u00a0\u202f][kMG]?(?:Hz|m|W)\b", after):
            return True
        if int(groups["y"]) % 100 == 0 and re.match(r"[ \u00a0\u202f][a-zà-ÿ]+[sx]\b", after):
            return True
        if text[max(0, match.start() - 1) : match.start()] in tuple("$€£#-–/.@_+"):
            return True
        if _NAME.search(text, sentence.start, match.start()) and re.match(r"\s?[»”\"]", after):
            return True
        if not word or last in words.before_year or word.lower() in words.before_year:
            return False
        stands_alone = re.match(r"[\s\u00a0\u202f]?(?:[.,;:?!)»”\"]|$)", after) is not None
        return not (stands_alone and word.islower() and last not in words.before_amount)
    return form.says == "word" and (
        (match[0][0].isupper() and bool(word)) or last == "the" or last in words.habit
    )


def _has_happened(last: str, words: Words, sentence: Sentence, text: str) -> bool:
    """Whether a weekday with an article is one day after all, in bad translations: of what has been done."""
    told = text[sentence.start : sentence.end]
    return last == "le" and words.happened.search(told) is not None and words.habitual.search(told) is None


def _on(published: Interval | None) -> On | None:
    if published is None or published.first is None:
        return None
    first, last = published.first, published.last
    if last is None or first == last:
        return On(first, 2)
    return On(first, 1 if (first.year, first.month) == (last.year, last.month) else 0)


@cache
def _words(language: str) -> Words | None:
    own = table(language, "days")
    if not own:
        return None
    triggers = {
        "month": own["months"], "weekday": own["weekdays"], "season": own["seasons"], "word": own["words"],
        "unit": [*own["units"], *own["periods"], *own["besides"]],
    }  # fmt: skip
    return Words(
        {**{name: each for name, each in own.items() if isinstance(each, Mapping)}, "own": own},
        {name: _telling(words) for name, words in triggers.items()},
        {"year": re.compile(r"(?:19|20)\d\d"), "number": re.compile(r"\d[-/.]\d")},
        re.compile(
            rf"(?<!\w)(?:(?P<ahead>{own['ahead']}(?!\w){own['ahead_with']})|{own['behind']})(?!\w)", re.I
        ),
        re.compile(rf"(?<!\w){own['surely']}", re.I), re.compile(rf"(?<!\w){own['moved']}$", re.I),
        re.compile(rf"(?<!\w)(?:{_any(own['due'])})\s*(?:\w+\s)?$", re.I),
        re.compile(rf"(?<!\w){own['leads']}\s$", re.I),
        re.compile(rf"(?<!\w){own['happened']}(?!\w)", re.I),
        re.compile(rf"(?<!\w){own['habitual']}(?!\w)", re.I),
        re.compile(rf"(?<!\w){own['opening']}", re.I),
        re.compile(rf"(?<!\w){own['seasonal']}(?!\w)", re.I),
        frozenset(own["before_month"]), frozenset(own["before_year"]),
        frozenset(own["before_amount"]), frozenset(own["habit"]),
        frozenset(own["doubtful"]), re.compile(rf"^(?:{_any(own['about'])})", re.I), own["day_first"],
    )  # fmt: skip


@cache
def _forms(language: str) -> tuple[Form, ...]:
    own = table(language, "days")
    slots = dict(_slots(own, language))
    return tuple(
        Form(says, needs, _compiled(pattern, slots), tuple(_signs(pattern, own)))
        for needs, each in own["forms"].items()
        for says, pattern in each
    )


def _signs(pattern: str, own: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    """For each slot and word that a form cannot do without, the words of which one then stands there."""
    groups: list[list[str]] = [[]]
    choices = [False]
    for found in _PIECE.finditer(pattern):
        piece = found[0]
        if piece.startswith("("):
            groups.append([])
            choices.append(piece in ("(?=", "(?!", "(?<=", "(?<!"))
        elif piece.startswith(")"):
            inner, chosen = groups.pop(), choices.pop() or len(piece) > 1
            groups[-1] += [] if chosen else inner
        elif piece == "|":
            choices[-1] = True
        elif found["slot"] or found["word"]:
            groups[-1].append(piece)
    for piece in () if choices[0] else groups[0]:
        listed = own.get(_LISTS.get(piece, "")) if piece.startswith("<") else [piece]
        if listed:
            yield _telling(listed)


def _telling(names: Iterable[str]) -> frozenset[str]:
    """The longest word of each name."""
    parts = (_WORD.findall(each.lower()) for each in names)
    return frozenset(max(each, key=len) for each in parts if each)


def _slots(own: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """What may stand in each slot of a form, as a regular expression with one group."""
    short = set(own["abbreviated"])
    for slot, full, group, names in (
        ("m", "month", "m", own["months"]),
        ("w", "weekday", "w", own["weekdays"]),
    ):
        for suffix in ("", "2"):
            yield slot + suffix, rf"(?P<{group}{suffix}>{_names(list(names), own)})(?!\w)(?:\.(?=\s?[\d,]))?"
            whole_words = [each for each in names if each not in short]
            yield full + suffix, rf"(?P<{group}{suffix}>{_names(whole_words, own)})(?!\w)"
    for suffix in ("", "2"):
        yield "d" + suffix, rf"(?P<d{suffix}>\d{{1,2}})"
        yield "y" + suffix, rf"(?P<y{suffix}>(?:19|20)\d\d)(?!\d|[.,]\d)"
        yield "p" + suffix, rf"(?P<p{suffix}>{_any(list(own['parts']))})"
        yield "which" + suffix, rf"(?P<which{suffix}>{_any(list(own['which']))})(?!\w)"
    yield "oo", rf"(?P<o>{_any([each for each in own['ordinals'] if each.endswith('s')])})(?!\w)"
    yield "n", rf"(?P<n>{number_pattern(language)})"
    yield "near", rf"(?P<near>{own['near']})".replace("'", "[’']")
    for slot, name in (
        ("u", "units"), ("period", "periods"), ("s", "seasons"), ("o", "ordinals"), ("f", "fractions"),
        ("yw", "year_words"), ("word", "words"), ("turn", "turns"), ("dir", "directions"),
    ):  # fmt: skip
        yield slot, rf"(?P<{slot}>{_any(list(own[name]))})(?!\w)"


def _any(words: Sequence[str]) -> str:
    """A regular expression for one of some words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(each).replace(r"\ ", " ").replace("'", "[’']") for each in ordered) or "(?!)"


def _names(words: Sequence[str], own: Mapping[str, Any]) -> str:
    """The same for names, with a capital letter where the language writes them so."""
    capitals = [each[0].upper() + each[1:] for each in words]
    return f"(?-i:{_any(capitals if own['capitals'] else [*words, *capitals])})"


def _compiled(pattern: str, slots: Mapping[str, str]) -> re.Pattern[str]:
    spaced = re.sub(r"(?<!\(\?P)<(\w+)>", lambda found: slots[found[1]], pattern)
    spaced = spaced.replace(" ", r"\s")
    return re.compile(rf"(?<![\w$€£¥])(?<!\d[.,:/])(?:{spaced})(?!\w)", re.I)
