"""How many check-ins a server takes, decided and on the disk before they are answered.

    python -m benchmarks.checkins [--json] [--seconds 10] [--postgres URL]

Single check-ins: one server process (one worker) with an SQLite file, a load generator in this process, which
signs each check-in by its session; as many as it takes from 64 connections, then half of that, at an even
pace, for the time to the answer. Batches: 1 000 rows of as many terminals from decoded to durable, in this
process. `--postgres` names an empty database for the same batches. The bars: 3 000/s single, p99 under 25 ms
at half of it, 100 000/s in batches on SQLite.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import math
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

TERMINALS = 2000
CONNECTIONS = 64
BATCH = 1000
SECRET = bytes(range(32))
BAR_SINGLE, BAR_P99_MS, BAR_BATCH = 3000.0, 25.0, 100_000.0
RULES = """
name = "benchmark"
version = 1
title = "Rules of the benchmark: invented"
[elsewhere]
licence = "licensed"
[[plans]]
name = "home"
rate_mbps = 100.0
[[regions]]
name = "Unlicensed"
decision = "Benchmark."
countries = ["FR", "DE", "KE"]
licence = "none"
"""


def rules() -> Any:
    import tomllib

    from openleo.service.regions import RuleSet

    return RuleSet.parse(tomllib.loads(RULES), Path())


def key_of(number: int) -> bytes:
    """The public key of a terminal of the benchmark: nobody signs with it here."""
    return number.to_bytes(4, "big") * 8


def filled(store: str, terminals: int) -> Any:
    """A controller with so many terminals in its register."""
    from openleo.service.controller import Controller
    from openleo.service.entries import Entry
    from openleo.service.records import Motion

    controller = Controller.open(store, rules())
    entries = (
        Entry(hardware=f"B-{n}", key=key_of(n + 1), plan="home", account="a", motion=Motion.VEHICLE)
        for n in range(terminals)
    )
    controller.register.add(entries, by="benchmark", now_us=controller.now_us())
    return controller


def serve(store: str) -> None:
    """The server's process."""
    from openleo.http.app import Api
    from openleo.http.keys import Secrets
    from openleo.http.limits import Limits
    from openleo.http.server import run

    many = 1e9
    limits = Limits(terminal_per_s=many, terminal_burst=many, address_per_s=many, address_burst=many)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        controller = filled(store, TERMINALS)
        print(listening.getsockname()[1], flush=True)
        run(Api(controller, Secrets.of(SECRET), limits), listening)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[int]:
    """A server in a process of its own; its port."""
    started = [sys.executable, "-m", "benchmarks.checkins", "--serve", str(folder / "store.db")]
    running = subprocess.Popen(started, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield int(running.stdout.readline())
    finally:
        os.kill(running.pid, signal.SIGINT)
        running.wait()


class Load:
    """Terminals that check in over their connections."""

    def __init__(self, port: int) -> None:
        from openleo.http.handshake import Session, seal
        from openleo.http.keys import Secrets

        self.port = port
        ends_us = time.time_ns() // 1000 + 3_600_000_000
        keys = Secrets.of(SECRET)
        self.keys = [bytes([n % 251]) * 32 for n in range(TERMINALS)]
        self.tickets = [
            seal(keys, Session(n, ends_us, key_of(n + 1)[:8], self.keys[n])).encode()
            for n in range(TERMINALS)
        ]
        self.sequence = [0] * TERMINALS
        self.next = 0
        self.taken_ms: list[float] = []

    def request(self) -> bytes:
        """The next check-in, signed, as it travels."""
        from openleo.http.handshake import check_code

        n = self.next = (self.next + 1) % TERMINALS
        self.sequence[n] += 1
        now = time.time()
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06}Z"
        said = {
            "sequence": self.sequence[n], "time": text, "version": 7,
            "lat_deg": -60.0 + n * 120.0 / TERMINALS, "lon_deg": n * 0.17 - 170.0,
            "accuracy_m": 12.0, "speed_kmh": 3.0, "altitude_m": 2.0,
        }  # fmt: skip
        body = json.dumps(said).encode()
        code = check_code(self.keys[n], body).hex().encode()
        return (
            b"POST /v1/check-ins HTTP/1.1\r\nhost: b\r\nopenleo-session: %s\r\nopenleo-code: %s\r\n"
            b"content-length: %d\r\n\r\n%s" % (self.tickets[n], code, len(body), body)
        )

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, begun: float) -> None:
        """One check-in, answered."""
        writer.write(self.request())
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        body = await reader.readexactly(length)
        if b" 200 " not in lines[0]:
            raise RuntimeError(f"{lines[0]!r} {body!r}")
        self.taken_ms.append(1e3 * (time.perf_counter() - begun))

    async def most(self, seconds: float) -> float:
        """Check-ins a second when each connection asks as soon as it was answered."""
        self.taken_ms.clear()
        ends = time.perf_counter() + seconds

        async def one() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            while time.perf_counter() < ends:
                await self.ask(reader, writer, time.perf_counter())
            writer.close()

        await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
        return len(self.taken_ms) / seconds

    async def paced(self, rate: float, seconds: float) -> None:
        """So many a second, at an even pace; the time to the answer counts from when it was due."""
        self.taken_ms.clear()
        idle = [await asyncio.open_connection("127.0.0.1", self.port) for _ in range(CONNECTIONS)]
        tasks, begun = [], time.perf_counter()

        async def one(due: float) -> None:
            while not idle:
                await asyncio.sleep(0.0005)
            streams = idle.pop()
            await self.ask(*streams, due)
            idle.append(streams)

        for k in range(int(rate * seconds)):
            due = begun + k / rate
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(one(due)))
        await asyncio.gather(*tasks)
        for _, writer in idle:
            writer.close()


