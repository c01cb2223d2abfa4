"""A case printed in French, and on a narrow terminal; people's own words stay as they are."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from openleo.cli.report_lines import WIDTH, lines_of, names_of, timeline_lines
from openleo.cli.report_words import ACTS, ANSWERS, DIFFERING, KINDS, MOODS
from openleo.service.reports.claims import Act, Answer, AnswerKind, ClaimKind, Word
from openleo.service.reports.comparison import (
    Alternatives,
    Cell,
    Column,
    Comparison,
    Differing,
    Entry,
    Held,
    Row,
    Value,
)
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Mood
from openleo.service.reports.timeline import timeline

TODAY = date(2031, 6, 1)
MARCH = Interval(date(2031, 3, 3), date(2031, 3, 3), "on Monday")
UNKNOWN = Interval(None, None)
BOATS = (
    Value("aa", 0, 1, "40", 40, 40),
    Value("bb", 0, 1, "plus de 50", 50, None),
    Value("cc", 0, 1, "5 à 6", 5, 6),
)
ENGLISH = re.compile(
    r"\b(?:the|claim|told|denied|answer|asked|reviewed|private|goes|entry|by|of|more|day|days|last)\b",
    re.IGNORECASE,
)


def a_column(id_: str, **facts: object) -> Column:
    column = Column(
        id_,
        f"Gazette {id_}",
        "Nuit",
        "bureau mer",
        MARCH,
        "fr",
        "",
        "report",
        1,
        id_,
        "",
        ("Il cite X.",),
        "whole",
    )
    return replace(column, **facts)  # type: ignore[arg-type]


def a_row(number: int, **facts: object) -> Row:
    word = Word("deux agents", count=2, chain=("Radio Rade",))
    row = Row(
        number, "decided", "off", "la rade", MARCH, "le port", "la ville", "nuit",
        (Cell("aa", 0, 4, "Nuit", "Il fit nuit.", "reported", word),
         Cell("bb", 0, 4, "Non", "Non.", "denied", Word("")),
         Cell("cc", 0, 4, "Nuit", "Il fit nuit.", "conditional", Word(""), 1, MARCH, True)),
        (Answer(number, "denies", "le port", "Rien de tel.", date(2031, 4, 1), "bb"),
         Answer(number, "silent since", "la ville", "", date(2031, 4, 2))),
        1, (Differing("figure", "boat", BOATS),),
        Held("fits", "Une entrée concorde", (Entry(3, "2031-03-03", "Entrée 3."),)),
        date(2031, 4, 2), True, 60, True, 7, "ab" * 32, told=2,
    )  # fmt: skip
    return replace(row, **facts)  # type: ignore[arg-type]


def a_case(rows: Sequence[Row]) -> Comparison:
    columns = (
        a_column("aa"),
        a_column("bb", kind="statement", shown="", title="", published=None, language=""),
        a_column("cc", versions=2, first=MARCH, origin="aa", translated_from="en"),
        a_column("dd", origin="", outside="Radio Rade", source=""),
    )
    both = (Alternatives("nuit", tuple(each.number for each in rows)),) if len(rows) > 1 else ()
    return Comparison("rade", columns, tuple(rows), (), 1, both, (), "log.example/rade")


def both_of(found: Comparison, language: str) -> Iterator[str]:
    yield from lines_of(found, TODAY, {"aa": "https://rade.example/1"}, language)  # type: ignore[arg-type]
    yield from timeline_lines(found.case, timeline(found), names_of(found), TODAY, language)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def as_wide_as_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


CASES = {
    "two accounts": a_case(
        (a_row(1), a_row(2, act="never on", reviewed=False, held=Held("none", "Aucune entrée.")))
    ),
    "one claim": a_case(
        (a_row(1, when=UNKNOWN, where="", by="", behalf="", open=False, independent=0, hash=""),)
    ),
    "no claims": a_case(()),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_a_case_in_french_is_english(case: str) -> None:
    said = "\n".join(both_of(CASES[case], "fr"))
    assert not ENGLISH.findall(said.replace("on Monday", "").replace("boat", ""))
    assert "Au 2031-06-01. Un récit n’est pas un constat, et rien ici ne dit qu’il en est ainsi." in said


def test_each_language_says_as_much_as_the_other() -> None:
    for found in CASES.values():
        english, french = ("\n".join(both_of(found, language)) for language in ("en", "fr"))
        assert re.findall(r"\d+", english) == re.findall(r"\d+", french)


def test_a_claim_in_french_is_told_with_who_answered_what() -> None:
    said = re.sub(r"\s+", " ", "\n".join(lines_of(CASES["two accounts"], TODAY, {}, "fr")))
    for each in (
        "Affirmation 1. Décidé : service coupé ; la rade ; 2031-03-03 (« on Monday ») ; par le port ; pour",
        "Racontée par 2 documents. 1 source indépendante. Démentie dans 1 document.",
        "Elle ne peut être exacte en même temps que l’affirmation 2.",
        "Gazette aa, rapporté, sur la parole de deux agents (anonyme, 2), par Radio Rade : Il fit nuit.",
        "Réponse : le port : dément, le 2031-04-01 : Rien de tel. (dans Gazette bb)",
        "Réponse : la ville : sans réponse depuis le 2031-04-02.",
        "Interrogé le 2031-04-02 et sans réponse depuis 60 jours : L’opérateur.",
        "Chiffre qui diffère, boat : 40 (40) : Gazette aa 50 ou plus (plus de 50) : Gazette bb 5 à 6 (5 à 6)",
        "Le journal : Une entrée concorde :",
        "Privée : aucune deuxième personne ne l’a relue.",
    ):
        assert each in said


def test_every_word_of_a_claim_has_both_languages() -> None:
    for words, known in ((KINDS, ClaimKind), (ACTS, Act), (MOODS, Mood), (ANSWERS, AnswerKind)):
        assert set(words) == set(get_args(known))
    for words in (KINDS, ACTS, MOODS, ANSWERS, DIFFERING):
        assert all(len(each) == 2 and bool(each[0]) == bool(each[1]) for each in words.values())


@pytest.mark.parametrize(("columns", "most"), [("40", 40), ("200", WIDTH), ("1", 30)])
def test_a_case_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str, most: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    widest = max(len(each) for each in both_of(CASES["two accounts"], "en") if "https:" not in each)
    assert most - 12 < widest <= most


def test_a_case_is_a_table_of_claims_by_documents() -> None:
    lines = list(lines_of(CASES["two accounts"], TODAY, {}, "en"))
    first, second = (number for number, line in enumerate(lines) if line.startswith("claim"))
    assert lines[first].split() == ["claim", "A", "B", "C", "D", "sources"]
    assert lines[first + 1].split() == [
        "1", "Decided:", "service", "switched", "rep.", "denies", "cond.", "-", "1",
    ]  # fmt: skip
    assert lines[second].split() == ["claim", "answers", "log"]
    assert lines[second + 1].endswith("le port: denies; la ville:        an entry fits")
    assert "silent since 2031-04-02; asked," in lines[second + 2]
    assert any(each.startswith("  A  aa  Gazette aa, ") for each in lines)
    assert any(each.startswith("  D  dd  no source, ") for each in lines)


def test_a_table_goes_on_below_where_a_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    found = a_case((a_row(1, cells=(), differing=(), answers=()),))
    many = replace(found, columns=tuple(a_column(f"d{number}") for number in range(30)))
    lines = list(lines_of(many, TODAY, {}, "en"))
    heads = [each.split()[1:] for each in lines if each.startswith("claim")]
    assert len(heads) > 5
    assert all(len(each) <= 40 for each in lines)
    assert [each for block in heads for each in block][24:32] == [
        "Y", "Z", "AA", "AB", "AC", "AD", "sources", "answers",
    ]  # fmt: skip
