"""The mood of a sentence: what the text says itself, on whose word, hedged, denied, or asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import MOODS, Sentence
from openleo.service.reports.prose.moods import moods
from openleo.service.reports.prose.quotations import quoted
from openleo.service.reports.prose.sentences import sentences


def read(text: str, language: str = "en", kind: str = "report") -> tuple[Sentence, ...]:
    document = Document(text, "", "", "", None, language, "statement" if kind == "statement" else "report")
    cut = sentences(document)
    return moods(document, cut, quoted(document, cut))


ENGLISH = [
    ("The coast has two harbours.", "asserted"),
    ("The operator did not respond to a request for comment.", "asserted"),
    ("The ministry declined to say whether it knew.", "asserted"),
    ("The company would neither confirm nor deny the order.", "asserted"),
    ("It is not clear whether the link was cut.", "asserted"),
    ("The boats were denied access to the harbour.", "asserted"),
    ("The ministry rejected the application in May.", "asserted"),
    ("The operator may appeal until 15 June.", "asserted"),
    ("It lost its link according to plan.", "asserted"),
    ("The link was cut, officials said.", "reported"),
    ("Officials say that the link was cut.", "reported"),
    ("According to two officials, the link was cut.", "reported"),
    ("“It went dark and nobody had told us,” said a pilot.", "reported"),
    ("“Who gave the order?” a captain asked.", "reported"),
    ("The company said that it would restore the link by May.", "reported"),
    ("The minister said the link might come back.", "reported"),
    ("If the ministry agreed, the coast would be covered, the company said.", "reported"),
    ("The link was never switched on, according to the board.", "reported"),
    ("The link was reportedly cut on Monday.", "conditional"),
    ("The operator is said to have cut the link.", "conditional"),
    ("Some 300 boats may have lost their link.", "conditional"),
    ("The fault might have been planned.", "conditional"),
    ("The operator would have cut the link on Monday, writes the paper.", "conditional"),
    ("The minister could not have known, his office insisted.", "reported"),
    ("The operator denied that it had cut the link.", "denied"),
    ("Nobody has denied that the link was cut.", "asserted"),
    ("The ministry rejects the claim.", "denied"),
    ("The ministry dismissed the report as false.", "denied"),
    ("That is untrue.", "denied"),
    ("The company said it had never cut the link.", "denied"),
    ("The minister said that no order had been given.", "denied"),
    ("“We did not switch anything off,” a spokeswoman said.", "denied"),
    ("“There was no such order,” the minister said.", "denied"),
    ("“That is false,” said the operator.", "denied"),
    ("The company denies the claim and says the link was safe.", "denied"),
    ("Was it switched off?", "asked"),
    ("Members of parliament asked the minister whether the letter exists.", "asked"),
    ("The paper has asked the operator to explain the outage.", "asked"),
    ("Asked whether it had the letter, the operator referred us to the ministry.", "asserted"),
    ("It was not clear whether schools would be exempted.", "asserted"),
    ("The operator, which says it has 40 stations, was founded in 2021.", "asserted"),
    ("The operator, who claims 300 users, has not answered.", "asserted"),
    ("The union urged the ministry to publish the list.", "asserted"),
    ("“No payment, no frequencies,” he said.", "reported"),
    ("“We had no link, and nobody told us why,” said a resident.", "reported"),
    ("Islanders say no one asked them.", "reported"),
    ("The link was cut, bank records seen by the paper show.", "reported"),
    ("Auditors found that 40 sets were never switched on.", "reported"),
    ("Ministry sought limits at sea - sources", "reported"),
    ("The court ruled that the order was unlawful.", "reported"),
    ("The minister accused the operator of breaking its licence.", "reported"),
    ("The board puts the debt at 7 million.", "reported"),
    ("MNS says the regulator wants to know why boats were cut off.", "reported"),
    ("By his account, six boats were out of reach.", "reported"),
    ("The court was told that 40 sets were missing.", "reported"),
    ("The operator would initially have refused.", "conditional"),
    ("“No area was switched off,” its press office said.", "denied"),
    ("“There was never a password,” our managing director said.", "denied"),
    ("The ministry called the report a fabrication.", "denied"),
    ("The operator dismissed the report as “a fairy tale”.", "denied"),
    ("“Not once,” the operator replied.", "denied"),
    ("Never, replied the minister.", "denied"),
    ("The order gives the firm 14 days, filings seen by the paper showed on Wednesday.", "reported"),
    ("The outage was put down to planned work by the operator.", "reported"),
    ("Three clinics report that their sets were taken away.", "reported"),
    ("A mother of three claimed she had to drive to the next town.", "reported"),
    ("The unions welcomed the plan but warned that computers were lacking.", "reported"),
    ("According to him, the cooperative had paid.", "reported"),
    ("In her view, the plan came too late.", "reported"),
    ("One said she had copied the list by hand.", "reported"),
    ("They have been told that the link is filtered.", "reported"),
    ("The director called that account “exaggerated”.", "denied"),
    ("The judge found no evidence of bias.", "reported"),
    ("Leaked memo: operator knew of flaw for months", "reported"),
    ("Network was down for eleven hours: union", "reported"),
    ("No order was given to cut the links: minister", "denied"),
    ("The minister told the house that no order had been issued.", "denied"),
    ("The claim that he had sold the sets was thrown out.", "denied"),
    ("A lawyer for the company said his clients knew nothing of the cargo.", "denied"),
    ("“Nothing of ours was on board,” the trader retorted.", "denied"),
    ("Contrary to what was said in committee, the link works.", "denied"),
    ("“Who gave the order?” the member asked.", "asked"),
    ("Fuel for the generators may run out in April.", "conditional"),
    ("The driver was fined for allegedly selling a set.", "asserted"),
    ("Your questions answered: the subsidy for dishes", "asserted"),
    ("Thousands use the link every day, The Harbour Dispatch can reveal.", "asserted"),
    ("It is too early to name the man who told him.", "asserted"),
    ("The medical director qualifies these remarks of inexact.", "denied"),
    ("The operator recognizes nevertheless to keep the positions.", "reported"),
    ("The company swears to have paid in May.", "reported"),
    ("The union sticks to its figure of 90.", "reported"),
    ("The firm picked up the bill, it was claimed last night.", "reported"),
    ("Forty schools are still waiting, the education committee heard yesterday.", "reported"),
    ("The union hails “a victory of dignity”.", "reported"),
    ("Boats lost the link, has indicated Monday to the paper a member of the board.", "reported"),
    ("The minister said that satellite broadband would reach 2.4 million homes.", "reported"),
    ("The panel heard that the set could not have been used.", "reported"),
    ("The penalty would have been higher had the firm not paid.", "asserted"),
    ("Complaints may be lodged within five days.", "asserted"),
    ("The licensee may not sell the sets.", "asserted"),
    ("A dish stood by the trench so that schools could follow the dig.", "asserted"),
    ("Police seek three men, one of whom is believed to have fled.", "asserted"),
    ("The rest make do with rumours.", "asserted"),
    ("The commission dismissed 52 of the 67 complaints.", "asserted"),
    ("Two petitions to deny were filed.", "asserted"),
    ("Two councillors declared an interest and left.", "asserted"),
    ("Battery packs added $22 a set.", "asserted"),
    ("The board received 534 interference reports in August.", "asserted"),
    ("The mayor wrote to the operator on Monday.", "asserted"),
    ("“We are not asking for the moon,” a union representative said.", "reported"),
    ("“There was nothing else,” the manager said.", "reported"),
    ("The magistrate disputes to have received a letter.", "denied"),
    ("A customs spokesperson said the kits were “not being held by anybody”.", "denied"),
    ("As for the sets, 90 would have been stolen, if one believes the weekly.", "conditional"),
    ("A magistrate has acquitted a trader accused of running 74 sets.", "asserted"),
    ("The trader was accused of running 74 sets.", "reported"),
    ("The appeal for 12 million is a third funded.", "asserted"),
    ("The coast guard answered 37 calls in a week.", "asserted"),
    ("You can return the sets and claim back their value.", "asserted"),
]
FRENCH = [
    ("Personne n'a démenti que la pompe ait cédé.", "asserted"),
    ("Le port et l'opérateur ont, eux, confirmé la coupure.", "reported"),
    ("La côte compte deux ports.", "asserted"),
    ("L'opérateur n'a pas répondu à nos demandes.", "asserted"),
    ("L'opérateur n'a ni confirmé ni démenti.", "asserted"),
    ("Les habitants auraient préféré un câble.", "asserted"),
    ("Le ministère a publié hier un rapport.", "asserted"),
    ("L'équipage rencontrait souvent ce bateau et montrait la carte.", "asserted"),
    ("Le tarif varie selon la saison.", "asserted"),
    ("La liaison a été coupée, selon deux officiers.", "reported"),
    ("« Tout s'est éteint », a déclaré un officier.", "reported"),
    ("La liaison a été coupée, affirme le maire.", "reported"),
    ("Le directeur a dit qu'il répondrait cette semaine.", "reported"),
    ("Si le ministère donnait son accord, l'île serait couverte, assure-t-elle.", "reported"),
    ("Le maire assure que la liaison a été coupée.", "reported"),
    ("« Qui a donné l'ordre ? », a lancé un capitaine.", "reported"),
    ("L'opérateur aurait coupé la liaison lundi.", "conditional"),
    ("L'ordre serait venu du ministère, selon deux officiers.", "conditional"),
    ("Le service n'aurait jamais été ouvert.", "conditional"),
    ("Les bateaux perdraient le signal en trente secondes.", "conditional"),
    ("Un responsable affirme que l'ordre serait venu du port.", "conditional"),
    ("L'opérateur dément avoir coupé la liaison.", "denied"),
    ("Le ministère conteste toute responsabilité.", "denied"),
    ("Ces informations sont fausses.", "denied"),
    ("« Nous n'avons jamais coupé la liaison », a répondu l'opérateur.", "denied"),
    ("« Aucun ordre n'a été donné », assure le ministre.", "denied"),
    ("« Non », répond le président.", "denied"),
    ("L'opérateur affirme n'avoir jamais coupé la liaison.", "denied"),
    ("Il est faux que la liaison ait été coupée.", "denied"),
    ("L'opérateur rejette ces accusations.", "denied"),
    ("L'ordre a-t-il été exécuté ?", "asked"),
    ("Le journal a demandé au ministère s'il confirmait la lettre.", "asked"),
    ("Interrogé sur ce point, l'opérateur n'a pas souhaité répondre.", "asserted"),
    ("On ne sait pas qui a donné l'ordre.", "asserted"),
    ("L'opérateur, qui dit compter 40 stations, a été fondé en 2021.", "asserted"),
    ("Ni l'armée ni l'opérateur n'ont répondu.", "asserted"),
    ("La vente a rapporté 3 millions d'euros.", "asserted"),
    ("Le courrier, cité par la radio, demandait une limite.", "asserted"),
    ("Ni le temps ni une panne ne l'expliquent.", "asserted"),
    ("Pour le maire, l'affaire est close.", "reported"),
    ("Le ministre accuse l'opérateur d'avoir enfreint sa licence.", "reported"),
    ("Des relevés consultés par le journal montrent une chute.", "reported"),
    ("Les boîtes ont été vendues, révèlent des factures.", "reported"),
    ("« Il n'y a pas eu de réunion », affirme une source proche du conseil.", "reported"),
    ("« Aucun client n’a été visé », souligne la direction technique.", "denied"),
    ("« Nous ne trions pas nos abonnés », déclare la directrice.", "denied"),
    ("Le ministère qualifie cette information de mensongère.", "denied"),
    ("L'opérateur parle d'une « pure invention ».", "denied"),
    ("Contrairement à ce qu'a écrit le journal, la sirène marchait.", "denied"),
    ("Une députée a demandé ce que le ministère comptait faire.", "asked"),
    ("Le ministre s'est engagé lundi à raccorder les écoles.", "reported"),
    ("Le syndicat y voit une attaque contre les éleveurs.", "reported"),
    ("L'office relativise : peu d'antennes dépassent cette taille.", "reported"),
    ("Coupure du 8 mai : l'armée n'a rien demandé, assure le ministre", "denied"),
    ("« Je n'ai rien prêté », a rétorqué l'intéressé.", "denied"),
    ("« Il n'existe aucune exclusivité », a précisé le ministère.", "denied"),
    ("Ce que la direction dément.", "denied"),
    ("L'un des douaniers a admis la vente, l'autre nie avoir reçu de l'argent.", "reported"),
    ("« Qui a payé ? », a demandé le président.", "asked"),
    ("L'enquête se poursuit.", "asserted"),
    ("La défense a plaidé la relaxe.", "asserted"),
    ("Les radios ont besoin d'un tarif réduit, a plaidé jeudi le réseau.", "reported"),
    ("L'entreprise est dite d'avoir caché les plaintes.", "conditional"),
    ("Le brouillage est cru avoir causé la panne.", "conditional"),
    ("La liaison est tombée, les pêcheurs disent.", "reported"),
    ("La marine a dit qu'aucun de ses navires ne transmettait.", "denied"),
    ("La compagnie jure avoir réglé la somme.", "reported"),
    ("L'opérateur jure de son côté que ses satellites tournaient.", "reported"),
    ("Le directeur, lui, s'en tient à 1 850.", "reported"),
    ("Le rapporteur déplore que l'agence n'emploie que neuf personnes.", "reported"),
    ("Un conseiller a déploré que deux sociétés seulement soient agréées.", "reported"),
    ("L'équipage n'a plus de connexion, a dénoncé jeudi la fédération.", "reported"),
    ("Le pêcheur est accusé par des concurrents d'avoir triché.", "reported"),
    ("L'enquête a établi que la société vantait un autre débit.", "reported"),
    ("Il est reproché à la société d'avoir facturé deux fois.", "reported"),
    ("Le ministère oppose à ces propos le démenti le plus formel.", "denied"),
    ("« Nous ignorions tout du chargement », jure un responsable.", "denied"),
    ("« Il n'y a eu ni blocage ni taxe », affirme le directeur.", "denied"),
    ("« Quatre clients sur cinq n'ont reçu aucun courrier », dénonce sa présidente.", "reported"),
    ("Personne n'avait contesté le total.", "asserted"),
    ("Au moins 140 abonnés qui contestaient la somme ont été coupés.", "asserted"),
    ("La licence prévoyait que l'opérateur couvrirait 64 cantons.", "asserted"),
    ("Le four ne démarrait plus.", "asserted"),
    ("Il facturait 600 pesos et préférait les espèces.", "asserted"),
    ("La panne durerait depuis mardi.", "conditional"),
    ("Le chiffre d'affaires s'établit à 184 millions.", "asserted"),
    ("Pour la première fois, les résultats ont été transmis par satellite.", "asserted"),
    ("Les assureurs ont relevé leurs primes de 40 %.", "asserted"),
    ("Tout sera réparé dans les 72 heures suivant la livraison.", "asserted"),
    ("Le groupe maintient son programme.", "asserted"),
    ("Le député a écrit au ministre.", "asserted"),
    ("Cela coûtera peut-être 200 000 dinars.", "asserted"),
    ("La société relève ses prévisions.", "asserted"),
    ("Douze ingénieurs assurent la veille au téléport.", "asserted"),
    ("Le service tient bon, assure le ministère.", "reported"),
    ("Une seconde tranche concernera les collèges.", "asserted"),
    ("La cérémonie a duré neuf minutes, montre en main.", "asserted"),
    ("Pour un troupeau de 180 brebis, la hausse dépasse 4 300 euros.", "asserted"),
    ("Les pertes se chiffrent à 36 000 francs.", "asserted"),
]


@pytest.mark.parametrize(("text", "mood"), ENGLISH)
def test_the_mood_of_an_english_sentence(text: str, mood: str) -> None:
    assert [each.mood for each in read(text)] == [mood]


@pytest.mark.parametrize(("text", "mood"), FRENCH)
def test_the_mood_of_a_french_sentence(text: str, mood: str) -> None:
    assert [each.mood for each in read(text, "fr")] == [mood]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ministry has never asked the operator to cut the link.", "en"),
        ("No order was given.", "en"),
        ("Aucun ordre n'a été donné par notre centre.", "fr"),
        ("Nous n'avons jamais vendu ces terminaux.", "fr"),
        ("No member of our crew has sold access to the link.", "en"),
        ("It is equally untrue that a master took any share.", "en"),
        ("We did not disable any terminal.", "en"),
        ("Aucun exploitant n’est transféré d’office.", "fr"),
        ("L'opérateur n'a ni coupé ni limité le service.", "fr"),
        ("Satellite internet: no exclusivity has been granted", "en"),
        ("It was not the result of a fault.", "en"),
        ("Ni le directeur ni la région n'avaient connaissance de ce trafic.", "fr"),
    ],
)
def test_what_a_party_denies_in_its_own_statement(text: str, language: str) -> None:
    assert [each.mood for each in read(text, language, "statement")] == ["denied"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Lyran announces its fortieth launch.", "en"),
        ("We wrote to the town hall on 4 July.", "en"),
        ("Loxane précise les conditions de son offre.", "fr"),
        ("Une redevance est due ; elle n’a pas été modifiée.", "fr"),
    ],
)
def test_what_a_party_does_in_its_own_statement_is_in_its_own_voice(text: str, language: str) -> None:
    assert [each.mood for each in read(text, language, "statement")] == ["asserted"]


def test_a_quotation_without_a_tag_is_still_on_somebodys_word() -> None:
    text = "“It went dark,” said a pilot. “We called everybody we knew.”"
    assert [each.mood for each in read(text)] == ["reported", "reported"]


def test_why_names_the_words_that_decided() -> None:
    assert read("The link was reportedly cut.")[0].why == "reportedly"
    assert read("L'opérateur dément avoir coupé.", "fr")[0].why == "dément"


def test_a_language_without_words_is_asserted_and_says_why() -> None:
    assert [(each.mood, bool(each.why)) for each in read("Es war dunkel.", "de")] == [("asserted", True)]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["en", "fr", "de", ""]))
def test_sentences_stay_as_they_are_but_for_mood_and_why(text: str, language: str) -> None:
    document = Document(text, "", "", "", None, language)
    cut = sentences(document)
    found = moods(document, cut, quoted(document, cut))
    assert [(each.start, each.end) for each in found] == [(each.start, each.end) for each in cut]
    assert all(each.mood in MOODS for each in found)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "not ",
        "n'",
        "said ",
        "ask ",
        "aurait ",
        "?",
        "no order ",
        "rait",
        "if ",
        ", say",
        "put the ",
        "records ",
        "pour le ",
        "a qualifié ",
        "reports of ",
        "the claim ",
        "contract seen by ",
        "qualifies the ",
        "nobody in ",
        "ni le ",
        ": ",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_long_run_of_one_thing_is_read(piece: str, language: str) -> None:
    assert read(piece * (50_000 // len(piece)), language)
