"""The page in a browser: how soon it shows what, what a change of colours costs, how much script it is.

`python -m benchmarks.page RUN` serves a stored run (`openleo run today --out RUN`) with the built page
(`make web`) and opens it in Debian's Chromium, which draws by software, five times. Needs Playwright.
"""

import contextlib
import gzip
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openleo.http import site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TIMES: Final = 5
FLAGS: Final = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
SIZE: Final = {"width": 1280, "height": 800}
FIELDS: Final = ("reason", "latency_ms", "served", "throughput_bps", "elevation_deg")
READY_MS: Final = 60_000


@contextlib.contextmanager
def served(run: Path) -> Iterator[str]:
    """The address of a server of a run, once it can answer for satellites and places."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--run", str(run), "--store", f"{folder}/store.db", "--secret", f"{folder}/secret"]
        command = [sys.executable, "-m", "openleo", "serve", *options, "--port", "0", "--json"]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        try:
            url: str = json.loads(running.stdout.readline())["url"]
            while json.load(urllib.request.urlopen(f"{url}/v1/view"))["details"] == "preparing":
                time.sleep(0.2)
            yield url
        finally:
            running.terminate()
            running.wait()


def opened(browser: "Browser", url: str) -> tuple["Page", dict[str, float]]:
    """A page in a fresh profile once its cells are drawn, and when it showed what (ms from the request)."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.goto(f"{url}/#v=1&field={FIELDS[-1]}")
    page.locator("html[data-cells=true]").wait_for(state="attached", timeout=READY_MS)
    script = "performance.getEntriesByType('mark').map((each) => [each.name, each.startTime])"
    marks = dict(page.evaluate(script))
    return page, {name: marks[name] for name in ("openleo:first-frame", "openleo:cells")}


def script_ms(page: "Page", asked: Any, field: str) -> float:
    """Milliseconds of script that it takes to colour the cells by a field, from the choice to the frame."""
    before = seconds(asked)
    page.get_by_label("Colour of the cells").select_option(field)
    page.locator(f'.map[data-shown="{field} 0"]').wait_for(state="attached", timeout=READY_MS)
    return 1000.0 * (seconds(asked) - before)


def seconds(asked: Any) -> float:
    """Seconds that the page's scripts have run."""
    found = asked.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in found if each["name"] == "ScriptDuration"))


def row(what: str, measured: list[float], bar: float, unit: str = "ms") -> None:
    """One line of the table: the median, the least and the most, and what the page is held to."""
    middle, least, most = statistics.median(measured), min(measured), max(measured)
    print(f"{what:44} {middle:8.0f} {least:8.0f} {most:8.0f} {bar:8.0f}  {unit}")


def main() -> None:
    """Measure, and print a table."""
    from playwright.sync_api import sync_playwright

    run = Path(sys.argv[1])
    chromium = shutil.which("chromium")
    assert chromium, "no Chromium: apt-get install chromium"
    assert site.built(), "the page is not built: make web"
    first: list[float] = []
    cells: list[float] = []
    with served(run) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        opened(browser, url)[0].context.close()  # the server's arrays are made, the shaders' cache is filled
        for _ in range(TIMES):
            page, marks = opened(browser, url)
            first.append(marks["openleo:first-frame"])
            cells.append(marks["openleo:cells"])
            if len(first) < TIMES:
                page.context.close()
        asked = page.context.new_cdp_session(page)
        asked.send("Performance.enable")
        changes = [script_ms(page, asked, each) for each in FIELDS]
        browser.close()
    scripts = [len(gzip.compress(each.read_bytes(), 9)) for each in site.folder().glob("assets/*.js")]
    print(f"{'':44} {'median':>8} {'least':>8} {'most':>8} {'bar':>8}")
    row("first frame, with coast and satellites", first, 2500)
    row("cells", cells, 6000)
    row("script when the coloured field changes", changes, 100)
    row("all scripts, compressed", [sum(scripts) / 1e3], 500, "kB")


if __name__ == "__main__":
    main()
