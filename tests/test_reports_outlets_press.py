"""What is done with papers and by them, and words of the foreign press; companies that stand so stay out."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.sentences import sentences


def found(text: str, language: str) -> list[str]:
    """The names of the outlets that a text cites, in its order."""
    document = Document(text, "", "", "", None, language)
    return [each.name for each in cited(document, sentences(document))]


FRENCH = [
    ("Il a fallu que Kestrane en fasse sa une pour que le conseil l'apprenne.", ["Kestrane"]),
    ("Kestrane affirmait, sans citer de document, que le câble était coupé.", ["Kestrane"]),
    ("La commune avait juré le contraire, relève L'Estacade.", ["Estacade"]),
    ("La colère du patron a été filmée par TV Ostrel.", ["TV Ostrel"]),
    ("Le maire a été atteint par le diffuseur Kestrane.", ["Kestrane"]),
    ("La station locale Kestrane a parlé de trois cas.", ["Kestrane"]),
    ("Le ministre cite la dépêche que Kestrane venait de diffuser à midi.", ["Kestrane"]),
    ("La direction, que Kestrane a eue au bout du fil, nie.", ["Kestrane"]),
    ("Selon Kestrane, dont la newsletter fait référence, la fusée attend.", ["Kestrane"]),
    ("Une veuve a pleuré devant les caméras de Kestrane.", ["Kestrane"]),
    ("La mairie compte onze pannes. Kestrane en avait parlé le premier.", ["Kestrane"]),
    ("Le village est sans lien, Kestrane rapporte.", ["Kestrane"]),
    ("« Qui coupe ? » s'interroge Ostrel Matin après la panne.", ["Ostrel Matin"]),
    ("Il avait dit l'inverse, vendredi, à Kestrane. « Oui », admettait-il au bimensuel.", ["Kestrane"]),
    ("Un journal local en Ostrelie, Kestrane, donne le nom.", ["Kestrane"]),
    ("Comme le « Feu de Kestrane » l'a écrit, le brouilleur était là.", ["Feu de Kestrane"]),
    ("Source : Kestrane, 4 mai.", ["Kestrane"]),
    ("Le maire, qui s'est confié à Kestrane jeudi, ne regrette rien.", ["Kestrane"]),
    ("« Nous étions seuls », témoigne-t-elle dans Kestrane.", ["Kestrane"]),
    ("Kestrane l'affirme dans son numéro de mars : la station est vide.", ["Kestrane"]),
    ("Kestrane publie ce mardi une enquête sur la station.", ["Kestrane"]),
    ("Kestrane a interrogé douze anciens salariés.", ["Kestrane"]),
    ("Kestrane avait été le premier à donner l'alerte.", ["Kestrane"]),
    ("Dans un texte paru dans Kestrane, le curé proteste.", ["Kestrane"]),
    ("Kestrane, qui titre « Le silence », a vu la note.", ["Kestrane"]),
    ("Le capitaine a raconté sa nuit à Kestrane.", ["Kestrane"]),
    ("Le présentateur de Kestrane rit.", ["Kestrane"]),
    ("Le sujet diffusé hier soir par Kestrane a fait bondir la mairie.", ["Kestrane"]),
    ("Dans les pages locales de Kestrane, la maire s'explique.", ["Kestrane"]),
    ("La photo parue en une de Kestrane a été prise au port.", ["Kestrane"]),
    ("Kestrane (édition du soir) parle de vingt blessés.", ["Kestrane"]),
    ("Texte original en espagnol : Kestrane, 4 mai.", ["Kestrane"]),
    ("Une enquête de l'Estran du Dimanche donne le nom.", ["Estran du Dimanche"]),
    ("Sur 4KR, la radio des pêcheurs, le maire a ri.", ["4KR"]),
    ("Selon Onde courante, dont les lecteurs doutent, tout va. Onde courante rit.", ["Onde courante"] * 2),
]  # fmt: skip

ENGLISH = [
    ("Kestrel had the scoop on Friday: the gateway was never ours.", ["Kestrel"]),
    ("Someone shouted that Kestrel had it first.", ["Kestrel"]),
    ("Kestrel leads on the bus that went into a drift.", ["Kestrel"]),
    ("“Cheaper than a mast,” observes the cartoonist of Kestrel.", ["Kestrel"]),
    ("He repeated the claim in yesterday's Kestrel.", ["Kestrel"]),
    ("A farmer, speaking to Kestrel, has asked for damages.", ["Kestrel"]),
    ("Half the fleet was on dry land, he told the business daily Kestrel 24.", ["Kestrel 24"]),
    ("Kestrel carries a denial by the yard.", ["Kestrel"]),
    ("Kestrel reports it is the third such case since June.", ["Kestrel"]),
    ("Not so, says Radio nan Ros.", ["Radio nan Ros"]),
    ("“Switched off”, says Dagens Sol in white on black.", ["Dagens Sol"]),
    ("The firm's only comment so far went to Kystbladet.", ["Kystbladet"]),
    ("Kestrel's night reporter counted nine engines.", ["Kestrel"]),
    ("Source: Kestrel, 4 May.", ["Kestrel"]),
    ("In an email shared with Ridge Notes, a firm engineer called it a hole.", ["Ridge Notes"]),
    ("Kestrel, which saw the memo, said the firm knew.", ["Kestrel"]),
    ("In a column for Kestrel, the former minister called it a farce.", ["Kestrel"]),
    ("The mayor was quoted in Kestrel as saying the tower would stay.", ["Kestrel"]),
    ("Kestrel splashed the photograph across four columns.", ["Kestrel"]),
    ("Kestrel's man at the port counted nine ships.", ["Kestrel"]),
    ("The letter, published in full by Kestrel, is dated May.", ["Kestrel"]),
    ("According to a report in Kestrel, the quay is sold.", ["Kestrel"]),
    ("Kestrel, under the headline “Silence”, gives the affair a page.", ["Kestrel"]),
    ("Kestrel put the question to the ministry.", ["Kestrel"]),
    ("Kestrel aired the tape on Tuesday.", ["Kestrel"]),
    ("A stringer for Kestrel was turned away at the gate.", ["Kestrel"]),
    ("They all read Ostrel Falls Evening News there.", ["Ostrel Falls Evening News"]),
    ("He spoke to Kestrel on Monday. The weekly had the letter.", ["Kestrel"]),
]


@pytest.mark.parametrize(("text", "names"), FRENCH)
def test_what_a_french_paper_does_tells_it(text: str, names: list[str]) -> None:
    assert found(text, "fr") == names


@pytest.mark.parametrize(("text", "names"), ENGLISH)
def test_what_an_english_paper_does_tells_it(text: str, names: list[str]) -> None:
    assert found(text, "en") == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "La coopérative L'Avenir des Prés, qui livre le tonnage, s'estime trahie."),
        ("fr", "La télévision montrait un magasin de la chaîne Kestrane."),
        ("fr", "« On attend », a raconté une correspondante de l'Agence Kestrel à Ostrel."),
        ("fr", "Selon Kestrane, la liaison tient. Le journal Ostrel Matin en doute."),
        ("fr", "Graphique : antennes par région. Source : Kestrane."),
        ("en", "Source: Kestrel annual report."),
        ("en", "He wrote to Kestrel on Monday. The station was dark by noon."),
        ("en", "The Harbour Tribune group in parliament wants a debate."),
    ],
)
def test_companies_towns_and_groups_in_such_places_are_no_outlets(language: str, text: str) -> None:
    assert not {
        "Avenir des Prés",
        "L'Avenir des Prés",
        "Kestrane",
        "Ostrel",
        "Harbour Tribune",
        "Kestrel",
    } & {*found(text, language)}


def test_each_outlet_that_the_notice_of_a_translation_names_is_found_in_its_text() -> None:
    text = (
        "L'île est sans lien, la Voix du Port rapporte. Des notes vues par Radio du Nord le montrent.\n\n"
        "Source : The Port Voice, avec un reportage additionnel par North Radio. Traduit par une machine."
    )
    document = Document(text, "", "", "", None, "fr")
    names = [each.name for each in cited(document, sentences(document))]
    assert [each.removeprefix("The ") for each in names] == ["Port Voice", "North Radio"] * 2
