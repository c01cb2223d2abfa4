"""The short texts in which figures alone, outlets or origins are marked: that they read, what is refused."""

from pathlib import Path

import pytest

from benchmarks.reports import marked
from benchmarks.reports.key import Figure, Outlet, by_case
from benchmarks.reports.marked import FOLDER, KINDS, ORIGINS, read_marked
from benchmarks.reports.measure import measure_marked_origins

TEXT = """=== en 2031-04-02 The Harbour Dispatch
Boats dark

The <o n="The Lookout">Lookout</o> says
that <f v="12.." u="boat">12 boats</f> are.

<f v="2" u="person">Two</f> left.
"""


CASE = """=== en 2031-04-02 dark first report first The Harbour Dispatch
Boats dark

Twelve boats
are dark, a pilot told this newspaper.

=== fr 2031-04-03 dark second report first Le Soir
Selon The Harbour Dispatch, des bateaux sont dans le noir.
=== en 2031-04-03 dark third report outlet:Quay_Radio Tides
It was cold, Radio Quay reported.
=== en 2031-04-04 dark fourth statement fourth Velmora
Nothing was dark.
"""


def write(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, kind: str = "figures") -> None:
    (folder / f"{kind}-01.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr(marked, "FOLDER", folder)


def test_marks_are_spans_of_the_text_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, TEXT, monkeypatch)
    (key,) = read_marked("figures")
    assert key.text == "Boats dark\n\nThe Lookout says that 12 boats are.\n\nTwo left."
    assert (key.source, key.date, key.language) == ("The Harbour Dispatch", "2031-04-02", "en")
    assert key.outlets == (Outlet(16, 23, "The Lookout"),)
    assert key.figures == (Figure(34, 42, 12.0, None, "boat"), Figure(49, 52, 2.0, 2.0, "person"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("=== xx 2031-04-02\nText", r"figures-01\.txt:1: .*expected === language date source"),
        ("=== en 2031-04-02\n<f v=\"many\" u=\"boat\">Many</f>", r"figures-01\.txt:1: v 'many'"),
        ("=== en 2031-04-02\n<f v=\"2\" u=\"Boat\">Two boats</f>", r"figures-01\.txt:1: u 'Boat'"),
        ("=== en 2031-04-02\n<f v=\"2\" u=\"boat\">Two boats", r"figures-01\.txt:1: .* is no whole mark"),
        ("=== en 2031-02-30\nText", r"figures-01\.txt:1: '2031-02-30': day is out of range"),
    ],
)  # fmt: skip
def test_a_malformed_text_is_refused(
    wrong: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, wrong, monkeypatch)
    with pytest.raises(ValueError, match=said):
        read_marked("figures")


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_is_read_and_every_mark_holds_words(kind: str) -> None:
    keys = read_marked(kind)
    assert len({key.id for key in keys}) == len(keys)
    assert {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.txt")} == {*KINDS, ORIGINS}
    for key in keys:
        marks = key.figures if kind == "figures" else key.outlets
        for mark in marks:
            said = key.text[mark.begin : mark.end]
            assert said == said.strip() != "", (key.id, said)
    assert sum(len(key.figures) + len(key.outlets) for key in keys) > 200


def test_the_line_of_a_text_has_its_case_and_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, CASE, monkeypatch, ORIGINS)
    first, second, third, fourth = read_marked(ORIGINS)
    assert first.text == "Boats dark\n\nTwelve boats are dark, a pilot told this newspaper."
    assert (second.case, second.source, second.origin, second.language) == ("dark", "Le Soir", "first", "fr")
    assert (third.origin, third.date) == ("outlet:Quay Radio", "2031-04-03")
    assert (fourth.kind, fourth.origin) == ("statement", "fourth")


def test_origins_are_counted_by_language_and_an_outlet_by_what_is_taken_for_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, CASE.replace("Quay_Radio", "Radio_Quays"), monkeypatch, ORIGINS)
    counts = measure_marked_origins()
    assert {name: (each.right, each.of) for name, each in counts.items()} == {
        "all": (4, 4), "en": (3, 3), "fr": (1, 1),
    }  # fmt: skip
    write(tmp_path, CASE.replace("Quay_Radio", "Grevane_Radio"), monkeypatch, ORIGINS)
    assert measure_marked_origins()["en"].wrong == ("third: outlet:Radio Quay, is outlet:Grevane Radio",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("report first Le", "rumour first Le", r"origins-01\.txt:7: .*expected === language date case id"),
        ("fr 2031", "xx 2031", r"origins-01\.txt:7: .*expected === language date case id"),
        ("2031-04-04", "2031-04-31", r"origins-01\.txt:11: '2031-04-31': day is out of range"),
        ("dark second", "dark first", r"origins-01\.txt:7: a second text of the id 'first'"),
        (
            "report first Le",
            "report last Le",
            r"origins-01\.txt:7: origin 'last' is no document of case 'dark'",
        ),
        ("report first Le", "report third Le", r"origins-01\.txt:7: .*goes back to 'outlet:Quay Radio'"),
        ("outlet:Quay_Radio", "outlet:_", r"origins-01\.txt:9: origin .* names no outlet"),
    ],
)
def test_a_malformed_case_is_refused(
    old: str, new: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, CASE.replace(old, new), monkeypatch, ORIGINS)
    with pytest.raises(ValueError, match=said):
        read_marked(ORIGINS)


def test_the_cases_of_origins_have_four_documents_in_both_languages() -> None:
    keys = read_marked(ORIGINS)
    cases = by_case(keys)
    assert (len(keys), {len(each) for each in cases.values()}) == (120, {4})
    assert {key.language for key in keys} == {"en", "fr"}
    assert len({key.id for key in keys}) == len(keys)
