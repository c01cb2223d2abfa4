"""The text of an HTML page: its main text, and beside it whatever else a reader of the page would see.

The main text is `trafilatura`'s. Scripts, styles, templates and what stands hidden in the source are no text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from openleo.errors import InputError

_BLOCKS: Final = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "button", "dd", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "label",
        "li", "main", "nav", "ol", "option", "p", "pre", "section", "select", "table", "tbody", "td", "tfoot",
        "th", "thead", "tr", "ul", "br", "html",
    )
)  # fmt: skip
_UNSEEN: Final = frozenset(
    ("script", "style", "template", "noscript", "head", "svg", "iframe", "object", "math")
)
_ATTRIBUTES: Final = 4000
"""Of a tag; their reading takes the square of their number."""
_DEPTH: Final = 250
"""Elements within each other, that the parser reads at least."""
_VALUE: Final = re.compile(r"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_TAG: Final = re.compile(rf"<[a-zA-Z](?:{_VALUE.pattern}|[^>])*+")
_LONG: Final = 25
"""Characters from which on a line is found within the main text; shorter ones must be a line of it."""
_COVERED: Final = 0.9
"""Of the main text, by what stands in the page: with less, the page is not shown around it."""


@dataclass(frozen=True)
class Page:
    """Paragraphs in their order; aside: what those are that are not the article; facts: as `Facts`."""

    paragraphs: tuple[str, ...]
    aside: dict[int, str]
    facts: dict[str, str]
    notes: tuple[str, ...]


def main_text(html: str, name: str, today: date) -> Page:
    """Read a page; raises InputError where it has no text. today: no date of it is later."""
    from lxml.etree import ErrorTypes, ParserError
    from lxml.html import HTMLParser, document_fromstring
    from trafilatura import bare_extraction

    # an encoding that a text states cannot be that of a string any more
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", html)
    _check_tags(html, name)
    parser = HTMLParser()
    try:
        tree = document_fromstring(html, parser=parser)
    except (ParserError, ValueError, AssertionError):
        raise InputError(f"{name}: there is no text in this page") from None
    if any(each.type == ErrorTypes.ERR_RESOURCE_LIMIT for each in parser.error_log):
        raise InputError(
            f"{name}: elements within elements, more than {_DEPTH} deep: what stands behind them would be "
            "lost; save its text, and import that"
        )
    for element in [each for each in tree.iter() if _is_hidden(each)]:
        element.drop_tree()
    blocks = list(_blocks(tree))
    try:
        found: Any = bare_extraction(
            tree, with_metadata=True, include_comments=False, favor_recall=True,
            date_extraction_params={"max_date": today.isoformat(), "extensive_search": False},
        )  # fmt: skip
    except (ValueError, TypeError, RecursionError):  # of a broken page
        found = None
    lines = [each for line in (found.text or "" if found else "").split("\n") if (each := _plain(line))]
    if not lines:
        all_of_it = ("No main text was found in the page: all of it is shown.",)
        return Page(tuple(blocks), {}, _facts(found, tree), all_of_it)
    kept, whole = set(lines), " ".join(lines)
    plain = [_plain(each) for each in blocks]
    main = [each in kept or (len(each) >= _LONG and each in whole) for each in plain]
    if (title := _plain(found.title or "")) in plain and title not in kept:
        main[plain.index(title)] = True
    seen = sum(len(each) for each, is_main in zip(blocks, main, strict=True) if is_main)
    if seen < _COVERED * len(whole):
        return Page(tuple(lines), {}, _facts(found, tree), ("What stood around the article was left out.",))
    paragraphs, aside = _joined(blocks, main)
    return Page(tuple(paragraphs), aside, _facts(found, tree), ())


def _check_tags(html: str, name: str) -> None:
    """Check that no tag has so many attributes that reading them takes hours; raises InputError."""
    for tag in _TAG.finditer(html):
        if tag.end() - tag.start() > 2 * _ATTRIBUTES:
            many = len(_VALUE.sub("=0 ", tag[0]).split())
            if many > _ATTRIBUTES:
                raise InputError(f"{name}: a tag with {many} attributes at {tag.start()}: it is no page")


def _blocks(tree: Any) -> Iterator[str]:
    """The texts of a page as a reader sees them, block by block."""
    gathered: list[str] = []

    def flush() -> Iterator[str]:
        text = _flat("".join(gathered))
        gathered.clear()
        if text:
            yield text

    unseen: Any = None  # the element inside which nothing is seen
    from lxml.etree import iterwalk

    for event, element in iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if unseen is None:
                gathered.append(element.tail or "")
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if unseen is None and tag in _UNSEEN:
                unseen = element
            if unseen is None:
                if tag in _BLOCKS:
                    yield from flush()
                gathered.append(element.text or "")
            continue
        if unseen is element:
            unseen = None
        elif unseen is not None:
            continue
        if tag in _BLOCKS:
            yield from flush()
        gathered.append(element.tail or "")
    yield from flush()


def _is_hidden(element: Any) -> bool:
    if not isinstance(element.tag, str) or element.getparent() is None:
        return False
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.get("hidden") is not None or "display:none" in style


def _flat(text: str) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip()


def _plain(text: str) -> str:
    """A text as `trafilatura` leaves it: spaces of every kind are one plain space, and the ends are bare."""
    return " ".join(text.split())


def _joined(blocks: list[str], main: list[bool]) -> tuple[list[str], dict[int, str]]:
    """Paragraphs of the main text, and each run of others as one paragraph that is set aside."""
    paragraphs: list[str] = []
    aside: dict[int, str] = {}
    for block, is_main in zip(blocks, main, strict=True):
        last = len(paragraphs) - 1
        if not is_main and last in aside:
            paragraphs[last] += "\n" + block
            continue
        if not is_main:
            aside[last + 1] = "page"
        paragraphs.append(block)
    return paragraphs, aside


def _facts(found: Any, tree: Any) -> dict[str, str]:
    """What the page says of itself."""
    facts = {"language": (tree.get("lang") or "")[:2].lower()}
    if found is not None:
        facts |= {
            "source": found.sitename or found.hostname or "", "title": found.title or "",
            "author": found.author or "", "date": (found.date or "")[:10], "address": found.url or "",
        }  # fmt: skip
    return {key: re.sub(r"\s+", " ", value) for key, value in facts.items()}
