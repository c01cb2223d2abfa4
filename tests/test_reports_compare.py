"""A case laid side by side: sources that are independent, what differs, competing accounts, silence, time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from enforced_log import Governed, governed

from openleo.service.governance.entries import Request
from openleo.service.reports.claims import Act, Answer, Claim, ClaimKind, Telling, Word
from openleo.service.reports.compare import alternatives, compare, exclude, overlap
from openleo.service.reports.comparison import Comparison, Source
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.proposals import Day, Figure, Mood, Name, Outlet, Proposals
from openleo.service.reports.prose.origins import Origin
from openleo.service.reports.prose.sentences import sentences
from openleo.service.reports.record import Recorded
from openleo.service.reports.sources import hidden
from openleo.service.reports.timeline import timeline
from openleo.service.store.reports.rows import GivenOrigin, Kept, KnownName, Version

TODAY = date(2031, 5, 1)
MARCH = Interval(date(2031, 3, 1), date(2031, 3, 31), "in March")
NOON = datetime(2031, 4, 2, 12, tzinfo=UTC)
TEXTS = {
    "dispatch": "The operator switched off 1,200 terminals over the Quiet Strait in March, officials say.",
    "courrier": "L'opérateur aurait coupé 12 000 terminaux sur le détroit Calme en avril, selon le Dispatch.",
    "gazette": "Some 1,200 to 1,300 terminals went dark over the Quiet Strait in March.",
    "operator": "The operator denies that it switched off terminals over the Quiet Strait.",
}
FIGURES: dict[str, Sequence[tuple[str, float, float]]] = {
    "dispatch": [("1,200 terminals", 1200, 1200)], "courrier": [("12 000 terminaux", 12000, 12000)],
    "gazette": [("1,200 to 1,300 terminals", 1200, 1300)],
}  # fmt: skip
DAYS = {
    "dispatch": ("in March", date(2031, 3, 1), date(2031, 3, 31)),
    "courrier": ("en avril", date(2031, 4, 1), date(2031, 4, 30)),
    "gazette": ("in March", date(2031, 3, 1), date(2031, 3, 31)),
}
NAMES = {"dispatch": "Quiet Strait", "courrier": "détroit Calme", "gazette": "Quiet Strait"}
KNOWN = (
    KnownName("détroit Calme", "Quiet Strait", "place", "B"),
    KnownName("Quiet Strait", "Quiet Strait", "place", "B"),
)


def proposals(id_: str, document: Document) -> Proposals:
    """What is proposed about one of these texts."""
    text = document.text

    def at(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    figures = [
        Figure(*at(words), low, high, "terminal", "terminals") for words, low, high in FIGURES.get(id_, ())
    ]
    days = [
        Day(*at(words), Interval(first, last, words))
        for words, first, last in ([DAYS[id_]] if id_ in DAYS else [])
    ]
    names = [Name(*at(NAMES[id_]), NAMES[id_], "place")] if id_ in NAMES else []
    return Proposals(sentences(document), (), (), tuple(figures), tuple(days), tuple(names))


def kept(id_: str, **more: Any) -> Kept:
    """One of these documents, as the register keeps it."""
    language = "fr" if id_ == "courrier" else "en"
    kind: Any = "statement" if id_ == "operator" else "report"
    document = Document(TEXTS[id_], f"The {id_}", "", "", Interval(TODAY, TODAY), language, kind)
    return replace(
        Kept(id_, "dark", 1, document, proposals(id_, document), NOON, "A", "B", "whole"), **more
    )  # fmt: skip


def day_of(found: Kept, day: int) -> Kept:
    """A document that says that it was published on a day of April."""
    published = Interval(date(2031, 4, day), date(2031, 4, day))
    return replace(found, document=replace(found.document, published=published))


DOCUMENTS = tuple(kept(each) for each in TEXTS)


def telling(id_: str, mood: Mood = "reported", **more: Any) -> Telling:
    """All of a document tells it."""
    return Telling(id_, 0, len(TEXTS[id_]), mood, Word("officials"), "A", **more)


def claim(number: int = 1, *by: str, **more: Any) -> Claim:
    """A claim that some documents tell."""
    made = Claim(
        number, "dark", "decided", "off", "Quiet Strait", MARCH, "the operator", "", "",
        tuple(telling(each) for each in by or ("dispatch",)), noted_by="A", reviewed_by="B",
    )  # fmt: skip
    return replace(made, **more)


OWN = tuple(Origin(each, each, "", ("It names its own sources.",)) for each in TEXTS)


def laid_out(*claims: Claim, documents: Sequence[Kept] = DOCUMENTS, **more: Any) -> Comparison:
    """A comparison of them, each document reporting for itself unless told otherwise."""
    return compare("dark", documents, claims, today=TODAY, **{"found": OWN, "names": KNOWN, **more})


# ------------------------------------------------------------------ sources


def test_a_row_is_a_claim_and_a_cell_a_telling() -> None:
    word = Word("three officials", count=3, chain=("Agency N",))
    told = replace(claim(7), tellings=(Telling("dispatch", 4, 12, "reported", word),))
    (row,) = laid_out(told).rows
    (cell,) = row.cells
    assert (row.number, cell.document, cell.words, cell.word) == (7, "dispatch", "operator", word)
    assert cell.sentence == TEXTS["dispatch"]


def test_documents_that_go_back_to_one_report_are_one_source() -> None:
    found = [
        Origin("dispatch", "dispatch", "", ()), Origin("courrier", "dispatch", "", ("It cites it.",)),
        Origin("gazette", "courrier", "", ()), Origin("operator", "operator", "", ()),
    ]  # fmt: skip
    case = laid_out(claim(1, "dispatch", "courrier", "gazette"), found=found)
    assert case.sources == (
        Source("dispatch", ("dispatch", "courrier", "gazette")), Source("operator", ("operator",)),
    )  # fmt: skip
    assert (case.rows[0].independent, case.independent) == (1, 1)
    assert case.columns[1].why == ("It cites it.",)


def test_two_retellings_of_one_outlet_outside_are_one_source() -> None:
    found = [
        Origin("dispatch", "", "Agency N", ()), Origin("courrier", "", "Agency N", ()),
        Origin("gazette", "gazette", "", ()),
    ]  # fmt: skip
    case = laid_out(claim(1, "dispatch", "courrier", "gazette"), found=found)
    assert case.rows[0].independent == 2
    assert case.sources[0] == Source("Agency N", ("dispatch", "courrier"))
    assert (case.columns[0].origin, case.columns[0].outside) == ("", "Agency N")


def test_a_correction_of_the_original_does_not_make_it_a_retelling() -> None:
    original = day_of(kept("dispatch"), 2)
    retelling = day_of(kept("courrier"), 4)
    outlets = (Outlet(TEXTS["courrier"].index("Dispatch"), len(TEXTS["courrier"]) - 1, "Dispatch", ""),)
    retelling = replace(retelling, proposals=replace(retelling.proposals, outlets=outlets))
    first = Version(1, NOON, "A", original.document, original.proposals)
    corrected = replace(day_of(original, 9), versions=2)
    second = Version(2, NOON, "A", corrected.document, corrected.proposals)
    told = claim(1, "dispatch", "courrier")
    case = laid_out(told, documents=[retelling, corrected], found=None,
                    versions={"dispatch": (first, second)})  # fmt: skip
    assert {each.id: each.origin for each in case.columns} == {"dispatch": "dispatch", "courrier": "dispatch"}
    assert case.independent == 1


def test_outlets_outside_that_may_be_one_name_are_one_source() -> None:
    outside = {"dispatch": "Pembrook Ledger", "courrier": "Ledger of Pembrook", "gazette": "Quayside Wire"}
    found = [Origin(id_, "", name, ("It cites it.",)) for id_, name in outside.items()]
    case = laid_out(claim(1, "dispatch", "courrier", "gazette"), found=found)
    assert (case.rows[0].independent, case.independent) == (2, 2)
    assert case.sources[0] == Source("Pembrook Ledger", ("dispatch", "courrier"))
    assert [each.outside for each in case.columns[:2]] == ["Pembrook Ledger", "Ledger of Pembrook"]
    counts = "Ledger of Pembrook may be Pembrook Ledger: they count as one source."
    assert case.columns[1].why == ("It cites it.", counts)
    french = laid_out(claim(1, "dispatch", "courrier"), found=found, language="fr")
    assert french.columns[1].why[1].startswith("Ledger of Pembrook pourrait être Pembrook Ledger :")


def test_an_outlet_outside_that_may_be_that_of_a_document_counts_with_it() -> None:
    found = [Origin("dispatch", "dispatch", "", ()), Origin("courrier", "", "Dispatch", ())]
    case = laid_out(claim(1, "dispatch", "courrier"), found=found)
    assert case.rows[0].independent == 1
    assert case.sources[0] == Source("dispatch", ("dispatch", "courrier"))
    assert case.columns[1].why == ("Dispatch may be The dispatch: they count as one source.",)


def test_an_origin_that_a_person_gave_wins_and_says_so() -> None:
    given = {"courrier": GivenOrigin("courrier", "dispatch", "", ("The same officials.",), "Desk 2")}
    told = claim(1, "dispatch", "courrier")
    case = laid_out(told, given=given)
    assert (case.rows[0].independent, laid_out(told).rows[0].independent) == (1, 2)
    assert case.columns[1].why == ("Desk 2 found so: The same officials.",)
    french = laid_out(told, given=given, language="fr")
    assert french.columns[1].why == ("Constaté par Desk 2 : The same officials.",)


def test_documents_that_are_said_to_go_back_to_each_other_are_one_source() -> None:
    found = [Origin("dispatch", "courrier", "", ()), Origin("courrier", "dispatch", "", ())]
    assert laid_out(claim(1, "dispatch", "courrier"), found=found).rows[0].independent == 1


def test_a_statement_a_denial_a_question_and_an_answer_are_no_source() -> None:
    denied = replace(claim(1), tellings=(telling("dispatch", "denied"), telling("courrier", "asked")))
    stated = claim(2, "operator")
    answered = claim(
        3, "gazette", answers=(Answer(3, "denies", "the operator", "all", None, "dispatch", 0, 5),)
    )
    case = laid_out(denied, stated, answered)
    assert [each.independent for each in case.rows] == [0, 0, 1]
    assert [each.told for each in case.rows] == [1, 1, 1]
    assert case.independent == 1


def test_only_what_was_reviewed_is_told_where_that_is_asked_for() -> None:
    documents = [kept("dispatch"), kept("courrier", reviewed_by="", shown=""), kept("gazette")]
    private = claim(2, "gazette", reviewed_by="")
    case = laid_out(claim(1, "dispatch", "courrier"), private, documents=documents, reviewed=True)
    assert [each.id for each in case.columns] == ["dispatch", "gazette"]
    assert [(each.number, len(each.cells)) for each in case.rows] == [(1, 1)]
    whole = laid_out(claim(1, "dispatch", "courrier"), private, documents=documents)
    assert [(each.number, each.reviewed) for each in whole.rows] == [(1, True), (2, False)]


def test_a_root_that_is_not_shown_is_not_named_and_counts_once() -> None:
    found = [Origin("courrier", "dispatch", "", ()), Origin("gazette", "dispatch", "", ())]
    documents = [kept("dispatch", reviewed_by="", shown=""), kept("courrier"), kept("gazette")]
    case = laid_out(claim(1, "courrier", "gazette"), documents=documents, found=found, reviewed=True)
    assert case.rows[0].independent == 1
    assert [(each.origin, each.outside) for each in case.columns] == [("", hidden()), ("", hidden())]
    assert case.sources == (Source(hidden(), ("courrier", "gazette")),)


def test_a_telling_of_an_earlier_version_has_the_words_of_that_version() -> None:
    before = replace(DOCUMENTS[0].document, text="It was dark. Nobody says who did it.")
    version = Version(1, NOON, "A", before, proposals("", before))
    now = replace(DOCUMENTS[0], versions=2)
    told = replace(claim(1), tellings=(Telling("dispatch", 13, 19, "asserted", version=1),))
    (row,) = laid_out(told, documents=[now], versions={"dispatch": (version,)}).rows
    (cell,) = row.cells
    assert (cell.words, cell.sentence) == ("Nobody", "Nobody says who did it.")
    assert (cell.version, cell.published, cell.withdrawn) == (1, Interval(TODAY, TODAY), True)


@pytest.mark.parametrize(("now", "withdrawn"), [
    ("It was dark. Nobody\nsays who did it. Added: it is light.", False),
    ("It was dark. Nobody denies who did it.", True),
])  # fmt: skip
def test_a_telling_is_withdrawn_where_the_last_version_does_not_have_its_sentence(
    now: str, withdrawn: bool
) -> None:
    before = replace(day_of(kept("dispatch"), 3).document, text="It was dark. Nobody says who did it.")
    version = Version(1, NOON, "A", before, proposals("", before))
    last = replace(DOCUMENTS[0].document, text=now)
    blank = replace(last, text=" " * len(now))
    excerpts = replace(DOCUMENTS[0], versions=2, document=blank, proposals=Proposals(), shown="excerpts")
    told = replace(claim(1), tellings=(Telling("dispatch", 13, 19, "asserted", version=1),))
    case = laid_out(told, documents=[excerpts], versions={"dispatch": (version,)}, whole={"dispatch": last})
    (cell,) = case.rows[0].cells
    assert cell.published == before.published
    assert cell.withdrawn is withdrawn
    assert case.columns[0].first == before.published


def test_documents_come_by_the_day_on_which_they_first_appeared() -> None:
    documents = [day_of(kept("gazette"), 9), day_of(kept("dispatch"), 2), day_of(kept("courrier"), 4)]
    assert [each.id for each in laid_out(documents=documents).columns] == ["dispatch", "courrier", "gazette"]
    first = Version(1, NOON, "A", day_of(kept("gazette"), 1).document, Proposals())
    documents[0] = replace(documents[0], versions=2)
    case = laid_out(documents=documents, versions={"gazette": (first,)})
    assert [each.id for each in case.columns] == ["gazette", "dispatch", "courrier"]


# ------------------------------------------------------------------ what differs


def differing(case: Comparison) -> dict[str, list[tuple[str, str]]]:
    """What differs of the first claim: about what, with documents and their words."""
    return {
        f"{each.kind} {each.about}": [(value.document, value.words) for value in each.values]
        for each in case.rows[0].differing
    }


def test_figures_dates_and_names_that_differ_stand_side_by_side() -> None:
    assert differing(laid_out(claim(1, "dispatch", "courrier", "gazette"))) == {
        "figure terminal": [
            ("dispatch", "1,200 terminals"), ("courrier", "12 000 terminaux"),
            ("gazette", "1,200 to 1,300 terminals"),
        ],
        "date date": [("dispatch", "in March"), ("courrier", "en avril"), ("gazette", "in March")],
        "name Quiet Strait": [
            ("dispatch", "Quiet Strait"), ("courrier", "détroit Calme"), ("gazette", "Quiet Strait"),
        ],
    }  # fmt: skip


def test_what_overlaps_does_not_differ() -> None:
    documents = [DOCUMENTS[0], DOCUMENTS[2]]
    assert differing(laid_out(claim(1, "dispatch", "gazette"), documents=documents)) == {}


def test_names_differ_only_where_a_person_has_confirmed_that_they_are_one() -> None:
    found = differing(laid_out(claim(1, "dispatch", "courrier"), names=()))
    assert "name Quiet Strait" not in found
    assert "figure terminal" in found


def test_a_document_that_tells_more_figures_does_not_differ_by_that() -> None:
    text = "Of 5,000 terminals the operator switched off 1,200 terminals."
    document = replace(DOCUMENTS[0].document, text=text)
    figures = tuple(
        Figure(match.start(), match.end(), value, value, "terminal", "terminals")
        for match, value in zip(re.finditer(r"[\d,]+ terminals", text), (5000.0, 1200.0), strict=True)
    )
    more = replace(DOCUMENTS[2], document=document, proposals=Proposals(sentences(document), figures=figures))
    told = replace(claim(1), tellings=(telling("dispatch"), Telling("gazette", 0, len(text), "asserted")))
    assert differing(laid_out(told, documents=[DOCUMENTS[0], more])) == {}


def two_groups(first: float, second: float) -> Kept:
    """A document that counts one group where it tells the claim, and another where it tells a second."""
    counts = (f"{first:g} terminals", f"{second:g} terminals")
    text = f"The operator switched off {counts[0]}. It kept {counts[1]} on."
    document = replace(DOCUMENTS[0].document, text=text)
    figures = tuple(
        Figure(at, at + len(words), value, value, "terminal", "terminals")
        for words, value in zip(counts, (first, second), strict=True)
        for at in [text.index(words)]
    )
    return replace(DOCUMENTS[0], document=document, proposals=Proposals(sentences(document), figures=figures))


@pytest.mark.parametrize(("second", "differs"), [(12000.0, False), (700.0, True)])
def test_a_figure_that_a_document_tells_of_another_claim_is_no_other_figure_of_this_one(
    second: float, differs: bool
) -> None:
    groups = two_groups(90.0, second)
    spans = [(each.start, each.end) for each in groups.proposals.sentences]
    here, there = (Telling("dispatch", *each, "asserted") for each in spans)
    told = replace(claim(1), tellings=(here, telling("courrier")))
    other = replace(claim(2), tellings=(there,))
    documents = [groups, DOCUMENTS[1]]
    assert ("figure terminal" in differing(laid_out(told, other, documents=documents))) is differs
    assert "figure terminal" in differing(laid_out(told, documents=documents))


def test_only_sentences_that_tell_the_claim_are_compared() -> None:
    text = "All is well on the shore. In other news 9 terminals were sold by the Stretch of Quiet."
    document = replace(DOCUMENTS[2].document, text=text)
    at, name_at = text.index("9 terminals"), text.index("Stretch of Quiet")
    made = Proposals(
        sentences(document),
        figures=(Figure(at, at + 11, 9, 9, "terminal", "terminals"),),
        names=(Name(name_at, name_at + 16, "Stretch of Quiet", "place"),),
    )
    other = replace(DOCUMENTS[2], document=document, proposals=made)
    known = (*KNOWN, KnownName("Stretch of Quiet", "Quiet Strait", "place", "B"))
    for end, differs in ((10, set()), (len(text), {"figure terminal", "name Quiet Strait"})):
        told = replace(claim(1), tellings=(telling("dispatch"), Telling("gazette", 0, end, "asserted")))
        assert set(differing(laid_out(told, documents=[DOCUMENTS[0], other], names=known))) == differs


def test_a_document_that_nobody_found_to_tell_the_claim_is_not_compared() -> None:
    text = "Officials say that the operator switched off 9,900 terminals over the Quiet Strait in March."
    document = replace(DOCUMENTS[0].document, text=text)
    at = text.index("9,900")
    figures = (Figure(at, at + 15, 9900, 9900, "terminal", "terminals"),)
    other = replace(
        DOCUMENTS[2], document=document, proposals=Proposals(sentences(document), figures=figures)
    )
    assert laid_out(claim(1, "dispatch"), documents=[DOCUMENTS[0], other]).rows[0].differing == ()
    told = replace(claim(1), tellings=(telling("dispatch"), Telling("gazette", 0, len(text), "asserted")))
    assert "figure terminal" in differing(laid_out(told, documents=[DOCUMENTS[0], other]))


@pytest.mark.parametrize(("text", "days", "differs"), [
    ("It went dark in May.", (("in May", 5),), True),
    ("It went dark in May, crews had been told in June.", (("in May", 5), ("in June", 6)), False),
    ("It went dark, officials said in April.", (("in April", 4),), False),
])  # fmt: skip
def test_dates_are_compared_where_a_sentence_has_one_and_not_the_day_of_its_document(
    text: str, days: Sequence[tuple[str, int]], differs: bool
) -> None:
    month = {
        4: Interval(date(2031, 4, 1), date(2031, 4, 30)), 5: Interval(date(2031, 5, 1), date(2031, 5, 31)),
        6: Interval(date(2031, 6, 1), date(2031, 6, 30)),
    }  # fmt: skip
    document = replace(DOCUMENTS[2].document, text=text, published=month[4])
    found = tuple(Day(text.index(words), text.index(words) + len(words), month[at]) for words, at in days)
    other = replace(DOCUMENTS[2], document=document, proposals=Proposals(sentences(document), days=found))
    told = replace(claim(1), tellings=(telling("dispatch"), Telling("gazette", 0, len(text), "asserted")))
    case = laid_out(told, documents=[DOCUMENTS[0], other])
    assert ("date date" in differing(case)) is differs


def test_a_name_with_and_without_its_article_is_not_told_differently() -> None:
    text = "It went dark over the quiet strait."
    document = replace(DOCUMENTS[2].document, text=text)
    named = (Name(text.index("the quiet"), len(text) - 1, "The quiet Strait", "place"),)
    other = replace(DOCUMENTS[2], document=document, proposals=Proposals(sentences(document), names=named))
    known = (*KNOWN, KnownName("The quiet Strait", "Quiet Strait", "place", "B"))
    told = replace(claim(1), tellings=(telling("dispatch"), Telling("gazette", 0, len(text), "asserted")))
    assert laid_out(told, documents=[DOCUMENTS[0], other], names=known).rows[0].differing == ()


def naming(*told: tuple[str, str], known: Sequence[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """What differs of a claim that documents of these ids tell in these texts, with no names proposed."""
    documents = []
    for id_, text in told:
        document = replace(kept(id_).document, text=text)
        documents.append(replace(kept(id_), document=document, proposals=Proposals(sentences(document))))
    tellings = tuple(Telling(id_, 0, len(text), "asserted") for id_, text in told)
    names = [KnownName(written, name, "place", "B") for written, name in known]
    return differing(laid_out(replace(claim(1), tellings=tellings), documents=documents, names=names))


def test_spellings_in_small_letters_stand_beside_the_name_that_a_person_confirmed() -> None:
    found = naming(
        ("dispatch", "Service over the Amber Strand was cut, officials of Skyway say."),
        ("courrier", "La coupure de l’allée du ciel sur le brin d’ambre a été niée."),
        ("gazette", "Skyway fell silent off Amber Strand."),
        known=[("Brin d'Ambre", "Amber Strand"), ("allée du ciel", "Skyway")],
    )
    assert found == {
        "name Amber Strand": [
            ("dispatch", "Amber Strand"), ("courrier", "brin d’ambre"), ("gazette", "Amber Strand"),
        ],
        "name Skyway": [("dispatch", "Skyway"), ("courrier", "allée du ciel"), ("gazette", "Skyway")],
    }  # fmt: skip


def test_spellings_that_differ_in_an_article_accents_or_apostrophes_are_shown_as_one() -> None:
    known = [("Sollen Gazette", "The Sollen Gazette"), ("Grève d'Ambre", "Amber Strand")]
    gazette = ("The Sollen Gazette saw it on the Grève d'Ambre.", "The SOLLEN gazette saw the Greve d’ambre.")
    assert naming(("dispatch", gazette[0]), ("courrier", gazette[1]), known=known) == {}
    found = naming(
        ("dispatch", gazette[0]), ("courrier", gazette[1]), ("gazette", "It saw Amber Strand."), known=known
    )
    shown = [("dispatch", "Grève d'Ambre"), ("courrier", "Grève d'Ambre"), ("gazette", "Amber Strand")]
    assert found == {"name Amber Strand": shown}


@pytest.mark.parametrize("text", [
    "It sent a signal to the harbour.", "Signal after signal was lost.", "The quiet, strait people left.",
])  # fmt: skip
def test_common_words_are_no_spelling_of_a_name(text: str) -> None:
    known = [("Signal", "Signal Roundup"), ("Quiet Strait", "Signal Roundup")]
    assert naming(("dispatch", "Signal Roundup has it."), ("gazette", text), known=known) == {}
    found = naming(("dispatch", "Signal Roundup has it."), ("gazette", "So says Signal."), known=known)
    assert found == {"name Signal Roundup": [("dispatch", "Signal Roundup"), ("gazette", "Signal")]}


def test_a_name_within_another_longer_name_is_not_taken_for_it() -> None:
    text = "The Quiet Strait Authority wrote it."
    document = replace(kept("gazette").document, text=text)
    authority = Name(4, 26, "Quiet Strait Authority", "organisation")
    made = Proposals(sentences(document), names=(authority,))
    other = replace(kept("gazette"), document=document, proposals=made)
    told = replace(claim(1), tellings=(telling("courrier"), Telling("gazette", 0, len(text), "asserted")))
    assert "name Quiet Strait" not in differing(laid_out(told, documents=[DOCUMENTS[1], other]))


# ------------------------------------------------------------------ competing accounts


@pytest.mark.parametrize(("one", "other", "excluded"), [
    ("off", "never on", True), ("off", "limited", True), ("kept off", "limited", True),
    ("on", "never on", True),
    ("never on", "kept off", True), ("on", "off", False), ("off", "off", False), ("other", "off", False),
])  # fmt: skip
def test_acts_that_cannot_both_be_so(one: Act, other: Act, excluded: bool) -> None:
    assert exclude(one, other) is exclude(other, one) is excluded


def test_accounts_of_one_place_and_time_compete() -> None:
    june = Interval(date(2031, 6, 1), None)
    rows = [
        claim(1), claim(2, act="never on"), claim(3, act="limited", where="quiet strait"),
        claim(4, act="limited", when=june), claim(5, act="never on", where="the bay"),
    ]  # fmt: skip
    assert [(each.event, each.claims) for each in alternatives(rows)] == [("Quiet Strait", (1, 2, 3))]


def test_accounts_of_one_event_compete_wherever_they_put_it() -> None:
    rows = [
        claim(1, event="the dark night"), claim(2, act="limited", event="The dark night", where="the coast"),
        claim(3, act="never on", event="the other night"),
    ]  # fmt: skip
    assert [(each.event, each.claims) for each in alternatives(rows)] == [("the dark night", (1, 2))]


def test_accounts_of_one_event_that_have_no_day_in_common_do_not_compete() -> None:
    april, since = Interval(date(2031, 4, 1), date(2031, 4, 30)), Interval(date(2031, 3, 20), None)
    rows = [claim(1, event="the dark night"), claim(2, act="limited", event="the dark night", when=april)]
    assert alternatives(rows) == ()
    rows[1] = replace(rows[1], when=since)
    assert [each.claims for each in alternatives(rows)] == [(1, 2)]


@pytest.mark.parametrize("kind", ["asked", "contact", "paid", "sold"])
def test_that_somebody_asked_or_paid_does_not_compete_with_what_was_done(kind: ClaimKind) -> None:
    assert alternatives([claim(1), claim(2, act="never on", kind=kind)]) == ()


@pytest.mark.parametrize(("one", "other", "common"), [
    ((1, 5), (5, 9), True), ((1, 5), (6, 9), False), ((None, 5), (1, 9), True), ((None, None), (1, 1), True),
    ((6, None), (1, 5), False),
])  # fmt: skip
def test_days_in_common(one: Any, other: Any, common: bool) -> None:
    a, b = (
        Interval(first and date(2031, 3, first), last and date(2031, 3, last)) for first, last in (one, other)
    )
    assert overlap(a, b) is overlap(b, a) is common


def test_a_time_line_is_in_order_with_competing_accounts_together() -> None:
    days = {day: Interval(date(2031, 3, day), date(2031, 3, 31)) for day in (1, 2, 3)}
    rows = [
        claim(1, when=days[3]), claim(2, when=Interval(None, None), where=""),
        claim(3, act="never on", when=days[1]), claim(4, when=days[2], where="the bay"),
        claim(5, when=Interval(None, date(2031, 2, 1)), where="the cape"),
    ]  # fmt: skip
    moments = timeline(laid_out(*rows))
    assert [[row.number for row in each.rows] for each in moments] == [[5], [3, 1], [4], [2]]
    assert (moments[1].when.first, moments[1].when.last) == (date(2031, 3, 1), date(2031, 3, 31))
    assert [each.event for each in moments] == ["", "Quiet Strait", "", ""]


# ------------------------------------------------------------------ answers, and the log


@pytest.mark.parametrize(("by", "kind", "is_open"), [
    ("the operator", "denies", False), ("L'opérateur", "no comment", False), ("Sealane plc", "denies", True),
    ("the operator", "silent since", True), ("the ministry", "confirms", True),
])  # fmt: skip
def test_a_claim_is_open_until_the_operator_answers(by: str, kind: Any, is_open: bool) -> None:
    told = claim(1, asked=date(2031, 4, 21), answers=(Answer(1, kind, by, "what"),))
    (row,) = laid_out(told).rows
    assert (row.open, row.silent_days) == (is_open, 10 if is_open else None)
    assert laid_out(told, operator=["Sealane"]).rows[0].open is (is_open and by != "Sealane plc")


def test_whoever_is_silent_since_it_was_asked_is_the_operator() -> None:
    asked = date(2031, 4, 21)
    silent = claim(1, asked=asked, answers=(Answer(1, "silent since", "Sealane plc", "", asked),))
    answered = claim(2, asked=asked, answers=(Answer(2, "denies", "Sealane plc", "all of it", asked),))
    assert [each.open for each in laid_out(silent, answered).rows] == [True, False]
    other = replace(silent, answers=(Answer(1, "silent since", "Sealane plc", "", date(2031, 4, 1)),))
    assert [each.open for each in laid_out(other, answered).rows] == [True, True]


@pytest.mark.parametrize(("by", "is_open"), [
    ("Corvina Link", False), ("a spokesperson for Corvina Link", False), ("Corvina-Link", False),
    ("Lien Corvin", False), ("Merrow Sat", True),
])  # fmt: skip
def test_a_claim_is_answered_by_whom_it_was_asked_of(by: str, is_open: bool) -> None:
    answers = (Answer(1, "denies", by, "all"),)
    told = claim(1, asked=date(2031, 4, 21), asked_of="Corvina Link", answers=answers)
    names = (KnownName("Lien Corvin", "Corvina Link", "organisation", "B"),)
    (row,) = laid_out(told, names=names).rows
    assert (row.open, row.asked_of) == (is_open, "Corvina Link")


def test_what_nobody_was_asked_about_is_not_open() -> None:
    (row,) = laid_out(claim(1)).rows
    assert (row.asked, row.open, row.silent_days) == (None, False, None)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as found:
        yield found


def test_a_log_is_asked_about_each_claim(log: Governed) -> None:
    today = datetime.fromtimestamp(log.clock.s, UTC).date()
    when = Interval(today, today)
    index = log.log.published.size
    log.append(Request(
        log.log.now(), "ab" * 16, "request", "Ministry QP", "", "", "", "request", "private", log.log.now(),
        "off", ("Quiet Strait",), None, -1,
    ).raw)  # fmt: skip
    recorded = Recorded(log.said, log.clock.s + 60)
    asked = claim(1, kind="asked", when=when)
    case = laid_out(asked, claim(2, when=when), log=recorded)
    assert case.log == "log.example/rules"
    assert [each.held.verdict for each in case.rows] == ["fits", "none"]
    assert [each.index for each in case.rows[0].held.entries] == [index]
    assert laid_out(asked).rows[0].held.verdict == "not asked"
    assert laid_out(asked).log == ""


def test_the_hash_of_a_claim_stands_only_beside_its_entry() -> None:
    entered = claim(1, entry=12)
    case = laid_out(entered, claim(2), hashes={1: "ab" * 32, 2: "cd" * 32})
    assert [(each.entry, each.hash) for each in case.rows] == [(12, "ab" * 32), (-1, "")]
