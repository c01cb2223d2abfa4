"""Origins of documents that cite press without a name, tell of a session that others heard, or cite late."""

import pytest
from reports_reads import read_of
from test_reports_origins import DISPATCH, origin

TOLD = " About 1,200 terminals lost their connection for nine hours on 4 March."
RACONTÉ = " Environ 1 200 terminaux ont perdu leur connexion pendant neuf heures le 4 mars."


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "A coast in the dark\n\nSomething is wrong at sea, according to a report published on "
               "Tuesday." + TOLD + " The tide was low."),
        ("en", "A coast in the dark\n\nBoats waited." + TOLD + " The cut was made known by a small regional "
               "newspaper. The rowers' league told Quillane Tides that it was sorry."),
        ("fr", "Une côte dans le noir\n\nLa panne, révélée mardi par le quotidien local, inquiète." + RACONTÉ
               + " Interrogée par Quillane Tides, la ligue des rameurs se dit triste. La marée était basse."),
        ("fr", "Une côte dans le noir\n\nC'est ce que révèle un magazine de la mer." + RACONTÉ
               + " La ligue des rameurs, jointe par Quillane Tides, se dit triste. La marée était basse."),
        ("fr", "Une côte dans le noir\n\nLe conseil s'est tu." + RACONTÉ + " La presse anglophone ajoute que "
               "« personne n'avait prévenu » le port. La marée était basse."),
    ],
)  # fmt: skip
def test_press_without_a_name_is_the_document_that_tells_it(language: str, text: str) -> None:
    read = read_of("tides", text, source="Quillane Tides", language=language, day="2031-04-05")
    assert origin(read, DISPATCH).root == "dispatch"


@pytest.mark.parametrize(
    ("source", "lead"),
    [
        ("Brenne Trade Weekly", "The port office told Brenne Trade Weekly that Velmora cut off a coast."),
        ("Brenne Courier", "The audit court says in a report published on Tuesday that Velmora cut a coast."),
        ("Brenne Courier", "Velmora cut off a coast, says a report published on Tuesday by the port office."),
    ],
)  # fmt: skip
def test_a_name_of_press_and_a_report_of_an_office_are_no_press_without_a_name(
    source: str, lead: str
) -> None:
    text = f"Dark\n\n{lead}{TOLD} The port has bought candles. Nobody sleeps. It has rained. It was cold."
    read = read_of("own", text, source=source, day="2031-04-05")
    assert origin(read, DISPATCH).root == "own"


@pytest.mark.parametrize(
    "told",
    [
        "“It was dark,” a harbour master told judges, according to The Harbour Dispatch.",
        "“It was dark,” a harbour master told judges, local media report.",
    ],
)
def test_a_session_that_is_known_from_another_is_no_source_of_its_own(told: str) -> None:
    text = f"Coast cut off, court hears\n\nA court in Quill sat on Monday. It rained. {told}{TOLD}"
    read = read_of("tides", text, source="Quillane Tides", day="2031-04-05")
    assert origin(read, DISPATCH).root == "dispatch"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "On the coast\n\nLight has a price. Boats know. Harbours know. Terminals fail. The outage was "
               "first reported by The Harbour Dispatch. The rowers' league told Quillane Tides it rows."),
        ("fr", "Sur la côte\n\nLa lumière a un prix. On le sait. Les ports le savent. Tout tombe. The "
               "Harbour Dispatch a été le premier à révéler la panne. La ligue l'a dit à Quillane Tides."),
    ],
)  # fmt: skip
def test_who_is_said_to_have_told_it_first_is_the_origin_however_late_it_is_named(
    language: str, text: str
) -> None:
    read = read_of("tides", text, source="Quillane Tides", language=language, day="2031-04-05")
    assert origin(read, DISPATCH).root == "dispatch"


def test_an_outlet_that_is_named_late_is_the_origin_of_what_has_nothing_of_its_own() -> None:
    text = (
        "Candles on the coast\n\nIt was dark. Boats waited. Harbours slept. Rain fell on the roofs. "
        "1,200 terminals lost their connection, The Harbour Dispatch reports. Candles are dear."
    )
    read = read_of("tides", text, source="Quillane Tides", day="2031-04-05")
    assert origin(read, DISPATCH).root == "dispatch"


