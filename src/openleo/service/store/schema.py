"""The tables of the store, what may never be changed in them, and how an older store becomes a newer one.

Times are microseconds since 1970-01-01 UTC, 0 where there is none; a number is the place of a terminal in the
register, of a name among its kind, of a check-in in the order in which check-ins were stored.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.types import REAL, TypeEngine

from openleo.errors import OpenLEOError
from openleo.service.records import HISTORY, TERMINAL, no_history

VERSION: Final = 3
"""Of the tables below."""

CHUNK: Final = 1024
"""Terminals whose rows are packed together."""

Whole = BigInteger().with_variant(Integer, "sqlite")  # a primary key of this type is SQLite's own row number

CHECKIN_FIELDS: Final = np.dtype(
    [
        ("number", "i8"),
        ("terminal", "i8"),
        ("previous", "i8"),  # number of the terminal's check-in before, -1: none
        ("received_us", "i8"),
        ("sequence", "i8"),
        ("time_us", "i8"),
        ("lat_deg", "f8"),
        ("lon_deg", "f8"),
        ("accuracy_m", "f4"),
        ("speed_kmh", "f4"),
        ("altitude_m", "f4"),
        ("delay_ms", "f4"),
        ("satellite", "i4"),  # as the terminal says
        ("version", "i4"),
        ("cell", "i8"),  # the bits of an unsigned number
        ("flags", "i4"),
        ("outcome", "i2"),
        ("reason", "i2"),  # the primary one
        ("reasons", "i8"),  # a bit for each
        ("rules", "i4"),  # number of the rule set, -1: none was in force
        ("zone", "i4"),  # of that rule set
        ("valid_us", "i8"),
        ("retry_us", "i8"),
        ("retry_km", "f4"),
        ("rate_mbps", "f4"),
        ("granted", "i4"),  # satellite of the grant
        ("gateway", "i4"),
        ("findings", "i8"),  # a bit for each kind
        ("checkpoint", "i8"),  # entries of the log under which it was decided, -1: not known
    ]
)
"""A check-in and its decision as they are stored: column, type."""

POSITION: Final = ("lat_deg", "lon_deg", "accuracy_m", "speed_kmh", "altitude_m", "delay_ms", "retry_km")
"""What a check-in loses when it is reduced to decision and region; its cell and satellite become 0 and -1."""

_TYPES: Final[dict[str, TypeEngine[float] | TypeEngine[int]]] = {
    "i8": BigInteger(), "i4": Integer(), "i2": SmallInteger(), "f8": Double(), "f4": REAL()
}  # fmt: skip


def _number(name: str, default: int = -1) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(default))


def _time(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


TABLES: Final = MetaData()

about = Table("about", TABLES, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""Version of the tables, and marks that are kept between two starts."""

names = Table(
    "names", TABLES,
    Column("kind", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("kind", "number"),
    UniqueConstraint("kind", "name"),
)  # fmt: skip

accounts = Table(
    "accounts", TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),
)  # fmt: skip

terminals = Table(
    "terminals", TABLES,
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("hardware", Text, nullable=False, unique=True),
    Column("key", LargeBinary),  # Ed25519 public key; none before enrolment and after revocation
    Column("home_lat_deg", Double),
    Column("home_lon_deg", Double),
    Column("lists", BigInteger, nullable=False, server_default="0"),
    _time("paid_until_us"),
    Column("quota_used_mb", REAL, nullable=False, server_default="0"),
    _number("account"), _number("dealer"), _number("sponsor"), _number("owner"),
    _number("sold"), _number("home"), _number("plan"), _number("use"),
    _number("state", 0), _number("motion", 0), _number("usage", 0),
    _words("declared_by"),
    _time("sold_us"), _time("added_us"),
    _number("replaces"),
    Index("terminals_account", "account"),
)  # fmt: skip
"""The register; what it says now. How it came to say so stands in `changes` and `transfers`."""

