"""A case of reports for tests of what is shown: a strait, a ministry and outlets that are all \
invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from openleo.service.reports.claims import Answer, Claim, Telling, Word
from openleo.service.reports.document import Aside, Document, Interval
from openleo.service.reports.proposals import Figure, Name, Proposals
from openleo.service.reports.prose.sentences import sentences
from openleo.service.store.reports import Reports

CASE = "The strait of Orlen"
TODAY = date(2024, 6, 12)
ASKED = date(2024, 5, 6)
WRITER, READER = "Desk one", "Desk two"
PERSON, ROLE_PERSON = "Idris Valmont", "Sela Brandt"
ROLE = "a fisher"
OFFICE = "Orm Sarrand"
"""Written like a person's name; somebody has confirmed that it is an office's."""
ELSEWHERE = "Perrin Ostwald"
"""A person whose name the rules find in the document that nobody has read, and not in the bulletin."""
SECRET = "unread-marker-7731"
MARKUP = "<script>document.title='caught'</script><img src=x onerror=\"document.title='caught'\">"
EVENT = "the silence of November"

LEDGER = f"""Service over the strait was cut on request, officials say

The Ministry of Waters of Orlen asked the operator to keep satellite service off over the strait \
late last year, \
three officials told The Harbour Ledger. The operator switched service off between 4 and 9 November, \
they said.

“We were told to wait until the talks were over,” said one of the officials, who works under \
{PERSON}. Valmont did \
not reply to questions. The talks were paid for with 2.4 billion crowns from the port fund, two of \
them said.

Read also: The tide tables of the strait

{ROLE_PERSON}, who fishes there, said the screen went dark in the night of the fourth. Trawlers \
turned back."""
QUAI = """Le service aurait été coupé au-dessus du détroit

Selon The Harbour Ledger, le ministère des Eaux d’Orlen aurait demandé à l’opérateur de laisser le \
service éteint \
au-dessus du détroit à la fin de l’année dernière. L’opérateur aurait coupé le service début novembre.

Les discussions auraient coûté 2,4 millions de couronnes, pris sur le fonds du port.

Publicité"""
WIRE = """Space internet was extinguished above the narrow

As reported by the Port Notebook, the Ministry of Water has demanded of the operator to leave the \
service off above \
the narrow at the end of last year. The operator has extinguished the service on November. Weather \
at the coast is \
calm. 2.4 million of crowns have been taken of the fund."""
MINISTRY = """Statement on service over the strait

No minister asked for anything to be switched off. Service over the strait was never on, because no \
licence was \
given for it. The ministry regrets the reports of the last days."""
BULLETIN = f"""Boats could write, and not call

On 7 November boats in the strait could send short messages and make no calls, the harbour master’s \
log shows. The \
Coastal Bulletin has read the log. It was open to fishing boats alone. {ELSEWHERE} signed it. {MARKUP}"""
NASHRA = """خدمة المضيق

قال مكتب الميناء إن الخدمة انقطعت عن المضيق في شهر نوفمبر. لم يرد المشغل."""
UNREAD = f"""Unread

