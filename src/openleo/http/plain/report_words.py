"""How the plain pages of reports say days, counts and headings, and how they set a stranger's words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from openleo.http.frame import Html, html
from openleo.http.plain.look import Look
from openleo.http.reports import ReportRow
from openleo.service.reports.claims import Answer, Word
from openleo.service.reports.document import Interval

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_BOUND: Final = re.compile(r" (?=[:;?!»])|(?<=«) ")


@dataclass(frozen=True)
class Telling:
    """The words of a plain page of reports, in its language."""

    look: Look

    def told(self, key: str, /, **values: str | int) -> Html:
        """A message of reports, whose days are not broken."""
        return dated(self.look.say(f"reports.{key}", **values))

    def counted(self, key: str, count: int) -> str:
        """One form of a message for one thing, another for many: in French, nought has that of one."""
        one = count == 1 or (count == 0 and self.look.language == "fr")
        return self.look.say(f"{key}.{'one' if one else 'many'}", count=count)

    def silence(self, row: ReportRow) -> Html:
        """Of an open claim: who was asked, when, and for how long they have not answered."""
        days = self.counted("reports.days", row.silent_days or 0)
        key = "silent.of" if row.asked_of else "silent"
        return self.told(key, who=row.asked_of, date=f"{row.asked}", days=days)

    def bound(self, sentence: str) -> str:
        """A sentence of the service: in French nothing comes between a word and the sign behind it."""
        return _BOUND.sub("\u00a0", sentence) if self.look.language == "fr" else sentence

    def heading(self, row: ReportRow, *, placed: bool = False) -> str:
        """What is said to have happened, in a few words; placed: and where."""
        said = self.look.word("reports.kind", row.kind)
        if row.act != "other":
            act = self.look.word("reports.act", row.act)
            said = self.look.say("reports.what", kind=said, act=act)
        return f"{said}, {row.where}" if placed and row.where else said

    def link(self, row: ReportRow) -> Html:
        """The way to a claim: its number, and what and where it is."""
        return Html(f'<a href="#claim-{row.number}">{row.number}</a> {own(self.heading(row, placed=True))}')

    def kind(self, answer: Answer, row: ReportRow) -> str:
        """What an answer is: nobody is without an answer to what nobody asked."""
        if answer.kind == "silent since" and row.asked is None:
            return self.look.say("reports.answer.unheard")
        return self.look.word("reports.answer", answer.kind)

    def word(self, word: Word) -> str:
        """On whose word something is told, "" where nobody noted it."""
        say = self.look.say
        said: list[str] = []
        named = say("reports.word.named" if word.named else "reports.word.unnamed")
        if word.who:
            how = say("reports.word.how", named=named, count=word.count) if word.count else named
            said.append(say("reports.word", who=word.who, how=how))
        elif word.count:
            count = self.counted("reports.word.count", word.count)
            said.append(say("reports.word.many", count=count, how=named))
        if word.chain:
            said.append(say("reports.word.chain", chain=" ← ".join(word.chain)))
        return ", ".join(said)

    def days(self, it: Interval) -> Html:
        """Days, with the words for them where these say something else."""
        said = self.span(it)
        if not it.wording or it.wording == said:
            return dated(said)
        return Html(f"{dated(said)} ({html(self.look.say('reports.wording', wording=it.wording))})")

    def span(self, it: Interval) -> str:
        """From which day to which."""
        say = self.look.say
        if it.first is None and it.last is None:
            return say("reports.interval.unknown")
        if it.last is None:
            return say("reports.interval.from", date=f"{it.first}")
        if it.first is None:
            return say("reports.interval.until", date=f"{it.last}")
        return f"{it.first}" if it.first == it.last else f"{it.first} – {it.last}"

    def day_of(self, published: Interval | None) -> str:
        """When a document was published."""
        return self.span(published) if published else self.look.say("reports.document.undated")

    def stacked(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
        """A table; on a narrow screen each row is a list, whose last cell has its head before it."""
        last = html(self.look.say("reports.answer.of", by=heads[-1], kind="").strip())
        body = "".join(
            f'<tr><th scope="row">{html(first)}</th>{"".join(f"<td>{html(each)}</td>" for each in rest)}'
            f'<td data-head="{last}">{html(end)}</td></tr>'
            for first, *rest, end in rows
        )
        return _table(heads, body, ' class="stack"')


def fitting(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """A table of few columns, which is as wide as the page and no wider."""
    body = "".join(f"<tr>{''.join(f'<td>{html(each)}</td>' for each in row)}</tr>" for row in rows)
    return _table(heads, body, "")


def _table(heads: Sequence[str], body: str, kind: str) -> Html:
    head = "".join(f'<th scope="col">{html(each)}</th>' for each in heads)
    return Html(f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def note(text: str) -> Html:
    """A line that says what follows."""
    return Html(f'<p class="note">{html(text)}</p>')


def dated(text: str) -> Html:
    """A text whose days are not broken at the end of a line."""
    return Html(_DAY.sub(r"<time>\g<0></time>", html(text)))


def own(words: str) -> Html:
    """A stranger's words, in the direction in which they are written."""
    return Html(f'<span dir="auto">{html(words)}</span>')


def lang(language: str) -> str:
    """The language of an element, where it is known."""
    return f' lang="{html(language)}"' if language else ""