packed = Table(
    "packed", TABLES,
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("terminals", LargeBinary, nullable=False),
    Column("public_keys", LargeBinary, nullable=False),
    Column("hardware", Text, nullable=False),
)  # fmt: skip
"""The register again, packed, to be loaded at once: a trigger drops the chunk of a row that changes."""

changes = Table(
    "changes", TABLES,
    Column("number", Whole, primary_key=True),
    _time("time_us"),
    Column("kind", Text, nullable=False),
    Column("terminal", BigInteger, nullable=False),
    Column("many", BigInteger, nullable=False, server_default="1"),
    Column("by", Text, nullable=False),
    Column("data", Text, nullable=False, server_default="{}"),
    Index("changes_terminal", "terminal"),
)  # fmt: skip
"""All that was ever done to the register: to `many` terminals from `terminal` on (-1: to an account)."""

transfers = Table(
    "transfers", TABLES,
    Column("number", Whole, primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    _time("time_us"),
    _time("recorded_us"),
    Column("kind", Text, nullable=False),  # sale, transfer, replacement
    _number("from_owner"), _number("to_owner"), _number("dealer"), _number("country"),
    Column("by", Text, nullable=False),
    _words("note"),
    Index("transfers_terminal", "terminal"),
)  # fmt: skip
"""The chain of owners of each terminal."""

sponsorships = Table(
    "sponsorships", TABLES,
    Column("number", Whole, primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    Column("payer", Integer, nullable=False),
    _time("from_us"),
    _time("to_us"),  # 0: until further notice
    Column("price_month", Double, nullable=False),
    Column("notice_us", BigInteger, nullable=False),
    Column("grace_us", BigInteger, nullable=False),
    _time("recorded_us"),
    Column("by", Text, nullable=False),
    Index("sponsorships_terminal", "terminal"),
    Index("sponsorships_payer", "payer"),
)  # fmt: skip
"""Who pays for a terminal, from when to when, how much a month, with which notice and grace."""

stops = Table(
    "stops", TABLES,
    Column("sponsorship", BigInteger, primary_key=True, autoincrement=False),
    _time("told_us"),
    _time("to_us"),
    Column("by", Text, nullable=False),
    _words("note"),
)  # fmt: skip
"""Sponsorships that were given up: when that was told, and when paying ends."""

codes = Table(
    "codes", TABLES,
    Column("hash", LargeBinary, primary_key=True),
    Column("terminal", BigInteger, nullable=False),
    _time("made_us"), _time("ends_us"), _time("used_us"),
    Index("codes_terminal", "terminal"),
)  # fmt: skip
"""Enrolment codes, of which only the SHA-256 is kept; each can be used once."""

rules = Table(
    "rules", TABLES,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
)  # fmt: skip
"""Rule sets that were ever in force."""

in_force = Table(
    "in_force", TABLES,
    Column("number", Whole, primary_key=True),
    _time("from_us"),
    Column("rules", Integer, nullable=False),
)  # fmt: skip
"""Which rule set was in force from when on."""

zones = Table(
    "zones", TABLES,
    Column("rules", Integer, nullable=False),
    Column("zone", Integer, nullable=False),
    _words("country"), _words("area"), _words("regions"),
    PrimaryKeyConstraint("rules", "zone"),
)  # fmt: skip
"""What the zones of a rule set were, so that a check-in can be read without it."""

checkins = Table(
    "checkins", TABLES,
    Column("number", Whole, primary_key=True, autoincrement=False),
    *(
        Column(name, _TYPES[kind.str[1:]], nullable=kind.kind == "f")
        for name, kind in ((name, CHECKIN_FIELDS[name]) for name in (CHECKIN_FIELDS.names or ())[1:])
    ),
)  # fmt: skip
"""Check-ins with their decisions; those of a terminal are a chain by `previous`."""

findings = Table(
    "findings", TABLES,
    Column("number", Whole, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # "terminal 17", "dealer 3"
    _time("opened_us"),
    Column("data", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    _time("closed_us"),
    _words("closed_by"),
    _words("why"),
)  # fmt: skip
one_open = Index(
    "findings_open", findings.c.kind, findings.c.subject, unique=True,
    sqlite_where=findings.c.state == "open", postgresql_where=findings.c.state == "open",
)  # fmt: skip
"""Of a kind, a subject has at most one open finding."""

looks = Table(
    "looks", TABLES,
    Column("number", Whole, primary_key=True),
    Column("finding", BigInteger, nullable=False),
    _time("looked_us"),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index("looks_finding", "finding"),
)  # fmt: skip
"""Who looked at the coordinates that a finding is about, when, and why."""

figures = Table(
    "figures", TABLES,
    Column("day", Integer, nullable=False),  # days since 1970-01-01 UTC
    Column("region", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("day", "region", "measure"),
)  # fmt: skip

digests = Table(
    "digests", TABLES,
    Column("day", Integer, primary_key=True, autoincrement=False),  # days since 1970-01-01 UTC
    Column("run", BigInteger, nullable=False),  # whose leaves they are
    Column("key", LargeBinary),  # 32 random bytes; none once positions of the day are gone
    Column("many", BigInteger, nullable=False),  # check-ins
    Column("root", LargeBinary, nullable=False),
    _time("handed_us"),
    _words("log"),
    Column("entry", BigInteger, nullable=False, server_default="-1"),
)  # fmt: skip
"""The daily root over check-ins, and which entry of which log says so (-1: none yet)."""

leaves = Table(
    "digest_leaves", TABLES,
    Column("day", Integer, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),  # number of its first check-in
    Column("root", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("day", "run", "chunk"),
)  # fmt: skip
"""The leaf hashes under a daily root, as long as receipts are given: 32 bytes a check-in, in their order."""

HISTORIES: Final = {
    "sqlite": (
        "CREATE TABLE history_chunks (chunk INTEGER PRIMARY KEY, rows BLOB NOT NULL)",
        "CREATE TABLE history_log (number INTEGER PRIMARY KEY, terminals BLOB NOT NULL, rows BLOB NOT NULL)",
    ),
    "postgresql": (
        # half-empty pages: a row is written anew beside the old one, without touching the index
        "CREATE TABLE histories (terminal BIGINT PRIMARY KEY, row BYTEA NOT NULL) WITH (fillfactor = 50)",
        "ALTER TABLE histories ALTER COLUMN row SET STORAGE PLAIN",
        "CREATE SEQUENCE checkins_number MINVALUE 0 START 0",
        "CREATE INDEX checkins_received ON checkins USING brin (received_us)",
    ),
}
"""What the last check-ins leave behind: one server has it in memory, several have it row by row."""

_OWN = MetaData()
HISTORY_ROWS: Final = Table("histories", _OWN, Column("terminal", BigInteger), Column("row", LargeBinary))
HISTORY_CHUNKS: Final = Table("history_chunks", _OWN, Column("chunk", Integer), Column("rows", LargeBinary))

APPEND_ONLY: Final = (changes, transfers, sponsorships, stops, in_force, zones, rules, looks)


def create(connection: Connection) -> None:
    """Make all tables and triggers in an empty database."""
    TABLES.create_all(connection)
    dialect = connection.dialect.name
    for statement in (*HISTORIES[dialect], *_triggers(dialect)):
        connection.exec_driver_sql(statement)
    connection.execute(
        insert(about),
        [{"name": "version", "value": str(VERSION)}]
        + [{"name": name, "value": _layout(kind)} for name, kind in _LAYOUTS.items()],
    )


def version(connection: Connection) -> int:
    """Version of the tables in a database, 0 where there are none.

    Raises OpenLEOError where the database holds tables of something else.
    """
    tables = inspect(connection).get_table_names()
    if "about" not in tables:
        if tables:
            raise OpenLEOError(
                f"the database holds tables that are not of a store ({', '.join(sorted(tables)[:3])}): "
                "an empty one is allowed"
            )
        return 0
    return int(connection.execute(select(about.c.value).where(about.c.name == "version")).scalar_one())


def _layout(kind: np.dtype[np.void]) -> str:
    return json.dumps([[name, kind[name].str] for name in kind.names or ()])


_LAYOUTS: Final = {"history": HISTORY, "terminal": TERMINAL}


def laid_out(connection: Connection) -> bool:
    """Whether the packed rows of a store have this program's fields."""
    held = dict(
        connection.execute(select(about.c.name, about.c.value).where(about.c.name.in_(_LAYOUTS))).all()
    )
    return held == {name: _layout(kind) for name, kind in _LAYOUTS.items()}


def lay_out(connection: Connection) -> None:
    """Give the packed rows of a store this program's fields: those that are new begin as for no check-in."""
    if laid_out(connection):
        return
    held = connection.execute(select(about.c.value).where(about.c.name == "history")).scalar_one()
    old = np.dtype([(name, kind) for name, kind in json.loads(held)], align=True)
    connection.execute(packed.delete())  # is made again from the rows
    tables = (
        {"histories": ("terminal", "row")}
        if connection.dialect.name == "postgresql"
        else {"history_chunks": ("chunk", "rows"), "history_log": ("number", "rows")}
    )
    for table, (key, column) in tables.items():
        kept = Table(table, MetaData(), Column(key, BigInteger), Column(column, LargeBinary))
        for number, rows in connection.execute(select(kept)).all():
            before = np.frombuffer(bytes(rows), old)
            after = no_history(len(before))
            for name in set(old.names or ()) & set(HISTORY.names or ()):
                after[name] = before[name]
            connection.execute(update(kept).where(kept.c[key] == number).values({column: after.tobytes()}))
    for name, kind in _LAYOUTS.items():
        connection.execute(update(about).where(about.c.name == name).values(value=_layout(kind)))


@dataclass(frozen=True)
class Migration:
    """How a store of the version before becomes one of `version`: SQL for each database."""

    version: int
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]


def _no_update(dialect: str) -> str:
    """The trigger by which check-ins are never changed, but lose their position."""
    kept = [name for name in CHECKIN_FIELDS.names or () if name not in (*POSITION, "satellite", "cell")]
    lost = "NEW.lat_deg IS NOT NULL OR NEW.lon_deg IS NOT NULL"
    if dialect == "sqlite":
        changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in kept)
        return (
            f"CREATE TRIGGER checkins_no_update BEFORE UPDATE ON checkins WHEN {lost} OR {changed} "
            "BEGIN SELECT RAISE(ABORT, 'checkins are never changed'); END"
        )
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in kept)
    return (
        "CREATE TRIGGER checkins_no_update BEFORE UPDATE ON checkins FOR EACH ROW "
        f"WHEN ({lost} OR {changed}) EXECUTE FUNCTION refuse_change()"
    )


def _digests(whole: str, blob: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE digests (day INTEGER NOT NULL PRIMARY KEY, run {whole} NOT NULL, key {blob}, "
        f"many {whole} NOT NULL, root {blob} NOT NULL, "
        f"handed_us {whole} DEFAULT '0' NOT NULL, "
        f"log TEXT DEFAULT '' NOT NULL, entry {whole} DEFAULT '-1' NOT NULL)",
        f"CREATE TABLE digest_leaves (day INTEGER NOT NULL, run {whole} NOT NULL, chunk INTEGER NOT NULL, "
        f"first {whole} NOT NULL, root {blob} NOT NULL, hashes {blob} NOT NULL, "
        "PRIMARY KEY (day, run, chunk))",
    )


def _never(dialect: str, table: str) -> tuple[str, ...]:
    """The triggers by which rows of a table are only ever added."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            for act in ("UPDATE", "DELETE")
        )
    return (
        f"CREATE TRIGGER {table}_never BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()",
    )


def _looks(whole: str, number: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE looks (number {number}, finding BIGINT NOT NULL, looked_us {whole} DEFAULT '0' "
        'NOT NULL, "by" TEXT NOT NULL, why TEXT NOT NULL)',
        "CREATE INDEX looks_finding ON looks (finding)",
    )


_CHECKPOINT: Final = "ALTER TABLE checkins ADD COLUMN checkpoint BIGINT DEFAULT -1 NOT NULL"

MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(
        2,
        (
            *_digests("BIGINT", "BLOB"),
            _CHECKPOINT,
            "DROP TRIGGER checkins_no_update",
            _no_update("sqlite"),
        ),
        (
            *_digests("BIGINT", "BYTEA"),
            _CHECKPOINT,
            "DROP TRIGGER checkins_no_update ON checkins",
            _no_update("postgresql"),
        ),
    ),
    Migration(
        3,
        (*_looks("BIGINT", "INTEGER NOT NULL PRIMARY KEY"), *_never("sqlite", "looks")),
        (*_looks("BIGINT", "BIGSERIAL NOT NULL PRIMARY KEY"), *_never("postgresql", "looks")),
    ),
)
"""In order; the first tables were version 1."""


def migrate(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> tuple[int, int]:
    """Bring the tables to the newest version, in the transaction of the connection.

    Returns the version before and after. Raises OpenLEOError where the store is newer than this program.
    """
    before = version(connection)
    newest = max((each.version for each in migrations), default=VERSION)
    if before > newest:
        raise OpenLEOError(f"the store has version {before}, this program knows up to {newest}: update it")
    for step in sorted(migrations, key=lambda each: each.version):
        if step.version > before:
            statements = step.sqlite if connection.dialect.name == "sqlite" else step.postgresql
            for statement in statements:
                connection.execute(text(statement))
    connection.execute(update(about).where(about.c.name == "version").values(value=str(newest)))
    return before, newest


def _triggers(dialect: str) -> list[str]:
    """What the database itself refuses, and which packed chunk it drops."""
    if dialect == "sqlite":
        return [
            *(each for table in APPEND_ONLY for each in _never(dialect, table.name)),
            "CREATE TRIGGER checkins_no_delete BEFORE DELETE ON checkins "
            "BEGIN SELECT RAISE(ABORT, 'checkins are never changed'); END",
            _no_update(dialect),
            "CREATE TRIGGER terminals_no_delete BEFORE DELETE ON terminals "
            "BEGIN SELECT RAISE(ABORT, 'terminals are never deleted'); END",
            f"CREATE TRIGGER terminals_packed AFTER UPDATE ON terminals "
            f"BEGIN DELETE FROM packed WHERE chunk = OLD.number / {CHUNK}; END",
            "CREATE TRIGGER accounts_packed AFTER UPDATE ON accounts "
            f"BEGIN DELETE FROM packed WHERE chunk IN "
            f"(SELECT number / {CHUNK} FROM terminals WHERE account = OLD.number); END",
        ]
    refuse = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% are never changed', TG_TABLE_NAME; END $$"
    )
    drop = (
        "CREATE FUNCTION drop_packed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"DELETE FROM packed WHERE chunk = OLD.number / {CHUNK}; RETURN NULL; END $$"
    )
    drop_account = (
        "CREATE FUNCTION drop_packed_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"DELETE FROM packed WHERE chunk IN (SELECT number / {CHUNK} FROM terminals "
        "WHERE account = OLD.number); RETURN NULL; END $$"
    )
    return [
        refuse,
        drop,
        drop_account,
        *(each for table in APPEND_ONLY for each in _never(dialect, table.name)),
        *(
            f"CREATE TRIGGER {table.name}_no_truncate BEFORE TRUNCATE ON {table.name} "
            "EXECUTE FUNCTION refuse_change()"
            for table in (checkins, terminals)
        ),
        *(
            f"CREATE TRIGGER {table.name}_no_delete BEFORE DELETE ON {table.name} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            for table in (checkins, terminals)
        ),
        _no_update(dialect),
        "CREATE TRIGGER terminals_packed AFTER UPDATE ON terminals "
        "FOR EACH ROW EXECUTE FUNCTION drop_packed()",
        "CREATE TRIGGER accounts_packed AFTER UPDATE ON accounts "
        "FOR EACH ROW EXECUTE FUNCTION drop_packed_account()",
    ]