An envoy met the operator in the port in October, {SECRET}. {ELSEWHERE} was there."""

PUBLISHED = {
    "ledger": date(2024, 3, 14), "quai": date(2024, 3, 15), "wire": date(2024, 3, 16),
    "ministry": date(2024, 3, 18), "bulletin": date(2024, 3, 27), "nashra": date(2024, 3, 17),
    "unread": date(2024, 4, 2),
}  # fmt: skip
SOURCES = {
    "ledger": "The Harbour Ledger", "quai": "Le Quai du soir", "wire": "Tidewater Wire",
    "ministry": "Ministry of Waters", "bulletin": "The Coastal Bulletin", "nashra": "نشرة الميناء",
    "unread": "The Unread Gazette",
}  # fmt: skip
TEXTS = {
    "ledger": LEDGER, "quai": QUAI, "wire": WIRE, "ministry": MINISTRY, "bulletin": BULLETIN,
    "nashra": NASHRA, "unread": UNREAD,
}  # fmt: skip
LANGUAGES = {"quai": "fr", "nashra": "ar"}


@dataclass(frozen=True)
class Made:
    """A register with the case. ids: of documents by their short names. numbers: of claims by theirs."""

    path: Path
    ids: dict[str, str]
    numbers: dict[str, int]


def span(name: str, words: str) -> tuple[int, int]:
    """Where words stand in a text of the case."""
    start = TEXTS[name].index(words)
    return start, start + len(words)


def make(path: Path, *names: str) -> Made:
    """The register, with everything reviewed but the document and the claim that nobody has read.

    names: of the documents, all of them without.
    """
    ids: dict[str, str] = {}
    with Reports.open(path, create=True) as register:
        for name in names or tuple(TEXTS):
            ids[name] = register.keep(
                document(name), proposals(name), raw=TEXTS[name].encode(), case=CASE, by=WRITER
            ).id
        numbers = _claims(register, ids)
        if "ledger" in ids:
            register.confirm_name(CASE, ROLE_PERSON, ROLE_PERSON, "person", WRITER, shown_as=ROLE)
        if "wire" in ids:
            register.confirm_name(CASE, "Port Notebook", "The Harbour Ledger", "outlet", WRITER)
        for name in ("quai", "wire", "nashra"):
            if {name, "ledger"} <= set(ids):
                register.set_origin(ids[name], ids["ledger"], "", "It names The Harbour Ledger.", WRITER)
        for name, number in numbers.items():
            if name != "unread":
                register.review_claim(number, READER)
        for name, id_ in ids.items():
            if name != "unread":
                register.review_document(id_, READER, _shown(name))
    return Made(path, ids, numbers)


def document(name: str) -> Document:
    """A document of the case."""
    text, day = TEXTS[name], PUBLISHED[name]
    published = Interval(day, day, f"{day}")
    asides = [
        Aside(*span(name, words), why)
        for words, why in (("Read also: The tide tables of the strait", "read also"),
                           ("Publicité", "advertisement"))
        if words in text
    ]  # fmt: skip
    return Document(
        text, SOURCES[name], text.split("\n")[0], PERSON if name == "ledger" else "", published,
        LANGUAGES.get(name, "en"), "statement" if name == "ministry" else "report", tuple(asides),
        translated_from="fr" if name == "wire" else "",
        address=f"https://{name}.example/2024/strait",
    )  # fmt: skip


def proposals(name: str) -> Proposals:
    """What the intake would propose about it, as far as what is shown depends on that."""
    text = TEXTS[name]
    names = [
        Name(*span(name, each), each, "person") for each in (PERSON, ROLE_PERSON, OFFICE) if each in text
    ]
    if name == "unread":
        names.append(Name(*span(name, ELSEWHERE), ELSEWHERE, "person"))
    figures = [
        Figure(*span(name, words), value, value, "crown", counted)
        for words, value, counted in (
            ("2.4 billion crowns", 2.4e9, "crowns"),
            ("2,4 millions de couronnes", 2.4e6, "couronnes"),
            ("2.4 million of crowns", 2.4e6, "crowns"),
        )
        if words in text
    ]
    return Proposals(sentences=sentences(document(name)), figures=tuple(figures), names=tuple(names))


def _shown(name: str) -> Literal["whole", "excerpts"]:
    return "excerpts" if name == "wire" else "whole"


OFFICIALS = Word("officials of the ministry", False, 3)
BY_LEDGER = Word("officials of the ministry", False, 3, ("The Harbour Ledger",))
LATE = Interval(date(2023, 10, 1), date(2023, 12, 31), "late last year")
OCTOBER = Interval(date(2023, 10, 1), date(2023, 10, 31), "October")
SEVENTH = Interval(date(2023, 11, 7), date(2023, 11, 7), "7 November")
NOVEMBER = Interval(date(2023, 11, 4), date(2023, 11, 9), "between 4 and 9 November")

TOLD: dict[str, tuple[dict[str, Any], tuple[tuple[str, str, str, Word], ...]]] = {
    "asked": (
        {"kind": "asked", "act": "kept off", "when": LATE, "by": "Ministry of Waters",
         "behalf": "the government of Orlen"},
        (("ledger", "asked the operator to keep satellite service off over the strait late last year",
          "reported", OFFICIALS),
         ("quai", "aurait demandé à l’opérateur de laisser le service éteint au-dessus du détroit",
          "conditional", BY_LEDGER),
         ("wire", "has demanded of the operator to leave the service off", "asserted",
          Word("", False, 0, ("Port Notebook",)))),
    ),
    "off": (
        {"kind": "decided", "act": "off", "when": NOVEMBER, "by": "the operator", "event": EVENT},
        (("ledger", "The operator switched service off between 4 and 9 November", "reported", OFFICIALS),
         ("quai", "L’opérateur aurait coupé le service début novembre", "conditional", BY_LEDGER),
         ("wire", "The operator has extinguished the service on November", "asserted", Word()),
         ("nashra", "إن الخدمة انقطعت عن المضيق في شهر نوفمبر", "reported", Word("مكتب الميناء", \
True, 0))),
    ),
    "never": (
        {"kind": "decided", "act": "never on", "when": Interval(None, None), "by": "Ministry of Waters",
         "event": EVENT},
        (("ministry", "Service over the strait was never on", "asserted", Word("Ministry of Waters", \
True)),),
    ),
    "limited": (
        {"kind": "used", "act": "limited", "when": SEVENTH, "event": EVENT},
        (("bulletin", "boats in the strait could send short messages and make no calls", "asserted",
          Word("the harbour master’s log", True)),),
    ),
    "paid": (
        {"kind": "paid", "act": "other", "when": Interval(None, None), "by": "the port fund"},
        (("ledger", "The talks were paid for with 2.4 billion crowns from the port fund", "reported",
          Word("officials of the ministry", False, 2)),
         ("quai", "Les discussions auraient coûté 2,4 millions de couronnes", "conditional", BY_LEDGER),
         ("wire", "2.4 million of crowns have been taken of the fund", "asserted", Word())),
    ),
    "unread": (
        {"kind": "contact", "act": "other", "when": OCTOBER,
         "by": f"an envoy, {SECRET}"},
        (("unread", f"An envoy met the operator in the port in October, {SECRET}", "asserted", Word()),),
    ),
}  # fmt: skip


def _claims(register: Reports, ids: dict[str, str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for key, (head, tellings) in TOLD.items():
        told = [
            Telling(ids[name], *span(name, words), mood, word, WRITER)  # type: ignore[arg-type]
            for name, words, mood, word in tellings
            if name in ids
        ]
        if not told:
            continue
        given = {"by": "", "behalf": "", "event": "", "where": "the strait of Orlen"} | head
        claim = register.add_claim(Claim(0, CASE, tellings=(told[0],), noted_by=WRITER, **given))
        numbers[key] = claim.number
        for each in told[1:]:
            register.add_telling(claim.number, each)
    if "ministry" in ids:
        denial = "No minister asked for anything to be switched off"
        register.add_answer(
            Answer(numbers["asked"], "denies", "Ministry of Waters", denial, PUBLISHED["ministry"],
                   ids["ministry"], *span("ministry", denial), noted_by=WRITER)
        )  # fmt: skip
    register.asked(numbers["asked"], ASKED)
    register.asked(numbers["off"], ASKED)
    register.add_answer(Answer(numbers["off"], "silent since", "the operator", on=ASKED, noted_by=WRITER))
    return numbers


@contextmanager
def shown(made: Made, folder: Path, *, unreviewed: bool = False, **more: Any) -> Iterator[Any]:
    """A server that shows the register, at noon of the day of the case."""
    from serving import Clock, served

    from openleo.http.reports import ReportsFile

    clock = Clock()
    clock.us = 1_000_000 * (19_886 * 86_400 + 43_200)  # 2024-06-12T12:00Z
    told = ReportsFile(made.path, unreviewed)
    with served(str(folder / "store.db"), clock=more.pop("clock", clock), told=told, **more) as service:
        yield service
