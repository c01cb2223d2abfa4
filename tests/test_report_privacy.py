"""What of reports may reach whoever has HTTP alone, and who may let it."""

import sqlite3
from pathlib import Path

import pytest
from reports_case import CASE, READER, SECRET, WRITER, Made, make, shown
from test_http_reports import PATH, PLAIN

from openleo.errors import InputError
from openleo.http.reports import ReportsFile
from openleo.service.store.reports import Reports, Watched

LOCAL = ("127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:8080", "[::1]", "[::1]:8080")
ELSEWHERE = (
    "reports.example", "reports.example:8080", "localhost.reports.example", "127.0.0.1.reports.example",
    "localhost@reports.example", "localhost/.reports.example", "localhost, reports.example", "localhost:x",
    "reports.example:99999999", "[localhost]", "[::1].reports.example", "[::1%25a]", "", "[", "localhost?",
    "0.0.0.0", "réports.example".encode().decode("latin-1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("register") / "reports.db")


# ------------------------------------------------------------------ what nobody has reviewed, and from where


def test_what_nobody_has_reviewed_goes_to_no_other_name_of_this_machine(made: Made, tmp_path: Path) -> None:
    with shown(made, tmp_path, unreviewed=True) as service:
        for path in (PATH, PLAIN, "/v1/reports", "/plain/reports"):
            for host in LOCAL:
                answer = service.ask("GET", path, headers={"host": host})
                assert answer.status_code == 200, (path, host)
                assert answer.headers["cache-control"] == "no-store"
            for host in ELSEWHERE:
                answer = service.ask("GET", path, headers={"host": host.encode("latin-1")})
                assert (answer.status_code, SECRET in answer.text) == (403, False), (path, host)


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"])
def test_what_nobody_has_reviewed_passes_no_proxy(made: Made, tmp_path: Path, header: str) -> None:
    with shown(made, tmp_path, unreviewed=True) as service:
        headers = {"host": "localhost", header: "localhost"}
        assert service.ask("GET", PATH, headers=headers).status_code == 403
    with shown(made, tmp_path) as service:
        assert service.ask("GET", PATH, headers={header: "192.0.2.7"}).status_code == 200


# ------------------------------------------------------------------ a register that changes meanwhile


def test_a_write_that_leaves_the_files_as_they_look_is_seen(made: Made, tmp_path: Path) -> None:
    """As a commit does that can be read only some time after its file was written."""
    path = tmp_path / "reports.db"
    path.write_bytes(made.path.read_bytes())
    watched = Watched(path)
    try:
        before = watched.state()
        assert watched.state() == before
        with sqlite3.connect(path) as writer:
            size = path.stat().st_size, path.stat().st_mtime_ns
            writer.execute("UPDATE documents SET reviewed_us = reviewed_us + 1")
        writer.close()
        assert (path.stat().st_size, path.stat().st_mtime_ns) == size  # it is in the file beside it
        assert watched.state() != before
        path.unlink()
        with pytest.raises(FileNotFoundError):
            watched.state()
        assert not path.exists()
        path.write_bytes(made.path.read_bytes())
        assert watched.state() not in (before,)
    finally:
        watched.close()


def test_a_document_that_is_private_again_is_gone_at_once(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "reports.db"
    path.write_bytes(made.path.read_bytes())
    id_ = made.ids["bulletin"]
    with shown(Made(path, {}, {}), tmp_path) as service, Reports.open(path) as register:
        for again in range(20):
            register.review_document(id_, READER if again == 0 else "Desk three")
            assert id_ in service.ask("GET", PATH).text
            register.set_origin(id_, id_, "", f"It says so, {again}.", WRITER)
            assert id_ not in service.ask("GET", PATH).text


@pytest.mark.parametrize("host", ["", "localhost.", "127.1", "::", "*"])
def test_a_host_that_may_be_others_as_well_shows_nothing_unreviewed(made: Made, host: str) -> None:
    with pytest.raises(InputError, match="what nobody has reviewed is private"):
        ReportsFile.checked(made.path, True, host)


# ------------------------------------------------------------------ a second person


@pytest.mark.parametrize("name", [
    "DESK ONE", " Desk  one ", "Desk one.", "Desk-one", "Desk\u2010one", "\uff24esk one", "D\u0435sk one",
    "Désk one", "De\u017fk one", "Desk 0ne", "Desk\u00a0one", "(Desk one)", "Desk \u03bfne",
])  # fmt: skip
def test_a_name_in_another_spelling_is_no_second_person(tmp_path: Path, name: str) -> None:
    made = make(tmp_path / "reports.db")
    with Reports.open(made.path) as register:
        for review, id_ in ((register.review_document, "unread"), (register.review_claim, "unread")):
            with pytest.raises(InputError, match="a second person is needed to review it"):
                review(made.ids[id_] if review == register.review_document else made.numbers[id_], name)
        assert register.review_document(made.ids["unread"], "Desk oner").reviewed_by == "Desk oner"


@pytest.mark.parametrize("name", [
    "", " ", ".", "-", "\u200b", "Desk\u200b two", "Desk\u00ad two", "Desk\ufe0f two", "\u3164",
    "\ufeffDesk two", "Desk\x1b two", "Desk\u202e two", "Desk\u034f two",
])  # fmt: skip
def test_a_name_that_nobody_can_read_reviews_nothing(tmp_path: Path, name: str) -> None:
    made = make(tmp_path / "reports.db")
    with Reports.open(made.path) as register:
        with pytest.raises(InputError, match=r"^by: "):
            register.review_document(made.ids["unread"], name)
        with pytest.raises(InputError, match=r"^by: "):
            register.confirm_name(CASE, "The Harbour Ledger", "The Harbour Ledger", "outlet", name)


@pytest.mark.parametrize("case", ["..", ".", "../v1", "a//b", "/a", "a/", "a/./b"])
def test_a_case_has_a_name_that_an_address_can_hold(tmp_path: Path, case: str) -> None:
    made = make(tmp_path / "reports.db")
    with (
        Reports.open(made.path) as register,
        pytest.raises(InputError, match="beside a / there are words, and no dots alone"),
    ):
        register.move(made.ids["unread"], case)
