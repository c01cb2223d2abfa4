"""Dates of prose: each form in English and French, told from a day, and what only looks like a date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo.service.reports.document import Document, Interval
from openleo.service.reports.prose.days import days, worded_days
from openleo.service.reports.prose.sentences import sentences

ON = date(2031, 4, 2)
"""A Wednesday."""


def told(text: str, language: str, on: date | None = ON) -> list[tuple[str, str]]:
    """What is found, as wording and first..last."""
    published = Interval(on, on) if on else None
    document = Document(text, "", "", "", published, language)
    return [
        (text[each.start : each.end], f"{each.interval.first}..{each.interval.last}")
        for each in days(document, sentences(document))
    ]


@pytest.mark.parametrize(
    ("text", "days_told"),
    [
        ("It failed on 4 March 2031.", "2031-03-04..2031-03-04"),
        ("It failed on March 4, 2031.", "2031-03-04..2031-03-04"),
        ("It failed on the 4th of March.", "2031-03-04..2031-03-04"),
        ("The letter is dated Jan. 28.", "2031-01-28..2031-01-28"),
        ("It failed on Tuesday, 4 March.", "2031-03-04..2031-03-04"),
        ("It failed in the night of 3 to 4 March.", "2031-03-03..2031-03-04"),
        ("It was off between 28 February and 3 March.", "2031-02-28..2031-03-03"),
        ("It was off from March 3 to April 1.", "2031-03-03..2031-04-01"),
        ("It was off on March 3-7.", "2031-03-03..2031-03-07"),
        ("It was off from 30 December to 2 January.", "2030-12-30..2031-01-02"),
        ("In December it failed.", "2030-12-01..2030-12-31"),
        ("It failed last December.", "2030-12-01..2030-12-31"),
        ("It failed in May last year.", "2030-05-01..2030-05-31"),
        ("It is expected by mid-March.", "2032-03-11..2032-03-20"),
        ("The service will start in September.", "2031-09-01..2031-09-30"),
        ("They were sold between June and August.", "2030-06-01..2030-08-31"),
        ("It has been quiet since January.", "2031-01-01..2031-01-31"),
        ("He wrote at the end of February.", "2031-02-21..2031-02-28"),
        ("They met in the first week of March.", "2031-03-01..2031-03-07"),
        ("They met in the second half of March.", "2031-03-16..2031-03-31"),
        ("It was decided late last year.", "2030-10-01..2030-12-31"),
        ("It began in early 2030.", "2030-01-01..2030-03-31"),
        ("It began in mid-2030.", "2030-05-01..2030-08-31"),
        ("It began in the second half of 2030.", "2030-07-01..2030-12-31"),
        ("It began in Q3 2030.", "2030-07-01..2030-09-30"),
        ("The season of 2029-30 was poor.", "2029-01-01..2030-12-31"),
        ("Between 2028 and 2030 nobody asked.", "2028-01-01..2030-12-31"),
        ("Prices fell in the 2020s.", "2020-01-01..2029-12-31"),
        ("It was cut about 18 months ago.", "2029-08-01..2029-12-31"),
        ("It was cut eighteen months ago.", "2029-10-01..2029-10-31"),
        ("It was cut three weeks ago.", "2031-03-09..2031-03-15"),
        ("It was cut two days ago.", "2031-03-31..2031-03-31"),
        ("The canal was dug five years ago.", "2026-01-01..2026-12-31"),
        ("It ends in two months' time.", "2031-06-01..2031-06-30"),
        ("It failed last week.", "2031-03-24..2031-03-30"),
        ("It failed last weekend.", "2031-03-29..2031-03-30"),
        ("It will be back next month.", "2031-05-01..2031-05-31"),
        ("It will be back by the end of the year.", "2031-10-01..2031-12-31"),
        ("It failed yesterday.", "2031-04-01..2031-04-01"),
        ("It failed on Friday.", "2031-03-28..2031-03-28"),
        ("It failed last Wednesday.", "2031-03-26..2031-03-26"),
        ("It will be back on Friday.", "2031-04-04..2031-04-04"),
        ("They meet next Tuesday.", "2031-04-08..2031-04-08"),
        ("It failed last winter.", "2030-12-01..2031-02-28"),
        ("It failed in the spring of 2030.", "2030-03-01..2030-05-31"),
        ("The test is on 22/11/2031.", "2031-11-22..2031-11-22"),
        ("Cuts are planned until mid-May.", "2031-05-11..2031-05-20"),
        ("They can claim $15 until 30 November.", "2031-11-30..2031-11-30"),
        ("They would be connected before the end of June.", "2031-06-21..2031-06-30"),
        ("It will open before end June.", "2031-06-21..2031-06-30"),
        ("The summit opens on Saturday.", "2031-04-05..2031-04-05"),
        ("The court is expected to rule in two weeks.", "2031-04-13..2031-04-19"),
        ("It was put off until the week after next.", "2031-04-14..2031-04-20"),
        ("It was sent in the week of 17 March.", "2031-03-17..2031-03-23"),
        ("It will come in the first half of the month.", "2031-04-01..2031-04-15"),
        ("It fell in the first two weeks of March.", "2031-03-01..2031-03-14"),
        ("It fell in the last ten days of March.", "2031-03-22..2031-03-31"),
        ("It opened just a year ago.", "2030-01-01..2030-12-31"),
        ("The test is on 2031-11-02.", "2031-11-02..2031-11-02"),
    ],
)
def test_an_english_date_comes_to_its_days(text: str, days_told: str) -> None:
    assert [each for _, each in told(text, "en")] == [days_told]


@pytest.mark.parametrize(
    ("text", "days_told"),
    [
        ("La panne date du 4 mars 2031.", "2031-03-04..2031-03-04"),
        ("La panne date du mardi 4 mars.", "2031-03-04..2031-03-04"),
        ("Le 1er janvier, tout a changé.", "2031-01-01..2031-01-01"),
        ("Le 3 mars dernier, tout a cessé.", "2031-03-03..2031-03-03"),
        ("Tout a cessé dans la nuit du 3 au 4 mars.", "2031-03-03..2031-03-04"),
        ("Tout a cessé le 3 ou 4 mars.", "2031-03-03..2031-03-04"),
        ("Entre le 3 et le 7 mars 2030, rien.", "2030-03-03..2030-03-07"),
        ("Du 28 février au 3 mars, rien.", "2031-02-28..2031-03-03"),
        ("Un avoir sera versé avant le 30 avril.", "2031-04-30..2031-04-30"),
        ("La demande remonte à fin janvier.", "2031-01-21..2031-01-31"),
        ("La somme a été versée à la mi-octobre.", "2030-10-11..2030-10-20"),
        ("Depuis octobre 2029, rien.", "2029-10-01..2029-10-31"),
        ("Une coupure d’octobre 2029 est citée.", "2029-10-01..2029-10-31"),
        ("De janvier à mars 2030, rien.", "2030-01-01..2030-03-31"),
        ("Tout a cessé en mars de l'année dernière.", "2030-03-01..2030-03-31"),
        ("La deuxième quinzaine de mars a été calme.", "2031-03-16..2031-03-31"),
        ("Tout a cessé il y a environ dix-huit mois.", "2029-08-01..2029-12-31"),
        ("Tout a cessé voici trois semaines.", "2031-03-09..2031-03-15"),
        ("Tout a cessé il y a deux ans.", "2029-01-01..2029-12-31"),
        ("Tout reprendra dans trois semaines.", "2031-04-20..2031-04-26"),
        ("Tout a cessé fin 2030.", "2030-10-01..2030-12-31"),
        ("Tout a cessé à la fin de l’année dernière.", "2030-10-01..2030-12-31"),
        ("D'ici la fin de l'année, tout changera.", "2031-10-01..2031-12-31"),
        ("Au premier semestre 2030, rien.", "2030-01-01..2030-06-30"),
        ("Tout a cessé au troisième trimestre 2030.", "2030-07-01..2030-09-30"),
        ("Dans les années 2020, rien.", "2020-01-01..2029-12-31"),
        ("L'été dernier, rien.", "2030-06-01..2030-08-31"),
        ("Au printemps 2029, rien.", "2029-03-01..2029-05-31"),
        ("Tout a cessé la semaine dernière.", "2031-03-24..2031-03-30"),
        ("Il répondrait cette semaine.", "2031-03-31..2031-04-06"),
        ("Tout reprendra le mois prochain.", "2031-05-01..2031-05-31"),
        ("Tout a cessé l'an dernier.", "2030-01-01..2030-12-31"),
        ("Tout a cessé mardi.", "2031-04-01..2031-04-01"),
        ("Tout a cessé mercredi dernier.", "2031-03-26..2031-03-26"),
        ("Le service sera rétabli vendredi.", "2031-04-04..2031-04-04"),
        ("Tout a cessé avant-hier.", "2031-03-31..2031-03-31"),
        ("La loi du 04/03/2031 le dit.", "2031-03-04..2031-03-04"),
        ("Faudra-t-il attendre 2033 ?", "2033-01-01..2033-12-31"),
        ("L'audience est renvoyée au 12 juin.", "2031-06-12..2031-06-12"),
        ("La ligne sera rétablie le 12 juin.", "2031-06-12..2031-06-12"),
        ("Le sommet s'ouvre samedi.", "2031-04-05..2031-04-05"),
        ("Le câble sera posé au printemps.", "2031-03-01..2031-05-31"),
        ("Elle est sortie dans la semaine du 17 mars.", "2031-03-17..2031-03-23"),
        ("Il arrivera dans la première quinzaine du mois.", "2031-04-01..2031-04-15"),
        ("C'était les deux premières semaines de mars.", "2031-03-01..2031-03-14"),
        ("Il y a tout juste un an, tout a cessé.", "2030-01-01..2030-12-31"),
    ],
)
def test_a_french_date_comes_to_its_days(text: str, days_told: str) -> None:
    assert [each for _, each in told(text, "fr")] == [days_told]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It may fail, and it may not.", "en"),
        ("May I ask? They march on.", "en"),
        ("March said so when they met August Keller.", "en"),
        ("Every Monday the link fails, and on Mondays nobody answers.", "en"),
        ("The Sunday Herald has more.", "en"),
        ("The programme Reach 2030 ended, like Agenda 2040.", "en"),
        ("They cost $2030, and he paid 2030 euros.", "en"),
        ("It holds on 3/4/2031, which can be read both ways.", "en"),
        ("A second test and a third fall short.", "en"),
        ("Now and recently, in recent days, it is so.", "en"),
        ("The channel is 2025 MHz wide.", "en"),
        ("Mars est une planète.", "fr"),
        ("Le lundi, rien ne marche ; chaque mardi non plus.", "fr"),
        ("Il a été coupé.", "fr"),
        ("La motion 2031 est rejetée.", "fr"),
        ("La mer est calme, le jeu est fini.", "fr"),
        ("Ces derniers jours, rien.", "fr"),
        ("They meet on the first Monday of every month.", "en"),
        ("The previous Thursday it failed, and that Friday too.", "en"),
        ("The archipelago would be covered in two weeks.", "en"),
        ("Seventeen left over the past year.", "en"),
        ("Ils se réunissent le premier lundi du mois.", "fr"),
        ("Le jeudi précédent, rien ; le lundi suivant non plus.", "fr"),
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str, language: str) -> None:
    assert told(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "days_told"),
    [
        ("Jusqu'à 40 camions passent ; dimanche, il y en avait quatre.", "fr", ["2031-03-30..2031-03-30"]),
        ("The commissioners meet again on Thursday.", "en", ["2031-04-03..2031-04-03"]),
        ("Les conseillers se réunissent à nouveau jeudi.", "fr", ["2031-04-03..2031-04-03"]),
        ("It rained over the weekend.", "en", ["2031-03-29..2031-03-30"]),
        ("Il a plu pendant le week-end.", "fr", ["2031-03-29..2031-03-30"]),
        ("The launch will be this weekend.", "en", ["2031-04-05..2031-04-06"]),
        ("New connections are banned from Friday.", "en", ["2031-04-04..2031-04-04"]),
        ("À compter de vendredi, rien ne sera vendu.", "fr", ["2031-04-04..2031-04-04"]),
        ("It was off on Tuesday of last week.", "en", ["2031-03-25..2031-03-25"]),
        ("Elle est muette depuis mardi de la semaine dernière.", "fr", ["2031-03-25..2031-03-25"]),
        ("On Friday The Lantern reported it.", "en", ["2031-03-28..2031-03-28"]),
        ("Vendredi Lien de marée a tout coupé.", "fr", ["2031-03-28..2031-03-28"]),
        ("Les résultats ont été publiés le lundi après-midi.", "fr", ["2031-03-31..2031-03-31"]),
        ("Il est ouvert le lundi après-midi.", "fr", []),
        ("Could it do so again in September, when exams are held?", "en", ["2031-09-01..2031-09-30"]),
        ("Les écoles seraient reliées avant fin juin.", "fr", ["2031-06-21..2031-06-30"]),
        ("The money was sent last fall.", "en", ["2030-09-01..2030-11-30"]),
        ("The fall in prices went on.", "en", []),
        ("L'ordre est daté du Décembre 22.", "fr", ["2030-12-22..2030-12-22"]),
        ("Ce soir-là, cet été-là, ce lundi-là, rien.", "fr", []),
        ("Under Regulation 2031/44 and Case No. 2029/118 it must pay.", "en", []),
        ("Affaire n° 2029/118.", "fr", []),
        ("Call us Monday to Friday, 9 a.m. to 5 p.m.", "en", []),
        ("L'été il emploie peu de monde, l'hiver personne.", "fr", []),
        ("Condamnée en 2028 à 75 000 euros, elle paie.", "fr", ["2028-01-01..2028-12-31"]),
        ("Une peine est prévue de 2028 à 2030.", "fr", ["2028-01-01..2030-12-31"]),
        ("Avis de consultation 2029-64, décision n° 2030-118.", "fr", []),
        ("Le programme « Horizon 2030 » devait tout relier.", "fr", []),
        ("The plan “Bright Classrooms 2030” was to link them.", "en", []),
        ("A meeting has been called for Thursday.", "en", ["2031-04-03..2031-04-03"]),
        ("The crews apologised for Monday's delays.", "en", ["2031-03-31..2031-03-31"]),
        ("Les examens dus pour jeudi ont été remis.", "fr", ["2031-04-03..2031-04-03"]),
        ("Les résultats finaux sont dus par vendredi.", "fr", ["2031-04-04..2031-04-04"]),
        ("The committee wants it renegotiated by the autumn.", "en", ["2031-09-01..2031-11-30"]),
        ("MPs want a new price agreed by autumn.", "en", ["2031-09-01..2031-11-30"]),
        ("La commission a demandé un accord avant l'automne.", "fr", ["2031-09-01..2031-11-30"]),
        ("Un accord est demandé d’ici à l’automne.", "fr", ["2031-09-01..2031-11-30"]),
        ("They were cut before Sunday's vote.", "en", ["2031-04-06..2031-04-06"]),
        ("Tout a cessé avant les législatives de dimanche.", "fr", ["2031-04-06..2031-04-06"]),
        ("They told the company to mend it by Friday.", "en", ["2031-04-04..2031-04-04"]),
        ("They would send cash in 16 armoured vans from Friday.", "en", ["2031-04-04..2031-04-04"]),
        ("Ballot papers go out on Thursday.", "en", ["2031-04-03..2031-04-03"]),
        ("The next boat is on Thursday.", "en", ["2031-04-03..2031-04-03"]),
        ("It took six shepherds until Tuesday to find them.", "en", ["2031-04-01..2031-04-01"]),
        ("Il a fallu patienter jusqu'au lundi midi.", "fr", ["2031-03-31..2031-03-31"]),
        ("Dès lundi, la file s'étirait sur la route.", "fr", ["2031-03-31..2031-03-31"]),
        ("Il dément les informations parues lundi.", "fr", ["2031-03-31..2031-03-31"]),
        ("Une délégation sera reçue vendredi.", "fr", ["2031-04-04..2031-04-04"]),
        ("Dimanche, tous sont attendus aux urnes.", "fr", ["2031-04-06..2031-04-06"]),
        ("Il rapportera dans 30 jours.", "fr", []),
        ("Passengers will have to pay from July after the rise.", "en", ["2031-07-01..2031-07-31"]),
        ("From 1 July all boats licensed to fish must carry one.", "en", ["2031-07-01..2031-07-01"]),
        ("He has moved 60 kits since autumn.", "en", ["2030-09-01..2030-11-30"]),
        ("On the last night they played on.", "en", []),
        ("They meet again on Thursday week.", "en", ["2031-04-10..2031-04-10"]),
        ("Il tournait le mardi et le jeudi, a dit le maire.", "fr", []),
        ("Le commercial est passé mercredi.", "fr", ["2031-04-02..2031-04-02"]),
        ("Pour l'année en cours, rien.", "fr", ["2031-01-01..2031-12-31"]),
        ("Au premier semestre, les ventes ont baissé.", "fr", ["2031-01-01..2031-06-30"]),
        ("Au troisième trimestre de l'exercice, rien.", "fr", []),
        ("Les ventes ont baissé au troisième trimestre.", "fr", ["2030-07-01..2030-09-30"]),
        ("Second-Quarter 2030 Results", "en", ["2030-04-01..2030-06-30"]),
    ],
)
def test_days_of_a_sentence(text: str, language: str, days_told: list[str]) -> None:
    assert [each for _, each in told(text, language)] == days_told


def test_what_only_the_text_before_tells_is_worded_and_no_date() -> None:
    text = (
        "On 3 March it failed. The next day it worked; three days later it failed again, as the year before."
    )
    assert [each for _, each in told(text, "en")] == ["2031-03-03..2031-03-03"]
    document = Document(text, "", "", "", Interval(ON, ON), "en")
    found = worded_days(document, sentences(document))
    assert [text[each.start : each.end] for each in found[1:]] == [
        "The next day", "three days later", "the year before",
    ]  # fmt: skip
    text = "Tout a cessé le 3 mars. Le lendemain, tout marchait ; la veille aussi, et un an plus tôt."
    assert [each for _, each in told(text, "fr")] == ["2031-03-03..2031-03-03"]


def test_what_was_moved_from_a_day_to_another_is_no_span() -> None:
    text = "The deadline was moved from 28 March to 30 June."
    assert [each for _, each in told(text, "en")] == ["2031-03-28..2031-03-28", "2031-06-30..2031-06-30"]
    text = "La date limite a été repoussée du 28 mars au 30 juin."
    assert [each for _, each in told(text, "fr")] == ["2031-03-28..2031-03-28", "2031-06-30..2031-06-30"]


def test_without_a_day_of_its_own_a_document_has_only_dates_that_need_none() -> None:
    text = "Yesterday, last week and in May it failed; on 4 March 2030 and in 2029 too."
    assert [each for _, each in told(text, "en", None)] == [
        "2030-03-04..2030-03-04",
        "2029-01-01..2029-12-31",
    ]


@pytest.mark.parametrize(
    ("text", "language", "days_told"),
    [
        ("It failed last month.", "en", ["2031-04-01..2031-04-30"]),
        ("It failed last week.", "en", ["2031-04-21..2031-05-25"]),
        ("It failed a fortnight ago.", "en", ["2031-04-14..2031-05-20"]),
        ("Tout a cessé il y a trois semaines.", "fr", ["2031-04-07..2031-05-13"]),
        ("Tout a cessé il y a quinze jours.", "fr", ["2031-04-14..2031-05-20"]),
        ("It failed yesterday, and on Monday.", "en", []),
    ],
)
def test_a_document_of_a_month_tells_a_week_from_any_day_of_it(
    text: str, language: str, days_told: list[str]
) -> None:
    document = Document(text, "", "", "", Interval(date(2031, 5, 1), date(2031, 5, 31)), language)
    found = [each.interval for each in days(document, sentences(document))]
    assert [f"{each.first}..{each.last}" for each in found] == days_told


def test_a_document_of_a_year_tells_no_week() -> None:
    document = Document(
        "It failed last week.", "", "", "", Interval(date(2031, 1, 1), date(2031, 12, 31)), "en"
    )
    assert days(document, sentences(document)) == ()


@pytest.mark.parametrize(
    ("text", "days_told"),
    [
        ("Tout a cessé il y a quinze jours.", "2031-03-16..2031-03-22"),
        ("Tout a cessé il y a 15 jours.", "2031-03-16..2031-03-22"),
        ("Tout a cessé voici une quinzaine de jours.", "2031-03-16..2031-03-22"),
        ("Tout a cessé il y a huit jours.", "2031-03-23..2031-03-29"),
        ("Le service reprendra dans quinze jours.", "2031-04-13..2031-04-19"),
        ("Tout a cessé il y a dix jours.", "2031-03-23..2031-03-23"),
        ("Tout a cessé les quinze premiers jours de mars.", "2031-03-01..2031-03-15"),
    ],
)
def test_eight_and_fifteen_days_are_weeks_in_french(text: str, days_told: str) -> None:
    assert [each for _, each in told(text, "fr")] == [days_told]


def test_the_verb_nearest_to_a_weekday_says_whether_it_is_to_come() -> None:
    text = "The minister said on Tuesday that the service would resume on Friday."
    assert [each for _, each in told(text, "en")] == ["2031-04-01..2031-04-01", "2031-04-04..2031-04-04"]


@pytest.mark.parametrize(
    ("text", "language", "days_told"),
    [
        ("The board backed a fee by 19 votes to 12 on Tuesday.", "en", "2031-04-01..2031-04-01"),
        ("Results, which were due on Monday, are now expected later.", "en", "2031-03-31..2031-03-31"),
        ("The council agreed to the price in writing in June.", "en", "2030-06-01..2030-06-30"),
        ("Il prend acte du jugement rendu mardi et fera appel.", "fr", "2031-04-01..2031-04-01"),
        ("Dans un avis publié mardi, le port promet de payer.", "fr", "2031-04-01..2031-04-01"),
        ("Le port a coupé tous les seize bacs le mardi.", "fr", "2031-04-01..2031-04-01"),
        ("À la suite de l'article paru ce jour, le port précise ce point.", "fr", "2031-04-02..2031-04-02"),
        ("Le port est dû à publier ses comptes le 27 juillet.", "fr", "2031-07-27..2031-07-27"),
    ],
)
def test_the_word_beside_a_date_says_whether_it_is_to_come(text: str, language: str, days_told: str) -> None:
    assert [each for _, each in told(text, language)] == [days_told]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ferries on the winter ice route lost their link.", "en"),
        ("La mairie n'a pris à ce jour aucune décision.", "fr"),
        ("Le jour de la fête, ce jour où tout s'arrête, le mât a cédé.", "fr"),
    ],
)
def test_a_season_of_a_road_and_to_date_are_no_dates(text: str, language: str) -> None:
    assert told(text, language) == []


def test_on_a_monday_this_weekend_may_be_the_last_one() -> None:
    monday = date(2031, 3, 31)
    assert told("Ils se sont joints à eux ce week-end.", "fr", monday)[0][1] == "2031-03-29..2031-03-30"
    assert told("Ils partiront ce week-end.", "fr", monday)[0][1] == "2031-04-05..2031-04-06"


def test_more_than_in_a_season_is_of_the_one_before() -> None:
    text = "We won 4,000 more customers than in the spring."
    assert told(text, "en", date(2031, 11, 6)) == [("the spring", "2031-03-01..2031-05-31")]


def test_a_date_that_does_not_exist_is_none() -> None:
    assert told("It failed on 31 February 2031.", "en") == []
    assert told("It failed on 2031-13-45.", "en") == []


PIECES = st.sampled_from(
    ["3", "31", "2030", "2031", "March", "mars", "in", "en", "le", "to", "au", "last", "week", "two",
     "deux", "ago",
     "il y a", "mois", "fin", "late", "Tuesday", "mardi", "dernier", "-", "/", ".", ",", "the", "of",
     "1999-00"]
)  # fmt: skip


@given(
    st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map(" ".join)),
    st.sampled_from(["en", "fr", ""]),
    st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31)),
)
def test_any_text_has_dates_in_order_and_within_it(text: str, language: str, on: date) -> None:
    document = Document(text, "", "", "", Interval(on, on), language)
    found = sentences(document)
    at = 0
    for each in worded_days(document, found):
        assert at <= each.start < each.end <= len(text)
        assert each.days is None or each.days[0] <= each.days[1]
        at = each.end


@pytest.mark.parametrize(
    "piece", ["a", "1", "1 ", "«", "two ", "3 mars ", "mars ", "2030 ", "late ", "il y a "]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_long_run_of_the_same_is_read(piece: str, language: str) -> None:
    document = Document((piece * 50_000)[:50_000], "", "", "", Interval(ON, ON), language)
    assert len(days(document, sentences(document))) <= 25_000
