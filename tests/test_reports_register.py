"""The register of reports: what it keeps, refuses and shows, and to whom."""

import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from openleo.errors import InputError
from openleo.ledger.objects import seal
from openleo.service.reports.claims import Answer, Claim, Telling, Word
from openleo.service.reports.document import Aside, Document, Interval
from openleo.service.reports.proposals import Name, Outlet, Proposals, Sentence
from openleo.service.reports.prose.sentences import sentences
from openleo.service.store.reports import Imported, Reports

TODAY = date(2031, 6, 1)
TEXT = (
    "Link off the coast was cut\n\n"
    "The operator switched off its service along the coast on 3 March. Nobody had told the harbour.\n\n"
    "A clerk named Ada Quill saw the screens go dark. The ministry gave no such order, it said.\n\n"
    "Read also: ten harbours"
)
CUT = "switched off its service along the coast"
DARK = "saw the screens go dark"
ORDER = "The ministry gave no such order"


def place(text: str, words: str) -> tuple[int, int]:
    return text.index(words), text.index(words) + len(words)


def a_document(text: str = TEXT, source: str = "The Pier", **facts: Any) -> Document:
    start = text.find("Read also")
    asides = (Aside(start, len(text), "read also"),) if start >= 0 else ()
    published = Interval(date(2031, 3, 4), date(2031, 3, 4), "2031-03-04")
    return replace(Document(text, source, text.split("\n")[0], "", published, "en", asides=asides), **facts)


def proposed(document: Document) -> Proposals:
    """The sentences, and the one name that the text holds."""
    at = document.text.find("Ada Quill")
    names = (Name(at, at + 9, "Ada Quill", "person"),) if at >= 0 else ()
    return Proposals(sentences(document), names=names, outlets=(Outlet(0, 4, "The Pier", "title"),))


def imported(
    reports: Reports,
    document: Document | None = None,
    *,
    case: str = "coast",
    by: str = "desk-1",
    **more: Any,
) -> Imported:
    document = document or a_document()
    raw = more.pop("raw", None) or f"{document.source}\n{document.text}".encode()
    return reports.keep(document, proposed(document), raw=raw, case=case, by=by, **more)


def a_telling(id_: str, words: str = CUT, text: str = TEXT, **more: Any) -> Telling:
    return Telling(id_, *place(text, words), "asserted", **{"by": "desk-1", **more})


def a_claim(id_: str, **more: Any) -> Claim:
    claim = Claim(
        0, "coast", "decided", "off", "the coast", Interval(date(2031, 3, 3), date(2031, 3, 3), "3 March"),
        "the operator", "", "", (a_telling(id_),), noted_by="desk-1",
    )  # fmt: skip
    return replace(claim, **more)


def denied(number: int, **more: Any) -> Answer:
    answer = Answer(number, "denies", "the ministry", "any such order", date(2031, 3, 5), noted_by="desk-1")
    return replace(answer, **more)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports.db"


@pytest.fixture
def reports(path: Path) -> Iterator[Reports]:
    with Reports.open(path, create=True, today=lambda: TODAY) as opened:
        yield opened


def everything(path: Path) -> dict[str, list[Any]]:
    """All rows of the register, by table."""
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}
    finally:
        connection.close()


# the file


def test_only_its_owner_can_read_the_file(reports: Reports, path: Path) -> None:
    imported(reports)
    for each in path.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_a_register_that_is_not_there_is_not_made_unless_asked(path: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reports\.db: there is no such register"):
        Reports.open(path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="there is no folder"):
        Reports.open(tmp_path / "no" / "reports.db", create=True)
    with pytest.raises(InputError, match="is a folder"):
        Reports.open(tmp_path, create=True)


def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("words")
    with pytest.raises(InputError, match="is no register of reports"):
        Reports.open(path, create=True)
    assert path.read_text() == "words"
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE about (name TEXT, value TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="a database of something else"):
        Reports.open(path, create=True)


def test_a_register_of_a_newer_program_is_refused(reports: Reports, path: Path) -> None:
    reports.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE about SET value = '2' WHERE name = 'version'")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match=r"newer program .*version 2; this program reads 1"):
        Reports.open(path)


def test_what_was_kept_is_there_after_it_was_closed(reports: Reports, path: Path) -> None:
    id_ = imported(reports).id
    made = reports.add_claim(a_claim(id_))
    reports.close()
    with Reports.open(path) as again:
        assert again.document(id_).document == a_document()
        assert again.document(id_).proposals == proposed(a_document())
        assert again.claim(made.number) == made


WRITER = """
import sys
from test_reports_register import TODAY, imported, a_document, a_claim
from openleo.service.store.reports import Reports
for each in range(12):
    with Reports.open(sys.argv[1], create=True, today=lambda: TODAY) as reports:
        id_ = imported(reports, a_document(source=f"{sys.argv[2]} {each}")).id
        reports.add_claim(a_claim(id_))
"""


@pytest.mark.slow
def test_processes_that_write_at_once_wait_for_each_other(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name], env=environment, stderr=subprocess.PIPE
        )
        for name in "ABC"
    ]
    for each in writers:
        _, told = each.communicate(timeout=120)
        assert each.returncode == 0, told
    with Reports.open(path) as reports:
        sources = {each.document.source for each in reports.documents("coast")}
        assert sources == {f"{name} {number}" for name in "ABC" for number in range(12)}
        assert [each.number for each in reports.claims("coast")] == list(range(1, 37))


# documents


