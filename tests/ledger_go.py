"""The program of tests/go, built without a network from Debian's golang-go and golang-golang-x-mod-dev."""

import os
import shutil
import subprocess
from pathlib import Path

GOPATH = Path("/usr/share/gocode")
"""Where Debian keeps the sources of Go packages."""


class NotInstalled(Exception):
    """Go or golang.org/x/mod is not there; the text says which."""


def build(folder: Path) -> Path:
    """Build the program into a folder, its cache beside it; returns its path. Raises NotInstalled."""
    compiler = shutil.which("go")
    if compiler is None:
        raise NotInstalled("Go is not installed (Debian: golang-go)")
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        raise NotInstalled(f"golang.org/x/mod is not in {GOPATH} (Debian: golang-golang-x-mod-dev)")
    settings = {"GO111MODULE": "off", "CGO_ENABLED": "0", "GOPATH": str(GOPATH), "GOCACHE": f"{folder}/cache"}
    program = folder / "ledger-go"
    subprocess.run(
        [compiler, "build", "-o", program, "."],
        cwd=Path(__file__).parent / "go",
        env={"PATH": os.environ["PATH"], **settings},
        check=True,
    )
    return program
