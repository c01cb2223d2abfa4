"""How long a slot of the world `today` takes, from the satellites' positions to every cell's route.

    python -m benchmarks.slot [--json]

Twenty slots after three that compile and warm up. `slot_ms` is the wall time from one slot to the next as
their consumer sees it: the geometry of a slot is made beside the plan of the one before, so that the stages
add up to more. The bar: at most 500 ms and 1 500 MB on two cores.
"""

import argparse
import json
import statistics
from typing import Any

from benchmarks.memory import peak_mb
from openleo import open_twin

WORLD = "today"
SLOTS = 20
WARM_UP = 3
BAR_MS, BAR_MB = 500.0, 1500.0


def measure() -> dict[str, Any]:
    twin = open_twin(WORLD)
    taken: list[float] = []
    stages: dict[str, list[float]] = {}
    for slot in twin.slots(twin.world.epoch, WARM_UP + SLOTS):
        if slot.index < WARM_UP:
            continue
        taken.append(slot.duration_ms)
        for stage, spent_ms in slot.stages_ms.items():
            stages.setdefault(stage, []).append(spent_ms)
    return {
        "cells": len(twin.cells),
        "satellites": len(twin.fleet),
        "slot_ms_median": round(statistics.median(taken), 1),
        "peak_rss_mb": round(peak_mb(), 1),
        "stages_ms": {stage: round(statistics.median(spent), 1) for stage, spent in stages.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args().json
    found = measure()
    if as_json:
        print(json.dumps(found))
        return
    print(f"{WORLD}: {found['satellites']} satellites, {found['cells']} cells, median of {SLOTS} slots")
    for stage, spent_ms in found["stages_ms"].items():
        print(f"  {stage:<24}{spent_ms:8.1f} ms")
    print(f"  {'slot':<24}{found['slot_ms_median']:8.1f} ms  (bar {BAR_MS:.0f})")
    print(f"  {'peak memory':<24}{found['peak_rss_mb']:8.1f} MB  (bar {BAR_MB:.0f})")


if __name__ == "__main__":
    main()