def test_a_document_is_known_by_the_salted_hash_of_its_bytes(reports: Reports) -> None:
    first = imported(reports, raw=b"bytes")
    other = imported(reports, case="other", raw=b"bytes")
    assert (first.what, first.number, len(first.id)) == ("new", 1, 12)
    assert first.id != other.id
    name, raw = reports.raw(first.id, 1)
    assert raw == b"bytes"
    assert name.startswith(first.id)
    assert first.id[0].isalpha()  # so that no beginning of it is a claim's number
    assert hashlib.sha256(b"bytes").hexdigest() != name


def test_bytes_that_were_altered_in_the_file_are_told(reports: Reports, path: Path) -> None:
    id_ = imported(reports).id
    connection = sqlite3.connect(path)
    connection.execute("UPDATE versions SET raw = CAST(raw || x'00' AS BLOB)")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="SHA-256"):
        reports.raw(id_, 1)


def test_the_same_again_is_kept_once(reports: Reports, path: Path) -> None:
    first = imported(reports)
    before = everything(path)
    assert imported(reports, by="desk-2").what == "same"
    same_text = imported(reports, raw=b"saved again, with other boilerplate")
    assert (same_text.what, same_text.id, same_text.number) == ("same", first.id, 1)
    assert everything(path) == before


def test_the_text_of_an_agency_in_two_outlets_is_two_documents(reports: Reports) -> None:
    first = imported(reports)
    second = imported(reports, a_document(source="The Quay"))
    assert second.what == "new"
    assert [each.id for each in reports.documents("coast")] == [first.id, second.id]


def test_the_same_address_is_a_further_version(reports: Reports) -> None:
    address = "https://pier.example/cut"
    first = imported(reports, a_document(address=address))
    second = imported(reports, a_document(TEXT.replace("3 March", "4 March"), address=address), by="desk-2")
    assert (second.id, second.number, second.what) == (first.id, 2, "version")
    kept = reports.document(first.id)
    assert (kept.versions, kept.by) == (2, "desk-2")
    assert "4 March" in kept.document.text
    assert [(each.number, each.by) for each in reports.versions(first.id)] == [(1, "desk-1"), (2, "desk-2")]
    assert "3 March" in reports.versions(first.id)[0].document.text


def test_what_is_said_of_a_document_can_be_set_right_by_a_version(reports: Reports) -> None:
    id_ = imported(reports, raw=b"x").id
    again = imported(reports, a_document(source="The Long Pier"), raw=b"x", version_of=id_[:5])
    assert (again.id, again.what, again.number) == (id_, "version", 2)
    assert imported(reports, a_document(source="The Long Pier"), raw=b"x", version_of=id_).what == "same"
    assert reports.document(id_).document.source == "The Long Pier"


def test_what_is_set_right_is_not_the_text(reports: Reports, path: Path) -> None:
    id_ = imported(reports).id
    other = a_document("Another text.")
    with pytest.raises(InputError, match="its text differs; another text is a version of it"):
        reports.set_facts(id_, other, proposed(other), "desk-1")
    now = a_document(source="The Long Pier")
    kept = reports.set_facts(id_, now, proposed(now), "desk-2")
    assert (kept.document, kept.versions, kept.by) == (now, 1, "desk-1")
    (row,) = everything(path)["facts"]
    assert "The Pier" in row[3]
    for name in ("desk-1", "desk-2"):
        with pytest.raises(InputError, match="a second person is needed"):
            reports.review_document(id_, name)


def test_a_document_is_found_by_the_beginning_of_its_id(reports: Reports) -> None:
    ids = [imported(reports, a_document(source=f"Outlet {each}")).id for each in range(40)]
    for id_ in ids:
        assert reports.document(id_.upper()).id == id_
    shared = next(each[0] for each in ids if sum(other[0] == each[0] for other in ids) > 1)
    with pytest.raises(InputError, match=f"more than one id begins with '{shared}'"):
        reports.document(shared)
    for wrong in ("", "%", "zz"):
        with pytest.raises(InputError, match="there is none with the id"):
            reports.document(wrong)


@pytest.mark.parametrize(
    ("document", "more", "told"),
    [
        (a_document(" \n"), {"raw": b"x"}, "its text is empty"),
        (a_document("half \ud83d"), {"raw": b"x"}, r"text: U\+D83D at 5"),
        (a_document(), {"by": " "}, "by: nothing given"),
        (a_document(), {"case": "a\nb"}, "case: .* control characters"),
        (a_document(), {"case": "c" * 101}, "case: 101 characters"),
        (a_document(), {"raw": bytes(17 << 20)}, "document: content: .* at most"),
        (a_document(), {"version_of": "abc"}, "none with the id 'abc'"),
    ],
)
def test_a_document_that_cannot_be_kept_leaves_nothing(
    reports: Reports, path: Path, document: Document, more: dict[str, Any], told: str
) -> None:
    before = everything(path)
    with pytest.raises(InputError, match=told):
        imported(reports, document, **more)
    assert everything(path) == before


