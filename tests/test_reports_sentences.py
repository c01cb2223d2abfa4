"""Where sentences end, where a text has none of what ends them."""

import pytest

from openleo.service.reports.document import Document
from openleo.service.reports.propose import propose
from openleo.service.reports.prose.sentences import LONGEST, sentences


def cut(text: str) -> list[str]:
    document = Document(text, "", "", "", None, "en")
    return [document.text[each.start : each.end] for each in sentences(document)]


def test_a_sentence_beyond_all_measure_is_cut_at_white_space_and_nothing_of_it_is_lost() -> None:
    text = "The service was off and on again, " * 500
    parts = cut(f"It began on Monday. {text}")
    assert parts[0] == "It began on Monday."
    assert " ".join(parts[1:]) == text.strip()
    assert all(LONGEST - 40 < len(each) <= LONGEST for each in parts[1:-1])


def test_the_sea_ends_a_sentence_and_a_short_weekday_does_not() -> None:
    text = "Le bateau est en mer. Dimanche, il rentre. Réunion le mer. 12 mars à midi."
    document = Document(text, "", "", "", None, "fr")
    assert [text[each.start : each.end] for each in sentences(document)] == [
        "Le bateau est en mer.", "Dimanche, il rentre.", "Réunion le mer. 12 mars à midi.",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["x" * (3 * LONGEST + 7), "«" * LONGEST * 2, "x" * LONGEST])
def test_one_without_white_space_is_cut_as_well(text: str) -> None:
    assert "".join(cut(text)) == text
    assert max(map(len, cut(text))) == LONGEST


def test_a_sentence_of_the_longest_kind_is_one() -> None:
    text = ("the service was off, " * LONGEST)[: LONGEST - 1] + "."
    assert cut(text) == [text]


@pytest.mark.parametrize(
    "said", ["“a” ", "said, ", "3 March ", "according to ", "a-t-il dit, ", "Abc told Def "]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_text_without_an_end_is_read(said: str, language: str) -> None:
    text = said * (20_000 // len(said))  # taken as one sentence, the square of its length would be minutes
    found = propose(Document(text, "", "", "", None, language))
    assert len(found.sentences) >= len(text) // LONGEST
