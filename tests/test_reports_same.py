"""Sentences of two documents that tell the same event, in one language and in two."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_reads import read_of

from openleo.service.reports.proposals import Read
from openleo.service.reports.prose.concepts import meanings, phrase
from openleo.service.reports.prose.same import THRESHOLD, Pair, events, same_event
from openleo.service.reports.prose.telling import told

ENGLISH = (
    "Service off Lantern coast was cut at a ministry's request\n\n"
    "Velmora switched off its satellite service along the Lantern coast on 4 March, three officials said. "
    "About 1,200 terminals on fishing boats lost their connection for nine hours.\n\n"
    "“Nobody had warned us,” said a harbour master. Velmora declined to comment. "
    "A museum of rope opened in the old mill last year."
)
FRENCH = (
    "Le service aurait été coupé sur la côte de la Lanterne\n\n"
    "Velmora aurait coupé son service par satellite le long de la côte de la Lanterne le 4 mars, selon trois "
    "responsables. Environ 12 000 terminaux, à bord de bateaux de pêche, ont été privés de connexion pendant "
    "neuf heures.\n\n"
    "« Personne ne nous avait prévenus », a déclaré un capitaine du port. Velmora a refusé de commenter. "
    "Une recette de soupe aux poireaux figure en page 4."
)
DENIAL = (
    "Statement on the Lantern coast\n\n"
    "Velmora denies that it switched off its service along the Lantern coast on 4 March. "
    "Its office is open on weekdays."
)


def words(one: Read, other: Read, pairs: tuple[Pair, ...]) -> set[tuple[str, str]]:
    """The first twenty characters of both sentences of each pair."""
    return {
        (one.words(each.start, each.end)[:20], other.words(each.other_start, each.other_end)[:20])
        for each in pairs
    }


@pytest.fixture(scope="module")
def english() -> Read:
    return read_of("english", ENGLISH)


@pytest.fixture(scope="module")
def french() -> Read:
    return read_of("french", FRENCH, source="Le Courrier de Brenne", language="fr", day="2031-04-03")


def test_a_retelling_in_another_language_is_laid_beside_its_original(english: Read, french: Read) -> None:
    found = words(english, french, same_event(english, french))
    assert ("Velmora switched off", "Velmora aurait coupé") in found
    assert ("About 1,200 terminal", "Environ 12 000 termi") in found, "with ten times as many"
    assert not any(one.startswith("A museum") or other.startswith("Une recette") for one, other in found)


def test_a_denial_tells_the_event_that_it_denies(english: Read, french: Read) -> None:
    denial = read_of("denial", DENIAL, source="Velmora", kind="statement")
    assert ("Velmora switched off", "Velmora denies that ") in words(
        english, denial, same_event(english, denial)
    )
    assert ("Velmora aurait coupé", "Velmora denies that ") in words(
        french, denial, same_event(french, denial)
    )


def test_documents_about_other_things_share_nothing(english: Read) -> None:
    other = read_of(
        "other",
        "Rope museum to close\n\nThe museum will close its doors in June. Its curator thanked all visitors.",
        source="The Rope Maker",
    )
    assert [
        each for each in same_event(english, other) if "Velmora" in english.words(each.start, each.end)
    ] == []


def test_a_miles_figure_is_the_same_in_kilometres() -> None:
    one = read_of("one", "Boats drifted for a time over 100 nautical miles of water. The mayor wept.")
    two = read_of(
        "two", "Some 185 kilometres of water were crossed by drifting boats. It rained.", source="Tides"
    )
    found = words(one, two, same_event(one, two))
    assert found == {("Boats drifted for a ", "Some 185 kilometres ")}


def test_a_confirmed_name_lays_sentences_together() -> None:
    one = read_of(
        "one", "On Monday the Herring Gull denied a quarrel with its mayor. It rained in the evening."
    )
    two = read_of(
        "two",
        "Zorbec a démenti une dispute avec son maire lundi. Rien d'autre.",
        source="Le Soir",
        language="fr",
    )

    def best(known: dict[str, str]) -> float:
        return max((each.score for each in same_event(one, two, known)), default=0.0)

    known = {"zorbec": "Herring Gull", "herring gull": "Herring Gull"}
    assert best(known) > best({})


def test_reasons_say_what_is_shared(english: Read, french: Read) -> None:
    found = {
        english.words(each.start, each.end)[:20]: each.why
        for each in same_event(english, french)
        if french.words(each.other_start, each.other_end).startswith("Velmora aurait")
    }
    assert "figures" in found["Velmora switched off"]
    assert "days" in found["Velmora switched off"]
    assert "velmo" in found["Velmora switched off"] or "off" in found["Velmora switched off"]


def best(pairs: tuple[Pair, ...], start: int, other_start: int) -> float:
    return max(
        (each.score for each in pairs if (each.start, each.other_start) == (start, other_start)), default=0.0
    )


def test_a_sentence_of_a_third_document_lays_two_others_together() -> None:
    one = read_of(
        "one",
        "On 4 March the ferries of Quillane lost their connection for hours. The mayor thanked the baker.",
    )
    two = read_of(
        "two",
        "Quillane : les bacs naviguent à l'aveugle. Une recette de soupe figure en page 4.",
        source="Le Soir", language="fr",
    )  # fmt: skip
    third = read_of(
        "third",
        "The ferries of Quillane lost their connection on 4 March and sailed blind. Rain.",
        source="Tides",
    )
    assert best(same_event(one, two), 0, 0) < THRESHOLD
    assert best(events([one, two, third])[0, 1], 0, 0) > THRESHOLD


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("pulled the plug", "a tiré la prise"),
        ("the password", "le mot de passe"),
        ("a software update", "une mise à jour logicielle"),
        ("at the polling station", "au bureau de vote"),
        ("went dark", "hors service"),
    ],
)
def test_words_in_a_row_mean_something_together(english: str, french: str) -> None:
    assert concepts(english, "en") & concepts(french, "fr")


def test_words_of_a_phrase_that_stand_apart_mean_what_they_mean() -> None:
    assert phrase(["mot"], "fr") == (0, ())
    assert phrase(["mot", "pour", "qui", "passe"], "fr") == (0, ())
    assert phrase(["mot", "de", "passe", "partout"], "fr")[0] == 3


def concepts(text: str, language: str) -> set[str]:
    read = read_of("one", f"A title\n\n{text}.", language=language)
    return {each for said in told(read, {}) for each in said.concepts}


def test_a_name_is_itself_whatever_word_it_begins_with() -> None:
    english = read_of("one", "Title\n\nOn Monday the company Tidelink fixed it.")
    french = read_of("two", "Titre\n\nLundi l'opérateur Tidelink l'a réparé.", language="fr")
    one, two = ({each for said in told(read, {}) for each in said.concepts} for read in (english, french))
    assert "~tidel" in one & two


@pytest.mark.parametrize(
    ("text", "language", "silent"),
    [
        ("The company did not respond to questions.", "en", True),
        ("Velmora declined to comment.", "en", True),
        ("L'opérateur n'a pas souhaité commenter.", "fr", True),
        ("La mairie n'avait pas réagi lundi soir.", "fr", True),
        ("The company responded to all questions.", "en", False),
        ("L'opérateur a répondu par courriel.", "fr", False),
    ],
)
def test_that_somebody_gave_no_answer_is_told_in_stock_words(text: str, language: str, silent: bool) -> None:
    said = told(read_of("one", f"Title\n\n{text}", language=language), {})
    assert said[-1].silent is silent


def test_a_number_that_lost_a_digit_is_recognised_whatever_it_counts() -> None:
    one = read_of("one", "On Vaudrine plateau 640 terminals fell silent in May. It rained in the evening.")
    two = read_of("two", "Vaudrine : 6 400 antennes muettes. Rien d'autre.", source="Le Soir", language="fr")
    other = read_of(
        "two", "Vaudrine : 5 300 antennes muettes. Rien d'autre.", source="Le Soir", language="fr"
    )
    assert best(same_event(one, two), 0, 0) > best(same_event(one, other), 0, 0)


def test_a_case_may_have_documents_without_words_and_none_at_all() -> None:
    empty = read_of("empty", "")
    assert events([]) == {}
    assert events([empty]) == {}
    assert events([empty, empty, empty]) == {(0, 1): (), (0, 2): (), (1, 2): ()}


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("auction", "enchères"), ("lawsuit", "procès"), ("levies", "impôts"), ("sank", "coulé"),
        ("blaze", "incendie"), ("estuary", "embouchure"), ("landslide", "éboulement"), ("pupils", "élèves"),
        ("researchers", "chercheurs"), ("sacked", "limogé"), ("disrupted", "perturbé"), ("turnout", "urnes"),
        ("shortages", "pénurie"), ("squalls", "bourrasques"), ("mooring", "amarrage"),
    ],
)  # fmt: skip
def test_everyday_words_of_the_press_have_a_meaning_in_common(english: str, french: str) -> None:
    assert set(meanings(english, "en")) & set(meanings(french, "fr"))


def mirrored(pairs: tuple[Pair, ...]) -> set[tuple[int, int, int, int]]:
    return {(each.other_start, each.other_end, each.start, each.end) for each in pairs}


SENTENCE = st.sampled_from([
    "Velmora cut its service for 12 hours.", "Velmora a coupé son service pendant 12 heures.",
    "Was it a fault?", "Nobody was told on 4 March.", "« Non », dit-il.", "The Quillane office denied it.",
    "1,200 boats", "Velmorra denies it.", "", "  ", "12 12 12", "É.",
])  # fmt: skip
TEXT = st.lists(SENTENCE, max_size=8).map(" ".join) | st.lists(SENTENCE, max_size=8).map("\n\n".join)


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT, st.sampled_from(["en", "fr"]), st.sampled_from(["en", "fr"]))
def test_pairs_are_sentences_and_the_same_from_either_side(one: str, two: str, a: str, b: str) -> None:
    left, right = read_of("left", one, language=a), read_of("right", two, language=b, source="Tides")
    pairs = same_event(left, right)
    bounds = [{(each.start, each.end) for each in read.proposals.sentences} for read in (left, right)]
    for each in pairs:
        assert (each.start, each.end) in bounds[0]
        assert (each.other_start, each.other_end) in bounds[1]
        assert 0.0 < each.score <= 1.0
        assert each.why
    back = same_event(right, left)
    assert mirrored(back) == {(each.start, each.end, each.other_start, each.other_end) for each in pairs}


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXT, min_size=3, max_size=4), st.randoms(use_true_random=False))
def test_pairs_of_a_case_do_not_depend_on_the_order_of_its_documents(
    texts: list[str], random: Random
) -> None:
    reads = [read_of(f"d{n}", text, source=f"Paper {n}") for n, text in enumerate(texts)]
    order = list(range(len(reads)))
    random.shuffle(order)
    found, again = events(reads), events([reads[n] for n in order])
    assert set(found) == {(a, b) for b in range(len(reads)) for a in range(b)}

    def spans(pairs: dict[tuple[int, int], tuple[Pair, ...]], ids: list[int]) -> dict[frozenset, float]:
        return {
            frozenset({(ids[a], each.start), (ids[b], each.other_start)}): each.score
            for (a, b), held in pairs.items()
            for each in held
        }

    one, other = spans(found, list(range(len(reads)))), spans(again, order)
    for key in one.keys() | other.keys():
        assert one.get(key, THRESHOLD) == pytest.approx(other.get(key, THRESHOLD), abs=0.002)


@pytest.mark.parametrize("text", ["a" * 50_000, "«" * 50_000, "7" * 50_000, "Velmora cut it. " * 400])
def test_texts_without_shape_are_read_in_time(text: str) -> None:
    reads = [read_of(f"d{n}", text, source=f"Paper {n}") for n in range(4)]
    assert set(events(reads)) == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}


def test_two_long_documents_are_compared() -> None:
    english = " ".join(
        f"On {1 + n % 28} March the operator cut {n + 20} terminals off near Quillane{n % 7} harbour."
        for n in range(500)
    )
    french = " ".join(
        f"Le {1 + n % 28} mars, l'opérateur a coupé {n + 20} terminaux près du port de Quillane{n % 7}."
        for n in range(500)
    )
    one, two = read_of("one", english), read_of("two", french, language="fr", source="Le Soir")
    assert len(one.proposals.sentences) == len(two.proposals.sentences) == 500
    found = {(each.start, each.other_start) for each in same_event(one, two)}
    right = zip(one.proposals.sentences, two.proposals.sentences, strict=True)
    assert sum((a.start, b.start) in found for a, b in right) >= 250
