"""The page in a real browser: a server with the built page, and Chromium, which reaches nothing else.

Fixtures, which tests/conftest.py names: `built_page`, `chromium`, `seen`, `new_context`, `context`,
`duo_run`, `today_run`, `duo_page`, `today_page`. A test opens the page
by `open_page(context, server, "tab=ledger")`.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from browsing import FLAGS

# tests/conftest.py imports this module for all tests: what takes long to import is imported where it is used
if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from serving import Service

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
PICTURES = os.environ.get("OPENLEO_SCREENSHOTS", "")
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
READY_MS = 60_000
LONGEST_MS = 20_000  # how long a test waits for what it expects of a page
SERIOUS = ("serious", "critical")


def lacks(what: str) -> NoReturn:
    """Skip a test for what is not there; in CI, where all of it is installed, the test fails.

    .ci/run sets a variable of ours: CI alone would make Hypothesis try the same examples each time.
    """
    if os.environ.get("CI") or os.environ.get("OPENLEO_NO_SKIP"):
        pytest.fail(f"CI has no {what}")
    pytest.skip(f"no {what}")


# ------------------------------------------------------------------ the built page


def _fresh(folder: Path) -> bool:
    """Whether a build is newer than all that it was made of."""
    built = folder / "index.html"
    made_of = [WEB / name for name in ("index.html", "vite.config.ts", "package-lock.json", "tsconfig.json")]
    for place in (WEB / "src", WEB / "public", ROOT / "src/openleo/http/words"):
        made_of += [each for each in place.rglob("*") if each.is_file() and each.suffix != ".d.ts"]
    return built.is_file() and built.stat().st_mtime >= max(each.stat().st_mtime for each in made_of)


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the page as it is built from the sources of now, and served by every server of the tests.

    A folder that OPENLEO_PAGE names is taken as it is.
    """
    from openleo.http import site

    if os.environ.get(site.FOLDER) or _fresh(site.folder()):
        yield site.folder()
        return
    node = shutil.which("node")
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout if node else ""
    version = tuple(int(each) for each in re.findall(r"\d+", said)[:2])
    if version < (20, 19):
        lacks("Node 20.19 or later, and no page that was built by it")
    if not (WEB / "node_modules" / "vite").is_dir():
        lacks("packages of web/: run `make web`")
    folder = tmp_path_factory.mktemp("page") / "static"
    command = ["npm", "run", "--silent", "build", "--", "--outDir", str(folder), "--emptyOutDir"]
    made = subprocess.run(command, cwd=WEB, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    os.environ[site.FOLDER] = str(folder)
    try:
        yield folder
    finally:
        del os.environ[site.FOLDER]


# ------------------------------------------------------------------ the browser


@dataclass
class Seen:
    """What the pages of one test said by themselves; all that was not expected makes the test fail."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """An error of the console that belongs to the test: a regular expression that is found in it."""
        self.expected.append(pattern)

    def watch(self, context: "BrowserContext") -> None:
        """Note requests to other hosts, errors of the console, and exceptions that nobody took."""
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._asked(socket.url)))
        context.on("console", lambda said: self._said(said.type, said.text, said.location))
        context.on("weberror", lambda error: self.errors.append(f"not caught: {error.error}"))

    def check(self) -> None:
        """Fail where a page asked another host, or told an error that was not expected."""
        assert not self.outside, f"asked another host: {self.outside}"
        left = [each for each in self.errors if not any(re.search(known, each) for known in self.expected)]
        assert not left, left

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:")):
            self.outside.append(url)

    def _said(self, kind: str, text: str, where: Mapping[str, Any]) -> None:
        if kind in ("error", "assert"):
            self.errors.append(f"{text} ({where.get('url', '')})")


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A browser for the tests of one file: it finds no host but this one.

    Not for the whole session: as long as it runs, Playwright's event loop counts as the running one of the
    main thread, and tests of other files begin loops of their own.
    """
    found = shutil.which("chromium")
    if not found:
        lacks("Chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=LONGEST_MS)  # a machine may be busy; what comes sooner is taken sooner
    own = [each for each in FLAGS if each not in ("--headless", "--remote-debugging-pipe")]
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*own, alone])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def seen() -> Seen:
    """What the pages of this test say by themselves: `seen.expect("404")` for an error that belongs to it."""
    return Seen()


