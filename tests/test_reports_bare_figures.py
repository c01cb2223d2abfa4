"""Figures whose noun stands elsewhere or nowhere, bounds that are none, and signs of money, in prose."""

from pathlib import Path

import pytest

from benchmarks.reports import units
from openleo.service.reports.document import Document
from openleo.service.reports.prose.figures import figures
from openleo.service.reports.prose.sentences import sentences

Told = tuple[float | None, float | None, str]


def told(text: str, language: str) -> list[Told]:
    document = Document(text, "", "", "", None, language)
    return [(each.low, each.high, each.unit) for each in figures(document, sentences(document))]


def plain(*each: tuple[float, str]) -> list[Told]:
    return [(value, value, unit) for value, unit in each]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("They declared Sh6.5 million and pay KSh 1,500 a month.", "en",
         [(6.5e6, "shilling"), (1500, "shilling")]),
        ("Il coûte 65 000 FCFA, et 450 000 F CFA posé.", "fr", [(65_000, "franc"), (450_000, "franc")]),
        ("Le lait se paie 92 cents le litre, deux cents francs la tonne.", "fr",
         [(92, "cent"), (200, "franc")]),
        ("Chacun se vend pour £1,700 en ligne.", "fr", [(1700, "pound")]),
        ("La traversée coûtera 4,2 millions de plus ; elle coûte cinq dollars.", "fr",
         [(4.2e6, "dollar"), (5, "dollar")]),
    ],
)  # fmt: skip
def test_money_has_its_currency(text: str, language: str, expected: list[tuple[float, str]]) -> None:
    assert told(text, language) == plain(*expected)


