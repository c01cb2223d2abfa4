"""The tables of the register of reports, and how its file is made and opened.

It is a file of its own, and not the operator's store: those who are reported about do not hold it. Times are
microseconds since 1970-01-01 UTC.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from openleo.errors import InputError
from openleo.service.store.opening import engine_of, told

VERSION: Final = 1
"""Of the tables below."""

TABLES: Final = MetaData()


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _time(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _noted() -> tuple[Column[str], Column[int], Column[str]]:
    """Who noted something, when, and who has reviewed it, "" while nobody has."""
    return Column("by", Text, nullable=False), _time("noted_us"), _words("reviewed_by")


about = Table("about", TABLES, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

documents = Table(
    "documents", TABLES,
    Column("id", Text, primary_key=True),
    Column("case_name", Text, nullable=False),
    _words("reviewed_by"), _words("shown"),
    _time("reviewed_us"),
    Index("documents_case", "case_name"),
)  # fmt: skip

versions = Table(
    "versions", TABLES,
    Column("document", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),  # salted hash of the bytes
    Column("raw", LargeBinary, nullable=False),  # salt and bytes, as openleo.ledger.objects seals them
    Column("bytes_hash", LargeBinary, nullable=False),  # without salt: by which the same is known again
    Column("text_hash", LargeBinary, nullable=False),
    _words("source"), _words("address"),
    Column("said", Text, nullable=False),  # the document, JSON
    Column("proposed", Text, nullable=False),  # JSON
    _time("imported_us"),
    Column("by", Text, nullable=False),
    _words("reviewed_by"),
    PrimaryKeyConstraint("document", "number"),
    Index("versions_bytes", "bytes_hash"),
    Index("versions_text", "text_hash"),
    Index("versions_address", "address"),
)  # fmt: skip
"""What was imported. The highest number of a document is what it says now."""

facts = Table(
    "facts", TABLES,
    Column("number", Integer, primary_key=True),
    Column("document", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("was", Text, nullable=False),  # the document, JSON
    *_noted(),
    Index("facts_document", "document"),
)  # fmt: skip
"""What was said of a document before somebody set its source, title, date or the like right."""

claims = Table(
    "claims", TABLES,
    Column("number", Integer, primary_key=True),
    Column("case_name", Text, nullable=False),
    Column("said", Text, nullable=False),  # the claim without tellings and answers, JSON
    *_noted(),
    Column("asked", Text),
    _words("asked_by"), _words("asked_of"),
    Index("claims_case", "case_name"),
    sqlite_autoincrement=True,
)  # fmt: skip

tellings = Table(
    "tellings", TABLES,
    Column("number", Integer, primary_key=True),
    Column("claim", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("said", Text, nullable=False),
    *_noted(),
    Index("tellings_claim", "claim"),
    Index("tellings_document", "document"),
)  # fmt: skip

answers = Table(
    "answers", TABLES,
    Column("number", Integer, primary_key=True),
    Column("claim", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("said", Text, nullable=False),
    *_noted(),
    Index("answers_claim", "claim"),
    Index("answers_document", "document"),
)  # fmt: skip

changes = Table(
    "changes", TABLES,
    Column("number", Integer, primary_key=True),
    Column("claim", Integer, nullable=False),
    Column("was", Text, nullable=False),  # JSON
    *_noted(),
    Index("changes_claim", "claim"),
)  # fmt: skip
"""What a claim said before somebody set it right: itself without tellings and answers, or one of these."""

entries = Table(
    "entries", TABLES,
    Column("number", Integer, primary_key=True),
    Column("claim", Integer, nullable=False),
    Column("entry", Integer, nullable=False),  # -1 until the log has it
    Column("name", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Index("entries_claim", "claim"),
)  # fmt: skip
"""Entries of the log in which the salted hash of a claim stands, with the sealed bytes behind it."""

names = Table(
    "names", TABLES,
    Column("case_name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _words("shown_as"),
    Column("by", Text, nullable=False),
    _time("noted_us"),
    PrimaryKeyConstraint("case_name", "folded"),
)  # fmt: skip
"""Spellings that a person has confirmed: what each stands for. Without a kind: it was taken back."""

origins = Table(
    "origins", TABLES,
    Column("document", Text, primary_key=True),
    _words("root"), _words("outside"), _words("why"),
    *_noted(),
)  # fmt: skip
"""To what a document goes back, as a person has found."""


def opened(path: Path, *, create: bool) -> Engine:
    """The register in a file. create: make it where it is not there; nobody but its owner can read it.

    Raises InputError where there is none, where the file is something else, and where a newer program made
    it; StoreUnavailable where it is locked or cannot be read.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder; a register of reports is a file")
    if path.is_symlink() and not path.exists():
        raise InputError(f"{path}: is a link to {path.readlink()}, and there is no such file")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is no file; a register of reports is one")
    if not path.exists():
        if not create:
            raise InputError(f"{path}: there is no such register of reports: openleo report import makes one")
        if not path.parent.is_dir():
            raise InputError(f"{path}: there is no folder {path.parent}")
        _make(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if head != b"SQLite format 3\0":
        raise InputError(f"{path}: is no register of reports")
    engine = engine_of(path, create=False)
    try:
        with told(str(path)), engine.connect().execution_options(reads=True) as connection:
            _check(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _check(connection: Connection, path: Path) -> None:
    held: dict[str, str] = {}
    if "about" in inspect(connection).get_table_names():
        held = dict(connection.execute(select(about.c.name, about.c.value)).all())
    if held.get("what") != "reports":
        raise InputError(f"{path}: is no register of reports, but a database of something else")
    version = held.get("version", "")
    if not re.fullmatch(r"\d{1,9}", version, re.ASCII):
        raise InputError(
            f"{path}: a register of reports whose version is {version[:20]!r}; a number is needed"
        )
    found = int(version)
    if found > VERSION:
        raise InputError(
            f"{path}: a newer program made this register (version {found}; this program reads {VERSION}): "
            "update the program"
        )


def _make(path: Path) -> None:
    """Make an empty register beside its place, and put it there whole, unless somebody else was quicker."""
    making = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        os.close(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {error.strerror}") from error
    try:
        with told(str(path)):
            engine = engine_of(making, create=True)
            with engine.begin() as connection:
                TABLES.create_all(connection)
                connection.execute(
                    insert(about),
                    [{"name": "what", "value": "reports"}, {"name": "version", "value": str(VERSION)}],
                )
            engine.dispose()
        with suppress(FileExistsError):  # another process made it
            os.link(making, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {error.strerror}") from error
    finally:
        for end in ("", "-wal", "-shm"):
            making.with_name(making.name + end).unlink(missing_ok=True)
