"""All rules over one document: what they propose, for a person to look at."""

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.reports.prose.days import days
from openleo.service.reports.prose.figures import figures
from openleo.service.reports.prose.moods import moods
from openleo.service.reports.prose.names import names
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.quotations import quoted
from openleo.service.reports.prose.sentences import sentences


def propose(document: Document) -> Proposals:
    """What the rules find in a document; nothing in a language that has no file."""
    plain = sentences(document)
    quotations = quoted(document, plain)
    return Proposals(
        sentences=moods(document, plain, quotations),
        outlets=cited(document, plain),
        quotations=quotations,
        figures=figures(document, plain),
        days=days(document, plain),
        names=names(document, plain),
    )