def test_money_of_two_currencies_has_none() -> None:
    text = "They pay 5 dollars or 4 euros. The ferry will cost 6.2 million more."
    assert told(text, "en") == plain((5, "dollar"), (4, "euro"))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Prices fell 5½ percent in two-and-a-half hours.", "en", [(5.5, "percent"), (2.5, "hour")]),
        ("They found two forklifts and a half-eaten sandwich.", "en", [(2, "forklift")]),
        ("In six cases crews lost the link to 88 sports clubs.", "en", [(6, "case"), (88, "club")]),
        ("Gusts of 130 km per hour hit 112 sites.", "en", [(130, "kilometre per hour"), (112, "site")]),
        ("Ils ont visité 112 propriétés en cinq mois.", "fr", [(112, "property"), (5, "month")]),
        ("It left 1,400-odd people, a crew of five men, and a six-course meal.", "en",
         [(1400, "person"), (5, "man"), (6, "course")]),
        ("Les 19 numéros de série sont faux.", "fr", [(19, "serial number")]),
        ("La chorale chante à trente voix.", "fr", [(30, "voice")]),
        ("The two countries' ties are cold.", "en", [(2, "country")]),
        ("The 78-square-kilometre site has 60,000 sq ft of sheds.", "en",
         [(78, "square kilometre"), (60_000, "square foot")]),
        ("Le réseau compte 83 400 foyers coupés, contre 120 000 à 18 heures.", "fr",
         [(83_400, "household"), (120_000, "household")]),
    ],
)  # fmt: skip
def test_a_number_has_the_noun_beside_it(
    text: str, language: str, expected: list[tuple[float, str]]
) -> None:  # fmt: skip
    assert told(text, language) == plain(*expected)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Jamming cut speeds from 90 Mbps to less than 15.", "en",
         [(90, 90, "megabit per second"), (None, 15, "megabit per second")]),
        ("Les délais passeront de trois jours à au moins dix.", "fr", [(3, 3, "day"), (10, None, "day")]),
        ("Subscribers grew by 212,000 to 2.5 million.", "en",
         [(212_000, 212_000, "subscriber"), (2.5e6, 2.5e6, "subscriber")]),
        ("Water is at 9 litres, against a standard of 15.", "en", [(9, 9, "litre"), (15, 15, "litre")]),
        ("It offered 9 percent; the union wants 16.", "en", [(9, 9, "percent"), (16, 16, "percent")]),
        ("Il a droit à onze heures de repos et a dormi pendant cinq.", "fr",
         [(11, 11, "hour"), (5, 5, "hour")]),
        ("Le camp, prévu pour 12 000 réfugiés, en accueille désormais 31 500.", "fr",
         [(12_000, 12_000, "refugee"), (31_500, 31_500, "refugee")]),
        ("It surveyed 118 dealers. Of those, 71 said no.", "en", [(118, 118, "dealer"), (71, 71, "dealer")]),
        ("Sur 250 mesures faites dans douze villages, soixante étaient bonnes.", "fr",
         [(250, 250, "measurement"), (12, 12, "village"), (60, 60, "measurement")]),
        ("It runs 38 kits: nine at clinics.", "en", [(38, 38, "kit"), (9, 9, "kit")]),
        ("The pickers, about 200 of them, went home.", "en", [(200, 200, "picker")]),
        ("Of the accounts that were closed, 39,500 were idle.", "en", [(39_500, 39_500, "account")]),
        ("Houses destroyed: 2,140", "en", [(2140, 2140, "house")]),
        ("Écoles fermées : 19", "fr", [(19, 19, "school")]),
        ("It wants 12 percent. The company has offered seven.", "en",
         [(12, 12, "percent"), (7, 7, "percent")]),
        ("Des 96 voitures du départ, 58 courent encore.", "fr", [(96, 96, "car"), (58, 58, "car")]),
        ("Le résultat net recule à 31 millions ; l'action vaut deux euros.", "fr",
         [(31e6, 31e6, "euro"), (2, 2, "euro")]),
        ("Cyclone kills 19, and aid is stuck.", "en", [(19, 19, "person")]),
        ("Two held over jammers.", "en", [(2, 2, "person")]),
        ("Jusqu'à deux ans de prison et 30 000 francs d'amende.", "fr",
         [(None, 2, "year"), (None, 30_000, "franc")]),
        ("Environ 14,000 des 268,000 abonnés sont partis.", "fr",
         plain((14_000, "subscriber"), (268_000, "subscriber"))),
        ("La société loue au Bureau 140 terminaux.", "fr", plain((140, "terminal"))),
        ("She faces a 150-florin fine.", "en", plain((150, "florin"))),
        ("They were off for ELEVEN DAYS.", "en", plain((11, "day"))),
        ("The left has tabled hundred and fifty amendments.", "en", plain((150, "amendment"))),
        ("Il a bu deux cafés avec quarante curieux.", "fr", plain((2, "coffee"), (40, "onlooker"))),
        ("Nous couvrons 1 200 milles carrés.", "fr", plain((1200, "square mile"))),
        ("The Alliance has 51 seats, the Farmers' Party 38 and the Greens seven.", "en",
         plain((51, "seat"), (38, "seat"), (7, "seat"))),
        ("The hall held 40 lambs. Dealers had sold 12 by then.", "en", plain((40, "lamb"), (12, "lamb"))),
        ("There were 98 seats. A coalition needs 49.", "en", plain((98, "seat"), (49, "seat"))),
        ("Il a payé huit kits. Il a livré quatre terminaux. Deux sont réservés aux secours.", "fr",
         plain((8, "kit"), (4, "terminal"), (2, "terminal"))),
        ("Trois écrans sont noirs. Les joueurs ont crié et deux d'entre eux sont partis.", "fr",
         plain((3, "screen"), (2, "player"))),
        ("52 députés le demandent. Il en manque encore huit.", "fr", plain((52, "deputy"), (8, "deputy"))),
        ("Le parc compte 12 000 appareils, dont à peine 900 déclarés.", "fr",
         plain((12_000, "device"), (900, "device"))),
        ("Il a reçu 8 150 demandes, pour une capacité d'environ 5 000.", "fr",
         plain((8150, "application"), (5000, "application"))),
        ("The centre, built for 1,500, is full.", "en", plain((1500, "person"))),
        ("Le centre, prévu pour 1 500, est plein.", "fr", plain((1500, "person"))),
        ("Private customers, about 130,000 in all, can pay.", "en", plain((130_000, "customer"))),
        ("Les techniciens de Lumisat, 410 au total, sont en grève.", "fr", plain((410, "technician"))),
        ("The union says 56 jobs would go. The company puts the number at 20, no more.", "en",
         plain((56, "job"), (20, "job"))),
        ("The death toll rose to 212.", "en", plain((212, "death"))),
        ("27 people are dead and 113 missing in the delta.", "en", plain((27, "person"), (113, "person"))),
        ("They asked us to pay 62 million kori in duty.", "en", plain((62e6, "kori"))),
        ("Some 62 million live in the delta.", "en", []),
        ("Nine boats sank. She turned 40 in May.", "en", plain((9, "boat"))),
        ("Des antennes de quatre mètres de haut sur 2,3 hectares.", "fr",
         plain((4, "metre"), (2.3, "hectare"))),
    ],
)  # fmt: skip
def test_a_number_alone_counts_what_its_words_say(text: str, language: str, expected: list[Told]) -> None:
    assert told(text, language) == expected


