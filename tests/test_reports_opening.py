"""Files that are no register of reports, or not a whole one, and what is said of them."""

import os
import sqlite3
from pathlib import Path

import pytest

from openleo.errors import InputError
from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Proposals
from openleo.service.store.reports import Reports


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM about WHERE name = 'version'",
        "UPDATE about SET value = 'x' WHERE name = 'version'",
        "UPDATE about SET value = '1e9' WHERE name = 'version'",
    ],
)
def test_a_register_that_does_not_say_its_version_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "reports.db"
    Reports.open(path, create=True).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(InputError, match=r"a register of reports whose version is '.*'; a number is needed"):
        Reports.open(path)


def test_what_is_no_file_is_no_register(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe: is no file; a register of reports is one"):
        Reports.open(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nothing.db")
    with pytest.raises(InputError, match=r"link: is a link to nothing.db, and there is no such file"):
        Reports.open(tmp_path / "link", create=True)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="loop: is a link to loop"):
        Reports.open(tmp_path / "loop", create=True)


@pytest.mark.parametrize("said", ["no JSON", '{"text": 5}', ""])
def test_a_document_that_something_else_wrote_is_told(tmp_path: Path, said: str) -> None:
    path = tmp_path / "reports.db"
    with Reports.open(path, create=True) as reports:
        document = Document("It was off.", "The Pier", "", "", None, "en")
        kept = reports.keep(document, Proposals(), raw=b"x", case="coast", by="desk-1")
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE versions SET said = ?", (said,))
    connection.close()
    with (
        Reports.open(path) as reports,
        pytest.raises(InputError, match=f"document {kept.id}: cannot be read: "),
    ):
        reports.document(kept.id)
