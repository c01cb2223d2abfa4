"""Write docs/ledger-example/, a log of five entries, and what its commands print into docs/ledger.md.

Run: python builders/ledger_example.py
Its keys are made of known numbers, so that it comes out the same each time; they sign nothing else.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.client import proof_of
from openleo.ledger.entries import Commitment, Keys, ObjectRef, Reveal, Text, Withdrawal, seconds_of
from openleo.ledger.growth import Edge
from openleo.ledger.note import COSIGNATURE, Note, Signer
from openleo.ledger.objects import object_path, seal
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder

FOLDER = Path(__file__).parents[1] / "docs" / "ledger-example"
PAGE = FOLDER.parent / "ledger.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ORIGIN = "log.example/tenerife"
PLAIN = "text/plain; charset=utf-8"

LOG = Signer(ORIGIN, b"the log of an example, 32 bytes.")
WITNESS = Signer("witness.example/w1", b"a witness of it, 32 bytes again.", COSIGNATURE)


def files() -> dict[str, bytes]:
    """Every file of the example, but for the receipt, by its path."""
    north, north_raw = seal(b"The north of the island may be served.\n", bytes(range(32)))
    south, south_raw = seal(b"The south of the island may be served.\n", bytes(range(32, 64)))
    policy = Policy((LOG.verifier,), {"w1": WITNESS.verifier}, {}, "w1")
    entries = [
        Keys("2026-11-21T17:00:00Z", (LOG.verifier.vkey,), policy.raw.decode(), "The log begins.").signed(
            [LOG]
        ),
        Text("2026-11-21T17:01:00Z", "The north", ObjectRef(north, len(north_raw), PLAIN)),
        Commitment("2026-11-21T17:02:00Z", south, "2027-01-01T00:00:00Z", "What may be served in the south."),
        Reveal("2026-11-21T17:03:00Z", 2, ObjectRef(south, len(south_raw), PLAIN)),
        Withdrawal("2026-11-21T17:04:00Z", south, "It named a person who asked for it to go."),
    ]
    edge, tiles = Edge().grow([entry.raw for entry in entries])
    note = Note(Checkpoint(ORIGIN, edge.size, edge.root).text, ()).signed_by(LOG)
    cosigned = note.with_signatures([WITNESS.sign(note.text, seconds_of("2026-11-21T17:05:00Z"))])
    return {
        "checkpoint": cosigned.raw,
        "policy": policy.raw,
        object_path(north): north_raw,
        **{tile.path: raw for tile, raw in tiles.items()},
    }


def write(folder: Path) -> None:
    """Write the example into a folder, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, raw in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    (folder / "entry-1.tlog-proof").write_bytes(proof_of(Folder(folder), 1).raw)


def printed(page: str, folder: Path) -> str:
    """The page with what its commands print: blocks of `$ command`, in one shell, in a copy of the folder.

    A line `> ...` goes on with the command above it. Without openssl, what is printed by it is left as it is.
    """
    blocks = [block for block in BLOCK.findall(page) if shutil.which("openssl") or "openssl" not in block]
    commands = [re.findall(r"^\$ (.*\n(?:> .*\n)*)", block, re.MULTILINE) for block in blocks]
    script = "".join(
        f"{command}printf '\\036'\n".replace("\n> ", "\n") for block in commands for command in block
    )
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        done = subprocess.run(
            ["sh"], input=script, cwd=copy, env={**os.environ, "LC_ALL": "C.UTF-8"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
    answers = iter(done.stdout.split("\036"))
    for block, typed in zip(blocks, commands, strict=True):
        lines = [f"$ {command}{_ended(next(answers))}" for command in typed]
        page = page.replace(f"```console\n{block}```", f"```console\n{''.join(lines)}```")
    return page


def _ended(answer: str) -> str:
    return answer if answer.endswith("\n") or not answer else f"{answer}\n"


if __name__ == "__main__":
    write(FOLDER)
    PAGE.write_text(printed(PAGE.read_text("utf-8"), FOLDER), "utf-8")
