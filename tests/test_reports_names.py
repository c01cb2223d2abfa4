"""Names of persons, offices, organisations and places, and spellings that may stand for one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_reads import document_of, read_of

from openleo.service.reports.proposals import Name
from openleo.service.reports.prose.aliases import (
    BOTH,
    GARBLED,
    HEAD,
    INITIALS,
    NOUN,
    PART,
    SAME,
    TRANSLATED,
    alike,
    near,
    spellings,
)  # fmt: skip
from openleo.service.reports.prose.names import names
from openleo.service.reports.prose.sentences import sentences


def named(text: str, language: str = "en", source: str = "The Harbour Dispatch") -> list[Name]:
    document = document_of(text, language=language, source=source)
    return list(names(document, sentences(document)))


@pytest.mark.parametrize(
    ("language", "text", "name", "kind"),
    [
        ("en", "The report was read by the minister of maritime affairs.", "minister of "
             "maritime affairs", "office"),
        ("en", "So said a spokesperson for the Port Authority.", "spokesperson for the Port "
             "Authority", "office"),
        ("en", "They wrote to the Ministry of Posts in March.", "Ministry of Posts", "organisation"),
        ("en", "It fell to the Oslen Harbour Authority to answer.", "Oslen Harbour "
             "Authority", "organisation"),
        ("en", "The satellite operator Velmora sold them.", "Velmora", "organisation"),
        ("en", "They sailed into the Gulf of Brenne at night.", "Gulf of Brenne", "place"),
        ("en", "It was dark along the Lantern coast.", "Lantern coast", "place"),
        ("en", "The boats stayed off Quillane for days.", "Quillane", "place"),
        ("en", "The cable ends in Norway today.", "Norway", "place"),
        ("en", "We asked Captain Osk Velander twice.", "Osk Velander", "person"),
        ("en", "It was a mistake, said Clara Odrin in the evening.", "Clara Odrin", "person"),
        ("fr", "Le rapport a été lu par le préfet maritime de Brenne.", "préfet maritime de "
             "Brenne", "office"),
        ("fr", "Selon un porte-parole du ministère de la Mer, rien.", "porte-parole du "
             "ministère de la Mer", "office"),
        ("fr", "Ils ont écrit au ministère de la Pêche en mars.", "ministère de la Pêche", "organisation"),
        ("fr", "C'est la société Velmora qui les vendait.", "Velmora", "organisation"),
        ("fr", "La décision revient à l'autorité portuaire.", "autorité portuaire", "organisation"),
        ("fr", "Les bateaux sont entrés dans le golfe de Brenne.", "golfe de Brenne", "place"),
        ("fr", "Il faisait noir au large de Quillane.", "Quillane", "place"),
        ("fr", "Nous avons vu M. Osk Velander deux fois.", "Osk Velander", "person"),
        ("fr", "« Une erreur », a déclaré Claire Odrin le soir.", "Claire Odrin", "person"),
    ],
)  # fmt: skip
def test_words_around_a_name_tell_its_kind(language: str, text: str, name: str, kind: str) -> None:
    found = named(text, language)
    assert (name, kind) in [(each.name, each.kind) for each in found]
    assert all(text[each.start : each.end] == each.name for each in found)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Boats were late. Nobody knew. However, it rained. Fishermen waited on Tuesday in March."),
        ("en", "The ministry said nothing. A spokesperson did not call back. The port was calm."),
        (
            "fr",
            "Personne ne savait. Toutefois, il pleuvait. Mardi, les pêcheurs attendaient. "
            "Environ 300 bateaux.",
        ),
        ("fr", "Le ministère n'a rien dit. Un porte-parole n'a pas rappelé. La côte était calme."),
    ],
)
def test_what_begins_a_sentence_or_is_named_by_its_kind_alone_is_no_name(language: str, text: str) -> None:
    assert named(text, language) == []


def test_a_name_at_the_beginning_of_a_sentence_counts_where_it_stands_inside_another() -> None:
    text = "Velmora waited. The boats belong to Velmora."
    assert [(each.start, each.name) for each in named(text)] == [(0, "Velmora"), (36, "Velmora")]


def test_a_document_has_one_kind_for_one_name() -> None:
    text = "The operator Velmora sold them. They went to Velmora. In Velmora, nobody knew."
    assert {each.kind for each in named(text) if each.name == "Velmora"} == {"organisation"}


def test_the_outlet_itself_is_an_outlet() -> None:
    found = named("They told Quillane Tides on Monday that it rained.", source="Quillane Tides")
    assert [(each.name, each.kind) for each in found] == [("Quillane Tides", "outlet")]


def test_nothing_is_found_in_a_language_without_a_file() -> None:
    assert named("Der Hafen von Brenne blieb dunkel.", "xx") == []


TEXT = st.text(
    alphabet=st.sampled_from("abé ÉABC'’.,-—«»“”\n?!0123 \u00a0de la of the Port Gulf Mr"), max_size=300
) | st.text(max_size=80)


@given(TEXT, st.sampled_from(["en", "fr"]))
def test_names_lie_in_sentences_in_order_and_apart(text: str, language: str) -> None:
    document = document_of(text, language=language)
    held = sentences(document)
    found = names(document, held)
    assert all(a.end <= b.start for a, b in pairwise(found))
    for each in found:
        assert any(one.start <= each.start < each.end <= one.end for one in held)
        assert each.name == " ".join(text[each.start : each.end].split())


@pytest.mark.parametrize(
    "piece", ["A", "A ", "of ", "de la ", "Port of ", "É’", "Gulf ", "1 ", "minister of "]
)
def test_a_long_run_of_one_thing_is_read(piece: str) -> None:
    for language in ("en", "fr"):
        assert len(named(piece * (50_000 // len(piece)), language)) < 50_000


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("The Harbour Dispatch", "La Dépêche du Port", TRANSLATED),
        ("The Harbour Messenger", "Le Messager du Port", TRANSLATED),
        ("Le Courrier de Brenne", "The Brenne Courier", TRANSLATED),
        ("Le Temps des Marées", "The Times of the Tides", TRANSLATED),
        ("The Brenne Courier", "Brenne Courier", SAME),
        ("L'Étoile d'Oslen", "étoile d’Oslen", SAME),
        ("Port-Ellary", "PORT ELLARY", SAME),
        ("Quillane", "Quillnae", GARBLED),
        ("Velmora", "Velmorra", GARBLED),
        ("Velmora Harbour", "Port de Vemlora", BOTH),
        ("Oslen Harbour Authority", "OHA", INITIALS),
        ("ADM", "Agence des Mers", ""),
        ("ADM", "Agence Directe Maritime", INITIALS),
        ("Channel 6 Corvane", "Channel 6", PART),
        ("Channel 6", "Channel 7", ""),
        ("Channel 6 Corvane", "Channel", ""),
        ("The Harbour Dispatch", "The Harbour Courier", ""),
        ("Brenne", "Quillane", ""),
        ("Oslo", "Osla", GARBLED),
        ("Ost", "Est", ""),
    ],
)
def test_two_spellings_may_be_one_name(one: str, other: str, why: str) -> None:
    assert alike(one, other) == alike(other, one) == why


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_symmetric(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    assert near(one, other) == near(other, one)
    assert near(one, one)


def test_spellings_of_a_case_are_proposed_with_their_reason() -> None:
    english = read_of(
        "dispatch", "The operator Velmora cut the Lantern Coast off, officials in Quillane said.",
        source="The Harbour Dispatch",
    )  # fmt: skip
    french = read_of(
        "courrier",
        "La société Velmorra aurait coupé la côte de la lanterne, selon La Dépêche du Port.",
        source="Le Courrier de Brenne", language="fr",
    )  # fmt: skip
    found = {(each.one, each.other): each.why for each in spellings([english, french])}
    assert found[("Velmora", "Velmorra")] == GARBLED
    assert found[("Lantern Coast", "côte de la lanterne")] == NOUN
    assert TRANSLATED in [why for pair, why in found.items() if "Port" in pair[0] + pair[1]]
    assert not any("Quillane" in pair for pair in found)


def test_names_under_one_head_are_proposed_across_languages() -> None:
    french = read_of("un", "Il faisait noir aux îles Grévannes ce soir.", source="Le Soir", language="fr")
    english = read_of("two", "It was dark at the Halkett Islands that evening.", source="Evening")
    found = [(each.one, each.other, each.why) for each in spellings([french, english])]
    assert ("Halkett Islands", "îles Grévannes", HEAD) in found


def test_a_person_is_never_taken_for_anything_else() -> None:
    one = read_of("one", "It was a mistake, said Clara Odrin in the evening.")
    two = read_of("two", "They met at the Odrin Clara bank and left.", source="Other Tides")
    kinds = {name.kind for read in (one, two) for name in read.proposals.names}
    assert "person" in kinds
    assert [each for each in spellings([one, two]) if "Clara" in each.one] == []


PERSONS = [
    (
        "en",
        "Prof. Clara Odrin of the University of Kell said it was late.",
        "Clara Odrin",
        "University of Kell",
    ),
    ("en", "Later the mayor of Port Ellery, Ms Osk Velander, left.", "Osk Velander", "mayor of Port Ellery"),
    ("en", "The mayor of Port Ellery, Osk Velander, left early.", "Osk Velander", "mayor of Port Ellery"),
    ("en", "The head of Petrel Link, Osk Velander, left early.", "Osk Velander", "head of Petrel Link"),
    ("en", "Osk Velander, director of the port, left early.", "Osk Velander", "director of the port"),
    ("fr", "La maire de Port-Ellery, Osk Velander, est partie.", "Osk Velander", "maire de Port-Ellery"),
    ("fr", "Osk Velander, directeur du port, est parti.", "Osk Velander", "directeur du port"),
]


@pytest.mark.parametrize(("language", "text", "person", "beside"), PERSONS)
def test_a_person_is_told_apart_from_the_office_or_body_beside(
    language: str, text: str, person: str, beside: str
) -> None:
    assert {(each.name, each.kind == "person") for each in named(text, language)} == {
        (person, True),
        (beside, False),
    }


@pytest.mark.parametrize(
    ("language", "text", "person"),
    [
        ("en", "Harbour master Osk Velander left early.", "Osk Velander"),
        ("en", "Harbour Master Osk Velander left early.", "Osk Velander"),
        ("en", "Then Velander, 34, left early.", "Velander"),
        ("fr", "Le capitaine du port Osk Velander est parti.", "Osk Velander"),
        ("fr", "Marine, 34 ans, est partie.", "Marine"),
        ("fr", "Me Osk Velander est parti.", "Osk Velander"),
    ],
)
def test_a_title_or_an_age_tells_a_person(language: str, text: str, person: str) -> None:
    assert [(each.name, each.kind) for each in named(text, language)] == [(person, "person")]


def test_a_surname_later_on_is_the_same_person() -> None:
    text = "Prof. Osk Velander left early. “No,” Velander said. In Velander's view it was late."
    assert [each.kind for each in named(text)] == ["person"] * 3


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Corvina Link said it was late."), ("fr", "Corvina Liaison a déclaré que c'était tard.")],
)
def test_two_words_with_capitals_that_say_something_are_no_person(language: str, text: str) -> None:
    assert [each.kind for each in named(text, language)] == ["organisation"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "They met on May Day."),
        ("en", "They took Flight 714 on Route 66 before Christmas."),
        ("en", "It stands in Article 12 of the law."),
        ("fr", "La Guerre et la Paix, dit-on."),
        ("fr", "Cela figure dans l'Article 12 de la loi."),
    ],
)
def test_days_and_numbered_things_are_no_names(language: str, text: str) -> None:
    assert named(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "The port paid Skylane 2.5 million euros.", "Skylane"),
        ("en", "The court fined Skylane 300 euros.", "Skylane"),
        ("fr", "Le port a payé Skylane 2,5 millions d'euros.", "Skylane"),
        ("fr", "L'amende coûtera à Skylane 3 000 euros.", "Skylane"),
        ("en", "They now sell Skylane 2.5 in ports.", "Skylane"),
        ("en", "The satellite Skylane 4 failed late.", "Skylane 4"),
    ],
)
def test_a_number_of_a_figure_is_no_part_of_a_name(language: str, text: str, name: str) -> None:
    assert [each.name for each in named(text, language)] == [name]


def test_a_body_does_not_take_in_half_of_the_next_words() -> None:
    names_ = [each.name for each in named("They wrote to the World Service of the regional broadcaster.")]
    assert names_ == ["World Service"]
