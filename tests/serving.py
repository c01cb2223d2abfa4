"""A server of the tests' own: the API on a port of loopback, in a thread or in a process, and who asks it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openleo.http.app import Api
from openleo.http.client import TerminalClient, new_identity
from openleo.http.keys import Secrets, load_secrets, make_token
from openleo.http.limits import Limits
from openleo.http.server import server
from openleo.service.controller import Controller
from openleo.service.regions import RuleSet

CUSTODIAN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RULES = f"""
name = "tests"
version = 7
title = "Rules of the tests: invented"
grant_s = 300.0
clock_s = 300.0
late_s = 5.0

[elsewhere]
licence = "licensed"
decision = "Tests: licensed."

[[plans]]
name = "home"
rate_mbps = 50.0

[[lists]]
name = "survey"
custodian = "the survey"
custodian_key = "{CUSTODIAN.public_key().public_bytes_raw().hex()}"

[[lists]]
name = "ours"
custodian = "the operator"

[[regions]]
name = "Unlicensed"
decision = "Tests: no licence."
countries = ["FR"]
licence = "none"

[[regions]]
name = "Listed"
decision = "Tests: the survey alone."
countries = ["DE"]
service = "listed"
lists = ["survey"]
"""
HERE = {"lat_deg": -1.3, "lon_deg": 36.8, "accuracy_m": 10.0}
UNLICENSED = {"lat_deg": 48.0, "lon_deg": 2.0, "accuracy_m": 10.0}
LISTED = {"lat_deg": 50.9, "lon_deg": 10.0, "accuracy_m": 10.0}
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOON_US = round(NOON.timestamp() * 1e6)
GENEROUS = Limits(
    address_per_s=1e6,
    address_burst=1e6,
    terminal_per_s=1e6,
    terminal_burst=1e6,
    role_per_s=1e6,
    role_burst=1e6,
)


class Clock:
    """A clock that tests set; it begins at noon."""

    def __init__(self) -> None:
        self.us = NOON_US

    def __call__(self) -> int:
        return self.us


@cache
def rules() -> RuleSet:
    """The rules of the tests."""
    import tomllib

    return RuleSet.parse(tomllib.loads(RULES), Path())


def rule_file(folder: Path) -> Path:
    """The same as a file."""
    path = folder / "tests.rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def now_text(later_s: float = 0.0) -> str:
    """The time, as a terminal says it."""
    at = time.time() + later_s
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{round(at % 1 * 1e6) % 10**6:06}Z"


def said(sequence: int, where: dict[str, float] | None = None, **more: Any) -> dict[str, Any]:
    """What a terminal says of itself."""
    return (
        {"sequence": sequence, "time": now_text(), "version": 1} | (HERE if where is None else where) | more
    )


@dataclass
class Service:
    """A running server, and tokens for it."""

    url: str
    operator: str
    auditor: str
    controller: Any = None
    process: Any = None
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30.0, verify=False))
    _clients: list[TerminalClient] = field(default_factory=list)

    @classmethod
    def of(cls, url: str, keys: Secrets, now_us: int) -> "Service":
        """A server at a URL, with tokens made by its secret."""
        return cls(url, *(make_token(keys, role, "tests", now_us) for role in ("operator", "auditor")))

    def ask(self, method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
        """One request, by somebody with a token or by anyone."""
        headers = more.pop("headers", {}) | ({"authorization": f"Bearer {token}"} if token else {})
        return self.http.request(method, self.url + path, headers=headers, **more)

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """What an operator does, and what comes back."""
        answer = self.ask(method, path, self.operator, **({} if body is None else {"json": body}))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def client(self, hardware: str) -> TerminalClient:
        """A terminal that nobody has enrolled yet."""
        self._clients.append(TerminalClient(self.url, hardware, new_identity()))
        return self._clients[-1]

    def terminal(self, hardware: str = "", **more: Any) -> TerminalClient:
        """A new terminal with an open session."""
        made = self.client(hardware or f"T-{uuid.uuid4().hex}")
        words = {"hardware": made.hardware, "plan": "home", "account": "tests"} | more
        made.enrol(self.do("POST", "/v1/terminals", words)["code"])
        made.open()
        return made

    def close(self) -> None:
        """Close the connections of all terminals."""
        for each in (*self._clients, self.http):
            each.close()


@contextlib.contextmanager
def served(
    store: str, *, limits: Limits = GENEROUS, clock: Any = None, secret: bytes = bytes(32), live: Any = None,
    enforced: Any = None, **more: Any,
) -> Iterator[Service]:  # fmt: skip
    """The API on a port of loopback, in a thread of this process.

    enforced: by what a log says. more: as `Api` takes it.
    """
    keys = Secrets.of(secret)
    controller = Controller.open(store, enforced or rules(), clock=clock, live=live)
    listening = socket.create_server(("127.0.0.1", 0))
    running = server(Api(controller, keys, limits, **more))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, name="server")
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with contextlib.closing(Service.of(url, keys, controller.now_us())) as service:
            service.controller = controller
            yield service
    finally:
        running.should_exit = True
        thread.join()
        listening.close()


COMMAND = "import sys; from openleo.cli.serve import serve; serve(sys.argv[1:], prog_name='openleo serve')"


def command(*words: str) -> list[str]:
    """`openleo serve` as a command of this interpreter."""
    return [sys.executable, "-c", COMMAND, *words]


@contextlib.contextmanager
def process(
    folder: Path, store: str, *words: str, port: int = 0, own_rules: bool = True
) -> Iterator[Service]:
    """`openleo serve` as a process of its own, by the rules of the tests; killed at the end if it runs.

    own_rules: False leaves the rules to `words`.
    """
    secret = folder / "secret"
    options = ["--store", store, "--secret", str(secret)]
    if own_rules:
        options += ["--rules", str(rule_file(folder))]
    log = (folder / "serve.log").open("ab")
    running = subprocess.Popen(
        command(*options, "--port", str(port), "--json", *words),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line, (folder / "serve.log").read_text()
        keys = load_secrets(secret)
        service = Service.of(json.loads(line)["url"], keys, time.time_ns() // 1000)
        with contextlib.closing(service):
            service.process = running
            yield service
    finally:
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
        running.wait()
        if running.stdout is not None:
            running.stdout.close()
        log.close()
