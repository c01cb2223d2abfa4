"""Words that stand by outlets alone tell a plain name; the same name of a company stays out."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.sentences import sentences


def found(text: str, language: str) -> list[str]:
    """The names of the outlets that a text cites, in its order."""
    document = Document(text, "", "", "", None, language)
    return [each.name for each in cited(document, sentences(document))]


FRENCH = [
    ("Selon Vent du Cap, qui a pu consulter la note, la liaison est coupée.", ["Vent du Cap"]),
    ("Le gouverneur nie. Kestrane, dont l'envoyée spéciale a vu la jetée, compte dix morts.", ["Kestrane"]),
    ("« On nous l'a déjà faite », soupire une déléguée dans Ostrelin.", ["Ostrelin"]),
    ("Selon nos confrères de 07Ondes, le câble a été coupé.", ["07Ondes"]),
    ("Le confrère Kestrane croit savoir que la liaison est payée.", ["Kestrane"]),
    ("La panne était prévue, a dit le directeur sur le plateau de Brisants TV.", ["Brisants TV"]),
    ("Au micro d'Estran 7, le capitaine a parlé de sabotage.", ["Estran 7"]),
    ("L'affirmation vient d'un billet de Kestrane, repris par Brisants TV.", ["Kestrane", "Brisants TV"]),
    ("Le Kestrane daté de ce mercredi ajoute que le câble a cédé.", ["Kestrane"]),
    ("Le sondage, réalisé pour 30 Regards et publié dimanche, donne 40 %.", ["30 Regards"]),
    ("La compagnie menace de partir. (OTK/réd.)", ["OTK"]),
    (
        "C'est ce que montre une analyse du laboratoire qu'a obtenue Ostrelin, le bimensuel du détroit.",
        ["Ostrelin"],
    ),
    ("Une source a dit à Kestrane, le diffuseur public, que la liaison tenait.", ["Kestrane"]),
    ("Kestrane, journal du pays voisin, a montré la facture.", ["Kestrane"]),
    ("En janvier déjà, Kestrane racontait comment le groupe préparait la coupure.", ["Kestrane"]),
    ("Kestrane a publié, le 9 avril, des photos de la brèche.", ["Kestrane"]),
    ("Le capitaine l'a raconté à Ostrelin, premier titre à en parler.", ["Ostrelin"]),
    ("La lettre est vraie, et c'est Ostrelin qui l'a publiée mardi.", ["Ostrelin"]),
    ("Deux employés ont dit à le Ostrelin que l'ordre est venu du haut.", ["Ostrelin"]),
    ("Le parc est vendu, Ostrelin peut révéler.", ["Ostrelin"]),
    ("L'existence de la note était premier rapportée par le lettre-nouvelles Ostrelin.", ["Ostrelin"]),
    ("Le Kestrane et Ostrelin ont rapporté conjointement la vente.", ["Ostrelin"]),
    ("Un employé a dit à Ostrelin, dans une émission de dimanche, que tout était coupé.", ["Ostrelin"]),
]

ENGLISH = [
    ("Overnight, Kestrel moved a story saying the link was cut.", ["Kestrel"]),
    ("The Treasury was silent, but Kestrel had two officials confirming it.", ["Kestrel"]),
    ("The ministry has noted the article carried on 28 June by Kestrel.", ["Kestrel"]),
    ("Kestrel quoted him as adding that the army had been told.", ["Kestrel"]),
    ("HARBOUR CITY (OPW) - A failure cut the link on Monday.", ["OPW"]),
    ("Solicited by Kestrel, the operator had no answer.", ["Kestrel"]),
    ("Kestrel, quoting the permanent secretary, puts the damage at a million.", ["Kestrel"]),
    ("The files were reviewed together with partners at Kestrel.", ["Kestrel"]),
    ("The minister said so in remarks carried by the state news agency, Kestrel.", ["Kestrel"]),
    ("The treasurer, in a chat with Kestrel, asked for patience.", ["Kestrel"]),
    ("His lawyer, on the antenna of Kestrel, speaks of a mistake.", ["Kestrel"]),
    ("Kestrel has since amended its story; the ministry has not replied.", ["Kestrel"]),
    ("Original article: “Le câble a cédé”, with Kestrel.", ["Kestrel"]),
    ("Kestrel, a monthly put out by students, printed the letter.", ["Kestrel"]),
]


@pytest.mark.parametrize(("text", "names"), FRENCH)
def test_signs_of_a_french_outlet(text: str, names: list[str]) -> None:
    assert found(text, "fr") == names


@pytest.mark.parametrize(("text", "names"), ENGLISH)
def test_signs_of_an_english_outlet(text: str, names: list[str]) -> None:
    assert found(text, "en") == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "À propos d'Astrelle : le groupe emploie mille personnes. Astrelle publie ses comptes."),
        ("fr", "Le réseau est coupé sur le plateau de Kessane depuis lundi."),
        ("fr", "Le navire de sondage Courrier des Brisants a quitté la zone."),
        ("fr", "Le sondage a été réalisé par Kestrane pour le ministère."),
        ("fr", "Kestrane a publié, le 9 avril, ses résultats du trimestre."),
        ("fr", "La compagnie a 30 Bateaux de ligne, dit le port."),
        ("fr", "« La passe est close », a dit le pilote à Port-Ostrel."),
        ("en", "The Marrow team that visited the mast found rust."),
        ("en", "The crew moved a terminal for Kestrel on Monday."),
        ("en", "The regulator heard from a company, Kestrel, that the link was safe."),
        ("en", "The contract went to a supplier (Kestrel) - the cheapest of three."),
    ],
)
def test_companies_places_and_ships_with_like_words_are_no_outlets(language: str, text: str) -> None:
    assert found(text, language) == []


def test_a_name_and_its_original_in_brackets_are_one_where_other_words_tell_the_outlet() -> None:
    text = (
        "Texts from The Rostrum (La Tribune des Cols).\n\nSolicited by The Rostrum, the operator was silent."
    )
    assert found(text, "en") == ["Tribune des Cols"] * 3


def test_a_name_in_brackets_may_stand_before_the_verb() -> None:
    text = "Lanterne d'Ostrel (Ostrel Lantern) écrit que la passe est close."
    assert found(text, "fr") == ["Ostrel Lantern"] * 2