def test_an_act_that_breaks_off_leaves_nothing(
    reports: Reports, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = imported(reports).id
    reports.add_claim(a_claim(id_))
    before = everything(path)

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("openleo.service.store.reports.documents.moved", broken)
    with pytest.raises(KeyboardInterrupt):
        imported(reports, a_document("New"), version_of=id_)
    assert everything(path) == before
    with pytest.raises(InputError, match="span of"):  # its second telling, after the claim and the first
        reports.add_claim(a_claim(id_, tellings=(a_telling(id_), Telling(id_, 0, 999, "asserted"))))
    with pytest.raises(InputError, match="what: nothing given"):
        reports.add_claim(a_claim(id_, answers=(denied(0, what=" "),)))
    after = everything(path)
    del before["sqlite_sequence"], after["sqlite_sequence"]
    assert after == before


# claims


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "guessed"}, "kind: 'guessed' given; asked, decided, contact, sold, used, paid are allowed"),
        ({"act": "gone"}, "act: 'gone' given; on, off, kept off, never on, limited, other are allowed"),
        ({"where": " "}, "where: nothing given"),
        ({"when": Interval(date(2031, 3, 4), date(2031, 3, 3))}, "the last day is not before the first"),
        ({"noted_by": ""}, None),
        ({"number": 3}, "a new one has the number 0"),
        ({"tellings": ()}, "a document that tells it"),
        ({"case": "other"}, "is of the case 'coast', the claim of 'other'"),
        ({"by": "o" * 301}, "by whom: 301 characters given; at most 300"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(reports: Reports, wrong: dict[str, Any], told: str | None) -> None:
    id_ = imported(reports).id
    if told is None:  # who noted the telling noted the claim
        assert reports.add_claim(a_claim(id_, **wrong)).noted_by == "desk-1"
        return
    with pytest.raises(InputError, match=told):
        reports.add_claim(a_claim(id_, **wrong))
    assert reports.claims("coast") == ()


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ((-1, 5), "-1:5 is outside the text, which has the characters 0:239"),
        ((200, 240), "200:240 is outside the text"),
        ((5, 5), "5:5 given; the end comes after the start"),
        ((9, 5), "9:5 given"),
        ((220, 230), r"set aside \(read also\)"),
        ((26, 28), "white space alone"),
    ],
)
def test_a_span_that_is_none_of_the_article_is_refused(
    reports: Reports, span: tuple[int, int], told: str
) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    with pytest.raises(InputError, match=told):
        reports.add_telling(number, Telling(id_, *span, "asserted", by="desk-1"))
    with pytest.raises(InputError, match=told):
        reports.add_answer(denied(number, document=id_, start=span[0], end=span[1]))
    assert len(reports.claim(number).tellings) == 1


def test_what_else_cannot_be_told_or_answered(reports: Reports) -> None:
    id_ = imported(reports).id
    other = imported(reports, case="other").id
    number = reports.add_claim(a_claim(id_)).number
    for wrong, told in (
        (a_telling("ffff0000ffff"), "none with the id"),
        (a_telling(other), "is of the case 'other'"),
        (a_telling(id_), "tells claim 1 already"),
        (replace(a_telling(id_, DARK), mood="shouted"), "mood: 'shouted' given"),  # type: ignore[arg-type]
        (a_telling(id_, DARK, word=Word("officials", count=-1)), "count: -1 given"),
        (a_telling(id_, DARK, by=""), "by: nothing given"),
        (a_telling(id_, DARK, version=2), "there is no version 2; 1 to 1"),
    ):
        with pytest.raises(InputError, match=told):
            reports.add_telling(number, wrong)
    for answer, told in (
        (denied(number, on=date(2031, 6, 2)), "on: 2031-06-02 is in the future"),
        (denied(number, what=""), "an answer that denies says what exactly"),
        (denied(number, what="", kind="confirms in part"), "an answer that confirms in part says"),
        (denied(number, kind="shrugs"), "kind: 'shrugs' given; confirms, confirms in part, denies"),
        (denied(number, by=""), "from: nothing given"),
        (denied(number, start=3, end=9), "3:9 given without a document"),
        (denied(99), "there is no number 99"),
        (denied(1 << 70), f"there is no number {1 << 70}"),
    ):
        with pytest.raises(InputError, match=told):
            reports.add_answer(answer)
    with pytest.raises(InputError, match="2031-06-02 is in the future"):
        reports.asked(number, date(2031, 6, 2))
    assert reports.claim(number).answers == ()


@pytest.mark.parametrize("name", ["Ada Quill", " ADA  quill", "Ms Ada Quill", "the clerk (Ada Quill)"])
def test_persons_are_named_by_their_role(reports: Reports, name: str) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    for field in ("by", "behalf"):
        with pytest.raises(InputError, match="names a person; write the role instead"):
            reports.add_claim(a_claim(id_, **{field: name}))
    with pytest.raises(InputError, match=r"word: .* names a person"):
        reports.add_telling(number, a_telling(id_, DARK, word=Word(name, named=True)))
    with pytest.raises(InputError, match=r"from: .* names a person"):
        reports.add_answer(denied(number, by=name))
    with pytest.raises(InputError, match=r"by whom: .* names a person"):
        reports.change_claim(replace(reports.claim(number), by=name), "desk-1")


def test_a_name_that_holds_a_persons_letters_is_not_a_persons(reports: Reports) -> None:
    id_ = imported(reports).id
    assert reports.add_claim(a_claim(id_, by="Ada Quillfeather Works")).by == "Ada Quillfeather Works"


@pytest.mark.parametrize(
    "name",
    [
        "Prof. Nele Tarn, University of Kell", "mayor of Port Ellery, Ms Nele Tarn", "Ms Tarn", "Dr N. Tarn",
        "prof Nele van Tarn", "M. Jean Tarn", "Mme Tarn", "Maître Jeanne Tarn", "Me Jeanne Tarn",
        "a lawyer (Dr Nele Tarn)",
    ],
)  # fmt: skip
def test_a_title_before_a_name_names_a_person_whatever_was_proposed(reports: Reports, name: str) -> None:
    found = replace(proposed(a_document()), names=(Name(0, 4, name, "office"), Name(0, 4, name, "place")))
    id_ = reports.keep(a_document(), found, raw=b"x", case="coast", by="desk-1").id
    with pytest.raises(InputError, match="names a person"):
        reports.add_claim(a_claim(id_, by=name))
    reports.confirm_name("coast", name, name, "organisation", "desk-1")
    assert reports.add_claim(a_claim(id_, by=name)).by == name


