"""The short texts in which figures alone, or outlets, are marked: that they read, and what is refused."""

from pathlib import Path

import pytest

from benchmarks.reports import marked
from benchmarks.reports.key import Figure, Outlet
from benchmarks.reports.marked import FOLDER, KINDS, read_marked

TEXT = """=== en 2031-04-02 The Harbour Dispatch
Boats dark

The <o n="The Lookout">Lookout</o> says
that <f v="12.." u="boat">12 boats</f> are.

<f v="2" u="person">Two</f> left.
"""


def write(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "figures-01.txt").write_text(text, encoding="utf-8")
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
        ("=== en 2031-02-30\nText", r"day is out of range"),
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
    assert {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.txt")} == set(KINDS)
    for key in keys:
        marks = key.figures if kind == "figures" else key.outlets
        for mark in marks:
            said = key.text[mark.begin : mark.end]
            assert said == said.strip() != "", (key.id, said)
    assert sum(len(key.figures) + len(key.outlets) for key in keys) > 200
