"""How long the page's data take, from a server on a run of the whole planet.

    python -m benchmarks.page_data [--json] [--run FOLDER] [--slots 8]

`openleo serve --run` as a process of its own; without --run, a run of the world `today` is made first. Cold
is the first request of its kind, once the world is opened; warm the median of nine more. Bytes are those that
travel, compressed. No bar: those of the page (benchmarks/page.py) count the browser in.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

AGAIN = 9


def ways(view: dict[str, Any], number: int) -> dict[str, str]:
    """What is asked for, each by a name."""
    slot, key = min(3, view["slots"] - 1), view["key"]
    fields = ("latency_ms", "reason", "load", "sales")
    return {
        "view": "/v1/view",
        "satellites": f"/v1/view/satellites?key={key}",
        "cells": f"/v1/view/cells?key={key}",
        "positions": f"/v1/view/slots/{slot}/positions?key={key}",
        **{f"field {name}": f"/v1/view/slots/{slot}/fields/{name}?key={key}" for name in fields},
        "ground": f"/v1/view/slots/{slot}/ground",
        "place, slot not planned yet": f"/v1/view/slots/{slot}/at?lat=48.85&lon=2.35",
        "another place, same slot": f"/v1/view/slots/{slot}/at?lat=-1.29&lon=36.82",
        "satellite": f"/v1/view/slots/{slot}/satellites/{number}",
        "search": "/v1/search?q=paris",
    }


def timed(http: httpx.Client, path: str) -> tuple[float, int]:
    """Seconds and bytes of one answer."""
    begun = time.perf_counter()
    with http.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        size = sum(len(part) for part in answer.iter_raw())
        assert answer.status_code == 200, path
    return time.perf_counter() - begun, size


def measured(run: Path, store: Path) -> dict[str, Any]:
    """Start a server, wait until the world is opened, ask for everything."""
    words = ["serve", "--run", str(run), "--store", str(store), "--port", "0", "--json"]
    begun = time.perf_counter()
    server = subprocess.Popen([sys.executable, "-m", "openleo", *words], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        listening_s = time.perf_counter() - begun
        with httpx.Client(base_url=url, timeout=60.0) as http:
            number = http.get("/v1/view/satellites").json()["number"][0]
            ready_s = time.perf_counter() - begun
            view = http.get("/v1/view").json()
            rows = {}
            for name, path in ways(view, number).items():
                cold_s, size = timed(http, path)
                warm_s = statistics.median(timed(http, path)[0] for _ in range(AGAIN))
                rows[name] = {"cold_ms": 1e3 * cold_s, "warm_ms": 1e3 * warm_s, "bytes": size}
        rss_mb = _rss_mb(server.pid)
    finally:
        server.terminate()
        server.wait()
    return {
        "cells": view["cells"], "satellites": view["satellites"], "listening_s": listening_s,
        "world_opened_s": ready_s, "rss_mb": rss_mb, "answers": rows,
    }  # fmt: skip


def _rss_mb(pid: int) -> float | None:
    """What the server holds in memory, where the system says so as Linux does."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def show(found: dict[str, Any]) -> None:
    rss = f", {found['rss_mb']:.0f} MB at the end" if found["rss_mb"] else ""
    print(
        f"{found['cells']} cells, {found['satellites']} satellites; the first line after "
        f"{found['listening_s']:.1f} s, the world opened after {found['world_opened_s']:.1f} s{rss}\n"
    )
    print(f"{'':30}{'cold ms':>10}{'warm ms':>10}{'kB':>10}")
    for name, row in found["answers"].items():
        kb = row["bytes"] / 1e3
        print(f"{name:30}{row['cold_ms']:>10.1f}{row['warm_ms']:>10.1f}{kb:>10.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--slots", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = given.run or Path(folder) / "today"
        if given.run is None:
            words = ["run", "today", "--slots", str(given.slots), "--no-pictures", "--out", str(run)]
            subprocess.run([sys.executable, "-m", "openleo", *words], check=True, capture_output=True)
        found = measured(run, Path(folder) / "store.db")
    print(json.dumps(found, indent=2)) if given.json else show(found)


if __name__ == "__main__":
    main()