@pytest.mark.parametrize(
    "text",
    [
        "Des cartons à quai\n\nL'audit sorti dans Open Channel cette semaine donne le chiffre. Il pleut.",
        "Des cartons à quai\n\nOn le lit dans OPEN CHANNEL, le chiffre fait peur. Il pleut.",
    ],
)
def test_the_source_of_another_document_is_found_by_its_name(text: str) -> None:
    bulletin = read_of("bulletin", "We wait\n\nOur kits are on the quay.", source="Open Channel")
    read = read_of("tides", text, source="Quillane Tides", language="fr", day="2031-04-05")
    assert origin(read, bulletin).root == "bulletin"


@pytest.mark.parametrize(
    "text",
    [
        "Terminals on the quay\n\nRelief River told reporters in the rain that kits are held. Rain fell.",
        "Terminals on the quay\n\nWe keep an open channel to the quay. Rain fell.",
    ],
)
def test_a_party_that_tells_and_words_in_small_letters_are_no_outlet(text: str) -> None:
    others = [
        read_of("relief", "We wait\n\nOur kits are on the quay.", source="Relief River"),
        read_of("bulletin", "We wait\n\nOur kits are on the quay.", source="Open Channel"),
    ]
    assert origin(read_of("tides", text, source="Tides", day="2031-04-05"), *others).root == "tides"


def test_an_outlet_whose_name_is_translated_word_for_word_is_found() -> None:
    first = read_of(
        "piste", "Course arrêtée\n\nNous avons vu la note.", source="Piste & Moteur", language="fr"
    )
    text = "Lost\n\nA memo seen by the magazine Track and Engine says that it was late. Rain fell."
    read = read_of("tattler", text, source="Daily Tattler", day="2031-04-05")
    assert origin(read, first).root == "piste"
    other = read_of("rail", "Course arrêtée\n\nNous avons vu la note.", source="Rail & Moteur", language="fr")
    assert origin(read, other).outside == "Track and Engine"


def test_a_name_that_is_elsewhere_no_outlet_is_none_outside_the_case() -> None:
    text = "Dark\n\nAccording to the daily Grevane, a coast went dark. Boats waited."
    read = read_of("tides", text, source="Quillane Tides", day="2031-04-05")
    assert [each.name for each in read.proposals.outlets] == ["Grevane"]
    assert origin(read, DISPATCH).outside == "Grevane"
    rain = read_of("rain", "Rain in Grevane\n\nIn Grevane it rained.", source="Rain", day="2031-04-06")
    assert not rain.proposals.outlets
    found = origin(read, DISPATCH, rain)
    assert (found.root, found.outside) == ("tides", "")


def test_us_in_the_mouth_of_another_is_not_the_document() -> None:
    text = "Coast cut off\n\nAccording to The Harbour Dispatch, a coast is dark. {} It was dark. Rain fell."
    quoted = "“Nobody told us,” a rower said. “We found candles, and we saw our own boat,” said a pilot."
    read = read_of("tides", text.format(quoted), source="Quillane Tides", day="2031-04-05")
    assert "its own sources" not in " ".join(origin(read).why)


@pytest.mark.parametrize(
    "text",
    [
        "Une côte éteinte\n\nMis à jour jeudi avec la réponse du port. Le port nous a indiqué qu'il dormait.",
        "UPDATED: coast dark\n\nThe port told us that it slept. Rain fell.",
    ],
)
def test_a_document_that_says_that_it_is_updated_is_a_later_version(text: str) -> None:
    language = "fr" if "côte" in text else "en"
    first = read_of("first", "Dark\n\nThe port told us that it is dark.", source="Tides", day="2031-04-02")
    read = read_of("second", text, source="Tides", language=language, day="2031-04-05")
    assert origin(read, first).root == "first"


def test_half_of_what_an_earlier_report_tells_is_enough_where_nothing_else_is_its_source() -> None:
    text = "Candles on the coast{}{} A cat watched. “Rain again,” sighed a baker."
    told = " Velmora switched off its service along the Lantern coast on 4 March."
    more = " “Nobody had warned us,” said a harbour master."
    half = read_of("tides", text.format(told + TOLD, more), source="Quillane Tides", day="2031-04-05")
    less = read_of("tides", text.format(told, " A dog slept."), source="Quillane Tides", day="2031-04-05")
    assert origin(half, DISPATCH).root == "dispatch"
    assert origin(less, DISPATCH).root == "tides"
