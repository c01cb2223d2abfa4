"""To which first report documents of a case go back: invented cases in both languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_reads import document_of, read_of

from openleo.service.reports.document import Aside
from openleo.service.reports.proposals import Read
from openleo.service.reports.propose import propose
from openleo.service.reports.prose.origins import Origin, origins

DISPATCH = read_of(
    "dispatch",
    "Operator cut off Lantern coast, officials say\n\n"
    "Velmora switched off its service along the Lantern coast on 4 March, three officials told The Harbour "
    "Dispatch. About 1,200 terminals lost their connection for nine hours. “Nobody had warned us,” said a "
    "harbour master.",
    source="The Harbour Dispatch", day="2031-04-02",
)  # fmt: skip


def origin(read: Read, *others: Read, known: dict[str, str] | None = None) -> Origin:
    """The origin of a document in a case with others."""
    found = {each.document: each for each in origins([*others, read], known or {})}
    return found[read.id]


def test_an_original_goes_back_to_itself() -> None:
    found = origin(DISPATCH)
    assert (found.root, found.outside) == ("dispatch", "")
    assert "its own sources" in found.why[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Velmora cut service, paper says\n\nVelmora cut off the Lantern coast in March, "
             "The Harbour Dispatch reported on "
         "Wednesday, citing three officials. Velmora told Quillane Tides that it does not comment."),
        ("en", "According to The Harbour Dispatch, Velmora cut off a coast. It did not say why."),
        ("fr", "Velmora aurait coupé la côte\n\nVelmora aurait coupé la côte de la Lanterne en "
             "mars, selon The Harbour Dispatch. "
         "Jointe par Quillane Tides, Velmora n'a pas répondu."),
        ("fr", "La Dépêche du Port rapporte que Velmora a coupé une côte en mars. Le journal "
             "cite trois responsables."),
    ],
)  # fmt: skip
def test_a_retelling_goes_back_to_the_outlet_that_it_cites(language: str, text: str) -> None:
    read = read_of("tides", text, source="Quillane Tides", language=language, day="2031-04-03")
    found = origin(read, DISPATCH)
    assert (found.root, found.outside) == ("dispatch", "")
    assert found.why[0].startswith("It cites ")


def test_a_confirmed_name_finds_an_outlet_that_no_dictionary_does() -> None:
    read = read_of(
        "tides",
        "Selon La Gazette de Grévan, Velmora a coupé une côte.",
        source="Le Soir",
        language="fr",
        day="2031-04-03",
    )
    known = {"gazette de grévan": "The Harbour Dispatch"}
    assert origin(read, DISPATCH).outside == "Gazette de Grévan"
    assert origin(read, DISPATCH, known=known).root == "dispatch"


def test_a_chain_is_followed_to_its_root() -> None:
    middle = read_of(
        "middle", "Velmora cut off a coast in March, The Harbour Dispatch reported on Wednesday.",
        source="Brenne Courier", day="2031-04-03",
    )  # fmt: skip
    last = read_of(
        "last", "Selon Le Courrier de Brenne, Velmora aurait coupé une côte en mars.",
        source="Le Soir des Îles", language="fr", day="2031-04-04",
    )  # fmt: skip
    found = origin(last, DISPATCH, middle)
    assert found.root == "dispatch"
    assert any("Brenne Courier" in each and "Harbour Dispatch" in each for each in found.why)


def test_of_an_outlet_that_cites_another_the_other_is_the_root() -> None:
    read = read_of(
        "tides", "Velmora cut off a coast, the Brenne Courier reported, citing The Harbour Dispatch.",
        source="Quillane Tides", day="2031-04-05",
    )  # fmt: skip
    assert origin(read, DISPATCH).root == "dispatch"


def test_reasons_are_told_in_french() -> None:
    retelling = read_of(
        "tides", "According to The Harbour Dispatch, Velmora cut off a coast.", source="Tides",
        day="2031-04-03",
    )  # fmt: skip
    outside = read_of("soir", "Selon Radio Embrun, le débit a été bridé.", source="Le Soir", language="fr")
    found = {each.document: each.why for each in origins([DISPATCH, retelling, outside], language="fr")}
    assert found["dispatch"][0].startswith("Il s'appuie sur ses propres sources : « ")
    assert found["tides"] == ("Il cite Harbour Dispatch dans son titre ou sa première phrase.",)
    assert found["soir"][-1] == "Aucun document de ce média n'est dans le dossier."


def test_an_outlet_that_is_no_document_of_the_case_is_named() -> None:
    read = read_of(
        "tides", "Radio Embrun rapporte que le débit a été bridé en mars. La station cite "
        "quatre techniciens.",
        source="Le Soir des Îles", language="fr", day="2031-04-05",
    )  # fmt: skip
    found = origin(read, DISPATCH)
    assert (found.root, found.outside) == ("", "Radio Embrun")


def test_a_later_report_is_no_origin() -> None:
    early = read_of(
        "early",
        "According to The Harbour Dispatch, Velmora cut off a coast.",
        source="Tides",
        day="2031-03-01",
    )
    found = origin(early, DISPATCH)
    assert (found.root, found.outside) == ("", "Harbour Dispatch")


@pytest.mark.parametrize(
    ("language", "source", "text"),
    [
        ("en", "Quillane Tides", "We measured the speed ourselves\n\nVelmora caps its service "
             "in the bay, two engineers told Quillane Tides. "
         "Our measurements show 9 Mbit/s. A similar report on another coast, as reported by The "
         "Harbour Dispatch, was denied."),
        ("fr", "Le Soir", "Un débit plafonné dans la baie\n\nVelmora plafonne son service dans "
             "la baie, ont confié deux ingénieurs à "
         "notre journal. Nos relevés l'attestent. Comme l'avait rapporté The Harbour Dispatch, "
         "une autre côte fut coupée."),
    ],
)  # fmt: skip
def test_an_independent_report_that_mentions_another_keeps_its_own_origin(
    language: str, source: str, text: str
) -> None:
    read = read_of("own", text, source=source, language=language, day="2031-04-06")
    assert origin(read, DISPATCH).root == "own"


@pytest.mark.parametrize(
    ("language", "kind", "text"),
    [
        ("en", "statement", "On reports about the coast\n\nVelmora denies what The Harbour "
             "Dispatch reported. We cut nothing."),
        ("fr", "statement", "Velmora dément avoir coupé une côte, comme l'a écrit The Harbour Dispatch."),
        ("en", "report", "Statement by Velmora\n\nWhat The Harbour Dispatch reported is false."),
        ("fr", "report", "Communiqué de Velmora\n\nCe qu'a écrit The Harbour Dispatch est faux."),
    ],
)  # fmt: skip
def test_a_statement_has_its_own_origin(language: str, kind: str, text: str) -> None:
    read = read_of("velmora", text, source="Velmora", language=language, kind=kind, day="2031-04-04")
    found = origin(read, DISPATCH)
    assert found.root == "velmora"
    assert found.why == ("It is a statement of a party itself.",)


def test_a_translation_that_cites_nobody_goes_back_to_what_it_translates() -> None:
    text = (
        "L'opérateur a coupé la côte de la Lanterne, disent des responsables\n\n"
        "Velmora a éteint son service le long de la côte de la Lanterne le 4 mars, ont dit "
        "trois responsables. "
        "Environ 1 200 terminaux ont perdu leur connexion pendant neuf heures. « Personne ne nous avait "
        "prévenus », a dit un capitaine du port.\n\nTraduit de l'anglais"
    )
    at = text.index("Traduit")
    document = document_of(
        text, source="Le Soir", language="fr", day="2031-04-05", asides=(Aside(at, len(text), "credit"),)
    )
    found = origin(Read("soir", document, propose(document)), DISPATCH)
    assert found.root == "dispatch"
    assert "before it" in found.why[0]


RETOLD = (
    "Velmora a éteint son service le long de la côte de la Lanterne le 4 mars, ont dit trois responsables "
    "{0}. Environ 1 200 terminaux ont perdu leur connexion pendant neuf heures. « Personne ne nous avait "
    "prévenus », a dit un capitaine du port."
)


def test_a_retelling_of_a_newspaper_without_a_name_goes_back_to_what_it_retells() -> None:
    read = read_of(
        "soir", RETOLD.format("à un journal local"), source="Le Soir", language="fr", day="2031-04-05"
    )
    assert origin(read, DISPATCH).root == "dispatch"


def test_a_name_that_a_translation_garbled_beyond_a_dictionary_is_found_by_what_is_told() -> None:
    read = read_of(
        "soir", RETOLD.format("à La Gazette du Havresac"), source="Le Soir", language="fr", day="2031-04-05"
    )
    found = origin(read, DISPATCH)
    assert found.root == "dispatch"
    assert any("may be what a translation made of The Harbour Dispatch" in each for each in found.why)
    other = read_of(
        "other",
        "A rope museum opened in Quillane. Nobody came.",
        source="Ropes",
        day="2031-04-01",
    )
    assert origin(read, other).outside == "Gazette du Havresac"


def test_a_later_version_goes_where_the_first_one_went() -> None:
    first = read_of(
        "first", "Velmora cut off a coast, The Harbour Dispatch reported. It lasted nine hours. "
        "Boats waited.",
        source="Tides", day="2031-04-03",
    )  # fmt: skip
    second = read_of(
        "second", "Correction of 5 April: we misspelt a name. It lasted nine hours. Boats waited.",
        source="Tides", day="2031-04-05",
    )  # fmt: skip
    found = origin(second, DISPATCH, first)
    assert found.root == "dispatch"
    assert "later version" in found.why[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "UPDATE 1-Velmora cuts coast\n\n(Adds minister) QUILL, April 3 (KNA) - A minister on Thursday "
         "promised an inquiry. Some 40 boats were at sea, a port office said."),
        ("fr", "Velmora: une enquête promise (actualisation)\n\nQUILL, 3 avril (KNA) - Une ministre a promis "
         "jeudi une enquête. Une quarantaine de bateaux étaient en mer."),
    ],
)  # fmt: skip
def test_an_update_goes_back_to_the_first_dispatch_of_its_agency(language: str, text: str) -> None:
    first = read_of("kna-1", "Velmora cuts coast\n\nQUILL, April 2 (KNA) - Velmora cut a coast, it said.",
                    source="KNA", day="2031-04-02")  # fmt: skip
    update = read_of("kna-2", text, source="KNA", language=language, day="2031-04-03")
    assert origin(update, first).root == "kna-1"


def test_of_two_dispatches_of_an_agency_the_later_is_its_own_where_it_says_nothing_else() -> None:
    first = read_of("kna-1", "Velmora cuts coast\n\nQUILL, April 2 (KNA) - Velmora cut a coast, it said.",
                    source="KNA", day="2031-04-02")  # fmt: skip
    later = read_of("kna-2", "Inquiry promised\n\nQUILL, April 3 (KNA) - A minister promised an inquiry.",
                    source="KNA", day="2031-04-03")  # fmt: skip
    assert origin(later, first).root == "kna-2"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Coast cut off\n\n(KNA) - Velmora cut off a coast in March, The Harbour Dispatch reported on "
         "Wednesday. Velmora told KNA that it was late."),
        ("fr", "Une côte coupée\n\n(KNA) - Velmora aurait coupé une côte en mars, écrit jeudi The Harbour "
         "Dispatch. Jointe par KNA, Velmora a démenti."),
    ],
)  # fmt: skip
def test_a_carried_dispatch_goes_back_to_the_paper_that_it_cites(language: str, text: str) -> None:
    read = read_of("tides", text, source="Quillane Tides", language=language, day="2031-04-03")
    assert origin(read, DISPATCH).root == "dispatch"


def test_an_answer_behind_what_is_cited_makes_no_report_of_its_own() -> None:
    text = (
        "Coast cut off\n\nVelmora cut off a coast in March. According to The Harbour Dispatch, nobody "
        "was warned. A port office told Quillane Tides that it was aware."
    )
    read = read_of("tides", text, source="Quillane Tides", day="2031-04-03")
    assert origin(read, DISPATCH).root == "dispatch"


def test_what_is_said_in_a_court_or_a_council_is_heard_by_whoever_sits_there() -> None:
    read = read_of(
        "post",
        "Minister: nobody asked for a cut\n\nThe minister told the House on Wednesday that nobody had asked "
        "Velmora for a cut. A member had quoted The Harbour Dispatch, which says that 1,200 terminals lost "
        "their connection. The minister will answer in writing.",
        source="The Parliamentary Post", day="2031-04-05",
    )  # fmt: skip
    found = origin(read, DISPATCH)
    assert found.root == "post"
    assert "anybody may listen" in found.why[0]


def test_a_document_that_it_has_seen_itself_outweighs_a_report_that_it_cites_second() -> None:
    read = read_of(
        "takamak",
        "La côte coupée en mars\n\nLa facture est punaisée au mur de la salle. D'après The Harbour Dispatch, "
        "Velmora a coupé la côte le 4 mars. Un courriel que Radio Takamak a pu lire avertissait déjà "
        "l'opérateur.",
        source="Radio Takamak", language="fr", day="2031-04-05",
    )  # fmt: skip
    assert origin(read, DISPATCH).root == "takamak"


def test_a_byline_is_no_source() -> None:
    read = read_of(
        "sivrois",
        "La côte coupée\n\nDe notre correspondante à Port-Lanterne\n\nL'affaire a été révélée par nos "
        "confrères de The Harbour Dispatch. Velmora a coupé la côte le 4 mars. « J'ai eu peur », raconte une "
        "pêcheuse à notre journal.",
        source="Le Sivrois", language="fr", day="2031-04-05",
    )  # fmt: skip
    assert origin(read, DISPATCH).root == "dispatch"


def test_an_agency_with_a_denial_of_what_a_paper_reported_goes_back_to_the_paper() -> None:
    read = read_of(
        "agency",
        "Velmora denies cutting off Lantern coast\n\nVelmora denied on Thursday that it had switched off its "
        "service along the Lantern coast. The Harbour Dispatch had reported that 1,200 terminals lost their "
        "connection for nine hours on 4 March.",
        source="Brenne Agency", day="2031-04-03",
    )  # fmt: skip
    assert origin(read, DISPATCH).root == "dispatch"


def test_in_a_large_case_the_nearest_are_compared() -> None:
    others = [
        read_of(f"other{n}", f"The council of Quay {n} bought {n + 2} boats in May.", source=f"Paper {n}")
        for n in range(40)
    ]
    text = DISPATCH.document.text.replace("three officials told The Harbour Dispatch", "officials said")
    copy = read_of("copy", text, source="Brenne Courier", day="2031-04-03")
    assert origin(copy, *others, DISPATCH).root == "dispatch"


def test_outlets_that_cite_one_another_do_not_go_round() -> None:
    one = read_of("one", "According to Brenne Courier, a coast went dark.", source="Quillane Tides")
    two = read_of("two", "According to Quillane Tides, a coast went dark.", source="Brenne Courier")
    found = origins([one, two])
    assert {each.root for each in found} <= {"one", "two"}


PIECES = st.sampled_from([
    "According to The Harbour Dispatch, it was cut.", "Selon La Dépêche du Port, rien.", "Velmora denied it.",
    "Officials told this newspaper so.", "Traduit de l'anglais.", "Brenne Courier reported it, "
    "citing Quillane Tides.",
    "It lasted 9 hours.", "",
])  # fmt: skip
READS = st.lists(
    st.tuples(
        st.lists(PIECES, max_size=5).map(" ".join),
        st.sampled_from(["The Harbour Dispatch", "Brenne Courier", "Quillane Tides", ""]),
        st.sampled_from(["en", "fr"]),
        st.sampled_from(["2031-04-01", "2031-04-02", "2031-04-03"]),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(READS)
def test_each_document_has_one_origin_and_a_root_is_its_own(
    given_reads: list[tuple[str, str, str, str]],
) -> None:
    reads = [
        read_of(f"d{n}", text, source=source, language=language, day=day)
        for n, (text, source, language, day) in enumerate(given_reads)
    ]
    found = origins(reads)
    assert [each.document for each in found] == [each.id for each in reads]
    for each in found:
        assert bool(each.root) != bool(each.outside)
        assert each.root == "" or each.root in {read.id for read in reads}
        assert each.why
        assert all(each.why)