@pytest.mark.parametrize(
    "name",
    [
        "a professor of the University of Kell", "Prof, a paper", "the doctor on duty", "M. le ministre",
        "Mme la maire de Port-Ellery", "those who told me Harbour Works", "Doctor, Harbour Works",
    ],
)  # fmt: skip
def test_a_title_without_a_name_is_a_role(reports: Reports, name: str) -> None:
    id_ = imported(reports).id
    assert reports.add_claim(a_claim(id_, by=name)).by == name


def test_an_office_that_holds_a_persons_name_is_refused(reports: Reports) -> None:
    names = (Name(0, 4, "Harbour master Ada Quill", "office"), Name(5, 8, "Ada Quill", "person"))
    found = replace(proposed(a_document()), names=names)
    id_ = reports.keep(a_document(), found, raw=b"x", case="coast", by="desk-1").id
    with pytest.raises(InputError, match="names a person"):
        reports.add_claim(a_claim(id_, by="Harbour master Ada Quill"))


@pytest.mark.parametrize(("name", "kind"), [
    ("ADA  Quill", "outlet"), ("Ada Quill Works Ltd", "organisation"), ("Ada Quill Strait", "place"),
])  # fmt: skip
def test_a_name_that_is_also_proposed_as_a_body_or_a_place_is_not_refused(
    reports: Reports, name: str, kind: Any
) -> None:
    imported(reports)
    found = replace(proposed(a_document()), names=(Name(0, 4, name, kind),))
    document = a_document(source="The Quay")
    id_ = reports.keep(document, found, raw=b"x", case="coast", by="desk-1").id
    assert reports.add_claim(a_claim(id_, by=name)).by == name
    reports.confirm_name("coast", name, name, "person", "desk-1")
    with pytest.raises(InputError, match="names a person"):
        reports.add_claim(a_claim(id_, by=name))


@pytest.mark.parametrize("kind", ["organisation", "place"])
def test_two_words_that_may_be_a_persons_are_refused_until_somebody_says_otherwise(
    reports: Reports, kind: Any
) -> None:
    """Whatever was proposed: nothing but a list of first names tells such a name from that of a body."""
    found = replace(proposed(a_document()), names=(Name(0, 4, "Nele Tarn", kind),))
    id_ = reports.keep(a_document(), found, raw=b"x", case="coast", by="desk-1").id
    number = reports.add_claim(a_claim(id_)).number
    with pytest.raises(InputError, match=r"by whom: 'Nele Tarn' may name a person; write the role instead"):
        reports.add_claim(a_claim(id_, by="Nele Tarn"))
    with pytest.raises(InputError, match=r"from: 'the Nele Tarn' may name a person"):
        reports.add_answer(denied(number, by="the Nele Tarn"))
    with pytest.raises(InputError, match=r"of: 'Nele Tarn' may name a person"):
        reports.asked(number, date(2031, 3, 5), "desk-1", "Nele Tarn")
    reports.confirm_name("coast", "Nele Tarn", "Nele Tarn", "organisation", "desk-1")
    assert reports.add_claim(a_claim(id_, by="Nele Tarn")).by == "Nele Tarn"


def test_a_name_that_is_no_persons_can_be_confirmed_as_the_error_says(reports: Reports) -> None:
    id_ = imported(reports).id
    alias = r"openleo report alias coast 'Ada Quill' 'Ada Quill' --kind organisation$"
    with pytest.raises(InputError, match=alias):
        reports.add_claim(a_claim(id_, by="Ada Quill"))


def test_what_a_person_confirmed_of_a_name_counts_for_more(reports: Reports) -> None:
    id_ = imported(reports).id
    reports.confirm_name("coast", "Ada Quill", "Ada Quill", "office", "desk-1")
    assert reports.add_claim(a_claim(id_, by="ada quill")).by == "ada quill"
    reports.confirm_name("coast", "The Pier", "B. Sand", "person", "desk-1", "a clerk")
    for name in ("The Pier", "B. Sand"):
        with pytest.raises(InputError, match="names a person"):
            reports.add_claim(a_claim(id_, by=name))
    assert [(each.written, each.shown_as) for each in reports.names("coast")] == [
        ("Ada Quill", ""), ("The Pier", "a clerk"),
    ]  # fmt: skip


def test_a_role_does_not_hold_the_name(reports: Reports) -> None:
    imported(reports)
    with pytest.raises(InputError, match=r"shown as: .* names a person"):
        reports.confirm_name("coast", "Ada Quill", "Ada Quill", "person", "desk-1", "Ada Quill, a clerk")
    with pytest.raises(InputError, match="a person alone has a role"):
        reports.confirm_name("coast", "The Pier", "The Pier", "outlet", "desk-1", "a paper")
    with pytest.raises(InputError, match="none named 'hills'; coast are here"):
        reports.confirm_name("hills", "Ada Quill", "Ada Quill", "person", "desk-1")


# what is private


def reviewed(reports: Reports, shown: Any = "whole") -> tuple[str, int]:
    """A document and its claim, with an answer, all reviewed."""
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    start, end = place(TEXT, ORDER)
    reports.add_answer(denied(number, document=id_, start=start, end=end))
    reports.review_document(id_, "desk-2", shown)
    reports.review_claim(number, "desk-2")
    return id_, number


def public(reports: Reports) -> tuple[Any, ...]:
    return (
        reports.cases(reviewed=True),
        reports.documents("coast", reviewed=True),
        reports.claims("coast", reviewed=True),
    )


