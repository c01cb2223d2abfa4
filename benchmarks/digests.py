"""How long the root over a day's check-ins takes, and how much memory.

    python -m benchmarks.digests [--json] [--checkins N]

A store with a million check-ins of one day, of ten thousand terminals at random places, is made in a
temporary folder (some 10 s). A fresh process makes the root of that day, as a server does once a day: it
reads each check-in, writes its record, hashes it with its salt, and keeps all leaves.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from openleo.service.entries import Entry
from openleo.service.policy import Decisions
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, Outcome
from openleo.service.store import Store
from openleo.service.terminals import Register

CHECKINS, TERMINALS, DAY = 1_000_000, 10_000, 20_635
BAR_S, BAR_MB = 60.0, 300.0
DAY_US = 86_400_000_000

DIGEST = """
import sys
import time
from benchmarks.memory import peak_mb
from openleo.service.governance.digests import digest_day
from openleo.service.store import Store
with Store.open(sys.argv[1], create=False) as store:
    began, used = time.perf_counter(), time.process_time()
    made = digest_day(store, int(sys.argv[2]))
    print(time.perf_counter() - began, time.process_time() - used, peak_mb(), made.count)
"""


def fill(where: str, checkins: int) -> None:
    """A store with so many check-ins of one day, each refused for two reasons."""
    rng = np.random.default_rng(1)
    with Store.open(where) as store:
        entries = [Entry(hardware=f"KIT-{k:06}", plan="home", account="a") for k in range(TERMINALS)]
        Register.load(store).add(entries, by="benchmark", now_us=1)
        store.put_in_force("5e" * 32, "benchmark", 1, [("FR", "", "North | Coast")], 1)
        for first in range(0, checkins, TERMINALS):
            count = min(TERMINALS, checkins - first)
            received_us = DAY * DAY_US + first * DAY_US // checkins
            rows = np.zeros(count, CHECKIN)
            rows["terminal"], rows["sequence"], rows["time_us"] = np.arange(count), first, received_us - 1
            rows["lat_deg"], rows["lon_deg"] = rng.uniform(-60, 60, count), rng.uniform(-180, 180, count)
            rows["accuracy_m"] = rng.uniform(3, 50, count)
            none = np.full(count, -1, np.int32)
            made = Decisions(
                outcome=np.full(count, Outcome.REFUSE, np.int8),
                reasons=np.full(count, 1 << Reason.UNLICENSED | 1 << Reason.UNPAID, np.uint64),
                primary=np.full(count, Reason.UNLICENSED, np.int8), zone=np.zeros(count, np.int32),
                valid_us=np.zeros(count, np.int64), retry_us=np.full(count, received_us + 1, np.int64),
                retry_km=np.full(count, 1.5, np.float32), rate_mbps=np.zeros(count, np.float32),
                satellite=none, gateway=none, finding=np.zeros(count, np.uint32),
            )  # fmt: skip
            with store.locked(rows["terminal"]) as held:
                held.record(rows, made, received_us=received_us, rules=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--checkins", type=int, default=CHECKINS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = str(Path(folder) / "store.db")
        fill(where, given.checkins)
        done = subprocess.run(
            [sys.executable, "-c", DIGEST, where, str(DAY)], check=True, capture_output=True, text=True
        )
    seconds, processor, memory, count = map(float, done.stdout.split())
    assert count == given.checkins
    found = {
        "checkins": given.checkins, "seconds": round(seconds, 1), "processor_s": round(processor, 1),
        "peak_mb": round(memory), "bar_s": BAR_S, "bar_mb": BAR_MB,
    }  # fmt: skip
    if given.json:
        print(json.dumps(found))
    else:
        print(
            f"{given.checkins} check-ins digested in {seconds:.1f} s ({processor:.1f} s of a processor; bar "
            f"{BAR_S:g} s for a million), at most {memory:.0f} MB in use (bar {BAR_MB:g})"
        )


if __name__ == "__main__":
    main()
