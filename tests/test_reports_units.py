"""Units of figures: nouns of both languages as one English singular, and those that stand elsewhere."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.figures import figures
from openleo.service.reports.prose.sentences import sentences

Told = tuple[float | None, float | None, str]


def told(text: str, language: str) -> list[Told]:
    document = Document(text, "", "", "", None, language)
    return [(each.low, each.high, each.unit) for each in figures(document, sentences(document))]


@pytest.mark.parametrize(
    ("wording", "unit"),
    [
        ("douze fûts", "barrel"), ("trois cents permis", "licence"), ("neuf sculpteurs", "sculptor"),
        ("neuf sculptrices", "sculptor"), ("trois électriciennes", "electrician"),
        ("sept forestières", "forester"), ("deux villes-dortoirs", "town"), ("cinq ex-ministres", "minister"),
        ("deux coups de fil", "call"), ("quatre douaniers", "customs officer"),
        ("deux cents jeunes", "youth"), ("deux cents jeunes marins", "sailor"),
        ("cinq speleographes", "speleographer"), ("trois hydromancistes", "hydromancist"),
    ],
)  # fmt: skip
def test_a_french_noun_has_the_english_unit(wording: str, unit: str) -> None:
    assert [each[2] for each in told(f"On a compté {wording} dans la vallée.", "fr")] == [unit]


@pytest.mark.parametrize(
    ("wording", "unit"),
    [
        ("twelve papyruses", "papyrus"), ("three safaris", "safari"), ("nine midwives", "midwife"),
        ("four civil servants", "civil servant"), ("12,000 smart meters", "meter"),
        ("14 rural health posts", "post"), ("300 trout", "trout"), ("the four accused", "accused"),
        ("two termini", "terminus"), ("three missing persons", "person"),
        ("two customs officers", "customs officer"), ("four crew members", "crew member"),
        ("80 square feet", "square foot"),
    ],
)  # fmt: skip
def test_an_english_noun_has_its_singular(wording: str, unit: str) -> None:
    assert [each[2] for each in told(f"They counted {wording} in the valley.", "en")] == [unit]


def test_a_while_amid_counts_is_not_what_a_comparison_counts() -> None:
    text = "Il y a eu quatre incidents en trois mois, reconnaît la direction, et non onze."
    assert told(text, "fr") == [(4, 4, "incident"), (3, 3, "month"), (11, 11, "incident")]
    text = "There were four incidents in three months, management concedes, not eleven."
    assert told(text, "en") == [(4, 4, "incident"), (3, 3, "month"), (11, 11, "incident")]


def test_over_behind_a_verb_that_it_belongs_to_is_no_bound() -> None:
    assert told("The firm handed over 12 pages.", "en") == [(12, 12, "page")]
    assert told("The firm wrote over 12 pages.", "en") == [(12, None, "page")]


def test_a_french_noun_of_two_meanings_has_that_of_its_document() -> None:
    assert told("Trente mineurs sont sauvés. La mine a fermé.", "fr") == [(30, 30, "miner")]
    assert told("Trente mineurs sont sauvés. Le lycée a fermé.", "fr") == [(30, 30, "minor")]
    assert told("Il jaugeait 900 tonneaux.", "fr") == [(900, 900, "ton")]
    assert told("Il a vendu 900 tonneaux.", "fr") == [(900, 900, "barrel")]


def test_the_dead_and_injured_are_counted_as_people_only_where_people_were_told() -> None:
    assert told("The blast left nine dead and 40 injured.", "en") == [(9, 9, "death"), (40, 40, "injured")]
    assert told("It killed seven people, injuring 40.", "en") == [(7, 7, "person"), (40, 40, "person")]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Le prix ira de 45 à 79 marks.", "fr", [45, 79]),
        ("Growers want 200 thalers; the state is offering 120.", "en", [200, 120]),
        ("Les fermiers réclament 200 thalers ; l'État en propose 120.", "fr", [200, 120]),
        ("It cut 450 lines and will restore 300.", "en", [450, 300]),
        ("It tested 74 samples; eleven contained lead.", "en", [74, 11]),
        ("Il a analysé 74 échantillons ; onze contenaient du plomb.", "fr", [74, 11]),
        ("Il a requis huit ans contre l'intendant et cinq contre son adjoint.", "fr", [8, 5]),
        ("Councillors voted 31 to 12 for the motion.", "en", [31, 12]),
        ("Le Fonds a versé 8 milliards de francs, dont 3,5 pour le Nord.", "fr", [8e9, 3.5e9]),
        ("L'indice a gagné 1,2 point à 4 318 points.", "fr", [1.2, 4318]),
        ("On a vu 3 500 personnes selon la police, 9 000 selon les organisateurs.", "fr", [3500, 9000]),
        ("Elle parle de 650 foyers coupés, la mairie de 430.", "fr", [650, 430]),
        ("The union has 5,400 members, up 300 on last year.", "en", [5400, 300]),
        ("No phone worked within 15 kilometres of the mast.", "en", [15]),
    ],
)
def test_a_number_whose_noun_stands_before_it_counts_the_same(
    text: str, language: str, expected: list[float]
) -> None:
    found = told(text, language)
    assert [each[:2] for each in found] == [(each, each) for each in expected]
    assert len({each[2] for each in found}) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Three calls in four fail.", "en"), ("One passenger in five rides free.", "en"),
        ("Nine of every ten calls were dropped.", "en"), ("Decree 31-118 bans terminals.", "en"),
        ("They questioned youths of 19 and 22.", "en"),
        ("Un cultivateur de 44 ans a porté plainte.", "fr"), ("Le traversier de 18 h est parti.", "fr"),
        ("La coopérative « Les 3 Moulins » a fermé.", "fr"),
    ],
)  # fmt: skip
def test_shares_ages_decrees_and_names_are_no_figures(text: str, language: str) -> None:
    assert told(text, language) == []