def test_nothing_is_public_before_a_second_person_has_reviewed_it(reports: Reports) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    reports.set_origin(id_, id_, "", "It spoke with officials.", "desk-1")
    assert public(reports) == ((), (), ())
    assert reports.given_origins("coast", reviewed=True) == {}
    assert reports.versions(id_, reviewed=True) == ()
    with pytest.raises(InputError, match="there is none with the id"):
        reports.document(id_, reviewed=True)
    with pytest.raises(InputError, match="there is no number"):
        reports.claim(number, reviewed=True)


def test_what_was_reviewed_is_public(reports: Reports) -> None:
    id_, number = reviewed(reports)
    (case,), (kept,), (claim,) = public(reports)
    assert (case.name, case.documents, case.claims, case.reviewed, case.open) == ("coast", 1, 1, 1, 0)
    assert (kept.id, kept.document, kept.shown, kept.reviewed_by) == (id_, a_document(), "whole", "desk-2")
    assert (claim.number, claim.reviewed_by) == (number, "desk-2")
    assert claim == reports.claim(number) == reports.claim(number, reviewed=True)


@pytest.mark.parametrize("name", ["desk-1", " Desk-1 ", "DESK-1"])
def test_whoever_noted_it_cannot_review_it(reports: Reports, name: str) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    for act in (lambda: reports.review_document(id_, name), lambda: reports.review_claim(number, name)):
        with pytest.raises(InputError, match="a second person is needed"):
            act()
    assert public(reports) == ((), (), ())


def test_one_name_in_two_encodings_is_one_person(reports: Reports) -> None:
    id_ = imported(reports, by="Re\u0301my").id
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_document(id_, "R\u00e9my")


def test_a_part_that_another_noted_keeps_that_one_from_reviewing(reports: Reports) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    reports.add_telling(number, a_telling(id_, DARK, by="desk-2"))
    reports.add_answer(denied(number, noted_by="desk-3"))
    for name in ("desk-1", "desk-2", "desk-3"):
        with pytest.raises(InputError, match="a second person is needed"):
            reports.review_claim(number, name)
    assert reports.review_claim(number, "desk-4").reviewed_by == "desk-4"


@pytest.mark.parametrize("what", ["answer", "telling", "change"])
def test_a_claim_that_grows_is_private_until_that_is_reviewed(reports: Reports, what: str) -> None:
    id_, number = reviewed(reports)
    claim = reports.claim(number)
    match what:
        case "answer":
            after = reports.add_answer(denied(number, by="the operator", noted_by="desk-2"))
        case "telling":
            after = reports.add_telling(number, a_telling(id_, DARK, by="desk-2"))
        case _:
            after = reports.change_claim(replace(claim, where="the strait", event="the cut"), "desk-2")
    assert after.reviewed_by == ""
    assert reports.claims("coast", reviewed=True) == ()
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_claim(number, "desk-2")
    reports.review_claim(number, "desk-1")  # what waits is desk-2's; the rest has been reviewed
    assert reports.claims("coast", reviewed=True) == (reports.claim(number),)


def test_a_change_keeps_tellings_and_answers(reports: Reports) -> None:
    _, number = reviewed(reports)
    before = reports.claim(number)
    after = reports.change_claim(replace(before, event="the cut", tellings=(), answers=()), "desk-2")
    assert after == replace(before, event="the cut", reviewed_by="")
    with pytest.raises(InputError, match="says this already"):
        reports.change_claim(after, "desk-2")


@pytest.mark.parametrize("what", ["version", "origin", "name"])
def test_a_document_that_changes_is_private_until_that_is_reviewed(reports: Reports, what: str) -> None:
    id_, number = reviewed(reports)
    match what:
        case "version":
            again = imported(reports, a_document(TEXT + "\n\nCorrected."), version_of=id_, by="desk-2")
            assert again.private
        case "origin":
            reports.set_origin(id_, "", "Agency N", "Its wording.", "desk-2")
        case _:  # a person's name is shown only after two have said that it is none
            assert reports.confirm_name("coast", "Ada Quill", "Ada Quill", "office", "desk-2") == (id_,)
    assert public(reports) == ((), (), ())
    assert reports.claim(number).reviewed_by
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_document(id_, "desk-2")
    reports.review_document(id_, "desk-1" if what != "version" else "desk-3")
    assert [each.id for each in reports.documents("coast", reviewed=True)] == [id_]
    assert len(reports.claims("coast", reviewed=True)) == 1


def test_what_a_spelling_stands_for_is_shown_once_a_second_person_has_reviewed_it(reports: Reports) -> None:
    id_, _ = reviewed(reports)
    assert reports.confirm_name("coast", "The Pier", "Agency N", "outlet", "desk-2") == (id_,)
    assert [each.name for each in reports.names("coast")] == ["Agency N"]
    assert reports.names("coast", reviewed=True) == ()
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_document(id_, "desk-2")
    reports.review_document(id_, "desk-1")
    assert [each.name for each in reports.names("coast", reviewed=True)] == ["Agency N"]
    assert reports.confirm_name("coast", "Ada Quill", "Ada Quill", "person", "desk-2") == ()  # at once
    assert [(each.name, each.shown_as) for each in reports.names("coast", reviewed=True)] == [
        ("Ada Quill", ""), ("Agency N", ""),
    ]  # fmt: skip
    assert reports.confirm_name("coast", "Ada Quill", "Ada Quill", "person", "desk-2", "a clerk") == (id_,)
    assert [(each.name, each.shown_as) for each in reports.names("coast", reviewed=True)] == [
        ("Ada Quill", "")
    ]


def test_whoever_was_kept_back_by_a_person_is_shown_by_two(reports: Reports) -> None:
    reports.keep(a_document(), Proposals(sentences(a_document())), raw=b"x", case="coast", by="desk-1")
    (id_,) = (each.id for each in reports.documents("coast"))
    reports.confirm_name("coast", "Ada Quill", "Ada Quill", "person", "desk-1")  # no rule proposed it
    reports.review_document(id_, "desk-2")
    assert reports.confirm_name("coast", "Ada Quill", "Ada Quill", "office", "desk-3") == (id_,)


