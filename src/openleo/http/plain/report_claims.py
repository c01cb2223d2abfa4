"""The claims of a case in plain HTML: what is said, what those concerned answer, who tells it, the record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openleo.http.frame import Cell, Html, facts, html
from openleo.http.plain.figures import number
from openleo.http.plain.look import Look
from openleo.http.plain.report_words import Telling, dated, fitting, lang, own
from openleo.http.reports import ReportAnswer, ReportCase, ReportRow
from openleo.http.words import known
from openleo.service.reports.comparison import Cell as Told
from openleo.service.reports.comparison import Column, Differing, Value


@dataclass(frozen=True)
class Claims:
    """All claims of a case in order; competing accounts of one event stand together."""

    look: Look
    found: ReportCase
    columns: Mapping[str, Column]
    telling: Telling

    def parts(self) -> Iterator[str]:
        """One claim after the other."""
        say, found = self.look.say, self.found
        yield self.look.heading("reports.claims.title")
        told: set[int] = set()
        for row in found.rows:
            group = next((each for each in found.alternatives if row.number in each.claims), None)
            if row.number in told:
                continue
            if group is None:
                yield from self._claim(row, 3)
                continue
            told |= set(group.claims)
            yield f'<section class="group"><h3>{html(say("reports.alternatives", event=group.event))}</h3>'
            yield f"<p>{html(say('reports.alternatives.about'))}</p>"
            for each in found.rows:
                if each.number in group.claims:
                    yield from self._claim(each, 4)
            yield "</section>"

    def _claim(self, row: ReportRow, level: int) -> Iterator[str]:
        say = self.look.say
        private = "" if row.reviewed else f" ({say('reports.claim.unreviewed')})"
        head = html(self.telling.heading(row) + private)
        yield f'<h{level} id="claim-{row.number}">{row.number} {head}</h{level}>'
        rows: list[tuple[str, Cell | None]] = [
            (say("reports.where"), _noted(row.where, say("reports.unsaid"))),
            (say("reports.when"), self.telling.days(row.when)),
            (say("reports.by"), _noted(row.by, say("reports.unsaid"))),
            (say("reports.behalf"), _noted(row.behalf, say("reports.unsaid"))),
        ]
        yield facts(rows)
        yield f"<p>{html(self._tellers(row))}</p>"
        yield self._head("answers", level)
        yield from self._answers(row)
        yield self._head("tellings", level)
        for cell in row.cells:
            yield self._cell(cell)
        if row.differing:
            yield self._head("differing", level)
        for each in row.differing:
            yield self._differing(each)
        yield self._head("record", level)
        yield from self._record(row)

    def _head(self, name: str, level: int) -> str:
        return f"<h{level + 1}>{html(self.look.say(f'reports.{name}'))}</h{level + 1}>"

    def _tellers(self, row: ReportRow) -> str:
        """By how many documents it is told, how many sources that are, and how many documents deny it."""
        ids = {each.document for each in row.cells}
        if not row.independent and all(self.columns[each].kind == "statement" for each in ids):
            return self.look.say("reports.told.statement")
        independent = self.telling.counted("reports.independent", row.independent)
        form = "one" if row.told == 1 else "many"
        told = self.look.say(f"reports.told.{form}", count=row.told, independent=independent)
        denied = len(ids) - row.told
        return f"{told}. {self.telling.counted('reports.told.denied', denied)}" if denied else told

    def _cell(self, cell: Told) -> Html:
        """Who tells it, when, in which mood, on whose word; and the sentence, its words marked."""
        column = self.columns[cell.document]
        before, found, after = cell.sentence.partition(cell.words)
        words = f"{html(before)}<mark>{html(cell.words)}</mark>{html(after)}" if found else html(cell.words)
        day = dated(self.telling.day_of(column.published))
        teller = [
            f'<a href="#document-{html(cell.document)}">{own(column.source)}</a>, {day}',
            f"<strong>{html(self.look.word('reports.mood', cell.mood))}</strong>",
        ]
        if word := self.telling.word(cell.word):
            teller.append(own(word))
        quoted = f'<blockquote dir="auto"{lang(column.language)}>{words}</blockquote>'
        return Html(f"<p>{' · '.join(teller)}</p>{quoted}{self._version(cell, column)}")

    def _version(self, cell: Told, column: Column) -> str:
        """Of which version words are that the last one does not have, and whether it has taken them back."""
        if not cell.version or cell.version >= column.versions:
            return ""
        key = "cell.withdrawn" if cell.withdrawn else "cell.version"
        day_of = self.telling.day_of
        said = self.telling.told(key, date=day_of(cell.published), now=day_of(column.published))
        return f'<p class="note">{said}</p>'

    # answers

    def _answers(self, row: ReportRow) -> Iterator[str]:
        for each in row.answers:
            yield self._answer(each, row)
        if not row.answers:
            yield f"<p>{self.telling.told('answers.none')}</p>"
        yield f"<p>{self._asked(row)}</p>"

    def _asked(self, row: ReportRow) -> Html:
        """Whether somebody was asked to answer, and for how long they have not."""
        who, told = row.asked_of, self.telling.told
        if row.asked is None:
            return told("answers.unasked")
        if row.open:
            return self.telling.silence(row)
        return told("answers.asked_of" if who else "answers.asked", who=who, date=f"{row.asked}")

    def _answer(self, answer: ReportAnswer, row: ReportRow) -> Html:
        since = "since" if answer.kind == "silent since" else "on"
        on = f" · {self.telling.told(f'answer.{since}', date=f'{answer.on}')}" if answer.on else ""
        quoted = [answer.words] if answer.what in answer.words else [answer.what, answer.words]
        what = "".join(f'<blockquote dir="auto">{html(each)}</blockquote>' for each in quoted if each)
        kind = html(self.telling.kind(answer, row))
        head = f"<p><strong>{own(answer.by)}</strong> · <strong>{kind}</strong>{on}</p>"
        return Html(f"{head}{what}{self._standing(answer)}")

    def _standing(self, answer: ReportAnswer) -> str:
        """In which document an answer stands, with the way there."""
        column = self.columns.get(answer.document)
        if column is None:
            return ""
        day = self.telling.day_of(answer.published or column.published)
        said = self.telling.told("answer.in", source=column.source, date=day)
        return f'<p><a href="#document-{html(column.id)}">{own(said)}</a></p>'

    # the record

    def _record(self, row: ReportRow) -> Iterator[str]:
        yield f"<p>{dated(self.telling.bound(row.held.sentence))}</p>"
        for each in row.held.entries:
            said = each.said.removeprefix(self.look.say("reports.record.entry", index=each.index))
            space = "" if said != each.said else " "
            yield f"<p>{self._entry(each.index)}{space}{dated(self.telling.bound(said))}</p>"
        if row.entry >= 0:
            said = self.look.say("reports.record.hash")
            yield f'<p class="note">{html(said)} {self._entry(row.entry)} <code>{html(row.hash)}</code></p>'

    def _entry(self, index: int) -> Html:
        return self.look.link(self.look.say("reports.record.entry", index=index), f"/log/{index}")

    # what differs

    def _differing(self, found: Differing) -> Html:
        """Each value once, with the words for it and whose they are."""
        groups: dict[str, list[Value]] = {}
        for each in found.values:
            groups.setdefault(self._range(each) or each.words.casefold(), []).append(each)
        rows = [
            ([Html(f'<span class="n">{html(key)}</span>')] if found.kind == "figure" else [])
            + [Html("<br>".join(f"{self._quoted(each)} {self._source(each)}" for each in group))]
            for key, group in groups.items()
        ]
        heads = [self.look.say("reports.head.number")] if found.kind == "figure" else []
        said = html(self._about(found))
        return Html(
            f'<p class="note">{said}</p>{fitting([*heads, self.look.say("reports.head.words")], rows)}'
        )

    def _quoted(self, value: Value) -> str:
        language = lang(self.columns[value.document].language)
        return f'<q><span dir="auto"{language}>{html(value.words)}</span></q>'

    def _source(self, value: Value) -> str:
        return f'<a href="#document-{html(value.document)}">{own(self.columns[value.document].source)}</a>'

    def _about(self, found: Differing) -> str:
        """What differs: figures with their unit, in the words of the page where it has them."""
        say = self.look.say
        if found.kind != "figure":
            return say(f"reports.differing.{found.kind}", about=found.about)
        key = f"reports.unit.{found.about.replace(' ', '_')}"
        if known(key):
            return say("reports.differing.figure", about=say(key))
        if self.look.language == "en" and found.about:
            return say("reports.differing.figure", about=found.about)
        return say("reports.differing.counted")

    def _range(self, value: Value) -> str:
        if value.low is None or value.high is None:
            return ""
        low, high = (number(self.look.language, each, _digits(each)) for each in (value.low, value.high))
        return low if value.low == value.high else f"{low} – {high}"


def _noted(words: str, none: str) -> Cell:
    return own(words) if words else none


def _digits(value: float) -> int:
    """How many digits of a number behind the point say something, three at most."""
    behind = f"{value:.3f}".rstrip("0").partition(".")[2]
    return len(behind)
