"""How fast check-ins become durable in batches, and how fast a register of a million is loaded.

    python -m benchmarks.store [--json] [--terminals N]

A store of a million terminals around towns is made in a temporary folder (some 40 s). `start`: a fresh
process loads register and histories, imports included; its seconds and its peak memory. `batches`: 300
batches of 1 000 check-ins, of 50 000 terminals scattered over the register, go through the controller,
decoded to decided to durable (SQLite in WAL mode, synchronous FULL: each commit is on the disk), and the
same without deciding, through the store alone. `start again`: the replay state of all of them is rebuilt.
PostgreSQL, where it is installed, is a private server on this machine with fsync on, reached by a Unix
socket; its figure has no bar.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.decide import around_towns
from openleo.service.controller import Controller
from openleo.service.entries import Entry
from openleo.service.records import CHECKIN, Motion
from openleo.service.regions import RuleSet
from openleo.service.store import Store
from openleo.service.terminals import Register

TERMINALS, BATCH, BATCHES, WARM_UP = 1_000_000, 1_000, 300, 50
BUSY = BATCH * WARM_UP  # terminals that check in, scattered over the register
NOW_US = 1_780_000_000_000_000
BAR_START_S, BAR_START_MB, BAR_PER_S = 5.0, 1500.0, 100_000

START = """
import time
began = time.perf_counter()
import sys
from openleo.service.store import Store
from openleo.service.terminals import Register
with Store.open(sys.argv[1], create=False) as store:
    register = Register.load(store)
    store.serve()
    took = time.perf_counter() - began
    from benchmarks.memory import peak_mb
    print(took, peak_mb(), len(register))
"""


def fill(where: str, count: int) -> float:
    """Take terminals into a new store; returns seconds."""
    rng = np.random.default_rng(1)
    lat, lon = (axis.tolist() for axis in around_towns(rng, count))
    began = time.perf_counter()
    with Store.open(where) as store:
        Register.load(store).add(
            (
                Entry(
                    hardware=f"KIT{number:09}", key=number.to_bytes(4, "big") + b"k" * 28,
                    account=f"account {number // 3}", plan="roam", motion=Motion.PORTABLE, sold="NG",
                    dealer=f"dealer {number % 50}", owner=f"owner {number // 3}", home="NG",
                    home_lat_deg=lat[number], home_lon_deg=lon[number],
                )
                for number in range(count)
            ),
            by="benchmark", now_us=NOW_US,
        )  # fmt: skip
    return time.perf_counter() - began


def start(where: str) -> tuple[float, float]:
    """Seconds and peak MB of a fresh process that loads register and histories."""
    done = subprocess.run([sys.executable, "-c", START, where], capture_output=True, text=True, check=True)
    took, peak, _ = done.stdout.split()
    return float(took), float(peak)


def batches(count: int, register: Register, seed: int, first: int) -> list[Any]:
    """Decoded batches, the same whichever store they go to."""
    rng = np.random.default_rng(seed)
    busy = np.random.default_rng(2).choice(count, min(BUSY, count), replace=False)
    made = []
    for turn in range(BATCHES + WARM_UP):
        rows = np.zeros(BATCH, CHECKIN)
        if turn < WARM_UP:  # each once, so that none is seen for the first time later
            rows["terminal"] = busy[turn * BATCH : (turn + 1) * BATCH]
        else:
            rows["terminal"] = rng.choice(busy, BATCH, replace=False)
        rows["sequence"] = first + turn
        rows["time_us"] = NOW_US + turn * 1_000_000
        for axis in ("lat_deg", "lon_deg"):
            rows[axis] = register.rows[f"home_{axis}"][rows["terminal"]] + rng.normal(0, 1e-4, BATCH)
        rows["accuracy_m"], rows["delay_ms"], rows["satellite"], rows["version"] = 20.0, np.nan, -1, 1
        made.append(rows)
    return made


def through(controller: Controller, made: list[Any], clock: list[int]) -> tuple[list[float], float]:
    """Seconds of each batch through the controller, and mean seconds of this thread's processor."""
    taken = []
    busy = 0.0
    for turn, rows in enumerate(made):
        clock[0] = NOW_US + turn * 1_000_000
        began, busy_before = time.perf_counter(), time.thread_time()
        answers = controller.check_in(rows)
        taken.append(time.perf_counter() - began)
        busy += time.thread_time() - busy_before if turn >= WARM_UP else 0.0
        assert answers.taken.mean() > 0.99, "check-ins were not taken"
    return taken[WARM_UP:], busy / BATCHES