def test_a_public_claim_says_nothing_of_private_documents(reports: Reports) -> None:
    id_, number = reviewed(reports)
    other = imported(reports, a_document(source="The Quay")).id
    start, end = place(TEXT, ORDER)
    reports.add_telling(number, a_telling(other))
    reports.add_answer(denied(number, by="the operator", document=other, start=start, end=end))
    reports.review_claim(number, "desk-2")
    (claim,) = reports.claims("coast", reviewed=True)
    assert [each.document for each in claim.tellings] == [id_]
    first, second = claim.answers  # an answer stands, wherever it was read
    assert (first.document, first.start) == (id_, start)
    assert (second.by, second.what, second.document, second.start) == (
        "the operator",
        "any such order",
        "",
        -1,
    )
    assert other not in repr(public(reports))


def test_excerpts_are_the_sentences_of_reviewed_claims_alone(reports: Reports) -> None:
    id_, number = reviewed(reports, "excerpts")
    reports.add_claim(a_claim(id_, tellings=(a_telling(id_, DARK),)))  # nobody has reviewed that one
    (kept,) = reports.documents("coast", reviewed=True)
    text = kept.document.text
    assert kept == reports.document(id_, reviewed=True)
    assert [each.document.text for each in reports.versions(id_, reviewed=True)] == [text]
    assert text.split("\n\n")[1].strip() == f"The operator {CUT} on 3 March."
    assert text.split("\n\n")[2].strip() == "The ministry gave no such order, it said."
    assert not text.split("\n\n")[0].strip()
    assert len(text) == len(TEXT)
    (telling,) = reports.claim(number).tellings
    assert text[telling.start : telling.end] == CUT
    assert "Quill" not in repr(kept)
    assert [text[each.start : each.end] for each in kept.proposals.sentences] == [
        f"The operator {CUT} on 3 March.", "The ministry gave no such order, it said.",
    ]  # fmt: skip


# versions and spans


def test_a_span_follows_its_words_into_a_later_version(reports: Reports) -> None:
    id_, number = reviewed(reports)
    text = "Corrected: the day.\n\n" + TEXT
    later = imported(reports, a_document(text), version_of=id_, by="desk-2")
    assert later.left == ()
    claim = reports.claim(number)
    (telling,), (answer,) = claim.tellings, claim.answers
    assert (telling.version, text[telling.start : telling.end]) == (2, CUT)
    assert (answer.version, text[answer.start : answer.end]) == (2, ORDER)


def test_a_span_stays_with_the_version_that_has_its_sentence(reports: Reports) -> None:
    id_, number = reviewed(reports)
    text = TEXT.replace(" on 3 March.", " on 3 March, which it denies.")
    later = imported(reports, a_document(text), version_of=id_, by="desk-2")
    assert later.left == (number,)
    (telling,) = reports.claim(number).tellings
    version = reports.versions(id_)[telling.version - 1]
    assert (telling.version, version.document.text[telling.start : telling.end]) == (1, CUT)
    again = imported(reports, a_document(TEXT + "\n\nAs it was."), version_of=id_, by="desk-2")
    assert again.left == ()
    assert reports.claim(number).tellings == (replace(telling, version=3),)


def test_a_span_whose_words_stand_there_more_often_than_before_stays(reports: Reports) -> None:
    id_, number = reviewed(reports)
    text = f"{TEXT.split(chr(10))[2].split('.')[0]}. It is denied.\n\n{TEXT}"
    later = imported(reports, a_document(text), version_of=id_, by="desk-2")
    assert text.count(f"The operator {CUT} on 3 March.") == 2
    assert later.left == (number,)
    assert reports.claim(number).tellings[0].version == 1


# set right


def test_a_document_goes_to_another_case_while_nothing_rests_on_it(reports: Reports) -> None:
    id_, other = imported(reports).id, imported(reports, a_document(source="The Quay")).id
    reports.review_document(id_, "desk-2")
    moved = reports.move(id_, "hills")
    assert (moved.case, moved.shown) == ("hills", "")
    assert [each.id for each in reports.documents("coast")] == [other]
    with pytest.raises(InputError, match="in the case 'hills' already"):
        reports.move(id_, "hills")
    again = imported(reports).id
    with pytest.raises(InputError, match=f"in the case 'hills' as {id_}"):
        reports.move(again, "hills")
    reports.set_origin(again, other, "", "It names it.", "desk-1")
    number = reports.add_claim(a_claim(again)).number
    for act in (lambda id_: reports.move(id_, "strait"), reports.drop_document):
        with pytest.raises(InputError, match=f"others go back to it, and it cannot be .*: {again}"):
            act(other)
        with pytest.raises(InputError, match=f"claims rest on it, and it cannot be .*: {number}"):
            act(again)


def test_what_is_dropped_leaves_nothing(reports: Reports, path: Path) -> None:
    empty = everything(path)
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    reports.add_answer(denied(number, document=id_, start=0, end=4))
    reports.change_claim(replace(reports.claim(number), event="the cut"), "desk-1")
    reports.set_origin(id_, id_, "", "It spoke with officials.", "desk-1")
    facts = a_document(source="The Long Pier")
    reports.set_facts(id_, facts, proposed(facts), "desk-1")
    reports.drop_claim(number)
    assert reports.drop_document(id_[:5]) == id_
    left = everything(path)
    del left["sqlite_sequence"], empty["sqlite_sequence"]
    assert left == empty
    assert reports.add_claim(a_claim(imported(reports).id)).number == number + 1


