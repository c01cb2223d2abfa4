"""The keys of reports: read to the character, refused where malformed, and what is counted by them."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks.reports_key import Key, read_case, read_folder, read_key

SEEN = Path(__file__).parents[1] / "benchmarks" / "reports" / "seen"

BODY = """
  <title><s m="reported">Link cut, <o n="The Harbour Dispatch">Dispatch</o> says</s></title>
  <p><s m="reported" e="e1 e2">According to
  <o n="The Harbour Dispatch">The Harbour Dispatch</o>, <f v="300.." u="terminal">more than 300
  terminals</f> went dark in <d v="2031-03-01..2031-03-31">March</d>.</s>
  <s m="denied"><q by="the operator">“<f v="2" u="hour">Two
  hours</f> &amp; no more,” </q>said the operator.</s></p>
  <p><s m="asked">Pourquoi&#160;?</s></p>
  <aside why="read also">Read also:   5 things</aside>
"""
TEXT = (
    "Link cut, Dispatch says\n\n"
    "According to The Harbour Dispatch, more than 300 terminals went dark in March. "
    "“Two hours & no more,” said the operator.\n\nPourquoi\N{NO-BREAK SPACE}?\n\nRead also: 5 things"
)


def write(folder: Path, body: str = BODY, name: str = "tide-1", **other: str) -> Path:
    facts = {"id": name, "case": "tide", "source": "The Tide", "date": "2031-04-02", "language": "en"}
    facts |= {"origin": name, "kind": "report"} | other
    words = " ".join(f'{key}="{value}"' for key, value in facts.items())
    path = folder / f"{name}.xml"
    path.write_text(f"<document {words}>{body}</document>", encoding="utf-8")
    return path


def test_a_key_is_read_as_plain_text_with_exact_offsets(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    assert key.text == TEXT
    assert key.title is not None
    assert key.surface(key.title) == "Link cut, Dispatch says"
    assert [key.surface(each) for each in key.outlets] == ["Dispatch", "The Harbour Dispatch"]
    assert {each.name for each in key.outlets} == {"The Harbour Dispatch"}
    assert [(key.surface(each), each.speaker) for each in key.quotations] == [
        ("“Two hours & no more,”", "the operator")
    ]
    assert [(key.surface(each), each.low, each.high, each.unit) for each in key.figures] == [
        ("more than 300 terminals", 300, None, "terminal"),
        ("Two hours", 2, 2, "hour"),
    ]
    assert [(key.surface(each), each.first, each.last) for each in key.dates] == [
        ("March", date(2031, 3, 1), date(2031, 3, 31))
    ]
    assert [key.surface(each) for each in key.asides] == ["Read also: 5 things"]
    assert [each.mood for each in key.sentences] == ["reported", "reported", "denied", "asked"]
    assert key.sentences[1].events == {"e1", "e2"}
    assert key.sentence_of(key.figures[1]) == key.sentences[2]


def test_a_key_without_a_title_begins_with_its_first_paragraph(tmp_path: Path) -> None:
    key = read_key(write(tmp_path, '\n<p> <s m="asserted">It rains.</s> </p>\n', date="2031-04"))
    assert (key.text, key.title, key.date) == ("It rains.", None, "2031-04")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<p><s m="asked">A?</s> and more</p>', r"p\[1\]: 'and more' stands outside <s>"),
        ("<p>Rain.</p>", r"p\[1\]: 'Rain\.' stands outside <s>"),
        ('loose<p><s m="asked">A?</s></p>', "document: 'loose' stands outside <s>"),
        ('<p><s m="rumoured">A.</s></p>', r"p\[1\]/s\[1\]: m 'rumoured'; one of asserted, reported"),
        ('<p><s m="asked" x="1">A?</s></p>', r"p\[1\]/s\[1\]: <s> does not know x; its attributes: m, e"),
        ("<p><s>A.</s></p>", r"p\[1\]/s\[1\]: <s> misses m"),
        ('<p><s m="asked"><s m="asked">A?</s></s></p>', "<s> inside <s>"),
        (
            '<p><s m="asked"><f v="2" u="day"><d v="">A?</d></f></s></p>',
            "<d> inside <f>; allowed: text alone",
        ),
        ('<p><s m="asked"><b>A?</b></s></p>', r"p\[1\]/s\[1\]/b\[1\]: <b> inside <s>"),
        (
            '<p><s m="asked"><f v="many" u="day">A</f>?</s></p>',
            r"f\[1\]: v 'many'; expected a number, low\.\.",
        ),
        ('<p><s m="asked"><f v=".." u="day">A</f>?</s></p>', r"v '\.\.'; expected a number"),
        ('<p><s m="asked"><f v="5..2" u="day">A</f>?</s></p>', r"v '5\.\.2'; expected a number"),
        ('<p><s m="asked"><f v="5" u="Days">A</f>?</s></p>', "u 'Days'; expected an English noun"),
        ('<p><s m="asked"><d v="2031-03-01">A</d>?</s></p>', r"d\[1\]: v '2031-03-01'; expected two days"),
        ('<p><s m="asked"><d v="2031-02-01..2031-02-30">A</d>?</s></p>', "expected two days"),
        ('<p><s m="asked"><d v="2031-02-02..2031-02-01">A</d>?</s></p>', "its last day is before its first"),
        ('<p><s m="asked"><o n="">A</o>?</s></p>', "n is empty"),
        ('<p><s m="asked"><q by=""> </q>A?</s></p>', r"q\[1\]: it is empty"),
        ('<p><s m="asked">A?</s></p><aside why="weather">B</aside>', r"aside\[1\]: why 'weather'; one of"),
        ('<p><s m="asked">A?</s></p><title><s m="asked">B</s></title>', "a title is the first line"),
        ('<aside why="share">B</aside>', "no sentence"),
        ("<p>", "a key is XML"),
    ],
)
def test_a_malformed_key_is_refused_with_its_file_and_element(tmp_path: Path, body: str, said: str) -> None:
    path = write(tmp_path, body)
    with pytest.raises(ValueError, match=rf"^tide-1\.xml\b.*{said}"):
        read_key(path)


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("id", "tide-2", "id 'tide-2'; it is the file's name"),
        ("date", "2031-13", "date '2031-13'; expected YYYY-MM-DD"),
        ("date", "April 2031", "date 'April 2031'; expected"),
        ("language", "de", "language 'de'; one of en, fr"),
        ("kind", "rumour", "kind 'rumour'; one of report, statement"),
        ("source", " ", "source is empty"),
        ("origin", "outlet:", "origin 'outlet:'; expected"),
        ("origin", "The Tide", "origin 'The Tide'; expected"),
        ("translation_of", "latin", "translation_of 'latin'; one of en, fr"),
        ("mood", "asked", "<document> does not know mood"),
    ],
)
def test_a_fact_of_a_document_that_is_none_is_refused(
    tmp_path: Path, fact: str, value: str, said: str
) -> None:
    path = write(tmp_path, **{fact: value})
    with pytest.raises(ValueError, match=rf"^tide-1\.xml, document: {said}"):
        read_key(path)


def test_an_origin_is_the_first_document_of_its_own_case(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, name="tide-2", origin="tide-1")
    write(tmp_path, name="tide-3", origin="outlet:Radio Ebb", version_of="tide-2")
    assert [each.origin for each in read_case(tmp_path)] == ["tide-1", "tide-1", "outlet:Radio Ebb"]

    write(tmp_path, name="tide-3", origin="tide-2")
    with pytest.raises(ValueError, match=r"tide-3\.xml.*'tide-2' goes back to 'tide-1'"):
        read_folder(tmp_path)
    write(tmp_path, name="tide-3", origin="tide-9")
    with pytest.raises(ValueError, match="'tide-9' is no document of case 'tide'"):
        read_folder(tmp_path)
    write(tmp_path, name="tide-3", version_of="tide-3")
    with pytest.raises(ValueError, match="version_of 'tide-3' is no other document"):
        read_folder(tmp_path)
    write(tmp_path, name="tide-3", case="ebb", origin="tide-1")
    with pytest.raises(ValueError, match="'tide-1' is no document of case 'ebb'"):
        read_folder(tmp_path)


def test_a_folder_of_two_cases_is_not_read_as_one(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, name="ebb-1", case="ebb")
    assert [each.id for each in read_folder(tmp_path)] == ["ebb-1", "tide-1"]
    with pytest.raises(ValueError, match=r"2 cases \(ebb, tide\)"):
        read_case(tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="no keys"):
        read_folder(tmp_path / "none")


def test_the_seen_half_is_twenty_short_documents_of_both_languages() -> None:
    keys = read_folder(SEEN)
    assert sorted(each.language for each in keys) == ["en"] * 10 + ["fr"] * 10
    assert all(600 <= len(each.text) <= 1500 for each in keys)
    assert {mark for each in keys for mark in moods(each)} == {
        "asserted", "reported", "conditional", "denied", "asked",
    }  # fmt: skip


def moods(key: Key) -> set[str]:
    return {each.mood for each in key.sentences}
