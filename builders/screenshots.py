"""Make the pictures of the page in docs/pictures: make web, then python builders/screenshots.py [--only NAME]

Three servers are started: one on a run of `today`, one on the drill `peninsula`, whose rules stand in a
public log, and one on the drill `reported`, which leaves a register of reports and a log. Chromium is
Debian's; no other host is asked. Colours are reduced to 256, for the pictures are kept.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
FLAGS = ("--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip
DESKTOP, PHONE = (1280, 800), (390, 844)
OPENLEO = str(Path(sys.executable).parent / "openleo")
CUT = """
[[regions]]
name = "Uganda"
decision = "Illustration, not a fact: what a change would cut."
countries = ["UG"]
service = "off"
"""


@dataclass(frozen=True)
class Picture:
    """One view of the page: on which server, at which address, in which colours, and what is done there."""

    name: str
    server: str
    hash: str
    scheme: str = "dark"
    act: str = ""


VIEWS = (
    Picture("page-globe", "today", "tab=map&field=latency_ms"),
    Picture("page-flat", "today", "tab=map&globe=0&field=throughput_bps&c=22,14,2.4&at=-1.28,36.82", "light"),
    Picture("page-card", "today", "tab=map&field=service&at=38.15,-79.07"),
    Picture("page-availability", "today", "tab=availability", "light"),
    Picture("page-desk", "today", "tab=desk&globe=0&show=cells,regions&c=33,1,4", act="dry run"),
    Picture("page-ledger", "peninsula", "tab=ledger&entry=5", act="verify"),
    Picture("page-reports", "reported", "tab=reports&case=hawthorn-coast", "light", act="claims"),
)


def run(*words: str, cwd: Path) -> str:
    """What a command of ours prints."""
    return subprocess.run([OPENLEO, *words], cwd=cwd, check=True, capture_output=True, text=True).stdout


@contextmanager
def serving(folder: Path, store: str, *words: str) -> Iterator[str]:
    """A server, and where it listens."""
    command = [OPENLEO, "serve", "--json", "--port", "0", "--store", store, *words]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said: dict[str, Any] = json.loads(process.stdout.readline())
            yield said["url"]
        finally:
            process.terminate()


def policy_of(log: Path) -> str:
    """The policy that a small log states in its first entry."""
    (bundle,) = (log / "tile" / "entries").glob("000.p/*")
    raw = bundle.read_bytes()
    policy: str = json.loads(raw[2 : 2 + int.from_bytes(raw[:2], "big")])["policy"]
    return policy


def act(page: Page, what: str, token: str) -> None:
    """What a person does before the picture is taken."""
    if what == "verify":
        page.get_by_role("button", name="Verify this entry").click()
        page.locator(".ledger-verdict").first.wait_for()
    elif what == "claims":
        page.locator(".rp-case").wait_for()
        page.locator(".rp-alternatives").evaluate("it => it.scrollIntoView({block: 'start'})")
    elif what == "dry run":
        page.locator("input[name=token]").fill(token)
        page.locator(".desk-signin button").click()
        page.locator(".desk-parts").get_by_role("button", name="Change the rules").click()
        editor = page.locator(".desk-editor")
        while not (rules := editor.input_value()):
            page.wait_for_timeout(50)
        editor.fill(rules + CUT)
        page.get_by_role("button", name="Dry run").click()
        page.locator("#desk-dryrun").scroll_into_view_if_needed()
        page.locator("#desk-dryrun").evaluate("it => it.scrollIntoView({block: 'start'})")


def keep(raw: bytes, path: Path) -> None:
    """Write a picture with 256 colours."""
    found = Image.open(io.BytesIO(raw)).convert("RGB")
    found.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def main() -> None:
    """Make all pictures, or those of one name."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", default="", help="a part of a picture's name")
    asked.add_argument("--out", type=Path, default=PICTURES)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        run("run", "today", "--slots", "8", "--no-pictures", "--out", "today", cwd=folder)
        run("run", "peninsula", "--slots", "8", "--no-pictures", "--out", "peninsula", cwd=folder)
        run("drill", "peninsula", "--ledger-export", "log", cwd=folder)
        run("drill", "reported", "--export", "kept", cwd=folder)
        (folder / "policy").write_text(policy_of(folder / "log"))
        log = ("--ledger", "log", "--policy", "policy")
        reports = ("--reports", "kept/reports.db", "--ledger", "kept/log", "--policy", "kept/log.policy")
        with (
            serving(folder, "today.db", "--run", "today") as today,
            serving(folder, "log.db", "--run", "peninsula", *log) as peninsula,
            serving(folder, "reports-store.db", *reports) as reported,
        ):
            token = run("serve", "token", "--name", "desk-1", "--store", "today.db", cwd=folder).strip()
            servers = {"today": today, "peninsula": peninsula, "reported": reported}
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
            for view in VIEWS:
                for ending, (width, height) in (("", DESKTOP), ("-phone", PHONE)):
                    name = view.name + ending
                    if given.only not in name:
                        continue
                    scheme: Any = view.scheme
                    page = browser.new_page(
                        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en"
                    )
                    page.goto(f"{servers[view.server]}/#v=1&{view.hash}")
                    drawn = "ready" if view.server == "reported" else "cells"  # that one has no network
                    page.locator(f"html[data-{drawn}=true]").wait_for(state="attached", timeout=60_000)
                    act(page, view.act, token)
                    page.wait_for_load_state("networkidle")
                    page.wait_for_timeout(1500)
                    keep(page.screenshot(), given.out / f"{name}.png")
                    page.close()
            browser.close()


if __name__ == "__main__":
    main()
