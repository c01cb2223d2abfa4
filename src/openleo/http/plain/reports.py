"""What others say happened, beside the record: the cases of a register, and one case in plain HTML."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from fastapi import Response

from openleo.http.frame import Html, html, table
from openleo.http.plain.look import PATH, Look
from openleo.http.plain.report_claims import Claims
from openleo.http.plain.report_words import Telling, dated, fitting, lang, note, own
from openleo.http.reports import ReportCase, ReportDocument, ReportRow, case_of, cases_of
from openleo.service.reports.comparison import Column, Source
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
        self.telling = Telling(look)

    def parts(self) -> Iterator[str]:
        """All of it."""
        found, say, told = self.found, self.look.say, self.telling.told
        yield from self._begun()
        if found.rows:
            yield self.look.heading("reports.glance")
            yield note(say("reports.glance.plain"))
            yield self._glance()
            yield from Claims(self.look, found, self.columns, self.telling).parts()
            yield self.look.heading("reports.part.timeline")
            yield note(say("reports.timeline.about"))
            yield self._timeline()
        else:
            yield f"<p>{told('claims.none')}</p>"
        yield from self._origins()
        yield self.look.heading("reports.part.documents")
        yield note(say("reports.documents.about"))
        for document in found.documents:
            yield from self._document(document)

    def _begun(self) -> Iterator[str]:
        """What there is, who has not answered, and what is shown and what is not."""
        found, say, told = self.found, self.look.say, self.telling.told
        if found.unreviewed:
            yield f'<p class="limit">{told("unreviewed")}</p>'
        counts = [("documents", len(found.columns)), ("claims", len(found.rows))]
        if found.rows:
            counts.append(("independent", found.independent))
        said = ", ".join(self.telling.counted(f"reports.{name}", count) for name, count in counts)
        yield f'<p class="state">{html(said)}</p>'
        if open_ := sum(each.open for each in found.rows):
            yield f'<p class="limit">{html(self.telling.counted("reports.open", open_))}</p>'
        yield f"<p>{told('about')}</p>"
        if (view := self.look.there) is not None and view.invented:
            yield f"<p><strong>{html(say('common.invented'))}</strong></p>"
        shown = "" if found.unreviewed else f"{told('shown')} "
        yield f"<p>{shown}{told('withheld')}</p>"
        if found.log:
            yield f"<p>{told('log', log=found.log)}</p>"

    def _glance(self) -> Html:
        say, found = self.look.say, self.found
        heads = [say("reports.claim"), say("reports.glance.told"), say("reports.glance.record")]
        rows = [
            (
                self.telling.link(row),
                Html("<br>".join(self._saying(row))),
                self.look.word("reports.record.short", row.held.verdict),
            )
            for row in found.rows
        ]
        return self.telling.stacked(heads, rows)

    def _saying(self, row: ReportRow) -> Iterator[str]:
        """Who tells a claim, in which mood, and who answers what, each on a line of its own."""
        said = self.look.say
        for column in self.found.columns:
            moods = {each.mood: None for each in row.cells if each.document == column.id}
            for mood in moods:
                kind = self.look.word("reports.mood", mood)
                yield own(said("reports.answer.of", by=column.source, kind=kind))
        for by, kind in {(each.by, self.telling.kind(each, row)): None for each in row.answers}:
            yield own(said("reports.answer.of", by=by, kind=kind))
        if row.open:
            yield self.telling.silence(row)

    # time

    def _timeline(self) -> Html:
        heads = [self.look.say("reports.when"), self.look.say("reports.head.what")]
        items = sorted((*self._claimed(), *self._done()), key=lambda each: each[0])
        rows: dict[tuple[Html, str], list[Html]] = {}
        for _, when, what, way in items:
            rows.setdefault((when, what), []).append(way)
        return fitting(heads, [(when, _about(what, ways)) for (when, what), ways in rows.items()])

    def _claimed(self) -> Iterator["_Item"]:
        """What is said to have happened; what has no day comes last."""
        for row in self.found.rows:
            first = row.when.first or row.when.last or date.max
            order = (first, row.when.last or date.max, row.number)
            yield order, self.telling.days(row.when), "", self.telling.link(row)

    def _done(self) -> Iterator["_Item"]:
        """What was done in the open: documents appear, the operator is asked, somebody answers."""
        say = self.look.say
        for row in self.found.rows:
            way = Html(f'<a href="#claim-{row.number}">{row.number}</a>')
            if row.asked is not None:
                key = "reports.timeline.asked_of" if row.asked_of else "reports.timeline.asked"
                yield from self._on(Interval(row.asked, row.asked), say(key, who=row.asked_of), way)
            for each in row.answers:
                if each.kind == "silent since":
                    continue
                kind = self.telling.kind(each, row)
                what = say("reports.answer.of", by=each.by, kind=kind)
                yield from self._on(Interval(each.on, each.on) if each.on else each.published, what, way)
        for column in self.found.columns:
            way = Html(f'<a href="#document-{html(column.id)}">{{}}</a>')
            first, last = column.first, column.published
            published = say("reports.timeline.published", source=column.source)
            if _is_older(first, last):
                yield from self._on(first, "", Html(way.format(own(published))))
                published = say("reports.timeline.version", source=column.source, version=column.versions)
            yield from self._on(last, "", Html(way.format(own(published))))

    def _on(self, it: Interval | None, what: str, way: Html) -> Iterator["_Item"]:
        if it is not None and it.first is not None and it.last is not None:
            yield (it.first, it.last, len(self.found.rows) + 1), dated(self.telling.span(it)), what, way

    # origins

    def _origins(self) -> Iterator[str]:
        say = self.look.say
        yield self.look.heading("reports.part.origins")
        yield note(say("reports.origins.about"))
        listed = "".join(self._source(each) for each in self.found.sources)
        yield f"<ol>{listed}</ol>"
        if self.found.aliases:
            heads = [say("reports.aliases.written"), say("reports.aliases.name")]
            yield note(say("reports.aliases.unreviewed" if self.found.unreviewed else "reports.aliases"))
            yield fitting(heads, [(own(written), own(name)) for written, name in self.found.aliases])

    def _source(self, source: Source) -> str:
        """Documents that go back to one report, and why it is thought so."""
        root = self.columns.get(source.root)
        several = len(source.documents) > 1
        key = "outside" if root is None else "back" if several else "own"
        head = self.look.say(f"reports.origins.{key}", source=root.source if root else source.root)
        parts = []
        for id_ in source.documents:
            column = self.columns[id_]
            first = f", {self.telling.told('origins.first')}" if several and id_ == source.root else ""
            day = dated(self.telling.day_of(column.published))
            why = "".join(f"<br>{own(self.telling.bound(each))}" for each in column.why)
            way = f'<a href="#document-{html(id_)}">{own(column.source)}</a>'
            parts.append(f"<li>{way}, {day}{first}{why}</li>")
        return f"<li><strong>{own(head)}</strong><ul>{''.join(parts)}</ul></li>"

    # documents

    def _document(self, document: ReportDocument) -> Iterator[str]:
        column = self.columns[document.id]
        day = (
            self.telling.days(column.published) if column.published else self.telling.told("document.undated")
        )
        yield f'<h3 id="document-{html(document.id)}">{own(column.source)}, {day}</h3>'
        yield f'<p class="note">{own(dated(" · ".join(self._facts(document, column))))}</p>'
        for why, blocks in groupby(document.blocks, lambda each: each.aside):
            words = "".join(map(_block, blocks))
            if why:
                said = self.telling.told("aside", why=self.look.word("reports.aside", why))
                words = f"<details><summary>{said}</summary>{words}</details>"
            yield words
        yield from self._changes(document)

    def _facts(self, document: ReportDocument, column: Column) -> Iterator[str]:
        say = self.look.say
        yield say(f"reports.document.{column.kind}")
        if column.language:
            yield self.look.word("reports.tongue", column.language)
        if column.translated_from:
            language = self.look.word("reports.tongue", column.translated_from)
            yield say("reports.document.translated", language=language)
        if document.translation_of:
            yield say("reports.document.translation_of", work=document.translation_of)
        if column.versions > 1:
            older = _is_older(column.first, column.published)
            key = "reports.document.versions.first" if older else "reports.document.versions"
            yield say(key, count=column.versions, date=self.telling.day_of(column.first))
        if column.shown == "excerpts":
            yield say("reports.document.excerpts")
        if not column.shown:
            yield say("reports.document.unreviewed")
        if document.address:
            yield f"{say('reports.document.found')} {document.address}"

    def _changes(self, document: ReportDocument) -> Iterator[str]:
        say = self.look.say
        heads = [say("reports.changes.was"), say("reports.changes.now")]
        for version, found in groupby(document.changes, lambda each: each.version):
            rows = [
                tuple(self._changed(each.field, words) for words in (each.was, each.now)) for each in found
            ]
            yield note(say("reports.changes", version=version))
            yield fitting(heads, rows)

    def _changed(self, field: str, words: str) -> Html:
        if field:
            return self.telling.told(f"changes.{field}", words=words)
        return own(words) if words else self.telling.told("changes.nothing")


_Item = tuple[tuple[date, date, int], Html, str, Html]
"""In which order, when, what was done (to claims), and the way to a claim or a document."""


def _about(what: str, ways: list[Html]) -> Html:
    """What was done, with the claims that it was done about; or the ways themselves."""
    if what:
        return Html(f"{own(what)} ({', '.join(ways)})")
    return Html("<br>".join(ways))


def _is_older(first: Interval | None, last: Interval | None) -> bool:
    """Whether a first version has another day than the last one."""
    return first is not None and last is not None and (first.first, first.last) != (last.first, last.last)


def _block(block: Block) -> str:
    words = "".join(map(_piece, block.pieces, (*block.pieces[1:], None)))
    if block.kind == "title":
        words = f"<strong>{words}</strong>"
    return f'<p dir="auto"{lang(block.language)}>{words}</p>'


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
