"""What a command tells while it works, on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SILENT_S: Final = 4.0
"""No line for so long, and a plain one says that the work goes on."""


class Teller:
    """Tells what is being done: used in a `with`; what is said through it does not meet the bar."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._terminal = sys.stderr.isatty() and not quiet
        self._quiet = quiet
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._doing, self._far, self._since, self._told = "", "", 0.0, time.monotonic()
        self._stop = threading.Event()
        self._beat: threading.Thread | None = None

    def __enter__(self) -> "Teller":
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
            from rich.progress import TimeElapsedColumn as Elapsed

            columns = (
                SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(bar_width=24),
                TextColumn("{task.fields[far]}", markup=False), Elapsed(),
            )  # fmt: skip
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
        elif not self._quiet:
            self._beat = threading.Thread(target=self._go_on, daemon=True)
            self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._beat is not None:
            self._beat.join()
        if self._bar is not None:
            self._bar.stop()

    def doing(self, what: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is being done now, and how far it is."""
        if what != self._doing:
            self._doing, self._since = what, time.monotonic()
        self._far = f": {done} of {total}" if total else ""
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task(what, total=total, far="")
            far = f"{done}/{total}" if total else ""
            changes: dict[str, Any] = {
                "description": what,
                "total": total,
                "completed": done or 0,
                "far": far,
            }
            self._bar.update(self._task, **changes)
            return
        now = time.monotonic()
        if total and done is not None and (done == total or now - self._told > _SILENT_S):
            self.say(what + self._far)

    def say(self, line: str) -> None:
        """Say a line that stays."""
        self._told = time.monotonic()
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)

    def _go_on(self) -> None:
        while not self._stop.wait(0.25):
            now = time.monotonic()
            if self._doing and now - self._told > _SILENT_S:
                self.say(f"{self._doing}{self._far} ({now - self._since:.0f} s)")
