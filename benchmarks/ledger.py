"""How fast the ledger hashes, appends, audits and proves, beside Go's own code and the disk's own pace.

    python -m benchmarks.ledger [hashing] [appends] [audit] [proofs] [--json] [--entries N] [--folder FOLDER]

`hashing`: a million entries of 200 bytes become leaves and subtrees in groups of 1 000, on one thread, and
the same in Go's tlog (golang.org/x/mod, where Go is installed), the two in turn and the median of each;
both must find the same root. `appends`: entries of 200 bytes through `Log.append`, in groups of 1 000 and
one at a time, each answered when it is under a published checkpoint; beside it what the same disk does in
the same folder: fdatasync of a file that grows, and a new file put in place (fsync, rename, fsync of its
folder). `audit`: a fresh process audits a log of a million entries; its seconds and its peak memory.
`proofs`: inclusion proofs of random entries of that log: `warm` from one tree, `fresh` from a new tree for
each, `cold` from a new tree after the system's copies of its tiles were dropped: the disk's time is in it.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openleo.ledger.encoding import to_base64
from openleo.ledger.entries import Keys
from openleo.ledger.log import Log
from openleo.ledger.merkle import CompactRange, check_inclusion, leaf_hash, leaf_hashes
from openleo.ledger.source import Folder
from openleo.ledger.tiles import Tile, Tree
from tests.ledger_folders import ORIGIN, a_log, write_log
from tests.ledger_go import NotInstalled, build

ENTRIES, GROUP, ROUNDS = 1_000_000, 1_000, 3
GROUPS, SINGLE, SYNCS, PROOFS = 100, 300, 200, 2_000
BAR_LEAVES, BAR_GROUPED, BAR_SINGLE, BAR_PROOF_MS = 500_000, 20_000, 150, 1.0
BAR_AUDIT_S, BAR_AUDIT_MB = 30.0, 300.0
TIME = "2026-11-21T17:00:00Z"

AUDIT = """
import time
began = time.perf_counter()
import sys
from openleo.ledger.audit import audit
from openleo.ledger.source import Folder
report = audit(Folder(sys.argv[1]), now=int(sys.argv[2]))
took = time.perf_counter() - began
assert report.ok, report.sentences()
from benchmarks.memory import peak_mb
print(took, peak_mb(), report.checkpoint.size)
"""


def grown(entries: int) -> tuple[float, str]:
    """Seconds in which so many entries become a tree, and its root."""
    every = [f"{index:020d}".encode() + bytes(180) for index in range(entries)]
    tree = CompactRange()
    began = time.perf_counter()
    for at in range(0, entries, GROUP):
        tree.extend(leaf_hashes(every[at : at + GROUP]))
    root = tree.root()
    return time.perf_counter() - began, to_base64(root)


def grown_in_go(program: Path, entries: int) -> tuple[float, str]:
    """The same in Go's tlog."""
    done = subprocess.run([program, "grow", str(entries)], capture_output=True, text=True, check=True)
    taken, root = done.stdout.split()
    return float(taken), root


def hashing(entries: int) -> dict[str, Any]:
    program, missing = None, ""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        try:
            program = build(Path(folder))
        except NotInstalled as reason:
            missing = str(reason)
        for _ in range(ROUNDS):
            ours.append(grown(entries))
            if program:
                theirs.append(grown_in_go(program, entries))
    assert len({root for _, root in ours + theirs}) == 1, "the sides found different roots"
    ours_per_s = entries / statistics.median(taken for taken, _ in ours)
    found: dict[str, Any] = {"entries": entries, "ours_per_s": round(ours_per_s), "bar_per_s": BAR_LEAVES}
    if theirs:
        go_per_s = entries / statistics.median(taken for taken, _ in theirs)
        return found | {"go_per_s": round(go_per_s), "ratio_to_go": round(ours_per_s / go_per_s, 2)}
    return found | {"go_missing": missing}


def an_entry(index: int) -> bytes:
    """A canonical entry of 200 bytes, of a type that the ledger does not know."""
    return (f'{{"number":{index},"text":"{"x" * (130 - len(str(index)))}","time":"{TIME}","type":"example",'
            '"version":1}').encode()  # fmt: skip


