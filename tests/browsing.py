"""A real browser for tests: Chromium, asked over its own DevTools pipe, with nothing beside Python."""

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or ""
FLAGS = (
    "--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--remote-debugging-pipe",
)  # fmt: skip
# The browser reads what it is asked from its file 3 and answers to its file 4.
_START = (
    "import os, sys; r, w, *run = sys.argv[1:]; os.dup2(int(r), 3); os.dup2(int(w), 4); os.execv(run[0], run)"
)


@dataclass
class Browser:
    """A page of a browser; `seen` is all that it told by itself, such as requests and refusals."""

    to: int
    back: int
    session: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _rest: bytes = b""

    def begin(self, folder: Path, now_s: float) -> None:
        """A new page, whose clock stands at a time (POSIX seconds), and which saves files in a folder."""
        self.session, self.seen = "", []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.ask(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), eventsEnabled=True
        )
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=f"Date.now = () => {round(now_s * 1e3)}")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """What the browser answers to a command of the DevTools protocol."""
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": params}
        if self.session:
            said["sessionId"] = self.session
        os.write(self.to, json.dumps(said).encode() + b"\0")
        while True:
            message = self._read(20.0)
            if message.get("id") == number:
                assert "error" not in message, message
                answer: dict[str, Any] = message["result"]
                return answer
            self.seen.append(message)

    def run(self, script: str) -> Any:
        """The value of an expression in the page; of a promise, what it comes to."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """The value of an expression once it is true."""
        return self._until(lambda: self.run(script), script)

    def open(self, url: str) -> None:
        """Go to a page, and wait until its script has run."""
        self.ask("Page.navigate", url=url)
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def text(self, selector: str) -> str:
        """The text that is to be seen of an element, "" where it is hidden."""
        said = self.run(f"document.querySelector({json.dumps(selector)}).innerText")
        shown = self.run(f"document.querySelector({json.dumps(selector)}).checkVisibility()")
        return str(said) if shown else ""

    def click(self, selector: str) -> None:
        """Click on an element, as a person would: it must be there to be seen."""
        assert self.run(f"document.querySelector({json.dumps(selector)}).checkVisibility()"), selector
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def write(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.run("document.activeElement.select()")
        self.ask("Input.insertText", text=text)

    def choose(self, selector: str, path: Path) -> None:
        """Click on a field for a file, and choose one: the dialog itself is not the page's."""
        self.run(f"document.querySelector({json.dumps(selector)}).dispatchEvent(new Event('click'))")
        found = self.ask("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        self.ask("DOM.setFileInputFiles", files=[str(path)], objectId=found["result"]["objectId"])

    def picture(self, path: Path, width: int, height: int) -> None:
        """A picture of the whole page at a width and height in pixels of a screen."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def downloaded(self, folder: Path, name: str) -> Path:
        """A file that the page gave, once it is whole."""
        self._until(lambda: (folder / name).is_file() and self._told("completed"), name)
        return folder / name

    def _told(self, state: str) -> bool:
        self.run("0")  # whatever the browser told by itself stands before its answer
        return any(each.get("params", {}).get("state") == state for each in self.seen)

    def _until(self, true: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + 20.0
        while not (found := true()):
            assert time.monotonic() < end, f"not within 20 s: {what}"
            select.select([self.back], [], [], 0.02)
        return found

    def _read(self, within_s: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self.back], [], [], within_s)[0], "the browser does not answer"
            more = os.read(self.back, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        return message


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser, which keeps what is its own in a folder."""
    pairs = [os.pipe(), os.pipe()]
    theirs = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (pairs[0][0], pairs[1][1])]
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    running = subprocess.Popen(
        [sys.executable, "-c", _START, *map(str, theirs), *command], pass_fds=theirs,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for each in (*theirs, pairs[0][0], pairs[1][1]):
        os.close(each)
    found = Browser(pairs[0][1], pairs[1][0])
    try:
        yield found
        found.session = ""
        found.ask("Browser.close")
    finally:
        for each in (found.to, found.back):
            os.close(each)
        try:
            running.wait(timeout=20.0)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