def single(seconds: float) -> dict[str, float]:
    """One check-in a request."""
    import uvloop

    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as port:
        load = Load(port)
        gc.collect()
        gc.disable()  # a collection here would count as the server's time to the answer (20 to 50 ms)

        async def run() -> dict[str, float]:
            await load.most(2.0)
            rate = await load.most(seconds)
            await load.paced(rate / 2.0, seconds)
            taken = np.array(load.taken_ms)
            return {
                "single_per_s": round(rate),
                "half_load_per_s": round(rate / 2.0),
                "p50_ms": round(float(np.percentile(taken, 50)), 2),
                "p99_ms": round(float(np.percentile(taken, 99)), 2),
            }

        try:
            return dict(uvloop.run(run()))
        finally:
            gc.enable()


def batches(store: str, count: int = 60) -> float:
    """Check-ins a second in batches of 1 000, decoded to durable; the median of the batches."""
    from openleo.service.records import CHECKIN

    terminals = 20_000
    with filled(store, terminals) as controller:
        rng = np.random.default_rng(5)
        taken = []
        sequence = np.zeros(terminals, np.int64)
        for _ in range(count):
            of = rng.choice(terminals, BATCH, replace=False)
            sequence[of] += 1
            rows = np.zeros(BATCH, CHECKIN)
            rows["terminal"], rows["sequence"], rows["time_us"] = of, sequence[of], controller.now_us()
            rows["lat_deg"], rows["lon_deg"] = of * 0.006 - 60.0, of * 0.017 - 170.0
            rows["accuracy_m"], rows["satellite"], rows["speed_kmh"] = 12.0, -1, 3.0
            rows["delay_ms"] = rows["altitude_m"] = np.nan
            begun = time.perf_counter()
            answers = controller.check_in(rows)
            taken.append(time.perf_counter() - begun)
            if not answers.taken.all():
                raise RuntimeError("a check-in was not taken")
        return BATCH / statistics.median(taken[5:])


def measure(seconds: float, postgres: str) -> dict[str, float]:
    found = single(seconds)
    with tempfile.TemporaryDirectory() as folder:
        found["batch_sqlite_per_s"] = round(batches(str(Path(folder) / "store.db")))
    found["batch_postgresql_per_s"] = round(batches(postgres)) if postgres else math.nan
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts")
    parser.add_argument("--postgres", default="", metavar="URL", help="an empty PostgreSQL database")
    parser.add_argument("--serve", metavar="STORE", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    found = measure(given.seconds, given.postgres)
    if given.json:
        print(json.dumps({name: value for name, value in found.items() if value == value}))
        return
    print(f"single, {CONNECTIONS} connections  {found['single_per_s']:10,.0f} /s  (bar {BAR_SINGLE:,.0f})")
    print(
        f"  at {found['half_load_per_s']:,.0f}/s: p50 {found['p50_ms']:.2f} ms, "
        f"p99 {found['p99_ms']:.2f} ms  (bar {BAR_P99_MS:g} ms)"
    )
    print(f"batches of {BATCH}, SQLite     {found['batch_sqlite_per_s']:10,.0f} /s  (bar {BAR_BATCH:,.0f})")
    if given.postgres:
        print(f"batches of {BATCH}, PostgreSQL {found['batch_postgresql_per_s']:10,.0f} /s")


if __name__ == "__main__":
    main()
