"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, reached by a Unix socket.

`store_url` gives an empty database to a test, once as SQLite and once as PostgreSQL; the latter is skipped,
with a message, where PostgreSQL is not installed. It never runs as root: then as postgres, or as nobody.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pg8000.native
import pytest

FAST = ("fsync=off", "full_page_writes=off")
"""Nothing here must outlive the machine; a server that is killed loses nothing by it."""


def programs() -> Path | None:
    """The folder of PostgreSQL's programs: on the path, or where Debian keeps them, the newest."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(kept, key=lambda each: [int(n) for n in re.findall(r"\d+", str(each))], default=None)


class Cluster:
    """A PostgreSQL server in a folder of its own."""

    def __init__(self, bin_: Path, settings: tuple[str, ...] = FAST) -> None:
        self._bin = bin_
        self._folder = Path(tempfile.mkdtemp(prefix="openleo-postgres-"))  # short: a socket's path has limits
        self._made = 0
        self._free: list[str] = []
        self._settings = ("listen_addresses=", f"unix_socket_directories={self._folder}", *settings)
        self._user: dict[str, Any] = {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            import pwd

            known = {each.pw_name: each for each in pwd.getpwall()}
            owner = known.get("postgres") or known["nobody"]
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", "data", "-U", "openleo", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        log = self._folder / "output"
        with log.open("ab") as output:
            done = subprocess.run(
                [self._bin / program, *arguments], cwd=self._folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **self._user,
            )  # fmt: skip
        assert done.returncode == 0, f"{program}: {log.read_text()}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {each}" for each in self._settings)
        self._run("pg_ctl", "-D", "data", "-w", "-t", "60", "-l", "log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends sessions, `immediate` is as if it had crashed."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", mode, "stop")

    def restart(self, mode: str = "fast") -> None:
        """Stop and start it."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """Kill the server with signal 9; its sessions end by themselves."""
        os.kill(int((self._folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def database(self) -> str:
        """The URL of an empty database: one that was given back and emptied, or a new one."""
        if self._free:
            return self._url(self._free.pop())
        self._made += 1
        name = f"store{self._made}"
        self._run("createdb", "-h", str(self._folder), "-U", "openleo", name)
        return self._url(name)

    def empty(self, url: str) -> None:
        """Take a database back: end its sessions and drop what is in it, which is faster than a new one."""
        name = url.split("@/")[1].split("?")[0]
        connection = pg8000.native.Connection("openleo", database=name, unix_sock=self._socket)
        try:
            connection.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.run("DROP SCHEMA public CASCADE")
            connection.run("CREATE SCHEMA public")
        finally:
            connection.close()
        self._free.append(name)

    @property
    def _socket(self) -> str:
        return f"{self._folder}/.s.PGSQL.5432"

    def _url(self, name: str) -> str:
        return f"postgresql+pg8000://openleo@/{name}?unix_sock={self._socket}"

    def remove(self) -> None:
        """Stop it and remove its folder."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A running PostgreSQL server; the test is skipped where none is installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    cluster = Cluster(found)
    yield cluster
    cluster.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A path or URL at which `Store.open` makes a new store: one test on each database."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.database()
    yield url
    cluster.empty(url)
