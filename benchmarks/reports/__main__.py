"""How good the proposals about reports are, set by set, beside what is asked for; and how fast an import is.

    python -m benchmarks.reports [--set reported|seen|opened|unseen] [--marked] [--wrong] [--literal]
        [--speed] [--json]

Precision and recall of outlets, quotations with their speakers, figures, dates and same-event pairs; the
part that is right of the moods of sentences and of the origins of documents. --wrong tells what was wrong or
missed; not of the unseen set, by which no rule may be made. --literal takes the unit of a French figure for
right in the key's own English word alone, and not in another translation of the noun (units.toml). --marked
counts the texts of marked/, in which figures alone, outlets or origins are marked. --speed imports 1 000
documents of 6 kB, made of the corpus, by the command line on one core. Exit code 1 where a bar is not met.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.reports.key import Key
from benchmarks.reports.marked import KINDS, ORIGINS
from benchmarks.reports.measure import (
    ACCURATE,
    BARS,
    SETS,
    Scores,
    keys_of,
    measure,
    measure_marked,
    measure_marked_origins,
)
from benchmarks.reports.score import Accuracy, Count

Marked = dict[str, dict[str, Count | Accuracy]]
"""By what is marked, the counts of "all" texts and of each language."""

DOCUMENTS: Final = 1000
SIZE: Final = 6000
SECONDS: Final = 60.0
UNSEEN: Final = "unseen"


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    arguments.add_argument("--set", choices=SETS, action="append")
    arguments.add_argument("--marked", action="store_true")
    arguments.add_argument("--wrong", action="store_true")
    arguments.add_argument("--literal", action="store_true")
    arguments.add_argument("--speed", action="store_true")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    sets = given.set or ([] if given.speed or given.marked else list(SETS))
    scores = {name: measure(keys_of(name), given.literal) for name in sets}
    marked = measured_marks(given.literal) if given.marked else {}
    speed = import_speed() if given.speed else None
    if given.json:
        print(json.dumps(as_json(scores, marked, speed, given.wrong), indent=2, ensure_ascii=False))
    else:
        show(scores, marked, speed, given.wrong)
    if not all(each["all"].met for each in scores.values()) or (speed and speed["seconds"] > SECONDS):
        sys.exit(1)


def measured_marks(literal: bool) -> Marked:
    """The counts of all texts of marked/."""
    counts: Marked = {kind: {**measure_marked(kind, literal)} for kind in KINDS}
    return counts | {ORIGINS: {**measure_marked_origins()}}


def import_speed() -> dict[str, Any]:
    """Import 1 000 documents of 6 kB by the command line, on one core."""
    keys = [*keys_of("seen"), *keys_of("reported")]
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "documents"
        files.mkdir()
        for number in range(DOCUMENTS):
            text = long_text(keys, number)
            (files / f"{number:04d}.txt").write_text(
                f"Source: Paper {number % 40}\nDate: 2026-01-02\n\n{text}"
            )
        command = [
            sys.executable, "-m", "openleo", "report", "import", str(files), "--case", "many",
            "--by", "editor", "--register", str(Path(folder) / "reports.db"),
        ]  # fmt: skip
        core = min(os.sched_getaffinity(0))
        begins = time.perf_counter()
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )  # fmt: skip
        seconds = time.perf_counter() - begins
        size = sum(each.stat().st_size for each in files.iterdir())
    return {"documents": DOCUMENTS, "bytes": size, "seconds": round(seconds, 1), "bar_seconds": SECONDS}


def long_text(keys: list[Key], number: int) -> str:
    """Some 6 kB of articles of one language, in another order for each number."""
    of_one = [key for key in keys if key.language == ("en", "fr")[number % 2]]
    text, at = f"Report {number} on the service", number
    while len(text.encode()) < SIZE:
        text += "\n\n" + of_one[at % len(of_one)].text
        at = at * 7 + 3
    return text


def as_json(scores: dict[str, dict[str, Scores]], marked: Marked, speed: Any, wrong: bool) -> dict[str, Any]:
    """Everything as one object."""
    said: dict[str, Any] = {
        name: {language: _object(found, wrong and name != UNSEEN) for language, found in by_language.items()}
        for name, by_language in scores.items()
    }
    if marked:
        said["marked"] = {
            kind: {language: _count(kind, count, wrong) for language, count in counts.items()}
            for kind, counts in marked.items()
        }
    return said if speed is None else said | {"import": speed}


def _count(of: str, count: Count | Accuracy, wrong: bool) -> dict[str, Any]:
    if isinstance(count, Accuracy):
        said: dict[str, Any] = {
            "right": count.right, "of": count.of, "share": round(count.share, 4), "bar": ACCURATE[of],
        }  # fmt: skip
        return said | {"wrong": count.wrong} if wrong else said
    said = {
        "right": count.right, "proposed": count.proposed, "expected": count.expected,
        "precision": round(count.precision, 4), "recall": round(count.recall, 4), "bars": BARS[of],
    }  # fmt: skip
    return said | {"wrong": count.wrong, "missed": count.missed} if wrong else said


def _object(found: Scores, wrong: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"met": found.met}
    said |= {of: _count(of, count, wrong) for of, count in found.counts.items()}
    said |= {of: _count(of, each, wrong) for of, each in found.accurate.items()}
    return said


def show(scores: dict[str, dict[str, Scores]], marked: Marked, speed: Any, wrong: bool) -> None:
    """Everything as tables."""
    for name, by_language in scores.items():
        for language, found in by_language.items():
            print(f"\n{name}, {language}")
            for line in _lines(found, pairs=language == "all"):
                print(f"  {line}")
        if wrong and name != UNSEEN:
            for of, each in (*by_language["all"].counts.items(), *by_language["all"].accurate.items()):
                for line in each.wrong:
                    print(f"  {of}, wrong: {line}")
                for line in getattr(each, "missed", ()):
                    print(f"  {of}, missed: {line}")
    for kind, counts in marked.items():
        print("\nmarked")
        for language, count in counts.items():
            print(f"  {_line(kind, count)}   {language}")
        for each in (*counts["all"].wrong, *getattr(counts["all"], "missed", ())) if wrong else ():
            print(f"  {kind}: {each}")
    if speed:
        print(
            f"\nimport      {speed['documents']} documents, {speed['bytes'] / 1e6:.1f} MB, one core: "
            f"{speed['seconds']} s (under {speed['bar_seconds']:.0f} s)"
        )


def _line(of: str, count: Count | Accuracy) -> str:
    if isinstance(count, Accuracy):
        return f"{of:<11} right     {count.share:6.1%} ({ACCURATE[of]:.0%})   {count.right} of {count.of}" + (
            "" if count.share >= ACCURATE[of] else "   NOT MET"
        )
    least, most = BARS[of]
    return (
        f"{of:<11} precision {count.precision:6.1%} ({least:.0%})   recall {count.recall:6.1%} "
        f"({most:.0%})   {count.right} right, {count.proposed} proposed, {count.expected} in the key"
        + ("" if count.precision >= least and count.recall >= most else "   NOT MET")
    )


def _lines(found: Scores, pairs: bool) -> Iterator[str]:
    yield from (_line(of, count) for of, count in found.counts.items() if of != "pairs" or pairs)
    yield from (_line(of, each) for of, each in found.accurate.items())


if __name__ == "__main__":
    main()
