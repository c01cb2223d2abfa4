"""Short texts in which one kind of mark alone stands, figures, outlets or origins: cheap to make, and many.

Files of `marked/`: for each text a line `=== language date source` and below it the text, its title first,
with blank lines between paragraphs and the marks <f v u> or <o n> of a key in it (README.md). Of origins the
line has all that there is, `=== language date case id kind origin source`, with `_` for spaces in
`outlet:NAME`. Rules may be made with them: they are no measure of what rules do on what they were not made
with.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.reports.key import (
    LANGUAGES,
    OUTLET,
    Figure,
    Key,
    Outlet,
    by_case,
    figure_of,
    wrong_origin,
)

FOLDER: Final = Path(__file__).parent / "marked"
KINDS: Final = ("figures", "outlets")
"""Kinds of marks inside texts."""
ORIGINS: Final = "origins"
"""The kind of which a text has none, and its line the origin."""

_HEAD: Final = re.compile(r"=== (\w+) (\S+)(?: (.+))?")
_ORIGIN_HEAD: Final = re.compile(r"=== (\w+) (\S+) ([a-z0-9-]+) ([a-z0-9-]+) (report|statement) (\S+) (.+)")
_MARK: Final = re.compile(
    r'<f v="(?P<v>[^"]*)" u="(?P<u>[^"]*)">(?P<f>.*?)</f>|<o n="(?P<n>[^"]+)">(?P<o>.*?)</o>'
)


def read_marked(kind: str) -> tuple[Key, ...]:
    """All texts of a kind, as keys that have these marks alone. ValueError names the file and the line."""
    read = _read_origins if kind == ORIGINS else _read
    return tuple(key for path in sorted(FOLDER.glob(f"{kind}-*.txt")) for key in read(path))


def _texts(path: Path, head: re.Pattern[str], expected: str) -> Iterator[tuple[str, re.Match[str], str, str]]:
    """Of each text of a file where it begins, what its line says, its day, and what stands below."""
    lines = path.read_text(encoding="utf-8").split("\n")
    heads = [number for number, line in enumerate(lines) if line.startswith("===")]
    for begin, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        where = f"{path.name}:{begin + 1}"
        found = head.fullmatch(lines[begin])
        if found is None or found[1] not in LANGUAGES:
            raise ValueError(f"{where}: {lines[begin]!r}; expected {expected}")
        try:
            day = date.fromisoformat(found[2]).isoformat()
        except ValueError as error:
            raise ValueError(f"{where}: {found[2]!r}: {error}; expected YYYY-MM-DD") from None
        yield where, found, day, "\n".join(lines[begin + 1 : end])


def _read(path: Path) -> Iterator[Key]:
    expected = "=== language date source"
    for number, (where, head, day, written) in enumerate(_texts(path, _HEAD, expected)):
        try:
            text, figures, outlets = _marks(written)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        name = f"{path.stem}-{number + 1}"
        yield _key(name, name, head[1], day, head[3] or "", text, figures=figures, outlets=outlets)


def _read_origins(path: Path) -> Iterator[Key]:
    expected = "=== language date case id report|statement origin source"
    keys: dict[str, Key] = {}
    wheres: dict[str, str] = {}
    for where, head, day, written in _texts(path, _ORIGIN_HEAD, expected):
        _, _, case, name, kind, origin, source = head.groups()
        if name in keys:
            raise ValueError(f"{where}: a second text of the id {name!r}; expected another")
        if origin.startswith(OUTLET):
            origin = origin.replace("_", " ")
        key = _key(name, case, head[1], day, source, _plain(written))
        keys[name], wheres[name] = replace(key, kind=kind, origin=origin), where
    for held in by_case(tuple(keys.values())).values():
        for key in held:
            if wrong := wrong_origin(key, {each.id: each for each in held}):
                raise ValueError(f"{wheres[key.id]}: {wrong}")
    yield from keys.values()


def _key(
    name: str, case: str, language: str, day: str, source: str, text: str,
    figures: tuple[Figure, ...] = (), outlets: tuple[Outlet, ...] = (),
) -> Key:  # fmt: skip
    return Key(
        id=name, case=case, source=source, date=day, language=language, origin=name, kind="report",
        version_of=None, translation_of=None, text=text, title=None, sentences=(), outlets=outlets,
        quotations=(), figures=figures, dates=(), asides=(),
    )  # fmt: skip


def _plain(written: str) -> str:
    """A text whose paragraphs are one line each."""
    blocks = (re.sub(r"[ \t\n]+", " ", each).strip(" ") for each in re.split(r"\n\s*\n", written))
    return "\n\n".join(each for each in blocks if each)


def _marks(written: str) -> tuple[str, tuple[Figure, ...], tuple[Outlet, ...]]:
    """A text without its marks, and these; lines of a paragraph are one. ValueError for what is no mark."""
    whole = _plain(written)
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
