"""Outlets are told from towns and companies; notices of translations and words of the press name them."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.sentences import sentences


def found(text: str, language: str, source: str = "") -> list[str]:
    """The names of the outlets that a text cites, in its order."""
    document = Document(text, source, "", "", None, language)
    return [each.name for each in cited(document, sentences(document))]


FRENCH = [
    ("Kestrane, qui s'est procuré le contrat, parle de trois millions.", ["Kestrane"]),
    ("Selon un courriel dont Kestrane a pris connaissance, la panne a duré.", ["Kestrane"]),
    ("Selon un document que s'est procuré Kestrane, la panne a duré.", ["Kestrane"]),
    ("« Nous ne savions rien », confie à Kestrane un pêcheur du port.", ["Kestrane"]),
    ("« C'est faux », a-t-il dit au Grand Large.", ["Grand Large"]),
    ("Kestrane maintient ses informations.", ["Kestrane"]),
    ("Kestrane s'en faisait l'écho dès lundi.", ["Kestrane"]),
    ("Kestrane titre : « La mer sans réseau ».", ["Kestrane"]),
    ("Dans son numéro de mai, Kestrane consacre quatre pages à l'affaire.", ["Kestrane"]),
    ("Une note interne parvenue à Kestrane le confirme.", ["Kestrane"]),
    ("Contrairement à ce qu'écrit Kestrane, la panne a duré une heure.", ["Kestrane"]),
    ("Un lecteur de Kestrane nous écrit.", ["Kestrane"]),
    ("L'article de Kestrane est faux, dit l'opérateur.", ["Kestrane"]),
    ("Au journal de 20 heures de Kestrane, la ministre a démenti.", ["Kestrane"]),
    ("Article traduit de l'anglais, paru initialement dans Kestrel.", ["Kestrel"]),
    ("La newsletter Kestrane a publié la lettre.", ["Kestrane"]),
    ("La revue professionnelle Kestrane a publié la lettre.", ["Kestrane"]),
    ("L'ONG dénonce l'affaire dans sa revue, Kestrane.", ["Kestrane"]),
    ("D'après L'Estran, l'armateur savait.", ["Estran"]),
    ("Selon nos confrères de 7Digues, le port est clos.", ["7Digues"]),
]
ENGLISH = [
    ("The charity says so in its bulletin, Kestrel.", ["Kestrel"]),
    ("This article first appeared in French in Kestrel.", ["Kestrel"]),
    ("The story was broken by Kestrel.", ["Kestrel"]),
    ("Kestrel devoted four pages to it.", ["Kestrel"]),
    ("In its May issue Kestrel has the letter.", ["Kestrel"]),
    ("Kestrel said it had seen the letter.", ["Kestrel"]),
    ("It was Kestrel that first reported it.", ["Kestrel"]),
    ("According to our colleagues of Kestrel, it was late.", ["Kestrel"]),
    ("The mayor, interrogated by Kestrel, speaks of a mistake.", ["Kestrel"]),
    ("Kestrel has approached the ministry for comment.", ["Kestrel"]),
]


@pytest.mark.parametrize(("text", "names"), FRENCH)
def test_words_of_the_french_press(text: str, names: list[str]) -> None:
    assert found(text, "fr") == names


@pytest.mark.parametrize(("text", "names"), ENGLISH)
def test_words_of_the_english_press(text: str, names: list[str]) -> None:
    assert found(text, "en") == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "De notre envoyée spéciale à Ostrel. Une arrivée est prévue à Ostrel vers midi."),
        ("fr", "À Ostrel, on attend. Une femme a raconté à Ostrel ce qu'elle a vu. Rien n'est lu à Ostrel."),
        ("fr", "Astrelle parle d'une erreur. Astrelle évoque un incident."),
        ("fr", "Selon des documents transmis à Astrelle, tout est légal."),
        ("fr", "Astrelle a rencontré trois maires."),
        ("fr", "Astrelle a révélé lundi une nouvelle antenne."),
        ("fr", "La gendarmerie d'Ostrel a interrogé deux témoins."),
        ("fr", "Le collectif La Voix des Quais demande une enquête."),
        ("en", "The figures published by Astrelle are wrong."),
        ("fr", "Astrelle fait état de pannes. Le contrat d'Astrelle est clos, Astrelle cite une panne."),
        ("en", "Astrelle has seen its shares fall."),
        ("en", "He told Ostrel council that it was late."),
        ("en", "She was interviewed in Ostrel."),
        ("en", "It was announced in Ostrel on Monday, and it was broadcast in Ostrel."),
        ("en", "From our correspondent at Ostrel. In Ostrel, nobody knew of it."),
    ],
)
def test_towns_companies_and_offices_are_no_outlets(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "source", "text"),
    [
        ("fr", "La Lettre des Digues", "La Lettre des Digues paraît les jours de séance."),
        ("en", "The Dike Courier", "The Dike Courier appears every Monday."),
        ("en", "Hearthside", "Many of you have written to Hearthside about the levy."),
        ("fr", "Le Foyer", "Vous avez été nombreux à écrire au Foyer."),
    ],
)
def test_an_outlet_that_speaks_of_itself_to_its_readers_is_not_cited(
    language: str, source: str, text: str
) -> None:
    assert found(text, language, source) == []


def test_what_speaks_for_a_name_and_for_its_original_in_brackets_is_added() -> None:
    text = "He will appeal, his counsel said to The Hearing (L'Audience)."
    assert found(text, "en") == ["Audience"] * 2
    assert (
        found("Une raquette est tombée, peut révéler La Corne quotidienne (Daily Horn).", "fr")
        == ["Daily Horn"] * 2
    )
    assert found("The harbour (L'Anse) is closed, and The Pier (the long one) as well.", "en") == []


def test_the_notice_of_a_translation_names_the_original() -> None:
    text = "On l'a confirmé à Radio Récif.\n\nTexte de Radio Skerry, traduit par un programme."
    assert found(text, "fr") == ["Radio Skerry"] * 2
    assert found("Traduit de l'anglais (source : Home Trade).", "fr") == ["Home Trade"]
