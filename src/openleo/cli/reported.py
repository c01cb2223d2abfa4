"""What the commands about reports share: which register, who writes, how a place in a text is given."""

import re
import unicodedata
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

import click

from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.reports.claims import Answer, Claim, Telling
    from openleo.service.reports.document import Document, Interval
    from openleo.service.reports.proposals import Mood, Proposals
    from openleo.service.store.reports import Reports

register_option = click.option(
    "--register", metavar="FILE", default="reports.db", show_default=True, envvar="OPENLEO_REPORTS",
    show_envvar=True, help="The register of reports.",
)  # fmt: skip
by_option = click.option(
    "--by", metavar="NAME", required=True, envvar="OPENLEO_BY", show_envvar=True, help="Who does this: you."
)
today_option = click.option(
    "--today", metavar="DATE", envvar="OPENLEO_TODAY", show_envvar=True,
    help="The day that counts as today, for an invented world.",
)  # fmt: skip

_SPAN: Final = re.compile(r"(-?\d+):(-?\d+)", re.ASCII)
_SHOWN_PLACES: Final = 5
_YEARS: Final = range(1900, 9999)
_DIGITS: Final = 18
"""Of the number of a claim."""


def opened(register: str, *, create: bool = False, today: str | None = None) -> "Reports":
    """The register that an option names; today: what another option says."""
    from openleo.service.store.reports import Reports, latest_day

    last = day_of(today, "--today") if today else latest_day()
    return Reports.open(register, create=create, today=lambda: last)


def day_of(text: str, option: str) -> date:
    """A day, ISO 8601; raises InputError."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{option}: {text[:40]!r} given; a day is allowed, such as 2026-03-04") from None
    if found.year not in _YEARS:
        raise InputError(f"{option}: {found} given; a day from {_YEARS[0]} to {_YEARS[-1]} is allowed")
    return found


def when_of(text: str, option: str = "--when") -> "Interval":
    """Days: A..B, A.., ..B, or A alone, of which each is a day, a month or a year; or unknown."""
    from openleo.service.reports.document import Interval
    from openleo.service.reports.intake import interval_of

    text = text.strip()
    if text == "unknown":
        return Interval(None, None)
    before, dots, after = text.partition("..")
    if not dots:
        return replace(interval_of(text, option), wording="")
    if not before.strip() and not after.strip():
        raise InputError(f"{option}: {text!r} given; a day on one side at least, or unknown, is needed")
    first = interval_of(before, option).first if before.strip() else None
    last = interval_of(after, option).last if after.strip() else None
    if first and last and last < first:
        raise InputError(f"{option}: {text!r} given; the last day is not before the first")
    return Interval(first, last)


def span_of(document: "Document", text: str, option: str = "--span") -> tuple[int, int]:
    """Characters of a text: a:b, or words that stand in it exactly once, outside what is set aside.

    Raises InputError.
    """
    from openleo.service.store.reports.checks import span as check_span

    found = _SPAN.fullmatch(text.strip())
    if found:
        start, end = (int(each[: _DIGITS + 1]) for each in found.groups())
        check_span(option, document, start, end)
        return start, end
    words = unicodedata.normalize("NFC", text).split()
    if not words:
        raise InputError(f"{option}: nothing given; offsets a:b or words of the text are allowed")
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    places = [
        match.span()
        for match in pattern.finditer(document.text)
        if not any(each.start < match.end() and match.start() < each.end for each in document.asides)
    ]
    if len(places) == 1:
        return places[0]
    shown = plain(" ".join(words))[:80]
    if not places:
        raise InputError(
            f"{option}: {shown!r} does not stand in the article; its words as they are, or offsets a:b, are "
            "allowed: openleo report show DOC"
        )
    listed = ", ".join(f"{start}:{end}" for start, end in places[:_SHOWN_PLACES])
    more = " ..." if len(places) > _SHOWN_PLACES else ""
    raise InputError(f"{option}: {shown!r} stands there {len(places)} times: {listed}{more}; one is needed")


def proposed_mood(proposals: "Proposals", start: int, end: int) -> "tuple[Mood, str] | None":
    """The mood of the sentence in which a span begins, and why it was proposed.

    Raises InputError where none is, in a language without words for it.
    """
    from openleo.service.reports.proposals import MOODS, NOT_READ

    for each in proposals.sentences:
        if each.start < end and start < each.end:
            if each.why == NOT_READ:
                raise InputError(
                    f"--mood: none is proposed in this language; one of {', '.join(MOODS)} is needed"
                )
            return each.mood, each.why
    return None


def days_of(interval: "Interval | None", nothing: str = "no date") -> str:
    """Days as people and `--when` read them: a year, a month, a day, or A..B."""
    if interval is None or (interval.first is None and interval.last is None):
        return nothing
    first, last = interval.first, interval.last
    if first == last or first is None or last is None:
        one = str(first or last)
        return one if first == last else f"{one}.." if first else f"..{one}"
    for short in (4, 7):
        if str(first)[:short] == str(last)[:short] and _whole(first, last, short):
            return str(first)[:short]
    return f"{first}..{last}"


def _whole(first: date, last: date, short: int) -> bool:
    """Whether two days are the first and the last of a year (4 characters) or a month (7)."""
    from openleo.service.reports.intake import interval_of

    whole = interval_of(str(first)[:short], "date")
    return (whole.first, whole.last) == (first, last)


def words_of(document: "Document", start: int, end: int, longest: int = 72) -> str:
    """A stretch of a text on one line that a terminal may show."""
    words = plain(document.text[start:end])
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Words of a register or a document on one line that a terminal may show."""
    from openleo.ledger.words import printable

    return printable(" ".join(text.split()))


