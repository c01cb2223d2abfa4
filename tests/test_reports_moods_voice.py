"""Whose voice a sentence is in: the document's own, a party's, a bystander's, a questioner's."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.moods import moods
from openleo.service.reports.prose.quotations import quoted
from openleo.service.reports.prose.sentences import sentences


def mood_of(text: str, language: str, kind: str = "report") -> str:
    document = Document(text, "", "", "", None, language, "statement" if kind == "statement" else "report")
    cut = sentences(document)
    return moods(document, cut, quoted(document, cut))[-1].mood


ENGLISH = [
    ("We estimate that the cut cost the port 300 florins.", "asserted"),
    ("The pier stayed shut after a captain said the lamp was out.", "asserted"),
    ("The mill recalls 4,000 pumps.", "asserted"),
    ("The council promised a second mast.", "asserted"),
    ("A tribunal told the operator to remove the dish.", "asserted"),
    ("The board said nothing about the price.", "asserted"),
    ("The fee adds up to 30 florins a year.", "asserted"),
    ("Please write to the harbour office.", "asserted"),
    ("The skippers who refused to sail have reportedly been fined.", "conditional"),
    ("The mast would however have failed twice, according to a memo.", "conditional"),
    ("The guard was supposed to be watching the mast, said the mayor.", "reported"),
    ("The owner answers that the mast is safe.", "reported"),
    ("Two former workers described the repair to the radio.", "reported"),
    ("The mast was sold in May, the island's magistrates heard on Friday.", "reported"),
    ("The mine is pinning it on the weather.", "reported"),
    ("Mast fell after bolts rusted -sources", "reported"),
    ("No permit for a jammer has been filed, the regulator said.", "reported"),
    ("The chairman told the paper that the crew had a map ‘that the rest did not hold’.", "reported"),
    ("“I took the box and I never signed for it,” said a shepherd.", "reported"),
    ("Not so, says the company.", "denied"),
    ("“We never wanted to deprive anyone,” the mayor said.", "denied"),
    ("“Nothing in our logs points to the mast,” the director said.", "denied"),
    ("“Was it a loan?”", "asked"),
]
FRENCH = [
    ("Le candidat accuse un retard de 300 voix.", "asserted"),
    ("Pour la filière du verre, le gel tombe mal.", "asserted"),
    ("Le conseil a promis un second mât.", "asserted"),
    ("Nos relevés font apparaître une coupure de 10 minutes.", "asserted"),
    ("Le port répond aux questions des usagers.", "asserted"),
    ("La ligue a demandé au port de suspendre la vente jusqu'à ce que le mât soit réparé.", "asserted"),
    ("Des pêcheurs qui ont refusé de payer auraient été coupés.", "conditional"),
    ("Trois agents feraient l'objet d'une plainte.", "conditional"),
    ("Selon la radio, le port lui devrait 300 florins.", "conditional"),
    ("Le préfet a chiffré la perte à 300 florins.", "reported"),
    ("Des lettres publiées lundi font état d'une panne.", "reported"),
    ("La ligue soutenait que le mât avait cédé.", "reported"),
    ("Une agente a par ailleurs assuré que le mât avait cédé.", "reported"),
    ("Le juge relève que le mât avait cédé.", "reported"),
    ("« Nos équipes n'ont rien remarqué », rétorque le commandant.", "reported"),
    ("« Ces familles n'ont rien demandé », a lancé le député.", "reported"),
    ("« J'ai cru que c'était un faux », dit une élève.", "reported"),
    ("« La note a doublé, nous contestons la facture », répond le président du conseil.", "reported"),
    ("« Nous ne laisserons personne sans réseau », déclare le directeur.", "reported"),
    ("« Rien, dans nos journaux, ne relie le mât à cette panne », déclare la directrice.", "denied"),
    ("« Nous n'avons jamais voulu priver quiconque de ligne », déclare la maire.", "denied"),
    ("« Qui le savait ? », a lancé un député.", "asked"),
]
STATED = [
    ("The operator acknowledges the ruling of Friday.", "en", "asserted"),
    ("Harbour board: works did not affect ferries", "en", "denied"),
    ("To date, no fault has been traced to the mast.", "en", "denied"),
    ("“I never touched the lamp,” said the skipper.", "en", "denied"),
    ("Sur les trois heures citées, aucune ne correspond à nos essais.", "fr", "denied"),
    ("Aucune amende ne sera dressée.", "fr", "asserted"),
]


@pytest.mark.parametrize(("text", "mood"), ENGLISH)
def test_whose_voice_an_english_sentence_is_in(text: str, mood: str) -> None:
    assert mood_of(text, "en") == mood


@pytest.mark.parametrize(("text", "mood"), FRENCH)
def test_whose_voice_a_french_sentence_is_in(text: str, mood: str) -> None:
    assert mood_of(text, "fr") == mood


@pytest.mark.parametrize(("text", "language", "mood"), STATED)
def test_what_a_party_states(text: str, language: str, mood: str) -> None:
    assert mood_of(text, language, "statement") == mood


def test_a_bare_number_does_not_speak() -> None:
    text = "The port, which has had the mast since 2029, closed the pier, said a person who knows it."
    assert mood_of(text, "en") == "reported"
