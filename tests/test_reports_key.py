"""The keys of reports: read to the character, refused where malformed, and what is counted by them."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks.reports import score
from benchmarks.reports.key import Key, read_case, read_folder, read_key

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


@pytest.mark.parametrize(("folder", "each"), [("seen", 20), ("opened", 140), ("unseen", 40)])
def test_a_set_is_of_short_documents_as_many_in_each_language(folder: str, each: int) -> None:
    keys = read_folder(SEEN.parent / folder)
    assert sorted(key.language for key in keys) == ["en"] * each + ["fr"] * each
    assert all(600 <= len(key.text) <= 1500 for key in keys)
    assert {mark for key in keys for mark in moods(key)} == {
        "asserted", "reported", "conditional", "denied", "asked",
    }  # fmt: skip


def moods(key: Key) -> set[str]:
    return {each.mood for each in key.sentences}


SPEECH = """
  <p><s m="reported"><q by="the head of the port">“We waited.</q></s> <s m="reported"><q
  by="the head of the port">Nobody came,”</q> the head of the port said.</s>
  <s m="reported"><q by="">“Never again.”</q></s></p>
"""


def at(key: Key, words: str) -> tuple[int, int]:
    begin = key.text.index(words)
    return begin, begin + len(words)


def shares(count: score.Count) -> tuple[float, float]:
    return count.precision, count.recall


def test_an_outlet_is_right_where_it_stands_and_by_its_name_but_for_the_article(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    title, named = at(key, "Dispatch"), at(key, "Harbour Dispatch")
    right = [(*title, "harbour dispatch"), (*named, "THE HARBOUR DISPATCH")]
    assert shares(score.outlets(key, right)) == (1, 1)
    assert shares(score.outlets(key, [(*title, "Dispatch"), right[1]])) == (0.5, 0.5)
    assert shares(score.outlets(key, [(*at(key, "March"), "The Harbour Dispatch"), right[1]])) == (0.5, 0.5)
    assert shares(score.outlets(key, right[:1])) == (1, 0.5)
    assert shares(score.outlets(key, [])) == (1, 0)


def test_an_outlet_by_another_name_is_right_where_that_may_be_the_same(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    translated = (*at(key, "Harbour Dispatch"), "La Dépêche du port")
    assert score.outlets(key, [translated]).right == 0
    assert (
        score.outlets(key, [translated], lambda a, b: (a, b) == (translated[2], key.outlets[0].name)).right
        == 1
    )
    assert score.outlets(key, [translated], lambda a, b: False).right == 0


def test_a_mark_is_not_matched_twice_and_none_is_lost_by_the_order(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    named = (*at(key, "The Harbour Dispatch"), "The Harbour Dispatch")
    both = (0, len(key.text), "The Harbour Dispatch")
    count = score.outlets(key, [named, named])
    assert (count.right, count.proposed, count.expected) == (1, 2, 2)
    assert len(count.wrong) == len(count.missed) == 1
    assert shares(score.outlets(key, [both, named])) == shares(score.outlets(key, [named, both])) == (1, 1)


def test_a_quotation_is_right_with_its_speaker_and_most_of_its_characters(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    begin, end = at(key, "“Two hours & no more,”")
    assert shares(score.quotations(key, [(begin, end, "The operator")])) == (1, 1)
    assert shares(score.quotations(key, [(begin + 1, end - 2, "operator of Vantrel")])) == (1, 1)
    for wrong in (
        (begin + 5, end, "the operator"),
        (begin, end + 6, "the operator"),
        (begin, end, "the ministry of the coast"),
        (begin, end, ""),
        (begin, end, "the"),
    ):
        assert shares(score.quotations(key, [wrong])) == (0, 0)


def test_a_quotation_of_two_sentences_is_right_as_one_span_and_as_two(tmp_path: Path) -> None:
    key = read_key(write(tmp_path, SPEECH))
    whole, last = (
        (*at(key, "“We waited. Nobody came,”"), "head of the port"),
        (*at(key, "“Never again.”"), ""),
    )
    halves = [(*at(key, "“We waited."), "head of the port"), (*at(key, "Nobody came,”"), "head of the port")]
    for proposed in ([whole, last], [*halves, last]):
        count = score.quotations(key, proposed)
        assert (count.right, count.proposed, count.expected) == (2, 2, 2)
    assert score.quotations(key, halves[:1]).right == 0
    assert score.quotations(key, [whole, (*last[:2], "the port")]).right == 1


def test_a_figure_is_right_by_value_bounds_and_unit(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    terminals, hours = at(key, "300 terminals"), at(key, "Two hours")
    right = [(*terminals, 300.0, None, "terminal"), (*hours, 2.0, 2.0, "hour")]
    assert shares(score.figures(key, right)) == (1, 1)
    for wrong in (
        (*terminals, 300.0, 300.0, "terminal"),
        (*terminals, 3000.0, None, "terminal"),
        (*terminals, 300.0, None, "vessel"),
        (*at(key, "Pourquoi"), 300.0, None, "terminal"),
    ):
        assert shares(score.figures(key, [wrong, right[1]])) == (0.5, 0.5)


def test_a_date_is_right_by_its_first_and_last_day(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    first, last = date(2031, 3, 1), date(2031, 3, 31)
    assert shares(score.dates(key, [(*at(key, "in March"), first, last)])) == (1, 1)
    assert shares(score.dates(key, [(*at(key, "in March"), first, first)])) == (0, 0)
    assert shares(score.dates(key, [(*at(key, "300"), first, last)])) == (0, 0)


def test_a_mood_is_that_of_the_proposed_sentence_that_overlaps_most(tmp_path: Path) -> None:
    key = read_key(write(tmp_path))
    right = [(each.begin, each.end, each.mood) for each in key.sentences]
    assert score.moods(key, right).share == 1
    one_wrong = [*right[:2], (*right[2][:2], "asserted"), right[3]]
    assert score.moods(key, one_wrong).share == 0.75
    assert score.moods(key, right[:3]).share == 0.75
    assert score.moods(key, [(0, len(key.text), "reported")]).share == 0.5
    little = (key.sentences[2].begin, key.sentences[2].begin + 3, "asked")
    assert score.moods(key, [little, *right]).share == 1


def test_origins_are_counted_over_documents_that_have_one_and_those_that_have_none(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, name="tide-2", origin="tide-1")
    write(tmp_path, name="tide-3", origin="outlet:The Ebb")
    keys = read_case(tmp_path)
    assert score.origins(keys, {"tide-2": "tide-1", "tide-3": "outlet:ebb"}).share == 1
    assert score.origins(keys, {"tide-2": "tide-1"}).right == 2
    assert score.origins(keys, {}).right == 1
    every = {"tide-1": "tide-2", "tide-2": "tide-1", "tide-3": "tide-1"}
    count = score.origins(keys, every)
    assert (count.right, count.of) == (1, 3)
    assert count.wrong == ("tide-1: tide-2, is tide-1", "tide-3: tide-1, is outlet:The Ebb")


def test_a_pair_is_right_once_in_either_order_and_never_between_versions(tmp_path: Path) -> None:
    told = '<p><s m="asserted" e="e1 e2">It rained.</s> <s m="asserted" e="e3">It blew.</s></p>'
    write(tmp_path, told)
    write(tmp_path, told.replace(' e="e3"', "").replace("e1 e2", "e2"), name="tide-2")
    write(tmp_path, told, name="tide-3", version_of="tide-1")
    case = read_case(tmp_path)
    pair = ("tide-1", 0, 10, "tide-2", 0, 10)
    count = score.pairs(case, [pair, ("tide-2", 2, 12, "tide-3", 0, 9)])
    assert (count.right, count.proposed, count.expected) == (2, 2, 2)
    again = score.pairs(case, [pair, ("tide-2", 0, 10, "tide-1", 0, 10)])
    assert (again.right, again.proposed, again.expected) == (1, 2, 2)
    assert again.missed == ("tide-2 0:10 'It rained.' | tide-3 0:10 'It rained.'",)
    assert shares(score.pairs(case, [("tide-1", 11, 19, "tide-2", 0, 10), pair])) == (0.5, 0.5)
    assert score.pairs(case, [("tide-1", 0, 10, "tide-3", 0, 10)]).proposed == 0
    assert score.pairs(case, [("tide-1", 0, 10, "tide-1", 0, 10)]).proposed == 1
    with pytest.raises(ValueError, match="'ebb-1', which is no document of the case"):
        score.pairs(case, [("tide-1", 0, 10, "ebb-1", 0, 10)])


def test_counts_of_documents_add_up() -> None:
    both = score.Count(1, 2, 4, ("a",), ("b",)) + score.Count(3, 3, 4, (), ("c",))
    assert both == score.Count(4, 5, 8, ("a",), ("b", "c"))
    assert shares(both) == (0.8, 0.5)
    assert (score.Accuracy(1, 2, ("a",)) + score.Accuracy(2, 2)).share == 0.75


def test_what_the_key_itself_says_has_the_full_score() -> None:
    for key in read_folder(SEEN):
        assert shares(score.outlets(key, [(m.begin, m.end, m.name) for m in key.outlets])) == (1, 1)
        said = [(m.begin, m.end, m.speaker) for m in key.quotations]
        assert shares(score.quotations(key, said)) == (1, 1)
        measured = [(m.begin, m.end, m.low, m.high, m.unit) for m in key.figures]
        assert shares(score.figures(key, measured)) == (1, 1)
        assert shares(score.dates(key, [(m.begin, m.end, m.first, m.last) for m in key.dates])) == (1, 1)