def claim_line(claim: "Claim") -> str:
    """What a claim says, in one line."""
    parts = [f"{claim.kind}: {claim.act}", plain(claim.where), days_of(claim.when, "when is not known")]
    if claim.when.wording:
        parts[-1] += f" ({plain(claim.when.wording)})"
    parts.append(f"by {plain(claim.by)}" if claim.by else "by whom is not noted")
    if claim.behalf:
        parts.append(f"on behalf of {plain(claim.behalf)}")
    return ", ".join(parts)


def state_of(claim: "Claim") -> str:
    """Who has reviewed a claim, in words."""
    return f"reviewed by {plain(claim.reviewed_by)}" if claim.reviewed_by else "private"


def telling_line(telling: "Telling", document: "Document") -> str:
    """Which document tells a claim: where, in which words and mood, on whose word."""
    word = telling.word
    source = plain(document.source) or "no source"
    said = f"{telling.document} {telling.start}:{telling.end}  {source}, {telling.mood}"
    if word.who:
        named = "named" if word.named else "anonymous"
        said += f", on the word of {plain(word.who)} ({named}{f', {word.count}' if word.count else ''})"
    if word.chain:
        said += ", through " + ", then ".join(map(plain, word.chain))
    return f"{said}: {words_of(document, telling.start, telling.end)}"


def answer_line(answer: "Answer") -> str:
    """Who answered a claim, how, when and what."""
    said = f"{plain(answer.by)}: {answer.kind}"
    if answer.on is not None:
        said += f"{'' if answer.kind == 'silent since' else ','} {answer.on}"
    if answer.document:
        said += f" ({answer.document} {answer.start}:{answer.end})"
    return f"{said}: {plain(answer.what)}" if answer.what else said


def is_claim(text: str) -> bool:
    """Whether a word of a command means a claim; the id of a document begins with a letter."""
    return text.isascii() and text.isdigit()


def number_of(text: str) -> int:
    """The number of a claim. Raises InputError for one that no register has."""
    if len(text) > _DIGITS:
        raise InputError(f"claim: there is no number {text[:_DIGITS]}...: openleo report list CASE")
    return int(text)


def claim_value(claim: "Claim") -> dict[str, Any]:
    """A claim for programs."""
    import msgspec

    return cast("dict[str, Any]", msgspec.to_builtins(claim))


def tell_claim(reports: "Reports", claim: "Claim") -> None:
    """A claim with all that tells and answers it."""
    click.echo(f"Claim {claim.number} ({state_of(claim)}): {claim_line(claim)}")
    if claim.event:
        click.echo(f"  event: {plain(claim.event)}")
    for at, telling in enumerate(claim.tellings, 1):
        version = reports.versions(telling.document)[telling.version - 1]
        click.echo(f"  telling {at}: {telling_line(telling, version.document)}")
    for at, answer in enumerate(claim.answers, 1):
        click.echo(f"  answer {at}: {answer_line(answer)}")
    if claim.asked is not None:
        click.echo(f"  {plain(claim.asked_of) or 'The operator'} was asked on {claim.asked}.")
    if claim.entry >= 0:
        click.echo(f"  Entry {claim.entry} of the log holds its salted hash.")
