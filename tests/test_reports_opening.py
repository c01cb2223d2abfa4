"""Files that are no register of reports, or not a whole one, and what is said of them."""

import os
import sqlite3
from pathlib import Path

import pytest

from openleo.errors import InputError
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
