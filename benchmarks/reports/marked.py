"""Short texts in which one kind of mark alone stands, figures or outlets: cheap to make, and many.

Files of `marked/`: for each text a line `=== language date source` and below it the text, its title first,
with blank lines between paragraphs and the marks <f v u> or <o n> of a key in it (README.md). Rules may be
made with them: they are no measure of what rules do on what they were not made with.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.reports.key import LANGUAGES, Figure, Key, Outlet, figure_of

FOLDER: Final = Path(__file__).parent / "marked"
KINDS: Final = ("figures", "outlets")

_HEAD: Final = re.compile(r"=== (\w+) (\S+)(?: (.+))?")
_MARK: Final = re.compile(
    r'<f v="(?P<v>[^"]*)" u="(?P<u>[^"]*)">(?P<f>.*?)</f>|<o n="(?P<n>[^"]+)">(?P<o>.*?)</o>'
)


def read_marked(kind: str) -> tuple[Key, ...]:
    """All texts of a kind, as keys that have these marks alone. ValueError names the file and the line."""
    return tuple(key for path in sorted(FOLDER.glob(f"{kind}-*.txt")) for key in _read(path))


def _read(path: Path) -> Iterator[Key]:
    lines = path.read_text(encoding="utf-8").split("\n")
    heads = [number for number, line in enumerate(lines) if line.startswith("===")]
    for number, (begin, end) in enumerate(zip(heads, [*heads[1:], len(lines)], strict=True)):
        where = f"{path.name}:{begin + 1}"
        head = _HEAD.fullmatch(lines[begin])
        if head is None or head[1] not in LANGUAGES:
            raise ValueError(f"{where}: {lines[begin]!r}; expected === language date source")
        try:
            text, figures, outlets = _marks("\n".join(lines[begin + 1 : end]))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        name = f"{path.stem}-{number + 1}"
        yield Key(
            id=name, case=name, source=head[3] or "", date=date.fromisoformat(head[2]).isoformat(),
            language=head[1], origin=name, kind="report", version_of=None, translation_of=None,
            text=text, title=None, sentences=(), outlets=outlets, quotations=(),
            figures=figures, dates=(), asides=(),
        )  # fmt: skip


def _marks(written: str) -> tuple[str, tuple[Figure, ...], tuple[Outlet, ...]]:
    """A text without its marks, and these; lines of a paragraph are one. ValueError for what is no mark."""
    blocks = (re.sub(r"[ \t\n]+", " ", each).strip(" ") for each in re.split(r"\n\s*\n", written))
    whole = "\n\n".join(each for each in blocks if each)
    text, at = "", 0
    figures: list[Figure] = []
    outlets: list[Outlet] = []
    for mark in _MARK.finditer(whole):
        text += whole[at : mark.start()]
        said = mark["f"] or mark["o"] or ""
        span = (len(text), len(text) + len(said))
        if mark["n"]:
            outlets.append(Outlet(*span, mark["n"]))
        else:
            figures.append(figure_of(mark["v"], mark["u"], *span))
        text, at = text + said, mark.end()
    text += whole[at:]
    if left := re.search(r"</?[fo]\b[^>]*>", text):
        raise ValueError(f"{left[0]!r} is no whole mark")
    return text, tuple(figures), tuple(outlets)
