"""What others say happened, beside the record: the cases of a register, and one case in tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from fastapi import Response

from openleo.http.frame import Cell, Html, facts, html, table
from openleo.http.plain.figures import number
from openleo.http.plain.look import PATH, Look
from openleo.http.reports import ReportAnswer, ReportCase, ReportDocument, ReportRow, case_of, cases_of
from openleo.http.words import known
from openleo.service.reports.claims import Answer, Word
from openleo.service.reports.comparison import Cell as Telling
from openleo.service.reports.comparison import Column, Differing, Value
from openleo.service.reports.document import Interval
from openleo.service.reports.shown import Block, Piece


def cases(look: Look) -> Response:
    """The cases, with how much of each may be seen."""
    found = cases_of(look.request, look.language)
    parts: list[str] = [f"<p>{html(look.say('reports.about'))}</p>"]
    if found.unreviewed:
        parts.append(f'<p class="limit">{html(look.say("reports.unreviewed"))}</p>')
    if not found.register:
        parts.append(f'<p class="state">{html(look.say("reports.none"))}</p>')
    elif not found.cases:
        parts.append(f'<p class="state">{html(look.say("reports.empty"))}</p>')
    else:
        heads = [
            look.say(f"reports.head.{name}") for name in ("case", "documents", "claims", "sources", "open")
        ]
        rows = [
            (
                look.link(each.case, f"{PATH}/reports/{each.case}"), each.documents, each.claims,
                each.independent, each.open,
            )
            for each in found.cases
        ]  # fmt: skip
        parts.append(table(look.say("reports.cases"), heads, rows))
    return _kept_by_nobody(look.respond(look.say("reports.title"), parts), found.unreviewed)


def case(look: Look, name: str) -> Response:
    """A case: its claims side by side, one by one, in time and by origin, and its documents."""
    found = case_of(look.request, name, look.language)
    return _kept_by_nobody(look.respond(found.case, _Told(look, found).parts()), found.unreviewed)


def _kept_by_nobody(page: Response, private: bool) -> Response:
    """A page; where it has what nobody has reviewed, no browser keeps it."""
    if private:
        page.headers["cache-control"] = "no-store"
    return page


class _Told:
    """A case as it is told in the language of a page."""

    def __init__(self, look: Look, found: ReportCase) -> None:
        self.look, self.found = look, found
        self.columns = {each.id: each for each in found.columns}

    def parts(self) -> Iterator[str]:
        """All of it."""
        found, say = self.found, self.look.say
        if found.unreviewed:
            yield f'<p class="limit">{html(say("reports.unreviewed"))}</p>'
        counts = [("documents", len(found.columns)), ("claims", len(found.rows))]
        if found.rows:
            counts.append(("independent", found.independent))
        said = ", ".join(self._counted(f"reports.{name}", count) for name, count in counts)
        yield f'<p class="state">{html(said)}</p><p>{html(say("reports.about"))}</p>'
        if found.log:
            yield f"<p>{html(say('reports.log', log=found.log))}</p>"
        if found.rows:
            yield self.look.heading("reports.glance")
            yield self._glance()
        else:
            yield f"<p>{html(say('reports.claims.none'))}</p>"
        told: set[int] = set()
        for row in found.rows:
            group = next((each for each in found.alternatives if row.number in each.claims), None)
            if row.number in told:
                continue
            if group is not None:
                yield f"<h2>{html(say('reports.alternatives', event=group.event))}</h2>"
                yield f"<p>{html(say('reports.alternatives.about'))}</p>"
            for each in found.rows:
                if each is row or (group is not None and each.number in group.claims):
                    told.add(each.number)
                    yield from self._claim(each)
        if found.rows:
            yield from self._timeline()
        yield from self._origins()
        yield self.look.heading("reports.part.documents")
        yield f"<p>{html(say('reports.documents.about'))}</p>"
        for document in found.documents:
            yield from self._document(document)

    # claims

    def _heading(self, row: ReportRow) -> str:
        kind = self.look.word("reports.kind", row.kind)
        if row.act == "other":
            return kind
        return self.look.say("reports.what", kind=kind, act=self.look.word("reports.act", row.act))

    def _glance(self) -> Html:
        say, found = self.look.say, self.found
        heads = [say("reports.claim"), say("reports.glance.told"), say("reports.glance.record")]
        rows = [
            (
                Html(f'<a href="#claim-{row.number}">{row.number}</a> {html(self._heading(row))}'),
                Html("<br>".join(self._saying(row))),
                self.look.word("reports.record.short", row.held.verdict),
            )
            for row in found.rows
        ]
        return _fitting(say("reports.glance.plain"), heads, rows)

    def _saying(self, row: ReportRow) -> Iterator[str]:
        """Who tells a claim, in which mood, and who answers what, each on a line of its own."""
        said = self.look.say
        for column in self.found.columns:
            moods = {each.mood: None for each in row.cells if each.document == column.id}
            for mood in moods:
                kind = self.look.word("reports.mood", mood)
                yield _own(said("reports.answer.of", by=column.source, kind=kind))
        for by, kind in {(each.by, self._kind(each, row)): None for each in row.answers}:
            yield _own(said("reports.answer.of", by=by, kind=kind))

    def _kind(self, answer: Answer, row: ReportRow) -> str:
        """What an answer is: nobody is without an answer to what nobody asked."""
        if answer.kind == "silent since" and row.asked is None:
            return self.look.say("reports.answer.unheard")
        return self.look.word("reports.answer", answer.kind)

    def _claim(self, row: ReportRow) -> Iterator[str]:
        say = self.look.say
        private = "" if row.reviewed else f" ({say('reports.claim.unreviewed')})"
        yield f'<h2 id="claim-{row.number}">{row.number} {html(self._heading(row) + private)}</h2>'
        rows: list[tuple[str, Cell | None]] = [
            (say("reports.where"), _own(row.where) if row.where else say("reports.unsaid")),
            (say("reports.when"), self._days(row.when)),
            (say("reports.by"), _own(row.by) if row.by else say("reports.unsaid")),
            (say("reports.behalf"), _own(row.behalf) if row.behalf else say("reports.unsaid")),
            (say("reports.answers"), self._answers(row)),
            (say("reports.record"), self._record(row)),
        ]
        yield facts(rows)
        yield f"<p>{html(self._tellers(row))}</p>"
        for cell in row.cells:
            yield self._telling(cell)
        for each in row.differing:
            yield self._differing(each)

    def _tellers(self, row: ReportRow) -> str:
        ids = {each.document for each in row.cells}
        if not row.independent and all(self.columns[each].kind == "statement" for each in ids):
            return self.look.say("reports.told.statement")
        independent = self._counted("reports.independent", row.independent)
        form = "one" if self._is_one(len(ids)) else "many"
        return self.look.say(f"reports.told.{form}", count=len(ids), independent=independent)

    def _telling(self, cell: Telling) -> Html:
        column = self.columns[cell.document]
        before, found, after = cell.sentence.partition(cell.words)
        words = f"{html(before)}<mark>{html(cell.words)}</mark>{html(after)}" if found else html(cell.words)
        teller = [
            f'<a href="#document-{html(cell.document)}">{_own(column.source)}</a>',
            f"<strong>{html(self.look.word('reports.mood', cell.mood))}</strong>",
        ]
        if word := self._word(cell.word):
            teller.append(_own(word))
        quoted = f'<blockquote dir="auto"{_lang(column.language)}>{words}</blockquote>'
        return Html(f"<p>{', '.join(teller)}</p>{quoted}{self._version(cell, column)}")

    def _version(self, cell: Telling, column: Column) -> str:
        """Of which version words are that the last one does not have, and whether it has taken them back."""
        if not cell.version or cell.version >= column.versions:
            return ""
        key = "reports.cell.withdrawn" if cell.withdrawn else "reports.cell.version"
        said = self.look.say(key, date=self._day_of(cell.published), now=self._day_of(column.published))
        return f'<p class="note">{html(said)}</p>'

    def _word(self, word: Word) -> str:
        say = self.look.say
        said: list[str] = []
        if word.who:
            key = "reports.word.counted" if word.count else "reports.word"
            said.append(say(key, who=word.who, count=word.count))
        elif word.count:
            said.append(say("reports.word.many", count=self._counted("reports.word.count", word.count)))
        if said:
            said.append(say("reports.word.named" if word.named else "reports.word.unnamed"))
        if word.chain:
            said.append(say("reports.word.chain", chain=" ← ".join(word.chain)))
        return ", ".join(said)

    def _answers(self, row: ReportRow) -> Html:
        say = self.look.say
        said = [self._answer(each, row) for each in row.answers] or [html(say("reports.answers.none"))]
        who = row.asked_of
        if row.asked is None:
            said.append(html(say("reports.answers.unasked")))
        elif row.open and row.silent_days is not None:
            days = self._counted("reports.days", row.silent_days)
            key = "reports.silent.of" if who else "reports.silent"
            said.append(html(say(key, who=who, date=f"{row.asked}", days=days)))
        else:
            key = "reports.answers.asked_of" if who else "reports.answers.asked"
            said.append(html(say(key, who=who, date=f"{row.asked}")))
        return Html("<br>".join(said))

    def _answer(self, answer: ReportAnswer, row: ReportRow) -> Html:
        since = "since" if answer.kind == "silent since" else "on"
        on = f", {html(self.look.say(f'reports.answer.{since}', date=f'{answer.on}'))}" if answer.on else ""
        quoted = [answer.words] if answer.what in answer.words else [answer.what, answer.words]
        what = "".join(f'<br><q dir="auto">{html(each)}</q>' for each in quoted if each)
        kind = html(self._kind(answer, row))
        return Html(f"<strong>{_own(answer.by)}</strong>, {kind}{on}{what}{self._standing(answer)}")

    def _standing(self, answer: ReportAnswer) -> str:
        """In which document an answer stands, with the way there."""
        column = self.columns.get(answer.document)
        if column is None:
            return ""
        day = self._day_of(answer.published or column.published)
        said = self.look.say("reports.answer.in", source=column.source, date=day)
        return f'<br><a href="#document-{html(column.id)}">{_own(said)}</a>'

    def _day_of(self, published: Interval | None) -> str:
        return self._span(published) if published else self.look.say("reports.document.undated")

    def _record(self, row: ReportRow) -> Html:
        said = [html(row.held.sentence)]
        for each in row.held.entries:
            said.append(Html(f"{self._entry(each.index)} {html(each.said)}"))
        if row.entry >= 0:
            code = f"{html(self.look.say('reports.record.hash'))} {self._entry(row.entry)}"
            said.append(Html(f"{code} <code>{html(row.hash)}</code>"))
        return Html("<br>".join(said))

    def _entry(self, index: int) -> Html:
        return self.look.link(self.look.say("reports.record.entry", index=index), f"/log/{index}")

    def _differing(self, found: Differing) -> Html:
        names = ("document", "words", "number") if found.kind == "figure" else ("document", "words")
        heads = [self.look.say(f"reports.head.{name}") for name in names]
        rows = [
            (_own(self.columns[each.document].source), _own(each.words), self._range(each))[: len(names)]
            for each in found.values
        ]
        return _fitting(self._about(found), heads, rows)

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

    # time, origins, documents

    def _timeline(self) -> Iterator[str]:
        yield self.look.heading("reports.part.timeline")
        heads = [self.look.say("reports.when"), self.look.say("reports.claim")]
        rows = [
            (
                self._days(row.when),
                Html(f'<a href="#claim-{row.number}">{row.number}</a> {html(self._heading(row))}'),
            )
            for row in sorted(self.found.rows, key=_order)
        ]
        yield _fitting(self.look.say("reports.timeline.plain"), heads, rows)

    def _origins(self) -> Iterator[str]:
        say = self.look.say
        yield self.look.heading("reports.part.origins")
        heads = [say(f"reports.head.{name}") for name in ("source", "document", "why")]
        rows = [
            (_own(self.columns[each.root].source if each.root in self.columns else each.root),
             _own(self.columns[id_].source), _own(" ".join(self.columns[id_].why)))
            for each in self.found.sources
            for id_ in each.documents
        ]  # fmt: skip
        yield _fitting(say("reports.origins.about"), heads, rows)
        if self.found.aliases:
            heads = [say("reports.aliases.written"), say("reports.aliases.name")]
            pairs = [(_own(written), _own(name)) for written, name in self.found.aliases]
            yield _fitting(say("reports.aliases"), heads, pairs)

    def _document(self, document: ReportDocument) -> Iterator[str]:
        say, column = self.look.say, self.columns[document.id]
        day = self._days(column.published) if column.published else html(say("reports.document.undated"))
        yield f'<h2 id="document-{html(document.id)}">{_own(column.source)}, {day}</h2>'
        said = [say(f"reports.document.{column.kind}")]
        if column.language:
            said.append(column.language)
        if column.translated_from:
            said.append(say("reports.document.translated", language=column.translated_from))
        if document.translation_of:
            said.append(say("reports.document.translation_of", work=document.translation_of))
        if column.versions > 1:
            said.append(say("reports.document.versions", count=column.versions))
        if column.shown == "excerpts":
            said.append(say("reports.document.excerpts"))
        if not column.shown:
            said.append(say("reports.document.unreviewed"))
        if document.address:
            said.append(f"{say('reports.document.found')} {document.address}")
        yield f'<p class="note">{_own(" · ".join(said))}</p>'
        for block in document.blocks:
            yield self._block(block)
        yield from self._changes(document)

    def _changes(self, document: ReportDocument) -> Iterator[str]:
        say = self.look.say
        heads = [say("reports.changes.was"), say("reports.changes.now")]
        for version, found in groupby(document.changes, lambda each: each.version):
            rows = [
                tuple(self._changed(each.field, words) for words in (each.was, each.now)) for each in found
            ]
            yield _fitting(say("reports.changes", version=version), heads, rows)

    def _changed(self, field: str, words: str) -> Html:
        if field:
            return html(self.look.say(f"reports.changes.{field}", words=words))
        return _own(words) if words else html(self.look.say("reports.changes.nothing"))

    def _block(self, block: Block) -> Html:
        aside = ""
        if block.aside:
            why = self.look.word("reports.aside", block.aside)
            aside = f'<span class="note">[{html(self.look.say("reports.aside", why=why))}]</span> '
        words = "".join(map(_piece, block.pieces, (*block.pieces[1:], None)))
        if block.kind == "title":
            words = f"<strong>{words}</strong>"
        return Html(f'<p dir="auto"{_lang(block.language)}>{aside}{words}</p>')

    # words

    def _days(self, it: Interval) -> Html:
        say = self.look.say
        said = self._span(it)
        if not it.wording or it.wording == said:
            return html(said)
        return Html(f"{html(said)} ({html(say('reports.wording', wording=it.wording))})")

    def _span(self, it: Interval) -> str:
        say = self.look.say
        if it.first is None and it.last is None:
            return say("reports.interval.unknown")
        if it.last is None:
            return say("reports.interval.from", date=f"{it.first}")
        if it.first is None:
            return say("reports.interval.until", date=f"{it.last}")
        return f"{it.first}" if it.first == it.last else f"{it.first} – {it.last}"

    def _counted(self, key: str, count: int) -> str:
        return self.look.say(f"{key}.{'one' if self._is_one(count) else 'many'}", count=count)

    def _is_one(self, count: int) -> bool:
        """Whether a count has the singular: in French, nought as well."""
        return count == 1 or (count == 0 and self.look.language == "fr")


def _fitting(note: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """A table of few columns, which is as wide as the page and no wider."""
    body = "".join(f"<tr>{''.join(f'<td>{html(each)}</td>' for each in row)}</tr>" for row in rows)
    head = "".join(f'<th scope="col">{html(each)}</th>' for each in heads)
    return Html(
        f'<p class="note">{html(note)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _digits(value: float) -> int:
    """How many digits of a number behind the point say something, three at most."""
    behind = f"{value:.3f}".rstrip("0").partition(".")[2]
    return len(behind)


def _own(words: str) -> Html:
    """A stranger's words, in the direction in which they are written."""
    return Html(f'<span dir="auto">{html(words)}</span>')


def _lang(language: str) -> str:
    return f' lang="{html(language)}"' if language else ""


def _piece(piece: Piece, after: Piece | None) -> str:
    """Words; those of a claim or an answer marked, with the way to it behind the last of them."""
    numbers = _numbers(piece)
    if not numbers:
        return html(f" {piece.text} " if piece.kind == "left out" else piece.text)
    ended = [each for each in numbers if after is None or each not in _numbers(after)]
    links = ", ".join(f'<a href="#claim-{each.removesuffix("R")}">{each}</a>' for each in ended)
    return f"<mark>{html(piece.text)}</mark>" + (f" [{links}]" if links else "")


def _numbers(piece: Piece) -> list[str]:
    return [f"{each}" for each in piece.claims] + [f"{each}R" for each in piece.answers]


def _order(row: ReportRow) -> tuple[date, date, int]:
    return row.when.first or row.when.last or date.max, row.when.last or date.max, row.number