def test_of_them_says_nothing_where_two_things_were_counted() -> None:
    assert told("Nine boats met 14 divers. Four of them left.", "en")[2:] == []
    assert told("Nine boats sailed. Four of them left.", "en")[1:] == plain((4, "boat"))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Revenue edged up to 29.6bn dollars.", "en", (29.6e9, 29.6e9, "dollar")),
        ("Il purge une peine de cinq ans.", "fr", (5, 5, "year")),
        ("It is above the 20 percent that it forecast.", "en", (20, 20, "percent")),
        ("Vu sous 36 angles.", "fr", (36, 36, "angle")),
        ("A row over £240,000 of bills.", "en", (240_000, 240_000, "pound")),
        ("Des kits étaient sous sept tonnes d'oignons.", "fr", (7, 7, "tonne")),
        ("Jusqu'à deux heures d'attente.", "fr", (None, 2, "hour")),
        ("It rose by two or three dollars.", "en", (2, 3, "dollar")),
        ("They hid it under some 14 tons of onions.", "en", (14, 14, "ton")),
        ("It must hand over 30 percent of its unit.", "en", (30, 30, "percent")),
        ("For no longer than 72 hours, they said.", "en", (None, 72, "hour")),
        ("Elles ne peuvent compter plus de vingt pages.", "fr", (None, 20, "page")),
        ("Le vent n'a pas dépassé 110 km/h.", "fr", (None, 110, "kilometre per hour")),
        ("Il répond dans les quatre jours.", "fr", (None, 4, "day")),
        ("Le recul est net dans les huit villages.", "fr", (8, 8, "village")),
        ("Le service tombe au-dessus de 3000 mètres.", "fr", (3000, 3000, "metre")),
        ("La facture dépasserait 90 millions de dollars.", "fr", (90e6, None, "dollar")),
        ("Plus que 900 passagers attendaient.", "fr", (900, None, "passenger")),
        ("Le gagnant avait moins que 50 voix d'avance.", "fr", (None, 50, "vote")),
        ("Les hommes n'avaient plus que cinq litres.", "fr", (5, 5, "litre")),
        ("Il ne reste plus que deux lignes.", "fr", (2, 2, "line")),
        ("The bill adds up to 48 florins.", "en", (48, 48, "florin")),
        ("They risk until five years of prison.", "en", (None, 5, "year")),
        ("An aid is paid up to a ceiling of 12,000 crowns.", "en", (None, 12_000, "crown")),
        ("Pas moins que quarante navires ont disparu.", "fr", (40, None, "vessel")),
        ("Privés d'internet pendant vingt-trois jours après la tempête.", "fr", (23, 23, "day")),
        ("Service is down until 40 households sign.", "en", (40, 40, "household")),
        ("Planes flew above 11 villages.", "en", (11, 11, "village")),
        ("Ils volaient au-dessus de onze localités.", "fr", (11, 11, "locality")),
    ],
)  # fmt: skip
def test_words_before_a_number_are_a_bound_or_none(text: str, language: str, expected: Told) -> None:
    assert told(text, language) == [expected]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("« On n'a rien », dit une guide de 58 ans.", "fr"),
        ("Rouvert entre 14h et 16h, ou à partir de 6 h.", "fr"),
        ("Une ligue des moins de 15 ans.", "fr"),
        ("Farline and Local 212 of the Technicians Union met.", "en"),
        ("20.47 Gusts are near.", "en"),
        ("They were under-16s.", "en"),
        ("Elle est morte dimanche à 94 ans.", "fr"),
        ("Un ancien jockey de 52 ans nie.", "fr"),
        ("Power was out, three days after the storm.", "en"),
        ("Un électricien de 51 ans et des enfants de 6 à 12 ans.", "fr"),
        ("La vacation radio de 17 h a repris.", "fr"),
        ("Il était 15 h, samedi, quand tout s'est figé.", "fr"),
        ("Le Secours des Deux-Rives lance un appel.", "fr"),
        ("Elle fêtait ses 40 ans avec ses amies.", "fr"),
        ("Le 46 ans a été arrêté.", "fr"),
        ("Une clé 4G de secours suffit.", "fr"),
        ("Ils restent coupés du monde dix jours après la rupture.", "fr"),
        ("Écouter le reportage (2 min).", "fr"),
        ("The papers circulated 40 minutes before candidates sat down.", "en"),
        ("Six months on, she has no link.", "en"),
        ("The link came back towards 19 hours.", "en"),
        ("They condemned a transporter of 47 years to prison.", "en"),
        ("Numéro d'urgence : 112.", "fr"),
        ("Deux fabricants de robots sur trois l'imposent.", "fr"),
        ("Anders Roke, boss of fishing of 56 years, was fined.", "en"),
        ("À trois jours du second tour, tout est noir.", "fr"),
    ],
)
def test_ages_hours_and_names_are_no_figures(text: str, language: str) -> None:
    assert told(f"Title\n\n{text}", language) == []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("How many men were below? About 118. The shift had begun.", "en", [(118, "man")]),
        ("Combien de bateaux sont sortis ? Quarante. Le vent montait.", "fr", [(40, "boat")]),
        ("Talks collapse with 210 aboard\n\nThe ferry had 210 passengers on Monday.", "en",
         [(210, "passenger"), (210, "passenger")]),
        ("The poll gave it 43 percent and the opposition alliance 45.", "en",
         [(43, "percent"), (45, "percent")]),
        ("Le sondage lui donne 43 % et l'alliance d'opposition 45.", "fr",
         [(43, "percent"), (45, "percent")]),
        ("The camp, built for 8,000 people, now holds nearly 21,000.", "en",
         [(8000, "person"), (21_000, "person")]),
        ("Le camp, bâti pour 8 000 personnes, abrite aujourd'hui presque 21 000.", "fr",
         [(8000, "person"), (21_000, "person")]),
        ("There were 45 engineers due on shift and six turned up.", "en",
         [(45, "engineer"), (6, "engineer")]),
        ("Il paie 95 euros par mois pour la première, 60 pour la seconde.", "fr",
         [(95, "euro"), (60, "euro")]),
        ("He pays £60 a month for the second and 20 for the third.", "en", [(60, "pound"), (20, "pound")]),
        ("La police a saisi 43 antennes. Pell a perdu onze.", "fr", [(43, "antenna"), (11, "antenna")]),
        ("It usually takes three hours to cross. On Sunday it took me five.", "en",
         [(3, "hour"), (5, "hour")]),
        ("No job will be lost for five years. The company has offered two.", "en",
         [(5, "year"), (2, "year")]),
        ("We had 50 gigabytes a day. Now it's five.", "en", [(50, "gigabyte"), (5, "gigabyte")]),
        ("On avait 50 gigaoctets par jour. Maintenant c'est cinq.", "fr",
         [(50, "gigabyte"), (5, "gigabyte")]),
        ("I used to make six trips a day. Now I make two.", "en", [(6, "trip"), (2, "trip")]),
        ("Crews who used to do five installations are now told to do eight.", "en",
         [(5, "installation"), (8, "installation")]),
        ("Subscriber numbers rose to 860,000, a net gain of 45,000.", "en",
         [(860_000, "subscriber"), (45_000, "subscriber")]),
        ("Passenger figures fell by 4,000 to 31,000.", "en", [(4000, "passenger"), (31_000, "passenger")]),
        ("The vote, shortly before midnight on Monday, was 104 to 101.", "en",
         [(104, "vote"), (101, "vote")]),
        ("La cour lui a alloué 14 000 euros. Elle en demandait 20 000.", "fr",
         [(14_000, "euro"), (20_000, "euro")]),
        ("Elle a eu 300 euros. La police en a saisi 23.", "fr", [(300, "euro")]),
        ("Douze techniciens sont venus. Il pleut. Les écoles rouvrent, sauf deux.", "fr",
         [(12, "technician")]),
        ("Two women are treated, and a man of 47 has a broken wrist.", "en", [(2, "woman")]),
        ("Elle a eu trois mois. Dorrin Asketh, 37, nie.", "fr", [(3, "month")]),
        ("He got three years. Dorrin Asketh, 37, denies it.", "en", [(3, "year")]),
        ("Il porte une sentence de trois ans. La police veille.", "fr", [(3, "year")]),
        ("Un service minimum de deux traversées est assuré.", "fr", [(2, "crossing")]),
        ("Shares fell 4 percent and the index closed at 40.", "en", [(4, "percent")]),
        ("La livre perd 4 % et la bourse termine à 40.", "fr", [(4, "percent")]),
        ("Audience rose 12 percent on Channel 4.", "en", [(12, "percent")]),
        ("Forty boats sank off the coast and nine died.", "en", [(40, "boat")]),
        ("Forty soldiers were aboard and nine died.", "en", [(40, "soldier"), (9, "soldier")]),
        ("The strike lasted four days. The union wants 50.", "en", [(4, "day")]),
        ("L'abonnement coûte 45 euros. Le village en veut 12.", "fr", [(45, "euro")]),
        ("The ferry with 40 passengers left at 7 and at 9.", "en", [(40, "passenger")]),
        ("Au-delà de 500 gigaoctets, le débit tombe.", "fr", [(500, "gigabyte")]),
    ],
)  # fmt: skip
def test_what_a_number_counts_is_told_by_what_stands_close_before(
    text: str, language: str, expected: list[tuple[float, str]]
) -> None:
    assert told(text, language) == plain(*expected)