def file_system(folder: Path) -> str:
    """The kind of file system that a folder is on, where the system says so."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return "unknown"
    rows = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    over = [(place, kind) for place, kind in rows if folder.is_relative_to(place.replace("\\040", " "))]
    return max(over, key=lambda row: len(row[0]))[1]


def syncs_per_s(folder: Path) -> float:
    """Writes of 200 bytes to the end of a file, each followed by fdatasync."""
    sync = getattr(os, "fdatasync", os.fsync)
    with (folder / "syncs").open("ab", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(SYNCS):
            file.write(bytes(200))
            sync(file.fileno())
        return SYNCS / (time.perf_counter() - began)


def files_per_s(folder: Path) -> float:
    """New files of 8 KiB put in place: written, fsync, rename, fsync of the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        began = time.perf_counter()
        for _ in range(SYNCS):
            with (folder / "new").open("wb", buffering=0) as file:
                file.write(bytes(8192))
                os.fsync(file.fileno())
            (folder / "new").rename(folder / "file")
            os.fsync(descriptor)
        return SYNCS / (time.perf_counter() - began)
    finally:
        os.close(descriptor)


def appended(log: Log, calls: int, group: int) -> list[float]:
    """Seconds of each call of `append` with so many entries."""
    taken = []
    for _ in range(calls):
        start = log.published.size
        entries = [an_entry(index) for index in range(start, start + group)]
        began = time.perf_counter()
        log.append(entries)
        taken.append(time.perf_counter() - began)
        assert log.published.size == start + group
    return taken


def appends(folder: Path) -> dict[str, Any]:
    disk, files = [syncs_per_s(folder)], [files_per_s(folder)]
    Log.create(folder / "log", ORIGIN)
    with Log.open(folder / "log") as log:
        appended(log, 3, GROUP)
        grouped = appended(log, GROUPS, GROUP)
        single = appended(log, SINGLE, 1)
    disk.append(syncs_per_s(folder))
    files.append(files_per_s(folder))
    found = {
        "file_system": file_system(folder.resolve()),
        "grouped_per_s": round(GROUP * len(grouped) / sum(grouped)), "bar_grouped_per_s": BAR_GROUPED,
        "group_ms_median": round(statistics.median(grouped) * 1e3, 1),
        "group_ms_most": round(max(grouped) * 1e3, 1),
        "single_per_s": round(len(single) / sum(single)), "bar_single_per_s": BAR_SINGLE,
        "single_ms_median": round(statistics.median(single) * 1e3, 2),
        "single_ms_most": round(max(single) * 1e3, 1),
        "fdatasync_per_s": round(statistics.mean(disk)), "new_file_per_s": round(statistics.mean(files)),
    }  # fmt: skip
    found["single_in_new_files"] = round(found["new_file_per_s"] / found["single_per_s"], 1)
    return found


def entries_of_a_log(count: int) -> Iterator[bytes]:
    """The keys of the log, then entries of 200 bytes, one in 20 of them with fractions and other letters."""
    signer = a_log()
    policy = f"log {signer.verifier.vkey}\nquorum none\n"
    yield Keys(TIME, (signer.verifier.vkey,), policy, "the log begins", ()).signed([signer]).raw
    for index in range(1, count):
        if index % 20:
            yield an_entry(index)
        else:
            lat, lon = index % 90 + 0.5, index % 180 + 0.25
            yield (
                f'{{"at":[{lat},{lon}],"region":"Teneriffa – Süd","rule":{{"kbit":{index},'
                f'"landing":["ES","PT"],"open":true}},"time":"{TIME}","type":"rule-example","version":2}}'
            ).encode()