@pytest.fixture
def new_context(chromium: "Browser", seen: Seen) -> Iterator[Callable[..., "BrowserContext"]]:
    """A maker of fresh profiles: `new_context(viewport=PHONE, color_scheme="light", locale="fr")`."""
    made: list[BrowserContext] = []

    def make(**more: Any) -> "BrowserContext":
        usual = {"viewport": DESKTOP, "locale": "en", "color_scheme": "dark", "accept_downloads": True}
        made.append(chromium.new_context(**{**usual, "reduced_motion": "reduce"} | more))
        made[-1].set_default_timeout(LONGEST_MS)
        seen.watch(made[-1])
        return made[-1]

    yield make
    for each in made:
        each.close()
    seen.check()


@pytest.fixture
def context(new_context: Callable[..., "BrowserContext"]) -> "BrowserContext":
    """A fresh profile of a desktop: English, dark, 1280 by 800."""
    return new_context()


def open_page(context: "BrowserContext", server: "Service | str", hash: str = "", path: str = "/") -> "Page":
    """The page of a server once it is ready: what the first look needs has been drawn.

    hash: the state of the view without version, "tab=ledger&entry=3"; with a # before it, as it is.
    """
    url = server if isinstance(server, str) else server.url
    if hash and not hash.startswith("#"):
        hash = f"#v=1&{hash}"
    page = context.new_page()
    page.goto(f"{url}{path}{hash}")
    if path == "/":
        ready(page)
    return page


def ready(page: "Page") -> None:
    """Wait until the page says that it is ready.

    By a selector: the page's policy lets no text become script, so `wait_for_function` fails there.
    """
    page.locator("html[data-ready=true]").wait_for(state="attached", timeout=READY_MS)


def assert_webgl2(page: "Page") -> None:
    """Fail where the browser draws no WebGL2: what a map shows would then say nothing."""
    script = "Boolean(document.createElement('canvas').getContext('webgl2'))"
    assert page.evaluate(script), "this browser has no WebGL2"


def axe(page: "Page", *, within: str = "") -> list[str]:
    """The serious and critical faults that axe-core finds: rule, what is the matter, and where.

    within: a CSS selector of the part that is looked at; the whole page without one.
    """
    script = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        lacks("axe-core: run `make web`")
    if not page.evaluate("'axe' in window"):
        page.evaluate(script.read_text(encoding="utf-8") + ";0")  # the page's policy lets no script tag in
    given = {"resultTypes": ["violations"], "iframes": False}
    found = page.evaluate("([within, given]) => axe.run(within || document, given)", [within, given])
    return [
        f"{each['id']}: {each['help']}: {', '.join(node['html'][:120] for node in each['nodes'][:5])}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]


def screenshot(page: "Page", name: str, *, whole: bool = False) -> None:
    """A picture for people who look, in the folder that OPENLEO_SCREENSHOTS names; without it, none.

    whole: the page in its full height.
    """
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=whole)


# ------------------------------------------------------------------ servers and runs


def _run(folder: Path, world: str, slots: int) -> Path:
    """A run of a world, made by the command line in a process of its own."""
    where = folder / world
    command = [sys.executable, "-m", "openleo", "run", world, "--slots", str(slots), "--no-pictures"]
    made = subprocess.run([*command, "--out", str(where)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return where


@pytest.fixture(scope="session")
def duo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run: two satellites' worth of a world, three slots."""
    return _run(tmp_path_factory.mktemp("runs"), "duo", 3)


@pytest.fixture(scope="session")
def today_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the whole planet, three slots: it takes some seconds."""
    return _run(tmp_path_factory.mktemp("runs"), "today", 3)


@contextlib.contextmanager
def page_server(
    folder: Path, *words: str, run: Path | None = None, rules: Path | str | None = None
) -> Iterator["Service"]:
    """`openleo serve` as a process of its own, with tokens for it: `service.url`, `.operator`, `.auditor`.

    folder: for its store and secret. words: further options. run: the run that it shows. rules: a rule file
    or a built-in one; those of the run's world, or the built-in ones, without.
    """
    from serving import process

    options = [*words, *(["--run", str(run)] if run else []), *(["--rules", str(rules)] if rules else [])]
    with process(folder, str(folder / "store.db"), *options, own_rules=False) as service:
        yield service


@pytest.fixture(scope="session")
def duo_page(
    duo_run: Path, built_page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Service"]:
    """A server with the page on the small run; for tests that change nothing there."""
    with page_server(tmp_path_factory.mktemp("duo-page"), run=duo_run) as service:
        yield service


@pytest.fixture(scope="session")
def today_page(
    today_run: Path, built_page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Service"]:
    """A server with the page on the run of the whole planet; for tests that change nothing there."""
    with page_server(tmp_path_factory.mktemp("today-page"), run=today_run) as service:
        yield service
