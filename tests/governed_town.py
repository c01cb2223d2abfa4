"""A log with rules about one invented town, its approvers' keys and its witness, for tests of commands."""

import atexit
import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ledger_witnesses import Clock, Running, serving
from typed import call as call
from typed import refused as refused
from typed import well as well

from openleo.ledger.log import Log
from openleo.ledger.note import Verifier
from openleo.ledger.witness import Witness
from openleo.service.governance.draft import ApproverKey

ORIGIN = "log.example/tenerife"
NAMES = {"duty": "duty desk", "authority": "authority desk", "third": "third desk"}
OF = {"duty": "Operator Q", "authority": "Authority Q", "third": "Operator Q"}
PARTY = "Oversight body QP"

REGION = """
[[regions]]
name = "{name}"
decision = "By decision 12."
cells = ["{cell}"]
service = "{service}"
"""


def in_s(seconds: float) -> str:
    """A time so many seconds from now, as options take it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def keys() -> dict[str, str]:
    """The public halves of all keys, whose files are made in this folder where they are not there."""
    found = {}
    for short, name in (*NAMES.items(), ("party", PARTY)):
        path = Path(f"{short}.key")
        if not path.exists():
            ApproverKey.make(name).write(path)
        found[short] = ApproverKey.read(path).public
    return found


def rules_text(version: int = 1, town: str = "on", *, waits: bool = False, more: str = "") -> str:
    """A rule file with one town, three approvers of two organisations, and a party."""
    public = keys()
    approvers = "".join(
        f'[[approvers]]\nname = "{name}"\norganisation = "{OF[short]}"\nkey = "{public[short]}"\n'
        for short, name in NAMES.items()
    )
    return (
        f'name = "made"\nversion = {version}\ngrant_s = 120.0\n'
        '[governance]\napprovals = 2\norganisations = 2\nemergency_powers = ["restrict"]\n'
        "emergency_hours = 2.0\n"
        f'{approvers}[[parties]]\nname = "{PARTY}"\nkey = "{public["party"]}"\n'
        'regions = ["town"]\nhours = 1.0\n'
        f"waits = {'true' if waits else 'false'}\n"
        '[[regions]]\nname = "land"\ndecision = "Licensed."\ncountries = ["KE"]\nlicence = "licensed"\n'
        + '[[plans]]\nname = "home"\n'
        + REGION.format(name="town", cell="857a6e43fffffff", service=town)
        + more
    )


def a_log() -> str:
    """A new log in the folder `ledger`; its key."""
    Log.create(Path("ledger"), ORIGIN)
    return Path("ledger/policy").read_text().split()[1]


def drafted(text: str, path: str, *more: str, at: str | None = None, requester: str = "Ministry QP") -> str:
    """Draft a change to these rules; what is said of it."""
    Path("new.rules.toml").write_text(text)
    Path(path).unlink(missing_ok=True)
    return well(
        "rules", "draft", "new.rules.toml", "--requester", requester, "--reason", "The ferry line opens.",
        "--effective-at", at or in_s(3600), "-o", path, *more,
    )  # fmt: skip


def approved(path: str, *shorts: str) -> None:
    """Have approvers sign a draft."""
    for short in shorts:
        well("rules", "approve", path, "--key", f"{short}.key", "--yes")


def published(text: str, *more: str, at: str | None = None) -> str:
    """Draft, approve and publish; the hash of the change."""
    drafted(text, "some.json", *more, at=at)
    approved("some.json", "duty", "authority")
    return str(json.loads(well("rules", "publish", "some.json", "--json"))["hash"])


@cache
def _begun() -> Path:
    """A folder with all keys, and a log whose first rules are published: made once, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="openleo-town-"))
    atexit.register(shutil.rmtree, folder)
    with contextlib.chdir(folder):
        a_log()
        published(rules_text(), at=in_s(100))
    return folder


def begun() -> None:
    """Keys in this folder, and a log whose first rules are in force in 100 s."""
    shutil.copytree(_begun(), Path(), dirs_exist_ok=True)


def size() -> int:
    """How many entries the log has."""
    return int(Path("ledger/public/checkpoint").read_text().splitlines()[1])


@contextlib.contextmanager
def witnessed() -> Iterator[Running]:
    """A log with a witness, which serves; the log states it."""
    key = Verifier.parse(a_log())
    Witness.create(Path("w1"), "witness.example/w1")
    (Path("w1") / "logs").write_text(f"log {key.vkey}\n")
    with serving(Path("w1"), Clock(time.time())) as running:
        well("ledger", "policy", "--witness", running.url, running.verifier.vkey, "--reason", "a witness")
        yield running
