"""Outlets and agencies that a text cites are found by name, and ministries, companies and ships are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.service.reports.document import Document
from openleo.service.reports.prose.outlets import cited
from openleo.service.reports.prose.sentences import sentences


def _document(text: str, language: str, source: str = "") -> Document:
    return Document(text, source, "", "", None, language)


def found(text: str, language: str = "en", source: str = "") -> list[str]:
    """The names of the outlets that a text cites, in its order."""
    document = _document(text, language, source)
    return [each.name for each in cited(document, sentences(document))]


ENGLISH = [
    ("The link was cut on Monday, according to The Harbour Dispatch.", ["Harbour Dispatch"]),
    ("“We knew,” a clerk told the Ostrel Times on Friday.", ["Ostrel Times"]),
    ("As first reported by Tern, the cable was cut twice.", ["Tern"]),
    ("In an interview with Kestrel, the minister said the coast was safe.", ["Kestrel"]),
    ("The newspaper Dawnlight said the order came by telephone.", ["Dawnlight"]),
    ("Nordline, a news site in Ostrel, published the letter.", ["Nordline"]),
    ("Officials at the port told the Marrow news agency that it was over.", ["Marrow"]),
    ("Skerry said on Tuesday, citing two officials, that the link was down.", ["Skerry"]),
    ("The document was seen by Lanthorn.", ["Lanthorn"]),
    ("Tidelands has learned that the contract was signed in May.", ["Tidelands"]),
    ("PORT OSTREL, May 3 (Brine Wire) - The link was cut on Monday.", ["Brine Wire"]),
    ("Reuters reported the outage on Monday.", ["Reuters"]),
    ("A Cove Radio reporter saw the crew leave.", ["Cove Radio"]),
    (
        "Radio Sandspit and the Ostrel Gazette both carried the statement.",
        ["Radio Sandspit", "Ostrel Gazette"],
    ),
    (
        "The claim was picked up by Saltmarsh Today and later by Periwinkle.",
        ["Saltmarsh Today", "Periwinkle"],
    ),
    ("The order was first reported by the agency OPA.", ["OPA"]),
    ("“We were cut off,” a skipper told the Island Voice.", ["Island Voice"]),
    ("Tern, a weekly in Ostrel, has the letter.", ["Tern"]),
    ("The Gazette of the Coast (La Gazette de la Côte) said so.", ["Gazette de la Côte"] * 2),
    ("“Nobody came,” a farmer told the Farmers' Weekly Post.", ["Farmers' Weekly Post"]),
    ("Ostrel Broadcasting Corporation reported the outage.", ["Ostrel Broadcasting Corporation"]),
    ("The minister called yesterday's Ostrel Mirror unfair.", ["Ostrel Mirror"]),
    ("Local media, including the Ostrel Tribune and KLTV, were not told.", ["Ostrel Tribune", "KLTV"]),
    ("The letter was reported by Der Küstenbote on Monday.", ["Der Küstenbote"]),
    ("Skerrywire Ostrel, an online news service, first reported the talks.", ["Skerrywire Ostrel"]),
    ("The owner told SkerryLive that it was late.", ["SkerryLive"]),
    ("The officer said to Tide Line (Getijlijn) that it was late.", ["Getijlijn"] * 2),
    ("Tern said on Tuesday, citing the Ostrel Times, that it was late.", ["Tern", "Ostrel Times"]),
    ("The claim in the Sunday Courier was denied.", ["Sunday Courier"]),
    ("IT Weekly reported the fault.", ["IT Weekly"]),
]
FRENCH = [
    ("Selon Le Courrier des Grèves, la liaison a été coupée lundi.", ["Courrier des Grèves"]),
    ("D'après l'agence Estran, deux bateaux étaient en mer.", ["Estran"]),
    ("« Nous savions », a déclaré un officier à La Dépêche du Goulet.", ["Dépêche du Goulet"]),
    ("Le quotidien Grand Large rapporte que l'ordre est venu du port.", ["Grand Large"]),
    ("L'information a été révélée par L'Anse, puis reprise par Radio Goulet.", ["Anse", "Radio Goulet"]),
    ("Dans un entretien à Courlis, la directrice a parlé d'une panne.", ["Courlis"]),
    ("Courlis a pu consulter le contrat.", ["Courlis"]),
    ("La liaison était coupée, croit savoir Vent Debout.", ["Vent Debout"]),
    ("Interrogé par l'AFP, l'opérateur n'a pas répondu.", ["AFP"]),
    ("Au micro de Canal Goulet, le maire a promis une réponse.", ["Canal Goulet"]),
    ("GOULET, 3 mai (Agence Estran) – La liaison a été coupée lundi.", ["Agence Estran"]),
    ("D'après l'AFP et Ouest-Marine, la liaison a été coupée.", ["AFP", "Ouest-Marine"]),
    ("Selon l'agence APB, l'ordre a été donné lundi.", ["APB"]),
    ("Grand Large, un quotidien régional, a publié la lettre.", ["Grand Large"]),
    ("Nos confrères du Goéland parlent de deux coupures.", ["Goéland"]),
    ("Le président a confirmé l'ordre à La Gazette de la navigation.", ["Gazette de la navigation"]),
    ("Le député a lu l'article du Courrier du dimanche.", ["Courrier du dimanche"]),
    ("D'après le bulletin Relais de terrain, tout est bloqué.", ["Relais de terrain"]),
    ("L'ordre a été donné, a rapporté l'Agence ostraise de presse.", ["Agence ostraise de presse"]),
    ("Le patron a parlé au large de Merle sur Radio Goulet.", ["Radio Goulet"]),
    ("Deux cadres l'ont indiqué à Filet et Ligne.", ["Filet et Ligne"]),
    ("Le président a répondu au Courrier dimanche.", ["Courrier"]),
    ("La télévision d'État (TTG) parle d'un conte.", ["TTG"]),
]


@pytest.mark.parametrize(("text", "names"), ENGLISH)
def test_outlets_that_an_english_text_cites_are_found(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(("text", "names"), FRENCH)
def test_outlets_that_a_french_text_cites_are_found(text: str, names: list[str]) -> None:
    assert found(text, "fr") == names


@pytest.mark.parametrize(
    "text",
    [
        "The Ministry of Posts said the service was safe.",
        "Ostrelcom, the operator, said that it had cut nothing.",
        "Officials told the Port Authority on Monday.",
        "According to the Harbour Trust, the link was down.",
        "A spokesperson for Ostrelcom denied the claim.",
        "The trawler Morning Star lost its link on Tuesday.",
        "Channel 16, the distress frequency, was not affected.",
        "The Post Office reported a loss in May.",
        "The Interior Ministry reported that nine people were safe.",
        "The minister told Parliament that the link was safe.",
        "Skiffnet said its Star 2 satellites were fine.",
        "In March the town of Merle lost its link.",
        "The Radio Regulations say nothing of it.",
        "Ostrelcom's customers lost their link, the company said.",
        "Captain Herald reported the outage to the harbour.",
        "He wrote to Ostrelcom on Monday.",
        "The boat was seen by Ostrelcom.",
        "The story was denied by Larch Telecom.",
        "Polar Star Line said its ships were safe.",
        "The outages were reported in Merle on Monday.",
        "The terminals were run by Larch Link.",
        "The staff at Larch Link said the link was down.",
        "Larch Link said the link was slow, citing maintenance.",
        "The town told Larch Link. Larch Link said on Monday, according to Larch Link, that it was sorry.",
        "Larch Link cited a fault.",
        "Larch Link learned of the request in May.",
        "The boats left the Sound of Merle, a newspaper reported.",
        "The service covers the Bay of Merle, the news agency said.",
        "The weekly Merle ferry was late.",
        "In an interview with Anna Lind, the director said no.",
        "The Times Square bar was empty.",
        "The boats called Merle Coast Radio for help.",
        "The Merle Port Agency said the link was down.",
        "The Official Journal names the company.",
        "The Leader of the Opposition said it was late.",
        "Rescuers heard Merle Radio at noon.",
        "According to the Dockers' Union, three ships were late.",
        "The crew of the Northern Star told the coastguard that it drifted.",
        "Contact with the Oceanic Tribune was lost.",
        "According to Global Watch, a group, 14 coasts were cut.",
        "Operation Clarion began on Monday.",
        "The officials told the MRCC that it was late, and the MRCC said so.",
        "The Ministry of Posts (MPT) was told. Documents seen by MPT say so.",
        "Channel Ferries said that its ships were safe.",
        "The port wrote to the Union of Journalists of Ostrel.",
        "The Board's chairman said: “Tern boats are safe.”",
        "The Ostrelcom report was read by Haddon & Co.",
        "The captain was called by VHF radio.",
        "With reporting by Brine Wire.",
        "The officials told our reporter. Mine said the same.",
        "The story was shared on Telegram and Facebook.",
    ],
)
def test_parties_places_and_ships_in_english_are_no_outlets(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Selon le ministère de la Mer, la liaison est sûre.",
        "Ostrelcom, l'opérateur, a démenti.",
        "Une porte-parole d'Ostrelcom a refusé de répondre.",
        "Le chalutier Étoile du Matin a perdu la liaison.",
        "Le maire a déclaré au Conseil que tout allait bien.",
        "L'Agence nationale des fréquences a ouvert une enquête.",
        "Le Havre et La Rochelle n'ont rien perdu.",
        "D'après l'Autorité portuaire, deux bateaux étaient en mer.",
        "Le canal 16 n'a pas été touché.",
        "La Compagnie des Ports a annoncé une perte en mai.",
        "Le Soir venu, la liaison est revenue.",
        "Ostrelcom écrit dans son rapport que tout va bien.",
        "Le service d'Ostrelcom a été coupé dans la baie de Merle.",
        "L'Agence du littoral n'a rien demandé.",
        "Selon l'Agence maritime, douze bateaux étaient en mer.",
        "Un arrêté paru au Journal officiel fixe la limite.",
        "Selon Étoile Satellites, la panne a duré deux heures.",
        "Radio maritime de Merle a reçu l'appel.",
        "Sur le plateau de Vaudrine, rien ne marche.",
        "La carte a été publiée par Larch Liaison.",
        "Larch Liaison a appris la demande en mai.",
        "Larch Liaison cite une panne.",
        "Le préfet a répondu à Larch Liaison, et Larch Liaison affirme le contraire.",
        "L'entretien avec Anne Morel a duré une heure.",
        "Selon l'ANR, 41 coupures ont eu lieu.",
        "Il a écrit : « Mes collègues sont prêts. »",
        "Mes collègues l'ont écrit à la mairie.",
        "Le titre Larch a perdu 6 %.",
        "L'article 12 du Traité le dit.",
        "Les remorqueurs L'Étoile et Le Héraut sont venus.",
        "L'équipage de L'Étoile du Nord a signalé une panne.",
        "La Voix du Peuple, parti d'opposition, a dit non.",
        "L'Union des reporters de l'Ostrel condamne la coupure.",
        "Le marché a été signé avec Larch, a écrit lundi un conseiller, citant des documents.",
        "La station balnéaire Merle a perdu la liaison.",
        "Le Conseil de la radio (CRQ) a été saisi.",
        "L. D. (avec Brise Hebdo)",
    ],
)
def test_parties_places_and_ships_in_french_are_no_outlets(text: str) -> None:
    assert found(text, "fr") == []


MORE_ENGLISH = [
    ("The clerk told Harbourline that the link was cut.", ["Harbourline"]),
    ("Harbourline reported on Monday that a cable ship had lost its link.", ["Harbourline"]),
    ("The article that appeared in Le Fleuve on 3 May is wrong.", ["Le Fleuve"]),
    ("A guest on Delta FM 98 said that she had seen it.", ["Delta FM 98"]),
    ("The rector told broadcaster Plateau 24 that it was over.", ["Plateau 24"]),
    ("PORT-NAY (KMI) - The link was cut on Monday.", ["KMI"]),
    ("According to Bellweather, it was cut. The paper quoted two pilots.", ["Bellweather"]),
    ("The firm rejects the suggestion, made by Southline on 3 May, that it knew.", ["Southline"]),
    ("The minister had quoted at length from Ledgerline.", ["Ledgerline"]),
    (
        "Le Moniteur des Douanes et Ports reported on Monday that it was cut.",
        ["Moniteur des Douanes et Ports"],
    ),
]

MORE_FRENCH = [
    ("Interrogé hier par Southline, le maire se tait.", ["Southline"]),
    ("La société s'est refusée à tout commentaire auprès de KMI.", ["KMI"]),
    ("La liaison a été coupée, a rapporté Southline.", ["Southline"]),
    ("Des minutes obtenues par Southline le montrent.", ["Southline"]),
    ("Les Échos de Karibo seront saisis d'une demande.", ["Échos de Karibo"]),
    ("Bateaux du Levant avait révélé la panne.", ["Bateaux du Levant"]),
    ("La liaison est coupée, selon Le Disque de l'Assemblée.", ["Disque de l'Assemblée"]),
    ("C'est coupé, d'après Vigneron. Le journal cite deux pilotes.", ["Vigneron"]),
]


@pytest.mark.parametrize(("text", "names"), MORE_ENGLISH)
def test_plain_names_are_found_by_one_sure_sign_in_english(text: str, names: list[str]) -> None:
    assert [each.removeprefix("Le ") for each in found(text)] == [each.removeprefix("Le ") for each in names]


@pytest.mark.parametrize(("text", "names"), MORE_FRENCH)
def test_plain_names_are_found_by_one_sure_sign_in_french(text: str, names: list[str]) -> None:
    assert found(text, "fr") == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Staff reporter, Dravna"),
        ("en", "The minister told the House of Deputies that it was over."),
        ("en", "The officials told Harbour House, the biggest buyer, to wait."),
        ("en", "We told Lumenline at 06:20 that the signal was bad."),
        ("en", "The chair told MPs that it was over."),
        ("en", "The dishes were supplied by Lumenline. The clerk told Lumenline so."),
        ("en", "Lumenline's regional director told the hall that it was over. A clerk told Lumenline so."),
        (
            "fr",
            "Une antenne de Tours Balise y loge. Contacté par Tours Balise en novembre, le conseil se tait.",
        ),
        ("fr", "Six terminaux équipaient le toit du Grand Pelican, un hôtel huppé, a révélé le maire."),
        ("fr", "Le Phare de la Roche était allumé."),
        ("fr", "Revue de presse étrangère, traduite par un logiciel."),
        ("fr", "La rédaction, avec Southline"),
    ],
)
def test_suppliers_bodies_and_bylines_are_no_outlets(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The Argus, citing three pilots, said the port was dark.", ["Argus"]),
        ("A column in the Gleaner called it madness.", ["Gleaner"]),
        ("A podcast by Static Hour named the company.", ["Static Hour"]),
        ("TV Delta showed pictures of the dishes.", ["TV Delta"]),
        ("The mayor accused the Coastal Watch of cutting the cable.", []),
        ("The skippers were joined by the Harbour Watch on Monday.", []),
        ("The Coast Watch said it had spoken to the captain.", []),
        ("People in the valley told the Relief Corps that they had no link.", []),
        ("Customers told Brightlink that the price had doubled.", []),
        ("Skywave, citing three faults, cut the service.", []),
        ("The NGO Free Signal published pictures of the dishes.", []),
        ("An inquiry by the Ombudsman found nothing.", []),
        ("The mayor, quoting two letters, said it was over.", []),
    ],
)
def test_what_is_done_with_a_paper_tells_it_and_what_is_done_with_a_company_does_not(
    text: str, names: list[str]
) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "(ANCHOR) To the border now, where the link was cut."),
        ("en", "(REPORTER) It is dark. The clerk told our crew so."),
        ("en", "The link was cut in the valley. Pell Marrick reports."),
        ("en", "The claims made by the association known as Open Watch are false."),
        ("en", "From our reporter at Terminal 2: the queue is long."),
        ("en", "“Not a siren,” said the Opposition Leader, and sat down."),
        ("en", "An internal Larch Line report names it. Larch Line carried some 41,000 passengers."),
        ("en", "Card readers on board went down."),
        ("en", "The letter, seen by Larch officers, is undated."),
        ("en", "The petition was published by Fair Signal, which has 400 members."),
        ("en", "Larch said on Tuesday, citing data from its own terminals, that speeds had doubled."),
        ("fr", "VAUBRUNE (Talmérie) - Les terminaux ont disparu."),
        ("fr", "Elle a transmis ses relevés à l’Agence des fréquences."),
        ("fr", "L’antenne du SDIS a tenu."),
        ("fr", "Les écoles confirment la date sur le portail Cartable-2035 avant lundi."),
        ("fr", "Courrier des lecteurs : le prix du ciel"),
        ("fr", "Une marchande de Loma Verte dit avoir perdu son étal."),
        ("fr", "Les partenaires ont repris la radio HF."),
    ],
)
def test_roles_bands_countries_and_rubrics_are_no_outlets(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "The director said this morning on Wave 94.7 FM that it was over.", ["Wave 94.7 FM"]),
        ("en", "The clerk told Gulley FM so. Tune to 103.4 FM for more.", ["Gulley FM"]),
        ("en", "They took the trip, reveals the site The Lanthorn.", ["The Lanthorn"]),
        ("en", "Website The Lanthorn broke the story on Monday.", ["The Lanthorn"]),
        ("en", "Reef Farm Weekly has heard from 46 farms.", ["Reef Farm Weekly"]),
        ("en", "The Courier visited seven shops on Tuesday.", ["Courier"]),
        ("en", "What bugs me is the Herald's line that the fee was to blame.", ["Herald"]),
        ("en", "Coast dwellers told the Harbour Telegram so. The Telegram asked.", ["Harbour Telegram"] * 2),
        ("fr", "Selon un document lu par Le Matin ostran, tout est perdu.", ["Matin ostran"]),
        ("fr", "Le Réveil du Goulet y a compté 58 écoles.", ["Réveil du Goulet"]),
        ("fr", "Selon l'agence de nouvelles Littoral, deux bateaux étaient en mer.", ["Littoral"]),
    ],
)
def test_stations_by_frequency_and_papers_by_what_they_did_are_found(
    language: str, text: str, names: list[str]
) -> None:
    assert [each.removeprefix("The ") for each in found(text, language)] == [
        each.removeprefix("The ") for each in names
    ]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("fr", "Selon des factures vues par Ligne Sud, c'est cher.\n\nDépêche de Southline traduite de "
             "l'anglais par un logiciel.", "Southline"),
        ("en", "In a letter that The Mail of the Greenhouse Mountain has seen, it is dear.\n\nThis page was "
             "translated automatically. Original article: Le Courrier de la Montserre.",
             "Courrier de la Montserre"),
    ],
)  # fmt: skip
def test_a_notice_of_translation_tells_the_original_name(language: str, text: str, name: str) -> None:
    names = found(text, language)
    assert len(names) == 2
    assert {each.removeprefix("Dépêche de ").removeprefix("Le ") for each in names} == {name}


def test_an_evening_papers_last_word_stands_for_it() -> None:
    text = "A deckhand told The Evening Lamp so. The firm hung up when the Lamp rang."
    assert found(text, source="The Evening Lamp") == ["Evening Lamp", "Evening Lamp"]


def test_an_outlet_found_once_is_found_at_its_other_mentions_and_in_short_form() -> None:
    text = (
        "The link was cut, The Harbour Dispatch reported.\n\nNobody answered the Dispatch on Monday.\n\n"
        "The Harbour Dispatch has asked again."
    )
    assert found(text) == ["Harbour Dispatch"] * 3


def test_an_abbreviation_in_brackets_stands_for_its_agency() -> None:
    text = "The link was cut, the Ostrel Press Agency (OPA) said.\n\nOPA quoted two officials."
    assert found(text) == ["Ostrel Press Agency"] * 3


def test_the_documents_own_source_is_found_in_its_text() -> None:
    text = "Ostrelcom did not answer Periwinkle before Friday."
    assert found(text, source="Periwinkle") == ["Periwinkle"]
    assert found(text) == []


def test_initials_of_the_documents_own_source_stand_for_it() -> None:
    text = "GOULET, 9 mai (AOP) - La liaison est coupée.\n\nL'opérateur a dit à l'AOP qu'il cherchait."
    assert found(text, "fr", source="Agence ostraise de presse") == ["Agence ostraise de presse"] * 2


def test_an_associations_own_name_is_cited_only_where_something_is_told_to_it() -> None:
    text = "The Skippers' Circle wrote to Ostrelcom. Ostrelcom told the Skippers' Circle nothing."
    assert found(text, source="Skippers' Circle") == ["Skippers' Circle"]


def test_a_foreign_outlet_is_found_again_without_its_article() -> None:
    text = "The newspaper Der Küstenbote has the letter.\n\nIt was the Küstenbote that was sued."
    assert found(text) == ["Der Küstenbote"] * 2


def test_the_documents_own_name_in_a_line_that_cites_nothing_is_left_out() -> None:
    text = "The link was cut, officials told Periwinkle.\n\nPeriwinkle in your inbox: five stories a day"
    assert found(text, source="Periwinkle") == ["Periwinkle"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Good morning, this is Periwinkle."),
        ("fr", "Bonjour, vous lisez Periwinkle."),
        ("fr", "Abonnez-vous à Periwinkle."),
    ],
)
def test_an_outlet_that_presents_itself_is_not_cited(language: str, text: str) -> None:
    assert found(text, language, source="Periwinkle") == []


def test_capitals_of_a_headline_make_no_outlet() -> None:
    assert found("Satellite Link Off Coast Was Cut, Harbour Radio Officer Tells Port Inquiry") == []


def test_a_language_without_words_has_no_outlets() -> None:
    assert found("Laut The Harbour Dispatch war es dunkel.", "de") == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([
            "The", "Harbour", "Dispatch", "Le", "Courrier", "de", "l'", "told", "selon", "(", ")", "Radio",
            "16", ",", ".", " ", "\n\n", "“", "«", "É", "and", "et", "’s", "News", "of", "-", "&",
        ]) | st.text(max_size=6),
        max_size=40,
    ),
    st.sampled_from(["en", "fr", "de", ""]),
)  # fmt: skip
def test_outlets_stand_in_sentences_one_after_the_other(pieces: list[str], language: str) -> None:
    document = _document(" ".join(pieces), language, "The Harbour Dispatch")
    cut = sentences(document)
    last = 0
    for each in cited(document, cut):
        assert last <= each.start < each.end
        assert any(one.start <= each.start and each.end <= one.end for one in cut)
        assert each.name
        last = each.end


@pytest.mark.parametrize(
    "piece", ["A", "Aa ", "The ", "L'", "Radio ", "(", "A of ", "told ", "9", ", ", "X (Y) "]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_long_run_of_one_thing_is_read(piece: str, language: str) -> None:
    found(piece * (50_000 // len(piece)), language)