def test_a_claim_that_was_reviewed_is_not_dropped(reports: Reports) -> None:
    _, number = reviewed(reports)
    reports.add_answer(denied(number, by="the operator"))  # it is private again, and has been public
    with pytest.raises(InputError, match="claim 1: it was reviewed, and stays"):
        reports.drop_claim(number)


@pytest.mark.parametrize("part", ["telling", "answer", "asked"])
def test_a_part_that_is_taken_back_is_kept_as_it_was_and_the_rest_is_private(
    reports: Reports, path: Path, part: Any
) -> None:
    id_, number = reviewed(reports)
    reports.asked(number, date(2031, 3, 5), "desk-1", "Sealane plc")
    if part == "telling":
        reports.add_telling(number, a_telling(id_, DARK))
    reports.review_claim(number, "desk-2")
    reports.entered(number, 7, *seal(b"what it says"))
    before = reports.claim(number)
    after = reports.take_back(number, part, "desk-2", 0 if part == "asked" else 1)
    wanted = {
        "telling": {"tellings": before.tellings[1:]}, "answer": {"answers": ()},
        "asked": {"asked": None, "asked_of": ""},
    }[part]  # fmt: skip
    assert after == replace(before, reviewed_by="", **wanted)  # type: ignore[arg-type]
    assert after.entry == 7
    was = {"telling": "desk-1", "answer": "any such order", "asked": "Sealane plc"}[part]
    assert was in everything(path)["changes"][-1][2]
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_claim(number, "desk-2")
    assert reports.review_claim(number, "desk-1").reviewed_by == "desk-1"


