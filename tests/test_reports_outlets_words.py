"""Words that stand by outlets alone tell a plain name of one; towns, ships and companies stand by others."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.sentences import sentences


def found(text: str, language: str, source: str = "") -> list[str]:
    """The names of the outlets that a text cites, in its order."""
    document = Document(text, source, "", "", None, language)
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
NONE = [
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
]


@pytest.mark.parametrize(("text", "names"), FRENCH)
def test_words_of_the_french_press(text: str, names: list[str]) -> None:
    assert found(text, "fr") == names


@pytest.mark.parametrize(("text", "names"), ENGLISH)
def test_words_of_the_english_press(text: str, names: list[str]) -> None:
    assert found(text, "en") == names


@pytest.mark.parametrize(("language", "text"), NONE)
def test_towns_ships_companies_and_offices_with_like_words_are_no_outlets(language: str, text: str) -> None:
    assert found(text, language) == []


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
