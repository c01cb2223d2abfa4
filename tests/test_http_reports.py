"""Reports over HTTP and in plain tables: what was reviewed, and nothing else."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from enforced_log import governed
from reports_case import (
    ASKED,
    CASE,
    ELSEWHERE,
    MARKUP,
    PERSON,
    READER,
    ROLE,
    ROLE_PERSON,
    SECRET,
    TEXTS,
    WRITER,
    Made,
    document,
    make,
    proposals,
    shown,
    span,
)
from serving import Service, command, process, served

from openleo.errors import InputError
from openleo.http.reports import ReportsFile
from openleo.service.reports.claims import Answer, Telling, Word
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Figure, Proposals
from openleo.service.reports.prose.sentences import sentences
from openleo.service.store.reports import Reports

LATER = date(2024, 3, 20)
PATH = f"/v1/reports/{quote(CASE)}"
PLAIN = f"/plain/reports/{quote(CASE)}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("register") / "reports.db")


@pytest.fixture(scope="module")
def service(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with shown(made, tmp_path_factory.mktemp("reports")) as running:
        yield running


def asked(service: Service, path: str) -> Any:
    answer = service.ask("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(page: str) -> str:
    """What a plain page says, without its markup; French binds its signs by spaces that do not break."""
    return unescape(re.sub(r"<[^>]+>", "", page)).replace("\u202f", " ").replace("\u00a0", " ")


def pages(service: Service) -> list[str]:
    """All that anyone gets to read of the reports."""
    paths = ("/v1/reports", PATH, f"{PATH}?lang=fr", "/plain/reports", PLAIN, f"{PLAIN}?lang=fr")
    return [service.ask("GET", path).text for path in paths]


# ------------------------------------------------------------------ what is told


def test_a_case_has_its_claims_its_documents_and_its_sources(service: Service, made: Made) -> None:
    (listed,) = asked(service, "/v1/reports")["cases"]
    assert listed == {"case": CASE, "documents": 6, "claims": 5, "independent": 2, "open": 2}
    found = asked(service, PATH)
    assert found["independent"] == 2  # the ledger and the bulletin; a statement of a party is none
    rows = {each["number"]: each for each in found["rows"]}
    off = rows[made.numbers["off"]]
    assert [each["mood"] for each in off["cells"]] == ["reported", "conditional", "asserted", "reported"]
    assert (off["independent"], off["open"], off["silent_days"]) == (1, True, 37)
    assert found["log"] == ""
    assert off["held"]["verdict"] == "not asked"
    (alternatives,) = found["alternatives"]
    assert alternatives["claims"] == [made.numbers[each] for each in ("off", "never", "limited")]
    differing = rows[made.numbers["paid"]]["differing"]
    assert {2.4e9, 2.4e6} <= {value["low"] for each in differing for value in each["values"]}
    roots = {each["id"]: each["origin"] for each in found["columns"]}
    assert all(roots[made.ids[each]] == made.ids["ledger"] for each in ("ledger", "quai", "wire", "nashra"))


def test_the_sentences_of_an_answer_are_in_the_language_that_is_asked_for(service: Service) -> None:
    english, french = (asked(service, f"{PATH}?lang={each}") for each in ("en", "fr"))
    assert english["rows"][0]["held"]["sentence"] != french["rows"][0]["held"]["sentence"]
    assert "[name withheld]" in str(english["documents"])
    assert "[nom non publié]" in str(french["documents"])


def test_a_lit_span_has_exactly_the_words_that_the_claim_names(service: Service, made: Made) -> None:
    found = asked(service, PATH)
    documents = {each["id"]: each for each in found["documents"]}
    checked = 0
    for row in found["rows"]:
        for cell in row["cells"]:
            pieces = [each for block in documents[cell["document"]]["blocks"] for each in block["pieces"]]
            lit = [each["text"] for each in pieces if row["number"] in each["claims"]]
            assert "".join(lit) == cell["words"]
            checked += 1
    assert checked == 12
    denial = [
        each["text"]
        for block in documents[made.ids["ministry"]]["blocks"]
        for each in block["pieces"]
        if each["answers"]
    ]
    assert denial == ["No minister asked for anything to be switched off"]


def test_an_answer_has_the_words_and_the_day_of_the_document_in_which_it_stands(tmp_path: Path) -> None:
    made = make(tmp_path / "reports.db")
    words = "The ministry regrets the reports of the last days"
    with Reports.open(made.path) as register:
        place = (made.ids["ministry"], *span("ministry", words))
        given = Answer(made.numbers["off"], "no comment", "Ministry of Waters", "", None, *place)
        register.add_answer(replace(given, noted_by=WRITER))
        register.review_claim(made.numbers["off"], READER)
    with shown(made, tmp_path) as service:
        rows = {each["number"]: each for each in asked(service, PATH)["rows"]}
        plain = service.ask("GET", PLAIN).text
    (answer,) = [each for each in rows[made.numbers["off"]]["answers"] if each["kind"] == "no comment"]
    assert (answer["words"], answer["published"]["first"]) == (words, "2024-03-18")
    (denial,) = rows[made.numbers["asked"]]["answers"]
    assert denial["words"] == denial["what"]
    (silent,) = [each for each in rows[made.numbers["off"]]["answers"] if each["kind"] == "silent since"]
    assert (silent["words"], silent["published"]) == ("", None)
    assert f'<blockquote dir="auto">{words}</blockquote>' in unescape(plain)
    assert "Where it stands: Ministry of Waters, 2024-03-18" in read(plain)
    assert read(plain).count(denial["what"]) == 2  # in the answer and in its document


# ------------------------------------------------------------------ what is not told


def test_what_nobody_has_reviewed_appears_nowhere(service: Service, made: Made) -> None:
    for page in pages(service):
        assert SECRET not in page
        assert "The Unread Gazette" not in page
        assert made.ids["unread"] not in page


def test_names_of_persons_are_withheld_or_stand_as_roles(service: Service) -> None:
    for page in pages(service):
        for name in (PERSON, "Valmont", ROLE_PERSON, "Brandt", ELSEWHERE, WRITER, READER):
            assert name not in page
    assert f"[{ROLE}]" in service.ask("GET", PATH).text


def test_of_a_document_in_excerpts_only_sentences_of_claims_are_told(service: Service) -> None:
    for page in pages(service):
        assert "Weather at the coast is calm" not in page
    (wire,) = [each for each in asked(service, PATH)["documents"] if "extinguished" in str(each["blocks"])]
    assert "[…]" in str(wire["blocks"])
    assert "2.4 million of crowns" in str(wire["blocks"])
    assert "Weather at the coast is calm" in TEXTS["wire"]


def test_unreviewed_shows_all_on_this_machine_and_to_no_other_name(made: Made, tmp_path: Path) -> None:
    with shown(made, tmp_path, unreviewed=True) as service:
        found = asked(service, PATH)
        assert found["unreviewed"] is True
        assert SECRET in str(found)
        plain = unescape(service.ask("GET", PLAIN).text)
        assert "Not reviewed" in plain
        assert "(not reviewed)" in plain
        refused = service.ask("GET", PATH, headers={"host": "reports.example"})
        assert refused.status_code == 403
        assert SECRET not in refused.text
    with pytest.raises(InputError, match=r"--host 0\.0\.0\.0"):
        ReportsFile.checked(made.path, True, "0.0.0.0")
    for host in ("127.0.0.1", "::1", "localhost"):
        assert ReportsFile.checked(made.path, True, host).unreviewed


def test_a_server_that_others_reach_does_not_start_with_what_nobody_has_reviewed(
    made: Made, tmp_path: Path
) -> None:
    words = ("--store", str(tmp_path / "s.db"), "--port", "0", "--host", "0.0.0.0", "--unreviewed")
    ended = subprocess.run(command(*words, "--reports", str(made.path)), capture_output=True, text=True)
    assert ended.returncode == 2
    assert "--unreviewed: given with --host 0.0.0.0" in ended.stderr
    ended = subprocess.run(command(*words), capture_output=True, text=True)
    assert "--unreviewed: given without --reports" in ended.stderr
    ended = subprocess.run(
        command("--store", str(tmp_path / "s.db"), "--reports", str(tmp_path / "none.db")),
        capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "none.db" in ended.stderr


def test_what_a_later_version_says_differently_is_told_without_names(tmp_path: Path) -> None:
    made = make(tmp_path / "reports.db")
    id_ = made.ids["ledger"]
    text = f"{TEXTS['ledger']}\n\nCorrection: {PERSON} was asked on 9 March."
    later = replace(document("ledger"), text=text, published=Interval(LATER, LATER, f"{LATER}"))
    with Reports.open(made.path) as register:
        given = {"raw": text.encode(), "case": CASE, "by": WRITER, "version_of": id_}
        register.keep(later, proposals("ledger"), **given)
        with shown(made, tmp_path) as service:
            assert id_ not in service.ask("GET", PATH).text  # private again
        register.review_document(id_, READER)
    with shown(made, tmp_path) as service:
        (found,) = [each for each in asked(service, PATH)["documents"] if each["id"] == id_]
        plain = read(service.ask("GET", PLAIN).text)
    changes = [(each["version"], each["field"], each["was"], each["now"]) for each in found["changes"]]
    assert changes == [
        (2, "", "", "Correction: [name withheld] was asked on 9 March."),
        (2, "published", "2024-03-14", "2024-03-20"),
    ]
    assert "Correction: [name withheld] was asked on 9 March." in plain
    assert "Published: 2024-03-20" in plain


def test_words_that_a_later_version_took_back_keep_the_day_of_their_own(tmp_path: Path) -> None:
    made = make(tmp_path / "reports.db")
    id_, number = made.ids["bulletin"], made.numbers["limited"]
    said = "boats in the strait could send short messages and make no calls"
    text = TEXTS["bulletin"].replace(said, "nothing is known of boats")
    later = replace(document("bulletin"), text=text, published=Interval(LATER, LATER, f"{LATER}"))
    with Reports.open(made.path) as register:
        names = tuple(each for each in proposals("bulletin").names if each.name in text)
        found = Proposals(sentences=sentences(later), names=names)
        register.keep(later, found, raw=text.encode(), case=CASE, by=WRITER, version_of=id_)
        register.review_claim(number, READER)
        register.review_document(id_, READER, "excerpts")
    with shown(made, tmp_path) as service:
        found_case = asked(service, PATH)
        plain = {each: read(service.ask("GET", f"{PLAIN}?lang={each}").text) for each in ("en", "fr")}
    (row,) = [each for each in found_case["rows"] if each["number"] == number]
    (cell,) = row["cells"]
    assert (cell["words"], cell["withdrawn"], cell["published"]["first"]) == (said, True, "2024-03-27")
    assert "In its version of 2024-03-27; the version of 2024-03-20 no longer says so." in plain["en"]
    assert "ne le dit plus" in plain["fr"]


# ------------------------------------------------------------------ how it is told


def test_serve_shows_a_register_that_it_is_given(made: Made, tmp_path: Path) -> None:
    with process(tmp_path, str(tmp_path / "s.db"), "--reports", str(made.path)) as service:
        assert asked(service, "/v1/reports")["cases"][0]["case"] == CASE


def test_a_server_without_a_register_says_so(tmp_path: Path) -> None:
    with served(str(tmp_path / "s.db")) as service:
        assert asked(service, "/v1/reports") == {"register": False, "unreviewed": False, "cases": []}
        assert service.ask("GET", PATH).status_code == 404
        assert "shows no register" in service.ask("GET", "/plain/reports").text
        assert "/plain/reports" not in service.ask("GET", "/plain").text


def test_an_answer_is_sent_again_only_when_the_register_has_changed(tmp_path: Path) -> None:
    made = make(tmp_path / "reports.db")
    with shown(made, tmp_path) as service:
        first = service.ask("GET", PATH)
        tag = {"if-none-match": first.headers["etag"]}
        assert first.headers["cache-control"] == "no-cache"
        again = service.ask("GET", PATH, headers=tag)
        assert (again.status_code, again.content) == (304, b"")
        with Reports.open(made.path) as register:
            register.review_claim(made.numbers["unread"], READER)
            register.review_document(made.ids["unread"], READER)
        changed = service.ask("GET", PATH, headers=tag)
        assert changed.status_code == 200
        assert SECRET in changed.text
        with Reports.open(made.path) as register:  # set right, and so private again
            register.set_origin(made.ids["unread"], made.ids["unread"], "", "It says so.", WRITER)
        assert SECRET not in service.ask("GET", PATH).text


def test_what_is_asked_wrongly_is_a_problem(service: Service, made: Made, tmp_path: Path) -> None:
    for path, status, field in (
        ("/v1/reports/No%20such", 404, "case"),
        (f"{PATH}?lang=xx", 422, "lang"),
        (f"{PATH}?more=1", 422, "more"),
    ):
        answer = service.ask("GET", path)
        assert (answer.status_code, answer.json()["field"]) == (status, field)
        assert answer.headers["content-type"] == "application/problem+json"
    assert service.ask("POST", PATH).status_code == 405
    assert service.ask("GET", "/plain/reports/No%20such").status_code == 404
    gone = tmp_path / "gone.db"
    gone.write_bytes(made.path.read_bytes())
    with shown(Made(gone, {}, {}), tmp_path) as other:
        asked(other, PATH)
        os.remove(gone)
        answer = other.ask("GET", PATH)
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert str(tmp_path) not in answer.text
        gone.write_bytes(b"no register")
        assert other.ask("GET", PATH).status_code == 503


def test_a_claim_is_held_against_the_log_that_the_server_enforces(made: Made, tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        with shown(made, tmp_path, clock=log.clock, enforced=log.enforcement()) as service:
            found = asked(service, PATH)
            assert found["log"] == log.log.published.origin
            assert {each["held"]["verdict"] for each in found["rows"]} == {"none"}
            sentence = found["rows"][0]["held"]["sentence"]
            assert "neither confirms nor refutes" in sentence
            assert sentence in unescape(service.ask("GET", PLAIN).text)


def test_a_case_without_claims_says_so(tmp_path: Path) -> None:
    with Reports.open(tmp_path / "reports.db", create=True) as register:
        id_ = register.keep(document("quai"), proposals("quai"), raw=b"x", case=CASE, by=WRITER).id
        register.review_document(id_, READER)
    with shown(Made(tmp_path / "reports.db", {}, {}), tmp_path) as service:
        plain = unescape(service.ask("GET", PLAIN).text)
    assert "No claim has been made from these documents so far" in plain
    assert "independent source" not in plain
    assert "Who tells what" not in plain


# ------------------------------------------------------------------ plain tables


@pytest.mark.parametrize(("language", "unit", "low"), [
    ("en", "Figures: percent", '<span class="n">4.5</span>'),
    ("fr", "Chiffres : pour cent", '<span class="n">4,5</span>'),
])  # fmt: skip
def test_a_figure_has_its_unit_and_its_number_in_the_language_of_the_page(
    tmp_path: Path, language: str, unit: str, low: str
) -> None:
    made = make(tmp_path / "reports.db", "ledger", "quai")
    with Reports.open(made.path) as register:
        for name, value in (("ledger", 4.5), ("quai", 1200.0)):
            words = {"ledger": "2.4 billion crowns", "quai": "2,4 millions de couronnes"}[name]
            found = proposals(name)
            figure = Figure(*span(name, words), value, value, "percent", "")
            text = f"{TEXTS[name]}\n\nAgain."
            later, id_ = replace(document(name), text=text), made.ids[name]
            raw = {"raw": text.encode(), "case": CASE, "by": WRITER, "version_of": id_}
            register.keep(later, replace(found, figures=(figure,), sentences=sentences(later)), **raw)
            register.review_document(id_, READER)
        for number in made.numbers.values():
            register.review_claim(number, READER)
    with shown(made, tmp_path) as service:
        page = service.ask("GET", f"{PLAIN}?lang={language}").text
    assert unit in read(page)
    assert low in page
    assert (
        "Sur la parole de : officials of the ministry (source non nommée, 3)" in read(page)
        or language == "en"
    )


def test_the_plain_page_says_what_the_api_says(service: Service) -> None:
    found = asked(service, PATH)
    page = service.ask("GET", PLAIN)
    text = unescape(re.sub(r"<[^>]+>", "", page.text))
    assert page.status_code == 200
    assert "script" not in page.headers["content-security-policy"]
    assert "6 documents, 5 claims, 2 independent sources" in text
    for row in found["rows"]:
        for cell in row["cells"]:
            assert f"<mark>{cell['words']}</mark>" in unescape(page.text)
        for answer in row["answers"]:
            assert answer["what"] in text
    assert "has not answered since: 37 days" in text
    assert "Competing accounts of one event" in text
    assert "not noted here" in text  # what an editor left out is not laid at a document's door
    assert "not say" not in text
    assert "Used: service limited" in text
    assert "some uses" not in text
    assert re.search(r'<p dir="auto" lang="ar">', page.text)
    listed = service.ask("GET", "/plain/reports").text
    assert PLAIN in listed
    assert "/plain/reports" in service.ask("GET", "/plain").text


@pytest.mark.parametrize(("language", "said"), [
    ("en", "The operator was asked on 2024-05-06 and has not answered since: 37 days."),
    ("fr", "L’opérateur a été interrogé le 2024-05-06 et n’a pas répondu depuis\u00a0: 37 jours."),
])  # fmt: skip
def test_the_plain_table_says_since_when_a_claim_is_not_answered(
    service: Service, language: str, said: str
) -> None:
    page = unescape(service.ask("GET", f"{PLAIN}?lang={language}").text)
    text = re.sub(r"<[^>]+>", "", page)
    assert text.count(said) == 2 * 2  # of two claims, in the table and beside each
    table = page[page.index('<table class="stack"') :].partition("</table>")[0]
    assert re.sub(r"<[^>]+>", "", table).count(said) == 2


def test_the_plain_page_says_when_what_was_done_and_what_is_not_shown(tmp_path: Path) -> None:
    april = date(2024, 4, 3)
    made = make(tmp_path / "reports.db")
    with Reports.open(made.path) as register:
        for name in ("asked", "off"):
            register.asked(made.numbers[name], ASKED, WRITER, "the Orlen operator")
            register.review_claim(made.numbers[name], READER)
        text = f"{TEXTS['bulletin']}\n\nMore."
        later = replace(document("bulletin"), text=text, published=Interval(april, april, f"{april}"))
        id_ = made.ids["bulletin"]
        given = {"raw": text.encode(), "case": CASE, "by": WRITER, "version_of": id_}
        register.keep(later, proposals("bulletin"), **given)
        register.review_document(id_, READER)
    with shown(made, tmp_path) as service:
        page = read(service.ask("GET", PLAIN).text)
    asked_of = (
        f"{ASKED}the Orlen operator is asked to answer ({made.numbers['asked']}, {made.numbers['off']})"
    )
    assert asked_of in page
    assert "2024-03-27The Coastal Bulletin publishes" in page
    assert "2024-04-03The Coastal Bulletin publishes version 2" in page
    assert "2 versions are kept, the first of 2024-03-27; this is the last" in page
    assert "the Orlen operator was asked on 2024-05-06 and has not answered since: 37 days." in page
    assert (
        "Names of persons are withheld, and so is what may be one, until two persons have confirmed" in page
    )
    assert "What is changed afterwards is private until it has been reviewed again." in page
    assert "Spellings that stand for one name, as two persons have confirmed" in page


def test_who_only_denies_a_claim_is_not_counted_with_who_tells_it(tmp_path: Path) -> None:
    made = make(tmp_path / "reports.db", "ledger", "ministry")
    with Reports.open(made.path) as register:
        words = "Service over the strait was never on"
        denied = Telling(made.ids["ministry"], *span("ministry", words), "denied", Word(), WRITER)
        register.add_telling(made.numbers["off"], denied)
        register.review_claim(made.numbers["off"], READER)
    with shown(made, tmp_path) as service:
        page = read(service.ask("GET", PLAIN).text)
    assert "Told by 1 document, from 1 independent source. Denied in 1 document" in page


def test_markup_in_a_document_stays_text(service: Service) -> None:
    page = service.ask("GET", PLAIN).text
    assert "<script" not in page
    assert "<img" not in page
    assert MARKUP in unescape(page)
    found = asked(service, PATH)["documents"]
    assert any(
        MARKUP in piece["text"] for each in found for block in each["blocks"] for piece in block["pieces"]
    )
