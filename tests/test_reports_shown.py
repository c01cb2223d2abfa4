"""What of a case is shown: a document as pieces, names of persons withheld, excerpts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo.service.reports.claims import Answer, Claim, Telling, Word
from openleo.service.reports.comparison import Cell, Column, Comparison, Differing, Held, Row, Value
from openleo.service.reports.document import Aside, Document, Interval
from openleo.service.reports.proposals import Name, NameKind, Proposals, Read
from openleo.service.reports.shown import LEFT_OUT, Lit, blocks, lit, without_names
from openleo.service.reports.withheld import Withheld

MARK = "[name withheld]"
NOBODY = Withheld({}, MARK)
TEXT = (
    "A title\n\nThe service was cut. Boats turned back. Nobody answered.\n\nRead also: tides\n\n"
    "A second paragraph. It has two sentences."
)


@dataclass(frozen=True)
class Spelling:
    """A name as somebody has confirmed it."""

    written: str
    name: str
    kind: NameKind
    shown_as: str = ""


def document(text: str = TEXT, **more: Any) -> Document:
    given = {"title": text.split("\n")[0], "author": "", "published": None, "language": "en"}
    return Document(text, "The Bulletin", **(given | more))


def read(text: str, *names: tuple[str, NameKind]) -> Read:
    found = tuple(Name(text.index(name), text.index(name) + len(name), name, kind) for name, kind in names)
    return Read("aa", document(text), Proposals(names=found))


def span(words: str, claim: int = 1, text: str = TEXT, *, answer: bool = False) -> Lit:
    return Lit(text.index(words), text.index(words) + len(words), claim, answer)


def told(text: str, hidden: Withheld) -> str:
    return "".join(piece.text for each in blocks(document(text), (), hidden) for piece in each.pieces)


# ------------------------------------------------------------------ pieces


def test_a_document_without_spans_is_its_paragraphs() -> None:
    aside = Aside(TEXT.index("Read also"), TEXT.index("\n\nA second"), "read also")
    found = blocks(document(asides=(aside,)), (), NOBODY)
    assert [each.kind for each in found] == ["title", "words", "aside", "words"]
    assert [each.aside for each in found] == ["", "", "read also", ""]
    assert "\n\n".join(piece.text for each in found for piece in each.pieces) == TEXT


def test_spans_that_overlap_are_each_lit_in_full() -> None:
    one, other = span("service was cut", 1), span("was cut. Boats", 2)
    answer = span("Nobody answered", 1, answer=True)
    pieces = [piece for each in blocks(document(), (one, other, answer), NOBODY) for piece in each.pieces]
    assert "".join(each.text for each in pieces if 1 in each.claims) == "service was cut"
    assert "".join(each.text for each in pieces if 2 in each.claims) == "was cut. Boats"
    assert "".join(each.text for each in pieces if each.claims == (1, 2)) == "was cut"
    assert "".join(each.text for each in pieces if 1 in each.answers) == "Nobody answered"


@given(
    st.text("ab .é\U0001f6f0ش\n", max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 20)), max_size=6),
)
def test_whatever_is_lit_the_text_stays_whole_and_offsets_are_those_of_the_text(
    text: str, given: list[tuple[int, int]]
) -> None:
    spans = [Lit(a, min(a + n, len(text)), at) for at, (a, n) in enumerate(given) if a < len(text)]
    shown = blocks(document(text, title=""), spans, NOBODY)
    pieces = [piece for each in shown for piece in each.pieces]
    assert all(text[each.start : each.end] == each.text for each in pieces)
    assert [each.start for each in pieces] == sorted(each.start for each in pieces)
    assert "".join("".join(each.text for each in pieces).split()) == "".join(text.split())
    for each in spans:
        lit_here = {
            at for piece in pieces if each.claim in piece.claims for at in range(piece.start, piece.end)
        }
        covered = {at for piece in pieces for at in range(piece.start, piece.end)}
        assert lit_here == covered & set(range(each.start, each.end))


def test_spans_are_those_of_the_version_that_is_shown() -> None:
    tellings = (
        Telling("aa", 9, 20, "asserted", version=2),
        Telling("aa", 1, 5, "asserted", version=1),
        Telling("bb", 2, 6, "asserted"),
    )
    answers = (
        Answer(7, "denies", "The ministry", "no", document="aa", start=30, end=34),
        Answer(7, "no comment", "The operator"),
    )
    when = Interval(None, None)
    claim = Claim(7, "A case", "decided", "off", "", when, "", "", "", tellings, answers)
    assert lit("aa", 2, [claim]) == (Lit(9, 20, 7), Lit(30, 34, 7, answer=True))
    assert lit("bb", 1, [claim]) == (Lit(2, 6, 7),)


# ------------------------------------------------------------------ excerpts


def test_excerpts_are_the_title_and_the_sentences_of_spans() -> None:
    aside = Aside(TEXT.index("Read also"), TEXT.index("\n\nA second"), "read also")
    found = blocks(document(asides=(aside,)), (span("turned back"),), NOBODY, excerpts=True)
    assert [[piece.text for piece in each.pieces] for each in found] == [
        ["A title"],
        [LEFT_OUT, "Boats ", "turned back", ".", LEFT_OUT],
    ]
    kinds = [piece.kind for each in found for piece in each.pieces]
    assert kinds.count("left out") == 2


def test_what_is_left_out_between_two_excerpts_is_said_once() -> None:
    text = "A title\n\nOne. Two.\n\nThree.\n\nFour.\n\nFive. Six."
    spans = (span("One", 1, text), span("Six", 2, text))
    found = blocks(document(text), spans, NOBODY, excerpts=True)
    words = [piece.text for each in found for piece in each.pieces]
    assert words == ["A title", "One", ".", LEFT_OUT, "Six", "."]


def test_a_span_over_two_sentences_is_excerpted_whole() -> None:
    found = blocks(document(), (span("was cut. Boats"),), NOBODY, excerpts=True)
    words = "".join(piece.text for piece in found[1].pieces)
    assert words == f"The service was cut. Boats turned back.{LEFT_OUT}"


# ------------------------------------------------------------------ names


def test_a_persons_name_is_withheld_in_full_and_by_the_surname() -> None:
    text = "Mira Tolvane said no. TOLVANE’S deputy agreed, and mira\n tolvane left with Ms Tolvane."
    hidden = Withheld.of([read(text, ("Mira Tolvane", "person"))], (), MARK)
    assert told(text, hidden) == f"{MARK} said no. {MARK}’S deputy agreed, and {MARK} left with Ms {MARK}."


def test_a_role_stands_for_a_person_where_one_was_given() -> None:
    text = "Mira Tolvane fishes there."
    known = [Spelling("Mira Tolvane", "Mira Tolvane", "person", "a fisher")]
    assert told(text, Withheld.of([read(text)], known, MARK)) == "[a fisher] fishes there."


@pytest.mark.parametrize("kind", ["office", "organisation", "outlet", "place"])
def test_a_name_that_was_confirmed_as_no_persons_is_shown(kind: NameKind) -> None:
    text = "Orm Sarrand said no. Sarrand is closed."
    given = read(text, ("Orm Sarrand", "person"))
    assert told(text, Withheld.of([given], (), MARK)) == f"{MARK} said no. {MARK} is closed."
    assert told(text, Withheld.of([given], [Spelling("orm sarrand", "Orm Sarrand", kind)], MARK)) == text


def test_a_surname_that_is_a_word_of_another_name_is_no_surname_alone() -> None:
    text = "Ada Strait spoke of the Bay Strait and of straits."
    hidden = Withheld.of([read(text, ("Ada Strait", "person"), ("Bay Strait", "place"))], (), MARK)
    assert told(text, hidden) == f"{MARK} spoke of the Bay Strait and of straits."


def test_a_part_of_a_word_is_no_name() -> None:
    hidden = Withheld.of([read("Bo Ane", ("Bo Ane", "person"))], (), MARK)
    assert hidden.told("Ane, Anemone, Bananes, BO ANEST") == f"{MARK}, Anemone, Bananes, BO ANEST"


def test_a_name_within_a_lit_span_is_withheld_and_stays_lit() -> None:
    text = "It was Mira Tolvane who asked."
    hidden = Withheld.of([read(text, ("Mira Tolvane", "person"))], (), MARK)
    (block,) = blocks(
        document(text, title=""), (span("Mira Tolvane who", 4, text), span("Tolvane", 5, text)), hidden
    )
    assert [(each.text, each.kind, each.claims) for each in block.pieces] == [
        ("It was ", "words", ()),
        (MARK, "withheld", (4, 5)),
        (" who", "words", (4,)),
        (" asked.", "words", ()),
    ]


def test_an_address_that_spells_a_name_is_not_given() -> None:
    hidden = Withheld.of([read("Mira Tolvane", ("Mira Tolvane", "person"))], (), MARK)
    assert hidden.address("https://bulletin.example/tolvane-said-no") == ""
    assert hidden.address("https://bulletin.example/strait") == "https://bulletin.example/strait"


def test_no_name_is_left_in_any_word_of_a_comparison() -> None:
    name = "Mira Tolvane"
    hidden = Withheld.of([read(name, (name, "person"))], (), MARK)
    word = Word(name, True, 1, (f"The aunt of {name}",))
    column = Column("aa", "The Bulletin", f"{name} said no", name, None, "en", "", "report", 1, "aa", "",
                    (f"It names {name}.",), "whole")  # fmt: skip
    row = Row(
        1, "asked", "off", "", Interval(None, date(2024, 1, 1), f"as {name} said"), name, name, "",
        (Cell("aa", 0, 12, name, f"{name} asked.", "asserted", word),),
        (Answer(1, "denies", name, f"{name} did not", noted_by=name),), 1,
        (
            Differing("name", name, (Value("aa", 0, 12, name), Value("bb", 0, 7, "Tolvane"))),
            Differing("name", name, (Value("aa", 0, 12, name), Value("bb", 0, 8, "Bulletin"))),
        ), Held("none", "None."), None, False, None,
        True, -1, "",
    )  # fmt: skip
    found = Comparison(
        "A case", (column,), (row,), (), 1, (), ((name, name), ("Bulettin", "The Bulletin")), ""
    )
    shown = without_names(found, hidden)
    assert name in repr(found)
    assert "Tolvane" not in repr(shown)
    assert shown.aliases == (("Bulettin", "The Bulletin"),)
    assert shown.rows[0].cells[0].sentence == f"{MARK} asked."
    assert [[each.words for each in it.values] for it in shown.rows[0].differing] == [[MARK, "Bulletin"]]


def test_fifty_thousand_characters_of_one_letter_are_no_trouble() -> None:
    text = "Tolvane, " * 2_000 + "a" * 50_000
    hidden = Withheld.of([read("Mira Tolvane", ("Mira Tolvane", "person"))], (), MARK)
    assert told(text, hidden).count(MARK) == 2_000
