"""Figures of prose: numbers with value and unit in English and French, and numbers that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo.service.reports.document import Document
from openleo.service.reports.prose.figures import figures
from openleo.service.reports.prose.numerals import numerals, value_of
from openleo.service.reports.prose.sentences import sentences

Told = tuple[float | None, float | None, str]


def told(text: str, language: str) -> list[Told]:
    document = Document(text, "", "", "", None, language)
    return [(each.low, each.high, each.unit) for each in figures(document, sentences(document))]


@pytest.mark.parametrize(
    ("wording", "language", "value"),
    [
        ("1,200", "en", 1200), ("1\u202f200", "en", 1200), ("2.5 million", "en", 2.5e6),
        ("2.5bn", "en", 2.5e9),
        ("twenty-three hundred", "en", 2300), ("two hundred and fifty-one", "en", 251), ("a dozen", "en", 12),
        ("half a million", "en", 500_000), ("two and a half", "en", 2.5),
        ("two thousand and five", "en", 2005),
        ("1 200", "fr", 1200), ("1\u00a0200", "fr", 1200), ("12.000", "fr", 12000),
        ("2,4 milliards", "fr", 2.4e9),
        ("quatre-vingt-dix-sept", "fr", 97), ("quatre-vingt-un", "fr", 81), ("soixante et onze", "fr", 71),
        ("vingt et un", "fr", 21), ("trois mille deux cent quatre-vingts", "fr", 3280), ("mille", "fr", 1000),
        ("une centaine", "fr", 100), ("un million et demi", "fr", 1.5e6), ("dix-neuf", "fr", 19),
        ("quatre cent mille", "fr", 400_000), ("un demi-million", "fr", 500_000),
    ],
)  # fmt: skip
def test_a_number_has_its_value(wording: str, language: str, value: float) -> None:
    assert value_of(wording, language) == value


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("Some 1,200 active user terminals went dark.", 1200, 1200, "terminal"),
        ("They cost $2.5bn.", 2.5e9, 2.5e9, "dollar"),
        ("They cost €3m a year.", 3e6, 3e6, "euro"),
        ("They cost $450 to $600.", 450, 600, "dollar"),
        ("They cost between 2 and 3 million euros.", 2e6, 3e6, "euro"),
        ("They cost 2-3 million dollars.", 2e6, 3e6, "dollar"),
        ("It serves 1.2m people.", 1.2e6, 1.2e6, "person"),
        ("It serves 40k users.", 40_000, 40_000, "user"),
        ("The mast is 1.2m high.", 1.2, 1.2, "metre"),
        ("Prices rose by 3.5%.", 3.5, 3.5, "percent"),
        ("It covers 15 per cent of the delta.", 15, 15, "percent"),
        ("It gives 100 Mbit/s at most.", None, 100, "megabit per second"),
        ("It gives up to two gigabits per second.", None, 2, "gigabit per second"),
        ("At 12.5 GHz it works.", 12.5, 12.5, "gigahertz"),
        ("It moved at less than 15 km/h.", None, 15, "kilometre per hour"),
        ("It lies 1.5 nautical miles off.", 1.5, 1.5, "nautical mile"),
        ("An area of 2,700 square kilometres is covered.", 2700, 2700, "square kilometre"),
        ("More than 300 boats were hit.", 300, None, "boat"),
        ("No more than 95 vessels were hit.", None, 95, "vessel"),
        ("300 or more vessels were hit.", 300, None, "vessel"),
        ("It was off for over three days.", 3, None, "day"),
        ("It was spread over three days.", 3, 3, "day"),
        ("A six-hour outage came.", 6, 6, "hour"),
        ("A two-page letter came.", 2, 2, "page"),
        ("Two of the officials said so.", 2, 2, "official"),
        ("Three officials Strand News spoke to agree.", 3, 3, "official"),
        ("Two communications satellites failed.", 2, 2, "satellite"),
        ("Twelve news agencies wrote.", 12, 12, "news agency"),
        ("Seven women came.", 7, 7, "woman"),
        ("A dozen boxes came.", 12, 12, "box"),
        ("Two or three weeks passed.", 2, 3, "week"),
        ("It takes 10–15 minutes.", 10, 15, "minute"),
        ("12 000 terminals went dark.", 12_000, 12_000, "terminal"),
        ("1.200 terminals went dark.", 1200, 1200, "terminal"),
        ("2000 terminals went dark.", 2000, 2000, "terminal"),
        ("Thirty-one zorbles came.", 31, 31, "zorble"),
        ("The bank cut its rate by 25 basis points.", 25, 25, "basis point"),
        ("Some 30 heads of state came.", 30, 30, "head of state"),
        ("Pupils at 23 exam centres waited.", 23, 23, "centre"),
        ("It fell to minus 12 degrees.", -12, -12, "degree"),
        ("Three quizzes were held.", 3, 3, "quiz"),
        ("Nine sorties were flown.", 9, 9, "sortie"),
    ],
)
def test_an_english_figure_has_value_and_unit(
    text: str, low: float | None, high: float | None, unit: str
) -> None:
    assert told(text, "en") == [(low, high, unit)]


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("Quelque 1\u202f200 terminaux actifs se sont tus.", 1200, 1200, "terminal"),
        ("Quelque 12.000 terminaux se sont tus.", 12_000, 12_000, "terminal"),
        ("Quelque 1,200 terminaux se sont tus.", 1200, 1200, "terminal"),
        ("Un chemin de 3,5 km.", 3.5, 3.5, "kilometre"),
        ("Cela coûte 2,4 milliards de dollars.", 2.4e9, 2.4e9, "dollar"),
        ("Cela coûte 3\u00a0M€ par an.", 3e6, 3e6, "euro"),
        ("Cela coûte 2,5 Md€.", 2.5e9, 2.5e9, "euro"),
        ("Cela coûte 40 millions d’euros.", 40e6, 40e6, "euro"),
        ("Cela coûte entre deux et trois millions d'euros.", 2e6, 3e6, "euro"),
        ("Plus de 300 navires sont touchés.", 300, None, "vessel"),
        ("Jusqu'à 60 bateaux sont touchés.", None, 60, "boat"),
        ("La panne dure 35 minutes au plus.", None, 35, "minute"),
        ("Il répond sous 48 heures.", None, 48, "hour"),
        ("Une centaine de maisons sont raccordées.", 100, 100, "house"),
        ("Une quarantaine d’antennes sont là.", 40, 40, "antenna"),
        ("Quarante et un terminaux sont là.", 41, 41, "terminal"),
        ("Deux anciens salariés racontent.", 2, 2, "employee"),
        ("Trois des officiels racontent.", 3, 3, "official"),
        ("De 3 à 5 jours sont perdus.", 3, 5, "day"),
        ("Trois ou quatre bateaux sont là.", 3, 4, "boat"),
        ("Après six heures d'interruption, rien.", 6, 6, "hour"),
        ("Trois heures et demie de coupure.", 3.5, 3.5, "hour"),
        ("Une hausse de 35 % est annoncée.", 35, 35, "percent"),
        ("Le débit est de 2 Mbit/s.", 2, 2, "megabit per second"),
        ("Il est à 15 milles nautiques.", 15, 15, "nautical mile"),
        ("Un disque de 3 To.", 3, 3, "terabyte"),
        ("Deux mises à jour ont eu lieu.", 2, 2, "update"),
        ("Un demi-million d'habitants attendent.", 500_000, 500_000, "resident"),
        ("Douze zorbettes attendent.", 12, 12, "zorbette"),
        ("Douze chaloupes attendent.", 12, 12, "longboat"),
        ("Le taux est relevé de 0,25 point.", 0.25, 0.25, "point"),
        ("Une bonne trentaine de marins ont signé.", 30, 30, "sailor"),
        ("Elle porte deux signatures.", 2, 2, "signature"),
        ("Il a fait moins 12 degrés.", -12, -12, "degree"),
        ("Il est sorti au-delà de 12 milles des côtes.", 12, 12, "nautical mile"),
        ("Il répond dans un délai de deux mois.", None, 2, "month"),
        ("Il a attendu quatre jours avant la remise.", 4, 4, "day"),
    ],
)
def test_a_french_figure_has_value_and_unit(
    text: str, low: float | None, high: float | None, unit: str
) -> None:
    assert told(text, "fr") == [(low, high, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "In March 2031 and on 3 April it failed, two months ago and 18 months later.",
        "Officials said so in 2029, and in 2030 boats were few.",
        "It left at 11.30 p.m., at 11:30, at 1400 GMT and at two minutes past eleven.",
        "Channel 4 viewers saw article 12 on page 3 of No. 7.",
        "The Falcon 9 flew; so did the A380, on 5G.",
        "Call +44 20 7946 0958 or 555 0134 now.",
        "It is the 3rd, the 21st, the second or the third.",
        "Hundreds of people, several hundred boats, dozens of homes.",
        "One in three failed, and two-thirds of users noticed, two in five perhaps.",
        "It is open 24 hours a day, 24/7.",
        "One of them came, and one boat.",
        "A two-way link for a 35-year-old ship.",
        "Three years later, and forty minutes earlier.",
        "The Halden 700 receiver weighs little.",
        "He is in his 20s, and she in her 40s.",
        "Nearly one in five, and three out of four.",
    ],
)
def test_english_numbers_that_are_no_figures(text: str) -> None:
    assert told(text, "en") == []


@pytest.mark.parametrize(
    "text",
    [
        "En mars 2031 et le 3 avril, il y a trois mois, deux mois plus tard.",
        "En 2029 les clients attendaient.",
        "À 23 heures, vers 6 heures du matin, à 14h, à 23 h 30, de 22 heures à 6 heures.",
        "L'article 12, la chaîne 6, le vol 370, le bureau 12, le n° 7.",
        "Appelez le 01 23 45 67 89.",
        "Le 2e, le XXe siècle, le G20 et la 5G.",
        "Des milliers d'abonnés, quelques centaines de bateaux, plusieurs dizaines de foyers.",
        "Un terminal sur trois, deux tiers des usagers, trois fois plus.",
        "24 heures sur 24 et 7 jours sur 7.",
        "Tous deux affirment que les deux ont nié.",
        "Un capitaine de 53 ans, âgé de 24 et 31 ans, et un cargo vieux de 35 ans.",
        "Le suspect, 41 ans, est un homme d'une vingtaine d'années.",
        "Peu après 2 heures, samedi 21 heures et dimanche matin 6 heures.",
        "Trois ans plus tard, et dix minutes auparavant.",
        "Quatre foyers sur dix.",
        "Les bateaux ont plus de vingt ans, et la ligne fêtera ses 20 ans.",
    ],
)
def test_french_numbers_that_are_no_figures(text: str) -> None:
    assert told(text, "fr") == []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("It owes 7.1 million florins ($2.2 million), up from the 6.8 million of May.", "en",
         [(7.1e6, "florin"), (2.2e6, "dollar"), (6.8e6, "florin")]),
        ("It costs 4,500 drim ($310).", "en", [(4500, "drim"), (310, "dollar")]),
        ("Il coûte 4 500 drim (environ 310 $).", "fr", [(4500, "drim"), (310, "dollar")]),
        ("Cela coûte 599 $ neuf.", "fr", [(599, "dollar")]),
        ("Reserves stand at 64m tonnes.", "en", [(64e6, "tonne")]),
        ("It needs 30 days' notice.", "en", [(30, "day")]),
        ("The fee will rise from £24 to £31.50.", "en", [(24, "pound"), (31.5, "pound")]),
        ("The fee fell from 3 to 2.5 million euros.", "en", [(3e6, "euro"), (2.5e6, "euro")]),
        ("Le débit est de 38 ms, contre 52 un an auparavant.", "fr",
         [(38, "millisecond"), (52, "millisecond")]),
        ("The delay was 38 ms, against a usual 52.", "en", [(38, "millisecond"), (52, "millisecond")]),
        ("It would cost 6,2 millions of crowns, against 4,8 foreseen.", "en",
         [(6.2e6, "crown"), (4.8e6, "crown")]),
        ("On comptait 11 plaintes en mai 2035 ; en avril, 140.", "fr",
         [(11, "complaint"), (140, "complaint")]),
        ("Yields fell to 2.1 tonnes from 3.4.", "en", [(2.1, "tonne"), (3.4, "tonne")]),
        ("Le texte passe par 26 voix contre 11 et deux abstentions.", "fr",
         [(26, "vote"), (11, "vote"), (2, "abstention")]),
        ("The Bill was passed by 61 to 58.", "en", [(61, "vote"), (58, "vote")]),
        ("It has 31 boats and scrapped 12 in May.", "en", [(31, "boat"), (12, "boat")]),
        ("They lost 84 boats in Ander and 30 in Lome.", "en", [(84, "boat"), (30, "boat")]),
        ("Ils ont 44 sièges à l'Alliance, 39 au parti et sept aux autres.", "fr",
         [(44, "seat"), (39, "seat"), (7, "seat")]),
        ("Eleven were charged: 17 people were held, eleven have been charged and six released.", "en",
         [(17, "person"), (11, "person"), (6, "person")]),
        ("Nine boats were hit. Four turned back.", "en", [(9, "boat"), (4, "boat")]),
        ("Neuf bateaux étaient là. Quatre ont fait demi-tour.", "fr", [(9, "boat"), (4, "boat")]),
        ("Nine boats sank. Four people were saved, and three roads cut. Two are open.", "en",
         [(9, "boat"), (4, "person"), (3, "road")]),
        ("It tells of 410 polling stations; the number was 96, out of 1,870.", "en",
         [(410, "polling station"), (96, "polling station"), (1870, "polling station")]),
        ("Les clients actuels, au nombre de 4 500 environ, le garderont.", "fr", [(4500, "customer")]),
        ("Its customers, numbering 4,500, will keep it.", "en", [(4500, "customer")]),
        ("Il porte 3 000 passagers ; ils étaient 1 812 à bord.", "fr",
         [(3000, "passenger"), (1812, "passenger")]),
        ("Au total, 86 terminaux, dont 12 neufs.", "fr", [(86, "terminal"), (12, "terminal")]),
        ("La route était sous deux mètres d'eau.", "fr", [(2, "metre")]),
        ("Under the five-year deal it pays.", "en", [(5, "year")]),
        ("Le choléra a fait 31 morts et plus de malades.", "fr", [(31, "death")]),
        ("Il aura 9 euros, au plus tard en mai.", "fr", [(9, "euro")]),
        ("He serves 90,000 people over six districts.", "en", [(90_000, "person"), (6, "district")]),
        ("Le tribunal a donné vendredi quarante-huit heures à la société.", "fr", [(48, "hour")]),
        ("Le trajet prend huit heures.", "fr", [(8, "hour")]),
    ],
)  # fmt: skip
def test_a_plain_value_has_the_unit_of_what_it_counts(
    text: str, language: str, expected: list[tuple[float, str]]
) -> None:
    assert told(text, language) == [(value, value, unit) for value, unit in expected]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Le trajet prend cinq à six heures.", "fr", [(5, 6, "hour")]),
        ("Il tombera de 15 à 20 cm de neige.", "fr", [(15, 20, "centimetre")]),
        ("We saw 17 boats; normally there'd be 50 or 60.", "en", [(17, 17, "boat"), (50, 60, "boat")]),
        ("La consommation ne dépasse pas 300 gigaoctets.", "fr", [(None, 300, "gigabyte")]),
        ("The speed never fell below 10 Mbps.", "en", [(10, None, "megabit per second")]),
        ("Le débit n'est jamais descendu sous 10 Mbit/s.", "fr", [(10, None, "megabit per second")]),
        ("Use does not exceed 300 gigabytes.", "en", [(None, 300, "gigabyte")]),
    ],
)  # fmt: skip
def test_a_pair_or_a_bound_is_a_range(text: str, language: str, expected: list[Told]) -> None:
    assert told(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The road is closed at Two Bridges, because nobody cleared the way to Seven Stones.", "en"),
        ("Call the 24-hour helpline.", "en"),
        ("The sisters, aged 8, 11 and 14, were saved.", "en"),
        ("Les sœurs de 8, 11 et 14 ans sont sauves.", "fr"),
        ("The captain, 44 years, is back by ten.", "en"),
        ("At latitude 52.3 N, longitude 4.1 W, or 12° W.", "en"),
        ("Of the patients, most were under five.", "en"),
        ("L'antenne est à 52,3° N.", "fr"),
        ("Elle vient d'avoir 60 ans ; il a appelé à trois reprises.", "fr"),
        ("Ouvert de 9 heures à midi, le samedi de 9 à 17 heures.", "fr"),
        ("Il était 20 heures passées, le bac de 17 heures est parti.", "fr"),
        ("La liste est lue à 7, 8 et 9 heures, et le lendemain 21 heures.", "fr"),
        ("Le matelot, 26, a quitté le bord.", "fr"),
    ],
)
def test_names_ages_places_and_hours_are_no_figures(text: str, language: str) -> None:
    assert told(text, language) == []


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("410 bureaux de vote", "410 polling stations"), ("12 mairies", "12 town halls"),
        ("12 centres de santé", "12 health centres"), ("12 éoliennes", "12 wind turbines"),
        ("12 routiers", "12 lorry drivers"), ("12 bateaux de pêche", "12 fishing boats"),
        ("12 hommes d'équipage", "12 crew members"), ("12 patrouilleurs", "12 patrol boats"),
        ("12 brouilleurs", "12 jammers"), ("12 productrices", "12 producers"),
        ("12 bâches", "12 tarpaulins"), ("12 EVP", "12 TEU"), ("12 gamins", "12 kids"),
    ],
)  # fmt: skip
def test_a_thing_has_one_unit_in_both_languages(french: str, english: str) -> None:
    one, other = told(f"Il y a {french}.", "fr"), told(f"There are {english}.", "en")
    assert one == other
    assert len(one) == 1


def test_a_part_has_the_unit_of_what_it_is_a_part_of() -> None:
    terminals = [(1200, 1200, "terminal"), (300, 300, "terminal")]
    assert told("Of the 1,200 terminals, some 300 failed.", "en") == terminals
    assert told("It lost 1,200 terminals, of which 300 were at sea.", "en") == terminals
    assert told("Il a perdu 1 200 terminaux, dont 300 en mer.", "fr") == terminals
    assert told("Sur les 1 200 terminaux du littoral, 300 sont muets.", "fr") == terminals
    assert told("Dix-sept plaintes sont là, contre cinq un an plus tôt.", "fr") == [
        (17, 17, "complaint"), (5, 5, "complaint"),
    ]  # fmt: skip
    assert told("Il y a 118 chalutiers, contre 131 avant.", "fr") == [
        (118, 118, "trawler"), (131, 131, "trawler"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "values", "unit"),
    [
        ("It got 36 complaints in 2028, 51 in 2029 and only 97 so far this year.", "en", [36, 51, 97],
         "complaint"),
        ("It counted 33 ships on Sunday, 29 on Monday and 12 on Tuesday.", "en", [33, 29, 12], "ship"),
        ("The number of complaints doubled to 3,120 from 1,544.", "en", [3120, 1544], "complaint"),
        ("It sold 4.1 million tonnes, from 4.7 million a year earlier.", "en", [4.1e6, 4.7e6], "tonne"),
        ("Six people were saved, bringing the total to 19.", "en", [6, 19], "person"),
        ("It killed seven people and left another 12 missing.", "en", [7, 12], "person"),
        ("About 5,000 of the company's 32,000 employees will go.", "en", [5000, 32000], "employee"),
        ("By then 8 of 14 sites were back.", "en", [8, 14], "site"),
        ("It was adopted by 88 votes to 41.", "en", [88, 41], "vote"),
        ("They asked for four years, of which two suspended.", "en", [4, 2], "year"),
        ("Sixteen buoys fell silent, then four more did.", "en", [16, 4], "buoy"),
        ("It held 12,000 tonnes of grain, 4,000 more than declared.", "en", [12000, 4000], "tonne"),
        ("The first 500 terminals come in April and the remaining 1,500 in June.", "en", [500, 1500],
         "terminal"),
        ("There were 90 terminals; today there are 640.", "en", [90, 640], "terminal"),
        ("Elle a reçu 36 plaintes en 2028, 51 en 2029 et 97 en 2030.", "fr", [36, 51, 97], "complaint"),
        ("Elle a compté 33 navires dimanche, 29 lundi et 12 mardi.", "fr", [33, 29, 12], "vessel"),
        ("Le nombre de plaintes a doublé, passant de 1 544 à 3 120.", "fr", [1544, 3120], "complaint"),
        ("Cela coûte 1,3 milliard d'euros, dont 300 millions pour l'État.", "fr", [1.3e9, 3e8], "euro"),
        ("Six personnes sont sauves, ce qui porte le bilan à 19.", "fr", [6, 19], "person"),
        ("Sur les 73 camions, 41 étaient équipés d'une balise neuve et douze avaient disparu.", "fr",
         [73, 41, 12], "truck"),
        ("Les 500 premiers terminaux viendront en avril, les 1 500 restants d'ici juin.", "fr", [500, 1500],
         "terminal"),
        ("Elle a annulé 120 de ses 340 vols.", "fr", [120, 340], "flight"),
        ("Huit sites sur quatorze étaient rétablis.", "fr", [8, 14], "site"),
        ("Il a requis quatre ans de prison, dont deux avec sursis.", "fr", [4, 2], "year"),
        ("Elle comptait 90 terminaux ; elle en compte aujourd'hui 640.", "fr", [90, 640], "terminal"),
    ],
)  # fmt: skip
def test_a_number_alone_counts_what_those_before_it_do(
    text: str, language: str, values: list[float], unit: str
) -> None:
    assert told(text, language) == [(each, each, unit) for each in values]


def test_a_part_of_a_count_is_no_part_of_the_while_it_took() -> None:
    assert told("They took 1,288 readings in 23 days, of which 97 at sea.", "en") == [
        (1288, 1288, "reading"), (23, 23, "day"), (97, 97, "reading"),
    ]  # fmt: skip


def test_what_somebody_did_to_things_counts_things() -> None:
    text = 'Eighty terminals were bought, say two former employees. "I mounted six of them in May."'
    assert told(text, "en")[-1] == (6, 6, "terminal")


def test_a_noun_stands_for_the_longer_term_of_the_document() -> None:
    text = "Le syndicat des canots de sauvetage proteste. Neuf canots sont muets."
    assert told(text, "fr") == [(9, 9, "lifeboat")]
    assert told("Neuf canots sont muets.", "fr") == [(9, 9, "boat")]


def test_a_change_has_two_values_and_a_range_one() -> None:
    assert told("It rose from 40 to 60 terminals.", "en") == [(40, 40, "terminal"), (60, 60, "terminal")]
    assert told("Il est passé de 40 à 60 terminaux.", "fr") == [(40, 40, "terminal"), (60, 60, "terminal")]
    assert told("La latence est passée d'environ 40 à plus de 600 millisecondes.", "fr") == [
        (40, 40, "millisecond"), (600, None, "millisecond"),
    ]  # fmt: skip
    assert told("From 40 to 60 terminals failed.", "en") == [(40, 60, "terminal")]


def test_what_opens_a_range_holds_for_both_of_a_pair() -> None:
    assert told("At least 23 schools and seven clinics wait.", "en") == [
        (23, None, "school"), (7, None, "clinic"),
    ]  # fmt: skip


def test_words_and_offsets_are_those_of_the_text() -> None:
    text = "Cela touche plus de 1 200 terminaux actifs."
    document = Document(text, "", "", "", None, "fr")
    (found,) = figures(document, sentences(document))
    assert (text[found.start : found.end], found.counted) == ("1 200 terminaux", "terminaux")


PIECES = st.sampled_from(
    ["3", "1,200", "1 200", "2.5", "million", "two", "deux", "cent", "et", "and", "half", "une centaine",
     "de", "d'",
     "terminals", "terminaux", "€", "$", "%", "km", "more than", "plus de", "between", "entre", "à", "to",
     "-", "–",
     ".", "of the", "dont", "including", "or more", "bn", "M€", "le", "the", "2031", "hours", "heures",
     "Falcon"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=80), st.lists(PIECES, max_size=16).map(" ".join), st.lists(PIECES).map("".join)
    ),
    st.sampled_from(["en", "fr", ""]),
)
def test_any_text_has_figures_in_order_and_within_it(text: str, language: str) -> None:
    document = Document(text, "", "", "", None, language)
    at = 0
    for each in figures(document, sentences(document)):
        assert at <= each.start < each.end <= len(text)
        assert each.low is not None or each.high is not None
        assert each.low is None or each.high is None or each.low <= each.high
        assert each.unit
        at = each.end


@given(st.integers(min_value=0, max_value=10**9))
def test_digits_are_read_as_each_language_groups_them(value: int) -> None:
    for language, written in (("en", f"{value:,}"), ("fr", f"{value:,}".replace(",", "\u202f"))):
        (found,) = numerals(written, 0, len(written), language)
        assert found.value == value


@pytest.mark.parametrize(
    "piece", ["a", "1", "1 ", "1,", "«", "two ", "deux cents ", "twenty-", "2 of the ", "1 à "]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_long_run_of_the_same_is_read(piece: str, language: str) -> None:
    document = Document((piece * 50_000)[:50_000], "", "", "", None, language)
    assert len(figures(document, sentences(document))) <= 25_000