def audited(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", AUDIT, str(folder), "1795280400"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    taken, peak, size = done.stdout.split()
    return {
        "entries": int(size), "s": round(float(taken), 1), "bar_s": BAR_AUDIT_S, "mb": round(float(peak)),
        "bar_mb": BAR_AUDIT_MB, "us_an_entry": round(float(taken) / int(size) * 1e6, 1),
    }  # fmt: skip


def drop_tiles(folder: Path, tree: Tree, index: int) -> None:
    """Drop the system's copies of the tiles that the proof of an entry reads."""
    for level in range(tree.size.bit_length() // 8 + 1):
        hashes = tree.size >> 8 * level
        for at in {index >> 8 * (level + 1), hashes >> 8}:
            path = folder / Tile(level, at, min(256, hashes - at * 256) or 256).path
            if path.exists():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def proofs(folder: Path, entries: int) -> dict[str, Any]:
    os.sync()  # only what is on the disk can be dropped from memory
    chance, source = random.Random(4), Folder(folder)
    warm = Tree(source, entries)
    root = warm.root()
    taken: dict[str, list[float]] = {"warm": [], "fresh": [], "cold": []}
    for _ in range(PROOFS):
        for kind, each in taken.items():
            index = chance.randrange(entries)
            if kind == "cold":
                if not hasattr(os, "posix_fadvise"):
                    continue
                drop_tiles(folder, warm, index)
            began = time.perf_counter()
            proof = (warm if kind == "warm" else Tree(source, entries)).inclusion(index)
            each.append(time.perf_counter() - began)
            check_inclusion(root, entries, index, leaf_hash(warm.entry(index)), proof)
    found: dict[str, Any] = {"entries": entries, "bar_ms": BAR_PROOF_MS}
    for kind, seconds in taken.items():
        if seconds:
            ordered = sorted(seconds)
            found[f"{kind}_ms"] = round(statistics.median(ordered) * 1e3, 3)
            found[f"{kind}_p99_ms"] = round(ordered[len(ordered) * 99 // 100] * 1e3, 3)
    return found


def on_disk() -> Path:
    """Where temporary files go, if that is the disk of the working directory; else the working directory."""
    usual, here = Path(tempfile.gettempdir()), Path.cwd()
    return usual if usual.stat().st_dev == here.stat().st_dev else here


LINES = {
    "hashing": """hashing, {entries} entries of 200 bytes in groups of 1000, one thread
  openleo         {ours_per_s:>9} leaves/s  (bar {bar_per_s})""",
    "go_per_s": """  Go, tlog        {go_per_s:>9} leaves/s  (openleo is {ratio_to_go} times as fast)""",
    "go_missing": """  Go, tlog        {go_missing}""",
    "appends": """appends, entries of 200 bytes, each under a published checkpoint, on {file_system}
  groups of 1000  {grouped_per_s:>9} entries/s  (bar {bar_grouped_per_s}); a group {group_ms_median} ms, \
longest {group_ms_most}
  one at a time   {single_per_s:>9} entries/s  (bar {bar_single_per_s}); median {single_ms_median} ms, \
longest {single_ms_most}
  this disk       {fdatasync_per_s:>9} fdatasync/s, {new_file_per_s} new files put in place/s: an entry \
alone takes as long as {single_in_new_files} new files""",
    "audit": """audit, {entries} entries, a fresh process, imports included
  {s} s  (bar {bar_s:g}), {mb} MB  (bar {bar_mb:g}), {us_an_entry} us an entry""",
    "proofs": """inclusion proofs of random entries from tiles, {entries} entries: median, 99 in 100 within
  warm            {warm_ms:>9} ms  {warm_p99_ms}  (bar {bar_ms:g})
  fresh           {fresh_ms:>9} ms  {fresh_p99_ms}  (bar {bar_ms:g})""",
    "cold_ms": """  cold            {cold_ms:>9} ms  {cold_p99_ms}""",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("hashing", "appends", "audit", "proofs")
    parser.add_argument("parts", nargs="*", help="hashing, appends, audit, proofs; all unless told otherwise")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to be measured")
    asked = parser.parse_args()
    parts = asked.parts or names
    if not set(parts) <= set(names):
        parser.error(f"parts: {' '.join(parts)}; {', '.join(names)} are allowed")
    found: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}",
    }
    with tempfile.TemporaryDirectory(dir=asked.folder or on_disk(), prefix="openleo-ledger-") as name:
        folder = Path(name)
        if "hashing" in parts:
            found["hashing"] = hashing(asked.entries)
        if "appends" in parts:
            found["appends"] = appends(folder)
        if {"audit", "proofs"} & set(parts):
            write_log(folder / "million", a_log(), entries_of_a_log(asked.entries))
        if "audit" in parts:
            found["audit"] = audited(folder / "million")
        if "proofs" in parts:
            found["proofs"] = proofs(folder / "million", asked.entries)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{found['date']}, {found['machine']}")
    for part in names:
        if part in found:
            for name in (part, *found[part]):
                if name in LINES:
                    print(LINES[name].format(**found[part]))


if __name__ == "__main__":
    main()