def test_what_is_no_part_of_a_claim_is_not_taken_back(reports: Reports) -> None:
    _, number = reviewed(reports)
    for part, at, told in (
        ("answer", 0, "answer: 0 given; of claim 1 1 to 1 are here"), ("answer", 2, "answer: 2 given"),
        ("telling", 1, "claim 1 has no other"), ("asked", 0, "nobody was asked to answer it"),
        ("word", 1, "part: 'word' given"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            reports.take_back(number, part, "desk-2", at)  # type: ignore[arg-type]
    reports.asked(number, date(2031, 3, 5), "desk-1", "Sealane plc")
    silent = Answer(number, "silent since", "Sealane plc", on=date(2031, 3, 5), noted_by="desk-1")
    reports.add_answer(silent)
    with pytest.raises(InputError, match="take it back first"):
        reports.take_back(number, "asked", "desk-2")
    assert len(reports.claim(number).answers) == 2


def test_documents_that_hold_a_spelling_are_private_when_it_is_taken_back(reports: Reports) -> None:
    reports.keep(a_document(), Proposals(sentences(a_document())), raw=b"x", case="coast", by="desk-1")
    (id_,) = (each.id for each in reports.documents("coast"))
    other = imported(reports, a_document("Nothing of her.", source="The Quay")).id
    reports.confirm_name("coast", "Ada Quill", "Ada Quill", "person", "desk-1", "a clerk")
    for each in (id_, other):
        reports.review_document(each, "desk-2")
    assert reports.forget_name("coast", "ada quill", "desk-3") == (id_,)
    assert [each.id for each in reports.documents("coast", reviewed=True)] == [other]
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_document(id_, "desk-3")
    assert reports.names("coast") == ()
    with pytest.raises(InputError, match="'Ada Quill' may name a person"):  # nothing says that it does not
        reports.add_claim(a_claim(id_, by="Ada Quill"))
    reports.confirm_name("coast", "Ada Quill", "Ada Quill", "person", "desk-1")
    assert [each.kind for each in reports.names("coast")] == ["person"]


# origins and the log


def test_an_origin_is_a_document_of_the_case_or_an_outlet_outside(reports: Reports) -> None:
    first, second = imported(reports).id, imported(reports, a_document(source="The Quay")).id
    other = imported(reports, case="other").id
    third = imported(reports, a_document(source="The Lock")).id
    reports.set_origin(third, second, "", "It names it.", "desk-1")
    reports.set_origin(second, first[:6], "", "It names it.", "desk-1")
    reports.set_origin(first, "", "Agency N", "Its wording.", "desk-1")
    given = reports.given_origins("coast")
    assert (given[second].root, given[second].why) == (first, ("It names it.",))
    assert (given[first].root, given[first].outside) == ("", "Agency N")
    reports.set_origin(first, first, "", "It spoke with officials.", "desk-1")
    assert reports.given_origins("coast")[first].root == first
    for root, outside in (("", ""), (first, "Agency N")):
        with pytest.raises(InputError, match="or the name of an outlet outside, is needed"):
            reports.set_origin(second, root, outside, "why", "desk-1")
    for root, through in ((second, second), (third, second)):
        with pytest.raises(
            InputError, match=f"{root} goes back to {first}, as desk-1 found of {through}: it"
        ):
            reports.set_origin(first, root, "", "why", "desk-1")
    with pytest.raises(InputError, match="is of the case 'other', not 'coast'"):
        reports.set_origin(second, other, "", "why", "desk-1")
    with pytest.raises(InputError, match="why: nothing given"):
        reports.set_origin(second, first, "", "", "desk-1")


def test_only_a_reviewed_claim_is_entered_in_a_log(reports: Reports) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    name, raw = seal(b"what it says")
    with pytest.raises(InputError, match="no second person has reviewed it"):
        reports.entered(number, 7, name, raw)
    reports.review_claim(number, "desk-2")
    with pytest.raises(InputError, match="SHA-256"):
        reports.entered(number, 7, name, raw + b"!")
    assert reports.entry_of(number) is None
    assert reports.entered(number, -1, name, raw).entry == -1
    assert reports.entry_of(number) == (-1, name, raw)
    reports.add_answer(denied(number))  # meanwhile; what the log has by then is kept all the same
    assert reports.entered(number, 7, name, raw).entry == 7
    assert reports.entry_of(number) == (7, name, raw)
    with pytest.raises(InputError, match="no second person has reviewed it"):
        reports.entered(number, 8, *seal(b"more"))


def test_a_telling_that_was_entered_stays_as_it_was(reports: Reports) -> None:
    id_, number = reviewed(reports)
    before = reports.claim(number)
    reports.entered(number, 7, *seal(b"what it says"))
    later = imported(reports, a_document("Corrected.\n\n" + TEXT), version_of=id_, by="desk-2")
    assert later.left == ()
    last = imported(reports, a_document("Corrected again.\n\n" + TEXT), version_of=id_, by="desk-2")
    assert last.left == ()
    assert reports.claim(number).tellings == before.tellings


def test_when_it_was_asked_can_be_set_right_until_a_log_says_so(reports: Reports) -> None:
    _, number = reviewed(reports)
    assert reports.asked(number, date(2031, 3, 5)).asked == date(2031, 3, 5)
    assert reports.asked(number, date(2031, 3, 6)).asked == date(2031, 3, 6)
    reports.review_claim(number, "desk-2")
    reports.entered(number, 7, *seal(b"what it says"))
    assert reports.asked(number, date(2031, 3, 6)).entry == 7
    with pytest.raises(InputError, match="entry 7 of the log says that it was asked on 2031-03-06"):
        reports.asked(number, date(2031, 3, 7))


def test_who_was_asked_is_kept_with_the_day(reports: Reports) -> None:
    _, number = reviewed(reports)
    assert reports.asked(number, date(2031, 3, 5), "desk-1", "Sealane plc").asked_of == "Sealane plc"
    later = reports.asked(number, date(2031, 3, 6), "desk-1")
    assert (later.asked, later.asked_of) == (date(2031, 3, 6), "Sealane plc")
    assert reports.claims("coast", reviewed=True) == ()  # whom it names waits for a second person
    with pytest.raises(InputError, match="a second person is needed"):
        reports.review_claim(number, "desk-1")
    reports.review_claim(number, "desk-2")
    assert reports.asked(number, date(2031, 3, 6), "desk-1").reviewed_by  # nothing new
    assert reports.claims("coast", reviewed=True)[0].asked_of == "Sealane plc"
    with pytest.raises(InputError, match="of: 'Ada Quill' names a person"):
        reports.asked(number, date(2031, 3, 6), "desk-1", "Ada Quill")


def test_silence_is_no_answer(reports: Reports) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    silent = Answer(number, "silent since", "the operator", on=date(2031, 3, 5), noted_by="desk-1")
    with pytest.raises(InputError, match="nobody was asked to answer"):
        reports.add_answer(silent)
    reports.asked(number, date(2031, 3, 5), "desk-1", "the operator")
    reports.add_answer(silent)
    assert reports.cases()[0].open == 1
    reports.add_answer(denied(number))
    assert reports.cases()[0].open == 1  # nobody asked the ministry
    reports.add_answer(denied(number, by="the operator", on=date(2031, 3, 4)))
    assert reports.cases()[0].open == 1  # that was before it was asked
    reports.add_answer(denied(number, by="the operator"))
    assert reports.cases()[0].open == 0


def test_nobody_is_silent_but_who_was_asked(reports: Reports) -> None:
    id_ = imported(reports).id
    number = reports.add_claim(a_claim(id_)).number
    reports.asked(number, date(2031, 3, 5), "desk-1", "Corvina Link Ltd")
    silent = Answer(number, "silent since", "Other Co", on=date(2031, 3, 5), noted_by="desk-1")
    told = r"from: .Other Co. given; .Corvina Link Ltd. was asked to answer claim 1, and nobody else is"
    with pytest.raises(InputError, match=told):
        reports.add_answer(silent)
    for by in ("Corvina-Link", "the operator", "the press office of Corvina Link Ltd"):
        reports.add_answer(replace(silent, by=by))
    assert len(reports.claim(number).answers) == 3


def test_what_is_said_to_happen_later_is_no_claim(reports: Reports) -> None:
    id_ = imported(reports).id
    later = TODAY + timedelta(days=1)
    with pytest.raises(InputError, match=f"when: {later} is in the future; days up to {TODAY} are allowed"):
        reports.add_claim(a_claim(id_, when=Interval(later, None)))
    made = reports.add_claim(a_claim(id_, when=Interval(TODAY, later)))
    with pytest.raises(InputError, match=f"when: {later} is in the future"):
        reports.change_claim(replace(made, when=Interval(later, later)), "desk-1")


def test_an_offset_counts_characters(reports: Reports) -> None:
    text = "🌊 Coupé 🌊\n\nLe service a été coupé 🌊 le 3 mars."
    id_ = imported(reports, a_document(text)).id
    made = reports.add_claim(a_claim(id_, tellings=(a_telling(id_, "a été coupé 🌊", text),)))
    telling = reports.claim(made.number).tellings[0]
    assert reports.document(id_).document.text[telling.start : telling.end] == "a été coupé 🌊"


def test_sentences_of_the_proposals_come_back_as_they_went_in(reports: Reports) -> None:
    found = replace(proposed(a_document()), sentences=(Sentence(0, 26, "en", "conditional", "would"),))
    id_ = reports.keep(a_document(), found, raw=b"x", case="coast", by="desk-1").id
    assert reports.document(id_).proposals == found
    assert reports.document(id_).read.words(0, 4) == "Link"
