"""Documents of invented cases, read by the rules, for the tests of what is found across documents."""

from datetime import date
from typing import Literal

from openleo.service.reports.document import Aside, Document, Interval
from openleo.service.reports.proposals import Read
from openleo.service.reports.propose import propose


def document_of(
    text: str, *, source: str = "The Harbour Dispatch", day: str = "2031-04-02", language: str = "en",
    kind: Literal["report", "statement"] = "report",
    translated_from: str = "", asides: tuple[Aside, ...] = (),
) -> Document:  # fmt: skip
    """A document with the first paragraph as its title where there are several."""
    title = text.split("\n\n", 1)[0] if "\n\n" in text else ""
    on = date.fromisoformat(day)
    published = Interval(on, on, day)
    return Document(
        text, source, title, "", published, language, kind, asides, translated_from=translated_from
    )


def read_of(id_: str, text: str, **facts: str) -> Read:
    """A document with what the rules propose about it."""
    document = document_of(text, **facts)  # type: ignore[arg-type]
    return Read(id_, document, propose(document))