def test_bounds_by_verbs_of_waiting_and_before_the_rest_of_a_whole() -> None:
    assert told("He waited over four hours on a trolley.", "en") == [(4, None, "hour")]
    assert told("Quarante exploitations ont sauté le pas, sur un peu plus de deux cents.", "fr") == [
        (40, 40, "farm"), (200, None, "farm"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wording", "one", "other", "same"),
    [
        ("deux camions", "truck", "lorry", True),
        ("deux véhicules", "truck", "lorry", False),
        ("300 habitantes", "inhabitant", "resident", True),
        ("trois bureaux de vote", "polling station", "polling place", True),
        ("deux camions", "truck", "vehicle", False),
    ],
)
def test_units_are_the_same_as_translations_of_the_noun_that_stands_there(
    wording: str, one: str, other: str, same: bool
) -> None:
    assert units.is_translation(wording, one, other) is same
    assert units.is_translation(wording, other, one) is same


def test_a_table_of_translations_that_is_malformed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "units.toml"
    table.write_text('"camion" = ["truck"]\n', "utf-8")
    monkeypatch.setattr(units, "TABLE", table)
    units._table.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"units.toml: camion: \['truck'\]"):
            units.is_translation("camion", "truck", "lorry")
    finally:
        units._table.cache_clear()