def alone(store: Store, made: list[Any], decisions: Any) -> list[float]:
    """Seconds of each batch through the store, without deciding."""
    taken = []
    for rows in made:
        began = time.perf_counter()
        with store.locked(rows["terminal"]) as held:
            held.histories["sequence"][held.places(rows["terminal"])] = rows["sequence"]
            held.record(rows, decisions, received_us=NOW_US)
        taken.append(time.perf_counter() - began)
    return taken[WARM_UP:]


def measure_batches(where: str, count: int) -> dict[str, float]:
    clock = [NOW_US]
    rules = RuleSet.load()
    with Store.open(where) as store:
        register = Register.load(store)
        controller = Controller(store, register, rules, clock=lambda: clock[0])
        decided, busy_s = through(controller, batches(count, register, 7, 1), clock)
        last = batches(count, register, 8, 10_000)
        decisions = controller.check_in(last[0]).decisions
        stored = alone(store, last, decisions)
    return {
        "checkins_per_s": round(BATCH * len(decided) / sum(decided)),
        "batch_ms_median": round(statistics.median(decided) * 1e3, 2),
        "batch_processor_ms": round(busy_s * 1e3, 2),
        "batch_ms_p99": round(float(np.percentile(decided, 99)) * 1e3, 2),
        "store_alone_per_s": round(BATCH * len(stored) / sum(stored)),
    }


def measure_postgresql(count: int) -> dict[str, float] | None:
    from tests.postgres import Cluster, programs

    found = programs()
    if found is None:
        return None
    cluster = Cluster(found, ())
    try:
        url = cluster.database()
        fill(url, count)
        return measure_batches(url, count)
    finally:
        cluster.remove()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--terminals", type=int, default=TERMINALS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = str(Path(folder) / "store.db")
        filled_s = fill(where, asked.terminals)
        took, peak = start(where)
        sqlite = measure_batches(where, asked.terminals)
        again, again_peak = start(where)
    postgresql = measure_postgresql(min(asked.terminals, 100_000))
    found = {
        "terminals": asked.terminals, "import_s": round(filled_s, 1),
        "start_s": round(took, 2), "start_mb": round(peak), "start_again_s": round(again, 2),
        "start_again_mb": round(again_peak), "sqlite": sqlite, "postgresql": postgresql,
    }  # fmt: skip
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{asked.terminals} terminals, taken in within {filled_s:.1f} s")
    print(f"  start        {took:8.2f} s  {peak:6.0f} MB  (bar {BAR_START_S:g} s, {BAR_START_MB:g} MB)")
    print(f"  start again  {again:8.2f} s  {again_peak:6.0f} MB  (after {(BATCHES + WARM_UP) * 2} batches)")
    for name, each in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        if each is None:
            print(f"  {name} is not installed")
            continue
        bar = f"  (bar {BAR_PER_S})" if name == "SQLite" else "  (100 000 terminals at most)"
        print(f"  {name}: {each['checkins_per_s']:.0f} check-ins/s in batches of {BATCH}{bar}")
        print(
            f"    a batch {each['batch_ms_median']} ms ({each['batch_processor_ms']} of its processor), "
            f"99 in 100 within {each['batch_ms_p99']} ms; "
            f"without deciding {each['store_alone_per_s']:.0f}/s"
        )


if __name__ == "__main__":
    main()
