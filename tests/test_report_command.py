"""`openleo report`: documents imported, shown, made into claims, answered, reviewed."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from openleo.cli import openleo
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.proposals import Day, Name, Proposals, Quotation
from openleo.service.reports.prose.sentences import sentences
from openleo.service.store.reports import Reports

COMMANDS = sorted(openleo.commands["report"].commands)  # type: ignore[attr-defined]

TEXT = """\
Link off the coast was cut

The operator switched off its service along the coast on 3 March, officials said. \
Nobody had told the harbour of it.

A clerk saw the screens go dark. The ministry gave no such order, it said.

Read also: ten harbours to see in May
"""
CUT = "switched off its service along the coast"


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENLEO_REPORTS", raising=False)
    monkeypatch.setenv("OPENLEO_BY", "desk-1")
    monkeypatch.setenv("OPENLEO_TODAY", "2031-06-01")
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(openleo, ["report", *words])


def well(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(code: int, *words: str) -> str:
    result = call(*words)
    assert result.exit_code == code, result.output
    return result.stderr


def value(*words: str) -> Any:
    return json.loads(well(*words, "--json"))


def a_file(name: str = "cut.txt", text: str = TEXT) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def an_import(name: str = "cut.txt", text: str = TEXT, *more: str) -> str:
    """A document of the case coast; its id."""
    given = value(
        "import", a_file(name, text), "--case", "coast", "--source", "The Pier", "--date", "2031-03-04", *more
    )
    return str(given["documents"][0]["id"])


def a_claim(id_: str, *more: str) -> Any:
    return value(
        "claim", id_, "--span", CUT, "--kind", "decided", "--act", "off", "--where", "the coast",
        "--when", "2031-03-03", *more,
    )  # fmt: skip


def proposed(text: str) -> str:
    """A document whose proposals are known, whatever the rules find; its id."""
    quoted = Quotation(text.index("such"), text.index("such") + 4, "", why="quotation marks")
    at, clerk = text.index("3 March"), text.index("A clerk")
    document = Document(text, "The Pier", "Link", "", Interval(None, None), "en")
    found = Proposals(
        tuple(
            replace(each, mood="denied", why="no such")
            if "gave no such" in text[each.start : each.end]
            else replace(each, mood="reported", why="officials said")
            for each in sentences(document)
        ),
        quotations=(quoted,),
        days=(Day(at, at + 7, when_of("2031-03-03")),),
        names=(Name(clerk + 2, clerk + 7, "Ada Quill", "person"),),
    )
    with Reports.open("reports.db", create=True) as reports:
        return reports.keep(document, found, raw=text.encode(), case="coast", by="desk-1").id


def when_of(text: str) -> Interval:
    from openleo.cli.reported import when_of

    return when_of(text)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_begins_with_examples(command: str) -> None:
    shown = call(*command.split(), "--help").stdout
    assert shown.startswith("Examples:\n  openleo report ")


def test_examples_of_the_help_name_options_that_there_are() -> None:
    for name in COMMANDS:
        shown = call(name, "--help").stdout
        examples, _, rest = shown.partition("Usage:")
        for option in re.findall(r" (--[a-z-]+)", examples):
            assert option in rest, f"{name}: {option}"


# import


def test_an_import_tells_one_line_of_a_document_and_what_is_next() -> None:
    result = call("import", a_file(), "--source", "The Pier", "--date", "2031-03")
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert re.match(r"[0-9a-f]{12}  new: The Pier, 2031-03, en: .*5 sentences", line)
    assert f"Next: openleo report show {line[:12]}, then openleo report claim {line[:12]}" in result.stderr
    again = call("import", "cut.txt", "--source", "The Pier", "--date", "2031-03")
    assert again.stdout.startswith(f"{line[:12]}  already here, in inbox: The Pier")


def test_a_document_is_kept_once_unless_it_is_asked_for_in_another_case() -> None:
    given = (a_file(), "--source", "The Pier", "--date", "2031-03")
    first = call("import", *given, "--case", "coast").stdout[:12]
    assert call("import", *given).stdout.startswith(f"{first}  already here, in coast: The Pier")
    other = call("import", *given, "--case", "gulf").stdout
    assert other[:12] != first
    assert other[12:].startswith("  new: The Pier")


def test_what_another_case_has_already_is_told() -> None:
    given = (a_file(), "--source", "The Pier", "--date", "2031-03")
    alone = call("import", *given, "--case", "coast")
    assert "already" not in alone.output
    second = call("import", *given, "--case", "gulf")
    assert "  The same is already in coast; it is kept for gulf as well." in second.stderr
    third = json.loads(call("import", *given, "--case", "strait", "--json").stdout)
    assert (third["documents"][0]["what"], third["documents"][0]["also"]) == ("new", ["coast", "gulf"])


def test_a_folder_is_taken_with_the_files_that_can_be_read() -> None:
    Path("saved/deeper").mkdir(parents=True)
    a_file("saved/a.txt")
    a_file("saved/deeper/b.json", json.dumps({"text": TEXT.replace("coast", "gulf"), "source": "The Quay"}))
    a_file(
        "saved/c.htm", "<html><body><article><p>" + "A long sentence about a strait. " * 9 + "</p></article>"
    )
    a_file("saved/picture.png", "no picture")
    assert {each["file"] for each in value("import", "saved")["documents"]} == {
        "saved/a.txt", "saved/deeper/b.json", "saved/c.htm",
    }  # fmt: skip
    Path("empty").mkdir()
    assert "empty: no file of this folder ends with .txt, .html, .htm, .json" in refused(2, "import", "empty")


def test_bad_files_are_named_and_the_good_ones_are_kept() -> None:
    Path("saved").mkdir()
    a_file("saved/a.txt")
    a_file("saved/b.txt", "")
    Path("saved/c.txt").write_bytes(b"%PDF-1.7 and so on")
    Path("saved/d.txt").write_bytes("Le service a été coupé, dit-on.".encode("latin-1"))
    a_file("saved/e.json", '{"text": "half \\ud83d of a character stands in this text", "source": "x"}')
    a_file("saved/f.txt", "Date: 2031-06-02\n\n" + TEXT)
    a_file("saved/g.json", "{")
    a_file("saved/z.txt", TEXT.replace("coast", "gulf"))
    Path("saved/big.txt").touch()
    os.truncate("saved/big.txt", 50 << 20)
    result = call("import", "saved", "missing.txt")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    for told in (
        "Error: saved/b.txt: is empty", "Error: saved/c.txt: is a PDF", "Error: saved/d.txt: byte 0xe9 at 13",
        "Error: saved/e.json: document: text: U+D83D at 5", "Error: saved/f.txt: date: 2031-06-02 is in the",
        "Error: saved/g.json: line 1", "Error: saved/big.txt: 50.0 MiB; at most 8 MiB",
        "Error: missing.txt: cannot be read: No such file",
    ):  # fmt: skip
        assert told in result.stderr
    assert len(value("list", "inbox")["documents"]) == 2
    errors = json.loads(call("import", "saved", "--json").stdout)["errors"]
    assert [each["file"] for each in errors] == [f"saved/{each}" for each in (
        "b.txt", "big.txt", "c.txt", "d.txt", "e.json", "f.txt", "g.json",
    )]  # fmt: skip


def test_how_many_files_were_kept_is_told_where_one_was_not() -> None:
    Path("bad.txt").write_bytes(b"%PDF-1.7")
    said = refused(1, "import", a_file(), a_file("b.txt", TEXT.replace("3 March", "4 March")), "bad.txt")
    assert "2 of 3 files are kept; 1, named above, could not be read." in said
    assert value("list")[0]["documents"] == 2


def test_a_version_goes_into_the_case_of_its_document_and_no_other() -> None:
    id_ = an_import()
    later = a_file("later.txt", TEXT.replace("3 March", "4 March"))
    said = refused(1, "import", later, "--version-of", id_, "--case", "bay")
    assert f"case: 'bay' given; document {id_} is in the case 'coast'" in said
    assert "version 2" in well("import", later, "--version-of", id_, "--case", "coast")


def test_numbers_that_no_register_has_are_told() -> None:
    id_ = an_import()
    many = "9" * 6000
    for words in (("show", many), ("drop", many), ("drop", many, "--asked")):
        assert "claim: there is no number 999999999999999999..." in refused(2, *words)
    assert "there is no number 999999999999999999..." in refused(1, "review", many, id_, "--by", "desk-2")
    assert "is outside the text" in refused(
        2, "claim", id_, "--span", f"0:{many}", "--kind", "decided", "--act", "off", "--where", "coast",
        "--when", "2031",
    )  # fmt: skip


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1899-12-31"])
def test_a_day_of_no_time_of_ours_is_refused(day: str) -> None:
    a_claim(an_import())
    assert "a day from 1900 to 9998 is allowed" in refused(2, "compare", "coast", "--today", day)
    assert "a day from 1900 to 9998 is allowed" in refused(
        2, "asked", "1", "--on", day, "--of", "the operator"
    )


@pytest.mark.parametrize(
    ("option", "given", "said"),
    [
        (
            "--source",
            "The \x1b[31mPier",
            "source: 'The \N{REPLACEMENT CHARACTER}[31mPier' holds control characters",
        ),
        ("--title", "x" * 501, "title: 501 characters; at most 500 are allowed"),
        ("--translated-from", "???", "translated_from: '???'; two letters are allowed"),
    ],
)
def test_what_is_set_of_a_document_is_checked(option: str, given: str, said: str) -> None:
    id_ = an_import()
    assert f"{id_}: {said}" in refused(2, "set", id_, option, given)
    assert f"a.txt: {said}" in refused(1, "import", a_file("a.txt"), option, given)
    well("set", id_, "--source", "The\nPier of Orlen")
    assert "The Pier of Orlen" in well("list", "coast")


def test_what_is_said_of_one_document_is_not_said_of_several() -> None:
    for name in ("a.txt", "b.txt"):
        a_file(name)
    for option in ("--title", "--author", "--address", "--version-of"):
        assert f"{option}: with one file alone; 2 are given" in refused(
            2, "import", "a.txt", "b.txt", option, "x"
        )
    assert not Path("reports.db").exists()


def test_whoever_writes_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENLEO_BY")
    for words in (
        ("import", a_file()), ("same", "1", "a", "--span", "0:1"), ("review", "1"),
        ("asked", "1", "--on", "2031-01-01", "--of", "x"), ("alias", "coast", "a", "b", "--kind", "place"),
        ("answer", "1", "--kind", "denies", "--from", "x"), ("origin", "a", "itself", "--why", "x"),
    ):  # fmt: skip
        assert "Missing option '--by'" in refused(2, *words)


def test_a_later_version_says_what_it_changed_and_what_is_private_again() -> None:
    id_ = an_import()
    number = a_claim(id_)["number"]
    well("review", id_, str(number), "--by", "desk-2")
    a_file("later.txt", TEXT.replace("on 3 March", "on 4 March"))
    result = call(
        "import", "later.txt", "--version-of", id_[:6], "--source", "The Pier", "--date", "2031-03-04"
    )
    assert result.stdout.startswith(f"{id_}  version 2: The Pier")
    assert f"{id_} was public and is private again" in result.stderr
    assert f"does not tell in the same words: {number}" in result.stderr
    lines = well("show", id_, "--difference").splitlines()
    assert lines[0].startswith("- The operator")
    assert "3 March" in " ".join(lines)
    assert any("4 March" in each for each in lines)
    assert "3 March" in well("show", id_, "--version", "1")
    assert "3 March" not in well("show", id_)
    assert "version 1 of" in refused(2, "show", id_, "--version", "1", "--difference")
    assert "--version: 3 given; 1 to 2" in refused(2, "show", id_, "--version", "3")


# list and show


def test_a_case_is_listed_with_what_is_private() -> None:
    assert "there is no such register of reports: openleo report import makes one" in refused(2, "list")
    id_ = an_import()
    number = a_claim(id_)["number"]
    assert re.search(r"coast +1 +1 +0 +1", well("list"))
    told = well("list", "coast")
    assert re.search(rf"{id_}  2031-03-04  en  private  The Pier: Link off", told)
    assert re.search(rf"^{number}  private  decided: off, the coast, 2031-03-03", told, re.MULTILINE)
    assert "none named 'hills'; coast are here" in refused(2, "list", "hills")
    assert well("list", "coast", "--reviewed").strip() == "Nothing of it was reviewed."
    assert value("list", "--reviewed") == []
    well("review", id_, str(number), "--by", "desk-2")
    assert len(value("list", "coast", "--reviewed")["claims"]) == 1


def test_a_document_is_shown_with_offsets_that_fit() -> None:
    id_ = proposed(TEXT.strip())
    told = well("show", id_)
    assert "private" in told
    for kind, words in (("days", "3 March"), ("names", "clerk"), ("quotations", "such")):
        (row,) = well("show", id_, "--kind", kind).splitlines()
        start, end = map(int, re.match(r"(\d+):(\d+)  ", row).groups())  # type: ignore[union-attr]
        assert TEXT.strip()[start:end] == words
        assert row in told
    assert "2031-03-03" in well("show", id_, "--kind", "days")
    assert "Ada Quill" in well("show", id_, "--kind", "names")
    assert "nobody is named" in well("show", id_, "--kind", "quotations")
    assert well("show", id_, "--kind", "figures").strip() == "No figures were proposed."
    shown = value("show", id_)
    assert shown["document"]["text"] == TEXT.strip()
    assert shown["proposals"]["names"][0]["name"] == "Ada Quill"


def test_what_is_set_aside_is_named_where_it_stands() -> None:
    told = well("show", an_import())
    at = TEXT.index("Read also")
    assert f"{at}  [set aside: read also] Read also: ten harbours" in told


def test_characters_that_steer_a_terminal_never_reach_it() -> None:
    document = Document(
        "A \x1b[31mtitle\x07\n\nTold \u202eby \x9bnobody.", "Pier\x1b]0;x\x07", "A\x1b", "", None, "en"
    )
    with Reports.open("reports.db", create=True) as reports:
        id_ = reports.keep(document, Proposals(sentences(document)), raw=b"x", case="coast", by="desk-1").id
    well(
        "claim", id_, "--span", "Told", "--kind", "asked", "--act", "on", "--where", "a", "--when", "unknown"
    )
    for words in (("show", id_), ("show", id_, "--kind", "moods"), ("list", "coast"), ("show", "1")):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", well(*words)), words


def test_what_was_forgotten_at_the_import_is_set_and_reviewed() -> None:
    id_ = value("import", a_file(), "--case", "coast")["documents"][0]["id"]
    number = str(a_claim(id_)["number"])
    well("review", id_, number, "--by", "desk-2")
    again = call("import", "cut.txt", "--source", "The Pier", "--date", "2031-03-04")
    assert "already here, in coast: no source" in again.stdout
    assert f"not by --source, --date either: openleo report set {id_} sets it right" in again.stderr
    assert "Nothing of it" not in call("import", "cut.txt").stderr
    result = call("set", id_[:6], "--source", "The Pier", "--date", "2031-03", "--by", "desk-3")
    assert result.stdout.startswith(f"{id_}  The Pier, 2031-03: Link off the coast was cut")
    assert f"{id_} was public and is private again" in result.stderr
    shown = value("show", id_)
    assert (shown["source"], shown["date"], shown["versions"]) == ("The Pier", "2031-03", 1)
    assert "a second person is needed" in refused(1, "review", id_, "--by", "desk-3")
    well("review", id_, "--by", "desk-2")
    assert value("list", "coast", "--reviewed")["documents"][0]["source"] == "The Pier"
    for words, told in (
        (("--source", "The Pier"), "this is said of it already"), ((), "one at least is needed"),
        (("--date", "2031-07"), "--date: 2031-07 is in the future; up to 2031-06-01 is allowed"),
        (("--date", "soon"), "--date: 'soon'"),
    ):  # fmt: skip
        assert told in refused(2, "set", id_, *words)


def test_a_later_copy_without_an_address_is_told_to_be_like_one() -> None:
    first = an_import()
    second = call(
        "import", a_file("b.txt", TEXT.replace("Nobody", "No one")), "--case", "coast",
        "--source", "The pier", "--date", "2031-03-05",
    )  # fmt: skip
    assert f"It looks like a later version of {first}, with the same source and title" in second.stderr
    assert (
        f"openleo report drop {second.stdout[:12]}, then import it with --version-of {first}" in second.stderr
    )
    other = value(
        "import", a_file("c.txt", TEXT.replace("Link", "Line")), "--case", "coast", "--source", "The Pier"
    )
    assert other["documents"][0]["like"] == ""


# claims


def test_words_that_stand_there_once_are_a_span() -> None:
    id_ = an_import()
    told = a_claim(id_)["tellings"][0]
    text = value("show", id_)["document"]["text"]
    assert text[told["start"] : told["end"]] == CUT
    by_offsets = (
        "claim",
        id_,
        "--kind",
        "used",
        "--act",
        "off",
        "--where",
        "x",
        "--when",
        "unknown",
        "--span",
    )
    assert value(*by_offsets, "5:9")["tellings"][0]["start"] == 5
    first, second = (match.start() for match in re.finditer("the coast", text))
    assert f"'the coast' stands there 2 times: {first}:{first + 9}, {second}:{second + 9}; one" in refused(
        2, *by_offsets, "the coast"
    )
    assert "'the hills' does not stand in the article" in refused(2, *by_offsets, "the hills")
    assert "'ten harbours' does not stand in the article" in refused(2, *by_offsets, "ten harbours")
    assert "0:99999 is outside the text" in refused(2, *by_offsets, "0:99999")
    assert "-1:5 is outside the text" in refused(2, *by_offsets, "-1:5")
    assert "which is set aside (read also)" in refused(2, *by_offsets, f"{text.index('Read')}:{len(text)}")
    assert "--span: nothing given" in refused(2, *by_offsets, " ")


def test_a_claim_is_told_as_it_was_kept() -> None:
    id_ = an_import()
    told = well(
        "claim", id_, "--span", CUT, "--kind", "decided", "--act", "kept off", "--where", "the coast",
        "--when", "2031-03", "--wording", "in March", "--done-by", "the operator", "--behalf", "a ministry",
        "--word", "two officials", "--anonymous", "--count", "2", "--through", "The Quay",
        "--through", "Agency N", "--mood", "conditional", "--event", "cut",
    )  # fmt: skip
    assert told.splitlines() == [
        "Claim 1 (private): decided: kept off, the coast, 2031-03 (in March), by the operator, "
        "on behalf of a ministry",
        "  event: cut",
        f"  telling 1: {id_} 41:81  The Pier, conditional, on the word of two officials (anonymous, 2), "
        f"through The Quay, then Agency N: {CUT}",
    ]
    assert well("show", "1") == told


def test_a_claim_without_whoever_did_it_says_that_this_was_not_noted() -> None:
    number = str(a_claim(an_import())["number"])
    line = f"Claim {number} (private): decided: off, the coast, 2031-03-03 (3 March), by whom is not noted"
    assert well("show", number).splitlines()[0] == line
    assert "not noted" not in well("change", number, "--done-by", "the operator")


def test_mood_and_wording_come_from_the_sentence_and_that_is_said() -> None:
    id_ = proposed(TEXT.strip())
    result = call(
        "claim",
        id_,
        "--span",
        CUT,
        "--kind",
        "decided",
        "--act",
        "off",
        "--where",
        "x",
        "--when",
        "2031-03-03",
    )
    assert "The Pier, reported: switched off" in result.stdout
    assert "2031-03-03 (3 March)" in result.stdout
    assert "Mood: reported, as its sentence is read (officials said)" in result.stderr
    assert "Wording: 3 March, as it stands there." in result.stderr
    assert "It denies" not in result.stderr
    denied = call("same", "1", id_, "--span", "gave no such order", "--json")
    assert json.loads(denied.stdout)["tellings"][1]["mood"] == "denied"
    assert f"openleo report answer CLAIM --kind denies --from ... --doc {id_}" in denied.stderr
    told = refused(2, "claim", id_, "--span", CUT, "--kind", "asked", "--act", "off", "--where", "x")
    assert "--when: nothing given; the sentence has 2031-03-03 (3 March)" in told


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("2031-03-04", "2031-03-04", "2031-03-04"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2031", "2031-01-01", "2031-12-31"),
        ("2031-03-02..2031-04-01", "2031-03-02", "2031-04-01"),
        ("2031-03..2031-04", "2031-03-01", "2031-04-30"),
        ("2031-03-04..", "2031-03-04", None),
        ("..2031", None, "2031-12-31"),
        ("unknown", None, None),
    ],
)
def test_days_are_given_as_people_write_them(given: str, first: str | None, last: str | None) -> None:
    id_ = proposed(TEXT.strip())
    claim = value(
        "claim", id_, "--span", CUT, "--kind", "asked", "--act", "on", "--where", "x", "--when", given
    )
    assert (claim["when"]["first"], claim["when"]["last"]) == (first, last)
    shown = well("show", "1")
    shown_as = {"unknown": "when is not known", "2031-03..2031-04": "2031-03-01..2031-04-30"}
    assert f"x, {shown_as.get(given, given)}" in shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("soon", "--when: 'soon'; a day, a month or a year is allowed"),
        ("2031-02-30", "--when: '2031-02-30'; a day"),
        ("2031..2030", "--when: '2031..2030' given; the last day is not before the first"),
        ("..", "--when: '..' given; a day on one side at least"),
    ],
)
def test_days_that_are_none_are_refused(given: str, told: str) -> None:
    id_ = proposed(TEXT.strip())
    words = ("claim", id_, "--span", CUT, "--kind", "asked", "--act", "on", "--where", "x", "--when", given)
    assert told in refused(2, *words)


def test_a_place_outside_the_text_is_told_before_what_is_missing() -> None:
    id_ = proposed(TEXT.strip())
    words = ("claim", id_, "--kind", "asked", "--act", "on", "--where", "x", "--span", "0:99999")
    told = refused(2, *words)
    assert "--span: 0:99999 is outside the text" in told
    assert "--when" not in told


def test_whether_a_word_is_a_name_s_is_asked() -> None:
    id_ = proposed(TEXT.strip())
    words = ("claim", id_, "--span", CUT, "--kind", "asked", "--act", "on", "--where", "x", "--when", "2031")
    assert "say --named or --anonymous" in refused(2, *words, "--word", "the harbour master")
    for option, named in (("--named", True), ("--anonymous", False)):
        told = value(*words, "--word", "the harbour master", option)["tellings"][0]["word"]
        assert told["named"] is named


def test_a_person_is_given_a_role() -> None:
    id_ = proposed(TEXT.strip())
    told = refused(
        2, "claim", id_, "--span", CUT, "--kind", "asked", "--act", "on", "--where", "x", "--when", "2031",
        "--word", "Ada Quill", "--anonymous",
    )  # fmt: skip
    assert "word: 'Ada Quill' names a person; write the role instead" in told
    well("alias", "coast", "Ada Quill", "Quill Works", "--kind", "organisation")
    a_claim(id_, "--word", "Ada Quill", "--anonymous")


def test_an_answer_stands_with_its_words_and_its_place() -> None:
    id_ = an_import()
    number = str(a_claim(id_)["number"])
    answer = ("answer", number, "--kind", "denies", "--from", "the ministry")
    assert "what: nothing given; an answer that denies says what exactly" in refused(2, *answer)
    assert "--doc and --span: one is given without the other" in refused(2, *answer, "--doc", id_)
    result = call(*answer, "--on", "2031-03-05", "--doc", id_, "--span", "gave no such order")
    assert re.search(
        rf"^  answer 1: the ministry: denies, 2031-03-05 \({id_} \d+:\d+\): gave no such order$",
        result.stdout,
        re.M,
    )
    assert "What: the words of the span" in result.stderr
    silent = ("answer", number, "--kind", "silent since", "--from", "the operator")
    assert f"nobody was asked to answer: openleo report asked {number} --on DATE --of NAME" in refused(
        2, *silent, "--on", "2031-03-06"
    )
    well("asked", number, "--on", "2031-03-06", "--of", "the operator")
    for wrong, day in (("nothing", ()), ("2031-03-05", ("--on", "2031-03-05"))):
        assert f"on: {wrong} given; 2031-03-06, when it was asked, or later" in refused(2, *silent, *day)
    well(*silent, "--on", "2031-03-06")
    told = well("show", number)
    assert "  answer 2: the operator: silent since 2031-03-06" in told
    assert "on: 2031-06-02 is in the future" in refused(2, *answer, "--what", "it", "--on", "2031-06-02")
    assert "--on: 'March' given; a day is allowed" in refused(2, *answer, "--what", "it", "--on", "March")
    assert "claim: there is no number 9" in refused(
        2, "answer", "9", "--kind", "no comment", "--from", "the operator"
    )


def test_when_the_operator_was_asked_is_told() -> None:
    number = str(a_claim(an_import())["number"])
    of = ("--of", "Sealane plc")
    assert "  Sealane plc was asked on 2031-03-07." in well("asked", number, "--on", "2031-03-07", *of)
    assert "2031-06-02 is in the future; days up to 2031-06-01" in refused(
        2, "asked", number, "--on", "2031-06-02", *of
    )
    assert "Missing option '--of'" in refused(2, "asked", number, "--on", "2031-03-08")
    found = value("show", number)
    assert (found["asked"], found["asked_of"]) == ("2031-03-07", "Sealane plc")


def test_a_claim_can_be_set_right_and_is_private_until_that_is_reviewed() -> None:
    id_ = an_import()
    number = str(a_claim(id_)["number"])
    well("review", id_, number, "--by", "desk-2")
    result = call("change", number, "--event", "cut", "--when", "2031-03", "--done-by", "the operator")
    assert "Claim 1 (private): decided: off, the coast, 2031-03" in result.stdout
    assert "by the operator" in result.stdout
    assert "Claim 1 was public and is private again" in result.stderr
    assert "says this already" in refused(2, "change", number, "--event", "cut")


# review


def test_a_second_person_reviews() -> None:
    id_ = an_import()
    number = str(a_claim(id_)["number"])
    result = call("review", number, id_, "9", "ffff")
    assert result.exit_code == 1
    assert result.stdout == ""
    for told in (
        f"Error: document {id_}: desk-1 noted it, or a part of it; a second person is needed",
        "Error: claim 1: desk-1 noted it", "Error: claim: there is no number 9", "none with the id 'ffff'",
    ):  # fmt: skip
        assert told in result.stderr
    result = call("review", number, "--by", "desk-2")
    assert result.stdout == "Reviewed by desk-2: claim 1.\n"
    assert f"Claim 1 is shown without documents that are private: {id_}" in result.stderr
    assert value("list", "coast", "--reviewed")["claims"] == []
    result = call("review", id_[:6], "--shown", "excerpts", "--by", "desk-2")
    assert result.stdout == f"Reviewed by desk-2: document {id_}.\n"
    assert re.search(rf"{id_} .* excerpts  The Pier", well("list", "coast"))
    assert "excerpts, reviewed by desk-2" in well("show", id_)
    assert "reviewed by desk-2" in well("show", number)


def test_an_answer_after_the_review_is_private_and_that_is_said() -> None:
    id_ = an_import()
    number = str(a_claim(id_)["number"])
    well("review", id_, number, "--by", "desk-2")
    result = call("answer", number, "--kind", "no comment", "--from", "the operator")
    assert "Claim 1 was public and is private again" in result.stderr
    assert value("list", "coast", "--reviewed")["claims"] == []


def test_what_was_noted_in_error_is_taken_back() -> None:
    id_ = an_import()
    number = str(a_claim(id_)["number"])
    assert f"claims rest on it, and it cannot be moved: {number}" in refused(2, "move", id_, "strait")
    assert well("drop", number) == f"No longer in the register: claim {number}.\n"
    assert well("move", id_[:6], "strait") == f"{id_} is in strait.\n"
    assert well("drop", id_) == f"No longer in the register: document {id_}.\n"
    assert well("list") == "No documents.\n"


def test_a_part_of_a_claim_is_taken_back() -> None:
    id_ = an_import()
    number = str(a_claim(id_)["number"])
    well("same", number, id_, "--span", "Nobody had told the harbour")
    well("answer", number, "--kind", "denies", "--from", "the ministry", "--what", "any such order")
    well("answer", number, "--kind", "no comment", "--from", "the operator")
    well("asked", number, "--on", "2031-03-07", "--of", "the operator")
    well("review", id_, number, "--by", "desk-2")
    result = call("drop", number, "--answer", "1")
    assert "  answer 1: the operator: no comment\n" in result.stdout
    assert "denies" not in result.stdout
    assert f"Claim {number} was public and is private again" in result.stderr
    assert value("list", "coast", "--reviewed")["claims"] == []
    assert CUT not in well("drop", number, "--telling", "1")
    assert "was asked" not in well("drop", number, "--asked")
    assert f"answer: 2 given; of claim {number} 1 to 1 are here" in refused(
        2, "drop", number, "--answer", "2"
    )
    for wrong in ((number, "--answer", "1", "--asked"), (id_, "--asked")):
        assert "one of them, with the number of a claim, is allowed" in refused(2, "drop", *wrong)
    assert "--by: nothing given" in refused(2, "drop", number, "--answer", "1", "--by", "")


# names and origins


def test_a_spelling_is_confirmed() -> None:
    an_import("cut.txt", TEXT + "\nLa Jetée and the Pierre said so.\n")
    assert "'La Digue' stands in no document of 'coast'" in refused(
        2, "alias", "coast", "La Digue", "The Pier", "--kind", "outlet"
    )
    words = ("alias", "coast", "La Jetée", "The Pier", "--kind", "outlet")
    assert well(*words) == "La Jetée is The Pier (outlet) in coast.\n"
    assert re.search(r"La Jetée +The Pier +outlet +by desk-1", well("aliases", "coast"))
    assert value("aliases", "coast")["confirmed"][0]["name"] == "The Pier"
    assert well("alias", "coast", "clerk", "clerk", "--kind", "office") == "clerk: office in coast.\n"
    told = well("alias", "coast", "clerk", "clerk", "--kind", "person")
    assert told.startswith("clerk: person in coast. It is withheld from what the public sees")
    assert "none named 'hills'" in refused(2, "aliases", "hills")


def test_spellings_that_may_be_one_name_fit_a_narrow_terminal() -> None:
    text = "The Harbour Ledger reported it, according to The Harbour Ledger.\n\n{} reported it as well.\n"
    an_import("a.txt", text.format("Harbour Ledger"))
    an_import("b.txt", text.format("According to the Habour Ledger, the Habour Ledger"))
    lines = well("aliases", "coast").splitlines()
    assert lines[0] == "May be one name:"
    assert re.match(r"  .*Ledger = .*Ledger \(outlet\)$", lines[1])
    assert lines[2].startswith("    ")
    assert max(map(len, lines)) <= 80


def test_a_spelling_that_was_confirmed_in_error_is_taken_back() -> None:
    an_import()
    well("alias", "coast", "The Pier", "The Pier", "--kind", "outlet")
    told = well("alias", "coast", "the pier", "--drop")
    assert told == "What the pier stands for in coast is not confirmed any more.\n"
    assert value("aliases", "coast")["confirmed"] == []
    assert "nobody has confirmed 'The Pier' in 'coast'" in refused(2, "alias", "coast", "The Pier", "--drop")
    assert "it takes WRITTEN alone" in refused(2, "alias", "coast", "The Pier", "The Quay", "--drop")
    assert "NAME and --kind: are needed" in refused(2, "alias", "coast", "The Pier")


def test_where_a_document_comes_from_is_said_with_the_reason() -> None:
    first = an_import()
    second = an_import("b.txt", TEXT.replace("Nobody", "No one"))
    why = ("--why", "It names it.")
    assert well("origin", second[:8], first[:8], *why) == f"{second} goes back to {first}.\n"
    assert f"{second} goes back to {first}, as desk-1 found of {second}: it would be a circle" in refused(
        2, "origin", first, second, *why
    )
    assert well("origin", first, "itself", *why) == f"{first} goes back to itself.\n"
    assert well("origin", first, "outside:Agency N", *why) == f"{first} goes back to Agency N, outside.\n"
    assert "outside:NAME is allowed" in refused(2, "origin", first, "outside:", *why)
    assert "none with the id 'nobody'" in refused(2, "origin", first, "nobody", *why)
    well("review", first, "--by", "desk-2")
    assert "is private again" in call("origin", first, "itself", *why).stderr


def test_the_register_is_found_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLEO_REPORTS", "desk.db")
    an_import()
    assert Path("desk.db").stat().st_mode & 0o777 == 0o600
    assert not Path("reports.db").exists()
    assert "coast" in well("list")
