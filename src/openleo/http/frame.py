"""What all pages without script share: their frame and style, and how a text becomes a part of one."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from openleo.ledger.words import printable
from openleo.service.reasons import Language

STYLE: Final = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
body { overflow-wrap: break-word; }
h1 { font-size: 1.5rem; margin: 1rem 0 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; }
h4, h5 { font-size: .9rem; margin: 1.1rem 0 .3rem; }
p { margin: .4rem 0; }
nav { display: flex; gap: .3rem 1rem; flex-wrap: wrap; font-size: .9rem; }
code, pre { font: .85em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; padding: .75rem; border: 1px solid #8886; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; white-space: nowrap; }
td, th { padding: .35rem .8rem .35rem 0; vertical-align: top; border-bottom: 1px solid #8884; }
td { overflow-wrap: anywhere; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.note { opacity: .75; font-size: .9rem; }
.wide { overflow-x: auto; }
.wide table { width: max-content; min-width: 100%; }
.wide td { overflow-wrap: normal; max-width: 22rem; }
.what { opacity: .75; }
.state { font-weight: 600; border-left: 3px solid #369; padding-left: .8rem; }
.limit { border-left: 3px solid #b60; padding-left: .8rem; }
.group { border-left: 4px double #8888; padding-left: .9rem; margin: 1.8rem 0; }
.group > :first-child { margin-top: 0; }
.stack th[scope="row"] { white-space: normal; width: 34%; font-weight: 400; }
time { white-space: nowrap; }
mark { background: #fc06; color: inherit; }
summary { cursor: pointer; }
:root:lang(fr) q { quotes: "\\ab\\202f" "\\202f\\bb" "\\201c" "\\201d"; }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid #8886; white-space: pre-wrap; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: 1rem 0; }
label { display: grid; gap: .15rem; font-size: .9rem; }
input, button { font: inherit; padding: .35rem .6rem; min-width: 0; max-width: 100%; box-sizing: border-box; }
@media (max-width: 40rem) {
  th[scope="row"] { white-space: normal; width: 40%; }
  .wide td { max-width: 11rem; }
  .stack, .stack tbody, .stack tr, .stack th, .stack td { display: block; width: auto; }
  .stack thead { display: none; }
  .stack th[scope="row"] { width: auto; font-weight: 600; }
  .stack tr { padding: .4rem 0; border-bottom: 1px solid #8884; }
  .stack td, .stack th { border: 0; padding: .1rem 0; }
  .stack [data-head]::before { content: attr(data-head) " "; opacity: .75; }
}
@page { margin: 18mm 17mm; }
@media print {
  :root { font-size: 10pt; }
  body { max-width: none; margin: 0; padding: 0; font-size: 1rem; }
  nav, form[role="search"] { display: none; }
  a { color: inherit; text-decoration: none; }
  h1, h2, h3, h4, h5, thead, .note { break-after: avoid; }
  tr, blockquote { break-inside: avoid; }
  p { orphans: 3; widows: 3; }
  mark { background: none; text-decoration: underline; }
}
footer { margin-top: 3rem; font-size: .85rem; opacity: .8; }
"""
STYLE_HASH: Final = f"sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"
"""What a policy of content security calls the style of these pages by."""


class Html(str):
    """A text that is HTML already; any other is escaped before it becomes a part of a page."""

    __slots__ = ()


Cell = str | int | Html
"""What stands in a cell of a table: a number is set to the right."""


def document(title: str, parts: Iterable[str], language: Language) -> str:
    """A page of these parts, which are HTML already."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(clean(title))}</title><style>{STYLE}</style></head><body>\n"
        + "\n".join(each for each in parts if each)
        + "\n</body></html>\n"
    )


def clean(text: str) -> str:
    """A stranger's text, with its hidden characters shown."""
    return printable(text)


def html(text: str | int) -> Html:
    """A text as HTML: escaped, unless it is HTML already."""
    return text if isinstance(text, Html) else Html(escape(clean(str(text))))


def link(address: str, text: str, language: str = "") -> Html:
    """A way to another page; language: that of the other page, where it is not that of this one."""
    other = f' hreflang="{language}" lang="{language}"' if language else ""
    return Html(f'<a href="{escape(address)}"{other}>{html(text)}</a>')


def row(name: str, cell: str) -> str:
    """A row of a table: a name, and HTML."""
    return f'<tr><th scope="row">{escape(name)}</th><td>{cell}</td></tr>'


def facts(rows: Iterable[tuple[str, Cell | None]]) -> Html:
    """A table of names and what is known under each; what is None or empty has no row."""
    given = [row(clean(name), html(cell)) for name, cell in rows if cell is not None and cell != ""]
    return Html(f"<table>{''.join(given)}</table>") if given else Html("")


def table(note: str, heads: Sequence[str], rows: Iterable[Sequence[Cell | None]]) -> Html:
    """A table with a line above it and a head for each column; a number is set to the right.

    On a narrow screen it is moved by itself, also by keyboard.
    """
    body = "".join(f"<tr>{''.join(map(_cell, each))}</tr>" for each in rows)
    head = "".join(f'<th scope="col">{html(each)}</th>' for each in heads)
    return Html(
        f'<p class="note">{html(note)}</p>'
        f'<div class="wide" tabindex="0" role="region" aria-label="{html(note)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def sentences(lines: Iterable[str]) -> Iterator[str]:
    """Paragraphs; lines that begin with a dash are a list."""
    listed = False
    for line in lines:
        item = line.lstrip().startswith("- ")
        if item != listed:
            yield "<ul>" if item else "</ul>"
        listed = item
        yield f"<li>{escape(line.lstrip()[2:])}</li>" if item else f"<p>{escape(line)}</p>"
    if listed:
        yield "</ul>"


def _cell(value: Cell | None) -> str:
    if value is None:
        return "<td></td>"
    return f'<td class="n">{value}</td>' if isinstance(value, int) else f"<td>{html(value)}</td>"
